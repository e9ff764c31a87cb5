// SPDX-License-Identifier: MIT
//! The fast conversion of a stream's clock readings to nanoseconds.

use crate::model::{nanoseconds, ClockClass};

/// A clock's frequency and offset, ready for use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    base: i64,
    frequency: u64,
}

impl Scale {
    /// Prepares `clock`, whose offset is known to fit.
    pub fn new(clock: &ClockClass) -> Self {
        Self { base: clock.base().unwrap_or(0), frequency: clock.frequency }
    }

    /// Nanoseconds from the clock's origin, or `None` beyond 64 bits.
    #[inline]
    pub fn time(&self, cycles: u64) -> Option<i64> {
        let since =
            if self.frequency == 1_000_000_000 { cycles } else { nanoseconds(self.frequency, cycles)? };
        self.base.checked_add(i64::try_from(since).ok()?)
    }
}
