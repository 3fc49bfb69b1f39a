//! The two ends of a payment in columns of their own: who paid and who was paid, by name or by account.
//!
//! The near end of money in is the payee and that of money out the payer. It is the account's owner, so it is the same in
//! all lines or empty; where it is not, the columns mean something else and are left alone.

use super::{Column, Columns, Field, Free, cells, is_debit_word};

/// Where a line says which way the money goes.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Sides { debit: usize, credit: usize },
    Amount { amount: usize, side: Option<usize> },
}

impl Free<'_, '_> {
    pub(super) fn ends(&mut self, direction: Direction, columns: &mut Columns) {
        let accounts = self.pair(Field::PayerAccount, Field::PayeeAccount, direction);
        let names = self.pair(Field::Payer, Field::Payee, direction);
        let hold = |pair: (usize, usize), fits: fn(&str) -> bool| {
            [pair.0, pair.1].into_iter().flat_map(|at| self.filled(at)).all(fits)
        };
        let numbers = names.filter(|pair| hold(*pair, is_account));
        (columns.payer_account, columns.payee_account) = self.called(accounts.or(numbers));
        (columns.payer, columns.payee) = self.called(names.filter(|pair| !hold(*pair, is_account)));
    }

    fn called(&self, pair: Option<(usize, usize)>) -> (Option<Column>, Option<Column>) {
        pair.map(|(payer, payee)| (self.named(payer), self.named(payee))).unzip()
    }

    /// Two columns that are called so and nothing more.
    fn pair(&mut self, payer: Field, payee: Field, direction: Direction) -> Option<(usize, usize)> {
        let samples = &self.guess.samples;
        let find = |of: Field| {
            let is_called = |at: &usize| samples[*at].fields.iter().any(|(fit, field)| *fit == 3 && *field == of);
            (0..samples.len()).find(|at| !self.taken.contains(at) && is_called(at))
        };
        let is_filled = |at: usize| self.filled(at).next().is_some();
        let (payer, payee) = find(payer).zip(find(payee)).filter(|pair| is_filled(pair.0) || is_filled(pair.1))?;
        if !self.has_one_owner(payer, payee, direction) {
            return None;
        }
        self.taken.extend([payer, payee]);
        Some((payer, payee))
    }

    fn has_one_owner(&self, payer: usize, payee: usize, direction: Direction) -> bool {
        let near = |row: usize| {
            let at = if self.is_debit(row, direction)? { payer } else { payee };
            Some(self.guess.samples[at].cells[row]).filter(|cell| !cell.is_empty())
        };
        let mut owners = self.guess.rows().filter_map(near);
        owners.next().is_none_or(|first| owners.all(|next| next == first))
    }

    fn is_debit(&self, row: usize, direction: Direction) -> Option<bool> {
        let number = |at: usize| self.guess.number(at, row).filter(|number| !number.is_zero());
        match direction {
            Direction::Sides { debit, credit } => match (number(debit), number(credit)) {
                (Some(_), None) => Some(true),
                (None, Some(_)) => Some(false),
                _ => None,
            },
            Direction::Amount { side: Some(side), .. } => Some(is_debit_word(self.guess.samples[side].cells[row])),
            Direction::Amount { amount, side: None } => Some(number(amount)?.is_sign_negative()),
        }
    }
}

fn is_account(cell: &str) -> bool {
    cells::iban(cell).is_some() || cells::is_account_number(cell)
}
