//! The trial balance and the journal.

use crate::{
    db::{Result, Sql, Tx},
    ledger::EntryRow,
};
use domain::ledger::{AccountKind, EntryKind};
use kernel::{CompanyId, Currency, Date, EntryId, Timestamp};

/// An account's postings in one currency, before a period and in it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountSums {
    pub account: String,
    pub name: String,
    pub kind: AccountKind,
    pub currency: Currency,
    pub opening_minor: i64,
    pub debit_minor: i64,
    /// Zero or positive.
    pub credit_minor: i64,
    pub base_opening_minor: i64,
    pub base_debit_minor: i64,
    pub base_credit_minor: i64,
}

/// Sums by posting date; what was recorded after `known_at` is left out. Days are summed first: the index has them in
/// this order, so that nothing is sorted.
pub async fn trial_balance(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Date, Date),
    known_at: Option<Timestamp>,
) -> Result<Vec<AccountSums>> {
    super::prepare_for_sums(tx).await?;
    let mut sql = tx
        .sql(
            "SELECT p.account, a.name, a.kind, p.currency, p.opening_minor, p.debit_minor, p.credit_minor,
                 p.base_opening_minor, p.base_debit_minor, p.base_credit_minor
             FROM (SELECT account, currency,
                 CAST(COALESCE(SUM(net) FILTER (WHERE posted_on < $2), 0) AS BIGINT) AS opening_minor,
                 CAST(COALESCE(SUM(debit) FILTER (WHERE posted_on >= $2), 0) AS BIGINT) AS debit_minor,
                 CAST(COALESCE(SUM(debit - net) FILTER (WHERE posted_on >= $2), 0) AS BIGINT) AS credit_minor,
                 CAST(COALESCE(SUM(base_net) FILTER (WHERE posted_on < $2), 0) AS BIGINT) AS base_opening_minor,
                 CAST(COALESCE(SUM(base_debit) FILTER (WHERE posted_on >= $2), 0) AS BIGINT) AS base_debit_minor,
                 CAST(COALESCE(SUM(base_debit - base_net) FILTER (WHERE posted_on >= $2), 0) AS BIGINT)
                     AS base_credit_minor
             FROM (SELECT account, posted_on, currency, SUM(amount_minor) AS net, SUM(base_minor) AS base_net,
                 COALESCE(SUM(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS debit,
                 COALESCE(SUM(base_minor) FILTER (WHERE base_minor > 0), 0) AS base_debit
             FROM postings WHERE company_id = $1 AND posted_on <= $3",
        )
        .bind(company)
        .bind(from)
        .bind(to);
    if let Some(known_at) = known_at {
        sql = sql
            .push(
                " AND EXISTS (SELECT 1 FROM journal_entries e WHERE e.company_id = postings.company_id
                     AND e.id = postings.entry_id AND e.recorded_at <=",
            )
            .push_bind(known_at)
            .push(")");
    }
    sql.push(
        " GROUP BY account, posted_on, currency) days GROUP BY account, currency) p
         JOIN accounts a ON a.company_id = $1 AND a.code = p.account ORDER BY p.account, p.currency",
    )
    .all()
    .await
}

/// Which entries a journal shows.
#[derive(Debug, Clone)]
pub struct JournalFilter {
    pub from: Date,
    pub to: Date,
    pub known_at: Option<Timestamp>,
    pub account: Option<String>,
    pub kind: Option<EntryKind>,
    /// Only what comes after this entry.
    pub after: Option<(Date, EntryId)>,
    pub limit: i64,
}

/// One page of entries in the order of the books.
pub async fn entries(tx: &mut Tx, company: CompanyId, filter: &JournalFilter) -> Result<Vec<EntryRow>> {
    let sql = tx.select::<EntryRow>("e WHERE e.company_id =").push_bind(company);
    let mut sql = filtered(sql, filter);
    if let Some((on, id)) = filter.after {
        sql = sql.push(" AND (e.posted_on, e.id) > (").push_bind(on).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY e.posted_on, e.id LIMIT").push_bind(filter.limit).all().await
}

fn filtered<'t>(sql: Sql<'t>, filter: &JournalFilter) -> Sql<'t> {
    let mut sql =
        sql.push(" AND e.posted_on >=").push_bind(filter.from).push(" AND e.posted_on <=").push_bind(filter.to);
    if let Some(known_at) = filter.known_at {
        sql = sql.push(" AND e.recorded_at <=").push_bind(known_at);
    }
    if let Some(kind) = filter.kind {
        sql = sql.push(" AND e.kind =").push_bind(kind);
    }
    if let Some(account) = &filter.account {
        sql = sql
            .push(
                " AND EXISTS (SELECT 1 FROM postings p WHERE p.company_id = e.company_id AND p.entry_id = e.id
                     AND p.account =",
            )
            .push_bind(account.clone())
            .push(")");
    }
    sql
}

/// A leg of an entry with its account's name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NamedPosting {
    pub entry_id: EntryId,
    pub account: String,
    pub name: String,
    pub currency: Currency,
    pub amount_minor: i64,
    pub base_minor: i64,
}

pub async fn postings(tx: &mut Tx, company: CompanyId, entries: &[EntryId]) -> Result<Vec<NamedPosting>> {
    tx.sql(
        "SELECT p.entry_id, p.account, a.name, p.currency, p.amount_minor, p.base_minor
         FROM postings p JOIN accounts a ON a.company_id = p.company_id AND a.code = p.account
         WHERE p.company_id = $1 AND p.entry_id IN",
    )
    .bind(company)
    .push_list(entries.iter().copied())
    .push(" ORDER BY p.posted_on, p.entry_id, p.position")
    .all()
    .await
}

/// Debits and credits in base currency of all entries that a journal would show.
pub async fn journal_totals(tx: &mut Tx, company: CompanyId, filter: &JournalFilter) -> Result<(i64, i64)> {
    let sql = tx
        .sql(
            "SELECT CAST(COALESCE(SUM(base_minor) FILTER (WHERE base_minor > 0), 0) AS BIGINT),
                 CAST(COALESCE(SUM(-base_minor) FILTER (WHERE base_minor < 0), 0) AS BIGINT)
             FROM journal_entries e JOIN postings l ON l.company_id = e.company_id AND l.entry_id = e.id
             WHERE e.company_id =",
        )
        .push_bind(company);
    filtered(sql, filter).one().await
}
