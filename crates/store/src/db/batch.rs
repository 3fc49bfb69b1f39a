//! Rows of several tables that are inserted together: one round trip on PostgreSQL, a few statements inside the process
//! on SQLite.

use super::{Record, Result, Sent, Tx};
use sqlx::{Arguments as _, AssertSqlSafe, postgres::PgArguments, sqlite::SqliteArguments};
use tokio::sync::oneshot;

/// Inserts into several tables. A table that others refer to is added before them.
#[must_use]
pub enum Batch {
    Sqlite(Vec<(String, SqliteArguments)>, Option<sqlx::Error>),
    Postgres { text: String, arguments: PgArguments, error: Option<sqlx::Error> },
}

/// Rows per SQLite statement: few different texts, so that prepared statements are found again.
const SQLITE_CHUNKS: [usize; 9] = [128, 16, 8, 6, 5, 4, 3, 2, 1];
const SQLITE_MAX_VALUES: usize = 32_000;

impl Batch {
    pub fn with<T: Record>(mut self, rows: &[T]) -> Self {
        if rows.is_empty() {
            return self;
        }
        match &mut self {
            Self::Sqlite(statements, error) => {
                let mut rest = rows;
                for size in SQLITE_CHUNKS {
                    while rest.len() >= size && (size == 1 || size * T::COLUMNS.len() <= SQLITE_MAX_VALUES) {
                        let (chunk, after) = rest.split_at(size);
                        rest = after;
                        let mut arguments = SqliteArguments::default();
                        arguments.reserve(size * T::COLUMNS.len(), 0);
                        if let Err(cause) = chunk.iter().try_for_each(|row| row.bind_row(&mut arguments)) {
                            error.get_or_insert(sqlx::Error::Encode(cause));
                        }
                        statements.push((insert_values::<T>(size), arguments));
                    }
                }
            }
            Self::Postgres { text, arguments, error } => {
                let from = arguments.len() + 1;
                text.push_str(if text.is_empty() { "" } else { "\n;" });
                text.push_str(&insert_unnest::<T>(from));
                if let Err(cause) = T::bind_columns(rows, arguments) {
                    error.get_or_insert(sqlx::Error::Encode(cause));
                }
            }
        }
        self
    }

    pub fn run(self, tx: &mut Tx) -> Sent<'_, ()> {
        Box::pin(async move {
            tx.ready().await?;
            match (self, tx) {
                (Self::Sqlite(statements, error), Tx::Sqlite(tx)) => {
                    error.map_or(Ok(()), Err)?;
                    for (text, arguments) in statements {
                        sqlx::query_with(AssertSqlSafe(text), arguments).execute(&mut **tx).await?;
                    }
                }
                (Self::Postgres { text, arguments, error }, Tx::Postgres(tx)) => {
                    error.map_or(Ok(()), Err)?;
                    if !text.is_empty() {
                        sqlx::query_with(AssertSqlSafe(one_statement(&text)), arguments).execute(&mut **tx).await?;
                    }
                }
                _ => unreachable!("a batch belongs to the engine of the transaction that made it"),
            }
            Ok(())
        })
    }
}

/// A transaction that is away, inserting rows.
pub struct Inserting {
    pub(super) is_sqlite: bool,
    /// None once it came back with an error: then there is nothing left to go on with.
    done: Option<oneshot::Receiver<Result<Tx>>>,
}

impl Batch {
    /// Runs while the caller goes on; what went wrong is said to whoever next asks something of the transaction.
    pub fn start(self, tx: &mut Tx) {
        let (tell, done) = oneshot::channel();
        let away = Inserting { is_sqlite: tx.is_sqlite(), done: Some(done) };
        let mut tx = std::mem::replace(tx, Tx::Inserting(away));
        tokio::spawn(async move {
            let ran = self.run(&mut tx).await.map(|()| tx);
            // Nobody waits for it once the work was given up; dropping it takes the rows back.
            drop(tell.send(ran));
        });
    }
}

impl Tx {
    /// Waits for rows that are being inserted.
    pub(super) async fn ready(&mut self) -> Result<()> {
        if let Self::Inserting(away) = self {
            let done = away.done.take().ok_or(sqlx::Error::WorkerCrashed)?;
            *self = done.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        }
        Ok(())
    }
}

fn insert_values<T: Record>(rows: usize) -> String {
    let width = T::COLUMNS.len();
    let mut text = format!("INSERT INTO {} ({}) VALUES ", T::TABLE, T::COLUMNS.join(", "));
    let row = format!("({})", vec!["?"; width].join(","));
    text.push_str(&vec![row.as_str(); rows].join(","));
    text.push_str(T::ON_CONFLICT);
    text
}

fn insert_unnest<T: Record>(from: usize) -> String {
    let columns = T::COLUMNS.join(", ");
    let values: Vec<String> = (from..from + T::COLUMNS.len()).map(|n| format!("${n}")).collect();
    format!("INSERT INTO {} ({columns}) SELECT * FROM UNNEST({}){}", T::TABLE, values.join(","), T::ON_CONFLICT)
}

/// Several inserts become one statement of data-modifying CTEs: one round trip, foreign keys checked at its end.
fn one_statement(inserts: &str) -> String {
    let parts: Vec<&str> = inserts.split("\n;").collect();
    let Some((last, first)) = parts.split_last() else { return String::new() };
    if first.is_empty() {
        return (*last).to_owned();
    }
    let with: Vec<String> = first.iter().enumerate().map(|(n, insert)| format!("w{n} AS ({insert})")).collect();
    format!("WITH {} {last}", with.join(", "))
}
