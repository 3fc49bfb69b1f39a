//! Which remittance advice a posted line uses up: one of just its sum that speaks of the same customer or items. Another
//! customer may owe the same sum, and its advice waits for its own money.

use super::plan::Plan;
use crate::{context::Work, error::Result};
use domain::bank::letters;
use kernel::{Money, OpenItemId};
use matching::Advice;
use store::desk::facts;

/// The place of the advice that announced this plan.
pub(super) async fn announced_by(
    work: &mut Work,
    advices: &[Advice],
    (money, plan): (Money, &Plan),
) -> Result<Option<usize>> {
    let of_sum: Vec<usize> = (0..advices.len()).filter(|at| advices[*at].total == money).collect();
    if of_sum.is_empty() {
        return Ok(None);
    }
    let ids = plan.debts.iter().map(|debt| debt.item).chain(plan.credits.iter().map(|credit| credit.item));
    let ids: Vec<OpenItemId> = ids.collect();
    let company = work.company_id();
    let names = if ids.is_empty() { Vec::new() } else { facts::names_of_items(&mut work.tx, company, &ids).await? };
    let names: Vec<String> = names
        .into_iter()
        .flat_map(|(number, order)| [Some(number), order])
        .flatten()
        .map(|name| letters(&name))
        .collect();
    let customer = plan.customer.to_string();
    let is_meant = |advice: &Advice| {
        advice.customer.as_ref() == Some(&customer)
            || advice.lines.iter().any(|line| names.iter().any(|name| is_named(name, &letters(&line.reference))))
    };
    Ok(of_sum.into_iter().find(|at| is_meant(&advices[*at])))
}

/// A payer may leave out what a number begins with.
const LEAST_LETTERS: usize = 4;

fn is_named(name: &str, reference: &str) -> bool {
    name == reference || (reference.len() >= LEAST_LETTERS && name.ends_with(reference))
}
