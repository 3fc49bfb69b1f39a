//! The proof of the audit log: every digest recomputed, every seal recomputed and chained.

use super::count;
use crate::{context::Work, error::Result};
use domain::{
    audit::{ChainWalk, Seal, event_digest},
    verify::{Fault, Found, Proof},
};
use kernel::CompanyId;
use store::{
    Tx,
    audit::{self, EventRow, SealRow},
};

/// Rows read at once; a single seal may have more.
const PAGE: i64 = 2_000;

pub(super) async fn audit_chain(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    let walk = walk_seals(&mut work.tx, company, proof).await?;
    for (seal, events) in audit::without_seal(&mut work.tx, company).await? {
        let sentence = format!("{events} events name seal {seal}, which is gone.");
        proof.faults.add(seal_fault(seal, sentence));
    }
    let unsealed = check_unsealed(&mut work.tx, company, proof).await?;
    let head = walk.head().get(..16).unwrap_or("none");
    proof.remark = Some(format!("{} seals, the last is {head}; {unsealed} events are not sealed yet.", walk.walked()));
    Ok(())
}

async fn walk_seals(tx: &mut Tx, company: CompanyId, proof: &mut Proof) -> Result<ChainWalk> {
    let mut walk = ChainWalk::default();
    let mut last = 0;
    loop {
        let mut seals = audit::seals(tx, company, last, PAGE).await?;
        cut_to_page(&mut seals);
        let Some(until) = seals.last().map(|seal| seal.seal) else { return Ok(walk) };
        let events = audit::sealed_events(tx, company, last.saturating_add(1), until).await?;
        check_digests(&events, proof);
        let mut rest = events.as_slice();
        for seal in &seals {
            // Events of a seal that is gone are reported apart.
            let skipped = rest.partition_point(|event| event.seal < Some(seal.seal));
            let (own, after) = split(&rest[skipped..], seal.seal);
            rest = after;
            let stored =
                Seal { number: seal.seal, events: seal.events, previous: &seal.previous, digest: &seal.digest };
            for sentence in walk.step(&stored, own.iter().map(|event| event.digest.as_str())) {
                proof.faults.add(seal_fault(seal.seal, sentence));
            }
        }
        last = until;
    }
}

/// Keeps as many seals as have a page of events together.
fn cut_to_page(seals: &mut Vec<SealRow>) {
    let mut events = 0;
    let fits = seals.iter().take_while(|seal| {
        let room = events < PAGE;
        events = seal.events.max(1).saturating_add(events);
        room
    });
    let kept = fits.count();
    seals.truncate(kept);
}

fn split(events: &[EventRow], seal: i64) -> (&[EventRow], &[EventRow]) {
    events.split_at(events.partition_point(|event| event.seal == Some(seal)))
}

async fn check_unsealed(tx: &mut Tx, company: CompanyId, proof: &mut Proof) -> Result<u64> {
    let (mut after, mut unsealed) = (None, 0);
    loop {
        let events = audit::unsealed_events(tx, company, after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(unsealed) };
        after = Some(last.id);
        unsealed += count(i64::try_from(events.len()).unwrap_or(0));
        check_digests(&events, proof);
    }
}

fn check_digests(events: &[EventRow], proof: &mut Proof) {
    for event in events {
        proof.checked += 1;
        if event_digest(&event.content()) != event.digest {
            altered(event, &mut proof.faults);
        }
    }
}

fn altered(event: &EventRow, faults: &mut Found) {
    let (action, at, summary) = (&event.action, event.recorded_at, &event.summary);
    let sentence = format!("The event {action} of {at} (`{summary}`) was altered after it was recorded.");
    faults.add(Fault { table: "audit_events", id: event.id.to_string(), number: None, sentence });
}

fn seal_fault(seal: i64, sentence: String) -> Fault {
    Fault { table: "audit_seals", id: seal.to_string(), number: None, sentence }
}
