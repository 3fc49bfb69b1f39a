//! Companies, their bank accounts and number series.

use crate::db::{Result, Tx};
use domain::companies::{Address, Series, Settings};
use kernel::{BankAccountId, CompanyId, Currency, Timestamp};
use sqlx::types::Json;

crate::record! {
    pub struct CompanyRow in "companies" {
        pub id: CompanyId,
        pub code: String,
        pub name: String,
        pub currency: Currency,
        pub country: String,
        pub language: String,
        pub time_zone: String,
        pub address: Json<Address>,
        pub tax_id: Option<String>,
        pub registration: Option<String>,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub website: Option<String>,
        pub settings: Json<Settings>,
        pub clock: Option<Timestamp>,
        pub version: i64,
        pub created_at: Timestamp,
        /// Counts changes of terms, tax codes, calendars, accounts and closed periods.
        pub reference_version: i64,
    }
}

crate::record! {
    pub struct LogoRow in "company_logos" {
        pub company_id: CompanyId,
        /// Base64 of a PNG, JPEG or SVG.
        pub picture: String,
    }
}

crate::record! {
    pub struct BankAccountRow in "bank_accounts" {
        pub company_id: CompanyId,
        pub id: BankAccountId,
        pub name: String,
        pub iban: Option<String>,
        pub bic: Option<String>,
        pub account_number: Option<String>,
        pub currency: Currency,
        /// The ledger account that mirrors it.
        pub account: String,
        pub is_default: bool,
        pub archived_at: Option<Timestamp>,
    }
}

crate::record! {
    pub struct SeriesRow in "series" {
        pub company_id: CompanyId,
        pub kind: Series,
        pub prefix: String,
        pub digits: i64,
        pub yearly: bool,
    }
}

/// Fails when the database does not answer.
pub async fn reachable(tx: &mut Tx) -> Result<()> {
    tx.sql("SELECT CAST(1 AS BIGINT)").number().await.map(drop)
}

pub async fn by_id(tx: &mut Tx, id: CompanyId) -> Result<Option<CompanyRow>> {
    tx.select::<CompanyRow>("WHERE id = $1").bind(id).optional().await
}

/// Says that terms, tax codes, calendars, accounts or closed periods are not what they were.
pub async fn count_reference_change(tx: &mut Tx, id: CompanyId) -> Result<()> {
    tx.sql("UPDATE companies SET reference_version = reference_version + 1 WHERE id = $1").bind(id).run_one().await
}

pub async fn by_code(tx: &mut Tx, code: &str) -> Result<Option<CompanyRow>> {
    tx.select::<CompanyRow>("WHERE lower(code) = lower($1)").bind(code.to_owned()).optional().await
}

pub async fn all(tx: &mut Tx) -> Result<Vec<CompanyRow>> {
    tx.select::<CompanyRow>("ORDER BY code").all().await
}

/// Saves everything that can be edited; the row must still have the version that was read.
pub async fn update(tx: &mut Tx, row: &CompanyRow) -> Result<()> {
    tx.sql(
        "UPDATE companies SET name = $3, country = $4, language = $5, time_zone = $6, address = $7, tax_id = $8,
             registration = $9, email = $10, phone = $11, website = $12, settings = $13, clock = $14,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(row.id)
    .bind(row.version)
    .bind(row.name.clone())
    .bind(row.country.clone())
    .bind(row.language.clone())
    .bind(row.time_zone.clone())
    .bind(row.address.clone())
    .bind(row.tax_id.clone())
    .bind(row.registration.clone())
    .bind(row.email.clone())
    .bind(row.phone.clone())
    .bind(row.website.clone())
    .bind(row.settings.clone())
    .bind(row.clock)
    .run_one()
    .await
}

pub async fn logo(tx: &mut Tx, company: CompanyId) -> Result<Option<String>> {
    let row: Option<LogoRow> = tx.select::<LogoRow>("WHERE company_id = $1").bind(company).optional().await?;
    Ok(row.map(|row| row.picture))
}

pub async fn clear_logo(tx: &mut Tx, company: CompanyId) -> Result<u64> {
    tx.sql("DELETE FROM company_logos WHERE company_id = $1").bind(company).run().await
}

pub async fn bank_accounts(tx: &mut Tx, company: CompanyId) -> Result<Vec<BankAccountRow>> {
    tx.select::<BankAccountRow>("WHERE company_id = $1 ORDER BY is_default DESC, name, id").bind(company).all().await
}

pub async fn bank_account(tx: &mut Tx, company: CompanyId, id: BankAccountId) -> Result<Option<BankAccountRow>> {
    tx.select::<BankAccountRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// What of a bank account can be edited; its currency and ledger account stay.
pub async fn update_bank_account(tx: &mut Tx, row: &BankAccountRow) -> Result<()> {
    tx.sql(
        "UPDATE bank_accounts SET name = $3, iban = $4, bic = $5, account_number = $6, is_default = $7, archived_at = $8
         WHERE company_id = $1 AND id = $2",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(row.name.clone())
    .bind(row.iban.clone())
    .bind(row.bic.clone())
    .bind(row.account_number.clone())
    .bind(row.is_default)
    .bind(row.archived_at)
    .run_one()
    .await
}

/// No bank account is the default any more.
pub async fn clear_default_bank_account(tx: &mut Tx, company: CompanyId) -> Result<()> {
    let sql = tx.sql("UPDATE bank_accounts SET is_default = FALSE WHERE company_id = $1 AND is_default");
    sql.bind(company).run().await?;
    Ok(())
}

pub async fn update_series(tx: &mut Tx, row: &SeriesRow) -> Result<()> {
    tx.sql("UPDATE series SET prefix = $3, digits = $4, yearly = $5 WHERE company_id = $1 AND kind = $2")
        .bind(row.company_id)
        .bind(row.kind)
        .bind(row.prefix.clone())
        .bind(row.digits)
        .bind(row.yearly)
        .run_one()
        .await
}

/// The last number that a series gave in a year (year 0 for one that does not start again each year); 0 for none.
pub async fn last_number(tx: &mut Tx, company: CompanyId, kind: Series, year: i64) -> Result<i64> {
    let row: Option<(i64,)> = tx
        .sql("SELECT last FROM counters WHERE company_id = $1 AND kind = $2 AND year = $3")
        .bind(company)
        .bind(kind)
        .bind(year)
        .optional()
        .await?;
    Ok(row.map_or(0, |(last,)| last))
}

/// The last number of every series and year.
pub async fn last_numbers(tx: &mut Tx, company: CompanyId) -> Result<Vec<(Series, i64, i64)>> {
    tx.sql("SELECT kind, year, last FROM counters WHERE company_id = $1").bind(company).all().await
}

/// A number of another series that begins with `prefix-`, in the documents or among the customers.
pub async fn foreign_number(tx: &mut Tx, company: CompanyId, kind: Series, prefix: &str) -> Result<Option<String>> {
    let low = format!("{prefix}-");
    let high = crate::db::after_prefix(&low);
    let row: Option<(String,)> = tx
        .sql(
            "SELECT number FROM (
                 SELECT number, 'customer' AS kind FROM customers
                     WHERE company_id = $1 AND number >= $2 AND number < $3 AND $4 <> 'customer'
                 UNION ALL SELECT number, 'quote' FROM quotes
                     WHERE company_id = $1 AND number >= $2 AND number < $3 AND $4 <> 'quote'
                 UNION ALL SELECT number, 'order' FROM orders
                     WHERE company_id = $1 AND number >= $2 AND number < $3 AND $4 <> 'order'
                 UNION ALL SELECT number, kind FROM invoices
                     WHERE company_id = $1 AND number >= $2 AND number < $3 AND number IS NOT NULL AND kind <> $4
                 UNION ALL SELECT number, 'payment' FROM payments
                     WHERE company_id = $1 AND number >= $2 AND number < $3 AND $4 <> 'payment'
                 UNION ALL SELECT number, 'refund' FROM refunds
                     WHERE company_id = $1 AND number >= $2 AND number < $3 AND $4 <> 'refund') AS numbers
             ORDER BY number, kind LIMIT 1",
        )
        .bind(company)
        .bind(low)
        .bind(high)
        .bind(kind)
        .optional()
        .await?;
    Ok(row.map(|(number,)| number))
}

/// The numbers that begin with `prefix-` of invoices, credit notes and debit notes that brought them along.
pub async fn numbers_from_elsewhere(tx: &mut Tx, company: CompanyId, prefix: &str) -> Result<Vec<String>> {
    let low = format!("{prefix}-");
    let high = crate::db::after_prefix(&low);
    let rows: Vec<(String,)> = tx
        .sql(
            "SELECT number FROM invoices
             WHERE company_id = $1 AND number >= $2 AND number < $3 AND number IS NOT NULL AND sequence IS NULL",
        )
        .bind(company)
        .bind(low)
        .bind(high)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

pub async fn series(tx: &mut Tx, company: CompanyId) -> Result<Vec<SeriesRow>> {
    tx.select::<SeriesRow>("WHERE company_id = $1 ORDER BY kind").bind(company).all().await
}

/// The last of the numbers that were taken, of one year (0 for a series that does not start again each year).
#[derive(Debug, sqlx::FromRow)]
pub struct Taken {
    pub last: i64,
    pub year: i64,
    pub prefix: String,
    pub digits: i64,
    pub yearly: bool,
}

/// Takes `count` numbers of a series for a document's year; the counter stays locked until the transaction ends, so that
/// numbers that are rolled back are given again and the series has no gap.
pub async fn take_numbers(tx: &mut Tx, company: CompanyId, kind: Series, year: i64, count: i64) -> Result<Taken> {
    tx.sql(
        "INSERT INTO counters (company_id, kind, year, last)
         SELECT company_id, kind, CASE WHEN yearly THEN $3 ELSE 0 END, $4 FROM series
         WHERE company_id = $1 AND kind = $2
         ON CONFLICT (company_id, kind, year) DO UPDATE SET last = counters.last + excluded.last
         RETURNING last, year,
             (SELECT prefix FROM series s WHERE s.company_id = counters.company_id AND s.kind = counters.kind) AS prefix,
             (SELECT digits FROM series s WHERE s.company_id = counters.company_id AND s.kind = counters.kind) AS digits,
             (SELECT yearly FROM series s WHERE s.company_id = counters.company_id AND s.kind = counters.kind) AS yearly",
    )
    .bind(company)
    .bind(kind)
    .bind(year)
    .bind(count)
    .one()
    .await
}

/// Gives back the last `count` numbers, which the same transaction took and did not use.
pub async fn give_numbers_back(tx: &mut Tx, company: CompanyId, kind: Series, year: i64, count: i64) -> Result<()> {
    tx.sql("UPDATE counters SET last = last - $4 WHERE company_id = $1 AND kind = $2 AND year = $3")
        .bind(company)
        .bind(kind)
        .bind(year)
        .bind(count)
        .run_one()
        .await
}
