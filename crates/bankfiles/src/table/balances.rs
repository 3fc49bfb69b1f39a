//! The opening and the closing balance from the balances that stand beside the lines.
//!
//! A file runs from the oldest line to the newest or the other way round; the direction is the one in which more balances
//! follow from the line before. Where one does not follow, a warning names the line.

use super::{Running, Warning, WarningKind};
use crate::{Amount, Balance, BankStatement, Status};

/// Fills in the balances that the file does not state outright.
pub(super) fn take(statement: &mut BankStatement, running: &[Running]) {
    let booked = statement.lines.iter().filter(|line| line.status == Status::Booked).count();
    if running.is_empty() || running.len() != booked {
        return;
    }
    let newest_first = breaks(running.iter().rev()) < breaks(running.iter());
    let mut in_order: Vec<Running> = running.to_vec();
    if newest_first {
        in_order.reverse();
    }
    let currency = statement.currency;
    let balance = |decimal, on| Balance { amount: Amount::new(decimal, currency), date: on };
    if let [first, .., last] | [first @ last] = &in_order[..] {
        let before = first.balance.checked_sub(first.amount);
        statement.opening = statement.opening.or_else(|| before.map(|before| balance(before, first.on)));
        statement.closing = statement.closing.or(Some(balance(last.balance, last.on)));
    }
    for pair in in_order.windows(2).filter(|pair| !follows(&pair[0], &pair[1])) {
        let [before, found] = [pair[0].balance, pair[1].balance].map(|decimal| Amount::new(decimal, currency));
        let text = format!("the balance {found} does not follow from the line and the balance {before} before it");
        statement.warnings.push(Warning::at(pair[1].at_line, "balance", WarningKind::Other(text)));
    }
}

fn follows(before: &Running, line: &Running) -> bool {
    before.balance.checked_add(line.amount) == Some(line.balance)
}

fn breaks<'r>(running: impl Iterator<Item = &'r Running> + Clone) -> usize {
    running.clone().zip(running.skip(1)).filter(|(before, line)| !follows(before, line)).count()
}
