//! `quittance report`: one question about the books, as a table, JSON, CSV or a workbook.
//!
//! The reports and their parameters are those of the pages and the API; a list of pages is read to its end.

use crate::{
    cli::{Failure, InCompany, Result, open_existing},
    print,
};
use app::{
    App, Caller,
    reports::{self, Asked, Cell, Kind, REPORTS, Report, Row},
};
use clap::ValueEnum;
use kernel::{Date, Timestamp};
use std::{io::IsTerminal as _, path::PathBuf};

/// Ask the books: aged receivables, open items, trial balance and more, as of any day
///
/// Examples:
///   quittance report aged-receivables --as-of 2026-06-30
///   quittance report aged-receivables --as-of 2026-06-30 --known-at 2026-07-03T08:00:00Z --format csv
///   quittance report trial-balance --from 2026-01-01 --as-of 2026-03-31
///   quittance report open-items --customer C-00042 --with overdue=yes --format json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ReportCommand {
    /// Which report; left out, the reports and their parameters are listed
    #[arg(value_parser = REPORTS.iter().map(|report| report.name).collect::<Vec<_>>())]
    name: Option<String>,
    /// The business day to look at
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// What was known at this instant, such as 2026-07-03T08:00:00Z
    #[arg(long, value_name = "INSTANT")]
    known_at: Option<Timestamp>,
    /// First day of a period
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last day of a period
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// A customer's number or id
    #[arg(long)]
    customer: Option<String>,
    /// Any customer of a group: all of the group
    #[arg(long)]
    group: Option<String>,
    #[arg(long)]
    currency: Option<String>,
    /// What the rows are: customer, group, currency, product, ... as the report allows
    #[arg(long)]
    by: Option<String>,
    /// Another parameter of the report, such as buckets=30,60,90; can be given several times
    #[arg(long, value_name = "PARAMETER=VALUE")]
    with: Vec<String>,
    #[arg(long, default_value = "table")]
    format: Format,
    /// Write to this file instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    company: InCompany,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Xlsx,
}

/// More rows than this are no report any more; a filter makes it smaller.
const MOST_ROWS: usize = 2_000_000;

pub(crate) async fn run(database: &str, command: ReportCommand) -> Result {
    let Some(name) = &command.name else {
        list();
        return Ok(());
    };
    let pairs = command.pairs()?;
    let asked = Asked::read(name, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
    let app = open_existing(database).await?;
    let caller = command.company.caller(&app).await?;
    let report = whole(&app, &caller, name, asked).await?;
    app.db.close().await;
    command.show(&report)
}

fn list() {
    for report in REPORTS {
        print::line(format!("{:<18} {}", report.name, report.about));
        print::line(format!("{:<18} parameters: {}", "", report.parameters.join(", ")));
    }
}

/// The report with all its pages.
async fn whole(app: &App, caller: &Caller, name: &str, asked: Asked) -> Result<Report> {
    let one_page = asked.limit.is_some();
    let mut report = reports::run(app, caller, name, &asked).await?;
    while let Some(after) = report.next.take().filter(|_| !one_page) {
        let page = reports::run(app, caller, name, &Asked { after: Some(after), ..asked.clone() }).await?;
        report.rows.extend(page.rows);
        report.next = page.next;
        if report.rows.len() > MOST_ROWS {
            return Err(Failure::Told(format!("more than {MOST_ROWS} rows; ask for less, by customer or period")));
        }
    }
    Ok(report)
}

impl ReportCommand {
    /// The parameters as every face says them.
    fn pairs(&self) -> Result<Vec<(String, String)>> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let flags = [
            ("as_of", day(self.as_of)),
            ("known_at", self.known_at.map(|instant| instant.to_string())),
            ("from", day(self.from)),
            ("to", day(self.to)),
            ("customer", self.customer.clone()),
            ("group", self.group.clone()),
            ("currency", self.currency.clone()),
            ("by", self.by.clone()),
        ];
        let given = flags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        let mut pairs: Vec<(String, String)> = given.collect();
        for word in &self.with {
            let (key, value) =
                word.split_once('=').ok_or_else(|| Failure::Told(format!("`{word}` should be PARAMETER=VALUE")))?;
            pairs.push((key.trim().replace('-', "_"), value.to_owned()));
        }
        Ok(pairs)
    }

    fn show(&self, report: &Report) -> Result {
        let bytes = match self.format {
            Format::Table if self.output.is_none() => {
                table(report);
                return Ok(());
            }
            Format::Table => return Err(Failure::Told("a file wants --format csv, xlsx or json".to_owned())),
            Format::Json if self.output.is_none() => {
                print::json(report);
                return Ok(());
            }
            Format::Json => serde_json::to_vec_pretty(report).map_err(|error| Failure::Told(error.to_string()))?,
            Format::Csv => report.csv()?,
            Format::Xlsx => report.xlsx()?,
        };
        match &self.output {
            Some(path) => std::fs::write(path, bytes).map_err(|error| Failure::Io(path.display().to_string(), error)),
            None if self.format == Format::Xlsx && std::io::stdout().is_terminal() => {
                Err(Failure::Told("a workbook is not for the terminal; name a file with --output".to_owned()))
            }
            None => {
                print::bytes(&bytes);
                Ok(())
            }
        }
    }
}

fn table(report: &Report) {
    let said: Vec<String> = report.parameters.iter().map(|said| format!("{}: {}", said.title, said.value)).collect();
    print::line(format!("{}   {}", report.title, said.join(", ")));
    let titles = report.columns.iter().map(|column| column.title.clone()).collect();
    let right: Vec<bool> =
        report.columns.iter().map(|column| !matches!(column.kind, Kind::Text | Kind::Date)).collect();
    let rows = report.rows.iter().chain(&report.totals).map(cells).collect();
    print::report(titles, &right, rows);
    if report.rows.is_empty() {
        print::line("Nothing to show.");
    }
}

fn cells(row: &Row) -> Vec<String> {
    row.cells.iter().map(Cell::text).collect()
}

#[cfg(test)]
mod tests {
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn pairs(line: &str) -> Vec<(String, String)> {
        let Command::Report(report) = Cli::try_parse_from(line.split(' ')).unwrap().command else { panic!("a report") };
        report.pairs().unwrap()
    }

    #[test]
    fn flags_and_other_parameters_are_one_list() {
        let line = "quittance report aged-receivables --as-of 2026-06-30 --by group --with buckets=30,60";
        let expected = [("as_of", "2026-06-30"), ("by", "group"), ("buckets", "30,60")];
        assert_eq!(pairs(line), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_report_that_does_not_exist_is_a_wrong_command_line() {
        assert!(Cli::try_parse_from(["quittance", "report", "nonsense"]).is_err());
    }
}
