//! Lines of documents, of which the cost may not be what they say.

use crate::db::{Result, Sql, Tx};
use domain::lines::PriceMode;
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

/// Lines `l` of one kind of documents `d`, in the order of the documents' ids: that is the order of recording, in which
/// the lines lie as well.
macro_rules! lines_of {
    ($documents:literal, $slack:literal) => {
        concat!(
            "SELECT d.id AS document_id, d.number, d.currency, d.gross_minor, l.id, l.quantity, l.unit_price,
                 l.discount_percent, l.tax_rate, l.net_minor, CAST(",
            $slack,
            " AS BIGINT) AS slack
             FROM ",
            $documents,
            " d JOIN document_lines l ON l.company_id = d.company_id AND l.document_id = d.id
             WHERE d.company_id = $1 AND d.id > $2 AND d.price_mode = $3 AND "
        )
    };
}

const LINES: [&str; 3] = [
    lines_of!("invoices", "CASE WHEN d.corrects_id IS NULL THEN 0 ELSE 1 END"),
    lines_of!("orders", "0"),
    lines_of!("quotes", "0"),
];

/// Lines at prices before tax whose net may not be what they cost. Floats tell which have to be looked at: those that
/// end near half a minor unit are among them.
pub async fn suspect_nets(tx: &mut Tx, company: CompanyId) -> Result<Vec<SuspectLine>> {
    let mut suspects = Vec::new();
    for lines in LINES {
        let sql = tx.sql(lines).bind(company).bind(Uuid::nil()).bind(PriceMode::TaxExclusive);
        let sql = push_cost(sql.push("ABS(")).push(" - l.net_minor) > 0.499 - ABS(l.net_minor) * 1e-15");
        suspects.extend(sql.push(" ORDER BY d.id, l.position").all::<SuspectLine>().await?);
    }
    Ok(suspects)
}

/// All lines of documents at prices with tax whose lines may not cost its gross, document by document.
pub async fn suspect_grosses(tx: &mut Tx, company: CompanyId) -> Result<Vec<SuspectLine>> {
    let mut suspects = Vec::new();
    for lines in LINES {
        let sql = tx.sql(lines).bind(company).bind(Uuid::nil()).bind(PriceMode::TaxInclusive);
        // The lines inside have the name of the one outside, so that the same words say what they cost.
        let sql = push_cost(sql.push("d.gross_minor <> (SELECT COALESCE(SUM(ROUND("));
        let sql = sql.push(")), 0) FROM document_lines l WHERE l.company_id = d.company_id AND l.document_id = d.id)");
        suspects.extend(sql.push(" ORDER BY d.id, l.position").all::<SuspectLine>().await?);
    }
    Ok(suspects)
}

/// What the line `l` of `d` costs in minor units, before it is rounded.
fn push_cost(sql: Sql<'_>) -> Sql<'_> {
    let with = |exponent| Currency::all().filter(move |currency| currency.exponent() == exponent);
    // Quantity and price have six decimals each, a percentage four: a minor unit of EUR is 1e10 of them.
    sql.push(
        "CAST(l.quantity AS DOUBLE PRECISION) * l.unit_price * (1000000 - l.discount_percent) / 1000000.0
         / (CASE WHEN d.currency IN",
    )
    .push_list(with(0))
    .push(" THEN 1e12 WHEN d.currency IN")
    .push_list(with(3))
    .push(" THEN 1e9 WHEN d.currency IN")
    .push_list(with(4))
    .push(" THEN 1e8 ELSE 1e10 END)")
}
