// SPDX-License-Identifier: MIT
//! Tokens to a syntax tree: the cursor over tokens, blocks and their entries (CTF 1.8.3, appendix C.2).

use super::declare::Declare;
use super::fault::{Fault, Outcome};
use super::syntax::{Assign, Block, BlockKind, Declaration, Entry, File, Item, Value, ValueKind};
use super::token::{Kind, Mark, Token};

/// Types nested deeper are refused: the parser and everything after it recurse on them.
const MAX_NESTING: usize = 64;

/// Parses the tokens of a text of `end` bytes.
pub(super) fn parse(tokens: &[Token], end: usize) -> Outcome<File> {
    let mut parser = Parser { tokens, next: 0, end, depth: 0 };
    let mut file = File { items: Vec::new(), end };
    while parser.next < tokens.len() {
        if !parser.accept(Mark::Semicolon) {
            file.items.push(parser.item()?);
        }
    }
    Ok(file)
}

/// A cursor over tokens.
pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub fn kind(&self, ahead: usize) -> Option<&'a Kind> {
        self.tokens.get(self.next + ahead).map(|token| &token.kind)
    }

    /// Where the next token stands.
    pub fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    pub fn advance(&mut self) {
        self.next += 1;
    }

    pub fn word(&self, ahead: usize) -> Option<&'a str> {
        match self.kind(ahead) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub fn sees(&self, ahead: usize, mark: Mark) -> bool {
        self.kind(ahead) == Some(&Kind::Mark(mark))
    }

    pub fn accept(&mut self, mark: Mark) -> bool {
        let found = self.sees(0, mark);
        self.next += usize::from(found);
        found
    }

    pub fn accept_word(&mut self, word: &str) -> bool {
        let found = self.word(0) == Some(word);
        self.next += usize::from(found);
        found
    }

    pub fn expect(&mut self, mark: Mark, after: &str) -> Outcome<()> {
        if self.accept(mark) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{}` {after}", mark.text())))
    }

    pub fn unexpected(&self, wanted: &str) -> Fault {
        let found = self.kind(0).map_or("the end of the metadata".to_string(), Kind::describe);
        Fault::new(self.at(), format!("expected {wanted}, found {found}"))
    }

    /// Counts one level of nesting while `inner` parses.
    pub fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth == MAX_NESTING {
            return Err(Fault::new(self.at(), format!("types are nested more than {MAX_NESTING} deep")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn item(&mut self) -> Outcome<Item> {
        let kind = match self.word(0) {
            Some("trace") => BlockKind::Trace,
            Some("env") => BlockKind::Env,
            Some("clock") => BlockKind::Clock,
            Some("stream") => BlockKind::Stream,
            Some("event") => BlockKind::Event,
            Some("callsite") => BlockKind::Callsite,
            _ => {
                return self.declaration("a block (trace, env, clock, stream, event)").map(Item::Declaration)
            }
        };
        let at = self.at();
        self.advance();
        self.expect(Mark::OpenBrace, "to open the block")?;
        let mut entries = Vec::new();
        while !self.accept(Mark::CloseBrace) {
            if !self.accept(Mark::Semicolon) {
                entries.push(self.entry()?);
            }
        }
        self.expect(Mark::Semicolon, "after the block")?;
        Ok(Item::Block(Block { kind, entries, at }))
    }

    fn entry(&mut self) -> Outcome<Entry> {
        let at = self.at();
        if matches!(self.word(0), Some("typedef" | "typealias" | "struct" | "variant" | "enum")) {
            return self.declaration("an attribute or a declaration").map(Entry::Declaration);
        }
        let key = self.path("an attribute's name")?.join(".");
        if self.accept(Mark::Assign) {
            let class = self.type_use()?;
            self.expect(Mark::Semicolon, "after the type")?;
            return Ok(Entry::TypeAssign { key, class, at });
        }
        if !self.accept(Mark::Equals) {
            return Err(self.unexpected("`=` or `:=` after the attribute's name"));
        }
        let value = self.value()?;
        self.expect(Mark::Semicolon, "after the value")?;
        Ok(Entry::Assign(Assign { key, value, at }))
    }

    /// Parses `{ name = value; ... }` of an integer, floating_point or string type.
    pub fn assigns(&mut self) -> Outcome<Vec<Assign>> {
        self.expect(Mark::OpenBrace, "to open the type's attributes")?;
        let mut out = Vec::new();
        while !self.accept(Mark::CloseBrace) {
            if self.accept(Mark::Semicolon) {
                continue;
            }
            let at = self.at();
            let key = self.path("an attribute's name")?.join(".");
            self.expect(Mark::Equals, "after the attribute's name")?;
            let value = self.value()?;
            self.expect(Mark::Semicolon, "after the value")?;
            out.push(Assign { key, value, at });
        }
        Ok(out)
    }

    /// Parses words joined by dots. (`->` is the grammar's other spelling of the dot.)
    pub fn path(&mut self, wanted: &str) -> Outcome<Vec<String>> {
        let mut words = Vec::new();
        loop {
            let Some(word) = self.word(0) else {
                return Err(self.unexpected(wanted));
            };
            words.push(word.to_string());
            self.advance();
            if !self.accept(Mark::Dot) && !self.accept(Mark::Arrow) {
                return Ok(words);
            }
        }
    }

    /// Parses an integer, a string or a path.
    pub fn value(&mut self) -> Outcome<Value> {
        let at = self.at();
        let mut negative = false;
        let mut signed = false;
        while self.sees(0, Mark::Minus) || self.sees(0, Mark::Plus) {
            negative ^= self.sees(0, Mark::Minus);
            signed = true;
            self.advance();
        }
        let kind = match self.kind(0) {
            Some(Kind::Integer(value)) => {
                let value = i128::from(*value);
                ValueKind::Integer(if negative { -value } else { value })
            }
            Some(Kind::Character(value)) => ValueKind::Integer(i128::from(*value)),
            Some(Kind::Text(text)) if !signed => {
                // Adjacent string literals are one, as in C.
                let mut joined = text.clone();
                while let Some(Kind::Text(more)) = self.kind(1) {
                    joined.push_str(more);
                    self.advance();
                }
                ValueKind::Text(joined)
            }
            Some(Kind::Word(_)) if !signed => {
                return Ok(Value { kind: ValueKind::Path(self.path("a value")?), at });
            }
            _ => return Err(self.unexpected("a value (an integer, a string or a name)")),
        };
        self.advance();
        Ok(Value { kind, at })
    }

    /// Parses a typedef, a typealias or a named type.
    fn declaration(&mut self, wanted: &str) -> Outcome<Declaration> {
        Declare { parser: self }.declaration(wanted)
    }

    fn type_use(&mut self) -> Outcome<super::syntax::TypeUse> {
        Declare { parser: self }.type_use()
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Outcome<File> {
        parse(&tokens(text)?, text.len())
    }

    #[test]
    fn every_declaration_parses() {
        let text = r#"
            typealias integer { size = 8; align = 8; signed = false; } := unsigned char;
            typedef unsigned char bytes[4], byte;
            typealias unsigned char * := pointer *;
            struct s { unsigned char a, b[2][3]; bytes c; } align(8);
            enum e : unsigned char { A, "b c" = 3 ... 5, D = -1, };
            variant v { byte A; struct s "x" ; };
        "#;
        assert!(parsed(&text.replace("struct s \"x\"", "struct s D")).is_ok());
        assert_eq!(parsed(text).unwrap_err().message, "expected a member's name, found a string");
    }

    #[test]
    fn errors_say_what_was_expected() {
        for (text, message) in [
            ("trace { major = 1 }", "expected `;` after the value, found `}`"),
            ("trace { major = 1;", "expected an attribute's name, found the end of the metadata"),
            ("trace {}", "expected `;` after the block, found the end of the metadata"),
            ("struct { int a; }", "expected a name for this type, found the end of the metadata"),
            ("stream { x := ; };", "expected a type, found `;`"),
            ("struct s { int ; };", "expected a member's name, found `;`"),
        ] {
            assert_eq!(parsed(text).unwrap_err().message, message, "{text}");
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let deep = "struct { ".repeat(70);
        assert!(parsed(&format!("stream {{ x := {deep}")).unwrap_err().message.contains("nested"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(trace|env|struct|variant|enum|integer|typedef|typealias|[a-z]|[{}();:=.<>*,\\[\\]-]|:=|[0-9]|\"a\"| ){0,60}") {
            let _ = parsed(&text);
        }
    }
}
