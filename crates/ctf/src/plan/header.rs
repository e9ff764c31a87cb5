// SPDX-License-Identifier: MIT
//! Event headers: the plan for any, and a short way for those that are an id and a time side by side.
//!
//! LTTng's headers are so unless the id is large or much time has passed: 5 bits and 27, or 16 and 32.
//! One load then gives both, where the plan takes seven operations.

use super::annotate::Silence;
use super::compile::compile;
use super::fault::Fault;
use super::operation::Program;
use super::position::Position;
use super::run::{run, Cursor, Registers};
use crate::model::{ByteOrder, Field, Integer, Kind, Role, Slot};

/// Reads event headers.
#[derive(Debug)]
pub struct Header {
    program: Program,
    short: Option<Short>,
}

/// An id and a time side by side, little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Short {
    /// Alignment less 1, in bits; whole bytes.
    mask: u64,
    id_size: u32,
    time_size: u32,
    /// Only these ids have their time here.
    ids: (u64, u64),
    slot: Option<Slot>,
}

impl Header {
    /// Compiles a stream's event header.
    pub fn new(header: Option<&Field>) -> Self {
        let fields: Vec<&Field> = header.into_iter().collect();
        Self { program: compile(&fields, Position::UNKNOWN, None), short: header.and_then(Short::find) }
    }

    /// What is known of the position at which the header ends.
    pub fn end(&self) -> Position {
        self.program.end()
    }

    /// Reads a header; returns the event class's id, if the header has one.
    #[inline]
    pub fn read(&self, cursor: &mut Cursor<'_>, registers: &mut Registers) -> Result<Option<u64>, Fault> {
        if let Some(id) = self.short.and_then(|short| short.read(cursor, registers)) {
            return Ok(Some(id));
        }
        registers.roles.event_class_id = None;
        run(&self.program, cursor, registers, &mut Silence)?;
        Ok(registers.roles.event_class_id)
    }
}

impl Short {
    fn find(header: &Field) -> Option<Self> {
        let structure = header.structure()?;
        let align = structure.alignment();
        let [first, second] = &structure.members[..] else { return None };
        let id =
            plain(&first.field).filter(|id| id.role == Some(Role::EventClassId) && id.clock.is_none())?;
        let all = (0, u64::MAX);
        let (time, ids) = match &second.field.kind {
            Kind::Variant(variant)
                if id.slot.is_some_and(|slot| Some(slot) == variant.selector.as_ref().map(|s| s.slot)) =>
            {
                let mut candidates = variant.options.iter().enumerate().filter_map(|(index, option)| {
                    let [only] = &option.field.structure()?.members[..] else { return None };
                    let mut ranges = variant.ranges.iter().filter(|range| range.option == index);
                    let (range, None) = (ranges.next()?, ranges.next()) else { return None };
                    let align = option.field.align();
                    Some((plain(&only.field).filter(|_| id.size % align == 0)?, (range.low, range.high)))
                });
                candidates.next()?
            }
            _ => (plain(&second.field)?, all),
        };
        let adjacent = id.size % time.align == 0;
        let whole = align % 8 == 0 && (id.size + time.size) % 8 == 0 && id.size + time.size <= 64;
        let clock = time.clock.is_some() && time.role.is_none() && time.slot.is_none();
        (adjacent && whole && clock).then_some(Self {
            mask: u64::from(align) - 1,
            id_size: id.size,
            time_size: time.size,
            ids,
            slot: id.slot,
        })
    }

    /// Reads a header if it is a short one.
    #[inline]
    fn read(self, cursor: &mut Cursor<'_>, registers: &mut Registers) -> Option<u64> {
        let at = (cursor.at + self.mask) & !self.mask;
        let end = at + u64::from(self.id_size + self.time_size);
        let byte = (at / 8) as usize;
        let window = cursor.data.get(byte..byte + 8).filter(|_| end <= cursor.end)?;
        let word = u64::from_le_bytes(window.try_into().ok()?);
        let id = word & ((1 << self.id_size) - 1);
        if !(self.ids.0..=self.ids.1).contains(&id) {
            return None;
        }
        let time = word >> self.id_size & (u64::MAX >> (64 - self.time_size));
        if let Some(slot) = self.slot {
            registers.store(slot, id);
        }
        registers.tick(time, self.time_size as u8);
        cursor.at = end;
        Some(id)
    }
}

/// The integer a field is, if it is unsigned and little endian.
fn plain(field: &Field) -> Option<&Integer> {
    match &field.kind {
        Kind::Integer(integer) if integer.order == ByteOrder::Little && !integer.signed => Some(integer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata;
    use proptest::prelude::*;
    use std::path::Path;

    const HEADERS: [(&str, bool); 4] = [
        (
            "struct { enum : u5 { c = 0 ... 30, e = 31 } id; variant <id> { struct { t27 timestamp; } c;
              struct { u32 id; t64 timestamp; } e; } v; } align(8)",
            true,
        ),
        (
            "struct { enum : u16 { c = 0 ... 65534, e = 65535 } id; variant <id> { struct { t32 timestamp; } c;
              struct { u32 id; t64 timestamp; } e; } v; } align(8)",
            true,
        ),
        ("struct { u16 id; t32 timestamp; }", true),
        ("struct { u16 id; t64 timestamp; }", false),
    ];

    fn header(text: &str) -> Field {
        let integer = |name: &str, size: u32, map: &str| {
            let align = if size % 8 == 0 { 8 } else { 1 };
            format!("typealias integer {{ size = {size}; align = {align}; {map} }} := {name}{size};")
        };
        let map = "map = clock.c.value;";
        let types =
            [("u", 5, ""), ("u", 16, ""), ("u", 32, ""), ("t", 27, map), ("t", 32, map), ("t", 64, map)];
        let types: String = types.iter().map(|(name, size, map)| integer(name, *size, map)).collect();
        let whole = format!(
            "/* CTF 1.8 */ trace {{ major = 1; minor = 8; byte_order = le; }}; clock {{ name = c; }}; {types}
             stream {{ event.header := {text}; }}; event {{ name = e; id = 0; }};"
        );
        let read = metadata::parse(whole.as_bytes(), Path::new("m")).unwrap();
        read.class.streams[0].event_header.clone().unwrap()
    }

    #[test]
    fn lttng_headers_are_recognised() {
        for (text, short) in HEADERS {
            assert_eq!(Header::new(Some(&header(text))).short.is_some(), short, "{text}");
        }
    }

    proptest! {
        /// The short way and the plan agree on everything they leave behind.
        #[test]
        fn the_short_way_agrees(
            which in 0..HEADERS.len(), data in prop::collection::vec(any::<u8>(), 0..40), at in 0u64..12, clock: u64
        ) {
            let short = Header::new(Some(&header(HEADERS[which].0)));
            let long = Header { program: short.program.clone(), short: None };
            let end = 8 * data.len() as u64;
            let mut results = Vec::new();
            for header in [&short, &long] {
                let mut cursor = Cursor { data: &data, at: at.min(end), end };
                let mut registers = Registers::new(8, None);
                registers.clock = clock;
                let id = header.read(&mut cursor, &mut registers);
                results.push(id.map(|id| (id, cursor.at, registers.clock)));
            }
            prop_assert_eq!(&results[0], &results[1]);
        }
    }
}
