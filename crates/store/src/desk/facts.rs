//! What the engine is told: customers as payers, items, lessons, earlier lines.

use crate::{
    bank::BankLineRow,
    db::{Result, Tx},
};
use domain::{bank::Exception, items::ItemKind, terms::DiscountStep};
use kernel::{CompanyId, Currency, CustomerId, Date, MovementId, OpenItemId};
use serde_json::Value;
use sqlx::types::Json;

crate::record! {
    pub struct PayerProfileRow in "payer_profiles" {
        pub company_id: CompanyId,
        pub customer_id: CustomerId,
        pub aliases: Json<Vec<String>>,
        pub accounts: Json<Vec<String>>,
        pub agreed_discount_basis_points: Option<i64>,
        pub tolerance_minor: Option<i64>,
        pub withholding_basis_points: Option<i64>,
        pub version: i64,
    }
}

pub async fn profile(tx: &mut Tx, company: CompanyId, customer: CustomerId) -> Result<Option<PayerProfileRow>> {
    tx.select::<PayerProfileRow>("WHERE company_id = $1 AND customer_id = $2")
        .bind(company)
        .bind(customer)
        .optional()
        .await
}

/// Replaces a profile that still has the version that was read.
pub async fn update_profile(tx: &mut Tx, row: &PayerProfileRow) -> Result<()> {
    tx.sql(
        "UPDATE payer_profiles SET aliases = $4, accounts = $5, agreed_discount_basis_points = $6, tolerance_minor = $7,
             withholding_basis_points = $8, version = version + 1
         WHERE company_id = $1 AND customer_id = $2 AND version = $3",
    )
    .bind_as_read(row.company_id, row.customer_id, row.version)
    .bind(row.aliases.clone())
    .bind(row.accounts.clone())
    .bind(row.agreed_discount_basis_points)
    .bind(row.tolerance_minor)
    .bind(row.withholding_basis_points)
    .run_one()
    .await
}

/// A customer as a payer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayerFacts {
    pub id: CustomerId,
    pub number: String,
    pub name: String,
    pub parent_id: Option<CustomerId>,
    pub payer_id: Option<CustomerId>,
    pub aliases: Option<Json<Vec<String>>>,
    pub accounts: Option<Json<Vec<String>>>,
    pub agreed_discount_basis_points: Option<i64>,
    pub tolerance_minor: Option<i64>,
    pub withholding_basis_points: Option<i64>,
}

/// Every customer, in the order of their making; archived ones too, because they may still owe.
pub async fn payers(tx: &mut Tx, company: CompanyId) -> Result<Vec<PayerFacts>> {
    tx.sql(
        "SELECT c.id, c.number, c.name, c.parent_id, c.payer_id, p.aliases, p.accounts, p.agreed_discount_basis_points,
             p.tolerance_minor, p.withholding_basis_points
         FROM customers c LEFT JOIN payer_profiles p ON p.company_id = c.company_id AND p.customer_id = c.id
         WHERE c.company_id = $1 ORDER BY c.id",
    )
    .bind(company)
    .all()
    .await
}

/// How many customers there are and how often they were changed: another pair means other facts.
pub async fn payers_stamp(tx: &mut Tx, company: CompanyId) -> Result<(i64, i64, i64)> {
    tx.sql(
        "SELECT COUNT(*), CAST(COALESCE(SUM(c.version), 0) AS BIGINT),
             (SELECT CAST(COALESCE(SUM(p.version), 0) AS BIGINT) FROM payer_profiles p WHERE p.company_id = $1)
         FROM customers c WHERE c.company_id = $1",
    )
    .bind(company)
    .one()
    .await
}

/// A debt or credit note as the engine reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ItemFacts {
    pub id: OpenItemId,
    pub customer_id: CustomerId,
    pub number: String,
    pub po_number: Option<String>,
    pub kind: ItemKind,
    pub document_on: Date,
    pub due_on: Date,
    pub currency: Currency,
    pub amount_minor: i64,
    pub open_minor: i64,
    pub discounts: Option<Json<Vec<DiscountStep>>>,
}

const ITEM_FACTS: &str =
    "SELECT i.id, i.customer_id, i.number, d.po_number, i.kind, i.document_on, i.due_on, i.currency,
         i.amount_minor, i.open_minor, i.discounts
     FROM open_items i LEFT JOIN invoices d ON d.company_id = i.company_id AND d.id = i.document_id
     WHERE i.company_id = $1 AND i.kind <> 'payment'";

/// Number and customer's order of these items.
pub async fn names_of_items(
    tx: &mut Tx,
    company: CompanyId,
    ids: &[OpenItemId],
) -> Result<Vec<(String, Option<String>)>> {
    tx.sql(
        "SELECT i.number, d.po_number FROM open_items i
         LEFT JOIN invoices d ON d.company_id = i.company_id AND d.id = i.document_id
         WHERE i.company_id = $1 AND i.id IN",
    )
    .bind(company)
    .push_list(ids.iter().copied())
    .push(" ORDER BY i.id")
    .all()
    .await
}

/// What is open, and what was settled since a day: whoever names that probably pays twice.
pub async fn items(tx: &mut Tx, company: CompanyId, settled_since: Date) -> Result<Vec<ItemFacts>> {
    tx.sql(ITEM_FACTS)
        .bind(company)
        .push(" AND (i.open_minor <> 0 OR i.settled_on >=")
        .push_bind(settled_since)
        .push(") ORDER BY i.id")
        .all()
        .await
}

/// The items that movements from `mark` on moved or made.
pub async fn moved_items(tx: &mut Tx, company: CompanyId, mark: MovementId) -> Result<Vec<ItemFacts>> {
    tx.sql(ITEM_FACTS)
        .bind(company)
        .push(" AND i.id IN (SELECT m.item_id FROM movements m WHERE m.company_id = $1 AND m.id >=")
        .push_bind(mark)
        .push(") ORDER BY i.id")
        .all()
        .await
}

pub async fn last_movement(tx: &mut Tx, company: CompanyId) -> Result<Option<MovementId>> {
    let last = tx.sql("SELECT id FROM movements WHERE company_id = $1 ORDER BY id DESC LIMIT 1").bind(company);
    Ok(last.optional::<(MovementId,)>().await?.map(|(id,)| id))
}

/// How many movements there are after this one.
pub async fn movements_after(tx: &mut Tx, company: CompanyId, mark: MovementId) -> Result<i64> {
    tx.sql("SELECT COUNT(*) FROM movements WHERE company_id = $1 AND id > $2").bind(company).bind(mark).number().await
}

/// What the matches that stand taught. What the bank took back taught nothing.
pub async fn postings_learnt(tx: &mut Tx, company: CompanyId) -> Result<Vec<(Json<Value>,)>> {
    tx.sql(
        "SELECT posting FROM bank_matches WHERE company_id = $1 AND undone_at IS NULL AND how <> 'return'
         ORDER BY id",
    )
    .bind(company)
    .all()
    .await
}

/// Money that came in since a day and that the engine has seen.
pub async fn decided_lines(tx: &mut Tx, company: CompanyId, since: Date) -> Result<Vec<BankLineRow>> {
    tx.select::<BankLineRow>(
        "WHERE company_id = $1 AND value_on >= $2 AND amount_minor > 0 AND decided_at IS NOT NULL AND is_booked
             AND COALESCE(exception, '') <> $3 ORDER BY value_on, id",
    )
    .bind(company)
    .bind(since)
    .bind(Exception::Replaced)
    .all()
    .await
}
