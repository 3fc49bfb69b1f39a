//! Quotes, orders, invoices and payments: totals, postings and numbers.

use super::Gap;
use crate::db::{Result, Tx};
use kernel::{CompanyId, Currency};
use uuid::Uuid;

/// A document's totals as they stand on it, and as its taxes add up.
#[derive(Debug, sqlx::FromRow)]
pub struct DocumentGap {
    pub id: Uuid,
    pub kind: String,
    pub number: Option<String>,
    pub currency: Currency,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub gross_minor: i64,
    pub tax_base: i64,
    pub tax_sum: i64,
    pub total: i64,
}

pub async fn documents(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql(
        "SELECT (SELECT COUNT(*) FROM quotes WHERE company_id = $1) + (SELECT COUNT(*) FROM orders WHERE company_id = $1)
             + (SELECT COUNT(*) FROM invoices WHERE company_id = $1)",
    )
    .bind(company)
    .number()
    .await
}

/// Documents whose net or tax is not the sum over their rates, or whose gross is not net and tax. Whether the lines add
/// up to the rates is for `tax_gaps` to say.
pub async fn document_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<DocumentGap>> {
    tx.sql(
        "SELECT id, kind, number, currency, net_minor, tax_minor, gross_minor, tax_base, tax_sum, COUNT(*) OVER () AS total
         FROM (
             SELECT id, MAX(kind) AS kind, MAX(number) AS number, MAX(currency) AS currency,
                 CAST(SUM(net) AS BIGINT) AS net_minor, CAST(SUM(tax) AS BIGINT) AS tax_minor,
                 CAST(SUM(gross) AS BIGINT) AS gross_minor, CAST(SUM(tax_base) AS BIGINT) AS tax_base,
                 CAST(SUM(tax_sum) AS BIGINT) AS tax_sum
             FROM (
                 SELECT id, kind, number, currency, net_minor AS net, tax_minor AS tax, gross_minor AS gross, 0 AS tax_base,
                     0 AS tax_sum
                 FROM invoices WHERE company_id = $1
                 UNION ALL
                 SELECT id, 'order', number, currency, net_minor, tax_minor, gross_minor, 0, 0
                 FROM orders WHERE company_id = $1
                 UNION ALL
                 SELECT id, 'quote', number, currency, net_minor, tax_minor, gross_minor, 0, 0
                 FROM quotes WHERE company_id = $1
                 UNION ALL
                 SELECT document_id, NULL, NULL, NULL, 0, 0, 0, base_minor, tax_minor
                 FROM document_taxes WHERE company_id = $1
             ) AS parts
             GROUP BY id
         ) AS sums
         WHERE kind IS NOT NULL AND (net_minor <> tax_base OR tax_minor <> tax_sum OR gross_minor <> net_minor + tax_minor)
         ORDER BY id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// Tax rates of documents whose base is not the sum of the lines at that rate.
pub async fn tax_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT sums.id, COALESCE(i.number, o.number, q.number) AS name, COALESCE(i.currency, o.currency, q.currency) AS currency,
             sums.stated, sums.found, sums.total
         FROM (
             SELECT id, CAST(SUM(stated) AS BIGINT) AS stated, CAST(SUM(found) AS BIGINT) AS found, COUNT(*) OVER () AS total
             FROM (
                 SELECT document_id AS id, tax_code_id, tax_category, tax_rate, 0 AS stated, net_minor AS found
                 FROM document_lines WHERE company_id = $1
                 UNION ALL
                 SELECT document_id, tax_code_id, category, rate, base_minor, 0 FROM document_taxes WHERE company_id = $1
             ) AS parts
             GROUP BY id, tax_code_id, tax_category, tax_rate
             HAVING SUM(stated) <> SUM(found)
             ORDER BY id, tax_code_id, tax_category, tax_rate LIMIT 100
         ) AS sums
         LEFT JOIN invoices i ON i.company_id = $1 AND i.id = sums.id
         LEFT JOIN orders o ON o.company_id = $1 AND o.id = sums.id
         LEFT JOIN quotes q ON q.company_id = $1 AND q.id = sums.id
         ORDER BY sums.id, sums.stated, sums.found",
    )
    .bind(company)
    .all()
    .await
}

/// Invoices whose base amounts do not add up.
pub async fn base_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<Gap>> {
    tx.sql(
        "SELECT i.id, i.number AS name, c.currency, i.base_gross_minor AS stated,
             i.base_net_minor + i.base_tax_minor AS found, COUNT(*) OVER () AS total
         FROM invoices i JOIN companies c ON c.id = i.company_id
         WHERE i.company_id = $1 AND i.base_gross_minor <> i.base_net_minor + i.base_tax_minor
         ORDER BY i.id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// A document against its open items and its journal entry.
#[derive(Debug, sqlx::FromRow)]
pub struct IssueGap {
    pub id: Uuid,
    pub kind: String,
    pub number: Option<String>,
    pub currency: Currency,
    /// Signed as the customer sees it: what they owe is positive.
    pub amount_minor: i64,
    pub base_minor: i64,
    pub items: i64,
    pub items_base: i64,
    pub posted: i64,
    pub posted_base: i64,
    pub total: i64,
}

pub async fn issued(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql(
        "SELECT (SELECT COUNT(*) FROM invoices WHERE company_id = $1 AND issued_at IS NOT NULL)
             + (SELECT COUNT(*) FROM payments WHERE company_id = $1)",
    )
    .bind(company)
    .number()
    .await
}

/// Issued documents and payments whose open items or whose posting on a control account is not their whole amount.
pub async fn issue_gaps(tx: &mut Tx, company: CompanyId, accounts: &[String]) -> Result<Vec<IssueGap>> {
    tx.sql(
        "SELECT id, kind, number, currency, amount_minor, base_minor, items, items_base, posted, posted_base,
             COUNT(*) OVER () AS total
         FROM (
             SELECT id, MAX(kind) AS kind, MAX(number) AS number, MAX(currency) AS currency,
                 CAST(SUM(amount) AS BIGINT) AS amount_minor, CAST(SUM(base) AS BIGINT) AS base_minor,
                 CAST(SUM(item) AS BIGINT) AS items, CAST(SUM(item_base) AS BIGINT) AS items_base,
                 CAST(SUM(posted) AS BIGINT) AS posted, CAST(SUM(posted_base) AS BIGINT) AS posted_base
             FROM (
                 SELECT id, kind, number, currency, CASE kind WHEN 'credit_note' THEN -gross_minor ELSE gross_minor END AS amount,
                     CASE kind WHEN 'credit_note' THEN -base_gross_minor ELSE base_gross_minor END AS base, 0 AS item,
                     0 AS item_base, 0 AS posted, 0 AS posted_base
                 FROM invoices WHERE company_id = $1 AND issued_at IS NOT NULL
                 UNION ALL
                 SELECT id, 'payment', number, currency, -amount_minor, -base_minor, 0, 0, 0, 0
                 FROM payments WHERE company_id = $1
                 UNION ALL
                 SELECT document_id, NULL, NULL, NULL, 0, 0, amount_minor, base_minor, 0, 0
                 FROM open_items WHERE company_id = $1
                 UNION ALL
                 SELECT e.source_id, NULL, NULL, NULL, 0, 0, 0, 0, p.amount_minor, p.base_minor
                 FROM postings p JOIN journal_entries e ON e.company_id = p.company_id AND e.id = p.entry_id
                 WHERE p.company_id = $1
                     AND e.kind IN ('invoice', 'credit_note', 'debit_note', 'payment', 'opening') AND p.account IN",
    )
    .bind(company)
    .push_list(accounts.iter().cloned())
    .push(
        ") AS parts
             GROUP BY id
         ) AS sums
         WHERE kind IS NOT NULL
             AND (amount_minor <> items OR base_minor <> items_base OR amount_minor <> posted OR base_minor <> posted_base)
         ORDER BY id LIMIT 100",
    )
    .all()
    .await
}

/// Numbers given to one kind of document in one year.
#[derive(Debug, sqlx::FromRow)]
pub struct SeriesSum {
    pub kind: String,
    pub year: i64,
    pub documents: i64,
    pub distinct_places: i64,
    pub lowest: i64,
    pub highest: i64,
    /// Numbers that do not end with their place.
    pub mislabelled: i64,
}

/// A document whose place does not follow the one before it, or whose number does not show its place.
#[derive(Debug, sqlx::FromRow)]
pub struct NumberGap {
    pub kind: String,
    pub year: i64,
    pub sequence: i64,
    pub before: i64,
    pub id: Uuid,
    pub number: String,
    pub total: i64,
}

/// Every numbered document: revisions of a quote share its number, documents that brought their own have no place.
macro_rules! numbered {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "SELECT kind, year, sequence, number, id FROM invoices WHERE company_id = $1 AND sequence IS NOT NULL
             UNION ALL SELECT 'quote', year, sequence, number, id FROM quotes WHERE company_id = $1 AND revision = 1
             UNION ALL SELECT 'order', year, sequence, number, id FROM orders WHERE company_id = $1
             UNION ALL SELECT 'payment', year, sequence, number, id FROM payments WHERE company_id = $1
             UNION ALL SELECT 'refund', year, sequence, number, id FROM refunds WHERE company_id = $1",
            $after
        )
    };
}

pub async fn series(tx: &mut Tx, company: CompanyId) -> Result<Vec<SeriesSum>> {
    tx.sql(numbered!(
        "SELECT kind, year, COUNT(*) AS documents, COUNT(DISTINCT sequence) AS distinct_places, MIN(sequence) AS lowest,
             MAX(sequence) AS highest,
             CAST(SUM(CASE WHEN number NOT LIKE '%' || CAST(sequence AS TEXT) THEN 1 ELSE 0 END) AS BIGINT) AS mislabelled
         FROM (",
        ") AS numbered GROUP BY kind, year ORDER BY kind, year"
    ))
    .bind(company)
    .all()
    .await
}

/// Kind, year and last number of every counter.
pub async fn counters(tx: &mut Tx, company: CompanyId) -> Result<Vec<(String, i64, i64)>> {
    tx.sql("SELECT kind, year, last FROM counters WHERE company_id = $1 ORDER BY kind, year").bind(company).all().await
}

pub async fn number_gaps(tx: &mut Tx, company: CompanyId) -> Result<Vec<NumberGap>> {
    tx.sql(numbered!(
        "SELECT kind, year, sequence, before, id, number, COUNT(*) OVER () AS total FROM (
             SELECT kind, year, sequence, number, id,
                 COALESCE(LAG(sequence) OVER (PARTITION BY kind, year ORDER BY sequence, id), 0) AS before
             FROM (",
        ") AS numbered
         ) AS places
         WHERE sequence <> before + 1 OR number NOT LIKE '%' || CAST(sequence AS TEXT)
         ORDER BY kind, year, sequence, id LIMIT 100"
    ))
    .bind(company)
    .all()
    .await
}
