// SPDX-License-Identifier: MIT
//! Errors of Rust as one exception: its first argument says of which kind, its second says what.

use kymograph_ctf::Error;
use pyo3::create_exception;
use pyo3::exceptions::{PyBrokenPipeError, PyException, PyKeyboardInterrupt};
use pyo3::prelude::*;

create_exception!(_native, NativeError, PyException, "A fault: its kind and its message.");

/// Turns a reader's error into an exception.
pub fn raise(error: Error) -> PyErr {
    let kind = match &error {
        Error::Metadata { .. } => "metadata",
        Error::Data { .. } => "data",
        Error::Io { .. } => "io",
        Error::NoTrace { .. } => "no-trace",
        Error::Clash(_) => "clash",
        Error::Option { .. } => "option",
        Error::Output(source) if source.kind() == std::io::ErrorKind::BrokenPipe => {
            return PyBrokenPipeError::new_err(error.to_string());
        }
        Error::Output(_) => "output",
        Error::Interrupted => return PyKeyboardInterrupt::new_err(()),
    };
    NativeError::new_err((kind, error.to_string()))
}

/// Like [`raise`], but what Python's signal handlers raised goes first.
pub fn raise_after(handlers: Option<PyErr>, error: Error) -> PyErr {
    match (handlers, error) {
        (Some(raised), Error::Interrupted) => raised,
        (_, error) => raise(error),
    }
}
