//! Printed documents, read back with poppler's `pdftotext`; without it those tests say so and pass.

use crate::{Document, Language, PrintError, StatementForm, Trade, check_logo, pdf, samples};
use kernel::{Currency, Money};
use std::{io::Write as _, process::Command};

fn language(code: &str) -> Language {
    code.parse().unwrap()
}

fn print(trade: Trade, code: &str) -> Vec<u8> {
    pdf(&Document::Trade(trade), language(code)).unwrap()
}

/// The pages' texts, with all white space as single blanks.
fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pdf).unwrap();
    let Ok(output) = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(file.path()).arg("-").output()
    else {
        println!("skipped: pdftotext is not installed");
        return None;
    };
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap().replace('\u{200b}', "");
    let pages = text.trim_end_matches('\u{c}').split('\u{c}');
    Some(pages.map(|page| page.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

/// A word of the first page and where it stands.
struct Word {
    text: String,
    from_x: f64,
    to_x: f64,
    from_y: f64,
    to_y: f64,
}

impl Word {
    fn is_in_line_with(&self, other: &Self) -> bool {
        let middle = f64::midpoint(other.from_y, other.to_y);
        self.from_y < middle && middle < self.to_y
    }
}

fn words(pdf: &[u8]) -> Option<Vec<Word>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pdf).unwrap();
    let Ok(output) = Command::new("pdftotext").args(["-bbox", "-l", "1"]).arg(file.path()).arg("-").output() else {
        println!("skipped: pdftotext is not installed");
        return None;
    };
    assert!(output.status.success());
    let html = String::from_utf8(output.stdout).unwrap();
    let word = |line: &str| {
        let rest = line.trim().strip_prefix("<word ")?;
        let (places, text) = rest.split_once('>')?;
        let mut places = places.split('"').skip(1).step_by(2).map(|place| place.parse().unwrap());
        let [from_x, from_y, to_x, to_y] = [(); 4].map(|()| places.next().unwrap());
        Some(Word { text: text.trim_end_matches("</word>").to_owned(), from_x, to_x, from_y, to_y })
    };
    let words: Vec<Word> = html.lines().filter_map(word).collect();
    assert!(words.len() > 50, "{html}");
    Some(words)
}

#[track_caller]
fn says(pdf: &[u8], expected: &[&str]) {
    let Some(pages) = pages(pdf) else { return };
    let text = pages.join(" ");
    for expected in expected {
        assert!(text.contains(expected), "`{expected}` is not in\n{text}");
    }
}

#[test]
fn an_invoice_in_each_language() {
    let invoice = |code| print(samples::invoice(), code);
    says(
        &invoice("en"),
        &[
            "Invoice INV-2026-000123",
            "Due 30 Sep 2026",
            "Your order 4500018837",
            "1 Carbide drill set, 19 pieces 18 set 85.00 10% 19% 1,377.00",
            "3 Fitting and calibration on site 2.5 h 96.00 19% 240.00",
            "Net total 2,599.00 VAT 19% on 2,599.00 493.81 Total EUR 3,092.81",
            "Please pay €3,092.81 by 30 September 2026",
            "2% discount (€61.86) if you pay by 10 September 2026: then please pay €3,030.95.",
            "IBAN DE02 1203 0000 0000 2020 51",
            "Page 1 of 1",
        ],
    );
    says(
        &invoice("de"),
        &[
            "Rechnung INV-2026-000123",
            "Fällig 30.09.2026",
            "1 Carbide drill set, 19 pieces 18 set 85,00 10 % 19 % 1.377,00",
            "Nettobetrag 2.599,00 USt. 19 % auf 2.599,00 493,81 Gesamtbetrag EUR 3.092,81",
            "Bitte zahlen Sie 3.092,81 € bis zum 30. September 2026",
            "2 % Skonto (61,86 €) bei Zahlung bis zum 10. September 2026: Sie zahlen dann",
            "Amtsgericht Freiburg HRB 70123",
            "Seite 1 von 1",
        ],
    );
    says(
        &invoice("fr"),
        &[
            "Facture INV-2026-000123",
            "Échéance 30/09/2026",
            "Total HT 2 599,00 TVA 19 % sur 2 599,00 493,81 Total EUR 3 092,81",
            "Merci de régler 3 092,81 € au plus tard le 30 septembre 2026",
            "Page 1 sur 1",
        ],
    );
    says(
        &invoice("es"),
        &[
            "Factura INV-2026-000123",
            "Vencimiento 30/09/2026",
            "Base imponible 2.599,00 IVA 19 % sobre 2.599,00 493,81 Total EUR 3.092,81",
            "A pagar: 3.092,81 € hasta el 30 de septiembre de 2026",
            "Página 1 de 1",
        ],
    );
}

#[test]
fn quotes_orders_and_credit_notes_in_their_words() {
    says(
        &print(samples::quote(), "de"),
        &["Angebot QUO-2026-000031", "Dieses Angebot gilt bis zum 30. September 2026."],
    );
    let order = print(samples::order_confirmation(), "fr");
    says(&order, &["Confirmation de commande ORD-2026-000088", "Période de livraison 21/09/2026 – 25/09/2026"]);
    let credit = print(samples::credit_note(), "en");
    says(&credit, &["Credit note CN-2026-000009", "Corrects invoice INV-2026-000123", "Total EUR 292.15"]);
}

#[test]
fn prices_with_tax_say_what_they_contain() {
    let expected = [
        "Amount EUR incl. tax",
        "Total EUR 259.40 Contains VAT 19% on 200.00 38.00 Contains VAT 7% on 20.00 1.40 Net total 220.00",
        "Paid −50.00 Amount due EUR 209.40",
        "Please pay €209.40 by 30 September 2026",
        "Reference RF18 5390 0754 7034",
    ];
    says(&print(samples::invoice_with_tax_in_prices(), "en"), &expected);
}

#[test]
fn untaxed_lines_say_why_and_instalments_ask_for_the_next() {
    let expected = [
        "VAT 19% on 850.00 161.50 Reverse charge on 4,000.00 0.00 Tax exempt on 750.00 0.00 Total EUR 5,761.50",
        "Reverse charge: the recipient is liable for the tax.",
        "Tax exempt: § 4 Nr. 21 UStG",
        "1 30 Sep 2026 2,880.75 0.00 2 31 Oct 2026 2,880.75 2,880.75",
        "Please pay €2,880.75 by 31 October 2026",
    ];
    says(&print(samples::invoice_with_several_taxes(), "en"), &expected);
}

#[test]
fn yen_have_no_decimals_and_no_code() {
    let yen = print(samples::invoice_in_yen(), "en");
    says(&yen, &["100 12,500 1,250,000 Total JPY 1,250,000", "Please pay ¥1,250,000 by 30 September 2026"]);
    let Some(pages) = pages(&yen) else { return };
    assert!(!pages[0].contains("Scan to pay") && !pages[0].contains("VAT"));
}

#[test]
fn a_paid_invoice_asks_for_nothing() {
    let paid = print(samples::paid_invoice(), "en");
    says(&paid, &["Paid −3,092.81 Amount due EUR 0.00", "Paid in full. Thank you."]);
    let Some(pages) = pages(&paid) else { return };
    assert!(!pages[0].contains("Please pay"));
}

#[test]
fn statements_add_up_by_currency() {
    let open = pdf(&Document::Statement(samples::open_items()), language("en")).unwrap();
    says(
        &open,
        &[
            "Statement of open items",
            "Invoice INV-2026-000097 14 Jun 2026 14 Jul 2026 48 2,380.00 1,180.00 4500018102",
            "Payment PAY-2026-000311 20 Aug 2026 −500.00 −292.15",
            "Balance EUR 3,980.66 Of which overdue 1,180.00",
            "Ageing Not due 1–30 days 31–60 days Over 60 days 2,800.66 0.00 1,180.00 0.00",
            "In CHF",
            "Balance CHF 646.20 Of which overdue 646.20",
        ],
    );
    let activity = pdf(&Document::Statement(samples::activity()), language("de")).unwrap();
    says(
        &activity,
        &[
            "Zeitraum 01.06.2026 – 31.08.2026",
            "01.06.2026 Saldovortrag 1.200,00",
            "14.06.2026 Rechnung INV-2026-000097 2.380,00 3.580,00",
            "20.06.2026 Zahlung PAY-2026-000254 1.176,00 2.404,00",
            "20.06.2026 Skonto 24,00 2.380,00",
            "Saldo EUR am 31. August 2026 4.272,81",
        ],
    );
}

/// A payment's reference is whatever its payer wrote, often the numbers of many invoices.
#[test]
fn a_long_reference_covers_nothing() {
    let mut open = samples::open_items();
    let StatementForm::OpenItems(sections) = &mut open.form else { unreachable!() };
    sections[0].items[2].reference = Some("INV-2026-004510, INV-2026-004517, INV-2026-004518, INV-2026-004520".into());
    for code in ["de", "en", "es", "fr"] {
        let Some(words) = words(&pdf(&Document::Statement(open.clone()), language(code)).unwrap()) else { return };
        for (at, one) in words.iter().enumerate() {
            let covers =
                |other: &&Word| one.from_x < other.to_x && other.from_x < one.to_x && one.is_in_line_with(other);
            let covered = words[at + 1..].iter().find(covers);
            assert_eq!(covered.map(|word| &word.text), None, "{code}: {} stands on it", one.text);
        }
    }
}

#[test]
fn a_quittance_confirms_that_nothing_remains() {
    let quittance = pdf(&Document::Quittance(samples::quittance()), language("en")).unwrap();
    says(
        &quittance,
        &[
            "Quittance QT-2026-000014",
            "the 2 invoices below, €4,272.81 in total, were settled in full on 29 September 2026. Nothing remains",
            "29 Sep 2026 Payment, bank transfer PAY-2026-000340 3,980.66",
            "Settled in full on 29 September 2026",
        ],
    );
    let mut one = samples::quittance();
    one.invoices.truncate(1);
    let one = pdf(&Document::Quittance(one), language("fr")).unwrap();
    says(&one, &["la facture ci-dessous, d’un montant de 4 272,81 €, a été réglée en totalité le 29 septembre 2026."]);
}

#[test]
fn what_customers_type_is_never_markup() {
    let hostile = r##"#panic("x") *a* _b_ $x^2$ = T <l> @r // c [d] `e` #{1+1} \u{41} "q" 'r' -- ... ~ {page} &lt;"##;
    let mut trade = samples::invoice();
    trade.seller.name = "#evil *Ltd*".into();
    trade.recipient.name = "$x$ #import".into();
    trade.number = "#1/*2*/".into();
    trade.lines[0].description = hostile.into();
    trade.notes = vec![hostile.into()];
    let printed = print(trade, "en");
    says(&printed, &["#evil *Ltd*", "$x$ #import", "Invoice #1/*2*/"]);
    let Some(pages) = pages(&printed) else { return };
    let text = pages.join(" ");
    let squeezed = text.replace(' ', "");
    let expected = hostile.replace(' ', "");
    assert!(squeezed.ends_with(&expected) || squeezed.matches(&expected).count() >= 1, "{text}");
}

#[test]
fn characters_without_a_picture_become_boxes() {
    let mut trade = samples::invoice();
    trade.recipient.name = "東京 Co\u{7} \u{e000}\u{0}Łódź Ωμέγα Жук 👍 a\u{301} שלום سلام \u{202e}abc".into();
    trade.recipient.address = vec!["tab\there".into(), "two\nlines".into(), String::new()];
    let printed = print(trade, "en");
    says(&printed, &["□□ Co □Łódź Ωμέγα Жук □", "tab here", "two"]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let first = print(samples::invoice(), "de");
    let between = print(samples::invoice_in_yen(), "fr");
    assert_ne!(first, between);
    assert!(first == print(samples::invoice(), "de"));
    let threads: Vec<_> = (0..3).map(|_| std::thread::spawn(|| print(samples::invoice(), "de"))).collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == first));
}

#[test]
fn files_call_themselves_pdf_a_3b_with_title_author_and_date() {
    let printed = print(samples::invoice(), "de");
    let file = String::from_utf8_lossy(&printed);
    assert!(file.starts_with("%PDF-1.7"));
    for expected in ["<pdfaid:part>3", "<pdfaid:conformance>B", "Rechnung INV-2026-000123", "2026-08-31", "Mühlbach"] {
        assert!(file.contains(expected), "{expected}");
    }
}

#[test]
fn two_hundred_lines_run_over_pages_with_their_head() {
    let Some(pages) = pages(&print(samples::long_invoice(200), "en")) else { return };
    assert_eq!(pages.len(), 6);
    for (index, page) in pages.iter().enumerate() {
        assert!(page.contains("Description") && page.contains(&format!("Page {} of 6", index + 1)), "{page}");
    }
    assert!(pages[1].starts_with("Mühlbach Werkzeugbau GmbH Invoice INV-2026-000127"), "{}", pages[1]);
    let last = &pages[5];
    assert!(last.contains("Spare part 0200") && last.contains("Total EUR 2,380.00"), "{last}");
}

#[test]
fn the_sums_stay_with_the_last_line() {
    for lines in [19, 20, 21, 22, 23, 24, 25, 26] {
        let Some(pages) = pages(&print(samples::long_invoice(lines), "en")) else { return };
        let page_of = |text: &str| pages.iter().position(|page| page.contains(text)).unwrap();
        let last = format!("Spare part {lines:04}");
        assert_eq!(page_of(&last), page_of("Net total"), "{lines} lines");
        assert_eq!(page_of(&last), page_of("Total EUR"), "{lines} lines");
    }
}

#[test]
fn a_line_longer_than_a_page_runs_over() {
    let mut trade = samples::invoice();
    let story: Vec<String> = (1..=150).map(|step| format!("step {step}: cleaned and packed;")).collect();
    for line in &mut trade.lines {
        line.description = format!("Overhaul\n{}", story.join(" "));
    }
    trade.lines[0].description = format!("Overhaul\n{}", story.join("\n"));
    let printed = print(trade, "en");
    let Some(pages) = pages(&printed) else { return };
    let text = pages.join(" ");
    assert_eq!((text.matches("step 1:").count(), text.matches("step 150:").count()), (3, 3));
    assert!(text.contains("Total EUR 3,092.81") && text.contains("Scan to pay"));
}

#[test]
fn a_long_address_pushes_the_title_down() {
    let mut trade = samples::invoice();
    trade.recipient.address = (1..=14).map(|line| format!("address line {line}")).collect();
    let Some(pages) = pages(&print(trade, "en")) else { return };
    let at = |text: &str| pages[0].find(text).unwrap();
    assert!(at("address line 14") < at("Invoice INV-2026-000123"));
}

#[test]
fn long_words_stay_on_the_page() {
    let printed = print(samples::wordy_invoice(), "de");
    says(&printed, &["Oberrhein", "245,500001", "Gesamtbetrag EUR 3.092,81", "Seite 2 von 2"]);
}

#[test]
fn refuses_an_amount_in_another_currency() {
    let mut trade = samples::invoice();
    trade.lines[1].amount = Money::new(1, Currency::USD);
    let error = pdf(&Document::Trade(trade), Language::english()).unwrap_err();
    assert_eq!(error.to_string(), "INV-2026-000123 is in EUR, but line 2 is in USD");
}

#[test]
fn a_logo_is_a_picture_that_prints() {
    let logo = samples::seller().logo.unwrap();
    assert_eq!(check_logo(&logo), Ok(()));
    assert_eq!(check_logo(b"GIF89a"), Err(PrintError::LogoFormat));
    assert!(matches!(check_logo(b"\x89PNG\r\n\x1a\nbroken"), Err(PrintError::Logo(_))));
    assert!(matches!(check_logo(b"<svg"), Err(PrintError::Logo(_))));
}

#[test]
fn an_account_without_lines_is_still_a_document() {
    let mut empty = samples::open_items();
    empty.form = crate::StatementForm::OpenItems(vec![]);
    says(&pdf(&Document::Statement(empty), language("en")).unwrap(), &["Nothing is open."]);
    let mut trade = samples::invoice();
    trade.lines.clear();
    says(&print(trade, "en"), &["Total EUR 3,092.81"]);
}
