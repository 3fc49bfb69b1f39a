//! The question that a report's address asks, and the form that asks it again.
//!
//! `sort` and `page` are of the page alone; everything else is a parameter of the report, read by `app::reports::Asked`.

use crate::{form::Form, links::link, pages::lines::chosen_customer, session::Session};
use app::{
    App,
    reports::{Asked, ReportInfo},
};
use kernel::{CustomerId, Date, Timestamp};

/// Rows of one page on the screen.
pub(super) const ROWS: usize = 200;

pub(super) struct Question {
    info: &'static ReportInfo,
    pairs: Vec<(String, String)>,
    /// Customers that were typed and not chosen, by parameter.
    typed: Vec<(String, String)>,
    /// A column's key; `-key` for the largest first.
    pub sort: String,
    /// The first is 1.
    pub page: usize,
    /// What the company's time zone makes of a day in `known_at`.
    known_at: Option<Timestamp>,
}

/// A field of the form.
pub(super) struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub value: String,
    /// Of a customer: the name.
    pub text: String,
    pub error: String,
    pub control: Control,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Date,
    Customer,
    Choice(&'static [(&'static str, &'static str)]),
    Text(&'static str),
}

impl Field {
    pub(super) fn is_set(&self) -> bool {
        !self.value.is_empty()
    }

    pub(super) fn is_date(&self) -> bool {
        self.control == Control::Date
    }

    pub(super) fn is_customer(&self) -> bool {
        self.control == Control::Customer
    }

    pub(super) const fn choices(&self) -> Option<&'static [(&'static str, &'static str)]> {
        if let Control::Choice(choices) = self.control { Some(choices) } else { None }
    }

    pub(super) const fn placeholder(&self) -> &'static str {
        if let Control::Text(placeholder) = self.control { placeholder } else { "" }
    }
}

const ITEM_KINDS: &[(&str, &str)] = &[
    ("", "Any"),
    ("invoice", "Invoices"),
    ("credit_note", "Credit notes"),
    ("debit_note", "Debit notes"),
    ("payment", "Payments"),
];
const ENTRY_KINDS: &[(&str, &str)] = &[
    ("", "Any"),
    ("invoice", "Invoices"),
    ("credit_note", "Credit notes"),
    ("debit_note", "Debit notes"),
    ("payment", "Payments"),
    ("payment_reversal", "Payments taken back"),
    ("allocation", "Allocations"),
    ("allocation_reversal", "Allocations taken back"),
    ("write_off", "Write-offs"),
    ("write_off_reversal", "Write-offs taken back"),
    ("refund", "Refunds"),
    ("opening", "Opening balances"),
];

/// How a parameter is asked for: label, hint, control, and whether it is rare enough to stand behind "More".
fn asked_as(report: &str, key: &'static str) -> Option<(&'static str, &'static str, Control, bool)> {
    use Control as C;
    let field = match key {
        "as_of" => ("As of", "", C::Date, false),
        "from" => ("From", "", C::Date, false),
        "to" => ("Until", "", C::Date, false),
        "customer" => ("Customer", "", C::Customer, false),
        "group" => ("Group of", "Any customer of the group.", C::Customer, true),
        "currency" => ("Currency", "", C::Text("EUR"), true),
        "known_at" => ("As known at", "A day or an instant: what was entered later is left out.", C::Text("now"), true),
        "buckets" => ("Days", "Where each bucket ends.", C::Text("30,60,90"), true),
        "account" => ("Account", "", C::Text("1100"), false),
        "kind" if report == "journal" => ("Kind", "", C::Choice(ENTRY_KINDS), false),
        "kind" => ("Kind", "", C::Choice(ITEM_KINDS), false),
        "side" => ("Side", "", C::Choice(&[("", "Both"), ("debts", "Debts"), ("credits", "Credits")]), true),
        "overdue" => ("Show", "", C::Choice(&[("", "All open"), ("yes", "Overdue")]), false),
        "due_from" => ("Due from", "", C::Date, true),
        "due_to" => ("Due until", "", C::Date, true),
        "dated_from" => ("Dated from", "", C::Date, true),
        "dated_to" => ("Dated until", "", C::Date, true),
        "basis" => ("Age by", "", C::Choice(&[("", "Due day"), ("invoice_date", "Day of the invoice")]), false),
        "credits" => {
            ("Credits", "", C::Choice(&[("", "In their own column"), ("netted", "In the bucket of their day")]), true)
        }
        "amounts" => ("Amounts", "", C::Choice(&[("", "As documents say"), ("base", "In our currency")]), true),
        "period" => ("Per", "", C::Choice(&[("", "Month"), ("quarter", "Quarter"), ("year", "Year")]), false),
        "by" => ("By", "", C::Choice(groups(report)), false),
        _ => return None,
    };
    Some(field)
}

const fn groups(report: &str) -> &'static [(&'static str, &'static str)] {
    match report.as_bytes() {
        b"trial-balance" => &[("", "Account"), ("currency", "Account and currency")],
        b"sales" => &[("", "Customer"), ("product", "Product"), ("segment", "Segment")],
        _ => &[("", "Customer"), ("group", "Group"), ("currency", "Currency"), ("company", "Company")],
    }
}

impl Question {
    pub(super) fn read(info: &'static ReportInfo, pairs: Vec<(String, String)>, session: &Session) -> Self {
        let mut question =
            Self { info, pairs: Vec::new(), typed: Vec::new(), sort: String::new(), page: 1, known_at: None };
        for (key, value) in pairs {
            let value = value.trim().to_owned();
            match key.as_str() {
                _ if value.is_empty() => {}
                "sort" => question.sort = value,
                "page" => question.page = value.parse().unwrap_or(1).max(1),
                "customer_text" | "group_text" => {
                    question.typed.push((key.trim_end_matches("_text").to_owned(), value))
                }
                _ => question.pairs.push((key, value)),
            }
        }
        question.known_at = end_of_day(question.get("known_at"), &session.company.time_zone);
        question
    }

    /// Finds the customers that were typed, where none was chosen.
    pub(super) async fn find_customers(&mut self, app: &App, session: &Session) -> app::Result<()> {
        for (key, text) in std::mem::take(&mut self.typed) {
            if !self.get(&key).is_empty() {
                continue;
            }
            let found = chosen_customer(app, session, "", &text).await;
            self.pairs.push((key.clone(), found.as_ref().map_or(text, CustomerId::to_string)));
            found.map_err(|error| error.with_fields(|_| key.clone()))?;
        }
        Ok(())
    }

    pub(super) fn get(&self, key: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value)
    }

    pub(super) fn is_paged(&self) -> bool {
        self.info.parameters.contains(&"after")
    }

    pub(super) fn asked(&self) -> app::Result<Asked> {
        let known_at = self.known_at.map(|at| at.to_string());
        let pairs = self.pairs.iter().map(|(key, value)| match (key.as_str(), &known_at) {
            ("known_at", Some(instant)) => ("known_at", instant.as_str()),
            (key, _) => (key, value.as_str()),
        });
        let mut asked = Asked::read(self.info.name, pairs)?;
        if self.is_paged() && asked.limit.is_none() {
            asked.limit = i64::try_from(ROWS).ok();
        }
        Ok(asked)
    }

    /// The same question with one thing changed; another page is left for the first.
    pub(super) fn with(&self, key: &str, value: &str) -> String {
        let sort = [("sort", self.sort.as_str())].into_iter();
        let kept = self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(sort);
        let kept = kept.filter(|(known, _)| *known != key && *known != "after");
        link(&format!("{}/{}", super::PATH, self.info.name), &kept.chain([(key, value)]).collect::<Vec<_>>())
    }

    /// A file has all rows, in the report's own order.
    pub(super) fn file_link(&self, path: &str) -> String {
        let kept = self.pairs.iter().filter(|(key, _)| !matches!(key.as_str(), "after" | "limit"));
        link(path, &kept.map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>())
    }

    /// The form's fields: the usual ones, and the rare ones.
    pub(super) fn fields(&self, form: &Form<()>, names: [(&str, String); 2]) -> (Vec<Field>, Vec<Field>) {
        let (mut usual, mut rare) = (Vec::new(), Vec::new());
        for key in self.info.parameters {
            let Some((label, hint, control, is_rare)) = asked_as(self.info.name, key) else { continue };
            let name = names.iter().find(|(known, _)| known == key).map(|(_, name)| name.clone());
            let field = Field {
                name: key,
                label,
                hint,
                value: self.get(key).to_owned(),
                text: name.unwrap_or_default(),
                error: form.error(key).to_owned(),
                control,
            };
            if is_rare { rare.push(field) } else { usual.push(field) }
        }
        (usual, rare)
    }
}

/// The last second of a day that was written without a time; none for anything else.
fn end_of_day(text: &str, zone: &str) -> Option<Timestamp> {
    let day: Date = text.parse().ok()?;
    Some(day.plus_days(1).start_in(zone).ok()?.plus_seconds(-1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::reports::REPORTS;

    #[test]
    fn every_parameter_can_be_asked_for_on_the_page() {
        for report in REPORTS {
            for key in report.parameters.iter().filter(|key| !matches!(**key, "after" | "limit")) {
                assert!(asked_as(report.name, key).is_some(), "{} {key}", report.name);
            }
        }
    }

    #[test]
    fn every_choice_is_taken_by_the_report() {
        for report in REPORTS {
            for key in report.parameters {
                let Some((_, _, Control::Choice(choices), _)) = asked_as(report.name, key) else { continue };
                for (value, _) in choices {
                    Asked::read(report.name, [(*key, *value)]).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_day_is_known_until_its_last_second() {
        assert_eq!(end_of_day("2026-03-16", "Europe/Berlin").unwrap().to_string(), "2026-03-16T22:59:59Z");
        assert_eq!(end_of_day("2026-03-16T10:00:00Z", "Europe/Berlin"), None);
    }
}
