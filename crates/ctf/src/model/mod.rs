// SPDX-License-Identifier: MIT
//! What a trace is made of, whichever metadata language said so.
//!
//! A trace class has stream classes, a stream class has event classes, and each of their scopes is a
//! structure of fields. Names are resolved: lengths and selectors read numbered slots.

mod clock;
mod field;

pub use clock::{nanoseconds, ClockClass};
pub use field::{
    Array, Base, ByteOrder, Field, Integer, Kind, Length, Mapping, Member, Range, Real, Reference, Role,
    Slot, Structure, Variant, NAME_PREFIX,
};

/// The identity of a trace or a clock.
pub type Uuid = [u8; 16];

/// A whole trace's description.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TraceClass {
    /// The trace's UUID, which each packet repeats.
    pub uuid: Option<Uuid>,
    /// Environment entries in the order they were written.
    pub environment: Vec<(String, EnvironmentValue)>,
    /// Clock classes.
    pub clocks: Vec<ClockClass>,
    /// The packet header, a structure.
    pub packet_header: Option<Field>,
    /// Stream classes.
    pub streams: Vec<StreamClass>,
    /// How many slots hold lengths and selectors.
    pub slots: usize,
}

/// An environment entry's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentValue {
    /// An integer.
    Integer(i64),
    /// A string.
    Text(String),
}

/// What the packets and events of a stream have in common.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamClass {
    /// Its number, which each packet's header repeats.
    pub id: u64,
    /// Index of its clock in the trace's clocks.
    pub clock: Option<usize>,
    /// The packet context, a structure.
    pub packet_context: Option<Field>,
    /// The event header, a structure.
    pub event_header: Option<Field>,
    /// The context all events have, a structure.
    pub event_context: Option<Field>,
    /// Event classes.
    pub events: Vec<EventClass>,
}

/// What the events of one name have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventClass {
    /// Its number, which each event's header repeats.
    pub id: u64,
    /// The event's name.
    pub name: String,
    /// Log level, 0 (emergency) to 14 (debug).
    pub log_level: Option<u8>,
    /// Where its EMF model is.
    pub emf_uri: Option<String>,
    /// The context only these events have, a structure.
    pub context: Option<Field>,
    /// The payload, a structure.
    pub payload: Option<Field>,
}

impl TraceClass {
    /// Looks up an environment entry.
    pub fn environment_value(&self, name: &str) -> Option<&EnvironmentValue> {
        self.environment.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Looks up an environment entry that is a string.
    pub fn environment_text(&self, name: &str) -> Option<&str> {
        match self.environment_value(name)? {
            EnvironmentValue::Text(text) => Some(text),
            EnvironmentValue::Integer(_) => None,
        }
    }

    /// Looks up an environment entry that is an integer.
    pub fn environment_integer(&self, name: &str) -> Option<i64> {
        match self.environment_value(name)? {
            EnvironmentValue::Integer(value) => Some(*value),
            EnvironmentValue::Text(_) => None,
        }
    }

    /// The UUID as text.
    pub fn uuid_text(&self) -> Option<String> {
        self.uuid.as_ref().map(uuid_text)
    }
}

/// Writes a UUID in its usual form.
pub fn uuid_text(uuid: &Uuid) -> String {
    let mut out = String::with_capacity(36);
    for (i, byte) in uuid.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}
