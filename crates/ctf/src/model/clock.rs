// SPDX-License-Identifier: MIT
//! Clocks: cycles to nanoseconds from the clock's origin.

use super::Uuid;

const SECOND: i64 = 1_000_000_000;

/// A clock and where its zero lies.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockClass {
    /// Its name in the metadata.
    pub name: String,
    /// Its identity over traces.
    pub uuid: Option<Uuid>,
    /// For people.
    pub description: Option<String>,
    /// Cycles a second.
    pub frequency: u64,
    /// Cycles of uncertainty.
    pub precision: u64,
    /// Whole seconds from the origin to the clock's zero.
    pub offset_seconds: i64,
    /// Cycles more, fewer than `frequency`.
    pub offset_cycles: u64,
    /// Is the origin the Unix Epoch?
    pub epoch: bool,
}

impl ClockClass {
    /// Nanoseconds from the origin to the clock's zero, or `None` beyond 64 bits.
    pub fn base(&self) -> Option<i64> {
        let cycles = i64::try_from(nanoseconds(self.frequency, self.offset_cycles)?).ok()?;
        self.offset_seconds.checked_mul(SECOND)?.checked_add(cycles)
    }

    /// Nanoseconds from the origin at which the clock reads `cycles`, or `None` beyond 64 bits.
    pub fn time(&self, cycles: u64) -> Option<i64> {
        self.base()?.checked_add(i64::try_from(nanoseconds(self.frequency, cycles)?).ok()?)
    }

    /// What the clock reads `time` nanoseconds from its origin, or `None` before its zero.
    pub fn cycles(&self, time: i64) -> Option<u64> {
        let since = u64::try_from(time.checked_sub(self.base()?)?).ok()?;
        if self.frequency == SECOND as u64 {
            return Some(since);
        }
        Some((since as f64 * self.frequency as f64 / 1e9) as u64)
    }
}

/// Converts cycles to nanoseconds as babeltrace2 does: in double precision unless a cycle is one.
pub fn nanoseconds(frequency: u64, cycles: u64) -> Option<u64> {
    if frequency == SECOND as u64 {
        return Some(cycles);
    }
    let exact = 1e9 * cycles as f64 / frequency as f64;
    (exact < u64::MAX as f64).then_some(exact as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(frequency: u64, offset_seconds: i64, offset_cycles: u64) -> ClockClass {
        ClockClass {
            name: "c".into(),
            uuid: None,
            description: None,
            frequency,
            precision: 0,
            offset_seconds,
            offset_cycles,
            epoch: true,
        }
    }

    #[test]
    fn offsets_and_frequencies_add_up() {
        assert_eq!(clock(1_000_000_000, 2, 5).time(7), Some(2_000_000_012));
        assert_eq!(clock(1_000, -1, 500).time(250), Some(-250_000_000));
        assert_eq!(clock(3, 0, 0).time(2), Some(666_666_666));
        assert_eq!(clock(1_000, -1, 500).cycles(-250_000_000), Some(250));
        assert_eq!(clock(1_000, 1, 0).cycles(0), None);
    }

    #[test]
    fn overflow_is_noticed() {
        assert_eq!(clock(1_000_000_000, 0, 0).time(u64::MAX), None);
        assert_eq!(clock(1, 0, 0).time(1 << 40), None);
        assert_eq!(clock(1_000_000_000, i64::MAX, 0).base(), None);
    }
}
