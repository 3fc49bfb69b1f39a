//! Cash application: using payments and credit notes on debts and taking that back, refunds and write-offs.
//!
//! Nothing here is ever deleted: taking back is a reversal that takes effect the day it is done, so that past reports
//! stay what they were. Refunds and write-offs above the company's limit wait for a second person (`approvals`).

pub use domain::cash::{AllocationRequest, DiscountChoice};
pub use store::cash::AllocationRow;

use crate::{
    approvals::{self, Ask, Outcome},
    companies::Numbers,
    context::{App, Caller, Done, Event, Work, new_id},
    error::{Error, Result},
    settling::{Move, NO_ITEM, Settling, reason, standing, subject_kind},
};
use domain::{
    approvals::ApprovalKind,
    cash::{CashRefusal, Part, effective_day, part, refund_postings, write_off_postings},
    companies::Series,
    items::MovementKind,
    ledger::{AccountRole, EntryKind, JournalEntry},
    users::Permission,
};
use kernel::{AllocationId, BankAccountId, CustomerId, Date, Money, OpenItemId, RefundId, WriteOffId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    cash::{self, RefundRow, Undone, WriteOffRow},
    companies::BankAccountRow,
    desk::cases,
    items::{CustomersItem, OpenItemRow},
};

const MOST_CANDIDATES: i64 = 1_000;

/// Uses one credit on one or more debts.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocateCash {
    /// A payment's or credit note's item.
    pub from: OpenItemId,
    /// The credit's own day when left out, or the first day after it on which both sides can take part.
    #[serde(default)]
    pub on: Option<Date>,
    pub lines: Vec<AllocationRequest>,
}

/// Gives money back.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// A payment's or credit note's item.
    pub item: OpenItemId,
    /// All that is left when left out.
    #[serde(default)]
    pub amount: Option<Money>,
    #[serde(default)]
    pub bank_account: Option<BankAccountId>,
    pub reason: String,
    /// Today when left out.
    #[serde(default)]
    pub on: Option<Date>,
}

/// Gives a debt up, or a few cents of a credit.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteOffRequest {
    pub item: OpenItemId,
    /// All that is open when left out.
    #[serde(default)]
    pub amount: Option<Money>,
    pub reason: String,
    /// Today when left out.
    #[serde(default)]
    pub on: Option<Date>,
}

/// What a payment or credit note can be used on: the customer's debts, its group's, and those it is the payer of.
pub async fn candidates(app: &App, caller: &Caller, customer: CustomerId) -> Result<Vec<CustomersItem>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(cash::candidates(&mut work.tx, company, customer, MOST_CANDIDATES).await?)
}

pub async fn allocate(app: &App, caller: &Caller, asked: AllocateCash) -> Result<Vec<AllocationRow>> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    if asked.lines.is_empty() {
        return Err(Error::field("lines", "name at least one open item to pay"));
    }
    let mut settling = Settling::open(&mut work).await?;
    named(settling.load(&mut work, &[asked.from]).await, "from")?;
    settling.load_debts(&mut work, &asked.lines).await?;
    let made = settling.allocate(&mut work, asked.from, asked.on, &asked.lines).await;
    let rows = made.map_err(|error| error.with_fields(|field| field.replacen("allocations", "lines", 1)))?;
    settling.save(&mut work).await?;
    work.commit().await?;
    Ok(rows)
}

/// An item that a request names in one of its fields and that does not exist is that field's fault.
fn named<T>(found: Result<T>, field: &str) -> Result<T> {
    found.map_err(|error| if matches!(error, Error::NotFound(_)) { Error::field(field, NO_ITEM) } else { error })
}

/// Takes an allocation back, from today on.
pub async fn unallocate(app: &App, caller: &Caller, id: AllocationId, why: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let (company, today, why) = (work.company_id(), work.today, reason(why)?);
    let row = cash::allocation(&mut work.tx, company, id).await?.ok_or(Error::NotFound("allocation"))?;
    if row.reversed_at.is_some() {
        return Ok(Done::Already);
    }
    let mut settling = Settling::open(&mut work).await?;
    settling.undo(&mut work, std::slice::from_ref(&row), today).await?;
    let (credit, debt) = (settling.item(row.from_item_id)?.clone(), settling.item(row.to_item_id)?.clone());
    let mut customers = vec![credit.customer_id, debt.customer_id];
    customers.dedup();
    for customer in customers {
        let money = Money::new(row.to_minor, debt.currency);
        work.record(Event {
            action: "cash.unallocated",
            subject_kind: subject_kind(&credit),
            subject_id: credit.document_id,
            customer: Some(customer),
            summary: format!("{} was taken back from {} ({money}): {why}", credit.number, debt.number),
            after: Some(json!({"allocation": id, "reason": why})),
            ..Event::default()
        });
    }
    settling.save(&mut work).await?;
    work.commit().await?;
    Ok(Done::Now)
}

pub async fn refund(app: &App, caller: &Caller, asked: RefundRequest) -> Result<Outcome<RefundRow>> {
    let mut work = app.work(caller, Permission::RefundMoney).await?;
    let plan = plan_refund(&mut work, &asked).await?;
    let company = work.company_id();
    let before = cash::refunds_of(&mut work.tx, company, asked.item).await?;
    let before = before.iter().map(|row| row.amount_minor).sum();
    let outcome = if plan.what.is_above_limit(&work, before) {
        let asked = RefundRequest { amount: Some(plan.what.part.money), on: Some(plan.what.on), ..asked };
        Outcome::Pending(plan.what.ask(&mut work, ApprovalKind::Refund, to_json(&asked)?).await?)
    } else {
        let by = work.actor.name();
        Outcome::Done(plan.carry_out(&mut work, &asked, by).await?)
    };
    work.commit().await?;
    Ok(outcome)
}

pub async fn write_off(app: &App, caller: &Caller, asked: WriteOffRequest) -> Result<Outcome<WriteOffRow>> {
    let mut work = app.work(caller, Permission::WriteOff).await?;
    let plan = plan_write_off(&mut work, &asked).await?;
    let company = work.company_id();
    let before = cash::written_off_of_document(&mut work.tx, company, plan.item.document_id).await?;
    let outcome = if plan.is_above_limit(&work, before) {
        let asked = WriteOffRequest { amount: Some(plan.part.money), on: Some(plan.on), ..asked };
        Outcome::Pending(plan.ask(&mut work, ApprovalKind::WriteOff, to_json(&asked)?).await?)
    } else {
        let by = work.actor.name();
        Outcome::Done(plan.carry_out(&mut work, &asked, by).await?)
    };
    work.commit().await?;
    Ok(outcome)
}

/// Brings a written-off debt back, from today on: somebody paid after all.
pub async fn reverse_write_off(app: &App, caller: &Caller, id: WriteOffId, why: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::WriteOff).await?;
    let (company, why) = (work.company_id(), reason(why)?);
    let row = cash::write_off(&mut work.tx, company, id).await?.ok_or(Error::NotFound("write-off"))?;
    if row.reversed_at.is_some() {
        return Ok(Done::Already);
    }
    let mut settling = Settling::open(&mut work).await?;
    settling.load(&mut work, &[row.item_id]).await?;
    let on = work.today.max(row.effective_on);
    let entry = settling.post_opposite(&mut work, row.entry_id, EntryKind::WriteOffReversal, on).await?;
    settling.shift_back(&mut work, id.0, on, entry).await?;
    cash::undo_write_off(&mut work.tx, company, id, Undone { on, at: work.now, by: work.actor.name(), entry }).await?;
    let item = settling.item(row.item_id)?;
    let money = Money::new(row.amount_minor, item.currency);
    tell(&mut work, item, "write_off.reversed", format!("{money} of {} are open again: {why}", item.number));
    settling.save(&mut work).await?;
    work.commit().await?;
    Ok(Done::Now)
}

/// A part of an item that is about to leave it, checked.
pub(crate) struct Plan {
    settling: Settling,
    item: OpenItemRow,
    part: Part,
    on: Date,
}

/// A refund that was checked, with the bank account it leaves.
pub(crate) struct RefundPlan {
    what: Plan,
    bank: BankAccountRow,
    /// What leaves the bank, in base currency at the day's rate.
    paid_base_minor: i64,
}

async fn plan(work: &mut Work, id: OpenItemId, amount: Option<Money>, on: Option<Date>) -> Result<Plan> {
    let mut settling = Settling::open(work).await?;
    named(settling.load(work, &[id]).await, "item")?;
    let item = settling.item(id)?.clone();
    let part = part(&standing(&item), amount)?;
    let side = (item.number.as_str(), settling.since(id)?);
    let on = effective_day(on, work.today, [side, side], work.today)?;
    Ok(Plan { settling, item, part, on })
}

pub(crate) async fn plan_refund(work: &mut Work, asked: &RefundRequest) -> Result<RefundPlan> {
    reason(&asked.reason)?;
    let plan = plan(work, asked.item, asked.amount, asked.on).await?;
    if plan.item.open_minor > 0 {
        return Err(CashRefusal::NotCredit(plan.item.number).into());
    }
    let (company, payment) = (work.company_id(), plan.item.document_id);
    if let Some((why,)) = cases::overpaid(&mut work.tx, company, payment).await? {
        return Err(CashRefusal::Unchecked { number: plan.item.number, why }.into());
    }
    let money = plan.part.money;
    let bank = crate::settling::bank_account(work, asked.bank_account, money.currency()).await?;
    let Some(rate) = crate::catalogue::known_rate(work, money.currency(), plan.on).await? else {
        return Err(Error::refused(CashRefusal::NoDayRate { currency: money.currency(), on: plan.on }));
    };
    let base = work.company.currency;
    let paid_base_minor = if money.currency() == base { money } else { money.converted(rate, base)? }.minor();
    Ok(RefundPlan { what: plan, bank, paid_base_minor })
}

/// A debt of any size, or a credit as small as a small difference: the rest is the customer's money.
pub(crate) async fn plan_write_off(work: &mut Work, asked: &WriteOffRequest) -> Result<Plan> {
    reason(&asked.reason)?;
    let plan = plan(work, asked.item, asked.amount, asked.on).await?;
    let asked = plan.part.money;
    let limit = Money::new(work.company.settings.small_difference_minor, asked.currency());
    if plan.item.open_minor < 0 && asked.minor() > limit.minor() {
        return Err(CashRefusal::CreditTooLarge { number: plan.item.number, asked, limit }.into());
    }
    Ok(plan)
}

impl Plan {
    /// Together with what left the document this way before, so that a large sum cannot pass in slices.
    fn is_above_limit(&self, work: &Work, before_minor: i64) -> bool {
        let item = &self.item;
        let whole = before_minor.saturating_add(self.part.money.minor()).saturating_mul(item.amount_minor.signum());
        approvals::needed(work, domain::items::base_share(whole, item.amount_minor, item.base_minor))
    }

    async fn ask(&self, work: &mut Work, kind: ApprovalKind, request: Value) -> Result<kernel::ApprovalId> {
        let ask = Ask {
            kind,
            subject: self.item.id.0,
            customer: self.item.customer_id,
            money: self.part.money,
            number: self.item.number.clone(),
            request,
        };
        approvals::request(work, ask).await
    }

    pub(crate) async fn carry_out(self, work: &mut Work, asked: &WriteOffRequest, by: String) -> Result<WriteOffRow> {
        let Self { mut settling, item, part, on } = self;
        let (id, is_debt) = (new_id::<WriteOffId>(), item.open_minor > 0);
        let loss = settling.books.account(if is_debt { AccountRole::BadDebt } else { AccountRole::Differences })?;
        let postings = write_off_postings(part, is_debt, &settling.books.account(item.kind.control())?, &loss);
        let description = format!("Write-off of {}", item.number);
        let entry = JournalEntry::new(EntryKind::WriteOff, id.0, description, on, postings)?;
        let entry_id = settling.post(work, &entry, None);
        settling.shift(work, leaving(&item, part, (MovementKind::WrittenOff, on), entry_id, id.0))?;
        let row = WriteOffRow {
            company_id: work.company_id(),
            id,
            item_id: item.id,
            amount_minor: part.money.minor(),
            reason: reason(&asked.reason)?,
            effective_on: on,
            recorded_at: work.now,
            recorded_by: by,
            entry_id,
            reversed_at: None,
            reversed_by: None,
            reversal_entry_id: None,
        };
        settling.save(work).await?;
        work.save(std::slice::from_ref(&row));
        let summary = format!("{} of {} were written off: {}", part.money, item.number, row.reason);
        tell(work, &item, "item.written_off", summary);
        Ok(row)
    }
}

impl RefundPlan {
    pub(crate) async fn carry_out(self, work: &mut Work, asked: &RefundRequest, by: String) -> Result<RefundRow> {
        let Self { what: Plan { mut settling, item, part, on }, bank, paid_base_minor } = self;
        let id = new_id::<RefundId>();
        let mut numbers = Numbers::take(work, Series::Refund, on, 1).await?;
        let year = numbers.year;
        let (number, sequence) = numbers.next();
        let control = settling.books.account(item.kind.control())?;
        let fx_result = settling.books.account(AccountRole::FxResult)?;
        let postings = refund_postings(part, paid_base_minor, &control, &bank.account, &fx_result);
        let description = format!("{number}, {}", item.number);
        let entry = JournalEntry::new(EntryKind::Refund, id.0, description, on, postings)?;
        let entry_id = settling.post(work, &entry, None);
        settling.shift(work, leaving(&item, part, (MovementKind::Refunded, on), entry_id, id.0))?;
        let row = RefundRow {
            company_id: work.company_id(),
            id,
            number,
            year,
            sequence,
            customer_id: item.customer_id,
            item_id: item.id,
            currency: item.currency,
            amount_minor: part.money.minor(),
            bank_account_id: bank.id,
            reason: reason(&asked.reason)?,
            refunded_on: on,
            recorded_at: work.now,
            recorded_by: by,
            entry_id,
        };
        settling.save(work).await?;
        work.save(std::slice::from_ref(&row));
        let summary = format!("{} of {} were refunded ({}): {}", part.money, item.number, row.number, row.reason);
        tell(work, &item, "item.refunded", summary);
        work.send("refund.recorded", id.0, json!({"number": row.number, "money": part.money, "item": item.number}));
        Ok(row)
    }
}

/// A part that brings its item nearer to zero.
fn leaving(
    item: &OpenItemRow,
    part: Part,
    (kind, on): (MovementKind, Date),
    entry: kernel::EntryId,
    cause: uuid::Uuid,
) -> Move {
    let sign = -item.open_minor.signum();
    let (amount_minor, base_minor) = (part.money.minor() * sign, part.base_minor * sign);
    Move { item: item.id, kind, on, amount_minor, base_minor, entry, cause: Some(cause) }
}

fn tell(work: &mut Work, item: &OpenItemRow, action: &'static str, summary: String) {
    work.record(Event {
        action,
        subject_kind: subject_kind(item),
        subject_id: item.document_id,
        customer: Some(item.customer_id),
        summary,
        ..Event::default()
    });
}

fn to_json(request: &impl Serialize) -> Result<Value> {
    serde_json::to_value(request).map_err(Error::broken)
}
