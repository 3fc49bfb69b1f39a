//! Quotes and their revisions.

use crate::db::{Result, Tx};
use domain::{lines::PriceMode, quotes::QuoteFacts, terms::Terms};
use kernel::{CompanyId, Currency, CustomerId, Date, OrderId, QuoteId, Timestamp};
use sqlx::types::Json;

crate::record! {
    pub struct QuoteRow in "quotes" {
        pub company_id: CompanyId,
        pub id: QuoteId,
        pub number: String,
        pub year: i64,
        pub sequence: i64,
        /// 1 for the first; a later revision keeps the number.
        pub revision: i64,
        pub replaced_by: Option<QuoteId>,
        pub customer_id: CustomerId,
        pub currency: Currency,
        pub price_mode: PriceMode,
        pub quoted_on: Date,
        pub valid_until: Date,
        pub terms: Json<Terms>,
        pub reference: Option<String>,
        pub notes: Option<String>,
        pub net_minor: i64,
        pub tax_minor: i64,
        pub gross_minor: i64,
        pub sent_at: Option<Timestamp>,
        pub accepted_at: Option<Timestamp>,
        pub accepted_by: Option<String>,
        pub declined_at: Option<Timestamp>,
        pub decline_reason: Option<String>,
        pub order_id: Option<OrderId>,
        pub created_at: Timestamp,
        pub created_by: String,
        pub version: i64,
    }
}

impl QuoteRow {
    pub fn facts(&self) -> QuoteFacts {
        QuoteFacts {
            sent: self.sent_at.is_some(),
            accepted: self.accepted_at.is_some(),
            declined: self.declined_at.is_some(),
            replaced: self.replaced_by.is_some(),
            valid_until: self.valid_until,
        }
    }
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: QuoteId) -> Result<Option<QuoteRow>> {
    tx.select::<QuoteRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn revisions(tx: &mut Tx, company: CompanyId, number: &str) -> Result<Vec<QuoteRow>> {
    tx.select::<QuoteRow>("WHERE company_id = $1 AND number = $2 ORDER BY revision")
        .bind(company)
        .bind(number.to_owned())
        .all()
        .await
}

/// Saves what happened to a quote; the row must still have the version that was read.
pub async fn update(tx: &mut Tx, row: &QuoteRow) -> Result<()> {
    tx.sql(
        "UPDATE quotes SET replaced_by = $4, sent_at = $5, accepted_at = $6, accepted_by = $7, declined_at = $8,
             decline_reason = $9, order_id = $10, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(row.version)
    .bind(row.replaced_by)
    .bind(row.sent_at)
    .bind(row.accepted_at)
    .bind(row.accepted_by.clone())
    .bind(row.declined_at)
    .bind(row.decline_reason.clone())
    .bind(row.order_id)
    .run_one()
    .await
}

/// Which quotes a list shows.
#[derive(Debug, Clone, Default)]
pub struct QuoteFilter {
    pub customer: Option<CustomerId>,
    /// Only those that can still be accepted.
    pub open: bool,
    /// Beginning of the number.
    pub number: Option<String>,
    /// Only what comes after this row, newest first.
    pub after: Option<(Date, QuoteId)>,
}

/// One page of the latest revisions, newest first.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    filter: &QuoteFilter,
    today: Date,
    limit: i64,
) -> Result<Vec<QuoteRow>> {
    let mut sql = tx.select::<QuoteRow>("WHERE company_id = $1 AND replaced_by IS NULL").bind(company);
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND customer_id =").push_bind(customer);
    }
    if filter.open {
        sql = sql.push(" AND accepted_at IS NULL AND declined_at IS NULL AND valid_until >=").push_bind(today);
    }
    if let Some(number) = &filter.number {
        sql = sql.push(" AND number >=").push_bind(number.clone());
        sql = sql.push(" AND number <").push_bind(format!("{number}\u{10ffff}"));
    }
    if let Some((on, id)) = filter.after {
        sql = sql.push(" AND (quoted_on, id) < (").push_bind(on).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY quoted_on DESC, id DESC LIMIT").push_bind(limit).all().await
}
