//! The one door to the database: nothing outside this file and its folder knows that there are two engines.
//!
//! `Db` opens and migrates, `Tx` is one transaction, `Tx::sql` is one statement with bound values, `Tx::batch` inserts
//! rows of several tables: one round trip on PostgreSQL, a few statements inside the process on SQLite.
//! Values are encoded for the engine at hand only; SQL text is ours, never the user's.

mod batch;
mod statement;
mod unread;

pub use batch::{Batch, Inserting};
pub use statement::Sql;
pub use unread::Unread;

use kernel::CompanyId;
use sqlx::{
    AssertSqlSafe, Connection as _, Database, Encode, FromRow, PgConnection, PgPool, Postgres, Sqlite, SqlitePool,
    Transaction, Type,
    error::BoxDynError,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};
use statement::Arguments;
use std::{
    borrow::Cow,
    ops::{Deref, DerefMut},
    pin::Pin,
    str::FromStr,
    time::Duration,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    #[error(transparent)]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database address `{0}` is neither a file nor postgres://…")]
    Url(String),
    #[error("no PostgreSQL server answers at {host}:{port} ({cause})")]
    NoServer { host: String, port: u16, cause: String },
    #[error("somebody else changed this in the meantime")]
    Stale,
    #[error("a SQLite file and a PostgreSQL database are needed, not two of a kind")]
    SameEngine,
    #[error("a column of the table {table} is a {kind}, which no column of ours is")]
    ColumnType { table: String, kind: String },
}
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the database will answer. Boxed, so that whoever awaits it need not be proved to be `Send` down to the driver's
/// sockets: that proof, once for every page, was half of the compile time.
pub type Sent<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

impl Error {
    /// A unique key is taken already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sqlx(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// The engine gave up on this transaction for another's sake; doing it again may succeed.
    pub fn is_retryable(&self) -> bool {
        let Self::Sqlx(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517" | "261"))
    }
}

#[derive(Clone)]
pub enum Db {
    /// SQLite has one writer, so writes queue at a pool of one instead of failing as busy.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        /// What opens a transaction that writes.
        begin: &'static str,
    },
    Postgres(PgPool),
}

pub enum Tx {
    Sqlite(Held<Sqlite>),
    Postgres(Held<Postgres>),
    /// Rows are being inserted meanwhile; whatever is asked next waits for them.
    Inserting(Inserting),
}

/// A connection inside a transaction, or one that commits each statement by itself.
pub enum Held<E: Database> {
    Whole(Transaction<'static, E>),
    Single(PoolConnection<E>),
}

impl<E: Database> Held<E> {
    async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Whole(transaction) => transaction.commit().await,
            Self::Single(_) => Ok(()),
        }
    }

    async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Whole(transaction) => transaction.rollback().await,
            Self::Single(_) => Ok(()),
        }
    }
}

impl<E: Database> Deref for Held<E> {
    type Target = E::Connection;

    fn deref(&self) -> &E::Connection {
        match self {
            Self::Whole(transaction) => transaction,
            Self::Single(connection) => connection,
        }
    }
}

impl<E: Database> DerefMut for Held<E> {
    fn deref_mut(&mut self) -> &mut E::Connection {
        match self {
            Self::Whole(transaction) => transaction,
            Self::Single(connection) => connection,
        }
    }
}

/// A row that both engines can read: `#[derive(sqlx::FromRow)]` is enough.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A value that both engines can bind.
pub trait Value: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> {}
impl<T> Value for T where T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> {}

/// A whole row of a table, declared with [`record!`](crate::record).
pub trait Record: Row + Clone {
    const TABLE: &'static str;
    const COLUMNS: &'static [&'static str];
    /// `SELECT every, column FROM table`.
    const SELECT: &'static str;
    /// What becomes of a row that is there already; an error unless it is said.
    const ON_CONFLICT: &'static str = "";

    /// Binds the columns whose bits are set, the first column's being the lowest.
    fn bind_row(&self, columns: u64, arguments: &mut SqliteArguments) -> Result<(), BoxDynError>;
    /// A bit for each column that has the same value in all of the rows.
    fn shared_columns(rows: &[Self]) -> u64;
    fn bind_columns(rows: &[Self], arguments: &mut PgArguments) -> Result<(), BoxDynError>;
}

/// Declares a struct that is one row of a table, with its SELECT and its bulk INSERT.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* pub struct $name:ident in $table:literal $(on conflict $conflict:literal)? {
        $(#[$first_meta:meta])* pub $first:ident: $first_type:ty
        $(, $(#[$inner:meta])* pub $field:ident: $type:ty)* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, sqlx::FromRow)]
        pub struct $name {
            $(#[$first_meta])* pub $first: $first_type,
            $($(#[$inner])* pub $field: $type,)*
        }

        impl $crate::db::Record for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[stringify!($first) $(, stringify!($field))*];
            const SELECT: &'static str =
                concat!("SELECT ", stringify!($first) $(, ", ", stringify!($field))*, " FROM ", $table, " ");
            $(const ON_CONFLICT: &'static str = concat!(" ON CONFLICT ", $conflict);)?

            fn bind_row(
                &self,
                columns: u64,
                arguments: &mut sqlx::sqlite::SqliteArguments,
            ) -> Result<(), sqlx::error::BoxDynError> {
                use sqlx::Arguments as _;
                let mut column = 1_u64;
                if columns & column != 0 {
                    arguments.add(&self.$first)?;
                }
                $(
                    column <<= 1;
                    if columns & column != 0 {
                        arguments.add(&self.$field)?;
                    }
                )*
                Ok(())
            }

            fn shared_columns(rows: &[Self]) -> u64 {
                let Some((first, rest)) = rows.split_first() else { return 0 };
                let mut column = 1_u64;
                let mut shared = if rest.iter().all(|row| row.$first == first.$first) { column } else { 0 };
                $(
                    column <<= 1;
                    if rest.iter().all(|row| row.$field == first.$field) {
                        shared |= column;
                    }
                )*
                shared
            }

            fn bind_columns(
                rows: &[Self],
                arguments: &mut sqlx::postgres::PgArguments,
            ) -> Result<(), sqlx::error::BoxDynError> {
                use sqlx::Arguments as _;
                arguments.add(rows.iter().map(|row| row.$first.clone()).collect::<Vec<$first_type>>())?;
                $(arguments.add(rows.iter().map(|row| row.$field.clone()).collect::<Vec<$type>>())?;)*
                Ok(())
            }
        }
    };
}

impl Db {
    /// Opens `postgres://…`, or a SQLite file (with or without `sqlite:` in front), which is created if it is missing.
    pub async fn open(address: &str) -> Result<Self> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let options = PgPoolOptions::new().max_connections(16).min_connections(0).test_before_acquire(false);
            let options = options.before_acquire(|connection, seen| {
                Box::pin(async move {
                    if seen.idle_for > TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
            // The server takes many of our statements for long ones and would compile them, for longer than they run.
            let options = options.after_connect(|connection, _| {
                Box::pin(async move { sqlx::query("SET jit = off").execute(connection).await.map(drop) })
            });
            let server = PgConnectOptions::from_str(address)?;
            answers(&server).await?;
            return Ok(Self::Postgres(options.connect_with(server).await?));
        }
        let file = address.strip_prefix("sqlite:").unwrap_or(address);
        if file.contains("://") {
            return Err(Error::Url(address.to_owned()));
        }
        let options = options(file)?.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        Self::open_file(options, BEGIN_DURABLE).await
    }

    /// A SQLite file that is thrown away unless it is finished: nothing waits for the disk, nothing is written twice.
    pub async fn open_draft(file: &str) -> Result<Self> {
        let options = options(file)?.journal_mode(SqliteJournalMode::Memory).synchronous(SqliteSynchronous::Off);
        Self::open_file(options, "BEGIN IMMEDIATE").await
    }

    async fn open_file(options: SqliteConnectOptions, begin: &'static str) -> Result<Self> {
        let writing = options.clone().pragma("cache_size", "-64000");
        let write =
            SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(writing).await?;
        let read = SqlitePoolOptions::new().max_connections(8).min_connections(0).test_before_acquire(false);
        Ok(Self::Sqlite { read: read.connect_lazy_with(options), write, begin })
    }

    /// Brings the schema up to date; safe to call at every start.
    pub async fn migrate(&self) -> Result<()> {
        static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
        match self {
            Self::Sqlite { write, .. } => MIGRATOR.run(write).await?,
            Self::Postgres(pool) => {
                MIGRATOR.run(pool).await?;
                sqlx::raw_sql(SORT_BY_BYTES).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// A transaction that writes. SQLite takes the write lock at once, so it never fails as busy in the middle.
    pub fn begin(&self) -> Sent<'_, Tx> {
        Box::pin(async move {
            Ok(match self {
                Self::Sqlite { write, begin, .. } => Tx::Sqlite(Held::Whole(write.begin_with(*begin).await?)),
                Self::Postgres(pool) => Tx::Postgres(Held::Whole(pool.begin().await?)),
            })
        })
    }

    /// A transaction that writes for a company, beside others that do, or alone. The lock comes before anything is read,
    /// so what is read is what they left; SQLite has one writer anyway.
    pub fn begin_for(&self, company: CompanyId, alone: bool) -> Sent<'_, Tx> {
        Box::pin(async move {
            let Self::Postgres(pool) = self else { return self.begin().await };
            let (high, low) = company.0.as_u64_pair();
            let (key, side) = ((high ^ low).cast_signed(), if alone { "" } else { "_shared" });
            let begin = AssertSqlSafe(format!("BEGIN; SELECT pg_advisory_xact_lock{side}({key})"));
            Ok(Tx::Postgres(Held::Whole(pool.begin_with(begin).await?)))
        })
    }

    /// For one statement that reads: no transaction is opened and closed around it.
    pub fn glance(&self) -> Sent<'_, Tx> {
        Box::pin(async move {
            Ok(match self {
                Self::Sqlite { read, .. } => Tx::Sqlite(Held::Single(read.acquire().await?)),
                Self::Postgres(pool) => Tx::Postgres(Held::Single(pool.acquire().await?)),
            })
        })
    }

    /// For one statement that writes by itself and can be missed after a power cut: it does not wait for the disk.
    pub fn note(&self) -> Sent<'_, Tx> {
        Box::pin(async move {
            match self {
                Self::Sqlite { write, .. } => {
                    let mut connection = write.acquire().await?;
                    sqlx::query("PRAGMA synchronous = NORMAL").execute(&mut *connection).await?;
                    Ok(Tx::Sqlite(Held::Single(connection)))
                }
                Self::Postgres(pool) => Ok(Tx::Postgres(Held::Single(pool.acquire().await?))),
            }
        })
    }

    /// A transaction that sees one state of the database throughout and must not write.
    pub fn snapshot(&self) -> Sent<'_, Tx> {
        Box::pin(async move {
            Ok(match self {
                Self::Sqlite { read, .. } => Tx::Sqlite(Held::Whole(read.begin().await?)),
                Self::Postgres(pool) => {
                    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                    Tx::Postgres(Held::Whole(pool.begin_with(begin).await?))
                }
            })
        })
    }

    /// Brings what a large transaction left in SQLite's log into the file, while others read and write.
    pub fn settle(&self) -> Sent<'_, ()> {
        Box::pin(async move {
            if let Self::Sqlite { read, .. } = self {
                sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(read).await?;
            }
            Ok(())
        })
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Whether there is a server at all, which a pool would wait for and then only say that it waited.
async fn answers(server: &PgConnectOptions) -> Result<()> {
    let cause = match tokio::time::timeout(PATIENCE, PgConnection::connect_with(server)).await {
        Ok(Ok(connection)) => return Ok(connection.close().await?),
        Ok(Err(sqlx::Error::Io(error))) => error.to_string(),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => format!("nothing came for {} s", PATIENCE.as_secs()),
    };
    Err(Error::NoServer { host: server.get_host().to_owned(), port: server.get_port(), cause })
}

/// How long a server may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that rested no longer is not asked whether it still lives.
const TRUSTED: Duration = Duration::from_secs(1);

/// Says again that a commit waits for the disk, tidies its log and keeps few pages: a note or a large import, which may
/// have been taken back, said otherwise.
const BEGIN_DURABLE: &str =
    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -64000; BEGIN IMMEDIATE";

fn options(file: &str) -> Result<SqliteConnectOptions> {
    Ok(SqliteConnectOptions::from_str(&format!("sqlite:{file}"))?
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(30))
        .foreign_keys(true)
        .statement_cache_capacity(1_024)
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "memory"))
}

/// Text sorts by its bytes, as SQLite sorts it, whatever the language of the PostgreSQL database: lists come in the same
/// order on both engines, and a prefix is a range of an index.
const SORT_BY_BYTES: &str = r#"
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS NULL
          AND table_name NOT LIKE '\_sqlx%'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', found.table_name, found.column_name);
    END LOOP;
END $$"#;

/// What comes after every text that begins with `prefix`: with it, "begins with" is `>= prefix AND < after_prefix`.
pub fn after_prefix(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// A text to look for with `LIKE … ESCAPE '\'`, its wildcards taken literally.
pub fn like_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl Tx {
    pub fn commit(mut self) -> Sent<'static, ()> {
        Box::pin(async move {
            self.ready().await?;
            match self {
                Self::Sqlite(tx) => tx.commit().await?,
                Self::Postgres(tx) => tx.commit().await?,
                Self::Inserting(_) => unreachable!("it is ready"),
            }
            Ok(())
        })
    }

    pub fn rollback(mut self) -> Sent<'static, ()> {
        Box::pin(async move {
            self.ready().await?;
            match self {
                Self::Sqlite(tx) => tx.rollback().await?,
                Self::Postgres(tx) => tx.rollback().await?,
                Self::Inserting(_) => unreachable!("it is ready"),
            }
            Ok(())
        })
    }

    pub fn is_sqlite(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(_) => false,
            Self::Inserting(inserting) => inserting.is_sqlite,
        }
    }

    /// One statement, the same text for both engines.
    pub fn sql(&mut self, text: &'static str) -> Sql<'_> {
        self.statement(text.into())
    }

    /// Text that was put together while the program ran, of nothing but our own.
    pub(crate) fn statement(&mut self, text: Cow<'static, str>) -> Sql<'_> {
        let arguments = if self.is_sqlite() {
            Arguments::Sqlite(SqliteArguments::default())
        } else {
            Arguments::Postgres(PgArguments::default())
        };
        Sql { tx: self, text, arguments, bound: 0, error: None }
    }

    /// The escape hatch where the dialects differ.
    pub fn sql_for(&mut self, sqlite: &'static str, postgres: &'static str) -> Sql<'_> {
        let text = if self.is_sqlite() { sqlite } else { postgres };
        self.sql(text)
    }

    /// Rows of a table by a condition: `WHERE …` and what follows.
    pub fn select<T: Record>(&mut self, rest: &'static str) -> Sql<'_> {
        let mut sql = self.sql(T::SELECT);
        sql.text.to_mut().push_str(rest);
        sql
    }

    pub fn batch(&self) -> Batch {
        if self.is_sqlite() {
            Batch::Sqlite(Vec::new(), None)
        } else {
            Batch::Postgres { text: String::new(), arguments: PgArguments::default(), error: None }
        }
    }

    pub fn insert<T: Record>(&mut self, rows: &[T]) -> Sent<'_, ()> {
        self.batch().with(rows).run(self)
    }
}
