// SPDX-License-Identifier: MIT
//! Integers of any size at any bit.
//!
//! Little endian: bit `n` of the packet is bit `n % 8`, from the least significant, of byte `n / 8`,
//! and values begin with their least significant bit. Big endian: from the most significant, both.

/// Reads `size` (1 to 64) bits at bit `at`. Bits beyond `data` read as 0.
#[inline]
pub(super) fn read(data: &[u8], at: u64, size: u8, big: bool) -> u64 {
    let byte = (at / 8) as usize;
    let shift = (at % 8) as u32;
    let size = u32::from(size);
    let (window, ninth) = match data.get(byte..byte + 9) {
        Some(nine) => {
            let mut eight = [0; 8];
            eight.copy_from_slice(&nine[..8]);
            (eight, nine[8])
        }
        None => near_end(data, byte),
    };
    let value = if big {
        let high = u64::from_be_bytes(window) << shift;
        // A ninth byte holds the rest of the 64 bits from `shift` on.
        (high | u64::from(ninth) >> (8 - shift)) >> (64 - size)
    } else {
        let low = u64::from_le_bytes(window) >> shift;
        low | if shift == 0 { 0 } else { u64::from(ninth) << (64 - shift) }
    };
    value & (u64::MAX >> (64 - size))
}

/// The nine bytes from `byte` on, with zeros for those there are not.
#[cold]
fn near_end(data: &[u8], byte: usize) -> ([u8; 8], u8) {
    let at = |i: usize| data.get(byte + i).copied().unwrap_or(0);
    (std::array::from_fn(at), at(8))
}

/// Widens the two's complement of `size` bits.
#[inline]
pub(super) fn sign(value: u64, size: u8) -> i64 {
    let unused = 64 - u32::from(size);
    ((value << unused) as i64) >> unused
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, bit by bit.
    fn naive(data: &[u8], at: u64, size: u8, big: bool) -> u64 {
        let bit = |n: u64| {
            let byte = data.get((n / 8) as usize).copied().unwrap_or(0);
            u64::from(if big { byte >> (7 - n % 8) } else { byte >> (n % 8) } & 1)
        };
        (0..u64::from(size)).fold(
            0,
            |value, i| {
                if big {
                    value << 1 | bit(at + i)
                } else {
                    value | bit(at + i) << i
                }
            },
        )
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(data in prop::collection::vec(any::<u8>(), 0..24), at in 0u64..160, size in 1u8..=64, big: bool) {
            prop_assert_eq!(read(&data, at, size, big), naive(&data, at, size, big));
        }

        #[test]
        fn signs_as_wide_arithmetic_does(value: u64, size in 1u8..=64) {
            let low = i128::from(value) & ((1i128 << size) - 1);
            let wanted = if low >> (size - 1) == 1 { low - (1i128 << size) } else { low };
            prop_assert_eq!(i128::from(sign(value & (u64::MAX >> (64 - size)), size)), wanted);
        }
    }
}
