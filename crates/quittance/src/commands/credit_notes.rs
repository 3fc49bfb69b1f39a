//! `quittance credit-note`: take invoices back in whole or in part.

use crate::{
    cli::{Failure, InCompany, Result, leave, open_existing},
    print,
};
use app::{
    App, Caller,
    approvals::Outcome,
    credit_notes::{self, CreditRequest, CreditedLine},
    invoices,
};
use domain::orders::Progress;
use kernel::{Date, Quantity};
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum CreditNote {
    /// Show what of each line of an invoice can still be credited
    Left {
        /// The invoice's number, such as INV-2026-000042
        invoice: String,
        /// For a program to read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        company: InCompany,
    },
    Add(Add),
}

/// Issue a credit note for all that is left of an invoice, or for some lines
///
/// It is used on what is open of the invoice at once; what is left stays to the customer's credit. Above the company's
/// limit it waits for a second person, and nothing is issued yet.
#[derive(clap::Args)]
pub(crate) struct Add {
    /// The invoice's number, such as INV-2026-000042
    invoice: String,
    /// Printed on the credit note, such as "Goods came back"
    #[arg(long, short)]
    reason: String,
    /// A line by its place, and how much of it: 2 for what is left of the second line, 2=1.5 for a part; repeat it for
    /// more lines
    #[arg(long = "line", short, value_parser = wanted)]
    lines: Vec<Wanted>,
    /// The day of the credit note; today when left out
    #[arg(long)]
    on: Option<Date>,
    /// For a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    company: InCompany,
}

/// A line by its place, with the quantity unless all that is left is meant.
#[derive(Clone, Copy)]
struct Wanted {
    position: i64,
    quantity: Option<Quantity>,
}

fn wanted(text: &str) -> std::result::Result<Wanted, String> {
    let (position, quantity) = text.split_once('=').map_or((text, None), |(line, quantity)| (line, Some(quantity)));
    let position = position.trim().parse().map_err(|_| format!("`{position}` is no line; write 2 or 2=1.5"))?;
    let quantity = quantity.map(|text| text.trim().parse().map_err(|error| format!("{error}")));
    Ok(Wanted { position, quantity: quantity.transpose()? })
}

pub(crate) async fn run(database: &str, command: CreditNote) -> Result {
    let app = open_existing(database).await?;
    match command {
        CreditNote::Left { invoice, json, company } => {
            let caller = company.caller(&app).await?;
            left(&app, &caller, &invoice, json).await?;
        }
        CreditNote::Add(asked) => {
            let caller = asked.company.caller(&app).await?;
            add(&app, &caller, asked).await?;
        }
    }
    leave(app).await
}

async fn left(app: &App, caller: &Caller, number: &str, json: bool) -> Result {
    let invoice = invoices::find_by_number(app, caller, number).await?;
    let progress = credit_notes::left(app, caller, invoice.id).await?;
    if json {
        let facts = progress.iter().map(|line| {
            json!({ "line": line.line, "position": line.position, "invoiced": line.ordered, "credited": line.invoiced,
                "left": line.left() })
        });
        print::json(&facts.collect::<Vec<_>>());
        return Ok(());
    }
    let view = invoices::show(app, caller, invoice.id).await?;
    let words = |line: &Progress| {
        view.lines.iter().find(|row| row.id == line.line).map(|row| row.description.clone()).unwrap_or_default()
    };
    let rows = progress.iter().map(|line| {
        let quantities = [line.ordered, line.invoiced, line.left()].map(|quantity| quantity.to_string());
        let [invoiced, credited, left] = quantities;
        [line.position.to_string(), words(line), invoiced, credited, left]
    });
    print::table(["LINE", "WHAT", "INVOICED", "CREDITED", "LEFT"], rows);
    Ok(())
}

async fn add(app: &App, caller: &Caller, asked: Add) -> Result {
    let invoice = invoices::find_by_number(app, caller, &asked.invoice).await?;
    let lines = match asked.lines.as_slice() {
        [] => None,
        wanted => Some(chosen(&credit_notes::left(app, caller, invoice.id).await?, wanted, &asked.invoice)?),
    };
    let request = CreditRequest { invoice: invoice.id, lines, reason: asked.reason, on: asked.on };
    match credit_notes::issue(app, caller, request).await? {
        Outcome::Done(issued) if asked.json => print::json(&issued),
        Outcome::Done(issued) => print::line(format!("{} credits {}.", issued.number, asked.invoice)),
        Outcome::Pending(approval) if asked.json => print::json(&json!({ "approval": approval })),
        Outcome::Pending(_) => {
            print::line("This is above the limit for one person: it waits until somebody approves it.");
        }
    }
    Ok(())
}

fn chosen(progress: &[Progress], wanted: &[Wanted], number: &str) -> Result<Vec<CreditedLine>> {
    let line = |asked: &Wanted| {
        let found = progress.iter().find(|line| line.position == asked.position);
        let none = || Failure::Told(format!("{number} has {} lines and no line {}", progress.len(), asked.position));
        let found = found.ok_or_else(none)?;
        Ok(CreditedLine { line: found.line, quantity: asked.quantity.unwrap_or_else(|| found.left()) })
    };
    wanted.iter().map(line).collect()
}
