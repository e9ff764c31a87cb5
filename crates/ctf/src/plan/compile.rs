// SPDX-License-Identifier: MIT
//! Fields to operations.

use super::annotate::{Annotate, Enter, Leaf, Mark};
use super::operation::{Op, Program, Shape, Table};
use super::position::{granule, Position};
use crate::model::{Array, ByteOrder, Field, Integer, Kind, Length, Member, Real, Role, Variant};

/// Compiles the scopes `fields`, decoded one after the other from a position of which `start` is
/// known, into one program.
///
/// Shown fields are announced to `annotate`; without it nothing is handed to a sink. Hidden fields
/// are still read where others, the clock or the packet depend on them.
pub fn compile(fields: &[&Field], start: Position, annotate: Option<&mut dyn Annotate>) -> Program {
    let mut compiler =
        Compiler { program: Program::default(), position: start, need: None, annotate, within_shown: true };
    for field in fields {
        compiler.align(field.align());
        compiler.field(None, field);
    }
    compiler.settle();
    compiler.program.end = compiler.position;
    compiler.program
}

impl Program {
    /// Takes away what changes the clock or tells roles, for a second reading of the same bits.
    pub fn without_effects(mut self) -> Self {
        for op in &mut self.ops {
            if matches!(op, Op::Clock(_) | Op::Role(_)) {
                *op = Op::Skip(0);
            }
        }
        self
    }
}

struct Compiler<'a> {
    program: Program,
    position: Position,
    /// The `Need` that the next fixed-size field may join.
    need: Option<usize>,
    annotate: Option<&'a mut dyn Annotate>,
    /// Is the current field shown, and its containers too?
    within_shown: bool,
}

impl Compiler<'_> {
    fn push(&mut self, op: Op) {
        self.program.ops.push(op);
    }

    fn here(&self) -> u32 {
        self.program.ops.len() as u32
    }

    fn shown(&self, field: &Field) -> bool {
        self.within_shown && self.annotate.is_some() && field.visible
    }

    fn mark(&mut self, mark: Option<Mark>) {
        if let Some(mark) = mark {
            self.push(Op::Mark(mark));
        }
    }

    fn settle(&mut self) {
        let mark = self.annotate.as_mut().and_then(|annotate| annotate.settle());
        self.mark(mark);
    }

    /// Makes sure that `bits` more are left, in one check with the fixed-size fields before.
    fn need(&mut self, bits: u64) {
        match self.need.map(|index| &mut self.program.ops[index]) {
            Some(Op::Need(all)) => *all = all.saturating_add(bits),
            _ => {
                self.need = Some(self.program.ops.len());
                self.push(Op::Need(bits));
            }
        }
        self.position = self.position.after(bits);
    }

    fn skip(&mut self, bits: u64) {
        if bits == 0 {
            return;
        }
        self.need(bits);
        if let Some(Op::Skip(all)) = self.program.ops.last_mut() {
            *all = all.saturating_add(bits);
        } else {
            self.push(Op::Skip(bits));
        }
    }

    fn align(&mut self, align: u32) {
        match self.position.padding(u64::from(align)) {
            Some(padding) => self.skip(padding),
            None => {
                self.need = None;
                self.push(Op::Align(align - 1));
                self.position = self.position.aligned(u64::from(align));
            }
        }
    }

    fn field(&mut self, name: Option<&str>, field: &Field) {
        let shown = self.shown(field);
        let outer = std::mem::replace(&mut self.within_shown, shown);
        match &field.kind {
            Kind::Integer(integer) => self.integer(name, integer, shown),
            Kind::Real(real) => self.real(name, real, shown),
            Kind::String => self.string(name, shown),
            Kind::Structure(structure) => {
                self.align(structure.alignment());
                self.enter(name, Enter::Structure, shown);
                for member in &structure.members {
                    self.field(Some(member.name()), &member.field);
                }
                self.leave(Enter::Structure, shown);
            }
            Kind::Array(array) => self.array(name, array, shown),
            Kind::Variant(variant) => self.variant(name, variant, shown),
        }
        self.within_shown = outer;
    }

    fn leaf(&mut self, name: Option<&str>, leaf: Leaf<'_>) -> Mark {
        self.annotate.as_mut().map_or(Mark::NONE, |annotate| annotate.leaf(name, leaf))
    }

    fn enter(&mut self, name: Option<&str>, what: Enter, shown: bool) -> Option<Mark> {
        let mark = if shown { self.annotate.as_mut()?.enter(name, what) } else { None };
        if what != Enter::Array {
            self.mark(mark);
        }
        mark
    }

    fn leave(&mut self, what: Enter, shown: bool) {
        if shown {
            let mark = self.annotate.as_mut().and_then(|annotate| annotate.leave(what));
            self.mark(mark);
        }
    }

    fn integer(&mut self, name: Option<&str>, integer: &Integer, shown: bool) {
        self.align(integer.align);
        let useful = integer.slot.is_some() || integer.clock.is_some() || integer.role.is_some();
        if !shown && !useful {
            return self.skip(u64::from(integer.size));
        }
        let big = integer.order == ByteOrder::Big;
        let shape = Shape { size: integer.size as u8, signed: integer.signed, big };
        let whole = self.position.is_multiple_of(8);
        self.need(u64::from(integer.size));
        if shown {
            let mark = self.leaf(name, Leaf::Integer(integer));
            self.push(match (integer.size, integer.signed) {
                (8, false) if whole => Op::U8(mark),
                (8, true) if whole => Op::I8(mark),
                (16, false) if whole && !big => Op::U16(mark),
                (16, true) if whole && !big => Op::I16(mark),
                (32, false) if whole && !big => Op::U32(mark),
                (32, true) if whole && !big => Op::I32(mark),
                (64, false) if whole && !big => Op::U64(mark),
                (64, true) if whole && !big => Op::I64(mark),
                _ => Op::Bits(shape, mark),
            });
        } else {
            self.push(Op::Quiet(shape));
        }
        if let Some(slot) = integer.slot {
            self.push(Op::Store(slot));
        }
        if let Some(role) = integer.role {
            self.push(Op::Role(role));
        }
        if integer.clock.is_some() && integer.role != Some(Role::EndTime) {
            self.push(Op::Clock(integer.size as u8));
        }
    }

    fn real(&mut self, name: Option<&str>, real: &Real, shown: bool) {
        self.align(real.align);
        if !shown {
            return self.skip(u64::from(real.size));
        }
        self.need(u64::from(real.size));
        let mark = self.leaf(name, Leaf::Real(real));
        let shape = Shape { size: real.size as u8, signed: false, big: real.order == ByteOrder::Big };
        self.push(Op::Real(shape, mark));
    }

    fn string(&mut self, name: Option<&str>, shown: bool) {
        self.align(8);
        if shown {
            let mark = self.leaf(name, Leaf::Text);
            self.push(Op::Text(mark));
        } else {
            self.push(Op::SkipText);
        }
        self.need = None;
        self.position = Position::multiple_of(8);
    }

    fn array(&mut self, name: Option<&str>, array: &Array, shown: bool) {
        self.align(array.element.align());
        if array.uuid {
            self.need(128);
            return self.push(Op::Uuid);
        }
        if array.text {
            return self.characters(name, array, shown);
        }
        if let (false, Some(size)) = (shown, plain_size(&array.element)) {
            match &array.length {
                Length::Static(length) => return self.skip(size.saturating_mul(*length)),
                Length::Dynamic(length) => {
                    if let Ok(size) = u32::try_from(size) {
                        self.push(Op::SkipBy(length.slot, size));
                        self.need = None;
                        self.position = self.after_elements(&array.element);
                        return;
                    }
                }
            }
        }
        let mark = self.enter(name, Enter::Array, shown).unwrap_or(Mark::NONE);
        let head = self.here();
        let least = u32::try_from(least_size(&array.element)).unwrap_or(u32::MAX);
        self.push(match &array.length {
            Length::Static(length) => Op::Repeat { length: *length, end: 0, least, mark },
            Length::Dynamic(length) => Op::RepeatBy { slot: length.slot, end: 0, least, mark },
        });
        self.need = None;
        self.position = self.after_elements(&array.element);
        let after = self.position;
        self.field(None, &array.element);
        if shown {
            self.settle();
        }
        self.push(Op::Next { start: head + 1, mark });
        self.need = None;
        self.position = after;
        let here = self.here();
        match &mut self.program.ops[head as usize] {
            Op::Repeat { end, .. } | Op::RepeatBy { end, .. } => *end = here,
            _ => {}
        }
        self.leave(Enter::Array, shown);
    }

    /// What is known of the position before, between and after the elements of an array.
    fn after_elements(&self, element: &Field) -> Position {
        let granule = granule(element);
        self.position.meet(self.position.after(granule))
    }

    fn characters(&mut self, name: Option<&str>, array: &Array, shown: bool) {
        match (&array.length, shown) {
            (Length::Static(length), true) if *length <= u64::from(u32::MAX) => {
                self.need(8 * length);
                let mark = self.leaf(name, Leaf::Text);
                self.push(Op::Chars(*length as u32, mark));
            }
            (Length::Static(length), _) => self.skip(length.saturating_mul(8)),
            (Length::Dynamic(length), true) => {
                let mark = self.leaf(name, Leaf::Text);
                self.push(Op::CharsBy(length.slot, mark));
                self.need = None;
                self.position = Position::multiple_of(8);
            }
            (Length::Dynamic(length), false) => {
                self.push(Op::SkipBy(length.slot, 8));
                self.need = None;
                self.position = Position::multiple_of(8);
            }
        }
    }

    fn variant(&mut self, name: Option<&str>, variant: &Variant, shown: bool) {
        self.enter(name, Enter::Variant, shown);
        if shown {
            self.settle();
        }
        let slot = variant.selector.as_ref().map_or(0, |selector| selector.slot);
        let table = self.program.tables.len();
        self.program.tables.push(Table { signed: variant.signed, ranges: Vec::new() });
        self.push(Op::Choose { slot, table: table as u32 });
        let before = self.position;
        let mut after: Option<Position> = None;
        let mut starts = Vec::with_capacity(variant.options.len());
        let mut exits = Vec::with_capacity(variant.options.len());
        for Member { field, .. } in &variant.options {
            self.need = None;
            self.position = before;
            starts.push(self.here());
            self.field(None, field);
            if shown {
                self.settle();
            }
            exits.push(self.program.ops.len());
            self.push(Op::Jump(0));
            after = Some(after.map_or(self.position, |after| after.meet(self.position)));
        }
        let here = self.here();
        for exit in exits {
            self.program.ops[exit] = Op::Jump(here);
        }
        self.program.tables[table].ranges =
            variant.ranges.iter().map(|range| (range.low, range.high, starts[range.option])).collect();
        self.need = None;
        self.position = after.unwrap_or(before);
        self.leave(Enter::Variant, shown);
    }
}

/// The size of an element that is nothing but bits to skip, if elements follow each other without gaps.
fn plain_size(field: &Field) -> Option<u64> {
    let align = u64::from(field.align());
    let size = match &field.kind {
        Kind::Integer(integer) => {
            let useful = integer.slot.is_some() || integer.clock.is_some() || integer.role.is_some();
            (!useful).then_some(u64::from(integer.size))
        }
        Kind::Real(real) => Some(u64::from(real.size)),
        Kind::String | Kind::Variant(_) => None,
        Kind::Structure(structure) => structure.members.iter().try_fold(0u64, |at, member| {
            let at = at.checked_next_multiple_of(u64::from(member.field.align()))?;
            at.checked_add(plain_size(&member.field)?)
        }),
        Kind::Array(array) => match (&array.length, array.uuid) {
            (Length::Static(length), false) => plain_size(&array.element)?.checked_mul(*length),
            _ => None,
        },
    }?;
    (size % align == 0).then_some(size)
}

/// At least how many bits a field takes.
fn least_size(field: &Field) -> u64 {
    match &field.kind {
        Kind::Integer(integer) => u64::from(integer.size),
        Kind::Real(real) => u64::from(real.size),
        Kind::String => 8,
        Kind::Structure(structure) => {
            structure.members.iter().fold(0, |sum: u64, member| sum.saturating_add(least_size(&member.field)))
        }
        Kind::Array(array) => match array.length {
            Length::Static(length) => least_size(&array.element).saturating_mul(length),
            Length::Dynamic(_) => 0,
        },
        Kind::Variant(variant) => {
            variant.options.iter().map(|option| least_size(&option.field)).min().unwrap_or(0)
        }
    }
}
