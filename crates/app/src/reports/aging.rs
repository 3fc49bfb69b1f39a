//! Aged receivables and unapplied cash: what is open by age, per customer, group, currency or company.
//!
//! The database adds up per customer and currency; here that is folded into groups and base currency. What is not due is
//! a bucket of its own. Every figure links to the open items that it adds up.

use super::{Asked, Cell, Column, Kind, Link, Parties, Report, Row, Value, View, begin};
use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::{
    items::ItemKind,
    reports::{Aged, AgingBasis, AgingGroup, Amounts, Buckets, Credits},
};
use kernel::{Currency, CustomerId, Date, Money};
use std::collections::BTreeMap;
use store::reports::items::{self, AgedSums, Cuts, Scope};

/// The aging as figures, for pages that draw it.
#[derive(Debug)]
pub struct AgingTable {
    pub as_of: Date,
    /// Of the buckets, the youngest first.
    pub labels: Vec<String>,
    pub rows: Vec<AgingRow>,
    /// Per currency, in the order of their codes.
    pub totals: Vec<AgingRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgingRow {
    /// A customer, or the topmost one of a group; none when nothing finer than the currency is asked for.
    pub customer: Option<CustomerId>,
    /// Of the customer; "" when there is none.
    pub number: String,
    pub name: String,
    pub currency: Currency,
    pub aged: Aged,
}

/// The aging of a caller's company.
pub async fn aging_table(app: &App, caller: &Caller, asked: &Asked) -> Result<AgingTable> {
    let (mut work, parties) = begin(app, caller).await?;
    Ok(Aging::ask(&work, &parties, asked)?.load(&mut work, &parties).await?.1)
}

pub(super) async fn report(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let aging = Aging::ask(&work, &parties, asked)?;
    let (aging, table) = aging.load(&mut work, &parties).await?;
    Ok(aging.report(&work, &parties, &table))
}

/// Payments that are not used, by the age of their money; shown as positive amounts.
pub(super) async fn unapplied(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let asked = Asked { basis: AgingBasis::InvoiceDate, credits: Credits::Netted, ..asked.clone() };
    let (mut work, parties) = begin(app, caller).await?;
    let aging = Aging { kind: Some(ItemKind::Payment), ..Aging::ask(&work, &parties, &asked)? };
    let (aging, table) = aging.load(&mut work, &parties).await?;
    Ok(aging.report(&work, &parties, &table))
}

/// What was asked, checked.
pub(crate) struct Aging {
    view: View,
    basis: AgingBasis,
    by: AgingGroup,
    credits: Credits,
    amounts: Amounts,
    buckets: Buckets,
    customers: Option<Vec<CustomerId>>,
    /// As a link to open items repeats who was asked for.
    who: Option<(&'static str, String)>,
    currency: Option<Currency>,
    kind: Option<ItemKind>,
}

impl Aging {
    pub(crate) fn ask(work: &Work, parties: &Parties, asked: &Asked) -> Result<Self> {
        let customers = parties.asked(asked)?;
        let who = match (&asked.customer, &asked.group) {
            (Some(customer), _) => Some(("customer", customer.clone())),
            (None, group) => group.clone().map(|group| ("group", group)),
        };
        let buckets = match &asked.buckets {
            Some(buckets) => buckets.clone(),
            None => Buckets::new(work.company.settings.aging_buckets.clone())?,
        };
        Ok(Self {
            view: View::new(work, asked.as_of, asked.known_at),
            basis: asked.basis,
            by: Asked::choice("by", asked.by.as_ref())?.unwrap_or_default(),
            credits: asked.credits,
            amounts: asked.amounts,
            buckets,
            customers,
            who,
            currency: asked.currency,
            kind: None,
        })
    }

    pub(crate) async fn load(self, work: &mut Work, parties: &Parties) -> Result<(Self, AgingTable)> {
        let scope = Scope {
            moment: self.view.moment,
            customers: self.customers.clone(),
            currency: self.currency,
            kind: self.kind,
        };
        let cuts = Cuts {
            as_of: self.view.as_of,
            by_due_date: self.basis == AgingBasis::DueDate,
            in_base: self.amounts == Amounts::Base,
            netted: self.credits == Credits::Netted,
            days: self.buckets.cut_offs(self.basis, self.view.as_of),
        };
        let (company, base) = (work.company_id(), work.company.currency);
        let sums = items::aged(&mut work.tx, company, &scope, &cuts).await?;
        let (mut rows, mut totals) = (BTreeMap::new(), BTreeMap::new());
        for sum in sums {
            let customer = match self.by {
                AgingGroup::Customer => Some(sum.customer_id),
                AgingGroup::Group => Some(parties.top(sum.customer_id)),
                AgingGroup::Currency | AgingGroup::Company => None,
            };
            let currency = if cuts.in_base { base } else { sum.currency };
            let aged = self.aged(&sum);
            rows.entry((customer, currency)).or_insert_with(Aged::default).add(&aged);
            totals.entry((None, currency)).or_insert_with(Aged::default).add(&aged);
        }
        let listed = |rows: BTreeMap<(Option<CustomerId>, Currency), Aged>| {
            let row = |((customer, currency), aged): ((Option<CustomerId>, Currency), Aged)| {
                let party = customer.and_then(|id| parties.get(id));
                let (number, name) = party.map(|party| (party.number.clone(), party.name.clone())).unwrap_or_default();
                AgingRow { customer, number, name, currency, aged }
            };
            rows.into_iter().map(row).collect::<Vec<_>>()
        };
        let (mut rows, totals) = (listed(rows), listed(totals));
        rows.sort_by(|a, b| {
            (&a.name, &a.number, a.customer, a.currency).cmp(&(&b.name, &b.number, b.customer, b.currency))
        });
        let labels = self.buckets.labels(self.basis);
        let table = AgingTable { as_of: self.view.as_of, labels, rows, totals };
        Ok((self, table))
    }

    /// Unapplied cash is shown as the positive amount that it is to the customer.
    fn aged(&self, sums: &AgedSums) -> Aged {
        let mut aged = sums.aged(self.credits == Credits::Netted);
        if self.kind == Some(ItemKind::Payment) {
            aged.buckets.iter_mut().for_each(|minor| *minor = -*minor);
            aged.total = -aged.total;
        }
        aged
    }

    fn report(&self, work: &Work, parties: &Parties, table: &AgingTable) -> Report {
        let cash = self.kind == Some(ItemKind::Payment);
        let name = if cash { "unapplied-cash" } else { "aged-receivables" };
        let mut report = Report::new(name, self.columns(work, table));
        self.view.said(&mut report);
        if !cash {
            report.said("By", self.basis.as_str().replace('_', " "));
        }
        if self.amounts == Amounts::Base {
            report.said("Amounts in", work.company.currency);
        }
        report.rows = table.rows.iter().map(|row| self.row(work, parties, row, false)).collect();
        report.totals = table.totals.iter().map(|row| self.row(work, parties, row, true)).collect();
        report
    }

    fn columns(&self, work: &Work, table: &AgingTable) -> Vec<Column> {
        let currency = (self.amounts == Amounts::Base).then_some(work.company.currency);
        let money = |key: &str, title: &str| Column::money(key, title, currency);
        let mut columns = match self.by {
            AgingGroup::Customer => vec![Column::text("customer", "Number"), Column::text("name", "Customer")],
            AgingGroup::Group => vec![Column::text("customer", "Number"), Column::text("name", "Group")],
            AgingGroup::Currency => vec![],
            AgingGroup::Company => vec![Column::text("company", "Company")],
        };
        columns.push(Column::text("currency", "Currency"));
        let key = |label: &str| label.to_lowercase().replace([' ', '-'], "_");
        columns.extend(table.labels.iter().map(|label| money(&key(label), label)));
        if self.credits == Credits::Separate {
            columns.push(money("credits", "Unapplied and credits"));
        }
        columns.push(money("total", "Total"));
        if self.kind.is_none() {
            columns.push(money("overdue", "Overdue"));
            columns.push(Column::new("oldest_due", "Oldest due", Kind::Date));
        }
        columns
    }

    fn row(&self, work: &Work, parties: &Parties, row: &AgingRow, total: bool) -> Row {
        let mut cells: Vec<Cell> = match (self.by, row.customer) {
            (AgingGroup::Customer | AgingGroup::Group, Some(id)) => parties.cells(id).into(),
            (AgingGroup::Customer | AgingGroup::Group, None) => vec![Value::Empty.into(), "Total".into()],
            (AgingGroup::Currency, _) => vec![],
            (AgingGroup::Company, _) if total => vec!["Total".into()],
            (AgingGroup::Company, _) => vec![work.company.name.as_str().into()],
        };
        cells.push(row.currency.into());
        let money = |minor| Cell::from(Money::new(minor, row.currency));
        let ranges = self.buckets.ranges(self.basis, self.view.as_of);
        let side = (self.credits == Credits::Separate).then_some("debts");
        let buckets = row.aged.buckets.iter().zip(ranges);
        cells.extend(buckets.map(|(minor, range)| money(*minor).to(self.made_of(row, range, side))));
        if self.credits == Credits::Separate {
            cells.push(money(row.aged.credits).to(self.made_of(row, (None, None), Some("credits"))));
        }
        cells.push(money(row.aged.total).to(self.made_of(row, (None, None), None)));
        if self.kind.is_none() {
            let late = self.by_due_day(row, (None, Some(self.view.as_of.plus_days(-1))));
            cells.push(money(row.aged.overdue).to(late));
            cells.push(row.aged.oldest_due.into());
        }
        Row { cells }
    }

    /// The open items that a figure adds up.
    fn made_of(&self, row: &AgingRow, (from, to): (Option<Date>, Option<Date>), side: Option<&str>) -> Link {
        let (from_key, to_key) = match self.basis {
            AgingBasis::DueDate => ("due_from", "due_to"),
            AgingBasis::InvoiceDate => ("dated_from", "dated_to"),
        };
        let days = [from.map(|day| (from_key, day.to_string())), to.map(|day| (to_key, day.to_string()))];
        let side = side.map(|side| ("side", side.to_owned()));
        self.items(row, days.into_iter().flatten().chain(side))
    }

    fn by_due_day(&self, row: &AgingRow, (_, to): (Option<Date>, Option<Date>)) -> Link {
        let side = ("side", "debts".to_owned());
        self.items(row, to.map(|day| ("due_to", day.to_string())).into_iter().chain([side]))
    }

    fn items(&self, row: &AgingRow, more: impl Iterator<Item = (&'static str, String)>) -> Link {
        let who = match (row.customer, self.by) {
            (Some(id), AgingGroup::Group) if self.who.is_none() => Some(("group", id.to_string())),
            (Some(id), AgingGroup::Customer) => Some(("customer", id.to_string())),
            _ => self.who.clone(),
        };
        let currency = match self.amounts {
            Amounts::Document => Some(row.currency),
            Amounts::Base => self.currency,
        };
        let currency = currency.map(|currency| ("currency", currency.to_string()));
        let kind = self.kind.map(|kind| ("kind", kind.to_string()));
        let parameters = self.view.parameters().into_iter().chain(who).chain(currency).chain(kind).chain(more);
        Link::Report { name: "open-items", parameters: parameters.collect() }
    }
}

impl From<domain::reports::ReportRefusal> for Error {
    fn from(refusal: domain::reports::ReportRefusal) -> Self {
        let field = match refusal {
            domain::reports::ReportRefusal::Buckets(_) => "buckets",
            domain::reports::ReportRefusal::FromAfterTo { .. } => "to",
            domain::reports::ReportRefusal::TooManyPeriods { .. } => "from",
        };
        Self::field(field, refusal)
    }
}
