// SPDX-License-Identifier: MIT
//! Floating point numbers as C's `%g` prints them: six significant digits.

use std::io::Write;

use super::buffer::Buffer;

const DIGITS: i32 = 6;

impl Buffer {
    /// `%g`.
    pub fn real(&mut self, value: f64) {
        if value.is_sign_negative() {
            self.push(b'-');
        }
        let value = value.abs();
        if !value.is_finite() {
            return self.put(if value.is_nan() { b"nan" } else { b"inf" });
        }
        // Small whole numbers are frequent and need no rounding.
        if value < 1e6 && value.trunc() == value {
            return self.unsigned(value as u64);
        }
        // Correctly rounded to six digits: "d.ddddde-ddd".
        let mut scientific = [0u8; 16];
        let mut rest = &mut scientific[..];
        let _ = write!(rest, "{value:.5e}");
        let length = 16 - rest.len();
        let (mantissa, exponent) = split(&scientific[..length]);
        if (-4..DIGITS).contains(&exponent) {
            self.plain(&mantissa, exponent);
        } else {
            self.scientific(&mantissa, exponent);
        }
    }

    fn plain(&mut self, digits: &[u8; 6], exponent: i32) {
        let kept = significant(digits);
        if exponent < 0 {
            self.put(b"0.");
            for _ in 1..-exponent {
                self.push(b'0');
            }
            return self.put(&digits[..kept]);
        }
        let whole = exponent as usize + 1;
        self.put(&digits[..whole]);
        if kept > whole {
            self.push(b'.');
            self.put(&digits[whole..kept]);
        }
    }

    fn scientific(&mut self, digits: &[u8; 6], exponent: i32) {
        let kept = significant(digits);
        self.push(digits[0]);
        if kept > 1 {
            self.push(b'.');
            self.put(&digits[1..kept]);
        }
        self.put(if exponent < 0 { b"e-" } else { b"e+" });
        self.padded(u64::from(exponent.unsigned_abs()), 2);
    }
}

/// The six digits and the exponent of "d.ddddde-ddd".
fn split(text: &[u8]) -> ([u8; 6], i32) {
    let mut digits = [b'0'; 6];
    digits[0] = text[0];
    digits[1..].copy_from_slice(&text[2..7]);
    let negative = text.get(8) == Some(&b'-');
    let exponent =
        text[8..].iter().filter(|b| b.is_ascii_digit()).fold(0, |sum, b| sum * 10 + i32::from(b - b'0'));
    (digits, if negative { -exponent } else { exponent })
}

/// How many digits there are without the zeros at the end.
fn significant(digits: &[u8; 6]) -> usize {
    digits.iter().rposition(|&digit| digit != b'0').map_or(1, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::{c_char, c_int};

    extern "C" {
        fn snprintf(to: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    }

    fn c(value: f64) -> String {
        let mut room = [0u8; 64];
        // SAFETY: the format takes one double, and the size given is the room's.
        let length = unsafe { snprintf(room.as_mut_ptr().cast(), room.len(), c"%g".as_ptr(), value) };
        String::from_utf8(room[..length as usize].to_vec()).unwrap()
    }

    fn ours(value: f64) -> String {
        let mut buffer = Buffer::new();
        buffer.real(value);
        String::from_utf8(buffer.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn special_values() {
        let values =
            [0.0, -0.0, 1.0, 999999.0, 999999.5, 1e6, 1e-4, 9.99999e-5, 9.999995e-5, 1e-5, 0.1, 2.5e-7];
        for value in values.into_iter().chain([
            f64::NAN,
            -f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            5e-324,
        ]) {
            assert_eq!(ours(value), c(value));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_c(bits: u64, near in -1e7f64..1e7) {
            prop_assert_eq!(ours(f64::from_bits(bits)), c(f64::from_bits(bits)));
            prop_assert_eq!(ours(near), c(near));
            prop_assert_eq!(ours(near * 1e-9), c(near * 1e-9));
        }
    }
}
