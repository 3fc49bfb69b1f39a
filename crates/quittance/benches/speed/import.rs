//! Importing invoices from CSV: parsing, checking, pricing, numbering, posting, all of it.

use crate::{
    On, Result,
    cpu::Counter,
    ground::Ground,
    table::{line, milliseconds, per_second, title},
};
use app::imports::{self, Request};
use domain::imports::{ImportKind, ImportMap};
use std::fmt::Write as _;

#[derive(clap::Args)]
pub(crate) struct Import {
    #[command(flatten)]
    on: On,
    #[arg(long, default_value_t = 100_000)]
    invoices: usize,
}

pub(crate) async fn run(import: Import) -> Result {
    let ground = Ground::make(&import.on).await?;
    let counter = Counter::of(&ground.app.db).await?;
    ground.clock.set(crate::ground::noon("2026-08-31")?);
    let mut csv = String::from("number,customer_name,invoice_date,due_date,currency,amount\n");
    for n in 0..import.invoices {
        let (day, month) = (n % 28 + 1, n / 28 % 7 + 1);
        let customer = n % import.on.customers;
        let cents = n * 7_919 % 1_000_000;
        writeln!(
            csv,
            "OLD-{n:07},Customer {customer:06} of the bench,2026-{month:02}-{day:02},2026-{:02}-{day:02},EUR,{}.{:02}",
            month + 1,
            cents / 100 + 1,
            cents % 100
        )?;
    }
    let request = Request {
        file_name: "invoices.csv".to_owned(),
        bytes: csv.into_bytes(),
        map: ImportMap::plain(ImportKind::Invoices),
        source: Some("old".to_owned()),
        rehearse: false,
        accept_good_rows: false,
    };
    let run = async || Ok(imports::run(&ground.app, &ground.clerk, request.clone(), &|_| ()).await?);
    let (outcome, took) = counter.measure(run).await?;
    title(&format!("{:?}: {} invoices from CSV", import.on.engine, import.invoices));
    if let Some(reject) = outcome.rejects.first() {
        return Err(format!("line {}: {}", reject.line, reject.reason).into());
    }
    let cpu = took.cpu / u32::try_from(outcome.created)?;
    line("imported", format!("{:.0}/s, {} CPU each", per_second(outcome.created, took.wall), milliseconds(cpu)));
    let (outcome, took) = counter.measure(run).await?;
    line("the same file again, nothing changes", format!("{:.0}/s", per_second(outcome.unchanged, took.wall)));
    Ok(())
}
