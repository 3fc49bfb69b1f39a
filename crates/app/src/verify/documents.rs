//! Proofs over documents: lines and totals, what issuing opened and posted, and the number series.

use super::{agreement, count, fault, list, list_gaps};
use crate::{context::Work, error::Result};
use domain::{
    companies::Series,
    ledger::AccountRole,
    lines::cost,
    verify::{Fault, Proof, control_roles},
};
use kernel::{Currency, Money, Percent};
use std::collections::BTreeMap;
use store::verify::{
    documents::{self, DocumentGap, IssueGap, NumberGap},
    lines::{self, SuspectLine},
};

pub(super) async fn totals(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, base) = (work.company_id(), work.company.currency);
    proof.checked = count(documents::documents(&mut work.tx, company).await?);
    let gaps = documents::document_gaps(&mut work.tx, company).await?;
    list(&mut proof.faults, gaps, |gap| gap.total, |gap| total(&gap));
    let gaps = documents::tax_gaps(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "document_taxes", base, gaps, |name, stated, found| {
        format!("{name} taxes {stated} at a rate whose lines add up to {found}.")
    });
    let gaps = documents::base_gaps(&mut work.tx, company).await?;
    list_gaps(&mut proof.faults, "invoices", base, gaps, |name, stated, found| {
        format!("{name} is {stated} in base currency and its net and tax add up to {found}.")
    });
    costs(work, proof).await
}

/// Every line costs its quantity at its price. With tax in the prices it is the document that was told its gross: how
/// much tax a line has depends on the others.
async fn costs(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    for line in lines::suspect_nets(&mut work.tx, company).await? {
        if !fits(cost_of(&line), line.net_minor, line.slack) {
            let net = Money::new(line.net_minor, line.currency);
            proof.faults.add(misjudged(&line, (cost_of(&line), ""), &format!("net is {net}")));
        }
    }
    let suspects = lines::suspect_grosses(&mut work.tx, company).await?;
    for document in suspects.chunk_by(|one, next| one.document_id == next.document_id) {
        let cost = document.iter().try_fold(0_i64, |sum, line| sum.checked_add(cost_of(line)?));
        let strangest = document.iter().max_by_key(|line| strangeness(line));
        let slack = document.iter().map(|line| line.slack).sum();
        if let Some(line) = strangest.filter(|line| !fits(cost, line.gross_minor, slack)) {
            let gross = Money::new(line.gross_minor, line.currency);
            let with = if document.len() > 1 { " with the other lines" } else { "" };
            proof.faults.add(misjudged(line, (cost, with), &format!("gross is {gross}")));
        }
    }
    Ok(())
}

fn fits(cost: Option<i64>, stated: i64, slack: i64) -> bool {
    cost.is_some_and(|cost| cost.abs_diff(stated) <= slack.unsigned_abs())
}

fn cost_of(line: &SuspectLine) -> Option<i64> {
    cost(line.quantity, line.unit_price, line.discount_percent, line.currency)
}

/// How far a line's net and its tax are from what it costs.
fn strangeness(line: &SuspectLine) -> i128 {
    let (net, rate) = (i128::from(line.net_minor), i128::from(line.tax_rate.scaled()));
    let whole = i128::from(Percent::whole(100).scaled());
    let cost = cost_of(line).map_or(i128::from(i64::MAX), i128::from);
    (cost * whole - net * (whole + rate)).abs()
}

fn misjudged(line: &SuspectLine, (cost, with): (Option<i64>, &str), stated: &str) -> Fault {
    let SuspectLine { quantity, unit_price, discount_percent, currency, .. } = line;
    let name = line.number.as_deref().unwrap_or("a draft");
    let less = if discount_percent.is_zero() { String::new() } else { format!(" less {discount_percent} %") };
    let cost = cost.map_or_else(|| "more than any amount".to_owned(), |minor| Money::new(minor, *currency).to_string());
    let sentence =
        format!("A line of {name} is {quantity} at {unit_price}{less}: that comes to {cost}{with}, and its {stated}.");
    Fault { table: "document_lines", id: line.id.to_string(), number: line.number.clone(), sentence }
}

const fn table(kind: &str) -> &'static str {
    match kind.as_bytes() {
        b"quote" => "quotes",
        b"order" => "orders",
        b"payment" => "payments",
        b"refund" => "refunds",
        _ => "invoices",
    }
}

fn total(gap: &DocumentGap) -> Fault {
    let money = |minor| Money::new(minor, gap.currency);
    let name = gap.number.clone().unwrap_or_else(|| "A draft".to_owned());
    let sentence = if gap.net_minor != gap.tax_base {
        format!("{name} is {} net and its taxes are taken of {}.", money(gap.net_minor), money(gap.tax_base))
    } else if gap.tax_minor != gap.tax_sum {
        format!("{name} has {} of tax and its rates add up to {}.", money(gap.tax_minor), money(gap.tax_sum))
    } else {
        let sum = money(gap.net_minor.saturating_add(gap.tax_minor));
        format!("{name} is {} gross, and net and tax add up to {sum}.", money(gap.gross_minor))
    };
    Fault { table: table(&gap.kind), id: gap.id.to_string(), number: gap.number.clone(), sentence }
}

pub(super) async fn issued(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, base) = (work.company_id(), work.company.currency);
    proof.checked = count(documents::issued(&mut work.tx, company).await?);
    let roles: Vec<AccountRole> = control_roles().into_iter().collect();
    let accounts = store::verify::books::accounts(&mut work.tx, company, &roles).await?;
    let gaps = documents::issue_gaps(&mut work.tx, company, &accounts).await?;
    list(&mut proof.faults, gaps, |gap| gap.total, |gap| issue(&gap, base));
    agreement::issued(work, proof).await
}

fn issue(gap: &IssueGap, base: Currency) -> Fault {
    let name = gap.number.clone().unwrap_or_else(|| gap.id.to_string());
    let own = |minor| Money::new(minor, gap.currency);
    let based = |minor| Money::new(minor, base);
    let amount = own(gap.amount_minor);
    let sentence = if gap.amount_minor != gap.items {
        format!("{name} is {amount} and opened items of {}.", own(gap.items))
    } else if gap.amount_minor != gap.posted {
        format!("{name} is {amount} and posted {} to the control account.", own(gap.posted))
    } else if gap.base_minor != gap.items_base {
        let (stated, items) = (based(gap.base_minor), based(gap.items_base));
        format!("{name} is {stated} in base currency and opened items of {items}.")
    } else {
        let (stated, posted) = (based(gap.base_minor), based(gap.posted_base));
        format!("{name} is {stated} in base currency and posted {posted} to the control account.")
    };
    Fault { table: table(&gap.kind), id: gap.id.to_string(), number: gap.number.clone(), sentence }
}

/// Customers may be given any number, so their series is not proven.
pub(super) async fn numbers(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    let mut counters: BTreeMap<(String, i64), i64> = BTreeMap::new();
    for (kind, year, last) in documents::counters(&mut work.tx, company).await? {
        if kind != Series::Customer.as_str() {
            counters.insert((kind, year), last);
        }
    }
    let mut gaps = false;
    for sum in documents::series(&mut work.tx, company).await? {
        proof.checked += count(sum.documents);
        let places = (sum.distinct_places, sum.lowest, sum.highest);
        gaps |= places != (sum.documents, 1, sum.documents) || sum.mislabelled > 0;
        let last = counters.remove(&(sum.kind.clone(), sum.year)).unwrap_or(0);
        if last != sum.highest {
            let of = sum.highest;
            proof.faults.add(counter(&sum.kind, sum.year, last, &format!("the last one given is {of}")));
        }
    }
    for ((kind, year), last) in counters.into_iter().filter(|(_, last)| *last != 0) {
        proof.faults.add(counter(&kind, year, last, "none is there"));
    }
    if gaps {
        let gaps = documents::number_gaps(&mut work.tx, company).await?;
        list(&mut proof.faults, gaps, |gap| gap.total, |gap| number(&gap));
    }
    Ok(())
}

fn counter(kind: &str, year: i64, last: i64, found: &str) -> Fault {
    let series = kind.replace('_', " ");
    let of = if year == 0 { String::new() } else { format!(" of {year}") };
    let sentence = format!("The counter of {series} numbers{of} stands at {last} and {found}.");
    Fault { table: "counters", id: format!("{kind} {year}"), number: None, sentence }
}

fn number(gap: &NumberGap) -> Fault {
    let (name, place) = (&gap.number, gap.sequence);
    let (next, last_missing) = (gap.before.saturating_add(1), place.saturating_sub(1));
    let sentence = if place == gap.before {
        format!("{name} has place {place} of its series, which another has too.")
    } else if place == next {
        format!("{name} has place {place} of its series, which its number does not show.")
    } else if last_missing == next {
        format!("The number before {name} is missing (place {next}).")
    } else {
        format!("The numbers before {name} are missing (places {next} to {last_missing}).")
    };
    fault(table(&gap.kind), gap.id, name, sentence)
}
