//! From quotation to invoice.

use crate::story::{Story, day, eur, order_form};
use app::{
    Error, catalogue, invoices, ledger, lines::NewDocument, lists::Part, many::Taken, orders, orders::InvoiceOrder,
    quotes,
};
use domain::products::ProductFacts;
use kernel::{Currency, Date, Quantity};
use store::invoices::{InvoiceFilter, InvoiceState};
use testkit::on_both_engines;

on_both_engines! {
    prepare = begin;

    async fn a_quote_becomes_an_order_and_two_invoices(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let form = order_form(bolt, &[("Pump", "10", "100.00"), ("Installation", "1", "250.50")]);
        let quote = quotes::create(&s.app, &s.clerk, &form).await.unwrap();
        quotes::send(&s.app, &s.clerk, quote).await.unwrap();
        let order = quotes::accept(&s.app, &s.clerk, quote, "Bea Bolt", Some("PO-7".into())).await.unwrap();
        orders::confirm(&s.app, &s.clerk, order).await.unwrap();
        let view = orders::show(&s.app, &s.clerk, order).await.unwrap();
        assert_eq!((view.order.number.as_str(), view.order.po_number.as_deref()), ("ORD-2026-00001", Some("PO-7")));

        let four: Quantity = "4".parse().unwrap();
        let part = InvoiceOrder { lines: Some(vec![(view.lines[0].id, four)]), on: None, issue: true };
        let first = orders::invoice(&s.app, &s.clerk, order, &part).await.unwrap();
        let rest = InvoiceOrder { issue: true, ..InvoiceOrder::default() };
        let second = orders::invoice(&s.app, &s.clerk, order, &rest).await.unwrap();

        let first = invoices::show(&s.app, &s.clerk, first).await.unwrap();
        let second = invoices::show(&s.app, &s.clerk, second).await.unwrap();
        // 4 × 100.00 = 400.00 + 76.00; 6 × 100.00 + 250.50 = 850.50 + 161.60 (161.595 rounded half up).
        assert_eq!((first.invoice.net_minor, first.invoice.tax_minor), (40_000, 7_600));
        assert_eq!((second.invoice.net_minor, second.invoice.tax_minor), (85_050, 16_160));
        assert_eq!(first.invoice.number.as_deref(), Some("INV-2026-000001"));
        assert_eq!(second.invoice.number.as_deref(), Some("INV-2026-000002"));
        assert_eq!(second.items[0].due_on, day("2026-04-15"), "net 30");
        let view = orders::show(&s.app, &s.clerk, order).await.unwrap();
        assert!(view.order.completed_at.is_some());
        let again = orders::invoice(&s.app, &s.clerk, order, &rest).await.unwrap_err();
        assert_eq!(again.to_string(), "nothing of ORD-2026-00001 is left to invoice");
        s.assert_books().await;
    }

    async fn issuing_posts_and_opens_an_item(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let id = s.invoice(bolt, "100.00", "2026-03-10").await;
        let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
        assert_eq!((view.items.len(), view.items[0].open_minor), (1, eur("119.00").minor()));
        let entries = ledger::entries_of(&s.app, &s.auditor, id.0).await.unwrap();
        let legs: Vec<(&str, i64)> = entries[0].postings.iter().map(|p| (p.account.as_str(), p.amount_minor)).collect();
        assert_eq!(legs, [("1100", 11_900), ("4000", -10_000), ("2200", -1_900)]);
        assert_eq!(entries[0].entry.effective_on, day("2026-03-10"));
        s.assert_books().await;
    }

    async fn every_wrong_field_of_every_document_is_named_and_nothing_is_saved(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let good = order_form(bolt, &[("Pump", "1", "10.00")]);
        let mut bad = order_form(bolt, &[("", "1", "10.00"), ("Pipe", "2", "5.00")]);
        bad.lines[1].tax_code = Some("nonsense".into());
        bad.terms = Some("whenever".into());
        let error = invoices::issue_many(&s.app, &s.clerk, &[good.clone(), bad]).await.unwrap_err();
        let Error::Invalid(fields) = error else { panic!("{error}") };
        let names: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["documents[1].terms", "documents[1].lines[0].description", "documents[1].lines[1].tax_code"]);
        let all = invoices::list(&s.app, &s.clerk, InvoiceFilter::default(), &Part::default()).await.unwrap();
        assert!(all.rows.is_empty());
        let issued = invoices::issue_many(&s.app, &s.clerk, &[good]).await.unwrap();
        assert_eq!(issued[0].number, "INV-2026-000001", "the refused batch used no number");
    }

    async fn a_thousand_of_each_go_in_at_once(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let forms: Vec<NewDocument> =
            (1..=1_000).map(|n| order_form(bolt, &[("Pump", "1", "10.00"), (&format!("Pipe {n}"), "2", "5.00")])).collect();
        let offered = quotes::create_many(&s.app, &s.clerk, &forms, Taken::Together).await.unwrap();
        let numbers: Vec<String> = offered.into_iter().map(|offered| offered.unwrap().1).collect();
        let expected: Vec<String> = (1..=1_000).map(|n| format!("QUO-2026-{n:05}")).collect();
        assert_eq!(numbers, expected);
        let ordered = orders::create_many(&s.app, &s.clerk, &forms, Taken::Together).await.unwrap();
        let (last, number) = ordered.into_iter().next_back().unwrap().unwrap();
        assert_eq!(number, "ORD-2026-01000");
        let order = orders::show(&s.app, &s.clerk, last).await.unwrap();
        let said: Vec<&str> = order.lines.iter().map(|line| line.description.as_str()).collect();
        assert_eq!((said, order.order.gross_minor), (vec!["Pump", "Pipe 1000"], 2_380));
        let products: Vec<ProductFacts> = (0..1_000)
            .map(|n| ProductFacts {
                sku: format!("P-{n}"),
                name: format!("Pump {n}"),
                unit_price: "10.00".into(),
                tax_code: Some(if n == 7 { "nonsense" } else { "standard" }.into()),
                ..ProductFacts::default()
            })
            .collect();
        let each = catalogue::create_products(&s.app, &s.manager, &products, Taken::RowByRow).await.unwrap();
        let wrong: Vec<(usize, &str)> = each
            .iter()
            .enumerate()
            .filter_map(|(at, made)| Some((at, made.as_ref().err()?.first()?.message.as_str())))
            .collect();
        assert_eq!(wrong, [(7, "there is no tax code nonsense")]);
        let again = catalogue::create_products(&s.app, &s.manager, &products[..1], Taken::RowByRow).await.unwrap();
        assert_eq!(again[0].as_ref().unwrap_err()[0].message, "P-0 is the sku of Pump 0");
    }

    async fn an_issued_invoice_never_changes(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let form = order_form(bolt, &[("Pump", "1", "10.00")]);
        let id = invoices::draft(&s.app, &s.clerk, &form).await.unwrap();
        let cheaper = order_form(bolt, &[("Pump", "1", "9.00")]);
        invoices::edit_draft(&s.app, &s.clerk, id, 1, &cheaper).await.unwrap();
        let stale = invoices::edit_draft(&s.app, &s.clerk, id, 1, &form).await.unwrap_err();
        assert!(matches!(stale, Error::Stale), "{stale}");
        let issued = invoices::issue(&s.app, &s.clerk, id).await.unwrap();
        let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
        assert_eq!((view.invoice.gross_minor, view.items[0].number.as_str()), (1_071, issued.number.as_str()));
        for refused in [
            invoices::edit_draft(&s.app, &s.clerk, id, 3, &form).await.unwrap_err(),
            invoices::delete_draft(&s.app, &s.clerk, id, 3).await.unwrap_err(),
            invoices::issue(&s.app, &s.clerk, id).await.unwrap_err(),
        ] {
            assert!(refused.to_string().contains("is issued and can no longer be changed"), "{refused}");
        }
        s.assert_books().await;
    }

    async fn a_draft_that_bills_an_order_keeps_to_it(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let form = order_form(bolt, &[("Pump", "10", "10.00"), ("Pipe", "4", "2.50")]);
        let order = orders::create(&s.app, &s.clerk, &form).await.unwrap();
        orders::confirm(&s.app, &s.clerk, order).await.unwrap();
        let draft = orders::invoice(&s.app, &s.clerk, order, &InvoiceOrder::default()).await.unwrap();
        let mut edited = order_form(bolt, &[("Pump, blue", "10", "10.00"), ("Pipe", "4", "2.50")]);
        invoices::edit_draft(&s.app, &s.clerk, draft, 1, &edited).await.unwrap();
        let twice = orders::invoice(&s.app, &s.clerk, order, &InvoiceOrder::default()).await.unwrap_err();
        assert_eq!(twice.to_string(), "nothing of ORD-2026-00001 is left to invoice");
        edited.lines[1].quantity = Some("5".parse().unwrap());
        let more = invoices::edit_draft(&s.app, &s.clerk, draft, 2, &edited).await.unwrap_err();
        assert!(more.to_string().starts_with("lines[1]: this draft bills an order"), "{more}");
        let theirs = order_form(nut, &[("Pump", "10", "10.00"), ("Pipe", "4", "2.50")]);
        let theirs = invoices::edit_draft(&s.app, &s.clerk, draft, 2, &theirs).await.unwrap_err();
        assert!(theirs.to_string().starts_with("customer: "), "{theirs}");
        invoices::delete_draft(&s.app, &s.clerk, draft, 2).await.unwrap();
        let view = orders::show(&s.app, &s.clerk, order).await.unwrap();
        assert_eq!((view.order.completed_at, view.progress[0].left().to_string().as_str()), (None, "10"));
        let part = InvoiceOrder { lines: Some(vec![(view.lines[1].id, "5".parse().unwrap())]), ..InvoiceOrder::default() };
        let too_much = orders::invoice(&s.app, &s.clerk, order, &part).await.unwrap_err();
        assert_eq!(too_much.to_string(), "lines[0].quantity: 5 cannot be invoiced; 4 of 4 is left");
        let all = InvoiceOrder { issue: true, ..InvoiceOrder::default() };
        orders::invoice(&s.app, &s.clerk, order, &all).await.unwrap();
        s.assert_books().await;
    }

    async fn what_is_archived_or_nonsense_goes_into_no_new_invoice(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let refused = async |form: NewDocument| {
            let error = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap_err();
            let Error::Invalid(fields) = error else { panic!("{error}") };
            fields.into_iter().map(|wrong| wrong.field).collect::<Vec<_>>()
        };
        let mut form = order_form(bolt, &[("Pump", "1", "10.00")]);
        form.terms = Some("net-7".into());
        form.lines[0].tax_code = Some("reduced".into());
        invoices::issue_many(&s.app, &s.clerk, std::slice::from_ref(&form)).await.unwrap();
        let terms = catalogue::terms(&s.app, &s.clerk).await.unwrap();
        let week = terms.iter().find(|terms| terms.code == "net-7").unwrap().id;
        catalogue::archive_terms(&s.app, &s.manager, week).await.unwrap();
        let codes = catalogue::tax_codes(&s.app, &s.clerk).await.unwrap();
        let reduced = codes.iter().find(|code| code.code == "reduced").unwrap().id;
        catalogue::archive_tax_code(&s.app, &s.manager, reduced).await.unwrap();
        assert_eq!(refused(form).await, ["terms", "lines[0].tax_code"]);
        let plain = || order_form(bolt, &[("Pump", "1", "10.00")]);
        let long = NewDocument { po_number: Some("7".repeat(201)), notes: Some("x".repeat(10_001)), ..plain() };
        assert_eq!(refused(long).await, ["po_number", "notes"]);
        let mut ancient = NewDocument { on: Some(day("0206-03-16")), ..plain() };
        ancient.lines[0].tax_code = Some("exempt".into());
        assert_eq!(refused(ancient).await, ["on"]);
    }

    async fn the_auditor_can_change_nothing(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let form = order_form(bolt, &[("Pump", "1", "10.00")]);
        for refused in [
            invoices::draft(&s.app, &s.auditor, &form).await.map(|_| ()).unwrap_err(),
            orders::create(&s.app, &s.auditor, &form).await.map(|_| ()).unwrap_err(),
            quotes::create(&s.app, &s.auditor, &form).await.map(|_| ()).unwrap_err(),
            ledger::close_period(&s.app, &s.auditor, day("2026-01-01")).await.unwrap_err(),
        ] {
            assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
        }
    }

    async fn a_late_invoice_posts_in_the_open_period_with_its_true_day(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        s.invoice(bolt, "10.00", "2026-01-15").await;
        assert!(matches!(ledger::close_period(&s.app, &s.clerk, day("2026-01-01")).await, Err(Error::Forbidden(_))));
        ledger::close_period(&s.app, &s.manager, day("2026-01-01")).await.unwrap();
        let late = s.invoice(bolt, "20.00", "2026-01-20").await;
        let entry = &ledger::entries_of(&s.app, &s.clerk, late.0).await.unwrap()[0].entry;
        assert_eq!((entry.effective_on, entry.posted_on), (day("2026-01-20"), day("2026-02-01")));
        s.assert_books().await;
    }

    async fn numbers_have_no_gap_when_clerks_issue_at_once(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut clerks = tokio::task::JoinSet::new();
        for n in 0..24 {
            let (app, caller) = (s.app.clone(), s.clerk.clone());
            let mut form = order_form(bolt, &[("Pump", "1", "10.00")]);
            if n % 4 == 0 {
                form.on = Date::new(2027, 1, 1); // in the future: refused after the number was taken
            }
            clerks.spawn(async move { invoices::issue_many(&app, &caller, &[form]).await.is_ok() });
        }
        let done = clerks.join_all().await.into_iter().filter(|ok| *ok).count();
        assert_eq!(done, 18);
        let filter = InvoiceFilter { state: Some(InvoiceState::Open), ..InvoiceFilter::default() };
        let mut numbers: Vec<String> =
            invoices::list(&s.app, &s.clerk, filter, &Part::default()).await.unwrap().rows.into_iter().filter_map(|i| i.number).collect();
        numbers.sort();
        let expected: Vec<String> = (1..=18).map(|n| format!("INV-2026-{n:06}")).collect();
        assert_eq!(numbers, expected);
        s.assert_books().await;
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}

mod credit_notes {
    use super::{Story, begin, day, eur};
    use app::{
        approvals::Outcome,
        credit_notes::{self, CreditRequest, CreditedLine},
        grants, invoices,
    };
    use kernel::{Currency, InvoiceId};
    use testkit::on_both_engines;

    fn all_of(invoice: InvoiceId) -> CreditRequest {
        CreditRequest { invoice, lines: None, reason: "Goods came back".into(), on: None }
    }

    impl Story {
        /// Credits so much of one line of an invoice, if nobody else has to agree.
        async fn credited(&self, invoice: InvoiceId, line: usize, quantity: &str) -> Option<InvoiceId> {
            let view = invoices::show(&self.app, &self.clerk, invoice).await.unwrap();
            let part = CreditedLine { line: view.lines[line].id, quantity: quantity.parse().unwrap() };
            let request = CreditRequest { lines: Some(vec![part]), ..all_of(invoice) };
            match credit_notes::issue(&self.app, &self.clerk, request).await.unwrap() {
                Outcome::Done(credit) => Some(credit.id),
                Outcome::Pending(_) => None,
            }
        }
    }

    on_both_engines! {
        prepare = begin;

        async fn a_part_is_credited_and_used_on_the_invoice(s: Story) {
            let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
            let form = crate::story::order_form(bolt, &[("Pump", "10", "10.00"), ("Pipe", "4", "2.50")]);
            let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            let three = CreditedLine { line: view.lines[0].id, quantity: "3".parse().unwrap() };
            let request = CreditRequest { lines: Some(vec![three]), ..all_of(id) };
            let Outcome::Done(credit) = credit_notes::issue(&s.app, &s.clerk, request).await.unwrap() else { panic!() };
            assert_eq!(credit.number, "CRN-2026-000001");
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            // 110.00 + 20.90 = 130.90; credited 30.00 + 5.70 = 35.70; open 95.20.
            assert_eq!((view.invoice.gross_minor, view.items[0].open_minor), (13_090, eur("95.20").minor()));
            let eight = CreditedLine { line: view.lines[0].id, quantity: "8".parse().unwrap() };
            let refused = credit_notes::issue(&s.app, &s.clerk, CreditRequest { lines: Some(vec![eight]), ..all_of(id) }).await;
            assert_eq!(refused.unwrap_err().to_string(), "lines[0].quantity: 8 cannot be credited, 7 is left of what was invoiced");
            let Outcome::Done(_) = credit_notes::issue(&s.app, &s.clerk, all_of(id)).await.unwrap() else { panic!() };
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            assert_eq!((view.items[0].open_minor, view.items[0].settled_on), (0, Some(day("2026-03-16"))));
            assert_eq!(view.corrections.len(), 2);
            s.assert_books().await;
        }

        /// 3 × 1.33 + 19 % are 4.75; each pump alone would be 1.58, and a cent would stay open for ever.
        async fn pieces_credit_the_whole_to_the_cent(s: Story) {
            let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
            let form = crate::story::order_form(bolt, &[("Pump", "3", "1.33")]);
            let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
            let mut grosses = Vec::new();
            for _ in 0..3 {
                let credit = s.credited(id, 0, "1").await.unwrap();
                grosses.push(invoices::show(&s.app, &s.clerk, credit).await.unwrap().invoice.gross_minor);
            }
            assert_eq!(grosses, [158, 159, 158]);
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            assert_eq!((view.items[0].open_minor, s.balance("4000").await, s.balance("2200").await), (0, 0, 0));
            s.assert_books().await;
        }

        /// What was sold at 0.90 and taken back when the day's rate is 0.95 leaves nothing in the books.
        async fn a_foreign_invoice_is_taken_back_at_its_own_rate(s: Story) {
            s.rate(Currency::USD, "2026-01-01", "0.90").await;
            s.rate(Currency::USD, "2026-03-01", "0.95").await;
            let acme = s.customer("Acme Inc", Currency::USD).await;
            let id = s.invoice(acme, "100.00", "2026-02-02").await;
            s.credited(id, 0, "1").await.unwrap();
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            assert_eq!((view.items[0].open_minor, view.corrections[0].base_gross_minor), (0, 10_710));
            for account in ["4000", "2200", "6900", "1100"] {
                assert_eq!(s.balance(account).await, 0, "{account}");
            }
            s.assert_books().await;
        }

        async fn slices_of_a_credit_note_count_together(s: Story) {
            let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
            let form = crate::story::order_form(bolt, &[("Pump", "4", "200.00")]);
            let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
            assert!(s.credited(id, 0, "2").await.is_some(), "476.00");
            assert!(s.credited(id, 0, "2").await.is_some(), "952.00 together");
            let form = crate::story::order_form(bolt, &[("Pump", "6", "200.00")]);
            let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
            assert!(s.credited(id, 0, "4").await.is_some(), "952.00");
            assert!(s.credited(id, 0, "1").await.is_none(), "1,190.00 together are above the limit of 1,000.00");
        }

        async fn above_the_limit_somebody_else_grants_it(s: Story) {
            let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
            let id = s.invoice(bolt, "2000.00", "2026-03-10").await;
            let Outcome::Pending(approval) = credit_notes::issue(&s.app, &s.manager, all_of(id)).await.unwrap() else { panic!() };
            assert!(grants::grant(&s.app, &s.manager, approval, None).await.is_err(), "nobody grants their own request");
            let mut other = s.manager.clone();
            other.actor = domain::users::Actor::Person { id: app::new_id(), name: "Olga Other".into() };
            grants::grant(&s.app, &other, approval, None).await.unwrap();
            let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
            assert_eq!((view.items[0].open_minor, view.corrections.len()), (0, 1));
            s.assert_books().await;
        }
    }
}
