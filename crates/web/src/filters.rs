//! What a list's address asks for: each filter as it was typed, what is wrong with it, the same list with one thing
//! changed.
//!
//! A handler reads its filters one by one and asks for the `rows`. One that cannot be understood is named above the
//! list, which then has no rows: it never shows more than was asked for. It knows no list and no filter of its own.

use crate::{error::PageResult, form::Form, links::link, typed::Typed};
use app::{
    Error, FieldError,
    lists::{Cursor, Page},
};
use axum::http::StatusCode;
use std::{fmt::Display, str::FromStr};

pub(crate) struct Filters {
    path: &'static str,
    /// In the order in which they stand in the address; `after`, the place in the list, is none of them.
    names: &'static [&'static str],
    form: Form<Typed>,
}

impl Filters {
    pub(crate) fn new(path: &'static str, names: &'static [&'static str], typed: Typed) -> Self {
        Self { path, names, form: Form::new(typed) }
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.form.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.form.has(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.form.text(name)
    }

    /// A filter that is not set is `None`; a wrong one is noted.
    pub(crate) fn read<V>(&mut self, name: &str) -> Option<V>
    where
        V: FromStr<Err: Display>,
    {
        let mut wrong = Vec::new();
        let value = self.form.read(&mut wrong, name);
        wrong.into_iter().for_each(|error| self.form.note(error));
        value
    }

    /// The row that the page before ended with, where the list is sorted by one value and the id.
    pub(crate) fn after<A: FromStr, B: FromStr>(&mut self) -> Option<(A, B)> {
        let cursor: Cursor = self.read("after")?;
        cursor.pair().map_err(|error| self.refuse("after", error)).ok()
    }

    pub(crate) fn refuse(&mut self, name: &str, message: impl Display) {
        self.form.note(FieldError { field: name.to_owned(), message: message.to_string() });
    }

    /// The rows that fit; none when a filter cannot be understood.
    pub(crate) async fn rows<T>(&mut self, list: impl Future<Output = app::Result<Page<T>>>) -> PageResult<Page<T>> {
        let none = Page { rows: Vec::new(), next: None };
        if self.status() != StatusCode::OK {
            return Ok(none);
        }
        match list.await {
            Ok(found) => Ok(found),
            Err(Error::Invalid(wrong)) => {
                wrong.into_iter().for_each(|error| self.form.note(error));
                Ok(none)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same list with one thing changed, from its first page.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let kept = self.names.iter().map(|own| (*own, if *own == name { value } else { self.get(own) }));
        let other = Some((name, value)).filter(|_| !self.names.contains(&name));
        link(self.path, &kept.chain(other).collect::<Vec<_>>())
    }

    /// This very page of the list.
    pub(crate) fn here(&self) -> String {
        self.with("after", self.get("after"))
    }

    /// The first page of the same list, for the pages behind it.
    pub(crate) fn first(&self) -> String {
        if self.has("after") { self.with("after", "") } else { String::new() }
    }

    pub(crate) fn next(&self, next: Option<&Cursor>) -> String {
        next.map(|next| self.with("after", &next.to_string())).unwrap_or_default()
    }

    /// Whether the whole list is asked for, from its first page.
    pub(crate) fn is_plain(&self) -> bool {
        !self.has("after") && self.names.iter().all(|name| *name == "sort" || !self.has(name))
    }

    pub(crate) fn error(&self, name: &str) -> &str {
        self.form.error(name)
    }

    pub(crate) fn errors(&self) -> &[FieldError] {
        self.form.errors()
    }

    pub(crate) fn refusal(&self) -> &str {
        self.form.refusal()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.form.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Date;

    fn filters(pairs: &[(&str, &str)]) -> Filters {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Filters::new("/orders", &["q", "from", "sort"], Typed::from(pairs))
    }

    #[test]
    fn a_list_with_one_thing_changed_keeps_the_rest_and_starts_anew() {
        let list = filters(&[("q", "bolt"), ("from", "2026-01-31"), ("after", "abc"), ("stray", "1")]);
        assert_eq!(list.with("from", ""), "/orders?q=bolt");
        assert_eq!(list.with("after", "def"), "/orders?q=bolt&from=2026-01-31&after=def");
        assert_eq!(list.here(), "/orders?q=bolt&from=2026-01-31&after=abc");
        assert!(!list.is_plain() && filters(&[("sort", "number"), ("q", " ")]).is_plain());
    }

    #[test]
    fn what_is_not_understood_is_kept_and_named() {
        let mut list = filters(&[("from", "31.1.2026"), ("after", "nonsense")]);
        assert_eq!((list.read::<Date>("from"), list.after::<Date, String>()), (None, None));
        assert_eq!((list.get("from"), list.status()), ("31.1.2026", StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(list.errors().iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["from", "after"]);
    }
}
