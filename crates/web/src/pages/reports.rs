//! Reports: what can be asked, one report as a table whose figures lead to what they are made of, and its files.
//!
//! The address is the question: `asking` reads it and makes the form that asks again, `app::reports` answers, `table`
//! prints the answer. The files hold all rows, the page a part of them.

mod asking;
mod table;

use crate::{
    charts::{Slice, stacked_bar},
    error::PageResult,
    figures::{bucket, money},
    form::Form,
    links::link,
    page::{Page, Path, Query, render, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error, customers,
    documents::File,
    reports::{self, Link, Report, ReportInfo, Value},
};
use askama::Template;
use asking::{Field, Question};
use axum::{
    Router,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};
use table::{Head, Printed};

pub(super) const PATH: &str = "/reports";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/reports", get(index))
        .route("/reports/{name}", get(show))
        .route("/reports/{name}/csv", get(csv))
        .route("/reports/{name}/xlsx", get(xlsx))
}

#[derive(Template)]
#[template(path = "reports/index.html")]
struct Index {
    page: Page,
    groups: Vec<(&'static str, Vec<&'static ReportInfo>)>,
}

const GROUPS: [(&str, &[&str]); 4] = [
    ("What customers owe", &["aged-receivables", "open-items", "customer-ledger"]),
    ("Money that came in", &["payments", "unapplied-cash"]),
    ("Selling", &["sales", "taxes", "order-to-invoice", "unbilled-orders"]),
    ("Books", &["trial-balance", "journal"]),
];

async fn index(session: Session) -> PageResult {
    let named = |names: &[&str]| names.iter().filter_map(|name| reports::info(name)).collect();
    render(&Index {
        page: session.page("Reports", "reports"),
        groups: GROUPS.iter().map(|(words, names)| (*words, named(names))).collect(),
    })
}

#[derive(Template)]
#[template(path = "reports/show.html")]
struct Show {
    page: Page,
    info: &'static ReportInfo,
    path: String,
    form: Form<()>,
    fields: Vec<Field>,
    more: Vec<Field>,
    more_open: bool,
    answer: Option<Answer>,
}

/// The report, printed.
struct Answer {
    said: String,
    class: &'static str,
    charts_html: Vec<String>,
    heads: Vec<Head>,
    rows: Vec<Vec<Printed>>,
    totals: Vec<Vec<Printed>>,
    csv: String,
    xlsx: String,
    shown: String,
    first: String,
    next: String,
}

/// The place in the navigation; reports that have none of their own stand under all reports.
fn section(name: &str) -> &'static str {
    match name {
        "aged-receivables" => "reports/aged-receivables",
        "open-items" => "reports/open-items",
        "customer-ledger" => "reports/customer-ledger",
        "sales" => "reports/sales",
        "taxes" => "reports/taxes",
        "payments" => "reports/payments",
        "trial-balance" => "books/trial-balance",
        "journal" => "books/journal",
        _ => "reports",
    }
}

async fn show(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> PageResult {
    let info = reports::info(&name).ok_or(Error::NotFound("report"))?;
    let mut question = Question::read(info, pairs, &session);
    let found = question.find_customers(&app, &session).await;
    let told = match found {
        Ok(()) => ask(&app, &session, info, &question).await,
        Err(error) => Err(error),
    };
    let (answer, form) = match told {
        Ok(report) => (report.map(|report| printed(info, &question, &report)), Form::new(())),
        Err(error) => (None, Form::new(()).failed(error)?),
    };
    let called = called(&app, &session, question.get("customer")).await?;
    let group = self::called(&app, &session, question.get("group")).await?;
    let (fields, more) = question.fields(&form, [("customer", called), ("group", group)]);
    let page = Show {
        page: session.page(info.title, section(info.name)),
        info,
        path: format!("{PATH}/{name}"),
        more_open: more.iter().any(Field::is_set),
        fields,
        more,
        answer,
        form,
    };
    render_with(page.form.status(), &page)
}

/// None when something that the report cannot do without has not been chosen yet.
async fn ask(app: &App, session: &Session, info: &ReportInfo, question: &Question) -> app::Result<Option<Report>> {
    if info.name == "customer-ledger" && question.get("customer").is_empty() {
        return Ok(None);
    }
    reports::run(app, &session.caller, info.name, &question.asked()?).await.map(Some)
}

/// A customer's name where an id is asked for, else what was typed.
async fn called(app: &App, session: &Session, asked: &str) -> PageResult<String> {
    let Ok(id) = asked.parse() else { return Ok(asked.to_owned()) };
    match customers::facts(app, &session.caller, id).await {
        Ok((row, _)) => Ok(row.name),
        Err(Error::NotFound(_)) => Ok(asked.to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn printed(info: &ReportInfo, question: &Question, report: &Report) -> Answer {
    let part = table::part(question, report);
    let said = report.parameters.iter().map(|said| format!("{} {}", said.title, said.value));
    Answer {
        said: said.collect::<Vec<_>>().join(" · "),
        class: if table::is_wide(report) { "cards report wide" } else { "cards report" },
        charts_html: charts(report),
        heads: table::heads(question, report),
        rows: part.rows.iter().map(|row| table::cells(report, row)).collect(),
        totals: report.totals.iter().map(|row| table::cells(report, row)).collect(),
        csv: question.file_link(&format!("{PATH}/{}/csv", info.name)),
        xlsx: question.file_link(&format!("{PATH}/{}/xlsx", info.name)),
        shown: part.shown,
        first: part.first,
        next: part.next,
    }
}

/// A bar for each currency of a report by age.
fn charts(report: &Report) -> Vec<String> {
    if !matches!(report.name, "aged-receivables" | "unapplied-cash") {
        return Vec::new();
    }
    let bar = |(place, row): (usize, &reports::Row)| {
        let buckets = report.columns.iter().zip(&row.cells);
        let slices: Vec<Slice> = buckets.filter_map(|(column, cell)| slice(column, cell)).collect();
        stacked_bar(&format!("by-age-{place}"), &format!("{} by age", report.title), &slices)
    };
    report.totals.iter().enumerate().map(bar).collect()
}

fn slice(column: &reports::Column, cell: &reports::Cell) -> Option<Slice> {
    let Value::Money(amount) = cell.value else { return None };
    if matches!(column.key.as_str(), "credits" | "total" | "overdue") {
        return None;
    }
    Some(Slice {
        label: bucket(&column.title),
        value: amount.minor(),
        text: money(amount.minor(), amount.currency()),
        href: cell.link.as_ref().map(href).unwrap_or_default(),
    })
}

/// Where a figure leads.
pub(super) fn href(to: &Link) -> String {
    match to {
        Link::Customer { id } => format!("/customers/{id}"),
        Link::Invoice { id } => format!("/invoices/{id}"),
        Link::Payment { id } => format!("/payments/{id}"),
        Link::OpenItem { id } => format!("/open-items/{id}"),
        Link::Order { id } => format!("/orders/{id}"),
        Link::Entry { id } => format!("/ledger/{id}"),
        Link::Invoices { customer, from, to } => {
            let (customer, from, to) = (customer.to_string(), from.to_string(), to.to_string());
            link("/invoices", &[("customer", &customer), ("from", &from), ("to", &to)])
        }
        Link::Report { name, parameters } => {
            let pairs: Vec<(&str, &str)> = parameters.iter().map(|(key, value)| (*key, value.as_str())).collect();
            link(&format!("{PATH}/{name}"), &pairs)
        }
    }
}

async fn csv(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> PageResult {
    let report = whole(&app, &session, &name, pairs).await?;
    Ok(download(File {
        name: file_name(&session, &name, "csv"),
        media_type: "text/csv; charset=utf-8",
        bytes: report.csv()?,
    }))
}

async fn xlsx(
    State(app): State<App>,
    session: Session,
    Path(name): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> PageResult {
    let report = whole(&app, &session, &name, pairs).await?;
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(File { name: file_name(&session, &name, "xlsx"), media_type, bytes: report.xlsx()? }))
}

async fn whole(app: &App, session: &Session, name: &str, pairs: Vec<(String, String)>) -> PageResult<Report> {
    let info = reports::info(name).ok_or(Error::NotFound("report"))?;
    let mut question = Question::read(info, pairs, session);
    question.find_customers(app, session).await?;
    Ok(reports::whole(app, &session.caller, name, &question.asked()?).await?)
}

fn file_name(session: &Session, name: &str, ending: &str) -> String {
    format!("{name}-{}.{ending}", session.company.today)
}

/// A file to keep rather than to look at.
fn download(file: File) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let headers = [(CONTENT_TYPE, file.media_type.to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, file.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::reports::REPORTS;

    #[test]
    fn every_report_stands_in_one_group_of_the_index() {
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut known: Vec<&str> = REPORTS.iter().map(|report| report.name).collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }
}
