// SPDX-License-Identifier: MIT
//! LTTng's packet index beside a data stream file: `index/NAME.idx`. Everything in it is big endian.

use std::path::Path;

/// One packet, as the index describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntry {
    /// Where the packet begins, in bytes.
    pub offset: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Begin time in cycles.
    pub begin: u64,
    /// End time in cycles.
    pub end: u64,
    /// Sequence number, if it is known.
    pub sequence: Option<u64>,
}

impl IndexEntry {
    /// Is it the same packet in another file?
    pub fn same(&self, other: &Self) -> bool {
        (self.size, self.begin, self.end, self.sequence)
            == (other.size, other.begin, other.end, other.sequence)
    }
}

/// A whole index file that agrees with its data stream file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// The packets, in the file's order.
    pub entries: Vec<IndexEntry>,
}

const MAGIC: u32 = 0xC1F1_DCC1;
const HEADER: usize = 16;
const LEAST_ENTRY: usize = 56;

impl Index {
    /// Reads the index of the data stream file `path` of `size` bytes. An index that is missing or
    /// does not fit the file is no index.
    pub fn load(path: &Path, size: u64) -> Option<Self> {
        let mut name = path.file_name()?.to_os_string();
        name.push(".idx");
        let bytes = std::fs::read(path.parent()?.join("index").join(name)).ok()?;
        Self::parse(&bytes, size)
    }

    fn parse(bytes: &[u8], size: u64) -> Option<Self> {
        let word = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let (magic, major, length) = (word(0)?, word(4)?, word(12)? as usize);
        let body = &bytes[HEADER..];
        if magic != MAGIC || major != 1 || length < LEAST_ENTRY || body.len() % length != 0 {
            return None;
        }
        let mut entries: Vec<IndexEntry> = Vec::with_capacity(body.len() / length);
        let mut total = 0u64;
        for record in body.chunks_exact(length) {
            let field = |at: usize| record[at..at + 8].try_into().map(u64::from_be_bytes).ok();
            let (offset, bits, begin, end) = (field(0)?, field(8)?, field(24)?, field(32)?);
            let sequence = record.get(64..72).and_then(|b| b.try_into().map(u64::from_be_bytes).ok());
            let entry = IndexEntry { offset, size: bits / 8, begin, end, sequence };
            let ordered =
                entries.last().map_or(offset == 0, |last| last.offset.checked_add(last.size) == Some(offset));
            if bits % 8 != 0 || !ordered || end < begin {
                return None;
            }
            total = total.checked_add(entry.size)?;
            entries.push(entry);
        }
        (total == size && !entries.is_empty()).then_some(Self { entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entries: &[[u64; 4]]) -> Vec<u8> {
        let mut out: Vec<u8> = [MAGIC, 1, 1, 72].iter().flat_map(|word| word.to_be_bytes()).collect();
        for [offset, bits, begin, end] in entries {
            for field in [*offset, *bits, *bits, *begin, *end, 0, 0, 0, 0] {
                out.extend(field.to_be_bytes());
            }
        }
        out
    }

    #[test]
    fn an_index_that_fits_is_used() {
        let index = Index::parse(&file(&[[0, 80, 1, 2], [10, 40, 2, 9]]), 15).unwrap();
        assert_eq!(index.entries[1], IndexEntry { offset: 10, size: 5, begin: 2, end: 9, sequence: Some(0) });
    }

    #[test]
    fn an_index_that_does_not_fit_is_none() {
        for (entries, size) in [
            (vec![[0, 80, 1, 2]], 11),
            (vec![[0, 81, 1, 2]], 10),
            (vec![[0, 80, 3, 2]], 10),
            (vec![[1, 80, 1, 2]], 10),
            (vec![[0, 80, 1, 2], [9, 80, 1, 2]], 20),
            (vec![], 0),
        ] {
            assert_eq!(Index::parse(&file(&entries), size), None, "{entries:?}");
        }
        for cut in 0..file(&[[0, 80, 1, 2]]).len() {
            assert_eq!(Index::parse(&file(&[[0, 80, 1, 2]])[..cut], 10), None);
        }
    }
}
