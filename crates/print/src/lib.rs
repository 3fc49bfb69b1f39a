//! Business documents as PDF/A, in the customer's language.
//!
//! Plain structs in (`input`), bytes out. Nothing here calculates what is owed, reads a clock or touches a disk: the
//! same input gives the same bytes for ever. One call: [`pdf`] has `trade`, `statement` or `quittance` turn the
//! document into a [`letter::Letter`], whose every string is already worded and formatted; `engine` hands it to the
//! typst templates as a JSON file, so that what a customer typed is data and never markup.

mod engine;
mod epc;
mod format;
mod input;
mod language;
mod letter;
mod quittance;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod statement;
#[cfg(test)]
mod tests;
mod trade;

pub use epc::{EpcError, EpcPayment, Remittance, epc_payload};
pub use input::*;
pub use language::{Language, UnknownLanguage};

/// A document that can be printed.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a document is made, printed and dropped, never kept in numbers")]
pub enum Document {
    Trade(Trade),
    Statement(Statement),
    Quittance(Quittance),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    #[error("{document} is in {expected}, but {place} is in {found}")]
    MixedCurrencies { document: String, expected: kernel::Currency, place: String, found: kernel::Currency },
    #[error("{0}")]
    Money(#[from] kernel::MoneyError),
    #[error("the logo is not a PNG, JPEG or SVG picture")]
    LogoFormat,
    #[error("the logo cannot be printed: {0}")]
    Logo(String),
    #[error("{document} cannot be printed: {reason}")]
    Typesetting { document: String, reason: String },
}

/// The document as a PDF/A-3b file.
pub fn pdf(document: &Document, language: Language) -> Result<Vec<u8>, PrintError> {
    let letter = match document {
        Document::Trade(trade) => trade::letter(trade, language)?,
        Document::Statement(statement) => statement::letter(statement, language)?,
        Document::Quittance(quittance) => quittance::letter(quittance, language)?,
    };
    engine::typeset(&letter)
}

/// Whether a picture can stand on documents; to be asked when it is uploaded, so that no invoice fails on it later.
pub fn check_logo(picture: &[u8]) -> Result<(), PrintError> {
    engine::check_logo(picture)
}
