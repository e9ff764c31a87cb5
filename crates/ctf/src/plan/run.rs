// SPDX-License-Identifier: MIT
//! The machine that runs a plan over a packet. It never recurses and allocates nothing for an event.

use std::ffi::CStr;

use super::annotate::{Mark, Sink};
use super::bits;
use super::fault::{Fault, What};
use super::operation::{Op, Program, Shape, Table};
use crate::model::{Role, Slot, Uuid};

/// So many elements of arrays may take no bits, and one more for each bit of the packet. Else a few
/// bits could keep us busy for years.
const EMPTY_ELEMENTS: u64 = 1 << 20;

/// What packets begin with.
const MAGIC: u64 = 0xC1FC_1FC1;

/// A position in a packet.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    /// The packet's bytes, at least up to the end of its content.
    pub data: &'a [u8],
    /// Bits read.
    pub at: u64,
    /// Bits of content.
    pub end: u64,
}

/// What packets and events tell about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles {
    /// Stream class id.
    pub stream_class_id: Option<u64>,
    /// Stream id.
    pub stream_id: Option<u64>,
    /// Packet size in bits.
    pub packet_size: Option<u64>,
    /// Content size in bits.
    pub content_size: Option<u64>,
    /// Begin time in cycles.
    pub begin: Option<u64>,
    /// End time in cycles.
    pub end: Option<u64>,
    /// Events discarded so far.
    pub discarded: Option<u64>,
    /// Sequence number.
    pub sequence: Option<u64>,
    /// Event class id.
    pub event_class_id: Option<u64>,
}

/// What the machine remembers from one scope to the next.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    slots: Vec<u64>,
    loops: Vec<Loop>,
    /// The byte order, big or not, of the last integer that did not end at a byte's boundary.
    order: Option<bool>,
    /// The clock in cycles.
    pub clock: u64,
    /// What the packet and the event told.
    pub roles: Roles,
    uuid: Option<Uuid>,
    /// How many more elements of the packet's arrays may take no bits.
    empty: u64,
}

#[derive(Debug, Clone, Copy)]
struct Loop {
    index: u64,
    length: u64,
}

impl Registers {
    /// Registers for a trace with so many slots.
    pub fn new(slots: usize, uuid: Option<Uuid>) -> Self {
        Self { slots: vec![0; slots], uuid, ..Self::default() }
    }

    /// Forgets the packet before, but for the clock: what is not read goes on.
    pub fn begin_packet(&mut self) {
        self.roles = Roles::default();
        self.order = None;
        self.empty = EMPTY_ELEMENTS;
        self.loops.clear();
    }

    /// Learns how many bits of content the packet has.
    pub fn size_packet(&mut self, content: u64) {
        self.empty = EMPTY_ELEMENTS.saturating_add(content);
    }

    /// Takes a clock reading of `size` bits: the clock advances to the next time its low bits are these.
    #[inline]
    pub(super) fn tick(&mut self, value: u64, size: u8) {
        if size == 64 {
            self.clock = value;
            return;
        }
        let mask = (1u64 << size) - 1;
        if value < self.clock & mask {
            self.clock = self.clock.wrapping_add(mask + 1);
        }
        self.clock = self.clock & !mask | value;
    }

    /// Keeps a value for lengths and selectors.
    #[inline]
    pub(super) fn store(&mut self, slot: Slot, value: u64) {
        self.slots[slot as usize] = value;
    }

    fn tell(&mut self, role: Role, value: u64) -> Result<(), What> {
        let place = match role {
            Role::Magic if value == MAGIC => return Ok(()),
            Role::Magic => return Err(What::Magic(value)),
            Role::StreamClassId => &mut self.roles.stream_class_id,
            Role::StreamId => &mut self.roles.stream_id,
            Role::PacketSize => &mut self.roles.packet_size,
            Role::ContentSize => &mut self.roles.content_size,
            Role::BeginTime => &mut self.roles.begin,
            Role::EndTime => &mut self.roles.end,
            Role::EventsDiscarded => &mut self.roles.discarded,
            Role::SequenceNumber => &mut self.roles.sequence,
            Role::EventClassId => &mut self.roles.event_class_id,
        };
        *place = Some(value);
        Ok(())
    }
}

impl<'a> Cursor<'a> {
    fn fault<T>(&self, what: What) -> Result<T, Fault> {
        Err(Fault { bit: self.at, what })
    }

    #[inline]
    pub(super) fn check(&self, bits: u64) -> Result<(), Fault> {
        // `at` never passes `end`.
        if bits > self.end - self.at {
            return self.fault(What::PastEnd(bits));
        }
        Ok(())
    }

    /// The bytes from here on, at a byte's boundary; none if the plan was wrong.
    #[inline]
    fn bytes(&self, count: usize) -> &'a [u8] {
        let from = (self.at / 8) as usize;
        self.data.get(from..from + count).unwrap_or(&[])
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> [u8; N] {
        let found = self.bytes(N).try_into().unwrap_or([0; N]);
        self.at += 8 * N as u64;
        found
    }

    #[inline]
    fn bits(&mut self, shape: Shape, order: &mut Option<bool>) -> Result<u64, Fault> {
        if self.at % 8 != 0 && order.is_some_and(|big| big != shape.big) {
            return self.fault(What::ByteOrder);
        }
        *order = Some(shape.big);
        let value = bits::read(self.data, self.at, shape.size, shape.big);
        self.at += u64::from(shape.size);
        Ok(value)
    }

    /// The bytes up to the next NUL, which is passed.
    #[inline]
    fn text(&mut self) -> Result<&'a [u8], Fault> {
        let from = (self.at / 8) as usize;
        let until = (self.end / 8) as usize;
        match CStr::from_bytes_until_nul(self.data.get(from..until).unwrap_or(&[])) {
            Ok(text) => {
                let text = text.to_bytes();
                self.at += 8 * (text.len() as u64 + 1);
                Ok(text)
            }
            Err(_) => self.fault(What::NoTerminator),
        }
    }

    /// How many bits `length` elements of `size` bits take, if so many are left.
    fn elements(&self, length: u64, size: u32) -> Result<u64, Fault> {
        match length.checked_mul(u64::from(size)) {
            Some(bits) if bits <= self.end - self.at => Ok(bits),
            _ => self.fault(What::TooLong(length)),
        }
    }
}

impl Table {
    #[inline]
    fn find(&self, bits: u64) -> Option<u32> {
        let found = if self.signed {
            self.ranges.iter().find(|(low, high, _)| (*low as i64..=*high as i64).contains(&(bits as i64)))
        } else {
            self.ranges.iter().find(|(low, high, _)| (*low..=*high).contains(&bits))
        };
        found.map(|(.., start)| *start)
    }
}

/// Cuts characters at the first NUL.
#[inline]
fn until_nul(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|&b| b == 0) {
        Some(end) => &bytes[..end],
        None => bytes,
    }
}

/// Runs `program` from the cursor's position.
#[inline]
pub fn run<S: Sink>(
    program: &Program,
    cursor: &mut Cursor<'_>,
    registers: &mut Registers,
    sink: &mut S,
) -> Result<(), Fault> {
    let mut next = 0;
    let mut last = 0u64;
    while let Some(op) = program.ops.get(next) {
        next += 1;
        macro_rules! whole {
            ($type:ty as $wide:ty, $tell:ident, $mark:expr) => {{
                let value = <$type>::from_le_bytes(cursor.fixed()) as $wide;
                last = value as u64;
                sink.$tell(*$mark, value);
            }};
        }
        match op {
            Op::Need(bits) => cursor.check(*bits)?,
            Op::Skip(bits) => cursor.at += bits,
            Op::U8(mark) => whole!(u8 as u64, unsigned, mark),
            Op::U16(mark) => whole!(u16 as u64, unsigned, mark),
            Op::U32(mark) => whole!(u32 as u64, unsigned, mark),
            Op::U64(mark) => whole!(u64 as u64, unsigned, mark),
            Op::I8(mark) => whole!(i8 as i64, signed, mark),
            Op::I16(mark) => whole!(i16 as i64, signed, mark),
            Op::I32(mark) => whole!(i32 as i64, signed, mark),
            Op::I64(mark) => whole!(i64 as i64, signed, mark),
            Op::Bits(shape, mark) => {
                last = cursor.bits(*shape, &mut registers.order)?;
                if shape.signed {
                    let value = bits::sign(last, shape.size);
                    last = value as u64;
                    sink.signed(*mark, value);
                } else {
                    sink.unsigned(*mark, last);
                }
            }
            Op::Quiet(shape) => {
                last = cursor.bits(*shape, &mut registers.order)?;
                if shape.signed {
                    last = bits::sign(last, shape.size) as u64;
                }
            }
            Op::Real(shape, mark) => {
                let raw = cursor.bits(*shape, &mut registers.order)?;
                let value = if shape.size == 32 {
                    f64::from(f32::from_bits(raw as u32))
                } else {
                    f64::from_bits(raw)
                };
                sink.real(*mark, value);
            }
            Op::Chars(count, mark) => {
                sink.text(*mark, until_nul(cursor.bytes(*count as usize)));
                cursor.at += 8 * u64::from(*count);
            }
            Op::CharsBy(slot, mark) => {
                let bits = cursor.elements(registers.slots[*slot as usize], 8)?;
                sink.text(*mark, until_nul(cursor.bytes((bits / 8) as usize)));
                cursor.at += bits;
            }
            Op::Text(mark) => sink.text(*mark, cursor.text()?),
            Op::SkipText => {
                cursor.text()?;
            }
            Op::SkipBy(slot, size) => cursor.at += cursor.elements(registers.slots[*slot as usize], *size)?,
            Op::Align(mask) => {
                let mask = u64::from(*mask);
                let to = (cursor.at + mask) & !mask;
                cursor.check(to - cursor.at)?;
                cursor.at = to;
            }
            Op::Repeat { length, end, least, mark } => {
                let repeat = Repeat { length: *length, least: *least, mark: *mark, end: *end };
                next = repeat.enter(cursor, registers, sink)?.unwrap_or(next);
            }
            Op::RepeatBy { slot, end, least, mark } => {
                let length = registers.slots[*slot as usize];
                let repeat = Repeat { length, least: *least, mark: *mark, end: *end };
                next = repeat.enter(cursor, registers, sink)?.unwrap_or(next);
            }
            Op::Next { start, mark } => {
                if let Some(top) = registers.loops.last_mut() {
                    top.index += 1;
                    if top.index < top.length {
                        if *mark != Mark::NONE {
                            sink.element(*mark, top.index);
                        }
                        next = *start as usize;
                    } else {
                        registers.loops.pop();
                    }
                }
            }
            Op::Choose { slot, table } => {
                let value = registers.slots[*slot as usize];
                match program.tables[*table as usize].find(value) {
                    Some(start) => next = start as usize,
                    None => return cursor.fault(What::NoOption(value)),
                }
            }
            Op::Jump(to) => next = *to as usize,
            Op::Mark(mark) => sink.mark(*mark),
            Op::Store(slot) => registers.store(*slot, last),
            Op::Clock(size) => registers.tick(last, *size),
            Op::Role(role) => {
                if let Err(what) = registers.tell(*role, last) {
                    return cursor.fault(what);
                }
            }
            Op::Uuid => {
                let found: Uuid = cursor.fixed();
                if registers.uuid.is_some_and(|uuid| uuid != found) {
                    return cursor.fault(What::Uuid);
                }
            }
        }
    }
    Ok(())
}

/// An array that begins.
struct Repeat {
    length: u64,
    /// The least number of bits an element takes.
    least: u32,
    mark: Mark,
    /// The operation after the array.
    end: u32,
}

impl Repeat {
    /// Begins it; returns the operation to go on with if it is empty.
    #[inline]
    fn enter<S: Sink>(
        &self,
        cursor: &Cursor<'_>,
        registers: &mut Registers,
        sink: &mut S,
    ) -> Result<Option<usize>, Fault> {
        let Self { length, mark, .. } = *self;
        cursor.elements(length, self.least)?;
        if self.least == 0 {
            match registers.empty.checked_sub(length) {
                Some(left) => registers.empty = left,
                None => return cursor.fault(What::TooLong(length)),
            }
        }
        if mark != Mark::NONE {
            sink.array(mark, length);
        }
        if length == 0 {
            return Ok(Some(self.end as usize));
        }
        registers.loops.push(Loop { index: 0, length });
        if mark != Mark::NONE {
            sink.element(mark, 0);
        }
        Ok(None)
    }
}
