// SPDX-License-Identifier: MIT
//! The terminal codes around each kind of text; all empty without colours.

use super::options::Options;

/// The codes in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colors {
    pub name: &'static str,
    pub member: &'static str,
    pub value: &'static str,
    pub unknown: &'static str,
    pub event: &'static str,
    pub time: &'static str,
    pub reset: &'static str,
}

const NONE: Colors = Colors { name: "", member: "", value: "", unknown: "", event: "", time: "", reset: "" };

const BOLD: Colors = Colors {
    name: "\x1b[1m",
    member: "\x1b[36m",
    value: "\x1b[1m",
    unknown: "\x1b[1m\x1b[1m\x1b[31m",
    event: "\x1b[1m\x1b[1m\x1b[35m",
    time: "\x1b[1m\x1b[1m\x1b[33m",
    reset: "\x1b[0m",
};

const BRIGHT: Colors =
    Colors { unknown: "\x1b[1m\x1b[91m", event: "\x1b[1m\x1b[95m", time: "\x1b[1m\x1b[93m", ..BOLD };

impl Colors {
    pub fn of(options: &Options) -> Self {
        match (options.color, options.bright) {
            (false, _) => NONE,
            (true, false) => BOLD,
            (true, true) => BRIGHT,
        }
    }
}
