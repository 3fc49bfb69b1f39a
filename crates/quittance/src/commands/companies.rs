//! `quittance company`: set companies up and list them.

use crate::{
    cli::{Result, leave, open},
    print,
};
use domain::companies::{Address, NewCompany};
use kernel::Currency;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(crate) enum Company {
    /// Set up a company: chart of accounts, taxes of its country, payment terms, number series
    Add(Add),
    /// List the companies
    List {
        /// For a program to read
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct Add {
    /// 1 to 12 letters and digits, such as ACME
    code: String,
    /// As it is printed on invoices
    name: String,
    /// The currency of the books
    #[arg(long, default_value = "EUR")]
    currency: Currency,
    /// Two letters; decides the first tax codes
    #[arg(long, default_value = "DE")]
    country: String,
    /// The language of documents: en, de, fr, es
    #[arg(long, default_value = "en")]
    language: String,
    #[arg(long, default_value = "Europe/Berlin")]
    time_zone: String,
    #[arg(long)]
    tax_id: Option<String>,
    #[arg(long)]
    email: Option<String>,
}

pub(crate) async fn run(database: &str, command: Company) -> Result {
    let app = open(database).await?;
    match command {
        Company::Add(add) => {
            let new = NewCompany {
                code: add.code,
                name: add.name,
                currency: add.currency,
                country: add.country,
                language: add.language,
                time_zone: add.time_zone,
                address: Address::default(),
                tax_id: add.tax_id,
                email: add.email,
            };
            let name = new.name.clone();
            app::companies::create(&app, new).await?;
            print::line(format!("{name} is set up. `quittance user add` lets somebody in."));
        }
        Company::List { json: true } => {
            let companies = app::companies::list(&app).await?;
            let facts = companies.iter().map(|c| {
                json!({ "code": c.code, "name": c.name, "currency": c.currency, "country": c.country, "time_zone": c.time_zone })
            });
            print::json(&facts.collect::<Vec<_>>());
        }
        Company::List { json: false } => {
            let companies = app::companies::list(&app).await?;
            let rows = companies.into_iter().map(|c| [c.code, c.name, c.currency.to_string(), c.country, c.time_zone]);
            print::table(["CODE", "NAME", "CURRENCY", "COUNTRY", "TIME ZONE"], rows);
        }
    }
    leave(app).await
}
