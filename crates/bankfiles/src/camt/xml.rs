//! A cursor over XML: the next child of the element one stands in, its text, or past it. Never builds a tree.
//!
//! Names are local names, so that any namespace, prefix or none is read alike.

use crate::utf8::Utf8;
use crate::{CurrencyCode, FormatError, Reason};
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};
use std::io::BufRead;

/// Longer than every element of camt; what is longer is cut and so matches nothing.
const NAME: usize = 32;

/// A local name that outlives the reader's buffer.
#[derive(Clone, Copy)]
pub(super) struct Name {
    bytes: [u8; NAME],
    size: usize,
}

pub(super) struct Xml<R: BufRead> {
    reader: Reader<Utf8<R>>,
    buffer: Vec<u8>,
    /// The attribute `Ccy` of the element that was entered last.
    pub(super) currency: Option<CurrencyCode>,
    /// Text of an element at once.
    text: String,
    /// Elements that `descend` entered and nobody left.
    depth: usize,
}

impl Name {
    fn of(start: &BytesStart<'_>) -> Self {
        let local = start.local_name();
        let local = local.as_ref().as_bytes();
        let size = local.len().min(NAME);
        let mut bytes = [0; NAME];
        bytes[..size].copy_from_slice(&local[..size]);
        Self { bytes, size }
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.size]).unwrap_or_default()
    }
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(input: R) -> Self {
        let mut reader = Reader::from_reader(Utf8::new(input));
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Self { reader, buffer: Vec::new(), currency: None, text: String::new(), depth: 0 }
    }

    /// Where the reader stands.
    pub(super) fn line(&mut self) -> usize {
        self.reader.get_mut().line()
    }

    fn broken(reader: &mut Reader<Utf8<R>>, reason: Reason) -> FormatError {
        FormatError { place: crate::Place::line(reader.get_mut().line()), reason }
    }

    pub(super) fn error(&mut self, field: &str, reason: Reason) -> FormatError {
        FormatError::at(self.line(), field, reason)
    }

    /// The next child of the current element; `None` at its end, which is then behind us.
    pub(super) fn child(&mut self) -> Result<Option<Name>, FormatError> {
        // The blanks between elements are half of the events of a file.
        self.reader.config_mut().trim_text_start = true;
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => {
                    self.currency = currency(&start);
                    let name = Name::of(&start);
                    return Ok(Some(name));
                }
                Ok(Event::End(_)) => return Ok(None),
                Ok(Event::Eof) => {
                    return Err(Self::broken(&mut self.reader, Reason::Truncated("an element".to_owned())));
                }
                Ok(_) => {}
                Err(error) => return Err(Self::broken(&mut self.reader, Reason::Xml(error.to_string()))),
            }
        }
    }

    /// The next element at whatever depth; `None` at the end of the file.
    pub(super) fn descend(&mut self) -> Result<Option<Name>, FormatError> {
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => {
                    let name = Name::of(&start);
                    self.depth += 1;
                    return Ok(Some(name));
                }
                Ok(Event::End(_)) => self.depth = self.depth.saturating_sub(1),
                Ok(Event::Eof) if self.depth > 0 => {
                    return Err(Self::broken(&mut self.reader, Reason::Truncated("the message".to_owned())));
                }
                Ok(Event::Eof) => return Ok(None),
                Ok(_) => {}
                Err(error) => return Err(Self::broken(&mut self.reader, Reason::Xml(error.to_string()))),
            }
        }
    }

    /// What `descend` entered was read to its end.
    pub(super) fn left(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Past the element that was entered.
    pub(super) fn skip(&mut self) -> Result<(), FormatError> {
        self.walk(|_, _| {})
    }

    /// All text within the element that was entered, trimmed: `<Sts>BOOK</Sts>` and `<Sts><Cd>BOOK</Cd></Sts>` alike.
    pub(super) fn text(&mut self) -> Result<&str, FormatError> {
        self.text.clear();
        let mut text = std::mem::take(&mut self.text);
        let walked = self.walk(|piece, is_reference| {
            if is_reference {
                text.push_str(piece);
            } else if !piece.trim().is_empty() || !text.is_empty() {
                add_lines(&mut text, piece);
            }
        });
        self.text = text;
        walked?;
        Ok(self.text.trim())
    }

    /// The text, or `None` when there is none.
    pub(super) fn filled(&mut self) -> Result<Option<String>, FormatError> {
        let text = self.text()?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn walk(&mut self, mut take: impl FnMut(&str, bool)) -> Result<(), FormatError> {
        let mut depth = 0_usize;
        self.reader.config_mut().trim_text_start = false;
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(_)) => depth += 1,
                Ok(Event::End(_)) if depth == 0 => return Ok(()),
                Ok(Event::End(_)) => depth -= 1,
                Ok(Event::Text(text)) => take(&text.into_inner(), false),
                Ok(Event::CData(text)) => take(&text.into_inner(), false),
                Ok(Event::GeneralRef(reference)) => resolve(&reference, &mut take),
                Ok(Event::Eof) => {
                    return Err(Self::broken(&mut self.reader, Reason::Truncated("an element".to_owned())));
                }
                Ok(_) => {}
                Err(error) => return Err(Self::broken(&mut self.reader, Reason::Xml(error.to_string()))),
            }
        }
    }
}

/// XML has one line break, whatever the file has (XML 1.0, 2.11); most texts have none.
fn add_lines(text: &mut String, piece: &str) {
    if memchr::memchr(b'\r', piece.as_bytes()).is_none() {
        return text.push_str(piece);
    }
    for (at, line) in piece.replace("\r\n", "\n").split('\r').enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text.push_str(line);
    }
}

/// `&amp;` and `&#228;`; an entity that the file itself defines is never expanded.
fn resolve(reference: &BytesRef<'_>, take: &mut impl FnMut(&str, bool)) {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return take(letter.encode_utf8(&mut [0; 4]), true);
    }
    match &*reference.borrow().into_inner() {
        "amp" => take("&", true),
        "lt" => take("<", true),
        "gt" => take(">", true),
        "quot" => take("\"", true),
        "apos" => take("'", true),
        other => {
            take("&", true);
            take(other, true);
            take(";", true);
        }
    }
}

fn currency(start: &BytesStart<'_>) -> Option<CurrencyCode> {
    let raw = start.attributes_raw();
    if raw.len() < 4 {
        return None;
    }
    let value = raw[raw.find("Ccy")? + 3..].trim_start().strip_prefix('=')?.trim_start();
    CurrencyCode::new(value.get(1..4)?)
}
