// SPDX-License-Identifier: MIT
//! Traces on disk: directories, data stream files, packets, and events in order of time.

mod clock;
mod discover;
mod file;
mod framing;
mod index;
mod merge;
mod packet;
mod schedule;
mod stream;

pub use clock::Scale;
pub use discover::{open, Trace};
pub use framing::{Framing, StreamFraming};
pub use index::{Index, IndexEntry};
pub use merge::Merger;
pub use packet::{Packet, PacketReader};
pub use stream::{Gap, Item, Lost, Stream, Tally};
