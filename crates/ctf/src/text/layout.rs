// SPDX-License-Identifier: MIT
//! The text around values, prepared while plans are compiled.

use super::buffer::Buffer;
use super::colors::Colors;
use super::table::{Form, Labels, Table};
use crate::model::Integer;
use crate::plan::{Annotate, Enter, Leaf, Mark};

/// How a scope is introduced, and whether its members' names are shown.
pub(super) struct Scope {
    pub before: String,
    pub names: bool,
}

/// Collects text until a value, a jump or the end needs it out.
pub(super) struct Layout<'a> {
    pub table: &'a mut Table,
    pub colors: Colors,
    /// The scopes that will be entered, last first.
    pub scopes: Vec<Scope>,
    pending: String,
    levels: Vec<Level>,
    names: bool,
}

struct Level {
    what: Enter,
    members: usize,
}

impl<'a> Layout<'a> {
    pub fn new(table: &'a mut Table, colors: Colors, mut scopes: Vec<Scope>) -> Self {
        scopes.reverse();
        Self { table, colors, scopes, pending: String::new(), levels: Vec::new(), names: true }
    }

    /// What stands before a field: a separator and its name.
    fn begin(&mut self, name: Option<&str>) {
        let Some(level) = self.levels.last_mut() else {
            if let Some(scope) = self.scopes.pop() {
                self.pending.push_str(&scope.before);
                self.names = scope.names;
            }
            return;
        };
        if level.what == Enter::Structure {
            self.pending.push_str(if level.members == 0 { " " } else { ", " });
            level.members += 1;
            if let (true, Some(name)) = (self.names, name) {
                for part in [self.colors.member, name, self.colors.reset, " = "] {
                    self.pending.push_str(part);
                }
            }
        }
    }

    /// Puts what is pending, and `form` after it, in the table.
    fn out(&mut self, form: Form) -> Mark {
        let mark = self.table.add(self.pending.as_bytes(), form);
        self.pending.clear();
        mark
    }

    fn labels(&mut self, integer: &Integer) -> Form {
        let Colors { value, unknown, reset, .. } = self.colors;
        let mut labels = Vec::new();
        let mut ranges = Vec::new();
        for (index, mapping) in integer.labels.iter().flatten().enumerate() {
            let mut text = Buffer::new();
            text.put(value.as_bytes());
            text.quoted(mapping.label.as_bytes());
            text.put(reset.as_bytes());
            labels.push(text.as_bytes().to_vec());
            ranges.extend(mapping.ranges.iter().map(|&(low, high)| (low, high, index as u32)));
        }
        let order = |bits: u64| {
            if integer.signed {
                i128::from(bits as i64)
            } else {
                i128::from(bits)
            }
        };
        let mut sorted = ranges.clone();
        sorted.sort_by_key(|range| order(range.0));
        let disjoint = sorted.windows(2).all(|pair| order(pair[0].1) < order(pair[1].0));
        self.table.add_labels(Labels {
            signed: integer.signed,
            ranges: if disjoint { sorted } else { ranges },
            labels,
            unknown: format!("{unknown}<unknown>{reset}").into_bytes(),
            between: format!(" : container = {value}").into_bytes(),
            form: Form::of(integer),
            disjoint,
        })
    }
}

impl Annotate for Layout<'_> {
    fn leaf(&mut self, name: Option<&str>, leaf: Leaf<'_>) -> Mark {
        self.begin(name);
        let mark = match leaf {
            Leaf::Integer(integer) if integer.labels.is_some() => {
                self.pending.push_str("( ");
                let form = self.labels(integer);
                let mark = self.out(form);
                self.pending.push_str(self.colors.reset);
                self.pending.push_str(" )");
                return mark;
            }
            Leaf::Integer(integer) => {
                self.pending.push_str(self.colors.value);
                self.out(Form::of(integer))
            }
            Leaf::Real(_) => {
                self.pending.push_str(self.colors.value);
                self.out(Form::Real)
            }
            Leaf::Text => {
                self.pending.push_str(self.colors.value);
                self.out(Form::Quoted)
            }
        };
        self.pending.push_str(self.colors.reset);
        mark
    }

    fn enter(&mut self, name: Option<&str>, what: Enter) -> Option<Mark> {
        self.begin(name);
        self.levels.push(Level { what, members: 0 });
        match what {
            Enter::Structure => self.pending.push('{'),
            Enter::Variant => self.pending.push_str("{ "),
            Enter::Array => {
                self.pending.push('[');
                return Some(self.out(Form::Array(self.names)));
            }
        }
        None
    }

    fn leave(&mut self, what: Enter) -> Option<Mark> {
        self.levels.pop();
        self.pending.push_str(if what == Enter::Array { " ]" } else { " }" });
        None
    }

    fn settle(&mut self) -> Option<Mark> {
        (!self.pending.is_empty()).then(|| self.out(Form::Bare))
    }
}
