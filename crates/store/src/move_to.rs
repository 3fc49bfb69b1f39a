//! Copies a whole database from one engine to the other, and SQLite files as they are.
//!
//! Knows no table by name: tables stand in SQLite's catalogue in the order of their creation, so what others refer to
//! comes first, and their declared types are our seven. Each engine writes and reads the other's text by itself: SQLite
//! makes the lines of PostgreSQL's COPY, PostgreSQL makes JSON that SQLite takes apart. Both sides are one transaction.

use crate::db::{Db, Error, Result, Tx};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use std::{collections::BTreeMap, path::Path};

/// How far a copy has come.
#[derive(Debug, Clone)]
pub struct Progress {
    pub table: String,
    pub rows: u64,
}

/// Hears of every few thousand rows.
pub type Watcher<'w> = dyn FnMut(&Progress) + Send + 'w;

const ROWS_AT_ONCE: usize = 1_000;
const BYTES_AT_ONCE: usize = 1 << 20;

struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

/// How a column is stored.
#[derive(Clone, Copy)]
enum Kind {
    Uuid,
    Text,
    Number,
    Boolean,
    Date,
    Instant,
    Json,
}

/// Copies every row into the empty, migrated database of the other engine and says how many there were.
pub async fn copy(from: &mut Tx, to: &mut Tx, watch: &mut Watcher<'_>) -> Result<u64> {
    match (from, to) {
        (Tx::Sqlite(from), Tx::Postgres(to)) => sqlite_to_postgres(from, to, watch).await,
        (Tx::Postgres(from), Tx::Sqlite(to)) => postgres_to_sqlite(from, to, watch).await,
        _ => Err(Error::SameEngine),
    }
}

async fn sqlite_to_postgres(
    from: &mut SqliteConnection,
    to: &mut PgConnection,
    watch: &mut Watcher<'_>,
) -> Result<u64> {
    let relations = drop_foreign_keys(to).await?;
    let mut copied = 0;
    for table in tables(from).await? {
        let lines: Vec<String> = table.columns.iter().map(|(column, kind)| kind.sqlite_copy_text(column)).collect();
        // One `COPY` per table: rows that refer to later rows of the same table are checked at its end.
        let select = format!("SELECT {} FROM {} ORDER BY rowid", lines.join("||char(9)||"), table.name);
        let mut target = to.copy_in_raw(&format!("COPY {} ({}) FROM STDIN", table.name, table.column_list())).await?;
        let sent = send_lines(from, select, &mut target, &table.name, watch).await;
        match sent {
            Ok(rows) => {
                target.finish().await?;
                copied += rows;
            }
            Err(error) => {
                target.abort("the other side could not be read").await?;
                return Err(error);
            }
        }
    }
    for (table, name, definition) in relations {
        let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
        sqlx::query(AssertSqlSafe(add)).execute(&mut *to).await?;
    }
    Ok(copied)
}

/// Takes the foreign keys away, to be checked table by table when all rows are there: row by row takes twice as long.
/// Nobody else sees the tables without them, since it is all one transaction.
async fn drop_foreign_keys(postgres: &mut PgConnection) -> Result<Vec<(String, String, String)>> {
    let relations: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conrelid, conname",
    )
    .fetch_all(&mut *postgres)
    .await?;
    for (table, name, _) in &relations {
        let remove = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
        sqlx::query(AssertSqlSafe(remove)).execute(&mut *postgres).await?;
    }
    Ok(relations)
}

async fn send_lines(
    from: &mut SqliteConnection,
    select: String,
    target: &mut sqlx::postgres::PgCopyIn<&mut PgConnection>,
    table: &str,
    watch: &mut Watcher<'_>,
) -> Result<u64> {
    let mut lines = sqlx::query_scalar::<_, String>(AssertSqlSafe(select)).fetch(from);
    let (mut rows, mut buffer) = (0, Vec::with_capacity(2 * BYTES_AT_ONCE));
    while let Some(line) = lines.try_next().await? {
        buffer.extend_from_slice(line.as_bytes());
        buffer.push(b'\n');
        rows += 1;
        if buffer.len() >= BYTES_AT_ONCE {
            target.send(std::mem::take(&mut buffer)).await?;
            watch(&Progress { table: table.to_owned(), rows });
        }
    }
    target.send(buffer).await?;
    watch(&Progress { table: table.to_owned(), rows });
    Ok(rows)
}

async fn postgres_to_sqlite(
    from: &mut PgConnection,
    to: &mut SqliteConnection,
    watch: &mut Watcher<'_>,
) -> Result<u64> {
    sqlx::query("PRAGMA defer_foreign_keys = ON").execute(&mut *to).await?;
    let mut copied = 0;
    for table in tables(to).await? {
        let parts: Vec<String> = table.columns.iter().map(|(column, kind)| kind.postgres_json(column)).collect();
        let select = format!("SELECT json_build_array({})::text FROM {}", parts.join(", "), table.name);
        let values: Vec<String> =
            (0..).zip(&table.columns).map(|(place, (_, kind))| kind.sqlite_value(place)).collect();
        let (name, columns) = (&table.name, table.column_list());
        let insert = format!("INSERT INTO {name} ({columns}) SELECT {} FROM json_each($1)", values.join(", "));
        let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(select)).fetch(&mut *from);
        let (mut count, mut held, mut bytes) = (0_u64, Vec::with_capacity(ROWS_AT_ONCE), 0);
        loop {
            let row = rows.try_next().await?;
            let ended = row.is_none();
            bytes += row.as_ref().map_or(0, String::len);
            held.extend(row);
            let full = held.len() == ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE;
            if full || (ended && !held.is_empty()) {
                let page = format!("[{}]", held.join(","));
                count += held.len() as u64;
                held.clear();
                bytes = 0;
                sqlx::query(AssertSqlSafe(insert.clone())).bind(page).execute(&mut *to).await?;
                watch(&Progress { table: name.clone(), rows: count });
            }
            if ended {
                break;
            }
        }
        copied += count;
    }
    Ok(copied)
}

async fn tables(sqlite: &mut SqliteConnection) -> Result<Vec<Table>> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
             AND name <> '_sqlx_migrations' ORDER BY rowid",
    )
    .fetch_all(&mut *sqlite)
    .await?;
    let mut tables = Vec::new();
    for name in names {
        let columns: Vec<(String, String)> =
            sqlx::query_as("SELECT name, upper(type) FROM pragma_table_info($1) ORDER BY cid")
                .bind(&name)
                .fetch_all(&mut *sqlite)
                .await?;
        let columns = columns.into_iter().map(|(column, kind)| Ok((column, Kind::declared(&name, &kind)?)));
        tables.push(Table { columns: columns.collect::<Result<_>>()?, name });
    }
    Ok(tables)
}

impl Table {
    fn column_list(&self) -> String {
        self.columns.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Kind {
    fn declared(table: &str, kind: &str) -> Result<Self> {
        Ok(match kind {
            "UUID" => Self::Uuid,
            "TEXT" => Self::Text,
            "BIGINT" => Self::Number,
            "BOOLEAN" => Self::Boolean,
            "DATE" => Self::Date,
            "TIMESTAMPTZ" => Self::Instant,
            "JSONB" => Self::Json,
            other => return Err(Error::ColumnType { table: table.to_owned(), kind: other.to_owned() }),
        })
    }

    /// A SQLite expression: the column as a field of PostgreSQL's COPY.
    fn sqlite_copy_text(self, column: &str) -> String {
        let text = match self {
            // The hexadecimal form of NULL is an empty text.
            Self::Uuid => format!("nullif(lower(hex({column})), '')"),
            Self::Number | Self::Date => column.to_owned(),
            Self::Boolean => format!("CASE {column} WHEN 0 THEN 'f' WHEN 1 THEN 't' END"),
            Self::Text | Self::Json => {
                let escaped = format!("replace(replace({column}, '\\', '\\\\'), char(9), '\\t')");
                format!("replace(replace({escaped}, char(10), '\\n'), char(13), '\\r')")
            }
            Self::Instant => {
                // The remainder of a time before 1970 is negative.
                let micros = format!("((({column} % 1000000) + 1000000) % 1000000)");
                let seconds = format!("({column} - {micros}) / 1000000");
                format!("strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch') || printf('.%06d+00', {micros})")
            }
        };
        format!("coalesce({text}, '\\N')")
    }

    /// A PostgreSQL expression: the column as JSON holds it.
    fn postgres_json(self, column: &str) -> String {
        match self {
            Self::Uuid => format!("replace({column}::text, '-', '')"),
            Self::Text | Self::Number => column.to_owned(),
            Self::Boolean => format!("{column}::int"),
            Self::Date => format!("to_char({column}, 'YYYY-MM-DD')"),
            Self::Instant => format!("(extract(epoch FROM {column}) * 1000000)::bigint"),
            Self::Json => format!("{column}::text"),
        }
    }

    /// A SQLite expression: the column from the place in the JSON array that `postgres_json` put it in.
    fn sqlite_value(self, place: usize) -> String {
        match self {
            Self::Uuid => format!("unhex(value ->> {place})"),
            Self::Json => format!("json(value ->> {place})"),
            _ => format!("value ->> {place}"),
        }
    }
}

/// How many rows every table has.
pub async fn row_counts(tx: &mut Tx) -> Result<BTreeMap<String, i64>> {
    let names: Vec<String> = match tx {
        Tx::Sqlite(tx) => tables(tx).await?.into_iter().map(|table| table.name).collect(),
        Tx::Postgres(tx) => postgres_tables(tx).await?,
        Tx::Inserting(_) => return Err(Error::Stale),
    };
    let mut counts = BTreeMap::new();
    for name in names {
        let count = tx.statement(format!("SELECT COUNT(*) FROM {name}").into()).number().await?;
        counts.insert(name, count);
    }
    Ok(counts)
}

async fn postgres_tables(postgres: &mut PgConnection) -> Result<Vec<String>> {
    let names = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations'
         ORDER BY table_name",
    );
    Ok(names.fetch_all(postgres).await?)
}

/// Takes every row away. Only a PostgreSQL database is emptied; a SQLite file is replaced instead.
pub async fn clear(tx: &mut Tx) -> Result<()> {
    let Tx::Postgres(tx) = tx else { return Err(Error::SameEngine) };
    let tables = postgres_tables(tx).await?.join(", ");
    sqlx::query(AssertSqlSafe(format!("TRUNCATE {tables}"))).execute(&mut **tx).await?;
    Ok(())
}

/// The migrations that made the schema.
pub async fn schema(tx: &mut Tx) -> Result<Vec<(i64, Vec<u8>)>> {
    tx.sql("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").all().await
}

/// Writes a consistent copy of a SQLite database to a new file while others work on it.
pub async fn snapshot_file(db: &Db, to: &Path) -> Result<()> {
    let Db::Sqlite { read, .. } = db else { return Err(Error::SameEngine) };
    sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy().into_owned()).execute(read).await?;
    Ok(())
}

/// Closes a SQLite database so that nothing of it lies in a log beside its file.
pub async fn close_as_one_file(db: Db) -> Result<()> {
    let Db::Sqlite { read, write, .. } = db else { return Err(Error::SameEngine) };
    read.close().await;
    sqlx::query("PRAGMA journal_mode = DELETE").execute(&write).await?;
    write.close().await;
    Ok(())
}

/// Opens a SQLite file that must exist, to read and nothing else.
pub async fn open_file(path: &Path) -> Result<Db> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    Ok(Db::Sqlite { read: pool.clone(), write: pool, begin: "BEGIN" })
}

/// What SQLite finds wrong with a file: damaged pages, rows that point nowhere. Nothing when it is sound.
pub async fn damage(path: &Path) -> Result<Vec<String>> {
    let mut file = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    let mut found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(&mut file).await?;
    found.retain(|line| line != "ok");
    let loose: Vec<String> = sqlx::query_scalar("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check LIMIT 10")
        .fetch_all(&mut file)
        .await?;
    sqlx::query("SELECT count(*) FROM companies").execute(&mut file).await?;
    found.extend(loose.into_iter().map(|table| format!("rows of {table} point at rows that are missing")));
    file.close().await?;
    Ok(found)
}

/// Lets PostgreSQL look at tables that were just filled, so that it plans its first queries well.
pub async fn analyze(db: &Db) -> Result<()> {
    if let Db::Postgres(pool) = db {
        sqlx::query("ANALYZE").execute(pool).await?;
    }
    Ok(())
}
