//! Money that the bank took back: which payment it was, and what it paid is open again from the true day on.
//!
//! Only a payment of just this sum into the same account is looked at. The end-to-end id speaks first, then the number of
//! the payment in the text, then the mandate and the payer's account; one candidate alone is an answer, two are none.

use super::posting::posted;
use crate::{
    context::{Event, Work, new_id},
    error::{Error, Result},
    payments::reverse_within,
};
use domain::desk::{DeskRefusal, MatchedBy};
use kernel::{BankMatchId, Money, PaymentId};
use serde_json::json;
use store::{
    Json,
    bank::BankLineRow,
    desk::{self, MatchRow, Returnable},
    payments,
};

/// A direct debit that was never authorised comes back up to thirteen months later.
const DAYS: i64 = 400;
const MOST_CANDIDATES: i64 = 50;
const MOST_TEXT: usize = 200;

/// Payments that this line may take back, the latest first.
pub(super) async fn candidates(work: &mut Work, line: &BankLineRow) -> Result<Vec<Returnable>> {
    let from = line.value_on.plus_days(-DAYS);
    Ok(desk::returnable(&mut work.tx, line, -line.amount_minor, from, MOST_CANDIDATES).await?)
}

/// The payment that this line takes back, when no other can be meant.
pub(super) async fn only_candidate(work: &mut Work, line: &BankLineRow) -> Result<Option<Returnable>> {
    let all = candidates(work, line).await?;
    Ok(pick(line, &all).cloned())
}

type Evidence = fn(&BankLineRow, &Returnable) -> bool;

fn pick<'c>(line: &BankLineRow, all: &'c [Returnable]) -> Option<&'c Returnable> {
    let kinds: [Evidence; 4] = [
        |line, payment| same(&line.end_to_end_id, &payment.end_to_end_id, &["NOTPROVIDED"]),
        |line, payment| line.text.contains(&payment.number),
        |line, payment| same(&line.mandate_id, &payment.mandate_id, &[]),
        |line, payment| same(&line.payer_account, &payment.payer_account, &[]),
    ];
    kinds.iter().find_map(|is_meant| {
        let mut meant = all.iter().filter(|payment| is_meant(line, payment));
        meant.next().filter(|_| meant.next().is_none())
    })
}

fn same(one: &Option<String>, other: &Option<String>, nothing: &[&str]) -> bool {
    let said = one.as_deref().map(str::trim).filter(|text| !text.is_empty() && !nothing.contains(text));
    said.is_some() && said == other.as_deref().map(str::trim)
}

/// Reverses a payment with the day on which the bank took it back, and closes the line.
pub(super) async fn reverse(work: &mut Work, line: &BankLineRow, payment: PaymentId) -> Result<()> {
    let company = work.company_id();
    let row = payments::by_id(&mut work.tx, company, payment).await?.ok_or(Error::NotFound("payment"))?;
    let (taken, arrived) = (-line.amount_minor, row.amount_minor - row.fee_minor);
    if taken != arrived || line.currency != row.currency {
        let (taken, paid) = (Money::new(taken, line.currency), Money::new(arrived, row.currency));
        return Err(DeskRefusal::OtherSum { taken, number: row.number, paid }.into());
    }
    let why = why(line);
    reverse_within(work, payment, line.value_on.min(work.today), &why).await?;
    let posted = posted(work, line);
    desk::change_line(&mut work.tx, line, posted).await?;
    work.save(&[MatchRow {
        company_id: company,
        id: new_id::<BankMatchId>(),
        line_id: line.id,
        decision_id: None,
        how: MatchedBy::Return,
        rank: None,
        payment_id: payment,
        customer_id: row.customer_id,
        currency: line.currency,
        amount_minor: line.amount_minor,
        items: 0,
        promised_ppm: 0,
        posting: Json(json!(null)),
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
    work.record(Event {
        action: "bank_line.returned",
        subject_kind: "bank_line",
        subject_id: line.id.0,
        summary: format!("The bank took {} back on {}: {why}", row.number, line.value_on),
        after: Some(json!({"payment": payment})),
        ..Event::default()
    });
    Ok(())
}

fn why(line: &BankLineRow) -> String {
    let said = line.return_reason.as_deref().filter(|why| !why.trim().is_empty());
    let text = said.unwrap_or("the bank took it back");
    let end = (0..=text.len().min(MOST_TEXT)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}
