//! One journal entry: its legs, what caused it, and what took it back. All of them are the journal, a report.

use crate::{
    error::PageResult,
    figures::{amount, money},
    page::{Page, Path, render},
    server::Site,
    session::Session,
};
use app::{
    App,
    ledger::{self, EntryRow, PostingRow},
};
use askama::Template;
use axum::{Router, extract::State, response::Redirect, routing::get};
use domain::ledger::EntryKind;
use kernel::{Currency, EntryId};
use std::collections::HashMap;

pub fn router() -> Router<Site> {
    Router::new().route("/ledger", get(async || Redirect::to("/reports/journal"))).route("/ledger/{id}", get(show))
}

#[derive(Template)]
#[template(path = "ledger/show.html")]
struct ShowPage {
    page: Page,
    kind: &'static str,
    description: String,
    effective_on: String,
    posted_on: String,
    recorded_at: String,
    actor: String,
    legs: Vec<Leg>,
    /// Words and address of what it is about.
    sources: Vec<(String, String)>,
    reverses: String,
    reversed_by: String,
    base: Currency,
    base_sum: (String, String),
}

struct Leg {
    account: String,
    words: String,
    debit: String,
    credit: String,
    currency: Currency,
    base_debit: String,
    base_credit: String,
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<EntryId>) -> PageResult {
    let view = ledger::entry(&app, &session.caller, id).await?;
    let entry = &view.entry;
    let accounts = ledger::accounts(&app, &session.caller).await?;
    let names: HashMap<String, String> = accounts.into_iter().map(|account| (account.code, account.name)).collect();
    let siblings = ledger::entries_of(&app, &session.caller, entry.source_id).await?;
    let reversal = siblings.iter().find(|other| other.entry.reverses_id == Some(id));
    let href = |id: EntryId| format!("/ledger/{id}");
    let base = session.company.currency;
    let sum = |sign: i64| view.postings.iter().map(|leg| (leg.base_minor * sign).max(0)).sum::<i64>();
    render(&ShowPage {
        page: session.page(words(entry.kind), "books/journal"),
        kind: words(entry.kind),
        description: entry.description.clone(),
        effective_on: entry.effective_on.to_string(),
        posted_on: entry.posted_on.to_string(),
        recorded_at: entry.recorded_at.to_string(),
        actor: entry.actor.clone(),
        legs: view.postings.iter().map(|leg| printed(leg, &names, base)).collect(),
        sources: sources(&app, &session, entry).await?,
        reverses: entry.reverses_id.map(href).unwrap_or_default(),
        reversed_by: reversal.map(|other| href(other.entry.id)).unwrap_or_default(),
        base_sum: (money(sum(1), base), money(sum(-1), base)),
        base,
    })
}

fn printed(leg: &PostingRow, names: &HashMap<String, String>, base: Currency) -> Leg {
    let side = |minor: i64, currency: Currency| if minor > 0 { amount(minor, currency) } else { String::new() };
    Leg {
        account: leg.account.clone(),
        words: names.get(&leg.account).cloned().unwrap_or_default(),
        debit: side(leg.amount_minor, leg.currency),
        credit: side(-leg.amount_minor, leg.currency),
        currency: leg.currency,
        base_debit: side(leg.base_minor, base),
        base_credit: side(-leg.base_minor, base),
    }
}

/// The document that an entry issued or received, or the open items that it moved.
async fn sources(app: &App, session: &Session, entry: &EntryRow) -> PageResult<Vec<(String, String)>> {
    let document = |path: &str, words: &str| vec![(words.to_owned(), format!("{path}/{}", entry.source_id))];
    Ok(match entry.kind {
        EntryKind::Invoice => document("/invoices", "The invoice"),
        EntryKind::CreditNote => document("/invoices", "The credit note"),
        EntryKind::DebitNote => document("/invoices", "The debit note"),
        EntryKind::Payment | EntryKind::PaymentReversal => document("/payments", "The payment"),
        EntryKind::BankCharge | EntryKind::BankChargeReversal => document("/desk", "The bank line"),
        EntryKind::Opening | EntryKind::RefundReclaimed => document("/open-items", "The open item"),
        _ => {
            let moved = ledger::moved_items(app, &session.caller, entry).await?;
            moved.into_iter().map(|item| (item.number, format!("/open-items/{}", item.id))).collect()
        }
    })
}

const fn words(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Invoice => "Invoice",
        EntryKind::CreditNote => "Credit note",
        EntryKind::DebitNote => "Debit note",
        EntryKind::Payment => "Payment",
        EntryKind::PaymentReversal => "Payment taken back",
        EntryKind::Allocation => "Allocation",
        EntryKind::AllocationReversal => "Allocation taken back",
        EntryKind::WriteOff => "Write-off",
        EntryKind::WriteOffReversal => "Write-off taken back",
        EntryKind::Refund => "Refund",
        EntryKind::BankCharge => "Bank charge",
        EntryKind::BankChargeReversal => "Bank charge taken back",
        EntryKind::RefundReclaimed => "Refund to be paid back",
        EntryKind::Opening => "Opening balance",
    }
}
