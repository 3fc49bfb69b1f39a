//! Payments of a period with what had become of them by a day.

use crate::db::{Result, Sql, Tx};
use kernel::{CompanyId, Currency, CustomerId, Date, PaymentId, Timestamp};

/// Which payments, and as of when what became of them is looked at.
#[derive(Debug, Clone, Copy)]
pub struct PaymentScope {
    pub from: Date,
    pub to: Date,
    pub as_of: Date,
    pub known_at: Timestamp,
    pub customer: Option<CustomerId>,
    pub currency: Option<Currency>,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReceivedPayment {
    pub id: PaymentId,
    pub number: String,
    pub received_on: Date,
    pub customer_id: CustomerId,
    pub customer_number: String,
    pub customer_name: String,
    pub method: String,
    pub reference: Option<String>,
    pub currency: Currency,
    pub amount_minor: i64,
    pub fee_minor: i64,
    /// What is left of it.
    pub unapplied_minor: i64,
    pub refunded_minor: i64,
    pub bounced_minor: i64,
}

/// The payments of a scope, each with its item's movements summed up to the scope's day and instant. `CROSS JOIN` keeps
/// SQLite from reading all movements for each payment: it takes the item first.
const RECEIVED: &str = "
    SELECT p.id, p.number, p.received_on, p.customer_id, p.method, p.reference, p.currency, p.amount_minor, p.fee_minor,
        CAST(COALESCE((SELECT -SUM(m.amount_minor) FROM open_items i CROSS JOIN movements m
            WHERE m.company_id = i.company_id AND m.item_id = i.id AND i.company_id = p.company_id AND i.document_id = p.id AND m.effective_on <= $2
                AND m.recorded_at <= $3), 0) AS BIGINT) AS unapplied_minor,
        CAST(COALESCE((SELECT SUM(m.amount_minor) FROM open_items i CROSS JOIN movements m
            WHERE m.company_id = i.company_id AND m.item_id = i.id AND i.company_id = p.company_id AND i.document_id = p.id AND m.effective_on <= $2
                AND m.recorded_at <= $3 AND m.kind = 'refunded'), 0) AS BIGINT) AS refunded_minor,
        CAST(CASE WHEN p.reversed_on <= $2 AND p.reversed_at <= $3 THEN p.amount_minor ELSE 0 END AS BIGINT)
            AS bounced_minor
    FROM payments p
    WHERE p.company_id = $1 AND p.recorded_at <= $3 AND p.received_on >= $4 AND p.received_on <= $5";

/// One page of payments, oldest first.
pub async fn received(
    tx: &mut Tx,
    company: CompanyId,
    scope: &PaymentScope,
    after: Option<(Date, PaymentId)>,
    limit: i64,
) -> Result<Vec<ReceivedPayment>> {
    let sql = tx.sql("SELECT r.*, c.number AS customer_number, c.name AS customer_name FROM (").push(RECEIVED);
    let mut sql = of_scope(sql, company, scope);
    if let Some((on, id)) = after {
        sql = sql.push(" AND (p.received_on, p.id) > (").push_bind(on).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY p.received_on, p.id LIMIT")
        .push_bind(limit)
        .push(") r JOIN customers c ON c.company_id = $1 AND c.id = r.customer_id ORDER BY r.received_on, r.id")
        .all()
        .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReceivedTotal {
    pub currency: Currency,
    pub amount_minor: i64,
    pub fee_minor: i64,
    pub unapplied_minor: i64,
    pub refunded_minor: i64,
    pub bounced_minor: i64,
}

pub async fn received_totals(tx: &mut Tx, company: CompanyId, scope: &PaymentScope) -> Result<Vec<ReceivedTotal>> {
    let sql = tx
        .sql(
            "SELECT r.currency, CAST(SUM(r.amount_minor) AS BIGINT) AS amount_minor,
                 CAST(SUM(r.fee_minor) AS BIGINT) AS fee_minor,
                 CAST(SUM(r.unapplied_minor) AS BIGINT) AS unapplied_minor,
                 CAST(SUM(r.refunded_minor) AS BIGINT) AS refunded_minor,
                 CAST(SUM(r.bounced_minor) AS BIGINT) AS bounced_minor
             FROM (",
        )
        .push(RECEIVED);
    of_scope(sql, company, scope).push(") r GROUP BY r.currency ORDER BY r.currency").all().await
}

fn of_scope<'t>(sql: Sql<'t>, company: CompanyId, scope: &PaymentScope) -> Sql<'t> {
    let mut sql = sql.bind(company).bind(scope.as_of).bind(scope.known_at).bind(scope.from).bind(scope.to);
    if let Some(customer) = scope.customer {
        sql = sql.push(" AND p.customer_id =").push_bind(customer);
    }
    if let Some(currency) = scope.currency {
        sql = sql.push(" AND p.currency =").push_bind(currency);
    }
    sql
}

/// The numbers of the debts that payments were used on.
pub async fn applied_to(
    tx: &mut Tx,
    company: CompanyId,
    scope: &PaymentScope,
    payments: &[PaymentId],
) -> Result<Vec<(PaymentId, String)>> {
    tx.sql(
        "SELECT f.document_id, t.number FROM open_items f CROSS JOIN allocations a CROSS JOIN open_items t
         WHERE a.company_id = f.company_id AND a.from_item_id = f.id
             AND t.company_id = a.company_id AND t.id = a.to_item_id
             AND f.company_id = $1 AND a.effective_on <= $2 AND a.recorded_at <= $3
             AND (a.reversed_at IS NULL OR a.reversed_at > $3 OR a.reversed_on > $2) AND f.document_id IN",
    )
    .bind(company)
    .bind(scope.as_of)
    .bind(scope.known_at)
    .push_list(payments.iter().copied())
    .push(" ORDER BY f.document_id, t.due_on, t.number, a.id")
    .all()
    .await
}
