// SPDX-License-Identifier: MIT
//! Events one by one, as Python values.

use std::path::PathBuf;

use kymograph_ctf::model::{Field, StreamClass};
use kymograph_ctf::plan::{compile, Position, Program};
use kymograph_ctf::trace::{open, Gap, Item, Lost, Merger, Trace};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::describe;
use crate::error::raise;
use crate::values::{Notes, Steps, Values};

/// Iterates over the events and gaps of the traces at or below some paths, in order of time.
///
/// An item is `(stream, time, cycles, event class, packet context, header, event context, own context,
/// payload)`, or `(stream, time, "events" or "packets", count, range)` for what was lost.
#[pyclass(module = "kymograph._native", unsendable)]
pub struct Reader {
    traces: Vec<Trace>,
    merger: Merger,
    steps: Steps,
    plans: Vec<Vec<StreamPlan>>,
    /// For each stream, its packet's context and which packet that was.
    contexts: Vec<(u64, Option<Py<PyAny>>)>,
    started: bool,
    warnings: Vec<String>,
}

struct StreamPlan {
    context: Option<Program>,
    header: Option<Program>,
    /// For each event class its program, and which scopes it has.
    events: Vec<(Program, [bool; 3])>,
}

impl StreamPlan {
    fn new(py: Python<'_>, stream: &StreamClass, start: Position, steps: &mut Steps) -> Self {
        let shown = |field: &Option<Field>| field.as_ref().is_some_and(|field| field.visible);
        let mut alone = |field: &Field| {
            compile(&[field], Position::UNKNOWN, Some(&mut Notes::new(py, steps))).without_effects()
        };
        let context = stream.packet_context.as_ref().filter(|field| field.visible).map(&mut alone);
        let header = stream.event_header.as_ref().map(|field| alone(&field.all_shown()));
        let events = stream.events.iter().map(|event| {
            let program = compile(&event.scopes(stream), start, Some(&mut Notes::new(py, steps)));
            (program, [shown(&stream.event_context), shown(&event.context), shown(&event.payload)])
        });
        Self { context, header, events: events.collect() }
    }
}

#[pymethods]
impl Reader {
    #[new]
    fn new(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Self> {
        let (mut traces, warnings) = py.detach(|| open(&paths)).map_err(raise)?;
        let mut steps = Steps::default();
        let plans = traces
            .iter()
            .map(|trace| {
                let streams = trace.class.streams.iter().zip(&trace.framing.streams);
                streams
                    .map(|(s, framing)| StreamPlan::new(py, s, framing.event_header.end(), &mut steps))
                    .collect()
            })
            .collect();
        let merger = Merger::new(&mut traces).map_err(raise)?;
        let contexts = merger.streams.iter().map(|_| (0, None)).collect();
        Ok(Self { traces, merger, steps, plans, contexts, started: false, warnings })
    }

    /// What in the metadata deserves a warning.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// The traces: path, name and description.
    fn traces<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let out = PyList::empty(py);
        for trace in &self.traces {
            let dict = PyDict::new(py);
            dict.set_item("path", trace.path.to_string_lossy())?;
            dict.set_item("name", &trace.name)?;
            dict.set_item("class", describe::trace_class(py, &trace.class)?)?;
            out.append(dict)?;
        }
        Ok(out)
    }

    /// The streams: trace, stream class (both as indexes), id and name.
    fn streams<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let out = PyList::empty(py);
        for (stream, owner) in self.merger.streams.iter().zip(&self.merger.owners) {
            let dict = PyDict::new(py);
            dict.set_item("trace", owner)?;
            dict.set_item("class", stream.class)?;
            dict.set_item("id", stream.id)?;
            dict.set_item("name", stream.name.to_string_lossy())?;
            out.append(dict)?;
        }
        Ok(out)
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        if !std::mem::replace(&mut self.started, true) {
            self.merger.start().map_err(raise)?;
        }
        loop {
            match self.merger.advance().map_err(raise)? {
                None => return Ok(None),
                Some((index, Item::Event(class))) => return self.event(py, index, class).map(Some),
                Some((index, Item::Gap(gap))) => return self.gap(py, index, &gap).map(Some),
                Some((_, Item::Bound)) => {}
            }
        }
    }
}

impl Reader {
    fn event<'py>(&mut self, py: Python<'py>, index: usize, class: u32) -> PyResult<Bound<'py, PyTuple>> {
        let stream = &mut self.merger.streams[index];
        let plan = &self.plans[self.merger.owners[index]][stream.class];
        let none = || py.None().into_bound(py);
        let cache = &mut self.contexts[index];
        if cache.0 != stream.generation {
            cache.0 = stream.generation;
            cache.1 = None;
            if let Some(program) = &plan.context {
                let mut values = Values::new(py, &self.steps);
                stream.decode_context(program, &mut values).map_err(raise)?;
                cache.1 = values.done.pop().map(Bound::unbind);
            }
        }
        let context = cache.1.as_ref().map_or_else(none, |context| context.bind(py).clone());
        let mut values = Values::new(py, &self.steps);
        let mut header = none();
        if let Some(program) = &plan.header {
            stream.decode_header(program, &mut values).map_err(raise)?;
            header = values.done.pop().unwrap_or_else(none);
        }
        let (program, scopes) = &plan.events[class as usize];
        stream.decode(program, &mut values).map_err(raise)?;
        if let Some(refused) = values.refused {
            return Err(refused);
        }
        let mut done = values.done.into_iter();
        let [common, own, payload] =
            scopes.map(|shown| if shown { done.next() } else { None }.unwrap_or_else(none));
        let clock = stream.framing().scale.is_some();
        let (time, cycles) = (clock.then(|| stream.time()), clock.then(|| stream.cycles()));
        (index, time, cycles, class, context, header, common, own, payload).into_pyobject(py)
    }

    fn gap<'py>(&self, py: Python<'py>, index: usize, gap: &Gap) -> PyResult<Bound<'py, PyTuple>> {
        let stream = &self.merger.streams[index];
        let lost = match gap.lost {
            Lost::Events => "events",
            Lost::Packets => "packets",
        };
        let scale = stream.framing().scale;
        let range =
            gap.range.zip(scale).and_then(|((begin, end), scale)| scale.time(begin).zip(scale.time(end)));
        let time = range.map(|(begin, _)| begin);
        (index, time, lost, gap.count, range).into_pyobject(py)
    }
}
