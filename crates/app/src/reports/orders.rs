//! From the confirmed order to its invoice: how long it takes, and what waits to be billed.
//!
//! Days are counted between the company's own days of confirming and of issuing. An order that is invoiced in parts counts
//! once for each part.

use super::{Asked, Cell, Column, Kind, Link, Report, Row, Value, begin};
use crate::{
    context::{App, Caller},
    error::{Error, Result},
};
use domain::reports::{Period, median, ninetieth};
use kernel::{Currency, Date, Money, OrderId, Timestamp};
use std::collections::BTreeMap;
use store::reports::orders::{self, UnbilledLine};

pub(super) async fn times(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let company = work.company_id();
    let zone = work.company.time_zone.clone();
    let to = asked.to.unwrap_or(work.today);
    let from = asked.from.unwrap_or_else(|| Period::Year.start(to));
    let spans = asked.period.split(from, to)?;
    let customer = match &asked.customer {
        Some(customer) => Some(parties.find("customer", customer)?.id),
        None => None,
    };
    let instants = (start_of(from, &zone)?, start_of(to.plus_days(1), &zone)?);
    let billed = orders::billed(&mut work.tx, company, instants, customer).await?;
    let day = |at: Timestamp| at.date_in(&zone).map_err(Error::broken);
    let mut days: BTreeMap<Date, Vec<i64>> = BTreeMap::new();
    for row in &billed {
        let issued_on = day(row.issued_at)?;
        days.entry(asked.period.start(issued_on)).or_default().push(issued_on.days_since(day(row.confirmed_at)?));
    }
    let mut report = Report::new("order-to-invoice", time_columns());
    report.said("From", from);
    report.said("To", to);
    let mut all: Vec<i64> = days.values().flatten().copied().collect();
    for (start, _, _) in spans {
        let mut of_period = days.remove(&start).unwrap_or_default();
        report.rows.push(time_row(&asked.period.label(start), &mut of_period));
    }
    report.totals = vec![time_row("Total", &mut all)];
    Ok(report)
}

fn time_columns() -> Vec<Column> {
    vec![
        Column::text("period", "Period"),
        Column::integer("invoices", "Invoices"),
        Column::new("median_days", "Median days", Kind::Decimal),
        Column::integer("p90_days", "Nine of ten within (days)"),
        Column::integer("longest_days", "Longest (days)"),
    ]
}

fn time_row(label: &str, days: &mut [i64]) -> Row {
    let count = i64::try_from(days.len()).unwrap_or(i64::MAX);
    let longest = days.iter().max().copied();
    let cells = vec![label.into(), count.into(), median(days).into(), ninetieth(days).into(), longest.into()];
    Row { cells }
}

/// The first instant of a day.
fn start_of(day: Date, zone: &str) -> Result<Timestamp> {
    day.start_in(zone).map_err(Error::broken)
}

/// Confirmed orders with what is left to bill of them; a cancelled rest counts as never ordered.
pub(super) async fn unbilled(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let company = work.company_id();
    let zone = work.company.time_zone.clone();
    let as_of = asked.as_of.unwrap_or(work.today);
    let at = if as_of >= work.today { work.now } else { start_of(as_of.plus_days(1), &zone)?.plus_seconds(-1) };
    let customer = match &asked.customer {
        Some(customer) => Some(parties.find("customer", customer)?.id),
        None => None,
    };
    let lines = orders::unbilled(&mut work.tx, company, at, customer).await?;
    let columns = vec![
        Column::text("order", "Order"),
        Column::text("customer", "Number"),
        Column::text("name", "Customer"),
        Column::date("confirmed_on", "Confirmed"),
        Column::integer("days", "Days waiting"),
        Column::text("currency", "Currency"),
        Column::money("ordered", "Ordered net", None),
        Column::money("unbilled", "Unbilled net", None),
    ];
    let mut report = Report::new("unbilled-orders", columns);
    report.said("As of", as_of);
    let mut totals: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
    for order in lines.chunk_by(|a, b| a.order_id == b.order_id) {
        let (ordered, left) = (order.iter().map(|line| line.net_minor).sum(), order.iter().map(unbilled_net).sum());
        let first = &order[0];
        let confirmed_on = first.confirmed_at.date_in(&zone).map_err(Error::broken)?;
        let total = totals.entry(first.currency).or_default();
        *total = (total.0 + ordered, total.1 + left);
        report.rows.push(order_row(first, confirmed_on, as_of, (ordered, left)));
    }
    let total = |(currency, (ordered, left)): (Currency, (i64, i64))| {
        let mut cells: Vec<Cell> = vec!["Total".into()];
        cells.extend((0..4).map(|_| Cell::from(Value::Empty)));
        cells.push(currency.into());
        cells.extend([ordered, left].map(|minor| Cell::from(Money::new(minor, currency))));
        Row { cells }
    };
    report.totals = totals.into_iter().map(total).collect();
    Ok(report)
}

/// The share of a line's net that is neither billed nor cancelled, rounded half up.
fn unbilled_net(line: &UnbilledLine) -> i64 {
    let ordered = line.quantity.scaled();
    let left = ordered - line.cancelled_quantity.scaled() - line.billed_quantity.scaled();
    domain::items::base_share(left, ordered, line.net_minor)
}

fn order_row(line: &UnbilledLine, confirmed_on: Date, as_of: Date, (ordered, left): (i64, i64)) -> Row {
    let order = || Link::Order { id: OrderId(line.order_id.0) };
    let customer = || Link::Customer { id: line.customer_id };
    let cells = vec![
        Cell::from(line.number.clone()).to(order()),
        Cell::from(line.customer_number.clone()).to(customer()),
        Cell::from(line.customer_name.clone()).to(customer()),
        confirmed_on.into(),
        as_of.days_since(confirmed_on).into(),
        line.currency.into(),
        Money::new(ordered, line.currency).into(),
        Cell::from(Money::new(left, line.currency)).to(order()),
    ];
    Row { cells }
}
