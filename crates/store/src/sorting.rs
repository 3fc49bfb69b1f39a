//! Lists in the order of a column that the reader chose, paged by key: what a page ended with is where the next begins.
//!
//! A list's own enum names its columns in both directions and says the `Order` of each; `Order::page` appends condition,
//! order and limit to the list's statement. Rows with the same value stand in the order of their ids.

use crate::db::Sql;
use kernel::{Date, Timestamp};
use std::fmt;
use uuid::Uuid;

/// A column of a list's statement, and the id beside it.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    column: &'static str,
    id: &'static str,
    kind: Kind,
    is_descending: bool,
    /// What else is asked for leaves few rows: an index of those is used, not that of the order.
    is_among_few: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Day,
    Instant,
    Amount,
    Text,
}

/// What a row has in the column that its list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Day(Date),
    Instant(Timestamp),
    Amount(i64),
    Text(String),
}

/// The row that a page ended with.
pub type Place = (Key, Uuid);

impl Order {
    pub const fn by_day(column: &'static str, id: &'static str) -> Self {
        Self { column, id, kind: Kind::Day, is_descending: false, is_among_few: false }
    }

    pub const fn by_instant(column: &'static str, id: &'static str) -> Self {
        Self { column, id, kind: Kind::Instant, is_descending: false, is_among_few: false }
    }

    pub const fn by_amount(column: &'static str, id: &'static str) -> Self {
        Self { column, id, kind: Kind::Amount, is_descending: false, is_among_few: false }
    }

    pub const fn by_text(column: &'static str, id: &'static str) -> Self {
        Self { column, id, kind: Kind::Text, is_descending: false, is_among_few: false }
    }

    /// The way round that its name says: a minus in front is for descending.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { is_descending: name.starts_with('-'), ..self }
    }

    /// Says that other conditions leave few rows. SQLite would read the whole list in its order to find them; PostgreSQL
    /// knows how many there are.
    #[must_use]
    pub fn among_few(self, is_among_few: bool) -> Self {
        Self { is_among_few, ..self }
    }

    /// Reads back what `Key` was written as; `None` when it is no value of this column.
    pub fn key(self, text: &str) -> Option<Key> {
        match self.kind {
            Kind::Day => text.parse().ok().map(Key::Day),
            Kind::Instant => text.parse().ok().map(Key::Instant),
            Kind::Amount => text.parse().ok().map(Key::Amount),
            Kind::Text => Some(Key::Text(text.to_owned())),
        }
    }

    /// The rows behind a place, in this order, up to a limit.
    pub(crate) fn page<'t>(self, mut sql: Sql<'t>, after: Option<&Place>, limit: i64) -> Sql<'t> {
        let Self { column, id, .. } = self;
        // SQLite uses no index for what is behind a plus.
        let plus = if self.is_among_few { "+" } else { "" };
        if let Some((key, last)) = after {
            sql = sql.push(" AND (").push_for(plus, "").push(column).push(", ").push(id);
            sql = sql.push(if self.is_descending { ") < (" } else { ") > (" });
            sql = match key.clone() {
                Key::Day(day) => sql.push_bind(day),
                Key::Instant(at) => sql.push_bind(at),
                Key::Amount(minor) => sql.push_bind(minor),
                Key::Text(text) => sql.push_bind(text),
            };
            sql = sql.push(",").push_bind(*last).push(")");
        }
        let direction = if self.is_descending { " DESC" } else { "" };
        sql =
            sql.push(" ORDER BY ").push_for(plus, "").push(column).push(direction).push(", ").push(id).push(direction);
        sql.push(" LIMIT").push_bind(limit)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Instant(at) => at.fmt(f),
            Self::Amount(minor) => minor.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_what_its_column_holds() {
        let (day, amount) = (Order::by_day("i.invoiced_on", "i.id"), Order::by_amount("i.gross_minor", "i.id"));
        assert_eq!(day.key("2026-02-28").map(|key| key.to_string()).as_deref(), Some("2026-02-28"));
        assert_eq!(amount.key("-1250"), Some(Key::Amount(-1_250)));
        let at: Timestamp = "2026-02-28T23:59:59.000001Z".parse().unwrap();
        assert_eq!(Order::by_instant("r.recorded_at", "r.id").key(&at.to_string()), Some(Key::Instant(at)));
        assert!(day.key("INV-1").is_none() && amount.key("2026-02-28").is_none());
        assert_eq!(Order::by_text("c.name_key", "i.id").key("7"), Some(Key::Text("7".to_owned())));
    }
}
