//! Customers and their contacts.

use crate::db::{Result, Tx};
use domain::{companies::Address, customers::ContactRole};
use kernel::{CompanyId, ContactId, Currency, CustomerId, TaxCodeId, TermsId, Timestamp};
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
    .bind(row.company_id)
    .bind(row.id)
    .bind(row.version)
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

pub async fn contacts(tx: &mut Tx, company: CompanyId, customer: CustomerId) -> Result<Vec<ContactRow>> {
    tx.select::<ContactRow>("WHERE company_id = $1 AND customer_id = $2 ORDER BY position, id")
        .bind(company)
        .bind(customer)
        .all()
        .await
}
