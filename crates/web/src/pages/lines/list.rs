//! What the lists of quotes, orders and invoices have in common: what the address says, the chips, the sums of the page.

use crate::{error::PageResult, figures::amount, links::link, session::Session};
use app::{App, customers, lists::Cursor};
use kernel::{Currency, CustomerId, Date};
use serde::Deserialize;
use std::{collections::BTreeMap, str::FromStr};

/// Rows of one page.
pub(crate) const PAGE: i64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    pub q: String,
    pub state: String,
    pub kind: String,
    pub customer: String,
    pub from: String,
    pub to: String,
    pub after: String,
}

/// A choice above the list.
pub(crate) struct Chip {
    pub words: String,
    pub href: String,
    pub current: bool,
}

/// What the documents of one currency on the page add up to.
pub(crate) struct Sum {
    pub words: String,
    pub total: String,
    pub second: String,
}

impl ListQuery {
    /// The same list with one thing changed, from its first page.
    pub(crate) fn with(&self, path: &str, name: &str, value: &str) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("state", &self.state),
            ("kind", &self.kind),
            ("customer", &self.customer),
            ("from", &self.from),
            ("to", &self.to),
            ("after", ""),
        ];
        link(path, &pairs.map(|(own, kept)| (own, if own == name { value } else { kept })))
    }

    /// The first page of the same list, for the pages behind it.
    pub(crate) fn first(&self, path: &str) -> String {
        if self.after.is_empty() { String::new() } else { self.with(path, "after", "") }
    }

    pub(crate) fn next(&self, path: &str, next: Option<&Cursor>) -> String {
        next.map(|next| self.with(path, "after", &next.to_string())).unwrap_or_default()
    }

    pub(crate) fn search(&self) -> Option<String> {
        super::text(&self.q)
    }

    pub(crate) fn customer(&self) -> Option<CustomerId> {
        self.customer.parse().ok()
    }

    pub(crate) fn days(&self) -> (Option<Date>, Option<Date>) {
        (self.from.parse().ok(), self.to.parse().ok())
    }

    pub(crate) fn after<I: FromStr>(&self) -> app::Result<Option<(Date, I)>> {
        if self.after.is_empty() {
            return Ok(None);
        }
        let cursor = self.after.parse::<Cursor>()?;
        Ok(Some((cursor.get(0)?, cursor.get(1)?)))
    }

    /// Whether anything narrows the list.
    pub(crate) fn narrows(&self) -> bool {
        [&self.q, &self.state, &self.kind, &self.customer, &self.from, &self.to].iter().any(|text| !text.is_empty())
    }

    /// A chip for all and one for each state.
    pub(crate) fn states<'a>(&self, path: &str, states: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Chip> {
        let chip = |(state, words): (&str, &str)| Chip {
            words: words.to_owned(),
            href: self.with(path, "state", state),
            current: self.state == state,
        };
        [("", "All")].into_iter().chain(states).map(chip).collect()
    }

    /// The customer whose documents alone are listed.
    pub(crate) async fn customer_name(&self, app: &App, session: &Session) -> PageResult<String> {
        let Some(id) = self.customer() else { return Ok(String::new()) };
        Ok(customers::facts(app, &session.caller, id).await?.0.name)
    }
}

/// Adds up two amounts per currency.
pub(crate) fn add_up(rows: impl IntoIterator<Item = (Currency, i64, i64)>, noun: &str) -> Vec<Sum> {
    let mut sums: BTreeMap<Currency, (usize, i64, i64)> = BTreeMap::new();
    for (currency, first, second) in rows {
        let sum = sums.entry(currency).or_default();
        *sum = (sum.0 + 1, sum.1.saturating_add(first), sum.2.saturating_add(second));
    }
    let words = |count: usize| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
    let sum = |(currency, (count, first, second)): (Currency, (usize, i64, i64))| Sum {
        words: format!("{} on this page, {currency}", words(count)),
        total: amount(first, currency),
        second: amount(second, currency),
    };
    sums.into_iter().map(sum).collect()
}
