// SPDX-License-Identifier: MIT
//! `kymograph._native`: what Python asks of Rust.

mod count;
mod error;
mod patience;
mod text;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::count::count;
    #[pymodule_export]
    use super::error::NativeError;
    #[pymodule_export]
    use super::text::write_text;
}
