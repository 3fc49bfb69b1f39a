//! Why a test got no database or no server: sentences that say what to do.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(
        "The tests need PostgreSQL 15 or newer and found none in PATH or /usr/lib/postgresql: run `apt-get install \
         postgresql` (or set QUITTANCE_SKIP_POSTGRES=1 to leave the PostgreSQL half out)."
    )]
    NotInstalled,
    #[error("PostgreSQL refuses to run as root and there is neither a user `postgres` nor `nobody`: add one of them.")]
    NoUnprivilegedUser,
    #[error("{path} belongs to somebody else: remove it, or set QUITTANCE_TEST_DIR to a folder of your own.")]
    NotOurs { path: PathBuf },
    #[error("`{command}` failed ({status}): {output}")]
    Command { command: String, status: String, output: String },
    #[error("the throw-away PostgreSQL started, but does not answer; its log is in {log}")]
    NoAnswer { log: PathBuf },
    #[error("the template {name} could not be migrated: {reason}")]
    Migration { name: String, reason: String },
    #[error("the server said no address within {seconds} s; it said: {output}")]
    NotReady { seconds: u64, output: String },
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("the throw-away PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("a helper thread of the tests ended early: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Says what was being done when the operating system refused.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Trouble>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Trouble> {
        self.map_err(|source| Trouble::Io { what: what(), source })
    }
}
