// SPDX-License-Identifier: MIT
//! `kymograph._native`: what Python asks of Rust.

mod count;
mod describe;
mod error;
mod packets;
mod patience;
mod reader;
mod text;
mod values;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::count::count;
    #[pymodule_export]
    use super::describe::{describe, describe_file, metadata_text};
    #[pymodule_export]
    use super::error::NativeError;
    #[pymodule_export]
    use super::packets::packets;
    #[pymodule_export]
    use super::reader::Reader;
    #[pymodule_export]
    use super::text::write_text;
}
