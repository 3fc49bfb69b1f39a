//! Selling: from the quote to the issued invoice, and what is refused on the way.

use crate::browser::{Person, Site, company};
use app::companies;
use axum::http::StatusCode;
use domain::users::Role;
use testkit::on_both_engines;

const LINE: [(&str, &str); 3] =
    [("lines[0].description", "Pump"), ("lines[0].quantity", "1"), ("lines[0].unit_price", "100")];

/// One line of 100.00 before 19 % tax.
fn simple(customer: &str) -> Vec<(&str, &str)> {
    [&[("customer", customer), ("version", "1"), ("intent", "draft")], &LINE[..]].concat()
}

async fn credits_a_part(s: &Site, clerk: &Person, invoice: &str) {
    let page = s.get(clerk, &format!("{invoice}/credit")).await;
    let pumps = page.between("name=\"lines[0].id\" value=\"", "\"").to_owned();
    let back =
        |quantity, reason| [("lines[0].id", pumps.as_str()), ("lines[0].quantity", quantity), ("reason", reason)];
    let no_reason = s.post(clerk, &format!("{invoice}/credit"), &back("1", "")).await;
    no_reason.says("say why in up to 500 characters").says("value=\"1\"");
    s.post(clerk, &format!("{invoice}/credit"), &back("5", "Broken")).await.says("4 is left of what was invoiced");
    // 1,309.60 is above the limit of 1,000.00 for one person.
    assert_eq!(s.post(clerk, &format!("{invoice}/credit"), &back("1", "Broken")).await.leads(), invoice);
    s.get(clerk, invoice).await.hides("CRN-2026-000001");
    let note = s.post(clerk, &format!("{invoice}/credit"), &back("0,5", "Broken")).await.leads();
    // 550.25 + 104.55 (104.5475 rounded half up) = 654.80; of 5,238.38 it leaves 4,583.58.
    let page = s.get(clerk, &note).await;
    page.says("CRN-2026-000001").says("654.80").says("Broken").says("Used up").says("INV-2026-000001");
    s.get(clerk, invoice).await.says("4,583.58").says("Part settled").says("CRN-2026-000001").says("−654.80 EUR");
}

on_both_engines! {
    prepare = begin;

    async fn a_quote_becomes_an_order_and_an_invoice_of_a_part(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let fields = [
            ("customer", bolt.as_str()),
            ("on", "2026-03-16"),
            ("lines[0].description", "Pump"),
            ("lines[0].quantity", "10"),
            ("lines[0].unit_price", "1.100,50"),
            ("lines[2].description", "Installation"),
            ("lines[2].quantity", "1"),
            ("lines[2].unit_price", "250"),
            ("intent", "finish"),
        ];
        let quote = s.post(&clerk, "/quotes", &fields).await.leads();
        // 10 × 1,100.50 + 250.00 = 11,255.00; 19 % of it is 2,138.45.
        let page = s.get(&clerk, &quote).await;
        page.says("QUO-2026-00001").says("Bolt Ltd").says("Sent").says("2,138.45").says("13,393.45").says("Installation");
        s.get(&clerk, "/quotes").await.says("13,393.45").says("1 quote on this page, EUR");
        s.get(&clerk, "/quotes?state=draft").await.says("No quote fits");

        let nobody = s.post(&clerk, &format!("{quote}/accept"), &[("accepted_by", " ")]).await;
        assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
        nobody.says("say who accepted it");
        let accepted = [("accepted_by", "Bea Bolt"), ("po_number", "PO-7")];
        let order = s.post(&clerk, &format!("{quote}/accept"), &accepted).await.leads();
        let again = s.post(&clerk, &format!("{quote}/accept"), &accepted).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        again.says("QUO-2026-00001 is accepted and can no longer be accepted");

        s.get(&clerk, &order).await.says("PO-7").says("To confirm").hides("Invoice what was delivered");
        assert_eq!(s.post(&clerk, &format!("{order}/confirm"), &[]).await.leads(), order);
        let page = s.get(&clerk, &order).await;
        page.says("Invoice what was delivered").says("on the day of the quote");
        let pumps = page.between("name=\"lines[0].id\" value=\"", "\"").to_owned();
        let part = |quantity| [("lines[0].id", pumps.as_str()), ("lines[0].quantity", quantity), ("intent", "issue")];
        let too_much = s.post(&clerk, &format!("{order}/invoice"), &part("11")).await;
        assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
        too_much.says("Line 1, quantity: 11 cannot be invoiced; 10 of 10 is left").says("value=\"11\"");
        s.post(&clerk, &format!("{order}/invoice"), &part("four")).await.says("Line 1, quantity: “four” is not a number");
        let invoice = s.post(&clerk, &format!("{order}/invoice"), &part("4")).await.leads();

        // 4 × 1,100.50 = 4,402.00; 19 % is 836.38.
        let page = s.get(&clerk, &invoice).await;
        page.says("INV-2026-000001").says("5,238.38").says("2026-04-15").says("In the books").says("ORD-2026-00001");
        page.says("/ledger/").says("Record a payment");
        s.get(&clerk, "/orders").await.says("5,238.38").says("Confirmed");
        s.get(&clerk, &order).await.says("INV-2026-000001").says("value=\"6\"");
        let pdf = s.get(&clerk, &format!("{invoice}/pdf")).await;
        assert_eq!((pdf.status, pdf.kind.as_str(), &pdf.text[..5]), (StatusCode::OK, "application/pdf", "%PDF-"));

        credits_a_part(&s, &clerk, &invoice).await;

        s.post(&clerk, &format!("{order}/cancel"), &[("reason", "")]).await.says("say why");
        s.post(&clerk, &format!("{order}/cancel"), &[("reason", "No longer needed")]).await.leads();
        s.get(&clerk, &order).await.says("No longer needed").says("Completed").hides("Invoice what was delivered");
    }

    async fn what_was_typed_is_kept_and_the_wrong_fields_are_named(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        s.customer("Bolt Ltd").await;
        let fields = [
            ("customer_text", "bolt ltd"),
            ("notes", "Call <Bea>"),
            ("lines[0].description", "Pump & hose"),
            ("lines[0].quantity", "a few"),
            ("lines[0].unit_price", "10.00"),
            ("lines[3].description", "Pipe"),
            ("lines[3].unit_price", "5,5"),
            ("intent", "draft"),
        ];
        for path in ["/quotes", "/orders", "/invoices"] {
            let page = s.post(&clerk, path, &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            page.says("“a few” is not a number such as 1,234.50").says("href=\"#f-lines[0].quantity\"");
            page.says("value=\"a few\"").says("value=\"bolt ltd\"").says("Pump &#38; hose").says("Call &#60;Bea&#62;");
            page.says("name=\"lines[1].unit_price\" value=\"5,5\"").hides("lines[3]");
        }
        let mut second = fields;
        second[3].1 = "2";
        let page = s.post(&clerk, "/invoices", &second).await;
        page.says("Line 2, quantity: give a quantity").says("20.00").says("One line is not complete yet");
        let unknown = s.post(&clerk, "/invoices", &[("customer_text", "Nobody")]).await;
        unknown.says("there is no customer “Nobody”");
        s.get(&clerk, "/invoices").await.says("No invoices yet");
    }

    async fn the_totals_are_shown_while_somebody_types(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        for path in ["/quotes/preview", "/orders/preview", "/invoices/preview"] {
            s.post(&clerk, path, &simple(&bolt)).await.says("19.00").says("119.00").hides("<html");
            s.post(&clerk, path, &LINE).await.says("Choose the customer to see the totals.");
        }
        s.get(&clerk, "/quotes").await.says("No quotes yet");
    }

    async fn lines_are_added_without_a_script(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let fields = [("lines[0].description", "Pump"), ("intent", "more_lines")];
        let page = s.post(&clerk, "/orders", &fields).await;
        assert_eq!(page.status, StatusCode::OK);
        page.says("value=\"Pump\"").says("name=\"lines[3].description\"").hides("name=\"lines[4].description\"");
        s.get(&clerk, "/orders").await.says("No orders yet");
    }

    async fn a_draft_is_edited_and_issued_once(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let priced = |price| [&simple(&bolt)[..], &[("lines[0].unit_price", price)]].concat();
        let draft = s.post(&clerk, "/invoices", &priced("100")).await.leads();
        s.get(&clerk, &draft).await.says("Draft of Bolt Ltd").says("119.00").hides("In the books");
        s.get(&clerk, &format!("{draft}/edit")).await.says("value=\"100\"").says("value=\"Bolt Ltd\"");
        s.post(&clerk, &format!("{draft}/edit"), &priced("90")).await.leads();
        let stale = s.post(&clerk, &format!("{draft}/edit"), &priced("80")).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        stale.says("Somebody else changed this in the meantime").says("value=\"80\"");
        let id = draft.rsplit_once('/').unwrap().1;
        let list = "/invoices?state=draft&sort=-total";
        let ticked = [("id", id), ("intent", "issue"), ("back", list)];
        assert_eq!(s.post(&clerk, "/invoices/selected", &ticked).await.leads(), list);
        s.get(&clerk, "/invoices?state=open").await.says("INV-2026-000001").says("107.10");
        let twice = s.post(&clerk, &format!("{draft}/issue"), &[]).await;
        twice.says("INV-2026-000001 is issued and can no longer be changed");
        s.post(&clerk, &format!("{draft}/delete"), &[("version", "3")]).await.says("can no longer be changed");
        assert_eq!(s.get(&clerk, &format!("{draft}/edit")).await.leads(), draft);
    }

    async fn notes_and_files_stand_beside_a_document(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let draft = s.post(&clerk, "/invoices", &simple(&bolt)).await.leads();
        let beside = format!("/beside/invoice/{}", draft.rsplit_once('/').unwrap().1);
        let empty = s.post(&clerk, &format!("{beside}/notes"), &[("body", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        empty.says("write something").says("id=\"e-body\"");
        assert_eq!(s.post(&clerk, &format!("{beside}/notes"), &[("body", "Wait for Bea")]).await.leads(), draft);
        assert_eq!(s.upload(&clerk, &format!("{beside}/files"), ("order.txt", "ten pumps"), &[]).await.leads(), draft);
        s.upload(&clerk, &format!("{beside}/files"), ("x.exe", "MZ\0\u{1}"), &[]).await.says("is not a PDF");
        let page = s.get(&auditor, &draft).await;
        page.says("Wait for Bea").says("order.txt").says("The clerk").hides("Add a note").hides("/remove");
        let file = page.between("href=\"/files/", "\"").to_owned();
        assert_eq!(s.get(&auditor, &format!("/files/{file}")).await.text, "ten pumps");
        assert_eq!(s.post(&auditor, &format!("/files/{file}/remove"), &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(s.post(&clerk, &format!("/files/{file}/remove"), &[]).await.leads(), draft);
        s.get(&clerk, &draft).await.says("No files yet");
        assert_eq!(s.post(&clerk, "/beside/ledger/1/notes", &[]).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_double_click_makes_one_document(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let form = s.get(&clerk, "/invoices/new").await;
        let word = form.between("name=\"send\" value=\"", "\"").to_owned();
        let sent = [&simple(&bolt)[..], &[("intent", "finish"), ("send", &word)]].concat();
        let (one, two) = tokio::join!(s.post(&clerk, "/invoices", &sent), s.post(&clerk, "/invoices", &sent));
        let made = one.leads();
        assert_eq!(two.leads(), made);
        assert_eq!(s.post(&clerk, "/invoices", &sent).await.leads(), made);
        let other = [&sent[..], &[("po_number", "7")]].concat();
        assert_ne!(s.post(&clerk, "/invoices", &other).await.leads(), made, "other words are another invoice");
        let wrong = [("lines[0].description", "Pump"), ("send", &word)];
        for _ in 0..2 {
            assert_eq!(s.post(&clerk, "/invoices", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        s.get(&clerk, "/invoices").await.says("2 documents on this page");
    }

    async fn a_revised_quote_keeps_its_number(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let first = s.post(&clerk, "/quotes", &simple(&bolt)).await.leads();
        s.get(&clerk, &format!("{first}/revise")).await.says("Revise the quote").says("value=\"100\"");
        let second = s.post(&clerk, &format!("{first}/revise"), &simple(&bolt)).await.leads();
        s.get(&clerk, &second).await.says("QUO-2026-00001 (2)").says("Revision 1");
        s.get(&clerk, &first).await.says("Replaced").hides("Accept and make an order");
        s.get(&clerk, "/quotes").await.says("QUO-2026-00001 (2)").says("1 quote on this page");
        s.post(&clerk, &format!("{second}/decline"), &[("reason", "Too dear")]).await.leads();
        s.get(&clerk, &second).await.says("Declined").says("Too dear");
    }

    async fn the_auditor_looks_and_touches_nothing(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        for (path, actions) in [
            ("/quotes", &["send", "accept", "decline", "revise"][..]),
            ("/orders", &["confirm", "invoice", "cancel"]),
            ("/invoices", &["issue", "edit", "delete", "credit"]),
        ] {
            let document = s.post(&clerk, path, &simple(&bolt)).await.leads();
            s.get(&auditor, path).await.says("119.00").hides(&format!("href=\"{path}/new\" data-key"));
            s.get(&auditor, &document).await.says("119.00").hides(&format!("action=\"{document}"));
            for action in actions {
                let refused = s.post(&auditor, &format!("{document}/{action}"), &simple(&bolt)).await;
                assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {action}");
            }
            assert_eq!(s.post(&auditor, path, &simple(&bolt)).await.status, StatusCode::FORBIDDEN, "{path}");
            assert_eq!(s.get(&auditor, &format!("{path}/new")).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }

    async fn another_companys_documents_are_not_there(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let other = companies::create(&s.app, company("OTHER")).await.unwrap();
        let stranger = s.person(other, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        for path in ["/quotes", "/orders", "/invoices"] {
            let document = s.post(&clerk, path, &simple(&bolt)).await.leads();
            for page in [document.clone(), format!("{document}/pdf")] {
                assert_eq!(s.get(&stranger, &page).await.status, StatusCode::NOT_FOUND, "{page}");
            }
            s.get(&stranger, path).await.hides("119.00");
            let refused = s.post(&stranger, path, &simple(&bolt)).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            refused.says("there is no such customer");
        }
    }

    async fn a_long_list_goes_on_behind_its_first_page(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        for _ in 0..51 {
            s.post(&clerk, "/orders", &simple(&bolt)).await.leads();
        }
        let first = s.get(&clerk, "/orders?q=bolt").await;
        first.says("50 orders on this page, EUR").says("ORD-2026-00051").says("ORD-2026-00002").hides("ORD-2026-00001<");
        let next = first.between("href=\"/orders?q=bolt&#38;after=", "\"").to_owned();
        let second = s.get(&clerk, &format!("/orders?q=bolt&after={next}")).await;
        second.says("ORD-2026-00001<").says("1 order on this page, EUR").hides("ORD-2026-00002").says("First page");
        s.get(&clerk, "/orders?q=ORD-2026-00050").await.says("1 order on this page, EUR");
        assert_eq!(s.get(&clerk, "/orders?after=nonsense").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

async fn begin(engine: testkit::Engine) -> Option<Site> {
    Site::begin(engine).await
}
