//! A form as names and texts, for forms whose fields are not known beforehand, such as an amount for each open item.
//!
//! Everything stays as it was typed until a use case is called; reading a field notes what is wrong under its name.

use crate::figures::{plain, read_number};
use app::FieldError;
use kernel::{Currency, Money};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub(crate) struct Typed(BTreeMap<String, String>);

impl From<Vec<(String, String)>> for Typed {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Typed {
    /// What stands in a field; "" when it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The same form with another text in a field.
    pub(crate) fn with(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.insert(name.into(), text.into());
        self
    }

    /// The names that are written `group[name]`, with what was typed.
    pub(crate) fn of_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = move |name: &'a str| name.strip_prefix(group)?.strip_prefix('[')?.strip_suffix(']');
        self.0.iter().filter_map(move |(name, text)| Some((named(name)?, text.trim())))
    }

    /// How many rows `group[0].…`, `group[1].…` there are.
    pub(crate) fn rows(&self, group: &str) -> usize {
        self.0.keys().filter_map(|name| row_of(name, group)).map(|(at, _)| at + 1).max().unwrap_or_default()
    }

    /// The same form with the rows of a group moved up over those in which nothing was typed; what `but` names is always
    /// chosen and says nothing.
    pub(crate) fn without_gaps(&self, group: &str, but: &str) -> Self {
        let row = |name: &str| row_of(name, group).map(|(at, part)| (at, part.to_owned()));
        let typed = |(name, text): (&String, &String)| {
            row(name).filter(|(_, part)| part != but && !text.trim().is_empty()).map(|(at, _)| at)
        };
        let kept: BTreeSet<usize> = self.0.iter().filter_map(typed).collect();
        let moved = self.0.iter().filter_map(|(name, text)| match row(name) {
            None => Some((name.clone(), text.clone())),
            Some((at, part)) => {
                kept.contains(&at).then(|| (format!("{group}[{}].{part}", kept.range(..at).count()), text.clone()))
            }
        });
        Self(moved.collect())
    }

    /// An empty field is `None`; a wrong one is noted.
    pub(crate) fn read<V>(&self, wrong: &mut Vec<FieldError>, name: &str) -> Option<V>
    where
        V: FromStr<Err: Display>,
    {
        let text = self.text(name)?;
        text.parse().map_err(|error: V::Err| note(wrong, name, error)).ok()
    }

    /// A number as people write it; an empty field is `None`, a wrong one is noted.
    pub(crate) fn decimal<V>(&self, wrong: &mut Vec<FieldError>, name: &str) -> Option<V>
    where
        V: FromStr<Err: Display>,
    {
        read_number(wrong, name, self.get(name))
    }

    /// An amount as people write it; an empty field is `None`, a wrong one is noted.
    pub(crate) fn money(&self, wrong: &mut Vec<FieldError>, name: &str, currency: Currency) -> Option<Money> {
        money(wrong, name, &self.text(name)?, currency)
    }

    /// One amount a line.
    pub(crate) fn sums(&self, wrong: &mut Vec<FieldError>, name: &str, currency: Currency) -> Vec<Money> {
        let text = self.text(name).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.filter_map(|line| money(wrong, name, line, currency)).collect()
    }
}

fn money(wrong: &mut Vec<FieldError>, name: &str, text: &str, currency: Currency) -> Option<Money> {
    let Some(plain) = plain(text) else {
        note(wrong, name, format!("“{text}” is not an amount such as 1,234.50"));
        return None;
    };
    Money::parse(&plain, currency).map_err(|error| note(wrong, name, error)).ok()
}

/// `group[2].percent` as (2, `percent`).
fn row_of<'a>(name: &'a str, group: &str) -> Option<(usize, &'a str)> {
    let (at, part) = name.strip_prefix(group)?.strip_prefix('[')?.split_once("].")?;
    Some((at.parse().ok()?, part))
}

fn note(wrong: &mut Vec<FieldError>, name: &str, message: impl Display) {
    wrong.push(FieldError { field: name.to_owned(), message: message.to_string() });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_the_ways_people_write_them() {
        let form = Typed::default().with("a", " 1,234.50 ").with("b", "1.234,50").with("c", "ten").with("d", "1.005");
        let mut wrong = Vec::new();
        let mut minor = |name| form.money(&mut wrong, name, Currency::EUR).map(Money::minor);
        assert_eq!(
            [minor("a"), minor("b"), minor("c"), minor("d"), minor("e")],
            [Some(123_450), Some(123_450), None, None, None]
        );
        assert_eq!(wrong.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["c", "d"]);
        assert!(wrong[1].message.contains("more than the 2 decimals"), "{}", wrong[1].message);
    }

    #[test]
    fn a_group_of_fields_is_found_by_its_name() {
        let form = Typed::default().with("amount[7]", "5").with("amount", "6").with("settle[7]", "yes");
        assert_eq!(form.of_group("amount").collect::<Vec<_>>(), [("7", "5")]);
    }

    #[test]
    fn rows_move_up_over_those_left_empty() {
        let form =
            Typed::default().with("a[0].x", " ").with("a[0].rule", "r").with("a[2].x", "5").with("a[2].rule", "s");
        let form = form.with("a[3].x", "").with("b", "6").without_gaps("a", "rule");
        assert_eq!((form.rows("a"), form.get("a[0].x"), form.get("a[0].rule"), form.get("b")), (1, "5", "s", "6"));
    }
}
