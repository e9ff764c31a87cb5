// SPDX-License-Identifier: MIT
//! What is wrong with a stream but does not keep it from being read.

use std::path::{Path, PathBuf};

/// How often something odd was met, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Oddity {
    times: u64,
    first: Option<(PathBuf, u64)>,
}

/// The odd things that can be met in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Oddities {
    reversed: Oddity,
    late: Oddity,
    back: Oddity,
}

impl Oddity {
    fn note(&mut self, path: &Path, packet: u64) {
        self.times += 1;
        if self.first.is_none() {
            self.first = Some((path.to_path_buf(), packet));
        }
    }

    fn line(&self, what: &str) -> Option<String> {
        let (path, packet) = self.first.as_ref()?;
        let more = match self.times {
            1 => String::new(),
            times => format!(" ({} packets in all)", times),
        };
        Some(format!("{}: packet {packet}: {what}{more}", path.display()))
    }
}

impl Oddities {
    /// A packet ends before it begins.
    pub(super) fn reversed(&mut self, path: &Path, packet: u64) {
        self.reversed.note(path, packet);
    }

    /// An event is later than its packet's end.
    pub(super) fn late(&mut self, path: &Path, packet: u64) {
        self.late.note(path, packet);
    }

    /// A counter of lost events or of packets is less than in the packet before.
    pub(super) fn back(&mut self, path: &Path, packet: u64) {
        self.back.note(path, packet);
    }

    /// A line for each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let lines = [
            self.reversed.line("it begins after it ends"),
            self.late.line("it ends before its last event"),
            self.back.line("its counter of lost events or of packets went back"),
        ];
        lines.into_iter().flatten()
    }
}
