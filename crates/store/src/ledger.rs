//! Accounts, journal entries, postings and closed periods.

use crate::db::{Result, Tx};
use domain::ledger::{AccountKind, AccountRole, EntryKind};
use kernel::{CompanyId, Currency, Date, EntryId, Timestamp};
use uuid::Uuid;

crate::record! {
    pub struct AccountRow in "accounts" {
        pub company_id: CompanyId,
        pub code: String,
        pub name: String,
        pub kind: AccountKind,
        pub role: Option<AccountRole>,
        pub archived_at: Option<Timestamp>,
    }
}

crate::record! {
    pub struct EntryRow in "journal_entries" {
        pub company_id: CompanyId,
        pub id: EntryId,
        pub kind: EntryKind,
        pub source_id: Uuid,
        pub description: String,
        pub effective_on: Date,
        pub posted_on: Date,
        pub recorded_at: Timestamp,
        pub actor: String,
        pub reverses_id: Option<EntryId>,
    }
}

crate::record! {
    pub struct PostingRow in "postings" {
        pub company_id: CompanyId,
        pub entry_id: EntryId,
        pub position: i64,
        pub account: String,
        pub currency: Currency,
        pub amount_minor: i64,
        pub base_minor: i64,
        pub effective_on: Date,
        pub posted_on: Date,
    }
}

crate::record! {
    pub struct PeriodRow in "periods" {
        pub company_id: CompanyId,
        pub starts_on: Date,
        pub closed_at: Timestamp,
        pub closed_by: String,
    }
}

pub async fn accounts(tx: &mut Tx, company: CompanyId) -> Result<Vec<AccountRow>> {
    tx.select::<AccountRow>("WHERE company_id = $1 ORDER BY code").bind(company).all().await
}

/// An account that plays a role, and the month that was closed last.
#[derive(Debug, sqlx::FromRow)]
pub struct RoleRow {
    pub role: AccountRole,
    pub code: String,
    pub last_closed: Option<Date>,
}

/// What posting needs of the books.
pub async fn roles(tx: &mut Tx, company: CompanyId) -> Result<Vec<RoleRow>> {
    tx.sql(
        "SELECT role, code, (SELECT MAX(starts_on) FROM periods WHERE company_id = $1) AS last_closed
         FROM accounts WHERE company_id = $1 AND role IS NOT NULL ORDER BY code",
    )
    .bind(company)
    .all()
    .await
}

pub async fn closed_periods(tx: &mut Tx, company: CompanyId) -> Result<Vec<PeriodRow>> {
    tx.select::<PeriodRow>("WHERE company_id = $1 ORDER BY starts_on").bind(company).all().await
}

/// The first day that has an entry after `closed_through`.
pub async fn first_entry_after(tx: &mut Tx, company: CompanyId, closed_through: Option<Date>) -> Result<Option<Date>> {
    let after = closed_through.or_else(|| Date::new(1, 1, 1));
    let row: (Option<Date>,) = tx
        .sql("SELECT MIN(posted_on) FROM journal_entries WHERE company_id = $1 AND posted_on > $2")
        .bind(company)
        .bind(after)
        .one()
        .await?;
    Ok(row.0)
}

pub async fn reopen(tx: &mut Tx, company: CompanyId, month: Date) -> Result<()> {
    tx.sql("DELETE FROM periods WHERE company_id = $1 AND starts_on = $2").bind(company).bind(month).run_one().await
}

pub async fn entry(tx: &mut Tx, company: CompanyId, id: EntryId) -> Result<Option<EntryRow>> {
    tx.select::<EntryRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn entries_of(tx: &mut Tx, company: CompanyId, source: Uuid) -> Result<Vec<EntryRow>> {
    tx.select::<EntryRow>("WHERE company_id = $1 AND source_id = $2 ORDER BY recorded_at, id")
        .bind(company)
        .bind(source)
        .all()
        .await
}

/// A day of the books and how many entries it has.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct DayCount {
    pub posted_on: Date,
    pub entries: i64,
}

pub async fn entry_days(tx: &mut Tx, company: CompanyId) -> Result<Vec<DayCount>> {
    tx.sql(
        "SELECT posted_on, CAST(COUNT(*) AS BIGINT) AS entries FROM journal_entries
         WHERE company_id = $1 GROUP BY posted_on ORDER BY posted_on",
    )
    .bind(company)
    .all()
    .await
}

pub async fn postings(tx: &mut Tx, company: CompanyId, entry: EntryId) -> Result<Vec<PostingRow>> {
    tx.select::<PostingRow>("WHERE company_id = $1 AND entry_id = $2 ORDER BY position")
        .bind(company)
        .bind(entry)
        .all()
        .await
}

/// The postings of several entries, each entry's together.
pub async fn postings_of(tx: &mut Tx, company: CompanyId, entries: &[EntryId]) -> Result<Vec<PostingRow>> {
    tx.select::<PostingRow>("WHERE company_id = $1 AND entry_id IN")
        .bind(company)
        .push_list(entries.iter().copied())
        .push(" ORDER BY entry_id, position")
        .all()
        .await
}

pub async fn update_account(tx: &mut Tx, company: CompanyId, code: &str, name: &str, kind: AccountKind) -> Result<()> {
    tx.sql("UPDATE accounts SET name = $3, kind = $4 WHERE company_id = $1 AND code = $2")
        .bind(company)
        .bind(code.to_owned())
        .bind(name.to_owned())
        .bind(kind)
        .run_one()
        .await
}
