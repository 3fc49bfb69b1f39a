//! Payment terms: their code is how files and the API name them and stays, what they say can change.

use super::{checked_code, checked_version, record_added, record_archived, record_changed};
use crate::{
    context::{App, Caller, Work, new_id},
    error::{Error, Result},
};
use domain::{terms::Terms, users::Permission};
use kernel::TermsId;
use serde_json::json;
use store::{
    Json,
    catalogue::{self, TermsRow},
};

pub async fn terms(app: &App, caller: &Caller) -> Result<Vec<TermsRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::all_terms(&mut work.tx, company).await?)
}

pub async fn create_terms(app: &App, caller: &Caller, code: &str, spec: Terms) -> Result<TermsId> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let (company, code) = (work.company_id(), checked_code(code)?);
    spec.check().map_err(|error| Error::field("spec", error))?;
    if catalogue::terms_by_code(&mut work.tx, company, &code).await?.is_some() {
        return Err(Error::field("code", format!("there are payment terms {code} already")));
    }
    let row = TermsRow {
        company_id: company,
        id: new_id(),
        code,
        name: spec.label(),
        spec: Json(spec),
        archived_at: None,
        version: 1,
    };
    work.save(std::slice::from_ref(&row));
    record_added(
        &mut work,
        "terms.added",
        ("terms", row.id.0),
        &title(&row),
        json!({"code": row.code, "spec": row.spec}),
    );
    work.commit().await?;
    Ok(row.id)
}

/// Documents keep the terms they were made with; only later ones follow the change.
pub async fn edit_terms(app: &App, caller: &Caller, id: TermsId, version: i64, spec: Terms) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    spec.check().map_err(|error| Error::field("spec", error))?;
    let before = load(&mut work, id).await?;
    checked_version(version, before.version)?;
    let after = TermsRow { name: spec.label(), spec: Json(spec), ..before.clone() };
    let shown = |row: &TermsRow| json!({"name": row.name, "spec": row.spec});
    let change = (&shown(&before), &shown(&after));
    if !record_changed(&mut work, "terms.changed", ("terms", id.0), &title(&before), change) {
        return Ok(());
    }
    catalogue::update_terms(&mut work.tx, &after).await?;
    work.commit().await
}

pub async fn archive_terms(app: &App, caller: &Caller, id: TermsId) -> Result<()> {
    put_away(app, caller, id, true).await
}

pub async fn unarchive_terms(app: &App, caller: &Caller, id: TermsId) -> Result<()> {
    put_away(app, caller, id, false).await
}

async fn put_away(app: &App, caller: &Caller, id: TermsId, away: bool) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let row = load(&mut work, id).await?;
    if row.archived_at.is_some() == away {
        return Ok(());
    }
    if away && work.company.settings.0.terms_code == row.code {
        return Err(Error::Refused(format!(
            "{} are the company's usual terms; choose others under Settings first.",
            row.name
        )));
    }
    let after = TermsRow { archived_at: away.then_some(work.now), ..row };
    catalogue::update_terms(&mut work.tx, &after).await?;
    let action = if away { "terms.archived" } else { "terms.unarchived" };
    record_archived(&mut work, action, ("terms", id.0), &title(&after), away);
    work.commit().await
}

async fn load(work: &mut Work, id: TermsId) -> Result<TermsRow> {
    let company = work.company_id();
    catalogue::terms_by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment terms"))
}

fn title(row: &TermsRow) -> String {
    format!("Payment terms {} ({})", row.code, row.name)
}
