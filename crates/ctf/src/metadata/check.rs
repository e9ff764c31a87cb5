// SPDX-License-Identifier: MIT
//! Rules about members with a meaning, beyond their types (CTF 1.8.3, sections 5 and 6).

use crate::model::{Field, Kind, Length, Role, StreamClass, TraceClass};

/// What is wrong with the whole trace's description, or with a stream's.
pub(super) struct Misfit {
    /// The stream's index.
    pub stream: Option<usize>,
    pub message: String,
}

/// Checks special members.
pub(super) fn check(trace: &TraceClass) -> Result<(), Misfit> {
    let whole = |message| Misfit { stream: None, message };
    if let Some(header) = &trace.packet_header {
        packet_header(header, trace).map_err(whole)?;
    }
    let has_id = trace.packet_header.as_ref().is_some_and(|header| has(header, Role::StreamClassId));
    if trace.streams.len() > 1 && !has_id {
        return Err(whole("several streams, but packet headers have no `stream_id`".to_string()));
    }
    for (index, stream) in trace.streams.iter().enumerate() {
        self::stream(stream).map_err(|message| Misfit { stream: Some(index), message })?;
    }
    Ok(())
}

fn stream(stream: &StreamClass) -> Result<(), String> {
    let what = |part: &str| format!("the {part} of stream {}", stream.id);
    if let Some(context) = &stream.packet_context {
        unsigned(context, &what("packet context"))?;
    }
    if let Some(header) = &stream.event_header {
        unsigned(header, &what("event header"))?;
    }
    let has_id = stream.event_header.as_ref().is_some_and(|header| has(header, Role::EventClassId));
    if stream.events.len() > 1 && !has_id {
        return Err(format!("stream {} has several events, but event headers have no `id`", stream.id));
    }
    let scopes = [&stream.packet_context, &stream.event_header, &stream.event_context];
    let events = stream.events.iter().flat_map(|event| [&event.context, &event.payload]);
    scopes.into_iter().chain(events).flatten().try_for_each(clock_readings)
}

fn packet_header(header: &Field, trace: &TraceClass) -> Result<(), String> {
    unsigned(header, "the packet header")?;
    let Some(structure) = header.structure() else {
        return Ok(());
    };
    for (index, member) in structure.members.iter().enumerate() {
        match &member.field.kind {
            Kind::Integer(integer)
                if integer.role == Some(Role::Magic) && (index != 0 || integer.size != 32) =>
            {
                return Err(
                    "`magic` must be the packet header's first member, an unsigned integer of 32 bits".into(),
                );
            }
            Kind::Array(array) if array.uuid => {
                let byte = matches!(&array.element.kind, Kind::Integer(i) if i.size == 8 && i.align == 8 && !i.signed);
                if !byte || array.length != Length::Static(16) {
                    return Err("`uuid` of the packet header must be an array of 16 unsigned bytes".into());
                }
                if trace.uuid.is_none() {
                    return Err("packet headers have a `uuid`, but the trace has none".into());
                }
            }
            _ if member.name() == "uuid" => {
                return Err("`uuid` of the packet header must be an array of 16 unsigned bytes".into());
            }
            _ => {}
        }
    }
    if any(header, &|field| matches!(&field.kind, Kind::Integer(integer) if integer.clock.is_some())) {
        return Err("a member of the packet header is mapped to a clock".into());
    }
    Ok(())
}

/// Whatever has a role must be unsigned.
fn unsigned(scope: &Field, what: &str) -> Result<(), String> {
    let bad = |field: &Field| matches!(&field.kind, Kind::Integer(i) if i.role.is_some() && i.signed);
    if any(scope, &bad) {
        return Err(format!("a special member of {what} is signed"));
    }
    Ok(())
}

fn clock_readings(scope: &Field) -> Result<(), String> {
    if any(scope, &|field| matches!(&field.kind, Kind::Integer(i) if i.clock.is_some() && i.signed)) {
        return Err("an integer mapped to a clock is signed".into());
    }
    Ok(())
}

fn has(scope: &Field, role: Role) -> bool {
    any(scope, &|field| matches!(&field.kind, Kind::Integer(integer) if integer.role == Some(role)))
}

/// Does a field or one inside it satisfy `test`?
fn any(field: &Field, test: &dyn Fn(&Field) -> bool) -> bool {
    test(field)
        || match &field.kind {
            Kind::Structure(structure) => structure.members.iter().any(|member| any(&member.field, test)),
            Kind::Variant(variant) => variant.options.iter().any(|option| any(&option.field, test)),
            Kind::Array(array) => any(&array.element, test),
            Kind::Integer(_) | Kind::Real(_) | Kind::String => false,
        }
}
