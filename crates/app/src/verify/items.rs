//! Proofs over open items: within bounds, kept balances are right, every movement has its cause.

use super::{count, fault, list, list_gaps};
use crate::{context::Work, error::Result};
use domain::verify::{Fault, Proof};
use kernel::{Currency, Money};
use store::verify::items::{self, AllocationGap, ItemGap, Overdrawn};

/// Out of bounds now is a fault; out of bounds on a past day only is a warning.
pub(super) async fn bounds(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    proof.checked = count(items::items(&mut work.tx, company).await?);
    let outside = items::overdrawn(&mut work.tx, company).await?;
    let (before, now): (Vec<_>, Vec<_>) = outside.into_iter().partition(|item| item.mended);
    list(&mut proof.faults, now, |item| item.total, |item| overdrawn(&item, item.now_minor, "is left"));
    list(
        &mut proof.warnings,
        before,
        |item| item.total,
        |item| overdrawn(&item, item.left_minor, &format!("was left at the end of {}", item.effective_on)),
    );
    Ok(())
}

fn overdrawn(item: &Overdrawn, left_minor: i64, when: &str) -> Fault {
    let money = |minor| Money::new(minor, item.currency);
    let sentence = format!("{} of {} {when} of {}.", money(left_minor), money(item.amount_minor), item.number);
    fault("open_items", item.id, &item.number, sentence)
}

pub(super) async fn balances(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, base) = (work.company_id(), work.company.currency);
    proof.checked = count(items::items(&mut work.tx, company).await?);
    let gaps = items::item_gaps(&mut work.tx, company).await?;
    list(&mut proof.faults, gaps, |gap| gap.total, |gap| fault("open_items", gap.id, &gap.number, balance(&gap, base)));
    let gaps = items::customer_gaps(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "customer_balances", base, gaps, |customer, stated, found| {
        format!("{customer} is kept with a balance of {stated} and its open items add up to {found}.")
    });
    Ok(())
}

fn balance(gap: &ItemGap, base: Currency) -> String {
    let own = |minor| Money::new(minor, gap.currency);
    let based = |minor| Money::new(minor, base);
    let number = &gap.number;
    let day = |on: Option<kernel::Date>| on.map_or_else(|| "no day".to_owned(), |on| on.to_string());
    if gap.amount_minor != gap.opened {
        format!("{number} is an item of {} and was opened with {}.", own(gap.amount_minor), own(gap.opened))
    } else if gap.base_minor != gap.opened_base {
        let (stated, opened) = (based(gap.base_minor), based(gap.opened_base));
        format!("{number} is an item of {stated} in base currency and was opened with {opened}.")
    } else if gap.open_minor != gap.moved {
        format!("{number} shows {} open and its movements add up to {}.", own(gap.open_minor), own(gap.moved))
    } else if gap.open_base_minor != gap.moved_base {
        let (shown, moved) = (based(gap.open_base_minor), based(gap.moved_base));
        format!("{number} shows {shown} of base currency open and its movements add up to {moved}.")
    } else if gap.open_minor == 0 {
        let (shown, last) = (day(gap.settled_on), day(gap.last_on));
        format!("{number} shows {shown} as the day of its settlement and last moved on {last}.")
    } else {
        format!("{number} shows {} as the day of its settlement and is open.", day(gap.settled_on))
    }
}

pub(super) async fn allocations(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, base) = (work.company_id(), work.company.currency);
    proof.checked = count(items::allocations(&mut work.tx, company).await?);
    let gaps = items::allocation_gaps(&mut work.tx, company).await?;
    list(&mut proof.faults, gaps, |gap| gap.total, |gap| allocation(&gap, base));
    let gaps = items::write_off_gaps(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "write_offs", base, gaps, |item, stated, found| {
        format!("A write-off on {item} should have taken {stated} and its movements took {found}.")
    });
    let gaps = items::refund_gaps(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "refunds", base, gaps, |refund, stated, found| {
        format!("{refund} paid back {stated} and its movements took {found}.")
    });
    let gaps = items::causeless(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "movements", base, gaps, |item, _, amount| {
        format!("A movement of {amount} on {item} comes from no allocation, write-off or refund.")
    });
    Ok(())
}

fn allocation(gap: &AllocationGap, base: Currency) -> Fault {
    let money = |minor| Money::new(minor, gap.currency.unwrap_or(base));
    let name = |number: &Option<String>| number.clone().unwrap_or_else(|| "a missing item".to_owned());
    let (from, to) = (name(&gap.from_number), name(&gap.to_number));
    let sentence = if gap.from_minor != gap.used {
        format!("{from} gave {} to {to} and its movements gave {} (minor units).", gap.from_minor, gap.used)
    } else if gap.to_minor != gap.paid {
        format!("{to} received {} from {from} and its movements say {}.", money(gap.to_minor), money(gap.paid))
    } else if gap.discount_minor != gap.discount {
        let (stated, found) = (money(gap.discount_minor), money(gap.discount));
        format!("A discount of {stated} on {to} was taken with {from} and its movements say {found}.")
    } else if gap.difference_minor != gap.difference {
        let (stated, found) = (money(gap.difference_minor), money(gap.difference));
        format!("A difference of {stated} on {to} was closed with {from} and its movements say {found}.")
    } else if gap.reversed {
        format!("{from} on {to} was taken back, and {} of it came back.", money(gap.back))
    } else {
        format!("{from} on {to} stands, and {} of it came back.", money(gap.back))
    };
    fault("allocations", gap.id, &format!("{from} on {to}"), sentence)
}
