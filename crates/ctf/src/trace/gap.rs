// SPDX-License-Identifier: MIT
//! What was lost between packets, from the counters that packets carry.

use crate::plan::Roles;

/// What was lost and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Events or packets.
    pub lost: Lost,
    /// How many, if that is known.
    pub count: Option<u64>,
    /// Between which clock readings, if packets say when they begin and end.
    pub range: Option<(u64, u64)>,
}

/// What can be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Events, counted by the tracer.
    Events,
    /// Packets, missing from the sequence.
    Packets,
}

/// In bits, how wide a stream's counters are before they wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Widths {
    pub discarded: u32,
    pub sequence: u32,
}

/// How a counter moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    None,
    Forward(u64),
    Back,
}

/// Compares a packet's counters with those of the packet before it in its stream. Also tells whether
/// one went back.
pub(super) fn losses(before: Option<&Roles>, now: &Roles, widths: Widths) -> ([Option<Gap>; 2], bool) {
    let (mut events, mut packets, mut back) = (None, None, false);
    let whole = now.begin.is_some() && now.end.is_some();
    let range = |from: Option<u64>, to: Option<u64>| from.zip(to).filter(|_| whole);
    match (before.and_then(|before| Some((before, before.discarded?))), now.discarded) {
        (Some((before, then)), Some(discarded)) => match step(then, discarded, widths.discarded) {
            Step::Forward(count) => {
                let range = range(before.end, now.end);
                events = Some(Gap { lost: Lost::Events, count: Some(count), range });
            }
            Step::Back => back = true,
            Step::None => {}
        },
        // Lost before the first packet, or in it: how many, nobody knows.
        (None, Some(1..)) => {
            events = Some(Gap { lost: Lost::Events, count: None, range: range(now.begin, now.end) });
        }
        _ => {}
    }
    // Not from the first packet on: the trace may be the end of a longer one.
    if let (Some((before, then)), Some(sequence)) =
        (before.and_then(|before| Some((before, before.sequence?))), now.sequence)
    {
        match step(then, sequence, widths.sequence) {
            Step::Forward(count @ 2..) => {
                let range = range(before.end, now.begin);
                packets = Some(Gap { lost: Lost::Packets, count: Some(count - 1), range });
            }
            Step::Back => back = true,
            Step::Forward(_) | Step::None => {}
        }
    }
    ([events, packets], back)
}

/// How a counter of `width` bits moved; more than half its range forward is back.
fn step(then: u64, now: u64, width: u32) -> Step {
    let mask = u64::MAX >> (64 - width.clamp(1, 64));
    match now.wrapping_sub(then) & mask {
        0 => Step::None,
        count if count <= mask / 2 => Step::Forward(count),
        _ => Step::Back,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_wrap_and_may_go_back() {
        assert_eq!(step(3, 5, 32), Step::Forward(2));
        assert_eq!(step(5, 5, 32), Step::None);
        assert_eq!(step(u64::from(u32::MAX), 1, 32), Step::Forward(2));
        assert_eq!(step(5, 3, 32), Step::Back);
        assert_eq!(step(u64::MAX, 0, 64), Step::Forward(1));
    }
}
