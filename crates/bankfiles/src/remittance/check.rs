//! Does an advice add up? What its lines pay and its adjustments must make the payment.

use super::{Adjustment, RemittanceAdvice, RemittanceLine};
use crate::{Amount, Warning, WarningKind};
use kernel::Decimal;

/// Fills in what a line pays where it only says how that comes about, then compares the sum with the payment.
pub(super) fn complete(advice: &mut RemittanceAdvice) {
    for line in &mut advice.lines {
        line.paid = line.paid.or_else(|| computed(line));
    }
    let Some(total) = advice.amount.filter(|_| !advice.lines.is_empty()) else { return };
    let Some(found) = paid(&advice.lines).and_then(|paid| paid.checked_add(adjustments(&advice.adjustments)?)) else {
        return;
    };
    if found == total.decimal {
        return;
    }
    let of_lines = |line: &RemittanceLine| adjustments(&line.adjustments);
    let adjusted = advice.lines.iter().map(of_lines).try_fold(found, |sum, part| sum.checked_add(part?));
    if adjusted == Some(total.decimal) {
        advice.lines.iter_mut().for_each(pay_adjusted);
        return;
    }
    let found = Amount::new(found, total.currency);
    let kind = WarningKind::Total { of: "the payment".to_owned(), stated: total, found };
    advice.warnings.push(Warning::nowhere(kind));
}

/// Some payers write what a line pays before its adjustments.
fn pay_adjusted(line: &mut RemittanceLine) {
    let by = adjustments(&line.adjustments).unwrap_or_default();
    line.paid = line.paid.map(|paid| Amount::new(paid.decimal.saturating_add(by), paid.currency));
}

fn computed(line: &RemittanceLine) -> Option<Amount> {
    let gross = line.gross?;
    let discount = line.discount.map_or(Decimal::ZERO, |discount| discount.decimal);
    let paid = gross.decimal.checked_sub(discount)?.checked_add(adjustments(&line.adjustments)?)?;
    Some(Amount::new(paid, gross.currency))
}

pub(super) fn paid(lines: &[RemittanceLine]) -> Option<Decimal> {
    sum(lines.iter().filter_map(|line| line.paid))
}

pub(super) fn adjustments(adjustments: &[Adjustment]) -> Option<Decimal> {
    sum(adjustments.iter().filter_map(|adjustment| adjustment.amount))
}

fn sum(mut amounts: impl Iterator<Item = Amount>) -> Option<Decimal> {
    amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount.decimal))
}
