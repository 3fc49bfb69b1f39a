//! `quittance blocked`: the list of payers whose money is never posted without a person.

use crate::{
    cli::{Failure, InCompany, Result, leave, open_existing},
    print,
};
use app::{
    App, Caller, Done,
    desk::{self, BlockedImport, BlockedList, BlockedPayer, BlockedPayerRow},
};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Blocked {
    /// List the blocked payers
    List {
        /// Only those with this in their name, account or reason
        #[arg(long)]
        search: Option<String>,
        /// For a program to read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        company: InCompany,
    },
    Add(Add),
    Import(Import),
    /// Take a payer off the list, by name or account
    Remove {
        payer: String,
        #[command(flatten)]
        company: InCompany,
    },
}

/// Block a payer, or say anew why it is blocked
#[derive(clap::Args)]
pub(crate) struct Add {
    #[arg(long, required_unless_present = "account")]
    name: Option<String>,
    /// An IBAN or another number of an account
    #[arg(long)]
    account: Option<String>,
    #[arg(long, short)]
    reason: String,
    #[command(flatten)]
    company: InCompany,
}

/// Replace the whole list by a file: CSV or XLSX with the columns name, account and reason
///
/// A file with a wrong row changes nothing, and every wrong row is named.
#[derive(clap::Args)]
pub(crate) struct Import {
    file: PathBuf,
    /// For a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    company: InCompany,
}

pub(crate) async fn run(database: &str, command: Blocked) -> Result {
    let app = open_existing(database).await?;
    let outcome = carry_out(&app, command).await;
    leave(app).await?;
    outcome
}

async fn carry_out(app: &App, command: Blocked) -> Result {
    match command {
        Blocked::List { search, json, company } => {
            show(&list(app, &company.caller(app).await?, search).await?, json);
        }
        Blocked::Add(Add { name, account, reason, company }) => {
            let who = name.clone().or_else(|| account.clone()).unwrap_or_default();
            desk::block(app, &company.caller(app).await?, BlockedPayer { name, account, reason }).await?;
            print::line(format!("{who} is blocked."));
        }
        Blocked::Import(Import { file, json, company }) => {
            let bytes = std::fs::read(&file).map_err(|error| Failure::Io(file.display().to_string(), error))?;
            let found = desk::import_blocked(app, &company.caller(app).await?, &bytes).await?;
            return imported(&found, json);
        }
        Blocked::Remove { payer, company } => match desk::unblock(app, &company.caller(app).await?, &payer).await? {
            Done::Now => print::line(format!("{payer} is no longer blocked.")),
            Done::Already => print::line(format!("{payer} was not on the list.")),
        },
    }
    Ok(())
}

async fn list(app: &App, caller: &Caller, search: Option<String>) -> Result<Vec<BlockedPayerRow>> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let asked = BlockedList { search: search.clone(), after, limit: Some(500) };
        let page = desk::blocked(app, caller, asked).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}

fn show(rows: &[BlockedPayerRow], json: bool) {
    if json {
        let facts = rows.iter().map(|row| {
            json!({ "name": row.name, "account": row.account, "reason": row.reason, "added_at": row.added_at,
                "added_by": row.added_by })
        });
        return print::json(&facts.collect::<Vec<_>>());
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = |row: &BlockedPayerRow| {
        [text(&row.name), text(&row.account), row.reason.clone(), row.added_at.to_string(), row.added_by.clone()]
    };
    print::table(["NAME", "ACCOUNT", "WHY", "SINCE", "BY"], rows.iter().map(cells));
}

fn imported(found: &BlockedImport, json: bool) -> Result {
    if json {
        print::json(found);
    } else if found.is_saved {
        print::line(format!("The list names {} payers.", found.payers));
    } else {
        let rows = found.rejects.iter().map(|reject| [reject.line.to_string(), reject.reason.clone()]);
        print::table(["LINE", "REASON"], rows);
    }
    match found.rejects.len() {
        0 => Ok(()),
        count => Err(Failure::Told(format!("{count} wrong; the list is as it was before"))),
    }
}
