//! Posting bank lines and taking that back: plans become payments with their allocations, all of a batch in sets.
//!
//! A line is posted in whole or not at all. An undo takes effect today, so that past periods stay what they were, and a
//! line that is posted again after one counts from the day of the undo: no day ever sees its money twice.

use super::{
    book,
    plan::{Plan, Requests},
};
use crate::{
    bank::due_at,
    context::{Event, Work, new_id},
    error::Result,
    payments::{self, RecordPayment, Recorded, reverse_within},
    settling::Settling,
};
use domain::{
    bank::{Exception, LineState},
    desk::{MatchedBy, PostingPolicy},
    payments::PaymentMethod,
};
use kernel::{AllocationId, BankDecisionId, BankLineId, BankMatchId, Date};
use matching::Posted;
use serde_json::json;
use std::collections::HashMap;
use store::{
    Json,
    bank::{self, BankLineRow},
    cash,
    desk::{self, LineChange, MatchRow},
};

const MOST_TEXT: usize = 500;

/// A line with what is to be posted of it, and who says so.
pub(super) struct Posting {
    pub line: BankLineRow,
    pub plan: Plan,
    pub how: MatchedBy,
    pub decision: Option<BankDecisionId>,
    /// Which proposal it is, from one.
    pub rank: Option<i64>,
    pub promised_ppm: i64,
    /// What the engine learnt from it.
    pub posted: Option<Posted>,
}

/// Records the payments of these lines and marks the lines as posted.
pub(super) async fn post(work: &mut Work, policy: &PostingPolicy, postings: &[Posting]) -> Result<Vec<MatchRow>> {
    let days = payment_days(work, postings).await?;
    let requests: Vec<Requests> = postings.iter().map(|posting| posting.plan.requests(policy)).collect();
    let nettings = net(work, postings, &requests, &days).await?;
    let new: Vec<RecordPayment> =
        postings.iter().zip(requests).zip(&days).map(|((posting, asked), on)| payment(posting, asked, *on)).collect();
    let recorded = payments::record_all(work, &new).await?;
    let mut rows = Vec::with_capacity(postings.len());
    let changes: Vec<(&BankLineRow, LineChange)> =
        postings.iter().map(|posting| (&posting.line, posted(work, &posting.line))).collect();
    desk::change_lines(&mut work.tx, &changes).await?;
    for ((posting, recorded), nettings) in postings.iter().zip(&recorded).zip(nettings) {
        rows.push(match_row(work, posting, recorded, &nettings));
        tell(work, posting, recorded);
    }
    work.save(&rows);
    Ok(rows)
}

/// A line that has found its place.
pub(super) fn posted(work: &Work, line: &BankLineRow) -> LineChange {
    LineChange {
        state: LineState::Posted,
        exception: None,
        due_at: None,
        decided_at: line.decided_at.or(Some(work.now)),
        posted_at: Some(work.now),
        ..LineChange::of(line)
    }
}

/// The day each payment counts from: its value day, but not before its line was last undone.
async fn payment_days(work: &mut Work, postings: &[Posting]) -> Result<Vec<Date>> {
    let (company, zone) = (work.company_id(), work.company.time_zone.clone());
    let ids: Vec<BankLineId> = postings.iter().map(|posting| posting.line.id).collect();
    let mut undone = HashMap::new();
    for (line, at) in desk::last_undone(&mut work.tx, company, &ids).await? {
        undone.insert(line, at.date_in(&zone).map_err(crate::Error::broken)?);
    }
    let day = |posting: &Posting| {
        let value_on = posting.line.value_on;
        undone.get(&posting.line.id).map_or(value_on, |on| value_on.max(*on)).min(work.today)
    };
    Ok(postings.iter().map(day).collect())
}

/// Uses the credit notes that go with the money; what that made is kept for an undo.
async fn net(
    work: &mut Work,
    postings: &[Posting],
    requests: &[Requests],
    days: &[Date],
) -> Result<Vec<Vec<AllocationId>>> {
    let mut made = vec![Vec::new(); postings.len()];
    if requests.iter().all(|asked| asked.nettings.is_empty()) {
        return Ok(made);
    }
    let mut settling = Settling::open(work).await?;
    for ((asked, on), made) in requests.iter().zip(days).zip(&mut made) {
        for (credit, lines) in asked.nettings.iter().filter(|(_, lines)| !lines.is_empty()) {
            settling.load(work, &[*credit]).await?;
            settling.load_debts(work, lines).await?;
            let mut day = (*on).max(settling.since(*credit)?);
            for line in lines {
                day = day.max(settling.since(line.to)?);
            }
            let rows = settling.allocate(work, *credit, Some(day), lines).await?;
            made.extend(rows.iter().map(|row| row.id));
        }
    }
    settling.save(work).await?;
    // The payments that follow read the balances that this left.
    work.flush().await?;
    Ok(made)
}

fn payment(posting: &Posting, asked: Requests, received_on: Date) -> RecordPayment {
    let (line, plan) = (&posting.line, &posting.plan);
    let reference = [&line.structured_reference, &line.end_to_end_id, &line.bank_reference].into_iter().flatten();
    let reference =
        [line.text.as_str()].into_iter().chain(reference.map(String::as_str)).find(|text| !text.trim().is_empty());
    let (money, fee) = plan.payment();
    RecordPayment {
        customer: plan.customer,
        method: if line.mandate_id.is_some() { PaymentMethod::DirectDebit } else { PaymentMethod::Wire },
        received_on,
        money,
        fee: (fee.minor() > 0).then_some(fee),
        bank_account: Some(line.bank_account_id),
        reference: reference.map(shortened),
        payer_name: line.payer_name.as_deref().map(shortened),
        fx_rate: None,
        external: None,
        allocations: asked.money,
    }
}

/// As much of a text as a payment keeps; the line has all of it.
fn shortened(text: &str) -> String {
    let end = (0..=text.len().min(MOST_TEXT)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}

fn match_row(work: &Work, posting: &Posting, recorded: &Recorded, nettings: &[AllocationId]) -> MatchRow {
    let plan = &posting.plan;
    MatchRow {
        company_id: work.company_id(),
        id: new_id::<BankMatchId>(),
        line_id: posting.line.id,
        decision_id: posting.decision,
        how: posting.how,
        rank: posting.rank,
        payment_id: recorded.id,
        customer_id: plan.customer,
        currency: posting.line.currency,
        amount_minor: posting.line.amount_minor,
        items: i64::try_from(plan.debts.len() + plan.credits.len()).unwrap_or(i64::MAX),
        promised_ppm: posting.promised_ppm,
        posting: Json(json!(posting.posted)),
        nettings: Json(json!(nettings)),
        posted_at: work.now,
        posted_by: work.actor.name(),
        undone_at: None,
        undone_by: None,
        undo_reason: None,
        checked_at: None,
        checked_by: None,
        is_right: None,
    }
}

fn tell(work: &mut Work, posting: &Posting, recorded: &Recorded) {
    let (money, on) = book::money(&posting.line);
    let how = match posting.how {
        MatchedBy::Engine => "by itself",
        MatchedBy::Proposal => "as it was proposed",
        MatchedBy::Clerk | MatchedBy::Return => "by hand",
    };
    let rest = recorded.unapplied;
    let left = if rest.is_zero() { String::new() } else { format!("; {rest} stay on account") };
    work.record(Event {
        action: "bank_line.posted",
        subject_kind: "bank_line",
        subject_id: posting.line.id.0,
        summary: format!("{money} of {on} was posted {how} as {}{left}", recorded.number),
        after: Some(json!({"payment": recorded.id, "how": posting.how, "promised_ppm": posting.promised_ppm})),
        ..Event::default()
    });
}

/// Takes a match back as of today; its line is on the desk again.
pub(super) async fn unpost(work: &mut Work, line: &BankLineRow, row: &MatchRow, why: &str) -> Result<()> {
    let today = work.today;
    reverse_within(work, row.payment_id, today, why).await?;
    let ids: Vec<AllocationId> = serde_json::from_value(row.nettings.0.clone()).map_err(crate::Error::broken)?;
    if !ids.is_empty() {
        work.flush().await?;
        let live = cash::live_among(&mut work.tx, row.company_id, &ids).await?;
        let mut settling = Settling::open(work).await?;
        settling.undo(work, &live, today).await?;
        settling.save(work).await?;
    }
    let (at, by) = (work.now, work.actor.name());
    desk::undo_match(&mut work.tx, row, at, &by, why).await?;
    bank::free_advices(&mut work.tx, row.company_id, line.id).await?;
    let due_at = due_at(work, Exception::Undone).await?;
    let open = LineChange {
        state: LineState::Open,
        exception: Some(Exception::Undone),
        due_at: Some(due_at),
        posted_at: None,
        ..LineChange::of(line)
    };
    desk::change_line(&mut work.tx, line, open).await?;
    let (money, on) = book::money(line);
    work.record(Event {
        action: "bank_line.undone",
        subject_kind: "bank_line",
        subject_id: line.id.0,
        customer: Some(row.customer_id),
        summary: format!("The match of {money} of {on} was undone: {why}"),
        after: Some(json!({"match": row.id, "payment": row.payment_id, "reason": why})),
        ..Event::default()
    });
    Ok(())
}
