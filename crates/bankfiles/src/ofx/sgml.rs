//! A tokenizer for OFX of both kinds: SGML, where a value ends at the next tag, and XML, where it is closed.
//!
//! Never builds a tree and never fails: what is no tag is text. Nesting is for the reader to judge.

use std::borrow::Cow;

#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `<NAME>` and the text up to the next tag, trimmed.
    Open {
        name: &'a str,
        value: Cow<'a, str>,
        line: usize,
    },
    Close {
        name: &'a str,
    },
}

pub(super) struct Tokens<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn advance(&mut self, by: usize) -> &'a str {
        let (passed, rest) = self.rest.split_at(by);
        self.line += memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        self.rest = rest;
        passed
    }

    /// Past `<!-- .. -->`, `<? .. ?>` and `<!DOCTYPE ..>`.
    fn skip_markup(&mut self) -> bool {
        let end = if self.rest.starts_with("<!--") {
            self.rest.find("-->").map(|at| at + 3)
        } else if self.rest.starts_with("<?") || self.rest.starts_with("<!") && !self.rest.starts_with("<![CDATA[") {
            self.rest.find('>').map(|at| at + 1)
        } else {
            return false;
        };
        let by = end.unwrap_or(self.rest.len());
        self.advance(by);
        true
    }

    /// Text up to the next tag; comments within are left out and CDATA is taken.
    fn value(&mut self) -> Cow<'a, str> {
        let mut found = Cow::Borrowed("");
        loop {
            let end = next_markup(self.rest);
            let piece = self.advance(end).trim();
            if !piece.is_empty() {
                let piece = unescape(piece);
                found = if found.is_empty() { piece } else { Cow::Owned(format!("{found} {piece}")) };
            }
            if let Some(inner) = self.rest.strip_prefix("<![CDATA[") {
                let end = inner.find("]]>").unwrap_or(inner.len());
                found.to_mut().push_str(inner[..end].trim());
                let by = (9 + end + 3).min(self.rest.len());
                self.advance(by);
            } else if !self.rest.starts_with("<!--") || !self.skip_markup() {
                return found;
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let by = next_markup(self.rest);
            self.advance(by);
            if self.rest.is_empty() {
                return None;
            }
            if self.skip_markup() {
                continue;
            }
            let line = self.line;
            let Some(end) = self.rest.find('>') else {
                self.rest = "";
                return None;
            };
            let tag = &self.rest[1..end];
            self.advance(end + 1);
            if let Some(name) = tag.strip_prefix('/') {
                return Some(Token::Close { name: name.trim() });
            }
            let is_empty = tag.ends_with('/');
            let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or_default();
            let value = if is_empty { Cow::Borrowed("") } else { self.value() };
            return Some(Token::Open { name, value, line });
        }
    }
}

/// Where the next tag or markup begins; a `<` before anything else is text.
fn next_markup(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_tag =
        |&at: &usize| bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'));
    memchr::memchr_iter(b'<', bytes).find(is_tag).unwrap_or(text.len())
}

/// `&amp;`, `&lt;`, `&#228;` ...; an ampersand that begins none of them stays.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[..end])?, end))) {
            Some((letter, end)) => {
                plain.push(letter);
                rest = &rest[end + 1..];
            }
            None => plain.push('&'),
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn entity(name: &str) -> Option<char> {
    let code = name.strip_prefix('#').map(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    match (code, name) {
        (Some(code), _) => char::from_u32(code?),
        (None, "amp") => Some('&'),
        (None, "lt") => Some('<'),
        (None, "gt") => Some('>'),
        (None, "quot") => Some('"'),
        (None, "apos") => Some('\''),
        (None, "nbsp") => Some(' '),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let tokens = Tokens::new(text).map(|token| match token {
            Token::Open { name, value, .. } => (name.to_owned(), value.into_owned()),
            Token::Close { name } => (format!("/{name}"), String::new()),
        });
        tokens.collect()
    }

    #[test]
    fn values_with_and_without_an_end() {
        let expected = [("A", ""), ("B", "1 & 2"), ("C", "x<3"), ("/C", ""), ("D", ""), ("/A", "")];
        let found = read("junk <A>\n<B>1 & 2\n<C>x&lt;3</C><D/><!-- <E>no --></A>");
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(read("<M>a < b &#252; &nope; <![CDATA[<raw>]]></M>")[0].1, "a < b ü &nope;<raw>");
        assert_eq!(read("<A"), []);
    }
}
