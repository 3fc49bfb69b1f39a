//! `quittance rate`: enter exchange rates and list them.

use crate::{
    cli::{InCompany, Result, leave, open},
    print,
};
use app::catalogue::{self, NewRate};
use kernel::{Currency, Date, FxRate};
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum Rate {
    /// Enter a rate; it counts from its day until a later one
    Add(Add),
    /// List the newest rates
    List {
        /// For a program to read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        company: InCompany,
    },
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// The foreign currency, such as USD
    from: Currency,
    /// The first day on which it counts
    on: Date,
    /// What one unit of it is worth in the company's currency, such as 0.92
    rate: FxRate,
    /// Who published it
    #[arg(long, default_value = "entered by hand")]
    source: String,
    #[command(flatten)]
    company: InCompany,
}

pub(crate) async fn run(database: &str, command: Rate) -> Result {
    let app = open(database).await?;
    match command {
        Rate::Add(Add { from, on, rate, source, company }) => {
            let (to, caller) = (company.find(&app).await?.currency, company.caller(&app).await?);
            catalogue::enter_rates(&app, &caller, vec![NewRate { from, to, on, rate, source }]).await?;
            print::line(format!("1 {from} is {rate} {to} from {on} on."));
        }
        Rate::List { json, company } => {
            let rates = catalogue::fx_rates(&app, &company.caller(&app).await?).await?;
            if json {
                let rate = |row: &catalogue::FxRateRow| {
                    json!({
                        "from": row.from_currency, "to": row.to_currency, "on": row.on_date, "rate": row.rate,
                        "source": row.source,
                    })
                };
                print::json(&rates.iter().map(rate).collect::<Vec<_>>());
            } else {
                let cells = |row: &catalogue::FxRateRow| {
                    [
                        row.on_date.to_string(),
                        row.from_currency.to_string(),
                        row.rate.to_string(),
                        row.to_currency.to_string(),
                        row.source.clone(),
                    ]
                };
                print::table(["Day", "One", "is", "of", "Source"], rates.iter().map(cells));
            }
        }
    }
    leave(app).await
}
