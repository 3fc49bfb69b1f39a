//! Allocations worked out by hand, and that any of them balances.

use super::*;
use crate::{ledger::imbalance, taxes::TaxCategory};
use kernel::{Percent, TaxCodeId};
use proptest::prelude::*;
use uuid::Uuid;

const EUR: Currency = Currency::EUR;
const USD: Currency = Currency::USD;
const ACCOUNTS: CashAccounts<'static> = CashAccounts {
    credit: "2100",
    debt: "1100",
    discounts: "4900",
    differences: "6300",
    fx_result: "6900",
    fx_clearing: "1900",
};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn eur(minor: i64) -> Money {
    Money::new(minor, EUR)
}

fn side(number: &str, open: Money, open_base_minor: i64) -> Standing {
    Standing { number: number.into(), open, open_base_minor }
}

/// 2 % until 2026-01-20.
fn two_percent(minor: i64) -> Vec<DiscountStep> {
    let amount = Money::new(minor, EUR);
    vec![DiscountStep { until: day("2026-01-20"), percent: Percent::whole(2), amount }]
}

fn facts<'a>(credit: i64, debt: i64, steps: &'a [DiscountStep]) -> Facts<'a> {
    Facts {
        credit: side("PAY-1", eur(-credit), -credit),
        debt: side("INV-1", eur(debt), debt),
        steps,
        grace_days: 0,
        paid_on: Some(day("2026-01-20")),
        small_difference_minor: 50,
        rates: None,
    }
}

fn ask() -> AllocationRequest {
    AllocationRequest::of(OpenItemId(Uuid::nil()))
}

/// 19 % of 100.00.
fn nineteen() -> DocumentTaxes {
    let total = TaxTotal {
        code: TaxCodeId(Uuid::nil()),
        category: TaxCategory::Standard,
        rate: Percent::whole(19),
        base: eur(10_000),
        tax: eur(1_900),
    };
    DocumentTaxes { totals: vec![total], accounts: vec!["2200".into()] }
}

fn legs(settlement: &Settlement, taxes: &DocumentTaxes) -> Vec<(String, i64, &'static str, i64)> {
    let postings = settlement.postings(&ACCOUNTS, taxes, EUR).unwrap();
    assert_eq!(imbalance(&postings), None);
    let shown = postings.into_iter().filter(|p| !p.money.is_zero() || p.base_minor != 0);
    shown.map(|p| (p.account, p.money.minor(), p.money.currency().code(), p.base_minor)).collect()
}

#[test]
fn two_ten_net_thirty_with_nineteen_percent() {
    // 119.00 less 2 % = 2.38 (2.00 net and 0.38 tax) leaves 116.62 to pay.
    let steps = two_percent(238);
    let settled = settle(&facts(11_662, 11_900, &steps), &ask()).unwrap();
    assert_eq!((settled.to, settled.discount, settled.difference), (eur(11_662), eur(238), eur(0)));
    assert_eq!(
        legs(&settled, &nineteen()),
        [
            ("2100".into(), 11_662, "EUR", 11_662),
            ("1100".into(), -11_900, "EUR", -11_900),
            ("4900".into(), 200, "EUR", 200),
            ("2200".into(), 38, "EUR", 38),
        ]
    );
    assert_eq!(
        settled.explanation,
        "116.62 EUR of PAY-1 paid INV-1, discount 2.38 EUR for payment on 2026-01-20; nothing stays open."
    );
}

#[test]
fn more_money_than_needed_leaves_the_rest_on_the_payment() {
    let steps = two_percent(238);
    let settled = settle(&facts(11_900, 11_900, &steps), &ask()).unwrap();
    assert_eq!((settled.from, settled.discount), (eur(11_662), eur(238)));
}

#[test]
fn a_day_late_earns_nothing_unless_there_is_grace() {
    let steps = two_percent(238);
    let late = Facts { paid_on: Some(day("2026-01-21")), ..facts(11_662, 11_900, &steps) };
    let settled = settle(&late, &ask()).unwrap();
    assert_eq!((settled.to, settled.discount), (eur(11_662), eur(0)));
    assert_eq!(settled.explanation, "116.62 EUR of PAY-1 paid INV-1; 2.38 EUR stay open.");
    let settled = settle(&Facts { grace_days: 1, ..late }, &ask()).unwrap();
    assert_eq!(settled.discount, eur(238));
}

#[test]
fn a_part_payment_earns_its_part() {
    // 50.00 settles 50.00 / 0.98 = 51.02.
    let steps = two_percent(238);
    let settled = settle(&facts(5_000, 11_900, &steps), &ask()).unwrap();
    assert_eq!((settled.to, settled.discount), (eur(5_000), eur(102)));
    assert!(settled.explanation.ends_with("; 67.98 EUR stay open."), "{}", settled.explanation);
}

#[test]
fn a_credit_note_earns_no_discount() {
    let steps = two_percent(238);
    let settled = settle(&Facts { paid_on: None, ..facts(11_900, 11_900, &steps) }, &ask()).unwrap();
    assert_eq!((settled.to, settled.discount), (eur(11_900), eur(0)));
}

#[test]
fn an_unearned_discount_has_to_be_typed() {
    let steps = two_percent(238);
    let late = Facts { paid_on: Some(day("2026-02-21")), ..facts(11_662, 11_900, &steps) };
    let typed = |minor| AllocationRequest { discount: DiscountChoice::Exactly(eur(minor)), ..ask() };
    let settled = settle(&late, &typed(238)).unwrap();
    assert_eq!(settled.discount, eur(238));
    assert!(settled.explanation.contains("unearned discount 2.38 EUR"), "{}", settled.explanation);
    let paid = AllocationRequest { amount: Some(eur(11_662)), ..typed(239) };
    assert_eq!(
        settle(&late, &paid).unwrap_err().to_string(),
        "116.62 EUR and a discount of 2.39 EUR are together more than the 119.00 EUR that are open on INV-1; \
         lower one of them"
    );
    let earned = settle(&facts(11_662, 11_900, &steps), &typed(100)).unwrap();
    assert_eq!((earned.to, earned.discount), (eur(11_662), eur(100)));
    assert!(earned.explanation.contains(", discount 1.00 EUR"), "{}", earned.explanation);
}

#[test]
fn three_cents_are_a_small_difference_and_three_euro_are_not() {
    let settle_it = AllocationRequest { settle_difference: true, ..ask() };
    let settled = settle(&facts(11_897, 11_900, &[]), &settle_it).unwrap();
    assert_eq!((settled.to, settled.difference), (eur(11_897), eur(3)));
    assert_eq!(
        legs(&settled, &DocumentTaxes::default()),
        [
            ("2100".into(), 11_897, "EUR", 11_897),
            ("1100".into(), -11_900, "EUR", -11_900),
            ("6300".into(), 3, "EUR", 3),
        ]
    );
    assert_eq!(
        settle(&facts(11_600, 11_900, &[]), &settle_it).unwrap_err().to_string(),
        "3.00 EUR stay open on INV-1; up to 0.50 EUR count as a small difference"
    );
}

#[test]
fn two_cents_short_of_the_discounted_amount_settle_with_both() {
    // 116.60 earns 116.60 × 2 / 98 = 2.38; 0.02 remain.
    let steps = two_percent(238);
    let asked = AllocationRequest { settle_difference: true, ..ask() };
    let settled = settle(&facts(11_660, 11_900, &steps), &asked).unwrap();
    assert_eq!((settled.discount, settled.difference), (eur(238), eur(2)));
}

#[test]
fn never_more_than_either_side_has() {
    let asked = |minor| AllocationRequest { amount: Some(eur(minor)), ..ask() };
    let said = |facts: Facts<'_>, minor| settle(&facts, &asked(minor)).unwrap_err().to_string();
    assert_eq!(
        said(facts(20_000, 10_000, &[]), 10_001),
        "100.01 EUR is more than the 100.00 EUR that are open on INV-1"
    );
    assert_eq!(said(facts(5_000, 10_000, &[]), 5_001), "50.01 EUR is more than the 50.00 EUR that are left of PAY-1");
    assert_eq!(said(facts(5_000, 0, &[]), 1), "nothing of INV-1 is open");
    assert_eq!(said(facts(5_000, 10_000, &[]), 0), "an amount must be more than nothing, not 0.00 EUR");
    let swapped = Facts { credit: side("INV-1", eur(5), 5), ..facts(1, 1, &[]) };
    assert_eq!(said(swapped, 1), "INV-1 is a debt; it can be paid, but not be used to pay");
    let dollars = AllocationRequest { amount: Some(Money::new(1, USD)), ..ask() };
    assert_eq!(settle(&facts(1, 1, &[]), &dollars).unwrap_err().to_string(), "INV-1 is in EUR, not in USD");
}

#[test]
fn dollars_that_rose_are_a_gain() {
    // 100.00 USD invoiced at 0.90 and paid at 0.95.
    let usd = |minor| Money::new(minor, USD);
    let facts = Facts {
        credit: side("PAY-1", usd(-10_000), -9_500),
        debt: side("INV-1", usd(10_000), 9_000),
        ..facts(0, 0, &[])
    };
    let settled = settle(&facts, &ask()).unwrap();
    assert_eq!(settled.fx_gain_minor, 500);
    assert_eq!(
        legs(&settled, &DocumentTaxes::default()),
        [
            ("2100".into(), 10_000, "USD", 9_500),
            ("1100".into(), -10_000, "USD", -9_000),
            ("6900".into(), 0, "USD", -500),
        ]
    );
}

#[test]
fn euro_pay_a_dollar_invoice_through_the_clearing_account() {
    // 100.00 USD are open with a base of 90.00; at 0.95 they take 95.00 EUR: a gain of 5.00.
    let facts = Facts {
        credit: side("PAY-1", eur(-20_000), -20_000),
        debt: side("INV-1", Money::new(10_000, USD), 9_000),
        rates: Some((FxRate::ONE, "0.95".parse().unwrap())),
        ..facts(0, 0, &[])
    };
    let settled = settle(&facts, &ask()).unwrap();
    assert_eq!((settled.from, settled.to.minor(), settled.fx_gain_minor), (eur(9_500), 10_000, 500));
    assert_eq!(
        legs(&settled, &DocumentTaxes::default()),
        [
            ("2100".into(), 9_500, "EUR", 9_500),
            ("1900".into(), -9_500, "EUR", -9_500),
            ("1900".into(), 10_000, "USD", 9_500),
            ("1100".into(), -10_000, "USD", -9_000),
            ("6900".into(), 0, "USD", -500),
        ]
    );
    // 47.50 EUR cover 50.00 USD.
    let part = AllocationRequest { from_amount: Some(eur(4_750)), ..ask() };
    assert_eq!(settle(&facts, &part).unwrap().to.minor(), 5_000);
    // What the bank really took counts more than the rate.
    let both = AllocationRequest { amount: Some(Money::new(10_000, USD)), from_amount: Some(eur(9_480)), ..ask() };
    let settled = settle(&Facts { rates: None, ..facts.clone() }, &both).unwrap();
    assert_eq!((settled.from, settled.fx_gain_minor), (eur(9_480), 480));
    let unknown = settle(&Facts { rates: None, ..facts }, &ask()).unwrap_err();
    assert_eq!(unknown.to_string(), "PAY-1 and INV-1 are in two currencies; give the amount in both");
}

#[test]
fn an_allocation_takes_effect_when_both_sides_can_take_part() {
    let sides = [("PAY-1", day("2026-01-10")), ("INV-1", day("2026-01-15"))];
    let on = |asked: Option<&str>, today| effective_day(asked.map(day), day("2026-01-10"), sides, day(today));
    assert_eq!(on(None, "2026-02-01"), Ok(day("2026-01-15")));
    assert_eq!(on(Some("2026-01-20"), "2026-02-01"), Ok(day("2026-01-20")));
    assert_eq!(
        on(Some("2026-01-14"), "2026-02-01").unwrap_err().to_string(),
        "2026-01-14 cannot be used: INV-1 takes part only from 2026-01-15 on"
    );
    assert!(matches!(on(None, "2026-01-12"), Err(CashRefusal::Future { .. })));
}

#[test]
fn a_refund_is_never_more_than_what_is_left() {
    let credit = side("PAY-1", Money::new(-10_000, USD), -9_000);
    let all = part(&credit, None).unwrap();
    assert_eq!((all.money.minor(), all.base_minor), (10_000, 9_000));
    let half = part(&credit, Some(Money::new(5_000, USD))).unwrap();
    // Half of it, refunded when a dollar is 0.95: 47.50 leave the bank for 45.00 in the books, a loss of 2.50.
    let legs = refund_postings(half, 4_750, "2100", "1000", "6900");
    assert_eq!(imbalance(&legs), None);
    assert_eq!(legs.iter().map(|leg| leg.base_minor).collect::<Vec<_>>(), [4_500, -4_750, 250]);
    assert_eq!(
        part(&credit, Some(Money::new(10_001, USD))).unwrap_err().to_string(),
        "100.01 USD is more than the 100.00 USD that are open on PAY-1"
    );
}

proptest! {
    #[test]
    fn every_settlement_balances_and_stays_within_both_sides(
        (credit, debt) in (1_i64..5_000_000, 1_i64..5_000_000),
        (credit_rate, debt_rate) in (1_i64..3_000_000_000, 1_i64..3_000_000_000),
        same in any::<bool>(),
        (amount, discount) in (prop::option::of(1_i64..5_000_000), prop::option::of(0_i64..100_000)),
        settle_difference in any::<bool>(),
    ) {
        let currency = if same { USD } else { "JPY".parse().unwrap() };
        let (credit_rate, debt_rate) = (FxRate::from_scaled(credit_rate), FxRate::from_scaled(debt_rate));
        let (open, owed) = (Money::new(credit, currency), Money::new(debt, USD));
        let base = |money: Money, rate| money.converted(rate, EUR).unwrap().minor();
        let steps = two_percent(debt / 50);
        let facts = Facts {
            credit: side("PAY-1", open.negated().unwrap(), -base(open, credit_rate)),
            debt: side("INV-1", owed, base(owed, debt_rate)),
            rates: Some((credit_rate, debt_rate)),
            ..facts(0, 0, &steps)
        };
        let asked = AllocationRequest {
            amount: amount.map(|minor| Money::new(minor, USD)),
            discount: discount.map_or(DiscountChoice::Automatic, |minor| DiscountChoice::Exactly(Money::new(minor, USD))),
            settle_difference,
            ..ask()
        };
        if let Ok(settled) = settle(&facts, &asked) {
            prop_assert!(settled.from.minor() > 0 && settled.from.minor() <= credit);
            prop_assert!(settled.to.minor() > 0 && settled.closed_minor() <= debt);
            prop_assert!(settled.discount.minor() >= 0 && settled.difference.minor() >= 0);
            let taxes = DocumentTaxes {
                totals: nineteen().totals.into_iter().map(|total| TaxTotal {
                    base: Money::new(total.base.minor(), USD), tax: Money::new(total.tax.minor(), USD), ..total
                }).collect(),
                accounts: vec!["2200".into()],
            };
            let postings = settled.postings(&ACCOUNTS, &taxes, EUR).unwrap();
            prop_assert_eq!(imbalance(&postings), None);
            if settled.closed_minor() == debt {
                prop_assert_eq!(settled.to_base_minor, facts.debt.open_base_minor);
            }
            if settled.from.minor() == credit {
                prop_assert_eq!(settled.from_base_minor, -facts.credit.open_base_minor);
            }
            let clearing: i64 = postings.iter().filter(|p| p.account == "1900").map(|p| p.base_minor).sum();
            prop_assert_eq!(clearing, 0);
        }
    }
}

#[test]
fn a_deduction_closes_what_the_money_leaves_open_and_never_more() {
    // 119.00 are open, 100.00 came: 19.00 for damaged goods on an account of its own.
    let typed =
        |minor| TypedDifference { kind: DifferenceKind::Deduction, money: eur(minor), account: Some("6400".into()) };
    let asked = |minor| AllocationRequest {
        amount: Some(eur(10_000)),
        discount: DiscountChoice::None,
        typed: Some(typed(minor)),
        ..ask()
    };
    let settled = settle(&facts(10_000, 11_900, &[]), &asked(1_900)).unwrap();
    assert_eq!((settled.to, settled.difference, settled.closed_minor()), (eur(10_000), eur(1_900), 11_900));
    assert_eq!(settled.explanation, "100.00 EUR of PAY-1 paid INV-1, deduction 19.00 EUR; nothing stays open.");
    let part = settle(&facts(10_000, 11_900, &[]), &asked(900)).unwrap();
    assert_eq!(part.explanation, "100.00 EUR of PAY-1 paid INV-1, deduction 9.00 EUR; 10.00 EUR stay open.");
    assert_eq!(
        settle(&facts(10_000, 11_900, &[]), &asked(1_901)).unwrap_err().to_string(),
        "a deduction of 19.01 EUR is more than the 19.00 EUR that the money leaves open on INV-1"
    );
}
