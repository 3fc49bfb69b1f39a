//! Quotes and their revisions.

use crate::{
    db::{Result, Sql, Tx},
    lines::{DocumentFilter, searched},
    sorting::{Key, Order},
};
use domain::{
    lines::PriceMode,
    quotes::{QuoteFacts, QuoteState},
    terms::Terms,
};
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
    .bind_as_read(row.company_id, row.id, row.version)
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

/// Which quotes a list shows: the latest revisions, unless the replaced ones are asked for.
pub type QuoteFilter = DocumentFilter<QuoteState, QuoteSort>;

kernel::text_enum! {
    #[derive(Default)]
    pub enum QuoteSort {
        #[default]
        Newest = "-date",
        Oldest = "date",
        Number = "number",
        NumberDown = "-number",
        Customer = "customer",
        CustomerDown = "-customer",
        /// By the last day on which it can be accepted.
        Until = "until",
        UntilDown = "-until",
        /// By the amount in the quote's own currency.
        Total = "total",
        TotalDown = "-total",
    }
}

impl QuoteSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Newest | Self::Oldest => Order::by_day("q.quoted_on", "q.id"),
            Self::Number | Self::NumberDown => Order::by_text("q.number", "q.id"),
            Self::Customer | Self::CustomerDown => Order::by_text("c.name_key", "q.id"),
            Self::Until | Self::UntilDown => Order::by_day("q.valid_until", "q.id"),
            Self::Total | Self::TotalDown => Order::by_amount("q.gross_minor", "q.id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &QuoteSummary) -> Key {
        match self {
            Self::Newest | Self::Oldest => Key::Day(row.quoted_on),
            Self::Number | Self::NumberDown => Key::Text(row.number.clone()),
            Self::Customer | Self::CustomerDown => Key::Text(row.customer_key.clone()),
            Self::Until | Self::UntilDown => Key::Day(row.valid_until),
            Self::Total | Self::TotalDown => Key::Amount(row.gross_minor),
        }
    }
}

/// A quote in a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QuoteSummary {
    pub id: QuoteId,
    pub number: String,
    pub revision: i64,
    pub replaced_by: Option<QuoteId>,
    pub customer_id: CustomerId,
    pub customer_name: String,
    pub customer_key: String,
    pub currency: Currency,
    pub quoted_on: Date,
    pub valid_until: Date,
    pub gross_minor: i64,
    pub sent_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    pub declined_at: Option<Timestamp>,
}

impl QuoteSummary {
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

/// One page of quotes with the customer's name.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    filter: &QuoteFilter,
    today: Date,
    limit: i64,
) -> Result<Vec<QuoteSummary>> {
    // By name, the customers come first and each brings its quotes, so that a page is full before most are read.
    let from = match filter.sort {
        QuoteSort::Customer | QuoteSort::CustomerDown => {
            "FROM customers c CROSS JOIN quotes q
             WHERE c.company_id = $1 AND q.company_id = $1 AND q.customer_id = c.id"
        }
        _ => {
            "FROM quotes q JOIN customers c ON c.company_id = q.company_id AND c.id = q.customer_id
             WHERE q.company_id = $1"
        }
    };
    let mut sql = tx
        .sql(
            "SELECT q.id, q.number, q.revision, q.replaced_by, q.customer_id, c.name AS customer_name,
                 c.name_key AS customer_key, q.currency, q.quoted_on, q.valid_until, q.gross_minor, q.sent_at,
                 q.accepted_at, q.declined_at ",
        )
        .push(from)
        .bind(company);
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND q.customer_id =").push_bind(customer);
    }
    if let Some(search) = &filter.search {
        sql = searched(sql, &["q.number"], search);
    }
    if let Some(from) = filter.from {
        sql = sql.push(" AND q.quoted_on >=").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql = sql.push(" AND q.quoted_on <=").push_bind(to);
    }
    let sql = in_state(sql, filter.state, today);
    let is_narrow = filter.customer.is_some() || filter.search.is_some() || filter.state.is_some();
    let is_by_day = matches!(filter.sort, QuoteSort::Newest | QuoteSort::Oldest);
    filter.sort.order().among_few(is_narrow && !is_by_day).page(sql, filter.after.as_ref(), limit).all().await
}

fn in_state(sql: Sql<'_>, state: Option<QuoteState>, today: Date) -> Sql<'_> {
    const UNDECIDED: &str = " AND q.replaced_by IS NULL AND q.accepted_at IS NULL AND q.declined_at IS NULL";
    match state {
        None => sql.push(" AND q.replaced_by IS NULL"),
        Some(QuoteState::Draft) => {
            sql.push(UNDECIDED).push(" AND q.sent_at IS NULL AND q.valid_until >=").push_bind(today)
        }
        Some(QuoteState::Sent) => {
            sql.push(UNDECIDED).push(" AND q.sent_at IS NOT NULL AND q.valid_until >=").push_bind(today)
        }
        Some(QuoteState::Expired) => sql.push(UNDECIDED).push(" AND q.valid_until <").push_bind(today),
        Some(QuoteState::Accepted) => sql.push(" AND q.accepted_at IS NOT NULL"),
        Some(QuoteState::Declined) => {
            sql.push(" AND q.replaced_by IS NULL AND q.accepted_at IS NULL AND q.declined_at IS NOT NULL")
        }
        Some(QuoteState::Replaced) => sql.push(" AND q.replaced_by IS NOT NULL AND q.accepted_at IS NULL"),
    }
}
