// SPDX-License-Identifier: MIT
//! The tokens of TSDL, CTF 1.8's metadata language.

/// One token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or a keyword: which one, the parser knows from the place.
    Word(String),
    /// An integer constant's magnitude.
    Integer(u64),
    /// A string literal, escapes resolved.
    Text(String),
    /// A character literal.
    Character(u8),
    /// A punctuator.
    Mark(Mark),
}

macro_rules! marks {
    ($($name:ident $text:literal)*) => {
        /// A punctuator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Mark { $($name),* }

        /// Every punctuator and its spelling, longer ones first.
        pub(super) const MARKS: &[(Mark, &str)] = &[$((Mark::$name, $text)),*];
    };
}

marks! {
    Ellipsis "..." Assign ":=" Arrow "->"
    Equals "=" Semicolon ";" Colon ":" Comma "," Dot "." Star "*" Minus "-" Plus "+"
    OpenBrace "{" CloseBrace "}" OpenBracket "[" CloseBracket "]"
    OpenParen "(" CloseParen ")" Less "<" Greater ">"
}

impl Mark {
    pub fn text(self) -> &'static str {
        MARKS.iter().find(|(mark, _)| *mark == self).map_or("", |(_, text)| text)
    }
}

impl Kind {
    /// How an error message names this token.
    pub fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Integer(value) => format!("`{value}`"),
            Self::Text(_) => "a string".to_string(),
            Self::Character(_) => "a character".to_string(),
            Self::Mark(mark) => format!("`{}`", mark.text()),
        }
    }
}

/// The words that begin or modify a type.
pub(super) const TYPE_WORDS: &[&str] = &[
    "void",
    "char",
    "short",
    "int",
    "long",
    "float",
    "double",
    "signed",
    "unsigned",
    "_Bool",
    "_Complex",
    "_Imaginary",
];

/// Every keyword of TSDL.
const KEYWORDS: &[&str] = &[
    "align",
    "callsite",
    "const",
    "clock",
    "enum",
    "env",
    "event",
    "floating_point",
    "integer",
    "stream",
    "string",
    "struct",
    "trace",
    "typealias",
    "typedef",
    "variant",
];

/// Is `word` reserved, so that no member, option or type may be called so?
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word) || TYPE_WORDS.contains(&word)
}
