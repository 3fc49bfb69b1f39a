//! Real ledgers in: what is open as of three days equals a computation made here from the file alone, to the cent.

use crate::story::{Story, day};
use app::{
    companies::{self, SeriesFacts},
    customers,
    imports::{self, Outcome, Request},
};
use domain::{
    companies::{Address, Series},
    customers::CustomerFacts,
    imports::{ImportKind, ImportMap},
    users::Role,
};
use kernel::{Currency, Date, Money};
use std::collections::BTreeMap;
use testkit::on_both_engines;

fn map(name: &str) -> ImportMap {
    let path = format!("{}/../../docs/import-maps/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    ImportMap::from_toml(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn import(s: &Story, map: ImportMap, bytes: &[u8], accept: bool) -> Outcome {
    let request = Request {
        file_name: "ledger.csv".into(),
        bytes: bytes.to_vec(),
        map,
        source: None,
        rehearse: false,
        accept_good_rows: accept,
    };
    imports::run(&s.app, &s.clerk, request, &|_| ()).await.unwrap()
}

/// A plain file of which the good rows are taken.
async fn good_rows(s: &Story, kind: ImportKind, file: &str) -> Outcome {
    import(s, ImportMap::plain(kind), file.as_bytes(), true).await
}

/// `line column value: reason` of each reject.
fn rejects(outcome: &Outcome) -> Vec<String> {
    let words = |reject: &domain::imports::Reject| {
        let [line, column, value, reason] = reject.cells();
        format!("{line} {column} {value}: {reason}")
    };
    outcome.rejects.iter().map(words).collect()
}

async fn texts(s: &Story, sql: &'static str) -> Vec<String> {
    let mut tx = s.app.db.snapshot().await.unwrap();
    let rows: Vec<(String,)> = tx.sql(sql).bind(s.company).all().await.unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}

/// Σ open per currency and overdue-or-not as of a day, from the file: invoiced by then and not paid by then.
fn expected(csv: &str, as_of: Date) -> BTreeMap<(String, bool), i64> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let (amount, currency) = (column("amount"), column("currency"));
    let (invoiced, due, paid) = (column("invoice_date"), column("due_date"), column("paid_date"));
    let mut sums = BTreeMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split(',').collect();
        let paid_by_then = !cells[paid].is_empty() && day(cells[paid]) <= as_of;
        if day(cells[invoiced]) > as_of || paid_by_then {
            continue;
        }
        let code: Currency = cells[currency].parse().unwrap();
        let overdue = day(cells[due]) < as_of;
        *sums.entry((code.to_string(), overdue)).or_default() += Money::parse(cells[amount], code).unwrap().minor();
    }
    sums
}

/// The same from the movements.
async fn shown(s: &Story, as_of: Date) -> BTreeMap<(String, bool), i64> {
    let mut tx = s.app.db.snapshot().await.unwrap();
    let rows: Vec<(String, bool, i64)> = tx
        .sql(
            "SELECT i.currency, i.due_on < $2 AS overdue, CAST(SUM(m.amount_minor) AS BIGINT)
             FROM open_items i JOIN movements m ON m.company_id = i.company_id AND m.item_id = i.id
             WHERE i.company_id = $1 AND m.effective_on <= $2 GROUP BY 1, 2 HAVING SUM(m.amount_minor) <> 0",
        )
        .bind(s.company)
        .bind(as_of)
        .all()
        .await
        .unwrap();
    rows.into_iter().map(|(currency, overdue, sum)| ((currency, overdue), sum)).collect()
}

async fn real_ledger(s: &Story, name: &str, rows: usize, open: usize, days: [&str; 3]) {
    let Some(shared) = testkit::shared_dir() else { return };
    let bytes = std::fs::read(shared.join(format!("data/ar/{name}.csv"))).unwrap();
    let outcome = import(s, map(name), &bytes, false).await;
    assert!(outcome.saved, "{:?}", &outcome.rejects[..outcome.rejects.len().min(5)]);
    assert_eq!((outcome.created, outcome.payments), (rows, rows - open));
    let text = String::from_utf8(bytes.clone()).unwrap();
    for as_of in days {
        assert_eq!(shown(s, day(as_of)).await, expected(&text, day(as_of)), "as of {as_of}");
    }
    s.assert_books().await;
    let again = import(s, map(name), &bytes, false).await;
    assert_eq!((again.created, again.payments, again.customers, again.unchanged), (0, 0, 0, rows));
    assert!(!again.saved && again.rejects.is_empty());
}

on_both_engines! {
    prepare = begin;

    async fn the_ibm_ledger(s: Story) {
        s.rate(Currency::USD, "2012-01-01", "0.77").await;
        real_ledger(&s, "ibm", 1_706, 96, ["2012-06-30", "2012-12-31", "2013-04-30"]).await;
    }

    async fn the_highradius_ledger(s: Story) {
        s.rate(Currency::USD, "2018-01-01", "0.85").await;
        s.rate("CAD".parse().unwrap(), "2018-01-01", "0.66").await;
        real_ledger(&s, "highradius", 23_083, 1_611, ["2019-01-31", "2019-05-15", "2019-08-31"]).await;
    }

    async fn a_dirty_file_is_rejected_by_row_and_leaves_nothing(s: Story) {
        let dirty = "invoice_id,customer_id,invoice_date,due_date,currency,amount,paid_date\n\
            A1,Bolt,2026-01-05,2026-02-04,EUR,100.00,\n\
            A2,,2026-01-05,2026-02-04,EUR,100.00,\n\
            A3,Bolt,31/12/2020,2026-02-04,EUR,100.00,\n\
            A4,Bolt,2026-01-05,soon,EUR,\"1,234.50\",\n\
            A1,Bolt,2026-01-05,2026-02-04,EUR,100.00,\n\
            A5,Bolt,2027-01-05,2027-02-04,EUR,100.00,\n";
        let outcome = import(&s, ImportMap::plain(ImportKind::Invoices), dirty.as_bytes(), false).await;
        let lines: Vec<u64> = outcome.rejects.iter().map(|reject| reject.line).collect();
        assert_eq!((lines.as_slice(), outcome.rejected), (&[3, 4, 5, 5, 6, 7][..], 5), "one is wrong twice");
        assert!(!outcome.saved && shown(&s, day("2026-03-16")).await.is_empty());
        let outcome = import(&s, ImportMap::plain(ImportKind::Invoices), dirty.as_bytes(), true).await;
        assert_eq!((outcome.saved, outcome.created), (true, 1));
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 10_000)]));
    }

    async fn a_number_stands_for_one_invoice(s: Story) {
        let file = "invoice_id,number,customer_id,invoice_date,due_date,currency,amount\n\
            A1,R-1,Bolt,2026-01-05,2026-02-04,EUR,100.00\nA2,R-1,Bolt,2026-01-06,2026-02-05,EUR,50.00\n";
        let outcome = import(&s, ImportMap::plain(ImportKind::Invoices), file.as_bytes(), true).await;
        assert_eq!((outcome.created, outcome.rejects[0].line, outcome.rejects[0].column.as_str()), (1, 3, "number"));
        assert_eq!(outcome.rejects[0].reason, "there is an invoice with this number already");
    }

    async fn a_large_file_is_whole_and_leaves_every_index(s: Story) {
        let before = indexes(&s).await;
        let header = "invoice_id,customer_id,invoice_date,due_date,currency,amount,paid_date\n";
        // 5,100 invoices of 1.00, every hundredth of them paid.
        let rows = |from: u32, to: u32| -> String {
            let paid = |n| if n % 100 == 0 { "2026-02-10" } else { "" };
            (from..to).map(|n| format!("A{n},Bolt,2026-01-05,2026-02-04,EUR,1.00,{}\n", paid(n))).collect()
        };
        let large = format!("{header}{}", rows(0, 5_100));
        let bad = large.replace("A4000,Bolt", "A4000,");
        let refused = import(&s, ImportMap::plain(ImportKind::Invoices), bad.as_bytes(), false).await;
        assert_eq!((refused.saved, indexes(&s).await), (false, before.clone()));
        app::audit::seal(&s.app).await.unwrap();
        let outcome = import(&s, ImportMap::plain(ImportKind::Invoices), large.as_bytes(), false).await;
        assert_eq!((outcome.created, outcome.payments, outcome.saved), (5_100, 51, true));
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 504_900)]));
        assert_eq!(indexes(&s).await, before);
        // Where nobody else can write meanwhile, the events of its invoices and payments are sealed with it.
        let unsealed = app::audit::chain(&s.app, &s.auditor).await.unwrap().unsealed;
        assert_eq!(unsealed >= 5_100, s.app.db.is_postgres(), "{unsealed} events are not sealed");
        s.assert_books().await;
        app::audit::seal(&s.app).await.unwrap();
        s.assert_books().await;
    }

    async fn a_ledger_sent_again_with_more_paid_adds_only_the_payments(s: Story) {
        let header = "invoice_id,customer_id,invoice_date,due_date,currency,amount,paid_date\n";
        let open = format!("{header}A1,Bolt,2026-01-05,2026-02-04,EUR,100.00,\nA2,Bolt,2026-01-06,2026-02-05,EUR,50.00,\n");
        let paid = format!("{header}A1,Bolt,2026-01-05,2026-02-04,EUR,100.00,2026-02-10\nA2,Bolt,2026-01-06,2026-02-05,EUR,50.00,\n");
        import(&s, ImportMap::plain(ImportKind::Invoices), open.as_bytes(), false).await;
        let outcome = import(&s, ImportMap::plain(ImportKind::Invoices), paid.as_bytes(), false).await;
        assert_eq!((outcome.created, outcome.payments, outcome.unchanged), (0, 1, 2));
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 5_000)]));
        s.assert_books().await;
    }

    async fn a_row_that_is_rejected_pays_nothing(s: Story) {
        let header = "invoice_id,customer_id,invoice_date,due_date,currency,amount,paid_date\n";
        let row = |amount: &str, paid: &str| format!("{header}A1,Bolt,2026-01-05,2026-02-04,EUR,{amount},{paid}\n");
        good_rows(&s, ImportKind::Invoices, &row("100.00", "")).await;
        let outcome = good_rows(&s, ImportKind::Invoices, &row("110.00", "2026-02-10")).await;
        assert_eq!((outcome.payments, rejects(&outcome)), (0, vec![
            "2  A1: it was taken over before with other contents; an issued invoice never changes, correct it with a credit note".to_owned(),
        ]));
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 10_000)]));
        let outcome = good_rows(&s, ImportKind::Invoices, &row("100.00", "2026-02-10")).await;
        assert_eq!((outcome.payments, outcome.unchanged), (1, 1));
        assert!(shown(&s, day("2026-03-16")).await.is_empty());
        s.assert_books().await;
    }

    async fn payments_name_the_invoices_that_they_pay(s: Story) {
        let invoices = "invoice_id,number,customer_id,invoice_date,due_date,currency,amount\n\
            A1,R-1,Bolt,2026-01-05,2026-02-04,EUR,100.00\nA2,R-2,Bolt,2026-01-06,2026-02-05,EUR,50.00\n";
        import(&s, ImportMap::plain(ImportKind::Invoices), invoices.as_bytes(), false).await;
        let payments = "payment_id,customer_id,payment_date,currency,amount,allocations\n\
            P1,Bolt,2026-02-01,EUR,120.00,R-1:100.00; R-2:20.00\nP2,Bolt,2026-02-02,EUR,10.00,R-9\nP3,Bolt,2026-02-02,EUR,99.00,R-2:99.00\n";
        let outcome = import(&s, ImportMap::plain(ImportKind::Payments), payments.as_bytes(), true).await;
        let reasons: Vec<(u64, &str)> = outcome.rejects.iter().map(|r| (r.line, r.reason.as_str())).collect();
        assert_eq!(reasons, [
            (3, "there is no such invoice"),
            (4, "99.00 EUR cannot be allocated: 30.00 EUR is open and 99.00 EUR of the payment is left"),
        ]);
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 3_000)]));
        s.assert_books().await;
    }

    async fn a_payment_that_cannot_be_posted_is_a_reject_and_leaves_its_invoices_to_others(s: Story) {
        let invoices = "invoice_id,number,customer_id,invoice_date,due_date,currency,amount\n\
            A1,R-1,Bolt,2026-01-05,2026-02-04,EUR,100.00\nA2,R-2,Nut,2026-01-06,2026-02-05,EUR,50.00\n";
        good_rows(&s, ImportKind::Invoices, invoices).await;
        let payments = "payment_id,customer_id,payment_date,currency,amount,allocations\n\
            P1,Nut,2026-02-01,EUR,100.00,R-1:100.00\n\
            P2,Bolt,2026-02-01,GBP,10.00,\n\
            P3,Bolt,2026-02-02,EUR,100.00,A1:100.00\n\
            P4,Nut,2026-02-03,EUR,20.00,R-2:15.00; A2:5.00\n\
            P5,Nut,2026-02-03,EUR,150.00,R-2; NOPE:50.00\n\
            P6,Nut,2026-02-03,EUR,50.00,R-2\n";
        let refused = import(&s, ImportMap::plain(ImportKind::Payments), payments.as_bytes(), false).await;
        assert_eq!((refused.saved, refused.rejected), (false, 4));
        let outcome = good_rows(&s, ImportKind::Payments, payments).await;
        assert_eq!(rejects(&outcome), [
            "2 allocations R-1: R-1 belongs to Bolt, and Nut neither pays for it nor is of its group",
            "3 currency GBP: no exchange rate for GBP is known on 2026-02-01; give one",
            "5 allocations R-2; A2: R-2 is named twice; give it one amount",
            "6 invoice_id NOPE: there is no such invoice",
        ]);
        assert_eq!((outcome.created, outcome.saved), (2, true));
        assert!(shown(&s, day("2026-03-16")).await.is_empty(), "P3 and P6 paid all");
        let numbers = texts(&s, "SELECT number FROM payments WHERE company_id = $1 ORDER BY number").await;
        assert_eq!(numbers, ["PAY-2026-000001", "PAY-2026-000002"]);
        let told = "SELECT summary FROM audit_events WHERE company_id = $1 AND action = 'payment.recorded' ORDER BY id";
        assert_eq!(texts(&s, told).await, [
            "100.00 EUR was received by other means (PAY-2026-000001)",
            "50.00 EUR was received by other means (PAY-2026-000002)",
        ]);
        s.assert_books().await;
    }

    async fn a_day_that_cannot_be_and_a_name_that_is_too_long_keep_one_row_out(s: Story) {
        s.rate(Currency::USD, "2026-01-05", "0.50").await;
        let header = "invoice_id,customer_id,customer_name,invoice_date,due_date,currency,amount,paid_date\n";
        let long = "x".repeat(250);
        let invoices = format!("{header}\
            A1,B,Bolt,2026-01-05,2026-02-04,EUR,100.00,2026-04-01\n\
            A2,L,{long},2026-01-05,2026-02-04,EUR,50.00,\n\
            A3,B,Bolt,2026-01-05,2026-02-04,USD,10.00,2026-01-02\n\
            A4,B,Bolt,2026-01-05,2026-02-04,EUR,30.00,2026-02-01\n\
            A5,B,Bolt,2027-01-05,2027-02-04,EUR,30.00,\n\
            A6,B,Bolt,2026-01-05,2026-02-04,EUR,70.00,\n");
        let outcome = good_rows(&s, ImportKind::Invoices, &invoices).await;
        assert_eq!(rejects(&outcome), [
            "2 paid_date 2026-04-01: 2026-04-01 is in the future; today is 2026-03-16".to_owned(),
            format!("3 customer_name {long}: give a name of 1 to 200 characters"),
            "4 paid_date 2026-01-02: no exchange rate for USD is known on 2026-01-02".to_owned(),
            "6 invoice_date 2027-01-05: 2027-01-05 is in the future; today is 2026-03-16".to_owned(),
        ]);
        assert_eq!((outcome.created, outcome.payments, outcome.customers), (2, 1, 1));
        let paid = format!("{header}A6,B,Bolt,2026-01-05,2026-02-04,EUR,70.00,2026-04-01\n");
        let outcome = good_rows(&s, ImportKind::Invoices, &paid).await;
        assert_eq!(rejects(&outcome), ["2 paid_date 2026-04-01: 2026-04-01 is in the future; today is 2026-03-16"]);
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 7_000)]));
        s.assert_books().await;
    }

    async fn a_payment_in_another_currency_uses_what_its_cell_says_of_it(s: Story) {
        s.rate(Currency::USD, "2026-01-01", "0.50").await;
        let invoices = "invoice_id,customer_id,invoice_date,due_date,terms,currency,amount\n\
            U1,Volt,2026-01-05,2026-02-04,,EUR,100.00\nU2,Volt,2026-01-05,,30-60-90,EUR,90.00\n";
        good_rows(&s, ImportKind::Invoices, invoices).await;
        // 50.00 USD are 25.00 EUR: 75.00 of 100.00 EUR stay open, and 100.00 of 150.00 USD unused.
        let header = "payment_id,customer_id,payment_date,currency,amount,allocations\n";
        let first = format!("{header}UP1,Volt,2026-02-01,USD,150.00,U1:50.00\nUP2,Volt,2026-02-01,USD,60.00,U2:60.00\n");
        let outcome = good_rows(&s, ImportKind::Payments, &first).await;
        assert_eq!(rejects(&outcome), [
            "3 invoice_id U2: it has several instalments in EUR, and the payment is in USD; leave it out here and use the payment on each of them",
        ]);
        let open = |eur, usd| BTreeMap::from([(("EUR".to_owned(), true), eur), (("USD".to_owned(), true), usd)]);
        // Of U2, 30.00 each are due on 2026-02-04, 2026-03-06 and 2026-04-05.
        let late = [(("EUR".to_owned(), false), 3_000)];
        let expected = |eur, usd| open(eur, usd).into_iter().chain(late.clone()).collect::<BTreeMap<_, _>>();
        assert_eq!(shown(&s, day("2026-03-16")).await, expected(7_500 + 6_000, -10_000));
        // Without an amount as much as the invoice needs: 75.00 EUR are 150.00 USD.
        let rest = format!("{header}UP3,Volt,2026-02-02,USD,200.00,U1\nUP4,Volt,2026-02-02,USD,10.00,U1:10.00\n");
        let outcome = good_rows(&s, ImportKind::Payments, &rest).await;
        assert_eq!((outcome.created, rejects(&outcome)), (1, vec!["3 allocations U1: nothing of INV-2026-000001 is open".to_owned()]));
        assert_eq!(shown(&s, day("2026-03-16")).await, expected(6_000, -10_000 - 5_000));
        s.assert_books().await;
    }

    async fn a_payment_sent_again_with_another_amount_is_rejected(s: Story) {
        let file = |amount: &str| format!("payment_id,customer_id,payment_date,currency,amount\nP1,Bolt,2026-02-01,EUR,{amount}\n");
        let send = async |amount: &str| good_rows(&s, ImportKind::Payments, &file(amount)).await;
        send("100.00").await;
        assert_eq!((send("100.00").await.unchanged, rejects(&send("110.00").await)), (1, vec![
            "2  P1: it was taken over before with other contents; reverse that payment and bring this one in under another id".to_owned(),
        ]));
        // Taken over when payments had no fingerprint.
        let mut tx = s.app.db.begin().await.unwrap();
        tx.sql("UPDATE external_ids SET fingerprint = '' WHERE company_id = $1 AND external_id = 'P1'").bind(s.company).run().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(send("110.00").await.unchanged, 1);
    }

    async fn lines_must_come_to_the_amount_of_the_row_and_stay_the_same_lines(s: Story) {
        let header = "invoice_id,customer_id,invoice_date,due_date,currency,amount,tax_code,description,quantity,unit_price,discount\n";
        let row = |id: &str, amount: &str, discount: &str| {
            format!("{id},Bolt,2026-01-05,2026-02-04,EUR,{amount},standard,Thing,1,100.00,{discount}\n")
        };
        // 100.00 and 19 % are 119.00; less 10 % it is 90.00 and 17.10.
        let file = [row("L1", "500.00", ""), row("L2", "119.00", ""), row("L3", "", ""), row("L4", "107.10", "10")].concat();
        let outcome = good_rows(&s, ImportKind::Invoices, &format!("{header}{file}")).await;
        assert_eq!(rejects(&outcome), [
            "2 amount 500.00 EUR: the row says 500.00 EUR, but its lines come to 119.00 EUR with their taxes; correct one of them",
        ]);
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 11_900 + 11_900 + 10_710)]));
        let again = [row("L2", "119.00", ""), row("L3", "", "5"), row("L4", "107.10", "10")].concat();
        let outcome = good_rows(&s, ImportKind::Invoices, &format!("{header}{again}")).await;
        assert_eq!((outcome.unchanged, outcome.rejects[0].value.as_str(), outcome.rejected), (2, "L3", 1));
        // SHA-256 of `(None, "Bolt", 2026-01-05, Some(2026-02-04), EUR, Some(119.00 EUR), Some("standard"), [(None, Some("Thing"), 1, 100)])`
        let kept = texts(&s, "SELECT fingerprint FROM external_ids WHERE company_id = $1 AND external_id = 'L2'").await;
        assert_eq!(kept, ["7200e5f9c0a73398403951ebacd0301b"], "as older versions made it");
    }

    async fn a_customer_keeps_what_the_file_does_not_have(s: Story) {
        let file = "customer_id,name,email,phone,street,city,currency,language,terms,tags\n\
            C1,Bolt,a@bolt.example,0123,Main Street 1,Kiel,USD,fr,net-14,north\n";
        good_rows(&s, ImportKind::Customers, file).await;
        let (row, first) = facts(&s, "C-00001").await;
        let more = CustomerFacts { segment: Some("Trade".into()), tax_code: Some("reduced".into()), ..first };
        customers::update(&s.app, &s.clerk, row.id, row.version, more.clone()).await.unwrap();
        let outcome = good_rows(&s, ImportKind::Customers, "customer_id,name,phone,city\nC1,Bolt AG,,Ulm\n").await;
        assert_eq!((outcome.updated, rejects(&outcome)), (1, vec![]));
        let address = Address { city: "Ulm".into(), ..more.address.clone() };
        assert_eq!((address.street.as_str(), more.email.as_deref()), ("Main Street 1", Some("a@bolt.example")));
        let expected = CustomerFacts { name: "Bolt AG".into(), phone: None, address, ..more };
        assert_eq!(facts(&s, "C-00001").await.1, expected);
    }

    async fn a_number_that_the_company_will_give_itself_is_rejected(s: Story) {
        let header = "invoice_id,number,customer_id,invoice_date,due_date,currency,amount\n";
        let row = |id: &str, number: &str| format!("{id},{number},Bolt,2026-01-05,2026-02-04,EUR,100.00\n");
        let file = [row("A1", "INV-2026-000003"), row("A2", "CRN-2026-000001"), row("A3", "INV-2026-3"), row("A4", "R-1")].concat();
        let outcome = good_rows(&s, ImportKind::Invoices, &format!("{header}{file}")).await;
        let reason = |kind| format!("the {kind} numbers of this company will come to it; change their prefix under Settings, or give the invoice another number");
        assert_eq!(rejects(&outcome), [
            format!("2 number INV-2026-000003: {}", reason("invoice")),
            format!("3 number CRN-2026-000001: {}", reason("credit note")),
        ]);
        assert_eq!(outcome.created, 2);
        let bolt = facts(&s, "C-00001").await.0.id;
        for _ in 0..4 {
            s.invoice(bolt, "10.00", "2026-03-16").await;
        }
        let file = [row("A5", "INV-2026-000003"), row("A6", "INV-2026-000005")].concat();
        let outcome = good_rows(&s, ImportKind::Invoices, &format!("{header}{file}")).await;
        assert_eq!(rejects(&outcome), [
            "2 number INV-2026-000003: there is an invoice with this number already".to_owned(),
            format!("3 number INV-2026-000005: {}", reason("invoice")),
        ]);
        s.assert_books().await;
    }

    async fn a_series_does_not_come_to_numbers_that_were_taken_over(s: Story) {
        let file = "invoice_id,number,customer_id,invoice_date,due_date,currency,amount\n\
            A1,R-2026-000002,Bolt,2026-01-05,2026-02-04,EUR,100.00\nA2,R-2026-000005,Bolt,2026-01-06,2026-02-05,EUR,50.00\n\
            A3,INV-2026-3,Bolt,2026-01-06,2026-02-05,EUR,50.00\n";
        assert_eq!(good_rows(&s, ImportKind::Invoices, file).await.created, 3);
        let bolt = facts(&s, "C-00001").await.0.id;
        s.invoice(bolt, "10.00", "2026-03-16").await;
        let admin = s.person("Ada Admin", Role::Administrator);
        let edit = async |kind, prefix: &str, digits| {
            let facts = SeriesFacts { prefix: prefix.into(), digits, yearly: true };
            companies::edit_series(&s.app, &admin, kind, facts).await.map_err(|error| error.to_string())
        };
        let taken = |number, next, free| Err(format!(
            "prefix: {number} is taken by a document from elsewhere, and numbers that go on with {next} would come to it; the first free one is {free}. Use another prefix"
        ));
        assert_eq!(edit(Series::Invoice, "R", 6).await, taken("R-2026-000005", "R-2026-000002", "R-2026-000006"));
        assert_eq!(edit(Series::Invoice, "INV", 1).await, taken("INV-2026-3", "INV-2026-2", "INV-2026-4"));
        edit(Series::Invoice, "INV", 2).await.unwrap();
        // With four digits more the numbers are others, and those that were given already are no obstacle.
        edit(Series::Invoice, "R", 10).await.unwrap();
        for _ in 0..4 {
            s.invoice(bolt, "10.00", "2026-03-16").await;
        }
        edit(Series::Invoice, "R", 6).await.unwrap();
        s.invoice(bolt, "10.00", "2026-03-16").await;
        let own = "SELECT number FROM invoices WHERE company_id = $1 AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1";
        assert_eq!(texts(&s, own).await, ["R-2026-000006"]);
        s.assert_books().await;
    }

    async fn opening_balances_age_from_their_own_days(s: Story) {
        let items = "item_id,kind,customer_id,document_date,due_date,currency,amount,open_amount\n\
            X1,invoice,Bolt,2025-11-05,2025-12-05,EUR,100.00,40.00\nX2,credit_note,Bolt,2026-01-05,2026-01-05,EUR,15.00,15.00\n";
        let outcome = import(&s, ImportMap::plain(ImportKind::OpenItems), items.as_bytes(), false).await;
        assert_eq!((outcome.created, outcome.saved), (2, true), "{:?}", outcome.rejects);
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 2_500)]));
        s.assert_books().await;
    }
}

async fn facts(s: &Story, number: &str) -> (customers::CustomerRow, CustomerFacts) {
    let id = customers::find_by_number(&s.app, &s.clerk, number).await.unwrap().id;
    customers::facts(&s.app, &s.clerk, id).await.unwrap()
}

/// Name and text of every index.
async fn indexes(s: &Story) -> Vec<(String, String)> {
    let mut tx = s.app.db.snapshot().await.unwrap();
    let postgres = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1";
    let sqlite = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
    tx.sql_for(sqlite, postgres).all().await.unwrap()
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
