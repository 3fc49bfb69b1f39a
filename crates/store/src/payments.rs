//! Payments.

use crate::{
    db::{Result, Tx},
    sorting::{Key, Order, Place},
};
use domain::payments::PaymentMethod;
use kernel::{
    BankAccountId, BankLineId, CompanyId, Currency, CustomerId, Date, FxRate, OpenItemId, PaymentId, Timestamp,
};
use uuid::Uuid;

crate::record! {
    pub struct PaymentRow in "payments" {
        pub company_id: CompanyId,
        pub id: PaymentId,
        pub number: String,
        pub year: i64,
        pub sequence: i64,
        pub customer_id: CustomerId,
        pub method: PaymentMethod,
        pub received_on: Date,
        pub currency: Currency,
        pub amount_minor: i64,
        pub fee_minor: i64,
        pub fx_rate: FxRate,
        pub base_minor: i64,
        pub bank_account_id: BankAccountId,
        pub reference: Option<String>,
        pub payer_name: Option<String>,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
        pub reversed_on: Option<Date>,
        pub reversed_at: Option<Timestamp>,
        pub reversal_reason: Option<String>,
        pub version: i64,
    }
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: PaymentId) -> Result<Option<PaymentRow>> {
    tx.select::<PaymentRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn by_number(tx: &mut Tx, company: CompanyId, number: &str) -> Result<Option<PaymentRow>> {
    tx.select::<PaymentRow>("WHERE company_id = $1 AND number = $2")
        .bind(company)
        .bind(number.to_owned())
        .optional()
        .await
}

/// The words that came with payments.
pub async fn references(tx: &mut Tx, company: CompanyId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.sql("SELECT id, reference FROM payments WHERE company_id = $1 AND reference IS NOT NULL AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

/// Marks a payment as bounced; it must still have the version that was read.
pub async fn reverse(tx: &mut Tx, row: &PaymentRow, on: Date, at: Timestamp, reason: &str) -> Result<()> {
    tx.sql(
        "UPDATE payments SET reversed_on = $4, reversed_at = $5, reversal_reason = $6, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3 AND reversed_at IS NULL",
    )
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(on)
    .bind(at)
    .bind(reason.to_owned())
    .run_one()
    .await
}

/// Which payments a list shows.
#[derive(Debug, Clone, Default)]
pub struct PaymentFilter {
    pub customer: Option<CustomerId>,
    pub method: Option<PaymentMethod>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub unapplied_only: bool,
    /// Part of the number, reference, payer's or customer's name.
    pub search: Option<String>,
    pub sort: PaymentSort,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum PaymentSort {
        #[default]
        Newest = "-date",
        Oldest = "date",
        Number = "number",
        NumberDown = "-number",
        Customer = "customer",
        CustomerDown = "-customer",
        /// By the amount in the company's currency.
        Amount = "amount",
        AmountDown = "-amount",
        /// By what is left, in the company's currency.
        Left = "left",
        LeftDown = "-left",
    }
}

impl PaymentSort {
    /// The item has the payment's day and id; few payments have something left, and their items' index knows them.
    const fn column(self, by_items: bool) -> Order {
        match self {
            Self::Newest | Self::Oldest if by_items => Order::by_day("i.document_on", "i.document_id"),
            Self::Newest | Self::Oldest => Order::by_day("p.received_on", "p.id"),
            Self::Number | Self::NumberDown => Order::by_text("p.number", "p.id"),
            Self::Customer | Self::CustomerDown => Order::by_text("c.name_key", "p.id"),
            Self::Amount | Self::AmountDown => Order::by_amount("p.base_minor", "p.id"),
            Self::Left | Self::LeftDown => Order::by_amount("-i.open_base_minor", "i.document_id"),
        }
    }

    fn order_in(self, by_items: bool) -> Order {
        let order = self.column(by_items);
        order.named(self.as_str())
    }

    pub fn order(self) -> Order {
        self.order_in(false)
    }

    pub fn key(self, row: &PaymentSummary) -> Key {
        match self {
            Self::Newest | Self::Oldest => Key::Day(row.received_on),
            Self::Number | Self::NumberDown => Key::Text(row.number.clone()),
            Self::Customer | Self::CustomerDown => Key::Text(row.customer_key.clone()),
            Self::Amount | Self::AmountDown => Key::Amount(row.base_minor),
            Self::Left | Self::LeftDown => Key::Amount(row.unapplied_base_minor),
        }
    }
}

/// The bank line that a payment was posted from.
pub async fn line_of(tx: &mut Tx, company: CompanyId, payment: PaymentId) -> Result<Option<BankLineId>> {
    let sql = tx.sql(
        "SELECT line_id FROM bank_matches
         WHERE company_id = $1 AND payment_id = $2 AND undone_at IS NULL AND how <> 'return'",
    );
    Ok(sql.bind(company).bind(payment).optional::<(BankLineId,)>().await?.map(|(id,)| id))
}

/// A payment in a list, with what is left of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PaymentSummary {
    pub id: PaymentId,
    pub number: String,
    pub customer_id: CustomerId,
    pub customer_number: String,
    pub customer_name: String,
    pub customer_key: String,
    pub method: PaymentMethod,
    pub received_on: Date,
    pub currency: Currency,
    pub amount_minor: i64,
    pub base_minor: i64,
    pub reference: Option<String>,
    pub payer_name: Option<String>,
    pub reversed_on: Option<Date>,
    pub item_id: OpenItemId,
    /// Positive.
    pub unapplied_minor: i64,
    pub unapplied_base_minor: i64,
}

/// One page of payments. Each has an item. SQLite begins with the table that is named first, the one whose index has the
/// order.
pub async fn list(tx: &mut Tx, company: CompanyId, filter: &PaymentFilter, limit: i64) -> Result<Vec<PaymentSummary>> {
    let from = match filter.sort {
        PaymentSort::Customer | PaymentSort::CustomerDown => {
            "FROM customers c CROSS JOIN payments p CROSS JOIN open_items i
             WHERE c.company_id = $1 AND p.company_id = $1 AND p.customer_id = c.id
                 AND i.company_id = $1 AND i.document_id = p.id"
        }
        PaymentSort::Left | PaymentSort::LeftDown => {
            "FROM open_items i CROSS JOIN payments p CROSS JOIN customers c
             WHERE i.company_id = $1 AND i.kind = 'payment' AND p.company_id = $1 AND p.id = i.document_id
                 AND c.company_id = $1 AND c.id = p.customer_id"
        }
        _ => {
            "FROM payments p
             JOIN customers c ON c.company_id = p.company_id AND c.id = p.customer_id
             LEFT JOIN open_items i ON i.company_id = p.company_id AND i.document_id = p.id
             WHERE p.company_id = $1"
        }
    };
    let mut sql = tx
        .sql(
            "SELECT p.id, p.number, p.customer_id, c.number AS customer_number, c.name AS customer_name,
                 c.name_key AS customer_key, p.method, p.received_on, p.currency, p.amount_minor, p.base_minor,
                 p.reference, p.payer_name, p.reversed_on, i.id AS item_id, -i.open_minor AS unapplied_minor,
                 -i.open_base_minor AS unapplied_base_minor ",
        )
        .push(from)
        .bind(company);
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND p.customer_id =").push_bind(customer);
    }
    if let Some(method) = filter.method {
        sql = sql.push(" AND p.method =").push_bind(method);
    }
    if let Some(from) = filter.from {
        sql = sql.push(" AND p.received_on >=").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql = sql.push(" AND p.received_on <=").push_bind(to);
    }
    if filter.unapplied_only {
        sql = sql.push(" AND i.open_minor < 0 AND i.open_minor <> 0");
    }
    if let Some(search) = &filter.search {
        let like = format!("%{}%", search.to_lowercase());
        sql = sql.push(" AND (lower(p.number) LIKE").push_bind(like.clone());
        sql = sql.push(" OR lower(COALESCE(p.reference, '')) LIKE").push_bind(like.clone());
        sql = sql.push(" OR lower(COALESCE(p.payer_name, '')) LIKE").push_bind(like.clone());
        sql = sql.push(" OR lower(c.name) LIKE").push_bind(like).push(")");
    }
    let is_narrow = filter.customer.is_some() || filter.search.is_some() || filter.unapplied_only;
    let is_by_day = matches!(filter.sort, PaymentSort::Newest | PaymentSort::Oldest);
    let order = filter.sort.order_in(filter.unapplied_only).among_few(is_narrow && !is_by_day);
    order.page(sql, filter.after.as_ref(), limit).all().await
}
