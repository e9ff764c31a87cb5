// SPDX-License-Identifier: MIT
//! What the text sink does for each mark: a prepared piece of text, then perhaps a value.

use super::buffer::{Buffer, BLOCK};
use crate::model::{Base, Integer};
use crate::plan::{Mark, Sink};

/// How a value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// No value, only the prepared text.
    Bare,
    Decimal,
    Hexadecimal(u8),
    Octal(u8),
    Binary(u8),
    Real,
    Quoted,
    /// An enumeration, by number.
    Labels(u32),
    /// An array; are its elements numbered?
    Array(bool),
}

impl Form {
    pub fn of(integer: &Integer) -> Self {
        let size = integer.size as u8;
        match integer.base {
            Base::Decimal => Self::Decimal,
            Base::Hexadecimal => Self::Hexadecimal(size),
            Base::Octal => Self::Octal(size),
            Base::Binary => Self::Binary(size),
        }
    }
}

/// A text and a form. A text too long for a block lies in the pool.
#[derive(Debug, Clone, Copy)]
struct Piece {
    block: [u8; BLOCK],
    from: u32,
    length: u32,
    form: Form,
}

/// The labels of an enumeration, ready to print.
#[derive(Debug)]
pub(super) struct Labels {
    pub signed: bool,
    /// Ranges of values and the number of their label, in the order of labels.
    pub ranges: Vec<(u64, u64, u32)>,
    pub labels: Vec<Vec<u8>>,
    pub unknown: Vec<u8>,
    /// Between label and value.
    pub between: Vec<u8>,
    /// How the value is printed.
    pub form: Form,
    /// Ranges are disjoint and in order.
    pub disjoint: bool,
}

/// All pieces of a trace's programs.
#[derive(Debug, Default)]
pub(super) struct Table {
    pieces: Vec<Piece>,
    pool: Vec<u8>,
    enumerations: Vec<Labels>,
}

impl Table {
    pub fn add(&mut self, text: &[u8], form: Form) -> Mark {
        let mut block = [0; BLOCK];
        let mut from = 0;
        match block.get_mut(..text.len()) {
            Some(room) => room.copy_from_slice(text),
            None => {
                from = self.pool.len() as u32;
                self.pool.extend_from_slice(text);
            }
        }
        self.pieces.push(Piece { block, from, length: text.len() as u32, form });
        Mark(self.pieces.len() as u32 - 1)
    }

    pub fn add_labels(&mut self, labels: Labels) -> Form {
        self.enumerations.push(labels);
        Form::Labels(self.enumerations.len() as u32 - 1)
    }

    /// The text of a mark without value.
    #[inline]
    pub fn bare(&self, mark: Mark, out: &mut Buffer) {
        self.piece(mark, out);
    }

    #[inline(always)]
    fn piece(&self, mark: Mark, out: &mut Buffer) -> Form {
        let piece = &self.pieces[mark.0 as usize];
        let length = piece.length as usize;
        if length <= BLOCK {
            out.put_block(&piece.block, length);
        } else {
            let from = piece.from as usize;
            out.put(&self.pool[from..from + length]);
        }
        piece.form
    }
}

impl Labels {
    fn put(&self, out: &mut Buffer, bits: u64) {
        let order = |value: u64| {
            if self.signed {
                i128::from(value as i64)
            } else {
                i128::from(value)
            }
        };
        let value = order(bits);
        let mut any = false;
        if self.disjoint {
            let after = self.ranges.partition_point(|range| order(range.0) <= value);
            let range = after.checked_sub(1).map(|index| self.ranges[index]);
            if let Some((.., label)) = range.filter(|range| order(range.1) >= value) {
                out.put(&self.labels[label as usize]);
                any = true;
            }
        } else {
            let mut last = None;
            for &(low, high, label) in &self.ranges {
                if (order(low)..=order(high)).contains(&value) && last != Some(label) {
                    if any {
                        out.put(b", ");
                    }
                    out.put(&self.labels[label as usize]);
                    (any, last) = (true, Some(label));
                }
            }
        }
        if !any {
            out.put(&self.unknown);
        }
        out.put(&self.between);
        integer(out, self.form, bits, self.signed);
    }
}

#[inline]
fn integer(out: &mut Buffer, form: Form, bits: u64, signed: bool) {
    match form {
        Form::Decimal if signed => out.signed(bits as i64),
        Form::Decimal => out.unsigned(bits),
        Form::Hexadecimal(size) => out.hexadecimal(bits, u32::from(size)),
        Form::Octal(size) => out.octal(bits, u32::from(size), signed),
        Form::Binary(size) => out.binary(bits, u32::from(size)),
        Form::Bare | Form::Real | Form::Quoted | Form::Labels(_) | Form::Array(_) => {}
    }
}

/// The text sink: prints each value after its prepared text.
pub(super) struct TextSink<'a> {
    pub table: &'a Table,
    pub out: &'a mut Buffer,
}

impl Sink for TextSink<'_> {
    #[inline]
    fn unsigned(&mut self, mark: Mark, value: u64) {
        match self.table.piece(mark, self.out) {
            Form::Decimal => self.out.unsigned(value),
            Form::Labels(index) => self.table.enumerations[index as usize].put(self.out, value),
            form => integer(self.out, form, value, false),
        }
    }

    #[inline]
    fn signed(&mut self, mark: Mark, value: i64) {
        match self.table.piece(mark, self.out) {
            Form::Decimal => self.out.signed(value),
            Form::Labels(index) => self.table.enumerations[index as usize].put(self.out, value as u64),
            form => integer(self.out, form, value as u64, true),
        }
    }

    fn real(&mut self, mark: Mark, value: f64) {
        self.table.piece(mark, self.out);
        self.out.real(value);
    }

    #[inline]
    fn text(&mut self, mark: Mark, bytes: &[u8]) {
        self.table.piece(mark, self.out);
        self.out.quoted(bytes);
    }

    #[inline]
    fn mark(&mut self, mark: Mark) {
        self.table.piece(mark, self.out);
    }

    fn array(&mut self, mark: Mark, _: u64) {
        self.table.piece(mark, self.out);
    }

    #[inline]
    fn element(&mut self, mark: Mark, index: u64) {
        self.out.put(if index == 0 { b" " } else { b", " });
        if self.table.pieces[mark.0 as usize].form == Form::Array(true) {
            self.out.push(b'[');
            self.out.unsigned(index);
            self.out.put(b"] = ");
        }
    }
}
