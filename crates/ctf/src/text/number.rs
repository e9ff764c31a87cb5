// SPDX-License-Identifier: MIT
//! Integers as text.

use super::buffer::Buffer;

/// "00" to "99".
const PAIRS: [u8; 200] = {
    let mut table = [0; 200];
    let mut i = 0;
    while i < 100 {
        table[2 * i] = b'0' + (i / 10) as u8;
        table[2 * i + 1] = b'0' + (i % 10) as u8;
        i += 1;
    }
    table
};

#[inline]
fn pair(value: u64) -> [u8; 2] {
    let at = 2 * value as usize;
    [PAIRS[at], PAIRS[at + 1]]
}

/// How many decimal digits.
#[inline]
fn digits(value: u64) -> usize {
    value.checked_ilog10().unwrap_or(0) as usize + 1
}

/// Writes `value` into exactly the first `count` bytes, zeros before it.
#[inline]
fn write_padded(room: &mut [u8], mut value: u64, count: usize) {
    let mut at = count;
    while at >= 2 {
        at -= 2;
        room[at..at + 2].copy_from_slice(&pair(value % 100));
        value /= 100;
    }
    if at == 1 {
        room[0] = b'0' + (value % 10) as u8;
    }
}

impl Buffer {
    /// Decimal.
    #[inline]
    pub fn unsigned(&mut self, value: u64) {
        self.fill::<20>(|room| {
            if value < 10 {
                room[0] = b'0' + value as u8;
                return 1;
            }
            if value < 100 {
                room[..2].copy_from_slice(&pair(value));
                return 2;
            }
            let count = digits(value);
            write_padded(room, value, count);
            count
        });
    }

    /// Decimal with a sign if it is negative.
    #[inline]
    pub fn signed(&mut self, value: i64) {
        if value < 0 {
            self.push(b'-');
        }
        self.unsigned(value.unsigned_abs());
    }

    /// Decimal of at least `width` digits, up to 20.
    #[inline]
    pub fn padded(&mut self, value: u64, width: usize) {
        self.fill::<20>(|room| {
            let count = digits(value).max(width).min(20);
            write_padded(room, value, count);
            count
        });
    }

    /// Nanoseconds as seconds: `s.nnnnnnnnn`.
    #[inline]
    pub fn seconds(&mut self, nanoseconds: u64) {
        if nanoseconds < 1_000_000_000 {
            self.put(b"0.");
        } else {
            self.unsigned(nanoseconds / 1_000_000_000);
            self.push(b'.');
        }
        self.nine((nanoseconds % 1_000_000_000) as u32);
    }

    /// Exactly nine digits.
    #[inline]
    pub fn nine(&mut self, value: u32) {
        self.fill::<9>(|room| {
            let (high, low) = (value / 10_000, value % 10_000);
            let (first, middle) = (high / 10_000, high % 10_000);
            room[0] = b'0' + first as u8;
            for (at, part) in [(1, middle / 100), (3, middle % 100), (5, low / 100), (7, low % 100)] {
                room[at..at + 2].copy_from_slice(&pair(u64::from(part)));
            }
            9
        });
    }

    /// `0x` and upper-case hexadecimal of the lowest `size` bits, rounded up to whole digits.
    pub fn hexadecimal(&mut self, value: u64, size: u32) {
        let kept = size.div_ceil(4) * 4;
        let value = value & (u64::MAX >> (64 - kept.min(64)));
        self.put(b"0x");
        self.digits(value, 4);
    }

    /// `0` and octal; of a signed value the lowest `size` bits, rounded up to whole digits.
    pub fn octal(&mut self, value: u64, size: u32, signed: bool) {
        let kept = size.div_ceil(3) * 3;
        let value = if signed && size < 64 && kept < 64 { value & (u64::MAX >> (64 - kept)) } else { value };
        self.push(b'0');
        self.digits(value, 3);
    }

    /// `0b` and the lowest `size` bits.
    pub fn binary(&mut self, value: u64, size: u32) {
        self.put(b"0b");
        for bit in (0..size).rev() {
            self.push(b'0' + (value >> bit & 1) as u8);
        }
    }

    /// Digits of `shift` bits each, without leading zeros.
    fn digits(&mut self, value: u64, shift: u32) {
        let count = (64 - value.leading_zeros()).div_ceil(shift).max(1);
        for index in (0..count).rev() {
            let digit = value >> (index * shift) & ((1 << shift) - 1);
            self.push(b"0123456789ABCDEF"[digit as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Buffer)) -> String {
        let mut buffer = Buffer::new();
        write(&mut buffer);
        String::from_utf8(buffer.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_ends_of_the_ranges() {
        for value in [0, 9, 10, 99, 100, 12345, u64::MAX / 10, u64::MAX] {
            assert_eq!(text(|b| b.unsigned(value)), value.to_string());
        }
        for value in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert_eq!(text(|b| b.signed(value)), value.to_string());
        }
    }

    #[test]
    fn other_bases() {
        assert_eq!(text(|b| b.hexadecimal(u64::MAX, 32)), "0xFFFFFFFF");
        assert_eq!(text(|b| b.hexadecimal(u64::MAX, 5)), "0xFF");
        assert_eq!(text(|b| b.hexadecimal(0, 64)), "0x0");
        assert_eq!(text(|b| b.octal(u64::MAX, 8, true)), "0777");
        assert_eq!(text(|b| b.octal(8, 8, false)), "010");
        assert_eq!(text(|b| b.octal(0, 8, false)), "00");
        assert_eq!(text(|b| b.octal(u64::MAX, 63, true)), "0777777777777777777777");
        assert_eq!(text(|b| b.binary(5, 4)), "0b0101");
        assert_eq!(text(|b| b.binary(u64::MAX, 64)), format!("0b{}", "1".repeat(64)));
    }

    proptest! {
        #[test]
        fn decimal_agrees_with_the_standard_library(value: u64, shift in 0u32..64, width in 0usize..=20) {
            let value = value >> shift;
            prop_assert_eq!(text(|b| b.unsigned(value)), value.to_string());
            prop_assert_eq!(text(|b| b.signed(value as i64)), (value as i64).to_string());
            prop_assert_eq!(text(|b| b.padded(value, width)), format!("{value:0width$}"));
            let (whole, part) = (value / 1_000_000_000, value % 1_000_000_000);
            prop_assert_eq!(text(|b| b.seconds(value)), format!("{whole}.{part:09}"));
        }
    }
}
