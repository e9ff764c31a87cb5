// SPDX-License-Identifier: MIT
//! What the text sink shows and how.

/// How times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// Time of day.
    #[default]
    Wall,
    /// Date and time of day.
    Date,
    /// Seconds from the clock's origin.
    Seconds,
}

/// Which names stand before values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// `timestamp = `, `name = ` and so on.
    pub header: bool,
    /// `event.fields = ` and so on.
    pub scope: bool,
    /// Members of contexts.
    pub context: bool,
    /// Members of payloads.
    pub payload: bool,
}

/// What stands before the event's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// The trace's name.
    pub trace: bool,
    /// Environment entry `hostname`.
    pub hostname: bool,
    /// Environment entry `domain`.
    pub domain: bool,
    /// Environment entry `procname`.
    pub procname: bool,
    /// Environment entry `vpid`.
    pub vpid: bool,
    /// The event's log level.
    pub loglevel: bool,
    /// The event's EMF URI.
    pub emf: bool,
}

/// All options of the text sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How times are shown.
    pub clock: Clock,
    /// Events' times as their clock's cycles instead.
    pub cycles: bool,
    /// In UTC, not in the local time zone.
    pub gmt: bool,
    /// The time since the event before.
    pub delta: bool,
    /// Names before values.
    pub names: Names,
    /// What stands before the event's name.
    pub fields: Fields,
    /// Colours in the text.
    pub color: bool,
    /// Colours in warnings.
    pub color_warnings: bool,
    /// Bright colours by their own codes, not by bold type.
    pub bright: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::Wall,
            cycles: false,
            gmt: false,
            delta: true,
            names: Names { header: false, scope: false, context: true, payload: true },
            fields: Fields {
                trace: false,
                hostname: true,
                domain: false,
                procname: true,
                vpid: true,
                loglevel: false,
                emf: false,
            },
            color: false,
            color_warnings: false,
            bright: false,
        }
    }
}
