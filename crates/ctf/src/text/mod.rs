// SPDX-License-Identifier: MIT
//! Events as lines of text, byte for byte as babeltrace2 2.0's `sink.text.pretty` prints them.

mod buffer;
mod colors;
mod escape;
mod events;
mod gap;
mod layout;
mod number;
mod options;
mod prefix;
mod range;
mod real;
mod table;
mod time;

pub use events::{write, Outputs};
pub use options::{Clock, Fields, Names, Options};
pub use range::{Bound, Range};
