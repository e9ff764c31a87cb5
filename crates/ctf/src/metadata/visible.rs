// SPDX-License-Identifier: MIT
//! Which fields a reader of the trace is shown: not those that only serve decoding.
//!
//! The rule is babeltrace2's: a timestamp, a size or an id is hidden unless the length of a shown
//! array or the option of a shown variant depends on it. Packet and event headers are hidden whole.

use std::collections::HashSet;

use crate::model::{Field, Kind, Length, Slot, TraceClass};

/// Marks the fields of every scope, last scope first: what depends on a field comes after it.
pub(super) fn mark(trace: &mut TraceClass) {
    let mut needed = HashSet::new();
    for stream in &mut trace.streams {
        for event in &mut stream.events {
            for scope in [&mut event.payload, &mut event.context].into_iter().flatten() {
                show(scope, &mut needed);
            }
        }
        for scope in [&mut stream.event_context, &mut stream.packet_context].into_iter().flatten() {
            show(scope, &mut needed);
        }
        if let Some(header) = &mut stream.event_header {
            hide(header);
        }
    }
    if let Some(header) = &mut trace.packet_header {
        hide(header);
    }
}

fn show(field: &mut Field, needed: &mut HashSet<Slot>) {
    field.visible = match &mut field.kind {
        Kind::Integer(integer) => {
            let plain = integer.clock.is_none() && integer.role.is_none();
            plain || integer.slot.is_some_and(|slot| needed.contains(&slot))
        }
        Kind::Structure(structure) => {
            let mut any = structure.members.is_empty();
            for member in structure.members.iter_mut().rev() {
                show(&mut member.field, needed);
                any |= member.field.visible;
            }
            any
        }
        Kind::Variant(variant) => {
            let mut any = false;
            for option in variant.options.iter_mut().rev() {
                show(&mut option.field, needed);
                any |= option.field.visible;
            }
            if any {
                // A hidden option can still be selected: it is shown as it is, perhaps empty.
                variant.options.iter_mut().for_each(|option| option.field.visible = true);
                needed.extend(variant.selector.as_ref().map(|selector| selector.slot));
            }
            any
        }
        Kind::Array(array) => {
            show(&mut array.element, needed);
            if let (true, Length::Dynamic(length)) = (array.element.visible, &array.length) {
                needed.insert(length.slot);
            }
            array.element.visible
        }
        Kind::Real(_) | Kind::String => true,
    };
}

fn hide(field: &mut Field) {
    field.visible = false;
    match &mut field.kind {
        Kind::Structure(structure) => structure.members.iter_mut().for_each(|member| hide(&mut member.field)),
        Kind::Variant(variant) => variant.options.iter_mut().for_each(|option| hide(&mut option.field)),
        Kind::Array(array) => hide(&mut array.element),
        Kind::Integer(_) | Kind::Real(_) | Kind::String => {}
    }
}
