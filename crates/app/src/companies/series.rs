//! Number series: prefix, digits, and whether a series starts again each year.
//!
//! A change must never let two documents bear the same number, nor leave it open which series a number is of. A prefix
//! holds no hyphen, so `PREFIX-YEAR-N` and `PREFIX-N` cannot meet, and it must not be on any number of another series, nor
//! lead to a number that an imported document has.
//! Digits can change at any time, because the count goes on.

use crate::{
    changes::Difference,
    context::{App, Caller, Event, Work},
    error::{Error, FieldError, Result},
};
use domain::{
    companies::{Series, document_number, place_in_series},
    users::Permission,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use store::companies::{self, SeriesRow};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesFacts {
    pub prefix: String,
    pub digits: i64,
    pub yearly: bool,
}

pub async fn series(app: &App, caller: &Caller) -> Result<Vec<SeriesRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(companies::series(&mut work.tx, company).await?)
}

pub async fn edit_series(app: &App, caller: &Caller, kind: Series, facts: SeriesFacts) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    let company = work.company_id();
    let all = companies::series(&mut work.tx, company).await?;
    let before = all.iter().find(|row| row.kind == kind).cloned().ok_or(Error::NotFound("number series"))?;
    let after = SeriesRow {
        prefix: facts.prefix.trim().to_uppercase(),
        digits: facts.digits,
        yearly: facts.yearly,
        ..before.clone()
    };
    let shown = |row: &SeriesRow| json!({"prefix": row.prefix, "digits": row.digits, "yearly": row.yearly});
    let Some(difference) = Difference::between(&shown(&before), &shown(&after)) else { return Ok(()) };
    let mut wrong = check(&after, &all);
    if wrong.is_empty() && after.prefix != before.prefix {
        let foreign = companies::foreign_number(&mut work.tx, company, kind, &after.prefix).await?;
        wrong.extend(foreign.map(|number| invalid("prefix", format!("{number} of another series begins so already"))));
    }
    if wrong.is_empty() {
        wrong.extend(taken_elsewhere(&mut work, &after).await?);
    }
    if after.yearly != before.yearly {
        wrong.extend(given_this_year(&mut work, &before).await?);
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    companies::update_series(&mut work.tx, &after).await?;
    work.record(Event {
        action: "series.changed",
        subject_kind: "series",
        subject_id: company.0,
        summary: format!("{} of the {} numbers changed", difference.words(), kind.as_str().replace('_', " ")),
        before: Some(difference.before),
        after: Some(difference.after),
        ..Event::default()
    });
    work.commit().await
}

/// What the company's series of invoices, credit notes and debit notes have yet to give.
pub(crate) struct NumbersToCome {
    series: Vec<SeriesRow>,
    last: HashMap<(Series, i64), i64>,
}

impl NumbersToCome {
    pub(crate) async fn load(work: &mut Work) -> Result<Self> {
        let company = work.company_id();
        let mut series = companies::series(&mut work.tx, company).await?;
        series.retain(|row| matches!(row.kind, Series::Invoice | Series::CreditNote | Series::DebitNote));
        let last = companies::last_numbers(&mut work.tx, company).await?;
        Ok(Self { series, last: last.into_iter().map(|(kind, year, last)| ((kind, year), last)).collect() })
    }

    /// Why a document from elsewhere cannot have a number: once it is taken, the series that gives it next stands still.
    pub(crate) fn refusal(&self, number: &str) -> Option<String> {
        let row = self.series.iter().find(|row| self.place(row, number).is_some())?;
        let kind = row.kind.as_str().replace('_', " ");
        Some(format!(
            "the {kind} numbers of this company will come to it; change their prefix under Settings, or give the invoice another number"
        ))
    }

    /// Year and place of a number that a series has yet to give.
    fn place(&self, row: &SeriesRow, number: &str) -> Option<(i64, i64)> {
        let place = place_in_series(number, &row.prefix, row.digits, row.yearly);
        place.filter(|&(year, sequence)| sequence > self.last(row.kind, year))
    }

    fn last(&self, kind: Series, year: i64) -> i64 {
        self.last.get(&(kind, year)).copied().unwrap_or(0)
    }
}

/// Why a series cannot print its numbers so: documents from elsewhere have some that it has yet to give.
async fn taken_elsewhere(work: &mut Work, after: &SeriesRow) -> Result<Option<FieldError>> {
    let to_come = NumbersToCome::load(work).await?;
    if !to_come.series.iter().any(|row| row.kind == after.kind) {
        return Ok(None);
    }
    let company = work.company_id();
    let numbers = companies::numbers_from_elsewhere(&mut work.tx, company, &after.prefix).await?;
    let taken = numbers.iter().filter_map(|number| Some((to_come.place(after, number)?, number)));
    let Some(((year, sequence), number)) = taken.max() else { return Ok(None) };
    let printed = |sequence| document_number(&after.prefix, after.digits, after.yearly.then_some(year), sequence);
    let (next, free) = (printed(to_come.last(after.kind, year) + 1), printed(sequence + 1));
    let message = format!(
        "{number} is taken by a document from elsewhere, and numbers that go on with {next} would come to it; the first free one is {free}. Use another prefix"
    );
    Ok(Some(invalid("prefix", message)))
}

fn invalid(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

fn check(row: &SeriesRow, all: &[SeriesRow]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let fits = (1..=10).contains(&row.prefix.len()) && row.prefix.bytes().all(|b| b.is_ascii_alphanumeric());
    if !fits {
        wrong.push(invalid("prefix", "use 1 to 10 letters and digits".to_owned()));
    }
    if !(1..=12).contains(&row.digits) {
        wrong.push(invalid("digits", format!("{} is not between 1 and 12 digits", row.digits)));
    }
    if let Some(other) = all.iter().find(|other| other.kind != row.kind && other.prefix == row.prefix) {
        let kind = other.kind.as_str().replace('_', " ");
        wrong.push(invalid("prefix", format!("{} is the prefix of the {kind} numbers", row.prefix)));
    }
    wrong
}

/// One year has one kind of numbers, so the switch waits for a year without any.
async fn given_this_year(work: &mut Work, row: &SeriesRow) -> Result<Option<FieldError>> {
    let company = work.company_id();
    let year = if row.yearly { i64::from(work.today.year()) } else { 0 };
    let last = companies::last_number(&mut work.tx, company, row.kind, year).await?;
    let given = if row.yearly { format!("in {year}") } else { "that go on from year to year".to_owned() };
    let message = || format!("numbers up to {last} were given {given}; change it before the first one is given");
    Ok((last > 0).then(|| invalid("yearly", message())))
}
