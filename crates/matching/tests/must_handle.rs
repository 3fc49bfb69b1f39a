//! What cash application must handle, one small case each: the text or the sum, and what the first proposal has to be.
//!
//! The book is the same for all: three customers, invoices of different sums, two credit notes, a price list that repeats.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use kernel::{Currency, Date, Money};
use matching::{
    Advice, AdviceLine, Allocation, BankLine, Book, Covers, Customer, Decision, Dial, Difference, Discount, Engine,
    Held, ItemKind, Learnt, OpenItem, Policy, Verdict,
};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn euro(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn item(customer: &str, number: &str, amount: &str, due: &str) -> OpenItem {
    let total = euro(amount);
    OpenItem {
        id: number.to_owned(),
        customer: customer.to_owned(),
        number: number.to_owned(),
        po: None,
        kind: if total.minor() < 0 { ItemKind::CreditNote } else { ItemKind::Invoice },
        issued_on: date("2026-01-02"),
        due_on: date(due),
        total,
        open: total,
        discount: None,
    }
}

fn engine() -> Engine {
    let mut book = Book::default();
    for (id, name, iban) in [
        ("10001", "Müller Maschinenbau GmbH", "DE89370400440532013000"),
        ("10002", "Northwind Dairy Ltd", ""),
        ("10003", "Valley Textiles West Co", "FR7630006000011234567890189"),
    ] {
        let ibans = if iban.is_empty() { Vec::new() } else { vec![iban.to_owned()] };
        book.set_customer(Customer {
            id: id.into(),
            number: id.into(),
            name: name.into(),
            ibans,
            ..Customer::default()
        });
    }
    let items = [
        item("10001", "INV-1041", "1190.00", "2026-02-01"),
        item("10001", "INV-1042", "845.17", "2026-02-03"),
        item("10001", "INV-1043", "2312.40", "2026-02-05"),
        OpenItem { po: Some("4500712345".into()), ..item("10001", "INV-1044", "77.33", "2026-02-07") },
        item("10001", "CN-0007", "-45.17", "2026-02-03"),
        OpenItem {
            discount: Some(Discount { basis_points: 200, until: date("2026-02-12") }),
            ..item("10002", "INV-1050", "3311.00", "2026-03-01")
        },
        item("10002", "INV-1051", "612.85", "2026-02-02"),
        item("10003", "INV-10", "510.31", "2026-02-01"),
        item("10003", "INV-1099", "49.90", "2026-02-01"),
        item("10003", "INV-1100", "49.90", "2026-02-08"),
    ];
    for item in &items {
        book.add_item(item).unwrap();
    }
    Engine::new(book, Learnt::default(), Policy::default())
}

fn line(payer: &str, iban: &str, amount: &str, text: &str) -> BankLine {
    BankLine {
        id: "B1".into(),
        value_on: date("2026-02-10"),
        amount: euro(amount),
        instructed: None,
        payer_name: payer.into(),
        payer_iban: iban.into(),
        text: text.into(),
        structured_reference: None,
        bank_reference: None,
        charges_minor: 0,
    }
}

const MUELLER: (&str, &str) = ("MUELLER MASCHINENBAU", "DE89370400440532013000");
const DAIRY: (&str, &str) = ("Northwind Dairy Ltd", "");
const VALLEY: (&str, &str) = ("VTW CO", "FR7630006000011234567890189");
const STRANGER: (&str, &str) = ("Quantum Holding AG", "AT611904300234573201");

fn first(decision: &Decision) -> Vec<(String, i64)> {
    let mut pairs: Vec<(String, i64)> = decision
        .proposals
        .first()
        .map(|proposal| proposal.allocations.iter().map(|part| (part.item.clone(), part.minor)).collect())
        .unwrap_or_default();
    pairs.sort();
    pairs
}

/// What, payer and account, amount, text, and what the first proposal pays.
type Case = (&'static str, (&'static str, &'static str), &'static str, &'static str, &'static [(&'static str, i64)]);

#[test]
fn each_way_of_paying_finds_its_invoices() {
    let cases: &[Case] = &[
        ("in full", MUELLER, "1190.00", "Rechnung INV-1041", &[("INV-1041", 119_000)]),
        ("mistyped", MUELLER, "1190.00", "Rechnung INV-1401", &[("INV-1041", 119_000)]),
        ("cut off", MUELLER, "1190.00", "Zahlung INV-104", &[("INV-1041", 119_000)]),
        ("without prefix", MUELLER, "845.17", "1042", &[("INV-1042", 84_517)]),
        ("last digits", MUELLER, "845.17", "Re 042", &[("INV-1042", 84_517)]),
        ("order number", MUELLER, "77.33", "PO 4500712345", &[("INV-1044", 7_733)]),
        ("several", MUELLER, "3157.57", "INV-1042, INV-1043", &[("INV-1042", 84_517), ("INV-1043", 231_240)]),
        (
            "some named",
            MUELLER,
            "4347.57",
            "INV-1041 u.a.",
            &[("INV-1041", 119_000), ("INV-1042", 84_517), ("INV-1043", 231_240)],
        ),
        ("none named", MUELLER, "2035.17", "Sammelzahlung", &[("INV-1041", 119_000), ("INV-1042", 84_517)]),
        ("credit note netted", MUELLER, "800.00", "INV-1042 CN-0007", &[("CN-0007", -4_517), ("INV-1042", 84_517)]),
        ("credit note unnamed", MUELLER, "800.00", "INV-1042", &[("CN-0007", -4_517), ("INV-1042", 84_517)]),
        ("boundary: INV-10 is not INV-1041", VALLEY, "510.31", "INV-10", &[("INV-10", 51_031)]),
        ("initials and unique sum", VALLEY, "510.31", "", &[("INV-10", 51_031)]),
        ("third party, named", STRANGER, "612.85", "INV-1051", &[("INV-1051", 61_285)]),
        ("customer number", STRANGER, "612.85", "Kundennr 10002", &[("INV-1051", 61_285)]),
        ("discount in time", DAIRY, "3244.78", "INV-1050", &[("INV-1050", 324_478)]),
        ("part of one", DAIRY, "1655.50", "INV-1050", &[("INV-1050", 165_550)]),
        ("stated deduction", DAIRY, "562.85", "INV-1051 Retoure 50.00", &[("INV-1051", 56_285)]),
    ];
    for (what, payer, amount, text, want) in cases {
        let decision = engine().decide(&line(payer.0, payer.1, amount, text), &[]);
        let want: Vec<(String, i64)> = want.iter().map(|(item, minor)| ((*item).to_owned(), *minor)).collect();
        assert_eq!(first(&decision), want, "{what}: {decision:#?}");
    }
}

#[test]
fn every_difference_has_a_type() {
    let differences = |payer: (&str, &str), amount: &str, text: &str| {
        engine().decide(&line(payer.0, payer.1, amount, text), &[]).proposals[0].differences.clone()
    };
    let item = |id: &str| id.to_owned();
    assert_eq!(
        differences(DAIRY, "3244.78", "INV-1050"),
        [Difference::DiscountEarned { item: item("INV-1050"), minor: 6_622 }]
    );
    assert_eq!(
        differences(DAIRY, "562.85", "INV-1051 Retoure 50.00"),
        [Difference::Deduction { item: item("INV-1051"), minor: 5_000, reason: Some("returned goods".into()) }]
    );
    assert_eq!(differences(MUELLER, "1200.00", "INV-1041"), [Difference::Overpayment { minor: 1_000 }]);
    assert_eq!(
        differences(DAIRY, "1655.50", "INV-1050"),
        [Difference::PartPayment { item: item("INV-1050"), left_minor: 165_550 }]
    );
}

#[test]
fn exchanged_money_settles_the_whole_invoice() {
    let sent = Money::parse("1240.00", "USD".parse().unwrap()).unwrap();
    let line = BankLine { instructed: Some(sent), ..line(MUELLER.0, MUELLER.1, "1186.20", "INV-1041") };
    let decision = engine().decide(&line, &[]);
    assert_eq!(first(&decision), [("INV-1041".to_owned(), 119_000)]);
    assert_eq!(decision.proposals[0].differences, [Difference::Exchange { minor: 380 }]);
}

#[test]
fn two_answers_mean_a_person() {
    let decision = engine().decide(&line(VALLEY.0, VALLEY.1, "49.90", "Zahlung"), &[]);
    assert_ne!(decision.verdict, Verdict::Auto, "INV-1099 and INV-1100 are both 49.90");
    assert!(decision.proposals.len() >= 2);
}

#[test]
fn a_second_payment_is_held() {
    let mut book = Book::default();
    book.set_customer(Customer { id: "1".into(), name: "Müller Maschinenbau GmbH".into(), ..Customer::default() });
    book.add_item(&item("1", "INV-1041", "1190.00", "2026-02-01")).unwrap();
    // Also when nothing else is open that it could pay.
    for mut engine in [engine(), Engine::new(book, Learnt::default(), Policy::default())] {
        let once = line(MUELLER.0, MUELLER.1, "1190.00", "Rechnung INV-1041");
        let decision = engine.decide(&once, &[]);
        engine.remember(&once);
        engine.post(&once, &decision.proposals[0].allocations, 0).unwrap();
        let again = engine.decide(&BankLine { id: "B2".into(), value_on: date("2026-02-12"), ..once }, &[]);
        assert_ne!(again.verdict, Verdict::Auto);
        assert_eq!(again.held, Some(Held::Duplicate));
    }
}

#[test]
fn money_that_is_no_customers_is_not_posted() {
    for (payer, amount, text) in [
        ("Finanzkasse", "3311.00", "Erstattung Umsatzsteuer"),
        ("Hausbank AG", "49.90", "Zinsen"),
        ("SELF", "1190.00", "Umbuchung"),
    ] {
        assert_ne!(engine().decide(&line(payer, "", amount, text), &[]).verdict, Verdict::Auto, "{text}");
    }
}

#[test]
fn an_advice_says_what_a_silent_line_pays() {
    let advice = Advice {
        id: "A1".into(),
        customer: Some("10001".into()),
        total: euro("4347.57"),
        sent_on: date("2026-02-09"),
        lines: ["1041", "1042", "1043"]
            .map(|number| AdviceLine { reference: format!("INV-{number}"), paid: euro("0.00"), reason: None })
            .to_vec(),
    };
    let decision = engine().decide(&line("UNKNOWN", "", "4347.57", ""), &[advice]);
    assert_eq!(first(&decision).len(), 3);
}

#[test]
fn what_an_advice_pays_of_each_item_is_what_is_proposed() {
    let piece = |number: &str, paid: &str| AdviceLine { reference: number.into(), paid: euro(paid), reason: None };
    let advice = |lines: Vec<AdviceLine>| Advice {
        id: "A1".into(),
        customer: None,
        total: euro("89.90"),
        sent_on: date("2026-02-09"),
        lines,
    };
    let silent = line(VALLEY.0, VALLEY.1, "89.90", "");
    // Both are of 49.90.
    for (one, two) in [("49.90", "40.00"), ("40.00", "49.90")] {
        let decision = engine().decide(&silent, &[advice(vec![piece("INV-1099", one), piece("INV-1100", two)])]);
        let want = [("INV-1099", one), ("INV-1100", two)].map(|(number, paid)| (number.to_owned(), euro(paid).minor()));
        assert_eq!(first(&decision), want);
    }
}

#[test]
fn an_advice_of_a_known_payer_is_as_good_as_the_text() {
    let advice = |id: &str, number: &str| Advice {
        id: id.into(),
        customer: None,
        total: euro("49.90"),
        sent_on: date("2026-02-09"),
        lines: vec![AdviceLine { reference: number.into(), paid: euro("49.90"), reason: None }],
    };
    let silent = line(VALLEY.0, VALLEY.1, "49.90", "");
    assert_eq!(engine().decide(&silent, &[]).held, Some(Held::Ambiguous), "two invoices are of this sum");
    let named = engine().decide(&line(VALLEY.0, VALLEY.1, "49.90", "INV-1100"), &[]);
    let advised = engine().decide(&silent, &[advice("A1", "INV-1100")]);
    assert_eq!((advised.verdict, first(&advised)), (named.verdict, vec![("INV-1100".to_owned(), 4_990)]));
    assert!(advised.proposals[0].why.contains("as the remittance advice says"), "{}", advised.proposals[0].why);
    // Nobody knows which of two advices is meant, and a payer whom nobody knows is not believed.
    let two = [advice("A1", "INV-1100"), advice("A2", "INV-1099")];
    assert_ne!(engine().decide(&silent, &two).verdict, Verdict::Auto);
    assert_ne!(engine().decide(&line("UNKNOWN", "", "49.90", ""), &two[..1]).verdict, Verdict::Auto);
}

#[test]
fn that_a_strangers_sum_fits_is_not_enough_where_the_text_says_something_else() {
    for text in [
        "Kurzarbeitergeld 02/2026",
        "Rueckzahlung Gerichtskosten",
        "Guthaben aus Jahresabrechnung",
        "Schadenregulierung",
        "Gutschrift",
        "Rückerstattung Mietkaution",
    ] {
        let decision = engine().decide(&line("Amt am Rathaus", "", "612.85", text), &[]);
        assert_eq!(first(&decision), [("INV-1051".to_owned(), 61_285)], "{text}: the sum fits");
        let expected = [Held::Stranger, Held::NotACustomer, Held::OtherBusiness];
        assert!(decision.held.is_some_and(|held| expected.contains(&held)), "{text}: {:?}", decision.held);
    }
}

#[test]
fn a_confirmed_match_teaches_and_an_undo_forgets() {
    let mut engine = engine();
    let before = (engine.learnt.clone(), engine.book.open_minor("INV-1051"));
    let stranger = line(STRANGER.0, STRANGER.1, "612.85", "");
    let parts = [Allocation { item: "INV-1051".into(), minor: 61_285, covers: Covers::Full }];
    let posted = engine.post(&stranger, &parts, 0).unwrap();
    assert_eq!(engine.book.open_minor("INV-1051"), Some(0));
    let next = engine.decide(&line(STRANGER.0, STRANGER.1, "3311.00", ""), &[]);
    assert!(next.proposals[0].why.contains("paid from this account before"), "{}", next.proposals[0].why);
    engine.undo(&posted).unwrap();
    assert_eq!((engine.learnt, engine.book.open_minor("INV-1051")), before);
}

#[test]
fn the_clerk_reads_a_sentence() {
    let decision = engine().decide(&line(DAIRY.0, DAIRY.1, "3244.78", "INV-1050"), &[]);
    assert_eq!(
        decision.proposals[0].why,
        "pays INV-1050 named in the text; payer Northwind Dairy Ltd (by name); 66.22 short = discount of 2.00% within 41 days"
    );
}

#[test]
fn what_was_learnt_survives_the_file() {
    let mut engine = engine();
    let paid = line(MUELLER.0, MUELLER.1, "1190.00", "INV-1041");
    engine.post(&paid, &[Allocation { item: "INV-1041".into(), minor: 119_000, covers: Covers::Full }], 500).unwrap();
    let text = serde_json::to_string(&engine.learnt).unwrap();
    assert_eq!(serde_json::from_str::<Learnt>(&text).unwrap(), engine.learnt);
}

#[test]
fn a_parent_pays_what_it_and_its_subsidiary_owe_in_one_sum() {
    let mut engine = engine();
    engine.book.set_customer(Customer {
        id: "10004".into(),
        number: "10004".into(),
        name: "Müller Werkzeuge GmbH".into(),
        parent: Some("10001".into()),
        ..Customer::default()
    });
    for number in ["INV-2001", "INV-2002"] {
        engine.book.add_item(&item("10004", number, "300.00", "2026-02-06")).unwrap();
    }
    let decision = engine.decide(&line(MUELLER.0, MUELLER.1, "1490.00", "INV-1041 und INV-2001"), &[]);
    assert_eq!(first(&decision), [("INV-1041".to_owned(), 119_000), ("INV-2001".to_owned(), 30_000)]);
    assert_eq!(decision.proposals[0].customer, "10001");
    // Two of another's invoices are nobody's group.
    let strange = engine.decide(&line(MUELLER.0, MUELLER.1, "1802.85", "INV-1041 und INV-1051"), &[]);
    assert_ne!(strange.verdict, Verdict::Auto);
    assert_ne!(first(&strange).len(), 2);
}

#[test]
fn a_late_discount_of_a_round_sum_is_no_fee() {
    let mut engine = engine();
    let offered = Some(Discount { basis_points: 200, until: date("2026-01-12") });
    engine
        .book
        .add_item(&OpenItem { discount: offered, ..item("10002", "INV-1060", "1000.00", "2026-03-01") })
        .unwrap();
    let decision = engine.decide(&line(DAIRY.0, DAIRY.1, "980.00", "INV-1060"), &[]);
    let late = Difference::DiscountUnearned { item: "INV-1060".to_owned(), minor: 2_000 };
    assert_eq!(decision.proposals[0].differences, [late]);
}

#[test]
fn what_the_policy_turned_off_is_not_even_proposed() {
    let mut engine = engine();
    let in_full = line(MUELLER.0, MUELLER.1, "1190.00", "Rechnung INV-1041");
    let short = line(DAIRY.0, DAIRY.1, "3244.78", "INV-1050");
    assert!(matches!(engine.decide(&short, &[]).proposals[0].differences[..], [Difference::DiscountEarned { .. }]));
    engine.policy.discount_earned.dial = Dial::Off;
    let decision = engine.decide(&short, &[]);
    assert_eq!((decision.verdict != Verdict::Auto, decision.held), (true, Some(Held::TurnedOff)));
    let earned = |difference: &Difference| matches!(difference, Difference::DiscountEarned { .. });
    assert!(!decision.proposals.iter().any(|proposal| proposal.differences.iter().any(earned)));
    assert_eq!(engine.decide(&in_full, &[]).verdict, Verdict::Auto);
    engine.policy.dial = Dial::Off;
    let decision = engine.decide(&in_full, &[]);
    assert_eq!((decision.verdict, decision.held, decision.proposals.len()), (Verdict::None, Some(Held::TurnedOff), 0));
}

#[test]
fn a_short_number_is_read_as_it_is_written() {
    let mut engine = engine();
    engine.book.add_item(&item("10002", "A-1", "310.00", "2026-03-01")).unwrap();
    engine.book.add_item(&item("10002", "A-2", "310.00", "2026-03-02")).unwrap();
    let paid = |text| first(&engine.decide(&line(DAIRY.0, DAIRY.1, "310.00", text), &[]));
    assert_eq!(paid("Rechnung A-2"), [("A-2".to_owned(), 31_000)]);
    assert_eq!(paid("Rechnung A-1"), [("A-1".to_owned(), 31_000)]);
}

#[test]
fn what_is_settled_and_named_again_is_posted_on_nothing_else() {
    let mut engine = engine();
    engine.book.add_item(&item("10002", "INV-1052", "612.85", "2026-03-02")).unwrap();
    let parts = [Allocation { item: "INV-1051".into(), minor: 61_285, covers: Covers::Full }];
    engine.post(&line(DAIRY.0, DAIRY.1, "612.85", "Invoice INV-1051"), &parts, 0).unwrap();
    let later = |text: &str| {
        let line = BankLine { value_on: date("2026-03-09"), ..line(DAIRY.0, DAIRY.1, "612.85", text) };
        engine.decide(&line, &[]).held
    };
    assert_eq!(later("Our payment of INV-1051, second run"), Some(Held::Settled));
    assert_ne!(later("INV-1051 and INV-1052"), Some(Held::Settled), "it names what it pays as well");
    assert_eq!(later("INV-1052"), None);
}

#[test]
fn our_own_money_from_a_known_payer_is_not_posted() {
    for text in ["Rückgabe Ihrer Überweisung", "return of your payment", "RUECKUEBERWEISUNG", "Kaution 2026", "zwrot"]
    {
        let decision = engine().decide(&line(MUELLER.0, MUELLER.1, "1190.00", text), &[]);
        assert_eq!(decision.held, Some(Held::OtherBusiness), "{text}");
    }
    let named = engine().decide(&line(MUELLER.0, MUELLER.1, "1190.00", "INV-1041 Storno Skonto"), &[]);
    assert_ne!(named.held, Some(Held::OtherBusiness));
}

#[test]
fn what_may_be_two_other_items_is_asked() {
    let with = |items: &[(&str, &str)]| {
        let mut engine = engine();
        for (number, amount) in items {
            engine.book.add_item(&item("10002", number, amount, "2026-03-02")).unwrap();
        }
        engine
    };
    let paid = line(STRANGER.0, "", "612.85", "Zahlung");
    let two = with(&[("INV-1052", "100.00"), ("INV-1053", "512.85")]);
    assert_eq!(with(&[("INV-1052", "100.00")]).decide(&paid, &[]).held, None);
    assert_eq!(two.decide(&paid, &[]).held, Some(Held::Ambiguous));
    let known = line(DAIRY.0, DAIRY.1, "612.85", "payment");
    assert_eq!(two.decide(&known, &[]).held, Some(Held::Ambiguous));
}

#[test]
fn an_order_is_known_by_its_digits() {
    let mut engine = engine();
    let ordered = OpenItem { po: Some("PO-556678".into()), ..item("10002", "INV-1060", "400.00", "2026-03-02") };
    engine.book.add_item(&item("10002", "INV-1061", "400.00", "2026-03-02")).unwrap();
    engine.book.add_item(&ordered).unwrap();
    let decision = engine.decide(&line(DAIRY.0, DAIRY.1, "400.00", "your order 556678"), &[]);
    assert_eq!((first(&decision), decision.held), (vec![("INV-1060".to_owned(), 40_000)], None));
}
