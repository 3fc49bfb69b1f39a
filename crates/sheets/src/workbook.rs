//! Excel workbooks (.xlsx) to the text of their cells.
//!
//! Dates become ISO dates, numbers their exact decimals (at most the 15 digits that Excel itself keeps, so 0.1+0.2 is
//! 0.3). The parts are unpacked once against a limit before anything is parsed, because a small file can unpack to any
//! size; cells are read one by one, never by the sheet's claimed extent.

use crate::read::{Limits, ReadOptions, SheetError};
use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx};
use std::io::{Cursor, Read as _};

/// Four bytes each; enough for a full sheet of 47 columns.
const MOST_CELLS: usize = 50_000_000;

/// All cells in one text, so that a million rows are not millions of allocations.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    text: String,
    ends: Vec<u32>,
    /// The line of each row and where its cells begin in `ends`.
    rows: Vec<(u64, usize)>,
}

impl Stored {
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn row(&self, index: usize) -> Option<(u64, impl Iterator<Item = &str>)> {
        let &(line, first) = self.rows.get(index)?;
        let behind = self.rows.get(index + 1).map_or(self.ends.len(), |&(_, next)| next);
        let end = |cell: usize| self.ends.get(cell).map_or(0, |&end| end as usize);
        let start = move |cell: usize| if cell == 0 { 0 } else { end(cell - 1) };
        Some((line, (first..behind).map(move |cell| &self.text[start(cell)..end(cell)])))
    }

    /// Adds the cell in `column` (from 0) of `line`; cells arrive in reading order.
    fn put(&mut self, line: u64, column: usize, write: impl FnOnce(&mut String)) {
        if self.rows.last().is_none_or(|&(last, _)| last != line) {
            self.rows.push((line, self.ends.len()));
        }
        let first = self.rows.last().map_or(0, |&(_, first)| first);
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.ends.resize(self.ends.len().max(first + column), end);
        write(&mut self.text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }
}

/// Every row that has a filled cell, from `skip_rows` on.
pub(crate) fn load(bytes: &[u8], options: &ReadOptions) -> Result<Stored, SheetError> {
    check_unpacked(bytes, options.limits.unpacked_bytes)?;
    let broken = |error: calamine::XlsxError| SheetError::Workbook(error.to_string());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let name = sheet_name(&book.sheet_names(), options.sheet.as_deref())?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let mut stored = Stored::default();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, column) = cell.get_position();
        let (line, column) = (u64::from(row) + 1, column as usize);
        if line <= options.skip_rows as u64 || is_blank(cell.get_value()) {
            continue;
        }
        if column >= options.limits.columns {
            return Err(SheetError::TooManyColumns { line, limit: options.limits.columns });
        }
        let before = stored.text.len();
        stored.put(line, column, |text| print(cell.get_value(), options.decimal, text));
        check_cell(&stored, (line, column, before), options.limits)?;
    }
    Ok(stored)
}

fn check_cell(stored: &Stored, (line, column, before): (u64, usize, usize), limits: Limits) -> Result<(), SheetError> {
    if stored.text.len() - before > limits.cell_bytes {
        return Err(SheetError::CellTooLong { line, column: column + 1, limit: limits.cell_bytes });
    }
    if stored.text.len() > limits.bytes || stored.ends.len() > MOST_CELLS {
        return Err(SheetError::Expands { limit: limits.bytes });
    }
    Ok(())
}

fn check_unpacked(bytes: &[u8], limit: usize) -> Result<(), SheetError> {
    let broken = |error: String| SheetError::Workbook(error);
    let mut parts = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    let mut left = limit as u64;
    for index in 0..parts.len() {
        let part = parts.by_index(index).map_err(|error| broken(error.to_string()))?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        let size = size.map_err(|error| broken(error.to_string()))?;
        left = left.checked_sub(size).ok_or(SheetError::Expands { limit })?;
    }
    Ok(())
}

fn sheet_name(names: &[String], wanted: Option<&str>) -> Result<String, SheetError> {
    let found = match wanted {
        Some(wanted) => names.iter().find(|name| name.as_str() == wanted),
        None => names.first(),
    };
    found.cloned().ok_or_else(|| match wanted {
        Some(wanted) => SheetError::NoSuchSheet { name: wanted.to_owned(), sheets: names.join(", ") },
        None => SheetError::Empty,
    })
}

fn is_blank(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.trim().is_empty(),
        DataRef::SharedString(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn print(value: &DataRef<'_>, decimal: char, text: &mut String) {
    match value {
        DataRef::Int(number) => text.push_str(&number.to_string()),
        DataRef::Float(number) => text.push_str(&plain_number(*number, decimal)),
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => text.push_str(value),
        DataRef::SharedString(value) => text.push_str(value),
        DataRef::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        DataRef::DateTime(at) => text.push_str(&printed_date(at, decimal)),
        DataRef::Error(error) => text.push_str(&error.to_string()),
        DataRef::Empty => {}
    }
}

/// `2026-08-31`, with the time behind it where there is one; a duration stays the number it is.
fn printed_date(at: &ExcelDateTime, decimal: char) -> String {
    if !at.is_datetime() || at.as_f64() < 1.0 {
        return plain_number(at.as_f64(), decimal);
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
}

/// The number without exponent and with at most 15 significant digits.
fn plain_number(number: f64, decimal: char) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let scientific = format!("{:.14e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let before = usize::try_from(point).unwrap_or(0);
    let leading = usize::try_from(-point).unwrap_or(0);
    let whole = format!("{:0<before$}", &digits[..digits.len().min(before)]);
    let fraction = format!("{}{}", "0".repeat(leading), &digits[digits.len().min(before)..]);
    let sign = if number < 0.0 { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { &whole };
    let fraction =
        if fraction.is_empty() || digits.len() <= before { String::new() } else { format!("{decimal}{fraction}") };
    format!("{sign}{whole}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_what_the_clerk_typed() {
        for (number, expected) in [
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (-12.5, "-12.5"),
            (1001.0, "1001"),
            (629_430_469.69, "629430469.69"),
            (0.000_012, "0.000012"),
            (1e20, "100000000000000000000"),
            (1.005, "1.005"),
            (200_769_623.0, "200769623"),
            (0.0, "0"),
            (-0.0, "0"),
            (100.0, "100"),
        ] {
            assert_eq!(plain_number(number, '.'), expected);
        }
        assert_eq!(plain_number(1234.5, ','), "1234,5");
    }

    proptest! {
        #[test]
        fn cents_come_back(cents in -99_999_999_999_999_i64..99_999_999_999_999) {
            let expected = kernel::Decimal::new(cents, 2).normalize().to_string();
            let number: f64 = expected.parse().unwrap();
            prop_assert_eq!(plain_number(number, '.'), expected);
        }
    }
}
