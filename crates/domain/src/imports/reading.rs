//! One row being read: its fields by number, each through its column, value map, default or constant.
//!
//! A value that cannot be taken leaves a reject and reading goes on, so that one pass tells everything.

use super::{DateFormat, NumberFormat, Reject};
use kernel::{Currency, Date, ExactError, Money, MoneyError};
use std::{borrow::Cow, collections::HashMap, str::FromStr};

/// Where the value of one field stands.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) field: &'static str,
    /// The header's name, or the field's where there is no column.
    pub(super) title: String,
    pub(super) columns: Vec<usize>,
    pub(super) map: HashMap<String, String>,
    /// The constant, or what stands in for an empty cell.
    pub(super) fallback: Option<String>,
    /// Repeats from row to row of one document.
    pub(super) is_line: bool,
}

impl Slot {
    pub(super) fn is_mapped(&self) -> bool {
        !self.columns.is_empty() || self.fallback.is_some()
    }

    fn cell<'r>(&'r self, cells: &'r [Cow<'_, str>], column: usize) -> &'r str {
        let text = cells.get(column).map_or("", |cell| trimmed(cell));
        match self.map.get(text) {
            Some(mapped) if !self.map.is_empty() => mapped,
            _ => text,
        }
    }

    pub(super) fn value<'r>(&'r self, cells: &'r [Cow<'_, str>]) -> Cow<'r, str> {
        let text = match self.columns[..] {
            [] => Cow::Borrowed(""),
            [column] => Cow::Borrowed(self.cell(cells, column)),
            _ => Cow::Owned(self.parts(cells).collect::<Vec<_>>().join("-")),
        };
        match &self.fallback {
            Some(fallback) if text.is_empty() => Cow::Borrowed(fallback),
            _ => text,
        }
    }

    fn parts<'r>(&'r self, cells: &'r [Cow<'_, str>]) -> impl Iterator<Item = &'r str> {
        self.columns.iter().map(|&column| self.cell(cells, column)).filter(|part| !part.is_empty())
    }
}

/// Most cells have no space around them and are ASCII, which this tells without decoding.
fn trimmed(cell: &str) -> &str {
    match (cell.as_bytes().first(), cell.as_bytes().last()) {
        (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// Numbers and dates of the file.
#[derive(Debug)]
pub(super) struct Formats {
    pub(super) numbers: NumberFormat,
    pub(super) dates: DateFormat,
}

#[derive(Debug)]
pub struct Reading<'r> {
    pub(super) line: u64,
    pub(super) cells: &'r [Cow<'r, str>],
    pub(super) slots: &'r [Slot],
    pub(super) formats: &'r Formats,
    /// The document's own values when this row goes on with the document above.
    pub(super) carried: Option<&'r [String]>,
    pub(super) rejects: &'r mut Vec<Reject>,
    pub(super) failed: bool,
}

impl<'r> Reading<'r> {
    /// The line of the row.
    pub fn line(&self) -> u64 {
        self.line
    }

    fn value(&self, field: usize) -> Cow<'r, str> {
        let slot = &self.slots[field];
        match self.carried {
            Some(carried) if !slot.is_line => Cow::Borrowed(&carried[field]),
            _ => slot.value(self.cells),
        }
    }

    /// The text, if there is any.
    pub fn text(&self, field: usize) -> Option<Cow<'r, str>> {
        Some(self.value(field)).filter(|text| !text.is_empty())
    }

    pub fn own(&self, field: usize) -> Option<String> {
        self.text(field).map(Cow::into_owned)
    }

    /// A key or name: present and on one line.
    pub fn name(&mut self, field: usize) -> Option<String> {
        let text = self.text(field);
        match text {
            None => self.reject(field, format!("{} is empty", self.slots[field].field)),
            Some(text) if text.chars().any(char::is_control) => {
                self.reject(field, format!("{} has a line break in it", self.slots[field].field));
            }
            Some(text) => return Some(text.into_owned()),
        }
        None
    }

    /// The first of `fields` that has a value; an empty value is rejected in the name of the first that is mapped.
    pub fn first_name(&mut self, fields: &[usize]) -> Option<String> {
        let filled = fields.iter().copied().find(|&field| self.text(field).is_some());
        let mapped = fields.iter().copied().find(|&field| self.slots[field].is_mapped());
        self.name(filled.or(mapped)?)
    }

    /// Values of a list: one from each column, or several in one cell, split at commas and semicolons.
    pub fn list(&self, field: usize) -> Vec<String> {
        let slot = &self.slots[field];
        let split = |text: &str| {
            let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        match (self.carried, &slot.columns[..]) {
            (Some(carried), _) if !slot.is_line => split(&carried[field]),
            (_, [_, _, ..]) => slot.parts(self.cells).flat_map(split).collect(),
            _ => split(&slot.value(self.cells)),
        }
    }

    pub fn date(&mut self, field: usize) -> Option<Date> {
        let text = self.text(field)?;
        let read = self.formats.dates.read(&text);
        self.taken(field, read)
    }

    /// A date that must be there.
    pub fn day(&mut self, field: usize) -> Option<Date> {
        self.present(field)?;
        self.date(field)
    }

    pub fn currency(&mut self, field: usize) -> Option<Currency> {
        let text = self.present(field)?;
        let read = text.parse().map_err(|_| format!("`{text}` is not an ISO 4217 currency code"));
        self.taken(field, read)
    }

    /// An amount, if there is one. Without a currency only its form is judged.
    pub fn money(&mut self, field: usize, currency: Option<Currency>) -> Option<Money> {
        let text = self.text(field)?;
        let read = self.amount(&text, currency);
        self.taken(field, read).flatten()
    }

    /// The amount that `text` writes in the file's number format.
    pub(super) fn amount(&self, text: &str, currency: Option<Currency>) -> Result<Option<Money>, String> {
        let plain = self.formats.numbers.plain(text)?;
        let Some(currency) = currency else { return Ok(None) };
        Money::parse(&plain, currency).map(Some).map_err(|error| match error {
            MoneyError::TooPrecise { decimals, currency, .. } => {
                format!("`{text}` has more than the {decimals} decimals that {currency} has")
            }
            _ => format!("`{text}` is too large"),
        })
    }

    /// A quantity, price or percentage, if there is one.
    pub fn exact<T: FromStr<Err = ExactError>>(&mut self, field: usize) -> Option<T> {
        let text = self.text(field)?;
        let read = self.formats.numbers.plain(&text).and_then(|plain| {
            plain.parse().map_err(|error| match error {
                ExactError::TooPrecise(_, places) => format!("`{text}` has more than {places} decimals"),
                ExactError::TooLarge(_) | ExactError::NotANumber(_) => format!("`{text}` is too large"),
            })
        });
        self.taken(field, read)
    }

    /// One of a few words, if there is one.
    pub fn word<T: FromStr<Err = String>>(&mut self, field: usize) -> Option<T> {
        let text = self.text(field)?;
        self.taken(field, text.parse())
    }

    /// The text that must be there.
    pub fn present(&mut self, field: usize) -> Option<Cow<'r, str>> {
        let text = self.text(field);
        if text.is_none() {
            self.reject(field, format!("{} is empty", self.slots[field].field));
        }
        text
    }

    fn taken<T>(&mut self, field: usize, read: Result<T, String>) -> Option<T> {
        read.map_err(|reason| self.reject(field, reason)).ok()
    }

    /// Notes that this field's value cannot be taken.
    pub fn reject(&mut self, field: usize, reason: String) {
        let slot = &self.slots[field];
        let before = slot.columns.first().copied().unwrap_or(0);
        let (column, value) = (slot.title.clone(), self.value(field).into_owned());
        self.failed = true;
        self.rejects.push(Reject { line: line_of(self.line, self.cells, before), column, value, reason });
    }
}

/// The line on which the cell `column` begins: line breaks in the cells before it push it down.
fn line_of(line: u64, cells: &[Cow<'_, str>], column: usize) -> u64 {
    let breaks = |cell: &Cow<'_, str>| {
        let lone_returns = cell.matches('\r').count() - cell.matches("\r\n").count();
        (cell.matches('\n').count() + lone_returns) as u64
    };
    line + cells.iter().take(column).map(breaks).sum::<u64>()
}
