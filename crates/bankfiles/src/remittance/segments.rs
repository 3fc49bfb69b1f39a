//! EDI text to segments: a tag, elements and their components, each with the line on which it begins.
//!
//! X12 names its separators in the ISA segment by their places, EDIFACT in UNA or not at all. Line breaks between and
//! within segments are no data.

use crate::{FormatError, Reason, amount::plain_decimal};
use kernel::{Date, Decimal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub line: usize,
    /// Its number in the file, from one: the only place in a file of one line.
    pub number: usize,
    pub tag: String,
    elements: Vec<Vec<String>>,
}

impl Segment {
    /// The element from one, as the standards count; empty when it is not there.
    pub(super) fn element(&self, element: usize) -> &str {
        self.component(element, 1)
    }

    pub(super) fn component(&self, element: usize, component: usize) -> &str {
        let found = self.elements.get(element - 1).and_then(|components| components.get(component - 1));
        found.map_or("", |text| text.trim())
    }

    pub(super) fn filled(&self, element: usize, component: usize) -> Option<String> {
        crate::text::filled(self.component(element, component))
    }

    /// All components of an element in one text.
    pub(super) fn joined(&self, element: usize) -> Option<String> {
        let parts = self.elements.get(element - 1)?.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
        crate::text::filled(&parts.collect::<Vec<_>>().join(" "))
    }

    pub(super) fn error(&self, element: usize, reason: Reason) -> FormatError {
        FormatError::at(self.line, self.place(element), reason)
    }

    pub(super) fn place(&self, element: usize) -> String {
        format!("{}{element:02} in segment {}", self.tag, self.number)
    }

    pub(super) fn decimal(&self, element: usize, component: usize) -> Result<Option<Decimal>, FormatError> {
        let text = self.component(element, component);
        if text.is_empty() {
            return Ok(None);
        }
        let decimal = plain_decimal(text).or_else(|| plain_decimal(text.strip_suffix('-')?).map(|decimal| -decimal));
        decimal.map(Some).ok_or_else(|| self.error(element, Reason::Amount(text.to_owned())))
    }

    /// `20261231`, or `261231`; a time of day behind it is left out.
    pub(super) fn date(&self, element: usize, component: usize) -> Result<Option<Date>, FormatError> {
        let text = self.component(element, component);
        if text.trim_matches('0').is_empty() {
            return Ok(None);
        }
        date(text).map(Some).ok_or_else(|| self.error(element, Reason::Date(text.to_owned())))
    }
}

fn date(text: &str) -> Option<Date> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if text.len() == 6 {
        return crate::fixed::six_digit_date(text, crate::fixed::DateOrder::YearMonthDay);
    }
    let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..8)?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

pub(super) fn x12(text: &str) -> Result<Vec<Segment>, FormatError> {
    let (separator, terminator) = x12_separators(text.trim_start())?;
    let mut segments = Vec::new();
    let mut line = 1;
    for piece in text.split(terminator) {
        let content = piece.trim();
        let begins = line + line_breaks(&piece[..piece.len() - piece.trim_start().len()]);
        line += line_breaks(piece) + usize::from(terminator == '\n' || terminator == '\r');
        if content.is_empty() {
            continue;
        }
        let mut elements = content.split(separator).map(|element| vec![element.replace(['\r', '\n'], "")]);
        let tag = elements.next().and_then(|mut tag| tag.pop()).unwrap_or_default();
        segments.push(Segment { line: begins, number: segments.len() + 1, tag, elements: elements.collect() });
    }
    Ok(segments)
}

fn line_breaks(text: &str) -> usize {
    text.matches('\n').count()
}

/// The separator stands behind `ISA`; the terminator behind the one character of its sixteenth element.
fn x12_separators(text: &str) -> Result<(char, char), FormatError> {
    let broken = |reason: &str| FormatError::at(1, "ISA", Reason::NotThisFormat("X12", reason.to_owned()));
    let tag = if text.starts_with("ISA") { 3 } else { 2 };
    let separator = text.get(tag..).and_then(|rest| rest.chars().next());
    let separator = separator.ok_or_else(|| broken("its first segment has no elements"))?;
    if tag == 2 {
        let terminator = ['~', '\'', '\n', '\r'].into_iter().find(|&c| c != separator && text.contains(c));
        return Ok((separator, terminator.unwrap_or('\n')));
    }
    let last = text.match_indices(separator).nth(15).map(|(at, _)| at + separator.len_utf8());
    let mut behind = last.and_then(|at| text.get(at..)).unwrap_or_default().chars();
    match (behind.next(), behind.next()) {
        (Some(_), Some(terminator)) if !terminator.is_alphanumeric() && terminator != separator => {
            Ok((separator, terminator))
        }
        _ => Err(broken("the interchange header does not have its sixteen elements")),
    }
}

/// The service characters of an EDIFACT interchange.
#[derive(Debug, Clone, Copy)]
struct Service {
    component: char,
    element: char,
    release: char,
    terminator: char,
}

pub(super) fn edifact(text: &str) -> Vec<Segment> {
    let start = text.len() - text.trim_start().len();
    let (service, skip) = service(&text[start..]);
    let mut line = 1 + line_breaks(&text[..start + skip]);
    let mut open = Open { line, ..Open::default() };
    let mut segments: Vec<Segment> = Vec::new();
    let mut released = false;
    for c in text[start + skip..].chars().chain([service.terminator]) {
        if released {
            open.push(c);
            released = false;
        } else if c == service.release && service.release != ' ' {
            released = true;
        } else if c == service.terminator {
            let number = segments.len() + 1;
            segments.extend(std::mem::take(&mut open).close(number));
        } else if c == service.element {
            open.elements.push(vec![String::new()]);
        } else if c == service.component {
            open.component();
        } else if !(matches!(c, '\r' | '\n') || open.is_empty() && c.is_whitespace()) {
            if open.is_empty() {
                open.line = line;
            }
            open.push(c);
        }
        line += usize::from(c == '\n');
    }
    segments
}

/// A segment under construction; its first element is the tag.
#[derive(Debug)]
struct Open {
    line: usize,
    elements: Vec<Vec<String>>,
}

impl Default for Open {
    fn default() -> Self {
        Self { line: 1, elements: vec![vec![String::new()]] }
    }
}

impl Open {
    fn is_empty(&self) -> bool {
        matches!(&self.elements[..], [tag] if tag.iter().all(String::is_empty))
    }

    fn push(&mut self, c: char) {
        if let Some(component) = self.elements.last_mut().and_then(|element| element.last_mut()) {
            component.push(c);
        }
    }

    fn component(&mut self) {
        if let Some(element) = self.elements.last_mut() {
            element.push(String::new());
        }
    }

    fn close(self, number: usize) -> Option<Segment> {
        let is_empty = self.is_empty();
        let mut elements = self.elements.into_iter();
        let tag = elements.next()?.into_iter().next()?.trim().to_owned();
        (!is_empty).then(|| Segment { line: self.line, number, tag, elements: elements.collect() })
    }
}

/// UNA names them; without it the character behind UNB tells the two sets of the standard apart.
fn service(text: &str) -> (Service, usize) {
    let named: Vec<char> = text.strip_prefix("UNA").map(|rest| rest.chars().take(6).collect()).unwrap_or_default();
    if let [component, element, _, release, _, terminator] = named[..] {
        let skip = 3 + named.iter().map(|c| c.len_utf8()).sum::<usize>();
        return (Service { component, element, release, terminator }, skip);
    }
    let service = if text.chars().nth(3) == Some('\u{1d}') {
        Service { component: '\u{1f}', element: '\u{1d}', release: ' ', terminator: '\u{1c}' }
    } else {
        Service { component: ':', element: '+', release: '?', terminator: '\'' }
    };
    (service, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str =
        "ISA*00*          *00*          *08*A              *ZZ*B              *191029*1900*:*00501*1*0*P*>";

    #[test]
    fn x12_terminators_of_any_kind() {
        for terminator in ["~", "\n", "~\r\n", "\r\n", "\u{85}", "~\n\n"] {
            let text = format!("{ISA}{terminator}ST*820*1{terminator}BPR*I*5{terminator}");
            let segments = x12(&text).unwrap();
            let tags: Vec<_> = segments.iter().map(|segment| segment.tag.as_str()).collect();
            assert_eq!(tags, ["ISA", "ST", "BPR"], "{terminator:?}");
            assert_eq!(segments[2].element(2), "5");
        }
        assert_eq!(x12(&format!("{ISA}~\nST*820*1~\nBPR*I*5~\n")).unwrap()[2].line, 3);
        assert_eq!(x12(&format!("{ISA}\nST*820*1\nBPR*I*5\n")).unwrap()[2].line, 3);
        assert!(x12("ISA*00*~").is_err());
        assert_eq!(x12("ST*820*1~BPR*I*5~").unwrap().len(), 2);
    }

    #[test]
    fn edifact_releases_and_services() {
        let segments = edifact("UNA:+.? '\r\nUNB+UNOC:3+it?'s+a?+b'\n\tUNH+1+REM\nADV:D'");
        assert_eq!(segments[0].element(2), "it's");
        assert_eq!(segments[0].element(3), "a+b");
        assert_eq!((segments[1].tag.as_str(), segments[1].element(2), segments[1].line), ("UNH", "REMADV", 3));
        let other = edifact("UNA|^.? ~UNB^UNOA|1^x~");
        assert_eq!(other[0].component(1, 2), "1");
        assert_eq!(edifact("UNB\u{1d}UNOB\u{1f}1\u{1c}")[0].component(1, 2), "1");
    }
}
