//! Money that the bank took back: which payment it was, and what it paid is open again from the true day on.
//!
//! Only payments into the same account are looked at: those of just this sum, and those of the same payer that are less by
//! a fee, which is booked as the bank's. The end-to-end id speaks first, then the number of the payment in the text, then
//! the mandate and the payer's account; one candidate alone is an answer, two are none. A payment with another id, or for
//! another document than the text names, is not meant; when that leaves only those of which nothing is known, a person says
//! which it was. A payment that stands only since after the bank's day is reversed on its own first day. Undone, it is
//! recorded again as of today, with what it had paid as far as that is still open.

use super::{policy, posting::posted, safeguards::words};
use crate::{
    bank::due_at,
    catalogue::known_rate,
    context::{Event, Work, new_id},
    error::{Error, Result},
    payments::{self, RecordPayment, Recorded, reverse_within},
    settling::Settling,
};
use domain::{
    bank::{Exception, LineState},
    cash::{AllocationRequest, DifferenceKind, DiscountChoice, TypedDifference},
    desk::{DeskRefusal, Dial, MatchedBy, PostingPolicy},
    ledger::{AccountRole, EntryKind, JournalEntry, Posting},
};
use kernel::{BankMatchId, Currency, Date, EntryId, FxRate, Money, OpenItemId, PaymentId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use store::{
    Json,
    bank::BankLineRow,
    cash::{self, NamedAllocation},
    companies,
    desk::{self, LineChange, MatchRow, Returnable},
    invoices, items, ledger,
    payments::PaymentRow,
};

/// A direct debit that was never authorised comes back up to thirteen months later.
const DAYS: i64 = 400;
const MOST_CANDIDATES: i64 = 50;
const MOST_TEXT: usize = 200;

/// The payment that a line takes back, as a person says it.
#[derive(Debug, Clone)]
pub enum PaymentOf {
    Payment(PaymentId),
    Number(String),
}

pub(super) async fn meant(work: &mut Work, said: PaymentOf) -> Result<PaymentRow> {
    let company = work.company_id();
    match said {
        PaymentOf::Payment(id) => {
            store::payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))
        }
        PaymentOf::Number(number) => {
            let found = store::payments::by_number(&mut work.tx, company, number.trim()).await?;
            found.ok_or_else(|| DeskRefusal::NoSuchPayment(number.trim().to_owned()).into())
        }
    }
}

/// How much the bank may have taken beyond a payment.
fn most_fee(policy: &PostingPolicy) -> i64 {
    let rule = policy.differences.of(DifferenceKind::BankFee);
    if rule.dial == Dial::Off { 0 } else { rule.most_minor.unwrap_or(i64::MAX) }
}

/// Payments that this line may take back, the likeliest first.
pub(super) async fn candidates(work: &mut Work, line: &BankLineRow) -> Result<Vec<Returnable>> {
    let policy = policy::current(work).await?.policy;
    let days = (line.value_on.plus_days(-DAYS), day_of(work, line).await?);
    let taken = -line.amount_minor;
    let least = taken.saturating_sub(most_fee(&policy)).max(1);
    Ok(desk::returnable(&mut work.tx, line, (least, taken), days, MOST_CANDIDATES).await?)
}

/// The day on which the bank took the money back; after an undo not before that, because the payment stood until then.
async fn day_of(work: &mut Work, line: &BankLineRow) -> Result<Date> {
    let (company, zone) = (work.company_id(), work.company.time_zone.clone());
    let undone = desk::last_undone(&mut work.tx, company, &[line.id]).await?;
    let undone = undone.first().map(|(_, at)| at.date_in(&zone)).transpose().map_err(Error::broken)?;
    Ok(line.value_on.max(undone.unwrap_or(line.value_on)).min(work.today))
}

/// The payment that this line takes back, when no other can be meant. One that is less than the line is an answer where
/// the policy lets fees be posted without a person.
pub(super) async fn only_candidate(
    work: &mut Work,
    line: &BankLineRow,
    policy: &PostingPolicy,
) -> Result<Option<PaymentId>> {
    let all = candidates(work, line).await?;
    // A person says that a part of a payment was recalled.
    let (larger, mut all): (Vec<Returnable>, Vec<Returnable>) =
        all.into_iter().partition(|payment| payment.arrived_minor > -line.amount_minor);
    if larger.iter().any(|payment| ids(line, payment)[0] == Some(true) || is_named(line, payment)) {
        return Ok(None);
    }
    let is_told = all.iter().any(|payment| ids(line, payment).contains(&Some(true)) || is_named(line, payment));
    let before = all.len();
    all.retain(|payment| !ids(line, payment).contains(&Some(false)));
    // What the bank names is none of those that are known by their ids.
    if all.len() < before && !is_told {
        return Ok(None);
    }
    let others = for_other_documents(work, line, &all).await?;
    all.retain(|payment| !others.contains(&payment.id));
    let (exact, less): (Vec<Returnable>, Vec<Returnable>) =
        all.into_iter().partition(|payment| payment.arrived_minor == -line.amount_minor);
    let less = if policy.differences.of(DifferenceKind::BankFee).dial == Dial::Auto { less } else { Vec::new() };
    Ok(pick(line, &exact).or_else(|| pick(line, &less)).map(|found| found.id))
}

/// Those that paid other documents than the line names.
async fn for_other_documents(work: &mut Work, line: &BankLineRow, all: &[Returnable]) -> Result<HashSet<PaymentId>> {
    let company = work.company_id();
    let words: Vec<String> = words(&line.text).into_iter().collect();
    let named: HashSet<String> = invoices::numbers_among(&mut work.tx, company, &words).await?.into_iter().collect();
    let ids: Vec<PaymentId> = all.iter().map(|payment| payment.id).collect();
    if named.is_empty() || ids.is_empty() {
        return Ok(HashSet::new());
    }
    let paid = desk::documents_paid(&mut work.tx, company, &ids).await?;
    let meant: HashSet<PaymentId> =
        paid.iter().filter(|(_, number)| named.contains(number)).map(|(payment, _)| *payment).collect();
    Ok(paid.into_iter().map(|(payment, _)| payment).filter(|payment| !meant.contains(payment)).collect())
}

type Evidence = fn(&BankLineRow, &Returnable) -> bool;

fn pick<'c>(line: &BankLineRow, all: &'c [Returnable]) -> Option<&'c Returnable> {
    let kinds: [Evidence; 4] = [
        |line, payment| ids(line, payment)[0] == Some(true),
        is_named,
        |line, payment| ids(line, payment)[1..].contains(&Some(true)),
        |line, payment| same(&line.payer_account, &payment.payer_account) == Some(true),
    ];
    kinds.iter().find_map(|is_meant| {
        let mut meant = all.iter().filter(|payment| is_meant(line, payment));
        meant.next().filter(|_| meant.next().is_none())
    })
}

/// Whether end-to-end id, mandate and reference are the same, as far as both sides state them.
fn ids(line: &BankLineRow, payment: &Returnable) -> [Option<bool>; 3] {
    [
        same(&line.end_to_end_id, &payment.end_to_end_id),
        same(&line.mandate_id, &payment.mandate_id),
        same(&line.structured_reference, &payment.structured_reference),
    ]
}

/// The line says the number of the payment, or the payment was recorded with the line's end-to-end id.
fn is_named(line: &BankLineRow, payment: &Returnable) -> bool {
    let mut said = payment.reference.iter().flat_map(|text| text.split_whitespace());
    let id = said_of(&line.end_to_end_id);
    line.text.contains(&payment.number) || id.is_some_and(|id| said.any(|word| word == id))
}

fn said_of(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty() && *text != "NOTPROVIDED")
}

fn same(one: &Option<String>, other: &Option<String>) -> Option<bool> {
    said_of(one).zip(said_of(other)).map(|(one, other)| one == other)
}

/// What stays of a payment of which a part was recalled.
#[derive(Serialize, Deserialize)]
struct Rest {
    rest: Option<PaymentId>,
}

/// Reverses a payment with the day on which the bank took it back, books what it took beyond it, and closes the line. Of a
/// payment that was recalled in part the rest is recorded again with the same day, and pays what it can of what was paid.
pub(super) async fn reverse(work: &mut Work, line: &BankLineRow, row: PaymentRow, is_part: bool) -> Result<()> {
    let company = work.company_id();
    if row.currency != line.currency {
        let (number, currency) = (row.number.clone(), row.currency);
        return Err(DeskRefusal::OtherCurrency { number, currency }.into());
    }
    let left = row.amount_minor - row.fee_minor + line.amount_minor;
    let fee = if is_part && left > 0 { Money::zero(line.currency) } else { fee_of(work, line, &row).await? };
    check_account(work, line, &row).await?;
    let on = day_of(work, line).await?.max(first_day(work, &row).await?);
    let mut why = why(line);
    if on > line.value_on {
        why = format!("{why} (taken back on {}; {} stands as it does only since {on})", line.value_on, row.number);
    }
    reverse_within(work, row.id, on, &why).await?;
    if fee.minor() > 0 {
        charge(work, line, &row, (fee, on)).await?;
    }
    let rest = if left > 0 { Some(keep_rest(work, &row, (left + row.fee_minor, on)).await?) } else { None };
    let posted = posted(work, line);
    desk::change_line(&mut work.tx, line, posted).await?;
    work.save(&[MatchRow {
        company_id: company,
        id: new_id::<BankMatchId>(),
        line_id: line.id,
        decision_id: None,
        how: MatchedBy::Return,
        rank: None,
        payment_id: row.id,
        customer_id: row.customer_id,
        currency: line.currency,
        amount_minor: line.amount_minor,
        items: 0,
        promised_ppm: 0,
        posting: Json(json!(Rest { rest: rest.as_ref().map(|rest| rest.id) })),
        nettings: Json(json!([])),
        posted_at: work.now,
        posted_by: work.actor.name(),
        undone_at: None,
        undone_by: None,
        undo_reason: None,
        checked_at: None,
        checked_by: None,
        is_right: None,
    }]);
    let taken = match &rest {
        Some(rest) => format!("a part of {}, which stands as {},", row.number, rest.number),
        None => row.number.clone(),
    };
    let kept = if fee.minor() > 0 { format!(", with a fee of {fee}") } else { String::new() };
    work.record(Event {
        action: "bank_line.returned",
        subject_kind: "bank_line",
        subject_id: line.id.0,
        summary: format!("The bank took {taken} back on {}{kept}: {why}", line.value_on),
        after: Some(json!({"payment": row.id, "fee": fee})),
        ..Event::default()
    });
    Ok(())
}

async fn keep_rest(work: &mut Work, row: &PaymentRow, (minor, on): (i64, Date)) -> Result<Recorded> {
    work.flush().await?;
    let company = work.company_id();
    let taken = store::payments::by_id(&mut work.tx, company, row.id).await?.ok_or(Error::NotFound("payment"))?;
    let allocations = paid_before(work, &taken, minor).await?;
    let kept = PaymentRow { amount_minor: minor, ..taken };
    let rest = RecordPayment { received_on: on, ..again(work, &kept, allocations) };
    let recorded = payments::record_all(work, &[rest]).await?.into_iter().next().ok_or(Error::NotFound("payment"))?;
    work.flush().await?;
    Ok(recorded)
}

/// The day from which a payment stands as it does: it was posted again, or what it had paid was given back to it.
async fn first_day(work: &mut Work, row: &PaymentRow) -> Result<Date> {
    let company = work.company_id();
    let own = items::of_document(&mut work.tx, company, row.id.0).await?;
    let own = own.first().ok_or(Error::NotFound("open item"))?.id;
    let mut settling = Settling::open(work).await?;
    settling.load(work, &[own]).await?;
    Ok(row.received_on.max(settling.since(own)?))
}

async fn check_account(work: &mut Work, line: &BankLineRow, row: &PaymentRow) -> Result<()> {
    if row.bank_account_id == line.bank_account_id {
        return Ok(());
    }
    let company = work.company_id();
    let accounts = companies::bank_accounts(&mut work.tx, company).await?;
    let name = |id| {
        let found = accounts.iter().find(|account| account.id == id);
        found.map(|account| account.name.clone()).ok_or(Error::NotFound("bank account"))
    };
    let (left, came_to, number) = (name(line.bank_account_id)?, name(row.bank_account_id)?, row.number.clone());
    Err(DeskRefusal::OtherAccount { left, number, came_to }.into())
}

/// What the bank took beyond the payment.
async fn fee_of(work: &mut Work, line: &BankLineRow, row: &PaymentRow) -> Result<Money> {
    let money = |minor| Money::new(minor, line.currency);
    let (taken, paid) = (money(-line.amount_minor), money(row.amount_minor - row.fee_minor));
    let over = money(taken.minor() - paid.minor());
    if over.minor() < 0 {
        return Err(DeskRefusal::LessReturned { taken, number: row.number.clone(), paid }.into());
    }
    let limit = money(most_fee(&policy::current(work).await?.policy));
    if over.minor() > limit.minor() {
        return Err(DeskRefusal::FeeTooLarge { taken, number: row.number.clone(), paid, over, limit }.into());
    }
    Ok(over)
}

/// Dr fees, Cr bank with what the bank kept for taking a payment back.
async fn charge(work: &mut Work, line: &BankLineRow, row: &PaymentRow, (fee, on): (Money, Date)) -> Result<()> {
    let company = work.company_id();
    let accounts = companies::bank_accounts(&mut work.tx, company).await?;
    let bank = accounts.into_iter().find(|account| account.id == line.bank_account_id);
    let bank = bank.ok_or(Error::NotFound("bank account"))?.account;
    let rate = known_rate(work, fee.currency(), on).await?.unwrap_or(row.fx_rate);
    let base_minor = in_base(work, fee, rate)?;
    let mut settling = Settling::open(work).await?;
    let leg = |account, money, base_minor| Posting { account, money, base_minor };
    let fees = settling.books.account(AccountRole::BankFees)?;
    let postings = vec![leg(fees, fee, base_minor), leg(bank, fee.negated().map_err(Error::broken)?, -base_minor)];
    let text = format!("Bank fee for taking {} back", row.number);
    let entry = JournalEntry::new(EntryKind::BankCharge, line.id.0, text, on, postings)?;
    settling.post(work, &entry, None);
    settling.save(work).await
}

fn in_base(work: &Work, money: Money, rate: FxRate) -> Result<i64> {
    let base = work.company.currency;
    if money.currency() == base {
        return Ok(money.minor());
    }
    Ok(money.converted(rate, base).map_err(Error::broken)?.minor())
}

/// The bank did not take this payment back after all: it is recorded again as of today and pays what it had paid, as far
/// as that is still open; the fee is taken back, and the line waits.
pub(super) async fn undo(work: &mut Work, line: &BankLineRow, row: &MatchRow, why: &str) -> Result<()> {
    let company = work.company_id();
    let payment = store::payments::by_id(&mut work.tx, company, row.payment_id).await?;
    let payment = payment.ok_or(Error::NotFound("payment"))?;
    let rest: Option<Rest> = serde_json::from_value(row.posting.0.clone()).map_err(Error::broken)?;
    if let Some(id) = rest.and_then(|kept| kept.rest) {
        let rest = store::payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))?;
        if let Some(on) = rest.reversed_on {
            return Err(DeskRefusal::CameBack { number: rest.number, on }.into());
        }
        reverse_within(work, id, work.today, why).await?;
        work.flush().await?;
    }
    let allocations = paid_before(work, &payment, payment.amount_minor).await?;
    let recorded = payments::record_all(work, &[again(work, &payment, allocations)]).await?;
    let recorded = recorded.into_iter().next().ok_or(Error::NotFound("payment"))?;
    work.flush().await?;
    desk::move_matches(&mut work.tx, company, payment.id, recorded.id).await?;
    take_charge_back(work, line).await?;
    let (at, by) = (work.now, work.actor.name());
    desk::undo_match(&mut work.tx, row, at, &by, why).await?;
    let due_at = due_at(work, Exception::BankReturn).await?;
    let open = LineChange {
        state: LineState::Open,
        exception: Some(Exception::BankReturn),
        due_at: Some(due_at),
        posted_at: None,
        ..LineChange::of(line)
    };
    desk::change_line(&mut work.tx, line, open).await?;
    work.record(Event {
        action: "bank_line.undone",
        subject_kind: "bank_line",
        subject_id: line.id.0,
        customer: Some(row.customer_id),
        summary: format!(
            "{} was not taken back after all and stands again as {}: {why}",
            payment.number, recorded.number
        ),
        after: Some(json!({"match": row.id, "payment": recorded.id, "reason": why})),
        ..Event::default()
    });
    Ok(())
}

fn again(work: &Work, row: &PaymentRow, allocations: Vec<AllocationRequest>) -> RecordPayment {
    let money = |minor| Money::new(minor, row.currency);
    RecordPayment {
        customer: row.customer_id,
        method: row.method,
        received_on: work.today,
        money: money(row.amount_minor),
        fee: (row.fee_minor > 0).then(|| money(row.fee_minor)),
        bank_account: Some(row.bank_account_id),
        reference: row.reference.clone(),
        payer_name: row.payer_name.clone(),
        fx_rate: (row.currency != work.company.currency).then_some(row.fx_rate),
        external: None,
        allocations,
    }
}

/// What a payment had paid when it was taken back, as far as it is open again and that much money pays it.
async fn paid_before(work: &mut Work, payment: &PaymentRow, mut money: i64) -> Result<Vec<AllocationRequest>> {
    let company = work.company_id();
    let own = items::of_document(&mut work.tx, company, payment.id.0).await?;
    let own = own.first().ok_or(Error::NotFound("open item"))?.id;
    let all = cash::allocations_of(&mut work.tx, company, own).await?;
    let ended =
        all.into_iter().filter(|made| made.row.from_item_id == own && made.row.reversed_at == payment.reversed_at);
    let ended: Vec<NamedAllocation> = ended.collect();
    let reclaimed = items::reclaimed_of(&mut work.tx, company, own).await?;
    let ids: HashSet<OpenItemId> = ended.iter().map(|made| made.row.to_item_id).collect();
    let ids: Vec<OpenItemId> = ids.into_iter().collect();
    let debts = if ids.is_empty() { Vec::new() } else { items::by_ids(&mut work.tx, company, &ids).await? };
    let mut open: HashMap<OpenItemId, i64> = debts.iter().map(|debt| (debt.id, debt.open_minor)).collect();
    let policy = policy::current(work).await?.policy;
    let mut requests: Vec<AllocationRequest> = Vec::new();
    for made in &ended {
        let whole = made.row.to_minor + made.row.discount_minor + made.row.difference_minor;
        let left = open.get_mut(&made.row.to_item_id);
        // A debt takes one allocation of a payment; a second one of before stays on account.
        let Some(left) = left.filter(|left| **left >= whole) else { continue };
        if made.row.from_minor <= money {
            money -= made.row.from_minor;
            *left = 0;
            requests.push(as_before(made, &policy, payment.currency));
        } else if money > 0 && made.to_currency == payment.currency {
            requests.push(that_much(made.row.to_item_id, Money::new(money, payment.currency)));
            (*left, money) = (0, 0);
        }
    }
    // What was refunded need not be paid back either, then.
    let reclaimed = reclaimed.filter(|claim| claim.open_minor == claim.amount_minor);
    if let Some(claim) = reclaimed.filter(|_| money > 0) {
        requests.push(that_much(claim.id, Money::new(claim.open_minor.min(money), claim.currency)));
    }
    Ok(requests)
}

/// That much of a debt and no discount or difference.
fn that_much(to: OpenItemId, money: Money) -> AllocationRequest {
    let amount = Some(money);
    AllocationRequest {
        to,
        amount,
        from_amount: None,
        discount: DiscountChoice::None,
        settle_difference: false,
        typed: None,
    }
}

fn as_before(made: &NamedAllocation, policy: &PostingPolicy, currency: Currency) -> AllocationRequest {
    let row = &made.row;
    let money = |minor| Money::new(minor, made.to_currency);
    let typed = row.difference_kind.map(|kind| TypedDifference {
        kind,
        money: money(row.difference_minor),
        account: policy.differences.of(kind).account.clone(),
    });
    AllocationRequest {
        to: row.to_item_id,
        amount: Some(money(row.to_minor)),
        from_amount: (made.to_currency != currency).then(|| Money::new(row.from_minor, currency)),
        discount: match row.discount_minor {
            0 => DiscountChoice::None,
            minor => DiscountChoice::Exactly(money(minor)),
        },
        settle_difference: row.difference_minor != 0 && typed.is_none(),
        typed,
    }
}

/// The opposite of the bank's fee that this line brought, if it stands.
async fn take_charge_back(work: &mut Work, line: &BankLineRow) -> Result<()> {
    let (company, today) = (work.company_id(), work.today);
    let entries = ledger::entries_of(&mut work.tx, company, line.id.0).await?;
    let back: HashSet<EntryId> = entries.iter().filter_map(|entry| entry.reverses_id).collect();
    let stands = entries.iter().find(|entry| entry.kind == EntryKind::BankCharge && !back.contains(&entry.id));
    let Some(entry) = stands else { return Ok(()) };
    let mut settling = Settling::open(work).await?;
    settling.post_opposite(work, entry.id, EntryKind::BankChargeReversal, today.max(entry.effective_on)).await?;
    settling.save(work).await
}

fn why(line: &BankLineRow) -> String {
    let said = line.return_reason.as_deref().filter(|why| !why.trim().is_empty());
    let text = said.unwrap_or("the bank took it back");
    let end = (0..=text.len().min(MOST_TEXT)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}
