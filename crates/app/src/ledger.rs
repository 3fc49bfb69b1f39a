//! The books: posting entries, the chart of accounts, closing and reopening periods.
//!
//! Every other use case posts through `Books`, which knows the chart's roles and the closed periods of the company and
//! makes the rows that are queued on the same `Work`, so that a fact and its entry are saved together or not at all.

pub use store::ledger::{AccountRow, DayCount, EntryRow, PeriodRow, PostingRow};

use crate::{
    context::{App, Caller, Event, Work},
    error::{Error, Result},
    reference::Reference,
};
use domain::{
    ledger::{AccountKind, AccountRole, JournalEntry, may_close, may_reopen, posting_day},
    users::Permission,
};
use kernel::{Date, EntryId, OpenItemId};
use serde_json::json;
use std::{collections::HashMap, sync::Arc};
use store::{items, ledger};
use uuid::Uuid;

/// What posting needs to know of a company's books.
pub(crate) struct Books(Arc<Reference>);

impl Books {
    pub(crate) async fn open(work: &mut Work) -> Result<Self> {
        Ok(Self(work.reference().await?))
    }

    /// The account that plays `role`.
    pub(crate) fn account(&self, role: AccountRole) -> Result<String> {
        let missing = || Error::Refused(format!("No account has the role {role}; set one under Accounts."));
        self.0.roles.get(&role).cloned().ok_or_else(missing)
    }

    /// The rows of an entry under its own day, or under the first open day when its period is closed.
    pub(crate) fn rows(
        &self,
        work: &Work,
        id: EntryId,
        entry: &JournalEntry,
        reverses: Option<EntryId>,
    ) -> (EntryRow, Vec<PostingRow>) {
        let posted_on = posting_day(entry.effective_on, self.0.closed_through);
        let row = EntryRow {
            company_id: work.company_id(),
            id,
            kind: entry.kind,
            source_id: entry.source,
            description: entry.description.clone(),
            effective_on: entry.effective_on,
            posted_on,
            recorded_at: work.now,
            actor: work.actor.name(),
            reverses_id: reverses,
        };
        let posting = |(position, posting): (i64, &domain::ledger::Posting)| PostingRow {
            company_id: work.company_id(),
            entry_id: id,
            position,
            account: posting.account.clone(),
            currency: posting.money.currency(),
            amount_minor: posting.money.minor(),
            base_minor: posting.base_minor,
            effective_on: entry.effective_on,
            posted_on,
        };
        (row, (1..).zip(entry.postings()).map(posting).collect())
    }
}

/// A journal entry with its legs.
#[derive(Debug)]
pub struct EntryView {
    pub entry: EntryRow,
    pub postings: Vec<PostingRow>,
}

pub async fn accounts(app: &App, caller: &Caller) -> Result<Vec<AccountRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(ledger::accounts(&mut work.tx, company).await?)
}

/// Adds an account, or renames the one that has the code.
pub async fn save_account(app: &App, caller: &Caller, code: &str, name: &str, kind: AccountKind) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    let (code, name) = (code.trim(), name.trim());
    if code.is_empty() || code.len() > 20 || !code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Err(Error::field("code", "use 1 to 20 letters, digits, dots or hyphens"));
    }
    if name.is_empty() || name.len() > 200 {
        return Err(Error::field("name", "give the account a name of up to 200 characters"));
    }
    let company = work.company_id();
    let before = ledger::accounts(&mut work.tx, company).await?.into_iter().find(|account| account.code == code);
    if let Some(before) = &before {
        if before.kind != kind && before.role.is_some() {
            return Err(Error::field("kind", format!("account {code} plays a role and must stay {}", before.kind)));
        }
        ledger::update_account(&mut work.tx, company, code, name, kind).await?;
    } else {
        let row = AccountRow {
            company_id: company,
            code: code.to_owned(),
            name: name.to_owned(),
            kind,
            role: None,
            archived_at: None,
        };
        work.save(&[row]);
    }
    work.record(Event {
        action: if before.is_some() { "account.changed" } else { "account.added" },
        subject_kind: "account",
        subject_id: company.0,
        summary: format!("Account {code} {name}"),
        before: before.map(|account| json!({"code": account.code, "name": account.name, "kind": account.kind})),
        after: Some(json!({"code": code, "name": name, "kind": kind})),
        ..Event::default()
    });
    work.commit().await
}

pub async fn closed_periods(app: &App, caller: &Caller) -> Result<Vec<PeriodRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(ledger::closed_periods(&mut work.tx, company).await?)
}

/// Closes the month that starts on `month`; doing it twice says so.
pub async fn close_period(app: &App, caller: &Caller, month: Date) -> Result<()> {
    // Whoever posts right now has read that the month is open: it closes behind them.
    let mut work = app.work_alone(caller, Permission::ClosePeriods).await?;
    let (company, month) = (work.company_id(), month.first_of_month());
    let closed = closed_months(&mut work).await?;
    let through = closed.iter().max().map(|last| last.last_of_month());
    let first_open = ledger::first_entry_after(&mut work.tx, company, through).await?;
    may_close(month, &closed, first_open, work.today)?;
    let row = PeriodRow { company_id: company, starts_on: month, closed_at: work.now, closed_by: work.actor.name() };
    work.save(&[row]);
    record_period(&mut work, "period.closed", month);
    work.commit().await
}

pub async fn reopen_period(app: &App, caller: &Caller, month: Date) -> Result<()> {
    let mut work = app.work(caller, Permission::ClosePeriods).await?;
    let (company, month) = (work.company_id(), month.first_of_month());
    may_reopen(month, &closed_months(&mut work).await?)?;
    ledger::reopen(&mut work.tx, company, month).await?;
    record_period(&mut work, "period.reopened", month);
    work.commit().await
}

pub async fn entry(app: &App, caller: &Caller, id: EntryId) -> Result<EntryView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let entry = ledger::entry(&mut work.tx, company, id).await?.ok_or(Error::NotFound("journal entry"))?;
    let postings = ledger::postings(&mut work.tx, company, id).await?;
    Ok(EntryView { entry, postings })
}

/// The entries that a document, payment or allocation caused.
pub async fn entries_of(app: &App, caller: &Caller, source: Uuid) -> Result<Vec<EntryView>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let entries = ledger::entries_of(&mut work.tx, company, source).await?;
    let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
    let mut postings: HashMap<EntryId, Vec<PostingRow>> = HashMap::new();
    for posting in ledger::postings_of(&mut work.tx, company, &ids).await? {
        postings.entry(posting.entry_id).or_default().push(posting);
    }
    let view = |entry: EntryRow| EntryView { postings: postings.remove(&entry.id).unwrap_or_default(), entry };
    Ok(entries.into_iter().map(view).collect())
}

/// The open items that an entry moved, by way of what caused it; none for an entry that issued or received something.
pub async fn moved_items(app: &App, caller: &Caller, entry: &EntryRow) -> Result<Vec<items::OpenItemRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let moved = items::movements_of_cause(&mut work.tx, company, entry.source_id).await?;
    let mut ids: Vec<OpenItemId> = moved.iter().map(|movement| movement.item_id).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(items::by_ids(&mut work.tx, company, &ids).await?)
}

/// How many entries each day has, in the order of the days.
pub async fn entry_days(app: &App, caller: &Caller) -> Result<Vec<DayCount>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(ledger::entry_days(&mut work.tx, company).await?)
}

async fn closed_months(work: &mut Work) -> Result<Vec<Date>, store::Error> {
    let company = work.company_id();
    Ok(ledger::closed_periods(&mut work.tx, company).await?.into_iter().map(|period| period.starts_on).collect())
}

fn record_period(work: &mut Work, action: &'static str, month: Date) {
    let subject_id = work.company_id().0;
    let done = action.trim_start_matches("period.");
    let summary = format!("The period {}-{:02} was {done}", month.year(), month.month());
    work.record(Event { action, subject_kind: "period", subject_id, summary, ..Event::default() });
}
