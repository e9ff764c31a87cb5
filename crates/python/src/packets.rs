// SPDX-License-Identifier: MIT
//! What packets tell about themselves, without reading their events.

use std::path::PathBuf;

use kymograph_ctf::plan::{compile, Position};
use kymograph_ctf::trace::{open, PacketReader};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::raise;
use crate::values::{Notes, Steps, Values};

/// Lists the packets of the traces at or below `paths`, file by file.
#[pyfunction]
pub fn packets(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Bound<'_, PyList>> {
    let out = PyList::empty(py);
    let (traces, _) = py.detach(|| open(&paths)).map_err(raise)?;
    for trace in &traces {
        let mut steps = Steps::default();
        let contexts: Vec<_> = trace
            .class
            .streams
            .iter()
            .map(|stream| {
                let field = stream.packet_context.as_ref().filter(|field| field.visible)?;
                let mut notes = Notes::new(py, &mut steps);
                Some(compile(&[field], Position::UNKNOWN, Some(&mut notes)).without_effects())
            })
            .collect();
        for path in trace.streams.iter().flat_map(|stream| stream.files()) {
            let mut reader = PacketReader::open(&trace.framing, path).map_err(raise)?;
            while let Some(packet) = reader.next_packet().map_err(raise)? {
                let framing = &trace.framing.streams[packet.class];
                let time = |cycles: Option<u64>| {
                    framing.scale.zip(cycles).and_then(|(scale, cycles)| scale.time(cycles))
                };
                let mut values = Values::new(py, &steps);
                if let Some(program) = &contexts[packet.class] {
                    reader.decode_context(&packet, program, &mut values).map_err(raise)?;
                }
                let row = PyDict::new(py);
                row.set_item("path", path.to_string_lossy())?;
                row.set_item("number", packet.number)?;
                row.set_item("offset", packet.offset)?;
                row.set_item("size", packet.size)?;
                row.set_item("content", packet.content)?;
                row.set_item("stream_class", framing.id)?;
                row.set_item("stream", packet.roles.stream_id)?;
                row.set_item("begin", time(packet.roles.begin))?;
                row.set_item("end", time(packet.roles.end))?;
                row.set_item("sequence", packet.roles.sequence)?;
                row.set_item("discarded", packet.roles.discarded)?;
                row.set_item("context", values.done.pop())?;
                out.append(row)?;
            }
        }
    }
    Ok(out)
}
