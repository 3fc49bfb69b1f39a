//! Where a bank puts what in its lockbox records: a TOML file. Two are shipped in `definitions/lockbox`; the one that
//! reads a file without complaints is taken.

use crate::fixed::{DateOrder, Record};
use std::sync::LazyLock;

/// First and last column, from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub(super) struct Columns(pub(super) usize, pub(super) usize);

impl Columns {
    pub(super) fn of(self, record: Record<'_>) -> Option<String> {
        record.filled(self.0, self.1)
    }
}

/// The columns of each record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    pub name: String,
    pub(super) currency: String,
    pub(super) dates: String,
    #[serde(default)]
    pub(super) cheque_dates: String,
    pub(super) header: Header,
    pub(super) check: Check,
    pub(super) overflow: Overflow,
    pub(super) batch: Totals,
    pub(super) total: Totals,
    pub(super) trailer: Trailer,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) lockbox: Option<Columns>,
    pub(super) date: Option<Columns>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub(super) amount: Columns,
    pub(super) batch: Option<Columns>,
    pub(super) item: Option<Columns>,
    pub(super) routing: Option<Columns>,
    pub(super) account: Option<Columns>,
    pub(super) number: Option<Columns>,
    pub(super) date: Option<Columns>,
    pub(super) remitter: Option<Columns>,
    pub(super) payee: Option<Columns>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overflow {
    pub(super) document: Columns,
    pub(super) amount: Option<Columns>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Totals {
    pub(super) checks: Option<Columns>,
    pub(super) total: Option<Columns>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trailer {
    pub(super) records: Option<Columns>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("the lockbox layout cannot be read: {0}")]
    Toml(String),
    #[error("`{0}` is not an order of dates; the orders are YYMMDD, MMDDYY and DDMMYY")]
    Dates(String),
    #[error("columns {0} to {1} are none: the first is 1, and the last is not before it")]
    Columns(usize, usize),
}

impl Layout {
    pub fn parse(toml: &str) -> Result<Self, LayoutError> {
        let layout: Self = toml::from_str(toml).map_err(|error| LayoutError::Toml(error.to_string()))?;
        for order in [&layout.dates, &layout.cheque_dates] {
            if !matches!(order.as_str(), "" | "YYMMDD" | "MMDDYY" | "DDMMYY") {
                return Err(LayoutError::Dates(order.clone()));
            }
        }
        let wrong = layout.columns().find(|columns| columns.0 == 0 || columns.1 < columns.0 || columns.1 > 1_000);
        wrong.map_or(Ok(layout), |Columns(from, to)| Err(LayoutError::Columns(from, to)))
    }

    fn columns(&self) -> impl Iterator<Item = Columns> {
        let (header, check) = (&self.header, &self.check);
        let needed = [check.amount, self.overflow.document];
        let optional = [
            header.lockbox,
            header.date,
            check.batch,
            check.item,
            check.routing,
            check.account,
            check.number,
            check.date,
            check.remitter,
            check.payee,
            self.overflow.amount,
            self.batch.checks,
            self.batch.total,
            self.total.checks,
            self.total.total,
            self.trailer.records,
        ];
        needed.into_iter().chain(optional.into_iter().flatten())
    }
}

pub(super) fn order(name: &str) -> DateOrder {
    match name {
        "MMDDYY" => DateOrder::MonthDayYear,
        "DDMMYY" => DateOrder::DayMonthYear,
        _ => DateOrder::YearMonthDay,
    }
}

/// The layouts that come with the program.
pub(super) fn shipped() -> &'static [Layout] {
    static SHIPPED: LazyLock<Vec<Layout>> = LazyLock::new(|| {
        let texts = [
            include_str!("../../definitions/lockbox/bai.toml"),
            include_str!("../../definitions/lockbox/bai-invoices.toml"),
        ];
        texts.into_iter().filter_map(|text| Layout::parse(text).ok()).collect()
    });
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_layout_is_one() {
        assert_eq!(
            shipped().iter().map(|layout| layout.name.as_str()).collect::<Vec<_>>(),
            ["BAI", "BAI with invoice amounts"]
        );
    }

    #[test]
    fn a_wrong_layout_says_what_is_wrong() {
        let right = include_str!("../../definitions/lockbox/bai.toml");
        let error = |from: &str, to: &str| Layout::parse(&right.replace(from, to)).unwrap_err().to_string();
        assert_eq!(
            error("dates = \"YYMMDD\"", "dates = \"Y\""),
            "`Y` is not an order of dates; the orders are YYMMDD, MMDDYY and DDMMYY"
        );
        assert_eq!(
            error("amount = [8, 17]", "amount = [8, 7]"),
            "columns 8 to 7 are none: the first is 1, and the last is not before it"
        );
        assert!(error("payee", "payer").contains("unknown field `payer`"));
    }
}
