//! A report as CSV and as a workbook.
//!
//! CSV is for programs: the columns' keys, exact amounts, no totals. A workbook is for people: titles, real numbers and
//! dates, totals below.

use super::{Cell, Column, Kind, Report, Row, Value};
use crate::error::{Error, Result};

impl Report {
    pub fn csv(&self) -> Result<Vec<u8>> {
        let keys: Vec<&str> = self.columns.iter().map(|column| column.key.as_str()).collect();
        sheets::csv(&keys, self.rows.iter().map(written)).map_err(Error::broken)
    }

    /// One sheet; refused when it has more rows than a sheet can hold.
    pub fn xlsx(&self) -> Result<Vec<u8>> {
        let columns: Vec<sheets::Column> =
            self.columns.iter().enumerate().map(|(place, column)| self.sheet_column(place, column)).collect();
        let rows = self.rows.iter().chain(&self.totals).map(written);
        sheets::xlsx(self.title, &columns, rows).map_err(|error| match error {
            sheets::WriteError::TooManyRows { .. } => Error::refused(error),
            other => Error::broken(other),
        })
    }

    /// As many decimals as the column's currencies need.
    fn sheet_column(&self, place: usize, column: &Column) -> sheets::Column {
        let exponent = |row: &Row| match row.cells.get(place).map(|cell| &cell.value) {
            Some(Value::Money(money)) => Some(money.currency().exponent()),
            _ => None,
        };
        let kind = match column.kind {
            Kind::Text => sheets::Kind::Text,
            Kind::Date => sheets::Kind::Date,
            Kind::Integer | Kind::Decimal | Kind::Percent => sheets::Kind::Number,
            Kind::Money => {
                let decimals = self.rows.iter().chain(&self.totals).filter_map(exponent).max().unwrap_or(2);
                sheets::Kind::Money { decimals }
            }
        };
        sheets::Column { title: column.title.clone(), kind }
    }
}

fn written(row: &Row) -> Vec<sheets::Cell> {
    row.cells.iter().map(Cell::written).collect()
}

impl Cell {
    fn written(&self) -> sheets::Cell {
        match &self.value {
            Value::Empty => sheets::Cell::Empty,
            Value::Text(text) => text.as_str().into(),
            Value::Date(date) => (*date).into(),
            Value::Money(money) => (*money).into(),
            Value::Integer(number) => sheets::Cell::Number((*number).into()),
            Value::Decimal(number) => (*number).into(),
            Value::Percent(percent) => percent.decimal().into(),
        }
    }

    /// As a terminal or a page without a language of its own shows it: exact, without grouping.
    pub fn text(&self) -> String {
        match &self.value {
            Value::Empty => String::new(),
            Value::Text(text) => text.clone(),
            Value::Date(date) => date.to_string(),
            Value::Money(money) => money.to_decimal().to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(number) => number.to_string(),
            Value::Percent(percent) => percent.to_string(),
        }
    }
}
