//! A part of a document: how much of each line to invoice or to credit now.
//!
//! Every line that has something left is in the form with that as its quantity, in a field that is called by the line's
//! place in the document; empty or 0 leaves the line out.

use super::typed::place_of;
use crate::{
    figures::{quantity, read_number},
    form::Form,
};
use app::{Error, lines::LineRow};
use domain::orders::Progress;
use kernel::{Date, LineId, Quantity};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub(crate) struct PartForm {
    pub on: String,
    pub reason: String,
    /// The button.
    pub intent: String,
    /// Line and quantity by the line's place in the document, from 0 on.
    quantities: BTreeMap<usize, (String, String)>,
}

/// A document has no more.
const MOST_LINES: usize = 1_000;

/// How much of which line.
pub(crate) type Quantities = Vec<(LineId, Quantity)>;

impl From<Vec<(String, String)>> for PartForm {
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match (name.as_str(), place_of(&name)) {
                ("on", _) => form.on = value,
                ("reason", _) => form.reason = value,
                ("intent", _) => form.intent = value,
                (_, Some((at, "id"))) if at < MOST_LINES => form.quantities.entry(at).or_default().0 = value,
                (_, Some((at, "quantity"))) if at < MOST_LINES => form.quantities.entry(at).or_default().1 = value,
                _ => {}
            }
        }
        form
    }
}

impl PartForm {
    /// The quantities and the day, or every field that cannot be read.
    pub(crate) fn asked(&self) -> app::Result<(Quantities, Option<Date>)> {
        let mut wrong = Vec::new();
        let mut lines = Vec::new();
        for (&at, (line, typed)) in &self.quantities {
            let quantity = read_number(&mut wrong, &format!("lines[{at}].quantity"), typed);
            let Ok(line) = line.parse() else { continue };
            // What is left out stays as 0, so that a refusal names the field of the form.
            lines.resize(at, (line, Quantity::ZERO));
            lines.push((line, quantity.unwrap_or(Quantity::ZERO)));
        }
        let on = super::optional(&mut wrong, "on", &self.on);
        if wrong.is_empty() { Ok((lines, on)) } else { Err(Error::Invalid(wrong)) }
    }
}

/// A line of which something is left.
pub(crate) struct PartLine {
    pub id: LineId,
    pub position: i64,
    pub description: String,
    pub unit: String,
    pub left: String,
    pub id_field: String,
    pub field: String,
    pub typed: String,
    pub wrong: String,
}

pub(crate) fn parts(rows: &[LineRow], progress: &[Progress], form: &Form<PartForm>) -> Vec<PartLine> {
    let all = rows.iter().zip(progress).enumerate();
    let left = all.filter(|(_, (_, progress))| !progress.left().is_zero());
    let part = |(at, row, progress): (usize, &LineRow, &Progress)| {
        let field = format!("lines[{at}].quantity");
        let typed = form.quantities.get(&at).filter(|(line, _)| *line == row.id.to_string());
        PartLine {
            id: row.id,
            position: row.position,
            description: row.description.clone(),
            unit: row.unit.clone(),
            left: quantity(progress.left()),
            id_field: format!("lines[{at}].id"),
            typed: typed.map_or_else(|| progress.left().to_string(), |(_, typed)| typed.clone()),
            wrong: form.error(&field).to_owned(),
            field,
        }
    };
    left.map(|(at, (row, progress))| part((at, row, progress))).collect()
}
