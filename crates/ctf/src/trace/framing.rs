// SPDX-License-Identifier: MIT
//! The plans every reader of a trace needs, whatever it wants of the events: headers and contexts.

use std::collections::HashMap;

use super::clock::Scale;
use super::gap::Widths;
use crate::model::{EventClass, Field, Kind, Role, StreamClass, TraceClass, Uuid};
use crate::plan::{compile, Header, Position, Program, Registers};

/// Event class ids below this are looked up in a table.
const DENSE_IDS: u64 = 1 << 16;

/// The plans of a trace's packets and event headers.
#[derive(Debug)]
pub struct Framing {
    pub(super) packet_header: Program,
    /// One for each stream class.
    pub streams: Vec<StreamFraming>,
    /// No event of a packet is later than the packet's end.
    pub(super) ends_are_right: bool,
    slots: usize,
    uuid: Option<Uuid>,
}

/// The plans of a stream class.
#[derive(Debug)]
pub struct StreamFraming {
    /// The stream class's id.
    pub id: u64,
    pub(super) packet_context: Program,
    /// The plan of its event headers.
    pub event_header: Header,
    /// For each event class, what follows the header, wanting nothing of it.
    pub(super) skips: Vec<Skip>,
    /// Its clock.
    pub scale: Option<Scale>,
    pub(super) widths: Widths,
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
    /// Without an id in event headers, all events are of this class.
    pub(super) sole: Option<u32>,
}

/// How to pass over what follows an event's header.
#[derive(Debug)]
pub(super) enum Skip {
    /// So many bits, whatever they are.
    Bits(u64),
    /// As a program finds out.
    Program(Program),
}

const ABSENT: u32 = u32::MAX;

impl Framing {
    /// Compiles the plans of `class`.
    pub fn new(class: &TraceClass) -> Self {
        let header: Vec<&Field> = class.packet_header.iter().collect();
        Self {
            packet_header: compile(&header, Position::UNKNOWN, None),
            streams: class.streams.iter().map(|stream| StreamFraming::new(class, stream)).collect(),
            ends_are_right: ends_are_right(class),
            slots: class.slots,
            uuid: class.uuid,
        }
    }

    pub(super) fn registers(&self) -> Registers {
        Registers::new(self.slots, self.uuid)
    }

    /// Finds the stream class a packet names, or the only one.
    pub(super) fn stream_class(&self, id: Option<u64>) -> Option<usize> {
        match id {
            Some(id) => self.streams.iter().position(|stream| stream.id == id),
            None => (self.streams.len() == 1).then_some(0),
        }
    }
}

impl StreamFraming {
    fn new(trace: &TraceClass, stream: &StreamClass) -> Self {
        let context: Vec<&Field> = stream.packet_context.iter().collect();
        let event_header = Header::new(stream.event_header.as_ref());
        let skip = |event: &EventClass| {
            let program = compile(&event.scopes(stream), event_header.end(), None);
            program.only_skips().map_or(Skip::Program(program), Skip::Bits)
        };
        let mut dense = Vec::new();
        let mut sparse = HashMap::new();
        for (index, event) in stream.events.iter().enumerate() {
            if event.id < DENSE_IDS {
                let id = event.id as usize;
                dense.resize(dense.len().max(id + 1), ABSENT);
                dense[id] = index as u32;
            } else {
                sparse.insert(event.id, index as u32);
            }
        }
        let width =
            |role| stream.packet_context.as_ref().and_then(|context| width(context, role)).unwrap_or(0);
        Self {
            id: stream.id,
            packet_context: compile(&context, Position::UNKNOWN, None),
            skips: stream.events.iter().map(skip).collect(),
            event_header,
            scale: stream.clock.map(|clock| Scale::new(&trace.clocks[clock])),
            widths: Widths { discarded: width(Role::EventsDiscarded), sequence: width(Role::SequenceNumber) },
            dense,
            sparse,
            sole: (stream.events.len() == 1).then_some(0),
        }
    }

    /// Finds the index of the event class with this id.
    #[inline]
    pub(super) fn event_class(&self, id: u64) -> Option<u32> {
        match self.dense.get(id as usize) {
            Some(&ABSENT) => None,
            Some(&index) if id < DENSE_IDS => Some(index),
            _ => self.sparse.get(&id).copied(),
        }
    }
}

/// Is the tracer free of old LTTng's fault, which put events into a packet after it had ended?
fn ends_are_right(class: &TraceClass) -> bool {
    let number = |key: &str| class.environment_integer(key);
    let patch = number("tracer_patch").or_else(|| number("tracer_patchlevel")).unwrap_or(0);
    let version = (number("tracer_major").unwrap_or(0), number("tracer_minor").unwrap_or(0), patch);
    match class.environment_text("tracer_name") {
        Some("lttng-ust") => version >= (2, 11, 0),
        Some("lttng-modules") => match version {
            (2, 10, patch) => patch >= 10,
            (2, 9, patch) => patch >= 13,
            _ => version >= (2, 11, 0),
        },
        _ => true,
    }
}

/// The size of a context's member with a role.
fn width(context: &Field, role: Role) -> Option<u32> {
    let members = &context.structure()?.members;
    members.iter().find_map(|member| match &member.field.kind {
        Kind::Integer(integer) if integer.role == Some(role) => Some(integer.size),
        _ => None,
    })
}

impl crate::model::EventClass {
    /// The scopes that follow the event header, in order.
    pub fn scopes<'a>(&'a self, stream: &'a StreamClass) -> Vec<&'a Field> {
        [&stream.event_context, &self.context, &self.payload].into_iter().flatten().collect()
    }
}
