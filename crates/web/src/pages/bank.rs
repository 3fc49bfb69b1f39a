//! Bank files: dropped here, taken over at once, shown with the check of their balances; what each of them brought.
//!
//! Receiving a file twice changes nothing, so there is no preview to confirm. Only a table whose columns nobody has
//! confirmed yet is shown first, with a proposal of how to read it (`tables.rs`).

mod advices;
mod tables;

pub(crate) use tables::BankHow;

use super::views::Views;
use crate::{
    error::{PageResult, sentence_of},
    figures::{amount, money},
    filters::Filters,
    form::Form,
    links::link,
    page::{Page, Path, Query, render, render_with},
    server::{Site, UPLOAD_LIMIT},
    session::Session,
    typed::Typed,
    upload,
};
use app::{
    App, Error,
    bank::{
        self, BankAccountRow, BankFileRow, BankFileView, BankStatementRow, FileFilter, LineFilter, LineSummary,
        ReceiveFile, Received,
    },
    companies,
    lists::{Cursor, Part},
    receiving::{self, Arrival},
};
use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, State},
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{
    bank::{Exception, LineState},
    users::Permission,
};
use kernel::{BankFileId, Currency};
use serde::Deserialize;

const PATH: &str = "/bank";

pub fn router() -> Router<Site> {
    let receive = post(receive).layer(DefaultBodyLimit::max(UPLOAD_LIMIT));
    Router::new()
        .route("/bank", get(list))
        .route("/bank/files", receive)
        .route("/bank/files/{id}", get(show))
        .route("/bank/tables", post(tables::confirm))
        .route("/bank/lines", get(lines))
        .route("/bank/advices", get(advices::list))
        .route("/bank/advices/{id}", get(advices::show))
}

#[derive(Template)]
#[template(path = "bank/list.html")]
struct ListPage {
    page: Page,
    form: Form<Typed>,
    accounts: Vec<Account>,
    rows: Vec<Row>,
    first: String,
    next: String,
    may_receive: bool,
}

/// One of our accounts, with what its bank last said of it.
struct Account {
    id: String,
    name: String,
    number: String,
    balance: String,
    currency: Currency,
    on: String,
}

struct Row {
    href: String,
    name: String,
    format: String,
    at: String,
    by: String,
    statements: String,
    new_lines: String,
    known_lines: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Older {
    after: Option<Cursor>,
}

async fn list(State(app): State<App>, session: Session, Query(older): Query<Older>) -> PageResult {
    show_list(&app, &session, older, Form::default()).await
}

async fn show_list(app: &App, session: &Session, older: Older, form: Form<Typed>) -> PageResult {
    let first = if older.after.is_some() { PATH.to_owned() } else { String::new() };
    let files = bank::files(app, &session.caller, FileFilter { after: older.after, limit: None }).await?;
    let page = ListPage {
        page: session.page("Bank files", "bank"),
        accounts: accounts(app, session).await?,
        rows: files.rows.iter().map(row).collect(),
        first,
        next: files.next.map(|next| link(PATH, &[("after", &next.to_string())])).unwrap_or_default(),
        may_receive: session.may(Permission::RecordPayments),
        form,
    };
    render_with(page.form.status(), &page)
}

async fn accounts(app: &App, session: &Session) -> PageResult<Vec<Account>> {
    let balances = bank::balances(app, &session.caller).await?;
    let rows = companies::bank_accounts(app, &session.caller).await?;
    let account = |row: BankAccountRow| {
        let last = balances.iter().find(|(id, ..)| *id == row.id);
        Account {
            id: row.id.to_string(),
            number: row.iban.or(row.account_number).unwrap_or_default(),
            balance: last.map(|(_, _, minor, currency)| amount(*minor, *currency)).unwrap_or_default(),
            on: last.map(|(_, on, ..)| on.to_string()).unwrap_or_default(),
            currency: row.currency,
            name: row.name,
        }
    };
    Ok(rows.into_iter().filter(|row| row.archived_at.is_none()).map(account).collect())
}

fn row(file: &BankFileRow) -> Row {
    Row {
        href: format!("{PATH}/files/{}", file.id),
        name: file.name.clone(),
        format: format_name(&file.format).to_owned(),
        at: file.received_at.to_string(),
        by: file.received_by.clone(),
        statements: file.statements.to_string(),
        new_lines: file.new_lines.to_string(),
        known_lines: file.known_lines.to_string(),
    }
}

/// As the bank calls it.
fn format_name(format: &str) -> &str {
    match format {
        "camt052" => "camt.052",
        "camt053" => "camt.053",
        "camt054" => "camt.054",
        "mt940" => "MT940",
        "mt942" => "MT942",
        "ofx" => "OFX",
        "bai2" => "BAI2",
        "lockbox" => "Lockbox",
        "coda" => "CODA",
        "cfonb120" => "CFONB 120",
        "norma43" => "Norma 43",
        "qif" => "QIF",
        "bankcsv" => "Table",
        "x12-820" => "X12 820",
        "edifact-remadv" => "REMADV",
        other => other,
    }
}

async fn receive(State(site): State<Site>, session: Session, parts: Multipart) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let (typed, files) = upload::fields(parts).await?;
    let mut wrong = vec![];
    let bank_account = typed.read(&mut wrong, "bank_account");
    let files = match files.and_then(|files| if files.is_empty() { Err(none_chosen()) } else { Ok(files) }) {
        Ok(files) => files,
        Err(error) => {
            let form = Form::new(typed).failed(error)?;
            return show_list(&site.app, &session, Older::default(), form).await;
        }
    };
    let several = files.len() > 1;
    let mut said = vec![];
    let mut failed = false;
    for (name, bytes) in files {
        let file = ReceiveFile { name, bytes, bank_account, ..ReceiveFile::default() };
        match receiving::receive(&site.app, &session.caller, file.clone()).await {
            Ok(arrival) if several => said.push(arrival.sentence()),
            Ok(arrival) => return Ok(arrived(&session, &arrival)),
            Err(error) if several => {
                failed = true;
                said.push(sentence_of(&error));
            }
            Err(error) if tables::is_unknown(&error) => return tables::propose(&site, &session, file, None).await,
            Err(error) => {
                let form = Form::new(typed).failed(error)?;
                return show_list(&site.app, &session, Older::default(), form).await;
            }
        }
    }
    let go = session.go(PATH);
    let text = said.join(" ");
    Ok(if failed { go.warning(text) } else { go.saying(text) }.into_response())
}

fn none_chosen() -> Error {
    Error::field("file", "choose a file")
}

/// To the page of what came.
fn arrived(session: &Session, arrival: &Arrival) -> axum::response::Response {
    let to = match &arrival.received {
        Received::Statements(found) => {
            found.file.map_or_else(|| PATH.to_owned(), |file| format!("{PATH}/files/{file}"))
        }
        Received::Advices(found) => match found.advices.as_slice() {
            [only] => only.id.map_or_else(|| format!("{PATH}/advices"), |id| format!("{PATH}/advices/{id}")),
            _ => format!("{PATH}/advices"),
        },
    };
    session.go(to).saying(arrival.sentence()).into_response()
}

#[derive(Template)]
#[template(path = "bank/show.html")]
struct ShowPage {
    page: Page,
    file: Row,
    digest: String,
    size: String,
    warnings: Vec<String>,
    statements: Vec<Statement>,
    lines: Vec<Line>,
    next: String,
    first: String,
}

struct Statement {
    account: String,
    account_number: String,
    number: String,
    period: String,
    currency: Currency,
    opening: String,
    closing: String,
    /// "ok", "warn", or "" when the bank sent no balances to check.
    tone: &'static str,
    verdict: String,
    lines: String,
    new_lines: String,
    warnings: Vec<String>,
}

/// A bank line, printed.
struct Line {
    href: String,
    on: String,
    booked: String,
    account: String,
    payer: String,
    payer_account: String,
    text: String,
    amount: String,
    currency: Currency,
    is_out: bool,
    state: &'static str,
    tone: &'static str,
}

async fn show(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankFileId>,
    Query(older): Query<Older>,
) -> PageResult {
    let view = bank::file(&app, &session.caller, id).await?;
    let path = format!("{PATH}/files/{id}");
    let first = if older.after.is_some() { path.clone() } else { String::new() };
    let filter = LineFilter { file: Some(id), ..LineFilter::default() };
    let part = Part { after: older.after, limit: None };
    let lines = bank::lines(&app, &session.caller, filter, &part).await?;
    let BankFileView { file, warnings, statements } = view;
    render(&ShowPage {
        page: session.page(file.name.clone(), "bank"),
        digest: file.digest.clone(),
        size: size(file.bytes),
        file: row(&file),
        warnings,
        statements: statements.into_iter().map(statement).collect(),
        lines: lines.rows.into_iter().map(line).collect(),
        next: lines.next.map(|next| link(&path, &[("after", &next.to_string())])).unwrap_or_default(),
        first,
    })
}

fn size(bytes: i64) -> String {
    if bytes < 10_240 { format!("{bytes} bytes") } else { format!("{} KiB", bytes / 1024) }
}

fn statement((row, account, warnings): (BankStatementRow, BankAccountRow, Vec<String>)) -> Statement {
    let balance = |minor: Option<i64>| minor.map(|minor| amount(minor, row.currency)).unwrap_or_default();
    let has_balances = row.opening_minor.is_some() && row.closing_minor.is_some();
    let (tone, verdict) = match (warnings.is_empty(), has_balances) {
        (false, _) => ("warn", "Look".to_owned()),
        (true, true) => ("ok", "Adds up".to_owned()),
        (true, false) => ("", "No balances to check".to_owned()),
    };
    Statement {
        account_number: account.iban.or(account.account_number).unwrap_or_default(),
        account: account.name,
        number: row.number.unwrap_or_default(),
        period: match (row.opens_on, row.closes_on) {
            (Some(from), Some(to)) if from != to => format!("{from} to {to}"),
            (from, to) => to.or(from).map(|day| day.to_string()).unwrap_or_default(),
        },
        currency: row.currency,
        opening: balance(row.opening_minor),
        closing: balance(row.closing_minor),
        tone,
        verdict,
        lines: row.lines.to_string(),
        new_lines: row.new_lines.to_string(),
        warnings,
    }
}

fn line(row: LineSummary) -> Line {
    let line = row.line;
    let (state, tone) = state_words(line.state, line.exception);
    Line {
        href: format!("/desk/{}", line.id),
        on: line.value_on.to_string(),
        booked: line.booked_on.map(|on| on.to_string()).unwrap_or_default(),
        account: row.account_name,
        payer: line.payer_name.unwrap_or_default(),
        payer_account: line.payer_account.unwrap_or_default(),
        text: line.text,
        amount: amount(line.amount_minor, line.currency),
        currency: line.currency,
        is_out: line.amount_minor < 0,
        state,
        tone,
    }
}

fn state_words(state: LineState, exception: Option<Exception>) -> (&'static str, &'static str) {
    match (state, exception) {
        (LineState::Posted, _) => ("Posted", "ok"),
        (LineState::SetAside, Some(exception)) => (exception.label(), "neutral"),
        (LineState::SetAside, None) => ("Set aside", "neutral"),
        (LineState::Open, Some(exception @ (Exception::Suspicious | Exception::BankReturn))) => {
            (exception.label(), "bad")
        }
        (LineState::Open, Some(exception @ Exception::Pending)) => (exception.label(), "info"),
        (LineState::Open, Some(exception)) => (exception.label(), "warn"),
        (LineState::Open, None) => ("New", "info"),
    }
}

#[derive(Template)]
#[template(path = "bank/lines.html")]
struct LinesPage {
    page: Page,
    views: Views,
    form: Filters,
    accounts: Vec<Account>,
    exceptions: Vec<(&'static str, &'static str)>,
    rows: Vec<Line>,
    first: String,
    next: String,
    found: bool,
}

const LINES: &str = "/bank/lines";
const LINE_FILTERS: &[&str] = &["q", "account", "state", "exception", "from", "to", "out", "sort"];

async fn lines(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(LINES, LINE_FILTERS, typed).sorted_by("-date");
    let filter = LineFilter {
        account: form.read("account"),
        state: form.read("state"),
        exception: form.read("exception"),
        from: form.read("from"),
        to: form.read("to"),
        incoming_only: !form.has("out"),
        search: form.text("q"),
        sort: form.read("sort").unwrap_or_default(),
        ..LineFilter::default()
    };
    let part = Part { after: form.read("after"), limit: None };
    let found = form.rows(bank::lines(&app, &session.caller, filter, &part)).await?;
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = LinesPage {
        views,
        page: session.page("Bank lines", "bank"),
        accounts: accounts(&app, &session).await?,
        exceptions: Exception::ALL.iter().map(|kind| (kind.as_str(), kind.label())).collect(),
        found: !found.rows.is_empty() || !form.is_plain(),
        first: form.first(),
        next: form.next(found.next.as_ref()),
        rows: found.rows.into_iter().map(line).collect(),
        form,
    };
    render_with(status, &page)
}

/// With its currency, for a sentence.
fn in_words(minor: i64, currency: Currency) -> String {
    money(minor, currency)
}
