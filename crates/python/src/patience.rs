// SPDX-License-Identifier: MIT
//! Long work without the interpreter's lock, which still listens for Ctrl-C.

use pyo3::prelude::*;

/// Asks Python now and then whether a signal's handler raised something.
#[derive(Default)]
pub struct Patience {
    /// What it raised.
    pub raised: Option<PyErr>,
}

impl Patience {
    /// Runs the handlers of signals that came; false if one raised.
    pub fn go_on(&mut self) -> bool {
        match Python::attach(|py| py.check_signals()) {
            Ok(()) => true,
            Err(raised) => {
                self.raised = Some(raised);
                false
            }
        }
    }
}
