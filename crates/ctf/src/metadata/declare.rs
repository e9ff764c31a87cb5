// SPDX-License-Identifier: MIT
//! Tokens to a syntax tree: types, members and declarators.

use super::fault::{Fault, Outcome};
use super::parser::Parser;
use super::syntax::{
    Class, Declaration, Declarator, Enumeration, Enumerator, MemberEntry, Structure, TypeUse, Variant,
};
use super::token::{is_keyword, Kind, Mark, TYPE_WORDS};

/// The parser, in the part of the grammar that declares types.
pub(super) struct Declare<'p, 'a> {
    pub parser: &'p mut Parser<'a>,
}

impl Declare<'_, '_> {
    /// Parses a declaration up to and with its semicolon.
    pub fn declaration(&mut self, wanted: &str) -> Outcome<Declaration> {
        let at = self.parser.at();
        let declaration = if self.parser.accept_word("typedef") {
            let class = self.leading_type()?;
            let names = self.declarators("the new type's name")?;
            Declaration::Typedef { class, names, at }
        } else if self.parser.accept_word("typealias") {
            let class = self.type_use()?;
            self.parser.expect(Mark::Assign, "after the aliased type")?;
            let name = self.alias_name()?;
            Declaration::Typealias { class, name, at }
        } else if matches!(self.parser.word(0), Some("struct" | "variant" | "enum")) {
            let class = self.class()?;
            let (named, body) = match &class {
                Class::Structure(s) => (s.name.is_some(), s.body.is_some()),
                Class::Variant(v) => (v.name.is_some(), v.body.is_some()),
                Class::Enumeration(e) => (e.name.is_some(), e.body.is_some()),
                _ => (false, false),
            };
            if !named || !body {
                let wanted = if named { "a body for this type" } else { "a name for this type" };
                return Err(self.parser.unexpected(wanted));
            }
            Declaration::Named { class, at }
        } else {
            return Err(self.parser.unexpected(&format!("{wanted} or a type declaration")));
        };
        self.parser.expect(Mark::Semicolon, "after the declaration")?;
        Ok(declaration)
    }

    /// Parses a type that no declarator follows: all its words are its own.
    pub fn type_use(&mut self) -> Outcome<TypeUse> {
        let at = self.parser.at();
        let class = match self.parser.word(0) {
            Some(word) if !is_keyword(word) || TYPE_WORDS.contains(&word) || word == "const" => {
                Class::Alias(self.words(|_, _| true)?)
            }
            _ => self.class()?,
        };
        let stars = self.stars();
        Ok(TypeUse { class, stars, at })
    }

    /// Parses a type whose last plain word may be the declarator that follows it.
    fn leading_type(&mut self) -> Outcome<TypeUse> {
        let at = self.parser.at();
        let class = match self.parser.word(0) {
            Some(word) if !is_keyword(word) || TYPE_WORDS.contains(&word) || word == "const" => {
                Class::Alias(self.words(|taken, parser| {
                    // A further word belongs to the type if it is a type word, or if yet another follows it.
                    let plain = parser.word(0).is_some_and(|word| !is_keyword(word));
                    taken == 0 || !plain || parser.word(1).is_some()
                })?)
            }
            _ => self.class()?,
        };
        Ok(TypeUse { class, stars: 0, at })
    }

    /// Joins words for as long as `more(words taken, parser)`; `const` changes nothing and is dropped.
    fn words(&mut self, more: impl Fn(usize, &Parser<'_>) -> bool) -> Outcome<String> {
        let mut words: Vec<&str> = Vec::new();
        while let Some(word) = self.parser.word(0) {
            if word == "const" {
                self.parser.advance();
            } else if (!is_keyword(word) || TYPE_WORDS.contains(&word)) && more(words.len(), self.parser) {
                words.push(word);
                self.parser.advance();
            } else {
                break;
            }
        }
        if words.is_empty() {
            return Err(self.parser.unexpected("a type"));
        }
        Ok(words.join(" "))
    }

    fn stars(&mut self) -> usize {
        let mut stars = 0;
        while self.parser.accept(Mark::Star) {
            stars += 1;
            while self.parser.accept_word("const") {}
        }
        stars
    }

    /// Parses what a typealias defines: words and stars, spelled with one space between.
    fn alias_name(&mut self) -> Outcome<String> {
        let mut name = self.words(|_, _| true)?;
        for _ in 0..self.stars() {
            name.push_str(" *");
        }
        Ok(name)
    }

    fn declarators(&mut self, wanted: &str) -> Outcome<Vec<Declarator>> {
        let mut out = Vec::new();
        loop {
            let stars = self.stars();
            let at = self.parser.at();
            let name = self.name(wanted)?;
            let mut dimensions = Vec::new();
            while self.parser.accept(Mark::OpenBracket) {
                dimensions.push(self.parser.value()?);
                self.parser.expect(Mark::CloseBracket, "after the length")?;
            }
            if self.parser.sees(0, Mark::Colon) {
                return Err(Fault::new(self.parser.at(), "bit-field declarators are not supported"));
            }
            out.push(Declarator { name, stars, dimensions, at });
            if !self.parser.accept(Mark::Comma) {
                return Ok(out);
            }
        }
    }

    fn name(&mut self, wanted: &str) -> Outcome<String> {
        match self.parser.word(0) {
            Some(word) if !is_keyword(word) => {
                self.parser.advance();
                Ok(word.to_string())
            }
            _ => Err(self.parser.unexpected(wanted)),
        }
    }

    fn optional_name(&mut self) -> Option<String> {
        self.name("").ok()
    }

    /// Parses a type that begins with a keyword of its own.
    fn class(&mut self) -> Outcome<Class> {
        let Some(word) = self.parser.word(0) else {
            return Err(self.parser.unexpected("a type"));
        };
        match word {
            "integer" | "floating_point" | "string" | "enum" | "struct" | "variant" => self.parser.advance(),
            _ => return Err(self.parser.unexpected("a type")),
        }
        Ok(match word {
            "integer" => Class::Integer(self.parser.assigns()?),
            "floating_point" => Class::Real(self.parser.assigns()?),
            "string" if self.parser.sees(0, Mark::OpenBrace) => Class::String(self.parser.assigns()?),
            "string" => Class::String(Vec::new()),
            "enum" => Class::Enumeration(self.enumeration()?),
            "struct" => Class::Structure(self.structure()?),
            _ => Class::Variant(self.variant()?),
        })
    }

    fn structure(&mut self) -> Outcome<Structure> {
        let name = self.optional_name();
        let body = self.body(name.is_none())?;
        let mut align = None;
        if self.parser.accept_word("align") {
            self.parser.expect(Mark::OpenParen, "after `align`")?;
            align = Some(self.parser.value()?);
            self.parser.expect(Mark::CloseParen, "after the alignment")?;
        }
        Ok(Structure { name, body, align })
    }

    fn variant(&mut self) -> Outcome<Variant> {
        let name = self.optional_name();
        let mut tag = None;
        if self.parser.accept(Mark::Less) {
            let at = self.parser.at();
            tag = Some((self.parser.path("the tag's name")?, at));
            self.parser.expect(Mark::Greater, "after the tag")?;
        }
        let body = self.body(name.is_none())?;
        Ok(Variant { name, tag, body })
    }

    /// Parses `{ members }`, which may be missing unless `required`.
    fn body(&mut self, required: bool) -> Outcome<Option<Vec<MemberEntry>>> {
        if !required && !self.parser.sees(0, Mark::OpenBrace) {
            return Ok(None);
        }
        self.parser.expect(Mark::OpenBrace, "to open the type's body")?;
        self.parser.nested(|parser| {
            let mut inner = Declare { parser };
            let mut out = Vec::new();
            while !inner.parser.accept(Mark::CloseBrace) {
                if !inner.parser.accept(Mark::Semicolon) {
                    out.push(inner.member()?);
                }
            }
            Ok(Some(out))
        })
    }

    fn member(&mut self) -> Outcome<MemberEntry> {
        if matches!(self.parser.word(0), Some("typedef" | "typealias")) {
            return self.declaration("a member").map(MemberEntry::Declaration);
        }
        let at = self.parser.at();
        let class = self.leading_type()?;
        if self.parser.accept(Mark::Semicolon) {
            return match class.class {
                Class::Structure(Structure { name: Some(_), body: Some(_), .. })
                | Class::Variant(Variant { name: Some(_), body: Some(_), .. })
                | Class::Enumeration(Enumeration { name: Some(_), body: Some(_), .. }) => {
                    Ok(MemberEntry::Declaration(Declaration::Named { class: class.class, at }))
                }
                _ => Err(Fault::new(self.parser.at() - 1, "expected a member's name, found `;`")),
            };
        }
        let names = self.declarators("a member's name")?;
        self.parser.expect(Mark::Semicolon, "after the member")?;
        Ok(MemberEntry::Members { class, names })
    }

    fn enumeration(&mut self) -> Outcome<Enumeration> {
        let name = self.optional_name();
        let mut container = None;
        if self.parser.accept(Mark::Colon) {
            container = Some(Box::new(self.parser.nested(|parser| Declare { parser }.type_use())?));
        }
        if !self.parser.sees(0, Mark::OpenBrace) && name.is_some() && container.is_none() {
            return Ok(Enumeration { name, container, body: None });
        }
        self.parser.expect(Mark::OpenBrace, "to open the enumeration")?;
        let mut body = Vec::new();
        while !self.parser.accept(Mark::CloseBrace) {
            body.push(self.enumerator()?);
            if !self.parser.accept(Mark::Comma) {
                self.parser.expect(Mark::CloseBrace, "or `,` after the label")?;
                break;
            }
        }
        Ok(Enumeration { name, container, body: Some(body) })
    }

    fn enumerator(&mut self) -> Outcome<Enumerator> {
        let at = self.parser.at();
        let label = match self.parser.kind(0) {
            Some(Kind::Word(word)) => word.clone(),
            Some(Kind::Text(text)) => text.clone(),
            _ => return Err(self.parser.unexpected("a label")),
        };
        self.parser.advance();
        let mut range = None;
        if self.parser.accept(Mark::Equals) {
            let low = self.parser.value()?;
            let high = if self.parser.accept(Mark::Ellipsis) { Some(self.parser.value()?) } else { None };
            range = Some((low, high));
        }
        Ok(Enumerator { label, range, at })
    }
}
