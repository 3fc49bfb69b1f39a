//! Customers and their contacts, the lists of them, who looks like one, and what one owes.

pub mod figures;
pub mod likeness;
pub mod list;

use crate::{
    audit::EventRow,
    db::{Result, Tx},
};
use domain::{companies::Address, customers::ContactRole};
use kernel::{CompanyId, ContactId, Currency, CustomerId, EventId, TaxCodeId, TermsId, Timestamp};
use sqlx::types::Json;

crate::record! {
    pub struct CustomerRow in "customers" {
        pub company_id: CompanyId,
        pub id: CustomerId,
        pub number: String,
        pub name: String,
        /// The name as duplicate detection and search compare it.
        pub name_key: String,
        /// Mail domain and postcode, which together point at one firm in one place.
        pub place_key: Option<String>,
        pub tax_id: Option<String>,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub language: String,
        pub currency: Currency,
        pub address: Json<Address>,
        pub delivery_address: Option<Json<Address>>,
        pub terms_id: Option<TermsId>,
        pub tax_code_id: Option<TaxCodeId>,
        pub parent_id: Option<CustomerId>,
        pub payer_id: Option<CustomerId>,
        pub segment: Option<String>,
        pub tags: Json<Vec<String>>,
        pub created_at: Timestamp,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct ContactRow in "contacts" {
        pub company_id: CompanyId,
        pub id: ContactId,
        pub customer_id: CustomerId,
        /// 1 for the first.
        pub position: i64,
        pub name: String,
        pub role: ContactRole,
        pub email: Option<String>,
        pub phone: Option<String>,
    }
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: CustomerId) -> Result<Option<CustomerRow>> {
    tx.select::<CustomerRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn by_ids(tx: &mut Tx, company: CompanyId, ids: &[CustomerId]) -> Result<Vec<CustomerRow>> {
    tx.select::<CustomerRow>("WHERE company_id = $1 AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

pub async fn by_number(tx: &mut Tx, company: CompanyId, number: &str) -> Result<Option<CustomerRow>> {
    tx.select::<CustomerRow>("WHERE company_id = $1 AND number = $2")
        .bind(company)
        .bind(number.to_owned())
        .optional()
        .await
}

pub async fn by_numbers(tx: &mut Tx, company: CompanyId, numbers: &[String]) -> Result<Vec<CustomerRow>> {
    tx.select::<CustomerRow>("WHERE company_id = $1 AND number IN")
        .bind(company)
        .push_list(numbers.iter().cloned())
        .push(" ORDER BY number")
        .all()
        .await
}

/// Saves everything that can be edited; the row must still have the version that was read.
pub async fn update(tx: &mut Tx, row: &CustomerRow) -> Result<()> {
    tx.sql(
        "UPDATE customers SET number = $4, name = $5, name_key = $6, place_key = $7, tax_id = $8, email = $9,
             phone = $10, language = $11, currency = $12, address = $13, delivery_address = $14, terms_id = $15,
             tax_code_id = $16, parent_id = $17, payer_id = $18, segment = $19, tags = $20, archived_at = $21,
             version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(row.number.clone())
    .bind(row.name.clone())
    .bind(row.name_key.clone())
    .bind(row.place_key.clone())
    .bind(row.tax_id.clone())
    .bind(row.email.clone())
    .bind(row.phone.clone())
    .bind(row.language.clone())
    .bind(row.currency)
    .bind(row.address.clone())
    .bind(row.delivery_address.clone())
    .bind(row.terms_id)
    .bind(row.tax_code_id)
    .bind(row.parent_id)
    .bind(row.payer_id)
    .bind(row.segment.clone())
    .bind(row.tags.clone())
    .bind(row.archived_at)
    .run_one()
    .await
}

/// Names the parent and the payer of a customer that was just inserted.
pub async fn link(
    tx: &mut Tx,
    company: CompanyId,
    id: CustomerId,
    parent: Option<CustomerId>,
    payer: Option<CustomerId>,
) -> Result<()> {
    tx.sql("UPDATE customers SET parent_id = $3, payer_id = $4 WHERE company_id = $1 AND id = $2")
        .bind(company)
        .bind(id)
        .bind(parent)
        .bind(payer)
        .run_one()
        .await
}

pub async fn contacts(tx: &mut Tx, company: CompanyId, customer: CustomerId) -> Result<Vec<ContactRow>> {
    tx.select::<ContactRow>("WHERE company_id = $1 AND customer_id = $2 ORDER BY position, id")
        .bind(company)
        .bind(customer)
        .all()
        .await
}

pub async fn contact(tx: &mut Tx, company: CompanyId, id: ContactId) -> Result<Option<ContactRow>> {
    tx.select::<ContactRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn update_contact(tx: &mut Tx, row: &ContactRow) -> Result<()> {
    tx.sql("UPDATE contacts SET name = $3, role = $4, email = $5, phone = $6 WHERE company_id = $1 AND id = $2")
        .bind(row.company_id)
        .bind(row.id)
        .bind(row.name.clone())
        .bind(row.role)
        .bind(row.email.clone())
        .bind(row.phone.clone())
        .run_one()
        .await
}

pub async fn remove_contact(tx: &mut Tx, company: CompanyId, id: ContactId) -> Result<()> {
    tx.sql("DELETE FROM contacts WHERE company_id = $1 AND id = $2").bind(company).bind(id).run_one().await
}

/// Those whose parent this customer is.
pub async fn children(tx: &mut Tx, company: CompanyId, parent: CustomerId, limit: i64) -> Result<Vec<CustomerRow>> {
    tx.select::<CustomerRow>("WHERE company_id = $1 AND parent_id = $2 ORDER BY name_key, id LIMIT $3")
        .bind(company)
        .bind(parent)
        .bind(limit)
        .all()
        .await
}

/// Those whose invoices this customer pays.
pub async fn paid_for_by(tx: &mut Tx, company: CompanyId, payer: CustomerId, limit: i64) -> Result<Vec<CustomerRow>> {
    tx.select::<CustomerRow>("WHERE company_id = $1 AND payer_id = $2 ORDER BY name_key, id LIMIT $3")
        .bind(company)
        .bind(payer)
        .bind(limit)
        .all()
        .await
}

/// The customer's parent, its parent and so on, the customer itself first.
pub async fn parents_upwards(tx: &mut Tx, company: CompanyId, from: CustomerId) -> Result<Vec<CustomerId>> {
    let rows: Vec<(CustomerId,)> = tx
        .sql(
            "WITH RECURSIVE up (id, depth) AS (
                 SELECT id, 0 FROM customers WHERE company_id = $1 AND id = $2
                 UNION ALL
                 SELECT c.parent_id, up.depth + 1 FROM up JOIN customers c ON c.company_id = $1 AND c.id = up.id
                 WHERE c.parent_id IS NOT NULL AND up.depth < 100)
             SELECT id FROM up ORDER BY depth, id",
        )
        .bind(company)
        .bind(from)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The customer's payer, its payer and so on, the customer itself first.
pub async fn payers_upwards(tx: &mut Tx, company: CompanyId, from: CustomerId) -> Result<Vec<CustomerId>> {
    let rows: Vec<(CustomerId,)> = tx
        .sql(
            "WITH RECURSIVE up (id, depth) AS (
                 SELECT id, 0 FROM customers WHERE company_id = $1 AND id = $2
                 UNION ALL
                 SELECT c.payer_id, up.depth + 1 FROM up JOIN customers c ON c.company_id = $1 AND c.id = up.id
                 WHERE c.payer_id IS NOT NULL AND up.depth < 100)
             SELECT id FROM up ORDER BY depth, id",
        )
        .bind(company)
        .bind(from)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What happened to a customer and its documents, newest first, older than `before`.
pub async fn events(
    tx: &mut Tx,
    company: CompanyId,
    customer: CustomerId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventRow>> {
    let sql = tx.select::<EventRow>("WHERE company_id = $1 AND customer_id = $2").bind(company).bind(customer);
    let sql = match before {
        Some(before) => sql.push(" AND id <").push_bind(before),
        None => sql,
    };
    sql.push(" ORDER BY id DESC LIMIT").push_bind(limit).all().await
}

/// Customers that are called so; of several the first by number.
pub async fn by_name_keys(tx: &mut Tx, company: CompanyId, keys: Vec<String>) -> Result<Vec<(String, CustomerId)>> {
    tx.sql("SELECT name_key, id FROM customers WHERE company_id = $1 AND archived_at IS NULL AND name_key IN")
        .bind(company)
        .push_list(keys)
        .push(" ORDER BY number DESC")
        .all()
        .await
}
