// SPDX-License-Identifier: MIT
//! The blocks of the metadata: trace, env, clock, stream, event (CTF 1.8.3, section 7).

use std::collections::{HashMap, HashSet};

use super::attributes::Attributes;
use super::fault::{Fault, Outcome};
use super::syntax::{Assign, Block, BlockKind, Entry, TypeUse, ValueKind};
use super::types::Types;
use crate::model::{ClockClass, EnvironmentValue, EventClass, Field, StreamClass, Uuid};

/// More classes or environment entries than this are refused.
const MAX_CLASSES: usize = 1 << 20;

/// Reads blocks in the order they come.
pub(super) struct Blocks<'a> {
    pub types: Types<'a>,
    packets: Option<Uuid>,
    environment: bool,
    /// An event may come before its stream: it waits here with its place.
    events: Vec<(EventClass, Option<u64>, bool, usize)>,
    streams: Vec<(bool, usize)>,
    ids: HashSet<u64>,
    trace: usize,
}

/// Where blocks stand, for what is found to be wrong with them later.
pub(super) struct Places {
    pub trace: usize,
    pub streams: Vec<usize>,
}

/// What a block says: its attributes and its types.
struct Contents<'a> {
    assigns: Vec<&'a Assign>,
    types: Vec<(&'a str, Field, usize)>,
}

impl Contents<'_> {
    fn take(&mut self, key: &str) -> Option<Field> {
        let index = self.types.iter().position(|(name, ..)| *name == key)?;
        Some(self.types.swap_remove(index).1)
    }

    fn warn(self, what: &str, warnings: &mut Vec<Fault>) {
        for (key, _, at) in self.types {
            warnings.push(Fault::new(at, format!("unknown attribute `{key}` of {what}")));
        }
    }
}

impl<'a> Blocks<'a> {
    pub fn new(types: Types<'a>, packets: Option<Uuid>) -> Self {
        Self {
            types,
            packets,
            environment: false,
            events: Vec::new(),
            streams: Vec::new(),
            ids: HashSet::new(),
            trace: 0,
        }
    }

    pub fn block(&mut self, block: &Block) -> Outcome<()> {
        if block.kind == BlockKind::Callsite {
            return Ok(());
        }
        self.types.scopes.push();
        let contents = self.contents(block)?;
        match block.kind {
            BlockKind::Trace => self.trace(contents, block.at),
            BlockKind::Env => self.env(&contents.assigns, block.at),
            BlockKind::Clock => self.clock(contents, block.at),
            BlockKind::Stream => self.stream(contents, block.at),
            BlockKind::Event => self.event(contents, block.at),
            BlockKind::Callsite => Ok(()),
        }?;
        self.types.scopes.pop();
        Ok(())
    }

    fn contents<'b>(&mut self, block: &'b Block) -> Outcome<Contents<'b>> {
        let mut out = Contents { assigns: Vec::new(), types: Vec::new() };
        for entry in &block.entries {
            match entry {
                Entry::Assign(assign) => out.assigns.push(assign),
                Entry::Declaration(declaration) => self.types.declare(declaration)?,
                Entry::TypeAssign { key, class, at } => {
                    if out.types.iter().any(|(name, ..)| name == key) {
                        return Err(Fault::new(*at, format!("duplicate attribute `{key}`")));
                    }
                    out.types.push((key, self.scope(class)?, *at));
                }
            }
        }
        Ok(out)
    }

    /// The type of a whole scope must be a structure.
    fn scope(&mut self, class: &TypeUse) -> Outcome<Field> {
        let field = self.types.used(class)?;
        match field.structure() {
            Some(_) => Ok(field),
            None => Err(Fault::new(class.at, "expected a structure")),
        }
    }

    fn trace(&mut self, mut contents: Contents<'_>, at: usize) -> Outcome<()> {
        let mut attributes = Attributes::new(contents.assigns.iter().copied(), "trace", at)?;
        for (key, version) in [("major", 1), ("minor", 8)] {
            let value = attributes.require(key)?;
            if value.integer()? != version {
                return Err(Fault::new(value.at, format!("expected CTF 1.8: {key} = {version}")));
            }
        }
        attributes.take("byte_order");
        if let Some(value) = attributes.take("uuid") {
            let uuid = value.uuid()?;
            if self.packets.is_some_and(|packets| packets != uuid) {
                return Err(Fault::new(value.at, "the trace's UUID differs from the metadata packets'"));
            }
            self.types.trace.uuid = Some(uuid);
        }
        attributes.warn(self.types.warnings);
        self.trace = at;
        self.types.trace.packet_header = contents.take("packet.header");
        contents.warn("trace", self.types.warnings);
        Ok(())
    }

    fn env(&mut self, assigns: &[&Assign], at: usize) -> Outcome<()> {
        if std::mem::replace(&mut self.environment, true) {
            return Err(Fault::new(at, "a second `env` block"));
        }
        if assigns.len() > MAX_CLASSES {
            return Err(Fault::new(at, "too many environment entries"));
        }
        Attributes::new(assigns.iter().copied(), "env", at)?;
        for assign in assigns {
            let value = match &assign.value.kind {
                ValueKind::Text(text) => EnvironmentValue::Text(text.clone()),
                ValueKind::Integer(_) => EnvironmentValue::Integer(assign.value.signed()?),
                ValueKind::Path(_) => {
                    let message =
                        format!("environment entry `{}` is neither an integer nor a string", assign.key);
                    self.types.warnings.push(Fault::new(assign.value.at, message));
                    continue;
                }
            };
            self.types.trace.environment.push((assign.key.clone(), value));
        }
        Ok(())
    }

    fn clock(&mut self, contents: Contents<'_>, at: usize) -> Outcome<()> {
        let mut attributes = Attributes::new(contents.assigns.iter().copied(), "clock", at)?;
        let value = attributes.require("name")?;
        let name = value.word().ok_or_else(|| Fault::new(value.at, "expected a name"))?.to_string();
        if self.types.trace.clocks.iter().any(|clock| clock.name == name) {
            return Err(Fault::new(value.at, format!("a second clock `{name}`")));
        }
        let mut frequency = 1_000_000_000;
        if let Some(value) = attributes.take("freq") {
            frequency = value.unsigned()?;
            if frequency == 0 {
                return Err(Fault::new(value.at, "expected a frequency of at least 1"));
            }
        }
        let seconds = attributes.take("offset_s").map_or(Ok(0), |value| value.signed())?;
        let cycles = attributes.take("offset").map_or(Ok(0), |value| match value.integer()? {
            cycles if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&cycles) => Ok(cycles),
            _ => Err(Fault::new(value.at, "expected an integer of 64 bits")),
        })?;
        let whole = i128::from(seconds) + cycles.div_euclid(i128::from(frequency));
        let clock = ClockClass {
            uuid: attributes.take("uuid").map(|value| value.uuid()).transpose()?,
            description: attributes.take("description").map(|v| v.text().map(str::to_string)).transpose()?,
            frequency,
            precision: attributes.take("precision").map_or(Ok(0), |value| value.unsigned())?,
            offset_seconds: i64::try_from(whole)
                .map_err(|_| Fault::new(at, "the clock's offset overflows"))?,
            offset_cycles: cycles.rem_euclid(i128::from(frequency)) as u64,
            epoch: attributes.take("absolute").map_or(Ok(false), |value| value.boolean())?,
            name,
        };
        if clock.base().is_none() {
            return Err(Fault::new(at, "the clock's offset does not fit in 64 bits of nanoseconds"));
        }
        attributes.warn(self.types.warnings);
        contents.warn("clock", self.types.warnings);
        self.types.trace.clocks.push(clock);
        Ok(())
    }

    fn stream(&mut self, mut contents: Contents<'_>, at: usize) -> Outcome<()> {
        let mut attributes = Attributes::new(contents.assigns.iter().copied(), "stream", at)?;
        let id = attributes.take("id").map(|value| value.unsigned()).transpose()?;
        attributes.warn(self.types.warnings);
        let stream = StreamClass {
            id: id.unwrap_or(0),
            packet_context: contents.take("packet.context"),
            event_header: contents.take("event.header"),
            event_context: contents.take("event.context"),
            ..StreamClass::default()
        };
        if !self.ids.insert(stream.id) {
            return Err(Fault::new(at, format!("a second stream with id {}", stream.id)));
        }
        contents.warn("stream", self.types.warnings);
        self.types.trace.streams.push(stream);
        self.streams.push((id.is_some(), at));
        Ok(())
    }

    fn event(&mut self, mut contents: Contents<'_>, at: usize) -> Outcome<()> {
        let mut attributes = Attributes::new(contents.assigns.iter().copied(), "event", at)?;
        let value = attributes.require("name")?;
        let name = value.word().ok_or_else(|| Fault::new(value.at, "expected a name"))?.to_string();
        let id = attributes.take("id").map(|value| value.unsigned()).transpose()?;
        let stream = attributes.take("stream_id").map(|value| value.unsigned()).transpose()?;
        let log_level = match attributes.take("loglevel") {
            Some(value) => match u8::try_from(value.integer()?) {
                Ok(level @ 0..=14) => Some(level),
                _ => {
                    self.types.warnings.push(Fault::new(value.at, "expected a log level from 0 to 14"));
                    None
                }
            },
            None => None,
        };
        let emf_uri = attributes.take("model.emf.uri").map(|v| v.text().map(str::to_string)).transpose()?;
        attributes.warn(self.types.warnings);
        let event = EventClass {
            id: id.unwrap_or(0),
            name,
            log_level,
            emf_uri: emf_uri.filter(|uri| !uri.is_empty()),
            context: contents.take("context"),
            payload: contents.take("fields"),
        };
        contents.warn("event", self.types.warnings);
        if self.events.len() == MAX_CLASSES {
            return Err(Fault::new(at, "too many events"));
        }
        self.events.push((event, stream, id.is_some(), at));
        Ok(())
    }

    /// Gives each event to its stream, once all are known.
    pub fn finish(self, end: usize) -> Outcome<Places> {
        // LTTng does not say that its clock counts from the Epoch, but it does.
        if self.types.trace.environment_text("tracer_name").is_some_and(|name| name.starts_with("lttng")) {
            let clocks = self.types.trace.clocks.iter_mut();
            clocks.filter(|clock| clock.name == "monotonic").for_each(|clock| clock.epoch = true);
        }
        let streams = &mut self.types.trace.streams;
        if streams.is_empty() {
            if self.events.is_empty() {
                return Err(Fault::new(end, "expected a `stream` block"));
            }
            streams.push(StreamClass::default());
        }
        for (named, at) in &self.streams {
            if !named && self.streams.len() > 1 {
                return Err(Fault::new(*at, "one of several streams without `id`"));
            }
        }
        let mut seen = HashSet::new();
        let index: HashMap<u64, usize> =
            streams.iter().enumerate().map(|(i, stream)| (stream.id, i)).collect();
        for (event, stream, named, at) in self.events {
            let owner = match stream {
                Some(id) => index.get(&id).map(|&index| &mut streams[index]).ok_or_else(|| {
                    Fault::new(at, format!("event `{}` belongs to stream {id}, which is unknown", event.name))
                })?,
                None if streams.len() > 1 => {
                    return Err(Fault::new(at, "event without `stream_id` where there are several streams"));
                }
                None => &mut streams[0],
            };
            if !named && !owner.events.is_empty() {
                return Err(Fault::new(at, "one of several events of a stream without `id`"));
            }
            if !seen.insert((owner.id, event.id)) {
                return Err(Fault::new(
                    at,
                    format!("a second event with id {} in stream {}", event.id, owner.id),
                ));
            }
            owner.events.push(event);
        }
        Ok(Places { trace: self.trace, streams: self.streams.iter().map(|(_, at)| *at).collect() })
    }
}
