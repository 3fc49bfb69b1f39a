//! Does a statement add up? Opening balance and lines must make the closing balance.
//!
//! Adds warnings, never refuses: real files are anonymised, cut and wrong, and a clerk decides. Counts and control
//! totals are compared by the format that has them, with [`count`] and [`total`].

use crate::{Amount, BankStatement, CurrencyCode, Status, Warning, WarningKind};
use kernel::Decimal;

/// Adds what does not add up to the statement's warnings.
pub fn check(statement: &mut BankStatement) {
    let found = [other_currency(statement), balances(statement)];
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
    let mut own = booked(statement).map(|(_, amount)| amount).filter(|amount| !is_other(*amount, opening.currency));
    let lines = own.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount.decimal))?;
    let sum = opening.decimal.checked_add(lines)?;
    (sum != closing.decimal).then(|| {
        let amount = |decimal| Amount::new(decimal, opening.currency);
        Warning::nowhere(WarningKind::Balance { opening, lines: amount(lines), sum: amount(sum), closing })
    })
}

/// Where each booked line stands, and its amount.
fn booked(statement: &BankStatement) -> impl Iterator<Item = (usize, Amount)> {
    let lines = statement.lines.iter().filter(|line| line.status == Status::Booked);
    lines.filter_map(|line| Some((line.at_line, line.amount?)))
}

/// Amounts of two currencies do not add up.
fn is_other(amount: Amount, currency: Option<CurrencyCode>) -> bool {
    amount.currency.zip(currency).is_some_and(|(of_line, of_balance)| of_line != of_balance)
}

fn other_currency(statement: &BankStatement) -> Option<Warning> {
    let balance = statement.opening.or(statement.closing)?.amount.currency?;
    let mut others = booked(statement).filter(|(_, amount)| is_other(*amount, Some(balance)));
    let (line, first) = others.next()?;
    let count = others.count() + 1;
    let text = format!(
        "lines in another currency than the balances ({balance}) are not added to them: {count}, the first of {first}"
    );
    Some(Warning::at(line, "amount", WarningKind::Other(text)))
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
