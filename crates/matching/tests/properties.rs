//! Whatever the bank sends: never more than is open, never more than the money, sums exact, the same answer twice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use kernel::{Currency, Date, Money};
use matching::{BankLine, Book, Customer, Difference, Discount, Engine, ItemKind, Learnt, OpenItem, Policy, Proposal};
use proptest::prelude::*;

const FIRST_DAY: i64 = 20_000;

fn day(offset: i64) -> Date {
    Date::from_days(FIRST_DAY + offset).unwrap()
}

fn book(amounts: &[i64]) -> Book {
    let mut book = Book::default();
    for (at, name) in ["Alpha Bau GmbH", "Beta Foods Ltd"].into_iter().enumerate() {
        book.set_customer(Customer { id: format!("{at}"), name: name.into(), ..Customer::default() });
    }
    for (at, amount) in amounts.iter().enumerate() {
        let total = Money::new(*amount, Currency::EUR);
        let offset = i64::try_from(at).unwrap();
        let discount = (at % 3 == 0 && *amount > 0).then(|| Discount { basis_points: 300, until: day(offset + 40) });
        let item = OpenItem {
            id: format!("I{at}"),
            customer: format!("{}", at % 2),
            number: format!("INV-{:04}", 1_000 + at),
            po: None,
            kind: if *amount < 0 { ItemKind::CreditNote } else { ItemKind::Invoice },
            issued_on: day(offset),
            due_on: day(offset + 30),
            total,
            open: total,
            discount,
        };
        book.add_item(&item).unwrap();
    }
    book
}

/// Allocations + unapplied − fee − exchange = the money.
fn balance(proposal: &Proposal) -> i64 {
    let allocated: i64 = proposal.allocations.iter().map(|part| part.minor).sum();
    let exchange: i64 = proposal
        .differences
        .iter()
        .map(|difference| if let Difference::Exchange { minor } = difference { *minor } else { 0 })
        .sum();
    allocated + proposal.unapplied_minor - proposal.fee_minor - exchange
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_proposal_is_sound(
        amounts in prop::collection::vec(prop_oneof![8 => 100_i64..90_000, 1 => -9_000_i64..-50], 2..14),
        picks in prop::collection::vec(0_usize..14, 1..5),
        off in prop_oneof![3 => Just(0_i64), 1 => -3_000_i64..3_000],
        exchanged in any::<bool>(),
        shown in 0_usize..5,
    ) {
        let book = book(&amounts);
        let mut chosen: Vec<usize> = picks.iter().map(|pick| pick % amounts.len()).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let amount = (chosen.iter().map(|&at| amounts[at]).sum::<i64>() + off).max(1);
        let text: Vec<String> = chosen.iter().take(shown).map(|at| format!("INV-{:04}", 1_000 + at)).collect();
        let line = BankLine {
            id: "B".into(),
            value_on: day(60),
            amount: Money::new(amount, Currency::EUR),
            instructed: exchanged.then(|| Money::new(amount, Currency::USD)),
            payer_name: "ALPHA BAU".into(),
            payer_iban: String::new(),
            text: text.join(" "),
            structured_reference: None,
            bank_reference: None,
            charges_minor: 0,
        };
        let engine = Engine::new(book, Learnt::default(), Policy::default());
        let decision = engine.decide(&line, &[]);
        prop_assert_eq!(&decision, &engine.decide(&line, &[]));
        for proposal in &decision.proposals {
            prop_assert_eq!(balance(proposal), amount);
            prop_assert!(proposal.unapplied_minor >= 0 && proposal.fee_minor >= 0);
            prop_assert!((0.0..=1.0).contains(&proposal.probability));
            let mut items: Vec<&str> = proposal.allocations.iter().map(|part| part.item.as_str()).collect();
            items.sort_unstable();
            items.dedup();
            prop_assert_eq!(items.len(), proposal.allocations.len());
            for part in &proposal.allocations {
                let open = engine.book.open_minor(&part.item).unwrap();
                prop_assert!(part.minor.signum() == open.signum() && part.minor.abs() <= open.abs(), "{:?} of {}", part, open);
            }
        }
    }

    /// A customer who was edited is known as in a book that is made of the last facts alone.
    #[test]
    fn edited_customers_are_as_new_ones(
        first in prop::collection::vec(facts(), 3),
        edits in prop::collection::vec((0_usize..3, facts()), 0..8),
        payer in (0_usize..NAMES.len(), 0_usize..IBANS.len(), 0_usize..3),
    ) {
        let mut edited = Book::default();
        let mut last = Vec::new();
        for (at, facts) in first.iter().enumerate() {
            last.push(customer(at, facts));
            edited.set_customer(customer(at, facts));
            edited.add_item(&invoice(at)).unwrap();
        }
        for (at, facts) in &edits {
            last[*at] = customer(*at, facts);
            edited.set_customer(customer(*at, facts));
        }
        let mut made = Book::default();
        for (at, facts) in last.into_iter().enumerate() {
            made.set_customer(facts);
            made.add_item(&invoice(at)).unwrap();
        }
        let (name, iban, pays) = payer;
        let line = BankLine {
            id: "B".into(),
            value_on: day(60),
            amount: invoice(pays).total,
            instructed: None,
            payer_name: NAMES[name].into(),
            payer_iban: IBANS[iban].into(),
            text: String::new(),
            structured_reference: None,
            bank_reference: None,
            charges_minor: 0,
        };
        let ask = |book| Engine::new(book, Learnt::default(), Policy::default()).decide(&line, &[]);
        prop_assert_eq!(ask(edited), ask(made));
    }
}

const NAMES: [&str; 5] = ["Alpha Bau GmbH", "Alpha Beton AG", "Beta Foods Ltd", "Gamma", "Alpha Bau Nord GmbH"];
const IBANS: [&str; 3] = ["DE02120300000000202051", "FR7630006000011234567890189", ""];

/// Name, other name and account, as places in the lists.
fn facts() -> impl Strategy<Value = (usize, Option<usize>, usize)> {
    (0..NAMES.len(), prop::option::of(0..NAMES.len()), 0..IBANS.len())
}

fn customer(at: usize, (name, alias, iban): &(usize, Option<usize>, usize)) -> Customer {
    Customer {
        id: format!("{at}"),
        name: NAMES[*name].into(),
        aliases: alias.iter().map(|&alias| NAMES[alias].into()).collect(),
        ibans: [IBANS[*iban]].into_iter().filter(|iban| !iban.is_empty()).map(Into::into).collect(),
        ..Customer::default()
    }
}

fn invoice(at: usize) -> OpenItem {
    let total = Money::new(10_000 + i64::try_from(at).unwrap() % 2, Currency::EUR);
    OpenItem {
        id: format!("I{at}"),
        customer: format!("{at}"),
        number: format!("INV-{}", 2_000 + at),
        po: None,
        kind: ItemKind::Invoice,
        issued_on: day(0),
        due_on: day(30),
        total,
        open: total,
        discount: None,
    }
}
