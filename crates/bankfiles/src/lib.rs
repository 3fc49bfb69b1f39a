//! What banks send: bytes in, [`BankStatement`]s or located errors out. Pure: no files, no clock, no database.
//!
//! [`parse`] is the door: it finds the format from the bytes (`detect.rs`), hands them to the one file that knows the
//! format (`camt.rs`, `mt940.rs`, `ofx.rs`, ...), and has every statement checked (`check.rs`): what does not add up is
//! a warning that the clerk sees, never a silent pass and never a refusal. A file that cannot be read gives a
//! [`FormatError`] with line and reason. Large files go through [`statements`], which holds one statement at a time.

pub mod amount;
mod camt;
mod check;
mod detect;
mod error;
mod fingerprint;
mod format;
mod mt940;
mod normal;
mod ofx;
mod statement;
mod stream;
pub mod text;
mod utf8;

pub use amount::{Amount, CurrencyCode};
pub use check::check;
pub use detect::detect;
pub use error::{FormatError, Place, Reason, Warning, WarningKind};
pub use fingerprint::{Fingerprint, fingerprints};
pub use format::{Format, UnknownFormat};
pub use statement::{
    Balance, BankLine, BankStatement, Batch, Charge, Details, Exchange, Extras, NamedBalance, Party, Status,
};
pub use stream::{Statements, statements};

/// What the caller knows better than the file; the default asks for nothing.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// Read as this format; without it the format is found from the bytes.
    pub format: Option<Format>,
    /// For formats that name no currency (QIF, some CSV files).
    pub default_currency: Option<kernel::Currency>,
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
        None => detect(bytes).ok_or_else(|| FormatError::nowhere(Reason::UnknownFormat))?,
    };
    let (statements, warnings) = match format {
        Format::Mt940 | Format::Mt942 => whole(&text::utf8(bytes), format)?,
        Format::Camt052 | Format::Camt053 | Format::Camt054 => whole(bytes, format)?,
        Format::Ofx => ofx::parse(bytes)?,
    };
    Ok(Parsed { format, statements, warnings })
}

fn whole(bytes: &[u8], format: Format) -> Result<(Vec<BankStatement>, Vec<Warning>), FormatError> {
    let mut reader = statements(bytes, format)?;
    let found = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((found, reader.warnings()))
}
