//! Setting up a company and its settings.
//!
//! `create` gives a company everything it needs to invoice the same minute: chart of accounts, a bank account, payment
//! terms, the taxes of its country, number series and the first administrator's membership.

mod bank_accounts;
mod facts;
mod series;

pub use bank_accounts::{BankAccountFacts, add_bank_account, archive_bank_account, bank_accounts, edit_bank_account};
pub use facts::{CompanyFacts, change_facts, facts_of, has_logo, languages, logo, set_logo};
pub(crate) use series::NumbersToCome;
pub use series::{SeriesFacts, edit_series, series};
pub use store::companies::BankAccountRow;

use self::facts::Wrong;
use crate::{
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
};
use domain::{
    companies::{NewCompany, Series, Settings, document_number},
    customers::{CheckedFacts, CustomerFacts},
    ledger::{AccountRole, SHIPPED_CHART},
    taxes, terms,
    users::Permission,
};
use kernel::{BankAccountId, CompanyId};
use store::{
    Json,
    catalogue::{TaxCodeRow, TermsRow},
    companies::{self, CompanyRow, SeriesRow},
    ledger::AccountRow,
};

/// Creates a company. Who calls it has been checked by the caller: the setup page, or the command line.
pub async fn create(app: &App, new: NewCompany) -> Result<CompanyId> {
    let work = begin(app, new).await?;
    let id = work.company_id();
    work.commit().await?;
    Ok(id)
}

/// The same, not yet committed, for those who add more in the same transaction.
pub(crate) async fn begin(app: &App, new: NewCompany) -> Result<Work> {
    let (code, party) = checked(&new)?;
    let mut tx = app.db.begin().await?;
    if companies::by_code(&mut tx, &code).await?.is_some() {
        return Err(Error::field("code", format!("there is a company {code} already")));
    }
    let id = new_id::<CompanyId>();
    let settings = Settings { tax_code: default_tax_code(&new.country), ..Settings::default() };
    let row = CompanyRow {
        id,
        code,
        name: party.name,
        currency: party.currency,
        country: party.address.country.clone(),
        language: party.language,
        time_zone: new.time_zone.trim().to_owned(),
        address: Json(party.address),
        tax_id: party.tax_id,
        registration: None,
        email: party.email,
        phone: None,
        website: None,
        settings: Json(settings),
        clock: None,
        version: 1,
        created_at: app.now(),
        reference_version: 0,
    };
    tx.insert(std::slice::from_ref(&row)).await?;
    let mut work = Work::new(tx, row, Caller::system(id), app.now())?;
    save_shipped(&mut work);
    let (name, currency) = (work.company.name.clone(), work.company.currency);
    work.record(Event {
        action: "company.created",
        subject_kind: "company",
        subject_id: id.0,
        summary: format!("{name} was set up with {currency} as its currency"),
        ..Event::default()
    });
    Ok(work)
}

/// The code and the facts as they are stored, or everything that is wrong with them.
fn checked(new: &NewCompany) -> Result<(String, CheckedFacts)> {
    let mut wrong = Wrong::default();
    let code = new.code.trim().to_uppercase();
    if code.is_empty() || code.len() > 12 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        wrong.say("code", "use 1 to 12 letters and digits");
    }
    let as_customer = CustomerFacts {
        name: new.name.clone(),
        tax_id: new.tax_id.clone(),
        email: new.email.clone(),
        address: new.address.clone(),
        ..CustomerFacts::default()
    };
    let party = facts::party(as_customer, &new.country, (&new.language, new.currency), &mut wrong);
    facts::check_time_zone(&new.time_zone, &mut wrong);
    match party {
        Some(party) if wrong.0.is_empty() => Ok((code, party)),
        _ => Err(Error::Invalid(wrong.0)),
    }
}

fn default_tax_code(country: &str) -> String {
    taxes::presets(country).into_iter().next().map_or_else(String::new, |code| code.code)
}

/// Queues what every new company gets.
fn save_shipped(work: &mut Work) {
    let company_id = work.company_id();
    let account = |&(code, name, kind, role): &(&str, &str, _, Option<AccountRole>)| AccountRow {
        company_id,
        code: code.to_owned(),
        name: name.to_owned(),
        kind,
        role,
        archived_at: None,
    };
    work.save(&SHIPPED_CHART.iter().map(account).collect::<Vec<_>>());
    let code_of = |role| {
        let found = SHIPPED_CHART.iter().find(|(_, _, _, played)| *played == Some(role));
        found.map_or_else(String::new, |(code, ..)| (*code).to_owned())
    };
    let series = |&kind: &Series| {
        let (prefix, digits, yearly) = kind.shipped();
        SeriesRow { company_id, kind, prefix: prefix.to_owned(), digits, yearly }
    };
    work.save(&Series::ALL.iter().map(series).collect::<Vec<_>>());
    work.save(&[BankAccountRow {
        company_id,
        id: new_id::<BankAccountId>(),
        name: "Main account".to_owned(),
        iban: None,
        bic: None,
        account_number: None,
        currency: work.company.currency,
        account: code_of(AccountRole::Bank),
        is_default: true,
        archived_at: None,
    }]);
    let terms = |(code, terms): (&str, terms::Terms)| TermsRow {
        company_id,
        id: new_id(),
        code: code.to_owned(),
        name: terms.label(),
        spec: Json(terms),
        archived_at: None,
        version: 1,
    };
    work.save(&terms::presets().into_iter().map(terms).collect::<Vec<_>>());
    let tax = |tax: taxes::TaxCode| TaxCodeRow {
        company_id,
        id: new_id(),
        code: tax.code,
        name: tax.name,
        category: tax.category,
        exemption_reason: tax.exemption_reason,
        rates: Json(tax.rates),
        account: code_of(AccountRole::Tax),
        archived_at: None,
        version: 1,
    };
    let country = work.company.country.clone();
    work.save(&taxes::presets(&country).into_iter().map(tax).collect::<Vec<_>>());
}

/// Whether the database answers.
pub async fn reachable(app: &App) -> Result<()> {
    Ok(companies::reachable(&mut app.db.snapshot().await?).await?)
}

pub async fn list(app: &App) -> Result<Vec<CompanyRow>> {
    let mut tx = app.db.snapshot().await?;
    Ok(companies::all(&mut tx).await?)
}

pub async fn by_code(app: &App, code: &str) -> Result<CompanyRow> {
    let mut tx = app.db.snapshot().await?;
    companies::by_code(&mut tx, code).await?.ok_or(Error::NotFound("company"))
}

pub async fn show(app: &App, caller: &Caller) -> Result<CompanyRow> {
    Ok(app.read(caller, Permission::Read).await?.company)
}

/// A number of a series with its year and place.
pub(crate) struct Numbered {
    pub number: String,
    pub year: i64,
    pub sequence: i64,
}

/// The next number of a series, with its year and place, taken inside the caller's transaction so that it has no gap.
pub(crate) struct Numbers {
    prefix: String,
    digits: i64,
    yearly: bool,
    pub(crate) year: i64,
    next: i64,
    count: i64,
}

impl Numbers {
    /// Takes `count` numbers for documents dated in the year of `on`.
    pub(crate) async fn take(work: &mut Work, kind: Series, on: kernel::Date, count: usize) -> Result<Self> {
        let company = work.company_id();
        let count = i64::try_from(count).map_err(Error::broken)?;
        let taken = companies::take_numbers(&mut work.tx, company, kind, i64::from(on.year()), count).await?;
        let companies::Taken { last, year, prefix, digits, yearly } = taken;
        Ok(Self { prefix, digits, yearly, year, next: last - count + 1, count })
    }

    /// Gives all of them back, where nothing came of the documents.
    pub(crate) async fn give_back(self, work: &mut Work, kind: Series) -> Result<()> {
        let company = work.company_id();
        Ok(companies::give_numbers_back(&mut work.tx, company, kind, self.year, self.count).await?)
    }

    /// A number for each of these days, in their order; each year's series is asked once.
    pub(crate) async fn for_days(work: &mut Work, kind: Series, days: &[kernel::Date]) -> Result<Vec<Numbered>> {
        let mut years = std::collections::BTreeMap::new();
        for &day in days {
            years.entry(day.year()).or_insert((day, 0)).1 += 1;
        }
        let mut series = std::collections::BTreeMap::new();
        for (year, (day, count)) in years {
            series.insert(year, Self::take(work, kind, day, count).await?);
        }
        let next = |day: &kernel::Date| {
            let numbers = series.get_mut(&day.year())?;
            let (number, sequence) = numbers.next();
            Some(Numbered { number, year: numbers.year, sequence })
        };
        Ok(days.iter().filter_map(next).collect())
    }

    /// The next number and its place in the series.
    pub(crate) fn next(&mut self) -> (String, i64) {
        let sequence = self.next;
        self.next += 1;
        (document_number(&self.prefix, self.digits, self.yearly.then_some(self.year), sequence), sequence)
    }
}
