// SPDX-License-Identifier: MIT
//! A data stream file, read piece by piece.
//!
//! Files are read with `pread(2)` into a buffer, not mapped: a mapped file that shrinks while we read
//! it (a rotation, a full disk, another user) would end the whole process with SIGBUS, and no handler
//! can undo that for one reader among others. Copying a packet that is in the page cache costs less
//! than the page faults of a fresh mapping of it.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// An open data stream file.
#[derive(Debug)]
pub(super) struct DataFile {
    pub path: PathBuf,
    pub size: u64,
    file: File,
}

impl DataFile {
    pub fn open(path: &Path) -> Result<Self> {
        let refuse = |source| Error::io("read", path, source);
        let file = File::open(path).map_err(refuse)?;
        let size = file.metadata().map_err(refuse)?.len();
        Ok(Self { path: path.to_path_buf(), size, file })
    }

    /// Reads on until `buffer` holds the first `wanted` bytes at `offset`, of which it has `have`.
    /// Returns how many it has then: fewer if the file has become shorter.
    pub fn fill(&self, buffer: &mut Vec<u8>, have: usize, offset: u64, wanted: usize) -> Result<usize> {
        let refuse = |source| Error::io("read", &self.path, source);
        if let Some(more) = wanted.checked_sub(buffer.len()) {
            buffer.try_reserve(more).map_err(|_| refuse(ErrorKind::OutOfMemory.into()))?;
            buffer.resize(wanted, 0);
        }
        let mut filled = have;
        while filled < wanted {
            match self.file.read_at(&mut buffer[filled..wanted], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(refuse(error)),
            }
        }
        Ok(filled)
    }
}
