//! Rows of several tables that are inserted together: one round trip on PostgreSQL, a few statements inside the process
//! on SQLite.

use super::{Record, Result, Sent, Tx};
use sqlx::{Arguments as _, AssertSqlSafe, error::BoxDynError, postgres::PgArguments, sqlite::SqliteArguments};
use tokio::sync::oneshot;

/// Inserts into several tables. A table that others refer to is added before them.
#[must_use]
pub enum Batch {
    Sqlite(Vec<(String, SqliteArguments)>, Option<sqlx::Error>),
    Postgres { text: String, arguments: PgArguments, error: Option<sqlx::Error> },
}

/// Rows per SQLite statement: few different texts, so that prepared statements are found again, and few statements,
/// because each is handed to the engine's thread and waited for.
const SQLITE_CHUNKS: [usize; 12] = [500, 128, 64, 32, 16, 8, 6, 5, 4, 3, 2, 1];
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
                        statements.push(insert_chunk(chunk).unwrap_or_else(|cause| {
                            error.get_or_insert(sqlx::Error::Encode(cause));
                            Default::default()
                        }));
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

/// From so many rows on it pays to bind what they have in common once.
const MANY: usize = 16;

fn insert_chunk<T: Record>(rows: &[T]) -> Result<(String, SqliteArguments), BoxDynError> {
    let all = u64::MAX >> (u64::BITS as usize - T::COLUMNS.len());
    let shared = if rows.len() < MANY { 0 } else { T::shared_columns(rows) };
    // A row without a value of its own would be no row.
    let shared = if shared == all { shared & (shared - 1) } else { shared };
    let mut arguments = SqliteArguments::default();
    arguments.reserve(rows.len() * (all & !shared).count_ones() as usize + T::COLUMNS.len(), 0);
    if let Some(first) = rows.first().filter(|_| shared != 0) {
        first.bind_row(shared, &mut arguments)?;
    }
    rows.iter().try_for_each(|row| row.bind_row(all & !shared, &mut arguments))?;
    Ok((insert_values::<T>(rows.len(), shared), arguments))
}

/// `INSERT … VALUES (…), (…)`; with shared columns `INSERT … SELECT ?, column1, … FROM (VALUES (…), (…))`.
fn insert_values<T: Record>(rows: usize, shared: u64) -> String {
    let (mut selected, mut own) = (Vec::new(), 0);
    for at in 0..T::COLUMNS.len() {
        let is_shared = shared >> at & 1 == 1;
        own += usize::from(!is_shared);
        selected.push(if is_shared { "?".to_owned() } else { format!("column{own}") });
    }
    let row = format!("({})", vec!["?"; own].join(","));
    let values = vec![row.as_str(); rows].join(",");
    let insert = format!("INSERT INTO {} ({}) ", T::TABLE, T::COLUMNS.join(", "));
    if shared == 0 {
        return format!("{insert}VALUES {values}{}", T::ON_CONFLICT);
    }
    // Without a condition ON CONFLICT would be taken for that of a join.
    format!("{insert}SELECT {} FROM (VALUES {values}) WHERE true{}", selected.join(", "), T::ON_CONFLICT)
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

#[cfg(test)]
mod tests {
    use crate::{Db, Result, Tx};

    crate::record! {
        pub struct Coin in "coins" on conflict "(place) DO UPDATE SET minor = coins.minor + excluded.minor" {
            pub place: i64,
            pub mint: String,
            pub note: Option<String>,
            pub minor: i64,
        }
    }

    fn coin(place: i64, mint: &str, minor: i64) -> Coin {
        Coin { place, mint: mint.to_owned(), note: (place % 2 == 0).then(|| "bent".to_owned()), minor }
    }

    async fn purse() -> Result<(tempfile::TempDir, Tx)> {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&folder.path().join("coins.db").to_string_lossy()).await?;
        let mut tx = db.begin().await?;
        tx.sql("CREATE TABLE coins (place BIGINT PRIMARY KEY, mint TEXT NOT NULL, note TEXT, minor BIGINT NOT NULL)")
            .run()
            .await?;
        Ok((folder, tx))
    }

    /// Every size up to more than the largest chunk, with columns that are shared by all rows, by some, or by none.
    #[tokio::test]
    async fn rows_come_back_as_they_were_whatever_they_share() -> Result<()> {
        let (_folder, mut tx) = purse().await?;
        for count in (1..=150).chain([499, 500, 700, 1_000]) {
            for mints in [&["A"][..], &["A", "B", "C"]] {
                tx.sql("DELETE FROM coins").run().await?;
                let coins: Vec<Coin> =
                    (0..count).map(|n| coin(n, mints[usize::try_from(n).unwrap() % mints.len()], 5)).collect();
                tx.insert(&coins).await?;
                let found: Vec<Coin> = tx.select::<Coin>("ORDER BY place").all().await?;
                assert_eq!(format!("{found:?}"), format!("{coins:?}"), "{count} coins of {mints:?}");
            }
        }
        Ok(())
    }

    #[tokio::test]
    async fn rows_that_are_there_already_are_added_to() -> Result<()> {
        let (_folder, mut tx) = purse().await?;
        let coins: Vec<Coin> = (0..200).map(|n| coin(n, "A", 5)).collect();
        tx.insert(&coins).await?;
        tx.insert(&coins[..130]).await?;
        tx.insert(&vec![coin(7, "A", 5); 20]).await?;
        let sum = tx.sql("SELECT CAST(SUM(minor) AS BIGINT) FROM coins").number().await?;
        assert_eq!(sum, (200 + 130 + 20) * 5);
        Ok(())
    }
}
