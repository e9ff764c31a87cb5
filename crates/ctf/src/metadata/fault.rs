// SPDX-License-Identifier: MIT
//! A fault in metadata text before it knows its file: an offset and a message.

use std::path::Path;

use crate::error::Error;

/// What is wrong at a byte offset of the metadata's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub at: usize,
    pub message: String,
}

/// The result of anything that reads metadata text.
pub(super) type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// Finds line and column, and draws the line with a caret.
    pub fn locate(self, text: &str, path: &Path) -> Error {
        let (line, column, source) = place(text, self.at);
        let gutter = line.to_string();
        let shown: String = source.chars().map(|c| if c == '\t' { ' ' } else { c }).take(200).collect();
        let excerpt = format!(
            " {gutter} | {shown}\n {:width$} | {:>column$}",
            "",
            "^",
            width = gutter.len(),
            column = column.min(201)
        );
        Error::Metadata { path: path.to_path_buf(), line, column, message: self.message, excerpt }
    }

    /// The warning's one line.
    pub fn line(self, text: &str, path: &Path) -> String {
        let (line, column, _) = place(text, self.at);
        format!("{}:{line}:{column}: {}", path.display(), self.message)
    }
}

/// Line and column, from 1, of a byte offset, and the whole line.
fn place(text: &str, at: usize) -> (usize, usize, &str) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    let line = text[..start].bytes().filter(|&b| b == b'\n').count() + 1;
    (line, text[start..at].chars().count() + 1, text[start..end].trim_end_matches('\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caret_stands_under_the_column() {
        let error = Fault::new(9, "no").locate("a = 1;\nb\tc;\n", Path::new("metadata"));
        assert_eq!(error.to_string(), "metadata:2:3: no\n 2 | b c;\n   |   ^");
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        let error = Fault::new(99, "no").locate("é", Path::new("m"));
        assert_eq!(error.to_string(), "m:1:2: no\n 1 | é\n   |  ^");
    }
}
