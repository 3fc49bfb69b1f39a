//! Open items and their movements.

use crate::db::{Result, Tx};
use domain::{
    items::{ItemKind, MovementKind},
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
        /// The invoice, credit note or payment behind it.
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
    tx.select::<OpenItemRow>("WHERE company_id = $1 AND customer_id = $2 AND open_minor <> 0 ORDER BY due_on, id")
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
        "WHERE company_id = $1 AND customer_id = $2 AND open_minor <> 0 ORDER BY due_on, id LIMIT $3",
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
    pub effective_on: Date,
}

/// Moves cached balances; the whole transaction must fail when one of them is stale. Sorted by id so that two clerks
/// lock in the same order.
pub async fn change_balances(tx: &mut Tx, company: CompanyId, changes: &[BalanceChange]) -> Result<()> {
    let mut changes = changes.to_vec();
    changes.sort_by_key(|change| change.item);
    for change in changes {
        tx.sql(
            "UPDATE open_items SET open_minor = open_minor + $4, open_base_minor = open_base_minor + $5,
                 settled_on = CASE WHEN open_minor + $4 = 0 THEN $6 ELSE NULL END, version = version + 1
             WHERE company_id = $1 AND id = $2 AND version = $3",
        )
        .bind(company)
        .bind(change.item)
        .bind(change.version)
        .bind(change.amount_minor)
        .bind(change.base_minor)
        .bind(change.effective_on)
        .run_one()
        .await?;
    }
    Ok(())
}

pub async fn movements(tx: &mut Tx, company: CompanyId, item: OpenItemId) -> Result<Vec<MovementRow>> {
    tx.select::<MovementRow>("WHERE company_id = $1 AND item_id = $2 ORDER BY effective_on, recorded_at, id")
        .bind(company)
        .bind(item)
        .all()
        .await
}

pub async fn movements_of_cause(tx: &mut Tx, company: CompanyId, cause: Uuid) -> Result<Vec<MovementRow>> {
    tx.select::<MovementRow>("WHERE company_id = $1 AND cause_id = $2 ORDER BY id")
        .bind(company)
        .bind(cause)
        .all()
        .await
}
