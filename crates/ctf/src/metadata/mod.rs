// SPDX-License-Identifier: MIT
//! From a metadata file to a model: packets, tokens, syntax tree, types, references, roles.

mod attributes;
mod blocks;
mod build;
mod check;
mod declare;
mod fault;
mod lexer;
mod packets;
mod parser;
mod references;
mod roles;
mod scope;
mod syntax;
mod token;
mod types;
mod visible;

use std::path::Path;

use crate::error::{Error, Result};
use crate::model::TraceClass;
use fault::Fault;

/// A larger metadata file is refused.
const MAX_BYTES: u64 = 64 << 20;

/// What the metadata said, and what in it deserves a warning.
#[derive(Debug)]
pub struct Metadata {
    /// The trace's description.
    pub class: TraceClass,
    /// The metadata as plain text.
    pub text: String,
    /// One line each: `file:line:column: message`.
    pub warnings: Vec<String>,
}

/// Reads the metadata file `path`, plain or packetised.
pub fn load(path: &Path) -> Result<Metadata> {
    let size = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?.len();
    if size > MAX_BYTES {
        let source = std::io::Error::other(format!("{size} bytes of metadata, more than {MAX_BYTES}"));
        return Err(Error::io("read", path, source));
    }
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
    parse(&bytes, path)
}

/// Parses metadata `bytes`; `path` only names them in errors.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Metadata> {
    let (text, uuid) = packets::unpack(bytes).map_err(|fault| fault.locate("", path))?;
    let locate = |fault: Fault| fault.locate(&text, path);
    if text.len() as u64 > MAX_BYTES {
        return Err(locate(Fault::new(0, "more than 64 MiB of metadata")));
    }
    let mut warnings = Vec::new();
    if uuid.is_none() && !text.starts_with("/* CTF 1.8") {
        warnings.push(Fault::new(0, "CTF 1.8 metadata should begin with `/* CTF 1.8`"));
    }
    let tokens = lexer::tokens(&text).map_err(locate)?;
    let file = parser::parse(&tokens, text.len()).map_err(locate)?;
    let class = build::build(&file, uuid, &mut warnings).map_err(locate)?;
    let warnings = warnings.into_iter().map(|fault| fault.line(&text, path)).collect();
    Ok(Metadata { class, text, warnings })
}
