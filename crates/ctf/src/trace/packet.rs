// SPDX-License-Identifier: MIT
//! Packets of one data stream file: headers read and checked, content in a buffer.

use std::path::Path;
use std::sync::Arc;

use super::file::DataFile;
use super::framing::{Framing, Skip};
use crate::error::{Error, Result};
use crate::plan::{run, Cursor, Fault, Program, Registers, Roles, Silence, Sink, What};

/// How much is read before a packet's size is known.
const FIRST_READ: u64 = 4096;

/// What decoding finds, or a fault that does not know its file yet.
pub(super) type Found<T> = std::result::Result<T, Fault>;

/// One packet and what it tells about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Its number in its file, from 0.
    pub number: u64,
    /// Where it begins in its file, in bytes.
    pub offset: u64,
    /// Its size in bits, padding included.
    pub size: u64,
    /// Its size in bits without padding.
    pub content: u64,
    /// How many of its bytes the file has, if not all: its content is cut to them.
    pub cut: Option<u64>,
    /// Is some of its content cut, and not only padding?
    pub maimed: bool,
    /// Index of its stream class.
    pub class: usize,
    /// What its header and context said.
    pub roles: Roles,
    /// The position of its context, and of its first event.
    pub(super) context: u64,
    pub(super) body: u64,
}

impl Packet {
    /// Leaves it the first `bytes` bytes.
    fn cut_to(&mut self, bytes: u64) {
        self.cut = Some(bytes);
        self.maimed = 8 * bytes < self.content;
        self.content = self.content.min(8 * bytes).max(self.body);
    }
}

/// Reads the packets of a data stream file one by one.
#[derive(Debug)]
pub struct PacketReader {
    pub(super) framing: Arc<Framing>,
    file: DataFile,
    buffer: Vec<u8>,
    /// How many of the buffer's bytes are the packet's.
    have: usize,
    pub(super) registers: Registers,
    /// Number and offset of the packet to read next.
    next: (u64, u64),
    guess: u64,
}

impl PacketReader {
    /// Opens the data stream file `path`.
    pub fn open(framing: &Arc<Framing>, path: &Path) -> Result<Self> {
        let file = DataFile::open(path)?;
        let registers = framing.registers();
        let framing = Arc::clone(framing);
        Ok(Self { framing, file, buffer: Vec::new(), have: 0, registers, next: (0, 0), guess: FIRST_READ })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// The file's size in bytes.
    pub fn size(&self) -> u64 {
        self.file.size
    }

    /// Where the next packet begins, in bytes.
    pub fn offset(&self) -> u64 {
        self.next.1
    }

    /// Goes to packet `number`, which begins at byte `offset`.
    pub fn seek(&mut self, number: u64, offset: u64) {
        self.next = (number, offset);
    }

    /// Reads the header and context of the next packet, or `None` at the end of the file.
    pub fn next_packet(&mut self) -> Result<Option<Packet>> {
        let (number, offset) = self.next;
        let left = self.file.size.saturating_sub(offset);
        if left == 0 {
            return Ok(None);
        }
        self.have = 0;
        let clock = self.registers.clock;
        let mut wanted = self.guess.min(left);
        loop {
            self.have = self.file.fill(&mut self.buffer, self.have, offset, wanted as usize)?;
            let have = self.have as u64;
            self.registers.clock = clock;
            match self.headers(have) {
                Ok(mut packet) => {
                    (packet.number, packet.offset) = (number, offset);
                    self.sizes(&mut packet, left).map_err(|fault| self.locate(number, offset, fault))?;
                    // Most packets of a stream have one size: next time one read will do.
                    self.guess = (packet.content / 8 + 1).clamp(FIRST_READ, 1 << 24);
                    self.next = (number + 1, offset.saturating_add(packet.size / 8));
                    return Ok(Some(packet));
                }
                Err(Fault { what: What::PastEnd(_) | What::NoTerminator | What::TooLong(_), .. })
                    if have < left && have == wanted =>
                {
                    wanted = wanted.saturating_mul(4).min(left);
                }
                Err(fault) => return Err(self.locate(number, offset, fault)),
            }
        }
    }

    /// Decodes header and context from the first `have` bytes of the packet.
    fn headers(&mut self, have: u64) -> Found<Packet> {
        let registers = &mut self.registers;
        registers.begin_packet();
        let mut cursor = Cursor { data: &self.buffer, at: 0, end: 8 * have };
        run(&self.framing.packet_header, &mut cursor, registers, &mut Silence)?;
        let context = cursor.at;
        let id = registers.roles.stream_class_id;
        let Some(class) = self.framing.stream_class(id) else {
            return Err(Fault { bit: context, what: What::StreamClass(id.unwrap_or(0)) });
        };
        run(&self.framing.streams[class].packet_context, &mut cursor, registers, &mut Silence)?;
        let roles = registers.roles;
        Ok(Packet {
            number: 0,
            offset: 0,
            size: 0,
            content: 0,
            cut: None,
            maimed: false,
            class,
            roles,
            context,
            body: cursor.at,
        })
    }

    /// Checks the packet's sizes against each other and against the `left` bytes of the file.
    fn sizes(&self, packet: &mut Packet, left: u64) -> Found<()> {
        let whole = left.saturating_mul(8);
        let (size, content) = match (packet.roles.packet_size, packet.roles.content_size) {
            (Some(size), Some(content)) => (size, content),
            (Some(size), None) | (None, Some(size)) => (size, size),
            (None, None) => (whole, whole),
        };
        let what = if content > size {
            What::ContentSize(content, size)
        } else if size % 8 != 0 {
            What::PacketSize(size)
        } else if content < packet.body {
            What::HeaderSize(content)
        } else if size == 0 {
            What::HeaderSize(0)
        } else {
            (packet.size, packet.content) = (size, content);
            if size / 8 > left {
                packet.cut_to(left);
            }
            return Ok(());
        };
        Err(Fault { bit: packet.body, what })
    }

    /// Decodes the context of the packet that `next_packet` returned, for `sink`, by a program
    /// without effects.
    pub fn decode_context<S: Sink>(
        &mut self,
        packet: &Packet,
        program: &Program,
        sink: &mut S,
    ) -> Result<()> {
        match self.run(packet.context, packet.body, program, sink) {
            Ok(_) => Ok(()),
            Err(fault) => Err(self.locate(packet.number, packet.offset, fault)),
        }
    }

    /// Reads the rest of the content of the packet that `next_packet` returned.
    pub(super) fn load(&mut self, packet: &mut Packet) -> Result<()> {
        let wanted = usize::try_from(packet.content.div_ceil(8)).unwrap_or(usize::MAX);
        if self.have < wanted {
            self.have = self.file.fill(&mut self.buffer, self.have, packet.offset, wanted)?;
        }
        if self.have < wanted {
            packet.cut_to(self.have as u64);
        }
        self.registers.size_packet(packet.content);
        Ok(())
    }

    /// Runs `program` over the packet from bit `at` to bit `end` at most; returns where it ended.
    #[inline]
    pub(super) fn run<S: Sink>(&mut self, at: u64, end: u64, program: &Program, sink: &mut S) -> Found<u64> {
        let mut cursor = Cursor { data: &self.buffer[..self.have], at, end };
        run(program, &mut cursor, &mut self.registers, sink)?;
        Ok(cursor.at)
    }

    /// Reads the event header at bit `at`; returns where it ended and the index of the event class.
    #[inline]
    pub(super) fn event_header(&mut self, class: usize, at: u64, end: u64) -> Found<(u64, u32)> {
        let framing = &self.framing.streams[class];
        let mut cursor = Cursor { data: &self.buffer[..self.have], at, end };
        let event = match framing.event_header.read(&mut cursor, &mut self.registers)? {
            Some(id) => framing.event_class(id).ok_or(Fault { bit: at, what: What::EventClass(id) })?,
            None => framing.sole.ok_or(Fault { bit: at, what: What::EventClass(0) })?,
        };
        Ok((cursor.at, event))
    }

    /// Passes over what follows the header of an event; returns where it ended.
    #[inline]
    pub(super) fn skip(&mut self, class: usize, event: u32, at: u64, end: u64) -> Found<u64> {
        match &self.framing.streams[class].skips[event as usize] {
            Skip::Bits(bits) if *bits <= end - at => Ok(at + bits),
            Skip::Bits(bits) => Err(Fault { bit: at, what: What::PastEnd(*bits) }),
            Skip::Program(program) => {
                let mut cursor = Cursor { data: &self.buffer[..self.have], at, end };
                run(program, &mut cursor, &mut self.registers, &mut Silence)?;
                Ok(cursor.at)
            }
        }
    }

    /// Says where in which file a fault is.
    #[cold]
    pub(super) fn locate(&self, number: u64, offset: u64, fault: Fault) -> Error {
        Error::Data {
            path: self.file.path.clone(),
            packet: number,
            offset: offset + fault.bit / 8,
            message: fault.what.to_string(),
        }
    }
}
