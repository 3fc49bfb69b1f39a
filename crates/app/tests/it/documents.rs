//! Documents on paper, read back with pdftotext where it is installed.

use crate::story::{Story, order_form};
use app::{documents, invoices, orders, quotes};
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
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
