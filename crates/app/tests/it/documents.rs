//! Documents on paper, read back with pdftotext where it is installed.

use crate::{
    cash::{pay, wire},
    story::{Story, day, eur, order_form},
};
use app::{
    cash::{self, AllocationRequest, DiscountChoice, WriteOffRequest},
    catalogue::{self, TaxFacts},
    credit_notes::{self, CreditRequest},
    documents, invoices,
    lines::NewDocument,
    orders::{self, InvoiceOrder},
    payments::{self, RecordPayment},
    quotes,
    statements::{self, StatementRequest},
};
use domain::companies::Address;
use kernel::Currency;
use std::process::Command;
use testkit::on_both_engines;

fn text(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.pdf");
    std::fs::write(&path, pdf).unwrap();
    let Ok(output) = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output() else {
        eprintln!("skipped: pdftotext is not installed (apt-get install poppler-utils)");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

on_both_engines! {
    prepare = begin;

    async fn the_invoice_says_what_is_to_pay(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Pump #1 *new*", "2", "1000.00")]);
        form.terms = Some("2-10-net-30".into());
        form.po_number = Some("PO-77".into());
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let file = documents::invoice(&s.app, &s.clerk, id).await.unwrap();
        assert_eq!((file.name.as_str(), &file.bytes[..5]), ("INV-2026-000001.pdf", &b"%PDF-"[..]));
        let Some(text) = text(&file.bytes) else { return };
        // 2 × 1000.00 + 19 % = 2380.00; 2 % of it is 47.60.
        for said in ["INV-2026-000001", "Bolt Ltd", "Acme GmbH", "Pump #1 *new*", "2,380.00", "380.00", "47.60", "PO-77"] {
            assert!(text.contains(said), "{said} is missing in\n{text}");
        }
        // Both are in Germany, which needs no line of its own.
        assert!(!text.lines().any(|line| line.trim() == "DE"), "{text}");
    }

    /// 1,190.00 at 2 % within ten days, of which 500.00 are paid: 690.00 are open, and 2 % of them are 13.80.
    async fn an_early_payment_is_offered_on_what_is_open_while_it_runs(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let form = order_form(bolt, &[("Pump", "1", "1000.00")]);
        let form = NewDocument { on: Some(day("2026-03-16")), terms: Some("2-10-net-30".into()), ..form };
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let item = s.item_of(id).await.id;
        let part = AllocationRequest { amount: Some(eur("500.00")), discount: DiscountChoice::None, ..pay(item) };
        let paid = RecordPayment { allocations: vec![part], ..wire(bolt, eur("500.00"), "2026-03-16") };
        payments::record(&s.app, &s.clerk, paid).await.unwrap();
        let printed = async || text(&documents::invoice(&s.app, &s.clerk, id).await.unwrap().bytes);
        s.on("2026-03-26");
        let Some(letter) = printed().await else { return };
        assert!(letter.contains("2% discount (€13.80) if you pay by 26 March 2026: then please pay €676.20"), "{letter}");
        s.on("2026-03-27");
        let letter = printed().await.unwrap();
        assert!(letter.contains("690.00") && !letter.contains("discount"), "{letter}");
    }

    async fn a_letter_abroad_names_the_countries_in_its_own_language(s: Story) {
        for (name, language, country, said) in [
            ("Dupont", "fr", "FR", ["FRANCE", "Allemagne"]),
            ("Müller", "de", "AT", ["ÖSTERREICH", "Deutschland"]),
            ("Costa", "es", "PT", ["PORTUGAL", "Alemania"]),
        ] {
            let customer = s.customer(name, Currency::EUR).await;
            let mut tx = s.app.db.begin().await.unwrap();
            let address = Address { street: "1 Main".into(), country: country.into(), ..Address::default() };
            tx.sql("UPDATE customers SET address = $2, language = $3 WHERE id = $1")
                .bind(customer)
                .bind(store::Json(address))
                .bind(language.to_owned())
                .run_one()
                .await
                .unwrap();
            let own = Address { street: "Weg 2".into(), city: "Bonn".into(), country: "DE".into(), ..Address::default() };
            tx.sql("UPDATE companies SET address = $2 WHERE id = $1").bind(s.company).bind(store::Json(own)).run_one().await.unwrap();
            tx.commit().await.unwrap();
            let id = invoices::issue_many(&s.app, &s.clerk, &[order_form(customer, &[("Pump", "1", "10.00")])]).await.unwrap()[0].id;
            let Some(text) = text(&documents::invoice(&s.app, &s.clerk, id).await.unwrap().bytes) else { return };
            for said in said {
                assert!(text.contains(said), "{said} is missing in\n{text}");
            }
        }
    }

    async fn a_document_keeps_the_reason_it_was_written_with(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Course", "1", "100.00")]);
        form.lines[0].tax_code = Some("exempt".into());
        let order = orders::create(&s.app, &s.clerk, &form).await.unwrap();
        orders::confirm(&s.app, &s.clerk, order).await.unwrap();
        let codes = catalogue::tax_codes(&s.app, &s.clerk).await.unwrap();
        let code = codes.iter().find(|code| code.code == "exempt").unwrap();
        let said = code.exemption_reason.clone().unwrap();
        let facts = TaxFacts {
            name: code.name.clone(),
            category: code.category,
            exemption_reason: Some("Section 4 number 21".into()),
            rates: vec![],
            account: None,
        };
        catalogue::edit_tax_code(&s.app, &s.manager, code.id, code.version, facts).await.unwrap();
        let part = InvoiceOrder { lines: None, on: None, issue: true };
        let billed = orders::invoice(&s.app, &s.clerk, order, &part).await.unwrap();
        let whole = CreditRequest { invoice: billed, lines: None, reason: "Cancelled".into(), on: None };
        credit_notes::issue(&s.app, &s.clerk, whole).await.unwrap();
        let credited = invoices::show(&s.app, &s.clerk, billed).await.unwrap().corrections[0].id;
        let new = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        for (id, expected) in [(billed, said.as_str()), (credited, &said), (new, "Section 4 number 21")] {
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            assert_eq!(view.taxes[0].exemption_reason.as_deref(), Some(expected));
            let Some(text) = text(&documents::invoice(&s.app, &s.clerk, id).await.unwrap().bytes) else { return };
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
    }

    async fn quote_and_confirmation_carry_their_numbers(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let form = order_form(bolt, &[("Pump", "2", "10.00")]);
        let quote = quotes::create(&s.app, &s.clerk, &form).await.unwrap();
        let order = quotes::accept(&s.app, &s.clerk, quote, "Bea", None).await.unwrap();
        assert_eq!(documents::quote(&s.app, &s.clerk, quote).await.unwrap().name, "QUO-2026-00001.pdf");
        assert_eq!(documents::order(&s.app, &s.clerk, order).await.unwrap().name, "ORD-2026-00001.pdf");
        let draft = orders::confirm(&s.app, &s.clerk, order).await;
        assert!(draft.is_ok());
    }

    async fn a_quittance_names_what_settled_the_debt(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Pump", "1", "1000.00")]);
        form.terms = Some("2-10-net-30".into());
        form.po_number = Some("PO-77".into());
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let early = documents::quittance(&s.app, &s.clerk, id).await.unwrap_err();
        let why = "1190.00 EUR of INV-2026-000001 is open; its quittance can be printed when it is settled in full";
        assert_eq!(early.to_string(), why);
        // 2 % of 1,190.00 within ten days: 23.80; 1,166.20 are paid.
        let item = invoices::show(&s.app, &s.clerk, id).await.unwrap().items[0].id;
        let allocations = vec![AllocationRequest::of(item)];
        let new = RecordPayment { allocations, ..wire(bolt, eur("1166.20"), "2026-03-16") };
        let paid = payments::record(&s.app, &s.clerk, new).await.unwrap();
        let file = documents::quittance(&s.app, &s.auditor, id).await.unwrap();
        assert_eq!(file.name, "quittance-INV-2026-000001.pdf");
        payments::reverse(&s.app, &s.clerk, paid.id, day("2026-03-16"), "bounced").await.unwrap();
        assert_eq!(documents::quittance(&s.app, &s.clerk, id).await.unwrap_err().to_string(), why);
        let Some(text) = text(&file.bytes) else { return };
        for said in ["Quittance", "1,190.00", "1,166.20", "23.80", "PAY-2026-000001", "PO-77", "16 March 2026"] {
            assert!(text.contains(said), "{said} is missing in\n{text}");
        }
    }

    async fn what_was_given_up_has_no_quittance(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let id = s.invoice(bolt, "100.00", "2026-03-02").await;
        let item = invoices::show(&s.app, &s.clerk, id).await.unwrap().items[0].id;
        let ask = WriteOffRequest { item, amount: None, reason: "insolvent".into(), on: None };
        cash::write_off(&s.app, &s.clerk, ask).await.unwrap();
        let refused = documents::quittance(&s.app, &s.clerk, id).await.unwrap_err();
        assert!(refused.to_string().starts_with("119.00 EUR of INV-2026-000001 was written off;"), "{refused}");
        let draft = invoices::draft(&s.app, &s.clerk, &order_form(bolt, &[("Pump", "1", "5.00")])).await.unwrap();
        let refused = documents::quittance(&s.app, &s.clerk, draft).await.unwrap_err();
        assert!(refused.to_string().starts_with("a draft has no quittance"), "{refused}");
    }

    async fn statements_are_printed_alone_and_together(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let form = order_form(bolt, &[("Pump", "1", "100.00")]);
        let form = app::lines::NewDocument { po_number: Some("PO-77".into()), on: Some(day("2026-01-10")), ..form };
        invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap();
        let money = RecordPayment { reference: Some("Thanks".into()), ..wire(bolt, eur("50.00"), "2026-03-10") };
        payments::record(&s.app, &s.clerk, money).await.unwrap();
        let ask = |customer, from| StatementRequest { customer, as_of: None, known_at: None, from, currency: None };
        let open = statements::pdf(&s.app, &s.auditor, &ask(bolt, None)).await.unwrap();
        assert_eq!(open.name, "statement-C-Bolt_Ltd-2026-03-16.pdf");
        let both = [ask(bolt, None), ask(nut, None)];
        let both = statements::pdfs(&s.app, &s.auditor, &both).await.unwrap();
        assert_eq!((both.name.as_str(), &both.bytes[..2]), ("statements-2026-03-16.zip", &b"PK"[..]));
        let crowd: Vec<StatementRequest> = (0..101).map(|_| ask(bolt, None)).collect();
        assert!(statements::pdfs(&s.app, &s.auditor, &crowd).await.is_err());
        let activity = statements::pdf(&s.app, &s.auditor, &ask(bolt, Some(day("2026-02-01")))).await.unwrap();
        let (Some(open), Some(activity)) = (text(&open.bytes), text(&activity.bytes)) else { return };
        // 119.00 is 35 days late; 50.00 is not used; 69.00 is the balance.
        for said in ["INV-2026-000001", "PO-77", "119.00", "PAY-2026-000001", "Thanks", "−50.00", "69.00", "35"] {
            assert!(open.contains(said), "{said} is missing in\n{open}");
        }
        for said in ["brought forward", "119.00", "PAY-2026-000001", "50.00", "69.00"] {
            assert!(activity.contains(said), "{said} is missing in\n{activity}");
        }
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
