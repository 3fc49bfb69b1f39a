//! Lines and tax totals of quotes, orders and invoices alike.

use crate::{
    db::{Result, Sql, Tx},
    sorting::Place,
};
use domain::{customers::name_key, taxes::TaxCategory};
use kernel::{CompanyId, Currency, CustomerId, Date, LineId, Percent, ProductId, Quantity, TaxCodeId, UnitPrice};
use uuid::Uuid;

crate::record! {
    pub struct LineRow in "document_lines" {
        pub company_id: CompanyId,
        pub id: LineId,
        pub document_id: Uuid,
        /// 1 for the first.
        pub position: i64,
        pub product_id: Option<ProductId>,
        pub description: String,
        pub unit: String,
        pub quantity: Quantity,
        pub unit_price: UnitPrice,
        pub discount_percent: Percent,
        pub tax_code_id: TaxCodeId,
        pub tax_category: TaxCategory,
        pub tax_rate: Percent,
        pub net_minor: i64,
        pub revenue_account: Option<String>,
        /// The order line that an invoice line bills, or the invoice line that a credit note line corrects.
        pub source_line_id: Option<LineId>,
        pub cancelled_quantity: Quantity,
    }
}

crate::record! {
    pub struct TaxTotalRow in "document_taxes" {
        pub company_id: CompanyId,
        pub document_id: Uuid,
        pub position: i64,
        pub tax_code_id: TaxCodeId,
        pub category: TaxCategory,
        pub rate: Percent,
        pub base_minor: i64,
        pub tax_minor: i64,
        /// Why no tax is charged, as the tax code said it when the document was written (EN 16931, BT-120).
        pub exemption_reason: Option<String>,
    }
}

impl TaxTotalRow {
    pub fn total(&self, currency: Currency) -> domain::lines::TaxTotal {
        domain::lines::TaxTotal {
            code: self.tax_code_id,
            category: self.category,
            rate: self.rate,
            base: kernel::Money::new(self.base_minor, currency),
            tax: kernel::Money::new(self.tax_minor, currency),
        }
    }
}

pub async fn of_document(tx: &mut Tx, company: CompanyId, document: Uuid) -> Result<Vec<LineRow>> {
    tx.select::<LineRow>("WHERE company_id = $1 AND document_id = $2 ORDER BY position")
        .bind(company)
        .bind(document)
        .all()
        .await
}

pub async fn taxes_of(tx: &mut Tx, company: CompanyId, document: Uuid) -> Result<Vec<TaxTotalRow>> {
    tx.select::<TaxTotalRow>("WHERE company_id = $1 AND document_id = $2 ORDER BY position")
        .bind(company)
        .bind(document)
        .all()
        .await
}

/// Takes the lines and taxes of a draft away before they are written anew.
pub async fn clear(tx: &mut Tx, company: CompanyId, document: Uuid) -> Result<()> {
    tx.sql("DELETE FROM document_lines WHERE company_id = $1 AND document_id = $2")
        .bind(company)
        .bind(document)
        .run()
        .await?;
    tx.sql("DELETE FROM document_taxes WHERE company_id = $1 AND document_id = $2")
        .bind(company)
        .bind(document)
        .run()
        .await?;
    Ok(())
}

/// What issued and drafted documents took of a line.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct TakenOfLine {
    pub source_line_id: LineId,
    pub quantity: Quantity,
    /// Before tax.
    pub net_minor: i64,
}

/// What was taken of these lines, for each of which anything was.
pub async fn taken_of(tx: &mut Tx, company: CompanyId, lines: &[LineId]) -> Result<Vec<TakenOfLine>> {
    tx.sql(
        "SELECT source_line_id, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(net_minor) AS BIGINT) AS net_minor
         FROM document_lines WHERE company_id = $1 AND source_line_id IN",
    )
    .bind(company)
    .push_list(lines.iter().copied())
    .push(" GROUP BY source_line_id")
    .all()
    .await
}

/// The taxes of several documents in one currency, each code, category and rate once.
pub async fn tax_sums(
    tx: &mut Tx,
    company: CompanyId,
    documents: &[Uuid],
    currency: Currency,
) -> Result<Vec<domain::lines::TaxTotal>> {
    let rows: Vec<(TaxCodeId, TaxCategory, Percent, i64, i64)> = tx
        .sql(
            "SELECT tax_code_id, category, rate, CAST(SUM(base_minor) AS BIGINT), CAST(SUM(tax_minor) AS BIGINT)
             FROM document_taxes WHERE company_id = $1 AND document_id IN",
        )
        .bind(company)
        .push_list(documents.iter().copied())
        .push(" GROUP BY tax_code_id, category, rate")
        .all()
        .await?;
    let money = |minor| kernel::Money::new(minor, currency);
    let total = |(code, category, rate, base, tax)| domain::lines::TaxTotal {
        code,
        category,
        rate,
        base: money(base),
        tax: money(tax),
    };
    Ok(rows.into_iter().map(total).collect())
}

pub async fn cancel_rest(tx: &mut Tx, company: CompanyId, line: LineId, cancelled: Quantity) -> Result<()> {
    tx.sql("UPDATE document_lines SET cancelled_quantity = $3 WHERE company_id = $1 AND id = $2")
        .bind(company)
        .bind(line)
        .bind(cancelled)
        .run_one()
        .await
}

/// Which quotes or orders a list shows, and in what order.
#[derive(Debug, Clone)]
pub struct DocumentFilter<S, O> {
    pub customer: Option<CustomerId>,
    pub state: Option<S>,
    /// Beginning of the number or of the customer's own, or part of the customer's name.
    pub search: Option<String>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub sort: O,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

impl<S, O: Default> Default for DocumentFilter<S, O> {
    fn default() -> Self {
        Self { customer: None, state: None, search: None, from: None, to: None, sort: O::default(), after: None }
    }
}

/// What a list's one search field finds: the beginning of a number, however its letters are typed, or a part of the name of
/// the customer, who is `c` in the statement.
pub(crate) fn searched<'a>(mut sql: Sql<'a>, numbers: &[&'static str], search: &str) -> Sql<'a> {
    let mut word = " AND (";
    for &number in numbers {
        for text in [search.to_owned(), search.to_uppercase()] {
            sql = sql.push(word).push(number).push(" >=").push_bind(text.clone());
            sql = sql.push(" AND ").push(number).push(" <").push_bind(format!("{text}\u{10ffff}"));
            word = " OR ";
        }
    }
    let key = name_key(search);
    if !key.is_empty() {
        sql = sql.push(" OR c.name_key LIKE").push_bind(format!("%{key}%"));
    }
    sql.push(")")
}
