//! What pages of payments and open items share: using a credit on debts, taking that back, refunds and write-offs.
//!
//! `Cash` is the part of a page that says what became of an item and offers what can be done with it; the handlers of
//! both pages call `use_credit`, `refund` and `write_off` and show their own page again when one is refused.

use crate::{
    error::{PageResult, sentence_of},
    figures::{amount, money},
    form::Form,
    page::{Path, Query},
    server::Site,
    session::{Session, local_path},
    typed::Typed,
};
use app::{
    App, Error, FieldError,
    approvals::Outcome,
    cash::{self, AllocateCash, AllocationRequest, DiscountChoice, RefundRequest, WriteOffRequest},
    companies,
    items::{CustomersItem, NamedAllocation, OpenItemRow, RefundRow, WriteOffRow},
};
use axum::{Router, extract::State, response::IntoResponse as _, response::Response, routing::post};
use domain::{items::ItemKind, terms::DiscountStep, users::Permission};
use kernel::{AllocationId, Currency, CustomerId, Date, Money, OpenItemId, WriteOffId};
use serde::Deserialize;
use std::collections::HashMap;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/allocations/{id}/reversal", post(take_back))
        .route("/write-offs/{id}/reversal", post(bring_back))
}

/// What became of an item and what can be done with what is left of it.
pub(crate) struct Cash {
    /// The page's own address, under which its forms are sent.
    pub base: String,
    pub used: Vec<Used>,
    pub refunds: Vec<Refund>,
    pub write_offs: Vec<WriteOff>,
    /// What a credit can be used on.
    pub debts: Vec<Debt>,
    /// What is left, printed and as a plain number.
    pub left: String,
    pub left_plain: String,
    pub decimals: String,
    pub currency: Currency,
    pub may_allocate: bool,
    pub may_refund: bool,
    pub may_write_off: bool,
    pub can_take_back: bool,
    pub can_bring_back: bool,
    pub banks: Vec<(String, String)>,
    pub today: String,
}

/// One allocation, seen from one of its sides.
pub(crate) struct Used {
    pub other: String,
    pub href: String,
    pub on: String,
    pub amount: String,
    pub discount: String,
    pub difference: String,
    pub why: String,
    pub by: String,
    pub entry_href: String,
    /// When it was taken back; "" while it stands.
    pub undone: String,
    pub undone_href: String,
    pub dialog: String,
    pub undo_href: String,
}

pub(crate) struct Refund {
    pub number: String,
    pub on: String,
    pub amount: String,
    pub why: String,
    pub by: String,
    pub entry_href: String,
}

pub(crate) struct WriteOff {
    pub on: String,
    pub amount: String,
    pub why: String,
    pub by: String,
    pub entry_href: String,
    pub undone: bool,
    pub dialog: String,
    pub undo_href: String,
}

/// A row of the table in which a credit is used.
pub(crate) struct Debt {
    pub number: String,
    pub href: String,
    /// Whose it is, when it is not the payer's own.
    pub whose: String,
    pub due: String,
    pub is_overdue: bool,
    pub open: String,
    pub open_plain: String,
    pub currency: Currency,
    /// In the credit's currency, so that the remainder can be told while typing.
    pub counts: bool,
    pub discounts: Vec<String>,
    pub field: String,
    pub typed: String,
    pub error: String,
    pub settle: String,
    pub settles: bool,
}

/// What an action has to say when it is done.
pub(crate) struct Said {
    pub text: String,
    pub waits: bool,
    pub undo: String,
}

impl Said {
    pub(crate) fn go(self, session: &Session, to: &str) -> Response {
        let go = session.go(to);
        match (self.waits, self.undo.as_str()) {
            (true, _) => go.warning(self.text).into_response(),
            (false, "") => go.saying(self.text).into_response(),
            (false, undo) => go.saying(self.text).undo(undo).into_response(),
        }
    }
}

/// Everything that was recorded about an item.
pub(crate) struct History<'a> {
    pub allocations: &'a [NamedAllocation],
    pub refunds: &'a [RefundRow],
    pub write_offs: &'a [WriteOffRow],
}

impl Cash {
    pub(crate) async fn load(
        app: &App,
        session: &Session,
        item: &OpenItemRow,
        (base, history): (String, History<'_>),
        form: &Form<Typed>,
    ) -> PageResult<Self> {
        let (is_credit, is_open) = (item.open_minor < 0, item.open_minor != 0);
        let may = |permission| is_open && session.may(permission);
        let may_allocate = is_credit && may(Permission::AllocateCash);
        let debts = if may_allocate { cash::candidates(app, &session.caller, item.customer_id).await? } else { vec![] };
        let may_refund = is_credit && may(Permission::RefundMoney);
        let left = Money::new(item.open_minor.saturating_abs(), item.currency);
        let whom = (item.customer_id, item.currency);
        Ok(Self {
            used: history.allocations.iter().map(|row| used(row, item, &base)).collect(),
            refunds: history.refunds.iter().map(refund_row).collect(),
            write_offs: history.write_offs.iter().map(|row| write_off_row(row, item.currency, &base)).collect(),
            debts: debts.iter().map(|debt| debt_row(debt, whom, session.company.today, form)).collect(),
            left: money(left.minor(), item.currency),
            left_plain: left.to_decimal().to_string(),
            decimals: item.currency.exponent().to_string(),
            currency: item.currency,
            may_allocate,
            may_refund,
            may_write_off: may(Permission::WriteOff),
            can_take_back: session.may(Permission::AllocateCash),
            can_bring_back: session.may(Permission::WriteOff),
            banks: if may_refund { banks(app, session).await? } else { vec![] },
            today: session.company.today.to_string(),
            base,
        })
    }
}

/// The bank accounts to choose from: id and words.
pub(crate) async fn banks(app: &App, session: &Session) -> PageResult<Vec<(String, String)>> {
    let rows = companies::bank_accounts(app, &session.caller).await?;
    let usable = rows.into_iter().filter(|bank| bank.archived_at.is_none());
    Ok(usable.map(|bank| (bank.id.to_string(), format!("{} ({})", bank.name, bank.currency))).collect())
}

fn used(named: &NamedAllocation, item: &OpenItemRow, base: &str) -> Used {
    let row = &named.row;
    let gives = row.from_item_id == item.id;
    let (other, other_id) =
        if gives { (&named.to_number, row.to_item_id) } else { (&named.from_number, row.from_item_id) };
    let some = |minor: i64| if minor == 0 { String::new() } else { amount(minor, named.to_currency) };
    let taken = money(row.to_minor, named.to_currency);
    let amount = match named.from_currency == named.to_currency {
        true => taken,
        false => format!("{} for {taken}", money(row.from_minor, named.from_currency)),
    };
    Used {
        other: other.clone(),
        href: format!("/open-items/{other_id}"),
        on: row.effective_on.to_string(),
        amount,
        discount: some(row.discount_minor),
        difference: some(row.difference_minor),
        why: row.explanation.clone(),
        by: row.recorded_by.clone(),
        entry_href: format!("/ledger/{}", row.entry_id),
        undone: row.reversed_on.map(|on| on.to_string()).unwrap_or_default(),
        undone_href: row.reversal_entry_id.map(|id| format!("/ledger/{id}")).unwrap_or_default(),
        dialog: format!("undo-{}", row.id),
        undo_href: format!("/allocations/{}/reversal?back={base}", row.id),
    }
}

fn refund_row(row: &RefundRow) -> Refund {
    Refund {
        number: row.number.clone(),
        on: row.refunded_on.to_string(),
        amount: money(row.amount_minor, row.currency),
        why: row.reason.clone(),
        by: row.recorded_by.clone(),
        entry_href: format!("/ledger/{}", row.entry_id),
    }
}

fn write_off_row(row: &WriteOffRow, currency: Currency, base: &str) -> WriteOff {
    WriteOff {
        on: row.effective_on.to_string(),
        amount: money(row.amount_minor, currency),
        why: row.reason.clone(),
        by: row.recorded_by.clone(),
        entry_href: format!("/ledger/{}", row.entry_id),
        undone: row.reversed_at.is_some(),
        dialog: format!("undo-{}", row.id),
        undo_href: format!("/write-offs/{}/reversal?back={base}", row.id),
    }
}

/// One debt as the payer `whose` sees it, with what was typed for it.
pub(crate) fn debt_row(
    debt: &CustomersItem,
    (payer, currency): (CustomerId, Currency),
    today: Date,
    form: &Form<Typed>,
) -> Debt {
    let item = &debt.item;
    let (field, settle) = (format!("amount[{}]", item.id), format!("settle[{}]", item.id));
    Debt {
        number: item.number.clone(),
        href: format!("/open-items/{}", item.id),
        whose: if item.customer_id == payer { String::new() } else { debt.customer_name.clone() },
        due: item.due_on.to_string(),
        is_overdue: item.due_on < today,
        open: amount(item.open_minor, item.currency),
        open_plain: Money::new(item.open_minor, item.currency).to_decimal().to_string(),
        currency: item.currency,
        counts: item.currency == currency,
        discounts: discounts(item),
        typed: form.get(&field).to_owned(),
        error: form.error(&field).to_owned(),
        settles: form.has(&settle),
        field,
        settle,
    }
}

/// The early-payment steps of an item in words.
pub(crate) fn discounts(item: &OpenItemRow) -> Vec<String> {
    let words = |step: &DiscountStep| {
        let taken = amount(step.amount.minor(), step.amount.currency());
        format!("{} % ({taken}) until {}", step.percent, step.until)
    };
    item.discounts.as_ref().map(|steps| steps.0.iter().map(words).collect()).unwrap_or_default()
}

/// What was typed into the table of debts; an amount of nothing is left out. An item that is no longer open is asked for
/// all the same, in `usual` currency: the use case knows whether the form was sent before, or what became of the item.
pub(crate) fn typed_lines(
    form: &Typed,
    (debts, usual): (&[CustomersItem], Currency),
    wrong: &mut Vec<FieldError>,
) -> Vec<AllocationRequest> {
    let currencies: HashMap<OpenItemId, Currency> =
        debts.iter().map(|debt| (debt.item.id, debt.item.currency)).collect();
    let mut lines = Vec::new();
    for (id, _) in form.of_group("amount").filter(|(_, text)| !text.is_empty()) {
        let Ok(to) = id.parse::<OpenItemId>() else { continue };
        let currency = currencies.get(&to).copied().unwrap_or(usual);
        let typed = form.money(wrong, &format!("amount[{id}]"), currency);
        if let Some(amount) = typed.filter(|amount| !amount.is_zero()) {
            let settle_difference = form.has(&format!("settle[{id}]"));
            let discount = DiscountChoice::Automatic;
            lines.push(AllocationRequest {
                amount: Some(amount),
                discount,
                settle_difference,
                ..AllocationRequest::of(to)
            });
        }
    }
    lines
}

pub(crate) async fn use_credit(app: &App, session: &Session, item: &OpenItemRow, form: &Typed) -> app::Result<Said> {
    session.caller.may(Permission::AllocateCash)?;
    let debts = cash::candidates(app, &session.caller, item.customer_id).await?;
    let mut wrong = Vec::new();
    let lines = typed_lines(form, (&debts, item.currency), &mut wrong);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    if lines.is_empty() {
        return Err(Error::refused("type an amount beside at least one open item"));
    }
    let made = cash::allocate(app, &session.caller, AllocateCash { from: item.id, on: None, lines }).await?;
    let taken: i64 = made.iter().map(|row| row.from_minor).sum();
    let (taken, left) = (money(taken, item.currency), money(-item.open_minor - taken, item.currency));
    let base = if item.kind == ItemKind::Payment { "/payments" } else { "/open-items" };
    let id = if item.kind == ItemKind::Payment { item.document_id.to_string() } else { item.id.to_string() };
    let undo = match made.as_slice() {
        [only] => format!("/allocations/{}/reversal?back={base}/{id}", only.id),
        _ => String::new(),
    };
    let text = format!("{taken} of {} were used; {left} are left.", item.number);
    Ok(Said { text, waits: false, undo })
}

pub(crate) async fn refund(app: &App, session: &Session, item: &OpenItemRow, form: &Typed) -> app::Result<Said> {
    session.caller.may(Permission::RefundMoney)?;
    let mut wrong = Vec::new();
    let asked = RefundRequest {
        item: item.id,
        amount: form.money(&mut wrong, "refund_amount", item.currency),
        bank_account: form.read(&mut wrong, "refund_bank_account"),
        reason: form.get("refund_reason").to_owned(),
        on: form.read(&mut wrong, "refund_on"),
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    match cash::refund(app, &session.caller, asked).await.map_err(|error| of_form(error, "refund_"))? {
        Outcome::Done(row) => {
            let text =
                format!("{} of {} were refunded ({}).", money(row.amount_minor, row.currency), item.number, row.number);
            Ok(Said { text, waits: false, undo: String::new() })
        }
        Outcome::Pending(_) => Ok(waits("refund", &item.number)),
    }
}

pub(crate) async fn write_off(app: &App, session: &Session, item: &OpenItemRow, form: &Typed) -> app::Result<Said> {
    session.caller.may(Permission::WriteOff)?;
    let mut wrong = Vec::new();
    let asked = WriteOffRequest {
        item: item.id,
        amount: form.money(&mut wrong, "write_off_amount", item.currency),
        reason: form.get("write_off_reason").to_owned(),
        on: form.read(&mut wrong, "write_off_on"),
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    match cash::write_off(app, &session.caller, asked).await.map_err(|error| of_form(error, "write_off_"))? {
        Outcome::Done(row) => {
            let text = format!("{} of {} were written off.", money(row.amount_minor, item.currency), item.number);
            Ok(Said {
                text,
                waits: false,
                undo: format!("/write-offs/{}/reversal?back=/open-items/{}", row.id, item.id),
            })
        }
        Outcome::Pending(_) => Ok(waits("write-off", &item.number)),
    }
}

fn waits(what: &str, number: &str) -> Said {
    let text = format!("The {what} on {number} is above the limit and waits for a second person under Approvals.");
    Said { text, waits: true, undo: String::new() }
}

/// A page has several forms; a wrong field is named as its own form names it.
pub(crate) fn of_form(error: Error, form: &str) -> Error {
    error.with_fields(|field| format!("{form}{field}"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Back {
    back: String,
}

/// Why something is taken back; the button of a message does not ask.
fn why(form: &Typed) -> &str {
    if form.has("reason") { form.get("reason") } else { "taken back at once" }
}

async fn take_back(
    State(app): State<App>,
    session: Session,
    Path(id): Path<AllocationId>,
    Query(to): Query<Back>,
    form: Form<Typed>,
) -> PageResult {
    let done = cash::unallocate(&app, &session.caller, id, why(&form)).await;
    gone_back(&session, &to, done, "The allocation was taken back; both sides are open again.")
}

async fn bring_back(
    State(app): State<App>,
    session: Session,
    Path(id): Path<WriteOffId>,
    Query(to): Query<Back>,
    form: Form<Typed>,
) -> PageResult {
    let done = cash::reverse_write_off(&app, &session.caller, id, why(&form)).await;
    gone_back(&session, &to, done, "The write-off was taken back; the item is open again.")
}

/// Back to the page it was asked on, with what came of it.
fn gone_back(session: &Session, to: &Back, done: app::Result<app::Done>, said: &str) -> PageResult {
    let go = session.go(local_path(&to.back));
    match done {
        Ok(app::Done::Now) => Ok(go.saying(said).into_response()),
        Ok(app::Done::Already) => Ok(go.saying("This was taken back before.").into_response()),
        Err(error @ (Error::Refused(_) | Error::Conflict(_) | Error::Stale | Error::Invalid(_))) => {
            Ok(go.warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
