// SPDX-License-Identifier: MIT
//! Strings in quotes, with what a terminal must not see escaped as in C.

use super::buffer::Buffer;

/// For each byte: 0 if it is printed as it is, 1 if by its code, or the letter of its escape.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 0x20 {
        table[i] = 1;
        i += 1;
    }
    table[0x7f] = 1;
    table[0x00] = b'0';
    table[0x07] = b'a';
    table[0x08] = b'b';
    table[0x1b] = b'e';
    table[0x0c] = b'f';
    table[0x0a] = b'n';
    table[0x0d] = b'r';
    table[0x09] = b't';
    table[0x0b] = b'v';
    table[b'\\' as usize] = b'\\';
    table[b'\'' as usize] = b'\'';
    table[b'"' as usize] = b'"';
    table[b'?' as usize] = b'?';
    table
};

impl Buffer {
    /// Puts `text` in double quotes.
    #[inline]
    pub fn quoted(&mut self, text: &[u8]) {
        self.push(b'"');
        let mut rest = text;
        loop {
            let plain = self.put_while(rest, |byte| ESCAPES[byte as usize] == 0);
            if plain == rest.len() {
                break;
            }
            self.escaped(rest[plain]);
            rest = &rest[plain + 1..];
        }
        self.push(b'"');
    }

    #[cold]
    fn escaped(&mut self, byte: u8) {
        match ESCAPES[byte as usize] {
            1 => {
                let digit = |value: u8| b"0123456789abcdef"[value as usize];
                self.put(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
            }
            letter => self.put(&[b'\\', letter]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_quotes() {
        let mut buffer = Buffer::new();
        buffer.quoted("a\"b'c?\\\n\t\x01\x7f\x1b é".as_bytes());
        assert_eq!(buffer.as_bytes(), r#""a\"b\'c\?\\\n\t\x01\x7f\e é""#.as_bytes());
    }
}
