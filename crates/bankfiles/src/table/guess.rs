//! A definition proposed from a file's head: which row is the header, what its columns hold, how dates and numbers are
//! written.
//!
//! Headings are compared with what banks write in many languages; a column is believed only when its cells are dates,
//! numbers, currencies or sides. Without a header the cells alone decide. The clerk sees the proposal before it counts.

use super::{
    HEADER_ROWS,
    cells::{self, Cells, RowCells},
    definition::{Column, Columns, Definition, Sides, Sign},
    words,
};
use crate::{CurrencyCode, FormatError, Reason};

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
    Name,
    EndToEnd,
    Reference,
    BankReference,
    Text,
}

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
        let decimal = decimal_mark(amounts.flat_map(|sample| &sample.cells).copied());
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

    fn best(&self, field: Field, taken: &[usize]) -> Option<usize> {
        let fit = |(at, sample): (usize, &Sample<'_>)| {
            let fit = sample.fields.iter().find(|(_, known)| *known == field).map(|(fit, _)| *fit)?;
            (!taken.contains(&at) && self.holds(sample, field)).then_some((fit, std::cmp::Reverse(at)))
        };
        let best = self.samples.iter().enumerate().filter_map(fit).max();
        best.map(|(_, std::cmp::Reverse(at))| at)
    }

    fn definition(&self) -> Option<Definition> {
        let mut taken = Vec::new();
        let mut take = |field: Field| {
            let at = self.best(field, &taken)?;
            taken.push(at);
            Some(at)
        };
        let column = |at: usize| Column::Name(self.samples[at].heading.to_owned());
        let value_first = take(Field::ValueDate);
        let (date, value_date) = match (take(Field::Date), value_first) {
            (Some(date), value) => (date, value),
            (None, Some(value)) => (value, None),
            (None, None) => return None,
        };
        let mut columns = Columns::at(column(date));
        columns.value_date = value_date.map(column);
        let (debit, credit) = (take(Field::Debit), take(Field::Credit));
        columns.balance = take(Field::Balance).map(column);
        columns.original_amount = take(Field::OriginalAmount).map(column);
        match (debit, credit, take(Field::Amount)) {
            (Some(debit), Some(credit), None) => {
                (columns.debit, columns.credit) = (Some(column(debit)), Some(column(credit)))
            }
            (_, _, amount) => columns.amount = Some(column(amount?)),
        }
        let side = take(Field::Side).filter(|&at| self.samples[at].cells.iter().any(|cell| !cell.is_empty()));
        columns.side = side.filter(|_| columns.amount.is_some()).map(column);
        let currency = take(Field::Currency).map(column);
        columns.original_currency = take(Field::OriginalCurrency).map(column);
        // Beside an amount in another currency, a column that is only called currency is that one's.
        match (&columns.original_amount, &columns.original_currency) {
            (Some(_), None) => columns.original_currency = currency,
            _ => columns.currency = currency,
        }
        columns.counterparty_account = take(Field::CounterpartyAccount).map(column);
        columns.account = take(Field::Account).map(column);
        columns.name = take(Field::Name).map(column).into_iter().collect();
        columns.end_to_end_id = take(Field::EndToEnd).map(column);
        columns.reference = take(Field::Reference).map(column);
        columns.bank_reference = take(Field::BankReference).map(column);
        columns.text = std::iter::from_fn(|| take(Field::Text)).map(column).collect();
        Some(self.of(columns, true))
    }

    fn of(&self, columns: Columns, header: bool) -> Definition {
        let sides = columns.side.is_some().then(|| {
            let list = |words: &str| words.split(", ").map(str::to_owned).collect();
            Sides { debit: list(words::DEBIT), credit: list(words::CREDIT) }
        });
        Definition {
            name: "proposed".to_owned(),
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

/// A first column of dates, the first column of numbers behind it, the longest text.
fn without_header(cells: &Cells) -> Option<Definition> {
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
    let numbers: Vec<usize> = (0..width).filter(|&at| at != date && samples[at].cells.iter().any(has_mark)).collect();
    let decimal = decimal_mark(numbers.iter().flat_map(|&at| &samples[at].cells).copied());
    let guess = Guess { samples: &samples, delimiter: cells.delimiter, dates, decimal };
    let amount = numbers.into_iter().find(|&at| filled(&samples[at]) && guess.holds(&samples[at], Field::Amount))?;
    let length = |at: usize| samples[at].cells.iter().map(|cell| cell.len()).sum::<usize>();
    let number = |at: usize| Column::Number(at + 1);
    let text = (0..width)
        .filter(|&at| at != date && !guess.holds(&samples[at], Field::Amount))
        .max_by_key(|&at| (length(at), usize::MAX - at));
    let mut columns = Columns::at(number(date));
    columns.amount = Some(number(amount));
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

/// The mark that stands last, or with other than three digits behind it.
fn decimal_mark<'c>(cells: impl Iterator<Item = &'c str>) -> char {
    let (mut points, mut commas) = (0_usize, 0_usize);
    for cell in cells {
        let Some(at) = cell.rfind(['.', ',']) else { continue };
        let behind = cell[at + 1..].chars().take_while(char::is_ascii_digit).count();
        let both = cell.contains('.') && cell.contains(',');
        let sure = if both || behind != 3 { 10 } else { 0 };
        let grouping = usize::from(!both && behind == 3);
        match &cell[at..=at] {
            "," => (commas, points) = (commas + sure, points + grouping),
            _ => (points, commas) = (points + sure, commas + grouping),
        }
    }
    if commas > points { ',' } else { '.' }
}
