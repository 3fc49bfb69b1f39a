//! What was posted on a day, by the engine or by hand, each with one press to undo it or to say that it was right.

use super::{PATH, line::how, may_work, percent};
use crate::{
    error::PageResult,
    figures::amount,
    form::Form,
    links::link,
    page::{Page, Path, Query, render},
    session::Session,
    typed::Typed,
};
use app::{
    App,
    desk::{self, MatchList, MatchSummary},
    lists::Cursor,
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::desk::MatchedBy;
use kernel::{BankMatchId, Currency, Date};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "desk/posted.html")]
struct PostedPage {
    page: Page,
    query: Asked,
    day: String,
    hows: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    first: String,
    next: String,
    can_work: bool,
}

struct Row {
    line_href: String,
    undo_href: String,
    check_href: String,
    payer: String,
    customer: String,
    customer_href: String,
    payment: String,
    payment_href: String,
    at: String,
    by: String,
    how: &'static str,
    sure: String,
    why: String,
    amount: String,
    currency: Currency,
    state: String,
    tone: &'static str,
    stands: bool,
    can_undo: bool,
    is_checked: bool,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    day: String,
    how: String,
    unchecked: String,
    after: Option<Cursor>,
}

impl Asked {
    fn with(&self, name: &str, value: &str) -> String {
        let pairs = [("day", self.day.as_str()), ("how", &self.how), ("unchecked", &self.unchecked)];
        let mut pairs: Vec<(&str, &str)> = pairs.into_iter().filter(|(known, _)| *known != name).collect();
        pairs.push((name, value));
        link(&format!("{PATH}/posted"), &pairs)
    }
}

pub(super) async fn list(State(app): State<App>, session: Session, Query(query): Query<Asked>) -> PageResult {
    let day: Date = query.day.parse().unwrap_or(session.company.today);
    let asked = MatchList {
        how: query.how.parse().ok(),
        from: Some(day),
        to: Some(day),
        unchecked: !query.unchecked.is_empty(),
        after: query.after.clone(),
        ..MatchList::default()
    };
    let found = desk::matches(&app, &session.caller, asked).await?;
    render(&PostedPage {
        page: session.page("Posted", "desk"),
        day: day.to_string(),
        hows: MatchedBy::ALL.iter().map(|by| (by.as_str(), how(*by))).collect(),
        rows: found.rows.iter().map(row).collect(),
        first: if query.after.is_some() { query.with("", "") } else { String::new() },
        next: found.next.map(|next| query.with("after", &next.to_string())).unwrap_or_default(),
        can_work: may_work(&session),
        query,
    })
}

fn row(found: &MatchSummary) -> Row {
    let of = &found.row;
    let (state, tone) = match (&of.undone_by, of.is_right) {
        (Some(by), _) => (format!("Undone by {by}"), "warn"),
        (None, _) if found.came_back => ("Taken back by the bank".to_owned(), "warn"),
        (None, Some(true)) => ("Found right".to_owned(), "ok"),
        (None, Some(false)) => ("Found wrong".to_owned(), "bad"),
        (None, None) => (String::new(), ""),
    };
    Row {
        line_href: format!("{PATH}/{}", of.line_id),
        undo_href: format!("{PATH}/{}/undo", of.line_id),
        check_href: format!("{PATH}/posted/{}/check", of.id),
        payer: found.payer_name.clone().unwrap_or_else(|| "No name".to_owned()),
        customer: found.customer_name.clone(),
        customer_href: format!("/customers/{}", of.customer_id),
        payment: found.payment_number.clone(),
        payment_href: format!("/payments/{}", of.payment_id),
        at: of.posted_at.to_string(),
        by: of.posted_by.clone(),
        how: how(of.how),
        sure: if of.promised_ppm > 0 { percent(of.promised_ppm) } else { String::new() },
        why: found.reason.clone().unwrap_or_default(),
        amount: amount(of.amount_minor, of.currency),
        currency: of.currency,
        state,
        tone,
        stands: of.undone_at.is_none(),
        can_undo: of.undone_at.is_none() && !found.came_back,
        is_checked: of.is_right.is_some(),
    }
}

pub(super) async fn check(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankMatchId>,
    form: Form<Typed>,
) -> PageResult {
    desk::check(&app, &session.caller, id, form.get("right") == "yes").await?;
    let to = link(&format!("{PATH}/posted"), &[("day", form.get("day")), ("how", form.get("how"))]);
    Ok(session.go(to).saying("Noted for the figures.").into_response())
}
