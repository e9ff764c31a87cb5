// SPDX-License-Identifier: MIT
//! What did not fit while decoding, before it knows its file and packet.

use std::fmt;

/// A fault at a bit of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Bits from the packet's start.
    pub bit: u64,
    /// What is wrong there.
    pub what: What,
}

/// The kinds of faults of a data stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A field of so many bits passes the end of the packet's content.
    PastEnd(u64),
    /// A string has no NUL before the end of the packet's content.
    NoTerminator,
    /// An array of so many elements cannot fit in what is left.
    TooLong(u64),
    /// The selector's value, as bits, selects no option.
    NoOption(u64),
    /// Not 0xC1FC1FC1.
    Magic(u64),
    /// The packet's UUID is not the trace's.
    Uuid,
    /// A field begins within a byte, in another byte order than the field before it.
    ByteOrder,
    /// No stream class has this id.
    StreamClass(u64),
    /// No event class has this id.
    EventClass(u64),
    /// An event of no bits, which would never end.
    Empty,
    /// Sizes: content, then packet, in bits.
    ContentSize(u64, u64),
    /// A packet of so many bits: not whole bytes.
    PacketSize(u64),
    /// A content or packet of so many bits ends before its own header.
    HeaderSize(u64),
    /// A packet of so many bytes, of which so many are left.
    Truncated(u64, u64),
    /// The stream's first packet has another stream class or stream id.
    Stranger,
    /// The time does not fit in 64 bits of nanoseconds.
    Time(u64),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PastEnd(bits) => write!(f, "{bits} bits of fields pass the end of the packet's content"),
            Self::NoTerminator => {
                write!(f, "a string does not end before the packet's content does")
            }
            Self::TooLong(length) => {
                write!(f, "an array of {length} elements is longer than the packet")
            }
            Self::NoOption(value) => write!(f, "the tag's value {value} selects no option of its variant"),
            Self::Magic(value) => write!(f, "magic number 0x{value:X}, expected 0xC1FC1FC1"),
            Self::Uuid => write!(f, "the packet's UUID is not the trace's"),
            Self::ByteOrder => write!(f, "the byte order changes within a byte"),
            Self::StreamClass(id) => write!(f, "unknown stream class {id}"),
            Self::EventClass(id) => write!(f, "unknown event class {id}"),
            Self::Empty => write!(f, "an event of no bits"),
            Self::ContentSize(content, size) => {
                write!(f, "content of {content} bits in a packet of {size}")
            }
            Self::PacketSize(size) => write!(f, "packet of {size} bits, expected whole bytes"),
            Self::HeaderSize(size) => {
                write!(f, "packet or content of {size} bits ends within the packet's header")
            }
            Self::Truncated(size, left) => {
                write!(f, "packet of {size} bytes, {left} left in the file")
            }
            Self::Stranger => write!(f, "the packet belongs to another stream than the file's first"),
            Self::Time(cycles) => write!(f, "time of {cycles} cycles does not fit in 64 bits of nanoseconds"),
        }
    }
}
