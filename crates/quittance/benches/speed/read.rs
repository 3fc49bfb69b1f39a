//! Reading: aged receivables, lists and the customer page, and how each grows with the number of invoices.

use crate::{
    On, Result,
    cpu::{Counter, Took},
    ground::Ground,
    table::{line, milliseconds, title},
};
use app::{
    customers::{self, CustomerFilter, CustomerSort},
    invoices::{self, InvoiceFilter, InvoiceSort, InvoiceState},
    items::{self, ItemList, ItemSort},
    lines::NewDocument,
    lists::Part,
    reports::{self, Asked},
    search,
};
use kernel::CustomerId;

#[derive(clap::Args)]
pub(crate) struct Read {
    #[command(flatten)]
    on: On,
    /// Sizes to measure at, growing; each builds on the one before
    #[arg(long, value_delimiter = ',', default_value = "10000,100000")]
    invoices: Vec<usize>,
    /// Documents of one customer, for the customer page
    #[arg(long, default_value_t = 10_000)]
    documents: usize,
}

const TODAY: &str = "2026-08-31";
const PAST: &str = "2026-05-31";
/// The middle of so many tries counts.
const TRIES: usize = 5;

pub(crate) async fn run(read: Read) -> Result {
    let mut ground = Ground::make(&read.on).await?;
    let counter = Counter::of(&ground.app.db).await?;
    let busy = ground.customers.pop().ok_or("no customer")?;
    let mut there = 0;
    for size in read.invoices {
        ground.fill(size.saturating_sub(there), TODAY).await?;
        if there == 0 {
            make_busy(&mut ground, busy, read.documents).await?;
        }
        there = size;
        title(&format!("{:?}: {size} invoices", read.on.engine));
        measure(&ground, &counter, busy).await?;
    }
    Ok(())
}

/// One customer with many documents of his own.
async fn make_busy(ground: &mut Ground, busy: CustomerId, documents: usize) -> Result {
    for from in (0..documents).step_by(1_000) {
        let batch: Vec<NewDocument> = ground.documents((documents - from).min(1_000));
        let batch: Vec<NewDocument> = batch.into_iter().map(|new| NewDocument { customer: busy, ..new }).collect();
        invoices::issue_many(&ground.app, &ground.clerk, &batch).await?;
    }
    Ok(())
}

async fn measure(ground: &Ground, counter: &Counter, busy: CustomerId) -> Result {
    let (app, clerk) = (&ground.app, &ground.clerk);
    let aged = async |pairs: &[(&str, &str)]| {
        let asked = Asked::read("aged-receivables", pairs.iter().copied())?;
        reports::run(app, clerk, "aged-receivables", &asked).await?;
        Ok(())
    };
    show("aged receivables by customer, today", counter, async || aged(&[]).await).await?;
    show("aged receivables by customer, as of three months ago", counter, async || aged(&[("as_of", PAST)]).await)
        .await?;
    show("customer page of a customer with many documents", counter, async || {
        customers::show(app, clerk, busy).await?;
        Ok(())
    })
    .await?;
    show("list of invoices, first page", counter, async || {
        invoices::list(app, clerk, InvoiceFilter::default(), &Part::default()).await?;
        Ok(())
    })
    .await?;
    show("list of overdue invoices", counter, async || {
        let overdue = InvoiceFilter { state: Some(InvoiceState::Overdue), ..InvoiceFilter::default() };
        invoices::list(app, clerk, overdue.clone(), &Part::default()).await?;
        Ok(())
    })
    .await?;
    show("list of open items, first page", counter, async || {
        items::list(app, clerk, ItemList::default()).await?;
        Ok(())
    })
    .await?;
    for state in [None, Some(InvoiceState::Open), Some(InvoiceState::Overdue)] {
        let what = state.map_or("all", InvoiceState::as_str);
        slowest(&format!("list of invoices, {what}"), counter, InvoiceSort::ALL, InvoiceSort::as_str, async |sort| {
            let filter = InvoiceFilter { state, sort, ..InvoiceFilter::default() };
            invoices::list(app, clerk, filter, &Part::default()).await?;
            Ok(())
        })
        .await?;
    }
    slowest("list of open items", counter, ItemSort::ALL, ItemSort::as_str, async |sort| {
        items::list(app, clerk, ItemList { sort, ..ItemList::default() }).await?;
        Ok(())
    })
    .await?;
    for (what, sort) in [("by name", CustomerSort::Name), ("by balance", CustomerSort::Largest)] {
        show(&format!("list of customers {what}"), counter, async || {
            customers::list(app, clerk, CustomerFilter { sort: Some(sort), ..CustomerFilter::default() }).await?;
            Ok(())
        })
        .await?;
    }
    show("search for a number", counter, async || {
        search::search(app, clerk, "INV-2026-000777").await?;
        Ok(())
    })
    .await
}

async fn show(what: &str, counter: &Counter, work: impl AsyncFn() -> Result) -> Result {
    line(what, shown(&tries(counter, work).await?)?);
    Ok(())
}

/// Of all orders of a list, the one that takes longest.
async fn slowest<T: Copy>(
    what: &str,
    counter: &Counter,
    orders: &[T],
    name: impl Fn(T) -> &'static str,
    list: impl AsyncFn(T) -> Result,
) -> Result {
    let mut slowest: Option<(T, Vec<Took>)> = None;
    for &order in orders {
        let took = tries(counter, async || list(order).await).await?;
        if slowest.as_ref().is_none_or(|(_, before)| before[TRIES / 2].wall < took[TRIES / 2].wall) {
            slowest = Some((order, took));
        }
    }
    let (order, took) = slowest.ok_or("a list has an order")?;
    line(&format!("{what}, slowest of {} orders ({})", orders.len(), name(order)), shown(&took)?);
    Ok(())
}

/// Sorted by their time.
async fn tries(counter: &Counter, work: impl AsyncFn() -> Result) -> Result<Vec<Took>> {
    work().await?;
    let mut tries: Vec<Took> = Vec::new();
    for _ in 0..TRIES {
        tries.push(counter.measure(async || work().await).await?.1);
    }
    tries.sort_by_key(|took| took.wall);
    Ok(tries)
}

fn shown(tries: &[Took]) -> Result<String> {
    let cpu: std::time::Duration = tries.iter().map(|took| took.cpu).sum();
    let middle = milliseconds(tries[TRIES / 2].wall);
    Ok(format!("{middle}, CPU {}", milliseconds(cpu / u32::try_from(TRIES)?)))
}
