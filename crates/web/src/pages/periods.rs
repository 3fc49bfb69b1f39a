//! The months of the books: which are closed, and closing or reopening one.

use crate::{
    error::PageResult,
    figures::exact,
    form::Form,
    page::{Page, Path, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error,
    ledger::{self, PeriodRow},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::users::Permission;
use kernel::{Date, Decimal};
use std::collections::BTreeMap;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub fn router() -> Router<Site> {
    Router::new()
        .route("/periods", get(list))
        .route("/periods/{month}/close", post(close))
        .route("/periods/{month}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "ledger/periods.html")]
struct ListPage {
    page: Page,
    form: Form<()>,
    rows: Vec<Row>,
    may_close: bool,
}

#[derive(Default)]
struct Row {
    words: String,
    entries: String,
    href: String,
    closed_at: String,
    closed_by: String,
    /// Where to send it; "" when this month is not the next to be closed or reopened.
    close: String,
    reopen: String,
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    show(&app, &session, Form::new(())).await
}

async fn show(app: &App, session: &Session, form: Form<()>) -> PageResult {
    let days = ledger::entry_days(app, &session.caller).await?;
    let closed = ledger::closed_periods(app, &session.caller).await?;
    let mut months: BTreeMap<Date, i64> = BTreeMap::new();
    for day in days {
        *months.entry(day.posted_on.first_of_month()).or_default() += day.entries;
    }
    for period in &closed {
        months.entry(period.starts_on).or_default();
    }
    months.entry(session.company.today.first_of_month()).or_default();
    let page = ListPage {
        page: session.page("Periods", "books/periods"),
        rows: rows(&months, &closed, session.company.today),
        may_close: session.may(Permission::ClosePeriods),
        form,
    };
    render_with(page.form.status(), &page)
}

/// The newest month first.
fn rows(months: &BTreeMap<Date, i64>, closed: &[PeriodRow], today: Date) -> Vec<Row> {
    let by_month: BTreeMap<Date, &PeriodRow> = closed.iter().map(|period| (period.starts_on, period)).collect();
    let last_closed = by_month.keys().next_back().copied();
    let next = months.keys().copied().find(|month| !by_month.contains_key(month) && Some(*month) > last_closed);
    let row = |(month, entries): (&Date, &i64)| {
        let period = by_month.get(month);
        let ended = month.last_of_month() < today;
        let action =
            |offered: bool, verb: &str| if offered { format!("/periods/{month}/{verb}") } else { String::new() };
        Row {
            words: words(*month),
            entries: exact(Decimal::from(*entries)),
            href: format!("/reports/journal?from={month}&to={}", month.last_of_month()),
            closed_at: period.map(|period| period.closed_at.to_string()).unwrap_or_default(),
            closed_by: period.map(|period| period.closed_by.clone()).unwrap_or_default(),
            close: action(next == Some(*month) && ended, "close"),
            reopen: action(last_closed == Some(*month), "reopen"),
        }
    };
    months.iter().rev().map(row).collect()
}

fn words(month: Date) -> String {
    let name = usize::try_from(month.month() - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{name} {}", month.year())
}

async fn close(State(app): State<App>, session: Session, Path(month): Path<Date>) -> PageResult {
    let done = ledger::close_period(&app, &session.caller, month).await;
    let said = format!("{} is closed. What is entered for it later is posted in the month after.", words(month));
    answer(&app, &session, done, &said).await
}

async fn reopen(State(app): State<App>, session: Session, Path(month): Path<Date>) -> PageResult {
    let done = ledger::reopen_period(&app, &session.caller, month).await;
    answer(&app, &session, done, &format!("{} is open again.", words(month))).await
}

async fn answer(app: &App, session: &Session, done: Result<(), Error>, said: &str) -> PageResult {
    match done {
        Ok(()) => Ok(session.go("/periods").saying(said).into_response()),
        Err(error) => show(app, session, Form::new(()).failed(error)?).await,
    }
}
