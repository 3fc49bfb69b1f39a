//! Each proof turns red when one row is changed behind the program's back, and names the row.

mod agreement;

use crate::{
    cash::wire,
    story::{Story, day, eur, order_form, usd},
};
use app::{
    audit,
    cash::{self, AllocateCash, AllocationRequest, RefundRequest, WriteOffRequest},
    invoices, ledger, orders,
    orders::InvoiceOrder,
    payments::{self, RecordPayment},
    quotes, verify,
};
use domain::verify::{Proof, ProofKind};
use kernel::{CompanyId, Currency, OpenItemId, Timestamp};
use store::Tx;
use testkit::on_both_engines;
use uuid::Uuid;

impl Story {
    /// A company in which everything has happened once: INV-2026-000001 to 000005, PAY-2026-000001 to 000003.
    pub async fn busy(&self) {
        self.rate(Currency::USD, "2026-01-01", "0.90").await;
        self.rate(Currency::USD, "2026-03-01", "0.95").await;
        let bolt = self.customer("Bolt Ltd", Currency::EUR).await;
        let acme = self.customer("Acme Inc", Currency::USD).await;
        let item = async |invoice| invoices::show(&self.app, &self.clerk, invoice).await.unwrap().items[0].id;
        let one = item(self.invoice(bolt, "100.00", "2026-01-15").await).await;
        let two = item(self.invoice(bolt, "50.00", "2026-02-10").await).await;
        let dollars = item(self.invoice(acme, "100.00", "2026-02-02").await).await;

        let form = order_form(bolt, &[("Pump", "10", "100.00"), ("Montage \\ \t \"Süd\"\nTag 1", "1", "250.50")]);
        let quote = quotes::create(&self.app, &self.clerk, &form).await.unwrap();
        quotes::send(&self.app, &self.clerk, quote).await.unwrap();
        let revised = quotes::revise(&self.app, &self.clerk, quote, 2, &form).await.unwrap();
        let order = quotes::accept(&self.app, &self.clerk, revised, "Bea Bolt", None).await.unwrap();
        orders::confirm(&self.app, &self.clerk, order).await.unwrap();
        let line = orders::show(&self.app, &self.clerk, order).await.unwrap().lines[0].id;
        let part = InvoiceOrder { lines: Some(vec![(line, "4".parse().unwrap())]), on: None, issue: true };
        orders::invoice(&self.app, &self.clerk, order, &part).await.unwrap();
        let rest = InvoiceOrder { issue: true, ..InvoiceOrder::default() };
        let five = item(orders::invoice(&self.app, &self.clerk, order, &rest).await.unwrap()).await;
        invoices::draft(&self.app, &self.clerk, &form).await.unwrap();

        let pay = |debts: &[OpenItemId]| debts.iter().map(|&to| AllocationRequest::of(to)).collect();
        let record = async |new| payments::record(&self.app, &self.clerk, new).await.unwrap();
        let allocations = pay(&[one, two]);
        let paid = record(RecordPayment { allocations, ..wire(bolt, eur("150.00"), "2026-02-20") }).await;
        let allocations = pay(&[dollars]);
        record(RecordPayment { allocations, ..wire(acme, usd("119.00"), "2026-03-02") }).await;
        let spare = record(wire(bolt, eur("20.00"), "2026-03-03")).await;
        cash::unallocate(&self.app, &self.clerk, paid.allocations[1].id, "Wrong invoice").await.unwrap();
        let lines = pay(&[five]);
        let asked = AllocateCash { from: paid.item, on: None, lines };
        cash::allocate(&self.app, &self.clerk, asked).await.unwrap();
        let reason = "Paid twice".to_owned();
        let asked = RefundRequest { item: spare.item, amount: Some(eur("5.00")), bank_account: None, reason, on: None };
        cash::refund(&self.app, &self.clerk, asked).await.unwrap();
        let asked = WriteOffRequest { item: two, amount: Some(eur("9.50")), reason: "Moved away".into(), on: None };
        cash::write_off(&self.app, &self.clerk, asked).await.unwrap();
        ledger::close_period(&self.app, &self.manager, day("2026-01-01")).await.unwrap();
        audit::seal(&self.app).await.unwrap();
    }

    pub async fn proofs(&self) -> Vec<Proof> {
        verify::run(&self.app, &self.auditor, |_| ()).await.unwrap()
    }

    /// What is red, and what the first faults say.
    async fn red(&self) -> Vec<(ProofKind, Vec<String>)> {
        let red = self.proofs().await.into_iter().filter(|proof| !proof.ok);
        red.map(|proof| (proof.kind, proof.faults.listed.into_iter().map(|fault| fault.sentence).collect())).collect()
    }

    /// Changes rows behind the program's back; the statement's `$1` is the company.
    async fn tamper(&self, sql: &'static str) {
        let mut tx = self.app.db.begin().await.unwrap();
        assert_eq!(tx.sql(sql).bind(self.company).run().await.unwrap(), 1, "one row is changed: {sql}");
        tx.commit().await.unwrap();
    }

    async fn tamper_with(&self, change: impl AsyncFnOnce(&mut Tx, CompanyId)) {
        let mut tx = self.app.db.begin().await.unwrap();
        change(&mut tx, self.company).await;
        tx.commit().await.unwrap();
    }

    /// The same where other proofs see it too.
    async fn assert_finds(&self, kind: ProofKind, sentences: &[&str]) {
        let red = self.red().await.into_iter().find(|(red, _)| *red == kind);
        assert_eq!(red.map(|(_, found)| found).unwrap_or_default(), sentences);
    }

    async fn assert_red(&self, kind: ProofKind, sentences: &[&str]) {
        let red = self.red().await;
        let expected: Vec<String> = sentences.iter().map(|&sentence| sentence.to_owned()).collect();
        assert_eq!(red, [(kind, expected)]);
    }
}

on_both_engines! {
    prepare = busy;

    async fn an_untouched_company_is_green(s: Story) {
        let proofs = s.proofs().await;
        let counted: Vec<(ProofKind, bool, u64)> = proofs.iter().map(|p| (p.kind, p.ok, p.warnings.total)).collect();
        let green: Vec<(ProofKind, bool, u64)> = ProofKind::ALL.iter().map(|&kind| (kind, true, 0)).collect();
        assert_eq!(counted, green, "{proofs:#?}");
        let checked = |kind| proofs.iter().find(|proof| proof.kind == kind).unwrap().checked;
        // 5 invoices, 3 payments, 4 allocations and 1 undone, 1 refund, 1 write-off.
        assert_eq!(checked(ProofKind::Entries), 15);
        // 5 invoices and 3 payments are items; 1 draft, 2 revisions of a quote and an order are documents beside them.
        assert_eq!((checked(ProofKind::OpenItems), checked(ProofKind::Documents)), (8, 9));
        // January: EUR. February and today: EUR and USD. Amount and base of each.
        assert_eq!(checked(ProofKind::ControlAccounts), 10);
        assert_eq!((checked(ProofKind::Issued), checked(ProofKind::Numbers)), (8, 11));
        assert_eq!((checked(ProofKind::Allocations), checked(ProofKind::Periods)), (6, 1));
    }

    async fn a_changed_posting_unbalances_its_entry(s: Story) {
        s.tamper("UPDATE postings SET amount_minor = amount_minor + 1
                  WHERE company_id = $1 AND account = '4000' AND amount_minor = -10000 AND base_minor = -10000").await;
        s.assert_red(ProofKind::Entries, &["The entry `Invoice INV-2026-000001, Bolt Ltd` is out of balance by 0.01 EUR."]).await;
    }

    async fn a_changed_base_amount_unbalances_its_entry(s: Story) {
        s.tamper("UPDATE postings SET base_minor = base_minor - 2
                  WHERE company_id = $1 AND account = '4000' AND amount_minor = -10000 AND base_minor = -9000").await;
        s.assert_red(ProofKind::Entries,
            &["The entry `Invoice INV-2026-000003, Acme Inc` is out of balance by -0.02 EUR in base currency."]).await;
    }

    async fn an_entry_of_two_currencies_balances_in_each(s: Story) {
        let cross = s.customer("Cross Inc", Currency::USD).await;
        let invoice = s.invoice(cross, "10.00", "2026-02-02").await;
        let debt = invoices::show(&s.app, &s.clerk, invoice).await.unwrap().items[0].id;
        let allocations = vec![AllocationRequest::of(debt)];
        payments::record(&s.app, &s.clerk, RecordPayment { allocations, ..wire(cross, eur("12.00"), "2026-03-03") })
            .await
            .unwrap();
        assert_eq!(s.red().await, []);
        s.tamper("UPDATE postings SET amount_minor = amount_minor - 1
                  WHERE company_id = $1 AND account = '1900' AND currency = 'USD'").await;
        s.assert_red(ProofKind::Entries, &["The entry `PAY-2026-000004 on INV-2026-000006` is out of balance by -0.01 USD."]).await;
    }

    async fn a_posting_keeps_the_days_of_its_entry(s: Story) {
        s.tamper_with(async |tx, company| {
            tx.sql("UPDATE postings SET posted_on = $2 WHERE company_id = $1 AND account = '4000' AND amount_minor = -10000
                    AND base_minor = -10000").bind(company).bind(day("2026-01-16")).run_one().await.unwrap();
        }).await;
        s.assert_red(ProofKind::Entries,
            &["A posting of -100.00 EUR carries other days than its entry `Invoice INV-2026-000001, Bolt Ltd`, or the entry is gone."]).await;
    }

    async fn a_movement_on_another_day_parts_items_and_accounts_at_a_month_end(s: Story) {
        s.tamper_with(async |tx, company| {
            tx.sql("UPDATE movements SET effective_on = $2 WHERE company_id = $1 AND kind = 'opened' AND amount_minor = 5950")
                .bind(company).bind(day("2026-03-01")).run_one().await.unwrap();
        }).await;
        // 119.00 + 59.50 were owed and 150.00 paid, 119.00 and 31.00 of it used: -150.00 + 178.50 = 28.50.
        s.assert_red(ProofKind::ControlAccounts, &[
            "At the end of 2026-02-28 the control accounts carry 28.50 EUR and the open items -31.00 EUR.",
            "On 2026-02-10, `Invoice INV-2026-000002, Bolt Ltd` posted 59.50 EUR to the control accounts and moved open \
             items (INV-2026-000002) by 0.00 EUR.",
            "On 2026-03-01, `Invoice INV-2026-000002, Bolt Ltd` posted 0.00 EUR to the control accounts and moved open \
             items (INV-2026-000002) by 59.50 EUR.",
        ]).await;
    }

    async fn two_errors_that_cancel_out_are_found(s: Story) {
        s.tamper_with(async |tx, company| {
            for (from, to) in [(11_900_i64, 11_901_i64), (5_950, 5_949)] {
                tx.sql("UPDATE postings SET amount_minor = $3 WHERE company_id = $1 AND account = '1100' AND amount_minor = $2
                        AND base_minor = $2").bind(company).bind(from).bind(to).run_one().await.unwrap();
            }
        }).await;
        let red = s.red().await;
        let control = red.iter().find(|(kind, _)| *kind == ProofKind::ControlAccounts).unwrap();
        // The second cancels the first by the end of February; the end of January and both entries are named.
        assert_eq!(control.1, [
            "At the end of 2026-01-31 the control accounts carry 119.01 EUR and the open items 119.00 EUR.",
            "On 2026-01-15, `Invoice INV-2026-000001, Bolt Ltd` posted 119.01 EUR to the control accounts and moved open \
             items (INV-2026-000001) by 119.00 EUR.",
            "On 2026-02-10, `Invoice INV-2026-000002, Bolt Ltd` posted 59.49 EUR to the control accounts and moved open \
             items (INV-2026-000002) by 59.50 EUR.",
        ]);
    }

    async fn an_item_that_is_paid_beyond_its_amount(s: Story) {
        s.tamper_with(async |tx, company| forge(tx, company, "2026-03-17", -50_000).await).await;
        s.assert_red(ProofKind::OpenItems, &["-24.00 EUR of 476.00 EUR is left of INV-2026-000004."]).await;
    }

    async fn a_past_day_below_zero_is_a_warning(s: Story) {
        s.tamper_with(async |tx, company| {
            forge(tx, company, "2026-03-17", -50_000).await;
            forge(tx, company, "2026-03-18", 10_000).await;
        }).await;
        let proofs = s.proofs().await;
        let bounds = proofs.iter().find(|proof| proof.kind == ProofKind::OpenItems).unwrap();
        let warned: Vec<&str> = bounds.warnings.listed.iter().map(|fault| fault.sentence.as_str()).collect();
        assert_eq!(warned, ["-24.00 EUR of 476.00 EUR was left at the end of 2026-03-17 of INV-2026-000004."]);
        assert!(bounds.ok && proofs.iter().all(|proof| proof.ok), "{proofs:#?}");
    }

    async fn a_changed_balance_is_not_its_movements(s: Story) {
        s.tamper("UPDATE open_items SET open_minor = open_minor - 1
                  WHERE company_id = $1 AND number = 'INV-2026-000004'").await;
        s.assert_red(ProofKind::Balances,
            &["INV-2026-000004 shows 475.99 EUR open and its movements add up to 476.00 EUR."]).await;
    }

    async fn a_changed_base_balance_or_day_of_settlement(s: Story) {
        s.tamper("UPDATE open_items SET open_base_minor = 7 WHERE company_id = $1 AND number = 'INV-2026-000003'").await;
        s.tamper("UPDATE open_items SET settled_on = NULL WHERE company_id = $1 AND number = 'INV-2026-000001'").await;
        s.assert_red(ProofKind::Balances, &[
            "INV-2026-000001 shows no day as the day of its settlement and last moved on 2026-02-20.",
            "INV-2026-000003 shows 0.07 EUR of base currency open and its movements add up to 0.00 EUR.",
            "Acme Inc is kept with a balance of 0.00 EUR and its open items add up to 0.07 EUR.",
        ]).await;
    }

    async fn a_changed_balance_of_a_customer_is_not_that_of_its_items(s: Story) {
        s.tamper("UPDATE customer_balances SET base_minor = base_minor + 1 WHERE company_id = $1 AND base_minor > 0").await;
        s.assert_red(ProofKind::Balances,
            &["Bolt Ltd is kept with a balance of 1492.11 EUR and its open items add up to 1492.10 EUR."]).await;
    }

    async fn an_allocation_of_another_amount_than_it_moved(s: Story) {
        s.tamper("UPDATE allocations SET to_minor = to_minor + 1 WHERE company_id = $1 AND to_minor = 11900
                  AND fx_gain_minor = 0").await;
        s.assert_red(ProofKind::Allocations,
            &["INV-2026-000001 received 119.01 EUR from PAY-2026-000001 and its movements say 119.00 EUR."]).await;
    }

    async fn an_allocation_that_claims_to_be_taken_back(s: Story) {
        s.tamper_with(async |tx, company| {
            tx.sql("UPDATE allocations SET reversed_at = $2 WHERE company_id = $1 AND to_minor = 11900 AND fx_gain_minor = 0")
                .bind(company).bind(s.app.now()).run_one().await.unwrap();
        }).await;
        s.assert_red(ProofKind::Allocations, &["PAY-2026-000001 on INV-2026-000001 was taken back, and 0.00 EUR of it came back."]).await;
    }

    async fn write_offs_and_refunds_of_other_amounts(s: Story) {
        s.tamper("UPDATE write_offs SET amount_minor = 960 WHERE company_id = $1").await;
        s.tamper("UPDATE refunds SET amount_minor = 499 WHERE company_id = $1").await;
        s.assert_red(ProofKind::Allocations, &[
            "A write-off on INV-2026-000002 should have taken 9.60 EUR and its movements took 9.50 EUR.",
            "REF-2026-00001 paid back 4.99 EUR and its movements took 5.00 EUR.",
        ]).await;
    }

    async fn a_movement_without_its_cause(s: Story) {
        s.tamper("DELETE FROM write_offs WHERE company_id = $1").await;
        s.assert_red(ProofKind::Allocations,
            &["A movement of -9.50 EUR on INV-2026-000002 comes from no allocation, write-off or refund."]).await;
    }

    async fn a_line_that_does_not_add_up(s: Story) {
        s.tamper("UPDATE document_lines SET net_minor = net_minor + 1 WHERE company_id = $1 AND net_minor = 40000").await;
        s.assert_red(ProofKind::Documents, &[
            "INV-2026-000004 taxes 400.00 EUR at a rate whose lines add up to 400.01 EUR.",
            "A line of INV-2026-000004 is 4 at 100: that comes to 400.00 EUR, and its net is 400.01 EUR.",
        ]).await;
    }

    async fn totals_of_orders_and_drafts_are_proven_too(s: Story) {
        s.tamper("UPDATE orders SET gross_minor = gross_minor - 1 WHERE company_id = $1").await;
        s.tamper("UPDATE invoices SET tax_minor = tax_minor - 1, gross_minor = gross_minor - 1
                  WHERE company_id = $1 AND number IS NULL").await;
        // 1,250.50 net and 237.60 of tax (237.595 rounded half up) are 1,488.10.
        s.assert_red(ProofKind::Documents, &[
            "ORD-2026-00001 is 1488.09 EUR gross, and net and tax add up to 1488.10 EUR.",
            "A draft has 237.59 EUR of tax and its rates add up to 237.60 EUR.",
        ]).await;
    }

    async fn an_issued_document_that_grew_with_its_lines(s: Story) {
        let grown = [
            "UPDATE invoices SET net_minor = net_minor + 100, gross_minor = gross_minor + 100
             WHERE company_id = $1 AND number = 'INV-2026-000004'",
            "UPDATE document_lines SET net_minor = net_minor + 100, unit_price = 100250000 WHERE company_id = $1 AND net_minor = 40000",
            "UPDATE document_taxes SET base_minor = base_minor + 100 WHERE company_id = $1 AND base_minor = 40000",
        ];
        for sql in grown {
            s.tamper(sql).await;
        }
        s.tamper("UPDATE payments SET amount_minor = 2001 WHERE company_id = $1 AND amount_minor = 2000").await;
        s.assert_red(ProofKind::Issued, &[
            "INV-2026-000004 is 477.00 EUR and opened items of 476.00 EUR.",
            "PAY-2026-000003 is -20.01 EUR and opened items of -20.00 EUR.",
            "PAY-2026-000003 has another amount after its fee than its journal entry.",
        ]).await;
    }

    async fn numbers_that_are_missing_twice_or_not_shown(s: Story) {
        s.tamper("UPDATE invoices SET sequence = 7, number = 'INV-2026-000007'
                  WHERE company_id = $1 AND number = 'INV-2026-000005'").await;
        s.tamper("UPDATE payments SET sequence = 2 WHERE company_id = $1 AND sequence = 3").await;
        s.assert_finds(ProofKind::Numbers, &[
            "The counter of invoice numbers of 2026 stands at 5 and the last one given is 7.",
            "The counter of payment numbers of 2026 stands at 3 and the last one given is 2.",
            "The numbers before INV-2026-000007 are missing (places 5 to 6).",
            "PAY-2026-000003 has place 2 of its series, which another has too.",
        ]).await;
    }

    async fn a_counter_that_was_turned_back(s: Story) {
        s.tamper("UPDATE counters SET last = 4 WHERE company_id = $1 AND kind = 'invoice'").await;
        s.assert_red(ProofKind::Numbers, &["The counter of invoice numbers of 2026 stands at 4 and the last one given is 5."]).await;
    }

    async fn an_entry_that_came_into_a_closed_period(s: Story) {
        s.tamper_with(async |tx, company| {
            let late: Timestamp = "2026-03-17T08:00:00Z".parse().unwrap();
            tx.sql("UPDATE journal_entries SET recorded_at = $2
                    WHERE company_id = $1 AND description = 'Invoice INV-2026-000001, Bolt Ltd'")
                .bind(company).bind(late).run_one().await.unwrap();
        }).await;
        s.assert_finds(ProofKind::Periods, &["`Invoice INV-2026-000001, Bolt Ltd` was recorded 2026-03-17T08:00:00Z under \
            2026-01-15, in a period that was closed 2026-03-16T11:00:00Z."]).await;
    }

    async fn an_audit_event_of_which_one_letter_was_changed(s: Story) {
        s.tamper("UPDATE audit_events SET summary = replace(summary, '119.00', '118.00')
                  WHERE company_id = $1 AND summary LIKE 'Invoice INV-2026-000001%'").await;
        let red = s.red().await;
        assert_eq!((red.len(), red[0].0, red[0].1.len()), (1, ProofKind::AuditChain, 1), "{red:#?}");
        assert!(red[0].1[0].starts_with("The event invoice.issued of 2026-03-16T11:00:00Z (`Invoice INV-2026-000001 of 118.00"), "{red:#?}");
    }

    async fn a_deleted_event_is_missed_by_its_seal(s: Story) {
        let before = s.proofs().await.into_iter().find(|proof| proof.kind == ProofKind::AuditChain).unwrap().checked;
        s.tamper("DELETE FROM audit_events WHERE company_id = $1 AND action = 'item.written_off'").await;
        let sentence = format!("Seal 1 covers {before} events and {} are there.", before - 1);
        s.assert_red(ProofKind::AuditChain, &[&sentence]).await;
    }

    async fn a_deleted_seal_is_missed_by_its_events_and_by_the_next(s: Story) {
        let bolt = s.customer("Nut SA", Currency::EUR).await;
        s.invoice(bolt, "10.00", "2026-03-10").await;
        audit::seal(&s.app).await.unwrap();
        s.tamper("DELETE FROM audit_seals WHERE company_id = $1 AND seal = 1").await;
        let red = s.red().await;
        assert_eq!(red[0].1[0], "Seal 2 follows seal 0: what lies between was deleted.");
        assert!(red[0].1[1].ends_with("events name seal 1, which is gone."), "{red:#?}");
    }

    async fn an_event_that_was_never_sealed_has_its_own_digest(s: Story) {
        let nut = s.customer("Nut SA", Currency::EUR).await;
        s.invoice(nut, "10.00", "2026-03-10").await;
        s.tamper("UPDATE audit_events SET actor = 'Max Manager' WHERE company_id = $1 AND seal IS NULL").await;
        let red = s.red().await;
        assert!(red[0].1[0].contains("was altered after it was recorded"), "{red:#?}");
    }

    async fn a_row_that_points_at_nothing_of_the_company(s: Story) {
        s.tamper_with(async |tx, company| {
            tx.sql("UPDATE invoices SET order_id = $2 WHERE company_id = $1 AND number = 'INV-2026-000004'")
                .bind(company).bind(Uuid::from_u128(7)).run_one().await.unwrap();
        }).await;
        s.assert_red(ProofKind::References, &["A row of invoices `INV-2026-000004` points at \
            00000000-0000-0000-0000-000000000007, which is none of the company's orders."]).await;
    }

    async fn an_external_id_of_nothing(s: Story) {
        s.tamper_with(async |tx, company| {
            tx.sql("INSERT INTO external_ids (company_id, source, kind, external_id, record_id, fingerprint)
                    VALUES ($1, 'SAP', 'invoice', '4711', $2, '')").bind(company).bind(Uuid::from_u128(7)).run().await.unwrap();
        }).await;
        s.assert_red(ProofKind::ExternalIds, &["The external id 4711 (SAP, invoice) points at no record."]).await;
    }

    async fn a_hundred_and_fifty_wrong_rows_are_counted_and_a_hundred_listed(s: Story) {
        let bolt = s.customer("Nut SA", Currency::EUR).await;
        let forms = vec![order_form(bolt, &[("Pump", "1", "1.00")]); 150];
        invoices::issue_many(&s.app, &s.clerk, &forms).await.unwrap();
        s.tamper_with(async |tx, company| {
            tx.sql("UPDATE open_items SET open_minor = 118 WHERE company_id = $1 AND amount_minor = 119")
                .bind(company).run().await.unwrap();
        }).await;
        let proofs = s.proofs().await;
        let red = proofs.iter().find(|proof| proof.kind == ProofKind::Balances).unwrap();
        assert_eq!((red.faults.total, red.faults.listed.len()), (150, 100));
    }
}

/// A forgery that agrees with itself: a balanced entry and a movement on INV-2026-000004, whose balance keeps pace.
async fn forge(tx: &mut Tx, company: CompanyId, on: &str, minor: i64) {
    let (entry, on) = (Uuid::from_u128(minor.unsigned_abs().into()), day(on));
    let sql = "INSERT INTO journal_entries SELECT company_id, $2, 'write_off', $2, 'Forgery', $3, $3, recorded_at, actor, NULL
         FROM journal_entries WHERE company_id = $1 AND description LIKE 'Invoice INV-2026-000004%'";
    tx.sql(sql).bind(company).bind(entry).bind(on).run_one().await.unwrap();
    for (position, account, minor) in [(1_i64, "1100", minor), (2, "6200", -minor)] {
        let sql = "INSERT INTO postings VALUES ($1, $2, $3, $4, 'EUR', $5, $5, $6, $6)";
        let sql = tx.sql(sql).bind(company).bind(entry).bind(position).bind(account.to_owned());
        sql.bind(minor).bind(on).run_one().await.unwrap();
    }
    let sql = "INSERT INTO movements SELECT company_id, $2, id, 'reversed', $3, $4, $5, $5, $2, NULL
         FROM open_items WHERE company_id = $1 AND number = 'INV-2026-000004'";
    let at: Timestamp = "2026-03-16T11:00:00Z".parse().unwrap();
    tx.sql(sql).bind(company).bind(entry).bind(on).bind(at).bind(minor).run_one().await.unwrap();
    // The engine itself refuses such a balance, as long as it is asked to.
    let unguard = "ALTER TABLE open_items DROP CONSTRAINT IF EXISTS open_items_check";
    tx.sql_for("PRAGMA ignore_check_constraints = 1", unguard).run().await.unwrap();
    let sql = "UPDATE open_items SET open_minor = open_minor + $2, open_base_minor = open_base_minor + $2
         WHERE company_id = $1 AND number = 'INV-2026-000004'";
    tx.sql(sql).bind(company).bind(minor).run_one().await.unwrap();
    let sql = "UPDATE customer_balances SET base_minor = base_minor + $2 WHERE company_id = $1 AND customer_id =
         (SELECT customer_id FROM open_items WHERE company_id = $1 AND number = 'INV-2026-000004')";
    tx.sql(sql).bind(company).bind(minor).run_one().await.unwrap();
}

async fn busy(engine: testkit::Engine) -> Option<Story> {
    let story = Story::begin(engine).await?;
    story.busy().await;
    Some(story)
}
