//! Journal entries, control accounts and periods.

use super::Gap;
use crate::db::{Result, Tx};
use domain::ledger::AccountRole;
use kernel::{CompanyId, Currency, Date, Timestamp};
use uuid::Uuid;

pub async fn entries(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql("SELECT COUNT(*) FROM journal_entries WHERE company_id = $1").bind(company).number().await
}

/// An entry that does not balance.
#[derive(Debug, sqlx::FromRow)]
pub struct BrokenEntry {
    pub id: Uuid,
    pub name: Option<String>,
    pub currency: Currency,
    /// In its only currency; zero for an entry of several, which `unbalanced_currencies` looks at.
    pub amount_minor: i64,
    pub base_minor: i64,
    pub total: i64,
}

pub async fn unbalanced(tx: &mut Tx, company: CompanyId) -> Result<Vec<BrokenEntry>> {
    tx.sql(
        "SELECT sums.entry_id AS id, e.description AS name, sums.currency, sums.amount_minor, sums.base_minor,
             COUNT(*) OVER () AS total
         FROM (SELECT entry_id, MAX(currency) AS currency, CAST(SUM(base_minor) AS BIGINT) AS base_minor,
                   CAST(CASE WHEN MIN(currency) = MAX(currency) THEN SUM(amount_minor) ELSE 0 END AS BIGINT) AS amount_minor
               FROM postings WHERE company_id = $1 GROUP BY company_id, entry_id
               HAVING SUM(base_minor) <> 0 OR (MIN(currency) = MAX(currency) AND SUM(amount_minor) <> 0)) AS sums
         LEFT JOIN journal_entries e ON e.company_id = $1 AND e.id = sums.entry_id
         ORDER BY sums.entry_id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Postings that carry other days than their entry, or whose entry is gone: then `name` is none.
pub async fn misdated(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT p.entry_id AS id, e.description AS name, p.currency, p.position AS stated, p.amount_minor AS found,
             COUNT(*) OVER () AS total
         FROM postings p LEFT JOIN journal_entries e ON e.company_id = p.company_id AND e.id = p.entry_id
         WHERE p.company_id = $1
             AND (e.id IS NULL OR p.effective_on <> e.effective_on OR p.posted_on <> e.posted_on)
         ORDER BY p.entry_id, p.position LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Entries of several currencies that do not add up to zero in one of them.
pub async fn unbalanced_currencies(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT sums.entry_id AS id, e.description AS name, sums.currency, CAST(0 AS BIGINT) AS stated, sums.found,
             COUNT(*) OVER () AS total
         FROM (SELECT entry_id, currency, CAST(SUM(amount_minor) AS BIGINT) AS found FROM postings
               WHERE company_id = $1 AND entry_id IN
                   (SELECT entry_id FROM postings WHERE company_id = $1
                    GROUP BY company_id, entry_id HAVING MIN(currency) <> MAX(currency))
               GROUP BY entry_id, currency HAVING SUM(amount_minor) <> 0) AS sums
         LEFT JOIN journal_entries e ON e.company_id = $1 AND e.id = sums.entry_id
         ORDER BY sums.entry_id, sums.currency LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// The accounts that play one of these roles.
pub async fn accounts(tx: &mut Tx, company: CompanyId, roles: &[AccountRole]) -> Result<Vec<String>> {
    let sql = tx.sql("SELECT code FROM accounts WHERE company_id = $1 AND role IN").bind(company);
    let rows: Vec<(String,)> = sql.push_list(roles.iter().copied()).push(" ORDER BY code").all().await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// What a day changed in one currency.
#[derive(Debug, sqlx::FromRow)]
pub struct DaySum {
    pub effective_on: Date,
    pub currency: Currency,
    pub amount_minor: i64,
    pub base_minor: i64,
}

/// The control accounts, per effective day and currency.
pub async fn control_by_day(tx: &mut Tx, company: CompanyId, accounts: &[String]) -> Result<Vec<DaySum>> {
    tx.sql(
        "SELECT p.effective_on, p.currency, CAST(SUM(p.amount_minor) AS BIGINT) AS amount_minor,
             CAST(SUM(p.base_minor) AS BIGINT) AS base_minor
         FROM postings p WHERE p.company_id = $1 AND p.account IN",
    )
    .bind(company)
    .push_list(accounts.iter().cloned())
    .push(" GROUP BY p.effective_on, p.currency ORDER BY p.effective_on, p.currency")
    .all()
    .await
}

/// The open items' movements, per effective day and currency.
pub async fn movements_by_day(tx: &mut Tx, company: CompanyId) -> Result<Vec<DaySum>> {
    tx.sql(
        "SELECT m.effective_on, i.currency, CAST(SUM(m.amount_minor) AS BIGINT) AS amount_minor,
             CAST(SUM(m.base_minor) AS BIGINT) AS base_minor
         FROM movements m JOIN open_items i ON i.company_id = m.company_id AND i.id = m.item_id
         WHERE m.company_id = $1
         GROUP BY m.effective_on, i.currency ORDER BY m.effective_on, i.currency",
    )
    .bind(company)
    .all()
    .await
}

/// An entry that changed the control accounts otherwise than the open items, on one effective day.
#[derive(Debug, sqlx::FromRow)]
pub struct EntryGap {
    pub id: Uuid,
    pub name: Option<String>,
    pub effective_on: Date,
    pub currency: Currency,
    pub posted: i64,
    pub moved: i64,
    pub posted_base: i64,
    pub moved_base: i64,
    /// One of the items that the entry's movements belong to.
    pub item: Option<String>,
    pub total: i64,
}

pub async fn entry_gaps(tx: &mut Tx, company: CompanyId, accounts: &[String]) -> Result<Vec<EntryGap>> {
    tx.sql(
        "SELECT gaps.entry_id AS id, e.description AS name, gaps.effective_on, gaps.currency, gaps.posted, gaps.moved,
             gaps.posted_base, gaps.moved_base,
             (SELECT MIN(i.number) FROM open_items i WHERE i.company_id = $1 AND i.id IN
                 (SELECT m.item_id FROM movements m WHERE m.company_id = $1 AND m.entry_id = gaps.entry_id)) AS item,
             gaps.total
         FROM (
             SELECT entry_id, effective_on, currency, CAST(SUM(posted) AS BIGINT) AS posted,
                 CAST(SUM(moved) AS BIGINT) AS moved, CAST(SUM(posted_base) AS BIGINT) AS posted_base,
                 CAST(SUM(moved_base) AS BIGINT) AS moved_base, COUNT(*) OVER () AS total
             FROM (
                 SELECT m.entry_id, m.effective_on, i.currency, 0 AS posted, m.amount_minor AS moved, 0 AS posted_base,
                     m.base_minor AS moved_base
                 FROM movements m JOIN open_items i ON i.company_id = m.company_id AND i.id = m.item_id
                 WHERE m.company_id = $1
                 UNION ALL
                 SELECT p.entry_id, p.effective_on, p.currency, p.amount_minor, 0, p.base_minor, 0
                 FROM postings p WHERE p.company_id = $1 AND p.account IN",
    )
    .bind(company)
    .push_list(accounts.iter().cloned())
    .push(
        ") AS changes
             GROUP BY entry_id, effective_on, currency
             HAVING SUM(posted) <> SUM(moved) OR SUM(posted_base) <> SUM(moved_base)
             ORDER BY entry_id, effective_on, currency LIMIT 100
         ) AS gaps
         LEFT JOIN journal_entries e ON e.company_id = $1 AND e.id = gaps.entry_id
         ORDER BY gaps.entry_id, gaps.effective_on, gaps.currency",
    )
    .all()
    .await
}

/// How many entries are posted from `first` to `last`.
pub async fn posted_between(tx: &mut Tx, company: CompanyId, first: Date, last: Date) -> Result<i64> {
    tx.sql("SELECT COUNT(*) FROM journal_entries WHERE company_id = $1 AND posted_on >= $2 AND posted_on <= $3")
        .bind(company)
        .bind(first)
        .bind(last)
        .number()
        .await
}

/// An entry that was recorded in a period after it was closed.
#[derive(Debug, sqlx::FromRow)]
pub struct LateEntry {
    pub id: Uuid,
    pub description: String,
    pub posted_on: Date,
    pub recorded_at: Timestamp,
    pub total: i64,
}

pub async fn late_entries(
    tx: &mut Tx,
    company: CompanyId,
    (first, last): (Date, Date),
    closed_at: Timestamp,
) -> Result<Vec<LateEntry>> {
    tx.sql(
        "SELECT id, description, posted_on, recorded_at, COUNT(*) OVER () AS total FROM journal_entries
         WHERE company_id = $1 AND posted_on >= $2 AND posted_on <= $3 AND recorded_at > $4
         ORDER BY posted_on, id LIMIT 100",
    )
    .bind(company)
    .bind(first)
    .bind(last)
    .bind(closed_at)
    .all()
    .await
}
