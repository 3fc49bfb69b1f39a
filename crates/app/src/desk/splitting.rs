//! One line of the bank that is several payments: a lump for customers who have nothing to do with each other, or debits of
//! several that came back in one sum.
//!
//! It is split into parts, which say what it says and are worked on like lines of their own; what is left is a part too.
//! Put together again, it waits as it did before.

use super::{
    book,
    deciding::decide_lines,
    working::{free, workable},
};
use crate::{
    context::{App, Caller, Done, Event, Work, new_id},
    error::{Error, Result},
};
use domain::{
    bank::{Arrival, Exception, LineState, on_arrival},
    desk::DeskRefusal,
    users::Permission,
};
use kernel::{BankLineId, Money};
use serde_json::json;
use store::{
    bank::{self, BankLineRow},
    desk::{self, LineChange},
};

const MOST_PARTS: usize = 200;

/// Splits a waiting line into these sums and what is left of it; the engine looks at each of them.
pub async fn split(app: &App, caller: &Caller, id: BankLineId, sums: &[Money]) -> Result<Vec<BankLineId>> {
    caller.may(Permission::AllocateCash)?;
    let mut slot = book::place(app, caller.company).await?;
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let line = workable(&mut work, id).await?;
    let amounts = amounts(&line, sums)?;
    let company = work.company_id();
    let all = bank::parts_of(&mut work.tx, &line).await?;
    let taken = all.iter().map(|row| row.part).max().unwrap_or_default();
    let parts: Vec<BankLineRow> = amounts.iter().zip(taken + 1..).map(|(&minor, at)| part(&line, minor, at)).collect();
    desk::change_line(&mut work.tx, &line, aside(&line)).await?;
    work.save(&parts);
    tell(&mut work, &line, format!("was split into {} parts", parts.len()), json!({ "parts": amounts }));
    work.commit().await?;
    if let Some(kept) = slot.as_mut().filter(|_| line.decided_at.is_some()) {
        book::unsee(&mut kept.engine, &line);
    }
    drop(slot);
    decide_lines(app, &Caller::system(company), &parts).await?;
    Ok(parts.into_iter().map(|part| part.id).collect())
}

/// Puts the parts of a line together again, when none of them is in the books.
pub async fn join(app: &App, caller: &Caller, id: BankLineId) -> Result<Done> {
    caller.may(Permission::AllocateCash)?;
    let mut slot = book::place(app, caller.company).await?;
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let (company, line) = (work.company_id(), free(&mut work, id).await?);
    let all = bank::parts_of(&mut work.tx, &line).await?;
    let parts: Vec<BankLineRow> = parts(&all).cloned().collect();
    let Some(whole) = whole(&all) else { return Ok(Done::Already) };
    for part in &parts {
        if free(&mut work, part.id).await?.state == LineState::Posted {
            return Err(DeskRefusal::PartPosted.into());
        }
    }
    let arrival = Arrival { amount_minor: whole.amount_minor, is_booked: true, is_return: whole.is_return };
    let (state, exception) = on_arrival(arrival);
    let due_at = parts.iter().filter_map(|part| part.due_at).min();
    let waits = LineChange { state, exception, due_at, decided_at: None, ..LineChange::of(whole) };
    let mut changes: Vec<(&BankLineRow, LineChange)> = parts.iter().map(|part| (part, aside(part))).collect();
    changes.push((whole, waits));
    desk::change_lines(&mut work.tx, &changes).await?;
    tell(&mut work, whole, format!("is one line again instead of {} parts", parts.len()), json!(null));
    work.commit().await?;
    if let Some(kept) = slot.as_mut() {
        let seen = parts.iter().filter(|part| part.decided_at.is_some());
        seen.for_each(|part| book::unsee(&mut kept.engine, part));
    }
    drop(slot);
    decide_lines(app, &Caller::system(company), std::slice::from_ref(whole)).await?;
    Ok(Done::Now)
}

/// The line that was split, when its parts stand for it.
pub(super) fn whole(all: &[BankLineRow]) -> Option<&BankLineRow> {
    let is_told_apart = parts(all).next().is_some();
    all.iter().find(|row| row.part == 0 && row.exception == Some(Exception::Replaced) && is_told_apart)
}

/// Parts that stand.
pub(super) fn parts(all: &[BankLineRow]) -> impl Iterator<Item = &BankLineRow> {
    all.iter().filter(|row| row.part > 0 && row.exception != Some(Exception::Replaced))
}

/// The sums in the line's sign, and what is left.
fn amounts(line: &BankLineRow, sums: &[Money]) -> Result<Vec<i64>> {
    if sums.is_empty() || sums.len() >= MOST_PARTS {
        return Err(Error::field("parts", format!("say from one to {} amounts", MOST_PARTS - 1)));
    }
    if line.part > 0 {
        return Err(DeskRefusal::IsPart.into());
    }
    let (sign, mut left) = (line.amount_minor.signum(), line.amount_minor.abs());
    let mut amounts = Vec::with_capacity(sums.len() + 1);
    for (at, sum) in sums.iter().enumerate() {
        let minor = sum.minor();
        if sum.currency() != line.currency || minor <= 0 {
            return Err(Error::field(format!("parts[{at}]"), format!("use more than nothing, in {}", line.currency)));
        }
        if minor > left {
            let left = Money::new(left, line.currency);
            return Err(Error::field(format!("parts[{at}]"), format!("{sum} is more than the {left} that are left")));
        }
        left -= minor;
        amounts.push(minor * sign);
    }
    if left > 0 {
        amounts.push(left * sign);
    }
    if amounts.len() == 1 {
        return Err(Error::field("parts[0]", "that is all of it: use a smaller amount"));
    }
    Ok(amounts)
}

fn part(line: &BankLineRow, amount_minor: i64, part: i64) -> BankLineRow {
    let (state, exception) = on_arrival(Arrival { amount_minor, is_booked: true, is_return: line.is_return });
    BankLineRow {
        id: new_id(),
        part,
        amount_minor,
        // Both were said of the whole.
        instructed_minor: None,
        instructed_currency: None,
        charges_minor: 0,
        state,
        exception,
        held_by: None,
        held_until: None,
        decided_at: None,
        posted_at: None,
        version: 1,
        ..line.clone()
    }
}

fn aside(line: &BankLineRow) -> LineChange {
    LineChange {
        state: LineState::SetAside,
        exception: Some(Exception::Replaced),
        due_at: None,
        ..LineChange::of(line)
    }
}

fn tell(work: &mut Work, line: &BankLineRow, what: String, after: serde_json::Value) {
    let (money, on) = book::money(line);
    work.record(Event {
        action: "bank_line.split",
        subject_kind: "bank_line",
        subject_id: line.id.0,
        summary: format!("{money} of {on} {what}"),
        after: Some(after),
        ..Event::default()
    });
}
