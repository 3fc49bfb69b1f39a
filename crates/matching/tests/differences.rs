//! Why less or more came than was open, line by line as a clerk would say it: the payer, the text, the sum, and the types.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use kernel::{Currency, Date, Money};
use matching::{
    BankLine, Book, Customer, Decision, Difference, Discount, Engine, Habit, ItemKind, Learnt, Lesson, OpenItem,
    Policy, Verdict,
};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn euro(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

const DOMESTIC: (&str, &str) = ("Kessler Pumpen GmbH", "DE89370400440532013000");
const ABROAD: (&str, &str) = ("Harbour Tools Ltd", "GB29NWBK60161331926819");
const TAXED: (&str, &str) = ("Officina Ritenuta Srl", "IT60X0542811101000000123456");
const TOLERANT: (&str, &str) = ("Toleranz Optik AG", "DE02120300000000202051");
const AGREED: (&str, &str) = ("Konditionen Handel KG", "DE02500105170137075030");
const WITHHOLDING: (&str, &str) = ("Retenue Services SARL", "FR7630006000011234567890189");

fn engine() -> Engine {
    let mut book = Book::default();
    let mut customer = |id: &str, (name, iban): (&str, &str), special: Customer| {
        book.set_customer(Customer {
            id: id.into(),
            number: id.into(),
            name: name.into(),
            ibans: vec![iban.into()],
            ..special
        });
    };
    customer("20001", DOMESTIC, Customer::default());
    customer("20002", ABROAD, Customer::default());
    customer("20003", TAXED, Customer::default());
    customer("20004", TOLERANT, Customer { tolerance_minor: 50, ..Customer::default() });
    customer("20005", AGREED, Customer { agreed_discount_basis_points: Some(300), ..Customer::default() });
    customer("20006", WITHHOLDING, Customer { withholding_basis_points: Some(1_500), ..Customer::default() });
    for (owner, number, amount) in [
        ("20001", "RE-5001", "1000.00"),
        ("20001", "RE-5002", "345.60"),
        ("20001", "RE-5003", "2000.00"),
        ("20002", "HT-6001", "5000.00"),
        ("20002", "HT-6002", "100.00"),
        ("20003", "RI-7001", "2000.00"),
        ("20003", "RI-7002", "1200.00"),
        ("20004", "TO-8001", "199.99"),
        ("20005", "AG-9001", "1000.00"),
        ("20006", "WH-9101", "4000.00"),
    ] {
        // 2 % until 8 February on one of them.
        let discount = (number == "RE-5003").then(|| Discount { basis_points: 200, until: date("2026-02-08") });
        let item = OpenItem {
            id: number.into(),
            customer: owner.into(),
            number: number.into(),
            po: None,
            kind: ItemKind::Invoice,
            issued_on: date("2026-01-20"),
            due_on: date("2026-02-19"),
            total: euro(amount),
            open: euro(amount),
            discount,
        };
        book.add_item(&item).unwrap();
    }
    Engine::new(book, Learnt::default(), Policy::default())
}

fn line((name, iban): (&str, &str), amount: &str, text: &str) -> BankLine {
    BankLine {
        id: "B1".into(),
        value_on: date("2026-02-10"),
        amount: euro(amount),
        instructed: None,
        payer_name: name.into(),
        payer_iban: iban.into(),
        text: text.into(),
        structured_reference: None,
        bank_reference: None,
        charges_minor: 0,
    }
}

fn asked(line: &BankLine) -> Decision {
    engine().decide(line, &[])
}

fn types(decision: &Decision) -> &[Difference] {
    &decision.proposals[0].differences
}

fn fee(minor: i64) -> Difference {
    Difference::BankFee { minor }
}

fn rounding(item: &str, minor: i64) -> Difference {
    Difference::Rounding { item: item.into(), minor }
}

fn deduction(item: &str, minor: i64, reason: &str) -> Difference {
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    Difference::Deduction { item: item.into(), minor, reason }
}

fn earned(item: &str, minor: i64) -> Difference {
    Difference::DiscountEarned { item: item.into(), minor }
}

fn unearned(item: &str, minor: i64) -> Difference {
    Difference::DiscountUnearned { item: item.into(), minor }
}

fn tax(item: &str, minor: i64) -> Difference {
    Difference::WithholdingTax { item: item.into(), minor }
}

fn part(item: &str, left_minor: i64) -> Difference {
    Difference::PartPayment { item: item.into(), left_minor }
}

#[test]
fn a_clerk_would_say_the_same() {
    let too_much = |minor| Difference::Overpayment { minor };
    let table = [
        // A cent is a cent, in both directions.
        (DOMESTIC, "RE-5001", "1000.00", vec![]),
        (DOMESTIC, "RE-5001", "1000.01", vec![rounding("RE-5001", -1)]),
        (DOMESTIC, "RE-5001", "999.99", vec![rounding("RE-5001", 1)]),
        (DOMESTIC, "RE-5001", "1000.02", vec![rounding("RE-5001", -2)]),
        (DOMESTIC, "RE-5001", "999.98", vec![rounding("RE-5001", 2)]),
        (DOMESTIC, "RE-5001 RE-5002", "1345.61", vec![rounding("RE-5001", -1)]),
        (DOMESTIC, "RE-5001 RE-5002", "1345.59", vec![rounding("RE-5001", 1)]),
        (DOMESTIC, "RE-5001", "1000.03", vec![too_much(3)]),
        (DOMESTIC, "RE-5001", "999.97", vec![deduction("RE-5001", 3, "")]),
        (TOLERANT, "TO-8001", "199.49", vec![rounding("TO-8001", 50)]),
        (TOLERANT, "TO-8001", "200.40", vec![rounding("TO-8001", -41)]),
        (TOLERANT, "TO-8001", "200.50", vec![too_much(51)]),
        (DOMESTIC, "RE-5001", "1010.00", vec![too_much(1_000)]),
        // Charges that somebody names are charges, however odd.
        (DOMESTIC, "RE-5001 less bank charges 12.50", "987.50", vec![fee(1_250)]),
        (DOMESTIC, "RE-5001 charges EUR 12.35", "987.65", vec![fee(1_235)]),
        (DOMESTIC, "RE-5001 Entgelt 12,50", "987.50", vec![fee(1_250)]),
        (DOMESTIC, "/CHGS/EUR12,50/ RE-5001", "987.50", vec![fee(1_250)]),
        (DOMESTIC, "RE-5001 abzgl. Bankspesen 8,90 EUR", "991.10", vec![fee(890)]),
        (TAXED, "RI-7001 commissioni bancarie 15,00", "1985.00", vec![fee(1_500)]),
        (DOMESTIC, "RE-5001 RE-5002 frais bancaires 9,80", "1335.80", vec![fee(980)]),
        (DOMESTIC, "RE-5001 net of bank fees", "982.65", vec![fee(1_735)]),
        (
            DOMESTIC,
            "RE-5001 Bankspesen 12,50, Retoure 50,00",
            "937.50",
            vec![deduction("RE-5001", 5_000, "returned goods"), fee(1_250)],
        ),
        // Charges that nobody names must look like charges.
        (DOMESTIC, "RE-5001", "960.00", vec![deduction("RE-5001", 4_000, "")]),
        (DOMESTIC, "RE-5001", "985.00", vec![deduction("RE-5001", 1_500, "")]),
        (DOMESTIC, "RE-5001", "999.00", vec![deduction("RE-5001", 100, "")]),
        (DOMESTIC, "RE-5001", "995.00", vec![fee(500)]),
        (ABROAD, "HT-6001", "4985.00", vec![fee(1_500)]),
        (ABROAD, "HT-6001", "4960.00", vec![fee(4_000)]),
        (ABROAD, "HT-6001", "4957.35", vec![deduction("HT-6001", 4_265, "")]),
        (ABROAD, "HT-6002", "60.00", vec![part("HT-6002", 4_000)]),
        // What the text says of goods is a deduction with its reason.
        (DOMESTIC, "RE-5001 freight charges 40.00", "960.00", vec![deduction("RE-5001", 4_000, "freight")]),
        (DOMESTIC, "RE-5001 abzgl. Retoure 50,00", "950.00", vec![deduction("RE-5001", 5_000, "returned goods")]),
        (DOMESTIC, "RE-5001 Abzug Mindermenge 12,50", "987.50", vec![deduction("RE-5001", 1_250, "short delivery")]),
        (DOMESTIC, "RE-5001 Transportschaden", "931.20", vec![deduction("RE-5001", 6_880, "damaged goods")]),
        // Discounts by the terms and the day, by agreement, and by nothing.
        (DOMESTIC, "RE-5003", "1960.00", vec![earned("RE-5003", 4_000)]),
        (DOMESTIC, "RE-5003 less charges 12.50", "1947.50", vec![earned("RE-5003", 4_000), fee(1_250)]),
        (DOMESTIC, "RE-5001 abzgl. 2% Skonto", "980.00", vec![unearned("RE-5001", 2_000)]),
        (AGREED, "AG-9001", "970.00", vec![earned("AG-9001", 3_000)]),
        // Tax by the customer's rate and by the payer's words.
        (WITHHOLDING, "WH-9101", "3400.00", vec![tax("WH-9101", 60_000)]),
        (TAXED, "RI-7001 less WHT 15% 300.00", "1700.00", vec![tax("RI-7001", 30_000)]),
        (TAXED, "RI-7001 al netto ritenuta d'acconto 20%", "1600.00", vec![tax("RI-7001", 40_000)]),
        (TAXED, "RI-7001 RI-7002 retencion 15%", "2720.00", vec![tax("RI-7001", 30_000), tax("RI-7002", 18_000)]),
        // Parts.
        (DOMESTIC, "RE-5001", "500.00", vec![part("RE-5001", 50_000)]),
        (DOMESTIC, "RE-5001 Anzahlung", "300.00", vec![part("RE-5001", 70_000)]),
    ];
    let mut wrong = Vec::new();
    for (payer, text, amount, want) in table {
        let decision = asked(&line(payer, amount, text));
        if types(&decision) != want {
            wrong.push(format!("{} pays {amount}, {text}: {:?} and not {want:?}", payer.0, types(&decision)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_late_discount_is_not_earned() {
    let late = BankLine { value_on: date("2026-02-20"), ..line(DOMESTIC, "1960.00", "RE-5003") };
    assert_eq!(types(&asked(&late)), [unearned("RE-5003", 4_000)]);
    // Three days are the bank's way over a weekend.
    let last = BankLine { value_on: date("2026-02-11"), ..late.clone() };
    assert_eq!(types(&asked(&last)), [earned("RE-5003", 4_000)]);
    let next = BankLine { value_on: date("2026-02-12"), ..late };
    assert_eq!(types(&asked(&next)), [unearned("RE-5003", 4_000)]);
}

#[test]
fn what_the_bank_says_it_kept_is_its_fee() {
    let told = BankLine { charges_minor: 1_250, ..line(DOMESTIC, "987.50", "RE-5001") };
    assert_eq!(types(&asked(&told)), [fee(1_250)]);
    let sent = BankLine { instructed: Some(euro("1000.00")), ..line(DOMESTIC, "984.85", "RE-5001") };
    assert_eq!(types(&asked(&sent)), [fee(1_515)]);
    assert_eq!(asked(&sent).verdict, Verdict::Auto, "{:?}", asked(&sent));
}

#[test]
fn exchanged_money_loses_in_the_exchange_and_to_the_bank() {
    let dollars = Money::parse("1070.00", Currency::USD).unwrap();
    let sent = |amount, text| BankLine { instructed: Some(dollars), ..line(DOMESTIC, amount, text) };
    assert_eq!(types(&asked(&sent("996.80", "RE-5001"))), [Difference::Exchange { minor: 320 }]);
    let both = asked(&sent("986.80", "RE-5001 charges EUR 10.00"));
    assert_eq!(types(&both), [fee(1_000), Difference::Exchange { minor: 320 }]);
}

#[test]
fn a_round_sum_that_is_missing_without_a_word_is_asked() {
    for amount in ["960.00", "985.00"] {
        let decision = asked(&line(DOMESTIC, amount, "RE-5001"));
        assert_ne!(decision.verdict, Verdict::Auto, "{amount}: {:?}", types(&decision));
    }
}

#[test]
fn who_always_pays_net_of_fees_does_so_again() {
    let lesson = Lesson {
        customer: "20001".into(),
        habit: Habit { payments: 1, items: 1, fees: 1, ..Habit::default() },
        fee_minor: Some(1_700),
        ..Lesson::default()
    };
    let mut engine = engine();
    for _ in 0..2 {
        engine.learnt.teach(&lesson);
    }
    let decide = |amount| engine.decide(&line(DOMESTIC, amount, "RE-5001"), &[]);
    assert_eq!(types(&decide("985.00")), [fee(1_500)], "a round sum");
    assert_eq!(types(&decide("983.00")), [fee(1_700)], "the sum of the last times");
}

#[test]
fn only_what_comes_to_the_sum_is_said_to_fit_it() {
    let says = |amount| {
        let proposal = asked(&line(DOMESTIC, amount, "thank you")).proposals.swap_remove(0);
        (proposal.differences, proposal.why)
    };
    let (differences, text) = says("345.60");
    assert!(differences.is_empty() && text.contains("RE-5002, the open item that fits the amount"), "{text}");
    let (differences, text) = says("960.00");
    assert_ne!(differences, []);
    assert!(text.contains(", which nothing names") && !text.contains("the amount"), "{text}");
}
