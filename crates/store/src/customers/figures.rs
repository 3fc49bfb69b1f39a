//! What one customer owes, how it has paid and how much it has bought, each figure by the customer's own index.

use crate::db::{Result, Tx};
use domain::items::ItemKind;
use kernel::{CompanyId, Currency, CustomerId, Date, PaymentId};

/// What is open of one kind in one currency, by due day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OpenByDay {
    pub currency: Currency,
    pub kind: ItemKind,
    pub due_on: Date,
    pub items: i64,
    pub open_minor: i64,
    pub open_base_minor: i64,
}

pub async fn open_by_day(tx: &mut Tx, company: CompanyId, customer: CustomerId) -> Result<Vec<OpenByDay>> {
    tx.sql(
        "SELECT currency, kind, due_on, COUNT(*) AS items, CAST(COALESCE(SUM(open_minor), 0) AS BIGINT) AS open_minor,
             CAST(COALESCE(SUM(open_base_minor), 0) AS BIGINT) AS open_base_minor
         FROM open_items WHERE company_id = $1 AND customer_id = $2 AND open_minor <> 0
         GROUP BY currency, kind, due_on ORDER BY currency, kind, due_on",
    )
    .bind(company)
    .bind(customer)
    .all()
    .await
}

/// Debts that were issued on one day and settled on another.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SettledByDay {
    pub document_on: Date,
    pub settled_on: Date,
    pub items: i64,
    pub base_minor: i64,
}

pub async fn settled_since(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    since: Date,
) -> Result<Vec<SettledByDay>> {
    tx.sql(
        "SELECT document_on, settled_on, COUNT(*) AS items, CAST(COALESCE(SUM(base_minor), 0) AS BIGINT) AS base_minor
         FROM open_items
         WHERE company_id = $1 AND customer_id = $2 AND settled_on >= $3 AND kind IN ('invoice', 'debit_note')
         GROUP BY document_on, settled_on ORDER BY document_on, settled_on",
    )
    .bind(company)
    .bind(customer)
    .bind(since)
    .all()
    .await
}

/// What was issued of one kind in one currency: all of it, and since a day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct IssuedTotal {
    pub kind: ItemKind,
    pub currency: Currency,
    pub documents: i64,
    /// Signed as open items are: credit notes negative.
    pub amount_minor: i64,
    pub base_minor: i64,
    pub recent_minor: i64,
    pub recent_base_minor: i64,
}

/// What stands: a payment that was taken back is none.
pub async fn issued(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    recent_from: Date,
) -> Result<Vec<IssuedTotal>> {
    tx.sql(
        "SELECT kind, currency, COUNT(CASE WHEN instalment = 1 THEN 1 END) AS documents,
             CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) AS amount_minor,
             CAST(COALESCE(SUM(base_minor), 0) AS BIGINT) AS base_minor,
             CAST(COALESCE(SUM(CASE WHEN document_on >= $3 THEN amount_minor ELSE 0 END), 0) AS BIGINT) AS recent_minor,
             CAST(COALESCE(SUM(CASE WHEN document_on >= $3 THEN base_minor ELSE 0 END), 0) AS BIGINT)
                 AS recent_base_minor
         FROM open_items WHERE company_id = $1 AND customer_id = $2 AND NOT (kind = 'payment' AND EXISTS (
             SELECT 1 FROM payments p WHERE p.company_id = open_items.company_id AND p.id = open_items.document_id
                 AND p.reversed_at IS NOT NULL))
         GROUP BY kind, currency ORDER BY kind, currency",
    )
    .bind(company)
    .bind(customer)
    .bind(recent_from)
    .all()
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LastPayment {
    pub id: PaymentId,
    pub number: String,
    pub received_on: Date,
    pub currency: Currency,
    pub amount_minor: i64,
    pub method: String,
    pub reversed_on: Option<Date>,
}

pub async fn last_payments(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<LastPayment>> {
    tx.sql(
        "SELECT id, number, received_on, currency, amount_minor, method, reversed_on FROM payments
         WHERE company_id = $1 AND customer_id = $2 ORDER BY received_on DESC, id DESC LIMIT $3",
    )
    .bind(company)
    .bind(customer)
    .bind(limit)
    .all()
    .await
}
