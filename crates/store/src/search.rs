//! Finding records by the beginning of their number or name, each question a range of an index, so that a million
//! documents are searched as fast as ten.

use crate::db::{Result, Tx, after_prefix};
use domain::search::HitKind;
use kernel::{CompanyId, Currency, Date};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Hit {
    pub kind: HitKind,
    pub id: Uuid,
    pub number: String,
    /// The customer's name.
    pub name: String,
    pub on_date: Option<Date>,
    pub currency: Option<Currency>,
    pub amount_minor: Option<i64>,
}

/// Customers whose name key begins with `prefix`.
pub async fn customers_by_name(tx: &mut Tx, company: CompanyId, prefix: &str, limit: i64) -> Result<Vec<Hit>> {
    tx.sql(
        "SELECT 'customer' AS kind, id, number, name, NULL AS on_date, NULL AS currency, NULL AS amount_minor
         FROM customers WHERE company_id = $1 AND name_key >= $2 AND name_key < $3
         ORDER BY name_key, id LIMIT $4",
    )
    .bind(company)
    .bind(prefix.to_owned())
    .bind(after_prefix(prefix))
    .bind(limit)
    .all()
    .await
}

/// Records of one kind whose number begins with `prefix`.
pub async fn by_number(tx: &mut Tx, company: CompanyId, kind: HitKind, prefix: &str, limit: i64) -> Result<Vec<Hit>> {
    let sql = match kind {
        HitKind::Customer => tx.sql(
            "SELECT 'customer' AS kind, id, number, name, NULL AS on_date, NULL AS currency, NULL AS amount_minor
             FROM customers WHERE company_id = $1 AND number >= $2 AND number < $3 ORDER BY number LIMIT $4",
        ),
        HitKind::Quote => tx.sql(
            "SELECT 'quote' AS kind, d.id, d.number, c.name, d.quoted_on AS on_date, d.currency,
                 d.gross_minor AS amount_minor
             FROM quotes d JOIN customers c ON c.company_id = d.company_id AND c.id = d.customer_id
             WHERE d.company_id = $1 AND d.number >= $2 AND d.number < $3
             ORDER BY d.number, d.revision DESC LIMIT $4",
        ),
        HitKind::Order => tx.sql(
            "SELECT 'order' AS kind, d.id, d.number, c.name, d.ordered_on AS on_date, d.currency,
                 d.gross_minor AS amount_minor
             FROM orders d JOIN customers c ON c.company_id = d.company_id AND c.id = d.customer_id
             WHERE d.company_id = $1 AND d.number >= $2 AND d.number < $3 ORDER BY d.number LIMIT $4",
        ),
        HitKind::Invoice => tx.sql(
            "SELECT 'invoice' AS kind, d.id, d.number, c.name, d.invoiced_on AS on_date, d.currency,
                 d.gross_minor AS amount_minor
             FROM invoices d JOIN customers c ON c.company_id = d.company_id AND c.id = d.customer_id
             WHERE d.company_id = $1 AND d.number IS NOT NULL AND d.number >= $2 AND d.number < $3
             ORDER BY d.number LIMIT $4",
        ),
        HitKind::Payment => tx.sql(
            "SELECT 'payment' AS kind, d.id, d.number, c.name, d.received_on AS on_date, d.currency, d.amount_minor
             FROM payments d JOIN customers c ON c.company_id = d.company_id AND c.id = d.customer_id
             WHERE d.company_id = $1 AND d.number >= $2 AND d.number < $3 ORDER BY d.number LIMIT $4",
        ),
    };
    sql.bind(company).bind(prefix.to_owned()).bind(after_prefix(prefix)).bind(limit).all().await
}
