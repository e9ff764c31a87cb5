// SPDX-License-Identifier: MIT
//! The operations of a plan.

use super::annotate::Mark;
use super::position::Position;
use crate::model::{Role, Slot};

/// A scope's, or several scopes', decoding plan.
#[derive(Debug, Clone, Default)]
pub struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) tables: Vec<Table>,
    pub(super) end: Position,
}

impl Program {
    /// What is known of the position at which it ends.
    pub fn end(&self) -> Position {
        self.end
    }

    /// The bits it passes over, if that is all it ever does.
    pub fn only_skips(&self) -> Option<u64> {
        match self.ops[..] {
            [] => Some(0),
            [Op::Need(bits), Op::Skip(same)] if bits == same => Some(bits),
            _ => None,
        }
    }
}

/// Which option each value of a variant's selector stands for.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub signed: bool,
    /// First and last value, and the operation where the option begins; in order.
    pub ranges: Vec<(u64, u64, u32)>,
}

/// How an integer that is not whole bytes at a byte's boundary lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub size: u8,
    pub signed: bool,
    pub big: bool,
}

/// One step. Positions are in bits from the packet's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// Moves to the next multiple of mask + 1.
    Align(u32),
    /// So many bits must be left: the operations after this do not check again.
    Need(u64),
    Skip(u64),
    /// Whole bytes at a byte's boundary, little endian.
    U8(Mark),
    U16(Mark),
    U32(Mark),
    U64(Mark),
    I8(Mark),
    I16(Mark),
    I32(Mark),
    I64(Mark),
    /// Any other integer.
    Bits(Shape, Mark),
    /// An integer read for the operations after it only.
    Quiet(Shape),
    /// A floating point number of 32 or 64 bits.
    Real(Shape, Mark),
    /// So many characters, ending at the first NUL.
    Chars(u32, Mark),
    /// As many characters as the slot says.
    CharsBy(Slot, Mark),
    /// A string up to its NUL.
    Text(Mark),
    SkipText,
    /// As many elements of so many bits as the slot says.
    SkipBy(Slot, u32),
    /// Repeats up to the matching `Next`, which stands right before the operation given.
    Repeat {
        length: u64,
        end: u32,
        least: u32,
        mark: Mark,
    },
    RepeatBy {
        slot: Slot,
        end: u32,
        least: u32,
        mark: Mark,
    },
    Next {
        start: u32,
        mark: Mark,
    },
    /// Jumps to the option that the slot selects by the table.
    Choose {
        slot: Slot,
        table: u32,
    },
    Jump(u32),
    Mark(Mark),
    /// Keeps the last integer in a slot.
    Store(Slot),
    /// Advances the clock by the last integer, of so many bits.
    Clock(u8),
    /// Tells the meaning of the last integer.
    Role(Role),
    /// Sixteen bytes at a byte's boundary must be the trace's UUID.
    Uuid,
}
