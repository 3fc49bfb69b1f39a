//! The audit log: who did what and when, what it changed, and how far the log is sealed.

use super::views::Views;
use crate::{
    changes::{Change, changes, subject_href},
    error::PageResult,
    figures::exact,
    filters::Filters,
    links::link,
    page::{Page, Path, Query, render, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App,
    audit::{self, AuditList, ChainState, EventRow},
};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use kernel::EventId;

const PATH: &str = "/audit";

pub fn router() -> Router<Site> {
    Router::new().route("/audit", get(list)).route("/audit/{id}", get(show))
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    actions: &'static [(&'static str, &'static str)],
    narrowed: Vec<(String, &'static str)>,
    chain: Chain,
    rows: Vec<Happened>,
    first: String,
    next: String,
}

struct Chain {
    seals: String,
    sealed_at: String,
    head: String,
    unsealed: i64,
}

struct Happened {
    id: EventId,
    at: String,
    actor: String,
    action: String,
    words: String,
    href: String,
    about: String,
    changes: Vec<Change>,
}

/// Beginnings of actions.
const ACTIONS: &[(&str, &str)] = &[
    ("", "Everything"),
    ("customer.", "Customers"),
    ("quote.", "Quotes"),
    ("order.", "Orders"),
    ("invoice.", "Invoices"),
    ("credit_note.", "Credit notes"),
    ("payment.", "Payments"),
    ("cash.", "Cash application"),
    ("approval.", "Approvals"),
    ("account.", "Accounts"),
    ("period.", "Periods"),
    ("import.", "Imports"),
    ("company.", "Company"),
    ("user.", "Users and signing in"),
    ("token.", "API tokens"),
    ("series.", "Number series"),
    ("note.", "Notes"),
    ("attachment.", "Files"),
];

const FILTERS: &[&str] = &["actor", "action", "subject", "text", "customer", "from", "to", "sort"];

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let chain = audit::chain(&app, &session.caller).await?;
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("-date");
    let asked = AuditList {
        actor: form.text("actor"),
        action: form.text("action"),
        subject: form.read("subject"),
        text: form.text("text"),
        customer: form.read("customer"),
        from: form.read("from"),
        to: form.read("to"),
        sort: form.read("sort").unwrap_or_default(),
        after: form.read("after"),
        limit: None,
    };
    let found = form.rows(audit::log(&app, &session.caller, asked)).await?;
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Audit log", "audit"),
        actions: ACTIONS,
        narrowed: narrowed(&form),
        chain: printed(chain),
        next: form.next(found.next.as_ref()),
        first: form.first(),
        rows: found.rows.into_iter().map(happened).collect(),
        form,
    };
    render_with(status, &page)
}

/// Filters that are set by a link, with the list without each.
fn narrowed(form: &Filters) -> Vec<(String, &'static str)> {
    let set = [("subject", "One record"), ("customer", "One customer")];
    set.into_iter().filter(|(name, _)| form.has(name)).map(|(name, words)| (form.with(name, ""), words)).collect()
}

fn printed(chain: ChainState) -> Chain {
    Chain {
        seals: exact(chain.seals.into()),
        sealed_at: chain.sealed_at.map(|at| at.to_string()).unwrap_or_default(),
        head: chain.head.unwrap_or_default().chars().take(16).collect(),
        unsealed: chain.unsealed,
    }
}

fn happened(row: EventRow) -> Happened {
    Happened {
        id: row.id,
        at: row.recorded_at.to_string(),
        action: row.action.clone(),
        href: subject_href(&row.subject_kind, row.subject_id),
        about: link(PATH, &[("subject", &row.subject_id.to_string())]),
        changes: changes(row.before.as_ref().map(|json| &json.0), row.after.as_ref().map(|json| &json.0)),
        actor: row.actor,
        words: row.summary,
    }
}

#[derive(Template)]
#[template(path = "audit/show.html")]
struct ShowPage {
    page: Page,
    event: Happened,
    subject_kind: String,
    customer_href: String,
    digest: String,
    seal: String,
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<EventId>) -> PageResult {
    let row = audit::event(&app, &session.caller, id).await?.event;
    render(&ShowPage {
        page: session.page("Event", "audit"),
        subject_kind: crate::form::label(&row.subject_kind),
        customer_href: row.customer_id.map(|id| format!("/customers/{id}")).unwrap_or_default(),
        digest: row.digest.clone(),
        seal: row.seal.map(|seal| seal.to_string()).unwrap_or_default(),
        event: happened(row),
    })
}
