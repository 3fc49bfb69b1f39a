//! Suspicions that hold a line back, and the rules that raise them.

use super::{PATH, may_work};
use crate::{
    error::{PageResult, sentence_of},
    form::Form,
    links::link,
    page::{Page, Path, Query, render},
    session::Session,
    typed::Typed,
};
use app::{
    App, Error,
    desk::{self, RuleView, SuspicionRow},
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use kernel::SuspicionId;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "desk/cases.html")]
struct CasesPage {
    page: Page,
    all: bool,
    rows: Vec<Row>,
    rules: Vec<RuleView>,
    next: String,
    can_work: bool,
}

struct Row {
    action: String,
    line_href: String,
    rule: &'static str,
    explanation: String,
    at: String,
    verdict: &'static str,
    tone: &'static str,
    by: String,
    note: String,
    waits: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    all: String,
    after: String,
}

/// Cases of a page; the use case gives no more.
const PAGE: usize = 200;

pub(super) async fn list(State(app): State<App>, session: Session, Query(query): Query<Asked>) -> PageResult {
    let all = !query.all.is_empty();
    let rows = desk::cases(&app, &session.caller, !all, query.after.parse().ok()).await?;
    let next = rows
        .get(PAGE - 1)
        .map(|last| link(&format!("{PATH}/cases"), &[("all", &query.all), ("after", &last.id.to_string())]));
    render(&CasesPage {
        page: session.page("Suspicions", "desk"),
        rows: rows.iter().map(row).collect(),
        rules: desk::rules(&app, &session.caller).await?,
        next: next.unwrap_or_default(),
        can_work: may_work(&session),
        all,
    })
}

fn row(found: &SuspicionRow) -> Row {
    let (verdict, tone) = match found.is_confirmed {
        None => ("Waits", "warn"),
        Some(true) => ("Confirmed", "bad"),
        Some(false) => ("Dismissed", "neutral"),
    };
    Row {
        action: format!("{PATH}/cases/{}", found.id),
        line_href: format!("{PATH}/{}", found.line_id),
        rule: found.rule.label(),
        explanation: found.explanation.clone(),
        at: found.raised_at.to_string(),
        verdict,
        tone,
        by: found.decided_by.clone().unwrap_or_default(),
        note: found.note.clone().unwrap_or_default(),
        waits: found.is_confirmed.is_none(),
    }
}

pub(super) async fn decide(
    State(app): State<App>,
    session: Session,
    Path(id): Path<SuspicionId>,
    form: Form<Typed>,
) -> PageResult {
    let confirmed = form.get("confirmed") == "yes";
    let to = form.text("back").filter(|back| back.starts_with("/desk")).unwrap_or_else(|| format!("{PATH}/cases"));
    match desk::decide_case(&app, &session.caller, id, confirmed, form.get("note")).await {
        Ok(_) if confirmed => Ok(session.go(to).saying("Confirmed: the line stays out of the books.").into_response()),
        Ok(_) => Ok(session.go(to).saying("Dismissed: the line may be posted.").into_response()),
        Err(error @ (Error::Invalid(_) | Error::Refused(_) | Error::Conflict(_) | Error::Stale)) => {
            Ok(session.go(to).warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
