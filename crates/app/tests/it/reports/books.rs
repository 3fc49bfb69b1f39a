//! Ledgers, sales, taxes, payments, orders and the home page's figures, worked out by hand.

use super::{asked, borders, shown};
use crate::{
    cash::wire,
    story::{Story, day, eur, order_form, usd},
};
use app::{
    cash,
    credit_notes::{self, CreditRequest},
    invoices,
    lines::NewDocument,
    orders,
    orders::InvoiceOrder,
    payments,
    reports::{self, Asked},
};
use kernel::Currency;
use testkit::on_both_engines;

on_both_engines! {
    prepare = begin;

    async fn a_customer_ledger_runs_a_balance(s: Story) {
        s.on("2026-01-10");
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let item = s.the_item(s.invoice(bolt, "1000.00", "2026-01-10").await).await;
        s.on("2026-02-05");
        s.receives(bolt, eur("500.00"), "2026-02-05", &[item]).await;
        let report = s.report("customer-ledger", "customer=C-Bolt from=2026-02-01 to=2026-02-28").await;
        assert_eq!(shown(&report.rows), [
            "2026-02-01 |  | Balance brought forward |  | EUR |  |  | 1190.00",
            "2026-02-05 | PAY-2026-000001 | Payment | 2026-02-05 | EUR |  | 500.00 | 690.00",
            "2026-02-05 | PAY-2026-000001 | Used |  | EUR | 500.00 |  | 1190.00",
            "2026-02-05 | INV-2026-000001 | Paid |  | EUR |  | 500.00 | 690.00",
        ]);
        assert_eq!(shown(&report.totals), ["2026-02-28 |  | Balance |  | EUR | 500.00 | 1000.00 | 690.00"]);
        let error = reports::run(&s.app, &s.auditor, "customer-ledger", &Asked::default()).await.unwrap_err();
        assert_eq!(error.to_string(), "customer: say which customer");
    }

    async fn the_trial_balance_and_the_journal_show_the_books(s: Story) {
        s.on("2026-01-15");
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        let (bolt, amps) = (s.customer("Bolt", Currency::EUR).await, s.customer("Amps", Currency::USD).await);
        s.invoice(bolt, "100.00", "2025-12-20").await;
        s.owes(amps, Currency::USD, "100.00", "2026-01-05").await;
        s.receives(bolt, eur("119.00"), "2026-01-10", &[]).await;
        // 119.00 EUR brought forward; 119.00 USD are 107.10 EUR: 17.10 tax, 90.00 net.
        assert_eq!(s.rows("trial-balance", "as_of=2026-01-31").await, [
            "1000 | Bank | asset | 0.00 | 119.00 | 0.00 | 119.00",
            "1100 | Trade receivables | asset | 119.00 | 107.10 | 0.00 | 226.10",
            "2100 | Unapplied cash | liability | 0.00 | 0.00 | 119.00 | -119.00",
            "2200 | Tax payable | liability | -19.00 | 0.00 | 17.10 | -36.10",
            "4000 | Sales | income | -100.00 | 0.00 | 90.00 | -190.00",
        ]);
        let by_currency = s.report("trial-balance", "as_of=2026-01-31 by=currency").await;
        assert_eq!(shown(&by_currency.rows)[1..3], [
            "1100 | Trade receivables | asset | EUR | 119.00 | 0.00 | 0.00 | 119.00 | 119.00 | 0.00 | 0.00 | 119.00",
            "1100 | Trade receivables | asset | USD | 0.00 | 119.00 | 0.00 | 119.00 | 0.00 | 107.10 | 0.00 | 107.10",
        ]);
        assert_eq!(shown(&by_currency.totals), ["Total |  |  |  |  |  |  |  | 0.00 | 226.10 | 226.10 | 0.00"]);
        assert_eq!(s.rows("trial-balance", "as_of=2026-01-31 known_at=2026-01-01T00:00:00Z").await, Vec::<String>::new());

        let journal = s.report("journal", "from=2026-01-01 to=2026-01-31 limit=1").await;
        assert_eq!(shown(&journal.rows), [
            "2026-01-05 | 2026-01-05 | invoice | Invoice INV-2026-000001, Amps | 1100 | Trade receivables | USD | 119.00 |  | 107.10 | ",
            "2026-01-05 | 2026-01-05 | invoice | Invoice INV-2026-000001, Amps | 4000 | Sales | USD |  | 100.00 |  | 90.00",
            "2026-01-05 | 2026-01-05 | invoice | Invoice INV-2026-000001, Amps | 2200 | Tax payable | USD |  | 19.00 |  | 17.10",
        ]);
        assert_eq!(shown(&journal.totals), [" |  |  | Total |  |  |  |  |  | 226.10 | 226.10"]);
        let next = journal.next.unwrap();
        let rest = s.report("journal", &format!("from=2026-01-01 to=2026-01-31 after={next}")).await;
        assert_eq!((rest.rows.len(), rest.next), (2, None));
        assert_eq!(s.rows("journal", "from=2025-01-01 to=2026-01-31 account=2100").await.len(), 2);
        assert_eq!(s.rows("journal", "from=2025-01-01 to=2026-01-31 kind=invoice").await.len(), 6);
    }

    async fn sales_and_taxes_are_invoices_minus_credit_notes(s: Story) {
        s.on("2026-03-16");
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        let (bolt, amps) = (s.customer("Bolt", Currency::EUR).await, s.customer("Amps", Currency::USD).await);
        s.belongs_to(amps, bolt).await;
        let invoice = s.invoice(bolt, "100.00", "2026-01-31").await;
        s.invoice(bolt, "40.00", "2026-02-01").await;
        s.owes(amps, Currency::USD, "100.00", "2026-02-28").await;
        let credit = CreditRequest { invoice, lines: None, reason: "returned".into(), on: Some(day("2026-02-10")) };
        credit_notes::issue(&s.app, &s.clerk, credit).await.unwrap();
        let report = s.report("sales", "").await;
        assert_eq!(shown(&report.rows), [
            "2026-01 | C-Bolt | Bolt | EUR | 1 | 100.00 | 19.00 | 119.00",
            "2026-02 | C-Amps | Amps | USD | 1 | 100.00 | 19.00 | 119.00",
            "2026-02 | C-Bolt | Bolt | EUR | 2 | -60.00 | -11.40 | -71.40",
        ]);
        assert_eq!(shown(&report.totals), [
            "Total |  |  | EUR | 3 | 40.00 | 7.60 | 47.60",
            "Total |  |  | USD | 1 | 100.00 | 19.00 | 119.00",
        ]);
        assert_eq!(s.rows("sales", "by=segment period=quarter amounts=base").await, [
            "2026 Q1 | No segment | EUR | 3 | 40.00 | 7.60 | 47.60",
            "2026 Q1 | Retail | EUR | 1 | 90.00 | 17.10 | 107.10",
        ]);
        assert_eq!(s.rows("sales", "by=product period=year customer=C-Bolt").await, [
            "2026 |  | Without product | EUR | 3 | 1 | 40.00",
        ]);
        let taxes = s.report("taxes", "period=quarter").await;
        let line = |row: &String| row.split(" | ").skip(2).collect::<Vec<_>>().join(" | ");
        assert_eq!(shown(&taxes.rows).iter().map(line).collect::<Vec<_>>(), [
            "S | 19 | documents | EUR | 40.00 | 7.60 | 40.00 | 7.60",
            "S | 19 | documents | USD | 100.00 | 19.00 | 90.00 | 17.10",
        ]);
        let error = reports::run(&s.app, &s.clerk, "sales", &asked("sales", "from=2026-05-01 to=2026-04-01")).await.unwrap_err();
        assert_eq!(error.to_string(), "to: 2026-05-01 is after 2026-04-01; turn the two days round");
    }

    /// 2 % of 119.00 are 2.38, 2.00 net and 0.38 tax; of 119.00 USD at 0.9 they are 2.14 EUR, 1.80 net and 0.34 tax.
    async fn taxes_agree_with_the_books_when_discounts_are_taken_and_given_back(s: Story) {
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        s.on("2026-02-04");
        let (bolt, amps) = (s.customer("Bolt", Currency::EUR).await, s.customer("Amps", Currency::USD).await);
        let debt = s.debt_on(bolt, "2-10-net-30", "100.00", "2026-01-25").await;
        let paid = s.paid(bolt, eur("116.62"), "2026-02-02", &[debt]).await;
        let form = order_form(amps, &[("Work", "1", "100.00")]);
        let form = NewDocument { on: Some(day("2026-01-26")), terms: Some("2-10-net-30".into()), ..form };
        let form = NewDocument { currency: Some(Currency::USD), ..form };
        let issued = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap();
        let debt = s.the_item(issued[0].id).await;
        s.paid(amps, usd("116.62"), "2026-02-03", &[debt]).await;
        s.on("2026-04-20");
        cash::unallocate(&s.app, &s.clerk, paid.allocations[0].id, "wrong customer").await.unwrap();

        let asked = "from=2026-01-01 to=2026-04-30";
        let row = |period, figures| format!("{period} | standard | S | 19 | {figures}");
        let report = s.report("taxes", asked).await;
        assert_eq!(shown(&report.rows), [
            row("2026-01", "documents | EUR | 100.00 | 19.00 | 100.00 | 19.00"),
            row("2026-01", "documents | USD | 100.00 | 19.00 | 90.00 | 17.10"),
            row("2026-02", "discounts | EUR | -2.00 | -0.38 | -2.00 | -0.38"),
            row("2026-02", "discounts | USD | -2.00 | -0.38 | -1.80 | -0.34"),
            row("2026-04", "discounts | EUR | 2.00 | 0.38 | 2.00 | 0.38"),
        ]);
        assert_eq!(shown(&report.totals), [
            "Total |  |  |  |  | EUR | 100.00 | 19.00 | 100.00 | 19.00",
            "Total |  |  |  |  | USD | 98.00 | 18.62 | 88.20 | 16.76",
        ]);
        // Collected 19.00, 17.10 and 0.38, taken back 0.38 and 0.34: the 19.00 + 16.76 of the report.
        let books = s.rows("trial-balance", "as_of=2026-04-30").await;
        assert!(books.contains(&"2200 | Tax payable | liability | 0.00 | 0.72 | 36.48 | -35.76".to_owned()), "{books:#?}");
        let drill = report.rows[2].cells[6].link.clone().unwrap();
        let parameters = [("from", "2026-02-01"), ("to", "2026-02-28"), ("account", "4900")];
        let parameters = parameters.map(|(key, value)| (key, value.to_owned())).to_vec();
        assert_eq!(drill, reports::Link::Report { name: "journal", parameters });
        let known = s.report("taxes", &format!("{asked} known_at=2026-03-01T00:00:00Z currency=EUR")).await;
        assert_eq!(shown(&known.totals), ["Total |  |  |  |  | EUR | 98.00 | 18.62 | 98.00 | 18.62"]);
        assert_eq!(s.rows("taxes", "from=2026-02-01 to=2026-02-28 customer=C-Bolt").await.len(), 1);
        s.assert_books().await;
    }

    /// Of 119.00 + 107.00 the second was credited before the discount, the first after it, all in one instant.
    async fn a_discount_took_the_taxes_that_were_left_then(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Pump", "1", "100.00"), ("Book", "1", "100.00")]);
        form.terms = Some("2-10-net-30".into());
        form.lines[1].tax_code = Some("reduced".into());
        let form = NewDocument { on: Some(day("2026-03-10")), ..form };
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
        let credit = async |at: usize| {
            let line = credit_notes::CreditedLine { line: view.lines[at].id, quantity: "1".parse().unwrap() };
            let lines = Some(vec![line]);
            let asked = CreditRequest { invoice: id, lines, reason: "returned".into(), on: None };
            credit_notes::issue(&s.app, &s.clerk, asked).await.unwrap();
        };
        credit(1).await;
        let debt = s.the_item(id).await;
        s.paid(bolt, eur("116.62"), "2026-03-16", &[debt]).await;
        credit(0).await;
        assert_eq!(s.rows("taxes", "").await, [
            "2026-03 | reduced | S | 7 | documents | EUR | 0.00 | 0.00 | 0.00 | 0.00",
            "2026-03 | standard | S | 19 | documents | EUR | 0.00 | 0.00 | 0.00 | 0.00",
            "2026-03 | standard | S | 19 | discounts | EUR | -2.00 | -0.38 | -2.00 | -0.38",
        ]);
        s.assert_books().await;
    }

    async fn payments_say_what_they_were_used_on(s: Story) {
        s.on("2026-03-16");
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let one = s.the_item(s.invoice(bolt, "100.00", "2026-02-01").await).await;
        let two = s.the_item(s.invoice(bolt, "200.00", "2026-02-02").await).await;
        s.receives(bolt, eur("150.00"), "2026-02-20", &[one, two]).await;
        s.receives(bolt, eur("60.00"), "2026-03-03", &[]).await;
        let bounced = payments::record(&s.app, &s.clerk, wire(bolt, eur("5.00"), "2026-03-04")).await.unwrap();
        payments::reverse(&s.app, &s.clerk, bounced.id, day("2026-03-10"), "no funds").await.unwrap();
        let report = s.report("payments", "from=2026-02-01 to=2026-03-31").await;
        assert_eq!(shown(&report.rows), [
            "2026-02-20 | PAY-2026-000001 | C-Bolt | Bolt | wire |  | INV-2026-000001, INV-2026-000002 | EUR | 150.00 | 0.00 | 150.00 | 0.00 | 0.00 | 0.00",
            "2026-03-03 | PAY-2026-000002 | C-Bolt | Bolt | wire |  |  | EUR | 60.00 | 0.00 | 0.00 | 0.00 | 0.00 | 60.00",
            "2026-03-04 | PAY-2026-000003 | C-Bolt | Bolt | wire |  |  | EUR | 5.00 | 0.00 | 0.00 | 0.00 | 5.00 | 0.00",
        ]);
        assert_eq!(shown(&report.totals), [" |  |  | Total |  |  |  | EUR | 215.00 | 0.00 | 150.00 | 0.00 | 5.00 | 60.00"]);
        // Before it bounced, its money was there.
        assert_eq!(s.rows("payments", "from=2026-03-04 to=2026-03-04 as_of=2026-03-09").await, [
            "2026-03-04 | PAY-2026-000003 | C-Bolt | Bolt | wire |  |  | EUR | 5.00 | 0.00 | 0.00 | 0.00 | 0.00 | 5.00",
        ]);
        let unapplied = s.report("unapplied-cash", "as_of=2026-04-02").await;
        assert_eq!(unapplied.columns[3].title, "0-30");
        assert_eq!(shown(&unapplied.rows), ["C-Bolt | Bolt | EUR | 60.00 | 0.00 | 0.00 | 0.00 | 60.00"]);
        assert_eq!(s.rows("unapplied-cash", "as_of=2026-04-03").await, ["C-Bolt | Bolt | EUR | 0.00 | 60.00 | 0.00 | 0.00 | 60.00"]);
    }

    async fn orders_wait_for_their_invoice(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let mut waits = Vec::new();
        for (confirmed, invoiced) in [("2026-03-02", Some("2026-03-03")), ("2026-03-02", Some("2026-03-10")), ("2026-03-04", None)] {
            s.on(confirmed);
            let order = orders::create(&s.app, &s.clerk, &order_form(bolt, &[("Pump", "4", "10.01")])).await.unwrap();
            orders::confirm(&s.app, &s.clerk, order).await.unwrap();
            waits.push((order, invoiced));
        }
        for (order, invoiced) in &waits {
            if let Some(day) = invoiced {
                s.on(day);
                orders::invoice(&s.app, &s.clerk, *order, &InvoiceOrder { issue: true, ..InvoiceOrder::default() }).await.unwrap();
            }
        }
        s.on("2026-03-16");
        let view = orders::show(&s.app, &s.clerk, waits[2].0).await.unwrap();
        let part = InvoiceOrder { lines: Some(vec![(view.lines[0].id, "1".parse().unwrap())]), on: None, issue: true };
        orders::invoice(&s.app, &s.clerk, waits[2].0, &part).await.unwrap();
        let report = s.report("order-to-invoice", "from=2026-02-01 to=2026-03-31").await;
        // 1, 8 and 12 days.
        assert_eq!(shown(&report.rows), ["2026-02 | 0 |  |  | ", "2026-03 | 3 | 8 | 12 | 12"]);
        let unbilled = s.report("unbilled-orders", "").await;
        assert_eq!(shown(&unbilled.rows), ["ORD-2026-00003 | C-Bolt | Bolt | 2026-03-04 | 12 | EUR | 40.04 | 30.03"]);
        assert_eq!(s.rows("unbilled-orders", "as_of=2026-03-05").await.len(), 2);
        assert_eq!(shown(&unbilled.totals), ["Total |  |  |  |  | EUR | 40.04 | 30.03"]);
    }

    async fn the_home_page_has_its_figures(s: Story) {
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        let bolt = borders(&s).await; // a Tuesday
        let amps = s.customer("Amps", Currency::USD).await;
        s.owes(amps, Currency::USD, "100.00", "2026-03-30").await;
        s.receives(bolt, eur("10.00"), "2026-03-29", &[]).await;
        s.receives(bolt, eur("20.00"), "2026-03-30", &[]).await;
        s.receives(amps, usd("10.00"), "2026-03-31", &[]).await;
        invoices::draft(&s.app, &s.clerk, &order_form(bolt, &[("Pump", "1", "10.00")])).await.unwrap();
        let home = reports::figures(&s.app, &s.auditor).await.unwrap();
        // 378.40 − 30.00 + 107.10 − 9.00.
        assert_eq!((home.receivables, home.overdue), (eur("446.50"), eur("309.40")));
        // Gross since 2026-01-01: 119.00 + 238.00 + 11.90 + 23.80 + 107.10 = 499.80; 446.50 ÷ 499.80 × 90 = 80.40.
        assert_eq!(home.dso.unwrap().to_string(), "80.4");
        assert_eq!((home.week_starts_on, home.cash_received), (day("2026-03-30"), eur("29.00")));
        assert_eq!(home.cash_by_currency, [eur("20.00"), usd("10.00")]);
        assert_eq!(home.buckets.len(), 5);
        assert_eq!(home.aging[0].buckets, ["119.00", "249.90", "23.80", "0.00", "35.70"].map(eur));
        assert_eq!((home.aging[1].total, home.aging[1].credits), (usd("109.00"), usd("-10.00")));
        assert_eq!((home.attention.drafts, home.attention.unapplied_payments), (1, 4));
        let json = serde_json::to_value(&home).unwrap();
        assert_eq!(json["receivables"]["amount"], "446.50");
    }
}

use Story as S;
async fn begin(engine: testkit::Engine) -> Option<S> {
    Story::begin(engine).await
}
