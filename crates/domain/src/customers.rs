//! Customers: what is known of one, which of it can be taken, and what makes two look like one.
//!
//! `CustomerFacts` is what a person, the API or a file says. `check` collects everything that is wrong with it and gives
//! the facts in the form that is stored. Whether the terms, the tax code, the parent and the payer exist, only the app
//! can look up.

mod figures;
mod likeness;
mod names;

pub use figures::{PaymentHabit, Settled, age_bucket, payment_habit};
pub use likeness::{Face, Likeness, MOST_LETTERS_APART, almost_same, digits};
pub use names::{name_key, place_key, search_key};

use crate::{
    companies::Address,
    countries::is_country,
    references::{VatId, VatIdError},
};
use kernel::{Currency, UnknownCurrency, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What a contact is there for; letters choose their addressee by it.
    pub enum ContactRole {
        Billing = "billing",
        Dunning = "dunning",
        Purchasing = "purchasing",
        Portal = "portal",
        Other = "other",
    }
}

/// Everything about a customer that can be typed. Other records are named as people name them: terms and tax codes by
/// code, customers by number (or id).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerFacts {
    /// The next of the series when it is left out.
    pub number: Option<String>,
    pub name: String,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// The company's when it is left out; so are currency and country.
    pub language: Option<String>,
    pub currency: Option<String>,
    pub address: Address,
    pub delivery_address: Option<Address>,
    pub terms: Option<String>,
    pub tax_code: Option<String>,
    pub parent: Option<String>,
    /// Who pays this customer's invoices.
    pub payer: Option<String>,
    pub segment: Option<String>,
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContactFacts {
    pub name: String,
    pub role: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// What a customer has when nothing else is said.
#[derive(Debug, Clone, Copy)]
pub struct Defaults<'a> {
    pub language: &'a str,
    pub currency: Currency,
    pub country: &'a str,
}

/// Facts in the form that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedFacts {
    pub number: Option<String>,
    pub name: String,
    pub name_key: String,
    pub place_key: Option<String>,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub language: String,
    pub currency: Currency,
    pub address: Address,
    pub delivery_address: Option<Address>,
    pub segment: Option<String>,
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedContact {
    pub name: String,
    pub role: ContactRole,
    pub email: Option<String>,
    pub phone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    #[error("give a name of 1 to 200 characters")]
    Name,
    #[error("`{0}` is not a customer number: use up to 40 letters, digits and - . / _")]
    Number(String),
    #[error(transparent)]
    TaxId(#[from] VatIdError),
    #[error("a tax id has up to 40 characters")]
    LongTaxId,
    #[error("`{0}` is not an e-mail address such as anna@firm.example")]
    Email(String),
    #[error("a phone number has up to 50 characters")]
    Phone,
    #[error("`{0}` is not a language tag such as de or pt-BR")]
    Language(String),
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    #[error("`{0}` is not a country of ISO 3166 such as DE")]
    Country(String),
    #[error("this has more than {0} characters")]
    Long(usize),
    #[error("`{0}` is not a tag: use up to 40 letters, digits, spaces and hyphens")]
    Tag(String),
    #[error("{0} tags are more than 20")]
    Tags(usize),
    #[error("{0}")]
    Role(String),
}

/// A field that is wrong, as the API names it.
pub type WrongFact = (&'static str, FactError);

const MOST_TAGS: usize = 20;

impl CustomerFacts {
    /// The facts as they are stored, or everything that is wrong with them.
    pub fn check(&self, defaults: Defaults<'_>) -> Result<CheckedFacts, Vec<WrongFact>> {
        let mut wrong = Vec::new();
        let address = check_address(&self.address, Part::Billing, &mut wrong);
        let address = address.in_country(defaults.country);
        let delivery_address = self.delivery_address.as_ref().filter(|address| **address != Address::default());
        let delivery_address = delivery_address.map(|address| check_address(address, Part::Delivery, &mut wrong));
        let mut keep = |field, result: Result<Option<String>, FactError>| {
            result.unwrap_or_else(|error| {
                wrong.push((field, error));
                None
            })
        };
        let number = keep("number", filled(&self.number).map(number).transpose());
        let name = keep("name", check_name(&self.name).map(Some)).unwrap_or_default();
        let tax_id = keep("tax_id", filled(&self.tax_id).map(|id| tax_id(id, &address.country)).transpose());
        let email = keep("email", filled(&self.email).map(email).transpose());
        let phone = keep("phone", filled(&self.phone).map(phone).transpose());
        let language = keep("language", filled(&self.language).map(language).transpose());
        let segment = keep("segment", filled(&self.segment).map(|text| short(text, 40)).transpose());
        let tags = check_tags(&self.tags, &mut wrong);
        let currency = filled(&self.currency).map_or(Ok(defaults.currency), |code| code.to_uppercase().parse());
        let currency = currency.unwrap_or_else(|error: UnknownCurrency| {
            wrong.push(("currency", error.into()));
            defaults.currency
        });
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(CheckedFacts {
            number,
            name_key: name_key(&name),
            name,
            place_key: place_key(email.as_deref(), &address.postcode),
            tax_id,
            email,
            phone,
            language: language.unwrap_or_else(|| defaults.language.to_owned()),
            currency,
            address,
            delivery_address,
            segment,
            tags,
        })
    }
}

impl CheckedFacts {
    pub fn face(&self) -> Face {
        Face { tax_id: self.tax_id.clone(), name_key: self.name_key.clone(), place_key: self.place_key.clone() }
    }
}

impl ContactFacts {
    pub fn check(&self) -> Result<CheckedContact, Vec<WrongFact>> {
        let mut wrong = Vec::new();
        let name = check_name(&self.name).map_err(|error| wrong.push(("name", error)));
        let role = filled(&self.role).map_or(Ok(ContactRole::Other), str::parse);
        let role = role.map_err(|error: String| wrong.push(("role", FactError::Role(error))));
        let email = filled(&self.email).map(email).transpose().map_err(|error| wrong.push(("email", error)));
        let phone = filled(&self.phone).map(phone).transpose().map_err(|error| wrong.push(("phone", error)));
        match (name, role, email, phone) {
            (Ok(name), Ok(role), Ok(email), Ok(phone)) => Ok(CheckedContact { name, role, email, phone }),
            _ => Err(wrong),
        }
    }
}

/// What is there but for spaces around it.
pub fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn short(text: &str, most: usize) -> Result<String, FactError> {
    let text = text.trim();
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(FactError::Long(most));
    }
    Ok(text.to_owned())
}

fn check_name(text: &str) -> Result<String, FactError> {
    short(text, 200).ok().filter(|name| !name.is_empty()).ok_or(FactError::Name)
}

fn number(text: &str) -> Result<String, FactError> {
    let fits = text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-./_".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err(FactError::Number(text.to_owned())) }
}

fn phone(text: &str) -> Result<String, FactError> {
    short(text, 50).map_err(|_| FactError::Phone)
}

/// One `@`, a domain of at least two labels, nothing that could break a mail header.
pub fn email(text: &str) -> Result<String, FactError> {
    let wrong = || FactError::Email(text.to_owned());
    let (local, domain) = text.split_once('@').ok_or_else(wrong)?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let good_local = (1..=64).contains(&local.len())
        && !local.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"@".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let good_domain = domain.len() <= 190 && domain.contains('.') && domain.split('.').all(label);
    if good_local && good_domain { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// A tag of BCP 47 in its usual spelling: `pt-BR`, `zh-Hant`.
fn language(text: &str) -> Result<String, FactError> {
    let mut parts = text.split(['-', '_']);
    let first = parts.next().unwrap_or_default();
    let is_language = (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let rest: Vec<String> = parts.map(subtag).collect();
    let fits = |part: &String| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_language || rest.len() > 3 || !rest.iter().all(fits) {
        return Err(FactError::Language(text.to_owned()));
    }
    Ok(std::iter::once(first.to_lowercase()).chain(rest).collect::<Vec<_>>().join("-"))
}

fn subtag(part: &str) -> String {
    match (part.len(), part.chars().next()) {
        (2, _) => part.to_uppercase(),
        (4, Some(first)) => format!("{}{}", first.to_uppercase(), part[first.len_utf8()..].to_lowercase()),
        _ => part.to_lowercase(),
    }
}

/// A VAT id where the customer's country has them: with its prefix, with another country's, or without any. Elsewhere
/// whatever the tax office there gives out.
fn tax_id(text: &str, country: &str) -> Result<String, FactError> {
    let prefix = match country {
        "GR" => "EL",
        "CH" => "CHE",
        other => other,
    };
    let with_prefix = format!("{prefix}{text}").parse::<VatId>();
    if matches!(with_prefix, Err(VatIdError::Country(_))) {
        return short(text, 40).map_err(|_| FactError::LongTaxId);
    }
    let id = text.parse::<VatId>().or_else(|error| with_prefix.map_err(|_| error))?;
    Ok(id.as_str().to_owned())
}

#[derive(Clone, Copy)]
enum Part {
    Billing,
    Delivery,
}

fn check_address(address: &Address, part: Part, wrong: &mut Vec<WrongFact>) -> Address {
    let fields = match part {
        Part::Billing => ["address.street", "address.postcode", "address.city", "address.region", "address.country"],
        Part::Delivery => [
            "delivery_address.street",
            "delivery_address.postcode",
            "delivery_address.city",
            "delivery_address.region",
            "delivery_address.country",
        ],
    };
    let mut keep = |at: usize, result: Result<String, FactError>| {
        result.map_err(|error| wrong.push((fields[at], error))).unwrap_or_default()
    };
    Address {
        street: keep(0, lines(&address.street, 300)),
        postcode: keep(1, short(&address.postcode, 20)),
        city: keep(2, short(&address.city, 100)),
        region: keep(3, short(&address.region, 100)),
        country: keep(4, country(&address.country)),
    }
}

/// A street may have several lines.
fn lines(text: &str, most: usize) -> Result<String, FactError> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > most || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(FactError::Long(most));
    }
    Ok(text)
}

fn country(text: &str) -> Result<String, FactError> {
    let code = text.trim().to_uppercase();
    if code.is_empty() || is_country(&code) { Ok(code) } else { Err(FactError::Country(text.to_owned())) }
}

impl Address {
    fn in_country(mut self, country: &str) -> Self {
        if self.country.is_empty() {
            self.country = country.to_owned();
        }
        self
    }
}

/// Tags in small letters, each once, in order.
fn check_tags(tags: &[String], wrong: &mut Vec<WrongFact>) -> Vec<String> {
    let mut kept: Vec<String> =
        tags.iter().map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()).collect();
    kept.sort();
    kept.dedup();
    if let Some(tag) = kept.iter().find(|tag| !is_tag(tag)) {
        wrong.push(("tags", FactError::Tag(tag.clone())));
    } else if kept.len() > MOST_TAGS {
        wrong.push(("tags", FactError::Tags(kept.len())));
    }
    kept
}

pub fn is_tag(tag: &str) -> bool {
    tag.chars().count() <= 40 && tag.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-')
}

#[cfg(test)]
mod tests;
