//! What can be typed, and what every command begins with: the log, the database, the company.

use crate::{commands, print};
use app::{App, Caller};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, parser::ValueSource};
use clap_complete::Shell;
use std::io::IsTerminal as _;
use store::{Db, companies::CompanyRow};

/// A failure as the person at the terminal reads it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    App(#[from] app::Error),
    #[error("the database {0} cannot be opened: {1}")]
    Database(String, store::Error),
    #[error("{0}")]
    Told(String),
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
}

impl Failure {
    /// `option` is where the address was said.
    pub(crate) fn database(option: &str, address: &str, error: store::Error) -> Self {
        match error {
            nobody @ store::Error::NoServer { .. } => Self::Told(format!("{nobody}; check {option}")),
            error => Self::Database(without_password(address), error),
        }
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// Order to cash: from the quotation to the quittance, with books that balance.
#[derive(Parser)]
#[command(name = "quittance", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// A SQLite file, made when it is missing, or postgres://user:password@host/database
    #[arg(
        long,
        short,
        global = true,
        env = "QUITTANCE_DATABASE",
        default_value = "quittance.db",
        hide_env_values = true
    )]
    pub(crate) database: String,
    /// Whether the command line itself says it: an environment that means real books is no place for a demo.
    #[arg(skip)]
    pub(crate) is_named: bool,
    /// What goes to the log on standard error, such as `warn` or `info,sqlx=debug`
    #[arg(long, global = true, env = "QUITTANCE_LOG", default_value = "info,sqlx=warn", hide_env_values = true)]
    pub(crate) log: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the command line; one that is not understood ends the program.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        Self { is_named: matches.value_source("database") == Some(ValueSource::CommandLine), ..cli }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a company with eighteen months of business and serve it, to look around
    Demo(commands::demo::Demo),
    Import(commands::import::Import),
    Report(commands::report::ReportCommand),
    /// Files that banks send: look into them, take them over, watch a folder for them
    #[command(subcommand)]
    Bank(commands::bank::Bank),
    /// Serve the staff pages and the REST API
    Serve(commands::serve::Serve),
    /// Set companies up and list them
    #[command(subcommand)]
    Company(commands::companies::Company),
    /// Let people in, list them, shut accounts, set passwords
    #[command(subcommand)]
    User(commands::users::User),
    /// Make API tokens, list and revoke them
    #[command(subcommand)]
    Token(commands::tokens::Token),
    /// Enter exchange rates and list them
    #[command(subcommand)]
    Rate(commands::rates::Rate),
    /// Close months of the books, open them again, list them
    #[command(subcommand)]
    Period(commands::periods::Period),
    /// Take invoices back in whole or in part
    #[command(subcommand)]
    CreditNote(commands::credit_notes::CreditNote),
    /// Keep the list of payers whose money is never posted without a person
    #[command(subcommand)]
    Blocked(commands::blocked::Blocked),
    /// Draw postings of the matching engine to look at, and enter what was found
    #[command(subcommand)]
    Sample(commands::samples::Sample),
    /// Prove the books: recompute everything from the raw rows and name what is wrong
    Verify(commands::verify::Verify),
    /// Write a backup to one file, while the program serves
    Backup(commands::backup::Backup),
    /// Make a database from a backup
    Restore(commands::backup::Restore),
    /// Move from a SQLite file to PostgreSQL
    Move(commands::move_to::Move),
    /// Measure cash application on sets of bank lines, and make such sets
    #[command(subcommand)]
    Match(commands::matching::Match),
    /// Print completions for a shell, to be sourced by it
    Completions {
        shell: Shell,
    },
}

/// The company to work on, for commands that work on one.
#[derive(clap::Args)]
pub(crate) struct InCompany {
    /// The company's code; not needed while there is only one
    #[arg(long, short, env = "QUITTANCE_COMPANY")]
    company: Option<String>,
}

/// The log goes to standard error, so that the output can be piped.
pub(crate) fn start_log(filter: &str) {
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_ansi(colours);
    log.with_writer(std::io::stderr).init();
}

/// Opens a database that must exist: a wrong name should not make an empty file that proves nothing.
pub(crate) async fn open_existing(database: &str) -> Result<App> {
    let file = database.strip_prefix("sqlite:").unwrap_or(database);
    if !is_server(database) && !std::path::Path::new(file.split('?').next().unwrap_or(file)).exists() {
        return Err(Failure::Told(format!("there is no file {file}; say which database with --database")));
    }
    open(database).await
}

/// Whether an address means PostgreSQL rather than a file.
pub(crate) fn is_server(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

/// Opens the database and brings its tables up to date.
pub(crate) async fn open(database: &str) -> Result<App> {
    let refused = |error| Failure::database("--database", database, error);
    let db = Db::open(database).await.map_err(refused)?;
    db.migrate().await.map_err(refused)?;
    Ok(App::new(db))
}

/// Seals what a command recorded and closes the database.
pub(crate) async fn leave(app: App) -> Result {
    app::audit::seal(&app).await?;
    app.db.close().await;
    Ok(())
}

impl InCompany {
    pub(crate) const fn is_named(&self) -> bool {
        self.company.is_some()
    }

    pub(crate) async fn find(&self, app: &App) -> Result<CompanyRow> {
        if let Some(code) = &self.company {
            return Ok(app::companies::by_code(app, code).await?);
        }
        let mut companies = app::companies::list(app).await?;
        match (companies.pop(), companies.is_empty()) {
            (Some(company), true) => Ok(company),
            (None, _) => Err(Failure::Told("there is no company yet; `quittance company add` makes one".to_owned())),
            (Some(last), false) => {
                let codes = companies.iter().map(|company| company.code.as_str()).chain([last.code.as_str()]);
                let codes = codes.collect::<Vec<_>>().join(", ");
                Err(Failure::Told(format!("say which company with --company: {codes}")))
            }
        }
    }

    /// The person at the command line, who owns the database, may do everything.
    pub(crate) async fn caller(&self, app: &App) -> Result<Caller> {
        Ok(Caller::system(self.find(app).await?.id))
    }
}

pub(crate) fn completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "quittance", &mut script);
    print::line(String::from_utf8_lossy(&script).trim_end());
}

/// `postgres://clara:secret@host/db` without the secret.
fn without_password(address: &str) -> String {
    let hidden = || {
        let (scheme, rest) = address.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:…@{host}"))
    };
    hidden().unwrap_or_else(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(without_password("postgres://clara:s@cret@db/books"), "postgres://clara:…@db/books");
        assert_eq!(without_password("books.db"), "books.db");
    }
}
