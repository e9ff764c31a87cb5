// SPDX-License-Identifier: MIT
//! A flat decoding plan compiled from the model, and the machine that runs it over a packet.
//!
//! A scope becomes a list of operations without nesting: fixed-size fields in a row share one bounds
//! check, fields nobody asked for melt into skips, arrays and variants are jumps. The machine hands
//! values to a [`Sink`] with the [`Mark`] that the sink's own [`Annotate`] chose for the field when
//! the plan was compiled, so that whatever can be worked out beforehand is.

mod annotate;
mod bits;
mod compile;
mod fault;
mod header;
mod operation;
mod position;
mod run;

pub use annotate::{Annotate, Enter, Leaf, Mark, Silence, Sink};
pub use compile::compile;
pub use fault::{Fault, What};
pub use header::Header;
pub use operation::Program;
pub use position::Position;
pub use run::{run, Cursor, Registers, Roles};
