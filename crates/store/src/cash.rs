//! Allocations, write-offs and refunds, and what cash application reads of customers and documents.

use crate::{
    db::{Result, Tx},
    items::CustomersItem,
};
use domain::{cash::DifferenceKind, taxes::TaxCategory, terms::Terms};
use kernel::{
    AllocationId, BankAccountId, CompanyId, Currency, CustomerId, Date, EntryId, OpenItemId, Percent, RefundId,
    TaxCodeId, Timestamp, WriteOffId,
};
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct AllocationRow in "allocations" {
        pub company_id: CompanyId,
        pub id: AllocationId,
        pub from_item_id: OpenItemId,
        pub to_item_id: OpenItemId,
        /// In the credit's currency.
        pub from_minor: i64,
        /// In the debt's currency.
        pub to_minor: i64,
        pub discount_minor: i64,
        pub difference_minor: i64,
        /// Why, where the matching desk said it.
        pub difference_kind: Option<DifferenceKind>,
        pub fx_gain_minor: i64,
        pub effective_on: Date,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
        pub explanation: String,
        pub entry_id: EntryId,
        pub reversed_on: Option<Date>,
        pub reversed_at: Option<Timestamp>,
        pub reversed_by: Option<String>,
        pub reversal_entry_id: Option<EntryId>,
    }
}

crate::record! {
    pub struct WriteOffRow in "write_offs" {
        pub company_id: CompanyId,
        pub id: WriteOffId,
        pub item_id: OpenItemId,
        /// Positive, in the item's currency.
        pub amount_minor: i64,
        pub reason: String,
        pub effective_on: Date,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
        pub entry_id: EntryId,
        pub reversed_at: Option<Timestamp>,
        pub reversed_by: Option<String>,
        pub reversal_entry_id: Option<EntryId>,
    }
}

crate::record! {
    pub struct RefundRow in "refunds" {
        pub company_id: CompanyId,
        pub id: RefundId,
        pub number: String,
        pub year: i64,
        pub sequence: i64,
        pub customer_id: CustomerId,
        pub item_id: OpenItemId,
        pub currency: Currency,
        pub amount_minor: i64,
        pub bank_account_id: BankAccountId,
        pub reason: String,
        pub refunded_on: Date,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
        pub entry_id: EntryId,
    }
}

pub async fn allocation(tx: &mut Tx, company: CompanyId, id: AllocationId) -> Result<Option<AllocationRow>> {
    tx.select::<AllocationRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// Those of these allocations that stand.
pub async fn live_among(tx: &mut Tx, company: CompanyId, ids: &[AllocationId]) -> Result<Vec<AllocationRow>> {
    tx.select::<AllocationRow>("WHERE company_id = $1 AND reversed_at IS NULL AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

/// The allocations of a credit that stand.
pub async fn live_allocations(tx: &mut Tx, company: CompanyId, from: OpenItemId) -> Result<Vec<AllocationRow>> {
    tx.select::<AllocationRow>("WHERE company_id = $1 AND from_item_id = $2 AND reversed_at IS NULL ORDER BY id")
        .bind(company)
        .bind(from)
        .all()
        .await
}

/// An allocation with the numbers of both sides.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NamedAllocation {
    #[sqlx(flatten)]
    pub row: AllocationRow,
    pub from_number: String,
    pub from_currency: Currency,
    pub from_document_id: Uuid,
    pub to_number: String,
    pub to_currency: Currency,
    pub to_document_id: Uuid,
    pub to_customer_id: CustomerId,
}

/// Everything that an item gave or took, also what was undone, in the order of recording.
pub async fn allocations_of(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<Vec<NamedAllocation>> {
    tx.sql(
        "SELECT a.*, f.number AS from_number, f.currency AS from_currency, f.document_id AS from_document_id,
             t.number AS to_number, t.currency AS to_currency, t.document_id AS to_document_id,
             t.customer_id AS to_customer_id
         FROM allocations a
         JOIN open_items f ON f.company_id = a.company_id AND f.id = a.from_item_id
         JOIN open_items t ON t.company_id = a.company_id AND t.id = a.to_item_id
         WHERE a.company_id = $1 AND (a.from_item_id = $2 OR a.to_item_id = $2) ORDER BY a.id",
    )
    .bind(company)
    .bind(item)
    .all()
    .await
}

/// How allocations were undone.
#[derive(Debug, Clone)]
pub struct Undone {
    pub on: Date,
    pub at: Timestamp,
    pub by: String,
    pub entry: EntryId,
}

pub async fn undo_allocation(tx: &mut Tx, company: CompanyId, id: AllocationId, undone: Undone) -> Result<()> {
    tx.sql(
        "UPDATE allocations SET reversed_on = $3, reversed_at = $4, reversed_by = $5, reversal_entry_id = $6
         WHERE company_id = $1 AND id = $2 AND reversed_at IS NULL",
    )
    .bind(company)
    .bind(id)
    .bind(undone.on)
    .bind(undone.at)
    .bind(undone.by)
    .bind(undone.entry)
    .run_one()
    .await
}

pub async fn write_off(tx: &mut Tx, company: CompanyId, id: WriteOffId) -> Result<Option<WriteOffRow>> {
    tx.select::<WriteOffRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// What was written off of a document, all its instalments together, and not brought back.
pub async fn written_off_of_document(tx: &mut Tx, company: CompanyId, document: Uuid) -> Result<i64> {
    tx.sql(
        "SELECT CAST(COALESCE(SUM(w.amount_minor), 0) AS BIGINT) FROM write_offs w
         JOIN open_items i ON i.company_id = w.company_id AND i.id = w.item_id
         WHERE i.company_id = $1 AND i.document_id = $2 AND w.reversed_at IS NULL",
    )
    .bind(company)
    .bind(document)
    .number()
    .await
}

pub async fn write_offs_of(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<Vec<WriteOffRow>> {
    tx.select::<WriteOffRow>("WHERE company_id = $1 AND item_id = $2 ORDER BY id").bind(company).bind(item).all().await
}

pub async fn undo_write_off(tx: &mut Tx, company: CompanyId, id: WriteOffId, undone: Undone) -> Result<()> {
    tx.sql(
        "UPDATE write_offs SET reversed_at = $3, reversed_by = $4, reversal_entry_id = $5
         WHERE company_id = $1 AND id = $2 AND reversed_at IS NULL",
    )
    .bind(company)
    .bind(id)
    .bind(undone.at)
    .bind(undone.by)
    .bind(undone.entry)
    .run_one()
    .await
}

pub async fn refunds_of(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<Vec<RefundRow>> {
    tx.select::<RefundRow>("WHERE company_id = $1 AND item_id = $2 ORDER BY id").bind(company).bind(item).all().await
}

/// The terms of documents, for their days of grace.
pub async fn terms_of(tx: &mut Tx, company: CompanyId, documents: &[Uuid]) -> Result<Vec<(Uuid, Json<Terms>)>> {
    tx.sql("SELECT id, terms FROM invoices WHERE company_id = $1 AND id IN")
        .bind(company)
        .push_list(documents.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

/// One tax of a document with the account that collects it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CollectedTax {
    pub document_id: Uuid,
    pub tax_code_id: TaxCodeId,
    pub category: TaxCategory,
    pub rate: Percent,
    pub base_minor: i64,
    pub tax_minor: i64,
    pub account: String,
}

/// The taxes of documents, less what credit notes took back of them.
pub async fn taxes_of(tx: &mut Tx, company: CompanyId, documents: &[Uuid]) -> Result<Vec<CollectedTax>> {
    tx.sql(
        "SELECT t.document_id, t.tax_code_id, t.category, t.rate, c.account,
             CAST(t.base_minor - COALESCE(SUM(k.base_minor), 0) AS BIGINT) AS base_minor,
             CAST(t.tax_minor - COALESCE(SUM(k.tax_minor), 0) AS BIGINT) AS tax_minor
         FROM document_taxes t JOIN tax_codes c ON c.company_id = t.company_id AND c.id = t.tax_code_id
         LEFT JOIN invoices n ON n.company_id = t.company_id AND n.corrects_id = t.document_id
             AND n.kind = 'credit_note' AND n.issued_at IS NOT NULL
         LEFT JOIN document_taxes k ON k.company_id = n.company_id AND k.document_id = n.id
             AND k.tax_code_id = t.tax_code_id AND k.category = t.category AND k.rate = t.rate
         WHERE t.company_id = $1 AND t.document_id IN",
    )
    .bind(company)
    .push_list(documents.iter().copied())
    .push(
        " GROUP BY t.document_id, t.position, t.tax_code_id, t.category, t.rate, t.base_minor, t.tax_minor, c.account
          ORDER BY t.document_id, t.position",
    )
    .all()
    .await
}

/// How a customer is called in a sentence.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CustomerName {
    pub id: CustomerId,
    pub number: String,
    pub name: String,
}

pub async fn customer_names(tx: &mut Tx, company: CompanyId, ids: &[CustomerId]) -> Result<Vec<CustomerName>> {
    tx.sql("SELECT id, number, name FROM customers WHERE company_id = $1 AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

/// Everybody whose debts a customer may pay, itself among them: its group from the topmost parent down, and those that
/// name it as their payer. Groups deeper than 20 floors do not occur; the bound stops a circle of parents.
const PAYS_FOR: &str = "WITH RECURSIVE
    up (id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM customers WHERE company_id = $1 AND id = $2
        UNION ALL
        SELECT c.id, c.parent_id, up.depth + 1 FROM customers c JOIN up ON c.id = up.parent_id
        WHERE c.company_id = $1 AND up.depth < 20
    ),
    down (id, depth) AS (
        SELECT id, 0 FROM up WHERE parent_id IS NULL
        UNION ALL
        SELECT c.id, down.depth + 1 FROM customers c JOIN down ON c.parent_id = down.id
        WHERE c.company_id = $1 AND down.depth < 20
    ),
    pays_for (id) AS (
        SELECT id FROM down
        UNION SELECT id FROM customers WHERE company_id = $1 AND (payer_id = $2 OR id = $2) ";

pub async fn pays_for(tx: &mut Tx, company: CompanyId, payer: CustomerId) -> Result<Vec<CustomerId>> {
    let sql = tx.sql(PAYS_FOR).bind(company).bind(payer).push(") SELECT id FROM pays_for ORDER BY id");
    Ok(sql.all::<(CustomerId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// The debts that a customer's money may be used on: its own first, then the oldest due day.
pub async fn candidates(tx: &mut Tx, company: CompanyId, payer: CustomerId, limit: i64) -> Result<Vec<CustomersItem>> {
    tx.sql(PAYS_FOR)
        .bind(company)
        .bind(payer)
        .push(
            ") SELECT i.*, c.number AS customer_number, c.name AS customer_name, c.name_key AS customer_key
             FROM open_items i JOIN customers c ON c.company_id = i.company_id AND c.id = i.customer_id
             WHERE i.company_id = $1 AND i.open_minor > 0 AND i.customer_id IN (SELECT id FROM pays_for)
             ORDER BY CASE WHEN i.customer_id = $2 THEN 0 ELSE 1 END, i.due_on, i.id LIMIT",
        )
        .push_bind(limit)
        .all()
        .await
}
