// SPDX-License-Identifier: MIT
//! The `name = value;` statements of a block or type: each at most once, each of its kind.

use std::collections::HashSet;

use super::fault::{Fault, Outcome};
use super::syntax::{Assign, Value, ValueKind};
use crate::model::{ByteOrder, Uuid};

/// The attributes of one block; taking one strikes it off, and what remains is unknown.
pub(super) struct Attributes<'a> {
    left: Vec<&'a Assign>,
    at: usize,
    what: &'static str,
}

impl<'a> Attributes<'a> {
    /// Collects the attributes of a `what` that begins at `at`.
    pub fn new(
        assigns: impl IntoIterator<Item = &'a Assign>,
        what: &'static str,
        at: usize,
    ) -> Outcome<Self> {
        let mut left: Vec<&Assign> = Vec::new();
        let mut keys = HashSet::new();
        for assign in assigns {
            if !keys.insert(&assign.key) {
                return Err(Fault::new(assign.at, format!("duplicate attribute `{}`", assign.key)));
            }
            left.push(assign);
        }
        Ok(Self { left, at, what })
    }

    pub fn take(&mut self, key: &str) -> Option<&'a Value> {
        let index = self.left.iter().position(|assign| assign.key == key)?;
        Some(&self.left.swap_remove(index).value)
    }

    pub fn require(&mut self, key: &str) -> Outcome<&'a Value> {
        self.take(key).ok_or_else(|| Fault::new(self.at, format!("{} without `{key}`", self.what)))
    }

    /// What is left is not an error: tracers may say more than we know.
    pub fn warn(self, warnings: &mut Vec<Fault>) {
        for assign in self.left {
            warnings
                .push(Fault::new(assign.at, format!("unknown attribute `{}` of {}", assign.key, self.what)));
        }
    }
}

impl Value {
    pub fn integer(&self) -> Outcome<i128> {
        match self.kind {
            ValueKind::Integer(value) => Ok(value),
            _ => Err(Fault::new(self.at, "expected an integer")),
        }
    }

    pub fn unsigned(&self) -> Outcome<u64> {
        u64::try_from(self.integer()?)
            .map_err(|_| Fault::new(self.at, "expected an integer from 0 to 2^64 - 1"))
    }

    pub fn signed(&self) -> Outcome<i64> {
        i64::try_from(self.integer()?).map_err(|_| Fault::new(self.at, "expected an integer of 64 bits"))
    }

    pub fn text(&self) -> Outcome<&str> {
        match &self.kind {
            ValueKind::Text(text) => Ok(text),
            _ => Err(Fault::new(self.at, "expected a string")),
        }
    }

    /// A word, in quotes or not.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Text(text) => Some(text),
            ValueKind::Path(path) if path.len() == 1 => Some(&path[0]),
            _ => None,
        }
    }

    pub fn path(&self) -> Outcome<&[String]> {
        match &self.kind {
            ValueKind::Path(path) => Ok(path),
            _ => Err(Fault::new(self.at, "expected a name")),
        }
    }

    pub fn boolean(&self) -> Outcome<bool> {
        match (&self.kind, self.word()) {
            (ValueKind::Integer(value), _) => Ok(*value != 0),
            (_, Some("true" | "TRUE")) => Ok(true),
            (_, Some("false" | "FALSE")) => Ok(false),
            _ => Err(Fault::new(self.at, "expected `true` or `false`")),
        }
    }

    /// A byte order, or `None` for `native`.
    pub fn byte_order(&self) -> Outcome<Option<ByteOrder>> {
        match self.word() {
            Some("le") => Ok(Some(ByteOrder::Little)),
            Some("be" | "network") => Ok(Some(ByteOrder::Big)),
            Some("native") => Ok(None),
            _ => Err(Fault::new(self.at, "expected a byte order: `le`, `be`, `network` or `native`")),
        }
    }

    /// An alignment in bits.
    pub fn alignment(&self) -> Outcome<u32> {
        match u32::try_from(self.integer()?) {
            Ok(align) if align.is_power_of_two() => Ok(align),
            _ => Err(Fault::new(self.at, "expected an alignment: a power of two up to 2^31")),
        }
    }

    pub fn uuid(&self) -> Outcome<Uuid> {
        parse_uuid(self.text()?).ok_or_else(|| Fault::new(self.at, "expected a UUID"))
    }
}

fn parse_uuid(text: &str) -> Option<Uuid> {
    let mut out = [0; 16];
    let bytes = text.as_bytes();
    if bytes.len() != 36 || [8, 13, 18, 23].iter().any(|&i| bytes[i] != b'-') {
        return None;
    }
    let mut digits = bytes.iter().filter(|&&b| b != b'-').map(|&b| char::from(b).to_digit(16));
    for byte in &mut out {
        *byte = (digits.next()?? * 16 + digits.next()??) as u8;
    }
    digits.next().is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids() {
        let text = "1a8d5a6c-83d2-4f45-a7cb-ed88c0398971";
        assert_eq!(crate::model::uuid_text(&parse_uuid(text).unwrap()), text);
        for bad in [
            "",
            "1a8d5a6c-83d2-4f45-a7cb-ed88c039897",
            "1a8d5a6c083d2-4f45-a7cb-ed88c0398971",
            "1a8d5a6c-83d2-4f45-a7cb-ed88c039897-",
        ] {
            assert_eq!(parse_uuid(bad), None);
        }
    }
}
