//! What the lists of quotes, orders, invoices, payments and open items have in common: the chips, whose documents they
//! show, the sums of the page.

use crate::{error::PageResult, figures::amount, filters::Filters, session::Session};
use app::{App, Error, customers, lines::DocumentFilter, lists::Part};
use kernel::{Currency, CustomerId};
use std::{collections::BTreeMap, fmt::Display, str::FromStr};

/// The filters of quotes, orders and invoices.
pub(crate) const FILTERS: &[&str] = &["q", "state", "kind", "customer", "from", "to", "sort"];

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

/// A chip for all and one for each state.
pub(crate) fn state_chips<'a>(list: &Filters, states: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Chip> {
    let chip = |(state, words): (&str, &str)| Chip {
        words: words.to_owned(),
        href: list.with("state", state),
        current: list.get("state") == state,
    };
    [("", "All")].into_iter().chain(states).map(chip).collect()
}

/// The customer whose documents alone are listed, and its name for the page.
pub(crate) async fn only_customer(
    app: &App,
    session: &Session,
    list: &mut Filters,
) -> PageResult<(Option<CustomerId>, String)> {
    if !list.has("customer") {
        return Ok((None, String::new()));
    }
    let known = match list.get("customer").parse() {
        Ok(id) => customers::facts(app, &session.caller, id).await,
        Err(_) => Err(Error::NotFound("customer")),
    };
    match known {
        Ok((row, _)) => Ok((Some(row.id), row.name)),
        Err(Error::NotFound(_)) => {
            list.refuse("customer", "there is no such customer");
            Ok((None, String::new()))
        }
        Err(error) => Err(error.into()),
    }
}

/// What the list of quotes or of orders is narrowed to, the part that is asked for, and whose it is by name.
pub(crate) async fn narrowed<S, O>(
    app: &App,
    session: &Session,
    list: &mut Filters,
) -> PageResult<(DocumentFilter<S, O>, Part, String)>
where
    S: FromStr<Err: Display>,
    O: FromStr<Err: Display> + Default,
{
    let (customer, name) = only_customer(app, session, list).await?;
    let filter = DocumentFilter {
        customer,
        state: list.read("state"),
        search: list.text("q"),
        from: list.read("from"),
        to: list.read("to"),
        sort: list.read("sort").unwrap_or_default(),
        after: None,
    };
    Ok((filter, Part { after: list.read("after"), limit: None }, name))
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
