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

/// Writes the events of the traces at or below `paths` to the file descriptor `output`, warnings to
/// `warnings`. `clock` is `wall`, `date` or `seconds`; `names` and `fields` list what is
/// shown. Returns the number of events.
#[pyfunction]
#[pyo3(signature = (paths, output, warnings, *, clock, cycles, gmt, delta, names, fields, color, color_warnings, bright, begin=None, end=None))]
#[allow(
    clippy::too_many_arguments,
    clippy::fn_params_excessive_bools,
    reason = "keyword arguments of a Python function"
)]
pub fn write_text(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    output: RawFd,
    warnings: RawFd,
    clock: &str,
    cycles: bool,
    gmt: bool,
    delta: bool,
    names: Vec<String>,
    fields: Vec<String>,
    color: bool,
    color_warnings: bool,
    bright: bool,
    begin: Option<&str>,
    end: Option<&str>,
) -> PyResult<u64> {
    let name = |name: &str| names.iter().any(|given| given == name);
    let field = |field: &str| fields.iter().any(|given| given == field);
    let options = Options {
        clock: match clock {
            "date" => Clock::Date,
            "seconds" => Clock::Seconds,
            _ => Clock::Wall,
        },
        cycles,
        gmt,
        delta,
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
        color,
        color_warnings,
        bright,
    };
    let bound =
        |option: &str, text: Option<&str>| text.map(|text| TimeBound::parse(option, text, gmt)).transpose();
    let range =
        Range { begin: bound("--begin", begin).map_err(raise)?, end: bound("--end", end).map_err(raise)? };
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
