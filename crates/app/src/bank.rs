//! Bank files: what a bank or a payer sent becomes bank lines and remittance advices, each of them once.
//!
//! `receive` reads the file before it takes the database, finds whose account it is, and in one transaction keeps the
//! file, its statements and the lines that are new. Files of one account wait for each other, so two at the same moment,
//! overlapping files and the same file twice never double a line. `preview` does the same and takes it back. What a line
//! pays is decided afterwards, by others.

mod accounts;
mod advices;
mod due;
mod files;
mod lines;
mod reading;
mod returned;
mod tables;
mod telling_apart;

pub use advices::{AdviceView, advice, advices};
pub(crate) use due::{DueTimes, due_at};
pub use files::{BankFileView, FileFilter, balances, file, files, line, lines};
pub use store::bank::{
    AdviceRow, BankFileRow, BankLineRow, BankStatementRow, BankTableRow, LineFilter, LineSort, LineSummary,
};
pub use store::companies::BankAccountRow;
pub use tables::{KeepTable, Proposal, keep_table, propose_table, tables};

use crate::{
    context::{App, Caller, Event, Work},
    error::{Error, Result},
};
use domain::{
    bank::{AdviceLine, BankRefusal},
    users::Permission,
};
use kernel::{AdviceId, BankAccountId, BankFileId, Currency, Date, Timestamp};
use lines::{Entry, Taken};
use reading::Read;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use store::{Json, bank};

/// Larger files are for a disk that is larger than ours.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// A file as it came.
#[derive(Debug, Clone, Default)]
pub struct ReceiveFile {
    pub name: String,
    pub bytes: Vec<u8>,
    /// For files that do not say whose account they are of.
    pub bank_account: Option<BankAccountId>,
    /// Found from the bytes when it is left out: `camt053`, `mt940`, ...
    pub format: Option<String>,
    /// How a table is read, as a definition in TOML; otherwise by one that was kept or is shipped.
    pub table: Option<String>,
}

/// What came of a file.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Received {
    Statements(ReceivedStatements),
    Advices(ReceivedAdvices),
}

#[derive(Debug, Clone, serde::Serialize)]
pub struct ReceivedStatements {
    /// `None` for a preview.
    pub file: Option<BankFileId>,
    pub name: String,
    pub format: String,
    /// The definition by which a table was read.
    pub table: Option<String>,
    /// When exactly these bytes came before.
    pub received_before: Option<Timestamp>,
    pub new_lines: usize,
    pub known_lines: usize,
    /// Announced before and booked now; among the known ones.
    pub booked_now: usize,
    pub statements: Vec<ReceivedStatement>,
    pub warnings: Vec<String>,
    /// The first new lines.
    #[serde(skip)]
    pub lines: Vec<BankLineRow>,
}

#[derive(Debug, Clone, serde::Serialize)]
pub struct ReceivedStatement {
    pub bank_account: BankAccountId,
    pub account_name: String,
    pub number: Option<String>,
    pub currency: Currency,
    pub opens_on: Option<Date>,
    pub closes_on: Option<Date>,
    pub opening_minor: Option<i64>,
    pub closing_minor: Option<i64>,
    pub lines: usize,
    pub new_lines: usize,
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, serde::Serialize)]
pub struct ReceivedAdvices {
    pub name: String,
    pub format: String,
    pub new: usize,
    pub known: usize,
    pub advices: Vec<ReceivedAdvice>,
}

#[derive(Debug, Clone, serde::Serialize)]
pub struct ReceivedAdvice {
    /// `None` for a preview, and for one that was here before.
    pub id: Option<AdviceId>,
    pub number: Option<String>,
    pub payer_name: Option<String>,
    pub currency: Currency,
    pub total_minor: i64,
    pub lines: Vec<AdviceLine>,
    pub warnings: Vec<String>,
}

impl Received {
    /// One sentence for a log or a message.
    pub fn sentence(&self) -> String {
        match self {
            Self::Statements(found) => {
                let ReceivedStatements { name, new_lines, known_lines, booked_now, .. } = found;
                let booked = if *booked_now > 0 { format!(", {booked_now} booked now") } else { String::new() };
                format!("{name}: {new_lines} new lines, {known_lines} known{booked}.")
            }
            Self::Advices(ReceivedAdvices { name, new, known, .. }) => {
                format!("{name}: {new} new remittance advices, {known} known.")
            }
        }
    }

    /// Everything that does not add up.
    pub fn warnings(&self) -> Vec<&str> {
        let found: Vec<&String> = match self {
            Self::Statements(found) => {
                let of_statements = found.statements.iter().flat_map(|statement| &statement.warnings);
                found.warnings.iter().chain(of_statements).collect()
            }
            Self::Advices(found) => found.advices.iter().flat_map(|advice| &advice.warnings).collect(),
        };
        found.into_iter().map(String::as_str).collect()
    }
}

pub async fn receive(app: &App, caller: &Caller, file: ReceiveFile) -> Result<Received> {
    take(app, caller, file, true).await
}

/// What receiving would do: it is done and taken back.
pub async fn preview(app: &App, caller: &Caller, file: ReceiveFile) -> Result<Received> {
    take(app, caller, file, false).await
}

async fn take(app: &App, caller: &Caller, file: ReceiveFile, keep: bool) -> Result<Received> {
    caller.may(Permission::RecordPayments)?;
    if file.bytes.len() > MOST_BYTES {
        return Err(Error::field("file", format!("it has {} bytes; the limit is {MOST_BYTES}", file.bytes.len())));
    }
    let kept = tables::tables(app, caller).await?;
    let (file, read) = reading::read(file, kept).await?;
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let received = match read {
        Read::Statements(parsed) => Received::Statements(statements(&mut work, &file, *parsed).await?),
        Read::Advices(found) => Received::Advices(advices::receive(&mut work, &file, &found).await?),
    };
    if keep {
        work.commit().await?;
        return Ok(received);
    }
    work.tx.rollback().await?;
    Ok(forgotten(received))
}

/// Without the ids of what was taken back.
fn forgotten(mut received: Received) -> Received {
    match &mut received {
        Received::Statements(found) => found.file = None,
        Received::Advices(found) => found.advices.iter_mut().for_each(|advice| advice.id = None),
    }
    received
}

async fn statements(work: &mut Work, file: &ReceiveFile, mut read: reading::Statements) -> Result<ReceivedStatements> {
    let accounts = accounts::find(work, file, &mut read).await?;
    let company = work.company_id();
    let in_order: BTreeSet<BankAccountId> = accounts.iter().map(|account| account.id).collect();
    for account in in_order {
        bank::take_account(&mut work.tx, company, account).await?;
    }
    let digest = hex::encode(Sha256::digest(&file.bytes));
    let before = bank::file_by_digest(&mut work.tx, company, &digest).await?;
    let format = read.format.as_str();
    let due_times = DueTimes::of(work).await?;
    let mut taken = lines::taken(work, file, &read, (&accounts, &due_times))?;
    telling_apart::tell(work, &mut taken, format).await?;
    let mut received = ReceivedStatements {
        file: Some(taken.file),
        name: file.name.clone(),
        format: format.to_owned(),
        table: read.table,
        received_before: before.map(|before| before.received_at),
        new_lines: taken.count(Entry::is_new),
        known_lines: taken.count(|entry| !entry.is_new()),
        booked_now: taken.count(Entry::is_booked_now),
        statements: vec![],
        warnings: read.warnings,
        lines: vec![],
    };
    gaps(work, &mut taken, &accounts).await?;
    received.statements = taken.statements.iter().zip(&accounts).map(|(told, account)| told.shown(account)).collect();
    save(work, file, (&mut received, taken), digest).await?;
    Ok(received)
}

/// A statement must open with the balance that the account's last one closed with, or one is missing.
async fn gaps(work: &mut Work, taken: &mut Taken, accounts: &[BankAccountRow]) -> Result<()> {
    let company = work.company_id();
    let last = bank::last_balances(&mut work.tx, company).await?;
    for (told, account) in taken.statements.iter_mut().zip(accounts) {
        let Some(&(_, closed_on, closing, currency)) = last.iter().find(|(id, ..)| *id == account.id) else { continue };
        let (Some(opens_on), Some(opening)) = (told.row.opens_on, told.row.opening_minor) else { continue };
        if told.new_lines() > 0 && opens_on >= closed_on && opening != closing && currency == told.row.currency {
            let (opening, closing) = (told.money(opening), told.money(closing));
            told.warnings.push(format!(
                "it opens with {opening}, but the last statement of {} closed on {closed_on} with {closing}; one between them may be missing",
                account.name
            ));
        }
    }
    Ok(())
}

/// Lines that a preview shows.
const SHOWN: usize = 500;

async fn save(
    work: &mut Work,
    file: &ReceiveFile,
    (received, taken): (&mut ReceivedStatements, Taken),
    digest: String,
) -> Result<()> {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let company = work.company_id();
    let row = BankFileRow {
        company_id: company,
        id: taken.file,
        name: file.name.clone(),
        digest,
        format: received.format.clone(),
        bytes: count(file.bytes.len()),
        statements: count(taken.statements.len()),
        lines: count(received.new_lines + received.known_lines),
        new_lines: count(received.new_lines),
        known_lines: count(received.known_lines),
        warnings: Json(json!(received.warnings)),
        received_at: work.now,
        received_by: work.actor.name(),
    };
    work.save(&[row]);
    let statements: Vec<BankStatementRow> = taken.statements.iter().map(lines::Told::row).collect();
    work.save(&statements);
    let (mut replaced, mut fresh) = (vec![], vec![]);
    for entry in taken.statements.into_iter().flat_map(|told| told.entries) {
        replaced.extend(entry.replaced());
        for (id, row) in entry.booked() {
            bank::book(&mut work.tx, id, row).await?;
        }
        fresh.extend(entry.fresh());
    }
    // One of them was posted a moment ago: with its details beside it the money would stand there twice.
    if !replaced.is_empty() && bank::replace(&mut work.tx, company, &replaced).await? != replaced.len() as u64 {
        return Err(Error::Stale);
    }
    work.save(&fresh);
    fresh.truncate(SHOWN);
    received.lines = fresh;
    let summary = Received::Statements(received.clone()).sentence();
    let after = json!({"new_lines": received.new_lines, "known_lines": received.known_lines});
    work.record(Event {
        action: "bank_file.received",
        subject_kind: "bank_file",
        subject_id: taken.file.0,
        summary,
        after: Some(after.clone()),
        ..Event::default()
    });
    work.send("bank_file.received", taken.file.0, after);
    Ok(())
}

fn refused(field: &str, refusal: &BankRefusal) -> Error {
    Error::field(field, refusal)
}
