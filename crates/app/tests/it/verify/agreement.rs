//! Rows that contradict their document, journal entry or audit event, and rows that cannot be read at all.

use super::busy;
use crate::story::{Story, day, order_form};
use app::{
    invoices,
    lines::{NewDocument, NewLine},
};
use domain::{
    lines::PriceMode,
    verify::{Fault, ProofKind},
};
use kernel::{Currency, Date, Timestamp};
use store::db::Value;
use testkit::on_both_engines;
use uuid::Uuid;

impl Story {
    /// Changes one row to a value; the statement's `$1` is the company, `$2` the value.
    async fn tamper_to(&self, sql: &'static str, value: impl Value) {
        self.tamper_with(async |tx, company| tx.sql(sql).bind(company).bind(value).run_one().await.unwrap()).await;
    }

    async fn customer_named(&self, name: &'static str) -> Uuid {
        let mut tx = self.app.db.snapshot().await.unwrap();
        let sql = tx.sql("SELECT id FROM customers WHERE company_id = $1 AND name = $2").bind(self.company);
        sql.bind(name.to_owned()).one::<(Uuid,)>().await.unwrap().0
    }

    /// Which proofs are red, and what each of them found first.
    async fn first_faults(&self) -> Vec<(ProofKind, Fault)> {
        let red = self.proofs().await.into_iter().filter(|proof| !proof.ok);
        red.map(|proof| (proof.kind, proof.faults.listed[0].clone())).collect()
    }

    /// The proofs are red, and the first row that each names is this one.
    async fn assert_names(&self, expected: &[(ProofKind, &str, &str)]) {
        let red = self.first_faults().await;
        let named: Vec<_> = red.iter().map(|(kind, fault)| (*kind, fault.table, fault.sentence.as_str())).collect();
        assert_eq!(named, expected);
    }

    fn is_strict(&self) -> bool {
        self.app.db.is_postgres()
    }
}

on_both_engines! {
    prepare = busy;

    async fn a_currency_that_is_none_is_named_and_the_other_proofs_go_on(s: Story) {
        s.tamper("UPDATE postings SET currency = 'USX'
                  WHERE company_id = $1 AND account = '4000' AND amount_minor = -10000 AND base_minor = -9000").await;
        s.assert_names(&[(ProofKind::Entries, "postings",
            "A row of postings cannot be read, in its currency: `USX` is not an ISO 4217 currency code such as EUR or USD.")]).await;
        assert_eq!(s.proofs().await.len(), ProofKind::ALL.len());
        assert!(s.first_faults().await[0].1.id.ends_with(" 2"), "the second posting of its entry");
    }

    async fn a_currency_of_an_item_that_is_none(s: Story) {
        s.tamper("UPDATE open_items SET currency = 'USX' WHERE company_id = $1 AND number = 'INV-2026-000003'").await;
        s.assert_names(&[
            (ProofKind::ControlAccounts, "open_items", "A row of open items `INV-2026-000003` cannot be read, in its \
                currency: `USX` is not an ISO 4217 currency code such as EUR or USD."),
            (ProofKind::Issued, "open_items",
                "INV-2026-000003 says USX for its currency, and its document says USD."),
        ]).await;
    }

    async fn an_amount_that_no_sum_can_hold(s: Story) {
        s.tamper("UPDATE postings SET amount_minor = 9223372036854775807
                  WHERE company_id = $1 AND account = '4000' AND amount_minor = -10000 AND base_minor = -10000").await;
        s.assert_names(&[(ProofKind::Entries, "postings", "A row of postings cannot be read, in its amount_minor: \
            9223372036854775807 minor units are more than can be added up.")]).await;
    }

    async fn a_day_that_is_none(s: Story) {
        // PostgreSQL takes no such day.
        if !s.is_strict() {
            s.tamper("UPDATE movements SET effective_on = '2012-13-05'
                      WHERE company_id = $1 AND kind = 'opened' AND amount_minor = 5950").await;
            let red = s.first_faults().await;
            let control = red.iter().find(|(kind, _)| *kind == ProofKind::ControlAccounts).unwrap();
            let expected = "A row of movements cannot be read, in its effective_on: `2012-13-05` is not a date such as 2026-08-31.";
            assert_eq!((control.1.table, control.1.sentence.as_str()), ("movements", expected));
        }
    }

    async fn an_audit_event_that_is_no_json(s: Story) {
        // PostgreSQL takes no such document.
        if !s.is_strict() {
            s.tamper("UPDATE audit_events SET after = substr(after, 2)
                      WHERE company_id = $1 AND summary LIKE 'Invoice INV-2026-000001%'").await;
            let red = s.first_faults().await;
            let named: Vec<_> = red.iter().map(|(kind, fault)| (*kind, fault.table)).collect();
            assert_eq!(named, [(ProofKind::Issued, "audit_events"), (ProofKind::AuditChain, "audit_events")]);
            let expected = "A row of audit events `Invoice INV-2026-000001 of 119.00 EUR was issued, due 2026-02-14` \
                cannot be read, in its after: ";
            assert!(red.iter().all(|(_, fault)| fault.sentence.starts_with(expected)), "{red:#?}");
        }
    }

    async fn an_item_that_is_due_on_another_day(s: Story) {
        s.tamper_to("UPDATE open_items SET due_on = $2 WHERE company_id = $1 AND number = 'INV-2026-000002'",
            day("2026-03-13")).await;
        s.assert_names(&[(ProofKind::Issued, "open_items",
            "INV-2026-000002 says 2026-03-13 for its due day, and its document says 2026-03-12.")]).await;
    }

    async fn an_instalment_that_is_due_on_another_day(s: Story) {
        let nut = s.customer("Nut SA", Currency::EUR).await;
        s.debt_on(nut, "30-60-90", "300.00", "2026-02-02").await;
        assert!(s.first_faults().await.is_empty());
        s.tamper_to("UPDATE open_items SET due_on = $2
                     WHERE company_id = $1 AND number = 'INV-2026-000006' AND instalment = 2", day("2026-04-04")).await;
        s.assert_names(&[(ProofKind::Issued, "open_items",
            "Instalment 2 of INV-2026-000006 is due 2026-04-04, by its terms 2026-04-03.")]).await;
    }

    async fn an_item_of_another_number_kind_or_customer(s: Story) {
        let red = [(ProofKind::Issued, "open_items", "INV-2026-000009 says INV-2026-000009 for its number, and its \
            document says INV-2026-000001.")];
        s.tamper("UPDATE open_items SET number = 'INV-2026-000009'
                  WHERE company_id = $1 AND number = 'INV-2026-000001'").await;
        s.assert_names(&red).await;
        s.tamper("UPDATE open_items SET number = 'INV-2026-000001', kind = 'debit_note'
                  WHERE company_id = $1 AND number = 'INV-2026-000009'").await;
        s.assert_names(&[(ProofKind::Issued, "open_items",
            "INV-2026-000001 says debit_note for its kind, and its document says invoice.")]).await;
        let acme = s.customer_named("Acme Inc").await;
        s.tamper_to("UPDATE open_items SET kind = 'invoice', customer_id = $2
                     WHERE company_id = $1 AND number = 'INV-2026-000001'", acme).await;
        s.assert_names(&[(ProofKind::Issued, "open_items", "INV-2026-000001 has another customer than its document.")]).await;
    }

    async fn an_item_of_a_payment_of_another_day(s: Story) {
        s.tamper_to("UPDATE open_items SET document_on = $2 WHERE company_id = $1 AND number = 'PAY-2026-000001'",
            day("2026-02-21")).await;
        s.assert_names(&[(ProofKind::Issued, "open_items",
            "PAY-2026-000001 says 2026-02-21 for its day, and its payment says 2026-02-20.")]).await;
    }

    async fn a_document_of_another_customer(s: Story) {
        let acme = s.customer_named("Acme Inc").await;
        s.tamper_to("UPDATE invoices SET customer_id = $2 WHERE company_id = $1 AND number = 'INV-2026-000001'", acme).await;
        s.assert_red(ProofKind::Issued, &[
            "INV-2026-000001 has another customer than its audit event.",
            "INV-2026-000001 has another customer than its document.",
        ]).await;
    }

    async fn a_document_of_another_day_or_currency(s: Story) {
        s.tamper_to("UPDATE invoices SET invoiced_on = $2 WHERE company_id = $1 AND number = 'INV-2026-000001'",
            day("2026-01-16")).await;
        s.assert_red(ProofKind::Issued, &[
            "INV-2026-000001 says 2026-01-16 for its day, and its journal entry says 2026-01-15.",
            "INV-2026-000001 says 2026-01-15 for its day, and its document says 2026-01-16.",
        ]).await;
        s.tamper_to("UPDATE invoices SET invoiced_on = $2 WHERE company_id = $1 AND number = 'INV-2026-000001'",
            day("2026-01-15")).await;
        s.tamper("UPDATE invoices SET currency = 'EUR' WHERE company_id = $1 AND number = 'INV-2026-000003'").await;
        s.assert_red(ProofKind::Issued, &[
            "INV-2026-000003 says EUR for its currency, and its audit event says USD.",
            "INV-2026-000003 says USD for its currency, and its document says EUR.",
        ]).await;
    }

    async fn a_document_that_is_due_on_another_day(s: Story) {
        s.tamper_to("UPDATE invoices SET due_on = $2 WHERE company_id = $1 AND number = 'INV-2026-000002'",
            day("2026-03-13")).await;
        s.assert_red(ProofKind::Issued, &[
            "INV-2026-000002 says 2026-03-13 for its due day, and its audit event says 2026-03-12.",
            "INV-2026-000002 says 2026-03-12 for its due day, and its document says 2026-03-13.",
        ]).await;
    }

    async fn a_quantity_or_price_that_its_line_does_not_cost(s: Story) {
        s.tamper("UPDATE document_lines SET quantity = 5000000 WHERE company_id = $1 AND net_minor = 40000").await;
        s.assert_names(&[(ProofKind::Documents, "document_lines",
            "A line of INV-2026-000004 is 5 at 100: that comes to 500.00 EUR, and its net is 400.00 EUR.")]).await;
        s.tamper("UPDATE document_lines SET quantity = 4000000, unit_price = 100010000
                  WHERE company_id = $1 AND net_minor = 40000").await;
        s.assert_names(&[(ProofKind::Documents, "document_lines",
            "A line of INV-2026-000004 is 4 at 100.01: that comes to 400.04 EUR, and its net is 400.00 EUR.")]).await;
        s.tamper("UPDATE document_lines SET unit_price = 100000000, discount_percent = 10000
                  WHERE company_id = $1 AND net_minor = 40000").await;
        s.assert_names(&[(ProofKind::Documents, "document_lines",
            "A line of INV-2026-000004 is 4 at 100 less 1 %: that comes to 396.00 EUR, and its net is 400.00 EUR.")]).await;
    }

    async fn a_price_with_tax_that_its_line_does_not_cost(s: Story) {
        let nut = s.customer("Nut SA", Currency::EUR).await;
        // Halves of a cent are rounded up, 0.5 × 0.37 is 0.19; discounts leave fractions as well.
        let form = order_form(nut, &[("Cable", "0.5", "0.37"), ("Pump", "3", "9.99"), ("Montage", "-0.5", "0.37")]);
        let mut form = NewDocument { price_mode: Some(PriceMode::TaxInclusive), ..form };
        form.lines.push(NewLine { discount_percent: Some("12.5".parse().unwrap()), ..form.lines[1].clone() });
        invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap();
        assert!(s.first_faults().await.is_empty());
        s.tamper("UPDATE document_lines SET unit_price = 10000000
                  WHERE company_id = $1 AND unit_price = 9990000 AND discount_percent = 0").await;
        // 0.19 + 30.00 - 0.19 + 26.22 (29.97 less 12.5 % is 26.22375).
        s.assert_names(&[(ProofKind::Documents, "document_lines", "A line of INV-2026-000006 is 3 at 10: that comes to \
            56.22 EUR with the other lines, and its gross is 56.19 EUR.")]).await;
    }

    async fn a_payment_of_another_day_fee_or_customer(s: Story) {
        s.tamper_to("UPDATE payments SET received_on = $2 WHERE company_id = $1 AND number = 'PAY-2026-000002'",
            day("2026-03-03")).await;
        s.assert_red(ProofKind::Issued, &[
            "PAY-2026-000002 says 2026-03-03 for its day, and its journal entry says 2026-03-02.",
            "PAY-2026-000002 says 2026-03-02 for its day, and its payment says 2026-03-03.",
        ]).await;
        s.tamper_to("UPDATE payments SET received_on = $2, fee_minor = 1
                     WHERE company_id = $1 AND number = 'PAY-2026-000002'", day("2026-03-02")).await;
        s.assert_red(ProofKind::Issued, &["PAY-2026-000002 has another amount after its fee than its journal entry."]).await;
        let bolt = s.customer_named("Bolt Ltd").await;
        s.tamper_to("UPDATE payments SET fee_minor = 0, customer_id = $2
                     WHERE company_id = $1 AND number = 'PAY-2026-000002'", bolt).await;
        s.assert_red(ProofKind::Issued, &[
            "PAY-2026-000002 has another customer than its audit event.",
            "PAY-2026-000002 has another customer than its payment.",
        ]).await;
    }

    async fn a_movement_of_another_instant(s: Story) {
        let later: Timestamp = "2026-03-16T11:00:01Z".parse().unwrap();
        s.tamper_to("UPDATE movements SET recorded_at = $2
                     WHERE company_id = $1 AND kind = 'opened' AND amount_minor = 5950", later).await;
        s.assert_names(&[(ProofKind::Entries, "movements",
            "A movement on INV-2026-000002 was recorded at another instant than its journal entry.")]).await;
    }

    async fn what_is_forged_with_its_items_still_contradicts_the_log(s: Story) {
        let on: Date = day("2026-03-31");
        for sql in [
            "UPDATE invoices SET due_on = $2 WHERE company_id = $1 AND number = 'INV-2026-000002'",
            "UPDATE open_items SET due_on = $2 WHERE company_id = $1 AND number = 'INV-2026-000002'",
        ] {
            s.tamper_to(sql, on).await;
        }
        s.assert_names(&[(ProofKind::Issued, "invoices",
            "INV-2026-000002 says 2026-03-31 for its due day, and its audit event says 2026-03-12.")]).await;
    }
}
