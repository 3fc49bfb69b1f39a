//! The throw-away PostgreSQL itself: one cluster for two processes, copies of a template, and life after a kill.
//!
//! Each test has a folder, and so a cluster, of its own. The parts that need another process start this same program
//! again with one ignored test, which prints what it got.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use testkit::{Engine, TestDatabase, on_both_engines};

/// A private folder for one test's cluster; the cluster is killed with it.
struct Private(TempDir);

impl Private {
    fn folder() -> Self {
        Self(TempDir::with_prefix("quittance-testkit-").unwrap())
    }

    fn start(&self, part: &str) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", part, "--ignored", "--nocapture"])
            .env("QUITTANCE_TEST_DIR", self.0.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn says(&self, part: &str) -> String {
        answer(self.start(part))
    }

    fn postmaster(&self) -> Option<String> {
        let folders = std::fs::read_dir(self.0.path()).unwrap().flatten();
        let pid_file = folders.map(|folder| folder.path().join("data/postmaster.pid")).find(|file| file.exists())?;
        Some(std::fs::read_to_string(pid_file).unwrap().lines().next().unwrap().to_owned())
    }

    fn kill_postmaster(&self) {
        if let Some(pid) = self.postmaster() {
            assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.kill_postmaster();
    }
}

/// The line that starts with `answer: ` of a part that passed.
fn answer(part: Child) -> String {
    let output = part.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.split("answer: ").nth(1).unwrap_or_else(|| panic!("{text}")).lines().next().unwrap().to_owned()
}

fn skipped() -> bool {
    let skipped = std::env::var_os("QUITTANCE_SKIP_POSTGRES").is_some_and(|value| value == "1");
    if skipped {
        eprintln!("skipped: QUITTANCE_SKIP_POSTGRES=1");
    }
    skipped
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a part of the tests below, run in a process of its own"]
async fn part_address() {
    println!("answer: {}", testkit::postgres_url().await.unwrap());
}

/// Prints how often this process had to migrate, and what the copy holds.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a part of the tests below, run in a process of its own"]
async fn part_template() {
    let mut migrations = 0;
    let migrate = async |url: String| {
        migrations += 1;
        let mut connection = PgConnection::connect(&url).await?;
        connection.execute("CREATE TABLE customer (name TEXT); INSERT INTO customer VALUES ('Ada')").await?;
        Ok::<_, sqlx::Error>(())
    };
    let db = TestDatabase::postgres_from_template("shop", migrate).await.unwrap();
    let mut connection = PgConnection::connect(&db.url).await.unwrap();
    let row = sqlx::query("SELECT name FROM customer").fetch_one(&mut connection).await.unwrap();
    println!("answer: {migrations} {}", row.get::<String, _>(0));
}

#[test]
fn two_processes_at_once_share_one_cluster() {
    if skipped() {
        return;
    }
    let private = Private::folder();
    let both = [private.start("part_address"), private.start("part_address")];
    let [first, second] = both.map(answer);
    assert_eq!(first, second);
    assert!(first.starts_with("postgres://quittance:") && first.contains("@127.0.0.1:"), "{first}");
    assert_eq!(private.says("part_address"), first);
}

#[test]
fn four_processes_at_once_migrate_a_template_once() {
    if skipped() {
        return;
    }
    let private = Private::folder();
    let parts: Vec<Child> = (0..4).map(|_| private.start("part_template")).collect();
    let mut answers: Vec<String> = parts.into_iter().map(answer).collect();
    answers.sort();
    assert_eq!(answers, ["0 Ada", "0 Ada", "0 Ada", "1 Ada"]);
}

#[test]
fn a_killed_cluster_is_replaced_with_all_that_it_held() {
    if skipped() {
        return;
    }
    let private = Private::folder();
    assert_eq!(private.says("part_template"), "1 Ada");
    assert_eq!(private.says("part_template"), "0 Ada");
    private.kill_postmaster();
    assert_eq!(private.says("part_template"), "1 Ada");
}

#[test]
fn an_address_where_somebody_else_answers_is_not_used() {
    if skipped() {
        return;
    }
    let (ours, theirs) = (Private::folder(), Private::folder());
    let foreign = theirs.says("part_address").replacen("quittance:", "quittance:wrong", 1);
    std::fs::write(ours.0.path().join("postgres-url"), &foreign).unwrap();
    assert_ne!(ours.says("part_address"), foreign);
}

async fn a_database_of_its_own(db: TestDatabase) {
    match db.engine {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(&db.url).await.unwrap();
            connection.execute("CREATE TABLE customer (name TEXT)").await.unwrap();
            assert!(db.path().unwrap().exists());
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&db.url).await.unwrap();
            connection.execute("CREATE TABLE customer (name TEXT)").await.unwrap();
            assert_eq!(db.path(), None);
        }
    }
}
on_both_engines!(a_database_of_its_own);

on_both_engines! {
    /// Two of them at once in one task, because a lock that blocks the thread would hang here.
    async fn databases_made_at_once_do_not_wait_for_each_other(db: TestDatabase) {
        let (first, second) = tokio::join!(with_ada(db.engine), with_ada(db.engine));
        assert_ne!(first.unwrap().url, second.unwrap().url);
    }
}

async fn with_ada(engine: Engine) -> Option<TestDatabase> {
    TestDatabase::from_template(engine, "ada", async |url| {
        let sql = "CREATE TABLE customer (name TEXT); INSERT INTO customer VALUES ('Ada')";
        match engine {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&url).await?;
                // What is still in the write-ahead log belongs to the template.
                connection.execute("PRAGMA journal_mode = WAL").await?;
                connection.execute(sql).await.map(drop)
            }
            Engine::Postgres => PgConnection::connect(&url).await?.execute(sql).await.map(drop),
        }
    })
    .await
}

async fn a_copy_holds_what_the_template_held(db: TestDatabase) {
    let sql = "SELECT name FROM customer";
    let name: String = match db.engine {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(&db.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&db.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    };
    assert_eq!(name, "Ada");
}
on_both_engines!(prepare = with_ada; a_copy_holds_what_the_template_held);

async fn a_dropped_database_is_gone(db: TestDatabase) {
    match db.engine {
        Engine::Sqlite => {
            let path = db.path().unwrap();
            drop(db);
            assert!(!Path::new(&path).parent().unwrap().exists());
        }
        Engine::Postgres => {
            // An open connection does not keep it alive.
            let url = db.url.clone();
            let _open = PgConnection::connect(&url).await.unwrap();
            drop(db);
            let refusal = PgConnection::connect(&url).await.unwrap_err();
            assert!(refusal.to_string().contains("does not exist"), "{refusal}");
        }
    }
}
on_both_engines!(a_dropped_database_is_gone);
