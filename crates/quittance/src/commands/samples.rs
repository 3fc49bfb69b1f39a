//! `quittance sample`: postings of the matching engine, drawn for a person to look at, and what was found.

use crate::{
    cli::{InCompany, Result, leave, open_existing},
    print,
};
use app::desk::{self, MatchSummary, SampleAsked};
use kernel::{BankMatchId, Date, Money};
use serde_json::{Value, json};

#[derive(clap::Subcommand)]
pub(crate) enum Sample {
    Draw(Draw),
    Check(Check),
}

/// Draw postings of a period
///
/// The same period and count draw the same ones, whoever draws, so nobody can choose what is looked at.
#[derive(clap::Args)]
pub(crate) struct Draw {
    /// The first day of posting; thirty days before the last when left out
    #[arg(long)]
    from: Option<Date>,
    /// The last day of posting; yesterday when left out
    #[arg(long)]
    to: Option<Date>,
    /// How many, up to 200; 25 when left out
    #[arg(long)]
    count: Option<usize>,
    /// For a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    company: InCompany,
}

/// Say whether a posting was right; the figures of cash application count it
#[derive(clap::Args)]
pub(crate) struct Check {
    /// As `quittance sample draw` shows it
    id: BankMatchId,
    verdict: Verdict,
    #[command(flatten)]
    company: InCompany,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Verdict {
    Right,
    Wrong,
}

pub(crate) async fn run(database: &str, command: Sample) -> Result {
    let app = open_existing(database).await?;
    match command {
        Sample::Draw(Draw { from, to, count, json, company }) => {
            let asked = SampleAsked { from, to, count };
            show(&desk::sample(&app, &company.caller(&app).await?, asked).await?, json);
        }
        Sample::Check(Check { id, verdict, company }) => {
            desk::check(&app, &company.caller(&app).await?, id, verdict == Verdict::Right).await?;
            let word = if verdict == Verdict::Right { "right" } else { "wrong" };
            print::line(format!("The posting is noted as {word}."));
        }
    }
    leave(app).await
}

fn show(sample: &desk::Sample, json: bool) {
    if json {
        return print::json(&json!({ "from": sample.from, "to": sample.to, "postings": sample.postings,
            "right": sample.right, "drawn": sample.drawn.iter().map(facts).collect::<Vec<_>>() }));
    }
    let cells = |found: &MatchSummary| {
        [
            found.row.id.to_string(),
            found.value_on.to_string(),
            money(found).to_string(),
            found.payer_name.clone().unwrap_or_default(),
            found.payment_number.clone(),
            found.customer_name.clone(),
            verdict(found).to_owned(),
        ]
    };
    let heads = ["ID", "VALUE DAY", "AMOUNT", "PAYER", "PAYMENT", "CUSTOMER", "FOUND"];
    print::table(heads, sample.drawn.iter().map(cells));
    let (from, to, drawn) = (sample.from, sample.to, sample.drawn.len());
    print::line(format!("{drawn} of {} postings from {from} to {to}", sample.postings));
}

fn money(found: &MatchSummary) -> Money {
    Money::new(found.row.amount_minor, found.row.currency)
}

fn verdict(found: &MatchSummary) -> &'static str {
    match (found.row.undone_at, found.row.is_right) {
        (Some(_), _) => "undone",
        (None, Some(true)) => "right",
        (None, Some(false)) => "wrong",
        (None, None) => "not looked at",
    }
}

fn facts(found: &MatchSummary) -> Value {
    let row = &found.row;
    json!({ "id": row.id, "line": row.line_id, "value_on": found.value_on, "money": money(found),
        "payer_name": found.payer_name, "text": found.text, "payment": row.payment_id,
        "payment_number": found.payment_number, "customer": row.customer_id, "customer_name": found.customer_name,
        "posted_at": row.posted_at, "is_right": row.is_right, "undone_at": row.undone_at })
}
