//! The matching desk: decisions, matches, policies, and how a bank line moves between desk and books.
//!
//! What the engine reads of customers and items stands in `facts`, what a clerk looks for in `hand`, safeguards in `cases`,
//! figures in `figures`. A line changes guarded by the version that was read, and has one live match at most: a unique key
//! says so.

pub mod cases;
pub mod facts;
pub mod figures;
pub mod hand;
pub mod unapplied;

pub use hand::search_items;

use crate::{
    bank::BankLineRow,
    db::{Error, Result, Sql, Tx, like_text},
};
use domain::{
    bank::{Exception, LineState},
    desk::{MatchedBy, PostingPolicy},
};
use kernel::{
    BankAccountId, BankDecisionId, BankFileId, BankLineId, BankMatchId, CompanyId, Currency, CustomerId, Date,
    PaymentId, Timestamp, UserId,
};
use serde_json::{Value, json};
use sqlx::types::Json;

crate::record! {
    pub struct DecisionRow in "bank_decisions" {
        pub company_id: CompanyId,
        pub id: BankDecisionId,
        pub line_id: BankLineId,
        pub policy_version: i64,
        pub verdict: String,
        pub held: Option<String>,
        pub promised_ppm: i64,
        pub reason: String,
        pub decision: Json<Value>,
        pub decided_at: Timestamp,
    }
}

crate::record! {
    pub struct MatchRow in "bank_matches" {
        pub company_id: CompanyId,
        pub id: BankMatchId,
        pub line_id: BankLineId,
        pub decision_id: Option<BankDecisionId>,
        pub how: MatchedBy,
        /// Which proposal it was, from one.
        pub rank: Option<i64>,
        pub payment_id: PaymentId,
        pub customer_id: CustomerId,
        pub currency: Currency,
        pub amount_minor: i64,
        pub items: i64,
        pub promised_ppm: i64,
        pub posting: Json<Value>,
        pub nettings: Json<Value>,
        pub posted_at: Timestamp,
        pub posted_by: String,
        pub undone_at: Option<Timestamp>,
        pub undone_by: Option<String>,
        pub undo_reason: Option<String>,
        pub checked_at: Option<Timestamp>,
        pub checked_by: Option<String>,
        pub is_right: Option<bool>,
    }
}

crate::record! {
    pub struct PolicyRow in "matching_policies" {
        pub company_id: CompanyId,
        pub version: i64,
        pub policy: Json<PostingPolicy>,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
    }
}

/// Every version, the newest first.
pub async fn policies(tx: &mut Tx, company: CompanyId, limit: i64) -> Result<Vec<PolicyRow>> {
    tx.select::<PolicyRow>("WHERE company_id = $1 ORDER BY version DESC LIMIT $2").bind(company).bind(limit).all().await
}

/// Counts more lessons given or taken back, and says how many there are now.
pub async fn count_lessons(tx: &mut Tx, company: CompanyId, more: i64) -> Result<i64> {
    tx.sql(
        "INSERT INTO matching_marks (company_id, matches) VALUES ($1, $2)
         ON CONFLICT (company_id) DO UPDATE SET matches = matching_marks.matches + $2 RETURNING matches",
    )
    .bind(company)
    .bind(more)
    .number()
    .await
}

pub async fn lessons(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql("SELECT CAST(COALESCE(MAX(matches), 0) AS BIGINT) FROM matching_marks WHERE company_id = $1")
        .bind(company)
        .number()
        .await
}

/// Booked lines that the engine has not seen, of one file or of all, in the order of their days. Our own money that came
/// back is no customer's: a person says what it is.
pub async fn undecided(
    tx: &mut Tx,
    company: CompanyId,
    file: Option<BankFileId>,
    limit: i64,
) -> Result<Vec<BankLineRow>> {
    let mut sql = tx
        .select::<BankLineRow>(
            "WHERE company_id = $1 AND state = 'open' AND decided_at IS NULL AND is_booked
             AND COALESCE(exception, '') <> $2",
        )
        .bind(company)
        .bind(Exception::OwnReturn);
    if let Some(file) = file {
        sql = sql.push(" AND file_id =").push_bind(file);
    }
    sql.push(" ORDER BY value_on, id LIMIT").push_bind(limit).all().await
}

pub async fn lines_by_ids(tx: &mut Tx, company: CompanyId, ids: &[BankLineId]) -> Result<Vec<BankLineRow>> {
    tx.select::<BankLineRow>("WHERE company_id = $1 AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY value_on, id")
        .all()
        .await
}

/// Where a line stands from now on.
#[derive(Debug, Clone)]
pub struct LineChange {
    pub state: LineState,
    pub exception: Option<Exception>,
    pub owner_id: Option<UserId>,
    pub note: Option<String>,
    pub due_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub posted_at: Option<Timestamp>,
}

impl LineChange {
    /// As it stands now.
    pub fn of(line: &BankLineRow) -> Self {
        Self {
            state: line.state,
            exception: line.exception,
            owner_id: line.owner_id,
            note: line.note.clone(),
            due_at: line.due_at,
            decided_at: line.decided_at,
            posted_at: line.posted_at,
        }
    }
}

/// Changes a line that still has the version that was read; nobody works on it any more.
pub async fn change_line(tx: &mut Tx, line: &BankLineRow, change: LineChange) -> Result<()> {
    change_lines(tx, &[(line, change)]).await
}

/// The same for many, in one statement; when one of them is stale the whole transaction must fail.
pub async fn change_lines(tx: &mut Tx, changes: &[(&BankLineRow, LineChange)]) -> Result<()> {
    let Some((first, _)) = changes.first() else { return Ok(()) };
    let mut sql = tx
        .sql(
            "UPDATE bank_lines SET state = v.column3, exception = v.column4, owner_id = v.column5, note = v.column6,
                 due_at = v.column7, decided_at = v.column8, posted_at = v.column9, held_by = NULL, held_until = NULL,
                 version = version + 1
             FROM (VALUES",
        )
        .bind(first.company_id);
    let mut separator = " (";
    for (line, change) in changes {
        sql = sql.push(separator).push_bind(line.id).push(",").push_bind(line.version);
        sql = sql.push(",").push_bind(change.state).push(",").push_bind(change.exception);
        sql = sql.push(",").push_bind(change.owner_id).push(",").push_bind(change.note.clone());
        sql = sql.push(",").push_bind(change.due_at).push(",").push_bind(change.decided_at);
        sql = sql.push(",").push_bind(change.posted_at).push(")");
        separator = ", (";
    }
    let guard = ") AS v WHERE bank_lines.company_id = $1 AND bank_lines.id = v.column1 AND version = v.column2";
    let changed = sql.push(guard).run().await?;
    if changed == changes.len() as u64 { Ok(()) } else { Err(Error::Stale) }
}

/// Somebody works on a line until a moment, or no longer does.
pub async fn hold_line(tx: &mut Tx, line: &BankLineRow, by: Option<(UserId, Timestamp)>) -> Result<()> {
    tx.sql(
        "UPDATE bank_lines SET held_by = $4, held_until = $5, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind_as_read(line.company_id, line.id, line.version)
    .bind(by.map(|(id, _)| id))
    .bind(by.map(|(_, until)| until))
    .run_one()
    .await
}

pub async fn decision(tx: &mut Tx, company: CompanyId, id: BankDecisionId) -> Result<Option<DecisionRow>> {
    tx.select::<DecisionRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// What was said of a line, the last word first.
pub async fn decisions(tx: &mut Tx, company: CompanyId, line: BankLineId, limit: i64) -> Result<Vec<DecisionRow>> {
    tx.select::<DecisionRow>("WHERE company_id = $1 AND line_id = $2 ORDER BY decided_at DESC, id DESC LIMIT $3")
        .bind(company)
        .bind(line)
        .bind(limit)
        .all()
        .await
}

pub async fn a_match(tx: &mut Tx, company: CompanyId, id: BankMatchId) -> Result<Option<MatchRow>> {
    tx.select::<MatchRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// The matches of a line, also the undone ones, the last first.
pub async fn matches_of(tx: &mut Tx, company: CompanyId, line: BankLineId) -> Result<Vec<MatchRow>> {
    tx.select::<MatchRow>("WHERE company_id = $1 AND line_id = $2 ORDER BY id DESC")
        .bind(company)
        .bind(line)
        .all()
        .await
}

/// When each of these lines was last undone.
pub async fn last_undone(
    tx: &mut Tx,
    company: CompanyId,
    lines: &[BankLineId],
) -> Result<Vec<(BankLineId, Timestamp)>> {
    tx.sql("SELECT line_id, MAX(undone_at) FROM bank_matches WHERE company_id = $1 AND undone_at IS NOT NULL AND line_id IN")
        .bind(company)
        .push_list(lines.iter().copied())
        .push(" GROUP BY line_id ORDER BY line_id")
        .all()
        .await
}

/// Takes a match back; of two who do, one is told that it is done.
pub async fn undo_match(tx: &mut Tx, row: &MatchRow, at: Timestamp, by: &str, reason: &str) -> Result<()> {
    tx.sql(
        "UPDATE bank_matches SET undone_at = $3, undone_by = $4, undo_reason = $5
         WHERE company_id = $1 AND id = $2 AND undone_at IS NULL",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(at)
    .bind(by.to_owned())
    .bind(reason.to_owned())
    .run_one()
    .await
}

/// Says whether a match was right, as somebody found who looked at it.
pub async fn check_match(tx: &mut Tx, row: &MatchRow, at: Timestamp, by: &str, is_right: bool) -> Result<()> {
    tx.sql("UPDATE bank_matches SET checked_at = $3, checked_by = $4, is_right = $5 WHERE company_id = $1 AND id = $2")
        .bind(row.company_id)
        .bind(row.id)
        .bind(at)
        .bind(by.to_owned())
        .bind(is_right)
        .run_one()
        .await
}

/// Which matches a list shows.
#[derive(Debug, Clone, Default)]
pub struct MatchFilter {
    pub how: Option<MatchedBy>,
    pub customer: Option<CustomerId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Neither undone nor checked.
    pub unchecked_only: bool,
    /// Only what comes after this row, newest first.
    pub after: Option<(Timestamp, BankMatchId)>,
}

/// A match in a list, with its line, payment and customer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MatchSummary {
    #[sqlx(flatten)]
    pub row: MatchRow,
    pub payment_number: String,
    pub customer_number: String,
    pub customer_name: String,
    pub bank_account_id: BankAccountId,
    pub value_on: Date,
    pub payer_name: Option<String>,
    pub text: String,
    pub received_at: Timestamp,
    /// Of the decision that led to it.
    pub reason: Option<String>,
    /// The bank took the money back with another line.
    pub came_back: bool,
}

const MATCHES: &str = "SELECT m.*, p.number AS payment_number, c.number AS customer_number, c.name AS customer_name,
         l.bank_account_id, l.value_on, l.payer_name, l.text, l.received_at, d.reason,
         m.how <> 'return' AND EXISTS (SELECT 1 FROM bank_matches r WHERE r.company_id = m.company_id
             AND r.payment_id = m.payment_id AND r.how = 'return' AND r.undone_at IS NULL) AS came_back
     FROM bank_matches m
     JOIN bank_lines l ON l.company_id = m.company_id AND l.id = m.line_id
     JOIN payments p ON p.company_id = m.company_id AND p.id = m.payment_id
     JOIN customers c ON c.company_id = m.company_id AND c.id = m.customer_id
     LEFT JOIN bank_decisions d ON d.company_id = m.company_id AND d.id = m.decision_id
     WHERE m.company_id = $1";

/// One page of matches, the last posted first.
pub async fn matches(tx: &mut Tx, company: CompanyId, filter: &MatchFilter, limit: i64) -> Result<Vec<MatchSummary>> {
    let sql = filter.narrow(tx.sql(MATCHES).bind(company));
    sql.push(" ORDER BY m.posted_at DESC, m.id DESC LIMIT").push_bind(limit).all().await
}

/// The ids of all of them.
pub async fn match_ids(tx: &mut Tx, company: CompanyId, filter: &MatchFilter) -> Result<Vec<(BankMatchId,)>> {
    let sql = filter.narrow(tx.sql("SELECT m.id FROM bank_matches m WHERE m.company_id = $1").bind(company));
    sql.push(" ORDER BY m.id").all().await
}

pub async fn matches_by_ids(tx: &mut Tx, company: CompanyId, ids: &[BankMatchId]) -> Result<Vec<MatchSummary>> {
    let sql = tx.sql(MATCHES).bind(company).push(" AND m.id IN").push_list(ids.iter().copied());
    sql.push(" ORDER BY m.id").all().await
}

impl MatchFilter {
    fn narrow<'t>(&self, mut sql: Sql<'t>) -> Sql<'t> {
        if let Some(how) = self.how {
            sql = sql.push(" AND m.how =").push_bind(how);
        }
        if let Some(customer) = self.customer {
            sql = sql.push(" AND m.customer_id =").push_bind(customer);
        }
        if let Some(from) = self.from {
            sql = sql.push(" AND m.posted_at >=").push_bind(from);
        }
        if let Some(to) = self.to {
            sql = sql.push(" AND m.posted_at <").push_bind(to);
        }
        if self.unchecked_only {
            sql = sql.push(" AND m.undone_at IS NULL AND m.checked_at IS NULL");
        }
        if let Some((at, id)) = self.after {
            sql = sql.push(" AND (m.posted_at, m.id) < (").push_bind(at).push(",").push_bind(id).push(")");
        }
        sql
    }
}

/// The line by which the bank took a payment back.
pub async fn returned_by(tx: &mut Tx, company: CompanyId, payment: PaymentId) -> Result<Option<BankLineId>> {
    let sql = tx.sql(
        "SELECT line_id FROM bank_matches
         WHERE company_id = $1 AND payment_id = $2 AND undone_at IS NULL AND how = 'return'",
    );
    Ok(sql.bind(company).bind(payment).optional::<(BankLineId,)>().await?.map(|(id,)| id))
}

/// A match is of another payment from now on, or its rest is: its own came back and was recorded again.
pub async fn move_matches(tx: &mut Tx, company: CompanyId, from: PaymentId, to: PaymentId) -> Result<()> {
    tx.sql(
        "UPDATE bank_matches SET payment_id = $3
         WHERE company_id = $1 AND payment_id = $2 AND undone_at IS NULL AND how <> 'return'",
    )
    .bind(company)
    .bind(from)
    .bind(to)
    .run()
    .await?;
    tx.sql(
        "UPDATE bank_matches SET posting = $3
         WHERE company_id = $1 AND how = 'return' AND undone_at IS NULL AND posting ->> 'rest' = $2",
    )
    .bind(company)
    .bind(from.to_string())
    .bind(Json(json!({ "rest": to })))
    .run()
    .await?;
    Ok(())
}

/// A payment that the bank may have taken back, with what its line said.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Returnable {
    pub id: PaymentId,
    pub number: String,
    pub customer_id: CustomerId,
    pub received_on: Date,
    /// What the account got of it.
    pub arrived_minor: i64,
    pub reference: Option<String>,
    pub payer_name: Option<String>,
    pub payer_account: Option<String>,
    pub end_to_end_id: Option<String>,
    pub mandate_id: Option<String>,
    pub structured_reference: Option<String>,
}

/// Standing payments of a period, by their own day or that of their line, into the account of a line: those of just this
/// sum, and those of the same payer that are less by a fee that the bank may have kept, or of which a part may have been
/// recalled. What says most that it is meant comes first: of many equal debits only one has the line's end-to-end id.
pub async fn returnable(
    tx: &mut Tx,
    line: &BankLineRow,
    (least_minor, arrived_minor): (i64, i64),
    (from, to): (Date, Date),
    limit: i64,
) -> Result<Vec<Returnable>> {
    tx.sql(
        "SELECT p.id, p.number, p.customer_id, p.received_on, p.reference, p.payer_name,
             p.amount_minor - p.fee_minor AS arrived_minor, l.payer_account, l.end_to_end_id, l.mandate_id,
             l.structured_reference
         FROM payments p
         LEFT JOIN bank_matches m ON m.company_id = p.company_id AND m.payment_id = p.id AND m.undone_at IS NULL
             AND m.how <> 'return'
         LEFT JOIN bank_lines l ON l.company_id = m.company_id AND l.id = m.line_id
         WHERE p.company_id = $1 AND p.received_on >= $2 AND (p.received_on <= $3 OR l.value_on <= $3)
             AND p.bank_account_id = $4 AND p.currency = $5 AND p.reversed_at IS NULL
             AND (p.amount_minor - p.fee_minor = $6 OR (p.amount_minor - p.fee_minor >= $7 AND (l.payer_account = $8 OR l.mandate_id = $9
                     OR l.end_to_end_id = $10 OR lower(p.payer_name) = lower($11))))
         ORDER BY CASE WHEN l.end_to_end_id = $10 THEN 1 WHEN $12 LIKE '%' || p.number || '%' THEN 2
                 WHEN p.amount_minor - p.fee_minor <= $6 AND l.mandate_id = $9 THEN 3
                 WHEN p.amount_minor - p.fee_minor <= $6 AND l.payer_account = $8 THEN 4
                 WHEN p.amount_minor - p.fee_minor > $6 THEN 7 WHEN lower(p.payer_name) = lower($11) THEN 5 ELSE 6 END,
             CASE WHEN p.amount_minor - p.fee_minor > $6 THEN 0 ELSE p.amount_minor - p.fee_minor END DESC,
             p.received_on DESC, p.id DESC LIMIT $13",
    )
    .bind(line.company_id)
    .bind(from)
    .bind(to)
    .bind(line.bank_account_id)
    .bind(line.currency)
    .bind(arrived_minor)
    .bind(least_minor)
    .bind(line.payer_account.clone())
    .bind(line.mandate_id.clone())
    .bind(line.end_to_end_id.clone())
    .bind(line.payer_name.clone())
    .bind(line.text.clone())
    .bind(limit)
    .all()
    .await
}

/// The documents that payments pay, each payment with each of them.
pub async fn documents_paid(
    tx: &mut Tx,
    company: CompanyId,
    payments: &[PaymentId],
) -> Result<Vec<(PaymentId, String)>> {
    tx.sql(
        "SELECT f.document_id, d.number FROM open_items f
         JOIN allocations a ON a.company_id = f.company_id AND a.from_item_id = f.id AND a.reversed_at IS NULL
         JOIN open_items t ON t.company_id = a.company_id AND t.id = a.to_item_id
         JOIN invoices d ON d.company_id = t.company_id AND d.id = t.document_id
         WHERE f.company_id = $1 AND f.document_id IN",
    )
    .bind(company)
    .push_list(payments.iter().copied())
    .push(" ORDER BY f.document_id, d.number")
    .all()
    .await
}

/// Lines that wait for an answer and that nobody looks after or works on.
const WITHOUT_ANSWER: &str =
    "WHERE company_id = $1 AND state = 'open' AND is_booked AND amount_minor > 0 AND decided_at IS NOT NULL
         AND owner_id IS NULL AND (held_until IS NULL OR held_until < $2)
         AND exception IN ('no_answer', 'not_sure', 'ambiguous', 'difference', 'unknown_payer')";

/// Such lines in the order of their value days, behind one of them.
pub async fn without_answer(
    tx: &mut Tx,
    company: CompanyId,
    now: Timestamp,
    after: Option<(Date, BankLineId)>,
    limit: i64,
) -> Result<Vec<BankLineRow>> {
    let mut sql = tx.select::<BankLineRow>(WITHOUT_ANSWER).bind(company).bind(now);
    if let Some((day, id)) = after {
        sql = sql.push(" AND (value_on, id) > (").push_bind(day).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY value_on, id LIMIT").push_bind(limit).all().await
}

/// Such lines whose sum was announced after the engine had looked at them.
pub async fn announced(tx: &mut Tx, company: CompanyId, now: Timestamp, limit: i64) -> Result<Vec<BankLineRow>> {
    tx.select::<BankLineRow>(WITHOUT_ANSWER)
        .bind(company)
        .bind(now)
        .push(
            " AND EXISTS (SELECT 1 FROM remittance_advices a WHERE a.company_id = bank_lines.company_id
                 AND a.used_at IS NULL AND a.total_minor = bank_lines.amount_minor
                 AND a.currency = bank_lines.currency AND a.received_at >= bank_lines.decided_at)
             ORDER BY value_on, id LIMIT",
        )
        .push_bind(limit)
        .all()
        .await
}

/// What was said last of each of these lines.
pub async fn last_decisions(tx: &mut Tx, company: CompanyId, lines: &[BankLineId]) -> Result<Vec<DecisionRow>> {
    tx.select::<DecisionRow>(
        "WHERE company_id = $1 AND NOT EXISTS (SELECT 1 FROM bank_decisions n
             WHERE n.company_id = bank_decisions.company_id AND n.line_id = bank_decisions.line_id
                 AND (n.decided_at, n.id) > (bank_decisions.decided_at, bank_decisions.id)) AND line_id IN",
    )
    .bind(company)
    .push_list(lines.iter().copied())
    .all()
    .await
}

/// Which waiting lines a queue shows.
#[derive(Debug, Clone, Default)]
pub struct QueueFilter {
    pub account: Option<BankAccountId>,
    pub file: Option<BankFileId>,
    pub exception: Option<Exception>,
    pub owner: Option<UserId>,
    pub unowned_only: bool,
    /// Only those that somebody should have looked at before.
    pub due_before: Option<Timestamp>,
    /// Part of the payer's name or account, the text or a reference.
    pub search: Option<String>,
    /// Only what comes after this row, the oldest value day first.
    pub after: Option<(Date, BankLineId)>,
}

/// A line that waits, with the last that was said of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QueueLine {
    #[sqlx(flatten)]
    pub line: BankLineRow,
    pub account_name: String,
    pub owner_name: Option<String>,
    pub holder_name: Option<String>,
    pub promised_ppm: Option<i64>,
    pub reason: Option<String>,
}

const QUEUE: &str = "SELECT l.*, a.name AS account_name, o.name AS owner_name, h.name AS holder_name, d.promised_ppm,
         d.reason
     FROM bank_lines l
     JOIN bank_accounts a ON a.company_id = l.company_id AND a.id = l.bank_account_id
     LEFT JOIN users o ON o.id = l.owner_id LEFT JOIN users h ON h.id = l.held_by
     LEFT JOIN bank_decisions d ON d.company_id = l.company_id AND d.line_id = l.id AND NOT EXISTS (
         SELECT 1 FROM bank_decisions n WHERE n.company_id = d.company_id AND n.line_id = d.line_id
             AND (n.decided_at, n.id) > (d.decided_at, d.id))
     WHERE l.company_id = $1";

/// One page of lines that wait, the oldest value day first.
pub async fn queue(tx: &mut Tx, company: CompanyId, filter: &QueueFilter, limit: i64) -> Result<Vec<QueueLine>> {
    let mut sql = tx.sql(QUEUE).bind(company).push(" AND l.state = 'open'");
    if let Some(account) = filter.account {
        sql = sql.push(" AND l.bank_account_id =").push_bind(account);
    }
    if let Some(file) = filter.file {
        sql = sql.push(" AND l.file_id =").push_bind(file);
    }
    if let Some(exception) = filter.exception {
        sql = sql.push(" AND l.exception =").push_bind(exception);
    }
    if let Some(owner) = filter.owner {
        sql = sql.push(" AND l.owner_id =").push_bind(owner);
    }
    if filter.unowned_only {
        sql = sql.push(" AND l.owner_id IS NULL");
    }
    if let Some(moment) = filter.due_before {
        sql = sql.push(" AND l.due_at <").push_bind(moment);
    }
    if let Some(search) = &filter.search {
        let like = format!("%{}%", like_text(&search.to_lowercase()));
        sql = sql.push(" AND (lower(l.text) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(COALESCE(l.payer_name, '')) LIKE").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql = sql.push(" OR lower(COALESCE(l.payer_account, '')) LIKE").push_bind(like).push(" ESCAPE '\\')");
    }
    if let Some((day, id)) = filter.after {
        sql = sql.push(" AND (l.value_on, l.id) > (").push_bind(day).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY l.value_on, l.id LIMIT").push_bind(limit).all().await
}

/// One line, whatever its state, as the queue shows it.
pub async fn queued(tx: &mut Tx, company: CompanyId, id: BankLineId) -> Result<Option<QueueLine>> {
    tx.sql(QUEUE).bind(company).push(" AND l.id =").push_bind(id).optional().await
}
