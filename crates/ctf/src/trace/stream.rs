// SPDX-License-Identifier: MIT
//! A data stream: the events of its packets one by one, and what was lost between them.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::clock::Scale;
use super::framing::{Framing, StreamFraming};
use super::gap::{losses, Gap};
use super::index::Index;
use super::oddity::Oddities;
use super::packet::{Found, Packet, PacketReader};
use super::schedule::{schedule, Place};
use crate::error::{Error, Result};
use crate::plan::{Fault, Program, Sink, What};

/// What comes next in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// An event, header read: the index of its event class.
    Event(u32),
    /// Something was lost.
    Gap(Gap),
    /// A packet begins or ends, and behind that there is a fault.
    Bound,
}

/// How many items of each kind went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Events.
    pub events: u64,
    /// Packets.
    pub packets: u64,
    /// Times that events were lost.
    pub discarded_events: u64,
    /// Times that packets were lost.
    pub discarded_packets: u64,
}

/// Reads a stream, which may lie in several files, one after the other.
#[derive(Debug)]
pub struct Stream {
    framing: Arc<Framing>,
    scale: Option<Scale>,
    /// Index of its stream class.
    pub class: usize,
    /// Its number, or a number given to it.
    pub id: u64,
    /// What its packets say of its number.
    told: Option<u64>,
    /// Its name: the path of its first file.
    pub name: PathBuf,
    files: Vec<PathBuf>,
    /// With several files, where the packets to come are.
    places: Option<VecDeque<Place>>,
    /// The file that `reader` reads.
    file: usize,
    reader: Option<PacketReader>,
    packet: Option<Packet>,
    /// Counts packets over files: a change means a new packet context.
    pub generation: u64,
    /// The packet was opened, but what was lost before it is not told yet.
    fresh: bool,
    /// The position in the packet, and where its content ends.
    at: u64,
    end: u64,
    /// Where the current event's header began.
    start: u64,
    event: Option<u32>,
    before: Option<Packet>,
    gaps: VecDeque<Gap>,
    time: i64,
    cycles: u64,
    /// When its first packet began, in cycles.
    begin: Option<u64>,
    /// Events before this time need not be decoded.
    from: Option<i64>,
    /// The clock reading at the packet's bound that was passed last, and the fault behind it.
    bound: Option<u64>,
    fault: Option<Error>,
    /// What went by so far.
    pub tally: Tally,
    /// What was odd about it.
    pub oddities: Oddities,
}

impl Stream {
    /// A stream of the given files, in order. Its packets say it is `told`; it is called `id`.
    pub fn new(
        framing: &Arc<Framing>,
        class: usize,
        id: u64,
        told: Option<u64>,
        files: Vec<PathBuf>,
    ) -> Self {
        Self {
            framing: Arc::clone(framing),
            scale: framing.streams[class].scale,
            class,
            id,
            told,
            name: files.first().cloned().unwrap_or_default(),
            files,
            places: None,
            file: 0,
            reader: None,
            packet: None,
            generation: 0,
            fresh: false,
            at: 0,
            end: 0,
            start: 0,
            event: None,
            before: None,
            gaps: VecDeque::new(),
            time: i64::MIN,
            cycles: 0,
            begin: None,
            from: None,
            bound: None,
            fault: None,
            tally: Tally::default(),
            oddities: Oddities::default(),
        }
    }

    /// Its files, in the order in which they begin.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter()
    }

    /// The same stream, known to begin at the clock reading `begin`.
    pub fn beginning(mut self, begin: Option<u64>) -> Self {
        self.begin = begin;
        self
    }

    /// When it begins, in nanoseconds from the clock's origin.
    pub fn begin_time(&self) -> Option<i64> {
        self.scale?.time(self.begin?)
    }

    /// The plans of its stream class.
    pub fn framing(&self) -> &StreamFraming {
        &self.framing.streams[self.class]
    }

    /// Nanoseconds from the clock's origin at the current item; the least number without a clock.
    pub fn time(&self) -> i64 {
        self.time
    }

    /// The clock's reading at the current event.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// The current packet.
    pub fn packet(&self) -> Option<&Packet> {
        self.packet.as_ref()
    }

    /// Lets whole packets that end before `time` go by unread.
    pub fn skip_to(&mut self, time: i64) {
        self.from = Some(time);
    }

    /// Moves to the next item. An event that was not decoded is passed over.
    #[inline]
    pub fn advance(&mut self) -> Result<Option<Item>> {
        self.skip()?;
        if self.at < self.end {
            return self.event().map(Some);
        }
        self.turn()
    }

    /// Moves to the next item, which is not in the current packet any more.
    ///
    /// A fault met between packets is told at the time of the packet's bound it lies behind, so that
    /// what other streams have until then comes first.
    #[cold]
    fn turn(&mut self) -> Result<Option<Item>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        self.walk().or_else(|fault| match self.bound.and_then(|bound| self.scale?.time(bound)) {
            Some(time) if time > self.time => {
                (self.time, self.fault) = (time, Some(fault));
                (self.at, self.end) = (0, 0);
                Ok(Some(Item::Bound))
            }
            _ => Err(fault),
        })
    }

    fn walk(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some(gap) = self.gaps.pop_front() {
                self.set_gap_time(gap)?;
                return Ok(Some(Item::Gap(gap)));
            }
            if let Some(packet) = self.packet.filter(|_| self.fresh) {
                self.fresh = false;
                self.bound = packet.roles.begin;
                (self.at, self.end) = (packet.body, packet.content);
                if self.at < self.end {
                    return self.event().map(Some);
                }
            }
            if let Some(packet) = self.packet {
                self.bound = packet.roles.end.filter(|_| !packet.maimed);
                if let Some(cut) = packet.cut {
                    let what = What::Truncated(packet.size / 8, cut);
                    return Err(self.locate(Fault { bit: 8 * cut, what }));
                }
                self.note_end();
                self.before = self.packet.take();
            }
            if !self.open_packet()? {
                return Ok(None);
            }
        }
    }

    /// Reads the next event's header.
    #[inline]
    fn event(&mut self) -> Result<Item> {
        match self.event_header() {
            Ok(class) => {
                self.event = Some(class);
                self.tally.events += 1;
                Ok(Item::Event(class))
            }
            Err(fault) => Err(self.locate(fault)),
        }
    }

    #[inline]
    fn event_header(&mut self) -> Found<u32> {
        let at = self.at;
        self.start = at;
        let Some(reader) = &mut self.reader else { return Err(Fault { bit: at, what: What::Empty }) };
        let (end, class) = reader.event_header(self.class, at, self.end)?;
        self.at = end;
        self.cycles = reader.registers.clock;
        if let Some(scale) = &self.scale {
            self.time = scale.time(self.cycles).ok_or(Fault { bit: at, what: What::Time(self.cycles) })?;
        }
        Ok(class)
    }

    /// Decodes what follows the current event's header by `program`, for `sink`.
    #[inline]
    pub fn decode<S: Sink>(&mut self, program: &Program, sink: &mut S) -> Result<()> {
        self.event = None;
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let end = reader.run(self.at, self.end, program, sink);
        self.finish(end)
    }

    /// Passes over the current event if it was not decoded.
    #[inline]
    pub fn skip(&mut self) -> Result<()> {
        let (Some(event), Some(reader)) = (self.event.take(), &mut self.reader) else { return Ok(()) };
        let end = reader.skip(self.class, event, self.at, self.end);
        self.finish(end)
    }

    /// Goes on after the current event.
    #[inline]
    fn finish(&mut self, end: Found<u64>) -> Result<()> {
        match end {
            Ok(end) if end > self.start => {
                self.at = end;
                Ok(())
            }
            Ok(end) => Err(self.locate(Fault { bit: end, what: What::Empty })),
            Err(fault) => Err(self.locate(fault)),
        }
    }

    /// Decodes the current event's header once more, for `sink`, by a program without effects.
    pub fn decode_header<S: Sink>(&mut self, program: &Program, sink: &mut S) -> Result<()> {
        self.again(self.start, program, sink)
    }

    /// Decodes the current packet's context for `sink`, by a program without effects.
    pub fn decode_context<S: Sink>(&mut self, program: &Program, sink: &mut S) -> Result<()> {
        self.again(self.packet.map_or(0, |packet| packet.context), program, sink)
    }

    fn again<S: Sink>(&mut self, at: u64, program: &Program, sink: &mut S) -> Result<()> {
        let (Some(packet), Some(reader)) = (self.packet, &mut self.reader) else { return Ok(()) };
        let result = reader.run(at, packet.content, program, sink);
        result.map(|_| ()).map_err(|fault| self.locate(fault))
    }

    /// Opens the next packet, in this file or another; false at the end of the stream.
    fn open_packet(&mut self) -> Result<bool> {
        let Some(mut packet) = self.next_packet()? else { return Ok(false) };
        let Some(reader) = &mut self.reader else { return Ok(false) };
        if packet.class != self.class || packet.roles.stream_id != self.told {
            let fault = Fault { bit: 0, what: What::Stranger };
            return Err(reader.locate(packet.number, packet.offset, fault));
        }
        self.tally.packets += 1;
        self.generation += 1;
        self.look_back(&packet);
        if self.is_over(&packet) {
            self.before = Some(packet);
            return Ok(true);
        }
        if let Some(reader) = &mut self.reader {
            reader.load(&mut packet)?;
        }
        self.packet = Some(packet);
        self.fresh = true;
        Ok(true)
    }

    /// Reads the header of the next packet: where the schedule says, or the next in the only file.
    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let mut place = None;
        if self.files.len() > 1 {
            let places = match self.places.take() {
                Some(places) => places,
                None => schedule(&self.framing, &self.files)?.into(),
            };
            place = self.places.insert(places).pop_front();
            if place.is_none() {
                return Ok(None);
            }
        }
        let file = place.map_or(0, |place| place.file);
        if self.reader.is_none() || self.file != file {
            let mut reader = PacketReader::open(&self.framing, &self.files[file])?;
            self.start_late(&mut reader);
            (self.reader, self.file) = (Some(reader), file);
        }
        let Some(reader) = &mut self.reader else { return Ok(None) };
        if let Some(place) = place {
            reader.seek(place.number, place.offset);
        }
        reader.next_packet()
    }

    /// Does the packet end before the events that are wanted?
    fn is_over(&self, packet: &Packet) -> bool {
        let end = packet.roles.end.and_then(|end| self.scale?.time(end));
        let sane = packet.roles.begin <= packet.roles.end && self.framing.ends_are_right;
        matches!((self.from, end), (Some(from), Some(end)) if sane && end < from)
    }

    /// Where an index tells, begins with the last packet that is over before the events that are
    /// wanted: the one after it may have lost something since.
    fn start_late(&self, reader: &mut PacketReader) {
        let (Some(from), Some(scale), true) = (self.from, self.scale, self.framing.ends_are_right) else {
            return;
        };
        let Some(index) = Index::load(reader.path(), reader.size()) else {
            return;
        };
        let over =
            index.entries.iter().take_while(|entry| scale.time(entry.end).is_some_and(|end| end < from));
        if let Some(last) = over.count().checked_sub(1) {
            reader.seek(last as u64, index.entries[last].offset);
        }
    }

    /// Notes what is odd about the packet that ends.
    fn note_end(&mut self) {
        let (Some(packet), Some(reader)) = (&self.packet, &self.reader) else { return };
        let Some(end) = packet.roles.end else { return };
        if packet.roles.begin.is_some_and(|begin| begin > end) {
            self.oddities.reversed(reader.path(), packet.number);
        } else if reader.registers.clock > end {
            self.oddities.late(reader.path(), packet.number);
        }
    }

    /// Compares the packet's counters with those of the packet before.
    fn look_back(&mut self, packet: &Packet) {
        let before = self.before.as_ref().map(|before| &before.roles);
        let ([events, packets], back) = losses(before, &packet.roles, self.framing().widths);
        self.tally.discarded_events += u64::from(events.is_some());
        self.tally.discarded_packets += u64::from(packets.is_some());
        self.gaps.extend(events.into_iter().chain(packets));
        if let (true, Some(reader)) = (back, &self.reader) {
            self.oddities.back(reader.path(), packet.number);
        }
    }

    fn set_gap_time(&mut self, gap: Gap) -> Result<()> {
        let (Some((begin, end)), Some(scale)) = (gap.range, self.scale) else {
            return Ok(());
        };
        match (scale.time(begin), scale.time(end)) {
            (Some(time), Some(_)) => {
                self.time = time;
                Ok(())
            }
            _ => {
                let fault = Fault { bit: 0, what: What::Time(begin.max(end)) };
                Err(self.locate(fault))
            }
        }
    }

    #[cold]
    fn locate(&self, mut fault: Fault) -> Error {
        let (Some(reader), Some(packet)) = (&self.reader, self.packet.or(self.before)) else {
            return Error::NoTrace { path: self.name.clone() };
        };
        // What does not fit in a packet that was cut would have fitted in the whole one.
        let short = matches!(fault.what, What::PastEnd(_) | What::NoTerminator | What::TooLong(_));
        if let Some(cut) = packet.cut.filter(|_| short) {
            fault = Fault { bit: 8 * cut, what: What::Truncated(packet.size / 8, cut) };
        }
        reader.locate(packet.number, packet.offset, fault)
    }
}
