//! Why a file cannot be read, and what is odd in one that can: sentences with the line and the field.

use crate::Amount;
use kernel::Date;
use std::fmt;

/// Where in the file: counted from one, as editors do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    pub line: Option<usize>,
    /// The tag, element or column.
    pub field: Option<String>,
}

/// The file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{reason}")]
pub struct FormatError {
    pub place: Place,
    pub reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("this is no bank file of a format that Quittance knows")]
    UnknownFormat,
    #[error("this is no {0} file: {1}")]
    NotThisFormat(&'static str, String),
    #[error("`{0}` is not an amount")]
    Amount(String),
    #[error("the amount `{0}` is too large")]
    AmountTooLarge(String),
    #[error(
        "the table has no headings, and nothing in it says which of its numbers is the amount; \
         an export of more days shows it by the balances"
    )]
    AmountUnclear,
    #[error("`{0}` is not a date")]
    Date(String),
    #[error("`{0}` is not a currency code such as EUR")]
    Currency(String),
    #[error("`{0}` says neither credit nor debit")]
    Sign(String),
    #[error("it is missing")]
    Missing,
    #[error("`{0}` does not belong here")]
    Unexpected(String),
    #[error("the record is too short: {found} characters of {wanted}")]
    TooShort { found: usize, wanted: usize },
    #[error("the file ends in the middle of {0}")]
    Truncated(String),
    #[error("the XML is broken: {0}")]
    Xml(String),
    #[error("the file cannot be read: {0}")]
    Io(String),
    #[error("there is no statement in the file")]
    Empty,
}

/// Something that the clerk should know of a statement that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub place: Place,
    pub kind: WarningKind,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WarningKind {
    #[error("opening balance {opening} and lines of {lines} make {sum}, but the closing balance is {closing}")]
    Balance { opening: Amount, lines: Amount, sum: Amount, closing: Amount },
    #[error("{of} should be {stated}, but there are {found}")]
    Count { of: String, stated: u64, found: u64 },
    #[error("{of} should be {stated}, but it is {found}")]
    Total { of: String, stated: Amount, found: Amount },
    #[error("{date} is not a day of the calendar; read as {read_as}")]
    NoSuchDay { date: String, read_as: Date },
    #[error("{0} has more decimals than its currency; it is rounded to {1}")]
    Decimals(Amount, Amount),
    #[error("`{0}` is a currency that ISO 4217 does not list (any more); its lines cannot be posted")]
    Currency(String),
    #[error("there is no closing balance, so the statement cannot be checked")]
    NoClosing,
    #[error("the end of the statement is missing")]
    NoTrailer,
    #[error("{0}")]
    Other(String),
}

impl Place {
    pub fn line(line: usize) -> Self {
        Self { line: Some(line), field: None }
    }

    pub fn field(line: usize, field: impl Into<String>) -> Self {
        Self { line: Some(line), field: Some(field.into()) }
    }
}

impl FormatError {
    pub fn nowhere(reason: Reason) -> Self {
        Self { place: Place::default(), reason }
    }

    pub fn at(line: usize, field: impl Into<String>, reason: Reason) -> Self {
        Self { place: Place::field(line, field), reason }
    }
}

impl Warning {
    pub fn nowhere(kind: WarningKind) -> Self {
        Self { place: Place::default(), kind }
    }

    pub fn at(line: usize, field: impl Into<String>, kind: WarningKind) -> Self {
        Self { place: Place::field(line, field), kind }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place, self.kind)
    }
}

/// `line 12, :61:: ` before the reason, or nothing.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.field) {
            (Some(line), Some(field)) => write!(f, "line {line}, {field}: "),
            (Some(line), None) => write!(f, "line {line}: "),
            (None, Some(field)) => write!(f, "{field}: "),
            (None, None) => Ok(()),
        }
    }
}
