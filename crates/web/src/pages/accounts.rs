//! The chart of accounts: what the company posts on.

use crate::{
    error::PageResult,
    form::Form,
    page::{Page, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error,
    ledger::{self, AccountRow},
};
use askama::Template;
use axum::{Router, extract::State, response::IntoResponse as _, routing::get};
use domain::{ledger::AccountKind, users::Permission};

pub fn router() -> Router<Site> {
    Router::new().route("/accounts", get(list).post(save))
}

#[derive(Template)]
#[template(path = "ledger/accounts.html")]
struct ListPage {
    page: Page,
    form: Form<Typed>,
    rows: Vec<Row>,
    kinds: Vec<(&'static str, &'static str)>,
    may_write: bool,
}

struct Row {
    code: String,
    words: String,
    kind: &'static str,
    kind_words: &'static str,
    /// What the program posts on it by itself.
    role: String,
    dialog: String,
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    show(&app, &session, Form::default()).await
}

async fn show(app: &App, session: &Session, form: Form<Typed>) -> PageResult {
    let accounts = ledger::accounts(app, &session.caller).await?;
    let page = ListPage {
        page: session.page("Accounts", "books/accounts"),
        rows: accounts.iter().map(row).collect(),
        kinds: AccountKind::ALL.iter().map(|kind| (kind.as_str(), words(*kind))).collect(),
        may_write: session.may(Permission::WriteAccounts),
        form,
    };
    render_with(page.form.status(), &page)
}

fn row(account: &AccountRow) -> Row {
    Row {
        code: account.code.clone(),
        words: account.name.clone(),
        kind: account.kind.as_str(),
        kind_words: words(account.kind),
        role: account.role.map(|role| role.as_str().replace('_', " ")).unwrap_or_default(),
        dialog: format!("rename-{}", account.code.replace('.', "-")),
    }
}

const fn words(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Asset => "Asset",
        AccountKind::Liability => "Liability",
        AccountKind::Equity => "Equity",
        AccountKind::Income => "Income",
        AccountKind::Expense => "Expense",
    }
}

async fn save(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    let mut wrong = Vec::new();
    let kind: Option<AccountKind> = form.read(&mut wrong, "kind");
    let (code, words) = (form.get("code"), form.get("name"));
    let saved = match kind {
        Some(kind) => ledger::save_account(&app, &session.caller, code, words, kind).await,
        None if wrong.is_empty() => Err(Error::field("kind", "choose a kind")),
        None => Err(Error::Invalid(wrong)),
    };
    match saved {
        Ok(()) => Ok(session.go("/accounts").saying(format!("Account {code} is {words} now.")).into_response()),
        Err(error) => show(&app, &session, form.failed(error)?).await,
    }
}
