//! Lists that are paged by key: a page says where the next one begins, so page 1,000 costs what page 1 does.
//!
//! A cursor holds the sort values of a page's last row and its id. To the outside it is one opaque word for the query
//! string. A list asks the store for one row more than it shows: `Page::cut` keeps the page and makes the cursor.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use std::{fmt, str::FromStr};
use store::sorting::{Key, Order, Place};
use uuid::Uuid;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(Vec<String>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no page of this list; start at its first page")]
pub struct CursorError(pub String);

#[derive(Debug, Clone, serde::Serialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<Cursor>,
}

/// Which page of a sorted list is asked for.
#[derive(Debug, Clone, Default)]
pub struct Part {
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

const SHOWN_ROWS: i64 = 50;
const MOST_ROWS: i64 = 500;

/// How many rows a list shows: 50 unless it is told, and never more than 500.
pub fn page_size(asked: Option<i64>) -> i64 {
    asked.unwrap_or(SHOWN_ROWS).clamp(1, MOST_ROWS)
}

impl Cursor {
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        Self(values.into_iter().collect())
    }

    /// The value at `place`, read as the list's own type.
    pub fn get<T: FromStr>(&self, place: usize) -> Result<T, CursorError> {
        self.0.get(place).and_then(|value| value.parse().ok()).ok_or_else(|| CursorError(self.to_string()))
    }

    /// A sort value and the id.
    pub fn pair<A: FromStr, B: FromStr>(&self) -> Result<(A, B), CursorError> {
        Ok((self.get(0)?, self.get(1)?))
    }
}

impl Part {
    pub(crate) fn size(&self) -> i64 {
        page_size(self.limit)
    }

    /// Where the page before ended; a cursor of another order is none of this list.
    pub(crate) fn place(&self, sort: &str, order: Order) -> Result<Option<Place>, CursorError> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let (word, id) = cursor.pair::<String, Uuid>()?;
        let same = cursor.get::<String>(2)? == sort;
        let key = order.key(&word).filter(|_| same).ok_or_else(|| CursorError(cursor.to_string()))?;
        Ok(Some((key, id)))
    }
}

impl From<CursorError> for crate::error::Error {
    fn from(error: CursorError) -> Self {
        Self::field("after", error)
    }
}

impl<T> Page<T> {
    /// Cuts rows of a sorted list, which were read with one more than `size`, to the page.
    pub(crate) fn sorted(rows: Vec<T>, size: i64, sort: &str, place: impl FnOnce(&T) -> (Key, Uuid)) -> Self {
        Self::cut(rows, size, |row| {
            let (key, id) = place(row);
            Cursor::new([key.to_string(), id.to_string(), sort.to_owned()])
        })
    }

    /// Cuts rows that were read with one more than `size` to the page.
    pub fn cut(mut rows: Vec<T>, size: i64, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { rows, next }
    }

    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(change).collect(), next: self.next }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .map(Self)
            .ok_or_else(|| CursorError(text.to_owned()))
    }
}

impl TryFrom<String> for Cursor {
    type Error = CursorError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_one_word_and_comes_back() {
        let cursor = Cursor::new(["müller & söhne".to_owned(), "7".to_owned()]);
        let word = cursor.to_string();
        assert!(word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{word}");
        let back: Cursor = word.parse().unwrap();
        assert_eq!((back.get::<String>(0).unwrap(), back.get::<i64>(1).unwrap()), ("müller & söhne".to_owned(), 7));
        assert!(back.get::<i64>(2).is_err() && back.get::<i64>(0).is_err() && "nonsense!".parse::<Cursor>().is_err());
    }

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let cut = |rows: Vec<i64>| Page::cut(rows, 2, |row| Cursor::new([row.to_string()]));
        assert_eq!(cut(vec![1, 2]).next, None);
        let page = cut(vec![1, 2, 3]);
        assert_eq!((page.rows, page.next), (vec![1, 2], Some(Cursor::new(["2".to_owned()]))));
    }
}
