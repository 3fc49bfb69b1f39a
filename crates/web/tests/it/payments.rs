//! Money that comes in: entered, used, given back, written off, and what waits for a second person.

use crate::browser::{Person, Site, company};
use axum::http::StatusCode;
use domain::users::Role;
use testkit::{Engine, on_both_engines};

async fn begin(engine: Engine) -> Option<Site> {
    Site::begin(engine).await
}

/// An invoice of one line before 19 % tax; its path.
async fn invoice(s: &Site, who: &Person, customer: &str, net: &str) -> String {
    let fields = [
        ("customer", customer),
        ("on", "2026-03-02"),
        ("lines[0].description", "Pump"),
        ("lines[0].quantity", "1"),
        ("lines[0].unit_price", net),
        ("intent", "finish"),
    ];
    s.post(who, "/invoices", &fields).await.leads()
}

/// The item that is open under a number.
async fn item(s: &Site, who: &Person, number: &str) -> String {
    let list = s.get(who, &format!("/open-items?number={number}")).await;
    list.between("<a href=\"/open-items/", "\" data-open").to_owned()
}

/// What every payment of these stories has.
fn paid<'a>(customer: &'a str, money: &'a str, rest: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("customer", customer),
        ("money", money),
        ("currency", "EUR"),
        ("received_on", "2026-03-12"),
        ("method", "wire"),
    ];
    [&usual[..], rest].concat()
}

on_both_engines! {
    prepare = begin;

    async fn a_payment_is_entered_for_an_invoice_and_the_rest_is_used_and_taken_back(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let first = invoice(&s, &clerk, &bolt, "1000").await;
        invoice(&s, &clerk, &bolt, "50").await;
        let id = first.trim_start_matches("/invoices/");
        let form = s.get(&clerk, &format!("/payments/new?customer={bolt}&invoice={id}")).await;
        form.says("Bolt Ltd").says("value=\"1190.00\"").says("INV-2026-000002");
        let (one, two) = (item(&s, &clerk, "INV-2026-000001").await, item(&s, &clerk, "INV-2026-000002").await);
        let (field, other) = (format!("amount[{one}]"), format!("amount[{two}]"));

        // 1,190.00 of 1,200.00 are used; 10.00 are left.
        let typed = paid(&bolt, "1.200,00", &[(&field, "1,190.00"), ("reference", "RF18 5390"), ("once", "a")]);
        let payment = s.post(&clerk, "/payments", &typed).await.leads();
        let page = s.get(&clerk, &payment).await;
        page.says("PAY-2026-000001").says("RF18 5390").says("1,200.00 EUR").says("10.00 EUR are left").says("/ledger/");
        page.says("INV-2026-000001").says("Part used");
        assert_eq!(s.post(&clerk, "/payments", &typed).await.leads(), payment, "the same form records one payment");
        let changed = paid(&bolt, "7", &[("once", "a")]);
        let again = s.post(&clerk, "/payments", &changed).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        again.says("This form was sent before");
        s.get(&clerk, "/payments?unapplied=yes").await.says("PAY-2026-000001").says("1 payment on this page, EUR");
        s.get(&clerk, "/payments?method=card").await.says("No payment fits");

        let allocate = format!("{payment}/allocations");
        let more = s.post(&clerk, &allocate, &[(&other, "11")]).await;
        assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY);
        more.says("11.00 EUR is more than the 10.00 EUR that are left").says("value=\"11\"");
        s.post(&clerk, &allocate, &[(&other, "ten")]).await.says("“ten” is not an amount");
        s.post(&clerk, &allocate, &[]).await.says("Type an amount beside at least one");
        assert_eq!(s.post(&clerk, &allocate, &[(&other, "10")]).await.leads(), payment);
        let page = s.get(&clerk, &payment).await;
        page.says("Used up").hides("Use what is left");
        let undo = page.between("action=\"/allocations/", "\"").to_owned();
        assert!(undo.ends_with(&format!("?back={payment}")), "{undo}");
        let back = s.post(&clerk, &format!("/allocations/{undo}"), &[("reason", "Wrong invoice")]).await.leads();
        assert_eq!(back, payment);
        // 1,190.00 are left again, beside the 10.00 that stay used.
        s.get(&clerk, &payment).await.says("Taken back").says("1,190.00 EUR are left");
        let page = s.get(&clerk, &format!("/open-items/{one}")).await;
        page.says("Opened").says("Allocated").says("Taken back").says("Open after");
    }

    async fn what_was_typed_is_kept_and_every_wrong_field_is_named(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, "100").await;
        let one = item(&s, &clerk, "INV-2026-000001").await;
        let field = format!("amount[{one}]");
        let wrong = [
            ("customer", bolt.as_str()),
            ("money", "12,34.5"),
            ("currency", "EUR"),
            ("received_on", "2026-02-30"),
            ("method", "wire"),
            ("fee", "1.005"),
            (&field, "5 EUR"),
        ];
        let answer = s.post(&clerk, "/payments", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answer.says("value=\"12,34.5\"").says("value=\"5 EUR\"").says("is not an amount such as 1,234.50");
        answer.says("more than the 2 decimals").says("href=\"#f-received_on\"");
        let over = s.post(&clerk, "/payments", &paid(&bolt, "100", &[(&field, "119")])).await;
        over.says("119.00 EUR are used below, which is more than this");
        let mut late = paid(&bolt, "1", &[("received_on", "2026-03-17")]);
        late.retain(|pair| *pair != ("received_on", "2026-03-12"));
        s.post(&clerk, "/payments", &late).await.says("2026-03-17 has not come yet; today is 2026-03-16");
        s.get(&clerk, "/payments/new?customer_text=nobody").await.says("there is no customer “nobody”");
        s.get(&clerk, "/payments/new?customer_text=bolt+ltd").await.says("Record the payment");
        s.get(&clerk, "/payments").await.says("No payments yet");
    }

    async fn a_bounced_payment_opens_what_it_paid(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, "100").await;
        let one = item(&s, &clerk, "INV-2026-000001").await;
        let field = format!("amount[{one}]");
        let payment = s.post(&clerk, "/payments", &paid(&bolt, "119", &[(&field, "119")])).await.leads();
        s.get(&clerk, &format!("/open-items/{one}")).await.says("Settled");
        let bounce = format!("{payment}/reversal");
        let early = s.post(&clerk, &bounce, &[("bounce_on", "2026-03-01"), ("bounce_reason", "Returned")]).await;
        early.says("was received on 2026-03-12 and cannot bounce before").says("value=\"Returned\"");
        s.post(&clerk, &bounce, &[("bounce_reason", " ")]).await.says("Bounce reason: say why");
        s.post(&clerk, &bounce, &[("bounce_on", "2026-03-13"), ("bounce_reason", "Returned")]).await.leads();
        s.get(&clerk, &payment).await.says("This payment bounced").says("Returned").hides("Bounced…");
        s.get(&clerk, &format!("/open-items/{one}")).await.says("119.00 EUR").hides("Settled");
    }

    async fn a_large_refund_waits_for_a_second_person(s: Site) {
        let (clerk, manager) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Manager).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let payment = s.post(&clerk, "/payments", &paid(&bolt, "5,000", &[])).await.leads();
        let refund = format!("{payment}/refunds");
        let none = s.post(&clerk, &refund, &[("refund_amount", "6,000"), ("refund_reason", "Paid twice")]).await;
        none.says("6,000.00 EUR is more than").says("value=\"6,000\"");
        s.post(&clerk, &refund, &[("refund_amount", "100"), ("refund_reason", "Too much")]).await.leads();
        s.get(&clerk, &payment).await.says("Too much").says("4,900.00 EUR");
        s.post(&clerk, &refund, &[("refund_amount", "4,900"), ("refund_reason", "Paid twice")]).await.leads();
        s.get(&clerk, "/approvals").await.says("Bolt Ltd").says("4,900.00 EUR").says("A manager decides");
        let page = s.get(&manager, "/approvals").await;
        let asked = page.says("PAY-2026-000001").says("Paid twice").between("action=\"/approvals/", "/grant\"");
        let grant = format!("/approvals/{asked}/grant");
        assert_eq!(s.post(&clerk, &grant, &[]).await.status, StatusCode::FORBIDDEN);
        s.post(&manager, &grant, &[("note", "Called them")]).await.leads();
        s.get(&manager, "/approvals").await.says("Nothing waits");
        s.get(&clerk, &payment).await.says("Used up").says("Paid twice");

        // Who asks does not decide.
        let payment = s.post(&manager, "/payments", &paid(&bolt, "2,000", &[])).await.leads();
        s.post(&manager, &format!("{payment}/refunds"), &[("refund_reason", "Paid twice")]).await.leads();
        s.get(&manager, "/approvals").await.says("You asked for this refund of 2,000.00 EUR yourself").hides("/grant\"");
    }

    async fn a_debt_is_written_off_and_brought_back(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, "100").await;
        let one = format!("/open-items/{}", item(&s, &clerk, "INV-2026-000001").await);
        let typed = [("write_off_amount", "19,00"), ("write_off_reason", "Agreed on the phone")];
        assert_eq!(s.post(&clerk, &format!("{one}/write-offs"), &typed).await.leads(), one);
        let page = s.get(&clerk, &one).await;
        page.says("Agreed on the phone").says("100.00 EUR").says("Written off");
        let undo = page.between("action=\"/write-offs/", "\"").to_owned();
        s.post(&clerk, &format!("/write-offs/{undo}"), &[("reason", "They paid after all")]).await.leads();
        s.get(&clerk, &one).await.says("Taken back").says("119.00 EUR");
        s.get(&clerk, "/open-items?currency=eur&kind=invoice").await.says("INV-2026-000001").says("119.00");
        s.get(&clerk, "/open-items?overdue=yes").await.says("No open item fits");
    }

    async fn an_auditor_looks_and_changes_nothing(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, "100").await;
        let one = item(&s, &clerk, "INV-2026-000001").await;
        let field = format!("amount[{one}]");
        let payment = s.post(&clerk, "/payments", &paid(&bolt, "150", &[(&field, "100")])).await.leads();
        let page = s.get(&auditor, &payment).await;
        page.says("50.00 EUR").hides("/reversal").hides("/allocations\"").hides("/refunds").hides("/write-offs");
        s.get(&auditor, "/payments").await.hides("data-key=\"n\"");
        assert_eq!(s.get(&auditor, "/payments/new").await.status, StatusCode::FORBIDDEN);
        let verbs = ["allocations", "refunds", "write-offs", "reversal"].map(|verb| format!("{payment}/{verb}"));
        let others = ["/payments".to_owned(), format!("/open-items/{one}/write-offs")];
        for path in verbs.iter().chain(&others) {
            assert_eq!(s.post(&auditor, path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        // Another company's payment is not there.
        let beta = app::companies::create(&s.app, company("BETA")).await.unwrap();
        let stranger = s.person(beta, Role::Clerk).await;
        assert_eq!(s.get(&stranger, &payment).await.status, StatusCode::NOT_FOUND);
        assert_eq!(s.get(&stranger, &format!("/open-items/{one}")).await.status, StatusCode::NOT_FOUND);
    }
}
