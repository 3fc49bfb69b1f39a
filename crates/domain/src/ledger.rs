//! The books: accounts, journal entries and periods.
//!
//! A journal entry is one balanced fact: signed amounts (debit positive) that add up to zero per currency, and whose
//! base amounts add up to zero. It is never changed, only reversed. An entry has two days: `effective_on`, when it
//! happened, and `posted_on`, the day in an open period under which the books show it.

use kernel::{Currency, Date, Money, text_enum};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

text_enum! {
    pub enum AccountKind {
        Asset = "asset",
        Liability = "liability",
        Equity = "equity",
        Income = "income",
        Expense = "expense",
    }
}

text_enum! {
    /// What the program posts by itself finds its account by role.
    pub enum AccountRole {
        Receivables = "receivables",
        UnappliedCash = "unapplied_cash",
        Bank = "bank",
        Sales = "sales",
        Tax = "tax",
        Discounts = "discounts",
        Differences = "differences",
        BadDebt = "bad_debt",
        BankFees = "bank_fees",
        FxResult = "fx_result",
        FxClearing = "fx_clearing",
        LateFees = "late_fees",
        OpeningBalances = "opening_balances",
    }
}

/// The chart that a new company gets: code, name, kind, role.
pub const SHIPPED_CHART: &[(&str, &str, AccountKind, Option<AccountRole>)] = &[
    ("1000", "Bank", AccountKind::Asset, Some(AccountRole::Bank)),
    ("1100", "Trade receivables", AccountKind::Asset, Some(AccountRole::Receivables)),
    ("1900", "Currency clearing", AccountKind::Asset, Some(AccountRole::FxClearing)),
    ("2100", "Unapplied cash", AccountKind::Liability, Some(AccountRole::UnappliedCash)),
    ("2200", "Tax payable", AccountKind::Liability, Some(AccountRole::Tax)),
    ("3000", "Opening balances", AccountKind::Equity, Some(AccountRole::OpeningBalances)),
    ("4000", "Sales", AccountKind::Income, Some(AccountRole::Sales)),
    ("4100", "Sales, services", AccountKind::Income, None),
    ("4800", "Late fees and interest", AccountKind::Income, Some(AccountRole::LateFees)),
    ("4900", "Early-payment discounts", AccountKind::Income, Some(AccountRole::Discounts)),
    ("6100", "Bank fees", AccountKind::Expense, Some(AccountRole::BankFees)),
    ("6200", "Bad debt", AccountKind::Expense, Some(AccountRole::BadDebt)),
    ("6300", "Small differences", AccountKind::Expense, Some(AccountRole::Differences)),
    ("6900", "Realised currency gains and losses", AccountKind::Expense, Some(AccountRole::FxResult)),
];

text_enum! {
    /// Which business event an entry records.
    pub enum EntryKind {
        Invoice = "invoice",
        CreditNote = "credit_note",
        DebitNote = "debit_note",
        Payment = "payment",
        PaymentReversal = "payment_reversal",
        Allocation = "allocation",
        AllocationReversal = "allocation_reversal",
        WriteOff = "write_off",
        WriteOffReversal = "write_off_reversal",
        Refund = "refund",
        BankCharge = "bank_charge",
        BankChargeReversal = "bank_charge_reversal",
        /// What was refunded of a payment that bounced is owed again.
        RefundReclaimed = "refund_reclaimed",
        Opening = "opening",
    }
}

/// One leg of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub account: String,
    pub money: Money,
    pub base_minor: i64,
}

/// An entry that has been checked to balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    pub kind: EntryKind,
    pub source: Uuid,
    pub description: String,
    pub effective_on: Date,
    postings: Vec<Posting>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRefusal {
    #[error("the entry `{description}` is out of balance by {difference}")]
    Unbalanced { description: String, difference: String },
    #[error("the period {0} is closed already")]
    ClosedAlready(Date),
    #[error("the period {0} is not closed")]
    NotClosed(Date),
    #[error("close {0} first: periods are closed in order")]
    EarlierOpen(Date),
    #[error("reopen {0} first: periods are reopened from the last one back")]
    LaterClosed(Date),
    #[error("the period {0} has not ended yet")]
    NotEnded(Date),
}

impl JournalEntry {
    /// Checks the balance; legs that are zero in both amounts are left out.
    pub fn new(
        kind: EntryKind,
        source: Uuid,
        description: String,
        effective_on: Date,
        postings: Vec<Posting>,
    ) -> Result<Self, LedgerRefusal> {
        if let Some(difference) = imbalance(&postings) {
            return Err(LedgerRefusal::Unbalanced { description, difference });
        }
        let postings = postings.into_iter().filter(|p| !p.money.is_zero() || p.base_minor != 0).collect();
        Ok(Self { kind, source, description, effective_on, postings })
    }

    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

/// What is missing to balance, per currency and in base currency; `None` when nothing is.
pub fn imbalance(postings: &[Posting]) -> Option<String> {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    let mut base = 0_i128;
    for posting in postings {
        *sums.entry(posting.money.currency()).or_default() += i128::from(posting.money.minor());
        base += i128::from(posting.base_minor);
    }
    if let Some((currency, sum)) = sums.into_iter().find(|(_, sum)| *sum != 0) {
        return Some(format!("{sum} minor units of {currency}"));
    }
    (base != 0).then(|| format!("{base} minor units of base currency"))
}

/// The opposite of what was posted.
pub fn reversed(postings: &[Posting]) -> Vec<Posting> {
    let turn = |p: &Posting| Posting {
        account: p.account.clone(),
        money: Money::new(-p.money.minor(), p.money.currency()),
        base_minor: -p.base_minor,
    };
    postings.iter().map(turn).collect()
}

/// The day a fact is posted under: its own day, or the first day after the closed periods.
pub fn posting_day(effective_on: Date, closed_through: Option<Date>) -> Date {
    match closed_through {
        Some(last) if effective_on <= last => last.plus_days(1),
        _ => effective_on,
    }
}

/// Whether the month that starts on `month` may be closed: it has ended, and every earlier one with entries is closed.
pub fn may_close(
    month: Date,
    closed: &[Date],
    first_open_entry: Option<Date>,
    today: Date,
) -> Result<(), LedgerRefusal> {
    if closed.contains(&month) {
        return Err(LedgerRefusal::ClosedAlready(month));
    }
    if month.last_of_month() >= today {
        return Err(LedgerRefusal::NotEnded(month));
    }
    match first_open_entry.map(Date::first_of_month) {
        Some(earlier) if earlier < month => Err(LedgerRefusal::EarlierOpen(earlier)),
        _ => Ok(()),
    }
}

/// Whether the month may be reopened: it is the last closed one.
pub fn may_reopen(month: Date, closed: &[Date]) -> Result<(), LedgerRefusal> {
    match closed.iter().max() {
        Some(last) if *last == month => Ok(()),
        Some(last) if *last > month && closed.contains(&month) => Err(LedgerRefusal::LaterClosed(*last)),
        _ => Err(LedgerRefusal::NotClosed(month)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn leg(account: &str, minor: i64, currency: Currency, base_minor: i64) -> Posting {
        Posting { account: account.into(), money: Money::new(minor, currency), base_minor }
    }

    fn entry(postings: Vec<Posting>) -> Result<JournalEntry, LedgerRefusal> {
        JournalEntry::new(EntryKind::Invoice, Uuid::nil(), "INV-1".into(), day("2026-01-31"), postings)
    }

    #[test]
    fn an_entry_balances_per_currency_and_in_base() {
        let eur = Currency::EUR;
        assert!(
            entry(vec![leg("1100", 119, eur, 119), leg("4000", -100, eur, -100), leg("2200", -19, eur, -19)]).is_ok()
        );
        let error = entry(vec![leg("1100", 119, eur, 119), leg("4000", -118, eur, -118)]).unwrap_err();
        assert_eq!(error.to_string(), "the entry `INV-1` is out of balance by 1 minor units of EUR");
        let usd = Currency::USD;
        let mixed = entry(vec![leg("1100", 100, usd, 90), leg("4000", -100, usd, -91)]).unwrap_err();
        assert!(mixed.to_string().contains("-1 minor units of base"));
    }

    #[test]
    fn a_currency_gain_has_no_foreign_amount() {
        let usd = Currency::USD;
        let legs = vec![leg("2100", 100, usd, 95), leg("1100", -100, usd, -90), leg("6900", 0, usd, -5)];
        assert_eq!(entry(legs).unwrap().postings().len(), 3);
    }

    #[test]
    fn a_late_fact_posts_after_the_closed_periods() {
        assert_eq!(posting_day(day("2026-01-15"), Some(day("2026-02-28"))), day("2026-03-01"));
        assert_eq!(posting_day(day("2026-03-15"), Some(day("2026-02-28"))), day("2026-03-15"));
        assert_eq!(posting_day(day("2026-01-15"), None), day("2026-01-15"));
    }

    #[test]
    fn periods_close_in_order_and_reopen_from_the_end() {
        let (jan, feb) = (day("2026-01-01"), day("2026-02-01"));
        let today = day("2026-03-10");
        assert_eq!(may_close(feb, &[], Some(day("2026-01-20")), today), Err(LedgerRefusal::EarlierOpen(jan)));
        assert_eq!(may_close(jan, &[], Some(day("2026-01-20")), today), Ok(()));
        assert_eq!(may_close(day("2026-03-01"), &[], None, today), Err(LedgerRefusal::NotEnded(day("2026-03-01"))));
        assert_eq!(may_close(jan, &[jan], None, today), Err(LedgerRefusal::ClosedAlready(jan)));
        assert_eq!(may_reopen(jan, &[jan, feb]), Err(LedgerRefusal::LaterClosed(feb)));
        assert_eq!(may_reopen(feb, &[jan, feb]), Ok(()));
        assert_eq!(may_reopen(day("2026-05-01"), &[jan, feb]), Err(LedgerRefusal::NotClosed(day("2026-05-01"))));
    }

    proptest! {
        #[test]
        fn a_reversal_cancels(amounts in prop::collection::vec(-1_000_000_i64..1_000_000, 1..10)) {
            let total: i64 = amounts.iter().sum();
            let mut legs: Vec<Posting> = amounts.iter().map(|&m| leg("4000", m, Currency::EUR, m)).collect();
            legs.push(leg("1100", -total, Currency::EUR, -total));
            prop_assert_eq!(imbalance(&legs), None);
            let both: Vec<Posting> = legs.iter().cloned().chain(reversed(&legs)).collect();
            prop_assert_eq!(imbalance(&both), None);
            prop_assert_eq!(both.iter().map(|p| p.money.minor()).sum::<i64>(), 0);
        }
    }
}
