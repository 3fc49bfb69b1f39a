//! A definition proposed from a file's head: which row is the header, what its columns hold, how dates and numbers are
//! written.
//!
//! Headings are compared with what banks write in many languages; a column is believed only when its cells are dates,
//! numbers, currencies or sides. Without a header the cells alone decide. The clerk sees the proposal before it counts.

use super::{
    HEADER_ROWS,
    cells::{self, Cells, RowCells},
    definition::{Column, Columns, Definition, RowKinds, Sides, Sign},
    words,
};
use crate::{CurrencyCode, FormatError, Reason, amount::Marks};
use kernel::Decimal;

/// Rows that are looked at.
const SAMPLE: usize = 200;
/// The head of a text is enough, so long and so many lines; a workbook is read as a whole.
const HEAD: usize = 256 * 1024;
const HEAD_LINES: usize = 1_000;
/// Banks have some thirty columns; a row with more is no table of theirs, and only so many are looked at.
const WIDEST: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Date,
    ValueDate,
    Amount,
    Debit,
    Credit,
    Side,
    Balance,
    Currency,
    OriginalAmount,
    OriginalCurrency,
    Account,
    CounterpartyAccount,
    /// A number of an account whose heading does not say whose.
    EitherAccount,
    Name,
    EndToEnd,
    Reference,
    BankReference,
    Status,
    Text,
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
    let found = heads.iter().filter_map(|cells| with_header(cells).or_else(|| without_header(cells)));
    // More columns are a better guess, and the first of equals.
    let score = |definition: &Definition| (definition.header, definition.columns.all().len());
    let best = found.reduce(|best, next| if score(&next) > score(&best) { next } else { best });
    let missing = "no column of dates and no column of amounts could be found".to_owned();
    best.ok_or_else(|| FormatError::nowhere(Reason::NotThisFormat("bank statement in CSV or XLSX", missing)))
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
        let cells = below.iter().take(SAMPLE).filter_map(move |row| row.cells.get(at));
        cells.map(|cell| cell.trim()).collect::<Vec<_>>()
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
    fits
}

struct Guess<'s> {
    samples: &'s [Sample<'s>],
    delimiter: Option<char>,
    dates: String,
    decimal: char,
}

impl<'s> Guess<'s> {
    fn new(samples: &'s [Sample<'s>], delimiter: Option<char>) -> Self {
        let date_cells = samples.iter().filter(|sample| sample.may_be(|field| field == Field::Date));
        let dates = date_cells.filter_map(|sample| date_format(&sample.cells)).next();
        let amounts = samples.iter().filter(|sample| sample.may_be(is_number));
        let currencies = samples.iter().filter(|sample| sample.may_be(|field| field == Field::Currency));
        let codes = currencies.flat_map(|sample| &sample.cells).filter_map(|cell| CurrencyCode::new(cell));
        let has_thousandths = codes.into_iter().any(|code| code.exponent() == 3);
        let decimal = decimal_mark(amounts.flat_map(|sample| &sample.cells).copied(), delimiter, has_thousandths);
        Self { samples, delimiter, dates: dates.unwrap_or_else(|| "YYYY-MM-DD".to_owned()), decimal }
    }

    /// Whether all filled cells of the sample can be what the field holds.
    fn holds(&self, sample: &Sample<'_>, field: Field) -> bool {
        let fits = |cell: &str| match field {
            Field::Date | Field::ValueDate => cells::date(cell, &self.dates).is_some(),
            Field::Side => is_side(cell),
            Field::Currency | Field::OriginalCurrency => {
                CurrencyCode::new(cell).is_some_and(|code| code.known().is_some())
            }
            field if is_number(field) => cells::number(cell, self.decimal).is_some(),
            _ => true,
        };
        let filled: Vec<_> = sample.cells.iter().filter(|cell| !cell.is_empty()).collect();
        let good = filled.iter().filter(|cell| fits(cell)).count();
        mostly(good, filled.len())
    }

    /// A date and an amount are needed, so a column without any is believed only in a table without rows.
    fn is_there(&self, sample: &Sample<'_>, field: Field) -> bool {
        let is_filled = |sample: &Sample<'_>| sample.cells.iter().any(|cell| !cell.is_empty());
        !matches!(field, Field::Date | Field::Amount) || is_filled(sample) || !self.samples.iter().any(is_filled)
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
        let (date, value_date) = match (free.take(Field::Date), value_first) {
            (Some(date), value) => (date, value),
            (None, Some(value)) => (value, None),
            (None, None) => return None,
        };
        let mut columns = Columns::at(free.named(date));
        columns.value_date = value_date.map(|at| free.named(at));
        let (debit, credit) = (free.take(Field::Debit), free.take(Field::Credit));
        columns.balance = free.column(Field::Balance);
        columns.original_amount = free.column(Field::OriginalAmount);
        match (debit, credit, free.take(Field::Amount)) {
            (Some(debit), Some(credit), None) => {
                (columns.debit, columns.credit) = (Some(free.named(debit)), Some(free.named(credit)));
            }
            (_, _, amount) => {
                columns.amount = Some(free.named(amount?));
                columns.side = free.side(amount?).map(|at| free.named(at));
            }
        }
        let currency = free.column(Field::Currency);
        columns.original_currency = free.column(Field::OriginalCurrency);
        // Beside an amount in another currency, a column that is only called currency is that one's.
        match (&columns.original_amount, &columns.original_currency) {
            (Some(_), None) => columns.original_currency = currency,
            _ => columns.currency = currency,
        }
        free.accounts(&mut columns);
        columns.name = free.column(Field::Name).into_iter().collect();
        columns.end_to_end_id = free.column(Field::EndToEnd);
        columns.reference = free.column(Field::Reference);
        columns.bank_reference = free.column(Field::BankReference);
        let status = free.column(Field::Status);
        columns.text = std::iter::from_fn(|| free.column(Field::Text)).collect();
        Some(Definition { rows: status.map(states), ..self.of(columns, true) })
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
        self.guess.samples[at].cells.iter().copied().filter(|cell| !cell.is_empty())
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
            let cells = &self.guess.samples[at].cells;
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
    let (pending, information) = (list(words::PENDING), list(words::NEVER_BOOKED));
    RowKinds { column, opening: Vec::new(), closing: Vec::new(), skip: Vec::new(), pending, information }
}

/// Words alone above rows with numbers are a header, and what it calls no amount is none.
fn has_unknown_header(cells: &Cells) -> bool {
    let has_digits = |row: &RowCells| row.cells.iter().any(|cell| cell.bytes().any(|b| b.is_ascii_digit()));
    let [header, rows @ ..] = &cells.rows[..] else { return false };
    let words = header.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    words >= 2 && !has_digits(header) && rows.iter().take(SAMPLE).any(has_digits)
}

/// Among several columns of numbers the one that leads from each balance in another to the next, else the only one with
/// signs; the amount's and the balance's place.
fn amount_among(columns: &[(usize, Vec<Decimal>)]) -> Option<(usize, Option<usize>)> {
    if let [(first, numbers), rest @ ..] = columns
        && (rest.is_empty() || numbers.len() == 1)
    {
        return Some((*first, None));
    }
    let leads = |amounts: &[Decimal], balances: &[Decimal]| {
        let steps = || balances.windows(2).zip(amounts.windows(2));
        let up = || steps().all(|(balance, amount)| balance[0].checked_add(amount[1]) == Some(balance[1]));
        let down = || steps().all(|(balance, amount)| balance[1].checked_add(amount[0]) == Some(balance[0]));
        balances.len() > 1 && (up() || down())
    };
    let pairs = columns.iter().flat_map(|amount| columns.iter().map(move |balance| (amount, balance)));
    let by_balance = pairs.filter(|(amount, balance)| amount.0 != balance.0);
    let by_balance = by_balance.into_iter().find(|(amount, balance)| leads(&amount.1, &balance.1));
    if let Some((amount, balance)) = by_balance {
        return Some((amount.0, Some(balance.0)));
    }
    let mut signed = columns.iter().filter(|(_, numbers)| numbers.iter().any(Decimal::is_sign_negative));
    signed.next().filter(|_| signed.next().is_none()).map(|(at, _)| (*at, None))
}

/// A first column of dates, a column of amounts, the longest text.
fn without_header(cells: &Cells) -> Option<Definition> {
    if has_unknown_header(cells) {
        return None;
    }
    let width = cells.rows.first()?.cells.len().min(WIDEST);
    let column = |at: usize| -> Vec<&str> {
        cells.rows.iter().take(SAMPLE).filter_map(|row| row.cells.get(at)).map(|cell| cell.trim()).collect()
    };
    let samples: Vec<Sample<'_>> =
        (0..width).map(|at| Sample { heading: "", fields: Vec::new(), cells: column(at) }).collect();
    let filled = |sample: &Sample<'_>| sample.cells.iter().all(|cell| !cell.is_empty());
    let (date, dates) = samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| filled(sample))
        .find_map(|(at, sample)| Some((at, date_format(&sample.cells)?)))?;
    let has_mark = |cell: &&str| cell.contains(['.', ',']) && cell.bytes().any(|b| b.is_ascii_digit());
    let is_date = |at: usize| date_format(&samples[at].cells).is_some();
    let numbers: Vec<usize> = (0..width).filter(|&at| samples[at].cells.iter().any(has_mark) && !is_date(at)).collect();
    let all = numbers.iter().flat_map(|&at| &samples[at].cells).copied();
    let decimal = decimal_mark(all, cells.delimiter, false);
    let guess = Guess { samples: &samples, delimiter: cells.delimiter, dates, decimal };
    let read = |at: usize| samples[at].cells.iter().map(|cell| cells::number(cell, decimal)).collect::<Option<_>>();
    let candidates: Vec<(usize, Vec<Decimal>)> = numbers.into_iter().filter_map(|at| Some((at, read(at)?))).collect();
    let (amount, balance) = amount_among(&candidates)?;
    let length = |at: usize| samples[at].cells.iter().map(|cell| cell.len()).sum::<usize>();
    let number = |at: usize| Column::Number(at + 1);
    let text = (0..width)
        .filter(|&at| !is_date(at) && !guess.holds(&samples[at], Field::Amount))
        .max_by_key(|&at| (length(at), usize::MAX - at));
    let mut columns = Columns::at(number(date));
    columns.amount = Some(number(amount));
    columns.balance = balance.map(number);
    columns.text = text.map(number).into_iter().collect();
    Some(guess.of(columns, false))
}

fn is_number(field: Field) -> bool {
    matches!(field, Field::Amount | Field::Debit | Field::Credit | Field::Balance | Field::OriginalAmount)
}

fn is_side(cell: &str) -> bool {
    let word = cell.to_lowercase();
    [words::DEBIT, words::CREDIT].iter().any(|words| words.split(", ").any(|known| known == word))
}

/// A sum or a remark below the lines is no reason to give a column up.
fn mostly(good: usize, filled: usize) -> bool {
    good == filled || (good >= 3 && good * 4 >= filled * 3)
}

const DATES: [&str; 8] =
    ["YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD", "DDMMYYYY", "DDMMYY", "YYMMDD"];

/// The format that reads the cells; where day and month can change places, the one that puts the rows in order and close
/// together, and behind a slash the American one. A file without lines has no dates to go by.
fn date_format(cells: &[&str]) -> Option<String> {
    let filled: Vec<_> = cells.iter().copied().filter(|cell| !cell.is_empty()).collect();
    let slashed = filled.iter().any(|cell| cell.contains('/'));
    let usual = |format: &&&str| {
        if slashed { !format.contains('.') } else { !format.contains('/') || **format == "MM/DD/YYYY" }
    };
    let reads = |format: &&&str| mostly(filled.iter().filter(|cell| plausible(cell, format)).count(), filled.len());
    let found: Vec<_> = DATES.iter().filter(usual).filter(reads).collect();
    let swapped =
        found.contains(&&"MM/DD/YYYY") && found.iter().any(|format| format.starts_with("DD") && format.len() == 10);
    if swapped && slashed {
        let best = ["MM/DD/YYYY", "DD/MM/YYYY"].into_iter().min_by_key(|format| spread(&filled, format))?;
        return Some(best.to_owned());
    }
    found.first().map(|format| (**format).to_owned())
}

/// Changes of direction, then days from the first to the last.
fn spread(cells: &[&str], format: &str) -> (usize, i64) {
    let days: Vec<_> = cells.iter().filter_map(|cell| cells::date(cell, format)).collect();
    let up = days.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let down = days.windows(2).filter(|pair| pair[1] < pair[0]).count();
    let (first, last) = (days.iter().min(), days.iter().max());
    (up.min(down), first.zip(last).map_or(0, |(first, last)| last.days_since(*first)))
}

/// A year first has four digits.
fn plausible(cell: &str, format: &str) -> bool {
    let Some(date) = cells::date(cell, format) else { return false };
    let first = cell.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty()).unwrap_or_default();
    let year_first = format.starts_with("YYYY");
    (1970..2100).contains(&date.year()) && (first.len() >= 4) == (year_first || first.len() >= 6)
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
