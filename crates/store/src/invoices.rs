//! Invoices, credit notes and debit notes.

use crate::{
    db::{Result, Sql, Tx},
    lines::searched,
    sorting::{Key, Order, Place},
};
use domain::{customers::name_key, invoices::InvoiceKind, lines::PriceMode, terms::Terms};
use kernel::{CompanyId, Currency, CustomerId, Date, FxRate, InvoiceId, OrderId, Timestamp};
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

crate::record! {
    pub struct InvoiceRow in "invoices" {
        pub company_id: CompanyId,
        pub id: InvoiceId,
        pub kind: InvoiceKind,
        /// None while it is a draft.
        pub number: Option<String>,
        pub year: Option<i64>,
        pub sequence: Option<i64>,
        pub customer_id: CustomerId,
        pub order_id: Option<OrderId>,
        /// The invoice that a credit note corrects.
        pub corrects_id: Option<InvoiceId>,
        pub currency: Currency,
        pub fx_rate: FxRate,
        pub price_mode: PriceMode,
        pub invoiced_on: Date,
        pub supplied_on: Option<Date>,
        pub due_on: Date,
        pub terms: Json<Terms>,
        pub po_number: Option<String>,
        pub payment_reference: Option<String>,
        pub reason: Option<String>,
        pub notes: Option<String>,
        pub net_minor: i64,
        pub tax_minor: i64,
        pub gross_minor: i64,
        pub base_net_minor: i64,
        pub base_tax_minor: i64,
        pub base_gross_minor: i64,
        pub issued_at: Option<Timestamp>,
        pub issued_by: Option<String>,
        pub created_at: Timestamp,
        pub created_by: String,
        pub version: i64,
    }
}

/// The customers' own order numbers.
pub async fn po_numbers(tx: &mut Tx, company: CompanyId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.sql("SELECT id, po_number FROM invoices WHERE company_id = $1 AND po_number IS NOT NULL AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: InvoiceId) -> Result<Option<InvoiceRow>> {
    tx.select::<InvoiceRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// Words asked for in one statement.
const AT_ONCE: usize = 500;

/// Which of these words are numbers of documents.
pub async fn numbers_among(tx: &mut Tx, company: CompanyId, words: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for some in words.chunks(AT_ONCE) {
        let sql = tx.sql("SELECT number FROM invoices WHERE company_id = $1 AND number IN").bind(company);
        let rows = sql.push_list(some.iter().cloned()).push(" ORDER BY number").all::<(String,)>().await?;
        found.extend(rows.into_iter().map(|(number,)| number));
    }
    Ok(found)
}

pub async fn by_number(tx: &mut Tx, company: CompanyId, number: &str) -> Result<Option<InvoiceRow>> {
    tx.select::<InvoiceRow>("WHERE company_id = $1 AND number = $2")
        .bind(company)
        .bind(number.to_owned())
        .optional()
        .await
}

pub async fn of_order(tx: &mut Tx, company: CompanyId, order: OrderId) -> Result<Vec<InvoiceRow>> {
    tx.select::<InvoiceRow>("WHERE company_id = $1 AND order_id = $2 ORDER BY created_at, id")
        .bind(company)
        .bind(order)
        .all()
        .await
}

/// The credit notes that correct an invoice.
pub async fn corrections(tx: &mut Tx, company: CompanyId, id: InvoiceId) -> Result<Vec<InvoiceRow>> {
    tx.select::<InvoiceRow>("WHERE company_id = $1 AND corrects_id = $2 ORDER BY created_at, id")
        .bind(company)
        .bind(id)
        .all()
        .await
}

/// Takes a draft away with its lines and taxes; an issued document is not touched.
pub async fn delete_draft(tx: &mut Tx, company: CompanyId, id: InvoiceId, version: i64) -> Result<()> {
    tx.sql("DELETE FROM invoices WHERE company_id = $1 AND id = $2 AND version = $3 AND issued_at IS NULL")
        .bind(company)
        .bind(id)
        .bind(version)
        .run_one()
        .await
}

/// An order whose draft was taken away has something left to bill again.
pub async fn reopen_order(tx: &mut Tx, company: CompanyId, order: OrderId) -> Result<()> {
    tx.sql("UPDATE orders SET completed_at = NULL, version = version + 1 WHERE company_id = $1 AND id = $2")
        .bind(company)
        .bind(order)
        .run_one()
        .await
}

/// Which invoices a list shows.
#[derive(Debug, Clone, Default)]
pub struct InvoiceFilter {
    pub customer: Option<CustomerId>,
    pub kind: Option<InvoiceKind>,
    pub state: Option<InvoiceState>,
    /// Beginning of the number.
    pub number: Option<String>,
    /// Beginning of the number, or part of the customer's name.
    pub search: Option<String>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub sort: InvoiceSort,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

kernel::text_enum! {
    /// Where a document stands, as lists filter it.
    pub enum InvoiceState {
        Draft = "draft",
        Open = "open",
        Overdue = "overdue",
        Settled = "settled",
    }
}

kernel::text_enum! {
    /// In what order; drafts have no number, so a list by number is without them.
    #[derive(Default)]
    pub enum InvoiceSort {
        #[default]
        Newest = "-date",
        Oldest = "date",
        Number = "number",
        NumberDown = "-number",
        Customer = "customer",
        CustomerDown = "-customer",
        Due = "due",
        DueDown = "-due",
        /// By the amount in the company's currency; credit notes are less than nothing.
        Total = "total",
        TotalDown = "-total",
    }
}

impl InvoiceState {
    /// Something of such documents is open.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Overdue)
    }
}

impl InvoiceSort {
    /// The column, one that has an index; a list that is read from open items has its own there.
    const fn column(self, by_items: bool) -> Order {
        match (self, by_items) {
            (Self::Newest | Self::Oldest, true) => Order::by_day("o.document_on", "o.document_id"),
            (Self::Newest | Self::Oldest, false) => Order::by_day("i.invoiced_on", "i.id"),
            (Self::Number | Self::NumberDown, true) => Order::by_text("o.number", "o.id"),
            (Self::Number | Self::NumberDown, false) => Order::by_text("i.number", "i.id"),
            (Self::Customer | Self::CustomerDown, _) => Order::by_text("c.name_key", "i.id"),
            (Self::Due | Self::DueDown, true) => Order::by_day("o.due_on", "o.id"),
            (Self::Due | Self::DueDown, false) => Order::by_day("i.due_on", "i.id"),
            (Self::Total | Self::TotalDown, _) => Order::by_amount(SIGNED_BASE, "i.id"),
        }
    }

    const fn is_by_due(self) -> bool {
        matches!(self, Self::Due | Self::DueDown)
    }

    fn order_in(self, by_items: bool) -> Order {
        let order = self.column(by_items);
        order.named(self.as_str())
    }

    pub fn order(self) -> Order {
        self.order_in(false)
    }

    /// What a row has in the column of this order, in a list of documents in a state.
    pub fn key(self, row: &InvoiceSummary, state: Option<InvoiceState>) -> Key {
        match self {
            Self::Newest | Self::Oldest => Key::Day(row.invoiced_on),
            Self::Number | Self::NumberDown => Key::Text(row.number.clone().unwrap_or_default()),
            Self::Customer | Self::CustomerDown => Key::Text(row.customer_key.clone()),
            Self::Due | Self::DueDown if state.is_some_and(InvoiceState::is_open) => Key::Day(row.next_due_on),
            Self::Due | Self::DueDown => Key::Day(row.due_on),
            Self::Total | Self::TotalDown => Key::Amount(row.base_gross_minor * row.kind.sign()),
        }
    }
}

/// An invoice in a list, with what is open of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct InvoiceSummary {
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub number: Option<String>,
    pub customer_id: CustomerId,
    pub customer_name: String,
    pub customer_key: String,
    pub currency: Currency,
    pub invoiced_on: Date,
    pub due_on: Date,
    /// Of the first instalment that is open; the last one's when none is.
    pub next_due_on: Date,
    pub gross_minor: i64,
    pub base_gross_minor: i64,
    pub open_minor: i64,
    pub issued_at: Option<Timestamp>,
    pub version: i64,
    /// Where it stands among rows with the same key: the document's id, or that of its open item.
    pub place: Uuid,
}

const SUMMARY: &str =
    "SELECT i.id, i.kind, i.number, i.customer_id, c.name AS customer_name, c.name_key AS customer_key, i.currency,
         i.invoiced_on, i.due_on, i.gross_minor, i.base_gross_minor, i.issued_at, i.version, CAST(0 AS BIGINT) AS open_minor, ";

const SIGNED_BASE: &str = "(CASE WHEN i.kind = 'credit_note' THEN -i.base_gross_minor ELSE i.base_gross_minor END)";

/// So many open items are sorted by the totals of their documents; among more, documents in the order of their totals are
/// soon found open.
const FEW_OPEN: i64 = 3_000;

/// One page of documents.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    filter: &InvoiceFilter,
    today: Date,
    limit: i64,
) -> Result<Vec<InvoiceSummary>> {
    let finds_few = match &filter.search {
        Some(search) => search_finds_few(tx, company, search).await?,
        None => false,
    };
    let mut by_items =
        filter.state.is_some_and(InvoiceState::is_open) && (filter.sort.is_by_due() || !filter.is_of_notes());
    if by_items && filter.customer.is_none() && matches!(filter.sort, InvoiceSort::Total | InvoiceSort::TotalDown) {
        by_items = open_items_up_to(tx, company, FEW_OPEN + 1).await? <= FEW_OPEN;
    }
    // What is open has them as well, with indexes of what is open.
    let (own_number, own_id) = if by_items { ("o.number", "o.document_id") } else { ("i.number", "i.id") };
    let mut sql =
        if by_items { of_open_items(tx, company, filter, today) } else { of_documents(tx, company, filter, today) };
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND i.customer_id =").push_bind(customer);
    }
    if let Some(kind) = filter.kind {
        sql = sql.push(if by_items { " AND o.kind =" } else { " AND i.kind =" }).push_bind(kind);
        sql = if kind == InvoiceKind::Invoice { sql } else { sql.push(" AND i.kind <> 'invoice'") };
    }
    if let Some(number) = &filter.number {
        // A range instead of LIKE, so that the index on the number serves both engines.
        sql = sql.push(" AND ").push(own_number).push(" >=").push_bind(number.clone());
        sql = sql.push(" AND ").push(own_number).push(" <").push_bind(format!("{number}\u{10ffff}"));
    }
    if let Some(search) = &filter.search {
        sql = if finds_few { found(sql, own_id, company, search) } else { searched(sql, &[own_number], search) };
    }
    if matches!(filter.sort, InvoiceSort::Number | InvoiceSort::NumberDown) {
        sql = sql.push(" AND i.number IS NOT NULL");
    }
    let day = if by_items { " AND o.document_on" } else { " AND i.invoiced_on" };
    if let Some(from) = filter.from {
        sql = sql.push(day).push(" >=").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql = sql.push(day).push(" <=").push_bind(to);
    }
    // Of a customer the index by day has the order too.
    let is_by_day = matches!(filter.sort, InvoiceSort::Newest | InvoiceSort::Oldest) && filter.search.is_none();
    let order = filter.sort.order_in(by_items).among_few((finds_few || filter.is_narrow()) && !is_by_day);
    let rows = order.page(sql, filter.after.as_ref(), limit).all().await?;
    with_open(tx, company, rows).await
}

impl InvoiceFilter {
    /// Something is asked for that few documents have, and an index finds.
    fn is_narrow(&self) -> bool {
        self.customer.is_some()
            || self.number.is_some()
            || self.state == Some(InvoiceState::Draft)
            || self.is_of_notes()
    }

    /// Credit or debit notes have an index of their own, because they are few.
    fn is_of_notes(&self) -> bool {
        self.kind.is_some_and(|kind| kind != InvoiceKind::Invoice)
    }
}

/// Whether a search finds few documents: it is the beginning of few numbers, and part of few customers' names. What is found
/// often is soon found in the order of the list.
async fn search_finds_few(tx: &mut Tx, company: CompanyId, search: &str) -> Result<bool> {
    const FEW_NUMBERS: i64 = 10_000;
    const FEW_CUSTOMERS: i64 = 20;
    let key = name_key(search);
    let customers = tx
        .sql("SELECT COUNT(*) FROM (SELECT 1 FROM customers WHERE company_id = $1 AND name_key LIKE $2 LIMIT $3) AS found")
        .bind(company)
        .bind(format!("%{key}%"))
        .bind(FEW_CUSTOMERS + 1);
    if !key.is_empty() && customers.number().await? > FEW_CUSTOMERS {
        return Ok(false);
    }
    let capitals = search.to_uppercase();
    let numbers = tx
        .sql(
            "SELECT COUNT(*) FROM (SELECT 1 FROM invoices WHERE company_id = $1
                 AND (number >= $2 AND number < $3 OR number >= $4 AND number < $5) LIMIT $6) AS found",
        )
        .bind(company)
        .bind(search.to_owned())
        .bind(format!("{search}\u{10ffff}"))
        .bind(capitals.clone())
        .bind(format!("{capitals}\u{10ffff}"))
        .bind(FEW_NUMBERS + 1);
    Ok(numbers.number().await? <= FEW_NUMBERS)
}

/// Like `searched`, by an index for each way to be found.
fn found<'t>(mut sql: Sql<'t>, id: &'static str, company: CompanyId, search: &str) -> Sql<'t> {
    sql = sql.push(" AND ").push(id).push(" IN (");
    for text in [search.to_owned(), search.to_uppercase()] {
        sql = sql.push("SELECT id FROM invoices WHERE company_id =").push_bind(company).push(" AND number >=");
        sql = sql.push_bind(text.clone()).push(" AND number <").push_bind(format!("{text}\u{10ffff}")).push(" UNION ");
    }
    // An empty key would be part of every name; no key holds a control character.
    let key = Some(name_key(search)).filter(|key| !key.is_empty()).unwrap_or_else(|| "\u{1}".to_owned());
    sql.push("SELECT i.id FROM customers c CROSS JOIN invoices i WHERE c.company_id =")
        .push_bind(company)
        .push(" AND c.name_key LIKE")
        .push_bind(format!("%{key}%"))
        .push(" AND i.company_id = c.company_id AND i.customer_id = c.id)")
}

/// What is open of each, and when it is due, is asked for once the page is known: in its statement it would be added up for
/// whatever is sorted.
async fn with_open(tx: &mut Tx, company: CompanyId, mut rows: Vec<InvoiceSummary>) -> Result<Vec<InvoiceSummary>> {
    let open: Vec<(Uuid, i64, Date)> = tx
        .sql(
            "SELECT document_id, CAST(SUM(open_minor) AS BIGINT), MIN(due_on) FROM open_items
             WHERE company_id = $1 AND open_minor <> 0 AND document_id IN",
        )
        .bind(company)
        .push_list(rows.iter().map(|row| row.id.0))
        .push(" GROUP BY document_id")
        .all()
        .await?;
    let open: HashMap<Uuid, (i64, Date)> = open.into_iter().map(|(id, minor, due_on)| (id, (minor, due_on))).collect();
    for row in &mut rows {
        (row.open_minor, row.next_due_on) = open.get(&row.id.0).copied().unwrap_or((0, row.due_on));
    }
    Ok(rows)
}

/// How many items are open, counted no further than a limit.
async fn open_items_up_to(tx: &mut Tx, company: CompanyId, limit: i64) -> Result<i64> {
    tx.sql(
        "SELECT COUNT(*) FROM (SELECT 1 FROM open_items WHERE company_id = $1 AND open_minor <> 0 LIMIT $2) AS found",
    )
    .bind(company)
    .bind(limit)
    .number()
    .await
}

fn of_documents<'t>(tx: &'t mut Tx, company: CompanyId, filter: &InvoiceFilter, today: Date) -> Sql<'t> {
    // By name, the customers come first and each brings its documents, so that a page is full before most are read.
    let from = match filter.sort {
        InvoiceSort::Customer | InvoiceSort::CustomerDown => {
            "i.due_on AS next_due_on, i.id AS place FROM customers c CROSS JOIN invoices i
             WHERE c.company_id = $1 AND i.company_id = $1 AND i.customer_id = c.id"
        }
        _ => {
            "i.due_on AS next_due_on, i.id AS place FROM invoices i JOIN customers c ON c.company_id = i.company_id AND c.id = i.customer_id
             WHERE i.company_id = $1"
        }
    };
    let sql = tx.sql(SUMMARY).push(from).bind(company);
    match filter.state {
        None => sql,
        Some(InvoiceState::Draft) => sql.push(" AND i.issued_at IS NULL"),
        Some(InvoiceState::Settled) => sql.push(" AND i.issued_at IS NOT NULL AND NOT").push(HAS_OPEN).push(")"),
        Some(InvoiceState::Open) => sql.push(" AND").push(HAS_OPEN).push(")"),
        Some(InvoiceState::Overdue) => {
            sql.push(" AND").push(HAS_OPEN).push(" AND o.open_minor > 0 AND o.due_on <").push_bind(today).push(")")
        }
    }
}

const HAS_OPEN: &str = " EXISTS (SELECT 1 FROM open_items o
     WHERE o.company_id = i.company_id AND o.document_on = i.invoiced_on AND o.document_id = i.id AND o.open_minor <> 0";

/// Documents by their open items, in the order of an index over what is open; a document with several instalments is
/// listed by the first of those that are open.
fn of_open_items<'t>(tx: &'t mut Tx, company: CompanyId, filter: &InvoiceFilter, today: Date) -> Sql<'t> {
    let place = match filter.sort {
        InvoiceSort::Number | InvoiceSort::NumberDown | InvoiceSort::Due | InvoiceSort::DueDown => {
            "o.due_on AS next_due_on, o.id AS place"
        }
        _ => "o.due_on AS next_due_on, o.document_id AS place",
    };
    let from = match filter.sort {
        InvoiceSort::Customer | InvoiceSort::CustomerDown => {
            " FROM customers c CROSS JOIN open_items o CROSS JOIN invoices i
             WHERE c.company_id = $1 AND o.company_id = $1 AND o.customer_id = c.id"
        }
        _ => {
            " FROM open_items o CROSS JOIN invoices i CROSS JOIN customers c
             WHERE o.company_id = $1 AND c.company_id = $1 AND c.id = o.customer_id"
        }
    };
    let sql = tx.sql(SUMMARY).push(place).push(from).bind(company);
    let mut sql = sql.push(" AND o.open_minor <> 0 AND i.company_id = $1 AND i.id = o.document_id");
    if filter.state == Some(InvoiceState::Overdue) {
        // The plus keeps SQLite on the index that has the order, so that it stops after a page.
        let has_order = filter.sort.is_by_due() && !filter.is_narrow();
        let due = if has_order { " AND o.due_on <" } else { " AND +o.due_on <" };
        sql = sql.push(" AND o.open_minor > 0").push_for(due, " AND o.due_on <").push_bind(today);
    }
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND o.customer_id =").push_bind(customer);
    }
    // An instalment that is due earlier is overdue too.
    sql.push(
        " AND NOT EXISTS (SELECT 1 FROM open_items e
             WHERE e.company_id = $1 AND e.document_on = o.document_on AND e.document_id = o.document_id
                 AND e.open_minor <> 0 AND (e.due_on, e.id) < (o.due_on, o.id))",
    )
}

/// Turns a draft into the issued document that `row` is.
pub async fn mark_issued(tx: &mut Tx, row: &InvoiceRow, version: i64) -> Result<()> {
    tx.sql(
        "UPDATE invoices SET number = $4, year = $5, sequence = $6, due_on = $7, payment_reference = $8,
             issued_at = $9, issued_by = $10, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3 AND issued_at IS NULL",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(version)
    .bind(row.number.clone())
    .bind(row.year)
    .bind(row.sequence)
    .bind(row.due_on)
    .bind(row.payment_reference.clone())
    .bind(row.issued_at)
    .bind(row.issued_by.clone())
    .run_one()
    .await
}

/// Which of these numbers are taken.
pub async fn existing_numbers(tx: &mut Tx, company: CompanyId, numbers: &[String]) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .sql("SELECT number FROM invoices WHERE company_id = $1 AND number IN")
        .bind(company)
        .push_list(numbers.iter().cloned())
        .all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}
