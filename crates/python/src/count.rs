// SPDX-License-Identifier: MIT
//! Counting events.

use std::path::PathBuf;

use kymograph_ctf::count::Counts;
use kymograph_ctf::trace::open;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::raise_after;
use crate::patience::Patience;

/// Counts the events, streams, packets and gaps of the traces at or below `paths`.
#[pyfunction]
pub fn count(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Bound<'_, PyDict>> {
    let mut patience = Patience::default();
    let counts = py.detach(|| {
        let (mut traces, _) = open(&paths)?;
        kymograph_ctf::count::count(&mut traces, &mut || patience.go_on())
    });
    let Counts { events, streams, packets, discarded_events, discarded_packets } =
        counts.map_err(|error| raise_after(patience.raised, error))?;
    let out = PyDict::new(py);
    for (key, value) in [
        ("events", events),
        ("streams", streams),
        ("packets", packets),
        ("discarded_events", discarded_events),
        ("discarded_packets", discarded_packets),
    ] {
        out.set_item(key, value)?;
    }
    Ok(out)
}
