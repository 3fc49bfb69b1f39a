//! What is known of a customer as a payer: other names, bank accounts, an agreed discount, tolerance, tax withheld.
//!
//! The engine reads it beside what confirmed payments taught; nobody has to fill it in.

use crate::{
    context::{App, Caller, Event},
    error::{Error, FieldError, Result},
};
use domain::{references::Iban, users::Permission};
use kernel::CustomerId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Json, customers,
    desk::facts::{self, PayerProfileRow},
};

const MOST_NAMES: usize = 50;
const MOST_TEXT: usize = 200;

/// A customer as a payer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PayerProfile {
    /// Names under which it pays.
    pub aliases: Vec<String>,
    /// IBANs, or account numbers where there are none.
    pub accounts: Vec<String>,
    /// Discount agreed beyond what the invoices offer, in hundredths of a percent.
    pub agreed_discount_basis_points: Option<i64>,
    /// A difference up to this many minor units is rounding; the company's own limit when left out.
    pub tolerance_minor: Option<i64>,
    /// Tax that the customer withholds by law, in hundredths of a percent.
    pub withholding_basis_points: Option<i64>,
    /// The version that was read; 0 when there was none.
    pub version: i64,
}

pub async fn payer_profile(app: &App, caller: &Caller, customer: CustomerId) -> Result<PayerProfile> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    customers::by_id(&mut work.tx, company, customer).await?.ok_or(Error::NotFound("customer"))?;
    let row = facts::profile(&mut work.tx, company, customer).await?;
    Ok(row.map_or_else(PayerProfile::default, |row| PayerProfile {
        aliases: row.aliases.0,
        accounts: row.accounts.0,
        agreed_discount_basis_points: row.agreed_discount_basis_points,
        tolerance_minor: row.tolerance_minor,
        withholding_basis_points: row.withholding_basis_points,
        version: row.version,
    }))
}

pub async fn save_payer_profile(
    app: &App,
    caller: &Caller,
    customer: CustomerId,
    profile: PayerProfile,
) -> Result<PayerProfile> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let company = work.company_id();
    let named = customers::by_id(&mut work.tx, company, customer).await?.ok_or(Error::NotFound("customer"))?;
    let profile = checked(profile)?;
    let before = facts::profile(&mut work.tx, company, customer).await?;
    if before.as_ref().map_or(0, |row| row.version) != profile.version {
        return Err(Error::Stale);
    }
    let row = PayerProfileRow {
        company_id: company,
        customer_id: customer,
        aliases: Json(profile.aliases.clone()),
        accounts: Json(profile.accounts.clone()),
        agreed_discount_basis_points: profile.agreed_discount_basis_points,
        tolerance_minor: profile.tolerance_minor,
        withholding_basis_points: profile.withholding_basis_points,
        version: profile.version,
    };
    match before {
        Some(_) => facts::update_profile(&mut work.tx, &row).await?,
        None => work.save(&[PayerProfileRow { version: 1, ..row }]),
    }
    work.record(Event {
        action: "customer.payer_changed",
        subject_kind: "customer",
        subject_id: customer.0,
        customer: Some(customer),
        summary: format!("How {} pays was changed", named.name),
        after: Some(json!(profile)),
        ..Event::default()
    });
    work.commit().await?;
    Ok(PayerProfile { version: profile.version + 1, ..profile })
}

/// What is wrong with an account that looks like an IBAN.
pub(super) fn wrong_account(account: &str) -> Option<String> {
    let is_iban = account.chars().take(2).all(|c| c.is_ascii_alphabetic()) && account.len() > 14;
    is_iban.then(|| account.parse::<Iban>().err())?.map(|error| error.to_string())
}

fn checked(profile: PayerProfile) -> Result<PayerProfile> {
    let mut wrong = Vec::new();
    let mut field = |name: &str, message: String| wrong.push(FieldError { field: name.to_owned(), message });
    let clean = |texts: Vec<String>| -> Vec<String> {
        let mut clean: Vec<String> =
            texts.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
        clean.sort();
        clean.dedup();
        clean
    };
    let (aliases, accounts) = (clean(profile.aliases), clean(profile.accounts));
    for (name, texts) in [("aliases", &aliases), ("accounts", &accounts)] {
        if texts.len() > MOST_NAMES || texts.iter().any(|text| text.len() > MOST_TEXT) {
            field(name, format!("use up to {MOST_NAMES}, each of up to {MOST_TEXT} characters"));
        }
    }
    for wrong in accounts.iter().filter_map(|account| wrong_account(account)) {
        field("accounts", wrong);
    }
    for (name, value) in [
        ("agreed_discount_basis_points", profile.agreed_discount_basis_points),
        ("withholding_basis_points", profile.withholding_basis_points),
    ] {
        if value.is_some_and(|points| !(0..=10_000).contains(&points)) {
            field(name, "use 0 to 10000 hundredths of a percent".to_owned());
        }
    }
    if profile.tolerance_minor.is_some_and(|minor| minor < 0) {
        field("tolerance_minor", "cannot be less than nothing".to_owned());
    }
    if wrong.is_empty() { Ok(PayerProfile { aliases, accounts, ..profile }) } else { Err(Error::Invalid(wrong)) }
}
