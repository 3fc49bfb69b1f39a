//! `quittance bank`: look into the files of banks, take them over, watch the folder in which a bank delivers them.

mod import;
mod watch;

use crate::{
    cli::{Failure, Result},
    print,
};
use bankfiles::{
    Amount, BankStatement, Format, FormatError, ParseOptions, Reason,
    remittance::{self, RemittanceAdvice},
};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(crate) enum Bank {
    Parse(Parse),
    Import(import::Import),
    Watch(watch::Watch),
}

/// Read a bank's file and show its statements, or a payer's remittance advices
///
/// The format is found from the content. What does not add up is shown as a warning; a file that cannot be read is
/// refused with the line and the reason. Nothing is kept.
#[derive(clap::Args)]
pub(crate) struct Parse {
    file: PathBuf,
    /// Read as this format, such as camt053, mt940 or ofx
    #[arg(long)]
    format: Option<Format>,
    /// For formats that name no currency
    #[arg(long)]
    currency: Option<kernel::Currency>,
    /// For a program to read: every field of every line
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(database: &str, bank: Bank) -> Result {
    match bank {
        Bank::Parse(parse) => parse.run(),
        Bank::Import(import) => import.run(database).await,
        Bank::Watch(watch) => watch.run(database).await,
    }
}

impl Parse {
    fn run(&self) -> Result {
        let name = self.file.display().to_string();
        let bytes = std::fs::read(&self.file).map_err(|error| Failure::Io(name.clone(), error))?;
        let unreadable = |error: FormatError| Failure::Told(format!("{name}: {error}"));
        if self.format.is_none() {
            match remittance::parse(&bytes) {
                Ok(advices) => {
                    self.advices(&name, &advices);
                    return Ok(());
                }
                Err(FormatError { reason: Reason::UnknownFormat, .. }) => {}
                Err(error) => return Err(unreadable(error)),
            }
        }
        let options = ParseOptions { format: self.format, default_currency: self.currency, ..ParseOptions::default() };
        let parsed = bankfiles::parse(&bytes, &options).map_err(unreadable)?;
        let warnings: Vec<_> = parsed.warnings.iter().map(ToString::to_string).collect();
        if self.json {
            print::json(
                &json!({ "format": parsed.format.as_str(), "result": parsed.statements, "warnings": warnings }),
            );
            return Ok(());
        }
        print::line(format!("{name}: {}, {} statements", parsed.format, parsed.statements.len()));
        parsed.statements.iter().for_each(show);
        warnings.iter().for_each(|warning| print::line(format!("look: {warning}")));
        Ok(())
    }

    fn advices(&self, name: &str, advices: &[RemittanceAdvice]) {
        let format = advices.first().map(|advice| advice.format.as_str());
        if self.json {
            // Each advice has its own warnings.
            print::json(&json!({ "format": format, "result": advices, "warnings": [] }));
            return;
        }
        print::line(format!("{name}: {}, {} remittance advices", format.unwrap_or_default(), advices.len()));
        advices.iter().for_each(show_advice);
    }
}

fn show_advice(advice: &RemittanceAdvice) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let amount = |amount: Option<Amount>| amount.map(|amount| amount.to_string()).unwrap_or_default();
    let paid = advice.amount.map_or_else(|| "an unknown amount".to_owned(), |amount| amount.to_string());
    print::line(format!("\n{} from {}: {paid}", text(&advice.id), text(&advice.payer.name)));
    let rows = advice.lines.iter().map(|line| {
        [line.kind.to_string(), text(&line.document), amount(line.gross), amount(line.discount), amount(line.paid)]
    });
    print::table(["Kind", "Document", "Gross", "Discount", "Paid"], rows);
    advice.warnings.iter().for_each(|warning| print::line(format!("look: {warning}")));
}

fn show(statement: &BankStatement) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let balance = |balance: Option<bankfiles::Balance>| {
        balance.map_or_else(|| "unknown".to_owned(), |balance| balance.amount.to_string())
    };
    print::line(format!(
        "\n{} {}: from {} to {}",
        text(&statement.account),
        text(&statement.number),
        balance(statement.opening),
        balance(statement.closing)
    ));
    let rows = statement.lines.iter().map(|line| {
        [
            line.booked_on.map(|date| date.to_string()).unwrap_or_default(),
            line.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            text(&line.payment.counterparty.name),
            text(&line.payment.remittance).replace('\n', " "),
        ]
    });
    print::table(["Booked", "Amount", "Name", "Text"], rows);
    statement.warnings.iter().for_each(|warning| print::line(format!("look: {warning}")));
}
