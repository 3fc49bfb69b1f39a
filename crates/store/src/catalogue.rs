//! Payment terms, tax codes, products, calendars and exchange rates: what documents are made with.

use crate::db::{Result, Tx};
use domain::{
    taxes::{DatedRate, TaxCategory},
    terms::Terms,
};
use kernel::{CompanyId, Currency, Date, FxRate, ProductId, TaxCodeId, TermsId, Timestamp, UnitPrice};
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct TermsRow in "terms" {
        pub company_id: CompanyId,
        pub id: TermsId,
        pub code: String,
        pub name: String,
        pub spec: Json<Terms>,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct TaxCodeRow in "tax_codes" {
        pub company_id: CompanyId,
        pub id: TaxCodeId,
        pub code: String,
        pub name: String,
        pub category: TaxCategory,
        pub exemption_reason: Option<String>,
        pub rates: Json<Vec<DatedRate>>,
        /// The ledger account that collects it.
        pub account: String,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct ProductRow in "products" {
        pub company_id: CompanyId,
        pub id: ProductId,
        pub sku: String,
        pub name: String,
        pub description: String,
        pub unit: String,
        pub unit_price: UnitPrice,
        pub currency: Currency,
        pub tax_code_id: Option<TaxCodeId>,
        pub revenue_account: Option<String>,
        pub archived_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct FxRateRow in "fx_rates" {
        pub company_id: CompanyId,
        pub from_currency: Currency,
        pub to_currency: Currency,
        pub on_date: Date,
        pub rate: FxRate,
        pub source: String,
    }
}

crate::record! {
    /// The caller's own name for a record, unique per source and kind.
    pub struct ExternalIdRow in "external_ids" {
        pub company_id: CompanyId,
        pub source: String,
        pub kind: String,
        pub external_id: String,
        pub record_id: Uuid,
        /// What the record was made from, so that the same row again changes nothing.
        pub fingerprint: String,
    }
}

pub async fn all_terms(tx: &mut Tx, company: CompanyId) -> Result<Vec<TermsRow>> {
    tx.select::<TermsRow>("WHERE company_id = $1 ORDER BY code").bind(company).all().await
}

pub async fn terms_by_id(tx: &mut Tx, company: CompanyId, id: TermsId) -> Result<Option<TermsRow>> {
    tx.select::<TermsRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn terms_by_code(tx: &mut Tx, company: CompanyId, code: &str) -> Result<Option<TermsRow>> {
    tx.select::<TermsRow>("WHERE company_id = $1 AND code = $2").bind(company).bind(code.to_owned()).optional().await
}

pub async fn tax_codes(tx: &mut Tx, company: CompanyId) -> Result<Vec<TaxCodeRow>> {
    tx.select::<TaxCodeRow>("WHERE company_id = $1 ORDER BY code").bind(company).all().await
}

pub async fn tax_code_by_id(tx: &mut Tx, company: CompanyId, id: TaxCodeId) -> Result<Option<TaxCodeRow>> {
    tx.select::<TaxCodeRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

pub async fn tax_code_by_code(tx: &mut Tx, company: CompanyId, code: &str) -> Result<Option<TaxCodeRow>> {
    tx.select::<TaxCodeRow>("WHERE company_id = $1 AND code = $2").bind(company).bind(code.to_owned()).optional().await
}

pub async fn products(tx: &mut Tx, company: CompanyId) -> Result<Vec<ProductRow>> {
    tx.select::<ProductRow>("WHERE company_id = $1 ORDER BY sku").bind(company).all().await
}

pub async fn products_by_ids(tx: &mut Tx, company: CompanyId, ids: &[ProductId]) -> Result<Vec<ProductRow>> {
    tx.select::<ProductRow>("WHERE company_id = $1 AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

pub async fn products_by_skus(tx: &mut Tx, company: CompanyId, skus: &[String]) -> Result<Vec<ProductRow>> {
    tx.select::<ProductRow>("WHERE company_id = $1 AND sku IN")
        .bind(company)
        .push_list(skus.iter().cloned())
        .push(" ORDER BY sku")
        .all()
        .await
}

/// Units of `to` for one of `from` by the latest rate on or before a day. A rate that was entered the other way round
/// counts as its inverse; on the same day the direct one wins.
pub async fn fx_rate(
    tx: &mut Tx,
    company: CompanyId,
    from: Currency,
    to: Currency,
    on: Date,
) -> Result<Option<FxRate>> {
    if from == to {
        return Ok(Some(FxRate::ONE));
    }
    let direct = latest_rate(tx, company, (from, to), on).await?;
    let inverse = latest_rate(tx, company, (to, from), on).await?;
    Ok(match (direct, inverse) {
        (Some(direct), Some(inverse)) if inverse.on_date > direct.on_date => inverse.rate.inverse(),
        (Some(direct), _) => Some(direct.rate),
        (None, inverse) => inverse.and_then(|row| row.rate.inverse()),
    })
}

async fn latest_rate(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Currency, Currency),
    on: Date,
) -> Result<Option<FxRateRow>> {
    tx.select::<FxRateRow>(
        "WHERE company_id = $1 AND from_currency = $2 AND to_currency = $3 AND on_date <= $4
         ORDER BY on_date DESC LIMIT 1",
    )
    .bind(company)
    .bind(from)
    .bind(to)
    .bind(on)
    .optional()
    .await
}

/// Rates, newest first.
pub async fn fx_rates(tx: &mut Tx, company: CompanyId, limit: i64) -> Result<Vec<FxRateRow>> {
    tx.select::<FxRateRow>("WHERE company_id = $1 ORDER BY on_date DESC, from_currency, to_currency LIMIT $2")
        .bind(company)
        .bind(limit)
        .all()
        .await
}

/// Which of the caller's ids are known, and for what.
pub async fn external(
    tx: &mut Tx,
    company: CompanyId,
    source: &str,
    kind: &str,
    ids: &[String],
) -> Result<Vec<ExternalIdRow>> {
    tx.select::<ExternalIdRow>("WHERE company_id = $1 AND source = $2 AND kind = $3 AND external_id IN")
        .bind(company)
        .bind(source.to_owned())
        .bind(kind.to_owned())
        .push_list(ids.iter().cloned())
        .push(" ORDER BY external_id")
        .all()
        .await
}

pub async fn external_of(tx: &mut Tx, company: CompanyId, record: Uuid) -> Result<Vec<ExternalIdRow>> {
    tx.select::<ExternalIdRow>("WHERE company_id = $1 AND record_id = $2 ORDER BY source, kind, external_id")
        .bind(company)
        .bind(record)
        .all()
        .await
}

/// Notes what a record was made from the last time.
pub async fn set_fingerprint(
    tx: &mut Tx,
    company: CompanyId,
    (source, kind, external_id): (&str, &str, &str),
    fingerprint: String,
) -> Result<()> {
    tx.sql(
        "UPDATE external_ids SET fingerprint = $5
         WHERE company_id = $1 AND source = $2 AND kind = $3 AND external_id = $4",
    )
    .bind(company)
    .bind(source.to_owned())
    .bind(kind.to_owned())
    .bind(external_id.to_owned())
    .bind(fingerprint)
    .run_one()
    .await
}

/// Saves everything that can be edited; the row must still have the version that was read.
pub async fn update_product(tx: &mut Tx, row: &ProductRow) -> Result<()> {
    tx.sql(
        "UPDATE products SET name = $4, description = $5, unit = $6, unit_price = $7, currency = $8, tax_code_id = $9,
             revenue_account = $10, archived_at = $11, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(row.version)
    .bind(row.name.clone())
    .bind(row.description.clone())
    .bind(row.unit.clone())
    .bind(row.unit_price)
    .bind(row.currency)
    .bind(row.tax_code_id)
    .bind(row.revenue_account.clone())
    .bind(row.archived_at)
    .run_one()
    .await
}
