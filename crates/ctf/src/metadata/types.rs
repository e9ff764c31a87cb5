// SPDX-License-Identifier: MIT
//! Types as written to field classes: aliases followed, defaults filled in (CTF 1.8.3, section 4).

use std::collections::{HashMap, HashSet};

use super::attributes::Attributes;
use super::fault::{Fault, Outcome};
use super::scope::{Scopes, Space};
use super::syntax::{self, Class, Declaration, Declarator, MemberEntry, TypeUse, Value, ValueKind};
use crate::model::{
    Array, Base, ByteOrder, ClockClass, EnvironmentValue, Field, Integer, Kind, Length, Mapping, Member,
    Real, Reference, Structure, TraceClass, Variant,
};

/// More fields than this, aliases expanded, are refused: copies of copies grow without measure.
const MAX_FIELDS: usize = 1 << 20;

/// A structure with more members is refused, and a variant with more options.
const MAX_MEMBERS: usize = 1 << 14;

/// An enumeration with more labels is refused.
const MAX_LABELS: usize = 1 << 16;

/// Turns types into field classes.
pub(super) struct Types<'a> {
    pub scopes: Scopes,
    /// The trace's byte order, which `native` means.
    pub order: ByteOrder,
    /// The clocks and environment declared so far.
    pub trace: &'a mut TraceClass,
    pub warnings: &'a mut Vec<Fault>,
    pub fields: usize,
}

impl Types<'_> {
    pub fn declare(&mut self, declaration: &Declaration) -> Outcome<()> {
        match declaration {
            Declaration::Typedef { class, names, at } => {
                for name in names {
                    let field = self.declared(class, name)?;
                    self.define(Space::Alias, &name.name, field, *at)?;
                }
                Ok(())
            }
            Declaration::Typealias { class, name, at } => {
                let field = self.used(class)?;
                self.define(Space::Alias, name, field, *at)
            }
            Declaration::Named { class, at } => self.class(class, *at).map(|_| ()),
        }
    }

    fn define(&mut self, space: Space, name: &str, field: Field, at: usize) -> Outcome<()> {
        if self.scopes.define(space, name, field) {
            return Ok(());
        }
        Err(Fault::new(at, format!("`{name}` is already a type in this scope")))
    }

    /// The field class of a type without declarator.
    pub fn used(&mut self, class: &TypeUse) -> Outcome<Field> {
        self.starred(class, class.stars)
    }

    /// The field class of a type with a declarator: stars, then dimensions, the first outermost.
    fn declared(&mut self, class: &TypeUse, name: &Declarator) -> Outcome<Field> {
        let mut field = self.starred(class, class.stars + name.stars)?;
        for dimension in name.dimensions.iter().rev() {
            let length = self.length(dimension)?;
            self.count(1, dimension.at)?;
            let text = matches!(&field.kind, Kind::Integer(i) if i.character && i.size == 8 && i.align == 8);
            field = Field::new(Kind::Array(Array { element: Box::new(field), length, text, uuid: false }));
        }
        Ok(field)
    }

    /// A pointer is an integer: whatever the alias `T *` says, shown in base 16.
    fn starred(&mut self, class: &TypeUse, stars: usize) -> Outcome<Field> {
        if stars == 0 {
            return self.class(&class.class, class.at);
        }
        let Class::Alias(name) = &class.class else {
            return Err(Fault::new(class.at, "only a named type can have a pointer"));
        };
        let mut field = self.alias(&format!("{name}{}", " *".repeat(stars)), class.at)?;
        if let Kind::Integer(integer) = &mut field.kind {
            integer.base = Base::Hexadecimal;
        }
        Ok(field)
    }

    fn alias(&mut self, name: &str, at: usize) -> Outcome<Field> {
        match self.scopes.find(Space::Alias, name) {
            Some(field) => {
                let field = field.clone();
                self.count(size(&field), at)?;
                Ok(field)
            }
            None => Err(Fault::new(at, format!("unknown type `{name}`"))),
        }
    }

    /// Uses a named structure, variant or enumeration without a body.
    fn named(&mut self, space: Space, what: &str, name: &str, at: usize) -> Outcome<Field> {
        match self.scopes.find(space, name) {
            Some(field) => {
                let field = field.clone();
                self.count(size(&field), at)?;
                Ok(field)
            }
            None => Err(Fault::new(at, format!("unknown type `{what} {name}`"))),
        }
    }

    fn count(&mut self, more: usize, at: usize) -> Outcome<()> {
        self.fields += more;
        if self.fields > MAX_FIELDS {
            return Err(Fault::new(at, format!("more than {MAX_FIELDS} fields")));
        }
        Ok(())
    }

    fn class(&mut self, class: &Class, at: usize) -> Outcome<Field> {
        self.count(1, at)?;
        match class {
            Class::Alias(name) => self.alias(name, at),
            Class::Integer(assigns) => self.integer(Attributes::new(assigns, "integer", at)?),
            Class::Real(assigns) => self.real(Attributes::new(assigns, "floating_point", at)?, at),
            Class::String(assigns) => {
                let mut attributes = Attributes::new(assigns, "string", at)?;
                if let Some(value) = attributes.take("encoding") {
                    encoding(value)?;
                }
                attributes.warn(self.warnings);
                Ok(Field::new(Kind::String))
            }
            Class::Enumeration(enumeration) => self.enumeration(enumeration, at),
            Class::Structure(structure) => self.structure(structure, at),
            Class::Variant(variant) => self.variant(variant, at),
        }
    }

    fn integer(&mut self, mut attributes: Attributes<'_>) -> Outcome<Field> {
        let value = attributes.require("size")?;
        let size = match value.integer()? {
            size @ 1..=64 => size as u32,
            _ => return Err(Fault::new(value.at, "expected a size of 1 to 64 bits")),
        };
        let align = match attributes.take("align") {
            Some(value) => value.alignment()?,
            None if size % 8 == 0 => 8,
            None => 1,
        };
        let integer = Integer {
            size,
            align,
            order: self.byte_order(&mut attributes)?,
            signed: attributes.take("signed").map_or(Ok(false), Value::boolean)?,
            base: attributes.take("base").map_or(Ok(Base::Decimal), base)?,
            character: attributes.take("encoding").map_or(Ok(false), encoding)?,
            clock: attributes.take("map").map(|value| self.clock(value)).transpose()?,
            labels: None,
            role: None,
            slot: None,
        };
        attributes.warn(self.warnings);
        Ok(Field::new(Kind::Integer(integer)))
    }

    fn byte_order(&self, attributes: &mut Attributes<'_>) -> Outcome<ByteOrder> {
        match attributes.take("byte_order") {
            Some(value) => Ok(value.byte_order()?.unwrap_or(self.order)),
            None => Ok(self.order),
        }
    }

    /// Finds the clock of `map = clock.NAME.value`.
    fn clock(&self, value: &Value) -> Outcome<usize> {
        let name = match value.path()? {
            [clock, name, of] if clock == "clock" && of == "value" => name,
            _ => return Err(Fault::new(value.at, "expected `clock.NAME.value`")),
        };
        let index = self.trace.clocks.iter().position(|clock: &ClockClass| clock.name == *name);
        index.ok_or_else(|| Fault::new(value.at, format!("unknown clock `{name}`")))
    }

    fn real(&mut self, mut attributes: Attributes<'_>, at: usize) -> Outcome<Field> {
        let exponent = attributes.require("exp_dig")?.integer()?;
        let mantissa = attributes.require("mant_dig")?.integer()?;
        let size = match (exponent, mantissa) {
            (8, 24) => 32,
            (11, 53) => 64,
            _ => {
                let found = format!("exp_dig {exponent} and mant_dig {mantissa}");
                return Err(Fault::new(
                    at,
                    format!("expected exp_dig 8 and mant_dig 24, or 11 and 53, found {found}"),
                ));
            }
        };
        let align = attributes.take("align").map_or(Ok(8), Value::alignment)?;
        let order = self.byte_order(&mut attributes)?;
        attributes.warn(self.warnings);
        Ok(Field::new(Kind::Real(Real { size, align, order })))
    }

    fn enumeration(&mut self, enumeration: &syntax::Enumeration, at: usize) -> Outcome<Field> {
        let Some(body) = &enumeration.body else {
            return self.named(Space::Enumeration, "enum", enumeration.name.as_deref().unwrap_or(""), at);
        };
        let mut field = match &enumeration.container {
            Some(container) => self.used(container)?,
            None => self.alias("int", at)?,
        };
        let Kind::Integer(integer) = &mut field.kind else {
            return Err(Fault::new(at, "the type of an enumeration must be an integer"));
        };
        integer.labels = Some(mappings(body, integer.signed)?);
        self.count(body.len(), at)?;
        if let Some(name) = &enumeration.name {
            self.define(Space::Enumeration, name, field.clone(), at)?;
        }
        Ok(field)
    }

    fn structure(&mut self, structure: &syntax::Structure, at: usize) -> Outcome<Field> {
        let align = structure.align.as_ref().map_or(Ok(1), Value::alignment)?;
        let mut field = match (&structure.body, &structure.name) {
            (Some(body), _) => {
                let members = self.members(body, "member")?;
                Field::new(Kind::Structure(Structure { members, align }))
            }
            (None, name) => self.named(Space::Structure, "struct", name.as_deref().unwrap_or(""), at)?,
        };
        if let Kind::Structure(inner) = &mut field.kind {
            inner.align = inner.align.max(align);
        }
        if let (Some(name), Some(_)) = (&structure.name, &structure.body) {
            self.define(Space::Structure, name, field.clone(), at)?;
        }
        Ok(field)
    }

    fn variant(&mut self, variant: &syntax::Variant, at: usize) -> Outcome<Field> {
        let mut field = match (&variant.body, &variant.name) {
            (Some(body), _) => {
                let options = self.members(body, "option")?;
                if options.is_empty() {
                    return Err(Fault::new(at, "a variant without options"));
                }
                let inner = Variant { selector: None, options, ranges: Vec::new(), signed: false };
                Field::new(Kind::Variant(inner))
            }
            (None, name) => self.named(Space::Variant, "variant", name.as_deref().unwrap_or(""), at)?,
        };
        let selector =
            variant.tag.as_ref().map(|(path, at)| Reference { path: path.clone(), at: *at, slot: 0 });
        if let (Some(name), Some(_)) = (&variant.name, &variant.body) {
            if let (Kind::Variant(inner), Some(selector)) = (&mut field.kind, &selector) {
                inner.selector = Some(selector.clone());
            }
            self.define(Space::Variant, name, field.clone(), at)?;
        }
        if let (Kind::Variant(inner), Some(selector)) = (&mut field.kind, selector) {
            inner.selector = Some(selector);
        }
        Ok(field)
    }

    fn members(&mut self, body: &[MemberEntry], what: &str) -> Outcome<Vec<Member>> {
        self.scopes.push();
        let mut out: Vec<Member> = Vec::new();
        let mut names_so_far = HashSet::new();
        for entry in body {
            match entry {
                MemberEntry::Declaration(declaration) => self.declare(declaration)?,
                MemberEntry::Members { class, names } => {
                    for name in names {
                        if !names_so_far.insert(&name.name) {
                            return Err(Fault::new(name.at, format!("duplicate {what} `{}`", name.name)));
                        }
                        let field = self.declared(class, name)?;
                        if matches!(&field.kind, Kind::Variant(variant) if variant.selector.is_none()) {
                            return Err(Fault::new(
                                name.at,
                                "this variant needs a tag: `variant NAME <TAG>`",
                            ));
                        }
                        if out.len() == MAX_MEMBERS {
                            return Err(Fault::new(name.at, format!("more than {MAX_MEMBERS} {what}s")));
                        }
                        out.push(Member { spelling: name.name.clone(), field });
                    }
                }
            }
        }
        self.scopes.pop();
        Ok(out)
    }

    fn length(&self, value: &Value) -> Outcome<Length> {
        match &value.kind {
            ValueKind::Integer(length) => match u64::try_from(*length) {
                Ok(length) => Ok(Length::Static(length)),
                Err(_) => Err(Fault::new(value.at, "expected a length from 0 to 2^64 - 1")),
            },
            ValueKind::Path(path) if path.len() == 2 && path[0] == "env" => {
                match self.trace.environment_value(&path[1]) {
                    Some(EnvironmentValue::Integer(length)) if *length >= 0 => {
                        Ok(Length::Static(*length as u64))
                    }
                    _ => Err(Fault::new(
                        value.at,
                        format!("`env.{}` is not an integer of at least 0", path[1]),
                    )),
                }
            }
            ValueKind::Path(path) => {
                Ok(Length::Dynamic(Reference { path: path.clone(), at: value.at, slot: 0 }))
            }
            ValueKind::Text(_) => {
                Err(Fault::new(value.at, "expected a length: an integer or a field's name"))
            }
        }
    }
}

fn base(value: &Value) -> Outcome<Base> {
    match (&value.kind, value.word()) {
        (ValueKind::Integer(2), _) | (_, Some("binary" | "b")) => Ok(Base::Binary),
        (ValueKind::Integer(8), _) | (_, Some("octal" | "oct" | "o")) => Ok(Base::Octal),
        (ValueKind::Integer(10), _) | (_, Some("decimal" | "dec" | "d" | "i" | "u")) => Ok(Base::Decimal),
        (ValueKind::Integer(16), _) | (_, Some("hexadecimal" | "hex" | "x" | "X" | "p")) => {
            Ok(Base::Hexadecimal)
        }
        _ => Err(Fault::new(value.at, "expected a base: 2, 8, 10 or 16")),
    }
}

/// Is it text?
fn encoding(value: &Value) -> Outcome<bool> {
    match value.word() {
        Some("UTF8" | "utf8" | "UTF-8" | "utf-8" | "ASCII" | "ascii") => Ok(true),
        Some("none" | "NONE" | "None") => Ok(false),
        _ => Err(Fault::new(value.at, "expected an encoding: `UTF8`, `ASCII` or `none`")),
    }
}

fn mappings(body: &[syntax::Enumerator], signed: bool) -> Outcome<Vec<Mapping>> {
    let mut out: Vec<Mapping> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut next = 0i128;
    for enumerator in body {
        if out.len() == MAX_LABELS {
            return Err(Fault::new(enumerator.at, format!("more than {MAX_LABELS} labels")));
        }
        let (low, high) = match &enumerator.range {
            Some((low, high)) => (low.integer()?, high.as_ref().unwrap_or(low).integer()?),
            None => (next, next),
        };
        if low > high {
            return Err(Fault::new(
                enumerator.at,
                format!("the range of this label begins after its end: {low} ... {high}"),
            ));
        }
        let bits = |value: i128| -> Option<u64> {
            if signed || value < 0 {
                i64::try_from(value).ok().map(|value| value as u64)
            } else {
                u64::try_from(value).ok()
            }
        };
        let (Some(first), Some(last)) = (bits(low), bits(high)) else {
            return Err(Fault::new(enumerator.at, "the value of this label does not fit in 64 bits"));
        };
        if !signed && first > last {
            return Err(Fault::new(
                enumerator.at,
                "the range of this label spans negative values of an unsigned type",
            ));
        }
        next = high + 1;
        let index = *known.entry(&enumerator.label).or_insert(out.len());
        match out.get_mut(index) {
            Some(mapping) => mapping.ranges.push((first, last)),
            None => out.push(Mapping { label: enumerator.label.clone(), ranges: vec![(first, last)] }),
        }
    }
    Ok(out)
}

/// How many fields and labels a field consists of.
fn size(field: &Field) -> usize {
    1 + match &field.kind {
        Kind::Integer(integer) => integer.labels.iter().flatten().map(|mapping| mapping.ranges.len()).sum(),
        Kind::Structure(structure) => structure.members.iter().map(|member| size(&member.field)).sum(),
        Kind::Variant(variant) => variant.options.iter().map(|option| size(&option.field)).sum(),
        Kind::Array(array) => size(&array.element),
        _ => 0,
    }
}
