//! What the figures of cash application are made of.
//!
//! A cross join keeps SQLite from reading all allocations to find those of one item.

use crate::db::{Result, Tx};
use domain::{
    bank::{Exception, LineState},
    desk::MatchedBy,
};
use kernel::{AllocationId, BankLineId, BankMatchId, CompanyId, Currency, CustomerId, Date, OpenItemId, Timestamp};
use sqlx::types::Json;

/// Money that came in, with the match that stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LineFigures {
    pub id: BankLineId,
    pub value_on: Date,
    pub booked_on: Option<Date>,
    pub currency: Currency,
    pub amount_minor: i64,
    pub state: LineState,
    pub exception: Option<Exception>,
    pub received_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub posted_at: Option<Timestamp>,
    pub match_id: Option<BankMatchId>,
    pub how: Option<MatchedBy>,
    pub items: Option<i64>,
    /// What was allocated as it was posted stands and uses all of the payment, and the bank did not take it back.
    pub is_applied: bool,
    /// The engine posted it, and a person undid that.
    pub was_undone: bool,
    /// The engine looked at it.
    pub is_decided: bool,
    /// What held it back when the engine first looked.
    pub held: Option<String>,
    /// As what a safeguard held it back: suspicious, or paid twice.
    pub suspected: Option<Exception>,
}

/// Whom the engine named first when it last looked at the line `l`.
const PROPOSED: &str = " (SELECT d.decision -> 'proposals' -> 0 ->> 'customer' FROM bank_decisions d
     WHERE d.company_id = l.company_id AND d.line_id = l.id ORDER BY d.id DESC LIMIT 1)";

/// Booked money of customers between two value days; what was set aside is no customer's. A line that nobody has posted
/// is that customer's whom the engine named first.
pub async fn lines(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Date, Date),
    customer: Option<CustomerId>,
) -> Result<Vec<LineFigures>> {
    let mut sql = tx
        .sql(
            "SELECT l.id, l.value_on, l.booked_on, l.currency, l.amount_minor, l.state, l.exception, l.received_at,
                 l.decided_at, l.posted_at, m.id AS match_id, m.how, m.items,
                 COALESCE(p.reversed_at IS NULL AND p.amount_minor = (SELECT SUM(a.from_minor)
                     FROM open_items i CROSS JOIN allocations a
                     WHERE i.company_id = p.company_id AND i.document_id = p.id AND a.company_id = i.company_id
                         AND a.from_item_id = i.id AND a.recorded_at = p.recorded_at AND a.reversed_at IS NULL),
                     FALSE) AS is_applied,
                 EXISTS (SELECT 1 FROM bank_matches u WHERE u.company_id = l.company_id AND u.line_id = l.id
                     AND u.how = 'engine' AND u.undone_at IS NOT NULL) AS was_undone,
                 EXISTS (SELECT 1 FROM bank_decisions d
                     WHERE d.company_id = l.company_id AND d.line_id = l.id) AS is_decided,
                 (SELECT d.held FROM bank_decisions d WHERE d.company_id = l.company_id AND d.line_id = l.id
                     ORDER BY d.id LIMIT 1) AS held,
                 (SELECT CASE WHEN MAX(CASE WHEN s.rule = 'duplicate' THEN 0 ELSE 1 END) = 1 THEN 'suspicious'
                     WHEN COUNT(*) > 0 THEN 'duplicate' END
                  FROM suspicions s WHERE s.company_id = l.company_id AND s.line_id = l.id) AS suspected
             FROM bank_lines l
             LEFT JOIN bank_matches m ON m.company_id = l.company_id AND m.line_id = l.id AND m.undone_at IS NULL
             LEFT JOIN payments p ON p.company_id = m.company_id AND p.id = m.payment_id
             WHERE l.company_id = $1 AND l.value_on BETWEEN $2 AND $3 AND l.amount_minor > 0 AND l.is_booked
                 AND l.state <> 'set_aside'",
        )
        .bind(company)
        .bind(from)
        .bind(to);
    if let Some(customer) = customer {
        sql = sql
            .push(" AND (m.customer_id =")
            .push_bind(customer)
            .push(" OR m.id IS NULL AND")
            .push(PROPOSED)
            .push("=")
            .push_bind(customer.to_string())
            .push(")");
    }
    sql.push(" ORDER BY l.id").all().await
}

/// A match that ever was.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MatchFigures {
    pub id: BankMatchId,
    pub how: MatchedBy,
    pub items: i64,
    pub promised_ppm: i64,
    pub undone_at: Option<Timestamp>,
    pub is_right: Option<bool>,
    /// Credit notes that were used beside the money.
    pub nettings: Json<Vec<AllocationId>>,
}

pub async fn matches(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Date, Date),
    customer: Option<CustomerId>,
) -> Result<Vec<MatchFigures>> {
    let mut sql = tx
        .sql(
            "SELECT m.id, m.how, m.items, m.promised_ppm, m.undone_at, m.is_right, m.nettings FROM bank_matches m
             JOIN bank_lines l ON l.company_id = m.company_id AND l.id = m.line_id
             WHERE m.company_id = $1 AND l.value_on BETWEEN $2 AND $3 AND m.how <> 'return'",
        )
        .bind(company)
        .bind(from)
        .bind(to);
    if let Some(customer) = customer {
        sql = sql.push(" AND m.customer_id =").push_bind(customer);
    }
    sql.push(" ORDER BY m.id").all().await
}

/// Items that standing matches paid as they were posted, and that a person took that back from; not what ended because
/// the bank took the payment back.
pub async fn taken_back(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Date, Date),
) -> Result<Vec<(BankMatchId, OpenItemId)>> {
    tx.sql(
        "SELECT m.id, a.to_item_id FROM bank_lines l
         JOIN bank_matches m ON m.company_id = l.company_id AND m.line_id = l.id AND m.undone_at IS NULL
             AND m.how <> 'return'
         JOIN payments p ON p.company_id = m.company_id AND p.id = m.payment_id
         JOIN open_items i ON i.company_id = p.company_id AND i.document_id = p.id
         CROSS JOIN allocations a
         WHERE l.company_id = $1 AND l.value_on BETWEEN $2 AND $3 AND a.company_id = i.company_id
             AND a.from_item_id = i.id AND a.recorded_at = p.recorded_at AND a.reversed_at IS NOT NULL
             AND (p.reversed_at IS NULL OR a.reversed_at <> p.reversed_at)",
    )
    .bind(company)
    .bind(from)
    .bind(to)
    .all()
    .await
}

/// Those of these allocations that were taken back, with both of their items.
pub async fn ended(
    tx: &mut Tx,
    company: CompanyId,
    ids: &[AllocationId],
) -> Result<Vec<(AllocationId, OpenItemId, OpenItemId)>> {
    tx.sql(
        "SELECT id, from_item_id, to_item_id FROM allocations
         WHERE company_id = $1 AND reversed_at IS NOT NULL AND id IN",
    )
    .bind(company)
    .push_list(ids.iter().copied())
    .all()
    .await
}

/// Lines that wait, by what they wait for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    pub exception: Option<Exception>,
    pub lines: i64,
    pub overdue: i64,
    pub unowned: i64,
    pub oldest_on: Date,
}

pub async fn waiting(
    tx: &mut Tx,
    company: CompanyId,
    now: Timestamp,
    customer: Option<CustomerId>,
) -> Result<Vec<Waiting>> {
    let mut sql = tx
        .sql(
            "SELECT l.exception, COUNT(*) AS lines, COUNT(*) FILTER (WHERE l.due_at < $2) AS overdue,
                 COUNT(*) FILTER (WHERE l.owner_id IS NULL) AS unowned, MIN(l.value_on) AS oldest_on
             FROM bank_lines l WHERE l.company_id = $1 AND l.state = 'open'",
        )
        .bind(company)
        .bind(now);
    if let Some(customer) = customer {
        sql = sql.push(" AND").push(PROPOSED).push("=").push_bind(customer.to_string());
    }
    sql.push(" GROUP BY l.exception ORDER BY l.exception NULLS LAST").all().await
}

/// Unapplied cash: the day it came, and what is left of it in base currency; as of a day that is past, or now.
pub async fn unapplied(
    tx: &mut Tx,
    company: CompanyId,
    as_of: Option<Date>,
    customer: Option<CustomerId>,
) -> Result<Vec<(Date, i64)>> {
    let mut sql = match as_of {
        None => tx
            .sql(
                "SELECT i.document_on, CAST(SUM(-i.open_base_minor) AS BIGINT) FROM open_items i
                 WHERE i.company_id = $1 AND i.kind = 'payment' AND i.open_minor < 0",
            )
            .bind(company),
        Some(day) => tx
            .sql(
                "SELECT i.document_on, CAST(SUM(-o.base_minor) AS BIGINT) FROM
                     (SELECT item_id, SUM(amount_minor) AS minor, SUM(base_minor) AS base_minor FROM movements
                      WHERE company_id = $1 AND effective_on <= $2 GROUP BY item_id HAVING SUM(amount_minor) < 0) o
                 JOIN open_items i ON i.company_id = $1 AND i.id = o.item_id
                 WHERE i.kind = 'payment'",
            )
            .bind(company)
            .bind(day),
    };
    if let Some(customer) = customer {
        sql = sql.push(" AND i.customer_id =").push_bind(customer);
    }
    sql.push(" GROUP BY i.document_on ORDER BY i.document_on").all().await
}
