//! Settings: the company's facts, rules and logo here; bank accounts, number series, payment terms, taxes, holidays and
//! exchange rates in files of their own. Who may not change them sees them.

mod banks;
mod calendars;
mod companies;
mod rates;
mod series;
mod taxes;
mod terms;

use crate::{
    error::PageResult,
    figures::plain,
    form::Form,
    page::{Page, render_with},
    server::Site,
    session::Session,
    upload::Upload,
};
use app::{App, catalogue, companies::CompanyFacts};
use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{companies::Address, countries, users::Permission};
use serde::Deserialize;

const PATH: &str = "/settings";
/// A logo of 1 MB and the parts of the upload around it.
const LOGO_LIMIT: usize = 1024 * 1024 + 16 * 1024;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/settings", get(show).post(change))
        .route("/settings/logo", get(logo).post(set_logo).layer(DefaultBodyLimit::max(LOGO_LIMIT)))
        .route("/settings/logo/remove", post(remove_logo))
        .merge(banks::router())
        .merge(series::router())
        .merge(terms::router())
        .merge(taxes::router())
        .merge(calendars::router())
        .merge(companies::router())
        .merge(rates::router())
}

/// A code and its words, to choose from.
struct Choice {
    code: String,
    words: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct CompanyForm {
    version: i64,
    name: String,
    #[serde(rename = "address.street")]
    street: String,
    #[serde(rename = "address.postcode")]
    postcode: String,
    #[serde(rename = "address.city")]
    city: String,
    #[serde(rename = "address.region")]
    region: String,
    country: String,
    tax_id: String,
    registration: String,
    email: String,
    phone: String,
    website: String,
    language: String,
    time_zone: String,
    aging_buckets: String,
    small_difference: String,
    approval_limit: String,
    quote_valid_days: String,
    terms: String,
    tax_code: String,
    price_mode: String,
    tax_rounding: String,
}

impl CompanyForm {
    fn of(version: i64, facts: CompanyFacts) -> Self {
        Self {
            version,
            name: facts.name,
            street: facts.address.street,
            postcode: facts.address.postcode,
            city: facts.address.city,
            region: facts.address.region,
            country: facts.country,
            tax_id: facts.tax_id.unwrap_or_default(),
            registration: facts.registration.unwrap_or_default(),
            email: facts.email.unwrap_or_default(),
            phone: facts.phone.unwrap_or_default(),
            website: facts.website.unwrap_or_default(),
            language: facts.language,
            time_zone: facts.time_zone,
            aging_buckets: facts.aging_buckets,
            small_difference: facts.small_difference,
            approval_limit: facts.approval_limit,
            quote_valid_days: facts.quote_valid_days,
            terms: facts.terms,
            tax_code: facts.tax_code,
            price_mode: facts.price_mode,
            tax_rounding: facts.tax_rounding,
        }
    }

    fn facts(&self) -> CompanyFacts {
        let some = |text: &String| Some(text.clone());
        let number = |text: &String| plain(text).unwrap_or_else(|| text.clone());
        CompanyFacts {
            name: self.name.clone(),
            address: Address {
                street: self.street.clone(),
                postcode: self.postcode.clone(),
                city: self.city.clone(),
                region: self.region.clone(),
                country: self.country.clone(),
            },
            tax_id: some(&self.tax_id),
            registration: some(&self.registration),
            email: some(&self.email),
            phone: some(&self.phone),
            website: some(&self.website),
            country: self.country.clone(),
            language: self.language.clone(),
            time_zone: self.time_zone.clone(),
            aging_buckets: self.aging_buckets.clone(),
            small_difference: number(&self.small_difference),
            approval_limit: number(&self.approval_limit),
            quote_valid_days: self.quote_valid_days.clone(),
            terms: self.terms.clone(),
            tax_code: self.tax_code.clone(),
            price_mode: self.price_mode.clone(),
            tax_rounding: self.tax_rounding.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "settings/company.html")]
struct CompanyPage<'a> {
    page: Page,
    form: &'a Form<CompanyForm>,
    /// The version that the logo's address carries, so that a new one is asked for.
    logo: Option<i64>,
    code: String,
    base: String,
    countries: Vec<&'static str>,
    languages: Vec<Choice>,
    terms: Vec<Choice>,
    taxes: Vec<Choice>,
    may_write: bool,
}

async fn ask(app: &App, session: &Session, form: &Form<CompanyForm>) -> PageResult {
    let caller = &session.caller;
    let company = app::companies::show(app, caller).await?;
    let logo = app::companies::has_logo(app, caller).await?;
    let terms = catalogue::terms(app, caller).await?.into_iter().filter(|row| row.archived_at.is_none());
    let taxes = catalogue::tax_codes(app, caller).await?.into_iter().filter(|row| row.archived_at.is_none());
    let page = CompanyPage {
        page: session.page("Settings", "settings"),
        form,
        logo: logo.then_some(company.version),
        code: company.code,
        base: company.currency.code().to_owned(),
        countries: countries::all().collect(),
        languages: app::companies::languages().into_iter().map(|(code, words)| Choice { code, words }).collect(),
        terms: terms.map(|row| Choice { code: row.code, words: row.name }).collect(),
        taxes: taxes.map(|row| Choice { code: row.code, words: row.name }).collect(),
        may_write: session.may(Permission::ManageCompany),
    };
    render_with(form.status(), &page)
}

async fn saved(app: &App, session: &Session) -> PageResult<Form<CompanyForm>> {
    let company = app::companies::show(app, &session.caller).await?;
    Ok(Form::new(CompanyForm::of(company.version, app::companies::facts_of(&company))))
}

async fn show(State(app): State<App>, session: Session) -> PageResult {
    ask(&app, &session, &saved(&app, &session).await?).await
}

async fn change(State(app): State<App>, session: Session, form: Form<CompanyForm>) -> PageResult {
    match app::companies::change_facts(&app, &session.caller, form.version, form.facts()).await {
        Ok(()) => Ok(session.go(PATH).saying("The settings were saved.").into_response()),
        Err(error) => ask(&app, &session, &form.failed(error)?).await,
    }
}

async fn set_logo(State(app): State<App>, session: Session, upload: Upload) -> PageResult {
    let set = match upload.taken() {
        Ok((_, picture)) => app::companies::set_logo(&app, &session.caller, Some(picture)).await,
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => Ok(session.go(PATH).saying("The logo was changed.").into_response()),
        Err(error) => ask(&app, &session, &saved(&app, &session).await?.failed(error)?).await,
    }
}

async fn remove_logo(State(app): State<App>, session: Session) -> PageResult {
    app::companies::set_logo(&app, &session.caller, None).await?;
    Ok(session.go(PATH).saying("The logo was taken away.").into_response())
}

async fn logo(State(app): State<App>, session: Session) -> PageResult {
    let (media_type, picture) = app::companies::logo(&app, &session.caller).await?;
    Ok(([(CONTENT_TYPE, media_type)], picture).into_response())
}
