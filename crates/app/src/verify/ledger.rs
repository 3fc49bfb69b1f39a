//! Proofs over the books: entries balance, control accounts equal open items, closed periods stay closed.

use super::{agreement, count, fault, list, list_gaps};
use crate::{context::Work, error::Result};
use domain::{
    ledger::AccountRole,
    verify::{ControlGap, DayChange, Fault, Proof, control_gaps, control_roles},
};
use kernel::{Currency, Money};
use store::verify::books::{self, DaySum, EntryGap};

pub(super) async fn entries(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, base) = (work.company_id(), work.company.currency);
    proof.checked = count(books::entries(&mut work.tx, company).await?);
    let unbalanced = books::unbalanced(&mut work.tx, company).await?;
    list(
        &mut proof.faults,
        unbalanced,
        |entry| entry.total,
        |entry| {
            let name = entry.name.unwrap_or_else(|| entry.id.to_string());
            let (rest, what) = match entry.amount_minor {
                0 => (Money::new(entry.base_minor, base), " in base currency"),
                amount => (Money::new(amount, entry.currency), ""),
            };
            fault("journal_entries", entry.id, &name, format!("The entry `{name}` is out of balance by {rest}{what}."))
        },
    );
    let gaps = books::unbalanced_currencies(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "journal_entries", base, gaps, |name, _, rest| {
        format!("The entry `{name}` is out of balance by {rest}.")
    });
    let gaps = books::misdated(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "postings", base, gaps, |name, _, amount| {
        format!("A posting of {amount} carries other days than its entry `{name}`, or the entry is gone.")
    });
    agreement::movements(work, proof).await
}

/// Every month's end, and then entry by entry: two errors that cancel out are two errors.
pub(super) async fn control_accounts(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, base, today) = (work.company_id(), work.company.currency, work.today);
    let roles: Vec<AccountRole> = control_roles().into_iter().collect();
    let accounts = books::accounts(&mut work.tx, company, &roles).await?;
    let posted = books::control_by_day(&mut work.tx, company, &accounts).await?;
    let open = books::movements_by_day(&mut work.tx, company).await?;
    let (months, compared) = control_gaps(&changes(posted), &changes(open), today);
    proof.checked = compared;
    for gap in months {
        proof.faults.add(month(&gap, base));
    }
    let entries = books::entry_gaps(&mut work.tx, company, &accounts).await?;
    list(&mut proof.faults, entries, |gap| gap.total, |gap| entry(&gap, base));
    Ok(())
}

fn changes(sums: Vec<DaySum>) -> Vec<DayChange> {
    let change = |sum: DaySum| DayChange {
        on: sum.effective_on,
        currency: sum.currency,
        amount_minor: sum.amount_minor,
        base_minor: sum.base_minor,
    };
    sums.into_iter().map(change).collect()
}

fn month(gap: &ControlGap, base: Currency) -> Fault {
    let as_of = gap.as_of;
    let sentence = if gap.posted.0 == gap.open.0 {
        let (posted, open) = (Money::new(gap.posted.1, base), Money::new(gap.open.1, base));
        let currency = gap.currency;
        format!("At the end of {as_of} the accounts carry {posted} of base currency for {currency}, the items {open}.")
    } else {
        let (posted, open) = (Money::new(gap.posted.0, gap.currency), Money::new(gap.open.0, gap.currency));
        format!("At the end of {as_of} the control accounts carry {posted} and the open items {open}.")
    };
    Fault { table: "postings", id: as_of.to_string(), number: None, sentence }
}

fn entry(gap: &EntryGap, base: Currency) -> Fault {
    let name = gap.name.clone().unwrap_or_else(|| "a missing entry".to_owned());
    let item = gap.item.as_ref().map_or_else(String::new, |item| format!(" ({item})"));
    let (posted, moved, what) = if gap.posted == gap.moved {
        (Money::new(gap.posted_base, base), Money::new(gap.moved_base, base), " in base currency")
    } else {
        (Money::new(gap.posted, gap.currency), Money::new(gap.moved, gap.currency), "")
    };
    let on = gap.effective_on;
    let sentence = format!(
        "On {on}, `{name}` posted {posted}{what} to the control accounts and moved open items{item} by {moved}."
    );
    fault("journal_entries", gap.id, &name, sentence)
}

pub(super) async fn periods(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    for period in store::ledger::closed_periods(&mut work.tx, company).await? {
        let (first, last) = (period.starts_on, period.starts_on.last_of_month());
        proof.checked += count(books::posted_between(&mut work.tx, company, first, last).await?);
        let late = books::late_entries(&mut work.tx, company, (first, last), period.closed_at).await?;
        list(
            &mut proof.faults,
            late,
            |entry| entry.total,
            |entry| {
                let (posted_on, recorded_at, closed_at) = (entry.posted_on, entry.recorded_at, period.closed_at);
                let name = &entry.description;
                let sentence = format!(
                    "`{name}` was recorded {recorded_at} under {posted_on}, in a period that was closed {closed_at}."
                );
                fault("journal_entries", entry.id, name, sentence)
            },
        );
    }
    Ok(())
}
