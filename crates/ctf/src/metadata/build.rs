// SPDX-License-Identifier: MIT
//! A syntax tree to a model: in which order things are read and made to refer to each other.

use super::blocks::Blocks;
use super::fault::{Fault, Outcome};
use super::scope::Scopes;
use super::syntax::{Block, BlockKind, Entry, File, Item};
use super::types::Types;
use super::{check, references, roles, visible};
use crate::model::{ByteOrder, TraceClass, Uuid};

/// Builds the model of the trace `file` describes; `packets` is the UUID of the metadata's packets.
pub(super) fn build(file: &File, packets: Option<Uuid>, warnings: &mut Vec<Fault>) -> Outcome<TraceClass> {
    let order = trace_byte_order(file)?;
    let mut trace = TraceClass::default();
    let mut types = Types { scopes: Scopes::default(), order, trace: &mut trace, warnings, fields: 0 };
    types.scopes.push();
    let mut blocks = Blocks::new(types, packets);
    for item in &file.items {
        match item {
            Item::Declaration(declaration) => blocks.types.declare(declaration)?,
            Item::Block(block) => blocks.block(block)?,
        }
    }
    let places = blocks.finish(file.end)?;
    let misfit = |misfit: check::Misfit| {
        let stream = misfit.stream.and_then(|index| places.streams.get(index).copied());
        Fault::new(stream.unwrap_or(places.trace), misfit.message)
    };
    roles::assign(&mut trace).map_err(misfit)?;
    check::check(&trace).map_err(misfit)?;
    references::resolve(&mut trace)?;
    visible::mark(&mut trace);
    Ok(trace)
}

/// Finds the trace's byte order before anything else: types above the trace block depend on it.
fn trace_byte_order(file: &File) -> Outcome<ByteOrder> {
    let mut traces = file.items.iter().filter_map(|item| match item {
        Item::Block(block) if block.kind == BlockKind::Trace => Some(block),
        _ => None,
    });
    let block: &Block = traces.next().ok_or_else(|| Fault::new(file.end, "expected a `trace` block"))?;
    if let Some(second) = traces.next() {
        return Err(Fault::new(second.at, "a second `trace` block"));
    }
    for entry in &block.entries {
        if let Entry::Assign(assign) = entry {
            if assign.key == "byte_order" {
                return assign.value.byte_order()?.ok_or_else(|| {
                    Fault::new(
                        assign.value.at,
                        "the trace's byte order cannot be `native`: expected `le` or `be`",
                    )
                });
            }
        }
    }
    Err(Fault::new(block.at, "trace without `byte_order`"))
}
