//! Large files, one statement at a time: memory is bounded by the largest statement, not by the file.

use crate::{BankStatement, Format, FormatError, Reason, Warning, camt, finish, mt940};
use std::io::BufRead;

/// The statements of a file in turn; ends after the first error.
pub struct Statements<R: BufRead>(Kind<R>);

enum Kind<R: BufRead> {
    Camt(camt::Reader<R>),
    Mt940(mt940::Reader<R>),
}

/// For the formats that banks deliver by the hundred megabytes; the others go through [`crate::parse`].
pub fn statements<R: BufRead>(input: R, format: Format) -> Result<Statements<R>, FormatError> {
    let kind = match format {
        Format::Camt052 | Format::Camt053 | Format::Camt054 => Kind::Camt(camt::Reader::new(input, format)),
        Format::Mt940 | Format::Mt942 => Kind::Mt940(mt940::Reader::new(input, format)),
        other => {
            let reason = "it is read as a whole".to_owned();
            return Err(FormatError::nowhere(Reason::NotThisFormat(other.as_str(), reason)));
        }
    };
    Ok(Statements(kind))
}

impl<R: BufRead> Statements<R> {
    /// What concerns the file as a whole; complete when the last statement was read.
    pub fn warnings(&self) -> Vec<Warning> {
        match &self.0 {
            Kind::Camt(reader) => reader.warnings(),
            Kind::Mt940(reader) => reader.warnings(),
        }
    }
}

impl<R: BufRead> Iterator for Statements<R> {
    type Item = Result<BankStatement, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = match &mut self.0 {
            Kind::Camt(reader) => reader.next(),
            Kind::Mt940(reader) => reader.next(),
        };
        found.map(|read| {
            read.map(|mut statement| {
                finish(&mut statement);
                statement
            })
        })
    }
}
