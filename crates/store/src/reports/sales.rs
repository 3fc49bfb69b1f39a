//! Sales and taxes of issued documents; credit notes count against.

use crate::db::{Result, Sql, Tx};
use domain::taxes::TaxCategory;
use kernel::{CompanyId, Currency, CustomerId, Date, InvoiceId, Percent, ProductId, Quantity, TaxCodeId, Timestamp};

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
