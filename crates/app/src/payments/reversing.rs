//! Taking a bounced payment back: nothing is deleted, everything is posted the other way round.

use super::item_of;
use crate::{
    context::{App, Caller, Done, Event, Work, new_id},
    error::{Error, Result},
    settling::{Move, Settling, reason},
};
use domain::{
    cash::CashRefusal,
    items::{ItemKind, MovementKind},
    ledger::{EntryKind, JournalEntry, Posting},
    payments::PaymentRefusal,
    users::Permission,
};
use kernel::{Date, Money, OpenItemId, PaymentId};
use serde_json::json;
use store::{
    cash::{self, AllocationRow},
    items::{self, OpenItemRow},
    ledger,
    payments::{self, PaymentRow},
};

/// Takes a bounced or recalled payment back: its allocations end on that day, what it paid is open again, what was
/// refunded of it is owed, and the entry that recorded it is posted the other way round. One that a bank line brought is
/// taken back at the desk, so that line, match and lessons go with it.
pub async fn reverse(app: &App, caller: &Caller, id: PaymentId, on: Date, why: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let company = work.company_id();
    let row = payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))?;
    if row.reversed_at.is_none() && payments::line_of(&mut work.tx, company, id).await?.is_some() {
        return Err(PaymentRefusal::FromBankLine { number: row.number }.into());
    }
    let done = reverse_within(&mut work, id, on, why).await?;
    if done == Done::Now {
        work.commit().await?;
    }
    Ok(done)
}

/// The same inside a larger piece of work, such as the undoing of a match.
pub(crate) async fn reverse_within(work: &mut Work, id: PaymentId, on: Date, why: &str) -> Result<Done> {
    let (company, why) = (work.company_id(), reason(why)?);
    let row = payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))?;
    if row.reversed_at.is_some() {
        return Ok(Done::Already);
    }
    let item = item_of(work, &row).await?;
    let mut settling = Settling::open(work).await?;
    settling.load(work, &[item.id]).await?;
    check_reversal(work, &row, &item, (on, settling.since(item.id)?)).await?;
    let live = cash::live_allocations(&mut work.tx, company, item.id).await?;
    settling.undo(work, &live, on).await?;
    let entries = ledger::entries_of(&mut work.tx, company, id.0).await?;
    let recorded = entries.iter().find(|entry| entry.kind == EntryKind::Payment);
    let recorded = recorded.ok_or(Error::NotFound("journal entry"))?.id;
    let entry = settling.post_opposite(work, recorded, EntryKind::PaymentReversal, on).await?;
    let (kind, amount_minor, base_minor) = (MovementKind::Reversed, row.amount_minor, row.base_minor);
    settling.shift(work, Move { item: item.id, kind, on, amount_minor, base_minor, entry, cause: Some(id.0) })?;
    let reclaimed = reclaim(work, &mut settling, &item, on).await?;
    payments::reverse(&mut work.tx, &row, on, work.now, &why).await?;
    tell_reversal(work, &settling, &row, (&live, reclaimed, on, &why))?;
    settling.save(work).await?;
    Ok(Done::Now)
}

async fn check_reversal(
    work: &mut Work,
    row: &PaymentRow,
    item: &OpenItemRow,
    (on, since): (Date, Date),
) -> Result<()> {
    let (company, number) = (work.company_id(), row.number.clone());
    if on < row.received_on {
        return Err(PaymentRefusal::BouncedBefore { number, received_on: row.received_on, on }.into());
    }
    if on > work.today {
        return Err(CashRefusal::Future { given: on, today: work.today }.into());
    }
    if on < since {
        return Err(CashRefusal::TooEarly { number, given: on, earliest: since }.into());
    }
    let money = |minor| Money::new(minor, row.currency);
    let write_offs = cash::write_offs_of(&mut work.tx, company, item.id).await?;
    let lost: i64 = write_offs.iter().filter(|row| row.reversed_at.is_none()).map(|row| row.amount_minor).sum();
    if lost != 0 {
        return Err(PaymentRefusal::WrittenOff { number, written_off: money(lost) }.into());
    }
    Ok(())
}

/// What was refunded of a payment that bounced was never the payer's: it is owed from then on, as an item of its own.
async fn reclaim(
    work: &mut Work,
    settling: &mut Settling,
    item: &OpenItemRow,
    on: Date,
) -> Result<Option<(String, Money)>> {
    let company = work.company_id();
    let refunds = cash::refunds_of(&mut work.tx, company, item.id).await?;
    let Some(last) = refunds.iter().map(|row| row.refunded_on).max() else { return Ok(None) };
    let (id, on) = (new_id::<OpenItemId>(), on.max(last));
    let mut moved = Vec::new();
    for refund in &refunds {
        moved.extend(items::movements_of_cause(&mut work.tx, company, refund.id.0).await?);
    }
    let amount_minor: i64 = moved.iter().map(|row| row.amount_minor).sum();
    let base_minor: i64 = moved.iter().map(|row| row.base_minor).sum();
    let row = OpenItemRow {
        id,
        kind: ItemKind::DebitNote,
        document_id: id.0,
        number: format!("{}-R", item.number),
        document_on: on,
        due_on: on,
        discounts: None,
        amount_minor,
        base_minor,
        open_minor: amount_minor,
        open_base_minor: base_minor,
        settled_on: None,
        version: 1,
        ..item.clone()
    };
    let leg = |role, sign: i64| {
        let (money, base_minor) = (Money::new(amount_minor * sign, item.currency), base_minor * sign);
        Ok::<_, Error>(Posting { account: settling.books.account(role)?, money, base_minor })
    };
    let legs = vec![leg(row.kind.control(), 1)?, leg(item.kind.control(), -1)?];
    let text = format!("Refund to be paid back {}", row.number);
    let entry = JournalEntry::new(EntryKind::RefundReclaimed, id.0, text, on, legs)?;
    let entry = settling.post(work, &entry, None);
    for made in &moved {
        settling.shift_opposite(work, made, on, entry)?;
    }
    let told = (row.number.clone(), Money::new(amount_minor, row.currency));
    settling.add(work, row, entry);
    Ok(Some(told))
}

/// The payer's timeline says it, and that of everybody whose debt is open again.
fn tell_reversal(
    work: &mut Work,
    settling: &Settling,
    row: &PaymentRow,
    (live, reclaimed, on, why): (&[AllocationRow], Option<(String, Money)>, Date, &str),
) -> Result<()> {
    let mut customers = vec![row.customer_id];
    let mut numbers = Vec::new();
    for allocation in live {
        let debt = settling.item(allocation.to_item_id)?;
        numbers.push(debt.number.clone());
        customers.push(debt.customer_id);
    }
    customers.sort();
    customers.dedup();
    let mut again = if numbers.is_empty() { String::new() } else { format!("; open again: {}", numbers.join(", ")) };
    if let Some((number, refunded)) = reclaimed {
        again = format!("{again}; {refunded} that were refunded are to be paid back: {number}");
    }
    let money = Money::new(row.amount_minor, row.currency);
    for customer in customers {
        work.record(Event {
            action: "payment.reversed",
            subject_kind: "payment",
            subject_id: row.id.0,
            customer: Some(customer),
            summary: format!("{} of {money} bounced on {on}: {why}{again}", row.number),
            after: Some(json!({"reversed_on": on, "reason": why})),
            ..Event::default()
        });
    }
    work.send("payment.reversed", row.id.0, json!({"number": row.number, "money": money, "reversed_on": on}));
    Ok(())
}
