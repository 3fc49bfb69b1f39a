//! The company's own bank accounts.

use crate::{
    error::{PageError, PageResult},
    form::Form,
    page::{Page, Path, render, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error,
    companies::{self, BankAccountFacts},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::users::Permission;
use kernel::{BankAccountId, Currency};
use serde::Deserialize;

const PATH: &str = "/settings/bank-accounts";

pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/settings/bank-accounts", get(list).post(add))
        .route("/settings/bank-accounts/new", get(begin))
        .route("/settings/bank-accounts/{id}", get(ask_change).post(change))
        .route("/settings/bank-accounts/{id}/archive", post(archive))
}

#[derive(Template)]
#[template(path = "settings/banks.html")]
struct ListPage {
    page: Page,
    listed: Vec<Row>,
    /// A rule that said no.
    form: Form<()>,
    may_write: bool,
}

struct Row {
    id: BankAccountId,
    called: String,
    account_number: String,
    bic: String,
    currency: Currency,
    ledger: String,
    is_default: bool,
    archived: bool,
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    render(&listed(&app, &session, Form::new(())).await?)
}

async fn listed(app: &App, session: &Session, form: Form<()>) -> PageResult<ListPage> {
    let rows = companies::bank_accounts(app, &session.caller).await?;
    let listed = rows.into_iter().map(|row| Row {
        id: row.id,
        called: row.name,
        account_number: row.iban.or(row.account_number).unwrap_or_default(),
        bic: row.bic.unwrap_or_default(),
        currency: row.currency,
        ledger: row.account,
        is_default: row.is_default,
        archived: row.archived_at.is_some(),
    });
    let may_write = session.may(Permission::ManageCompany);
    Ok(ListPage { page: session.page("Bank accounts", "settings"), listed: listed.collect(), form, may_write })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct BankForm {
    name: String,
    iban: String,
    bic: String,
    account_number: String,
    currency: String,
    account: String,
    /// "yes" when ticked.
    is_default: String,
}

impl BankForm {
    fn facts(&self) -> BankAccountFacts {
        let some = |text: &String| Some(text.clone());
        BankAccountFacts {
            name: self.name.clone(),
            iban: some(&self.iban),
            bic: some(&self.bic),
            account_number: some(&self.account_number),
            currency: some(&self.currency),
            account: some(&self.account),
            is_default: self.is_default == "yes",
        }
    }
}

#[derive(Template)]
#[template(path = "settings/bank.html")]
struct FormPage<'a> {
    page: Page,
    post: String,
    is_new: bool,
    form: &'a Form<BankForm>,
    currencies: Vec<super::Choice>,
}

fn ask(session: &Session, changed: Option<BankAccountId>, form: &Form<BankForm>) -> PageResult {
    let currency = |currency: Currency| super::Choice {
        code: currency.code().to_owned(),
        words: format!("{currency}, {}", currency.name()),
    };
    let heading = if changed.is_some() { "Change bank account" } else { "New bank account" };
    let page = FormPage {
        page: session.page(heading, "settings"),
        post: changed.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}")),
        is_new: changed.is_none(),
        form,
        currencies: Currency::all().map(currency).collect(),
    };
    render_with(form.status(), &page)
}

async fn begin(session: Session) -> PageResult {
    session.caller.may(Permission::ManageCompany)?;
    let form = BankForm { currency: session.company.currency.code().to_owned(), ..BankForm::default() };
    ask(&session, None, &Form::new(form))
}

async fn add(State(app): State<App>, session: Session, form: Form<BankForm>) -> PageResult {
    match companies::add_bank_account(&app, &session.caller, form.facts()).await {
        Ok(_) => Ok(session.go(PATH).saying(format!("{} was added.", form.name.trim())).into_response()),
        Err(error) => ask(&session, None, &form.failed(error)?),
    }
}

async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<BankAccountId>) -> PageResult {
    session.caller.may(Permission::ManageCompany)?;
    let rows = companies::bank_accounts(&app, &session.caller).await?;
    let row = rows.into_iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| PageError::from(Error::NotFound("bank account")))?;
    let form = BankForm {
        name: row.name,
        iban: row.iban.unwrap_or_default(),
        bic: row.bic.unwrap_or_default(),
        account_number: row.account_number.unwrap_or_default(),
        currency: row.currency.code().to_owned(),
        account: row.account,
        is_default: if row.is_default { "yes".to_owned() } else { String::new() },
    };
    ask(&session, Some(id), &Form::new(form))
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankAccountId>,
    form: Form<BankForm>,
) -> PageResult {
    match companies::edit_bank_account(&app, &session.caller, id, form.facts()).await {
        Ok(()) => Ok(session.go(PATH).saying(format!("{} was saved.", form.name.trim())).into_response()),
        Err(error) => ask(&session, Some(id), &form.failed(error)?),
    }
}

async fn archive(State(app): State<App>, session: Session, Path(id): Path<BankAccountId>) -> PageResult {
    match companies::archive_bank_account(&app, &session.caller, id).await {
        Ok(()) => Ok(session.go(PATH).saying("The bank account was archived.").into_response()),
        Err(error) => {
            let form = Form::new(()).failed(error)?;
            let status = form.status();
            render_with(status, &listed(&app, &session, form).await?)
        }
    }
}
