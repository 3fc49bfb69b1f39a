//! The records of a BAI2 file: one a line, with 88 joined to the record that it continues.
//!
//! A `/` ends a record; a line without it goes on in the next 88 in the middle of a field. Some banks put several records
//! on a line and break texts over lines: a line that begins with no record code continues the one before.

use crate::{FormatError, Reason, text};

/// Between a record that ended with `/` and the 88 after it: the next field begins.
const NEXT_FIELD: char = '\u{2}';
/// Between a record without `/` and the 88 after it: the same field goes on.
const SAME_FIELD: char = '\u{1}';
/// A text that fills its line was cut in the middle of a word.
const FULL_LINE: usize = 78;

#[derive(Debug)]
pub(super) struct Record {
    pub line: usize,
    pub code: String,
    content: String,
    /// Records of the file that went into this one: itself and its 88s.
    pub physical: u64,
    last_length: usize,
    ended: bool,
}

const CODES: [&str; 8] = ["01", "02", "03", "16", "49", "88", "98", "99"];

pub(super) fn records(text: &str) -> Result<Vec<Record>, FormatError> {
    let mut records: Vec<Record> = Vec::new();
    let pieces = text::lines(text).flat_map(|(line, text)| pieces(text.trim()).map(move |piece| (line, piece)));
    for (line, piece) in pieces.filter(|(_, piece)| !piece.is_empty()) {
        let Some(code) = code_of(piece) else {
            let Some(last) = records.last_mut() else {
                let found = piece.chars().take(10).collect::<String>();
                let reason =
                    Reason::NotThisFormat("BAI2", format!("it begins with `{found}` and not with a record 01"));
                return Err(FormatError::at(line, "record code", reason));
            };
            if piece.len() >= 3 && piece.as_bytes()[2] == b',' && piece[..2].bytes().all(|b| b.is_ascii_digit()) {
                return Err(FormatError::at(line, "record code", Reason::Unexpected(piece[..2].to_owned())));
            }
            last.append(piece, ' ');
            continue;
        };
        let content = piece.get(3..).unwrap_or_default();
        match (code, records.last_mut()) {
            ("88", Some(last)) => {
                last.physical += 1;
                let joint = if last.ended { NEXT_FIELD } else { SAME_FIELD };
                last.append(content, joint);
            }
            ("88", None) => return Err(FormatError::at(line, "record code", Reason::Unexpected("88".to_owned()))),
            _ => {
                let mut record = Record {
                    line,
                    code: code.to_owned(),
                    content: String::new(),
                    physical: 1,
                    last_length: 0,
                    ended: false,
                };
                record.append(content, SAME_FIELD);
                records.push(record);
            }
        }
    }
    Ok(records)
}

fn code_of(piece: &str) -> Option<&'static str> {
    let code = CODES.into_iter().find(|code| piece.starts_with(code))?;
    (piece.len() == 2 || matches!(piece.as_bytes()[2], b',' | b'/')).then_some(code)
}

/// A line cut where a `/` and blanks are followed by what can only be another record.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let here = rest?;
        let cut = here.match_indices('/').map(|(at, _)| at + 1).find(|&at| begins_record(&here[at..]));
        rest = cut.map(|at| here[at..].trim_start());
        Some(&here[..cut.unwrap_or(here.len())])
    })
}

fn begins_record(behind: &str) -> bool {
    let record = behind.trim_start();
    if record.len() == behind.len() {
        return false;
    }
    let Some((code, fields)) = record.split_once(',') else { return false };
    let first = fields.split([',', '/']).next().unwrap_or_default();
    let number = first.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit());
    match code {
        "16" => first.len() == 3 && number,
        "49" | "98" | "99" => number && fields.contains('/'),
        "02" | "03" => fields.contains(',') && fields.contains('/'),
        _ => false,
    }
}

impl Record {
    fn append(&mut self, content: &str, joint: char) {
        let joint = if joint == SAME_FIELD && self.last_length < FULL_LINE && self.is_text() { ' ' } else { joint };
        if !self.content.is_empty() {
            self.content.push(joint);
        }
        self.last_length = content.chars().count() + 3;
        let ended = content.trim_end().strip_suffix('/');
        self.ended = ended.is_some();
        self.content.push_str(ended.unwrap_or(content));
    }

    /// The last field of record 16 has begun: type, amount, funds and two references are behind.
    fn is_text(&self) -> bool {
        self.code == "16" && self.content.matches([',', NEXT_FIELD]).count() >= 5
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        Fields { rest: Some(&self.content) }
    }

    pub(super) fn error(&self, field: &str, reason: Reason) -> FormatError {
        FormatError::at(self.line, field, reason)
    }

    pub(super) fn out_of_place(&self) -> FormatError {
        self.error("record code", Reason::Unexpected(self.code.clone()))
    }
}

/// The fields one by one; after the last they are empty.
#[derive(Debug)]
pub(super) struct Fields<'r> {
    rest: Option<&'r str>,
}

impl Fields<'_> {
    pub(super) fn next(&mut self) -> String {
        let Some(rest) = self.rest else { return String::new() };
        let (field, behind) = match rest.split_once([',', NEXT_FIELD]) {
            Some((field, behind)) => (field, Some(behind)),
            None => (rest, None),
        };
        self.rest = behind;
        field.chars().filter(|&c| c != SAME_FIELD).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_none()
    }

    /// The text at the end of record 16, in which commas are commas.
    pub(super) fn rest(self) -> String {
        let rest = self.rest.unwrap_or_default();
        rest.chars().filter(|&c| c != SAME_FIELD).map(|c| if c == NEXT_FIELD { ' ' } else { c }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        let all = |record: &Record| {
            let mut fields = record.fields();
            let mut all = vec![record.code.clone()];
            while !fields.is_empty() {
                all.push(fields.next());
            }
            all
        };
        records(text).unwrap().iter().map(all).collect()
    }

    #[test]
    fn continuations_join_fields_or_go_on_in_one() {
        assert_eq!(
            fields("03,1,USD,010,12/\n88,,,015,13,,/"),
            [["03", "1", "USD", "010", "12", "", "", "015", "13", "", ""]]
        );
        assert_eq!(fields("03,1,USD,010,12\n88,34,,/"), [["03", "1", "USD", "010", "1234", "", ""]]);
    }

    #[test]
    fn several_records_on_a_line() {
        let codes = |text: &str| fields(text).into_iter().map(|record| record[0].clone()).collect::<Vec<_>>();
        assert_eq!(codes("01,a,b,220919,2112,4,,,2/   02,a,b,1,220919,2400,USD,2/"), ["01", "02"]);
        assert_eq!(codes("16,142,2500,Z,,,PPD/ 16,142,500,Z,,,MSP/"), ["16", "16"]);
        assert_eq!(codes("16,142,2500,Z,,,paid 12/ 16 May, thanks"), ["16"]);
    }

    #[test]
    fn the_text_keeps_its_commas() {
        let records = records("16,142,2500,Z,,,Smith, Jones\n88,and Co/").unwrap();
        let mut fields = records[0].fields();
        (0..5).for_each(|_| drop(fields.next()));
        assert_eq!(fields.rest(), "Smith, Jones and Co");
    }
}
