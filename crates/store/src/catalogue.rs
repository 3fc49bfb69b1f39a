//! Payment terms, tax codes, products, calendars and exchange rates: what documents are made with.

use crate::{
    db::{Result, Tx},
    sorting::{Key, Order, Place},
};
use domain::{
    calendar::Calendar,
    taxes::{DatedRate, TaxCategory},
    terms::Terms,
};
use kernel::{CalendarId, CompanyId, Currency, Date, FxRate, ProductId, TaxCodeId, TermsId, Timestamp, UnitPrice};
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
    pub struct CalendarRow in "calendars" {
        pub company_id: CompanyId,
        pub id: CalendarId,
        pub name: String,
        pub spec: Json<Calendar>,
        pub version: i64,
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

/// The row must still have the version that was read.
pub async fn update_terms(tx: &mut Tx, row: &TermsRow) -> Result<()> {
    tx.sql(
        "UPDATE terms SET name = $4, spec = $5, archived_at = $6, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(row.name.clone())
    .bind(row.spec.clone())
    .bind(row.archived_at)
    .run_one()
    .await
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

/// The row must still have the version that was read.
pub async fn update_tax_code(tx: &mut Tx, row: &TaxCodeRow) -> Result<()> {
    tx.sql(
        "UPDATE tax_codes SET name = $4, category = $5, exemption_reason = $6, rates = $7, account = $8,
             archived_at = $9, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(row.name.clone())
    .bind(row.category)
    .bind(row.exemption_reason.clone())
    .bind(row.rates.clone())
    .bind(row.account.clone())
    .bind(row.archived_at)
    .run_one()
    .await
}

pub async fn products(tx: &mut Tx, company: CompanyId) -> Result<Vec<ProductRow>> {
    tx.select::<ProductRow>("WHERE company_id = $1 ORDER BY sku").bind(company).all().await
}

/// One page of products, with a part of sku or name when one is given.
pub async fn product_page(
    tx: &mut Tx,
    company: CompanyId,
    filter: &ProductFilter,
    limit: i64,
) -> Result<Vec<ProductRow>> {
    let mut sql = tx.select::<ProductRow>("WHERE company_id = $1").bind(company);
    sql = sql.push(if filter.archived { " AND archived_at IS NOT NULL" } else { " AND archived_at IS NULL" });
    if let Some(part) = &filter.part {
        let part = format!("%{}%", crate::db::like_text(&part.to_lowercase()));
        sql = sql.push(" AND (lower(sku) LIKE").push_bind(part.clone()).push(" ESCAPE '\\' OR lower(name) LIKE");
        sql = sql.push_bind(part).push(" ESCAPE '\\')");
    }
    filter.sort.order().page(sql, filter.after.as_ref(), limit).all().await
}

#[derive(Debug, Clone, Default)]
pub struct ProductFilter {
    pub part: Option<String>,
    pub archived: bool,
    pub sort: ProductSort,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum ProductSort {
        #[default]
        Sku = "sku",
        SkuDown = "-sku",
        Name = "name",
        NameDown = "-name",
    }
}

impl ProductSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Sku | Self::SkuDown => Order::by_text("sku", "id"),
            Self::Name | Self::NameDown => Order::by_text("name", "id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &ProductRow) -> Key {
        match self {
            Self::Sku | Self::SkuDown => Key::Text(row.sku.clone()),
            Self::Name | Self::NameDown => Key::Text(row.name.clone()),
        }
    }
}

/// The row must still have the version that was read.
pub async fn update_product(tx: &mut Tx, row: &ProductRow) -> Result<()> {
    tx.sql(
        "UPDATE products SET sku = $4, name = $5, description = $6, unit = $7, unit_price = $8, currency = $9,
             tax_code_id = $10, revenue_account = $11, archived_at = $12, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(row.sku.clone())
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

/// The rates of one pair of currencies between two days, both included.
pub async fn fx_rates_between(
    tx: &mut Tx,
    company: CompanyId,
    (from, to): (Currency, Currency),
    first: Date,
    last: Date,
) -> Result<Vec<FxRateRow>> {
    tx.select::<FxRateRow>(
        "WHERE company_id = $1 AND from_currency = $2 AND to_currency = $3 AND on_date >= $4 AND on_date <= $5
         ORDER BY on_date",
    )
    .bind(company)
    .bind(from)
    .bind(to)
    .bind(first)
    .bind(last)
    .all()
    .await
}

pub async fn update_fx_rate(tx: &mut Tx, row: &FxRateRow) -> Result<()> {
    tx.sql(
        "UPDATE fx_rates SET rate = $5, source = $6
         WHERE company_id = $1 AND from_currency = $2 AND to_currency = $3 AND on_date = $4",
    )
    .bind(row.company_id)
    .bind(row.from_currency)
    .bind(row.to_currency)
    .bind(row.on_date)
    .bind(row.rate)
    .bind(row.source.clone())
    .run_one()
    .await
}

pub async fn calendars(tx: &mut Tx, company: CompanyId) -> Result<Vec<CalendarRow>> {
    tx.select::<CalendarRow>("WHERE company_id = $1 ORDER BY name, id").bind(company).all().await
}

pub async fn calendar(tx: &mut Tx, company: CompanyId, id: CalendarId) -> Result<Option<CalendarRow>> {
    tx.select::<CalendarRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// The row must still have the version that was read.
pub async fn update_calendar(tx: &mut Tx, row: &CalendarRow) -> Result<()> {
    tx.sql(
        "UPDATE calendars SET name = $4, spec = $5, version = version + 1
         WHERE company_id = $1 AND id = $2 AND version = $3",
    )
    .bind_as_read(row.company_id, row.id, row.version)
    .bind(row.name.clone())
    .bind(row.spec.clone())
    .run_one()
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

/// Takes a name off its record, and says how many that were.
pub async fn remove_external(
    tx: &mut Tx,
    company: CompanyId,
    (source, kind, external_id): (&str, &str, &str),
    record: Uuid,
) -> Result<u64> {
    tx.sql(
        "DELETE FROM external_ids
         WHERE company_id = $1 AND source = $2 AND kind = $3 AND external_id = $4 AND record_id = $5",
    )
    .bind(company)
    .bind(source.to_owned())
    .bind(kind.to_owned())
    .bind(external_id.to_owned())
    .bind(record)
    .run()
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
