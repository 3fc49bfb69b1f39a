//! Approvals: a credit note, refund or write-off above the company's limit waits here for a second person.
//!
//! A use case asks `needed`, and instead of acting it stores what was asked with `request`. `grants` carries it out later
//! in one transaction with the decision; declining only says so.

pub use store::approvals::ApprovalRow;

use crate::{
    context::{App, Caller, Done, Event, Work, new_id},
    error::{Error, Result},
};
use domain::{
    approvals::{ApprovalKind, ApprovalRefusal, may_decide, needs_second_person},
    users::Permission,
};
use kernel::{ApprovalId, CustomerId, Money, OpenItemId, UserId};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use store::{
    Json,
    approvals::{self, Decision},
    cash, items,
};
use uuid::Uuid;

const MOST_WAITING: i64 = 500;

/// What was asked for is done, or waits for a second person.
#[derive(Debug, Clone)]
pub enum Outcome<T> {
    Done(T),
    Pending(ApprovalId),
}

/// Something that needs a second person.
pub(crate) struct Ask {
    pub kind: ApprovalKind,
    /// The open item or document that it is about.
    pub subject: Uuid,
    pub customer: CustomerId,
    pub money: Money,
    /// The document's number, for the sentence.
    pub number: String,
    /// What will be done when it is granted.
    pub request: Value,
}

/// Whether an amount in base currency is above the company's limit.
pub(crate) fn needed(work: &Work, base_minor: i64) -> bool {
    needs_second_person(base_minor, work.company.settings.approval_limit_minor)
}

/// Stores a request; the same one again is the one that waits.
pub(crate) async fn request(work: &mut Work, ask: Ask) -> Result<ApprovalId> {
    let Ask { kind, subject, customer, money, number, request } = ask;
    let company_id = work.company_id();
    let before = approvals::of_subject(&mut work.tx, company_id, subject).await?;
    if let Some(row) = before.into_iter().find(|row| row.kind == kind && row.decided_at.is_none()) {
        let same = row.request.0 == request && money_of(&row) == money;
        let waiting = money_of(&row);
        return if same { Ok(row.id) } else { Err(ApprovalRefusal::Waiting { kind, waiting }.into()) };
    }
    let id = new_id::<ApprovalId>();
    work.save(&[ApprovalRow {
        company_id,
        id,
        kind,
        subject_id: subject,
        customer_id: customer,
        currency: money.currency(),
        amount_minor: money.minor(),
        request: Json(request),
        requested_at: work.now,
        requested_by: work.actor.name(),
        requested_by_id: work.actor.person().map_or(Uuid::nil(), |person| person.0),
        decided_at: None,
        decided_by: None,
        granted: None,
        note: None,
    }]);
    work.record(Event {
        action: "approval.requested",
        subject_kind: "approval",
        subject_id: id.0,
        customer: Some(customer),
        summary: format!("A {} of {money} on {number} waits for approval", kind.phrase()),
        after: Some(json!({"kind": kind, "money": money, "subject": subject})),
        ..Event::default()
    });
    Ok(id)
}

/// What waits, the oldest first.
pub async fn waiting(app: &App, caller: &Caller) -> Result<Vec<ApprovalRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(approvals::waiting(&mut work.tx, company, MOST_WAITING).await?)
}

/// A request as somebody who decides needs to see it.
#[derive(Debug)]
pub struct Asked {
    pub row: ApprovalRow,
    pub customer_name: String,
    /// The open item that it is about; none for a credit note, which is about a document.
    pub item: Option<OpenItemId>,
    /// Of the item or the document.
    pub number: String,
    /// Why the caller cannot decide on it.
    pub refusal: Option<ApprovalRefusal>,
}

/// What waits, the oldest first, with whose it is and whether the caller may decide on it.
pub async fn waiting_for(app: &App, caller: &Caller) -> Result<Vec<Asked>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let rows = approvals::waiting(&mut work.tx, company, MOST_WAITING).await?;
    let (mut customers, mut subjects): (Vec<CustomerId>, Vec<OpenItemId>) =
        rows.iter().map(|row| (row.customer_id, OpenItemId(row.subject_id))).unzip();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    customers.sort();
    customers.dedup();
    subjects.sort();
    subjects.dedup();
    let names = cash::customer_names(&mut work.tx, company, &customers).await?;
    let names: HashMap<CustomerId, String> = names.into_iter().map(|row| (row.id, row.name)).collect();
    let items = items::by_ids(&mut work.tx, company, &subjects).await?;
    let mut numbers: HashMap<Uuid, String> = items.iter().map(|item| (item.id.0, item.number.clone())).collect();
    let items: HashSet<OpenItemId> = items.into_iter().map(|item| item.id).collect();
    let subjects: Vec<Uuid> = subjects.into_iter().map(|subject| subject.0).collect();
    numbers.extend(approvals::invoice_numbers(&mut work.tx, company, &subjects).await?);
    let asked = |row: ApprovalRow| {
        let requester = (!row.requested_by_id.is_nil()).then_some(UserId(row.requested_by_id));
        let item = OpenItemId(row.subject_id);
        Asked {
            customer_name: names.get(&row.customer_id).cloned().unwrap_or_default(),
            item: items.contains(&item).then_some(item),
            number: numbers.get(&row.subject_id).cloned().unwrap_or_default(),
            refusal: may_decide(row.kind, money_of(&row), requester, work.actor.person()).err(),
            row,
        }
    };
    Ok(rows.into_iter().map(asked).collect())
}

pub async fn show(app: &App, caller: &Caller, id: ApprovalId) -> Result<ApprovalRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    approvals::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("approval"))
}

/// Says no; what was asked for is never done.
pub async fn decline(app: &App, caller: &Caller, id: ApprovalId, note: Option<&str>) -> Result<Done> {
    let mut work = app.work(caller, Permission::Approve).await?;
    match decide(&mut work, id, false, note).await? {
        Some(_) => work.commit().await.map(|()| Done::Now),
        None => Ok(Done::Already),
    }
}

/// Marks a request as decided, for somebody who may; none when it had been decided this way before.
pub(crate) async fn decide(
    work: &mut Work,
    id: ApprovalId,
    granted: bool,
    note: Option<&str>,
) -> Result<Option<ApprovalRow>> {
    let company = work.company_id();
    let row = approvals::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("approval"))?;
    let (kind, money) = (row.kind, money_of(&row));
    let by = row.decided_by.clone().unwrap_or_default();
    match row.granted {
        Some(before) if before == granted => return Ok(None),
        Some(true) => return Err(ApprovalRefusal::Granted { kind, money, by }.into()),
        Some(false) => return Err(ApprovalRefusal::Declined { kind, money, by }.into()),
        None => {}
    }
    let requester = (!row.requested_by_id.is_nil()).then_some(UserId(row.requested_by_id));
    may_decide(kind, money, requester, work.actor.person())?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    let decision = Decision { at: work.now, by: work.actor.name(), granted, note };
    approvals::decide(&mut work.tx, company, id, decision).await?;
    let said = if granted { "approved" } else { "declined" };
    work.record(Event {
        action: if granted { "approval.granted" } else { "approval.declined" },
        subject_kind: "approval",
        subject_id: id.0,
        customer: Some(row.customer_id),
        summary: format!("The {} of {money} that {} asked for was {said}", kind.phrase(), row.requested_by),
        after: Some(json!({"granted": granted, "note": note})),
        ..Event::default()
    });
    Ok(Some(row))
}

fn money_of(row: &ApprovalRow) -> Money {
    Money::new(row.amount_minor, row.currency)
}
