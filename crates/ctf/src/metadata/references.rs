// SPDX-License-Identifier: MIT
//! Lengths and tags to the fields they name (CTF 1.8.3, section 7.3.2).
//!
//! A path beginning with a scope's name is absolute. Any other is looked for among the earlier
//! members of the structures around the field, innermost first. The field found must come before its
//! user, so an array or a variant can only be entered by a user within it.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::fault::{Fault, Outcome};
use crate::model::{
    Field, Integer, Kind, Length, Mapping, Member, Range, Reference, Slot, Structure, TraceClass, Variant,
};

/// The scopes in the order they are decoded, and the absolute prefix of each.
const SCOPES: [&[&str]; 6] = [
    &["trace", "packet", "header"],
    &["stream", "packet", "context"],
    &["stream", "event", "header"],
    &["stream", "event", "context"],
    &["event", "context"],
    &["event", "fields"],
];

/// The scopes visible from some field, in the order of `SCOPES`.
type Scopes<'a> = [Option<&'a Field>; 6];
type ScopesMut<'a> = [Option<&'a mut Field>; 6];

/// Resolves every reference of the trace.
pub(super) fn resolve(trace: &mut TraceClass) -> Outcome<()> {
    let mut slots = 0;
    let TraceClass { packet_header, streams, .. } = trace;
    scope(0, [packet_header.as_mut(), None, None, None, None, None], &mut slots)?;
    for stream in streams {
        for index in 1..4 {
            let scopes = [
                packet_header.as_mut(),
                stream.packet_context.as_mut(),
                stream.event_header.as_mut(),
                stream.event_context.as_mut(),
                None,
                None,
            ];
            scope(index, scopes, &mut slots)?;
        }
        for event in &mut stream.events {
            for index in 4..6 {
                let scopes = [
                    packet_header.as_mut(),
                    stream.packet_context.as_mut(),
                    stream.event_header.as_mut(),
                    stream.event_context.as_mut(),
                    event.context.as_mut(),
                    event.payload.as_mut(),
                ];
                scope(index, scopes, &mut slots)?;
            }
        }
    }
    trace.slots = slots as usize;
    Ok(())
}

/// Resolves the references of one scope: finds the targets, gives them slots, tells their users.
fn scope(index: usize, mut scopes: ScopesMut<'_>, slots: &mut Slot) -> Outcome<()> {
    let mut targets = Vec::new();
    {
        let seen: Scopes<'_> = std::array::from_fn(|i| scopes[i].as_deref());
        let Some(root) = seen[index] else {
            return Ok(());
        };
        let mut finder = Finder {
            scopes: seen,
            scope: index,
            path: Vec::new(),
            around: Vec::new(),
            targets: &mut targets,
        };
        finder.visit(root)?;
    }
    let mut found = Vec::with_capacity(targets.len());
    for target in targets {
        let Some(integer) =
            scopes[target.scope].as_deref_mut().and_then(|root| integer_at(root, &target.path))
        else {
            return Err(Fault::new(target.at, "this names no integer"));
        };
        let slot = *integer.slot.get_or_insert_with(|| {
            *slots += 1;
            *slots - 1
        });
        found.push((slot, integer.clone()));
    }
    match scopes[index].as_deref_mut() {
        Some(root) => inform(root, &mut found.into_iter()),
        None => Ok(()),
    }
}

/// Where a reference's target is: a scope, and child numbers from its root.
struct Target {
    scope: usize,
    path: Vec<usize>,
    at: usize,
}

/// Visits a scope's fields in order and finds the target of each reference.
struct Finder<'a, 't> {
    scopes: Scopes<'a>,
    scope: usize,
    /// Child numbers down to the current field.
    path: Vec<usize>,
    /// The structures around it, and how long `path` was at each.
    around: Vec<(&'a Structure, usize)>,
    targets: &'t mut Vec<Target>,
}

impl<'a> Finder<'a, '_> {
    fn visit(&mut self, field: &'a Field) -> Outcome<()> {
        match &field.kind {
            Kind::Structure(structure) => {
                self.around.push((structure, self.path.len()));
                self.children(&structure.members)?;
                self.around.pop();
            }
            Kind::Variant(variant) => {
                if let Some(selector) = &variant.selector {
                    let labelled = |integer: &Integer| integer.labels.is_some();
                    self.find(selector, &labelled, "an enumeration")?;
                }
                self.children(&variant.options)?;
            }
            Kind::Array(array) => {
                if let Length::Dynamic(length) = &array.length {
                    self.find(length, &|integer| !integer.signed, "an unsigned integer")?;
                }
                self.path.push(0);
                self.visit(&array.element)?;
                self.path.pop();
            }
            Kind::Integer(_) | Kind::Real(_) | Kind::String => {}
        }
        Ok(())
    }

    fn children(&mut self, members: &'a [Member]) -> Outcome<()> {
        for (index, member) in members.iter().enumerate() {
            self.path.push(index);
            self.visit(&member.field)?;
            self.path.pop();
        }
        Ok(())
    }

    fn find(&mut self, reference: &Reference, fits: &dyn Fn(&Integer) -> bool, wanted: &str) -> Outcome<()> {
        let spelled = || reference.path.join(".");
        let absolute = SCOPES.iter().position(|prefix| {
            reference.path.len() > prefix.len() && reference.path.iter().zip(*prefix).all(|(a, b)| a == b)
        });
        let found = match absolute {
            Some(scope) => self.absolute(scope, &reference.path[SCOPES[scope].len()..]),
            None => self.relative(&reference.path),
        };
        let Some((scope, path, field)) = found else {
            return Err(Fault::new(reference.at, format!("`{}` names no field before this one", spelled())));
        };
        match &field.kind {
            Kind::Integer(integer) if fits(integer) => {}
            _ => return Err(Fault::new(reference.at, format!("`{}` is not {wanted}", spelled()))),
        }
        self.targets.push(Target { scope, path, at: reference.at });
        Ok(())
    }

    fn relative(&self, names: &[String]) -> Option<(usize, Vec<usize>, &'a Field)> {
        for &(structure, depth) in self.around.iter().rev() {
            let current = self.path[depth];
            let index = structure.members[..current].iter().rposition(|member| member.spelling == names[0]);
            let Some(index) = index else { continue };
            let mut path = self.path[..depth].to_vec();
            path.push(index);
            if let Some(field) =
                self.descend(self.scope, &structure.members[index].field, &mut path, &names[1..])
            {
                return Some((self.scope, path, field));
            }
        }
        None
    }

    fn absolute(&self, scope: usize, names: &[String]) -> Option<(usize, Vec<usize>, &'a Field)> {
        let mut path = Vec::new();
        let field = self.descend(scope, self.scopes[scope]?, &mut path, names)?;
        let before = match scope.cmp(&self.scope) {
            Ordering::Less => true,
            Ordering::Equal => path < self.path && !self.path.starts_with(&path),
            Ordering::Greater => false,
        };
        before.then_some((scope, path, field))
    }

    /// Follows `names` down from `field`, which stands at `path` of `scope`.
    fn descend(
        &self,
        scope: usize,
        mut field: &'a Field,
        path: &mut Vec<usize>,
        names: &[String],
    ) -> Option<&'a Field> {
        let mut names = names.iter();
        let mut pending = names.next();
        loop {
            let inside = scope == self.scope && self.path.len() > path.len() && self.path.starts_with(path);
            let current = self.path.get(path.len()).copied().unwrap_or(0);
            match &field.kind {
                Kind::Structure(structure) if pending.is_some() => {
                    let name = pending?;
                    let index = structure.members.iter().position(|member| member.spelling == *name)?;
                    path.push(index);
                    field = &structure.members[index].field;
                    pending = names.next();
                }
                Kind::Array(array) if inside && pending.is_some() => {
                    path.push(0);
                    field = &array.element;
                }
                Kind::Variant(variant) if inside && pending.is_some() => {
                    let option = &variant.options[current];
                    if pending.is_some_and(|name| *name == option.spelling) {
                        pending = names.next();
                    }
                    path.push(current);
                    field = &option.field;
                }
                _ => return pending.is_none().then_some(field),
            }
        }
    }
}

/// Finds the integer at child numbers `path` below `field`.
fn integer_at<'f>(mut field: &'f mut Field, path: &[usize]) -> Option<&'f mut Integer> {
    for &index in path {
        field = match &mut field.kind {
            Kind::Structure(structure) => &mut structure.members.get_mut(index)?.field,
            Kind::Variant(variant) => &mut variant.options.get_mut(index)?.field,
            Kind::Array(array) => &mut array.element,
            Kind::Integer(_) | Kind::Real(_) | Kind::String => return None,
        };
    }
    match &mut field.kind {
        Kind::Integer(integer) => Some(integer),
        _ => None,
    }
}

/// Visits the fields in the finder's order and tells each reference where its target's value is kept.
fn inform(field: &mut Field, found: &mut dyn Iterator<Item = (Slot, Integer)>) -> Outcome<()> {
    match &mut field.kind {
        Kind::Structure(structure) => {
            for member in &mut structure.members {
                inform(&mut member.field, found)?;
            }
        }
        Kind::Variant(variant) => {
            if let (true, Some((slot, integer))) = (variant.selector.is_some(), found.next()) {
                select(variant, slot, &integer)?;
            }
            for option in &mut variant.options {
                inform(&mut option.field, found)?;
            }
        }
        Kind::Array(array) => {
            if let Length::Dynamic(length) = &mut array.length {
                if let Some((slot, _)) = found.next() {
                    length.slot = slot;
                }
            }
            inform(&mut array.element, found)?;
        }
        Kind::Integer(_) | Kind::Real(_) | Kind::String => {}
    }
    Ok(())
}

/// Finds which values of the tag select which option, by label.
fn select(variant: &mut Variant, slot: Slot, tag: &Integer) -> Outcome<()> {
    let Some(selector) = &mut variant.selector else {
        return Ok(());
    };
    selector.slot = slot;
    variant.signed = tag.signed;
    variant.ranges.clear();
    let labels: HashMap<&str, &Mapping> =
        tag.labels.iter().flatten().map(|mapping| (mapping.label.as_str(), mapping)).collect();
    for (option, member) in variant.options.iter().enumerate() {
        let label = labels.get(member.spelling.as_str());
        for &(low, high) in label.iter().flat_map(|mapping| &mapping.ranges) {
            variant.ranges.push(Range { low, high, option });
        }
    }
    let order = |bits: u64| {
        if tag.signed {
            i128::from(bits as i64)
        } else {
            i128::from(bits)
        }
    };
    variant.ranges.sort_by_key(|range| order(range.low));
    for pair in variant.ranges.windows(2) {
        if pair[0].option != pair[1].option && order(pair[0].high) >= order(pair[1].low) {
            let options =
                [pair[0].option, pair[1].option].map(|index| variant.options[index].spelling.clone());
            let message = format!("a value of the tag selects both `{}` and `{}`", options[0], options[1]);
            return Err(Fault::new(selector.at, message));
        }
    }
    Ok(())
}
