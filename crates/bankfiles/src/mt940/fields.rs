//! Lines to fields: a tag at the start of a line begins a field, `-` ends the message, all else continues.
//!
//! Only tags that SWIFT defines for these messages begin a field: a narrative may have `:KO:NR:` at the start of a line.
//! What stands before the first tag, and between a message's end and the next tag, is a bank's header and is left out.

use crate::{FormatError, Reason, text};
use std::io::BufRead;

const TAGS: &[&str] = &[
    "13", "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60", "60F", "60M", "61", "62", "62F", "62M", "64", "65",
    "86", "90C", "90D", "NS",
];

/// SWIFT gives it six lines of 65 characters.
const NARRATIVE: usize = 400;

pub(super) struct Field {
    /// The number of its first line.
    pub(super) line: usize,
    pub(super) tag: &'static str,
    /// Its lines, joined by `\n`.
    pub(super) text: String,
    /// The message's end stands behind it.
    pub(super) ends_message: bool,
    pub(super) ends_file: Option<End>,
}

/// How the file ends behind its last field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With the end of a line.
    Whole,
    Cut,
}

impl Field {
    /// A narrative has several lines, so there is room for them at once.
    fn begin(line: usize, tag: &'static str, value: &[u8]) -> Self {
        let mut text = String::with_capacity(if tag == "86" { NARRATIVE } else { value.len() });
        text.push_str(&text::decode(value));
        Self { line, tag, text, ends_message: false, ends_file: None }
    }

    pub(super) fn first(&self) -> &str {
        &self.text[..memchr::memchr(b'\n', self.text.as_bytes()).unwrap_or(self.text.len())]
    }

    /// Whether an amount at the end of the field may have lost digits: the file ends within or right behind it.
    pub(super) fn is_cut(&self, amount: &str) -> bool {
        match self.ends_file {
            Some(End::Cut) => true,
            Some(End::Whole) => !amount.contains([',', '.']),
            None => false,
        }
    }

    pub(super) fn name(&self) -> String {
        format!(":{}:", self.tag)
    }
}

pub(super) struct Fields<R> {
    input: R,
    chunk: Vec<u8>,
    /// Where the unread rest of the chunk begins; a chunk has several lines when they end in `\r` alone.
    at: usize,
    line: usize,
    open: Option<Field>,
    /// Lines end in `@@`, as home banking sends them.
    is_home_banking: bool,
    /// The last chunk ended with the end of a line.
    ends_line: bool,
}

enum Line<'a> {
    Tag(&'static str, &'a [u8]),
    More(&'a [u8]),
    End,
}

impl<R: BufRead> Fields<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, chunk: Vec::new(), at: 0, line: 0, open: None, is_home_banking: false, ends_line: false }
    }

    /// The next whole field.
    pub(super) fn next(&mut self) -> Result<Option<Field>, FormatError> {
        while self.fill()? {
            self.line += 1;
            let rest = &self.chunk[self.at..];
            let mut end = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            if self.line == 1 || self.is_home_banking {
                let mark = memchr::memmem::find(&rest[..end], if self.is_home_banking { b"@@" } else { b"@@:" });
                self.is_home_banking |= mark.is_some();
                end = mark.unwrap_or(end);
            }
            self.at += end + if rest[end..].starts_with(b"\r\n") || rest[end..].starts_with(b"@@") { 2 } else { 1 };
            let done = match sort(before_mark(&rest[..end])) {
                Line::Tag(tag, value) => self.open.replace(Field::begin(self.line, tag, value)),
                Line::End => self.open.take().map(|field| Field { ends_message: true, ..field }),
                Line::More(more) => {
                    if let Some(field) = &mut self.open {
                        field.text.push('\n');
                        field.text.push_str(&text::decode(more));
                    }
                    None
                }
            };
            if done.is_some() {
                return Ok(done);
            }
        }
        let end = if self.ends_line { End::Whole } else { End::Cut };
        Ok(self.open.take().map(|field| Field { ends_file: Some(end), ..field }))
    }

    /// Whether there is another line in the chunk.
    fn fill(&mut self) -> Result<bool, FormatError> {
        if self.at < self.chunk.len() {
            return Ok(true);
        }
        self.chunk.clear();
        self.at = 0;
        let read = self.input.read_until(b'\n', &mut self.chunk);
        let count = read.map_err(|error| FormatError::at(self.line + 1, "", Reason::Io(error.to_string())))?;
        if count > 0 {
            self.ends_line = matches!(self.chunk.last(), Some(b'\n' | b'\r')) || self.chunk.ends_with(b"@@");
        }
        Ok(count > 0)
    }
}

/// The mark that ends a file may stand behind its last line.
fn before_mark(line: &[u8]) -> &[u8] {
    match line {
        [text @ .., b'\x1a'] if !text.is_empty() => before_mark(text),
        _ => line,
    }
}

fn sort(line: &[u8]) -> Line<'_> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = if matches!(line.first(), Some(b'{' | b'-')) { behind_envelope(line) } else { line };
    if let Some((tag, value)) = tagged(line) {
        return Line::Tag(tag, value);
    }
    let bare = line.trim_ascii_end();
    if matches!(bare, b"-" | b"-XXX" | b"\x1a" | b"\x03") || bare.starts_with(b"-}") || bare.starts_with(b"{1:") {
        return Line::End;
    }
    Line::More(line)
}

fn behind_envelope(line: &[u8]) -> &[u8] {
    memchr::memmem::find(line, b"{4:").map_or(line, |at| &line[at + 3..])
}

fn tagged(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let rest = line.strip_prefix(b":")?;
    let end = rest.iter().take(4).position(|&byte| byte == b':')?;
    let tag = TAGS.iter().find(|tag| tag.as_bytes() == &rest[..end])?;
    Some((tag, &rest[end + 1..]))
}
