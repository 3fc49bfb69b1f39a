//! What banks send: bytes in, [`BankStatement`]s or located errors out. Pure: no files, no clock, no database.
//!
//! [`parse`] is the door: it finds the format from the bytes (`detect.rs`), hands them to the one file that knows the
//! format (`camt.rs`, `mt940.rs`, `ofx.rs`, ...), and has every statement checked (`check.rs`): what does not add up is
//! a warning that the clerk sees, never a silent pass and never a refusal. A file that cannot be read gives a
//! [`FormatError`] with line and reason. Large files go through [`statements`], which holds one statement at a time.

pub mod amount;
mod bai2;
mod camt;
mod cfonb;
mod check;
mod coda;
mod detect;
mod error;
mod fingerprint;
mod fixed;
mod format;
pub mod lockbox;
mod mt940;
mod norma43;
mod normal;
mod ofx;
mod qif;
pub mod references;
pub mod remittance;
mod statement;
mod stream;
pub mod table;
pub mod text;
mod utf8;

pub use amount::{Amount, CurrencyCode};
pub use check::check;
pub use detect::detect;
pub use error::{FormatError, Place, Reason, Warning, WarningKind};
pub use fingerprint::{Fingerprint, fingerprints};
pub use format::{Format, UnknownFormat};
pub use statement::{
    Balance, BankLine, BankStatement, Batch, Charge, Details, Exchange, Extras, NamedBalance, Party, PaymentFacts,
    Status,
};
pub use stream::{Statements, statements};

/// What the caller knows better than the file; the default asks for nothing.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// Read as this format; without it the format is found from the bytes.
    pub format: Option<Format>,
    /// For formats that name no currency (QIF, some CSV files).
    pub default_currency: Option<kernel::Currency>,
    /// The columns of a lockbox file; without it the shipped layout that fits best.
    pub lockbox: Option<lockbox::Layout>,
    /// The columns of a CSV or XLSX file; without it a shipped definition that fits, or a proposed one.
    pub table: Option<table::Definition>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub format: Format,
    pub statements: Vec<BankStatement>,
    /// What concerns the file as a whole; each statement has its own.
    pub warnings: Vec<Warning>,
}

/// Reads a whole file.
pub fn parse(bytes: &[u8], options: &ParseOptions) -> Result<Parsed, FormatError> {
    let format = match options.format {
        Some(format) => format,
        None => detect(bytes).ok_or_else(|| unknown(bytes))?,
    };
    let (statements, warnings) = match format {
        Format::Mt940 | Format::Mt942 => streamed(format, &text::utf8(bytes))?,
        Format::Camt052 | Format::Camt053 | Format::Camt054 => streamed(format, bytes)?,
        _ => whole(format, bytes, options)?,
    };
    Ok(Parsed { format, statements, warnings })
}

fn unknown(bytes: &[u8]) -> FormatError {
    table::refusal(bytes).unwrap_or_else(|| FormatError::nowhere(Reason::UnknownFormat))
}

/// Statements, and what concerns the file.
type Read = (Vec<BankStatement>, Vec<Warning>);

fn streamed(format: Format, bytes: &[u8]) -> Result<Read, FormatError> {
    let mut reader = statements(bytes, format)?;
    let found = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((found, reader.warnings()))
}

/// The formats that are read as a whole.
fn whole(format: Format, bytes: &[u8], options: &ParseOptions) -> Result<Read, FormatError> {
    let mut warnings = Vec::new();
    let mut statements = match format {
        Format::Bai2 => bai2::read(bytes),
        Format::Lockbox => lockbox::read(bytes, options.lockbox.as_ref()),
        Format::Coda => coda::read(bytes),
        Format::Cfonb120 => cfonb::read(bytes),
        Format::Norma43 => norma43::read(bytes),
        Format::Qif => qif::read(bytes, options),
        Format::Ofx => ofx::read(bytes, &mut warnings),
        Format::BankCsv => table::read(bytes, options.table.as_ref(), options.default_currency),
        other => Err(FormatError::nowhere(Reason::NotThisFormat(other.as_str(), "no reader".to_owned()))),
    }?;
    statements.iter_mut().for_each(finish);
    Ok((statements, warnings))
}

/// What every statement gets once its format has read it.
fn finish(statement: &mut BankStatement) {
    if let Some(account) = &mut statement.account {
        without_blanks(account);
    }
    references::recognise(statement);
    check(statement);
}

/// An IBAN as it is printed, in groups of four; any other account keeps its blanks.
fn without_blanks(account: &mut String) {
    let is_iban = |head: &[u8]| matches!(head, [a, b, c, d] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    let mut groups = account.split_whitespace();
    if !groups.next().is_some_and(|head| is_iban(head.as_bytes())) {
        return;
    }
    let groups: Vec<&str> = groups.collect();
    let is_printed =
        |group: &&str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if let [middle @ .., last] = &groups[..]
        && middle.len() >= 2
        && middle.iter().all(is_printed)
        && last.len() <= 4
    {
        account.retain(|c| !c.is_whitespace());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_printed_iban_loses_its_blanks() {
        for (account, kept) in [
            ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("NL91 ABNA 0417 1643 00", "NL91ABNA0417164300"),
            ("0808 8804068", "0808 8804068"),
            ("NL91ABNA0417164300 EUR", "NL91ABNA0417164300 EUR"),
            ("My account 7", "My account 7"),
            ("1234567", "1234567"),
        ] {
            let mut found = account.to_owned();
            super::without_blanks(&mut found);
            assert_eq!(found, kept);
        }
    }
}
