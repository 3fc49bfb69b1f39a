//! A database for one test on either engine, gone when the test ends.
//!
//! An empty one, or a copy of a template that is migrated once per test run: on PostgreSQL with `CREATE DATABASE ..
//! TEMPLATE`, on SQLite by copying the file. A template belongs to the test program that made it, so a rebuilt program
//! never meets an old schema.

use crate::cluster;
use crate::home::{Home, random_hex};
use crate::trouble::{Doing, Trouble};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tempfile::TempDir;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Connect to `url`; dropping this removes the database, also under open connections.
#[derive(Debug)]
pub struct TestDatabase {
    pub url: String,
    pub engine: Engine,
    remains: Remains,
}

#[derive(Debug)]
enum Remains {
    Folder(TempDir),
    Database { cluster_url: String, name: String },
}

impl TestDatabase {
    /// An empty database; `None` when PostgreSQL is skipped on purpose.
    pub async fn empty(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => Some(Self::sqlite().await),
            Engine::Postgres => Self::postgres().await,
        }
    }

    /// A path in a folder of its own; the file appears when the first connection asks for it.
    pub async fn sqlite() -> Self {
        or_fail(sqlite_file(None))
    }

    pub async fn postgres() -> Option<Self> {
        if cluster::skipped() {
            return None;
        }
        Some(or_fail(create_database(None).await))
    }

    /// A copy of the template called `name`; `migrate` makes the template, once, and closes its connections.
    pub async fn from_template<E: Display>(
        engine: Engine,
        name: &str,
        migrate: impl AsyncFnOnce(String) -> Result<(), E>,
    ) -> Option<Self> {
        match engine {
            Engine::Sqlite => Some(Self::sqlite_from_template(name, migrate).await),
            Engine::Postgres => Self::postgres_from_template(name, migrate).await,
        }
    }

    pub async fn sqlite_from_template<E: Display>(
        name: &str,
        migrate: impl AsyncFnOnce(String) -> Result<(), E>,
    ) -> Self {
        let template = or_fail(sqlite_template(name, migrate).await);
        or_fail(sqlite_file(Some(&template)))
    }

    pub async fn postgres_from_template<E: Display>(
        name: &str,
        migrate: impl AsyncFnOnce(String) -> Result<(), E>,
    ) -> Option<Self> {
        if cluster::skipped() {
            return None;
        }
        let template = or_fail(postgres_template(name, migrate).await);
        Some(or_fail(create_database(Some(&template)).await))
    }

    /// The SQLite file; `None` on PostgreSQL.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.remains {
            Remains::Folder(folder) => Some(folder.path().join(FILE)),
            Remains::Database { .. } => None,
        }
    }
}

const FILE: &str = "test.db";

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Remains::Database { cluster_url, name } = &self.remains else { return };
        // On a thread of its own, because a runtime may be dropping us. A database that stays goes with the cluster.
        let (url, sql) = (cluster_url.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.ok().map(|runtime| runtime.block_on(drop_database(&url, sql)))
        });
        drop(dropping.join());
    }
}

async fn drop_database(cluster_url: &str, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(cluster_url).await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    connection.close().await
}

fn or_fail<T>(result: Result<T, Trouble>) -> T {
    result.unwrap_or_else(|trouble| panic!("{trouble}"))
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

fn sqlite_file(template: Option<&Path>) -> Result<TestDatabase, Trouble> {
    let folder = TempDir::with_prefix("quittance-test-").doing(|| "creating a folder for the database".to_owned())?;
    let path = folder.path().join(FILE);
    if let Some(template) = template {
        std::fs::copy(template, &path).doing(|| format!("copying {}", template.display()))?;
    }
    Ok(TestDatabase { url: sqlite_url(&path), engine: Engine::Sqlite, remains: Remains::Folder(folder) })
}

async fn create_database(template: Option<&str>) -> Result<TestDatabase, Trouble> {
    let (cluster_url, mut connection) = cluster::connect().await?;
    let name = format!("test_{}", random_hex()?);
    let template = template.unwrap_or("template0");
    run(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).await?;
    connection.close().await?;
    let url = url_of(&cluster_url, &name);
    Ok(TestDatabase { url, engine: Engine::Postgres, remains: Remains::Database { cluster_url, name } })
}

/// The names come from this file and are plain words, so pasting them into a statement is safe.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), Trouble> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    Ok(())
}

fn url_of(cluster_url: &str, database: &str) -> String {
    let server = cluster_url.rsplit_once('/').map_or(cluster_url, |(server, _)| server);
    format!("{server}/{database}")
}

async fn sqlite_template<E: Display>(
    name: &str,
    migrate: impl AsyncFnOnce(String) -> Result<(), E>,
) -> Result<PathBuf, Trouble> {
    let home = Home::open()?;
    let key = template_key(name)?;
    let finished = home.path().join(format!("{key}.db"));
    let _lock = home.lock(&format!("{key}-sqlite")).await?;
    if finished.exists() {
        return Ok(finished);
    }
    let draft = sqlite_file(None)?;
    migrate(draft.url.clone()).await.map_err(|reason| failed(name, &reason))?;
    // VACUUM INTO also carries what still lies in the draft's write-ahead log.
    let half_made = home.path().join(format!("{key}.draft"));
    drop(std::fs::remove_file(&half_made));
    let options: sqlx::sqlite::SqliteConnectOptions = draft.url.parse()?;
    let mut connection = options.connect().await?;
    sqlx::query("VACUUM INTO $1").bind(half_made.to_string_lossy().into_owned()).execute(&mut connection).await?;
    connection.close().await?;
    std::fs::rename(&half_made, &finished).doing(|| format!("finishing {}", finished.display()))?;
    Ok(finished)
}

/// A template has its final name only when it is finished, so a killed migration is simply made again.
async fn postgres_template<E: Display>(
    name: &str,
    migrate: impl AsyncFnOnce(String) -> Result<(), E>,
) -> Result<String, Trouble> {
    let home = Home::open()?;
    let key = template_key(name)?;
    let _lock = home.lock(&format!("{key}-postgres")).await?;
    let (cluster_url, mut connection) = cluster::connect().await?;
    if exists(&mut connection, &key).await? {
        connection.close().await?;
        return Ok(key);
    }
    let draft = format!("{key}_draft");
    run(&mut connection, format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await?;
    run(&mut connection, format!("CREATE DATABASE {draft} TEMPLATE template0")).await?;
    migrate(url_of(&cluster_url, &draft)).await.map_err(|reason| failed(name, &reason))?;
    run(&mut connection, format!("ALTER DATABASE {draft} ALLOW_CONNECTIONS false")).await?;
    let left = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = $1";
    sqlx::query(left).bind(&draft).execute(&mut connection).await?;
    run(&mut connection, format!("ALTER DATABASE {draft} RENAME TO {key}")).await?;
    connection.close().await?;
    Ok(key)
}

async fn exists(connection: &mut PgConnection, database: &str) -> Result<bool, Trouble> {
    let query = sqlx::query("SELECT count(*) FROM pg_database WHERE datname = $1").bind(database);
    let row = query.fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>(0)? == 1)
}

fn failed(name: &str, reason: &impl Display) -> Trouble {
    Trouble::Migration { name: name.to_owned(), reason: reason.to_string() }
}

/// The template's name and the build of this test program.
fn template_key(name: &str) -> Result<String, Trouble> {
    let program = std::env::current_exe().doing(|| "finding the test program".to_owned())?;
    let built = program.metadata().and_then(|metadata| metadata.modified());
    let built = built.doing(|| format!("looking at {}", program.display()))?;
    let mut hasher = DefaultHasher::new();
    (name, &program, built.duration_since(UNIX_EPOCH).ok()).hash(&mut hasher);
    let word: String = name.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    Ok(format!("template_{}_{:016x}", word.to_lowercase(), hasher.finish()))
}
