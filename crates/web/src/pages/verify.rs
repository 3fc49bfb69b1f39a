//! The standing proofs: what each says, green or red, and the rows that break it.
//!
//! Looking at the page runs them once; after that they run when somebody asks for it. While they run the page looks again
//! every second.

use crate::{
    changes::subject_href,
    error::PageResult,
    figures::exact,
    page::{Page, render},
    proofs::Run,
    server::Site,
    session::Session,
};
use app::App;
use askama::Template;
use axum::{Router, extract::State, response::IntoResponse as _, routing::get};
use domain::verify::{Fault, Found, Proof, ProofKind};
use kernel::Timestamp;

pub fn router() -> Router<Site> {
    Router::new().route("/verify", get(show).post(run))
}

#[derive(Template)]
#[template(path = "verify/show.html")]
struct Show {
    page: Page,
    state: Standing,
    title: String,
    sentence: String,
    began_at: String,
    by: String,
    proofs: Vec<Shown>,
    waiting: Vec<&'static str>,
    done: usize,
    all: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Running,
    Green,
    Red,
    Broken,
}

struct Shown {
    ok: bool,
    what: String,
    checked: String,
    took: String,
    remark: String,
    faults: Listed,
    warnings: Listed,
}

/// Rows that were found; the first of them.
struct Listed {
    words: String,
    rows: Vec<Named>,
}

struct Named {
    called: String,
    table: &'static str,
    href: String,
    sentence: String,
}

async fn show(State(site): State<Site>, session: Session) -> PageResult {
    let company = session.caller.company;
    if site.proofs.last(company).is_none() {
        site.proofs.begin(&site.app, &session.caller);
    }
    let run = site.proofs.last(company);
    let run = run.ok_or_else(|| app::Error::broken("a run that was begun is not there"))?;
    let page = page(&session, &run);
    let is_running = page.state == Standing::Running;
    let mut response = render(&page)?;
    if is_running {
        response.headers_mut().insert("refresh", axum::http::HeaderValue::from_static("1"));
    }
    Ok(response)
}

async fn run(State(site): State<Site>, session: Session) -> PageResult {
    let app: &App = &site.app;
    site.proofs.begin(app, &session.caller);
    Ok(session.go("/verify").into_response())
}

fn page(session: &Session, run: &Run) -> Show {
    let red = run.proofs.iter().filter(|proof| !proof.ok).count();
    let all = ProofKind::ALL.len();
    let state = match run.ended_at {
        None => Standing::Running,
        Some(_) if !run.broke.is_empty() => Standing::Broken,
        Some(_) if red > 0 => Standing::Red,
        Some(_) => Standing::Green,
    };
    let (title, sentence) = match state {
        Standing::Running => ("The proofs are running".to_owned(), "The page looks again by itself.".to_owned()),
        Standing::Broken => ("The proofs did not come to their end".to_owned(), run.broke.clone()),
        Standing::Red => (
            format!("{red} of {all} proofs {} broken", if red == 1 { "is" } else { "are" }),
            "The rows are named below. Nothing is repaired by itself.".to_owned(),
        ),
        Standing::Green => (format!("All {all} proofs hold"), "Computed anew from every row of the books.".to_owned()),
    };
    let done: Vec<ProofKind> = run.proofs.iter().map(|proof| proof.kind).collect();
    let waiting = ProofKind::ALL.iter().filter(|kind| !done.contains(kind)).map(|kind| kind.sentence());
    Show {
        page: session.page("Proofs", "books/verify"),
        state,
        title,
        sentence,
        began_at: run.began_at.to_string(),
        by: run.by.clone(),
        waiting: if state == Standing::Running { waiting.collect() } else { Vec::new() },
        proofs: run.proofs.iter().map(shown).collect(),
        done: run.proofs.len(),
        all,
    }
}

/// How long a finished run took, in the words of its proofs' own clock.
fn took(ms: u64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1_000, ms % 1_000 / 100) }
}

fn shown(proof: &Proof) -> Shown {
    Shown {
        ok: proof.ok,
        what: proof.what.clone(),
        checked: format!("{} checked", exact(proof.checked.into())),
        took: took(proof.took_ms),
        remark: proof.remark.clone().unwrap_or_default(),
        faults: listed(&proof.faults, "broken row", "broken rows"),
        warnings: listed(&proof.warnings, "row to look at", "rows to look at"),
    }
}

fn listed(found: &Found, one: &str, many: &str) -> Listed {
    let words = match found.total {
        0 => String::new(),
        1 => format!("1 {one}"),
        all if all > found.listed.len() as u64 => {
            format!("{} {many}, the first {} of them", exact(all.into()), found.listed.len())
        }
        all => format!("{} {many}", exact(all.into())),
    };
    Listed { words, rows: found.listed.iter().map(named).collect() }
}

fn named(fault: &Fault) -> Named {
    let href = fault.id.parse().map(|id| match fault.table {
        "journal_entries" => subject_href("journal_entry", id),
        "open_items" => subject_href("open_item", id),
        "invoices" => subject_href("invoice", id),
        "payments" => subject_href("payment", id),
        "orders" => subject_href("order", id),
        "quotes" => subject_href("quote", id),
        "customers" => subject_href("customer", id),
        "audit_events" => format!("/audit/{id}"),
        _ => String::new(),
    });
    Named {
        called: fault.number.clone().unwrap_or_else(|| fault.id.clone()),
        table: fault.table,
        href: href.unwrap_or_default(),
        sentence: fault.sentence.clone(),
    }
}

/// What the home page says of the last run: words, tone and when.
pub(super) fn in_short(run: &Run) -> (String, &'static str, Timestamp) {
    let red = run.proofs.iter().filter(|proof| !proof.ok).count();
    match run.ended_at {
        None => ("Running".to_owned(), "info", run.began_at),
        Some(at) if !run.broke.is_empty() => ("Not finished".to_owned(), "warn", at),
        Some(at) if red > 0 => (format!("{red} broken"), "bad", at),
        Some(at) => ("All hold".to_owned(), "ok", at),
    }
}
