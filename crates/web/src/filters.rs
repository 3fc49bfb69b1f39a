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
    /// The order that the list has when none is asked for: a column, or `-` and a column.
    usual: &'static str,
    form: Form<Typed>,
}

/// Columns that are sorted by for their largest and latest first.
const LARGEST_FIRST: &[&str] = &["date", "total", "amount", "open", "left", "balance", "rejected"];

impl Filters {
    pub(crate) fn new(path: &'static str, names: &'static [&'static str], typed: Typed) -> Self {
        Self { path, names, usual: "", form: Form::new(typed) }
    }

    pub(crate) fn sorted_by(self, usual: &'static str) -> Self {
        Self { usual, ..self }
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

    fn sort(&self) -> &str {
        if self.has("sort") { self.get("sort") } else { self.usual }
    }

    /// For the head of a column: the list sorted by it, or the other way round when it is already.
    pub(crate) fn by(&self, column: &str) -> String {
        let down = format!("-{column}");
        let is_down_next = match self.sort() {
            sort if sort == column => true,
            sort if sort == down => false,
            _ => LARGEST_FIRST.contains(&column),
        };
        let next = if is_down_next { down.as_str() } else { column };
        self.with("sort", if next == self.usual { "" } else { next })
    }

    /// For the head of a column: how the list is sorted by it; "" when it is sorted by another.
    pub(crate) fn sorted(&self, column: &str) -> &'static str {
        match self.sort() {
            sort if sort == column => "ascending",
            sort if sort.strip_prefix('-') == Some(column) => "descending",
            _ => "",
        }
    }

    /// The order in words, for the foot of the list.
    pub(crate) fn order_words(&self) -> &'static str {
        match self.sort() {
            "-date" => "Newest first",
            "date" => "Oldest first",
            "due" => "Earliest due day first",
            "-due" => "Latest due day first",
            "until" => "First to expire first",
            "-until" => "Last to expire first",
            "customer" => "By customer",
            "-customer" => "By customer, from Z to A",
            "number" => "By number",
            "-number" => "By number, the last first",
            "name" => "By name",
            "-name" => "By name, from Z to A",
            "sku" => "By SKU",
            "-sku" => "By SKU, the last first",
            "payer" => "By payer",
            "-payer" => "By payer, from Z to A",
            "email" | "-email" => "By e-mail",
            "role" | "-role" => "By role",
            "file" | "-file" => "By file",
            "source" | "-source" => "By source",
            "rejected" => "Fewest rejected rows first",
            "-rejected" => "Most rejected rows first",
            "total" | "amount" | "open" | "left" => "Smallest amount first",
            "-total" | "-amount" | "-open" | "-left" => "Largest amount first",
            _ => "",
        }
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
        self.errors().is_empty()
            && !self.has("after")
            && self.names.iter().all(|name| *name == "sort" || !self.has(name))
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
    fn the_head_of_a_column_sorts_by_it_and_then_the_other_way_round() {
        let sorted = |sort: &str| filters(&[("q", "bolt"), ("sort", sort), ("after", "abc")]).sorted_by("-date");
        let usual = sorted("");
        assert_eq!((usual.by("date").as_str(), usual.sorted("date")), ("/orders?q=bolt&sort=date", "descending"));
        assert_eq!((usual.by("number").as_str(), usual.sorted("number")), ("/orders?q=bolt&sort=number", ""));
        assert_eq!(usual.by("total"), "/orders?q=bolt&sort=-total");
        let by_number = sorted("number");
        assert_eq!(by_number.by("number"), "/orders?q=bolt&sort=-number");
        assert_eq!((by_number.by("date").as_str(), by_number.order_words()), ("/orders?q=bolt", "By number"));
        assert_eq!(
            (sorted("-total").by("total").as_str(), sorted("-total").sorted("total")),
            ("/orders?q=bolt&sort=total", "descending")
        );
    }

    #[test]
    fn what_is_not_understood_is_kept_and_named() {
        let mut list = filters(&[("from", "31.1.2026"), ("after", "nonsense")]);
        assert_eq!((list.read::<Date>("from"), list.read::<Cursor>("after")), (None, None));
        assert_eq!((list.get("from"), list.status()), ("31.1.2026", StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(list.errors().iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["from", "after"]);
    }
}
