//! Records of fixed columns, as CODA, CFONB 120, Norma 43 and lockbox files have them.
//!
//! Columns are counted in characters from one, both ends included, as the standards print them. A line whose trailing
//! blanks were trimmed reads as if they were there. What is not what the column should hold is a [`FormatError`] with
//! the line and the field.

use crate::{FormatError, Reason, text};
use kernel::Date;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'t> {
    pub line: usize,
    pub text: &'t str,
}

/// The lines with something on them.
pub(crate) fn records(text: &str) -> impl Iterator<Item = Record<'_>> {
    let filled = text::lines(text).filter(|(_, text)| !text.trim().is_empty());
    filled.map(|(line, text)| Record { line, text })
}

/// The order of the parts of a date of six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateOrder {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
}

impl<'t> Record<'t> {
    /// The columns as they stand, blanks included; less where the line ends before.
    pub(crate) fn columns(self, from: usize, to: usize) -> &'t str {
        if self.text.is_ascii() {
            return self.text.get(from - 1..to.min(self.text.len())).unwrap_or_default();
        }
        let byte = |column: usize| self.text.char_indices().nth(column).map_or(self.text.len(), |(at, _)| at);
        &self.text[byte(from - 1)..byte(to)]
    }

    pub(crate) fn starts_with(self, code: &str) -> bool {
        self.text.starts_with(code)
    }

    /// The columns without the blanks around, when there is anything.
    pub(crate) fn filled(self, from: usize, to: usize) -> Option<String> {
        text::filled(self.columns(from, to))
    }

    pub(crate) fn error(self, field: &str, reason: Reason) -> FormatError {
        FormatError::at(self.line, field, reason)
    }

    /// Refuses a line that ends before the columns it cannot do without.
    pub(crate) fn at_least(self, wanted: usize) -> Result<(), FormatError> {
        let found = self.text.chars().count();
        let short = Reason::TooShort { found, wanted };
        if found < wanted { Err(FormatError { place: crate::Place::line(self.line), reason: short }) } else { Ok(()) }
    }

    /// A count of minor units, counts and the like: digits only.
    pub(crate) fn number(self, from: usize, to: usize, field: &str) -> Result<i64, FormatError> {
        let digits = self.columns(from, to).trim();
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number = plain.then(|| digits.parse().ok()).flatten();
        number.ok_or_else(|| self.error(field, Reason::Amount(digits.to_owned())))
    }

    /// A date of six digits; `None` when it is blank or all zeros.
    pub(crate) fn date(self, from: usize, order: DateOrder, field: &str) -> Result<Option<Date>, FormatError> {
        let digits = self.columns(from, from + 5);
        if digits.trim_matches([' ', '0']).is_empty() {
            return Ok(None);
        }
        let date = six_digit_date(digits, order);
        date.map(Some).ok_or_else(|| self.error(field, Reason::Date(digits.to_owned())))
    }

    pub(crate) fn needed_date(self, from: usize, order: DateOrder, field: &str) -> Result<Date, FormatError> {
        self.date(from, order, field)?.ok_or_else(|| self.error(field, Reason::Missing))
    }
}

pub(crate) fn six_digit_date(digits: &str, order: DateOrder) -> Option<Date> {
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2)?.parse::<i8>().ok();
    let [first, second, third] = [part(0)?, part(2)?, part(4)?];
    let (year, month, day) = match order {
        DateOrder::DayMonthYear => (third, second, first),
        DateOrder::MonthDayYear => (third, first, second),
        DateOrder::YearMonthDay => (first, second, third),
    };
    Date::new(full_year(i16::from(year)), month, day)
}

/// Two digits of a year: up to 79 of this century, from 80 of the last.
pub(crate) fn full_year(year: i16) -> i16 {
    match year {
        0..80 => 2000 + year,
        80..100 => 1900 + year,
        year => year,
    }
}

/// One blank where there were several, none around.
pub(crate) fn squeezed(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_from_one() {
        let record = Record { line: 3, text: "01Müller  7" };
        assert_eq!((record.columns(1, 2), record.columns(3, 8), record.columns(11, 20)), ("01", "Müller", "7"));
        assert_eq!(record.columns(40, 50), "");
        assert_eq!(record.filled(9, 10), None);
        let error = record.number(3, 8, "amount").unwrap_err();
        assert_eq!(error.to_string(), "line 3, amount: `Müller` is not an amount");
    }

    #[test]
    fn dates_of_six_digits() {
        let date = |digits, order| six_digit_date(digits, order).map(|date| date.to_string());
        assert_eq!(date("311299", DateOrder::DayMonthYear).as_deref(), Some("1999-12-31"));
        assert_eq!(date("260228", DateOrder::YearMonthDay).as_deref(), Some("2026-02-28"));
        assert_eq!(date("022826", DateOrder::MonthDayYear).as_deref(), Some("2026-02-28"));
        assert_eq!(date("300226", DateOrder::DayMonthYear), None);
        assert_eq!(date("  CART", DateOrder::DayMonthYear), None);
    }
}
