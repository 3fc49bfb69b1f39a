//! One statement: its text, the values bound to it for the engine at hand, and how its answer is read.

use super::{Error, Result, Row, Sent, Tx, Value};
use serde::Serialize;
use sqlx::{
    Arguments as _, AssertSqlSafe, Sqlite, Type, TypeInfo as _, postgres::PgArguments, sqlite::SqliteArguments,
};
use std::borrow::Cow;

pub(super) enum Arguments {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// One statement with its bound values, ready to be sent.
#[must_use]
pub struct Sql<'t> {
    pub(super) tx: &'t mut Tx,
    pub(super) text: Cow<'static, str>,
    pub(super) arguments: Arguments,
    pub(super) bound: usize,
    pub(super) error: Option<sqlx::Error>,
}

impl<'t> Sql<'t> {
    pub fn bind<T: Value>(mut self, value: T) -> Self {
        self.bound += 1;
        let added = match &mut self.arguments {
            Arguments::Sqlite(arguments) => arguments.add(value),
            Arguments::Postgres(arguments) => arguments.add(value),
        };
        if let Err(error) = added {
            self.error.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    /// Binds what names a row as it was read: company, key and version.
    pub fn bind_as_read<C: Value, K: Value>(self, company: C, key: K, version: i64) -> Self {
        self.bind(company).bind(key).bind(version)
    }

    /// Appends text that is ours, never the user's.
    pub fn push(mut self, text: &'static str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends what the engine at hand needs.
    pub fn push_for(self, sqlite: &'static str, postgres: &'static str) -> Self {
        let text = if self.tx.is_sqlite() { sqlite } else { postgres };
        self.push(text)
    }

    /// Appends ` $n` and binds it.
    pub fn push_bind<T: Value>(mut self, value: T) -> Self {
        let next = self.bound + 1;
        self.text.to_mut().push_str(&format!(" ${next}"));
        self.bind(value)
    }

    /// Appends the list of an `IN`; an empty one matches nothing.
    pub fn push_list<T: Value + Serialize>(self, values: impl IntoIterator<Item = T>) -> Self {
        if self.tx.is_sqlite() { self.push_unpacked(values.into_iter().collect()) } else { self.push_numbered(values) }
    }

    /// `(SELECT … FROM json_each($n))`: one text and one value however long the list is. SQLite looks a numbered value up
    /// among all of them, so that a thousand cost a million steps.
    fn push_unpacked<T: Value + Serialize>(mut self, values: Vec<T>) -> Self {
        let is_blob = <T as Type<Sqlite>>::type_info().name() == "BLOB";
        self = self.push(if is_blob {
            " (SELECT unhex(value, '-') FROM json_each("
        } else {
            " (SELECT value FROM json_each("
        });
        match serde_json::to_string(&values) {
            Ok(list) => self = self.push_bind(list),
            Err(error) => drop(self.error.get_or_insert(sqlx::Error::Encode(error.into()))),
        }
        self.push("))")
    }

    /// `($n, $n+1, …)`
    fn push_numbered<T: Value>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        let mut separator = " (";
        for value in values {
            self.text.to_mut().push_str(separator);
            self = self.push_bind(value);
            separator = ",";
        }
        self.text.to_mut().push_str(if separator == " (" { " (NULL)" } else { ")" });
        self
    }

    pub fn all<T: Row + 't>(mut self) -> Sent<'t, Vec<T>> {
        Box::pin(async move {
            self.check().await?;
            let text = AssertSqlSafe(self.text.into_owned());
            Ok(match (self.tx, self.arguments) {
                (Tx::Sqlite(tx), Arguments::Sqlite(values)) => {
                    sqlx::query_as_with(text, values).fetch_all(&mut **tx).await?
                }
                (Tx::Postgres(tx), Arguments::Postgres(values)) => {
                    sqlx::query_as_with(text, values).fetch_all(&mut **tx).await?
                }
                _ => unreachable!("values are encoded for the transaction's own engine"),
            })
        })
    }

    pub fn optional<T: Row + 't>(mut self) -> Sent<'t, Option<T>> {
        Box::pin(async move {
            self.check().await?;
            let text = AssertSqlSafe(self.text.into_owned());
            Ok(match (self.tx, self.arguments) {
                (Tx::Sqlite(tx), Arguments::Sqlite(values)) => {
                    sqlx::query_as_with(text, values).fetch_optional(&mut **tx).await?
                }
                (Tx::Postgres(tx), Arguments::Postgres(values)) => {
                    sqlx::query_as_with(text, values).fetch_optional(&mut **tx).await?
                }
                _ => unreachable!("values are encoded for the transaction's own engine"),
            })
        })
    }

    pub fn one<T: Row + 't>(self) -> Sent<'t, T> {
        Box::pin(async move { self.optional().await?.ok_or_else(|| sqlx::Error::RowNotFound.into()) })
    }

    /// One number: a count or a sum.
    pub fn number(self) -> Sent<'t, i64> {
        Box::pin(async move { Ok(self.one::<(i64,)>().await?.0) })
    }

    /// How many rows were changed.
    pub fn run(mut self) -> Sent<'t, u64> {
        Box::pin(async move {
            self.check().await?;
            let text = AssertSqlSafe(self.text.into_owned());
            Ok(match (self.tx, self.arguments) {
                (Tx::Sqlite(tx), Arguments::Sqlite(values)) => {
                    sqlx::query_with(text, values).execute(&mut **tx).await?.rows_affected()
                }
                (Tx::Postgres(tx), Arguments::Postgres(values)) => {
                    sqlx::query_with(text, values).execute(&mut **tx).await?.rows_affected()
                }
                _ => unreachable!("values are encoded for the transaction's own engine"),
            })
        })
    }

    /// Changes exactly one row, or somebody else was faster.
    pub fn run_one(self) -> Sent<'t, ()> {
        Box::pin(async move { if self.run().await? == 1 { Ok(()) } else { Err(Error::Stale) } })
    }

    async fn check(&mut self) -> Result<()> {
        self.error.take().map_or(Ok(()), Err)?;
        self.tx.ready().await
    }
}
