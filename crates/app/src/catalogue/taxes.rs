//! Tax codes: rates by the day from which they apply, and the account that collects them.

use super::{checked_code, checked_version, record_added, record_archived, record_changed};
use crate::{
    context::{App, Caller, Work, new_id},
    error::{Error, Result},
};
use domain::{
    ledger::AccountRole,
    taxes::{DatedRate, TaxCategory, TaxCode, TaxError},
    users::Permission,
};
use kernel::{Date, TaxCodeId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    Json,
    catalogue::{self, TaxCodeRow},
    ledger,
};

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxFacts {
    pub name: String,
    pub category: TaxCategory,
    pub exemption_reason: Option<String>,
    /// Oldest first.
    #[serde(default)]
    pub rates: Vec<DatedRate>,
    /// The ledger account that collects it; the one for taxes when it is left out.
    pub account: Option<String>,
}

pub async fn tax_codes(app: &App, caller: &Caller) -> Result<Vec<TaxCodeRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::tax_codes(&mut work.tx, company).await?)
}

pub async fn create_tax_code(app: &App, caller: &Caller, code: &str, facts: TaxFacts) -> Result<TaxCodeId> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let (company, code) = (work.company_id(), checked_code(code)?);
    let (tax, account) = check(&mut work, code, facts).await?;
    if catalogue::tax_code_by_code(&mut work.tx, company, &tax.code).await?.is_some() {
        return Err(Error::field("code", format!("there is a tax code {} already", tax.code)));
    }
    let row = TaxCodeRow {
        company_id: company,
        id: new_id(),
        code: tax.code,
        name: tax.name,
        category: tax.category,
        exemption_reason: tax.exemption_reason,
        rates: Json(tax.rates),
        account,
        archived_at: None,
        version: 1,
    };
    work.save(std::slice::from_ref(&row));
    record_added(&mut work, "tax_code.added", ("tax_code", row.id.0), &title(&row), shown(&row));
    work.commit().await?;
    Ok(row.id)
}

/// Documents keep the rate they were made with; only later ones follow the change.
pub async fn edit_tax_code(app: &App, caller: &Caller, id: TaxCodeId, version: i64, facts: TaxFacts) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let before = load(&mut work, id).await?;
    checked_version(version, before.version)?;
    let (tax, account) = check(&mut work, before.code.clone(), facts).await?;
    let after = TaxCodeRow {
        name: tax.name,
        category: tax.category,
        exemption_reason: tax.exemption_reason,
        rates: Json(tax.rates),
        account,
        ..before.clone()
    };
    let change = (&shown(&before), &shown(&after));
    if !record_changed(&mut work, "tax_code.changed", ("tax_code", id.0), &title(&before), change) {
        return Ok(());
    }
    catalogue::update_tax_code(&mut work.tx, &after).await?;
    work.commit().await
}

pub async fn archive_tax_code(app: &App, caller: &Caller, id: TaxCodeId) -> Result<()> {
    put_away(app, caller, id, true).await
}

pub async fn unarchive_tax_code(app: &App, caller: &Caller, id: TaxCodeId) -> Result<()> {
    put_away(app, caller, id, false).await
}

async fn put_away(app: &App, caller: &Caller, id: TaxCodeId, away: bool) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let row = load(&mut work, id).await?;
    if row.archived_at.is_some() == away {
        return Ok(());
    }
    if away && work.company.settings.0.tax_code == row.code {
        let code = &row.code;
        return Err(Error::Refused(format!(
            "{code} is the company's usual tax code; choose another under Settings first."
        )));
    }
    let after = TaxCodeRow { archived_at: away.then_some(work.now), ..row };
    catalogue::update_tax_code(&mut work.tx, &after).await?;
    let action = if away { "tax_code.archived" } else { "tax_code.unarchived" };
    record_archived(&mut work, action, ("tax_code", id.0), &title(&after), away);
    work.commit().await
}

/// The code as documents may use it, and the account that collects it.
async fn check(work: &mut Work, code: String, facts: TaxFacts) -> Result<(TaxCode, String)> {
    let name = facts.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::field("name", "give the tax code a name of up to 100 characters"));
    }
    let reason = facts.exemption_reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let tax = TaxCode { code, name, category: facts.category, exemption_reason: reason, rates: facts.rates };
    tax.check().map_err(|error| Error::field(wrong_field(&tax, &error), error))?;
    let company = work.company_id();
    let accounts = ledger::accounts(&mut work.tx, company).await?;
    let wanted = facts.account.as_deref().map(str::trim).filter(|code| !code.is_empty());
    let account = accounts.iter().find(|account| match wanted {
        Some(code) => account.code == code && account.archived_at.is_none(),
        None => account.role == Some(AccountRole::Tax),
    });
    let missing = || match wanted {
        Some(code) => Error::field("account", format!("there is no account {code}")),
        None => Error::field("account", "no account has the role of collecting taxes; name one"),
    };
    Ok((tax, account.ok_or_else(missing)?.code.clone()))
}

/// Which part of the code an error is about.
fn wrong_field(tax: &TaxCode, error: &TaxError) -> String {
    let rate = |on: &Date| tax.rates.iter().rposition(|rate| rate.valid_from == *on).unwrap_or_default();
    match error {
        TaxError::NoReason { .. } | TaxError::Reason { .. } => "exemption_reason".to_owned(),
        TaxError::NoRate { .. } | TaxError::TooEarly { .. } => "rates".to_owned(),
        TaxError::Rate { valid_from, .. } => format!("rates[{}].rate", rate(valid_from)),
        TaxError::Order { valid_from, .. } => format!("rates[{}].valid_from", rate(valid_from)),
    }
}

async fn load(work: &mut Work, id: TaxCodeId) -> Result<TaxCodeRow> {
    let company = work.company_id();
    catalogue::tax_code_by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("tax code"))
}

fn shown(row: &TaxCodeRow) -> Value {
    json!({
        "code": row.code,
        "name": row.name,
        "category": row.category,
        "exemption_reason": row.exemption_reason,
        "rates": row.rates,
        "account": row.account,
    })
}

fn title(row: &TaxCodeRow) -> String {
    format!("Tax code {} ({})", row.code, row.name)
}
