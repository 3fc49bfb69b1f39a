//! A Rust file as one flat list of tokens, each with its line, its partner bracket and whether it is test code.
//!
//! Comments are gone and doc comments are left out, so no rule trips over prose. Test code is what stands under
//! `#[cfg(test)]`, `#[test]` or `#[something::test]`.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Literal,
    Sign,
    Open,
    Close,
}

#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) line: usize,
    /// The index of the closing bracket, for an opening one.
    pub(crate) close: usize,
    pub(crate) test: bool,
}

/// The error is the line where the text stops being Rust.
pub(crate) fn read(text: &str, is_test: bool) -> Result<Vec<Token>, usize> {
    let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| error.span().start().line)?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    for token in &mut tokens {
        token.test = is_test;
    }
    mark_tests(&mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                let start = tokens.len();
                tokens.push(token(Kind::Open, open, group.span_open()));
                flatten(group.stream(), tokens);
                tokens[start].close = tokens.len();
                tokens.push(token(Kind::Close, close, group.span_close()));
                remove_doc_comment(tokens, start);
            }
            TokenTree::Ident(word) => tokens.push(token(Kind::Word, word.to_string(), word.span())),
            TokenTree::Literal(literal) => tokens.push(token(Kind::Literal, literal.to_string(), literal.span())),
            TokenTree::Punct(sign) => tokens.push(token(Kind::Sign, sign.as_char(), sign.span())),
        }
    }
}

fn token(kind: Kind, text: impl ToString, span: Span) -> Token {
    Token { kind, text: text.to_string(), line: span.start().line, close: 0, test: false }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// `/// words` arrives as `#[doc = "words"]`.
fn remove_doc_comment(tokens: &mut Vec<Token>, start: usize) {
    let is_doc = tokens[start].text == "["
        && tokens.get(start + 1).is_some_and(|token| token.text == "doc")
        && tokens.get(start + 2).is_some_and(|token| token.text == "=");
    if !is_doc {
        return;
    }
    tokens.truncate(start);
    while tokens.last().is_some_and(|token| token.text == "!" || token.text == "#") {
        tokens.pop();
    }
}

fn mark_tests(tokens: &mut [Token]) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        if tokens[at].text != "#" {
            at += 1;
            continue;
        }
        let inner = tokens[at + 1].text == "!";
        let open = at + 1 + usize::from(inner);
        if tokens.get(open).is_none_or(|token| token.text != "[") {
            at += 1;
            continue;
        }
        let close = tokens[open].close;
        if is_test_attribute(&tokens[open + 1..close]) {
            let end = if inner { tokens.len() } else { end_of_item(tokens, close + 1) };
            tokens[at..end].iter_mut().for_each(|token| token.test = true);
        }
        at = close + 1;
    }
}

fn is_test_attribute(attribute: &[Token]) -> bool {
    let words = || attribute.iter().filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str());
    match words().next() {
        Some("cfg") => words().any(|word| word == "test") && !words().any(|word| word == "not"),
        _ => {
            let path = attribute.iter().take_while(|token| token.kind != Kind::Open);
            path.filter(|token| token.kind == Kind::Word).last().is_some_and(|token| token.text == "test")
        }
    }
}

/// One past the item's body or its semicolon.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match (token.kind, token.text.as_str()) {
            (Kind::Open, "{") => return token.close + 1,
            (Kind::Open, _) => at = token.close + 1,
            (Kind::Sign, ";") => return at + 1,
            (Kind::Close, _) => return at,
            _ => at += 1,
        }
    }
    tokens.len()
}

/// Whether the tokens from `at` on read like this: `spells(tokens, at, &["Uuid", ":", ":", "now_v7"])`.
pub(crate) fn spells(tokens: &[Token], at: usize, texts: &[&str]) -> bool {
    texts.iter().enumerate().all(|(offset, text)| tokens.get(at + offset).is_some_and(|token| token.text == *text))
}

#[cfg(test)]
mod tests {
    use super::{read, spells};

    #[test]
    fn words_in_comments_and_doc_comments_are_no_tokens() {
        let tokens = read("//! f64\n/// f32\nfn a() {} // f64\n", false).unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts, ["fn", "a", "(", ")", "{", "}"]);
        assert_eq!(tokens[0].line, 3);
        assert_eq!(tokens[4].close, 5);
    }

    #[test]
    fn test_code_is_what_stands_under_a_test_attribute() {
        let text = "fn a() {}\n#[cfg(test)]\nmod t { fn b() {} }\nfn c() {}\n#[tokio::test(flavor = \"x\")]\nasync fn d() {}\n\
                    #[cfg(not(test))]\nfn e() {}\n#[cfg(test)]\nmod f;\nfn g() {}";
        let tokens = read(text, false).unwrap();
        let marked = |name: &str| tokens.iter().find(|token| token.text == name).unwrap().test;
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(names.map(marked), [false, true, false, true, false, true, false]);
    }

    #[test]
    fn a_spelling_goes_over_several_tokens() {
        let tokens = read("let t = Timestamp::now();", false).unwrap();
        assert!(spells(&tokens, 3, &["Timestamp", ":", ":", "now"]));
        assert!(!spells(&tokens, 8, &["(", ")", ";", "x"]));
    }

    #[test]
    fn an_open_string_is_reported_with_its_line() {
        assert!(read("fn a() {}\nlet b = \"", false).is_err());
    }
}
