//! Entering a payment: whose, how much, and what of theirs it pays. What nobody says stays unapplied.
//!
//! The form carries a word of its own, so that sending it twice records one payment.

use super::{PATH, methods};
use crate::{
    error::PageResult,
    figures::money,
    form::Form,
    page::{Page, Query, render_with},
    pages::{
        cash::{Debt, banks, debt_row, typed_lines},
        lines::chosen_customer,
    },
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, cash, customers,
    items::CustomersItem,
    payments::{self, External, RecordPayment, Recorded},
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::users::Permission;
use kernel::{Currency, CustomerId, Money};
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "payments/new.html")]
struct NewPage {
    page: Page,
    form: Form<Typed>,
    /// Name and number; "" while nobody is chosen.
    customer: String,
    debts: Vec<Debt>,
    decimals: String,
    currencies: BTreeSet<Currency>,
    base: Currency,
    banks: Vec<(String, String)>,
    methods: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Begin {
    customer: String,
    customer_text: String,
    /// What is paid in full: invoices, and single open items.
    invoice: Vec<Uuid>,
    item: Vec<Uuid>,
}

pub(super) async fn begin(State(app): State<App>, session: Session, Query(with): Query<Begin>) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let form = Typed::default().with("received_on", session.company.today.to_string()).with("once", word());
    if with.customer.is_empty() && with.customer_text.is_empty() {
        return ask(&app, &session, None, Form::new(form)).await;
    }
    match chosen_customer(&app, &session, &with.customer, &with.customer_text).await {
        Ok(id) => {
            let form = begun(&app, &session, id, (form, &with)).await?;
            ask(&app, &session, Some(id), Form::new(form)).await
        }
        Err(error) => {
            let form = form.with("customer_text", with.customer_text);
            ask(&app, &session, None, Form::new(form).failed(error)?).await
        }
    }
}

/// The form for a customer; what is named is paid in full, as far as it has the currency of the first.
async fn begun(app: &App, session: &Session, id: CustomerId, (form, with): (Typed, &Begin)) -> PageResult<Typed> {
    let (row, _) = customers::facts(app, &session.caller, id).await?;
    let mut form = form.with("customer", id.to_string()).with("currency", row.currency.code());
    if with.invoice.is_empty() && with.item.is_empty() {
        return Ok(form);
    }
    let debts = cash::candidates(app, &session.caller, id).await?;
    let debts = debts.iter().map(|debt| &debt.item);
    let debts = debts.filter(|item| with.invoice.contains(&item.document_id) || with.item.contains(&item.id.0));
    let mut sum: Option<Money> = None;
    for debt in debts {
        let open = Money::new(debt.open_minor, debt.currency);
        if sum.is_some_and(|sum| sum.currency() != debt.currency) {
            continue;
        }
        sum = Some(sum.map_or(Ok(open), |sum| sum.plus(open))?);
        form = form.with(format!("amount[{}]", debt.id), open.to_decimal().to_string());
    }
    Ok(match sum {
        Some(sum) => form.with("money", sum.to_decimal().to_string()).with("currency", sum.currency().code()),
        None => form,
    })
}

fn word() -> String {
    app::new_id::<Uuid>().to_string()
}

async fn ask(app: &App, session: &Session, customer: Option<CustomerId>, form: Form<Typed>) -> PageResult {
    let (base, today) = (session.company.currency, session.company.today);
    let mut page = NewPage {
        page: session.page("Enter a payment", "payments"),
        customer: String::new(),
        debts: Vec::new(),
        decimals: base.exponent().to_string(),
        currencies: BTreeSet::from([base]),
        base,
        banks: banks(app, session).await?,
        methods: methods(),
        form,
    };
    if let Some(id) = customer {
        let (row, _) = customers::facts(app, &session.caller, id).await?;
        let debts = cash::candidates(app, &session.caller, id).await?;
        let currency = page.form.get("currency").parse().unwrap_or(row.currency);
        page.customer = format!("{} ({})", row.name, row.number);
        page.currencies.extend([row.currency, currency]);
        page.currencies.extend(debts.iter().map(|debt| debt.item.currency));
        page.decimals = currency.exponent().to_string();
        page.debts = debts.iter().map(|debt| debt_row(debt, (id, currency), today, &page.form)).collect();
    }
    render_with(page.form.status(), &page)
}

pub(super) async fn record(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let customer = chosen_customer(&app, &session, form.get("customer"), form.get("customer_text")).await;
    let done = match &customer {
        Ok(id) => saved(&app, &session, *id, &form).await,
        Err(_) => Err(Error::field("customer", "say who paid")),
    };
    let id = customer.ok();
    match done {
        Ok(recorded) => Ok(session.go(format!("{PATH}/{}", recorded.id)).saying(said(&recorded)).into_response()),
        Err(Error::Conflict(why)) => {
            let sentence = match why.contains(form.get("once")) {
                true => {
                    "This form was sent before and its payment is recorded. Send it again if this is another payment."
                }
                false => &why,
            };
            let form = Form::new((*form).clone().with("once", word())).failed(Error::refused(sentence))?;
            ask(&app, &session, id, form).await
        }
        Err(error) => ask(&app, &session, id, form.failed(error)?).await,
    }
}

fn said(recorded: &Recorded) -> String {
    let left = recorded.unapplied;
    let rest = match left.minor() {
        0 => "All of it was used.".to_owned(),
        minor => format!("{} of it are unapplied.", money(minor, left.currency())),
    };
    match recorded.already {
        true => format!("{} had been recorded already.", recorded.number),
        false => format!("{} was recorded. {rest}", recorded.number),
    }
}

async fn saved(app: &App, session: &Session, customer: CustomerId, form: &Typed) -> app::Result<Recorded> {
    let debts = cash::candidates(app, &session.caller, customer).await?;
    let new = asked(customer, form, &debts, session.company.currency)?;
    let used: i128 = new.allocations.iter().filter_map(|line| line.amount).map(|money| i128::from(money.minor())).sum();
    let same = new.allocations.iter().filter_map(|line| line.amount).all(|m| m.currency() == new.money.currency());
    if same && used > i128::from(new.money.minor()) {
        let minor = i64::try_from(used).unwrap_or(i64::MAX);
        let used = money(minor, new.money.currency());
        return Err(Error::field("money", format!("{used} are used below, which is more than this")));
    }
    payments::record(app, &session.caller, new).await
}

/// The use case's input, or every field that cannot be read.
fn asked(customer: CustomerId, form: &Typed, debts: &[CustomersItem], base: Currency) -> app::Result<RecordPayment> {
    let mut wrong = Vec::new();
    let missing = |field: &str, message: &str| app::FieldError { field: field.to_owned(), message: message.to_owned() };
    for (field, message) in [
        ("method", "say how the money came in"),
        ("received_on", "say when the money came in"),
        ("money", "say how much came in"),
    ] {
        if !form.has(field) {
            wrong.push(missing(field, message));
        }
    }
    let currency = form.read(&mut wrong, "currency").unwrap_or(base);
    let (method, received_on) = (form.read(&mut wrong, "method"), form.read(&mut wrong, "received_on"));
    let amount = form.money(&mut wrong, "money", currency);
    let fee = form.money(&mut wrong, "fee", currency);
    let bank_account = form.read(&mut wrong, "bank_account");
    let fx_rate = form.decimal(&mut wrong, "fx_rate");
    let allocations = typed_lines(form, (debts, currency), &mut wrong);
    let once = form.text("once").map(|id| External { source: "form".to_owned(), id, fingerprint: None });
    match (method, received_on, amount) {
        (Some(method), Some(received_on), Some(amount)) if wrong.is_empty() => Ok(RecordPayment {
            customer,
            method,
            received_on,
            money: amount,
            fee,
            bank_account,
            reference: form.text("reference"),
            payer_name: form.text("payer_name"),
            fx_rate,
            external: once,
            allocations,
        }),
        _ => Err(Error::Invalid(wrong)),
    }
}
