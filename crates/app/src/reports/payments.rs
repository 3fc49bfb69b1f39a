//! Payments of a period: what came in, what it was used on, what is left.

use super::{Asked, Cell, Column, Link, Report, Row, Value, View, begin};
use crate::{
    context::{App, Caller},
    error::Result,
    lists::{Cursor, Page},
};
use domain::reports::ReportRefusal;
use kernel::{Currency, Date, Money, PaymentId};
use std::collections::HashMap;
use store::reports::payments::{self, PaymentScope, ReceivedPayment, ReceivedTotal};

pub(super) async fn received(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let company = work.company_id();
    let view = View::new(&work, asked.as_of, asked.known_at);
    let to = asked.to.unwrap_or(view.as_of);
    let from = asked.from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(ReportRefusal::FromAfterTo { from, to }.into());
    }
    let customer = match &asked.customer {
        Some(customer) => Some(parties.find("customer", customer)?.id),
        None => None,
    };
    let (as_of, known_at, currency) = (view.as_of, view.known_at, asked.currency);
    let scope = PaymentScope { from, to, as_of, known_at, customer, currency };
    let after = match &asked.after {
        Some(cursor) => Some((cursor.get::<Date>(0)?, cursor.get::<PaymentId>(1)?)),
        None => None,
    };
    let size = asked.page_rows();
    let rows = payments::received(&mut work.tx, company, &scope, after, size + 1).await?;
    let page = Page::cut(rows, size, |row| Cursor::new([row.received_on.to_string(), row.id.to_string()]));
    let ids: Vec<PaymentId> = page.rows.iter().map(|row| row.id).collect();
    let mut used: HashMap<PaymentId, Vec<String>> = HashMap::new();
    for (payment, number) in payments::applied_to(&mut work.tx, company, &scope, &ids).await? {
        let numbers = used.entry(payment).or_default();
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
    }
    let mut report = Report::new("payments", columns());
    report.said("From", from);
    report.said("To", to);
    view.said(&mut report);
    report.rows = page.rows.iter().map(|row| payment_row(row, used.remove(&row.id).unwrap_or_default())).collect();
    let totals = payments::received_totals(&mut work.tx, company, &scope).await?;
    report.totals = totals.iter().map(total_row).collect();
    report.next = page.next;
    Ok(report)
}

fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column::date("received_on", "Received"),
        Column::text("payment", "Payment"),
        Column::text("customer", "Number"),
        Column::text("name", "Customer"),
        Column::text("method", "Method"),
        Column::text("reference", "Reference"),
        Column::text("applied_to", "Used on"),
        Column::text("currency", "Currency"),
    ];
    let money = [
        ("amount", "Amount"),
        ("fee", "Fee"),
        ("applied", "Used"),
        ("refunded", "Refunded"),
        ("bounced", "Bounced"),
        ("unapplied", "Unapplied"),
    ];
    columns.extend(money.map(|(key, title)| Column::money(key, title, None)));
    columns
}

fn payment_row(row: &ReceivedPayment, used: Vec<String>) -> Row {
    let customer = || Link::Customer { id: row.customer_id };
    let payment = || Link::Payment { id: row.id };
    let mut cells = vec![
        row.received_on.into(),
        Cell::from(row.number.clone()).to(payment()),
        Cell::from(row.customer_number.clone()).to(customer()),
        Cell::from(row.customer_name.clone()).to(customer()),
        row.method.replace('_', " ").into(),
        row.reference.clone().into(),
        used.join(", ").as_str().into(),
        row.currency.into(),
    ];
    let applied = row.amount_minor - row.unapplied_minor - row.refunded_minor - row.bounced_minor;
    let amounts =
        [row.amount_minor, row.fee_minor, applied, row.refunded_minor, row.bounced_minor, row.unapplied_minor];
    cells.extend(amounts.map(|minor| Cell::from(Money::new(minor, row.currency)).to(payment())));
    Row { cells }
}

fn total_row(total: &ReceivedTotal) -> Row {
    let mut cells: Vec<Cell> = (0..7).map(|_| Value::Empty.into()).collect();
    cells[3] = "Total".into();
    cells.push(total.currency.into());
    let applied = total.amount_minor - total.unapplied_minor - total.refunded_minor - total.bounced_minor;
    let amounts = [
        total.amount_minor,
        total.fee_minor,
        applied,
        total.refunded_minor,
        total.bounced_minor,
        total.unapplied_minor,
    ];
    let money = |minor: i64, currency: Currency| Cell::from(Money::new(minor, currency));
    cells.extend(amounts.map(|minor| money(minor, total.currency)));
    Row { cells }
}
