// SPDX-License-Identifier: MIT
//! Names of types: what each declaration scope knows (CTF 1.8.3, section 7.3.1).

use std::collections::HashMap;

use crate::model::Field;

/// The spaces of names; the same name may stand once in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Alias,
    Structure,
    Variant,
    Enumeration,
}

/// Scopes, innermost last. A name hides its namesakes further out.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    levels: Vec<HashMap<(Space, String), Field>>,
}

impl Scopes {
    pub fn push(&mut self) {
        self.levels.push(HashMap::new());
    }

    pub fn pop(&mut self) {
        self.levels.pop();
    }

    pub fn find(&self, space: Space, name: &str) -> Option<&Field> {
        let key = (space, name.to_string());
        self.levels.iter().rev().find_map(|level| level.get(&key))
    }

    /// Adds a name to the innermost scope; false if it is taken there.
    pub fn define(&mut self, space: Space, name: &str, field: Field) -> bool {
        match self.levels.last_mut() {
            Some(level) => level.insert((space, name.to_string()), field).is_none(),
            None => false,
        }
    }
}
