// SPDX-License-Identifier: MIT
//! A stream in several files: its packets in order of time, whichever file they are in.
//!
//! Tracers rotate files, and snapshots of one trace overlap: a packet may be in two files, and is read
//! once.

use std::path::PathBuf;
use std::sync::Arc;

use super::framing::Framing;
use super::index::{Index, IndexEntry};
use super::packet::PacketReader;
use crate::error::Result;

/// Where a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of its file.
    pub file: usize,
    /// Its number in the file.
    pub number: u64,
    /// Where it begins there, in bytes.
    pub offset: u64,
}

/// Finds the packets of `files` in the order of their begin times.
pub(super) fn schedule(framing: &Arc<Framing>, files: &[PathBuf]) -> Result<Vec<Place>> {
    let mut all: Vec<(IndexEntry, Place)> = Vec::new();
    for (file, path) in files.iter().enumerate() {
        let mut reader = PacketReader::open(framing, path)?;
        let index = Index::load(path, reader.size()).unwrap_or_else(|| scan(&mut reader));
        for (number, entry) in index.entries.into_iter().enumerate() {
            all.push((entry, Place { file, number: number as u64, offset: entry.offset }));
        }
    }
    all.sort_by_key(|(entry, _)| entry.begin);
    all.dedup_by(|(b, there), (a, here)| there.file != here.file && a.same(b));
    Ok(all.into_iter().map(|(_, place)| place).collect())
}

/// Reads the headers of a file's packets. A faulty packet ends the list: its fault is met when its
/// turn comes.
fn scan(reader: &mut PacketReader) -> Index {
    let mut entries: Vec<IndexEntry> = Vec::new();
    loop {
        let offset = reader.offset();
        match reader.next_packet() {
            Ok(Some(packet)) => entries.push(IndexEntry {
                offset,
                size: packet.size / 8,
                begin: packet.roles.begin.unwrap_or(0),
                end: packet.roles.end.unwrap_or(0),
                sequence: packet.roles.sequence,
            }),
            Ok(None) => return Index { entries },
            Err(_) => {
                let begin = entries.last().map_or(0, |last| last.begin);
                entries.push(IndexEntry { offset, size: 0, begin, end: begin, sequence: None });
                return Index { entries };
            }
        }
    }
}
