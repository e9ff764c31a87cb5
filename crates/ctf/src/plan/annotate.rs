// SPDX-License-Identifier: MIT
//! The two faces of whoever wants values: one while the plan is compiled, one while it runs.

use crate::model::{Integer, Real};

/// A number an [`Annotate`] gives to a field, and its [`Sink`] gets back with the field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub u32);

impl Mark {
    /// For arrays whose elements nobody wants.
    pub const NONE: Self = Self(u32::MAX);
}

/// A field that contains others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enter {
    /// A structure.
    Structure,
    /// An array; its sink is told of each element.
    Array,
    /// A variant; exactly one option follows.
    Variant,
}

/// A field that is a value.
#[derive(Debug, Clone, Copy)]
pub enum Leaf<'a> {
    /// An integer.
    Integer(&'a Integer),
    /// A floating point number.
    Real(&'a Real),
    /// A string, or an array of characters.
    Text,
}

/// Told of the shown fields while a plan is compiled, in order.
pub trait Annotate {
    /// Gives a value's field its mark.
    fn leaf(&mut self, name: Option<&str>, leaf: Leaf<'_>) -> Mark;
    /// A containing field begins. For an array the mark is required; otherwise `Some` makes the
    /// machine call [`Sink::mark`] here.
    fn enter(&mut self, name: Option<&str>, what: Enter) -> Option<Mark>;
    /// The containing field ends.
    fn leave(&mut self, what: Enter) -> Option<Mark>;
    /// Paths of the plan meet here: what is pending must be said now.
    fn settle(&mut self) -> Option<Mark>;
}

/// Told of values while a plan runs.
pub trait Sink {
    /// An unsigned integer.
    fn unsigned(&mut self, mark: Mark, value: u64);
    /// A signed integer.
    fn signed(&mut self, mark: Mark, value: i64);
    /// A floating point number; those of 32 bits are widened.
    fn real(&mut self, mark: Mark, value: f64);
    /// A string without its NUL.
    fn text(&mut self, mark: Mark, bytes: &[u8]);
    /// A mark of [`Annotate::enter`], [`Annotate::leave`] or [`Annotate::settle`] was reached.
    fn mark(&mut self, mark: Mark);
    /// An array of so many elements begins.
    fn array(&mut self, mark: Mark, length: u64);
    /// The next element of that array follows.
    fn element(&mut self, mark: Mark, index: u64);
}

/// A sink that wants nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silence;

impl Sink for Silence {
    fn unsigned(&mut self, _: Mark, _: u64) {}
    fn signed(&mut self, _: Mark, _: i64) {}
    fn real(&mut self, _: Mark, _: f64) {}
    fn text(&mut self, _: Mark, _: &[u8]) {}
    fn mark(&mut self, _: Mark) {}
    fn array(&mut self, _: Mark, _: u64) {}
    fn element(&mut self, _: Mark, _: u64) {}
}
