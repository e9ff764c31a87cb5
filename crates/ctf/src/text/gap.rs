// SPDX-License-Identifier: MIT
//! Warnings about lost events and packets, in babeltrace2's words.

use super::buffer::Buffer;
use super::options::Options;
use super::time::Times;
use crate::trace::{Gap, Lost, Stream, Trace};

/// Something lost, and when in nanoseconds from the clock's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loss {
    lost: Lost,
    count: Option<u64>,
    range: Option<(i64, i64)>,
}

impl Loss {
    pub fn of(gap: &Gap, stream: &Stream) -> Self {
        let range = gap.range.zip(stream.framing().scale);
        let range = range.and_then(|((begin, end), scale)| scale.time(begin).zip(scale.time(end)));
        Self { lost: gap.lost, count: gap.count, range }
    }

    /// Cuts it to the times of interest. Of a part, nobody knows the count.
    pub fn clip(mut self, from: Option<i64>, to: Option<i64>) -> Option<Self> {
        let Some((begin, end)) = &mut self.range else {
            return Some(self);
        };
        if let Some(from) = from.filter(|from| *begin < *from) {
            if *end < from {
                return None;
            }
            (*begin, self.count) = (from, None);
        }
        if let Some(to) = to.filter(|to| *end > *to) {
            (*end, self.count) = (to, None);
        }
        Some(self)
    }
}

/// Writes the warning line about a loss of `stream` into `out`.
pub(super) fn put(
    out: &mut Buffer,
    options: &Options,
    times: &mut Times,
    trace: &Trace,
    stream: &Stream,
    loss: Loss,
) {
    let (yellow, bold, reset) =
        if options.color_warnings { ("\x1b[33m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let what = match loss.lost {
        Lost::Events => "event",
        Lost::Packets => "packet",
    };
    let lost = match loss.count {
        Some(1) => format!("Tracer discarded 1 {what}"),
        Some(count) => format!("Tracer discarded {count} {what}s"),
        None => format!("Tracer may have discarded {what}s"),
    };
    out.put(format!("{yellow}{bold}WARNING{reset}{yellow}: {lost} ").as_bytes());
    match loss.range {
        Some((begin, end)) => {
            out.put(b"between [");
            times.put_wall(out, begin);
            out.put(b"] and [");
            times.put_wall(out, end);
            out.put(b"]");
        }
        None => out.put(b"(unknown time range)"),
    }
    let uuid = trace.class.uuid_text().map_or("(no UUID)".to_string(), |uuid| format!("(UUID: {uuid})"));
    let rest = format!(
        " in trace \"{}\" {uuid} within stream \"{}\" (stream class ID: {}, stream ID: {}).{reset}\n",
        trace.name,
        stream.name.display(),
        stream.framing().id,
        stream.id
    );
    out.put(rest.as_bytes());
}
