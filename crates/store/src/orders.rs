//! Orders.

use crate::db::{Result, Tx};
use domain::{lines::PriceMode, terms::Terms};
use kernel::{CompanyId, Currency, CustomerId, Date, OrderId, QuoteId, Timestamp};
use sqlx::types::Json;

crate::record! {
    pub struct OrderRow in "orders" {
        pub company_id: CompanyId,
        pub id: OrderId,
        pub number: String,
        pub year: i64,
        pub sequence: i64,
        pub quote_id: Option<QuoteId>,
        pub customer_id: CustomerId,
        pub currency: Currency,
        pub price_mode: PriceMode,
        pub ordered_on: Date,
        pub deliver_on: Option<Date>,
        pub terms: Json<Terms>,
        pub po_number: Option<String>,
        pub notes: Option<String>,
        pub net_minor: i64,
        pub tax_minor: i64,
        pub gross_minor: i64,
        pub confirmed_at: Option<Timestamp>,
        pub completed_at: Option<Timestamp>,
        pub cancelled_at: Option<Timestamp>,
        pub cancel_reason: Option<String>,
        pub created_at: Timestamp,
        pub created_by: String,
        pub version: i64,
    }
}

kernel::text_enum! {
    /// Where an order stands, as lists filter it.
    pub enum OrderState {
        Draft = "draft",
        Confirmed = "confirmed",
        Completed = "completed",
        Cancelled = "cancelled",
    }
}

impl OrderRow {
    pub fn state(&self) -> OrderState {
        match self {
            Self { cancelled_at: Some(_), .. } => OrderState::Cancelled,
            Self { completed_at: Some(_), .. } => OrderState::Completed,
            Self { confirmed_at: Some(_), .. } => OrderState::Confirmed,
            _ => OrderState::Draft,
        }
    }
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: OrderId) -> Result<Option<OrderRow>> {
    tx.select::<OrderRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// Saves what happened to an order; the row must still have the version that was read.
pub async fn update(tx: &mut Tx, row: &OrderRow) -> Result<()> {
    tx.sql(
        "UPDATE orders SET confirmed_at = $4, completed_at = $5, cancelled_at = $6, cancel_reason = $7,
             version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(row.version)
    .bind(row.confirmed_at)
    .bind(row.completed_at)
    .bind(row.cancelled_at)
    .bind(row.cancel_reason.clone())
    .run_one()
    .await
}

/// Which orders a list shows.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    pub customer: Option<CustomerId>,
    pub state: Option<OrderState>,
    /// Beginning of the number.
    pub number: Option<String>,
    /// Only what comes after this row, newest first.
    pub after: Option<(Date, OrderId)>,
}

/// One page of orders with the customer's name, newest first.
pub async fn list(tx: &mut Tx, company: CompanyId, filter: &OrderFilter, limit: i64) -> Result<Vec<OrderRow>> {
    let mut sql = tx.select::<OrderRow>("WHERE company_id = $1").bind(company);
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND customer_id =").push_bind(customer);
    }
    if let Some(number) = &filter.number {
        sql = sql.push(" AND number >=").push_bind(number.clone());
        sql = sql.push(" AND number <").push_bind(format!("{number}\u{10ffff}"));
    }
    sql = match filter.state {
        None => sql,
        Some(OrderState::Draft) => sql.push(" AND confirmed_at IS NULL AND cancelled_at IS NULL"),
        Some(OrderState::Confirmed) => {
            sql.push(" AND confirmed_at IS NOT NULL AND completed_at IS NULL AND cancelled_at IS NULL")
        }
        Some(OrderState::Completed) => sql.push(" AND completed_at IS NOT NULL AND cancelled_at IS NULL"),
        Some(OrderState::Cancelled) => sql.push(" AND cancelled_at IS NOT NULL"),
    };
    if let Some((on, id)) = filter.after {
        sql = sql.push(" AND (ordered_on, id) < (").push_bind(on).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY ordered_on DESC, id DESC LIMIT").push_bind(limit).all().await
}
