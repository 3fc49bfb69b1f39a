//! What waits for a second person: granted or declined here, with a note.

use crate::{
    error::{PageResult, sentence_of},
    figures::money,
    form::Form,
    page::{Page, Path, render},
    server::Site,
    session::Session,
};
use app::{
    App, Done, Error,
    approvals::{self, Asked},
    grants,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{approvals::ApprovalKind, users::Permission};
use kernel::ApprovalId;
use serde::Deserialize;

const PATH: &str = "/approvals";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/approvals", get(list))
        .route("/approvals/{id}/grant", post(grant))
        .route("/approvals/{id}/decline", post(decline))
}

#[derive(Template)]
#[template(path = "approvals/list.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    may_approve: bool,
}

struct Row {
    kind: &'static str,
    amount: String,
    customer: String,
    customer_href: String,
    number: String,
    number_href: String,
    why: String,
    on: String,
    at: String,
    by: String,
    /// Why it cannot be decided by who looks at it.
    refusal: String,
    grant: String,
    decline: String,
    dialog: String,
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    let rows = approvals::waiting_for(&app, &session.caller).await?;
    render(&ListPage {
        page: session.page("Approvals", "approvals"),
        rows: rows.iter().map(row).collect(),
        may_approve: session.may(Permission::Approve),
    })
}

fn row(asked: &Asked) -> Row {
    let row = &asked.row;
    let said = |name: &str| row.request.0.get(name).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    let number_href = match asked.item {
        Some(id) => format!("/open-items/{id}"),
        None => format!("/invoices/{}", row.subject_id),
    };
    Row {
        kind: match row.kind {
            ApprovalKind::CreditNote => "Credit note",
            ApprovalKind::Refund => "Refund",
            ApprovalKind::WriteOff => "Write-off",
        },
        amount: money(row.amount_minor, row.currency),
        customer: asked.customer_name.clone(),
        customer_href: format!("/customers/{}", row.customer_id),
        number: asked.number.clone(),
        number_href,
        why: said("reason"),
        on: said("on"),
        at: row.requested_at.to_string(),
        by: row.requested_by.clone(),
        refusal: asked.refusal.as_ref().map(|refusal| sentence_of(&Error::refused(refusal))).unwrap_or_default(),
        grant: format!("{PATH}/{}/grant", row.id),
        decline: format!("{PATH}/{}/decline", row.id),
        dialog: row.id.to_string(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    note: String,
}

async fn grant(
    State(app): State<App>,
    session: Session,
    Path(id): Path<ApprovalId>,
    form: Form<Decision>,
) -> PageResult {
    let done = grants::grant(&app, &session.caller, id, Some(&form.note)).await;
    decided(&session, done, "It was approved and is done.")
}

async fn decline(
    State(app): State<App>,
    session: Session,
    Path(id): Path<ApprovalId>,
    form: Form<Decision>,
) -> PageResult {
    let done = approvals::decline(&app, &session.caller, id, Some(&form.note)).await;
    decided(&session, done, "It was declined; nothing was done.")
}

fn decided(session: &Session, done: app::Result<Done>, said: &str) -> PageResult {
    let go = session.go(PATH);
    match done {
        Ok(Done::Now) => Ok(go.saying(said).into_response()),
        Ok(Done::Already) => Ok(go.saying("That had been decided already.").into_response()),
        Err(error @ (Error::Refused(_) | Error::Conflict(_) | Error::Stale | Error::Invalid(_))) => {
            Ok(go.warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
