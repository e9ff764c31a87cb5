// SPDX-License-Identifier: MIT
//! Times as text. The time of day is worked out once a second, not once an event.

use super::buffer::Buffer;
use super::options::{Clock, Options};

const SECOND: u64 = 1_000_000_000;

/// Prints times by the options.
#[derive(Debug)]
pub(super) struct Times {
    clock: Clock,
    cycles: bool,
    gmt: bool,
    /// `HH:MM:SS.`, perhaps with the date before it, of the second that begins at `start`.
    prefix: Buffer,
    start: i64,
    /// Negative times were warned of.
    warned: bool,
}

impl Times {
    pub fn new(options: &Options) -> Self {
        // SAFETY: reads the environment's TZ; this crate starts no thread that could change it.
        unsafe { tzset() };
        Self {
            clock: options.clock,
            cycles: options.cycles,
            gmt: options.gmt,
            prefix: Buffer::new(),
            start: i64::MIN,
            warned: false,
        }
    }

    /// Prints an event's time: `time` in nanoseconds from the clock's origin, `cycles` as read.
    /// True if the first negative time of day was met, of which people are told once.
    #[inline]
    pub fn put(&mut self, out: &mut Buffer, time: i64, cycles: u64) -> bool {
        if self.cycles {
            out.padded(cycles, 20);
            return false;
        }
        self.put_wall(out, time)
    }

    /// Prints a time that is not in cycles.
    #[inline]
    pub fn put_wall(&mut self, out: &mut Buffer, time: i64) -> bool {
        // Mostly it is still the second of the last time.
        let since = time.wrapping_sub(self.start) as u64;
        if since < SECOND {
            out.put_buffer(&self.prefix);
            out.nine(since as u32);
            return false;
        }
        if time < 0 || self.clock == Clock::Seconds {
            return self.put_odd(out, time);
        }
        self.put_day(out, (time as u64 / SECOND) as i64);
        out.nine((time as u64 % SECOND) as u32);
        false
    }

    fn put_day(&mut self, out: &mut Buffer, second: i64) {
        self.prepare(second);
        out.put_buffer(&self.prefix);
    }

    /// Seconds, or a negative time.
    fn put_odd(&mut self, out: &mut Buffer, time: i64) -> bool {
        let (second, nanosecond) = (time.unsigned_abs() / SECOND, time.unsigned_abs() % SECOND);
        let seconds = self.clock == Clock::Seconds;
        let first = !seconds && !std::mem::replace(&mut self.warned, true);
        if seconds || first {
            if time < 0 {
                out.push(b'-');
            }
            out.unsigned(second);
            out.push(b'.');
        } else {
            // babeltrace2 falls back to seconds only once, then prints the time without its sign.
            self.put_day(out, second as i64);
        }
        out.nine(nanosecond as u32);
        first
    }

    fn prepare(&mut self, second: i64) {
        self.start = second.saturating_mul(SECOND as i64);
        self.prefix.clear();
        let Some(tm) = broken_down(second, self.gmt) else {
            self.prefix.signed(second);
            return self.prefix.push(b'.');
        };
        if self.clock == Clock::Date {
            self.prefix.padded((i64::from(tm.tm_year) + 1900).unsigned_abs(), 4);
            for part in [tm.tm_mon + 1, tm.tm_mday] {
                self.prefix.push(b'-');
                self.prefix.padded(part as u64, 2);
            }
            self.prefix.push(b' ');
        }
        for (part, after) in [(tm.tm_hour, b':'), (tm.tm_min, b':'), (tm.tm_sec, b'.')] {
            self.prefix.padded(part as u64, 2);
            self.prefix.push(after);
        }
    }
}

extern "C" {
    fn tzset();
}

/// Year, month and so on of a second since the Epoch, in UTC or the local time zone.
pub(super) fn broken_down(second: i64, gmt: bool) -> Option<libc::tm> {
    let mut out = std::mem::MaybeUninit::<libc::tm>::zeroed();
    let second: libc::time_t = second;
    // SAFETY: both pointers are valid for the call, which writes the whole structure or returns null.
    let done = unsafe {
        if gmt {
            libc::gmtime_r(&second, out.as_mut_ptr())
        } else {
            libc::localtime_r(&second, out.as_mut_ptr())
        }
    };
    // SAFETY: written by the call if it did not return null, and zeroed before in any case.
    (!done.is_null()).then(|| unsafe { out.assume_init() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(clock: Clock, time: i64) -> String {
        printed(&Options { clock, gmt: true, ..Options::default() }, time)
    }

    fn printed(options: &Options, time: i64) -> String {
        let mut times = Times::new(options);
        let mut out = Buffer::new();
        times.put(&mut out, time, 42);
        String::from_utf8(out.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn every_form() {
        let time = 1_795_463_525_360_284_575;
        assert_eq!(text(Clock::Wall, time), "19:52:05.360284575");
        assert_eq!(text(Clock::Date, time), "2026-11-23 19:52:05.360284575");
        assert_eq!(text(Clock::Seconds, time), "1795463525.360284575");
        assert_eq!(printed(&Options { cycles: true, ..Options::default() }, time), "00000000000000000042");
        assert_eq!(text(Clock::Seconds, -1_500_000_000), "-1.500000000");
        assert_eq!(text(Clock::Wall, -1_500_000_000), "-1.500000000");
        assert_eq!(text(Clock::Seconds, -5), "-0.000000005");
    }
}
