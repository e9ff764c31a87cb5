// SPDX-License-Identifier: MIT
//! The one buffer that all text goes through.

/// Pieces up to this long are copied as a block of this size, which costs less than a call.
pub(super) const BLOCK: usize = 32;

/// Text being built. There is always room for a block after it.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    pub fn new() -> Self {
        Self { bytes: vec![0; 1 << 16], length: 0 }
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn clear(&mut self) {
        self.length = 0;
    }

    /// Takes back what came after the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Makes room for `more` bytes and a block.
    #[inline]
    fn reserve(&mut self, more: usize) {
        if self.bytes.len() - self.length < more + BLOCK {
            self.grow(more);
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let wanted = (self.length + more + BLOCK).max(2 * self.bytes.len());
        self.bytes.resize(wanted, 0);
    }

    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.reserve(1);
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    #[inline]
    pub fn put(&mut self, text: &[u8]) {
        self.reserve(text.len());
        self.bytes[self.length..self.length + text.len()].copy_from_slice(text);
        self.length += text.len();
    }

    /// Puts the first `length` bytes of a block.
    #[inline(always)]
    pub fn put_block(&mut self, block: &[u8; BLOCK], length: usize) {
        self.reserve(BLOCK);
        let to = self.length;
        self.bytes[to..to + BLOCK].copy_from_slice(block);
        self.length += length;
    }

    /// Puts another buffer's text.
    #[inline]
    pub fn put_buffer(&mut self, other: &Self) {
        match other.bytes[..BLOCK].try_into() {
            Ok(block) if other.length <= BLOCK => self.put_block(block, other.length),
            _ => self.put(other.as_bytes()),
        }
    }

    /// Puts bytes for as long as `plain` says so; returns how many.
    #[inline]
    pub fn put_while(&mut self, text: &[u8], plain: impl Fn(u8) -> bool) -> usize {
        self.reserve(text.len());
        let room = &mut self.bytes[self.length..self.length + text.len()];
        let mut count = 0;
        for (to, &byte) in room.iter_mut().zip(text) {
            if !plain(byte) {
                break;
            }
            *to = byte;
            count += 1;
        }
        self.length += count;
        count
    }

    /// Lets `write` fill the next `N` bytes at most; it returns how many it did.
    #[inline(always)]
    pub fn fill<const N: usize>(&mut self, write: impl FnOnce(&mut [u8; N]) -> usize) {
        self.reserve(N);
        let to = self.length;
        if let Ok(room) = (&mut self.bytes[to..to + N]).try_into() {
            self.length += write(room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn holds_what_was_put(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..300)) {
            let mut buffer = Buffer::new();
            let mut wanted = Vec::new();
            for piece in &pieces {
                let mut other = Buffer::new();
                other.put(piece);
                buffer.put(piece);
                buffer.put_buffer(&other);
                buffer.push(b'.');
                wanted.extend_from_slice(piece);
                wanted.extend_from_slice(piece);
                wanted.push(b'.');
            }
            prop_assert_eq!(buffer.as_bytes(), wanted);
        }
    }
}
