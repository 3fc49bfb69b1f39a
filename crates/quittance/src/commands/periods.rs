//! `quittance period`: close months of the books, open them again, list them.

use crate::{
    cli::{InCompany, Result, leave, open_existing},
    print,
};
use app::ledger;
use kernel::Date;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(clap::Subcommand)]
pub(crate) enum Period {
    /// List the months that have entries or are closed, the newest first
    List {
        /// For a program to read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        company: InCompany,
    },
    /// Close a month that is over; what is entered for it later is posted in the first open month
    Close(Month),
    /// Open the last closed month again
    Reopen(Month),
}

#[derive(clap::Args)]
pub(crate) struct Month {
    /// Such as 2026-08
    #[arg(value_parser = first_day)]
    month: Date,
    #[command(flatten)]
    company: InCompany,
}

fn first_day(text: &str) -> std::result::Result<Date, String> {
    format!("{text}-01").parse().map_err(|_| "write a month as 2026-08".to_owned())
}

pub(crate) async fn run(database: &str, command: Period) -> Result {
    let app = open_existing(database).await?;
    match command {
        Period::List { json, company } => {
            let caller = company.caller(&app).await?;
            let closed = ledger::closed_periods(&app, &caller).await?;
            let mut entries: BTreeMap<Date, i64> = closed.iter().map(|period| (period.starts_on, 0)).collect();
            for day in ledger::entry_days(&app, &caller).await? {
                *entries.entry(day.posted_on.first_of_month()).or_default() += day.entries;
            }
            show(&entries, &closed, json);
        }
        Period::Close(Month { month, company }) => {
            ledger::close_period(&app, &company.caller(&app).await?, month).await?;
            let name = name(month);
            print::line(format!("{name} is closed. What is entered for it later is posted in the first open month."));
        }
        Period::Reopen(Month { month, company }) => {
            ledger::reopen_period(&app, &company.caller(&app).await?, month).await?;
            print::line(format!("{} is open again.", name(month)));
        }
    }
    leave(app).await
}

fn name(month: Date) -> String {
    format!("{}-{:02}", month.year(), month.month())
}

fn show(months: &BTreeMap<Date, i64>, closed: &[ledger::PeriodRow], json: bool) {
    let newest_first = || {
        let with_state = |(month, entries): (&Date, &i64)| {
            (*month, *entries, closed.iter().find(|period| period.starts_on == *month))
        };
        months.iter().rev().map(with_state)
    };
    if json {
        let facts = newest_first().map(|(month, entries, closed)| {
            json!({ "month": name(month), "entries": entries, "closed_at": closed.map(|period| period.closed_at),
                "closed_by": closed.map(|period| &period.closed_by) })
        });
        return print::json(&facts.collect::<Vec<_>>());
    }
    let rows = newest_first().map(|(month, entries, closed)| {
        let (at, by) = closed.map(|period| (period.closed_at.to_string(), period.closed_by.clone())).unzip();
        [name(month), entries.to_string(), at.unwrap_or_else(|| "open".to_owned()), by.unwrap_or_default()]
    });
    print::table(["MONTH", "ENTRIES", "CLOSED", "BY"], rows);
}
