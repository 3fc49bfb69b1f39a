//! How the banks of a company write their tables: proposed from a file, confirmed by a person, found again by the next file.

use super::{BankTableRow, ReceiveFile, reading::PROPOSED};
use crate::{
    context::{App, Caller, Event, new_id},
    error::{Error, Result},
};
use bankfiles::{Format, ParseOptions, table};
use domain::users::Permission;
use kernel::{BankAccountId, BankTableId};
use serde::{Deserialize, Serialize};
use store::bank;

/// How a table could be read, and what came out.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// As a definition in TOML, which can be changed.
    pub definition: String,
    /// What each field is read from.
    pub columns: Vec<(&'static str, String)>,
    /// The first lines: day, amount, payer, text.
    pub lines: Vec<[String; 4]>,
    pub count: usize,
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepTable {
    pub name: String,
    /// A definition in TOML.
    pub definition: String,
    /// For files that do not say whose account they are of.
    #[serde(default)]
    pub bank_account: Option<BankAccountId>,
}

const SHOWN: usize = 8;

/// How `file` could be read: by its own `table`, or by what its head looks like. Keeps nothing.
pub async fn propose_table(app: &App, caller: &Caller, file: ReceiveFile) -> Result<Proposal> {
    caller.may(Permission::RecordPayments)?;
    let _ = app;
    let proposing = tokio::task::spawn_blocking(move || propose(&file));
    proposing.await.map_err(Error::broken)?
}

fn propose(file: &ReceiveFile) -> Result<Proposal> {
    let definition = match &file.table {
        Some(toml) => table::Definition::parse(toml).map_err(|error| Error::field("table", error))?,
        None => table::propose(&file.bytes).map_err(|error| Error::field("file", error))?,
    };
    let options =
        ParseOptions { format: Some(Format::BankCsv), table: Some(definition.clone()), ..ParseOptions::default() };
    let parsed = bankfiles::parse(&file.bytes, &options).map_err(|error| Error::field("table", error))?;
    let lines: Vec<_> = parsed.statements.iter().flat_map(|statement| &statement.lines).collect();
    let shown = lines.iter().take(SHOWN).map(|line| {
        let (payer, text) = (line.payment.counterparty.name.clone(), line.payment.remittance.clone());
        let day = line.booked_on.map(|day| day.to_string());
        let amount = line.amount.map(|amount| amount.to_string());
        [day, amount, payer, text].map(Option::unwrap_or_default)
    });
    let warnings = parsed.statements.iter().flat_map(|statement| &statement.warnings).chain(&parsed.warnings);
    Ok(Proposal {
        columns: columns(&definition.columns),
        lines: shown.collect(),
        count: lines.len(),
        warnings: warnings.map(ToString::to_string).collect(),
        definition: definition.to_toml(),
    })
}

/// In the clerk's words.
fn columns(columns: &table::Columns) -> Vec<(&'static str, String)> {
    let one = |words, column: &Option<table::Column>| column.as_ref().map(|column| (words, column.to_string()));
    let list = |columns: &[table::Column]| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let many = |words, columns: &[table::Column]| (!columns.is_empty()).then(|| (words, list(columns)));
    [
        Some(("Booking day", columns.date.to_string())),
        one("Value day", &columns.value_date),
        one("Amount", &columns.amount),
        one("Money out", &columns.debit),
        one("Money in", &columns.credit),
        one("Fee taken beside it", &columns.fee),
        one("Side", &columns.side),
        one("Balance", &columns.balance),
        one("Currency", &columns.currency),
        one("Our account", &columns.account),
        many("Payer", &columns.name),
        one("Payer’s account", &columns.counterparty_account),
        one("From", &columns.payer),
        one("To", &columns.payee),
        one("From account", &columns.payer_account),
        one("To account", &columns.payee_account),
        many("Text", &columns.text),
        one("Reference", &columns.reference),
        one("Bank’s reference", &columns.bank_reference),
        one("End-to-end id", &columns.end_to_end_id),
        one("Code", &columns.code),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The definitions of the company.
pub async fn tables(app: &App, caller: &Caller) -> Result<Vec<BankTableRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(bank::tables(&mut work.tx, company).await?)
}

/// Keeps a definition under its name, in place of the one that had it.
pub async fn keep_table(app: &App, caller: &Caller, new: KeepTable) -> Result<BankTableId> {
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let company = work.company_id();
    let name = new.name.trim().to_owned();
    if name.is_empty() || name == PROPOSED {
        return Err(Error::field("name", "say which bank’s files these are"));
    }
    let parsed = table::Definition::parse(&new.definition).map_err(|error| Error::field("definition", error))?;
    let definition = table::Definition { name: name.clone(), ..parsed }.to_toml();
    let before = bank::tables(&mut work.tx, company).await?.into_iter().find(|row| row.name == name);
    let id = before.as_ref().map_or_else(new_id, |before| before.id);
    let row = BankTableRow {
        company_id: company,
        id,
        name: name.clone(),
        definition,
        bank_account_id: new.bank_account,
        recorded_at: work.now,
        recorded_by: work.actor.name(),
    };
    bank::keep_table(&mut work.tx, &row).await?;
    work.record(Event {
        action: "bank_table.kept",
        subject_kind: "bank_table",
        subject_id: id.0,
        summary: format!("Bank files like {name} are read by a definition"),
        before: before.map(|before| before.definition.into()),
        after: Some(row.definition.into()),
        ..Event::default()
    });
    work.commit().await?;
    Ok(id)
}
