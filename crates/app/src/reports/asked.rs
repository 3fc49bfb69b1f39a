//! What can be asked: the reports by name, the parameters each knows, and how they are read from a query string or the
//! command line, all wrong ones at once.

use crate::{
    error::{Error, FieldError, Result},
    lists::Cursor,
};
use domain::reports::{AgingBasis, Amounts, Buckets, Credits, Period};
use kernel::{Currency, Date, Timestamp};
use std::{fmt::Display, str::FromStr};

/// A report as menus, help and the API's description name it.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReportInfo {
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub parameters: &'static [&'static str],
}

pub const REPORTS: &[ReportInfo] = &[
    ReportInfo {
        name: "aged-receivables",
        title: "Aged receivables",
        about: "What customers owe by age, on any day and as it was known at any instant",
        parameters: &[
            "as_of", "known_at", "by", "basis", "credits", "amounts", "buckets", "customer", "group", "currency",
        ],
    },
    ReportInfo {
        name: "open-items",
        title: "Open items",
        about: "Invoices, credit notes and payments that were open on a day",
        parameters: &[
            "as_of",
            "known_at",
            "customer",
            "group",
            "currency",
            "kind",
            "side",
            "overdue",
            "due_from",
            "due_to",
            "dated_from",
            "dated_to",
            "after",
            "limit",
        ],
    },
    ReportInfo {
        name: "customer-ledger",
        title: "Customer ledger",
        about: "Everything that changed what a customer owes, with running balance",
        parameters: &["customer", "from", "to", "known_at", "currency"],
    },
    ReportInfo {
        name: "unapplied-cash",
        title: "Unapplied cash",
        about: "Payments that are not used on invoices, by age since they came in",
        parameters: &["as_of", "known_at", "amounts", "buckets", "customer", "group", "currency"],
    },
    ReportInfo {
        name: "payments",
        title: "Payments",
        about: "Money that came in during a period and what it was used on",
        parameters: &["from", "to", "as_of", "known_at", "customer", "currency", "after", "limit"],
    },
    ReportInfo {
        name: "sales",
        title: "Sales",
        about: "Invoices minus credit notes per period, by customer, product or segment",
        parameters: &["from", "to", "known_at", "period", "by", "amounts", "customer", "currency"],
    },
    ReportInfo {
        name: "taxes",
        title: "Taxes",
        about: "Taxed amounts and taxes per period and rate, of documents and less what discounts took back",
        parameters: &["from", "to", "known_at", "period", "customer", "currency"],
    },
    ReportInfo {
        name: "trial-balance",
        title: "Trial balance",
        about: "Opening balance, debits, credits and closing balance of every account",
        parameters: &["from", "as_of", "known_at", "by"],
    },
    ReportInfo {
        name: "journal",
        title: "Journal",
        about: "Journal entries with their postings in the order of the books",
        parameters: &["from", "to", "known_at", "account", "kind", "after", "limit"],
    },
    ReportInfo {
        name: "order-to-invoice",
        title: "Order to invoice",
        about: "How many days pass from the confirmed order to its invoice",
        parameters: &["from", "to", "period", "customer"],
    },
    ReportInfo {
        name: "unbilled-orders",
        title: "Unbilled orders",
        about: "Confirmed orders that are not invoiced yet, and for how much",
        parameters: &["as_of", "customer"],
    },
];

pub fn info(name: &str) -> Option<&'static ReportInfo> {
    REPORTS.iter().find(|report| report.name == name)
}

/// The parameters of all reports; each uses those it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    pub as_of: Option<Date>,
    pub known_at: Option<Timestamp>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// Id or number.
    pub customer: Option<String>,
    /// Any customer of a group, by id or number.
    pub group: Option<String>,
    pub currency: Option<Currency>,
    /// Of items or of journal entries.
    pub kind: Option<String>,
    pub side: Option<Side>,
    pub overdue: bool,
    pub due_from: Option<Date>,
    pub due_to: Option<Date>,
    pub dated_from: Option<Date>,
    pub dated_to: Option<Date>,
    pub account: Option<String>,
    pub by: Option<String>,
    pub basis: AgingBasis,
    pub credits: Credits,
    pub amounts: Amounts,
    pub buckets: Option<Buckets>,
    pub period: Period,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

kernel::text_enum! {
    pub enum Side {
        Debts = "debts",
        Credits = "credits",
    }
}

/// Rows of a page unless `limit` says otherwise, and at most.
const PAGE_ROWS: i64 = 1_000;
const MOST_ROWS: i64 = 10_000;

impl Asked {
    /// Reads the parameters of the report called `name`; empty ones are as good as left out.
    pub fn read<'a>(name: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let known = info(name).ok_or(Error::NotFound("report"))?.parameters;
        let (mut asked, mut wrong) = (Self::default(), Vec::new());
        for (key, value) in pairs {
            let value = value.trim();
            let set = match known.contains(&key) {
                _ if value.is_empty() => Ok(()),
                true => asked.set(key, value),
                false => Err(format!("the report {name} has no such parameter; it has {}", known.join(", "))),
            };
            if let Err(message) = set {
                wrong.push(FieldError { field: key.to_owned(), message });
            }
        }
        if wrong.is_empty() { Ok(asked) } else { Err(Error::Invalid(wrong)) }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "as_of" => self.as_of = Some(parsed(value)?),
            "known_at" => self.known_at = Some(parsed(value)?),
            "from" => self.from = Some(parsed(value)?),
            "to" => self.to = Some(parsed(value)?),
            "customer" => self.customer = Some(value.to_owned()),
            "group" => self.group = Some(value.to_owned()),
            "currency" => self.currency = Some(parsed(value)?),
            "kind" => self.kind = Some(value.to_owned()),
            "side" => self.side = Some(parsed(value)?),
            "overdue" => self.overdue = flag(value)?,
            "due_from" => self.due_from = Some(parsed(value)?),
            "due_to" => self.due_to = Some(parsed(value)?),
            "dated_from" => self.dated_from = Some(parsed(value)?),
            "dated_to" => self.dated_to = Some(parsed(value)?),
            "account" => self.account = Some(value.to_owned()),
            "by" => self.by = Some(value.to_owned()),
            "basis" => self.basis = parsed(value)?,
            "credits" => self.credits = parsed(value)?,
            "amounts" => self.amounts = parsed(value)?,
            "buckets" => self.buckets = Some(parsed(value)?),
            "period" => self.period = parsed(value)?,
            "after" => self.after = Some(parsed(value)?),
            "limit" => self.limit = Some(parsed(value)?),
            other => return Err(format!("there is no parameter `{other}`")),
        }
        Ok(())
    }

    /// What `by` or `kind` says, in the report's own words.
    pub(super) fn choice<T: FromStr<Err: Display>>(field: &str, value: Option<&String>) -> Result<Option<T>> {
        value.map(|value| value.parse().map_err(|error| Error::field(field, error))).transpose()
    }

    pub(super) fn page_rows(&self) -> i64 {
        self.limit.unwrap_or(PAGE_ROWS).clamp(1, MOST_ROWS)
    }
}

fn parsed<T: FromStr<Err: Display>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

fn flag(value: &str) -> Result<bool, String> {
    match value {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        other => Err(format!("`{other}` is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_parameter_is_named() {
        let pairs =
            [("as_of", "31.12.2026"), ("buckets", "60,30"), ("account", "1100"), ("currency", ""), ("by", "group")];
        let Err(Error::Invalid(fields)) = Asked::read("aged-receivables", pairs) else { panic!("was taken") };
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(names, ["as_of", "buckets", "account"]);
        assert!(matches!(Asked::read("nonsense", []), Err(Error::NotFound("report"))));
    }

    #[test]
    fn every_parameter_of_every_report_can_be_read() {
        for report in REPORTS {
            for key in report.parameters {
                let text = match *key {
                    "known_at" => "2026-08-31T12:00:00Z",
                    "currency" => "EUR",
                    "side" => "debts",
                    "overdue" => "yes",
                    "basis" => "invoice_date",
                    "credits" => "netted",
                    "amounts" => "base",
                    "buckets" => "30,60",
                    "period" => "quarter",
                    "limit" => "10",
                    "after" => "WyJhIl0",
                    _ => "2026-08-31",
                };
                Asked::read(report.name, [(*key, text)]).unwrap();
            }
        }
    }
}
