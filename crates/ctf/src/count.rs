// SPDX-License-Identifier: MIT
//! The counting sink: how many events, packets and gaps there are.

use crate::error::{Error, Result};
use crate::trace::{Stream, Trace};

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// Streams.
    pub streams: u64,
    /// Packets.
    pub packets: u64,
    /// Times that events were lost.
    pub discarded_events: u64,
    /// Times that packets were lost.
    pub discarded_packets: u64,
}

/// Counts every item of `traces`. Streams need no common order, so none is made.
///
/// `go_on` is asked now and then; counting stops when it says no.
pub fn count(traces: &mut [Trace], go_on: &mut dyn FnMut() -> bool) -> Result<Counts> {
    let mut counts = Counts::default();
    for stream in traces.iter_mut().flat_map(|trace| &mut trace.streams) {
        drain(stream, go_on)?;
        counts.streams += 1;
        counts.events += stream.tally.events;
        counts.packets += stream.tally.packets;
        counts.discarded_events += stream.tally.discarded_events;
        counts.discarded_packets += stream.tally.discarded_packets;
    }
    Ok(counts)
}

fn drain(stream: &mut Stream, go_on: &mut dyn FnMut() -> bool) -> Result<()> {
    let mut generation = stream.generation;
    while stream.advance()?.is_some() {
        if stream.generation != generation {
            generation = stream.generation;
            if generation % 16 == 0 && !go_on() {
                return Err(Error::Interrupted);
            }
        }
    }
    Ok(())
}
