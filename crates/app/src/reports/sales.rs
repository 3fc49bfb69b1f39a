//! Sales per period: invoices and debit notes minus credit notes, by the day of the document.

use super::{Asked, Cell, Column, Kind, Link, Parties, Report, Row, Value, begin};
use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::reports::{Amounts, Period, SalesGroup};
use kernel::{Currency, CustomerId, Date, Money};
use std::collections::BTreeMap;
use store::reports::sales::{self, CustomerSales, ProductSales, Span};

/// The days asked for, from the beginning of the year unless said, and the periods they make.
pub(super) struct Periods {
    pub period: Period,
    pub from: Date,
    pub to: Date,
    /// First day of the period, first and last day of it that was asked for.
    pub spans: Vec<(Date, Date, Date)>,
}

impl Periods {
    pub(super) fn ask(work: &Work, asked: &Asked) -> Result<Self> {
        let to = asked.to.unwrap_or(work.today);
        let from = asked.from.unwrap_or_else(|| Period::Year.start(to));
        Ok(Self { period: asked.period, from, to, spans: asked.period.split(from, to)? })
    }

    pub(super) fn said(&self, report: &mut Report, asked: &Asked) {
        report.said("From", self.from);
        report.said("To", self.to);
        if let Some(known_at) = asked.known_at {
            report.said("As known at", known_at);
        }
    }
}

pub(super) fn span(work: &Work, parties: &Parties, asked: &Asked, (from, to): (Date, Date)) -> Result<Span> {
    let customer = match &asked.customer {
        Some(customer) => Some(parties.find("customer", customer)?.id),
        None => None,
    };
    let known_at = asked.known_at.unwrap_or(work.now);
    Ok(Span { from, to, known_at, customer, currency: asked.currency })
}

pub(super) async fn sales(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let by: SalesGroup = Asked::choice("by", asked.by.as_ref())?.unwrap_or_default();
    if by == SalesGroup::Product {
        return sales_by_product(app, caller, asked).await;
    }
    let (mut work, parties) = begin(app, caller).await?;
    let (company, base) = (work.company_id(), work.company.currency);
    let periods = Periods::ask(&work, asked)?;
    let in_base = asked.amounts == Amounts::Base;
    let mut report = Report::new("sales", sales_columns(by, in_base.then_some(base)));
    periods.said(&mut report, asked);
    let mut totals: BTreeMap<Currency, Sold> = BTreeMap::new();
    for (start, from, to) in &periods.spans {
        let span = span(&work, &parties, asked, (*from, *to))?;
        let mut groups: BTreeMap<(String, Option<CustomerId>, Currency), Sold> = BTreeMap::new();
        for sums in sales::by_customer(&mut work.tx, company, &span).await? {
            let sold = Sold::of(&sums, in_base);
            let currency = if in_base { base } else { sums.currency };
            groups.entry(group_of(by, &parties, sums.customer_id, currency)).or_default().add(sold);
            totals.entry(currency).or_default().add(sold);
        }
        let label = periods.period.label(*start);
        report.rows.extend(groups.into_iter().map(|((name, customer, currency), sold)| {
            let who = match customer {
                Some(id) => parties.cells(id).into(),
                None => vec![Cell::from(name)],
            };
            let made_of = customer.map(|customer| Link::Invoices { customer, from: *from, to: *to });
            sold.row(&label, who, currency, made_of.as_ref())
        }));
    }
    let empty = if by == SalesGroup::Customer { 2 } else { 1 };
    let total = |(currency, sold): (Currency, Sold)| {
        sold.row("Total", (0..empty).map(|_| Value::Empty.into()).collect(), currency, None)
    };
    report.totals = totals.into_iter().map(total).collect();
    Ok(report)
}

fn group_of(
    by: SalesGroup,
    parties: &Parties,
    customer: CustomerId,
    currency: Currency,
) -> (String, Option<CustomerId>, Currency) {
    let party = parties.get(customer);
    match by {
        SalesGroup::Segment => {
            let segment = party.and_then(|party| party.segment.clone());
            (segment.unwrap_or_else(|| "No segment".to_owned()), None, currency)
        }
        SalesGroup::Customer | SalesGroup::Product => {
            (party.map(|party| party.name.clone()).unwrap_or_default(), Some(customer), currency)
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sold {
    documents: i64,
    net: i64,
    tax: i64,
    gross: i64,
}

impl Sold {
    fn of(sums: &CustomerSales, in_base: bool) -> Self {
        let documents = sums.documents;
        if in_base {
            Self { documents, net: sums.base_net_minor, tax: sums.base_tax_minor, gross: sums.base_gross_minor }
        } else {
            Self { documents, net: sums.net_minor, tax: sums.tax_minor, gross: sums.gross_minor }
        }
    }

    fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.net += other.net;
        self.tax += other.tax;
        self.gross += other.gross;
    }

    fn row(self, period: &str, who: Vec<Cell>, currency: Currency, made_of: Option<&Link>) -> Row {
        let linked = |cell: Cell| Cell { link: made_of.cloned(), ..cell };
        let mut cells = vec![period.into()];
        cells.extend(who);
        cells.extend([currency.into(), linked(self.documents.into())]);
        cells.extend([self.net, self.tax, self.gross].map(|minor| linked(Money::new(minor, currency).into())));
        Row { cells }
    }
}

fn sales_columns(by: SalesGroup, currency: Option<Currency>) -> Vec<Column> {
    let mut columns = vec![Column::text("period", "Period")];
    match by {
        SalesGroup::Segment => columns.push(Column::text("segment", "Segment")),
        SalesGroup::Customer | SalesGroup::Product => {
            columns.extend([Column::text("customer", "Number"), Column::text("name", "Customer")]);
        }
    }
    columns.extend([Column::text("currency", "Currency"), Column::integer("documents", "Documents")]);
    let money = [("net", "Net"), ("tax", "Tax"), ("gross", "Gross")];
    columns.extend(money.map(|(key, title)| Column::money(key, title, currency)));
    columns
}

/// Net amounts only: a document's tax is rounded once for all its lines.
async fn sales_by_product(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    if asked.amounts == Amounts::Base {
        return Err(Error::field("amounts", "sales by product are in the documents' currency only"));
    }
    let (mut work, parties) = begin(app, caller).await?;
    let company = work.company_id();
    let periods = Periods::ask(&work, asked)?;
    let columns = vec![
        Column::text("period", "Period"),
        Column::text("sku", "Product"),
        Column::text("name", "Name"),
        Column::text("currency", "Currency"),
        Column::integer("documents", "Documents"),
        Column::new("quantity", "Quantity", Kind::Decimal),
        Column::money("net", "Net", None),
    ];
    let mut report = Report::new("sales", columns);
    periods.said(&mut report, asked);
    let mut totals: BTreeMap<Currency, i64> = BTreeMap::new();
    for (start, from, to) in &periods.spans {
        let span = span(&work, &parties, asked, (*from, *to))?;
        for sold in sales::by_product(&mut work.tx, company, &span).await? {
            *totals.entry(sold.currency).or_default() += sold.net_minor;
            report.rows.push(product_row(&periods.period.label(*start), &sold));
        }
    }
    let total = |(currency, net): (Currency, i64)| {
        let mut cells: Vec<Cell> = vec!["Total".into(), Value::Empty.into(), Value::Empty.into(), currency.into()];
        cells.extend([Value::Empty.into(), Value::Empty.into(), Money::new(net, currency).into()]);
        Row { cells }
    };
    report.totals = totals.into_iter().map(total).collect();
    Ok(report)
}

fn product_row(period: &str, sold: &ProductSales) -> Row {
    let name = sold.name.as_deref().unwrap_or("Without product");
    let cells = vec![
        period.into(),
        sold.sku.as_deref().unwrap_or_default().into(),
        name.into(),
        sold.currency.into(),
        sold.documents.into(),
        sold.quantity.decimal().into(),
        Money::new(sold.net_minor, sold.currency).into(),
    ];
    Row { cells }
}
