// SPDX-License-Identifier: MIT
//! Finding traces: a directory with a `metadata` file is one; directories of one UUID are one trace.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::framing::Framing;
use super::packet::PacketReader;
use super::stream::Stream;
use crate::error::{Error, Result};
use crate::metadata;
use crate::model::TraceClass;

/// A trace: its description and its streams.
#[derive(Debug)]
pub struct Trace {
    /// Its directory.
    pub path: PathBuf,
    /// Host name and path below the directory that was asked for.
    pub name: String,
    /// Its description.
    pub class: Arc<TraceClass>,
    /// Its metadata as text.
    pub text: String,
    /// The plans of its packets.
    pub framing: Arc<Framing>,
    /// Its streams, in the order of their first files' paths.
    pub streams: Vec<Stream>,
}

/// Opens every trace at or below `paths`; also returns what deserves a warning.
pub fn open(paths: &[PathBuf]) -> Result<(Vec<Trace>, Vec<String>)> {
    let mut warnings = Vec::new();
    let mut groups: Vec<Vec<Directory>> = Vec::new();
    for path in paths {
        let root = normal(path)?;
        let mut found = Vec::new();
        search(&root, &mut HashSet::new(), &mut found)?;
        if found.is_empty() {
            return Err(Error::NoTrace { path: path.clone() });
        }
        for directory in found {
            let directory = Directory::read(directory, &root, &mut warnings)?;
            let same = |group: &&mut Vec<Directory>| {
                group[0].class.uuid == directory.class.uuid && directory.class.uuid.is_some()
                    || group[0].path == directory.path
            };
            match groups.iter_mut().find(same) {
                Some(group) => {
                    if group.iter().all(|other| other.path != directory.path) {
                        group.push(directory);
                    }
                    // Where several inputs are one trace, no path is the trace's.
                    group.iter_mut().for_each(|directory| directory.suffix.clear());
                }
                None => groups.push(vec![directory]),
            }
        }
    }
    let traces = groups.into_iter().map(assemble).collect::<Result<_>>()?;
    Ok((traces, warnings))
}

/// Makes a path absolute and takes `.` and `..` out, without asking what is a link.
fn normal(path: &Path) -> Result<PathBuf> {
    let here = std::env::current_dir().map_err(|e| Error::io("find", path, e))?;
    let absolute = here.join(path);
    let mut out = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Collects the trace directories at or below `path`; there is none below a trace. Directories that
/// were `seen` are left out: links may lead back.
fn search(path: &Path, seen: &mut HashSet<(u64, u64)>, found: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(about) = std::fs::metadata(path) else { return Ok(()) };
    if !about.is_dir() || !seen.insert((about.dev(), about.ino())) {
        return Ok(());
    }
    if path.join("metadata").is_file() {
        found.push(path.to_path_buf());
        return Ok(());
    }
    for name in names(path)? {
        search(&path.join(name), seen, found)?;
    }
    Ok(())
}

/// The names in a directory, in order.
fn names(path: &Path) -> Result<Vec<std::ffi::OsString>> {
    let refuse = |source| Error::io("read", path, source);
    let mut out = Vec::new();
    for entry in std::fs::read_dir(path).map_err(refuse)? {
        out.push(entry.map_err(refuse)?.file_name());
    }
    out.sort();
    Ok(out)
}

/// One directory with a metadata file.
struct Directory {
    path: PathBuf,
    suffix: String,
    class: TraceClass,
    text: String,
}

impl Directory {
    fn read(path: PathBuf, root: &Path, warnings: &mut Vec<String>) -> Result<Self> {
        let mut read = metadata::load(&path.join("metadata"))?;
        warnings.append(&mut read.warnings);
        let suffix = path.strip_prefix(root).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        Ok(Self { path, suffix, class: read.class, text: read.text })
    }

    /// More classes mean a later state of the same metadata.
    fn classes(&self) -> usize {
        self.class.streams.iter().map(|stream| 1 + stream.events.len()).sum()
    }
}

/// Makes one trace of the directories of one UUID; the richest metadata describes them all.
fn assemble(mut group: Vec<Directory>) -> Result<Trace> {
    let best = (0..group.len()).rev().max_by_key(|&index| group[index].classes()).unwrap_or(0);
    let folders: Vec<PathBuf> = group.iter().map(|directory| directory.path.clone()).collect();
    let Directory { path, suffix, class, text } = group.swap_remove(best);
    let mut name = class.environment_text("hostname").unwrap_or("").to_string();
    if !name.is_empty() && !suffix.is_empty() {
        name.push('/');
    }
    name.push_str(&suffix);
    let framing = Arc::new(Framing::new(&class));
    let streams = streams(&framing, &folders)?;
    Ok(Trace { path, name, class: Arc::new(class), text, framing, streams })
}

/// A data stream file, and when its first packet began.
struct Candidate {
    path: PathBuf,
    begin: Option<u64>,
}

/// The files of one stream.
struct Group {
    class: usize,
    /// What packets say of the stream's number.
    told: Option<u64>,
    /// Is the stream known by that number?
    numbered: bool,
    files: Vec<Candidate>,
}

/// Groups the data stream files of the directories into streams.
fn streams(framing: &Arc<Framing>, folders: &[PathBuf]) -> Result<Vec<Stream>> {
    let mut groups: Vec<Group> = Vec::new();
    for path in data_stream_files(folders)? {
        let Some(packet) = PacketReader::open(framing, &path)?.next_packet()? else {
            continue;
        };
        let (class, told, begin) = (packet.class, packet.roles.stream_id, packet.roles.begin);
        // Without a begin time there is no telling in which order files of one stream come.
        let numbered = told.is_some() && begin.is_some();
        let same = |group: &&mut Group| group.numbered && (group.class, group.told) == (class, told);
        let file = Candidate { path, begin };
        match groups.iter_mut().find(same).filter(|_| numbered) {
            Some(group) => group.files.push(file),
            None => groups.push(Group { class, told, numbered, files: vec![file] }),
        }
    }
    for group in &mut groups {
        group.files.sort_by(|a, b| (a.begin, &a.path).cmp(&(b.begin, &b.path)));
    }
    groups.sort_by(|a, b| a.files[0].path.cmp(&b.files[0].path));
    let mut next = 0;
    let stream = |Group { class, told, numbered, files }: Group| {
        let id = told.filter(|_| numbered).unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        let begin = files.first().and_then(|file| file.begin);
        let files = files.into_iter().map(|file| file.path).collect();
        Stream::new(framing, class, id, told, files).beginning(begin)
    };
    Ok(groups.into_iter().map(stream).collect())
}

/// The files of trace directories that hold packets.
fn data_stream_files(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for folder in folders {
        for name in names(folder)? {
            let path = folder.join(&name);
            let hidden = name == "metadata" || name.to_string_lossy().starts_with('.');
            let Ok(about) = std::fs::metadata(&path) else {
                continue;
            };
            if !hidden && about.is_file() && about.len() > 0 {
                out.push(path);
            }
        }
    }
    Ok(out)
}
