//! Lines of documents, of which the cost may not be what they say.

use crate::db::{Result, Sql, Tx};
use kernel::{CompanyId, Currency, Percent, Quantity, UnitPrice};
use uuid::Uuid;

/// A line of a document that has to be computed exactly.
#[derive(Debug, sqlx::FromRow)]
pub struct SuspectLine {
    pub document_id: Uuid,
    pub number: Option<String>,
    pub currency: Currency,
    pub gross_minor: i64,
    pub id: Uuid,
    pub quantity: Quantity,
    pub unit_price: UnitPrice,
    pub discount_percent: Percent,
    pub tax_rate: Percent,
    pub net_minor: i64,
    /// Minor units that it may be off: a credit note of a part takes what the parts before it left.
    pub slack: i64,
}

/// Lines of documents as `d`; what follows says which.
const LINES: &str = "WITH d AS (
         SELECT company_id, id, number, currency, price_mode, gross_minor,
             CASE WHEN corrects_id IS NULL THEN 0 ELSE 1 END AS slack
         FROM invoices WHERE company_id = $1
         UNION ALL
         SELECT company_id, id, number, currency, price_mode, gross_minor, 0 FROM orders WHERE company_id = $1
         UNION ALL
         SELECT company_id, id, number, currency, price_mode, gross_minor, 0 FROM quotes WHERE company_id = $1
     )
     SELECT d.id AS document_id, d.number, d.currency, d.gross_minor, l.id, l.quantity, l.unit_price, l.discount_percent,
         l.tax_rate, l.net_minor, CAST(d.slack AS BIGINT) AS slack
     FROM d JOIN document_lines l ON l.company_id = d.company_id AND l.document_id = d.id";

/// Lines at prices before tax whose net may not be what they cost. Floats tell which have to be looked at: those that
/// end near half a minor unit are among them.
pub async fn suspect_nets(tx: &mut Tx, company: CompanyId) -> Result<Vec<SuspectLine>> {
    let sql = tx.sql(LINES).bind(company).push(" WHERE d.price_mode = 'exclusive' AND ABS(");
    let sql = push_cost(sql).push(" - l.net_minor) > 0.499 - ABS(l.net_minor) * 1e-15");
    sql.push(" ORDER BY d.id, l.position").all().await
}

/// All lines of documents at prices with tax whose lines may not cost its gross, document by document.
pub async fn suspect_grosses(tx: &mut Tx, company: CompanyId) -> Result<Vec<SuspectLine>> {
    let sql = tx.sql(LINES).bind(company);
    let sql = sql.push(" WHERE d.price_mode = 'inclusive' AND d.gross_minor <> (SELECT COALESCE(SUM(ROUND(");
    let sql =
        push_cost(sql).push(")), 0) FROM document_lines l WHERE l.company_id = d.company_id AND l.document_id = d.id)");
    sql.push(" ORDER BY d.id, l.position").all().await
}

/// What the line `l` of `d` costs in minor units, before it is rounded.
fn push_cost(sql: Sql<'_>) -> Sql<'_> {
    let with = |exponent| Currency::all().filter(move |currency| currency.exponent() == exponent);
    // Quantity and price have six decimals each, a percentage four: a minor unit of EUR is 1e10 of them.
    sql.push("CAST(l.quantity AS DOUBLE PRECISION) * l.unit_price * (1000000 - l.discount_percent) / 1000000.0 / (CASE WHEN d.currency IN")
        .push_list(with(0))
        .push(" THEN 1e12 WHEN d.currency IN")
        .push_list(with(3))
        .push(" THEN 1e9 WHEN d.currency IN")
        .push_list(with(4))
        .push(" THEN 1e8 ELSE 1e10 END)")
}
