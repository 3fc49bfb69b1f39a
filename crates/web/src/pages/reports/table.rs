//! A report's table as people read it: heads that sort, grouped amounts, a dash where nothing is.

use super::{
    asking::{Question, ROWS},
    href,
};
use crate::figures::{amount, bucket, exact};
use app::reports::{Cell, Column, Kind, Report, Row, Value};
use std::cmp::Ordering;

pub(super) struct Head {
    pub words: String,
    pub class: &'static str,
    /// "" when the report has an order of its own that cannot be changed.
    pub sort: String,
    pub sorted: &'static str,
}

pub(super) struct Printed {
    pub text: String,
    pub class: &'static str,
    pub href: String,
    /// What stands below it in the same cell.
    pub under: String,
}

/// Report, column, and the one that it stands under on the page: fourteen columns are wider than a screen. Files have each
/// in its own.
const UNDER: [(&str, &str, &str); 3] =
    [("payments", "method", "payment"), ("payments", "customer", "name"), ("payments", "reference", "applied_to")];

fn has_own_column(report: &Report, column: &Column) -> bool {
    !UNDER.iter().any(|(name, under, _)| (*name, *under) == (report.name, column.key.as_str()))
}

/// The place of the column that stands under another.
fn under(report: &Report, column: &Column) -> Option<usize> {
    let (_, under, _) = UNDER.iter().find(|(name, _, over)| (*name, *over) == (report.name, column.key.as_str()))?;
    report.columns.iter().position(|column| column.key == *under)
}

/// From this many columns on they stand closer together.
const MANY: usize = 11;

pub(super) fn is_wide(report: &Report) -> bool {
    report.columns.iter().filter(|column| has_own_column(report, column)).count() >= MANY
}

/// The rows of one page and where its neighbours are.
pub(super) struct Part<'a> {
    pub rows: Vec<&'a Row>,
    pub shown: String,
    pub first: String,
    pub next: String,
}

pub(super) fn part<'a>(question: &Question, report: &'a Report) -> Part<'a> {
    if question.is_paged() {
        let behind = !question.get("after").is_empty();
        let next = report.next.as_ref().map(|next| question.with("after", &next.to_string()));
        let count = report.rows.len();
        let shown = if behind || next.is_some() { format!("{} on this page", rows(count)) } else { rows(count) };
        let first = if behind { question.with("after", "") } else { String::new() };
        return Part { rows: report.rows.iter().collect(), shown, first, next: next.unwrap_or_default() };
    }
    let sorted = sorted(question, report);
    let skipped = ROWS.saturating_mul(question.page - 1).min(sorted.len());
    let until = (skipped + ROWS).min(sorted.len());
    let shown = match sorted.len() {
        all if all > ROWS => format!("Rows {} to {until} of {all}; the files have all of them", skipped + 1),
        all => rows(all),
    };
    let next =
        if until < sorted.len() { question.with("page", &(question.page + 1).to_string()) } else { String::new() };
    let first = if skipped > 0 { question.with("page", "") } else { String::new() };
    Part { rows: sorted[skipped..until].to_vec(), shown, first, next }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn sorted<'a>(question: &Question, report: &'a Report) -> Vec<&'a Row> {
    let mut rows: Vec<&Row> = report.rows.iter().collect();
    let (key, descending) = match question.sort.strip_prefix('-') {
        Some(key) => (key, true),
        None => (question.sort.as_str(), false),
    };
    if let Some(place) = report.columns.iter().position(|column| column.key == key).filter(|_| sorts(report)) {
        rows.sort_by(|a, b| compared(&a.cells[place].value, &b.cells[place].value, descending));
    }
    rows
}

/// A running balance has one order only.
fn sorts(report: &Report) -> bool {
    report.name != "customer-ledger"
}

/// Amounts by currency first, so that each is compared with its like; what is empty comes last.
fn compared(a: &Value, b: &Value, descending: bool) -> Ordering {
    let turned = |order: Ordering| if descending { order.reverse() } else { order };
    match (a, b) {
        (Value::Empty, Value::Empty) => Ordering::Equal,
        (Value::Empty, _) => Ordering::Greater,
        (_, Value::Empty) => Ordering::Less,
        (Value::Money(a), Value::Money(b)) => {
            a.currency().code().cmp(b.currency().code()).then(turned(a.minor().cmp(&b.minor())))
        }
        (Value::Text(a), Value::Text(b)) => turned(a.to_lowercase().cmp(&b.to_lowercase())),
        (Value::Date(a), Value::Date(b)) => turned(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => turned(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => turned(a.cmp(b)),
        (Value::Percent(a), Value::Percent(b)) => turned(a.decimal().cmp(&b.decimal())),
        _ => Ordering::Equal,
    }
}

pub(super) fn heads(question: &Question, report: &Report) -> Vec<Head> {
    let head = |column: &Column| {
        let (key, down) = (column.key.as_str(), format!("-{}", column.key));
        let sorted = match &question.sort {
            sort if *sort == key => "ascending",
            sort if *sort == down => "descending",
            _ => "",
        };
        // Figures are looked for from the largest down, words from A on.
        let is_figure = matches!(column.kind, Kind::Money | Kind::Integer | Kind::Decimal | Kind::Percent);
        let other = match sorted {
            "descending" => key,
            "ascending" => &down,
            _ if is_figure => &down,
            _ => key,
        };
        let sort = if question.is_paged() || !sorts(report) { String::new() } else { question.with("sort", other) };
        let under = under(report, column).map(|place| format!(", {}", report.columns[place].title.to_lowercase()));
        Head { words: bucket(&column.title) + &under.unwrap_or_default(), class: class(column), sort, sorted }
    };
    report.columns.iter().filter(|column| has_own_column(report, column)).map(head).collect()
}

const fn class(column: &Column) -> &'static str {
    match column.kind {
        Kind::Text => "",
        Kind::Date => "date",
        Kind::Money | Kind::Integer | Kind::Decimal | Kind::Percent => "num",
    }
}

pub(super) fn cells(report: &Report, row: &Row) -> Vec<Printed> {
    let cell = |(column, cell): (&Column, &Cell)| {
        let is_zero = matches!(cell.value, Value::Money(money) if money.is_zero());
        let link = cell.link.as_ref().filter(|_| !is_zero);
        let under = under(report, column).map(|place| text(&row.cells[place].value)).unwrap_or_default();
        Printed { text: text(&cell.value), class: class(column), href: link.map(href).unwrap_or_default(), under }
    };
    let own = report.columns.iter().zip(&row.cells).filter(|(column, _)| has_own_column(report, column));
    own.map(cell).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Text(text) => text.clone(),
        Value::Date(day) => day.to_string(),
        Value::Money(money) if money.is_zero() => "–".to_owned(),
        Value::Money(money) => amount(money.minor(), money.currency()),
        Value::Integer(number) => exact((*number).into()),
        Value::Decimal(number) => exact(*number),
        Value::Percent(percent) => format!("{}\u{a0}%", exact(percent.decimal())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Currency, Money};

    #[test]
    fn amounts_are_compared_within_their_currency_and_what_is_empty_comes_last() {
        let money = |minor, code: &str| Value::Money(Money::new(minor, code.parse().unwrap()));
        let mut values = [money(5, "USD"), Value::Empty, money(7, "EUR"), money(9, "EUR")];
        values.sort_by(|a, b| compared(a, b, true));
        assert_eq!(values, [money(9, "EUR"), money(7, "EUR"), money(5, "USD"), Value::Empty]);
        assert_eq!(text(&Value::Money(Money::zero(Currency::EUR))), "–");
    }
}
