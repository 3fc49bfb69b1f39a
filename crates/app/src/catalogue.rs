//! What documents are made with: payment terms, tax codes, products and exchange rates.

use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::users::Permission;
use kernel::{Currency, Date, FxRate};
use store::catalogue::{self, FxRateRow, ProductRow, TaxCodeRow, TermsRow};

const MOST_RATES_SHOWN: i64 = 500;

pub async fn terms(app: &App, caller: &Caller) -> Result<Vec<TermsRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::all_terms(&mut work.tx, company).await?)
}

pub async fn tax_codes(app: &App, caller: &Caller) -> Result<Vec<TaxCodeRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::tax_codes(&mut work.tx, company).await?)
}

pub async fn products(app: &App, caller: &Caller) -> Result<Vec<ProductRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::products(&mut work.tx, company).await?)
}

/// The newest rates.
pub async fn fx_rates(app: &App, caller: &Caller) -> Result<Vec<FxRateRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::fx_rates(&mut work.tx, company, MOST_RATES_SHOWN).await?)
}

/// Base currency for one unit of `currency` on a day, or the sentence that says which rate is missing.
pub(crate) async fn base_rate(work: &mut Work, currency: Currency, on: Date) -> Result<FxRate> {
    let base = work.company.currency;
    let missing = || format!("There is no exchange rate from {currency} to {base} on or before {on}.");
    known_rate(work, currency, on).await?.ok_or_else(|| Error::Refused(missing()))
}

/// The same where a missing rate is no error yet.
pub(crate) async fn known_rate(work: &mut Work, currency: Currency, on: Date) -> Result<Option<FxRate>> {
    let (company, base) = (work.company_id(), work.company.currency);
    if currency == base {
        return Ok(Some(FxRate::ONE));
    }
    if let Some(rate) = work.rates.get(&(currency, on)) {
        return Ok(Some(*rate));
    }
    let rate = catalogue::fx_rate(&mut work.tx, company, currency, base, on).await?;
    work.rates.extend(rate.map(|rate| ((currency, on), rate)));
    Ok(rate)
}
