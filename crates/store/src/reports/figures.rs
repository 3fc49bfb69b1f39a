//! The few counts and sums of the home page.

use crate::db::{Result, Tx};
use kernel::{CompanyId, Currency, Date};

/// What waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct Attention {
    pub approvals_waiting: i64,
    pub drafts: i64,
    pub orders_to_confirm: i64,
    pub orders_to_invoice: i64,
    pub overdue_items: i64,
    pub unapplied_payments: i64,
    /// Sent, not decided, and valid until a day from `today` to `soon`.
    pub expiring_quotes: i64,
    pub expired_quotes: i64,
}

/// What is open, in base currency: all of it, what is overdue, and how much of what waits for somebody.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Owed {
    /// Debts less credits and unapplied cash.
    pub base_minor: i64,
    pub overdue_base_minor: i64,
    pub overdue_items: i64,
    pub unapplied_payments: i64,
}

/// In one pass over the index of what is open.
pub async fn owed(tx: &mut Tx, company: CompanyId, today: Date) -> Result<Owed> {
    tx.sql(
        "SELECT CAST(COALESCE(SUM(open_base_minor), 0) AS BIGINT) AS base_minor,
             CAST(COALESCE(SUM(open_base_minor) FILTER (WHERE open_minor > 0 AND due_on < $2), 0) AS BIGINT)
                 AS overdue_base_minor,
             COUNT(*) FILTER (WHERE open_minor > 0 AND due_on < $2) AS overdue_items,
             COUNT(*) FILTER (WHERE open_minor < 0 AND kind = 'payment') AS unapplied_payments
         FROM open_items WHERE company_id = $1 AND open_minor <> 0",
    )
    .bind(company)
    .bind(today)
    .one()
    .await
}

pub async fn attention(tx: &mut Tx, company: CompanyId, (today, soon): (Date, Date), owed: &Owed) -> Result<Attention> {
    tx.sql(
        "SELECT (SELECT COUNT(*) FROM approvals WHERE company_id = $1 AND decided_at IS NULL) AS approvals_waiting,
             (SELECT COUNT(*) FROM invoices WHERE company_id = $1 AND issued_at IS NULL) AS drafts,
             (SELECT COUNT(*) FROM orders WHERE company_id = $1 AND confirmed_at IS NULL AND completed_at IS NULL
                 AND cancelled_at IS NULL) AS orders_to_confirm,
             (SELECT COUNT(*) FROM orders WHERE company_id = $1 AND confirmed_at IS NOT NULL AND completed_at IS NULL
                 AND cancelled_at IS NULL) AS orders_to_invoice,
             CAST($4 AS BIGINT) AS overdue_items, CAST($5 AS BIGINT) AS unapplied_payments,
             (SELECT COUNT(*) FROM quotes WHERE company_id = $1 AND valid_until >= $2 AND valid_until <= $3
                 AND sent_at IS NOT NULL AND accepted_at IS NULL AND declined_at IS NULL AND replaced_by IS NULL)
                 AS expiring_quotes,
             (SELECT COUNT(*) FROM quotes WHERE company_id = $1 AND valid_until < $2 AND sent_at IS NOT NULL
                 AND accepted_at IS NULL AND declined_at IS NULL AND replaced_by IS NULL) AS expired_quotes",
    )
    .bind(company)
    .bind(today)
    .bind(soon)
    .bind(owed.overdue_items)
    .bind(owed.unapplied_payments)
    .one()
    .await
}

/// Gross sales in base currency, invoices minus credit notes, of the days after `after` up to `to`.
pub async fn gross_sales(tx: &mut Tx, company: CompanyId, after: Date, to: Date) -> Result<i64> {
    tx.sql(
        "SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'credit_note' THEN -base_gross_minor ELSE base_gross_minor END), 0)
             AS BIGINT)
         FROM invoices WHERE company_id = $1 AND invoiced_on > $2 AND invoiced_on <= $3 AND issued_at IS NOT NULL",
    )
    .bind(company)
    .bind(after)
    .bind(to)
    .number()
    .await
}

/// Money that came in and did not bounce, per currency: in it, and in base currency.
pub async fn cash_received(tx: &mut Tx, company: CompanyId, from: Date, to: Date) -> Result<Vec<(Currency, i64, i64)>> {
    tx.sql(
        "SELECT currency, CAST(SUM(amount_minor) AS BIGINT), CAST(SUM(base_minor) AS BIGINT) FROM payments
         WHERE company_id = $1 AND received_on >= $2 AND received_on <= $3 AND reversed_at IS NULL
         GROUP BY currency ORDER BY currency",
    )
    .bind(company)
    .bind(from)
    .bind(to)
    .all()
    .await
}

/// Money that came in and did not bounce, day by day, in base currency.
pub async fn cash_by_day(tx: &mut Tx, company: CompanyId, from: Date, to: Date) -> Result<Vec<(Date, i64)>> {
    tx.sql(
        "SELECT received_on, CAST(SUM(base_minor) AS BIGINT) FROM payments
         WHERE company_id = $1 AND received_on >= $2 AND received_on <= $3 AND reversed_at IS NULL
         GROUP BY received_on ORDER BY received_on",
    )
    .bind(company)
    .bind(from)
    .bind(to)
    .all()
    .await
}

/// Money that is not used on anything, per currency, as positive amounts.
pub async fn unapplied(tx: &mut Tx, company: CompanyId) -> Result<Vec<(Currency, i64)>> {
    tx.sql(
        "SELECT currency, CAST(-SUM(open_minor) AS BIGINT) FROM open_items
         WHERE company_id = $1 AND open_minor <> 0 AND open_minor < 0 AND kind = 'payment'
         GROUP BY currency ORDER BY currency",
    )
    .bind(company)
    .all()
    .await
}
