//! Issuing against the bare rows: the same batches, the same server, turn by turn.

use crate::{
    On, Result,
    cpu::{Counter, Took},
    ground::{Api, Ground, noon},
    raw::{self, Rows, Way},
    table::{line, milliseconds, per_second, title},
};
use app::{invoices, lines::NewDocument};
use serde_json::json;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Issue {
    #[command(flatten)]
    on: On,
    /// Invoices in one call
    #[arg(long, default_value_t = 1_000)]
    batch: usize,
    /// Batches per round
    #[arg(long, default_value_t = 5)]
    batches: usize,
    /// Invoices of the rounds one by one
    #[arg(long, default_value_t = 500)]
    single: usize,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Times of all rounds of one way.
#[derive(Default)]
struct Times {
    count: usize,
    wall: Duration,
    cpu: Duration,
}

impl Times {
    fn add(&mut self, count: usize, took: Took) {
        self.count += count;
        self.wall += took.wall;
        self.cpu += took.cpu;
    }

    fn rate(&self) -> f64 {
        per_second(self.count, self.wall)
    }

    fn show(&self, what: &str) {
        let cpu = self.cpu / u32::try_from(self.count).unwrap_or(1);
        line(what, format!("{:.0}/s, {} CPU each", self.rate(), milliseconds(cpu)));
    }
}

pub(crate) async fn run(issue: Issue) -> Result {
    let mut ground = Ground::make(&issue.on).await?;
    let counter = Counter::of(&ground.app.db).await?;
    ground.clock.set(noon("2026-06-01")?);
    let warm = ground.documents(issue.batch);
    invoices::issue_many(&ground.app, &ground.clerk, &warm).await?;
    let rows = raw::written(&ground.app.db, ground.clerk.company, noon("2026-06-01")?).await?;
    ground.clock.set(noon("2026-06-02")?);
    let api = Api::open(&ground).await?;
    title(&format!("{:?}: batches of {}, 1 to 5 lines with a tax", issue.on.engine, issue.batch));
    bulk(&mut ground, &api, &counter, &issue, &rows).await?;
    title(&format!("{:?}: one by one", issue.on.engine));
    single(&mut ground, &api, &counter, &issue, &rows).await
}

async fn bulk(ground: &mut Ground, api: &Api, counter: &Counter, issue: &Issue, rows: &Rows) -> Result {
    let (mut ours, mut per_table, mut together) = (Times::default(), Times::default(), Times::default());
    let (mut sequence, count) = (0, issue.batch * issue.batches);
    for _ in 0..issue.rounds {
        let body = |documents: Vec<NewDocument>| serde_json::to_vec(&json!({ "documents": documents }));
        let bodies: Vec<Vec<u8>> =
            (0..issue.batches).map(|_| body(ground.documents(issue.batch))).collect::<serde_json::Result<_>>()?;
        let ((), took) = counter.measure(async || post(api, "invoices/bulk", &bodies).await).await?;
        ours.add(count, took);
        for (way, times) in [(Way::PerTable, &mut per_table), (Way::Together, &mut together)] {
            let fresh: Vec<Rows> = (0..issue.batches).map(|_| rows.clone().renewed(&mut sequence)).collect();
            let ((), took) = counter.measure(async || insert(ground, &fresh, way).await).await?;
            times.add(count, took);
        }
    }
    compare(&ours, &per_table, &together);
    Ok(())
}

async fn post(api: &Api, path: &str, bodies: &[Vec<u8>]) -> Result {
    for body in bodies {
        api.post(path, body.clone()).await?;
    }
    Ok(())
}

async fn insert(ground: &Ground, parts: &[Rows], way: Way) -> Result {
    for part in parts {
        part.insert(&ground.app.db, way).await?;
    }
    Ok(())
}

async fn single(ground: &mut Ground, api: &Api, counter: &Counter, issue: &Issue, rows: &Rows) -> Result {
    let (mut ours, mut per_table, mut together) = (Times::default(), Times::default(), Times::default());
    let mut sequence = 1_000_000;
    let parts = rows.one_by_one();
    for _ in 0..issue.rounds {
        let bodies =
            ground.documents(issue.single).iter().map(serde_json::to_vec).collect::<serde_json::Result<Vec<_>>>()?;
        let ((), took) = counter.measure(async || post(api, "invoices?issue=true", &bodies).await).await?;
        ours.add(issue.single, took);
        for (way, times) in [(Way::PerTable, &mut per_table), (Way::Together, &mut together)] {
            let fresh = parts.iter().cycle().take(issue.single).map(|part| part.clone().renewed(&mut sequence));
            let fresh: Vec<Rows> = fresh.collect();
            let ((), took) = counter.measure(async || insert(ground, &fresh, way).await).await?;
            times.add(issue.single, took);
        }
    }
    compare(&ours, &per_table, &together);
    Ok(())
}

fn compare(ours: &Times, per_table: &Times, together: &Times) {
    ours.show("issued through the API, each call with its idempotency key");
    per_table.show("bare rows, one statement per table");
    together.show("bare rows, few statements");
    let best = per_table.rate().max(together.rate());
    line("issued against the faster bare rows", format!("{:.0} %", ours.rate() / best * 100.0));
}
