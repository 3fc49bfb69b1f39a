//! Account statements tie to the aging and tell the customer's side.

use super::live;
use crate::story::{Story, day, eur};
use app::{
    cash::{self, WriteOffRequest},
    statements::{self, StatementForm, StatementRequest},
};
use kernel::Currency;
use testkit::on_both_engines;

on_both_engines! {
    prepare = begin;

    async fn statements_tie_to_the_aging_in_both_forms(s: Story) {
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        let customers = [s.customer("Ada", Currency::EUR).await, s.customer("Bob", Currency::USD).await];
        live(&s, &customers).await;
        for customer in customers {
            for as_of in ["2026-01-31", "2026-02-28", "2026-03-20", "2026-04-30"] {
                let words = format!("as_of={as_of} customer={customer}");
                let aging = s.report("aged-receivables", &words).await;
                let totals: Vec<(String, String)> =
                    aging.rows.iter().map(|row| (row.cells[2].text(), row.cells[9].text())).collect();
                let request = StatementRequest { customer, as_of: Some(day(as_of)), known_at: None, from: None, currency: None };
                let open = statements::show(&s.app, &s.auditor, &request).await.unwrap();
                let StatementForm::OpenItems(sections) = open.form else { panic!("not the open items") };
                let listed: Vec<(String, String)> =
                    sections.iter().map(|x| (x.currency.to_string(), x.total.to_decimal().to_string())).collect();
                assert_eq!(listed, totals, "{words}");
                assert!(sections.iter().all(|x| x.aged.total == x.total.minor()));
                let from = Some(day("2026-01-20"));
                let request = StatementRequest { from, ..request };
                let activity = statements::show(&s.app, &s.auditor, &request).await.unwrap();
                let StatementForm::Activity { sections, .. } = activity.form else { panic!("not the activity") };
                for section in &sections {
                    let moved: i64 = section.lines.iter().map(|line| line.amount.minor()).sum();
                    assert_eq!(section.brought_forward.minor() + moved, section.closing.minor());
                    assert_eq!(section.closing.minor(), section.aged.total, "{words} {}", section.currency);
                }
            }
        }
    }

    async fn a_statement_tells_the_customers_side(s: Story) {
        s.on("2026-01-10");
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let invoice = s.invoice(bolt, "1000.00", "2026-01-10").await;
        let item = s.the_item(invoice).await;
        s.on("2026-02-05");
        s.receives(bolt, eur("476.00"), "2026-02-05", &[item]).await;
        s.on("2026-02-10");
        s.invoice(bolt, "100.00", "2026-02-10").await;
        let ask = WriteOffRequest { item, amount: Some(eur("14.00")), reason: "goodwill".into(), on: None };
        cash::write_off(&s.app, &s.clerk, ask).await.unwrap();
        let request = StatementRequest { customer: bolt, as_of: None, known_at: None, from: Some(day("2026-02-01")), currency: None };
        let statement = statements::show(&s.app, &s.auditor, &request).await.unwrap();
        let StatementForm::Activity { sections, .. } = statement.form else { panic!("not the activity") };
        let line = |line: &statements::ActivityLine| format!("{} {} {} {}", line.on, line.what, line.amount, line.balance);
        let lines: Vec<String> = sections[0].lines.iter().map(line).collect();
        // The allocation moves nothing between the customer and us.
        assert_eq!(sections[0].brought_forward, eur("1190.00"));
        assert_eq!(lines, [
            "2026-02-05 opened -476.00 EUR 714.00 EUR",
            "2026-02-10 opened 119.00 EUR 833.00 EUR",
            "2026-02-10 written_off -14.00 EUR 819.00 EUR",
        ]);
        assert_eq!(sections[0].closing, eur("819.00"));
        let wrong = StatementRequest { from: Some(day("2026-03-01")), ..request };
        let error = statements::show(&s.app, &s.auditor, &wrong).await.unwrap_err();
        assert_eq!(error.to_string(), "to: 2026-03-01 is after 2026-02-10; turn the two days round");
    }
}

use Story as S;
async fn begin(engine: testkit::Engine) -> Option<S> {
    Story::begin(engine).await
}
