// SPDX-License-Identifier: MIT
//! The time range of interest.

use super::time::broken_down;
use crate::error::{Error, Result};

const SECOND: i64 = 1_000_000_000;

/// A range of times; each end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The first time of interest.
    pub begin: Option<Bound>,
    /// The last.
    pub end: Option<Bound>,
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nanoseconds from the clock's origin.
    At(i64),
    /// A time of day, in nanoseconds, of the day the trace begins.
    OfDay(i64),
}

impl Bound {
    /// Parses `YYYY-MM-DD[ hh:mm[:ss[.n]]]`, `hh:mm[:ss[.n]]` or `[-]s[.n]`.
    pub fn parse(option: &str, text: &str, gmt: bool) -> Result<Self> {
        let fault = || {
            Error::Option {
            option: option.to_string(),
            message: format!(
                "`{text}` is not a time: expected `YYYY-MM-DD[ hh:mm[:ss[.nnnnnnnnn]]]`, `hh:mm[:ss[.nnnnnnnnn]]` or `[-]s[.nnnnnnnnn]`"
            ),
        }
        };
        if let Some(at) = seconds(text) {
            return Ok(Self::At(at));
        }
        if let Some(of_day) = time_of_day(text) {
            return Ok(Self::OfDay(of_day));
        }
        let (date, time) =
            text.split_once(' ').map_or((text, Some(0)), |(date, time)| (date, time_of_day(time)));
        let parts: Vec<&str> = date.split('-').collect();
        let [year, month, day] = parts[..] else {
            return Err(fault());
        };
        let (year, month, day) = (digits(year, 4), digits(month, 2), digits(day, 2));
        let (Some(year), Some(month), Some(day), Some(time)) = (year, month, day, time) else {
            return Err(fault());
        };
        instant(year - 1900, month - 1, day, time, gmt).map(Self::At).ok_or_else(fault)
    }

    /// Nanoseconds from the origin, given a time of the day that is meant.
    pub(super) fn resolve(self, first: i64, gmt: bool) -> Option<i64> {
        match self {
            Self::At(at) => Some(at),
            Self::OfDay(of_day) => {
                let tm = broken_down(first / SECOND, gmt)?;
                instant(i64::from(tm.tm_year), i64::from(tm.tm_mon), i64::from(tm.tm_mday), of_day, gmt)
            }
        }
    }
}

/// Exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `n{1,9}` as a fraction of a second, in nanoseconds.
fn fraction(text: &str) -> Option<i64> {
    let fits = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("{text:0<9}").parse().ok())?
}

/// `[-]s[.n]`
fn seconds(text: &str) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = match text.split_once('.') {
        Some((whole, part)) => (whole, fraction(part)?),
        None => (text, 0),
    };
    let whole = digits(whole, whole.len().max(1))?;
    let time = whole.checked_mul(SECOND)?.checked_add(part)?;
    Some(if negative { -time } else { time })
}

/// `hh:mm[:ss[.n]]`, in nanoseconds.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, part) = match parts.next() {
        None => (0, 0),
        Some(text) => match text.split_once('.') {
            Some((second, part)) => (digits(second, 2)?, fraction(part)?),
            None => (digits(text, 2)?, 0),
        },
    };
    parts.next().is_none().then_some(((hour * 60 + minute) * 60 + second) * SECOND + part)
}

/// The instant of a date and time of day. Months from 0, years from 1900.
fn instant(year: i64, month: i64, day: i64, of_day: i64, gmt: bool) -> Option<i64> {
    let second = of_day / SECOND;
    let small = |value: i64| libc::c_int::try_from(value).ok();
    // SAFETY: a structure of integers and a pointer that may be null; all zeros is a value of it.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    tm.tm_year = small(year)?;
    tm.tm_mon = small(month)?;
    tm.tm_mday = small(day)?;
    tm.tm_hour = small(second / 3600)?;
    tm.tm_min = small(second / 60 % 60)?;
    tm.tm_sec = small(second % 60)?;
    tm.tm_isdst = -1;
    // SAFETY: the structure is valid for the call.
    let instant = unsafe {
        if gmt {
            libc::timegm(&mut tm)
        } else {
            libc::mktime(&mut tm)
        }
    };
    (instant >= 0).then(|| instant.checked_mul(SECOND)?.checked_add(of_day % SECOND))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let parse = |text| Bound::parse("--begin", text, true).ok();
        assert_eq!(parse("12.5"), Some(Bound::At(12_500_000_000)));
        assert_eq!(parse("-3"), Some(Bound::At(-3_000_000_000)));
        assert_eq!(parse("01:02"), Some(Bound::OfDay(3_720_000_000_000)));
        assert_eq!(parse("00:00:01.000000001"), Some(Bound::OfDay(1_000_000_001)));
        assert_eq!(parse("1970-01-02"), Some(Bound::At(86_400_000_000_000)));
        assert_eq!(parse("1970-01-01 00:01:01"), Some(Bound::At(61_000_000_000)));
        for bad in [
            "",
            "x",
            "1:2",
            "01:02:3",
            "1970-1-1",
            "1970-01-01T00:00",
            "1.",
            ".5",
            "1.0000000000",
            "01:02:03:04",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_of_day_is_of_the_first_day() {
        let first = 1_795_463_525_360_284_575;
        let wanted = 1_795_392_000_000_000_000 + 3_600_000_000_000;
        assert_eq!(Bound::OfDay(3_600_000_000_000).resolve(first, true), Some(wanted));
    }
}
