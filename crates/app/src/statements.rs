//! Account statements: what a customer is told about their account, as open items or as the activity of a period.
//!
//! Both forms read what the aged receivables read, so their totals are the aging's totals of the same day. A statement
//! shows the customer's side only: money that is used on an invoice moves nothing between them and us, and what currencies
//! gained or lost is ours.

mod paper;

pub use paper::{MOST_AT_ONCE, pdf, pdfs};

use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::{
    items::{ItemKind, MovementKind},
    reports::{Aged, AgingBasis, Buckets, ReportRefusal},
    users::Permission,
};
use kernel::{Currency, CustomerId, Date, Money, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use store::{
    customers::CustomerRow,
    reports::items::{self, Cuts, LedgerMovement, Listing, Moment, Scope},
};
use uuid::Uuid;

/// Which statement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementRequest {
    pub customer: CustomerId,
    /// Today when left out; the last day of an activity statement.
    #[serde(default)]
    pub as_of: Option<Date>,
    #[serde(default)]
    pub known_at: Option<Timestamp>,
    /// The first day of an activity statement; without it the statement lists open items.
    #[serde(default)]
    pub from: Option<Date>,
    #[serde(default)]
    pub currency: Option<Currency>,
}

#[derive(Debug)]
pub struct AccountStatement {
    pub customer: CustomerRow,
    pub as_of: Date,
    /// Titles of the buckets of every section's aging.
    pub buckets: Vec<String>,
    pub form: StatementForm,
}

/// One section per currency.
#[derive(Debug)]
pub enum StatementForm {
    OpenItems(Vec<OpenSection>),
    Activity { from: Date, sections: Vec<ActivitySection> },
}

#[derive(Debug)]
pub struct OpenSection {
    pub currency: Currency,
    /// Oldest due first.
    pub items: Vec<StatementItem>,
    pub total: Money,
    pub aged: Aged,
}

#[derive(Debug)]
pub struct StatementItem {
    pub kind: ItemKind,
    pub document: Uuid,
    pub number: String,
    /// More than one when the document is paid in parts.
    pub instalment: i64,
    pub document_on: Date,
    pub due_on: Date,
    /// Negative for credit notes and payments.
    pub amount: Money,
    pub open: Money,
    /// None when nothing of it is overdue.
    pub days_overdue: Option<i64>,
}

#[derive(Debug)]
pub struct ActivitySection {
    pub currency: Currency,
    pub brought_forward: Money,
    pub lines: Vec<ActivityLine>,
    pub closing: Money,
    /// Of the last day.
    pub aged: Aged,
}

/// What changed the balance: positive when the customer owes more.
#[derive(Debug, PartialEq, Eq)]
pub struct ActivityLine {
    pub on: Date,
    pub document: Uuid,
    pub kind: ItemKind,
    pub what: MovementKind,
    pub number: String,
    pub amount: Money,
    pub balance: Money,
}

pub async fn show(app: &App, caller: &Caller, request: &StatementRequest) -> Result<AccountStatement> {
    let mut work = app.read(caller, Permission::Read).await?;
    statement(&mut work, request).await
}

pub(crate) async fn statement(work: &mut Work, request: &StatementRequest) -> Result<AccountStatement> {
    let company = work.company_id();
    let customer = store::customers::by_id(&mut work.tx, company, request.customer).await?;
    let customer = customer.ok_or(Error::NotFound("customer"))?;
    let as_of = request.as_of.unwrap_or(work.today);
    let known_at = request.known_at.unwrap_or(work.now);
    let moment = match request.known_at {
        None if as_of >= work.today => Moment::Now,
        _ => Moment::At { as_of, known_at },
    };
    let scope = Scope { moment, customers: Some(vec![customer.id]), currency: request.currency, kind: None };
    let buckets = Buckets::new(work.company.settings.aging_buckets.clone())?;
    let aged = aged(work, &scope, as_of, &buckets).await?;
    let form = match request.from {
        None => StatementForm::OpenItems(open_sections(work, &scope, as_of, aged).await?),
        Some(from) if from > as_of => return Err(ReportRefusal::FromAfterTo { from, to: as_of }.into()),
        Some(from) => {
            let sections = activity_sections(work, &scope, (from, as_of), known_at, aged).await?;
            StatementForm::Activity { from, sections }
        }
    };
    Ok(AccountStatement { customer, as_of, buckets: buckets.labels(AgingBasis::DueDate), form })
}

/// By due date, credits apart.
async fn aged(work: &mut Work, scope: &Scope, as_of: Date, buckets: &Buckets) -> Result<BTreeMap<Currency, Aged>> {
    let days = buckets.cut_offs(AgingBasis::DueDate, as_of);
    let cuts = Cuts { as_of, by_due_date: true, in_base: false, netted: false, days };
    let company = work.company_id();
    let sums = items::aged(&mut work.tx, company, scope, &cuts).await?;
    Ok(sums.into_iter().map(|sums| (sums.currency, sums.aged(false))).collect())
}

async fn open_sections(
    work: &mut Work,
    scope: &Scope,
    as_of: Date,
    mut aged: BTreeMap<Currency, Aged>,
) -> Result<Vec<OpenSection>> {
    let company = work.company_id();
    let rows = items::listed(&mut work.tx, company, scope, &Listing::default()).await?;
    let mut sections: BTreeMap<Currency, Vec<StatementItem>> = BTreeMap::new();
    for row in rows {
        let late = as_of.days_since(row.due_on);
        sections.entry(row.currency).or_default().push(StatementItem {
            kind: row.kind,
            document: row.document_id,
            number: row.number,
            instalment: row.instalment,
            document_on: row.document_on,
            due_on: row.due_on,
            amount: Money::new(row.amount_minor, row.currency),
            open: Money::new(row.open_minor, row.currency),
            days_overdue: (row.open_minor > 0 && late > 0).then_some(late),
        });
    }
    let section = |(currency, items): (Currency, Vec<StatementItem>)| OpenSection {
        currency,
        total: Money::new(items.iter().map(|item| item.open.minor()).sum(), currency),
        items,
        aged: aged.remove(&currency).unwrap_or_default(),
    };
    Ok(sections.into_iter().map(section).collect())
}

async fn activity_sections(
    work: &mut Work,
    scope: &Scope,
    (from, to): (Date, Date),
    known_at: Timestamp,
    mut aged: BTreeMap<Currency, Aged>,
) -> Result<Vec<ActivitySection>> {
    let company = work.company_id();
    let Some(&[customer]) = scope.customers.as_deref() else { return Ok(Vec::new()) };
    let wanted = |currency: Currency| scope.currency.is_none_or(|asked| asked == currency);
    let forward = items::brought_forward(&mut work.tx, company, customer, from, known_at).await?;
    let moved = items::movements_of_customer(&mut work.tx, company, customer, (from, to), known_at).await?;
    let mut sections: BTreeMap<Currency, (i64, Vec<LedgerMovement>)> = BTreeMap::new();
    for sum in forward.into_iter().filter(|sum| wanted(sum.currency) && sum.minor != 0) {
        sections.entry(sum.currency).or_default().0 = sum.minor;
    }
    for movement in moved.into_iter().filter(|movement| wanted(movement.currency)) {
        sections.entry(movement.currency).or_default().1.push(movement);
    }
    let section = |(currency, (forward, moved)): (Currency, (i64, Vec<LedgerMovement>))| {
        let lines = activity(forward, &moved);
        let brought_forward = Money::new(forward, currency);
        ActivitySection {
            currency,
            brought_forward,
            closing: lines.last().map_or(brought_forward, |line| line.balance),
            lines,
            aged: aged.remove(&currency).unwrap_or_default(),
        }
    };
    Ok(sections.into_iter().map(section).collect())
}

/// What changes the balance between the customer and us. Money used on an invoice takes from one item what it gives to
/// another: movements of one cause, kind and day are one line, and none when they cancel out.
fn activity(forward: i64, moved: &[LedgerMovement]) -> Vec<ActivityLine> {
    let mut shown: Vec<ActivityLine> = Vec::new();
    let mut places: HashMap<(Uuid, MovementKind, Date), usize> = HashMap::new();
    for movement in moved {
        let amount = Money::new(movement.amount_minor, movement.currency);
        let (on, what) = (movement.effective_on, movement.kind);
        let place = movement.cause_id.map(|cause| *places.entry((cause, what, on)).or_insert(shown.len()));
        let Some(line) = place.and_then(|place| shown.get_mut(place)) else {
            let (document, kind, number) = (movement.document_id, movement.item_kind, movement.number.clone());
            shown.push(ActivityLine { on, document, kind, what, number, amount, balance: amount });
            continue;
        };
        line.amount = Money::new(line.amount.minor() + movement.amount_minor, movement.currency);
        if movement.item_kind.is_debt() {
            (line.document, line.kind) = (movement.document_id, movement.item_kind);
            line.number.clone_from(&movement.number);
        }
    }
    let mut balance = forward;
    shown.retain(|line| !line.amount.is_zero());
    for line in &mut shown {
        balance += line.amount.minor();
        line.balance = Money::new(balance, line.amount.currency());
    }
    shown
}
