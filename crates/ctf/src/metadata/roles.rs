// SPDX-License-Identifier: MIT
//! What members mean by their reserved names, and which clock an unmapped timestamp reads
//! (CTF 1.8.3, sections 5 and 6).

use super::check::Misfit;
use crate::model::{ClockClass, Field, Kind, Role, TraceClass};

/// Sets roles and clocks.
pub(super) fn assign(trace: &mut TraceClass) -> Result<(), Misfit> {
    if let Some(header) = &mut trace.packet_header {
        for (name, role) in [
            ("magic", Role::Magic),
            ("stream_id", Role::StreamClassId),
            ("stream_instance_id", Role::StreamId),
        ] {
            set(header, name, role);
        }
        if let Kind::Structure(structure) = &mut header.kind {
            for member in structure.members.iter_mut().filter(|member| member.name() == "uuid") {
                if let Kind::Array(array) = &mut member.field.kind {
                    array.uuid = true;
                }
            }
        }
    }
    for index in 0..trace.streams.len() {
        if let Some(context) = &mut trace.streams[index].packet_context {
            for (name, role) in [
                ("packet_size", Role::PacketSize),
                ("content_size", Role::ContentSize),
                ("timestamp_begin", Role::BeginTime),
                ("timestamp_end", Role::EndTime),
                ("events_discarded", Role::EventsDiscarded),
                ("packet_seq_num", Role::SequenceNumber),
            ] {
                set(context, name, role);
            }
        }
        if let Some(header) = &mut trace.streams[index].event_header {
            each_integer(header, None, &mut |name, integer| {
                if name == Some("id") {
                    integer.role = Some(Role::EventClassId);
                }
            });
        }
        let misfit = |message| Misfit { stream: Some(index), message };
        map_clocks(trace, index).map_err(misfit)?;
        trace.streams[index].clock = stream_clock(trace, index).map_err(misfit)?;
        let context = trace.streams[index].packet_context.as_mut();
        if let Some(Kind::Structure(structure)) = context.map(|field| &mut field.kind) {
            // The end time is a reading, but it must not move the clock when it is read.
            for member in &mut structure.members {
                if let Kind::Integer(integer) = &mut member.field.kind {
                    if integer.role == Some(Role::EndTime) {
                        integer.clock = None;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Gives the integer member `name` of a scope its role.
fn set(scope: &mut Field, name: &str, role: Role) {
    let Kind::Structure(structure) = &mut scope.kind else {
        return;
    };
    for member in &mut structure.members {
        if member.name() == name {
            if let Kind::Integer(integer) = &mut member.field.kind {
                integer.role = Some(role);
            }
        }
    }
}

/// Maps unmapped timestamps to the only clock; to a new one of 1 GHz if there is none.
fn map_clocks(trace: &mut TraceClass, index: usize) -> Result<(), String> {
    let clocks = trace.clocks.len();
    let mut missing = false;
    let stream = &mut trace.streams[index];
    for (scope, wanted) in [
        (&mut stream.packet_context, &["timestamp_begin", "timestamp_end"][..]),
        (&mut stream.event_header, &["timestamp"][..]),
    ] {
        let Some(scope) = scope else { continue };
        each_integer(scope, None, &mut |name, integer| {
            if integer.clock.is_none() && name.is_some_and(|name| wanted.contains(&name)) {
                integer.clock = Some(0);
                missing = true;
            }
        });
    }
    match (missing, clocks) {
        (true, 0) => trace.clocks.push(ClockClass {
            name: "default".to_string(),
            uuid: None,
            description: None,
            frequency: 1_000_000_000,
            precision: 0,
            offset_seconds: 0,
            offset_cycles: 0,
            epoch: false,
        }),
        (true, 2..) => {
            let id = trace.streams[index].id;
            return Err(format!("a timestamp of stream {id} is mapped to no clock, and there are several"));
        }
        _ => {}
    }
    Ok(())
}

/// Finds the one clock of a stream class.
fn stream_clock(trace: &mut TraceClass, index: usize) -> Result<Option<usize>, String> {
    let mut found = None;
    let mut clash = false;
    let mut look = |_: Option<&str>, integer: &mut crate::model::Integer| {
        if let Some(clock) = integer.clock {
            clash |= *found.get_or_insert(clock) != clock;
        }
    };
    let stream = &mut trace.streams[index];
    let scopes = [&mut stream.packet_context, &mut stream.event_header, &mut stream.event_context];
    let events = stream.events.iter_mut().flat_map(|event| [&mut event.context, &mut event.payload]);
    for scope in scopes.into_iter().chain(events).flatten() {
        each_integer(scope, None, &mut look);
    }
    if clash {
        return Err(format!("stream {} uses more than one clock", trace.streams[index].id));
    }
    Ok(found)
}

/// Visits every integer of a field with its name, if it is a structure's member.
fn each_integer(
    field: &mut Field,
    name: Option<&str>,
    visit: &mut dyn FnMut(Option<&str>, &mut crate::model::Integer),
) {
    match &mut field.kind {
        Kind::Integer(integer) => visit(name, integer),
        Kind::Structure(structure) => {
            for member in &mut structure.members {
                let name = member.name().to_string();
                each_integer(&mut member.field, Some(&name), visit);
            }
        }
        Kind::Variant(variant) => {
            for option in &mut variant.options {
                each_integer(&mut option.field, None, visit);
            }
        }
        Kind::Array(array) => each_integer(&mut array.element, None, visit),
        Kind::Real(_) | Kind::String => {}
    }
}
