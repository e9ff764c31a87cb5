// SPDX-License-Identifier: MIT
//! What is known of a position while a plan is compiled: its remainder by some power of two.

use crate::model::{Field, Kind};

/// The position is `rest` more than a multiple of `modulus`, a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    modulus: u64,
    rest: u64,
}

impl Default for Position {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

impl Position {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { modulus: 1, rest: 0 };

    pub(super) fn multiple_of(modulus: u64) -> Self {
        Self { modulus, rest: 0 }
    }

    pub(super) fn is_multiple_of(self, modulus: u64) -> bool {
        self.modulus >= modulus && self.rest % modulus == 0
    }

    /// How many bits lie before the next multiple of `align`, if that is certain.
    pub(super) fn padding(self, align: u64) -> Option<u64> {
        (self.modulus >= align).then(|| (align - self.rest % align) % align)
    }

    pub(super) fn after(self, bits: u64) -> Self {
        Self { modulus: self.modulus, rest: self.rest.wrapping_add(bits) % self.modulus }
    }

    /// After a jump to the next multiple of `align`.
    pub(super) fn aligned(self, align: u64) -> Self {
        match self.padding(align) {
            Some(padding) => self.after(padding),
            None => Self::multiple_of(align),
        }
    }

    /// What holds whichever of two ways led here.
    pub(super) fn meet(self, other: Self) -> Self {
        let mut modulus = self.modulus.min(other.modulus);
        while self.rest % modulus != other.rest % modulus {
            modulus /= 2;
        }
        Self { modulus, rest: self.rest % modulus }
    }
}

/// A power of two of which the field's size, padding included, is surely a multiple when the field
/// begins at one.
pub(super) fn granule(field: &Field) -> u64 {
    let least = |fields: &mut dyn Iterator<Item = &Field>| fields.map(granule).min().unwrap_or(1 << 32);
    let own = match &field.kind {
        Kind::Integer(integer) => lowest_bit(u64::from(integer.size)),
        Kind::Real(real) => lowest_bit(u64::from(real.size)),
        Kind::String => 8,
        Kind::Structure(structure) => least(&mut structure.members.iter().map(|member| &member.field)),
        Kind::Variant(variant) => least(&mut variant.options.iter().map(|option| &option.field)),
        Kind::Array(array) => granule(&array.element),
    };
    own.min(1 << 32)
}

fn lowest_bit(value: u64) -> u64 {
    value & value.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a position claims holds for every start that satisfies its first claim.
        #[test]
        fn claims_hold(steps in prop::collection::vec((0u64..200, 0u32..8, any::<bool>()), 0..12), start in 0u64..64) {
            let mut claim = Position::multiple_of(64);
            let mut real = start * 64;
            for (bits, align, jump) in steps {
                if jump {
                    claim = claim.aligned(1 << align);
                    real = real.next_multiple_of(1 << align);
                } else {
                    claim = claim.after(bits);
                    real += bits;
                }
                prop_assert_eq!(real % claim.modulus, claim.rest);
            }
        }

        #[test]
        fn a_meet_is_weaker_than_both(a in 0u64..256, b in 0u64..256) {
            let met = Position { modulus: 256, rest: a }.meet(Position { modulus: 256, rest: b });
            prop_assert_eq!(a % met.modulus, met.rest);
            prop_assert_eq!(b % met.modulus, met.rest);
        }
    }
}
