// SPDX-License-Identifier: MIT
//! Text to tokens: comments, constants and literals as in C (CTF 1.8.3, appendix C.1).

use super::fault::{Fault, Outcome};
use super::token::{Kind, Token, MARKS};

/// Cuts `text` into tokens.
pub(super) fn tokens(text: &str) -> Outcome<Vec<Token>> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0 };
    let mut out = Vec::with_capacity(text.len() / 5);
    while let Some(token) = lexer.next()? {
        out.push(token);
    }
    Ok(out)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn next(&mut self) -> Outcome<Option<Token>> {
        self.skip_blanks()?;
        let at = self.at;
        let Some(&first) = self.bytes.get(at) else {
            return Ok(None);
        };
        let kind = match first {
            b'L' if matches!(self.peek(1), b'"' | b'\'') => {
                return Err(Fault::new(at, "wide strings and characters are not supported"));
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Kind::Word(self.word()),
            b'0'..=b'9' => Kind::Integer(self.integer()?),
            b'"' => Kind::Text(String::from_utf8_lossy(&self.quoted(b'"', "string")?).into_owned()),
            b'\'' => match self.quoted(b'\'', "character")?[..] {
                [one] => Kind::Character(one),
                _ => return Err(Fault::new(at, "expected exactly one character between the quotes")),
            },
            _ => self.mark()?,
        };
        Ok(Some(Token { kind, at }))
    }

    fn skip_blanks(&mut self) -> Outcome<()> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                (b'/', b'/') => {
                    self.at += self.bytes[self.at..].iter().take_while(|&&b| b != b'\n').count();
                }
                (b'/', b'*') => {
                    let rest = &self.bytes[self.at + 2..];
                    let Some(end) = rest.windows(2).position(|pair| pair == b"*/") else {
                        return Err(Fault::new(self.at, "this comment never ends: expected `*/`"));
                    };
                    self.at += 2 + end + 2;
                }
                _ => return Ok(()),
            }
        }
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()
    }

    fn integer(&mut self) -> Outcome<u64> {
        let start = self.at;
        let (radix, prefix) = match (self.peek(0), self.peek(1)) {
            (b'0', b'x' | b'X') => (16, 2),
            (b'0', b'b' | b'B') => (2, 2),
            (b'0', _) => (8, 0),
            _ => (10, 0),
        };
        self.at += prefix;
        let digits = self.at;
        while self.peek(0).is_ascii_hexdigit() && (radix == 16 || self.peek(0).is_ascii_digit()) {
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[digits..self.at]).unwrap_or("");
        let value = u64::from_str_radix(text, radix).map_err(|_| {
            Fault::new(start, format!("expected an integer of base {radix} that fits in 64 bits"))
        })?;
        while matches!(self.peek(0), b'u' | b'U' | b'l' | b'L') {
            self.at += 1;
        }
        if self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            return Err(Fault::new(self.at, format!("a digit of base {radix} was expected here")));
        }
        Ok(value)
    }

    /// Reads up to the closing quote, resolving escapes.
    fn quoted(&mut self, quote: u8, what: &str) -> Outcome<Vec<u8>> {
        let start = self.at;
        let unfinished = || Fault::new(start, format!("this {what} never ends: expected the closing quote"));
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let byte = *self.bytes.get(self.at).ok_or_else(unfinished)?;
            self.at += 1;
            match byte {
                b if b == quote => return Ok(out),
                b'\n' => return Err(unfinished()),
                b'\\' => out.push(self.escape()?),
                other => out.push(other),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Outcome<u8> {
        let at = self.at - 1;
        let byte = self.peek(0);
        self.at += 1;
        Ok(match byte {
            b'a' => 7,
            b'b' => 8,
            b'e' => 27,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'?' => byte,
            b'x' => self.code(16, 2, at)?,
            b'0'..=b'7' => {
                self.at -= 1;
                self.code(8, 3, at)?
            }
            _ => return Err(Fault::new(at, "unknown escape sequence")),
        })
    }

    /// Reads up to `most` digits of a numeric escape.
    fn code(&mut self, radix: u32, most: usize, at: usize) -> Outcome<u8> {
        let mut value = 0;
        let mut count = 0;
        while count < most {
            let Some(digit) = char::from(self.peek(0)).to_digit(radix) else {
                break;
            };
            value = value * radix + digit;
            self.at += 1;
            count += 1;
        }
        match u8::try_from(value) {
            Ok(value) if count > 0 => Ok(value),
            _ => Err(Fault::new(at, "this escape sequence is not one byte")),
        }
    }

    fn mark(&mut self) -> Outcome<Kind> {
        let rest = &self.bytes[self.at..];
        for (mark, text) in MARKS {
            if rest.starts_with(text.as_bytes()) {
                self.at += text.len();
                return Ok(Kind::Mark(*mark));
            }
        }
        let shown = String::from_utf8_lossy(&rest[..rest.len().min(4)]).chars().next().unwrap_or('?');
        Err(Fault::new(self.at, format!("unexpected character {shown:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::Mark;
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn constants_of_every_base() {
        let found = kinds("10 0x1Fu 017ull 0b101 0 18446744073709551615");
        assert_eq!(found, [10, 31, 15, 5, 0, u64::MAX].map(Kind::Integer));
        for bad in ["18446744073709551616", "08", "1x", "0x", "0b2"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn literals_with_escapes() {
        assert_eq!(kinds(r#""a\n\x41\101\"\\" '\t'"#), [Kind::Text("a\nAA\"\\".into()), Kind::Character(9)]);
        for bad in ["\"abc", "\"a\nb\"", r#""\q""#, r#""\xzz""#, r#""\777""#, "L\"a\"", "''", "'ab'"] {
            assert!(tokens(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn comments_vanish_and_marks_are_longest_first() {
        let found = kinds("a/* x */.b// y\n:=...->");
        assert_eq!(found[0], Kind::Word("a".into()));
        assert_eq!(found[1], Kind::Mark(Mark::Dot));
        assert_eq!(found[3..], [Mark::Assign, Mark::Ellipsis, Mark::Arrow].map(Kind::Mark));
        assert_eq!(tokens("a /* b").unwrap_err().at, 2);
    }

    proptest! {
        #[test]
        fn never_panics(text in ".*") {
            let _ = tokens(&text);
        }

        #[test]
        fn never_panics_on_what_looks_like_tsdl(text in "[a-z0-9_ \"'\\\\/*{}\\[\\]();:=.<>,\n-]{0,80}") {
            let _ = tokens(&text);
        }
    }
}
