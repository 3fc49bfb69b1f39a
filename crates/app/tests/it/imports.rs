//! Real ledgers in: what is open as of three days equals a computation made here from the file alone, to the cent.

use crate::story::{Story, day};
use app::{
    customers,
    imports::{self, Outcome, Request},
};
use domain::{
    companies::Address,
    customers::CustomerFacts,
    imports::{ImportKind, ImportMap},
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
        let outcome = import(&s, ImportMap::plain(ImportKind::Invoices), large.as_bytes(), false).await;
        assert_eq!((outcome.created, outcome.payments, outcome.saved), (5_100, 51, true));
        assert_eq!(shown(&s, day("2026-03-16")).await, BTreeMap::from([(("EUR".into(), true), 504_900)]));
        assert_eq!(indexes(&s).await, before);
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
