//! Suspicions, the list of blocked payers, and what a payer's history says.

use crate::db::{Result, Tx, like_text};
use domain::desk::safeguards::SafeguardRule;
use kernel::{BankLineId, CompanyId, Currency, CustomerId, Date, SuspicionId, Timestamp};

crate::record! {
    pub struct SuspicionRow in "suspicions" {
        pub company_id: CompanyId,
        pub id: SuspicionId,
        pub line_id: BankLineId,
        pub customer_id: Option<CustomerId>,
        pub rule: SafeguardRule,
        pub explanation: String,
        pub raised_at: Timestamp,
        pub decided_at: Option<Timestamp>,
        pub decided_by: Option<String>,
        /// Whether it was what it looked like.
        pub is_confirmed: Option<bool>,
        pub note: Option<String>,
    }
}

crate::record! {
    pub struct BlockedPayerRow in "blocked_payers" {
        pub company_id: CompanyId,
        /// The account or the name, as they are compared.
        pub payer_key: String,
        pub name: Option<String>,
        pub account: Option<String>,
        pub reason: String,
        pub added_at: Timestamp,
        pub added_by: String,
    }
}

pub async fn suspicion(tx: &mut Tx, company: CompanyId, id: SuspicionId) -> Result<Option<SuspicionRow>> {
    tx.select::<SuspicionRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn suspicions_of(tx: &mut Tx, company: CompanyId, line: BankLineId) -> Result<Vec<SuspicionRow>> {
    tx.select::<SuspicionRow>("WHERE company_id = $1 AND line_id = $2 ORDER BY id").bind(company).bind(line).all().await
}

/// What an overpayment case says of a payment, unless somebody dismissed it.
pub async fn overpaid(tx: &mut Tx, company: CompanyId, payment: uuid::Uuid) -> Result<Option<(String,)>> {
    tx.sql(
        "SELECT s.explanation FROM suspicions s
         JOIN bank_matches m ON m.company_id = s.company_id AND m.line_id = s.line_id AND m.undone_at IS NULL
         WHERE s.company_id = $1 AND m.payment_id = $2 AND s.rule = 'overpayment' AND s.is_confirmed IS NOT FALSE
         ORDER BY s.id LIMIT 1",
    )
    .bind(company)
    .bind(payment)
    .optional()
    .await
}

/// One page of suspicions, the last raised first.
pub async fn suspicions(
    tx: &mut Tx,
    company: CompanyId,
    waiting_only: bool,
    after: Option<SuspicionId>,
    limit: i64,
) -> Result<Vec<SuspicionRow>> {
    let mut sql = tx.select::<SuspicionRow>("WHERE company_id = $1").bind(company);
    if waiting_only {
        sql = sql.push(" AND decided_at IS NULL");
    }
    if let Some(id) = after {
        sql = sql.push(" AND id <").push_bind(id);
    }
    sql.push(" ORDER BY id DESC LIMIT").push_bind(limit).all().await
}

/// A person's word on a suspicion, unless somebody said another one since it was read.
pub async fn decide_suspicion(
    tx: &mut Tx,
    row: &SuspicionRow,
    (at, by): (Timestamp, &str),
    is_confirmed: bool,
    note: Option<String>,
) -> Result<()> {
    let sql = tx
        .sql(
            "UPDATE suspicions SET decided_at = $3, decided_by = $4, is_confirmed = $5, note = $6
             WHERE company_id = $1 AND id = $2",
        )
        .bind(row.company_id)
        .bind(row.id)
        .bind(at)
        .bind(by.to_owned())
        .bind(is_confirmed)
        .bind(note);
    match row.is_confirmed {
        None => sql.push(" AND decided_at IS NULL"),
        Some(before) => sql.push(" AND is_confirmed =").push_bind(before),
    }
    .run_one()
    .await
}

/// How often a rule spoke, and what came of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RuleHits {
    pub rule: SafeguardRule,
    pub hits: i64,
    pub waiting: i64,
    pub confirmed: i64,
}

pub async fn hits(tx: &mut Tx, company: CompanyId) -> Result<Vec<RuleHits>> {
    tx.sql(
        "SELECT rule, COUNT(*) AS hits, COUNT(*) FILTER (WHERE decided_at IS NULL) AS waiting,
             COUNT(*) FILTER (WHERE is_confirmed) AS confirmed
         FROM suspicions WHERE company_id = $1 GROUP BY rule ORDER BY rule",
    )
    .bind(company)
    .all()
    .await
}

/// Keys asked for in one statement.
const AT_ONCE: usize = 5_000;

/// One page of the list by key, with a part of a name, an account or a reason in it.
pub async fn blocked(
    tx: &mut Tx,
    company: CompanyId,
    (search, after): (Option<&str>, Option<&str>),
    limit: i64,
) -> Result<Vec<BlockedPayerRow>> {
    let mut sql = tx.select::<BlockedPayerRow>("WHERE company_id = $1").bind(company);
    if let Some(search) = search {
        let like = format!("%{}%", like_text(&search.to_lowercase()));
        sql = sql.push(" AND (lower(COALESCE(name, '')) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(COALESCE(account, '')) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(reason) LIKE").push_bind(like).push(" ESCAPE '\\')");
    }
    if let Some(key) = after {
        sql = sql.push(" AND payer_key >").push_bind(key.to_owned());
    }
    sql.push(" ORDER BY payer_key LIMIT").push_bind(limit).all().await
}

/// Which of these are blocked, and why.
pub async fn blocked_among(tx: &mut Tx, company: CompanyId, keys: &[String]) -> Result<Vec<BlockedPayerRow>> {
    let mut found = Vec::new();
    for some in keys.chunks(AT_ONCE) {
        let sql = tx.select::<BlockedPayerRow>("WHERE company_id = $1 AND payer_key IN").bind(company);
        let sql = sql.push_list(some.iter().cloned()).push(" ORDER BY payer_key");
        found.extend(sql.all::<BlockedPayerRow>().await?);
    }
    Ok(found)
}

/// Rows of entries with this account, in small letters without blanks, or with this name.
pub async fn blocked_as(
    tx: &mut Tx,
    company: CompanyId,
    (account, name): (Option<&str>, Option<&str>),
) -> Result<Vec<BlockedPayerRow>> {
    tx.select::<BlockedPayerRow>(
        "WHERE company_id = $1 AND (replace(replace(lower(COALESCE(account, '')), ' ', ''), '-', '') = $2
             OR lower(COALESCE(name, '')) = $3) ORDER BY payer_key",
    )
    .bind(company)
    .bind(account.map(str::to_owned))
    .bind(name.map(str::to_lowercase))
    .all()
    .await
}

pub async fn unblock(tx: &mut Tx, company: CompanyId, keys: &[String]) -> Result<()> {
    for some in keys.chunks(AT_ONCE) {
        let sql = tx.sql("DELETE FROM blocked_payers WHERE company_id = $1 AND payer_key IN").bind(company);
        sql.push_list(some.iter().cloned()).run().await?;
    }
    Ok(())
}

pub async fn clear_blocked(tx: &mut Tx, company: CompanyId) -> Result<u64> {
    tx.sql("DELETE FROM blocked_payers WHERE company_id = $1").bind(company).run().await
}

/// Money of a payer, in or out.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayersLine {
    pub id: BankLineId,
    pub payer_account: Option<String>,
    pub payer_name: Option<String>,
    pub value_on: Date,
    pub currency: Currency,
    pub amount_minor: i64,
    pub text: String,
    pub structured_reference: Option<String>,
    /// Posted and taken back, by the bank or by a clerk.
    pub is_reversed: bool,
    pub decided_at: Option<Timestamp>,
}

/// Booked lines of these accounts since a day, and of these names where the bank gave no account. What the bank told
/// again in detail is there only once.
pub async fn history(
    tx: &mut Tx,
    company: CompanyId,
    since: Date,
    accounts: &[String],
    names: &[String],
) -> Result<Vec<PayersLine>> {
    tx.sql(
        "SELECT l.id, l.payer_account, l.payer_name, l.value_on, l.currency, l.amount_minor, l.text,
             l.structured_reference, l.state = 'open' AND COALESCE(l.exception, '') = 'undone' OR EXISTS (SELECT 1 FROM bank_matches m
                 JOIN payments p ON p.company_id = m.company_id AND p.id = m.payment_id
                 WHERE m.company_id = l.company_id AND m.line_id = l.id AND m.undone_at IS NULL
                     AND p.reversed_at IS NOT NULL) AS is_reversed,
             l.decided_at
         FROM bank_lines l
         WHERE l.company_id = $1 AND l.value_on >= $2 AND l.is_booked AND COALESCE(l.exception, '') <> 'replaced'
             AND (l.payer_account IN",
    )
    .bind(company)
    .bind(since)
    .push_list(accounts.iter().cloned())
    .push(" OR (l.payer_account IS NULL AND l.payer_name IN")
    .push_list(names.iter().cloned())
    .push(")) ORDER BY l.id")
    .all()
    .await
}
