//! Sales and taxes of issued documents, where credit notes count against, and what discounts take back of the taxes.

use crate::db::{Result, Sql, Tx};
use domain::taxes::TaxCategory;
use kernel::{
    AllocationId, CompanyId, Currency, CustomerId, Date, InvoiceId, Percent, ProductId, Quantity, TaxCodeId, Timestamp,
};

/// The documents of a span of invoice days, as far as they were issued by then.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub from: Date,
    pub to: Date,
    pub known_at: Timestamp,
    pub customer: Option<CustomerId>,
    pub currency: Option<Currency>,
}

#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct CustomerSales {
    pub customer_id: CustomerId,
    pub currency: Currency,
    pub documents: i64,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub gross_minor: i64,
    pub base_net_minor: i64,
    pub base_tax_minor: i64,
    pub base_gross_minor: i64,
}

pub async fn by_customer(tx: &mut Tx, company: CompanyId, span: &Span) -> Result<Vec<CustomerSales>> {
    let sql = tx.sql(
        "SELECT i.customer_id, i.currency, COUNT(*) AS documents,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -i.net_minor ELSE i.net_minor END) AS BIGINT) AS net_minor,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -i.tax_minor ELSE i.tax_minor END) AS BIGINT) AS tax_minor,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -i.gross_minor ELSE i.gross_minor END) AS BIGINT)
                 AS gross_minor,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -i.base_net_minor ELSE i.base_net_minor END) AS BIGINT)
                 AS base_net_minor,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -i.base_tax_minor ELSE i.base_tax_minor END) AS BIGINT)
                 AS base_tax_minor,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -i.base_gross_minor ELSE i.base_gross_minor END) AS BIGINT)
                 AS base_gross_minor
         FROM invoices i WHERE i.company_id =",
    );
    of_span(sql, company, span)
        .push(" GROUP BY i.customer_id, i.currency ORDER BY i.customer_id, i.currency")
        .all()
        .await
}

/// Appends the company and what a span asks for.
fn of_span<'t>(sql: Sql<'t>, company: CompanyId, span: &Span) -> Sql<'t> {
    let mut sql = sql
        .push_bind(company)
        .push(" AND i.issued_at <=")
        .push_bind(span.known_at)
        .push(" AND i.invoiced_on >=")
        .push_bind(span.from)
        .push(" AND i.invoiced_on <=")
        .push_bind(span.to);
    if let Some(customer) = span.customer {
        sql = sql.push(" AND i.customer_id =").push_bind(customer);
    }
    if let Some(currency) = span.currency {
        sql = sql.push(" AND i.currency =").push_bind(currency);
    }
    sql
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProductSales {
    /// Lines that name no product have none.
    pub product_id: Option<ProductId>,
    pub sku: Option<String>,
    pub name: Option<String>,
    pub currency: Currency,
    pub documents: i64,
    pub quantity: Quantity,
    pub net_minor: i64,
}

pub async fn by_product(tx: &mut Tx, company: CompanyId, span: &Span) -> Result<Vec<ProductSales>> {
    let sql = tx.sql(
        "SELECT s.product_id, p.sku, p.name, s.currency, s.documents, s.quantity, s.net_minor
         FROM (SELECT l.product_id, i.currency, COUNT(DISTINCT i.id) AS documents,
                 CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -l.quantity ELSE l.quantity END) AS BIGINT) AS quantity,
                 CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -l.net_minor ELSE l.net_minor END) AS BIGINT)
                     AS net_minor
             FROM invoices i JOIN document_lines l ON l.company_id = i.company_id AND l.document_id = i.id
             WHERE i.company_id =",
    );
    of_span(sql, company, span)
        .push(" GROUP BY l.product_id, i.currency) s LEFT JOIN products p ON p.id = s.product_id AND p.company_id =")
        .push_bind(company)
        .push(" ORDER BY p.sku NULLS LAST, s.currency")
        .all()
        .await
}

/// Taxes of one code, category and rate in one currency.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct TaxSums {
    pub tax_code_id: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
    pub currency: Currency,
    pub base_minor: i64,
    pub tax_minor: i64,
}

pub async fn taxes(tx: &mut Tx, company: CompanyId, span: &Span) -> Result<Vec<TaxSums>> {
    let sql = tx.sql(
        "SELECT t.tax_code_id, t.category, t.rate, i.currency,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -t.base_minor ELSE t.base_minor END) AS BIGINT)
                 AS base_minor,
             CAST(SUM(CASE WHEN i.kind = 'credit_note' THEN -t.tax_minor ELSE t.tax_minor END) AS BIGINT) AS tax_minor
         FROM invoices i JOIN document_taxes t ON t.company_id = i.company_id AND t.document_id = i.id
         WHERE i.company_id =",
    );
    of_span(sql, company, span)
        .push(
            " GROUP BY t.tax_code_id, t.category, t.rate, i.currency
             ORDER BY t.tax_code_id, t.category, t.rate, i.currency",
        )
        .all()
        .await
}

/// One tax of one document in a foreign currency, with the document's amounts in base currency.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct ForeignTax {
    pub document_id: InvoiceId,
    pub sign: i64,
    pub tax_code_id: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
    pub currency: Currency,
    pub base_minor: i64,
    pub tax_minor: i64,
    pub document_net_minor: i64,
    pub document_tax_minor: i64,
}

/// Taxes of documents that are not in `base`, document by document.
pub async fn foreign_taxes(tx: &mut Tx, company: CompanyId, base: Currency, span: &Span) -> Result<Vec<ForeignTax>> {
    let sql = tx.sql(
        "SELECT i.id AS document_id, CAST(CASE WHEN i.kind = 'credit_note' THEN -1 ELSE 1 END AS BIGINT) AS sign,
             t.tax_code_id, t.category, t.rate, i.currency, t.base_minor, t.tax_minor,
             i.base_net_minor AS document_net_minor, i.base_tax_minor AS document_tax_minor
         FROM invoices i JOIN document_taxes t ON t.company_id = i.company_id AND t.document_id = i.id
         WHERE i.company_id =",
    );
    of_span(sql, company, span)
        .push(" AND i.currency <>")
        .push_bind(base)
        .push(" ORDER BY i.id, t.position")
        .all()
        .await
}

/// One tax of a document that a discount was taken from, as credit notes had left it by then.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct DiscountedTax {
    pub allocation_id: AllocationId,
    pub effective_on: Date,
    /// None where the discount was not taken back yet, as far as it was known.
    pub reversed_on: Option<Date>,
    pub currency: Currency,
    pub discount_minor: i64,
    pub discount_base_minor: i64,
    pub tax_code_id: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
    pub base_minor: i64,
    pub tax_minor: i64,
}

/// The taxes of debts whose discounts were taken or taken back in a span of days, discount by discount. Entries have ids in
/// the order of recording: a credit note of the same instant counts where its entry came first.
pub async fn discounted_taxes(tx: &mut Tx, company: CompanyId, span: &Span) -> Result<Vec<DiscountedTax>> {
    let mut sql = tx
        .sql(
            "SELECT a.id AS allocation_id, a.effective_on,
                 CASE WHEN a.reversed_at <= $2 THEN a.reversed_on END AS reversed_on,
                 i.currency, a.discount_minor, -m.base_minor AS discount_base_minor, t.tax_code_id, t.category, t.rate,
                 CAST(t.base_minor - COALESCE(SUM(k.base_minor), 0) AS BIGINT) AS base_minor,
                 CAST(t.tax_minor - COALESCE(SUM(k.tax_minor), 0) AS BIGINT) AS tax_minor
             FROM allocations a
             JOIN movements m ON m.company_id = a.company_id AND m.cause_id = a.id AND m.kind = 'discount'
             JOIN open_items i ON i.company_id = a.company_id AND i.id = a.to_item_id
             JOIN document_taxes t ON t.company_id = i.company_id AND t.document_id = i.document_id
             LEFT JOIN invoices n ON n.company_id = t.company_id AND n.corrects_id = t.document_id
                 AND n.kind = 'credit_note' AND a.entry_id > (SELECT e.id FROM journal_entries e
                     WHERE e.company_id = n.company_id AND e.source_id = n.id AND e.kind = 'credit_note')
             LEFT JOIN document_taxes k ON k.company_id = n.company_id AND k.document_id = n.id
                 AND k.tax_code_id = t.tax_code_id AND k.category = t.category AND k.rate = t.rate
             WHERE a.company_id = $1 AND a.discount_minor <> 0 AND a.recorded_at <= $2
                 AND (a.effective_on BETWEEN $3 AND $4 OR (a.reversed_at <= $2 AND a.reversed_on BETWEEN $3 AND $4))",
        )
        .bind(company)
        .bind(span.known_at)
        .bind(span.from)
        .bind(span.to);
    if let Some(customer) = span.customer {
        sql = sql.push(" AND i.customer_id =").push_bind(customer);
    }
    if let Some(currency) = span.currency {
        sql = sql.push(" AND i.currency =").push_bind(currency);
    }
    sql.push(
        " GROUP BY a.id, a.effective_on, a.reversed_at, a.reversed_on, i.currency, a.discount_minor, m.base_minor,
             t.position, t.tax_code_id, t.category, t.rate, t.base_minor, t.tax_minor
         ORDER BY a.id, t.position",
    )
    .all()
    .await
}
