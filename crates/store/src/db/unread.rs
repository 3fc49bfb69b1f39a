//! Rows that their record cannot read: a value in the file is none that the program writes.
//!
//! Each row is decoded as its record would be, so that every column of every table is looked at without a list of them.
//! It is slow and asked only when a query has failed.

use super::{Error, Record, Sent, Tx};
use futures_util::TryStreamExt as _;
use kernel::{CompanyId, Date};
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use uuid::Uuid;

/// A row that cannot be read, or an amount that cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub table: &'static str,
    pub key: String,
    /// What people know the row by.
    pub name: Option<String>,
    pub column: String,
    pub cause: String,
}

/// Minor units beyond which a sum of rows may not fit: ten thousand such rows do.
const LARGEST_MINOR: u64 = 900_000_000_000_000;

/// Rows that are named; where more are broken, the file is.
const MOST: usize = 100;

impl Error {
    /// The rows are at fault, not the way to them: a value cannot be decoded or computed with.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Sqlx(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => true,
            // SQLite has one code for malformed JSON and sums that overflow, PostgreSQL a class for such data.
            Self::Sqlx(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| code == "1" || (code.len() == 5 && code.starts_with("22")))
            }
            _ => false,
        }
    }
}

impl Tx {
    /// The first rows of a company that cannot be read as `T`.
    pub fn unread<T: Record + Send + 'static>(&mut self, company: CompanyId) -> Sent<'_, Vec<Unread>> {
        Box::pin(async move {
            self.ready().await?;
            let text = AssertSqlSafe(format!("{} WHERE company_id = $1", T::SELECT));
            let mut found = Vec::new();
            match self {
                Self::Sqlite(tx) => {
                    let mut rows = sqlx::query(text).bind(company).fetch(&mut **tx);
                    while let Some(row) = rows.try_next().await?
                        && found.len() < MOST
                    {
                        found.extend(unread::<T, _>(&row));
                    }
                }
                Self::Postgres(tx) => {
                    let mut rows = sqlx::query(text).bind(company).fetch(&mut **tx);
                    while let Some(row) = rows.try_next().await?
                        && found.len() < MOST
                    {
                        found.extend(unread::<T, _>(&row));
                    }
                }
                Self::Inserting(_) => unreachable!("it is ready"),
            }
            Ok(found)
        })
    }
}

fn unread<T: Record + for<'r> FromRow<'r, R>, R: Row>(row: &R) -> Option<Unread>
where
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> Uuid: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Date: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    let (column, cause) = match T::from_row(row) {
        Ok(_) => too_large::<T, R>(row)?,
        Err(sqlx::Error::ColumnDecode { index, source }) => (index.trim_matches('"').to_owned(), source.to_string()),
        Err(other) => (String::new(), other.to_string()),
    };
    let key: Vec<String> = key(T::TABLE).iter().map(|column| shown(row, column).unwrap_or_default()).collect();
    let name = ["number", "description", "summary", "name"].into_iter().find(|name| T::COLUMNS.contains(name));
    let name = name.and_then(|column| row.try_get::<String, _>(column).ok());
    Some(Unread { table: T::TABLE, key: key.join(" "), name, column, cause })
}

fn too_large<T: Record, R: Row>(row: &R) -> Option<(String, String)>
where
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let amounts = T::COLUMNS.iter().filter(|column| column.ends_with("_minor"));
    amounts.filter_map(|column| Some((column, row.try_get::<i64, _>(*column).ok()?))).find_map(|(column, minor)| {
        let large = minor.unsigned_abs() > LARGEST_MINOR;
        large.then(|| ((*column).to_owned(), format!("{minor} minor units are more than can be added up")))
    })
}

/// The columns that tell a row from the others of its company.
fn key(table: &str) -> &'static [&'static str] {
    match table {
        "postings" => &["entry_id", "position"],
        "document_taxes" => &["document_id", "position"],
        "audit_seals" => &["seal"],
        "accounts" => &["code"],
        "customer_balances" => &["customer_id"],
        "external_ids" => &["source", "kind", "external_id"],
        "periods" => &["starts_on"],
        _ => &["id"],
    }
}

fn shown<R: Row>(row: &R, column: &str) -> Option<String>
where
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> Uuid: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Date: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    let id = row.try_get::<Uuid, _>(column).map(|id| id.to_string());
    let id = id.or_else(|_| row.try_get::<i64, _>(column).map(|number| number.to_string()));
    let id = id.or_else(|_| row.try_get::<Date, _>(column).map(|day| day.to_string()));
    id.or_else(|_| row.try_get::<String, _>(column)).ok()
}
