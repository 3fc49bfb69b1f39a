//! `verify`: recomputes the standing proofs of a company from its raw rows and names every row that breaks one.
//!
//! Each proof reads one snapshot, so that it can run while others work; a few run side by side. Nothing is repaired here. A balance that only
//! was out of bounds on a past day is a warning: today's books are right, and a fact that was recorded late explains it.
//! A proof that cannot read a row is red and names it; the others go on.

mod agreement;
mod chain;
mod documents;
mod items;
mod ledger;
mod references;
mod unread;

use crate::{
    context::{App, Caller, Work},
    error::Result,
};
use domain::{
    users::Permission,
    verify::{Fault, Found, Proof, ProofKind},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kernel::{Currency, Money};
use std::{num::NonZeroUsize, time::Instant};
use store::verify::Gap;
use uuid::Uuid;

/// Proofs that run side by side; the rest of the database's connections are for those who work.
const MOST_AT_ONCE: usize = 4;

/// Runs every proof, in the order of [`ProofKind`]; `seen` hears of each as it is done.
pub async fn run(app: &App, caller: &Caller, mut seen: impl FnMut(&Proof) + Send) -> Result<Vec<Proof>> {
    let at_once = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_AT_ONCE);
    let running = ProofKind::ALL.iter().copied().map(|kind| prove(app.clone(), caller.clone(), kind));
    let mut running = stream::iter(running).buffered(at_once);
    let mut proofs = Vec::new();
    while let Some(proof) = running.try_next().await? {
        seen(&proof);
        proofs.push(proof);
    }
    Ok(proofs)
}

async fn prove(app: App, caller: Caller, kind: ProofKind) -> Result<Proof> {
    let mut work = app.read(&caller, Permission::Read).await?;
    let (started, mut proof) = (Instant::now(), Proof::begin(kind));
    store::verify::begin(&mut work.tx).await?;
    if let Err(error) = recompute(&mut work, &mut proof).await {
        drop(work);
        unread::name(&app, &caller, &mut proof, error).await?;
    }
    Ok(proof.finish(started.elapsed()))
}

async fn recompute(work: &mut Work, proof: &mut Proof) -> Result<()> {
    match proof.kind {
        ProofKind::Entries => ledger::entries(work, proof).await,
        ProofKind::ControlAccounts => ledger::control_accounts(work, proof).await,
        ProofKind::Periods => ledger::periods(work, proof).await,
        ProofKind::OpenItems => items::bounds(work, proof).await,
        ProofKind::Balances => items::balances(work, proof).await,
        ProofKind::Allocations => items::allocations(work, proof).await,
        ProofKind::Documents => documents::totals(work, proof).await,
        ProofKind::Issued => documents::issued(work, proof).await,
        ProofKind::Numbers => documents::numbers(work, proof).await,
        ProofKind::AuditChain => chain::audit_chain(work, proof).await,
        ProofKind::References => references::relations(work, proof).await,
        ProofKind::ExternalIds => references::external_ids(work, proof).await,
    }
}

/// A count from the store.
fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

/// Lists the rows and counts those beyond them; every row carries the number of all.
fn list<R>(found: &mut Found, rows: Vec<R>, total: fn(&R) -> i64, fault: impl Fn(R) -> Fault) {
    let unlisted = rows.first().map_or(0, total) - i64::try_from(rows.len()).unwrap_or(0);
    for row in rows {
        found.add(fault(row));
    }
    found.add_unlisted(count(unlisted));
}

/// Lists rows that state one figure where another was found.
fn list_gaps(
    found: &mut Found,
    table: &'static str,
    base: Currency,
    gaps: Vec<Gap>,
    say: impl Fn(&str, Money, Money) -> String,
) {
    list(
        found,
        gaps,
        |gap| gap.total,
        |gap| {
            let currency = gap.currency.unwrap_or(base);
            let name = gap.name.clone().unwrap_or_else(|| gap.id.to_string());
            let sentence = say(&name, Money::new(gap.stated, currency), Money::new(gap.found, currency));
            Fault { table, id: gap.id.to_string(), number: gap.name, sentence }
        },
    );
}

fn fault(table: &'static str, id: Uuid, number: &str, sentence: String) -> Fault {
    Fault { table, id: id.to_string(), number: Some(number.to_owned()), sentence }
}
