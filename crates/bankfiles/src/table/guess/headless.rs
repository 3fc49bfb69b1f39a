//! A definition for a table without a header: the cells alone say which column is the date, the amount, the balance.
//!
//! Where several columns of numbers could be the amount, the balances decide; where they do not, nothing is proposed.

use super::{
    Cells, Column, Columns, Definition, Field, Guess, RowCells, SAMPLE, Sample, Sign, WIDEST, cells, date_format,
    dates::are_mixed, decimal_mark, is_debit_word, is_side,
};
use crate::{CurrencyCode, FormatError, Reason};
use kernel::{Date, Decimal};

/// Words alone above rows with numbers are a header, and what it calls no amount is none.
fn has_unknown_header(cells: &Cells) -> bool {
    let has_digits = |row: &RowCells| row.cells.iter().any(|cell| cell.bytes().any(|b| b.is_ascii_digit()));
    let [header, rows @ ..] = &cells.rows[..] else { return false };
    let words = header.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    words >= 2 && !has_digits(header) && rows.iter().take(SAMPLE).any(has_digits)
}

/// A column of numbers; a cell can be empty.
struct Numbers {
    at: usize,
    cells: Vec<Option<Decimal>>,
    is_signed: bool,
}

/// The columns that make the amount, and the balance.
#[derive(Debug, Default, PartialEq, Eq)]
struct Movement {
    amount: Option<usize>,
    is_inverted: bool,
    debit: Option<usize>,
    credit: Option<usize>,
    side: Option<usize>,
    balance: Option<usize>,
}

struct Rows<'r> {
    numbers: &'r [Numbers],
    days: &'r [Date],
    /// A column of words for the side, and which of its rows are debits.
    side: Option<(usize, Vec<bool>)>,
    empty: &'r [usize],
    date: usize,
}

/// Each balance follows from the one before it, downwards or upwards.
fn leads(amounts: &[Decimal], balances: &[Decimal]) -> (bool, bool) {
    let steps = || balances.windows(2).zip(amounts.windows(2));
    let down = || steps().all(|(balance, amount)| balance[0].checked_add(amount[1]) == Some(balance[1]));
    let up = || steps().all(|(balance, amount)| balance[1].checked_add(amount[0]) == Some(balance[0]));
    if balances.len() > 1 { (down(), up()) } else { (false, false) }
}

fn any((down, up): (bool, bool)) -> bool {
    down || up
}

impl Rows<'_> {
    fn full(&self) -> Vec<(&Numbers, Vec<Decimal>)> {
        let full = |column: &Numbers| column.cells.iter().copied().collect::<Option<Vec<_>>>();
        self.numbers.iter().filter_map(|column| Some((column, full(column)?))).collect()
    }

    fn movement(&self) -> Option<Movement> {
        let full = self.full();
        let is_signed = self.numbers.iter().any(|column| column.is_signed);
        if let Some((side, debits)) = self.side.as_ref().filter(|_| !is_signed) {
            return Self::by_side(&full, *side, debits);
        }
        if let Some(found) = self.by_balance(&full) {
            return found;
        }
        if full.first().is_some_and(|(_, numbers)| numbers.len() == 1) && full.len() > 1 {
            return self.within_row(&full);
        }
        if self.exclusive().next().is_some() {
            return self.by_two_sides(&full);
        }
        let mut signed = full.iter().filter(|(_, numbers)| numbers.iter().any(Decimal::is_sign_negative));
        let only = match &full[..] {
            [(column, _)] => Some(column.at),
            _ => signed.next().filter(|_| signed.next().is_none()).map(|(column, _)| column.at),
        };
        only.map(|at| Movement { amount: Some(at), ..Movement::default() })
    }

    fn by_side(full: &[(&Numbers, Vec<Decimal>)], side: usize, debits: &[bool]) -> Option<Movement> {
        let signed = |numbers: &[Decimal]| -> Vec<Decimal> {
            numbers.iter().zip(debits).map(|(number, is_debit)| if *is_debit { -*number } else { *number }).collect()
        };
        let found = |amount: &Numbers, balance: Option<&Numbers>| Movement {
            amount: Some(amount.at),
            side: Some(side),
            balance: balance.map(|column| column.at),
            ..Movement::default()
        };
        if let [(amount, _)] = full {
            return Some(found(amount, None));
        }
        let pairs = full.iter().flat_map(|amount| full.iter().map(move |balance| (amount, balance)));
        let mut fits =
            pairs.filter(|(amount, balance)| amount.0.at != balance.0.at && any(leads(&signed(&amount.1), &balance.1)));
        fits.next().filter(|_| fits.next().is_none()).map(|(amount, balance)| found(amount.0, Some(balance.0)))
    }

    /// `Some(None)` where the balances fit and do not say whether money came or went.
    fn by_balance(&self, full: &[(&Numbers, Vec<Decimal>)]) -> Option<Option<Movement>> {
        for (amount, numbers) in full {
            let negated: Vec<Decimal> = numbers.iter().map(|number| -*number).collect();
            for (balance, balances) in full.iter().filter(|(balance, _)| balance.at != amount.at) {
                let plain = leads(numbers, balances);
                let inverted = if amount.is_signed { (false, false) } else { leads(&negated, balances) };
                let is_inverted = match (any(plain), any(inverted)) {
                    (false, false) => continue,
                    (true, false) => false,
                    (false, true) => true,
                    (true, true) => match (self.in_order(plain), self.in_order(inverted)) {
                        (true, false) => false,
                        (false, true) => true,
                        _ => return Some(None),
                    },
                };
                let credit = Some(amount.at + 1).filter(|at| is_inverted && self.empty.contains(at));
                let mut found = Movement { balance: Some(balance.at), credit, ..Movement::default() };
                match credit {
                    Some(_) => found.debit = Some(amount.at),
                    None => (found.amount, found.is_inverted) = (Some(amount.at), is_inverted),
                }
                return Some(Some(found));
            }
        }
        None
    }

    /// Whether the days run as the balances do.
    fn in_order(&self, (down, up): (bool, bool)) -> bool {
        let later = self.days.windows(2).any(|pair| pair[1] > pair[0]);
        let earlier = self.days.windows(2).any(|pair| pair[1] < pair[0]);
        (down && (later || !earlier)) || (up && (earlier || !later))
    }

    /// One row: the opening balance and the amount make the closing balance, which stands behind the opening one.
    fn within_row(&self, full: &[(&Numbers, Vec<Decimal>)]) -> Option<Movement> {
        let value = |at: usize| full[at].1[0];
        let places = || 0..full.len();
        let balances = places().flat_map(|opening| (opening + 1..full.len()).map(move |closing| (opening, closing)));
        let fits = balances.flat_map(|(opening, closing)| places().map(move |amount| (opening, amount, closing)));
        let mut fits = fits.filter(|&(opening, amount, closing)| {
            amount != opening && amount != closing && value(opening).checked_add(value(amount)) == Some(value(closing))
        });
        let at = |place: usize| Some(full[place].0.at);
        if let Some((_, amount, closing)) = fits.next() {
            let is_only = fits.next().is_none();
            return is_only.then(|| Movement { amount: at(amount), balance: at(closing), ..Movement::default() });
        }
        // Where amounts have signs, the balance or the amount in another currency stands right behind the amount; where
        // both have one, an amount that stands right behind the day is it.
        let is_amount_first = |first: &Numbers, second: &Numbers| {
            (second.at == first.at + 1 && (first.is_signed || second.is_signed))
                || (first.at == self.date + 1 && first.is_signed && second.is_signed)
        };
        match full {
            [(first, _), (second, _)] if is_amount_first(first, second) => {
                Some(Movement { amount: at(0), ..Movement::default() })
            }
            _ => None,
        }
    }

    /// Pairs of columns of which each row fills one.
    fn exclusive(&self) -> impl Iterator<Item = (&Numbers, &Numbers)> {
        let filled = |cell: &Option<Decimal>| cell.is_some_and(|number| !number.is_zero());
        let pairs = self.numbers.iter().flat_map(|debit| self.numbers.iter().map(move |credit| (debit, credit)));
        pairs.filter(move |(debit, credit)| {
            let mut rows = debit.cells.iter().zip(&credit.cells);
            let fills = |column: &Numbers| column.cells.iter().any(filled);
            debit.at != credit.at
                && fills(debit)
                && fills(credit)
                && rows.all(|(debit, credit)| filled(debit) != filled(credit))
        })
    }

    fn by_two_sides(&self, full: &[(&Numbers, Vec<Decimal>)]) -> Option<Movement> {
        let net = |(debit, credit): (&Numbers, &Numbers)| -> Vec<Decimal> {
            let side = |cell: &Option<Decimal>| cell.unwrap_or_default().abs();
            debit.cells.iter().zip(&credit.cells).map(|(debit, credit)| side(credit) - side(debit)).collect()
        };
        let fits = self.exclusive().flat_map(|pair| full.iter().map(move |balance| (pair, balance)));
        let mut fits = fits.filter(|((debit, credit), balance)| {
            let is_other = balance.0.at != debit.at && balance.0.at != credit.at;
            let order = leads(&net((debit, credit)), &balance.1);
            is_other && any(order) && self.in_order(order)
        });
        let ((debit, credit), balance) = fits.next().filter(|_| fits.next().is_none())?;
        let [debit, credit, balance] = [debit.at, credit.at, balance.0.at].map(Some);
        Some(Movement { debit, credit, balance, ..Movement::default() })
    }
}

/// A column of words for the side in every row.
fn side_among(samples: &[Sample<'_>]) -> Option<(usize, Vec<bool>)> {
    let mut sides = samples.iter().enumerate().filter(|(_, sample)| sample.cells.iter().all(|cell| is_side(cell)));
    let (at, sample) = sides.next().filter(|_| sides.next().is_none())?;
    Some((at, sample.cells.iter().map(|cell| is_debit_word(cell)).collect()))
}

/// Days further apart than this are no booking and its value.
const VALUE_DAYS: i64 = 31;

/// Why a table has no definition, the nearest to one last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    Columns,
    /// Several columns of numbers could be the amount.
    Amount,
}

impl Lack {
    pub(super) fn refusal(self) -> FormatError {
        let missing = "no column of dates and no column of amounts could be found".to_owned();
        FormatError::nowhere(match self {
            Self::Columns => Reason::NotThisFormat("bank statement in CSV or XLSX", missing),
            Self::Amount => Reason::AmountUnclear,
        })
    }
}

/// The currency right behind the amount, if no amount in that currency follows it; or the one that stands in all places.
fn currency(samples: &[Sample<'_>], movement: &Movement, numbers: &[Numbers]) -> Option<usize> {
    let is_code = |cell: &&str| CurrencyCode::new(cell).is_some_and(|code| code.known().is_some());
    let codes: Vec<usize> = (0..samples.len()).filter(|at| samples[*at].cells.iter().all(is_code)).collect();
    let behind = [movement.amount, movement.debit, movement.credit].into_iter().flatten().max()? + 1;
    let is_of_next = numbers.iter().any(|next| next.at == behind + 1 && Some(next.at) != movement.balance);
    if codes.contains(&behind) && !is_of_next {
        return Some(behind);
    }
    let (first, others) = codes.split_first()?;
    let is_same = |at: &usize| samples[*at].cells == samples[*first].cells;
    (!others.is_empty() && others.iter().all(is_same)).then_some(*first)
}

/// A first column of dates, a column of amounts, the longest text; a second date in every row is that of the value.
pub(super) fn without_header(cells: &Cells) -> Result<Definition, Lack> {
    if has_unknown_header(cells) {
        return Err(Lack::Columns);
    }
    let width = cells.rows.first().ok_or(Lack::Columns)?.cells.len().min(WIDEST);
    let column = |at: usize| -> Vec<&str> {
        let rows = cells.rows.iter().take(SAMPLE);
        rows.map(|row| row.cells.get(at).map_or("", |cell| cell.trim())).collect()
    };
    let samples: Vec<Sample<'_>> =
        (0..width).map(|at| Sample { heading: "", fields: Vec::new(), cells: column(at) }).collect();
    let is_filled = |sample: &Sample<'_>| sample.cells.iter().any(|cell| !cell.is_empty());
    let is_full = |at: &usize| samples[*at].cells.iter().all(|cell| !cell.is_empty());
    let is_date = |at: &usize| date_format(&samples[*at].cells).is_some();
    if samples.iter().any(|sample| are_mixed(&sample.cells)) {
        return Err(Lack::Columns);
    }
    let date = (0..width).filter(is_full).find(is_date).ok_or(Lack::Columns)?;
    let dates = date_format(&samples[date].cells).ok_or(Lack::Columns)?;
    let days_of =
        |at: usize| -> Option<Vec<Date>> { samples[at].cells.iter().map(|cell| cells::date(cell, &dates)).collect() };
    let days = days_of(date);
    let has_mark = |cell: &&str| cell.contains(['.', ',']) && cell.bytes().any(|b| b.is_ascii_digit());
    let numbers: Vec<usize> = (0..width).filter(|at| samples[*at].cells.iter().any(has_mark) && !is_date(at)).collect();
    let all = numbers.iter().flat_map(|&at| &samples[at].cells).copied();
    let decimal = decimal_mark(all, cells.delimiter, false);
    let read = |at: usize| -> Option<Numbers> {
        let number = |cell: &&str| if cell.is_empty() { Some(None) } else { cells::number(cell, decimal).map(Some) };
        let is_signed = samples[at].cells.iter().any(|cell| cell.contains(['-', '+', '−', '(']));
        Some(Numbers { at, cells: samples[at].cells.iter().map(number).collect::<Option<_>>()?, is_signed })
    };
    let numbers: Vec<Numbers> = numbers.into_iter().filter_map(read).collect();
    let empty: Vec<usize> = (0..width).filter(|&at| !is_filled(&samples[at])).collect();
    let side = side_among(&samples);
    let rows = Rows { numbers: &numbers, days: days.as_deref().unwrap_or_default(), side, empty: &empty, date };
    let movement = rows.movement().ok_or(if numbers.len() > 1 { Lack::Amount } else { Lack::Columns })?;
    let is_value = |at: &usize| {
        let near = |pair: (&Date, &Date)| pair.1.days_since(*pair.0).abs() <= VALUE_DAYS;
        *at > date && days_of(*at).zip(days.as_ref()).is_some_and(|(value, days)| days.iter().zip(&value).all(near))
    };
    let guess = Guess {
        samples: &samples,
        lines: vec![true; cells.rows.len()],
        delimiter: cells.delimiter,
        dates: dates.clone(),
        decimal,
    };
    let value_date = (0..width).filter(is_full).find(is_value);
    let text = longest_text(&guess, &samples, |at| is_date(&at) || Some(at) == movement.side);
    let sign = if movement.is_inverted { Sign::Inverted } else { Sign::AsWritten };
    let mut columns = placed(date, value_date, &movement, text);
    columns.currency = currency(&samples, &movement, &numbers).map(|at| Column::Number(at + 1));
    Ok(Definition { sign, ..guess.of(columns, false) })
}

fn longest_text(guess: &Guess<'_>, samples: &[Sample<'_>], is_taken: impl Fn(usize) -> bool) -> Option<usize> {
    let length = |at: usize| samples[at].cells.iter().map(|cell| cell.len()).sum::<usize>();
    let free = (0..samples.len()).filter(|&at| !is_taken(at) && !guess.holds(&samples[at], Field::Amount));
    free.max_by_key(|&at| (length(at), usize::MAX - at))
}

fn placed(date: usize, value_date: Option<usize>, movement: &Movement, text: Option<usize>) -> Columns {
    let number = |at: usize| Column::Number(at + 1);
    let mut columns = Columns::at(number(date));
    columns.value_date = value_date.map(number);
    columns.amount = movement.amount.map(number);
    (columns.debit, columns.credit) = (movement.debit.map(number), movement.credit.map(number));
    columns.side = movement.side.map(number);
    columns.balance = movement.balance.map(number);
    columns.text = text.map(number).into_iter().collect();
    columns
}
