//! The companies that a person works for, and setting up one more beside them.

use crate::{
    error::PageResult,
    form::{Form, read},
    page::{Page, render, render_with},
    server::Site,
    session::Session,
};
use app::{App, users};
use askama::Template;
use axum::{Router, extract::State, response::IntoResponse as _, routing::get};
use domain::{
    companies::{Address, NewCompany},
    countries,
    users::Permission,
};
use kernel::Currency;
use serde::Deserialize;

pub(super) fn router() -> Router<Site> {
    Router::new().route("/settings/companies", get(list).post(add)).route("/settings/companies/new", get(begin))
}

#[derive(Template)]
#[template(path = "settings/companies.html")]
struct ListPage {
    page: Page,
    rows: Vec<(String, String)>,
    own: String,
    may_add: bool,
}

async fn list(session: Session) -> PageResult {
    let own = (session.company.code.clone(), session.company.name.clone());
    render(&ListPage {
        page: session.page("Companies", "settings"),
        own: own.0.clone(),
        rows: if session.companies.is_empty() { vec![own] } else { session.companies.clone() },
        may_add: session.may(Permission::ManageCompany),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CompanyForm {
    code: String,
    name: String,
    country: String,
    currency: String,
    language: String,
    time_zone: String,
    tax_id: String,
}

#[derive(Template)]
#[template(path = "settings/company_form.html")]
struct FormPage {
    page: Page,
    form: Form<CompanyForm>,
    currencies: Vec<(&'static str, String)>,
    languages: Vec<(String, String)>,
    countries: Vec<&'static str>,
}

fn ask(session: &Session, form: Form<CompanyForm>) -> PageResult {
    let page = FormPage {
        page: session.page("New company", "settings"),
        currencies: Currency::all().map(|c| (c.code(), format!("{}, {}", c.code(), c.name()))).collect(),
        languages: app::companies::languages(),
        countries: countries::all().collect(),
        form,
    };
    render_with(page.form.status(), &page)
}

async fn begin(session: Session) -> PageResult {
    session.caller.may(Permission::ManageCompany)?;
    let form = CompanyForm {
        language: "en".to_owned(),
        currency: session.company.currency.to_string(),
        ..CompanyForm::default()
    };
    ask(&session, Form::new(form))
}

async fn add(State(app): State<App>, session: Session, form: Form<CompanyForm>) -> PageResult {
    session.caller.may(Permission::ManageCompany)?;
    let done = match asked(&form) {
        Ok(new) => users::add_company(&app, &session.caller, new).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => {
            users::switch_company(&app, &session, form.code.trim()).await?;
            Ok(session
                .go("/settings")
                .saying(format!("{} was set up. This is the new company.", form.name.trim()))
                .into_response())
        }
        Err(error) => ask(&session, form.failed(error)?),
    }
}

fn asked(form: &CompanyForm) -> app::Result<NewCompany> {
    let mut wrong = Vec::new();
    let currency: Option<Currency> = read(&mut wrong, "currency", &form.currency);
    let Some(currency) = currency else { return Err(app::Error::Invalid(wrong)) };
    Ok(NewCompany {
        code: form.code.clone(),
        name: form.name.clone(),
        currency,
        country: form.country.trim().to_uppercase(),
        language: form.language.clone(),
        time_zone: form.time_zone.trim().to_owned(),
        address: Address::default(),
        tax_id: Some(form.tax_id.trim().to_owned()).filter(|id| !id.is_empty()),
        email: None,
    })
}
