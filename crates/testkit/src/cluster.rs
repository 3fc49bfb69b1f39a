//! The throw-away PostgreSQL: one cluster for all processes of a test run.
//!
//! Its address lies in a file. Who can connect to that address uses it; who cannot takes the lock, looks again and makes
//! a new cluster, so a crash or a stale address heals itself. Nothing is repaired: a dead cluster is thrown away. A small
//! shell loop stops a cluster that nobody used for half an hour; `./test` stops its own at the end.

use crate::home::{Home, random_hex};
use crate::install::Install;
use crate::trouble::{Doing, Trouble};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SUPERUSER: &str = "quittance";
const IDLE_MINUTES: &str = "30";

/// Losing the data in a power cut is fine here, so nothing waits for the disk; databases of a second need no vacuum. Room
/// for many tests at once.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
shared_buffers = '128MB'
timezone = 'UTC'
";

/// Arguments: the server's process id, the file touched at each use, minutes, `pg_ctl`, the cluster's folder. The loop
/// also ends when the server or the touched file is gone.
const WATCH: &str = r#"(
    while sleep 3 && kill -0 "$1"; do
        if [ -z "$(find "$2" -mmin "-$3")" ]; then
            "$4" -D "$5/data" -m immediate -w stop
            rm -rf "$5"
        fi
    done
) </dev/null >/dev/null 2>&1 &"#;

/// The address of the throw-away cluster (its own database, `postgres`), started when it does not run yet.
///
/// `None` only when `QUITTANCE_SKIP_POSTGRES=1`; says so then.
///
/// # Panics
/// When there is no PostgreSQL: its half of the tests is never optional in silence.
pub async fn postgres_url() -> Option<String> {
    if skipped() {
        return None;
    }
    match connect().await {
        Ok((url, connection)) => {
            drop(connection.close().await);
            Some(url)
        }
        Err(trouble) => panic!("{trouble}"),
    }
}

/// For measuring: from now on the throw-away cluster writes to the disk as an ordinary server does.
pub async fn write_through() -> Result<(), Trouble> {
    let (_, mut connection) = connect().await?;
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(format!("ALTER SYSTEM SET {setting} = on")))).await?;
    }
    connection.execute("SELECT pg_reload_conf()").await?;
    connection.close().await?;
    Ok(())
}

pub(crate) fn skipped() -> bool {
    let skip = std::env::var_os("QUITTANCE_SKIP_POSTGRES").is_some_and(|value| value == "1");
    if skip {
        eprintln!("skipped: QUITTANCE_SKIP_POSTGRES=1");
    }
    skip
}

/// A superuser's connection to the running cluster, and its address.
pub(crate) async fn connect() -> Result<(String, PgConnection), Trouble> {
    let home = Home::open()?;
    if let Some(running) = running(&home).await? {
        return Ok(running);
    }
    let _lock = home.lock("cluster").await?;
    if let Some(running) = running(&home).await? {
        return Ok(running);
    }
    let starting = home.clone();
    let log = tokio::task::spawn_blocking(move || start(&starting)).await??;
    running(&home).await?.ok_or(Trouble::NoAnswer { log })
}

/// The cluster at the written address, if it is ours and answers. The password in the address proves that it is ours.
async fn running(home: &Home) -> Result<Option<(String, PgConnection)>, Trouble> {
    home.touch()?;
    let Ok(url) = fs::read_to_string(home.url_file()) else { return Ok(None) };
    match PgConnection::connect(&url).await {
        Ok(connection) => Ok(Some((url, connection))),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Nobody there, somebody else there, or ours on its way out; anything else (no connection left) is a living cluster.
fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(refusal) => {
            matches!(refusal.code().as_deref(), Some("28P01" | "28000" | "57P01" | "57P02" | "57P03"))
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// Makes and starts a new cluster, writes its address and gives the path of its log.
fn start(home: &Home) -> Result<PathBuf, Trouble> {
    let install = Install::find()?;
    remove_dead_clusters(home)?;
    let secret = random_hex()?;
    let folder = home.path().join(format!("pg-{}", &random_hex()?[..8]));
    fs::create_dir(&folder).doing(|| format!("creating {}", folder.display()))?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).doing(|| format!("closing {}", folder.display()))?;
    install.hand_over(&folder)?;
    initialise(&install, &folder, &secret)?;
    let port = start_on_a_free_port(&install, &folder)?;
    watch(&install, home, &folder)?;
    publish(home, &format!("postgres://{SUPERUSER}:{secret}@127.0.0.1:{port}/postgres"))?;
    Ok(folder.join("log"))
}

/// A server that still runs in a removed folder notices and stops by itself within a minute.
fn remove_dead_clusters(home: &Home) -> Result<(), Trouble> {
    let entries = fs::read_dir(home.path()).doing(|| format!("listing {}", home.path().display()))?;
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("pg-")) {
        // The dying server may still write while its folder is removed: what is left goes with the next start.
        drop(fs::remove_dir_all(entry.path()));
    }
    Ok(())
}

fn initialise(install: &Install, folder: &Path, secret: &str) -> Result<(), Trouble> {
    let password_file = folder.join("password");
    fs::write(&password_file, secret).doing(|| format!("writing {}", password_file.display()))?;
    install.hand_over(&password_file)?;
    let mut initdb = install.program("initdb", folder);
    initdb.args(["-D", "data", "-U", SUPERUSER, "--pwfile=password", "--auth-local=trust", "--auth-host=password"]);
    // Byte order, as SQLite sorts: a test that orders text expects one answer on both engines.
    initdb.args(["--encoding=UTF8", "--locale=C", "--no-sync"]);
    succeed(&mut initdb)?;
    let configuration = folder.join("data/postgresql.conf");
    let socket = format!("unix_socket_directories = '{}'\n", folder.display());
    let before = fs::read_to_string(&configuration).doing(|| format!("reading {}", configuration.display()))?;
    fs::write(&configuration, before + SETTINGS + &socket).doing(|| format!("writing {}", configuration.display()))
}

/// Between finding a free port and using it somebody else may take it, hence more than one attempt.
fn start_on_a_free_port(install: &Install, folder: &Path) -> Result<u16, Trouble> {
    let mut attempts = 5;
    loop {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = free.doing(|| "looking for a free port".to_owned())?.port();
        let mut pg_ctl = install.program("pg_ctl", folder);
        pg_ctl.args(["-D", "data", "-l", "log", "-w", "-t", "60", "-o", &format!("-p {port}"), "start"]);
        match succeed(&mut pg_ctl) {
            Ok(()) => return Ok(port),
            Err(trouble) if attempts == 1 => return Err(with_log(trouble, &folder.join("log"))),
            Err(_) => attempts -= 1,
        }
    }
}

fn with_log(trouble: Trouble, log: &Path) -> Trouble {
    match trouble {
        Trouble::Command { command, status, output } => {
            let log = fs::read_to_string(log).unwrap_or_default();
            Trouble::Command { command, status, output: format!("{output}\n{log}") }
        }
        other => other,
    }
}

fn watch(install: &Install, home: &Home, folder: &Path) -> Result<(), Trouble> {
    let pid_file = folder.join("data/postmaster.pid");
    let pid_text = fs::read_to_string(&pid_file).doing(|| format!("reading {}", pid_file.display()))?;
    let pid = pid_text.lines().next().unwrap_or_default();
    let pg_ctl = install.program("pg_ctl", folder);
    let mut shell = install.as_account("/bin/sh", Path::new("/"));
    shell
        .args(["-c", WATCH, "watch", pid])
        .arg(home.last_use())
        .arg(IDLE_MINUTES)
        .arg(pg_ctl.get_program())
        .arg(folder);
    succeed(&mut shell)
}

/// Written beside and renamed, so that nobody reads half an address.
fn publish(home: &Home, url: &str) -> Result<(), Trouble> {
    let draft = home.path().join("postgres-url.draft");
    let write = || {
        fs::write(&draft, "")?;
        fs::set_permissions(&draft, Permissions::from_mode(0o600))?;
        fs::write(&draft, url)?;
        fs::rename(&draft, home.url_file())
    };
    write().doing(|| format!("writing {}", home.url_file().display()))
}

/// Runs a program to its end; its words go into the error only. They go through a file, because a server started by the
/// program would hold a pipe open.
fn succeed(command: &mut Command) -> Result<(), Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let attempt = || -> std::io::Result<(std::process::ExitStatus, String)> {
        let words = tempfile::NamedTempFile::new()?;
        let status = command.stdout(words.reopen()?).stderr(Stdio::from(words.reopen()?)).status()?;
        Ok((status, fs::read_to_string(words.path())?))
    };
    let (status, output) = { attempt }().doing(|| format!("running {name}"))?;
    if status.success() {
        return Ok(());
    }
    Err(Trouble::Command { command: name, status: status.to_string(), output: output.trim().to_owned() })
}
