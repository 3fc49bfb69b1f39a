//! Does a statement add up? Opening balance and lines must make the closing balance.
//!
//! Adds warnings, never refuses: real files are anonymised, cut and wrong, and a clerk decides. Counts and control
//! totals are compared by the format that has them, with [`count`] and [`total`].

use crate::{Amount, BankStatement, Status, Warning, WarningKind};
use kernel::Decimal;

/// Adds what does not add up to the statement's warnings.
pub fn check(statement: &mut BankStatement) {
    let found = [balances(statement)];
    statement.warnings.extend(found.into_iter().flatten());
    unknown_currency(statement);
    decimals(statement);
}

fn balances(statement: &BankStatement) -> Option<Warning> {
    let (opening, closing) = (statement.opening?.amount, statement.closing?.amount);
    if opening.currency != closing.currency {
        let text = format!("the opening balance is {opening}, but the closing balance is {closing}");
        return Some(Warning::nowhere(WarningKind::Other(text)));
    }
    let booked = statement.lines.iter().filter(|line| line.status == Status::Booked);
    let lines = booked.filter_map(|line| line.amount).try_fold(Decimal::ZERO, |sum, a| sum.checked_add(a.decimal))?;
    let sum = opening.decimal.checked_add(lines)?;
    (sum != closing.decimal).then(|| {
        let amount = |decimal| Amount::new(decimal, opening.currency);
        Warning::nowhere(WarningKind::Balance { opening, lines: amount(lines), sum: amount(sum), closing })
    })
}

fn unknown_currency(statement: &mut BankStatement) {
    let code = statement.currency.filter(|code| code.known().is_none());
    statement.warnings.extend(code.map(|code| Warning::nowhere(WarningKind::Currency(code.to_string()))));
}

fn decimals(statement: &mut BankStatement) {
    for line in &statement.lines {
        let Some(amount) = line.amount.filter(|amount| !amount.is_exact()) else { continue };
        let Some(money) = amount.money() else { continue };
        let rounded = Amount::new(money.to_decimal(), amount.currency);
        statement.warnings.push(Warning::at(line.at_line, "amount", WarningKind::Decimals(amount, rounded)));
    }
}
