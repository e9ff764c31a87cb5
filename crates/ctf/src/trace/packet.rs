// SPDX-License-Identifier: MIT
//! Packets of one data stream file: headers read and checked, content in a buffer.

use std::path::Path;
use std::sync::Arc;

use super::file::DataFile;
use super::framing::Framing;
use crate::error::{Error, Result};
use crate::plan::{run, Cursor, Fault, Program, Registers, Roles, Silence, What};

/// How much is read before a packet's size is known.
const FIRST_READ: u64 = 4096;

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
    /// Index of its stream class.
    pub class: usize,
    /// What its header and context said.
    pub roles: Roles,
    /// The position of its context, and of its first event.
    pub(super) context: u64,
    pub(super) body: u64,
}

/// Reads the packets of a data stream file one by one.
#[derive(Debug)]
pub struct PacketReader {
    pub(super) framing: Arc<Framing>,
    file: DataFile,
    buffer: Vec<u8>,
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
        Ok(Self {
            framing,
            file,
            buffer: Vec::new(),
            registers,
            next: (0, 0),
            guess: FIRST_READ,
        })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// The file's size in bytes.
    pub fn size(&self) -> u64 {
        self.file.size
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
        let mut have = 0;
        let mut wanted = self.guess.min(left);
        self.buffer.clear();
        loop {
            self.file
                .fill(&mut self.buffer, have, offset, wanted as usize)?;
            have = self.buffer.len();
            match self.headers(have as u64) {
                Ok(mut packet) => {
                    (packet.number, packet.offset) = (number, offset);
                    self.sizes(&mut packet, left)
                        .map_err(|fault| self.locate(number, offset, fault))?;
                    // Most packets of a stream have one size: next time one read will do.
                    self.guess = (packet.content / 8 + 1).clamp(FIRST_READ, 1 << 24);
                    self.next = (number + 1, offset + packet.size / 8);
                    return Ok(Some(packet));
                }
                Err(Fault {
                    what: What::PastEnd(_) | What::NoTerminator | What::TooLong(_),
                    ..
                }) if (have as u64) < left && have as u64 == wanted => {
                    wanted = wanted.saturating_mul(4).min(left);
                }
                Err(fault) => return Err(self.locate(number, offset, fault)),
            }
        }
    }

    /// Decodes header and context from the first `have` bytes of the packet.
    fn headers(&mut self, have: u64) -> std::result::Result<Packet, Fault> {
        let registers = &mut self.registers;
        registers.begin_packet();
        let mut cursor = Cursor {
            data: &self.buffer,
            at: 0,
            end: 8 * have,
        };
        run(
            &self.framing.packet_header,
            &mut cursor,
            registers,
            &mut Silence,
        )?;
        let context = cursor.at;
        let id = registers.roles.stream_class_id;
        let Some(class) = self.framing.stream_class(id) else {
            return Err(Fault {
                bit: context,
                what: What::StreamClass(id.unwrap_or(0)),
            });
        };
        run(
            &self.framing.streams[class].packet_context,
            &mut cursor,
            registers,
            &mut Silence,
        )?;
        let roles = registers.roles;
        Ok(Packet {
            number: 0,
            offset: 0,
            size: 0,
            content: 0,
            class,
            roles,
            context,
            body: cursor.at,
        })
    }

    /// Checks the packet's sizes against each other and against the `left` bytes of the file.
    fn sizes(&self, packet: &mut Packet, left: u64) -> std::result::Result<(), Fault> {
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
        } else if size / 8 > left {
            What::Truncated(size / 8, left)
        } else if size == 0 {
            What::HeaderSize(0)
        } else {
            (packet.size, packet.content) = (size, content);
            return Ok(());
        };
        Err(Fault {
            bit: packet.body,
            what,
        })
    }

    /// Reads the rest of the content of the packet that `next_packet` returned.
    pub(super) fn load(&mut self, packet: &Packet) -> Result<()> {
        let wanted = usize::try_from(packet.content.div_ceil(8)).unwrap_or(usize::MAX);
        if self.buffer.len() < wanted {
            let have = self.buffer.len();
            self.file
                .fill(&mut self.buffer, have, packet.offset, wanted)?;
            if self.buffer.len() < wanted {
                let what = What::Truncated(packet.size / 8, self.buffer.len() as u64);
                return Err(self.locate(packet.number, packet.offset, Fault { bit: 0, what }));
            }
        }
        Ok(())
    }

    /// Runs `program` over the packet from bit `at`; returns where it ended.
    #[inline]
    pub(super) fn run<S: crate::plan::Sink>(
        &mut self,
        packet: &Packet,
        at: u64,
        program: &Program,
        sink: &mut S,
    ) -> std::result::Result<u64, Fault> {
        let mut cursor = Cursor {
            data: &self.buffer,
            at,
            end: packet.content,
        };
        run(program, &mut cursor, &mut self.registers, sink)?;
        Ok(cursor.at)
    }

    /// Runs the event header's plan from bit `at`; returns where it ended.
    #[inline]
    pub(super) fn run_event_header(
        &mut self,
        packet: &Packet,
        at: u64,
    ) -> std::result::Result<u64, Fault> {
        let mut cursor = Cursor {
            data: &self.buffer,
            at,
            end: packet.content,
        };
        self.registers.roles.event_class_id = None;
        run(
            &self.framing.streams[packet.class].event_header,
            &mut cursor,
            &mut self.registers,
            &mut Silence,
        )?;
        Ok(cursor.at)
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
