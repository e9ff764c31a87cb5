// SPDX-License-Identifier: MIT
//! Everything that can go wrong while reading: where it is and what was expected there.

use std::io;
use std::path::{Path, PathBuf};

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// A fault of a trace or of the machine it lies on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The metadata does not describe a trace.
    #[error("{}:{line}:{column}: {message}\n{excerpt}", path.display())]
    Metadata {
        /// The metadata file.
        path: PathBuf,
        /// Line in the metadata's text, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What was found and what was expected.
        message: String,
        /// The line with a caret under the place.
        excerpt: String,
    },
    /// A data stream does not fit its description.
    #[error("{}: packet {packet}, byte {offset}: {message}", path.display())]
    Data {
        /// The data stream file.
        path: PathBuf,
        /// Number of the packet in its file, from 0.
        packet: u64,
        /// Byte in the file.
        offset: u64,
        /// What did not fit.
        message: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Nothing to read there.
    #[error("no trace found in {}", path.display())]
    NoTrace {
        /// Where we looked.
        path: PathBuf,
    },
    /// These traces cannot be put in one order of time.
    #[error("{0}")]
    Clash(String),
    /// An option's value has no meaning.
    #[error("{option}: {message}")]
    Option {
        /// The option, as on the command line.
        option: String,
        /// What is wrong with its value.
        message: String,
    },
    /// The output could not be written.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// Wraps an operating system's refusal with what was tried.
    pub fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_path_buf(), source }
    }
}
