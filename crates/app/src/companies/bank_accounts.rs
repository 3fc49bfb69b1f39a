//! The company's bank accounts. Each is mirrored by a ledger account that is chosen or made when it is added; that and
//! the currency never change, because postings stand on them.

use crate::{
    changes::Difference,
    context::{App, Caller, Event, Work, new_id},
    error::{Error, FieldError, Result},
};
use domain::{
    ledger::{AccountKind, AccountRole},
    references::Iban,
    users::Permission,
};
use kernel::{BankAccountId, Currency};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{
    companies::{self, BankAccountRow},
    ledger::{self, AccountRow},
};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BankAccountFacts {
    pub name: String,
    pub iban: Option<String>,
    pub bic: Option<String>,
    /// Where there are no IBANs.
    pub account_number: Option<String>,
    /// The company's when it is left out.
    pub currency: Option<String>,
    /// The ledger account that mirrors it; a new one when it is left out.
    pub account: Option<String>,
    /// Printed on invoices and proposed for payments.
    pub is_default: bool,
}

struct Checked {
    name: String,
    iban: Option<String>,
    bic: Option<String>,
    account_number: Option<String>,
    currency: Currency,
}

pub async fn bank_accounts(app: &App, caller: &Caller) -> Result<Vec<BankAccountRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(companies::bank_accounts(&mut work.tx, company).await?)
}

pub async fn add_bank_account(app: &App, caller: &Caller, facts: BankAccountFacts) -> Result<BankAccountId> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    let checked = check(&facts, work.company.currency)?;
    let company = work.company_id();
    refuse_twice(&mut work, checked.iban.as_deref(), None).await?;
    let account = ledger_account(&mut work, &facts, &checked.name).await?;
    if facts.is_default {
        companies::clear_default_bank_account(&mut work.tx, company).await?;
    }
    let row = BankAccountRow {
        company_id: company,
        id: new_id(),
        name: checked.name,
        iban: checked.iban,
        bic: checked.bic,
        account_number: checked.account_number,
        currency: checked.currency,
        account,
        is_default: facts.is_default,
        archived_at: None,
    };
    work.save(std::slice::from_ref(&row));
    record(&mut work, "bank_account.added", &row, "was added", (None, Some(shown(&row))));
    work.commit().await?;
    Ok(row.id)
}

/// Changes what may change: name, numbers, and whether it is the default.
pub async fn edit_bank_account(app: &App, caller: &Caller, id: BankAccountId, facts: BankAccountFacts) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    let before = load(&mut work, id).await?;
    let checked = check(&facts, before.currency)?;
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    if checked.currency != before.currency {
        refuse("currency", format!("the account is in {} and stays so; add another one", before.currency));
    }
    if filled(&facts.account).is_some_and(|account| account != before.account) {
        refuse("account", format!("payments are posted to ledger account {}; it stays so", before.account));
    }
    if before.is_default && !facts.is_default {
        refuse("is_default", "make another account the default, then this one no longer is".to_owned());
    }
    if facts.is_default && before.archived_at.is_some() {
        refuse("is_default", "an archived account cannot be the default".to_owned());
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    refuse_twice(&mut work, checked.iban.as_deref(), Some(id)).await?;
    let after = BankAccountRow {
        name: checked.name,
        iban: checked.iban,
        bic: checked.bic,
        account_number: checked.account_number,
        is_default: facts.is_default,
        ..before.clone()
    };
    let Some(difference) = Difference::between(&shown(&before), &shown(&after)) else { return Ok(()) };
    if after.is_default && !before.is_default {
        let company = work.company_id();
        companies::clear_default_bank_account(&mut work.tx, company).await?;
    }
    companies::update_bank_account(&mut work.tx, &after).await?;
    let change = (Some(difference.before), Some(difference.after));
    record(&mut work, "bank_account.changed", &after, "was changed", change);
    work.commit().await
}

pub async fn archive_bank_account(app: &App, caller: &Caller, id: BankAccountId) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    let row = load(&mut work, id).await?;
    if row.archived_at.is_some() {
        return Ok(());
    }
    if row.is_default {
        return Err(Error::Refused(format!(
            "{} is the default account; make another one the default first.",
            row.name
        )));
    }
    let after = BankAccountRow { archived_at: Some(work.now), ..row };
    companies::update_bank_account(&mut work.tx, &after).await?;
    record(&mut work, "bank_account.archived", &after, "was archived", (None, None));
    work.commit().await
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn check(facts: &BankAccountFacts, currency: Currency) -> Result<Checked> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let name = facts.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 {
        refuse("name", "give the account a name of up to 100 characters".to_owned());
    }
    let iban = filled(&facts.iban).map(str::parse::<Iban>).transpose();
    let iban = iban.map_err(|error| refuse("iban", error.to_string())).ok().flatten();
    let bic = filled(&facts.bic).map(|bic| bic.replace(' ', "").to_uppercase());
    if bic.as_deref().is_some_and(|bic| !is_bic(bic)) {
        refuse("bic", "a BIC has 8 or 11 letters and digits, such as COBADEFFXXX".to_owned());
    }
    let account_number = filled(&facts.account_number).map(str::to_owned);
    if account_number.as_deref().is_some_and(|number| number.chars().count() > 60) {
        refuse("account_number", "an account number has up to 60 characters".to_owned());
    }
    let currency = match filled(&facts.currency).map(|code| code.to_uppercase().parse()) {
        Some(Err(error)) => {
            let error: kernel::UnknownCurrency = error;
            refuse("currency", error.to_string());
            currency
        }
        Some(Ok(other)) => other,
        None => currency,
    };
    let iban = iban.map(String::from);
    if wrong.is_empty() {
        Ok(Checked { name, iban, bic, account_number, currency })
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Bank, country, place and perhaps branch (ISO 9362).
fn is_bic(bic: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| if at < 6 { byte.is_ascii_uppercase() } else { byte.is_ascii_alphanumeric() };
    matches!(bic.len(), 8 | 11) && bic.bytes().enumerate().all(shape)
}

async fn refuse_twice(work: &mut Work, iban: Option<&str>, own: Option<BankAccountId>) -> Result<()> {
    let Some(iban) = iban else { return Ok(()) };
    let company = work.company_id();
    let rows = companies::bank_accounts(&mut work.tx, company).await?;
    let other = rows.iter().find(|row| row.iban.as_deref() == Some(iban) && Some(row.id) != own);
    other.map_or(Ok(()), |row| Err(Error::field("iban", format!("{iban} is the IBAN of {}", row.name))))
}

/// The ledger account that was chosen, or a new one beside the bank's.
async fn ledger_account(work: &mut Work, facts: &BankAccountFacts, name: &str) -> Result<String> {
    let company = work.company_id();
    let accounts = ledger::accounts(&mut work.tx, company).await?;
    if let Some(code) = filled(&facts.account) {
        let missing = || Error::field("account", format!("there is no account {code}"));
        let account = accounts.iter().find(|account| account.code == code).ok_or_else(missing)?;
        if account.kind != AccountKind::Asset {
            let message = format!("account {code} {} is not an asset account", account.name);
            return Err(Error::field("account", message));
        }
        return Ok(account.code.clone());
    }
    let codes: BTreeSet<&str> = accounts.iter().map(|account| account.code.as_str()).collect();
    let bank = accounts.iter().find(|account| account.role == Some(AccountRole::Bank));
    let first: i64 = bank.and_then(|account| account.code.parse().ok()).unwrap_or(1_000);
    let code = (first + 1..).map(|code| code.to_string()).find(|code| !codes.contains(code.as_str()));
    let code = code.ok_or_else(|| Error::field("account", "name a ledger account"))?;
    work.save(&[AccountRow {
        company_id: company,
        code: code.clone(),
        name: name.to_owned(),
        kind: AccountKind::Asset,
        role: None,
        archived_at: None,
    }]);
    work.record(Event {
        action: "account.added",
        subject_kind: "account",
        subject_id: company.0,
        summary: format!("Account {code} {name}"),
        after: Some(json!({"code": code, "name": name, "kind": AccountKind::Asset})),
        ..Event::default()
    });
    Ok(code)
}

async fn load(work: &mut Work, id: BankAccountId) -> Result<BankAccountRow> {
    let company = work.company_id();
    companies::bank_account(&mut work.tx, company, id).await?.ok_or(Error::NotFound("bank account"))
}

fn shown(row: &BankAccountRow) -> Value {
    json!({
        "name": row.name,
        "iban": row.iban,
        "bic": row.bic,
        "account_number": row.account_number,
        "currency": row.currency,
        "account": row.account,
        "is_default": row.is_default,
    })
}

type Change = (Option<Value>, Option<Value>);

fn record(work: &mut Work, action: &'static str, row: &BankAccountRow, done: &str, (before, after): Change) {
    work.record(Event {
        action,
        subject_kind: "bank_account",
        subject_id: row.id.0,
        summary: format!("Bank account {} {done}", row.name),
        before,
        after,
        ..Event::default()
    });
}
