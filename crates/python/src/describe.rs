// SPDX-License-Identifier: MIT
//! Metadata as plain Python objects that JSON can hold.

use std::path::{Path, PathBuf};

use kymograph_ctf::metadata;
use kymograph_ctf::model::{
    uuid_text, Base, ByteOrder, ClockClass, EnvironmentValue, EventClass, Field, Integer, Kind, Length,
    Member, Role, StreamClass, TraceClass,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::raise;

type Made<'py> = PyResult<Bound<'py, PyDict>>;

/// Describes the metadata in the file `path`.
#[pyfunction]
pub fn describe_file(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let read = py.detach(|| metadata::load(&path)).map_err(raise)?;
    trace_class(py, &read.class)
}

/// Describes metadata, plain or packetised.
#[pyfunction]
#[pyo3(signature = (content, name = "metadata"))]
pub fn describe<'py>(py: Python<'py>, content: &[u8], name: &str) -> Made<'py> {
    let read = py.detach(|| metadata::parse(content, Path::new(name))).map_err(raise)?;
    trace_class(py, &read.class)
}

/// Returns the metadata in the file `path` as plain text.
#[pyfunction]
pub fn metadata_text(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    py.detach(|| metadata::load(&path)).map(|read| read.text).map_err(raise)
}

/// Describes a whole trace.
pub fn trace_class<'py>(py: Python<'py>, class: &TraceClass) -> Made<'py> {
    let environment = PyDict::new(py);
    for (key, value) in &class.environment {
        match value {
            EnvironmentValue::Integer(value) => environment.set_item(key, value)?,
            EnvironmentValue::Text(value) => environment.set_item(key, value)?,
        }
    }
    let out = PyDict::new(py);
    out.set_item("uuid", class.uuid_text())?;
    out.set_item("environment", environment)?;
    out.set_item("clocks", list(py, &class.clocks, clock)?)?;
    out.set_item("packet_header", scope(py, &class.packet_header)?)?;
    out.set_item("streams", list(py, &class.streams, stream)?)?;
    Ok(out)
}

fn list<'py, T>(
    py: Python<'py>,
    items: &[T],
    make: impl Fn(Python<'py>, &T) -> Made<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let out = PyList::empty(py);
    for item in items {
        out.append(make(py, item)?)?;
    }
    Ok(out)
}

fn clock<'py>(py: Python<'py>, clock: &ClockClass) -> Made<'py> {
    let out = PyDict::new(py);
    out.set_item("name", &clock.name)?;
    out.set_item("uuid", clock.uuid.as_ref().map(uuid_text))?;
    out.set_item("description", &clock.description)?;
    out.set_item("frequency", clock.frequency)?;
    out.set_item("precision", clock.precision)?;
    out.set_item("offset_seconds", clock.offset_seconds)?;
    out.set_item("offset_cycles", clock.offset_cycles)?;
    out.set_item("epoch", clock.epoch)?;
    Ok(out)
}

fn stream<'py>(py: Python<'py>, stream: &StreamClass) -> Made<'py> {
    let out = PyDict::new(py);
    out.set_item("id", stream.id)?;
    out.set_item("clock", stream.clock)?;
    out.set_item("packet_context", scope(py, &stream.packet_context)?)?;
    out.set_item("event_header", scope(py, &stream.event_header)?)?;
    out.set_item("event_context", scope(py, &stream.event_context)?)?;
    out.set_item("events", list(py, &stream.events, event)?)?;
    Ok(out)
}

fn event<'py>(py: Python<'py>, event: &EventClass) -> Made<'py> {
    let out = PyDict::new(py);
    out.set_item("id", event.id)?;
    out.set_item("name", &event.name)?;
    out.set_item("log_level", event.log_level)?;
    out.set_item("emf_uri", &event.emf_uri)?;
    out.set_item("context", scope(py, &event.context)?)?;
    out.set_item("payload", scope(py, &event.payload)?)?;
    Ok(out)
}

fn scope<'py>(py: Python<'py>, root: &Option<Field>) -> PyResult<Option<Bound<'py, PyDict>>> {
    root.as_ref().map(|root| field(py, root)).transpose()
}

fn members<'py>(py: Python<'py>, members: &[Member]) -> PyResult<Bound<'py, PyList>> {
    list(py, members, |py, member| {
        let out = PyDict::new(py);
        out.set_item("name", member.name())?;
        out.set_item("spelling", &member.spelling)?;
        out.set_item("field", field(py, &member.field)?)?;
        Ok(out)
    })
}

/// Describes a field. This recurses on types, which are nested 64 deep at most.
fn field<'py>(py: Python<'py>, field: &Field) -> Made<'py> {
    let out = PyDict::new(py);
    out.set_item("align", field.align())?;
    out.set_item("visible", field.visible)?;
    let kind = match &field.kind {
        Kind::Integer(it) => {
            integer(&out, it)?;
            if it.labels.is_some() {
                "enumeration"
            } else {
                "integer"
            }
        }
        Kind::Real(real) => {
            out.set_item("size", real.size)?;
            out.set_item("order", order(real.order))?;
            "real"
        }
        Kind::String => "string",
        Kind::Structure(structure) => {
            out.set_item("members", members(py, &structure.members)?)?;
            "structure"
        }
        Kind::Array(array) => {
            match &array.length {
                Length::Static(length) => out.set_item("length", length)?,
                Length::Dynamic(reference) => out.set_item("length", reference.path.join("."))?,
            }
            out.set_item("element", self::field(py, &array.element)?)?;
            out.set_item("text", array.text)?;
            match array.length {
                Length::Static(_) => "array",
                Length::Dynamic(_) => "sequence",
            }
        }
        Kind::Variant(variant) => {
            out.set_item("tag", variant.selector.as_ref().map(|selector| selector.path.join(".")))?;
            out.set_item("options", members(py, &variant.options)?)?;
            "variant"
        }
    };
    out.set_item("kind", kind)?;
    Ok(out)
}

fn order(order: ByteOrder) -> &'static str {
    match order {
        ByteOrder::Little => "le",
        ByteOrder::Big => "be",
    }
}

fn integer(out: &Bound<'_, PyDict>, integer: &Integer) -> PyResult<()> {
    let base = match integer.base {
        Base::Binary => 2,
        Base::Octal => 8,
        Base::Decimal => 10,
        Base::Hexadecimal => 16,
    };
    out.set_item("size", integer.size)?;
    out.set_item("order", order(integer.order))?;
    out.set_item("signed", integer.signed)?;
    out.set_item("base", base)?;
    out.set_item("character", integer.character)?;
    out.set_item("clock", integer.clock)?;
    out.set_item("role", integer.role.map(role))?;
    if let Some(labels) = &integer.labels {
        let all = PyDict::new(out.py());
        for mapping in labels {
            let ranges = PyList::empty(out.py());
            for &(low, high) in &mapping.ranges {
                if integer.signed {
                    ranges.append((low as i64, high as i64))?;
                } else {
                    ranges.append((low, high))?;
                }
            }
            all.set_item(&mapping.label, ranges)?;
        }
        out.set_item("labels", all)?;
    }
    Ok(())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Magic => "magic",
        Role::StreamClassId => "stream_id",
        Role::StreamId => "stream_instance_id",
        Role::PacketSize => "packet_size",
        Role::ContentSize => "content_size",
        Role::BeginTime => "timestamp_begin",
        Role::EndTime => "timestamp_end",
        Role::EventsDiscarded => "events_discarded",
        Role::SequenceNumber => "packet_seq_num",
        Role::EventClassId => "id",
    }
}
