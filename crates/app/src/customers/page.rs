//! Everything about one customer: facts, people, group, what it owes, how it pays, what it buys and what happened.

use super::{changing::load, references::facts_of};
use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
    lists::{Cursor, Page, page_size},
};
pub use domain::customers::PaymentHabit;
use domain::{
    customers::{CustomerFacts, Settled, age_bucket, payment_habit},
    items::ItemKind,
    users::Permission,
};
use kernel::{Currency, CustomerId, Date};
use std::collections::BTreeMap;
pub use store::{
    audit::EventRow,
    customers::{ContactRow, CustomerRow, figures::LastPayment},
    items::OpenItemRow,
};
use store::{
    catalogue::{self, ExternalIdRow},
    customers::{
        self,
        figures::{self, OpenByDay},
    },
    items,
};

const MOST_RELATIVES: i64 = 50;
const MOST_OPEN_ITEMS: i64 = 100;
const MOST_PAYMENTS: i64 = 5;
const EXTERNAL_KIND: &str = "customer";

#[derive(Debug)]
pub struct CustomerPage {
    pub customer: CustomerRow,
    pub facts: CustomerFacts,
    pub contacts: Vec<ContactRow>,
    pub external_ids: Vec<ExternalIdRow>,
    pub group: Group,
    pub figures: CustomerFigures,
    /// The first hundred, oldest due first; `figures.open_items` says how many there are.
    pub open_items: Vec<OpenItemRow>,
    /// The last five.
    pub payments: Vec<LastPayment>,
}

/// Relatives, the first fifty of each kind.
#[derive(Debug)]
pub struct Group {
    pub parent: Option<CustomerRow>,
    pub children: Vec<CustomerRow>,
    pub payer: Option<CustomerRow>,
    pub pays_for: Vec<CustomerRow>,
}

#[derive(Debug)]
pub struct CustomerFigures {
    pub balances: Vec<Balance>,
    pub open_items: i64,
    /// In base currency.
    pub open_base_minor: i64,
    pub turnover: Vec<Turnover>,
    /// Of debts that were settled in the last twelve months; `None` when there were none.
    pub habit: Option<PaymentHabit>,
    /// The upper ends of the overdue buckets in days, as the company has them.
    pub aging_buckets: Vec<i64>,
}

/// What is open in one currency today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    pub currency: Currency,
    /// Debts less credit.
    pub open_minor: i64,
    pub open_base_minor: i64,
    /// Debts by age: first what is not overdue, then one amount per bucket of the company's settings and one for older.
    pub buckets: Vec<i64>,
    pub overdue_minor: i64,
    /// Money received and not allocated, as a positive amount.
    pub unapplied_minor: i64,
    /// Credit notes not used yet, as a positive amount.
    pub credit_minor: i64,
}

/// What was invoiced in one currency less what was credited, and what was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turnover {
    pub currency: Currency,
    pub invoices: i64,
    pub credit_notes: i64,
    pub total_minor: i64,
    pub last_year_minor: i64,
    pub paid_minor: i64,
}

pub async fn show(app: &App, caller: &Caller, id: CustomerId) -> Result<CustomerPage> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let customer = load(&mut work, id).await?;
    Ok(CustomerPage {
        facts: facts_of(&mut work, &customer).await?,
        contacts: customers::contacts(&mut work.tx, company, id).await?,
        external_ids: catalogue::external_of(&mut work.tx, company, id.0).await?,
        group: group(&mut work, &customer).await?,
        figures: figures(&mut work, id).await?,
        open_items: items::first_open_of_customer(&mut work.tx, company, id, MOST_OPEN_ITEMS).await?,
        payments: figures::last_payments(&mut work.tx, company, id, MOST_PAYMENTS).await?,
        customer,
    })
}

/// A customer's row and its facts as they were typed: what a form to edit starts from.
pub async fn facts(app: &App, caller: &Caller, id: CustomerId) -> Result<(CustomerRow, CustomerFacts)> {
    let mut work = app.read(caller, Permission::Read).await?;
    let row = load(&mut work, id).await?;
    let facts = facts_of(&mut work, &row).await?;
    Ok((row, facts))
}

pub async fn find_by_number(app: &App, caller: &Caller, number: &str) -> Result<CustomerRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    customers::by_number(&mut work.tx, company, number).await?.ok_or(Error::NotFound("customer"))
}

/// The customer that another system calls `id`.
pub async fn find_by_external_id(app: &App, caller: &Caller, source: &str, id: &str) -> Result<CustomerRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let found = catalogue::external(&mut work.tx, company, source, EXTERNAL_KIND, &[id.to_owned()]).await?;
    let id = found.first().map(|row| CustomerId(row.record_id)).ok_or(Error::NotFound("customer"))?;
    load(&mut work, id).await
}

/// What happened to a customer and its documents, newest first.
pub async fn timeline(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    after: Option<Cursor>,
    limit: Option<i64>,
) -> Result<Page<EventRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    load(&mut work, id).await?;
    let before = after.map(|cursor| cursor.get(0)).transpose()?;
    let size = page_size(limit);
    let events = customers::events(&mut work.tx, company, id, before, size + 1).await?;
    Ok(Page::cut(events, size, |event| Cursor::new([event.id.to_string()])))
}

async fn group(work: &mut Work, customer: &CustomerRow) -> Result<Group> {
    let company = work.company_id();
    let above: Vec<CustomerId> = [customer.parent_id, customer.payer_id].into_iter().flatten().collect();
    let above = if above.is_empty() { vec![] } else { customers::by_ids(&mut work.tx, company, &above).await? };
    let find = |id: Option<CustomerId>| above.iter().find(|row| Some(row.id) == id).cloned();
    Ok(Group {
        parent: find(customer.parent_id),
        payer: find(customer.payer_id),
        children: customers::children(&mut work.tx, company, customer.id, MOST_RELATIVES).await?,
        pays_for: customers::paid_for_by(&mut work.tx, company, customer.id, MOST_RELATIVES).await?,
    })
}

async fn figures(work: &mut Work, id: CustomerId) -> Result<CustomerFigures> {
    let (company, today) = (work.company_id(), work.today);
    let year_ago = today.plus_months(-12);
    let open = figures::open_by_day(&mut work.tx, company, id).await?;
    let settled = figures::settled_since(&mut work.tx, company, id, year_ago).await?;
    let settled: Vec<Settled> = settled
        .into_iter()
        .map(|row| Settled {
            document_on: row.document_on,
            settled_on: row.settled_on,
            items: row.items,
            base_minor: row.base_minor,
        })
        .collect();
    Ok(CustomerFigures {
        balances: balances(&open, today, &work.company.settings.0.aging_buckets),
        open_items: open.iter().map(|row| row.items).sum(),
        open_base_minor: open.iter().map(|row| row.open_base_minor).sum(),
        turnover: turnover(work, id, year_ago).await?,
        habit: payment_habit(&settled),
        aging_buckets: work.company.settings.0.aging_buckets.clone(),
    })
}

fn balances(open: &[OpenByDay], today: Date, ends: &[i64]) -> Vec<Balance> {
    let mut by_currency: BTreeMap<Currency, Balance> = BTreeMap::new();
    for row in open {
        let balance = by_currency.entry(row.currency).or_insert_with(|| Balance {
            currency: row.currency,
            open_minor: 0,
            open_base_minor: 0,
            buckets: vec![0; ends.len() + 2],
            overdue_minor: 0,
            unapplied_minor: 0,
            credit_minor: 0,
        });
        balance.open_minor += row.open_minor;
        balance.open_base_minor += row.open_base_minor;
        match row.kind {
            ItemKind::Payment => balance.unapplied_minor -= row.open_minor,
            ItemKind::CreditNote => balance.credit_minor -= row.open_minor,
            ItemKind::Invoice | ItemKind::DebitNote => {
                let bucket = age_bucket(row.due_on, today, ends);
                balance.buckets[bucket] += row.open_minor;
                balance.overdue_minor += if bucket > 0 { row.open_minor } else { 0 };
            }
        }
    }
    by_currency.into_values().collect()
}

async fn turnover(work: &mut Work, id: CustomerId, year_ago: Date) -> Result<Vec<Turnover>> {
    let company = work.company_id();
    let mut by_currency: BTreeMap<Currency, Turnover> = BTreeMap::new();
    for row in figures::issued(&mut work.tx, company, id, year_ago).await? {
        let turnover = by_currency.entry(row.currency).or_insert(Turnover {
            currency: row.currency,
            invoices: 0,
            credit_notes: 0,
            total_minor: 0,
            last_year_minor: 0,
            paid_minor: 0,
        });
        match row.kind {
            ItemKind::Payment => turnover.paid_minor -= row.amount_minor,
            kind => {
                let count =
                    if kind == ItemKind::CreditNote { &mut turnover.credit_notes } else { &mut turnover.invoices };
                *count += row.documents;
                turnover.total_minor += row.amount_minor;
                turnover.last_year_minor += row.recent_minor;
            }
        }
    }
    Ok(by_currency.into_values().collect())
}
