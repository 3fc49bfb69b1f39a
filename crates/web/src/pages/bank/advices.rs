//! Remittance advices: what payers say that their payments are for.

use super::{Older, in_words};
use crate::{
    error::PageResult,
    figures::amount,
    links::link,
    page::{Page, Path, Query, render},
    session::Session,
};
use app::{
    App,
    bank::{self, AdviceView},
};
use askama::Template;
use axum::extract::State;
use kernel::{AdviceId, Currency};

const PATH: &str = "/bank/advices";

#[derive(Template)]
#[template(path = "bank/advices.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    first: String,
    next: String,
}

struct Row {
    href: String,
    number: String,
    payer: String,
    sent: String,
    paid: String,
    documents: String,
    total: String,
    currency: Currency,
    state: &'static str,
    tone: &'static str,
}

pub(super) async fn list(State(app): State<App>, session: Session, Query(older): Query<Older>) -> PageResult {
    let first = if older.after.is_some() { PATH.to_owned() } else { String::new() };
    let found = bank::advices(&app, &session.caller, older.after, None).await?;
    render(&ListPage {
        page: session.page("Remittance advices", "bank"),
        rows: found.rows.iter().map(row).collect(),
        first,
        next: found.next.map(|next| link(PATH, &[("after", &next.to_string())])).unwrap_or_default(),
    })
}

fn row(view: &AdviceView) -> Row {
    let AdviceView { row, lines, .. } = view;
    let (state, tone) = if row.used_at.is_some() { ("Paid", "ok") } else { ("Expected", "info") };
    Row {
        href: format!("{PATH}/{}", row.id),
        number: row.number.clone().unwrap_or_else(|| row.file_name.clone()),
        payer: row.payer_name.clone().or_else(|| row.payer_number.clone()).unwrap_or_default(),
        sent: row.sent_on.to_string(),
        paid: row.paid_on.map(|on| on.to_string()).unwrap_or_default(),
        documents: lines.len().to_string(),
        total: amount(row.total_minor, row.currency),
        currency: row.currency,
        state,
        tone,
    }
}

#[derive(Template)]
#[template(path = "bank/advice.html")]
struct ShowPage {
    page: Page,
    advice: Row,
    payment_reference: String,
    total: String,
    file: String,
    at: String,
    by: String,
    line_href: String,
    documents: Vec<Document>,
    warnings: Vec<String>,
}

struct Document {
    number: String,
    references: String,
    on: String,
    gross: String,
    discount: String,
    adjustment: String,
    paid: String,
    reason: String,
}

pub(super) async fn show(State(app): State<App>, session: Session, Path(id): Path<AdviceId>) -> PageResult {
    let view = bank::advice(&app, &session.caller, id).await?;
    let printed = row(&view);
    let AdviceView { row, lines, warnings } = view;
    let shown = |minor: i64| if minor == 0 { String::new() } else { amount(minor, row.currency) };
    let documents = lines.into_iter().map(|line| Document {
        number: line.document.unwrap_or_default(),
        references: line.references.join(", "),
        on: line.issued_on.map(|on| on.to_string()).unwrap_or_default(),
        gross: line.gross_minor.map(|minor| amount(minor, row.currency)).unwrap_or_default(),
        discount: shown(line.discount_minor),
        adjustment: shown(line.adjustment_minor),
        paid: amount(line.paid_minor, row.currency),
        reason: line.reason.unwrap_or_default(),
    });
    render(&ShowPage {
        page: session.page(printed.number.clone(), "bank"),
        documents: documents.collect(),
        total: in_words(row.total_minor, row.currency),
        payment_reference: row.payment_reference.clone().unwrap_or_default(),
        file: row.file_name.clone(),
        at: row.received_at.to_string(),
        by: row.received_by.clone(),
        line_href: row.line_id.map(|id| format!("/desk/{id}")).unwrap_or_default(),
        advice: printed,
        warnings,
    })
}
