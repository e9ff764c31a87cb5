// SPDX-License-Identifier: MIT
//! Several streams as one, in order of time.
//!
//! At equal times the order is that of babeltrace2's muxer: by trace UUID (a trace that has one comes
//! first), trace name, stream class id, stream id.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::discover::Trace;
use super::stream::{Item, Stream};
use crate::error::{Error, Result};

/// Hands out the items of all streams, earliest first.
#[derive(Debug)]
pub struct Merger {
    /// The streams, in the order in which equal times go.
    pub streams: Vec<Stream>,
    /// For each stream, the index of its trace.
    pub owners: Vec<usize>,
    /// Time and index of each stream's next item, but for the current stream.
    waiting: BinaryHeap<Reverse<(i64, u32)>>,
    items: Vec<Option<Item>>,
    current: Option<u32>,
    last: i64,
    /// How often an item was earlier than the one before it.
    pub backwards: u64,
}

impl Merger {
    /// Takes the streams of `traces`, whose clocks must be comparable.
    pub fn new(traces: &mut [Trace]) -> Result<Self> {
        comparable(traces)?;
        let mut order: Vec<(usize, Stream)> = Vec::new();
        for (index, trace) in traces.iter_mut().enumerate() {
            order.extend(std::mem::take(&mut trace.streams).into_iter().map(|stream| (index, stream)));
        }
        order.sort_by_cached_key(|(index, stream)| {
            let trace = &traces[*index];
            let uuid = trace.class.uuid;
            (uuid.is_none(), uuid, trace.name.clone(), stream.framing().id, stream.id)
        });
        let (owners, streams): (Vec<_>, Vec<_>) = order.into_iter().unzip();
        let items = vec![None; streams.len()];
        let waiting = BinaryHeap::new();
        Ok(Self { streams, owners, waiting, items, current: None, last: i64::MIN, backwards: 0 })
    }

    /// Reads the first item of each stream. Until then streams may be told what to skip.
    pub fn start(&mut self) -> Result<()> {
        for index in 0..self.streams.len() {
            self.items[index] = self.streams[index].advance()?;
            if self.items[index].is_some() {
                self.waiting.push(Reverse((self.streams[index].time(), index as u32)));
            }
        }
        Ok(())
    }

    /// Moves to the next item of all: the index of its stream and what it is.
    #[inline]
    pub fn advance(&mut self) -> Result<Option<(usize, Item)>> {
        if let Some(current) = self.current {
            let stream = &mut self.streams[current as usize];
            if let Some(item) = stream.advance()? {
                let key = (stream.time(), current);
                // Mostly the same stream goes on for a while.
                let mut first = self.waiting.peek_mut().filter(|first| first.0 < key);
                let next = first.as_deref_mut().map(|first| std::mem::replace(first, Reverse(key)).0);
                drop(first);
                let Some(next) = next else {
                    self.note(key.0);
                    return Ok(Some((current as usize, item)));
                };
                self.items[current as usize] = Some(item);
                return Ok(self.switch(next));
            }
        }
        self.current = None;
        Ok(self.waiting.pop().and_then(|Reverse(next)| self.switch(next)))
    }

    /// Goes on with another stream, whose next item waits.
    #[inline]
    fn switch(&mut self, (time, index): (i64, u32)) -> Option<(usize, Item)> {
        self.current = Some(index);
        self.note(time);
        self.items[index as usize].take().map(|item| (index as usize, item))
    }

    #[inline]
    fn note(&mut self, time: i64) {
        self.backwards += u64::from(time < self.last);
        self.last = time;
    }
}

/// Clocks of all streams must count from the Epoch, or be one and the same clock, or there is none.
fn comparable(traces: &[Trace]) -> Result<()> {
    let mut first: Option<(Origin, &Trace)> = None;
    for trace in traces {
        for stream in &trace.streams {
            let clock = trace.class.streams[stream.class].clock.map(|index| &trace.class.clocks[index]);
            let origin = match clock {
                None => Origin::None,
                Some(clock) if clock.epoch => Origin::Epoch,
                Some(clock) => Origin::Own(clock.uuid),
            };
            match &first {
                None => first = Some((origin, trace)),
                Some((other, _)) if *other == origin => {}
                Some((other, owner)) => {
                    return Err(Error::Clash(format!(
                        "cannot order events of {} ({}) and {} ({}) in time",
                        owner.path.display(),
                        other.describe(),
                        trace.path.display(),
                        origin.describe()
                    )));
                }
            }
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Origin {
    None,
    Epoch,
    Own(Option<crate::model::Uuid>),
}

impl Origin {
    fn describe(&self) -> &'static str {
        match self {
            Self::None => "without a clock",
            Self::Epoch => "whose clock counts from the Epoch",
            Self::Own(Some(_)) => "whose clock has an origin and a UUID of its own",
            Self::Own(None) => "whose clock has an origin of its own",
        }
    }
}
