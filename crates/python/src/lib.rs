// SPDX-License-Identifier: MIT
//! `kymograph._native`: what Python asks of Rust.

use pyo3::prelude::*;

#[pymodule]
mod _native {}
