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
    may_dismiss: bool,
    may_confirm: bool,
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
        may_dismiss: found.is_confirmed != Some(false),
        may_confirm: found.is_confirmed != Some(true),
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
        Ok(decided) => Ok(session.go(to).saying(decided.sentence()).into_response()),
        Err(error @ (Error::Invalid(_) | Error::Refused(_) | Error::Conflict(_) | Error::Stale)) => {
            Ok(session.go(to).warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
