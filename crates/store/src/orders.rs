//! Orders.

use crate::{
    db::{Result, Tx},
    lines::{DocumentFilter, searched},
    sorting::{Key, Order},
};
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
        state(self.confirmed_at, self.completed_at, self.cancelled_at)
    }
}

fn state(confirmed: Option<Timestamp>, completed: Option<Timestamp>, cancelled: Option<Timestamp>) -> OrderState {
    match (confirmed, completed, cancelled) {
        (_, _, Some(_)) => OrderState::Cancelled,
        (_, Some(_), _) => OrderState::Completed,
        (Some(_), _, _) => OrderState::Confirmed,
        _ => OrderState::Draft,
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
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(row.confirmed_at)
    .bind(row.completed_at)
    .bind(row.cancelled_at)
    .bind(row.cancel_reason.clone())
    .run_one()
    .await
}

/// Which orders a list shows.
pub type OrderFilter = DocumentFilter<OrderState, OrderSort>;

kernel::text_enum! {
    #[derive(Default)]
    pub enum OrderSort {
        #[default]
        Newest = "-date",
        Oldest = "date",
        Number = "number",
        NumberDown = "-number",
        Customer = "customer",
        CustomerDown = "-customer",
        /// By the amount in the order's own currency.
        Total = "total",
        TotalDown = "-total",
    }
}

impl OrderSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Newest | Self::Oldest => Order::by_day("o.ordered_on", "o.id"),
            Self::Number | Self::NumberDown => Order::by_text("o.number", "o.id"),
            Self::Customer | Self::CustomerDown => Order::by_text("c.name_key", "o.id"),
            Self::Total | Self::TotalDown => Order::by_amount("o.gross_minor", "o.id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &OrderSummary) -> Key {
        match self {
            Self::Newest | Self::Oldest => Key::Day(row.ordered_on),
            Self::Number | Self::NumberDown => Key::Text(row.number.clone()),
            Self::Customer | Self::CustomerDown => Key::Text(row.customer_key.clone()),
            Self::Total | Self::TotalDown => Key::Amount(row.gross_minor),
        }
    }
}

/// An order in a list, with what was invoiced of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OrderSummary {
    pub id: OrderId,
    pub number: String,
    pub customer_id: CustomerId,
    pub customer_name: String,
    pub customer_key: String,
    pub po_number: Option<String>,
    pub currency: Currency,
    pub ordered_on: Date,
    pub deliver_on: Option<Date>,
    pub gross_minor: i64,
    pub invoiced_minor: i64,
    pub confirmed_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
}

impl OrderSummary {
    pub fn state(&self) -> OrderState {
        state(self.confirmed_at, self.completed_at, self.cancelled_at)
    }
}

/// One page of orders with the customer's name.
pub async fn list(tx: &mut Tx, company: CompanyId, filter: &OrderFilter, limit: i64) -> Result<Vec<OrderSummary>> {
    // By name, the customers come first and each brings its orders, so that a page is full before most are read.
    let from = match filter.sort {
        OrderSort::Customer | OrderSort::CustomerDown => {
            "FROM customers c CROSS JOIN orders o
             WHERE c.company_id = $1 AND o.company_id = $1 AND o.customer_id = c.id"
        }
        _ => {
            "FROM orders o JOIN customers c ON c.company_id = o.company_id AND c.id = o.customer_id
             WHERE o.company_id = $1"
        }
    };
    let mut sql = tx
        .sql(
            "SELECT o.id, o.number, o.customer_id, c.name AS customer_name, c.name_key AS customer_key, o.po_number,
                 o.currency, o.ordered_on, o.deliver_on, o.gross_minor, o.confirmed_at, o.completed_at, o.cancelled_at,
                 CAST(COALESCE((SELECT SUM(i.gross_minor) FROM invoices i
                     WHERE i.company_id = o.company_id AND i.order_id = o.id AND i.kind = 'invoice'
                         AND i.issued_at IS NOT NULL), 0) AS BIGINT) AS invoiced_minor ",
        )
        .push(from)
        .bind(company);
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND o.customer_id =").push_bind(customer);
    }
    if let Some(search) = &filter.search {
        sql = searched(sql, &["o.number", "o.po_number"], search);
    }
    if let Some(from) = filter.from {
        sql = sql.push(" AND o.ordered_on >=").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql = sql.push(" AND o.ordered_on <=").push_bind(to);
    }
    sql = match filter.state {
        None => sql,
        Some(OrderState::Draft) => sql.push(" AND o.confirmed_at IS NULL AND o.cancelled_at IS NULL"),
        Some(OrderState::Confirmed) => {
            sql.push(" AND o.confirmed_at IS NOT NULL AND o.completed_at IS NULL AND o.cancelled_at IS NULL")
        }
        Some(OrderState::Completed) => sql.push(" AND o.completed_at IS NOT NULL AND o.cancelled_at IS NULL"),
        Some(OrderState::Cancelled) => sql.push(" AND o.cancelled_at IS NOT NULL"),
    };
    let is_narrow = filter.customer.is_some() || filter.search.is_some() || filter.state.is_some();
    let is_by_day = matches!(filter.sort, OrderSort::Newest | OrderSort::Oldest);
    filter.sort.order().among_few(is_narrow && !is_by_day).page(sql, filter.after.as_ref(), limit).all().await
}
