//! The engine's facts: built from the database once, then kept up with by what moved since.
//!
//! Movements are append-only and their ids rise, so one query tells which items are new or changed. When lessons came
//! from elsewhere, or the book is old, it is built anew; both ways give the same answers.

use crate::{
    context::{App, Caller, Work, new_id},
    engines::{Kept, PayersStamp, Recent},
    error::{Error, Result},
};
use domain::{
    cash::DifferenceKind,
    desk::{Dial, DifferenceRule, PostingPolicy},
    items::ItemKind,
    users::Permission,
};
use kernel::{CompanyId, Date, Money, MovementId, Timestamp};
use matching::{
    Advice, AdviceLine, BankLine, Book, Customer, Decision, Discount, Engine, Learnt, OpenItem, Policy, Posted, Verdict,
};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use store::{
    bank::{AdviceRow, BankLineRow},
    desk::{
        self,
        facts::{self, ItemFacts, PayerFacts},
    },
};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// How long a settled item is still recognised when somebody names it again.
const SETTLED_DAYS: i64 = 180;
/// How far back earlier lines matter for repeats.
const REPEAT_DAYS: i64 = 75;
/// A transaction that began this much earlier may be committed later; looked for once a minute.
const OVERLAP_MILLIS: u64 = 300_000;
const LOOK_BACK_SECONDS: i64 = 60;
const OLDEST_SECONDS: i64 = 6 * 3_600;

/// The company's place, with an engine in it. A new one is made from a snapshot: in a transaction that writes, everybody
/// else would wait while a million items are read.
pub(super) async fn place(app: &App, company: CompanyId) -> Result<OwnedMutexGuard<Option<Kept>>> {
    let mut slot = app.engines.of(company).lock_owned().await;
    fill(app, company, &mut slot).await?;
    Ok(slot)
}

/// Makes the engine while somebody who can work the desk sees what waits there, so that the first line does not wait.
pub(super) fn make_ahead(app: &App, caller: &Caller) {
    let company = caller.company;
    if caller.may(Permission::AllocateCash).is_err() {
        return;
    }
    let Ok(mut slot) = app.engines.of(company).try_lock_owned() else { return };
    if is_young(app, slot.as_ref()) {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        // Whoever needs it makes it then, and says why it cannot be made.
        if let Err(error) = fill(&app, company, &mut slot).await {
            tracing::warn!(%error, "the matching engine could not be made ahead");
        }
    });
}

async fn fill(app: &App, company: CompanyId, slot: &mut Option<Kept>) -> Result<()> {
    if !is_young(app, slot.as_ref()) {
        let mut work = app.read(&Caller::system(company), Permission::Read).await?;
        *slot = Some(build(&mut work, app.now()).await?);
    }
    Ok(())
}

fn is_young(app: &App, kept: Option<&Kept>) -> bool {
    kept.is_some_and(|kept| kept.built_at.plus_seconds(OLDEST_SECONDS) > app.now())
}

/// The company's engine as of this transaction.
pub(super) async fn engine<'s>(app: &App, work: &mut Work, slot: &'s mut Option<Kept>) -> Result<&'s mut Kept> {
    let company = work.company_id();
    let lessons = desk::lessons(&mut work.tx, company).await?;
    let mut kept = match slot.take().filter(|kept| kept.lessons == lessons) {
        Some(kept) => kept,
        None => build(work, app.now()).await?,
    };
    let payers = payers_stamp(work).await?;
    if kept.payers != payers {
        kept.with_accounts = take_payers(work, &mut kept.engine.book).await?;
        kept.payers = payers;
    }
    let since = unread(work, &mut kept, app.now()).await?;
    let moved = facts::moved_items(&mut work.tx, company, since).await?;
    let last = facts::last_movement(&mut work.tx, company).await?;
    take_items(&mut kept.engine.book, &moved)?;
    kept.mark = last.unwrap_or(kept.mark);
    kept.engine.policy = engine_policy(&super::policy::current(work).await?.policy);
    Ok(slot.insert(kept))
}

/// Where what the engine has not read begins: behind its last movement, or earlier when one was committed late.
async fn unread(work: &mut Work, kept: &mut Kept, now: Timestamp) -> Result<MovementId> {
    let company = work.company_id();
    kept.recent.count += facts::movements_after(&mut work.tx, company, kept.mark).await?;
    if kept.recent.counted_at.plus_seconds(LOOK_BACK_SECONDS) >= now {
        return Ok(kept.mark);
    }
    let before = kept.recent;
    let is_late = facts::movements_after(&mut work.tx, company, before.from).await? != before.count;
    kept.recent = recent(work, kept.mark, now).await?;
    Ok(if is_late { before.from } else { kept.mark })
}

/// Whoever is at work now took the ids of his movements a short time ago at most, and may commit after everybody else.
async fn recent(work: &mut Work, mark: MovementId, counted_at: Timestamp) -> Result<Recent> {
    let millis = u64::try_from(new_id::<MovementId>().0.as_u128() >> 80).unwrap_or(0).saturating_sub(OVERLAP_MILLIS);
    let from = MovementId(Uuid::from_u128(u128::from(millis) << 80)).min(mark);
    let company = work.company_id();
    Ok(Recent { from, count: facts::movements_after(&mut work.tx, company, from).await?, counted_at })
}

async fn build(work: &mut Work, built_at: Timestamp) -> Result<Kept> {
    let (company, today) = (work.company_id(), work.today);
    let payers = payers_stamp(work).await?;
    let lessons = desk::lessons(&mut work.tx, company).await?;
    let mark = facts::last_movement(&mut work.tx, company).await?.unwrap_or(MovementId(Uuid::nil()));
    let recent = recent(work, mark, built_at).await?;
    let mut book = Book::default();
    let with_accounts = take_payers(work, &mut book).await?;
    take_items(&mut book, &facts::items(&mut work.tx, company, today.plus_days(-SETTLED_DAYS)).await?)?;
    let mut learnt = Learnt::default();
    for (posting,) in facts::postings_learnt(&mut work.tx, company).await? {
        let posted: Option<Posted> = serde_json::from_value(posting.0).map_err(Error::broken)?;
        if let Some(lesson) = posted.and_then(|posted| posted.lesson) {
            learnt.teach(&lesson);
        }
    }
    let mut engine = Engine::new(book, learnt, Policy::default());
    for line in facts::decided_lines(&mut work.tx, company, today.plus_days(-REPEAT_DAYS)).await? {
        see(&mut engine, &line);
    }
    Ok(Kept { engine, mark, payers, with_accounts, lessons, built_at, recent, waited_with: None })
}

/// Another one means other facts about payers.
async fn payers_stamp(work: &mut Work) -> Result<PayersStamp> {
    let company = work.company_id();
    let rows = facts::payers_stamp(&mut work.tx, company).await?;
    Ok(PayersStamp { rows, tolerance_minor: work.company.settings.small_difference_minor })
}

/// Tells the book of every payer, and answers with those that have accounts on file.
async fn take_payers(work: &mut Work, book: &mut Book) -> Result<HashSet<String>> {
    let (company, tolerance) = (work.company_id(), work.company.settings.small_difference_minor);
    let mut with_accounts = HashSet::new();
    for payer in facts::payers(&mut work.tx, company).await? {
        let customer = customer(payer, tolerance);
        if !customer.ibans.is_empty() {
            with_accounts.insert(customer.id.clone());
        }
        book.set_customer(customer);
    }
    Ok(with_accounts)
}

fn customer(row: PayerFacts, tolerance_minor: i64) -> Customer {
    let points = |value: Option<i64>| value.and_then(|points| u32::try_from(points).ok());
    let mut ibans = row.accounts.map(|accounts| accounts.0).unwrap_or_default();
    ibans.sort();
    Customer {
        id: row.id.to_string(),
        number: row.number,
        name: row.name,
        aliases: row.aliases.map(|aliases| aliases.0).unwrap_or_default(),
        ibans,
        parent: row.payer_id.or(row.parent_id).map(|id| id.to_string()),
        agreed_discount_basis_points: points(row.agreed_discount_basis_points),
        tolerance_minor: row.tolerance_minor.unwrap_or(tolerance_minor),
        withholding_basis_points: points(row.withholding_basis_points),
    }
}

fn take_items(book: &mut Book, rows: &[ItemFacts]) -> Result<()> {
    for row in rows {
        let id = row.id.to_string();
        if book.open_minor(&id).is_some() {
            book.set_open(&id, row.open_minor).map_err(Error::broken)?;
        } else if row.amount_minor != 0 {
            book.add_item(&item(row, id)).map_err(Error::broken)?;
        }
    }
    Ok(())
}

fn item(row: &ItemFacts, id: String) -> OpenItem {
    let first = row.discounts.as_ref().and_then(|steps| steps.0.first());
    let discount = first.and_then(|step| {
        let basis_points = (step.percent.decimal() * Decimal::ONE_HUNDRED).round().to_u32()?;
        (basis_points > 0).then_some(Discount { basis_points, until: step.until })
    });
    OpenItem {
        id,
        customer: row.customer_id.to_string(),
        number: row.number.clone(),
        po: row.po_number.clone(),
        kind: match row.kind {
            ItemKind::CreditNote => matching::ItemKind::CreditNote,
            ItemKind::DebitNote => matching::ItemKind::DebitNote,
            ItemKind::Invoice | ItemKind::Payment => matching::ItemKind::Invoice,
        },
        issued_on: row.document_on,
        due_on: row.due_on,
        total: Money::new(row.amount_minor, row.currency),
        open: Money::new(row.open_minor, row.currency),
        discount,
    }
}

/// A line in the engine's words.
pub(super) fn bank_line(row: &BankLineRow) -> BankLine {
    BankLine {
        id: row.id.to_string(),
        value_on: row.value_on,
        amount: Money::new(row.amount_minor, row.currency),
        instructed: row
            .instructed_minor
            .zip(row.instructed_currency)
            .map(|(minor, currency)| Money::new(minor, currency)),
        payer_name: row.payer_name.clone().unwrap_or_default(),
        payer_iban: row.payer_account.clone().unwrap_or_default(),
        text: row.text.clone(),
        structured_reference: row.structured_reference.clone(),
        bank_reference: row.bank_reference.clone(),
        charges_minor: row.charges_minor,
    }
}

/// The same in the currency that the payer sent, where the bank exchanged it.
fn as_sent(row: &BankLineRow) -> Option<BankLine> {
    let line = bank_line(row);
    let amount = line.instructed.filter(|sent| sent.currency() != row.currency && sent.minor() > 0)?;
    // The charges are told in the account's currency.
    Some(BankLine { amount, instructed: None, charges_minor: 0, ..line })
}

/// What the engine said, and of which money: what the account got, or what the payer sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Said {
    #[serde(flatten)]
    pub decision: Decision,
    #[serde(default)]
    pub as_sent: bool,
}

/// Asks about a line; where another currency was sent, the surer of the two answers counts.
pub(super) fn ask(engine: &Engine, row: &BankLineRow, advices: &[Advice]) -> Said {
    let decision = engine.decide(&bank_line(row), advices);
    let sent = as_sent(row).filter(|_| decision.verdict != Verdict::Auto).map(|line| engine.decide(&line, advices));
    let sure = |of: &Decision| of.proposals.first().map_or(0.0, |proposal| proposal.probability);
    match sent.filter(|sent| sure(sent) > sure(&decision)) {
        Some(decision) => Said { decision, as_sent: true },
        None => Said { decision, as_sent: false },
    }
}

/// Notes a line, so that a second one like it is recognised.
pub(super) fn see(engine: &mut Engine, row: &BankLineRow) {
    engine.remember(&bank_line(row));
    if let Some(sent) = as_sent(row) {
        engine.remember(&sent);
    }
}

/// Takes one `see` back, so that asking again does not take the line for a repeat of itself.
pub(super) fn unsee(engine: &mut Engine, row: &BankLineRow) {
    engine.forget(&bank_line(row));
    if let Some(sent) = as_sent(row) {
        engine.forget(&sent);
    }
}

/// The money of a line that an answer is about, and what the account got for it where that is another.
pub(super) fn sums(row: &BankLineRow, is_sent: bool) -> (Money, Option<Money>) {
    let got = money(row).0;
    match as_sent(row).filter(|_| is_sent) {
        Some(sent) => (sent.amount, Some(got)),
        None => (got, None),
    }
}

/// What payers announced, as far as it can be read.
pub(super) fn advice(row: &AdviceRow) -> Advice {
    let text = |line: &serde_json::Value, name: &str| line.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    let lines = row.lines.as_array().map_or(&[][..], Vec::as_slice).iter();
    let read = lines.filter_map(|line| {
        let other = || line.get("references")?.get(0)?.as_str().map(str::to_owned);
        let reference = text(line, "document").or_else(other)?;
        let paid = line.get("paid_minor").and_then(serde_json::Value::as_i64).unwrap_or(0);
        Some(AdviceLine { reference, paid: Money::new(paid, row.currency), reason: text(line, "reason") })
    });
    Advice {
        id: row.id.to_string(),
        customer: row.customer_id.map(|id| id.to_string()),
        total: Money::new(row.total_minor, row.currency),
        sent_on: row.sent_on,
        lines: read.collect(),
    }
}

/// The company's policy in the engine's words.
fn engine_policy(policy: &PostingPolicy) -> Policy {
    let dial = |dial: Dial| match dial {
        Dial::Off => matching::Dial::Off,
        Dial::Suggest => matching::Dial::Suggest,
        Dial::Auto => matching::Dial::Auto,
    };
    let limit = |kind: DifferenceKind| {
        let rule: &DifferenceRule = policy.differences.of(kind);
        matching::Limit {
            dial: dial(rule.dial),
            minor: rule.most_minor.unwrap_or(i64::MAX),
            basis_points: rule.most_basis_points.unwrap_or(10_000),
        }
    };
    let error = Decimal::new(policy.error_limit_ppm, 6);
    Policy {
        dial: dial(policy.dial),
        error_limit: error.to_f32().unwrap_or(0.0),
        duplicate_days: i32::try_from(policy.duplicate_days).unwrap_or(i32::MAX),
        bank_fee: limit(DifferenceKind::BankFee),
        discount_earned: limit(DifferenceKind::DiscountEarned),
        discount_unearned: limit(DifferenceKind::DiscountUnearned),
        deduction: limit(DifferenceKind::Deduction),
        withholding_tax: limit(DifferenceKind::WithholdingTax),
        rounding: limit(DifferenceKind::Rounding),
        exchange: limit(DifferenceKind::Exchange),
        overpayment: limit(DifferenceKind::Overpayment),
        part_payment: limit(DifferenceKind::PartPayment),
    }
}

/// A probability as parts of a million.
pub(super) fn ppm(probability: f32) -> i64 {
    let share = Decimal::from_f32_retain(probability).unwrap_or_default() * Decimal::from(1_000_000);
    share.round().to_i64().unwrap_or(0)
}

/// Lines whose payers are known by these accounts or names; for the safeguards.
pub(super) fn payer_keys(lines: &[BankLineRow]) -> (Vec<String>, Vec<String>) {
    let accounts: HashSet<String> = lines.iter().filter_map(|line| line.payer_account.clone()).collect();
    let unaccounted = lines.iter().filter(|line| line.payer_account.is_none());
    let names: HashSet<String> = unaccounted.filter_map(|line| line.payer_name.clone()).collect();
    (accounts.into_iter().collect(), names.into_iter().collect())
}

/// Money of a line, and the day.
pub(super) fn money(row: &BankLineRow) -> (Money, Date) {
    (Money::new(row.amount_minor, row.currency), row.value_on)
}
