// SPDX-License-Identifier: MIT
//! The part of a line between the time and the fields: trace, log level, event name.

use super::colors::Colors;
use super::options::Options;
use crate::model::{EnvironmentValue, EventClass, TraceClass};

const LEVELS: [&str; 15] = [
    "TRACE_EMERG",
    "TRACE_ALERT",
    "TRACE_CRIT",
    "TRACE_ERR",
    "TRACE_WARNING",
    "TRACE_NOTICE",
    "TRACE_INFO",
    "TRACE_DEBUG_SYSTEM",
    "TRACE_DEBUG_PROGRAM",
    "TRACE_DEBUG_PROCESS",
    "TRACE_DEBUG_MODULE",
    "TRACE_DEBUG_UNIT",
    "TRACE_DEBUG_FUNCTION",
    "TRACE_DEBUG_LINE",
    "TRACE_DEBUG",
];

/// A line's beginning under construction.
struct Prefix {
    text: String,
    names: bool,
    colors: Colors,
    /// Nothing stands before on the line, or it ends with a space.
    fresh: bool,
    /// Something was said that `:` may follow.
    said: bool,
}

impl Prefix {
    fn label(&mut self, name: &str) {
        if self.names {
            for part in [self.colors.name, name, self.colors.reset, " = "] {
                self.text.push_str(part);
            }
        }
    }

    fn part(&mut self, name: &str, value: &str) {
        if !self.fresh {
            self.text.push_str(", ");
        }
        if self.said && !self.names {
            self.text.push(':');
        }
        self.label(name);
        self.text.push_str(value);
        self.said = true;
    }
}

/// Builds the text for the events of one class. `timed`: does a time stand before it?
pub(super) fn prefix(
    options: &Options,
    trace: &TraceClass,
    trace_name: &str,
    event: &EventClass,
    timed: bool,
) -> String {
    let names = options.names.header;
    let mut out = Prefix {
        text: String::new(),
        names,
        colors: Colors::of(options),
        fresh: !(timed && names),
        said: false,
    };
    if options.fields.trace {
        if !out.fresh {
            out.text.push_str(", ");
        }
        out.label("trace");
        out.text.push_str(trace_name);
        if names {
            out.text.push_str(", ");
        }
    }
    let fields = [
        (options.fields.hostname, "hostname", "trace:hostname"),
        (options.fields.domain, "domain", "trace:domain"),
        (options.fields.procname, "procname", "trace:procname"),
    ];
    for (wanted, key, label) in fields {
        if let (true, Some(EnvironmentValue::Text(value))) = (wanted, trace.environment_value(key)) {
            out.part(label, value);
        }
    }
    if let (true, Some(EnvironmentValue::Integer(vpid))) =
        (options.fields.vpid, trace.environment_value("vpid"))
    {
        out.part("trace:vpid", &format!("({vpid})"));
    }
    if let (true, Some(level)) = (options.fields.loglevel, event.log_level) {
        let name = LEVELS.get(usize::from(level)).copied().unwrap_or("");
        out.part("loglevel", &format!("{name} ({level})"));
    }
    if let (true, Some(uri)) = (options.fields.emf, &event.emf_uri) {
        out.part("model.emf.uri", uri);
    }
    if out.said && !names {
        out.text.push(' ');
    }
    if !out.fresh {
        out.text.push_str(", ");
    }
    out.label("name");
    let (color, name) = if event.name.is_empty() {
        (out.colors.unknown, "<unknown>")
    } else {
        (out.colors.event, &event.name[..])
    };
    for part in [color, name, out.colors.reset, if names { ", " } else { ": " }] {
        out.text.push_str(part);
    }
    out.text
}
