// SPDX-License-Identifier: MIT
//! Traces as text, written straight to a file descriptor.

use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};
use std::path::PathBuf;

use kymograph_ctf::text::{write, Bound as TimeBound, Clock, Fields, Names, Options, Outputs, Range};
use kymograph_ctf::trace::open;
use kymograph_ctf::Error;
use pyo3::prelude::*;

use crate::error::{raise, raise_after};
use crate::patience::Patience;

/// How text is written, as items of a Python dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Settings {
    clock: String,
    cycles: bool,
    gmt: bool,
    delta: bool,
    names: Vec<String>,
    fields: Vec<String>,
    color: bool,
    color_warnings: bool,
    bright: bool,
    begin: Option<String>,
    end: Option<String>,
}

impl Settings {
    fn options(&self) -> Options {
        let name = |name: &str| self.names.iter().any(|given| given == name);
        let field = |field: &str| self.fields.iter().any(|given| given == field);
        Options {
            clock: match self.clock.as_str() {
                "date" => Clock::Date,
                "seconds" => Clock::Seconds,
                _ => Clock::Wall,
            },
            cycles: self.cycles,
            gmt: self.gmt,
            delta: self.delta,
            names: Names {
                header: name("header"),
                scope: name("scope"),
                context: name("context"),
                payload: name("payload"),
            },
            fields: Fields {
                trace: field("trace"),
                hostname: field("trace:hostname"),
                domain: field("trace:domain"),
                procname: field("trace:procname"),
                vpid: field("trace:vpid"),
                loglevel: field("loglevel"),
                emf: field("emf"),
            },
            color: self.color,
            color_warnings: self.color_warnings,
            bright: self.bright,
        }
    }

    fn range(&self) -> Result<Range, Error> {
        let bound = |option: &str, text: &Option<String>| {
            text.as_ref().map(|text| TimeBound::parse(option, text, self.gmt)).transpose()
        };
        Ok(Range { begin: bound("--begin", &self.begin)?, end: bound("--end", &self.end)? })
    }
}

/// Writes the events of the traces at or below `paths` to the file descriptor `output`, warnings to
/// `warnings`. Returns the number of events.
#[pyfunction]
pub fn write_text(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    output: RawFd,
    warnings: RawFd,
    settings: Settings,
) -> PyResult<u64> {
    let (options, range) = (settings.options(), settings.range().map_err(raise)?);
    let mut patience = Patience::default();
    let result = py.detach(|| {
        // SAFETY: the caller lends the descriptors for the call; they are not closed here.
        let (output, warnings) = unsafe { (borrow(output), borrow(warnings)) };
        let (mut traces, told) = open(&paths)?;
        for line in told {
            (&*warnings).write_all(format!("warning: {line}\n").as_bytes()).map_err(Error::Output)?;
        }
        write(
            &mut traces,
            &options,
            &range,
            &mut Outputs {
                text: &mut |text| (&*output).write_all(text),
                warnings: &mut |text| (&*warnings).write_all(text),
                go_on: &mut || patience.go_on(),
            },
        )
    });
    result.map_err(|error| raise_after(patience.raised, error))
}

/// A file that is not closed when dropped.
///
/// # Safety
///
/// The descriptor must stay open for as long as the file is used.
unsafe fn borrow(descriptor: RawFd) -> ManuallyDrop<File> {
    // SAFETY: as the caller promises.
    ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) })
}
