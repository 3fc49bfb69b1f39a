//! Bytes to statements or advices, before any database is asked. A remittance advice says so in its first segment; the
//! rest is a bank's file. A table is read only by a definition that somebody wrote or confirmed: a guess at which column
//! is the amount never becomes money by itself.

use super::{BankTableRow, ReceiveFile, refused};
use crate::error::{Error, Result};
use bankfiles::{
    BankStatement, Fingerprint, Format, FormatError, ParseOptions, Parsed, Reason, fingerprints,
    remittance::{self, RemittanceAdvice},
    table::Definition,
};
use domain::bank::BankRefusal;

pub(super) enum Read {
    Statements(Box<Statements>),
    Advices(Vec<RemittanceAdvice>),
}

pub(super) struct Statements {
    pub format: Format,
    /// The definition by which a table was read.
    pub table: Option<String>,
    pub statements: Vec<BankStatement>,
    pub fingerprints: Vec<Vec<Fingerprint>>,
    pub warnings: Vec<String>,
}

/// What a proposed definition is called.
pub(super) const PROPOSED: &str = "proposed";

pub(super) async fn read(file: ReceiveFile, kept: Vec<BankTableRow>) -> Result<(ReceiveFile, Read)> {
    let given = file.table.as_deref().map(Definition::parse).transpose();
    let given = given.map_err(|error| Error::field("table", error))?;
    let format: Option<Format> = file
        .format
        .as_deref()
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .transpose()
        .map_err(|error| Error::field("format", error))?;
    let reading = tokio::task::spawn_blocking(move || {
        let read = understood(&file, format, given, &kept);
        (file, read)
    });
    let (file, read) = reading.await.map_err(Error::broken)?;
    Ok((file, read?))
}

fn understood(
    file: &ReceiveFile,
    format: Option<Format>,
    given: Option<Definition>,
    kept: &[BankTableRow],
) -> Result<Read> {
    let unreadable = |error: FormatError| {
        refused("file", &BankRefusal::Unreadable { name: file.name.clone(), reason: error.to_string() })
    };
    if format.is_none() && given.is_none() {
        match remittance::parse(&file.bytes) {
            Ok(advices) => return Ok(Read::Advices(advices)),
            Err(FormatError { reason: Reason::UnknownFormat, .. }) => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    let is_given = given.is_some();
    let format = if is_given { Some(Format::BankCsv) } else { format };
    let options = ParseOptions { format, table: given, ..ParseOptions::default() };
    let mut parsed = bankfiles::parse(&file.bytes, &options).map_err(unreadable);
    let is_table = parsed.as_ref().map_or(true, |parsed| parsed.format == Format::BankCsv);
    let mut table = None;
    if is_table
        && !is_given
        && let Some((name, by_kept)) = by_kept(&file.bytes, kept)
    {
        (table, parsed) = (Some(name), Ok(by_kept));
    }
    let parsed = parsed?;
    if parsed.format == Format::BankCsv && table.is_none() {
        table = parsed.statements.first().and_then(|statement| statement.extras.get("definition")).map(str::to_owned);
        if !is_given && table.as_deref() == Some(PROPOSED) {
            return Err(refused("table", &BankRefusal::UnknownTable { name: file.name.clone() }));
        }
    }
    let fingerprints = fingerprints(&parsed.statements);
    let warnings = parsed.warnings.iter().map(ToString::to_string).collect();
    let (format, statements) = (parsed.format, parsed.statements);
    Ok(Read::Statements(Box::new(Statements { format, table, statements, fingerprints, warnings })))
}

/// By the first definition of the company whose columns are all there.
fn by_kept(bytes: &[u8], kept: &[BankTableRow]) -> Option<(String, Parsed)> {
    kept.iter().find_map(|row| {
        let table = Definition::parse(&row.definition).ok()?;
        let options = ParseOptions { format: Some(Format::BankCsv), table: Some(table), ..ParseOptions::default() };
        let parsed = bankfiles::parse(bytes, &options).ok()?;
        let has_lines = parsed.statements.iter().any(|statement| !statement.lines.is_empty());
        has_lines.then(|| (row.name.clone(), parsed))
    })
}
