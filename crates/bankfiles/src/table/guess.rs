//! A definition proposed from a file's head: which row is the header, what its columns hold, how dates and numbers are
//! written.
//!
//! Headings are compared with what banks write in many languages; a column is believed only when its cells are dates,
//! numbers, currencies or sides. Without a header the cells alone decide. The clerk sees the proposal before it counts.

use super::{
    HEADER_ROWS,
    cells::{self, Cells, RowCells},
    definition::{self, Column, Columns, Definition, RowKinds, Sides, Sign},
    words,
};
use crate::{CurrencyCode, FormatError, amount::Marks};
use dates::date_format;
use ends::Direction;
use headless::{Lack, without_header};
use kernel::Decimal;
use std::collections::HashMap;

mod dates;
mod ends;
mod headless;

/// Rows that are looked at.
const SAMPLE: usize = 200;
/// The head of a text is enough, so long and so many lines; a workbook is read as a whole.
const HEAD: usize = 256 * 1024;
const HEAD_LINES: usize = 1_000;
/// Banks have some thirty columns; a row with more is no table of theirs, and only so many are looked at.
const WIDEST: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    BookingDate,
    Date,
    ValueDate,
    Amount,
    /// In the currency of the account, beside one in that of the payment.
    AccountAmount,
    Fee,
    Debit,
    Credit,
    Side,
    Balance,
    Currency,
    AccountCurrency,
    OriginalAmount,
    OriginalCurrency,
    Account,
    CounterpartyAccount,
    /// A number of an account whose heading does not say whose.
    EitherAccount,
    PayerAccount,
    PayeeAccount,
    /// A name, or the number of an account.
    Payer,
    Payee,
    CounterpartyName,
    Name,
    EndToEnd,
    Reference,
    BankReference,
    Status,
    Text,
    /// What no line needs, and would be taken for something else.
    Nothing,
}

/// What a proposed definition is called.
pub(super) const PROPOSED: &str = "proposed";

/// Proposes how to read a table, or says what it lacks.
pub fn propose(bytes: &[u8]) -> Result<Definition, FormatError> {
    proposal(&heads(bytes))
}

/// The head cut by each delimiter that banks use; a workbook has none and is read as a whole.
pub(super) fn heads(bytes: &[u8]) -> Vec<Cells> {
    if bytes.starts_with(b"PK") {
        return Cells::read(bytes, None, None).into_iter().collect();
    }
    let delimiters = [';', ',', '\t', '|'].into_iter();
    delimiters.filter_map(|delimiter| Cells::read(head(bytes), Some(delimiter), None).ok()).collect()
}

pub(super) fn proposal(heads: &[Cells]) -> Result<Definition, FormatError> {
    let found: Vec<_> =
        heads.iter().map(|cells| with_header(cells).map_or_else(|| without_header(cells), Ok)).collect();
    let lack = found.iter().filter_map(|found| found.as_ref().err()).max().copied();
    // More columns are a better guess, and the first of equals.
    let score = |definition: &Definition| (definition.header, definition.columns.all().len());
    let best = found.into_iter().flatten().reduce(|best, next| if score(&next) > score(&best) { next } else { best });
    best.ok_or_else(|| lack.unwrap_or(Lack::Columns).refusal())
}

/// Whole lines from the beginning.
fn head(bytes: &[u8]) -> &[u8] {
    let head = &bytes[..bytes.len().min(HEAD)];
    let mut ends = memchr::memchr_iter(b'\n', head);
    match ends.nth(HEAD_LINES - 1) {
        Some(end) => &head[..end],
        None if head.len() < bytes.len() => memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]),
        None => head,
    }
}

/// A column of the sample under its heading.
struct Sample<'c> {
    heading: &'c str,
    /// What the heading can mean, the best first.
    fields: Vec<(u8, Field)>,
    cells: Vec<&'c str>,
}

impl Sample<'_> {
    fn may_be(&self, of: impl Fn(Field) -> bool) -> bool {
        self.fields.iter().any(|(_, field)| of(*field))
    }
}

fn with_header(cells: &Cells) -> Option<Definition> {
    let rows = cells.rows.iter().enumerate().take(HEADER_ROWS);
    let known = |row: &RowCells| row.cells.iter().take(WIDEST).filter(|cell| !fields(cell).is_empty()).count();
    let counted = rows.map(|(at, row)| (known(row), std::cmp::Reverse(at), row));
    let (_, std::cmp::Reverse(at), header) =
        counted.max_by_key(|(known, at, _)| (*known, *at)).filter(|(known, ..)| *known >= 2)?;
    let below = &cells.rows[at + 1..];
    let column = |at: usize| {
        let rows = below.iter().take(SAMPLE);
        rows.map(|row| row.cells.get(at).map_or("", |cell| cell.trim())).collect::<Vec<_>>()
    };
    let headings = header.cells.iter().enumerate().take(WIDEST);
    let samples: Vec<_> =
        headings.map(|(at, heading)| Sample { heading, fields: fields(heading), cells: column(at) }).collect();
    Guess::new(&samples, cells.delimiter).definition()
}

/// The fields whose words fit a heading, the best first.
fn fields(heading: &str) -> Vec<(u8, Field)> {
    let Some(heading) = words::heading(heading) else { return Vec::new() };
    let mut fits: Vec<_> = words::WORDS.iter().map(|(field, words)| (words::fit(&heading, words), *field)).collect();
    fits.retain(|(fit, _)| *fit > 0);
    fits.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
    if fits.iter().any(|(fit, field)| *fit == 3 && *field == Field::Nothing) {
        return Vec::new();
    }
    // `Debit Account` holds no debits.
    if let Some(account) = fits.iter().find(|(fit, field)| *fit == 3 && is_end(*field)).copied() {
        return vec![account];
    }
    // `Source fee amount` is an amount, but not the line's.
    if heading.split(|c: char| !c.is_alphanumeric()).any(|word| words::PARTS.contains(&word)) {
        fits.retain(|(fit, field)| *field != Field::Amount || *fit > 1);
    }
    let has = |field: Field| fits.iter().any(|(_, known)| *known == field);
    // `Credit/Debit Amount` is one amount with a sign.
    if has(Field::Debit) && has(Field::Credit) {
        fits.retain(|(_, field)| !matches!(field, Field::Debit | Field::Credit));
    }
    fits
}

struct Guess<'s> {
    samples: &'s [Sample<'s>],
    /// Which rows have a date; sums and remarks below the lines have none.
    lines: Vec<bool>,
    delimiter: Option<char>,
    dates: String,
    decimal: char,
}

impl<'s> Guess<'s> {
    fn new(samples: &'s [Sample<'s>], delimiter: Option<char>) -> Self {
        let is_day = |field| matches!(field, Field::Date | Field::BookingDate);
        let is_value = |field| field == Field::ValueDate;
        let format = |is: &dyn Fn(Field) -> bool| {
            let columns = samples.iter().filter(|sample| sample.may_be(is));
            columns.filter_map(|sample| date_format(&sample.cells)).next()
        };
        let dates = format(&is_day).or_else(|| format(&is_value)).unwrap_or_else(|| "YYYY-MM-DD".to_owned());
        let dated = |is: &dyn Fn(Field) -> bool| -> Vec<bool> {
            let is_dated = |row: usize| {
                let mut columns = samples.iter().filter(|sample| sample.may_be(is));
                columns.any(|sample| cells::date(sample.cells[row], &dates).is_some())
            };
            (0..samples.first().map_or(0, |sample| sample.cells.len())).map(is_dated).collect()
        };
        let lines = Some(dated(&is_day)).filter(|lines| lines.contains(&true)).unwrap_or_else(|| dated(&is_value));
        let amounts = samples.iter().filter(|sample| sample.may_be(is_number));
        let is_currency = |field| matches!(field, Field::Currency | Field::AccountCurrency);
        let currencies = samples.iter().filter(|sample| sample.may_be(is_currency));
        let codes = currencies.flat_map(|sample| &sample.cells).filter_map(|cell| CurrencyCode::new(cell));
        let has_thousandths = codes.into_iter().any(|code| code.exponent() == 3);
        let decimal = decimal_mark(amounts.flat_map(|sample| &sample.cells).copied(), delimiter, has_thousandths);
        Self { samples, lines, delimiter, dates, decimal }
    }

    /// Whether all filled cells of the sample can be what the field holds.
    fn holds(&self, sample: &Sample<'_>, field: Field) -> bool {
        let fits = |cell: &str| match field {
            Field::Date | Field::BookingDate | Field::ValueDate => cells::date(cell, &self.dates).is_some(),
            Field::Side => is_side(cell),
            Field::Currency | Field::AccountCurrency | Field::OriginalCurrency => {
                CurrencyCode::new(cell).is_some_and(|code| code.known().is_some())
            }
            Field::Name | Field::CounterpartyName => {
                cells::iban(cell).is_none() && cell.chars().any(char::is_alphabetic)
            }
            Field::CounterpartyAccount => cell.bytes().any(|b| b.is_ascii_digit()),
            field if is_number(field) => cells::number(cell, self.decimal).is_some(),
            _ => true,
        };
        let filled: Vec<_> = self.filled(sample).collect();
        let good = filled.iter().filter(|cell| fits(cell)).count();
        mostly(good, filled.len())
    }

    /// A date and an amount are needed, so a column without any is believed only in a table without rows.
    fn is_there(&self, sample: &Sample<'_>, field: Field) -> bool {
        let has_rows = || self.samples.iter().any(|sample| sample.cells.iter().any(|cell| !cell.is_empty()));
        let is_needed = matches!(field, Field::Date | Field::BookingDate | Field::Amount);
        !is_needed || self.filled(sample).next().is_some() || !has_rows()
    }

    /// The cells of lines, and not of sums below them.
    fn filled<'a>(&'a self, sample: &'a Sample<'s>) -> impl Iterator<Item = &'s str> + 'a {
        let cells = sample.cells.iter().zip(&self.lines).filter(|(cell, is_line)| **is_line && !cell.is_empty());
        cells.map(|(cell, _)| *cell)
    }

    fn count(&self, at: usize) -> usize {
        self.filled(&self.samples[at]).count()
    }

    fn number(&self, at: usize, row: usize) -> Option<Decimal> {
        cells::number(self.samples[at].cells[row], self.decimal)
    }

    /// The rows that are lines.
    fn rows(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.lines.iter().enumerate().filter(|(_, is_line)| **is_line).map(|(row, _)| row)
    }

    /// Two columns for the two sides hold more lines than a column that is called amount: of parts of a batch.
    fn holds_less(&self, amount: usize, (debit, credit): (usize, usize)) -> bool {
        let is_filled = |row: &usize| [debit, credit].iter().any(|at| !self.samples[*at].cells[*row].is_empty());
        self.count(amount) < self.rows().filter(is_filled).count()
    }

    /// Whether the fee is taken beside the amount: each balance follows with it, and not without.
    fn is_on_top(&self, fee: usize, amount: usize, balance: usize, currency: Option<usize>) -> bool {
        let mut chains: HashMap<&str, Vec<(Decimal, Decimal, Decimal)>> = HashMap::new();
        for row in self.rows() {
            let numbers = self.number(amount, row).zip(self.number(balance, row));
            let fee = self.number(fee, row).unwrap_or_default();
            let chain = currency.map_or("", |at| self.samples[at].cells[row]);
            chains.entry(chain).or_default().extend(numbers.map(|(amount, balance)| (amount, balance, fee)));
        }
        let follows = |is_with_fee: bool, is_newest_first: bool| {
            chains.values().flat_map(|chain| chain.windows(2)).all(|pair| {
                let (before, line) = if is_newest_first { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
                let fee = if is_with_fee { line.2 } else { Decimal::ZERO };
                line.0.checked_sub(fee).and_then(|amount| before.1.checked_add(amount)) == Some(line.1)
            })
        };
        let any_order = |is_with_fee| [false, true].into_iter().any(|newest_first| follows(is_with_fee, newest_first));
        any_order(true) && !any_order(false)
    }

    /// Whether every line's amount without its fee is what this column says.
    fn is_net_of(&self, net: usize, amount: usize, fee: usize) -> bool {
        let fits = |is_negative: bool| {
            self.rows().all(|row| {
                let fee = self.number(fee, row).map(|fee| if is_negative { -fee } else { fee });
                let amount = self.number(amount, row).zip(fee);
                amount.and_then(|(amount, fee)| amount.checked_sub(fee)) == self.number(net, row)
            })
        };
        fits(false) || fits(true)
    }

    fn best(&self, field: Field, taken: &[usize]) -> Option<usize> {
        let fit = |(at, sample): (usize, &Sample<'_>)| {
            let fit = sample.fields.iter().find(|(_, known)| *known == field).map(|(fit, _)| *fit)?;
            let is_good = !taken.contains(&at) && self.is_there(sample, field) && self.holds(sample, field);
            is_good.then_some((fit, std::cmp::Reverse(at)))
        };
        let best = self.samples.iter().enumerate().filter_map(fit).max();
        best.map(|(_, std::cmp::Reverse(at))| at)
    }

    fn definition(&self) -> Option<Definition> {
        let mut free = Free { guess: self, taken: Vec::new() };
        let value_first = free.take(Field::ValueDate);
        let (date, value_date) = match (free.date(), value_first) {
            (Some(date), value) => (date, value),
            (None, Some(value)) => (value, None),
            (None, None) => return None,
        };
        let mut columns = Columns::at(free.named(date));
        columns.value_date = value_date.map(|at| free.named(at));
        let (debit, credit) = (free.take(Field::Debit), free.take(Field::Credit));
        let balance = free.take(Field::Balance);
        columns.balance = balance.map(|at| free.named(at));
        columns.original_amount = free.column(Field::OriginalAmount);
        let direction = match (debit.zip(credit), free.amount()) {
            (Some(sides), amount) if amount.is_none_or(|amount| self.holds_less(amount, sides)) => {
                (columns.debit, columns.credit) = (Some(free.named(sides.0)), Some(free.named(sides.1)));
                Direction::Sides { debit: sides.0, credit: sides.1 }
            }
            (_, amount) => {
                let amount = amount?;
                let side = free.side(amount);
                columns.amount = Some(free.named(amount));
                columns.side = side.map(|at| free.named(at));
                columns.fee = free.fee(amount, balance).map(|at| free.named(at));
                Direction::Amount { amount, side }
            }
        };
        let currency = free.column(Field::AccountCurrency).or_else(|| free.column(Field::Currency));
        columns.original_currency = free.column(Field::OriginalCurrency);
        // Beside an amount in another currency, a column that is only called currency is that one's.
        match (&columns.original_amount, &columns.original_currency) {
            (Some(_), None) => columns.original_currency = currency,
            _ => columns.currency = currency,
        }
        free.ends(direction, &mut columns);
        free.accounts(&mut columns);
        let name = free.column(Field::CounterpartyName).or_else(|| free.column(Field::Name));
        columns.name = name.into_iter().collect();
        columns.end_to_end_id = free.column(Field::EndToEnd);
        columns.reference = free.column(Field::Reference);
        columns.bank_reference = free.column(Field::BankReference);
        let status = free.status().map(|at| free.named(at));
        let texts: Vec<usize> = std::iter::from_fn(|| free.take(Field::Text)).collect();
        let stating = texts.iter().find(|at| free.filled(**at).any(is_balance));
        let rows = status.map(states).or_else(|| stating.map(|at| balances(free.named(*at))));
        columns.text = texts.into_iter().map(|at| free.named(at)).collect();
        Some(Definition { rows, ..self.of(columns, true) })
    }

    fn of(&self, columns: Columns, header: bool) -> Definition {
        let is_sided = columns.side.is_some();
        let sides = is_sided.then(|| Sides { debit: list(words::DEBIT), credit: list(words::CREDIT) });
        Definition {
            name: PROPOSED.to_owned(),
            delimiter: self.delimiter,
            encoding: None,
            header,
            dates: self.dates.clone(),
            decimal: self.decimal,
            currency: None,
            account: None,
            sign: Sign::AsWritten,
            columns,
            sides,
            rows: None,
        }
    }
}

/// The columns that are left while a definition is proposed.
struct Free<'g, 's> {
    guess: &'g Guess<'s>,
    taken: Vec<usize>,
}

impl Free<'_, '_> {
    fn take(&mut self, field: Field) -> Option<usize> {
        let at = self.guess.best(field, &self.taken)?;
        self.taken.push(at);
        Some(at)
    }

    fn named(&self, at: usize) -> Column {
        Column::Name(self.guess.samples[at].heading.to_owned())
    }

    fn column(&mut self, field: Field) -> Option<Column> {
        self.take(field).map(|at| self.named(at))
    }

    fn filled(&self, at: usize) -> impl Iterator<Item = &str> {
        self.guess.filled(&self.guess.samples[at])
    }

    /// The day of booking rather than any other, where all lines have it.
    fn date(&mut self) -> Option<usize> {
        let count = |at: Option<usize>| at.map_or(0, |at| self.guess.count(at));
        let (booking, any) =
            (self.guess.best(Field::BookingDate, &self.taken), self.guess.best(Field::Date, &self.taken));
        let found = if count(booking) >= count(any) { booking.or(any) } else { any };
        self.taken.extend(found);
        found
    }

    /// What the fee has left of the amount, where a column says it.
    fn amount(&mut self) -> Option<usize> {
        if let Some(of_account) = self.take(Field::AccountAmount) {
            return Some(of_account);
        }
        let amount = self.take(Field::Amount)?;
        let is_net =
            words::heading(self.guess.samples[amount].heading).is_some_and(|name| words::fit(&name, words::NET) == 3);
        if is_net {
            return Some(amount);
        }
        let Some(fee) = self.guess.best(Field::Fee, &self.taken) else { return Some(amount) };
        let is_net = |at: &usize| {
            let sample = &self.guess.samples[*at];
            !self.taken.contains(at)
                && sample.may_be(|field| field == Field::Amount)
                && self.guess.holds(sample, Field::Amount)
                && self.guess.is_net_of(*at, amount, fee)
        };
        let Some(net) = (0..self.guess.samples.len()).find(is_net) else { return Some(amount) };
        if self.filled(fee).all(|cell| cells::number(cell, self.guess.decimal).is_some_and(|fee| fee.is_zero())) {
            return Some(amount);
        }
        self.taken.push(net);
        Some(net)
    }

    /// A fee that the balances show to be taken beside the amount.
    fn fee(&mut self, amount: usize, balance: Option<usize>) -> Option<usize> {
        let fee = self.guess.best(Field::Fee, &self.taken)?;
        let best = |field| self.guess.best(field, &self.taken);
        let currency = best(Field::AccountCurrency).or_else(|| best(Field::Currency));
        let found = balance.filter(|balance| self.guess.is_on_top(fee, amount, *balance, currency)).map(|_| fee);
        self.taken.extend(found);
        found
    }

    /// The status by its heading, else by cells that are all words for one.
    fn status(&mut self) -> Option<usize> {
        let named = self.take(Field::Status);
        let known = [words::PENDING, words::NEVER_BOOKED, words::BOOKED];
        let is_known = |cell: &str| known.iter().any(|words| is_among(cell, words));
        // A heading that says what it holds is believed: a text of one such word is no status.
        let is_nameless = |at: usize| self.guess.samples[at].fields.is_empty() && !self.taken.contains(&at);
        let is_status =
            |at: &usize| is_nameless(*at) && self.filled(*at).next().is_some() && self.filled(*at).all(is_known);
        let found = named.or_else(|| (0..self.guess.samples.len()).find(is_status));
        self.taken.extend(found);
        found
    }

    /// The side by its heading; where no amount has a sign, by its cells.
    fn side(&mut self, amount: usize) -> Option<usize> {
        let named = self.take(Field::Side).filter(|&at| self.filled(at).next().is_some());
        let decimal = self.guess.decimal;
        let is_negative = |cell: &str| cells::number(cell, decimal).is_some_and(|number| number.is_sign_negative());
        if named.is_some() || self.filled(amount).any(is_negative) {
            return named;
        }
        let amounts = self.filled(amount).count();
        let is_side = |at: &usize| {
            let count = self.filled(*at).count();
            !self.taken.contains(at) && count > 0 && count >= amounts && self.filled(*at).all(is_side)
        };
        let found = (0..self.guess.samples.len()).find(is_side);
        self.taken.extend(found);
        found
    }

    fn line_cells(&self, at: usize) -> impl Iterator<Item = &str> {
        self.guess.rows().map(move |row| self.guess.samples[at].cells[row])
    }

    /// A number that is the same in every line is the account's own, where no heading says otherwise.
    fn accounts(&mut self, columns: &mut Columns) {
        columns.counterparty_account = self.column(Field::CounterpartyAccount);
        let is_account = |field| matches!(field, Field::Account | Field::CounterpartyAccount | Field::EitherAccount);
        let first = |at: usize| self.guess.samples[at].fields.iter().find(|(_, field)| is_account(*field));
        let is_either = |at: &usize| first(*at).is_some_and(|(_, field)| *field == Field::EitherAccount);
        let either: Vec<usize> =
            (0..self.guess.samples.len()).filter(|at| !self.taken.contains(at) && is_either(at)).collect();
        self.taken.extend(&either);
        columns.account = self.column(Field::Account);
        for at in either {
            let cells: Vec<&str> = self.line_cells(at).collect();
            let is_constant = cells.len() > 1 && !cells[0].is_empty() && cells.iter().all(|cell| *cell == cells[0]);
            let place = if is_constant { &mut columns.account } else { &mut columns.counterparty_account };
            if place.is_none() {
                *place = Some(Column::Name(self.guess.samples[at].heading.to_owned()));
            }
        }
    }
}

fn list(words: &str) -> Vec<String> {
    words.split(", ").map(str::to_owned).collect()
}

/// Lines by what stands in the column for the status.
fn states(column: Column) -> RowKinds {
    let [booked, pending, information] = [words::BOOKED, words::PENDING, words::NEVER_BOOKED].map(list);
    RowKinds { column, opening: Vec::new(), closing: Vec::new(), skip: Vec::new(), booked, pending, information }
}

/// The account of one of the two ends of a payment.
fn is_end(field: Field) -> bool {
    matches!(field, Field::PayerAccount | Field::PayeeAccount)
}

/// Rows that say what the account had before or after the lines.
fn balances(column: Column) -> RowKinds {
    let [opening, closing, skip] = [words::OPENING, words::CLOSING, words::TURNOVER].map(list);
    let (booked, pending, information) = (Vec::new(), Vec::new(), Vec::new());
    RowKinds { column, opening, closing, skip, booked, pending, information }
}

fn is_balance(cell: &str) -> bool {
    let words = || [words::OPENING, words::CLOSING].into_iter().flat_map(|words| words.split(", "));
    words().any(|word| definition::is_dated(cell, word))
}

fn is_number(field: Field) -> bool {
    matches!(
        field,
        Field::Amount
            | Field::AccountAmount
            | Field::Debit
            | Field::Credit
            | Field::Balance
            | Field::OriginalAmount
            | Field::Fee
    )
}

fn is_side(cell: &str) -> bool {
    is_debit_word(cell) || is_among(cell, words::CREDIT)
}

fn is_debit_word(cell: &str) -> bool {
    is_among(cell, words::DEBIT)
}

fn is_among(cell: &str, words: &str) -> bool {
    let word = cell.to_lowercase();
    words.split(", ").any(|known| known == word)
}

/// A sum or a remark below the lines is no reason to give a column up.
fn mostly(good: usize, filled: usize) -> bool {
    good == filled || (good >= 3 && good * 4 >= filled * 3)
}

/// The mark that the amounts show. Where they do not: the one that a currency with three decimals has, else not the one
/// that parts the columns, else the comma beside semicolons, as in the countries that write both.
fn decimal_mark<'c>(cells: impl Iterator<Item = &'c str>, delimiter: Option<char>, has_thousandths: bool) -> char {
    let marks = Marks::of(cells);
    marks.decimal().unwrap_or_else(|| match (marks.doubtful(), delimiter) {
        (Some(amount), _) if has_thousandths && amount.contains('.') => '.',
        (Some(_), _) if has_thousandths => ',',
        (Some(_), Some(';')) => ',',
        _ => '.',
    })
}
