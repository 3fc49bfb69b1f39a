//! Open items and their movements.

use crate::{
    db::{Error, Result, Tx},
    sorting::{Key, Order, Place},
};
use domain::{
    items::{ItemKind, MovementKind},
    ledger::EntryKind,
    terms::DiscountStep,
};
use kernel::{CompanyId, Currency, CustomerId, Date, EntryId, FxRate, MovementId, OpenItemId, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct OpenItemRow in "open_items" {
        pub company_id: CompanyId,
        pub id: OpenItemId,
        pub kind: ItemKind,
        pub customer_id: CustomerId,
        /// The invoice, credit note or payment behind it; the item itself where there is none.
        pub document_id: Uuid,
        pub number: String,
        /// 1 for the first.
        pub instalment: i64,
        pub currency: Currency,
        pub document_on: Date,
        pub due_on: Date,
        pub discounts: Option<Json<Vec<DiscountStep>>>,
        pub fx_rate: FxRate,
        pub amount_minor: i64,
        pub base_minor: i64,
        pub open_minor: i64,
        pub open_base_minor: i64,
        pub settled_on: Option<Date>,
        pub version: i64,
    }
}

crate::record! {
    pub struct MovementRow in "movements" {
        pub company_id: CompanyId,
        pub id: MovementId,
        pub item_id: OpenItemId,
        pub kind: MovementKind,
        pub effective_on: Date,
        pub recorded_at: Timestamp,
        pub amount_minor: i64,
        pub base_minor: i64,
        pub entry_id: EntryId,
        pub cause_id: Option<Uuid>,
    }
}

crate::record! {
    /// What changes of a customer's balance: saving it adds to the balance that is kept.
    pub struct BalanceShiftRow in "customer_balances" on conflict
        "(company_id, customer_id) DO UPDATE SET base_minor = customer_balances.base_minor + excluded.base_minor" {
        pub company_id: CompanyId,
        pub customer_id: CustomerId,
        pub base_minor: i64,
    }
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: OpenItemId) -> Result<Option<OpenItemRow>> {
    tx.select::<OpenItemRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn by_ids(tx: &mut Tx, company: CompanyId, ids: &[OpenItemId]) -> Result<Vec<OpenItemRow>> {
    tx.select::<OpenItemRow>("WHERE company_id = $1 AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

pub async fn of_document(tx: &mut Tx, company: CompanyId, document: Uuid) -> Result<Vec<OpenItemRow>> {
    tx.select::<OpenItemRow>("WHERE company_id = $1 AND document_id = $2 ORDER BY instalment")
        .bind(company)
        .bind(document)
        .all()
        .await
}

/// What is open for a customer now, oldest due first.
pub async fn open_of_customer(tx: &mut Tx, company: CompanyId, customer: CustomerId) -> Result<Vec<OpenItemRow>> {
    // The COALESCE hides the index by due day, by which SQLite would read the open items of every customer.
    tx.select::<OpenItemRow>(
        "WHERE company_id = $1 AND customer_id = $2 AND open_minor <> 0 ORDER BY COALESCE(due_on, due_on), id",
    )
    .bind(company)
    .bind(customer)
    .all()
    .await
}

/// The first of what is open for a customer now, oldest due first.
pub async fn first_open_of_customer(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<OpenItemRow>> {
    tx.select::<OpenItemRow>(
        "WHERE company_id = $1 AND customer_id = $2 AND open_minor <> 0 ORDER BY COALESCE(due_on, due_on), id LIMIT $3",
    )
    .bind(company)
    .bind(customer)
    .bind(limit)
    .all()
    .await
}

/// A change of an item's cached balance, guarded by the version that was read.
#[derive(Debug, Clone, Copy)]
pub struct BalanceChange {
    pub item: OpenItemId,
    pub version: i64,
    pub amount_minor: i64,
    pub base_minor: i64,
    /// The last effective day of the item's movements, which settles it when nothing is left.
    pub effective_on: Date,
}

/// Items per statement: few different texts, so that prepared statements are found again.
const CHUNKS: [usize; 4] = [128, 16, 4, 1];

/// Moves cached balances; the whole transaction must fail when one of them is stale. Sorted by id so that two clerks
/// lock in the same order.
pub async fn change_balances(tx: &mut Tx, company: CompanyId, changes: &[BalanceChange]) -> Result<()> {
    let mut changes = changes.to_vec();
    changes.sort_by_key(|change| change.item);
    let mut rest = changes.as_slice();
    for size in CHUNKS {
        while rest.len() >= size {
            let (chunk, after) = rest.split_at(size);
            change_chunk(tx, company, chunk).await?;
            rest = after;
        }
    }
    Ok(())
}

async fn change_chunk(tx: &mut Tx, company: CompanyId, changes: &[BalanceChange]) -> Result<()> {
    let mut sql = tx
        .sql(
            "UPDATE open_items SET open_minor = open_minor + v.column3, open_base_minor = open_base_minor + v.column4,
                 settled_on = CASE WHEN open_minor + v.column3 = 0 THEN v.column5 ELSE NULL END, version = version + 1
             FROM (VALUES",
        )
        .bind(company);
    let mut separator = " (";
    for change in changes {
        sql = sql.push(separator).push_bind(change.item).push(",").push_bind(change.version).push(",");
        sql = sql.push_bind(change.amount_minor).push(",").push_bind(change.base_minor).push(",");
        sql = sql.push_bind(change.effective_on).push(")");
        separator = ", (";
    }
    let guard = ") AS v WHERE open_items.company_id = $1 AND open_items.id = v.column1 AND version = v.column2";
    let changed = sql.push(guard).run().await?;
    if changed == changes.len() as u64 { Ok(()) } else { Err(Error::Stale) }
}

/// When an item that was touched before can take part again: the last day that something was given back to it, and the
/// last day of any movement.
#[derive(Debug, sqlx::FromRow)]
pub struct LastDays {
    pub item_id: OpenItemId,
    pub given_back_on: Option<Date>,
    pub moved_on: Date,
}

pub async fn last_days(tx: &mut Tx, company: CompanyId, ids: &[OpenItemId]) -> Result<Vec<LastDays>> {
    tx.sql(
        "SELECT item_id, MAX(CASE WHEN kind = 'reversed' THEN effective_on END) AS given_back_on,
             MAX(effective_on) AS moved_on
         FROM movements WHERE company_id = $1 AND item_id IN",
    )
    .bind(company)
    .push_list(ids.iter().copied())
    .push(" GROUP BY item_id ORDER BY item_id")
    .all()
    .await
}

/// An open item with whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CustomersItem {
    #[sqlx(flatten)]
    pub item: OpenItemRow,
    pub customer_number: String,
    pub customer_name: String,
    pub customer_key: String,
}

const WITH_CUSTOMER: &str =
    "SELECT i.*, c.number AS customer_number, c.name AS customer_name, c.name_key AS customer_key
     FROM open_items i JOIN customers c ON c.company_id = i.company_id AND c.id = i.customer_id
     WHERE i.company_id = $1";

/// The customers come first and each brings its items, so that a page by name is full before most are read.
const BY_CUSTOMER: &str = "SELECT i.*, c.number AS customer_number, c.name AS customer_name, c.name_key AS customer_key
     FROM customers c CROSS JOIN open_items i
     WHERE c.company_id = $1 AND i.company_id = $1 AND i.customer_id = c.id";

pub async fn with_customer(tx: &mut Tx, company: CompanyId, id: OpenItemId) -> Result<Option<CustomersItem>> {
    tx.sql(WITH_CUSTOMER).bind(company).push(" AND i.id =").push_bind(id).optional().await
}

/// These items, also those that are closed by now, the oldest due day first.
pub async fn with_customers(tx: &mut Tx, company: CompanyId, ids: &[OpenItemId]) -> Result<Vec<CustomersItem>> {
    let found = tx.sql(WITH_CUSTOMER).bind(company).push(" AND i.id IN").push_list(ids.iter().copied());
    found.push(" ORDER BY i.due_on, i.id").all().await
}

/// Which open items a list shows.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    pub customer: Option<CustomerId>,
    pub kind: Option<ItemKind>,
    pub currency: Option<Currency>,
    pub due_before: Option<Date>,
    /// Only debts, not credits that wait to be used.
    pub debts_only: bool,
    /// Beginning of the number.
    pub number: Option<String>,
    pub sort: ItemSort,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum ItemSort {
        #[default]
        Due = "due",
        DueDown = "-due",
        Oldest = "date",
        Newest = "-date",
        Number = "number",
        NumberDown = "-number",
        Customer = "customer",
        CustomerDown = "-customer",
        /// By what is open, in the company's currency; credits are less than nothing.
        Open = "open",
        OpenDown = "-open",
    }
}

impl ItemSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Due | Self::DueDown => Order::by_day("i.due_on", "i.id"),
            Self::Oldest | Self::Newest => Order::by_day("i.document_on", "i.id"),
            Self::Number | Self::NumberDown => Order::by_text("i.number", "i.id"),
            Self::Customer | Self::CustomerDown => Order::by_text("c.name_key", "i.id"),
            Self::Open | Self::OpenDown => Order::by_amount("i.open_base_minor", "i.id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &CustomersItem) -> Key {
        match self {
            Self::Due | Self::DueDown => Key::Day(row.item.due_on),
            Self::Oldest | Self::Newest => Key::Day(row.item.document_on),
            Self::Number | Self::NumberDown => Key::Text(row.item.number.clone()),
            Self::Customer | Self::CustomerDown => Key::Text(row.customer_key.clone()),
            Self::Open | Self::OpenDown => Key::Amount(row.item.open_base_minor),
        }
    }
}

/// One page of what is open now.
pub async fn list(tx: &mut Tx, company: CompanyId, filter: &ItemFilter, limit: i64) -> Result<Vec<CustomersItem>> {
    let start = match filter.sort {
        ItemSort::Customer | ItemSort::CustomerDown => BY_CUSTOMER,
        _ => WITH_CUSTOMER,
    };
    let mut sql = tx.sql(start).bind(company).push(" AND i.open_minor <> 0");
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND i.customer_id =").push_bind(customer);
    }
    if let Some(kind) = filter.kind {
        sql = sql.push(" AND i.kind =").push_bind(kind);
    }
    if let Some(currency) = filter.currency {
        sql = sql.push(" AND i.currency =").push_bind(currency);
    }
    if let Some(day) = filter.due_before {
        // The plus keeps SQLite on the index that has the order.
        let is_by_due = matches!(filter.sort, ItemSort::Due | ItemSort::DueDown);
        let due = if is_by_due { " AND i.due_on <" } else { " AND +i.due_on <" };
        sql = sql.push_for(due, " AND i.due_on <").push_bind(day);
    }
    if filter.debts_only {
        sql = sql.push(" AND i.open_minor > 0");
    }
    if let Some(number) = &filter.number {
        sql = sql.push(" AND i.number >=").push_bind(number.clone());
        sql = sql.push(" AND i.number <").push_bind(format!("{number}\u{10ffff}"));
    }
    let is_narrow = filter.customer.is_some()
        || filter.number.is_some()
        || filter.kind.is_some_and(|kind| kind != ItemKind::Invoice);
    filter.sort.order().among_few(is_narrow).page(sql, filter.after.as_ref(), limit).all().await
}

pub async fn movements(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<Vec<MovementRow>> {
    tx.select::<MovementRow>("WHERE company_id = $1 AND item_id = $2 ORDER BY effective_on, recorded_at, id")
        .bind(company)
        .bind(item)
        .all()
        .await
}

/// What was opened for refunds of this item when it was taken back.
pub async fn reclaimed_of(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<Option<OpenItemRow>> {
    tx.select::<OpenItemRow>(
        "WHERE company_id = $1 AND id IN (SELECT e.source_id FROM movements m
             JOIN journal_entries e ON e.company_id = m.company_id AND e.id = m.entry_id AND e.kind = $3
             WHERE m.company_id = $1 AND m.item_id = $2)",
    )
    .bind(company)
    .bind(item)
    .bind(EntryKind::RefundReclaimed)
    .optional()
    .await
}

pub async fn movements_of_cause(tx: &mut Tx, company: CompanyId, cause: Uuid) -> Result<Vec<MovementRow>> {
    tx.select::<MovementRow>("WHERE company_id = $1 AND cause_id = $2 ORDER BY id")
        .bind(company)
        .bind(cause)
        .all()
        .await
}

/// The documents behind these numbers.
pub async fn documents_by_number(tx: &mut Tx, company: CompanyId, numbers: &[String]) -> Result<Vec<(String, Uuid)>> {
    tx.sql("SELECT number, id FROM invoices WHERE company_id = $1 AND number IN")
        .bind(company)
        .push_list(numbers.iter().cloned())
        .all()
        .await
}

/// The items of several documents.
pub async fn of_documents(tx: &mut Tx, company: CompanyId, documents: &[Uuid]) -> Result<Vec<OpenItemRow>> {
    tx.select::<OpenItemRow>("WHERE company_id = $1 AND document_id IN")
        .bind(company)
        .push_list(documents.iter().copied())
        .push(" ORDER BY document_id, instalment")
        .all()
        .await
}
