//! A company's own facts, rules and logo, as they are typed: everything that is wrong is said at once.
//!
//! Its currency never changes, because the books are kept in it. Documents keep what they were made with, so a change
//! counts for later ones.

use crate::{
    changes::Difference,
    context::{App, Caller, Event, Work},
    error::{Error, FieldError, Result},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{
    companies::{Address, Settings},
    customers::{CheckedFacts, CustomerFacts, Defaults, filled},
    lines::{PriceMode, TaxRounding},
    users::Permission,
};
use kernel::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::str::FromStr;
use store::{
    Json, catalogue,
    companies::{self, CompanyRow, LogoRow},
};

/// What can be typed about a company. Numbers are text, so that what is no number is refused beside the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanyFacts {
    pub name: String,
    pub address: Address,
    pub tax_id: Option<String>,
    pub registration: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub website: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Of documents whose customer has none.
    pub language: String,
    pub time_zone: String,
    /// Upper ends of the overdue buckets in days with commas between them: `30, 60, 90`.
    pub aging_buckets: String,
    pub small_difference: String,
    pub approval_limit: String,
    pub quote_valid_days: String,
    pub terms: String,
    pub tax_code: String,
    pub price_mode: String,
    pub tax_rounding: String,
}

const LONGEST_LOGO: usize = 1024 * 1024;
const MOST_BUCKETS: usize = 8;
const LONGEST_SPAN: i64 = 3_650;

/// Languages that documents are printed in: code and name.
pub fn languages() -> Vec<(String, String)> {
    print::Language::all().into_iter().map(|language| (language.code(), language.name())).collect()
}

/// The facts of a company as a form starts with them.
pub fn facts_of(row: &CompanyRow) -> CompanyFacts {
    let settings = &row.settings.0;
    let money = |minor: i64| {
        let places = usize::try_from(row.currency.exponent()).unwrap_or_default();
        format!("{:.places$}", Money::new(minor, row.currency).to_decimal())
    };
    CompanyFacts {
        name: row.name.clone(),
        address: row.address.0.clone(),
        tax_id: row.tax_id.clone(),
        registration: row.registration.clone(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        website: row.website.clone(),
        country: row.country.clone(),
        language: row.language.clone(),
        time_zone: row.time_zone.clone(),
        aging_buckets: settings.aging_buckets.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        small_difference: money(settings.small_difference_minor),
        approval_limit: money(settings.approval_limit_minor),
        quote_valid_days: settings.quote_valid_days.to_string(),
        terms: settings.terms_code.clone(),
        tax_code: settings.tax_code.clone(),
        price_mode: settings.price_mode.to_string(),
        tax_rounding: settings.tax_rounding.to_string(),
    }
}

/// Replaces a company's facts and rules by those given.
pub async fn change_facts(app: &App, caller: &Caller, version: i64, facts: CompanyFacts) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    if work.company.version != version {
        return Err(store::Error::Stale.into());
    }
    let before = work.company.clone();
    let after = checked(&mut work, &before, &facts).await?;
    let Some(difference) = Difference::between(&shown(&before), &shown(&after)) else { return Ok(()) };
    companies::update(&mut work.tx, &after).await?;
    record(&mut work, format!("{} of the company changed", difference.words()), Some(difference));
    work.commit().await
}

/// The picture at the top of documents: PNG, JPEG or SVG; `None` takes it away.
pub async fn set_logo(app: &App, caller: &Caller, picture: Option<Vec<u8>>) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    let logo = match picture {
        Some(picture) => Some(encoded(picture).await?),
        None => None,
    };
    let company = work.company_id();
    if companies::logo(&mut work.tx, company).await? == logo {
        return Ok(());
    }
    let summary = if logo.is_some() { "The logo was changed" } else { "The logo was taken away" };
    companies::clear_logo(&mut work.tx, company).await?;
    work.save(&logo.map(|picture| LogoRow { company_id: company, picture }).into_iter().collect::<Vec<_>>());
    // Its version is part of the picture's address, so browsers ask for the new one.
    companies::update(&mut work.tx, &work.company.clone()).await?;
    record(&mut work, summary.to_owned(), None);
    work.commit().await
}

pub async fn has_logo(app: &App, caller: &Caller) -> Result<bool> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(companies::logo(&mut work.tx, company).await?.is_some())
}

/// The logo with its media type.
pub async fn logo(app: &App, caller: &Caller) -> Result<(&'static str, Vec<u8>)> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let picture = companies::logo(&mut work.tx, company).await?.ok_or(Error::NotFound("logo"))?;
    let picture = BASE64_STANDARD.decode(picture).map_err(Error::broken)?;
    let media_type = match picture.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, ..] => "image/jpeg",
        _ => "image/svg+xml",
    };
    Ok((media_type, picture))
}

/// The picture as it is stored, once it has been printed for trial, on a thread where that holds up nobody.
async fn encoded(picture: Vec<u8>) -> Result<String> {
    if picture.is_empty() {
        return Err(Error::field("file", "choose a picture"));
    }
    if picture.len() > LONGEST_LOGO {
        return Err(Error::field(
            "file",
            format!("the picture has {} bytes; a logo has up to {LONGEST_LOGO}", picture.len()),
        ));
    }
    let tried = tokio::task::spawn_blocking(move || print::check_logo(&picture).map(|()| picture));
    let picture = tried.await.map_err(Error::broken)?.map_err(|error| Error::field("file", error))?;
    Ok(BASE64_STANDARD.encode(picture))
}

/// Notes what is wrong, field by field.
#[derive(Default)]
pub(super) struct Wrong(pub(super) Vec<FieldError>);

impl Wrong {
    pub(super) fn say(&mut self, field: &str, message: impl std::fmt::Display) {
        self.0.push(FieldError { field: field.to_owned(), message: message.to_string() });
    }

    fn short(&mut self, field: &str, text: &Option<String>, most: usize) -> Option<String> {
        let text = filled(text)?;
        if text.chars().count() > most {
            self.say(field, format!("this has more than {most} characters"));
        }
        Some(text.to_owned())
    }

    fn word<T: FromStr<Err = String>>(&mut self, field: &str, text: &str, before: T) -> T {
        text.trim().parse().unwrap_or_else(|error| {
            self.say(field, error);
            before
        })
    }

    fn money(&mut self, field: &str, text: &str, currency: Currency) -> i64 {
        match Money::parse(text.trim(), currency) {
            Ok(amount) if amount.minor() >= 0 => return amount.minor(),
            Ok(_) => self.say(field, "this is not negative"),
            Err(error) => self.say(field, error),
        }
        0
    }

    fn days(&mut self, field: &str, text: &str) -> i64 {
        let days = text.trim().parse::<i64>().ok().filter(|days| (0..=LONGEST_SPAN).contains(days));
        days.unwrap_or_else(|| {
            self.say(field, format!("give a number of days from 0 to {LONGEST_SPAN}"));
            0
        })
    }

    /// `30, 60, 90`: each after the one before.
    fn buckets(&mut self, text: &str) -> Vec<i64> {
        let ends: Vec<Option<i64>> =
            text.split(',').map(|end| end.trim().parse().ok().filter(|end| (1..=LONGEST_SPAN).contains(end))).collect();
        let ends: Option<Vec<i64>> = ends.into_iter().collect();
        let rising = |ends: &Vec<i64>| ends.len() <= MOST_BUCKETS && ends.windows(2).all(|pair| pair[0] < pair[1]);
        ends.filter(rising).unwrap_or_else(|| {
            self.say(
                "aging_buckets",
                format!(
                    "give up to {MOST_BUCKETS} numbers of days, each larger than the one before, such as 30, 60, 90"
                ),
            );
            vec![]
        })
    }
}

/// A company has a name, an address and numbers as a customer has, and they are checked alike.
pub(super) fn party(
    facts: CustomerFacts,
    country: &str,
    (language, currency): (&str, Currency),
    wrong: &mut Wrong,
) -> Option<CheckedFacts> {
    let (country, written) = (country.trim().to_uppercase(), facts.address.country.trim().to_uppercase());
    if country.is_empty() {
        wrong.say("country", "use the two letters of ISO 3166, such as DE");
    }
    if !written.is_empty() && written != country {
        wrong.say("address.country", format!("the company's address is in its own country, {country}"));
    }
    let address = Address { country: country.clone(), ..facts.address };
    let facts = CustomerFacts { address, language: Some(language.to_owned()), ..facts };
    let checked = facts.check(Defaults { language: "en", currency, country: &country });
    let said = checked.map_err(|errors| {
        for (field, error) in errors {
            wrong.say(if field == "address.country" { "country" } else { field }, error);
        }
    });
    said.ok()
}

pub(super) fn check_time_zone(name: &str, wrong: &mut Wrong) {
    if kernel::Timestamp::from_micros(0).is_some_and(|at| at.date_in(name.trim()).is_err()) {
        wrong.say("time_zone", "use a name such as Europe/Berlin");
    }
}

async fn checked(work: &mut Work, before: &CompanyRow, facts: &CompanyFacts) -> Result<CompanyRow> {
    let mut wrong = Wrong::default();
    let as_customer = CustomerFacts {
        name: facts.name.clone(),
        tax_id: facts.tax_id.clone(),
        email: facts.email.clone(),
        phone: facts.phone.clone(),
        address: facts.address.clone(),
        ..CustomerFacts::default()
    };
    let party = party(as_customer, &facts.country, (&facts.language, before.currency), &mut wrong);
    check_time_zone(&facts.time_zone, &mut wrong);
    let registration = wrong.short("registration", &facts.registration, 200);
    let website = wrong.short("website", &facts.website, 200);
    let settings = rules(work, &before.settings.0, facts, &mut wrong).await?;
    match party {
        Some(party) if wrong.0.is_empty() => Ok(CompanyRow {
            name: party.name,
            country: party.address.country.clone(),
            language: party.language,
            time_zone: facts.time_zone.trim().to_owned(),
            address: Json(party.address),
            tax_id: party.tax_id,
            registration,
            email: party.email,
            phone: party.phone,
            website,
            settings: Json(settings),
            ..before.clone()
        }),
        _ => Err(Error::Invalid(wrong.0)),
    }
}

async fn rules(work: &mut Work, before: &Settings, facts: &CompanyFacts, wrong: &mut Wrong) -> Result<Settings> {
    let (company, currency) = (work.company_id(), work.company.currency);
    let (terms_code, tax_code) = (facts.terms.trim().to_owned(), facts.tax_code.trim().to_owned());
    let terms = catalogue::terms_by_code(&mut work.tx, company, &terms_code).await?;
    if terms.is_none_or(|row| row.archived_at.is_some()) {
        wrong.say("terms", format!("there are no payment terms with the code {terms_code}"));
    }
    let tax = catalogue::tax_code_by_code(&mut work.tx, company, &tax_code).await?;
    // A country without shipped taxes starts without a code.
    if !tax_code.is_empty() && tax.is_none_or(|row| row.archived_at.is_some()) {
        wrong.say("tax_code", format!("there is no tax code {tax_code}"));
    }
    Ok(Settings {
        tax_rounding: wrong.word::<TaxRounding>("tax_rounding", &facts.tax_rounding, before.tax_rounding),
        price_mode: wrong.word::<PriceMode>("price_mode", &facts.price_mode, before.price_mode),
        aging_buckets: wrong.buckets(&facts.aging_buckets),
        small_difference_minor: wrong.money("small_difference", &facts.small_difference, currency),
        approval_limit_minor: wrong.money("approval_limit", &facts.approval_limit, currency),
        quote_valid_days: wrong.days("quote_valid_days", &facts.quote_valid_days),
        terms_code,
        tax_code,
        ..before.clone()
    })
}

fn shown(row: &CompanyRow) -> Value {
    json!(facts_of(row))
}

fn record(work: &mut Work, summary: String, difference: Option<Difference>) {
    let (before, after) = difference.map(|difference| (difference.before, difference.after)).unzip();
    work.record(Event {
        action: "company.changed",
        subject_kind: "company",
        subject_id: work.company_id().0,
        summary,
        before,
        after,
        ..Event::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_rise() {
        let read = |text: &str| {
            let mut wrong = Wrong::default();
            let ends = wrong.buckets(text);
            if wrong.0.is_empty() { Some(ends) } else { None }
        };
        assert_eq!(read("30, 60,90"), Some(vec![30, 60, 90]));
        assert_eq!(read("7"), Some(vec![7]));
        for text in ["", "30, 30", "60, 30", "0", "-1, 2", "a", "1,2,3,4,5,6,7,8,9", "9999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
