//! From order to invoice: how long it took, and what is still to be billed.

use crate::db::{Result, Tx};
use kernel::{CompanyId, Currency, CustomerId, OrderId, Quantity, Timestamp};

/// When an order was confirmed and one of its invoices issued.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Billed {
    pub currency: Currency,
    pub confirmed_at: Timestamp,
    pub issued_at: Timestamp,
    pub net_minor: i64,
}

/// The invoices of orders that were issued from `from` on and before `before`.
pub async fn billed(
    tx: &mut Tx,
    company: CompanyId,
    (from, before): (Timestamp, Timestamp),
    customer: Option<CustomerId>,
) -> Result<Vec<Billed>> {
    let mut sql = tx
        .sql(
            "SELECT i.currency, o.confirmed_at, i.issued_at, i.net_minor
             FROM invoices i JOIN orders o ON o.company_id = i.company_id AND o.id = i.order_id
             WHERE i.company_id = $1 AND i.order_id IS NOT NULL AND i.kind = 'invoice' AND i.issued_at >= $2
                 AND i.issued_at < $3 AND o.confirmed_at IS NOT NULL",
        )
        .bind(company)
        .bind(from)
        .bind(before);
    if let Some(customer) = customer {
        sql = sql.push(" AND o.customer_id =").push_bind(customer);
    }
    sql.push(" ORDER BY i.issued_at, i.id").all().await
}

/// A line of an order that is confirmed, and how much of it was billed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UnbilledLine {
    pub order_id: OrderId,
    pub number: String,
    pub customer_id: CustomerId,
    pub customer_number: String,
    pub customer_name: String,
    pub currency: Currency,
    pub confirmed_at: Timestamp,
    pub quantity: Quantity,
    pub cancelled_quantity: Quantity,
    pub billed_quantity: Quantity,
    pub net_minor: i64,
}

/// Lines of the orders that were confirmed and neither billed to the end nor cancelled at an instant.
pub async fn unbilled(
    tx: &mut Tx,
    company: CompanyId,
    at: Timestamp,
    customer: Option<CustomerId>,
) -> Result<Vec<UnbilledLine>> {
    let mut sql = tx
        .sql(
            "SELECT o.id AS order_id, o.number, o.customer_id, c.number AS customer_number, c.name AS customer_name,
                 o.currency, o.confirmed_at, l.quantity, l.cancelled_quantity, l.net_minor,
                 CAST(COALESCE((SELECT SUM(s.quantity) FROM document_lines s
                     JOIN invoices i ON i.company_id = s.company_id AND i.id = s.document_id
                     WHERE s.company_id = l.company_id AND s.source_line_id = l.id AND i.kind = 'invoice'
                         AND i.issued_at <= $2), 0) AS BIGINT) AS billed_quantity
             FROM orders o JOIN customers c ON c.company_id = o.company_id AND c.id = o.customer_id
                 JOIN document_lines l ON l.company_id = o.company_id AND l.document_id = o.id
             WHERE o.company_id = $1 AND o.confirmed_at <= $2 AND (o.completed_at IS NULL OR o.completed_at > $2)
                 AND (o.cancelled_at IS NULL OR o.cancelled_at > $2)",
        )
        .bind(company)
        .bind(at);
    if let Some(customer) = customer {
        sql = sql.push(" AND o.customer_id =").push_bind(customer);
    }
    sql.push(" ORDER BY o.confirmed_at, o.id, l.position").all().await
}
