// SPDX-License-Identifier: MIT
//! Traces on disk: directories, data stream files, packets, and events in order of time.

mod clock;
mod discover;
mod file;
mod framing;
mod gap;
mod index;
mod merge;
mod oddity;
mod packet;
mod schedule;
mod stream;

pub use clock::Scale;
pub use discover::{open, Trace};
pub use framing::{Framing, StreamFraming};
pub use gap::{Gap, Lost};
pub use index::{Index, IndexEntry};
pub use merge::Merger;
pub use oddity::Oddities;
pub use packet::{Packet, PacketReader};
pub use stream::{Item, Stream, Tally};
