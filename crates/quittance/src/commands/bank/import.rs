//! `quittance bank import`: files of banks and remittance advices become bank lines and advices, each of them once.

use crate::{
    cli::{Failure, InCompany, Result, leave, open_existing},
    print,
};
use app::{
    App, Caller,
    bank::{self, ReceiveFile, Received, ReceivedStatement},
    companies,
    desk::Decided,
    receiving::{self, Arrival},
};
use domain::bank::is_account;
use kernel::{BankAccountId, Money};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Take bank files over: statements of any format, and remittance advices (820, REMADV)
///
/// The same file again, overlapping files and a day's report before its statement never double a line. One file that
/// cannot be read does not keep the others out.
#[derive(clap::Args)]
pub(crate) struct Import {
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    how: HowToRead,
    /// Do everything and take it back: shows what would happen
    #[arg(long)]
    dry_run: bool,
    /// For a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    company: InCompany,
}

#[derive(clap::Args)]
pub(crate) struct HowToRead {
    /// The bank account, by IBAN, number or name, for files that do not say it
    #[arg(long)]
    account: Option<String>,
    /// Read as this format, such as camt053, mt940 or ofx; otherwise it is found from the content
    #[arg(long)]
    format: Option<String>,
    /// How to read a CSV or XLSX file: a definition (TOML)
    #[arg(long)]
    table: Option<PathBuf>,
}

/// The same for every file.
pub(crate) struct Reading {
    account: Option<BankAccountId>,
    format: Option<String>,
    table: Option<String>,
}

impl HowToRead {
    pub(crate) async fn found(&self, app: &App, caller: &Caller) -> Result<Reading> {
        let table = self
            .table
            .as_ref()
            .map(|path| std::fs::read_to_string(path).map_err(|error| Failure::Io(path.display().to_string(), error)));
        let account = match &self.account {
            Some(wanted) => Some(find_account(app, caller, wanted).await?),
            None => None,
        };
        Ok(Reading { account, format: self.format.clone(), table: table.transpose()? })
    }
}

async fn find_account(app: &App, caller: &Caller, wanted: &str) -> Result<BankAccountId> {
    let accounts = companies::bank_accounts(app, caller).await?;
    let fits = |iban: Option<&str>, number: Option<&str>, name: &str| {
        name.eq_ignore_ascii_case(wanted) || is_account(wanted, iban, number)
    };
    let found =
        accounts.iter().find(|account| fits(account.iban.as_deref(), account.account_number.as_deref(), &account.name));
    found.map(|account| account.id).ok_or_else(|| {
        let names = accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>().join(", ");
        Failure::Told(format!("there is no bank account {wanted}; there are: {names}"))
    })
}

impl Reading {
    pub(crate) fn file(&self, path: &Path, bytes: Vec<u8>) -> ReceiveFile {
        ReceiveFile {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            bytes,
            bank_account: self.account,
            format: self.format.clone(),
            table: self.table.clone(),
        }
    }
}

impl Import {
    pub(super) async fn run(self, database: &str) -> Result {
        let app = open_existing(database).await?;
        let caller = self.company.caller(&app).await?;
        let reading = self.how.found(&app, &caller).await?;
        let mut failed = 0_usize;
        let mut told = vec![];
        for path in &self.files {
            let taken = self.take(&app, &caller, reading.file(path, read(path)?)).await;
            failed += usize::from(taken.is_err());
            match taken {
                Ok(arrival) if self.json => told.push(json!(arrival)),
                Ok(arrival) => show(&arrival, self.dry_run),
                Err(error) if self.json => told.push(json!({"file": path, "error": error.to_string()})),
                Err(error) => print::note(format!("error: {error}")),
            }
        }
        leave(app).await?;
        if self.json {
            print::json(&told);
        }
        if failed == 0 { Ok(()) } else { Err(Failure::Told(format!("{failed} files were not taken over"))) }
    }

    async fn take(&self, app: &App, caller: &Caller, file: ReceiveFile) -> app::Result<Arrival> {
        match self.dry_run {
            true => {
                let received = bank::preview(app, caller, file).await?;
                Ok(Arrival { received, decided: None, again: Decided::default() })
            }
            false => receiving::receive(app, caller, file).await,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Failure::Io(path.display().to_string(), error))
}

fn show(arrival: &Arrival, dry_run: bool) {
    let received = &arrival.received;
    let done = if dry_run { " (nothing was kept)" } else { "" };
    print::line(format!("{}{done}", arrival.sentence()));
    if let Received::Statements(found) = received {
        found.statements.iter().for_each(|statement| print::line(balance(statement)));
    }
    received.warnings().iter().for_each(|warning| print::line(format!("  look: {warning}")));
}

/// `  Main account 2026-11-20: 100.00 EUR to 250.00 EUR, 3 of 5 lines new`
fn balance(statement: &ReceivedStatement) -> String {
    let money = |minor: Option<i64>| {
        minor.map_or_else(|| "unknown".to_owned(), |minor| Money::new(minor, statement.currency).to_string())
    };
    let day = statement.closes_on.map(|day| format!(" {day}")).unwrap_or_default();
    format!(
        "  {}{day}: from {} to {}, {} of {} lines new",
        statement.account_name,
        money(statement.opening_minor),
        money(statement.closing_minor),
        statement.new_lines,
        statement.lines
    )
}
