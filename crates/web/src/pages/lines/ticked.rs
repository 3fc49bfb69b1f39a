//! What becomes of the ticked rows of a list: each by itself, so that one that is refused does not hold up the others.

use crate::{
    error::{PageResult, sentence_of},
    links::link,
    session::{Go, Session},
};
use app::Error;
use axum::response::{IntoResponse as _, Response};
use kernel::CustomerId;
use serde::Deserialize;
use std::{collections::BTreeSet, fmt::Display};

/// The ticked rows and the button that was pressed.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Ticked<I> {
    pub id: Vec<I>,
    pub intent: String,
    /// The list that they were ticked on.
    pub back: String,
}

impl<I> Default for Ticked<I> {
    fn default() -> Self {
        Self { id: Vec::new(), intent: String::new(), back: String::new() }
    }
}

impl<I: Display> Ticked<I> {
    /// The list to go back to, as it was narrowed and sorted.
    pub(crate) fn back<'a>(&'a self, path: &'a str) -> &'a str {
        let same = self.back.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'));
        if same { &self.back } else { path }
    }

    /// Leads to the form of a payment that settles what was ticked; a payment comes from one customer.
    pub(crate) fn to_payment(&self, session: &Session, path: &str, customers: &BTreeSet<CustomerId>, name: &str) -> Go {
        let mut ids = customers.iter();
        let (Some(customer), None) = (ids.next(), ids.next()) else {
            let why = match customers.len() {
                0 => "Tick what was paid first.".to_owned(),
                count => format!("These belong to {count} customers, and a payment comes from one. Tick those of one."),
            };
            return session.go(self.back(path)).warning(why);
        };
        let (customer, ids) = (customer.to_string(), self.id.iter().map(ToString::to_string).collect::<Vec<_>>());
        let ticked = ids.iter().map(|id| (name, id.as_str()));
        let query: Vec<_> = [("customer", customer.as_str())].into_iter().chain(ticked).collect();
        session.go(link("/payments/new", &query))
    }

    /// Goes back to the list with what came of the rows.
    pub(crate) fn tell(&self, session: &Session, path: &str, came: &Came) -> Response {
        let go = session.go(self.back(path));
        match came.refused.first() {
            _ if self.id.is_empty() => go.warning(format!("Tick {}s first.", came.noun)),
            None => go.saying(came.said()),
            Some(why) => go.warning(format!("{} {} stayed as before: {why}", came.said(), came.refused.len())),
        }
        .into_response()
    }
}

/// What came of the rows, one by one: a "quote" was "marked as sent", or was refused with a sentence.
pub(crate) struct Came {
    noun: &'static str,
    verb: &'static str,
    done: usize,
    refused: Vec<String>,
}

impl Came {
    pub(crate) const fn new(noun: &'static str, verb: &'static str) -> Self {
        Self { noun, verb, done: 0, refused: Vec::new() }
    }

    pub(crate) fn note<T>(&mut self, result: app::Result<T>) -> PageResult<()> {
        match result {
            Ok(_) => self.done += 1,
            Err(error @ (Error::Invalid(_) | Error::Refused(_) | Error::Conflict(_) | Error::Stale)) => {
                self.refused.push(sentence_of(&error));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn said(&self) -> String {
        let Self { noun, verb, done, .. } = self;
        match done {
            0 => format!("No {noun} was {verb}."),
            1 => format!("1 {noun} was {verb}."),
            _ => format!("{done} {noun}s were {verb}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_list_itself_is_gone_back_to() {
        let back = |back: &str| Ticked::<i64> { back: back.to_owned(), ..Ticked::default() }.back("/orders").to_owned();
        assert_eq!(back("/orders?state=draft&sort=-total"), "/orders?state=draft&sort=-total");
        for elsewhere in ["", "/ordersx", "//evil.example", "https://evil.example", "/orders/1/cancel"] {
            assert_eq!(back(elsewhere), "/orders");
        }
    }
}
