//! Tax codes: the list with what each charges today, and the form with its rates by day.

use crate::{
    error::{PageError, PageResult},
    figures::read_number,
    form::Form,
    page::{Page, Path, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, FieldError,
    catalogue::{self, TaxFacts},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{
    taxes::{DatedRate, TaxCategory},
    users::Permission,
};
use kernel::{Percent, TaxCodeId};

const PATH: &str = "/settings/taxes";
const MOST_RATES: usize = 40;

pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/settings/taxes", get(list).post(create))
        .route("/settings/taxes/new", get(begin))
        .route("/settings/taxes/{id}", get(ask_change).post(change))
        .route("/settings/taxes/{id}/archive", post(archive))
        .route("/settings/taxes/{id}/unarchive", post(unarchive))
}

#[derive(Template)]
#[template(path = "settings/taxes.html")]
struct ListPage {
    page: Page,
    listed: Vec<Row>,
    /// A rule that said no.
    form: Form<()>,
    may_write: bool,
}

struct Row {
    id: TaxCodeId,
    code: String,
    called: String,
    category: &'static str,
    rate: String,
    next: String,
    reason: String,
    account: String,
    is_usual: bool,
    archived: bool,
}

/// As a clerk says it.
const fn words(category: TaxCategory) -> &'static str {
    match category {
        TaxCategory::Standard => "Taxed (standard or reduced rate)",
        TaxCategory::ZeroRated => "Zero-rated",
        TaxCategory::Exempt => "Exempt",
        TaxCategory::ReverseCharge => "Reverse charge",
        TaxCategory::IntraCommunity => "Supply within the European Union",
        TaxCategory::Export => "Export",
        TaxCategory::OutsideScope => "Outside the scope of tax",
        TaxCategory::CanaryIslands => "Canary Islands (IGIC)",
        TaxCategory::CeutaMelilla => "Ceuta and Melilla (IPSI)",
    }
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    listed(&app, &session, Form::new(())).await
}

async fn listed(app: &App, session: &Session, form: Form<()>) -> PageResult {
    let usual = app::companies::show(app, &session.caller).await?.settings.0.tax_code;
    let today = session.company.today;
    let rows = catalogue::tax_codes(app, &session.caller).await?;
    let listed = rows.into_iter().map(|row| {
        let rates = row.rates.0;
        let now = rates.iter().rev().find(|rate| rate.valid_from <= today);
        let next = rates.iter().find(|rate| rate.valid_from > today);
        Row {
            id: row.id,
            is_usual: row.code == usual,
            code: row.code,
            called: row.name,
            category: words(row.category),
            rate: match now {
                _ if row.category.is_always_zero() => "0 %".to_owned(),
                Some(now) => format!("{} %", now.rate),
                None => String::new(),
            },
            next: next.map(|next| format!("{} % from {}", next.rate, next.valid_from)).unwrap_or_default(),
            reason: row.exemption_reason.unwrap_or_default(),
            account: row.account,
            archived: row.archived_at.is_some(),
        }
    });
    let may_write = session.may(Permission::WriteCatalogue);
    let status = form.status();
    let page = session.page("Tax codes", "settings");
    render_with(status, &ListPage { page, listed: listed.collect(), form, may_write })
}

#[derive(Template)]
#[template(path = "settings/tax.html")]
struct FormPage<'a> {
    page: Page,
    post: String,
    is_new: bool,
    archived: bool,
    form: &'a Form<Typed>,
    categories: Vec<(&'static str, &'static str)>,
    rates: Vec<String>,
    accounts: Vec<super::Choice>,
}

/// The code that a form is about.
#[derive(Clone, Copy)]
struct Changed {
    id: TaxCodeId,
    archived: bool,
}

async fn ask(app: &App, session: &Session, changed: Option<Changed>, form: &Form<Typed>) -> PageResult {
    let accounts = app::ledger::accounts(app, &session.caller).await?.into_iter();
    let accounts = accounts.filter(|row| row.archived_at.is_none());
    let shown = (form.rows("rates") + usize::from(form.get("show") == "rate")).clamp(1, MOST_RATES);
    let heading = if changed.is_some() { "Change tax code" } else { "New tax code" };
    let page = FormPage {
        page: session.page(heading, "settings"),
        post: changed.map_or_else(|| PATH.to_owned(), |changed| format!("{PATH}/{}", changed.id)),
        is_new: changed.is_none(),
        archived: changed.is_some_and(|changed| changed.archived),
        form,
        categories: TaxCategory::ALL.iter().map(|category| (category.as_str(), words(*category))).collect(),
        rates: (0..shown).map(|at| format!("rates[{at}]")).collect(),
        accounts: accounts
            .map(|row| super::Choice { words: format!("{} {}", row.code, row.name), code: row.code })
            .collect(),
    };
    render_with(form.status(), &page)
}

/// The form as facts, or every field that cannot be read. An empty row is no rate.
fn facts(form: &Typed) -> Result<TaxFacts, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let category = form.read(&mut wrong, "category").unwrap_or(TaxCategory::Standard);
    let mut rates = Vec::new();
    for at in 0..form.rows("rates") {
        let (percent, from) = (format!("rates[{at}].rate"), format!("rates[{at}].valid_from"));
        let rate = read_number::<Percent>(&mut wrong, &percent, form.get(&percent).trim_end_matches('%'));
        let valid_from = form.read(&mut wrong, &from);
        for (name, what) in [(&percent, "give the rate"), (&from, "give the first day of this rate")] {
            if !form.has(name) {
                wrong.push(FieldError { field: name.clone(), message: what.to_owned() });
            }
        }
        rates.extend(rate.zip(valid_from).map(|(rate, valid_from)| DatedRate { valid_from, rate }));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(TaxFacts {
        name: form.get("name").to_owned(),
        category,
        exemption_reason: form.text("exemption_reason"),
        rates,
        account: form.text("account"),
    })
}

/// Reads the facts for those who may write.
fn read(session: &Session, form: &Typed) -> app::Result<TaxFacts> {
    session.caller.may(Permission::WriteCatalogue)?;
    facts(form).map_err(Error::Invalid)
}

async fn begin(State(app): State<App>, session: Session) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let today = session.company.today.first_of_month();
    let form = Typed::default().with("category", TaxCategory::Standard.as_str());
    ask(&app, &session, None, &Form::new(form.with("rates[0].valid_from", today.to_string()))).await
}

async fn create(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    let form = Form::new(form.without_gaps("rates", ""));
    if form.has("show") {
        return ask(&app, &session, None, &form).await;
    }
    let done = match read(&session, &form) {
        Ok(facts) => catalogue::create_tax_code(&app, &session.caller, form.get("code"), facts).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(session.go(PATH).saying(format!("{} was added.", form.get("name"))).into_response()),
        Err(error) => ask(&app, &session, None, &form.failed(error)?).await,
    }
}

/// What is saved, as the form shows it, and whether it is archived.
async fn load(app: &App, session: &Session, id: TaxCodeId) -> PageResult<(Typed, Changed)> {
    let rows = catalogue::tax_codes(app, &session.caller).await?;
    let row = rows.into_iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| PageError::from(Error::NotFound("tax code")))?;
    let mut form = Typed::default()
        .with("version", row.version.to_string())
        .with("code", row.code)
        .with("name", row.name)
        .with("category", row.category.as_str())
        .with("exemption_reason", row.exemption_reason.unwrap_or_default())
        .with("account", row.account);
    for (at, rate) in row.rates.iter().enumerate() {
        form = form.with(format!("rates[{at}].rate"), rate.rate.to_string());
        form = form.with(format!("rates[{at}].valid_from"), rate.valid_from.to_string());
    }
    Ok((form, Changed { id, archived: row.archived_at.is_some() }))
}

async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<TaxCodeId>) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let (form, changed) = load(&app, &session, id).await?;
    ask(&app, &session, Some(changed), &Form::new(form)).await
}

async fn change(State(app): State<App>, session: Session, Path(id): Path<TaxCodeId>, form: Form<Typed>) -> PageResult {
    let (before, changed) = load(&app, &session, id).await?;
    let form = Form::new(form.without_gaps("rates", "").with("code", before.get("code")));
    if form.has("show") {
        return ask(&app, &session, Some(changed), &form).await;
    }
    let version = form.get("version").parse().unwrap_or_default();
    let done = match read(&session, &form) {
        Ok(facts) => catalogue::edit_tax_code(&app, &session.caller, id, version, facts).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(session.go(PATH).saying(format!("{} was saved.", form.get("name"))).into_response()),
        Err(error) => ask(&app, &session, Some(changed), &form.failed(error)?).await,
    }
}

async fn archive(State(app): State<App>, session: Session, Path(id): Path<TaxCodeId>) -> PageResult {
    match catalogue::archive_tax_code(&app, &session.caller, id).await {
        Ok(()) => {
            let go = session.go(PATH).saying("The tax code was archived.");
            Ok(go.undo(format!("{PATH}/{id}/unarchive")).into_response())
        }
        Err(error) => listed(&app, &session, Form::new(()).failed(error)?).await,
    }
}

async fn unarchive(State(app): State<App>, session: Session, Path(id): Path<TaxCodeId>) -> PageResult {
    catalogue::unarchive_tax_code(&app, &session.caller, id).await?;
    Ok(session.go(PATH).saying("The tax code is back from the archive.").into_response())
}
