//! The form of a customer, new or changed: every fact, every wrong field, and who looks like the one being added.

use super::PATH;
use crate::{
    error::PageResult,
    form::Form,
    page::{Page, Path, render_with},
    session::Session,
};
use app::{
    App,
    customers::{self, Candidate, Creation, NewCustomer},
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::IntoResponse as _};
use domain::{companies::Address, countries, customers::CustomerFacts, users::Permission};
use kernel::{Currency, CustomerId};
use serde::Deserialize;

/// Named as the facts are, so that errors find their fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CustomerForm {
    version: i64,
    number: String,
    name: String,
    tax_id: String,
    email: String,
    phone: String,
    language: String,
    currency: String,
    #[serde(rename = "address.street")]
    street: String,
    #[serde(rename = "address.postcode")]
    postcode: String,
    #[serde(rename = "address.city")]
    city: String,
    #[serde(rename = "address.region")]
    region: String,
    #[serde(rename = "address.country")]
    country: String,
    #[serde(rename = "delivery_address.street")]
    delivery_street: String,
    #[serde(rename = "delivery_address.postcode")]
    delivery_postcode: String,
    #[serde(rename = "delivery_address.city")]
    delivery_city: String,
    #[serde(rename = "delivery_address.region")]
    delivery_region: String,
    #[serde(rename = "delivery_address.country")]
    delivery_country: String,
    terms: String,
    tax_code: String,
    /// The id behind what was chosen, and what was typed.
    parent: String,
    parent_text: String,
    payer: String,
    payer_text: String,
    segment: String,
    /// With commas between them.
    tags: String,
    /// "yes" when the customer shall be added although others look like it.
    accept_duplicates: String,
}

impl CustomerForm {
    fn facts(&self) -> CustomerFacts {
        let address = Address {
            street: self.street.clone(),
            postcode: self.postcode.clone(),
            city: self.city.clone(),
            region: self.region.clone(),
            country: self.country.clone(),
        };
        let delivery = Address {
            street: self.delivery_street.clone(),
            postcode: self.delivery_postcode.clone(),
            city: self.delivery_city.clone(),
            region: self.delivery_region.clone(),
            country: self.delivery_country.clone(),
        };
        CustomerFacts {
            number: filled(&self.number),
            name: self.name.clone(),
            tax_id: filled(&self.tax_id),
            email: filled(&self.email),
            phone: filled(&self.phone),
            language: filled(&self.language),
            currency: filled(&self.currency),
            address,
            delivery_address: Some(delivery),
            terms: filled(&self.terms),
            tax_code: filled(&self.tax_code),
            parent: named(&self.parent, &self.parent_text),
            payer: named(&self.payer, &self.payer_text),
            segment: filled(&self.segment),
            tags: self.tags.split(',').map(str::to_owned).collect(),
        }
    }

    fn of(version: i64, facts: CustomerFacts) -> Self {
        let Address { street, postcode, city, region, country } = facts.address;
        let delivery = facts.delivery_address.unwrap_or_default();
        Self {
            version,
            number: facts.number.unwrap_or_default(),
            name: facts.name,
            tax_id: facts.tax_id.unwrap_or_default(),
            email: facts.email.unwrap_or_default(),
            phone: facts.phone.unwrap_or_default(),
            language: facts.language.unwrap_or_default(),
            currency: facts.currency.unwrap_or_default(),
            street,
            postcode,
            city,
            region,
            country,
            delivery_street: delivery.street,
            delivery_postcode: delivery.postcode,
            delivery_city: delivery.city,
            delivery_region: delivery.region,
            delivery_country: delivery.country,
            terms: facts.terms.unwrap_or_default(),
            tax_code: facts.tax_code.unwrap_or_default(),
            parent_text: facts.parent.unwrap_or_default(),
            payer_text: facts.payer.unwrap_or_default(),
            segment: facts.segment.unwrap_or_default(),
            tags: facts.tags.join(", "),
            ..Self::default()
        }
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The customer that was chosen, or the number that was typed; an emptied field names nobody, whatever was chosen before.
fn named(chosen: &str, typed: &str) -> Option<String> {
    filled(typed).map(|typed| filled(chosen).unwrap_or(typed))
}

/// A code and its words.
struct Choice {
    code: String,
    words: String,
}

#[derive(Template)]
#[template(path = "customers/form.html")]
struct FormPage<'a> {
    page: Page,
    /// Where the form goes, and where it is left for.
    post: String,
    back: String,
    is_new: bool,
    form: &'a Form<CustomerForm>,
    candidates: Vec<Candidate>,
    terms: Vec<Choice>,
    taxes: Vec<Choice>,
    currencies: Vec<Choice>,
    countries: Vec<&'static str>,
    segments: Vec<String>,
}

async fn ask(
    app: &App,
    session: &Session,
    changed: Option<CustomerId>,
    form: &Form<CustomerForm>,
    candidates: Vec<Candidate>,
) -> PageResult {
    let caller = &session.caller;
    let terms = app::catalogue::terms(app, caller).await?.into_iter();
    let terms = terms.filter(|row| row.archived_at.is_none() || row.code == form.terms);
    let taxes = app::catalogue::tax_codes(app, caller).await?.into_iter();
    let taxes = taxes.filter(|row| row.archived_at.is_none() || row.code == form.tax_code);
    let currency = |currency: Currency| Choice {
        code: currency.code().to_owned(),
        words: format!("{currency}, {}", currency.name()),
    };
    let heading = if changed.is_some() { "Change customer" } else { "New customer" };
    let own = changed.map(|id| format!("{PATH}/{id}"));
    let status = if candidates.is_empty() { form.status() } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = FormPage {
        page: session.page(heading, "customers"),
        post: own.as_ref().map_or_else(|| PATH.to_owned(), |own| format!("{own}/edit")),
        back: own.unwrap_or_else(|| PATH.to_owned()),
        is_new: changed.is_none(),
        form,
        candidates,
        terms: terms.map(|row| Choice { code: row.code, words: row.name }).collect(),
        taxes: taxes.map(|row| Choice { code: row.code, words: row.name }).collect(),
        currencies: Currency::all().map(currency).collect(),
        countries: countries::all().collect(),
        segments: customers::segments(app, caller).await?,
    };
    render_with(status, &page)
}

pub(super) async fn begin(State(app): State<App>, session: Session) -> PageResult {
    session.caller.may(Permission::WriteCustomers)?;
    let form = CustomerForm { currency: session.company.currency.code().to_owned(), ..CustomerForm::default() };
    ask(&app, &session, None, &Form::new(form), vec![]).await
}

pub(super) async fn create(State(app): State<App>, session: Session, form: Form<CustomerForm>) -> PageResult {
    let accept_duplicates = form.accept_duplicates == "yes";
    let new = NewCustomer { facts: form.facts(), accept_duplicates, ..NewCustomer::default() };
    match customers::create(&app, &session.caller, new).await {
        Ok(Creation::Created(row)) => {
            let said = format!("{} {} was added.", row.number, row.name);
            Ok(session.go(format!("{PATH}/{}", row.id)).saying(said).into_response())
        }
        Ok(Creation::LooksLike(candidates)) => ask(&app, &session, None, &form, candidates).await,
        Err(error) => ask(&app, &session, None, &form.failed(error)?, vec![]).await,
    }
}

pub(super) async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<CustomerId>) -> PageResult {
    session.caller.may(Permission::WriteCustomers)?;
    let (row, facts) = customers::facts(&app, &session.caller, id).await?;
    ask(&app, &session, Some(id), &Form::new(CustomerForm::of(row.version, facts)), vec![]).await
}

pub(super) async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CustomerId>,
    form: Form<CustomerForm>,
) -> PageResult {
    match customers::update(&app, &session.caller, id, form.version, form.facts()).await {
        Ok(row) => {
            let said = format!("{} {} was saved.", row.number, row.name);
            Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response())
        }
        Err(error) => ask(&app, &session, Some(id), &form.failed(error)?, vec![]).await,
    }
}
