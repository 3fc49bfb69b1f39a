//! Delimited text to cells (RFC 4180 and its usual relatives), keeping count of lines.
//!
//! Our own because the rows must borrow from the file, an unclosed quote must be an error and the line numbers must be
//! those of an editor, after blank lines, CR LF and quoted line breaks alike. A property test compares it with the
//! `csv` crate.

use crate::read::{Limits, SheetError, line_breaks};
use crate::write::without_guard;
use std::borrow::Cow;

#[derive(Debug)]
pub(crate) struct Fields<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    delimiter: u8,
    limits: Limits,
}

impl<'t> Fields<'t> {
    pub(crate) fn new(text: &'t str, delimiter: u8, limits: Limits) -> Self {
        Self::at(text, 0, 1, (delimiter, limits))
    }

    /// Goes on at byte `at`, which stands on `line`.
    pub(crate) fn at(text: &'t str, at: usize, line: u64, (delimiter, limits): (u8, Limits)) -> Self {
        Self { text, at, line, delimiter, limits }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Passes over lines as they stand, quotes or not.
    pub(crate) fn skip_lines(&mut self, lines: usize) {
        let bytes = self.text.as_bytes();
        for _ in 0..lines {
            while bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'\n' | b'\r')) {
                self.at += 1;
            }
            self.end_line();
        }
    }

    /// Appends the cells of the next row that has any text and gives its line; `None` at the end.
    pub(crate) fn next_row(&mut self, cells: &mut Vec<Cow<'t, str>>) -> Result<Option<u64>, SheetError> {
        while self.at < self.text.len() {
            let line = self.line;
            cells.clear();
            self.row(cells, line)?;
            if cells.iter().any(|cell| !cell.is_empty()) {
                return Ok(Some(line));
            }
        }
        cells.clear();
        Ok(None)
    }

    fn row(&mut self, cells: &mut Vec<Cow<'t, str>>, line: u64) -> Result<(), SheetError> {
        loop {
            let cell = match self.text.as_bytes().get(self.at) {
                Some(b'"') => self.quoted()?,
                _ => Cow::Borrowed(self.plain()),
            };
            if cell.len() > self.limits.cell_bytes {
                let (column, limit) = (cells.len() + 1, self.limits.cell_bytes);
                return Err(SheetError::CellTooLong { line, column, limit });
            }
            if cells.len() == self.limits.columns {
                return Err(SheetError::TooManyColumns { line, limit: self.limits.columns });
            }
            cells.push(without_guard(cell));
            if self.text.as_bytes().get(self.at) != Some(&self.delimiter) {
                self.end_line();
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// Everything up to the next delimiter or line end; quotes inside are themselves.
    fn plain(&mut self) -> &'t str {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let ends = |byte: &u8| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r';
        self.at = start + rest.iter().position(ends).unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    fn quoted(&mut self) -> Result<Cow<'t, str>, SheetError> {
        let opened_on = self.line;
        let mut value: Cow<'t, str> = Cow::Borrowed("");
        loop {
            self.at += 1;
            let start = self.at;
            let rest = &self.text.as_bytes()[start..];
            let length = rest.iter().position(|&byte| byte == b'"');
            let length = length.ok_or(SheetError::UnclosedQuote { line: opened_on })?;
            join(&mut value, &self.text[start..start + length]);
            self.at = start + length + 1;
            if self.text.as_bytes().get(self.at) != Some(&b'"') {
                break;
            }
            join(&mut value, "\"");
        }
        self.line += line_breaks(value.as_bytes());
        let behind = self.plain();
        join(&mut value, behind);
        Ok(value)
    }

    fn end_line(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += match bytes.get(self.at) {
            Some(b'\r') if bytes.get(self.at + 1) == Some(&b'\n') => 2,
            Some(_) => 1,
            None => return,
        };
        self.line += 1;
    }
}

fn join<'t>(value: &mut Cow<'t, str>, more: &'t str) {
    if value.is_empty() {
        *value = Cow::Borrowed(more);
    } else if !more.is_empty() {
        value.to_mut().push_str(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Result<Vec<(u64, Vec<String>)>, SheetError> {
        let mut fields = Fields::new(text, b',', Limits::default());
        let (mut cells, mut rows) = (Vec::new(), Vec::new());
        while let Some(line) = fields.next_row(&mut cells)? {
            rows.push((line, cells.iter().map(|cell| cell.to_string()).collect()));
        }
        Ok(rows)
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn lines_are_those_of_an_editor() {
        let text = "id,note\r\n\r\n1,\"two\r\nlines\"\r\n,,\r\n2,x\r3,y\n\n4,\"a\n\nb\"\n5,z";
        let expected = [
            row(1, &["id", "note"]),
            row(3, &["1", "two\r\nlines"]),
            row(6, &["2", "x"]),
            row(7, &["3", "y"]),
            row(9, &["4", "a\n\nb"]),
            row(12, &["5", "z"]),
        ];
        assert_eq!(rows(text).unwrap(), expected);
    }

    #[test]
    fn quotes() {
        let text = "\"a,b\",\"say \"\"hi\"\"\",5\" pipe,\"\",\"x\"y\n";
        assert_eq!(rows(text).unwrap(), [row(1, &["a,b", "say \"hi\"", "5\" pipe", "", "xy"])]);
        assert_eq!(rows("a\nb,\"c\nd\n"), Err(SheetError::UnclosedQuote { line: 2 }));
    }

    #[test]
    fn limits_name_the_place() {
        let limits = Limits { columns: 2, cell_bytes: 3, ..Limits::default() };
        let read = |text| Fields::new(text, b',', limits).next_row(&mut Vec::new()).unwrap_err().to_string();
        assert_eq!(read("\n1,2,3"), "line 2 has more than 2 columns");
        assert_eq!(read("1,2345"), "line 1, column 2: the cell has more than 3 bytes");
    }

    proptest! {
        /// The oracle is the `csv` crate, which takes a file's end for the closing quote: those texts are left out.
        #[test]
        fn agrees_with_the_csv_crate(text in "[ab,\"\r\n=']{0,60}") {
            let Ok(ours) = rows(&text) else { return Ok(()) };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(|cell| without_guard(cell.into()).into_owned()).collect())
                .filter(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty()))
                .collect();
            prop_assert_eq!(ours.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), theirs);
        }
    }
}
