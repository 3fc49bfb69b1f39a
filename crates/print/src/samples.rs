//! Sample documents: what the tests print, and what to look at after changing a template or adding a language.

use crate::{
    ActivityLine, ActivitySection, Age, AgeBucket, BankAccount, Document, EarlyPayment, Instalment, ItemKind, Line,
    OpenLine, OpenSection, PaymentMethod, Prices, Quittance, Recipient, References, Seller, SettledInvoice, Settlement,
    Statement, StatementForm, Supply, Tax, TaxCategory, TaxSubtotal, Terms, Totals, Trade, TradeDates, TradeKind,
};
use kernel::{Currency, Date, Money, Percent, Quantity, UnitPrice};

const LOGO: &[u8] = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 150 48">
<rect width="48" height="48" rx="10" fill="#0f5257"/>
<path d="M12 34V14l12 13 12-13v20" fill="none" stroke="#fff" stroke-width="4.5" stroke-linejoin="round"/>
<path d="M62 30h80M62 18h52" stroke="#0f5257" stroke-width="5" stroke-linecap="round"/></svg>"##;

/// Every kind of document once, with a name for its file.
pub fn all() -> Vec<(&'static str, Document)> {
    let mut all = trades();
    all.extend([
        ("open-items", Document::Statement(open_items())),
        ("activity", Document::Statement(activity())),
        ("quittance", Document::Quittance(quittance())),
    ]);
    all
}

fn trades() -> Vec<(&'static str, Document)> {
    let trades = [
        ("quote", quote()),
        ("order-confirmation", order_confirmation()),
        ("invoice", invoice()),
        ("invoice-gross", invoice_with_tax_in_prices()),
        ("invoice-taxes", invoice_with_several_taxes()),
        ("invoice-yen", invoice_in_yen()),
        ("invoice-paid", paid_invoice()),
        ("invoice-200-lines", long_invoice(200)),
        ("invoice-wordy", wordy_invoice()),
        ("credit-note", credit_note()),
    ];
    trades.into_iter().map(|(name, trade)| (name, Document::Trade(trade))).collect()
}

#[expect(clippy::unwrap_used, reason = "the dates below are in the calendar")]
pub fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

#[expect(clippy::unwrap_used, reason = "JPY and CHF are currencies")]
fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub fn cents(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

pub fn seller() -> Seller {
    Seller {
        name: "Mühlbach Werkzeugbau GmbH".into(),
        address: texts(["Hafenstraße 12", "79098 Freiburg", "Deutschland"]),
        tax_id: Some("DE123456788".into()),
        registration: Some("Amtsgericht Freiburg HRB 70123\nGeschäftsführerin: Ada Mühlbach".into()),
        email: Some("rechnung@muehlbach.example".into()),
        phone: Some("+49 761 555 01 20".into()),
        website: Some("www.muehlbach.example".into()),
        banks: vec![
            BankAccount {
                bank: "Sparkasse Freiburg".into(),
                number: "DE02120300000000202051".into(),
                bic: Some("BYLADEM1001".into()),
                currency: Currency::EUR,
            },
            BankAccount {
                bank: "Zürcher Kantonalbank".into(),
                number: "CH9300762011623852957".into(),
                bic: Some("ZKBKCHZZ80A".into()),
                currency: currency("CHF"),
            },
        ],
        logo: Some(LOGO.to_vec()),
    }
}

pub fn recipient() -> Recipient {
    Recipient {
        name: "Ateliers Lefèvre & Fils SARL".into(),
        address: texts(["Service comptabilité", "48 rue des Carmes", "67000 Strasbourg", "France"]),
        tax_id: Some("FR40303265045".into()),
        customer_number: Some("C-10042".into()),
    }
}

pub fn vat(rate: i32) -> Tax {
    Tax { category: TaxCategory::Standard, rate: Percent::whole(rate), name: None }
}

fn line(position: usize, description: &str, quantity: i32, price: i64, amount: i64) -> Line {
    Line {
        position: position.to_string(),
        description: description.into(),
        quantity: Quantity::whole(quantity),
        unit: None,
        unit_price: UnitPrice::from_scaled(price * 10_000),
        discount: None,
        tax: Some(vat(19)),
        amount: cents(amount),
    }
}

fn totals(net: i64, tax: i64, paid: i64) -> Totals {
    let gross = net + tax;
    Totals { net: cents(net), tax: cents(tax), gross: cents(gross), paid: cents(paid), payable: cents(gross - paid) }
}

/// 18 × 85.00 − 10 % = 1,377.00; 4 × 245.50 = 982.00; 2.5 × 96.00 = 240.00; 19 % of 2,599.00 = 493.81.
pub fn invoice() -> Trade {
    let drills = line(
        1,
        "Carbide drill set, 19 pieces\nDIN 338, 1.0 to 10.0 mm in steps of 0.5 mm, steel case",
        18,
        8_500,
        137_700,
    );
    let fitting = line(3, "Fitting and calibration on site", 0, 9_600, 24_000);
    Trade {
        kind: TradeKind::Invoice,
        seller: seller(),
        recipient: recipient(),
        number: "INV-2026-000123".into(),
        currency: Currency::EUR,
        issued_on: day(2026, 8, 31),
        dates: TradeDates {
            due_on: Some(day(2026, 9, 30)),
            supply: Some(Supply::On(day(2026, 8, 27))),
            valid_until: None,
        },
        references: References {
            purchase_order: Some("4500018837".into()),
            order: Some("ORD-2026-000088".into()),
            ..References::default()
        },
        intro: None,
        prices: Prices::BeforeTax,
        lines: vec![
            Line { unit: Some("set".into()), discount: Some(Percent::whole(10)), ..drills },
            Line { unit: Some("pcs".into()), ..line(2, "Clamping vice VX-3, jaw width 125 mm", 4, 24_550, 98_200) },
            Line { quantity: Quantity::from_scaled(2_500_000), unit: Some("h".into()), ..fitting },
        ],
        taxes: vec![TaxSubtotal { tax: vat(19), base: cents(259_900), amount: cents(49_381), exemption_reason: None }],
        totals: totals(259_900, 49_381, 0),
        terms: Terms {
            early_payment: vec![EarlyPayment {
                percent: Percent::whole(2),
                discount: cents(6_186),
                until: day(2026, 9, 10),
            }],
            ..Terms::default()
        },
        notes: vec![],
    }
}

pub fn quote() -> Trade {
    let invoice = invoice();
    Trade {
        kind: TradeKind::Quote,
        number: "QUO-2026-000031".into(),
        dates: TradeDates { valid_until: Some(day(2026, 9, 30)), ..TradeDates::default() },
        references: References::default(),
        intro: Some("Thank you for your enquiry of 24 August. We are pleased to offer:".into()),
        ..invoice
    }
}

pub fn order_confirmation() -> Trade {
    let invoice = invoice();
    Trade {
        kind: TradeKind::OrderConfirmation,
        number: "ORD-2026-000088".into(),
        dates: TradeDates {
            supply: Some(Supply::Between(day(2026, 9, 21), day(2026, 9, 25))),
            ..TradeDates::default()
        },
        references: References {
            purchase_order: Some("4500018837".into()),
            quote: Some("QUO-2026-000031".into()),
            ..References::default()
        },
        ..invoice
    }
}

/// No logo, prices with tax in them, paid in part.
pub fn invoice_with_tax_in_prices() -> Trade {
    let invoice = invoice();
    let seller = Seller { logo: None, ..seller() };
    let lines = vec![line(1, "Workshop ticket, two days", 2, 11_900, 23_800), line(2, "Handbook", 1, 2_140, 2_140)];
    let seven = TaxSubtotal { tax: vat(7), base: cents(2_000), amount: cents(140), exemption_reason: None };
    let nineteen = TaxSubtotal { tax: vat(19), base: cents(20_000), amount: cents(3_800), exemption_reason: None };
    let mut lines = lines;
    lines[1].tax = Some(vat(7));
    Trade {
        seller,
        number: "INV-2026-000124".into(),
        references: References { payment: Some("RF18 5390 0754 7034".into()), ..References::default() },
        prices: Prices::IncludingTax,
        lines,
        taxes: vec![nineteen, seven],
        totals: totals(22_000, 3_940, 5_000),
        terms: Terms::default(),
        ..invoice
    }
}

/// Standard, reverse charge and exempt in one document; two instalments, of which the first is paid.
pub fn invoice_with_several_taxes() -> Trade {
    let invoice = invoice();
    let tax = |category| Tax { category, rate: Percent::ZERO, name: None };
    let mut lines = vec![
        line(1, "Carbide drill set, 19 pieces", 10, 8_500, 85_000),
        line(2, "Construction work on site", 1, 400_000, 400_000),
        line(3, "Training course", 3, 25_000, 75_000),
    ];
    lines[1].tax = Some(tax(TaxCategory::ReverseCharge));
    lines[2].tax = Some(tax(TaxCategory::Exempt));
    let subtotal = |tax, base, amount, reason: Option<&str>| TaxSubtotal {
        tax,
        base: cents(base),
        amount: cents(amount),
        exemption_reason: reason.map(str::to_owned),
    };
    Trade {
        number: "INV-2026-000125".into(),
        lines,
        taxes: vec![
            subtotal(vat(19), 85_000, 16_150, None),
            subtotal(tax(TaxCategory::ReverseCharge), 400_000, 0, None),
            subtotal(tax(TaxCategory::Exempt), 75_000, 0, Some("§ 4 Nr. 21 UStG")),
        ],
        totals: totals(560_000, 16_150, 288_075),
        terms: Terms {
            instalments: vec![
                Instalment { due_on: day(2026, 9, 30), amount: cents(288_075), open: cents(0) },
                Instalment { due_on: day(2026, 10, 31), amount: cents(288_075), open: cents(288_075) },
            ],
            ..Terms::default()
        },
        ..invoice
    }
}

/// No decimals, no tax, no bank account that takes the currency.
pub fn invoice_in_yen() -> Trade {
    let yen = currency("JPY");
    let invoice = invoice();
    let amount = |minor| Money::new(minor, yen);
    let line = Line {
        tax: None,
        amount: amount(1_250_000),
        unit_price: UnitPrice::whole(12_500),
        ..line(1, "Precision gauge block", 100, 0, 0)
    };
    let seller = Seller { banks: vec![], registration: None, tax_id: None, ..seller() };
    Trade {
        seller,
        currency: yen,
        number: "INV-2026-000126".into(),
        lines: vec![line],
        taxes: vec![],
        totals: Totals {
            net: amount(1_250_000),
            tax: amount(0),
            gross: amount(1_250_000),
            paid: amount(0),
            payable: amount(1_250_000),
        },
        terms: Terms::default(),
        ..invoice
    }
}

pub fn paid_invoice() -> Trade {
    let invoice = invoice();
    Trade { totals: totals(259_900, 49_381, 309_281), terms: Terms::default(), ..invoice }
}

pub fn long_invoice(lines: usize) -> Trade {
    let invoice = invoice();
    let line = |index| line(index, &format!("Spare part {index:04}, hardened"), 1, 1_000, 1_000);
    let net = i64::try_from(lines).unwrap_or(0) * 1_000;
    let tax = net * 19 / 100;
    Trade {
        number: "INV-2026-000127".into(),
        lines: (1..=lines).map(line).collect(),
        taxes: vec![TaxSubtotal { tax: vat(19), base: cents(net), amount: cents(tax), exemption_reason: None }],
        totals: totals(net, tax, 0),
        terms: Terms::default(),
        ..invoice
    }
}

/// Names, words and descriptions longer than anyone would think.
pub fn wordy_invoice() -> Trade {
    let invoice = invoice();
    let name =
        "Gemeinnützige Gesellschaft zur Förderung der Binnenschifffahrts- und Hafenwirtschaft Oberrhein mbH & Co. KG";
    let mut recipient = recipient();
    recipient.name = name.into();
    recipient.customer_number = Some("KD-2026-FREIBURG-STRASBOURG-MULHOUSE-0000010042".into());
    let seller = Seller {
        name: name.into(),
        website: Some("https://www.a-very-long-address-that-nobody-can-remember.example/documents".into()),
        ..seller()
    };
    let story =
        "It was inspected, cleaned, measured and packed by hand, and a record of each step is kept for ten years. ";
    let mut lines = invoice.lines.clone();
    lines[0].description = format!("Overhaul of a lathe\n{}", story.repeat(14));
    lines[1].description = format!("Part {}", "X9".repeat(60));
    lines[1].unit_price = UnitPrice::from_scaled(245_500_001);
    Trade { seller, recipient, lines, number: "INV-2026-000128".into(), ..invoice }
}

pub fn credit_note() -> Trade {
    let invoice = invoice();
    Trade {
        kind: TradeKind::CreditNote,
        number: "CN-2026-000009".into(),
        issued_on: day(2026, 9, 7),
        dates: TradeDates::default(),
        references: References { corrected_invoice: Some("INV-2026-000123".into()), ..References::default() },
        lines: vec![line(1, "Clamping vice VX-3, jaw width 125 mm, returned", 1, 24_550, 24_550)],
        taxes: vec![TaxSubtotal { tax: vat(19), base: cents(24_550), amount: cents(4_665), exemption_reason: None }],
        totals: totals(24_550, 4_665, 0),
        terms: Terms::default(),
        notes: texts(["The amount is set against your open invoices."]),
        ..invoice
    }
}

fn ages(currency: Currency, amounts: [i64; 4]) -> Vec<AgeBucket> {
    let ages = [Age::NotDue, Age::Between(1, 30), Age::Between(31, 60), Age::Over(60)];
    let bucket = |(age, minor)| AgeBucket { age, amount: Money::new(minor, currency) };
    ages.into_iter().zip(amounts).map(bucket).collect()
}

fn open(kind: ItemKind, number: &str, issued_on: Date, due_on: Option<Date>, [original, open]: [Money; 2]) -> OpenLine {
    OpenLine { kind, number: number.into(), reference: None, issued_on, due_on, original, open }
}

/// EUR: 3,092.81 due in a month + 1,180.00 late by 48 days − 292.15 unapplied = 3,980.66.
pub fn open_items() -> Statement {
    let chf = currency("CHF");
    let franc = |minor| Money::new(minor, chf);
    let euros = vec![
        OpenLine {
            reference: Some("4500018102".into()),
            ..open(
                ItemKind::Invoice,
                "INV-2026-000097",
                day(2026, 6, 14),
                Some(day(2026, 7, 14)),
                [cents(238_000), cents(118_000)],
            )
        },
        OpenLine {
            reference: Some("4500018837".into()),
            ..open(ItemKind::Invoice, "INV-2026-000123", day(2026, 8, 31), Some(day(2026, 9, 30)), [cents(309_281); 2])
        },
        open(ItemKind::Payment, "PAY-2026-000311", day(2026, 8, 20), None, [cents(-50_000), cents(-29_215)]),
    ];
    let francs =
        vec![open(ItemKind::Invoice, "INV-2026-000101", day(2026, 8, 1), Some(day(2026, 8, 11)), [franc(64_620); 2])];
    Statement {
        seller: seller(),
        recipient: recipient(),
        number: None,
        as_of: day(2026, 8, 31),
        intro: Some(
            "These items are open on your account. Please tell us within ten days if you see it differently.".into(),
        ),
        form: StatementForm::OpenItems(vec![
            OpenSection {
                currency: Currency::EUR,
                items: euros,
                ageing: ages(Currency::EUR, [280_066, 0, 118_000, 0]),
            },
            OpenSection { currency: chf, items: francs, ageing: ages(chf, [0, 64_620, 0, 0]) },
        ]),
        notes: vec![],
    }
}

/// 1,200.00 + 2,380.00 − 1,176.00 − 24.00 − 1,200.00 + 3,092.81 = 4,272.81.
pub fn activity() -> Statement {
    let line = |on, kind, number: &str, minor| ActivityLine {
        on,
        kind,
        number: number.into(),
        reference: None,
        amount: cents(minor),
    };
    let movements = vec![
        line(day(2026, 6, 14), ItemKind::Invoice, "INV-2026-000097", 238_000),
        line(day(2026, 6, 20), ItemKind::Payment, "PAY-2026-000254", -117_600),
        line(day(2026, 6, 20), ItemKind::Discount, "", -2_400),
        ActivityLine {
            reference: Some("Bank of 14 July".into()),
            ..line(day(2026, 7, 14), ItemKind::Payment, "PAY-2026-000288", -120_000)
        },
        line(day(2026, 8, 31), ItemKind::Invoice, "INV-2026-000123", 309_281),
    ];
    Statement {
        number: Some("ST-2026-0008".into()),
        intro: None,
        form: StatementForm::Activity {
            from: day(2026, 6, 1),
            to: day(2026, 8, 31),
            sections: vec![ActivitySection {
                currency: Currency::EUR,
                brought_forward: cents(120_000),
                movements,
                ageing: ages(Currency::EUR, [309_281, 0, 118_000, 0]),
            }],
        },
        ..open_items()
    }
}

pub fn quittance() -> Quittance {
    let invoice = |number: &str, issued_on, amount| SettledInvoice {
        number: number.into(),
        reference: Some("4500018837".into()),
        issued_on,
        settled_on: day(2026, 9, 29),
        amount: cents(amount),
    };
    let settlement = |on, kind, method, reference: &str, amount| Settlement {
        on,
        kind,
        method,
        reference: reference.into(),
        amount: cents(amount),
    };
    let transfer = Some(PaymentMethod::BankTransfer);
    Quittance {
        seller: seller(),
        recipient: recipient(),
        number: "QT-2026-000014".into(),
        issued_on: day(2026, 10, 1),
        settled_on: day(2026, 9, 29),
        currency: Currency::EUR,
        invoices: vec![
            invoice("INV-2026-000097", day(2026, 6, 14), 118_000),
            invoice("INV-2026-000123", day(2026, 8, 31), 309_281),
        ],
        settlements: vec![
            settlement(day(2026, 9, 8), ItemKind::CreditNote, None, "CN-2026-000009", 29_215),
            settlement(day(2026, 9, 29), ItemKind::Payment, transfer, "PAY-2026-000340", 398_066),
        ],
        total: cents(427_281),
        notes: vec![],
    }
}
