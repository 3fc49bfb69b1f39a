//! Payment terms: their code is how files and the API name them and stays, what they say can change. An example shows
//! what they would do to an invoice of today.

use super::{checked_code, checked_version, record_added, record_archived, record_changed};
use crate::{
    context::{App, Caller, Work, new_id},
    error::{Error, Result},
};
use domain::{
    terms::{Due, DueRule, Terms, TermsError, schedule},
    users::Permission,
};
use kernel::{Date, Money, TermsId};
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

/// When an invoice of today would have to be paid.
#[derive(Debug, Clone)]
pub struct TermsExample {
    pub issued_on: Date,
    pub gross: Money,
    pub dues: Vec<Due>,
}

/// The units of the base currency that an example is about.
const EXAMPLE_UNITS: i64 = 1_000;

/// Terms that need not be saved yet, worked out with the company's calendar.
pub async fn terms_example(app: &App, caller: &Caller, spec: &Terms) -> Result<TermsExample> {
    let mut work = app.read(caller, Permission::Read).await?;
    check(spec)?;
    example(&mut work, spec).await
}

/// All of them, archived ones too, each with its example.
pub async fn terms_with_examples(app: &App, caller: &Caller) -> Result<Vec<(TermsRow, TermsExample)>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let mut all = Vec::new();
    for row in catalogue::all_terms(&mut work.tx, company).await? {
        let example = example(&mut work, &row.spec).await?;
        all.push((row, example));
    }
    Ok(all)
}

async fn example(work: &mut Work, spec: &Terms) -> Result<TermsExample> {
    let reference = work.reference().await?;
    let currency = work.company.currency;
    let gross = Money::new(EXAMPLE_UNITS * 10_i64.pow(currency.exponent()), currency);
    let dues = schedule(spec, work.today, gross, &reference.calendar)?;
    Ok(TermsExample { issued_on: work.today, gross, dues })
}

fn check(spec: &Terms) -> Result<()> {
    spec.check().map_err(|error| Error::field(wrong_field(spec, &error), error))
}

/// Which part of the terms an error is about.
fn wrong_field(spec: &Terms, error: &TermsError) -> String {
    let step = |days: u16| spec.discounts.iter().rposition(|step| step.within_days == days).unwrap_or_default();
    match error {
        TermsError::NoInstalment | TermsError::Sum(_) | TermsError::Money(_) => "instalments".to_owned(),
        TermsError::Share { number, .. } => format!("instalments[{}].percent", number - 1),
        TermsError::Day { number, day } => {
            let is_day = spec
                .instalments
                .get(number - 1)
                .is_some_and(|part| matches!(part.due, DueRule::DayOfMonth { day: own, .. } if own == *day));
            format!("instalments[{}].due.{}", number - 1, if is_day { "day" } else { "cutoff_day" })
        }
        TermsError::Discount(percent) => {
            let at = spec.discounts.iter().position(|step| step.percent == *percent).unwrap_or_default();
            format!("discounts[{at}].percent")
        }
        TermsError::DiscountOrder { later_days, .. } => format!("discounts[{}].within_days", step(*later_days)),
    }
}

pub async fn create_terms(app: &App, caller: &Caller, code: &str, spec: Terms) -> Result<TermsId> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let (company, code) = (work.company_id(), checked_code(code)?);
    check(&spec)?;
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
    check(&spec)?;
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
