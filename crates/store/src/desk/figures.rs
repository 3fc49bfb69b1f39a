//! What the figures of cash application are made of.

use crate::db::{Result, Tx};
use domain::{
    bank::{Exception, LineState},
    desk::MatchedBy,
};
use kernel::{BankLineId, CompanyId, Currency, CustomerId, Date, Timestamp};

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
    pub how: Option<MatchedBy>,
    pub items: Option<i64>,
    pub customer_id: Option<CustomerId>,
}

/// Booked money of customers between two value days; what was set aside is no customer's.
pub async fn lines(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Date, Date),
    customer: Option<CustomerId>,
) -> Result<Vec<LineFigures>> {
    let mut sql = tx
        .sql(
            "SELECT l.id, l.value_on, l.booked_on, l.currency, l.amount_minor, l.state, l.exception, l.received_at,
                 l.decided_at, l.posted_at, m.how, m.items, m.customer_id
             FROM bank_lines l
             LEFT JOIN bank_matches m ON m.company_id = l.company_id AND m.line_id = l.id AND m.undone_at IS NULL
             WHERE l.company_id = $1 AND l.value_on BETWEEN $2 AND $3 AND l.amount_minor > 0 AND l.is_booked
                 AND l.state <> 'set_aside'",
        )
        .bind(company)
        .bind(from)
        .bind(to);
    if let Some(customer) = customer {
        sql = sql.push(" AND m.customer_id =").push_bind(customer);
    }
    sql.push(" ORDER BY l.id").all().await
}

/// A match that ever was.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MatchFigures {
    pub how: MatchedBy,
    pub items: i64,
    pub promised_ppm: i64,
    pub undone_at: Option<Timestamp>,
    pub is_right: Option<bool>,
}

pub async fn matches(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Date, Date),
    customer: Option<CustomerId>,
) -> Result<Vec<MatchFigures>> {
    let mut sql = tx
        .sql(
            "SELECT m.how, m.items, m.promised_ppm, m.undone_at, m.is_right FROM bank_matches m
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

/// Lines that wait, by what they wait for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    pub exception: Option<Exception>,
    pub lines: i64,
    pub overdue: i64,
    pub unowned: i64,
    pub oldest_on: Date,
}

pub async fn waiting(tx: &mut Tx, company: CompanyId, now: Timestamp) -> Result<Vec<Waiting>> {
    tx.sql(
        "SELECT exception, COUNT(*) AS lines, COUNT(*) FILTER (WHERE due_at < $2) AS overdue,
             COUNT(*) FILTER (WHERE owner_id IS NULL) AS unowned, MIN(value_on) AS oldest_on
         FROM bank_lines WHERE company_id = $1 AND state = 'open' GROUP BY exception ORDER BY exception NULLS LAST",
    )
    .bind(company)
    .bind(now)
    .all()
    .await
}

/// Unapplied cash: the day it came, and what is left of it in base currency.
pub async fn unapplied(tx: &mut Tx, company: CompanyId, customer: Option<CustomerId>) -> Result<Vec<(Date, i64)>> {
    let mut sql = tx
        .sql(
            "SELECT document_on, CAST(SUM(-open_base_minor) AS BIGINT) FROM open_items
             WHERE company_id = $1 AND kind = 'payment' AND open_minor < 0",
        )
        .bind(company);
    if let Some(customer) = customer {
        sql = sql.push(" AND customer_id =").push_bind(customer);
    }
    sql.push(" GROUP BY document_on ORDER BY document_on").all().await
}
