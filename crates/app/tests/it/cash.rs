//! From money in the bank to settled items, and back.

use crate::story::{Story, day, eur, order_form, usd};
use app::{
    Done, Error, approvals,
    approvals::Outcome,
    cash::{self, AllocateCash, AllocationRequest, DiscountChoice, RefundRequest, WriteOffRequest},
    grants, invoices, items,
    items::ItemList,
    ledger,
    payments::{self, External, PaymentList, RecordPayment, Recorded},
};
use domain::{
    items::{ItemKind, MovementKind},
    ledger::EntryKind,
    payments::PaymentMethod,
};
use kernel::{AllocationId, ApprovalId, Currency, CustomerId, Date, EntryId, FxRate, InvoiceId, Money, OpenItemId};
use store::{
    items::{MovementRow, OpenItemRow},
    ledger::{EntryRow, PostingRow},
};
use testkit::on_both_engines;
use uuid::Uuid;

/// Money that arrives by wire, for nothing in particular.
pub fn wire(customer: CustomerId, money: Money, on: &str) -> RecordPayment {
    RecordPayment {
        customer,
        method: PaymentMethod::Wire,
        received_on: day(on),
        money,
        fee: None,
        bank_account: None,
        reference: None,
        payer_name: None,
        fx_rate: None,
        external: None,
        allocations: vec![],
    }
}

fn pay(to: OpenItemId) -> AllocationRequest {
    AllocationRequest::of(to)
}

impl Story {
    /// The only open item of an invoice of one line before 19 % tax.
    async fn debt(&self, customer: CustomerId, net: &str, on: &str) -> OpenItemId {
        let invoice = self.invoice(customer, net, on).await;
        self.item_of(invoice).await.id
    }

    async fn item_of(&self, invoice: InvoiceId) -> OpenItemRow {
        invoices::show(&self.app, &self.clerk, invoice).await.unwrap().items[0].clone()
    }

    /// The same on other terms, in another currency.
    async fn debt_on(&self, customer: CustomerId, terms: &str, net: &str, on: &str) -> OpenItemId {
        let form = order_form(customer, &[("Work", "1", net)]);
        let form = app::lines::NewDocument { on: Some(day(on)), terms: Some(terms.into()), ..form };
        let issued = invoices::issue_many(&self.app, &self.clerk, &[form]).await.unwrap();
        self.item_of(issued[0].id).await.id
    }

    async fn item(&self, id: OpenItemId) -> OpenItemRow {
        items::show(&self.app, &self.clerk, id).await.unwrap().item.item
    }

    async fn open(&self, id: OpenItemId) -> i64 {
        self.item(id).await.open_minor
    }

    async fn record(&self, new: RecordPayment) -> Recorded {
        payments::record(&self.app, &self.clerk, new).await.unwrap()
    }

    /// A payment that pays these, as far as it goes.
    async fn paid(&self, customer: CustomerId, money: Money, on: &str, debts: &[OpenItemId]) -> Recorded {
        let allocations = debts.iter().map(|&to| pay(to)).collect();
        self.record(RecordPayment { allocations, ..wire(customer, money, on) }).await
    }

    async fn allocate(&self, from: OpenItemId, lines: Vec<AllocationRequest>) -> app::Result<AllocationId> {
        let asked = AllocateCash { from, on: None, lines };
        Ok(cash::allocate(&self.app, &self.clerk, asked).await?[0].id)
    }

    /// The legs of the only entry that `source` caused: account, minor units, base minor units.
    async fn legs(&self, source: impl Into<Uuid>) -> Vec<(String, i64, i64)> {
        let entries = ledger::entries_of(&self.app, &self.auditor, source.into()).await.unwrap();
        assert_eq!(entries.len(), 1);
        entries[0].postings.iter().map(|p| (p.account.clone(), p.amount_minor, p.base_minor)).collect()
    }

    /// What was open as of a day, as far as it is known now.
    async fn open_as_of(&self, id: OpenItemId, on: &str) -> i64 {
        let movements = items::show(&self.app, &self.clerk, id).await.unwrap().movements;
        movements.iter().filter(|m| m.effective_on <= day(on)).map(|m| m.amount_minor).sum()
    }
}

fn refused<T: std::fmt::Debug>(result: app::Result<T>) -> String {
    match result.unwrap_err() {
        Error::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    prepare = begin;

    async fn a_payment_pays_two_invoices_and_keeps_the_rest(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "50.00", "2026-02-10").await);
        // 119.00 + 59.50 = 178.50 of 200.00; the card company kept 1.20.
        let new = RecordPayment {
            method: PaymentMethod::Card,
            fee: Some(eur("1.20")),
            reference: Some(" RF18 5390 ".into()),
            allocations: vec![pay(one), pay(two)],
            ..wire(bolt, eur("200.00"), "2026-03-02")
        };
        let paid = s.record(new).await;
        assert_eq!((paid.number.as_str(), paid.unapplied), ("PAY-2026-000001", eur("21.50")));
        assert_eq!((s.open(one).await, s.open(two).await, s.open(paid.item).await), (0, 0, -2_150));
        assert_eq!(
            s.legs(paid.id).await,
            [("1000".into(), 19_880, 19_880), ("6100".into(), 120, 120), ("2100".into(), -20_000, -20_000)]
        );
        assert_eq!(
            s.legs(paid.allocations[1].id).await,
            [("2100".into(), 5_950, 5_950), ("1100".into(), -5_950, -5_950)]
        );
        assert_eq!(s.item(one).await.settled_on, Some(day("2026-03-02")), "the day of the payment, not of the typing");

        let view = payments::show(&s.app, &s.clerk, paid.id).await.unwrap();
        assert_eq!(view.payment.reference.as_deref(), Some("RF18 5390"));
        let numbers: Vec<&str> = view.allocations.iter().map(|a| a.to_number.as_str()).collect();
        assert_eq!((numbers, view.entries.len()), (vec!["INV-2026-000001", "INV-2026-000002"], 3));
        let one = items::show(&s.app, &s.clerk, one).await.unwrap();
        let kinds: Vec<_> = one.movements.iter().map(|m| (m.kind, m.amount_minor)).collect();
        assert_eq!(kinds, [(MovementKind::Opened, 11_900), (MovementKind::Allocated, -11_900)]);
        s.assert_books().await;
    }

    async fn two_ten_net_thirty_gives_discount_and_its_tax_back(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt_on(bolt, "2-10-net-30", "100.00", "2026-02-02").await;
        // 119.00 less 2 % is 116.62: 2.00 of the discount are net, 0.38 tax.
        let paid = s.paid(bolt, eur("116.62"), "2026-02-12", &[debt]).await;
        assert_eq!((s.open(debt).await, paid.unapplied), (0, eur("0.00")));
        assert_eq!(
            s.legs(paid.allocations[0].id).await,
            [
                ("2100".into(), 11_662, 11_662),
                ("1100".into(), -11_900, -11_900),
                ("4900".into(), 200, 200),
                ("2200".into(), 38, 38)
            ]
        );
        let late = s.debt_on(bolt, "2-10-net-30", "100.00", "2026-02-02").await;
        s.paid(bolt, eur("116.62"), "2026-02-13", &[late]).await;
        assert_eq!(s.open(late).await, 238, "a day late earns nothing");
        let allowed = AllocationRequest { discount: DiscountChoice::Exactly(eur("2.00")), ..pay(late) };
        let rest = s.paid(bolt, eur("0.38"), "2026-03-01", &[]).await;
        s.allocate(rest.item, vec![allowed]).await.unwrap();
        assert_eq!(s.open(late).await, 0);
        s.assert_books().await;
    }

    async fn parts_earn_their_part_of_the_discount(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt_on(bolt, "2-10-net-30", "100.00", "2026-02-02").await;
        // 50.00 settles 50.00 / 0.98 = 51.02; then 67.98 × 0.98 = 66.62 settles the rest with 1.36.
        let first = s.paid(bolt, eur("50.00"), "2026-02-05", &[debt]).await;
        assert_eq!((first.allocations[0].discount_minor, s.open(debt).await), (102, 6_798));
        let second = s.paid(bolt, eur("66.62"), "2026-02-11", &[debt]).await;
        assert_eq!((second.allocations[0].discount_minor, s.open(debt).await), (136, 0));
        s.assert_books().await;
    }

    async fn three_cents_are_written_off_when_asked(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let paid = s.record(wire(bolt, eur("118.97"), "2026-03-02")).await;
        let asked = AllocationRequest { settle_difference: true, ..pay(debt) };
        let id = s.allocate(paid.item, vec![asked.clone()]).await.unwrap();
        assert_eq!(
            s.legs(id).await,
            [("2100".into(), 11_897, 11_897), ("1100".into(), -11_900, -11_900), ("6300".into(), 3, 3)]
        );
        let (much, part) = (s.debt(bolt, "100.00", "2026-02-03").await, s.record(wire(bolt, eur("118.00"), "2026-03-02")).await);
        let asked = AllocationRequest { to: much, ..asked };
        assert_eq!(
            refused(s.allocate(part.item, vec![asked]).await),
            "1.00 EUR stay open on INV-2026-000002; up to 0.50 EUR count as a small difference"
        );
        assert_eq!(s.open(much).await, 11_900, "a refusal changes nothing");
        s.assert_books().await;
    }

    async fn a_dollar_that_rose_is_a_gain(s: Story) {
        s.rate(Currency::USD, "2026-01-01", "0.90").await;
        s.rate(Currency::USD, "2026-03-01", "0.95").await;
        let acme = s.customer("Acme Inc", Currency::USD).await;
        let debt = s.debt(acme, "100.00", "2026-02-02").await;
        let paid = s.paid(acme, usd("119.00"), "2026-03-02", &[debt]).await;
        // 119.00 USD: 107.10 EUR at 0.90, 113.05 EUR at 0.95: a gain of 5.95.
        assert_eq!(
            s.legs(paid.allocations[0].id).await,
            [("2100".into(), 11_900, 11_305), ("1100".into(), -11_900, -10_710), ("6900".into(), 0, -595)]
        );
        assert_eq!(paid.allocations[0].fx_gain_minor, 595);
        assert_eq!(s.item(debt).await.open_base_minor, 0);
        s.assert_books().await;
    }

    async fn euro_pay_a_dollar_invoice(s: Story) {
        s.rate(Currency::USD, "2026-01-01", "0.90").await;
        s.rate(Currency::USD, "2026-03-01", "0.95").await;
        let acme = s.customer("Acme Inc", Currency::USD).await;
        let debt = s.debt(acme, "100.00", "2026-02-02").await;
        let paid = s.paid(acme, eur("120.00"), "2026-03-02", &[debt]).await;
        // 119.00 USD take 113.05 EUR at 0.95, and 6.95 EUR are left.
        assert_eq!((paid.unapplied, s.open(debt).await), (eur("6.95"), 0));
        assert_eq!(
            s.legs(paid.allocations[0].id).await,
            [
                ("2100".into(), 11_305, 11_305),
                ("1900".into(), -11_305, -11_305),
                ("1900".into(), 11_900, 11_305),
                ("1100".into(), -11_900, -10_710),
                ("6900".into(), 0, -595)
            ]
        );
        s.assert_books().await;
    }

    async fn the_payer_and_the_group_may_pay_and_strangers_may_not(s: Story) {
        let (head, child, sister, stranger) = (
            s.customer("Head SE", Currency::EUR).await,
            s.customer("Child GmbH", Currency::EUR).await,
            s.customer("Sister GmbH", Currency::EUR).await,
            s.customer("Stranger KG", Currency::EUR).await,
        );
        let payer = s.customer("Payer AG", Currency::EUR).await;
        s.relate(child, Some(head), Some(payer)).await;
        s.relate(sister, Some(head), None).await;
        let debt = s.debt(child, "100.00", "2026-02-02").await;
        for customer in [head, sister, payer] {
            let paid = s.paid(customer, eur("10.00"), "2026-03-02", &[debt]).await;
            assert_eq!(paid.unapplied, eur("0.00"));
            let named = cash::candidates(&s.app, &s.clerk, customer).await.unwrap();
            assert_eq!(named[0].customer_name, "Child GmbH");
        }
        let paid = s.record(wire(stranger, eur("10.00"), "2026-03-02")).await;
        assert_eq!(
            refused(s.allocate(paid.item, vec![pay(debt)]).await),
            "INV-2026-000001 belongs to Child GmbH, and Stranger KG neither pays for it nor is of its group"
        );
        assert!(cash::candidates(&s.app, &s.clerk, stranger).await.unwrap().is_empty());
        let owed = s.debt(payer, "10.00", "2026-02-02").await;
        let paid = s.record(wire(child, eur("10.00"), "2026-03-02")).await;
        assert!(refused(s.allocate(paid.item, vec![pay(owed)]).await).contains("belongs to Payer AG"));
        assert_eq!(s.open(debt).await, 8_900);
        s.assert_books().await;
    }

    async fn taking_back_is_a_movement_of_today_and_leaves_the_past_alone(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt_on(bolt, "2-10-net-30", "100.00", "2026-02-02").await;
        let paid = s.paid(bolt, eur("116.62"), "2026-02-12", &[debt]).await;
        let id = paid.allocations[0].id;
        assert_eq!(cash::unallocate(&s.app, &s.clerk, id, "Wrong invoice").await.unwrap(), Done::Now);
        assert_eq!(cash::unallocate(&s.app, &s.clerk, id, "Again").await.unwrap(), Done::Already);
        assert_eq!((s.open(debt).await, s.open(paid.item).await), (11_900, -11_662));
        assert_eq!((s.open_as_of(debt, "2026-03-15").await, s.open_as_of(debt, "2026-03-16").await), (0, 11_900));
        // Used again: not before it was given back, so that no day sees it used twice.
        s.on("2026-03-20");
        s.allocate(paid.item, vec![pay(debt)]).await.unwrap();
        assert_eq!((s.open_as_of(paid.item, "2026-03-15").await, s.open_as_of(paid.item, "2026-03-16").await), (0, 0));
        assert_eq!(s.open(debt).await, 0, "it was paid in time all the same");
        s.assert_books().await;
    }

    async fn a_credit_note_is_set_off(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt_on(bolt, "2-10-net-30", "100.00", "2026-02-02").await;
        let credit = s.credit(bolt, eur("19.00"), "2026-02-04").await;
        let id = s.allocate(credit, vec![pay(debt)]).await.unwrap();
        assert_eq!(s.legs(id).await, [("1100".into(), 1_900, 1_900), ("1100".into(), -1_900, -1_900)]);
        // 100.00 are left and earn their 2 %.
        let paid = s.paid(bolt, eur("98.00"), "2026-02-12", &[debt]).await;
        assert_eq!((s.open(debt).await, paid.allocations[0].discount_minor), (0, 200));
        s.assert_books().await;
        s.assert_no_day_is_overdrawn().await;
    }

    async fn a_bounced_payment_opens_what_it_paid_on_the_day_it_bounced(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let new = RecordPayment { fee: Some(eur("1.00")), ..wire(bolt, eur("150.00"), "2026-02-20") };
        let paid = s.record(RecordPayment { allocations: vec![pay(debt)], ..new }).await;
        let reverse = |on| payments::reverse(&s.app, &s.clerk, paid.id, day(on), "Account closed");
        assert_eq!(
            refused(reverse("2026-02-19").await),
            "PAY-2026-000001 was received on 2026-02-20 and cannot bounce before, on 2026-02-19"
        );
        assert_eq!(refused(reverse("2026-03-17").await), "2026-03-17 has not come yet; today is 2026-03-16");
        assert_eq!(reverse("2026-02-25").await.unwrap(), Done::Now);
        assert_eq!(reverse("2026-02-25").await.unwrap(), Done::Already);
        let open = |on| s.open_as_of(debt, on);
        assert_eq!((open("2026-02-19").await, open("2026-02-24").await, open("2026-02-25").await), (11_900, 0, 11_900));
        assert_eq!((s.open(debt).await, s.open(paid.item).await), (11_900, 0));
        assert_eq!(s.balance("1000").await, 0);
        assert_eq!(s.balance("6100").await, 0);
        let again = cash::unallocate(&s.app, &s.clerk, paid.allocations[0].id, "Too late").await.unwrap();
        assert_eq!(again, Done::Already);
        assert_eq!(
            refused(s.allocate(paid.item, vec![pay(debt)]).await),
            "nothing of PAY-2026-000001 is open"
        );
        s.assert_books().await;
        s.assert_no_day_is_overdrawn().await;
    }

    async fn late_facts_keep_their_day_and_post_in_the_open_period(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-01-12").await;
        ledger::close_period(&s.app, &s.manager, day("2026-01-01")).await.unwrap();
        let paid = s.paid(bolt, eur("119.00"), "2026-01-20", &[debt]).await;
        for source in [paid.id.0, paid.allocations[0].id.0] {
            let entry = &ledger::entries_of(&s.app, &s.clerk, source).await.unwrap()[0].entry;
            assert_eq!((entry.effective_on, entry.posted_on), (day("2026-01-20"), day("2026-02-01")));
        }
        assert_eq!((s.open_as_of(debt, "2026-01-19").await, s.open_as_of(debt, "2026-01-20").await), (11_900, 0));
        s.assert_books().await;
    }

    async fn nothing_is_used_twice_or_before_its_day(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-03-10").await;
        let paid = s.record(wire(bolt, eur("50.00"), "2026-03-02")).await;
        let asked = |on, amount| AllocateCash {
            from: paid.item,
            on: Some(day(on)),
            lines: vec![AllocationRequest { amount: Some(eur(amount)), ..pay(debt) }],
        };
        let said = async |asked| refused(cash::allocate(&s.app, &s.clerk, asked).await);
        assert_eq!(
            said(asked("2026-03-09", "1.00")).await,
            "2026-03-09 cannot be used: INV-2026-000001 takes part only from 2026-03-10 on"
        );
        assert_eq!(
            said(asked("2026-03-16", "50.01")).await,
            "50.01 EUR is more than the 50.00 EUR that are left of PAY-2026-000001"
        );
        let twice = AllocateCash { lines: vec![pay(debt), pay(debt)], ..asked("2026-03-16", "1.00") };
        assert_eq!(said(twice).await, "INV-2026-000001 is named twice; give it one amount");
        let backwards = AllocateCash { from: debt, lines: vec![pay(paid.item)], ..asked("2026-03-16", "1.00") };
        assert_eq!(said(backwards).await, "INV-2026-000001 is a debt; it can be paid, but not be used to pay");
        let rows = cash::allocate(&s.app, &s.clerk, asked("2026-03-12", "20.00")).await.unwrap();
        assert_eq!(rows[0].effective_on, day("2026-03-12"));
        assert_eq!((s.open(debt).await, s.open(paid.item).await), (9_900, -3_000));
        let auditor = cash::allocate(&s.app, &s.auditor, asked("2026-03-16", "1.00")).await.unwrap_err();
        assert!(matches!(auditor, Error::Forbidden(_)));
        s.assert_books().await;
    }

    async fn a_refund_leaves_the_bank_and_blocks_the_reversal(s: Story) {
        s.rate(Currency::USD, "2026-01-01", "0.90").await;
        s.rate(Currency::USD, "2026-03-10", "0.95").await;
        let acme = s.customer("Acme Inc", Currency::USD).await;
        let paid = s.record(wire(acme, usd("100.00"), "2026-03-02")).await;
        let asked = RefundRequest {
            item: paid.item,
            amount: Some(usd("40.00")),
            bank_account: None,
            reason: "Paid twice".into(),
            on: Some(day("2026-03-12")),
        };
        let row = done(cash::refund(&s.app, &s.clerk, asked.clone()).await);
        assert_eq!((row.number.as_str(), s.open(paid.item).await), ("REF-2026-00001", -6_000));
        // 40.00 USD were 36.00 EUR and leave as 38.00: a loss of 2.00.
        assert_eq!(
            s.legs(row.id).await,
            [("2100".into(), 4_000, 3_600), ("1000".into(), -4_000, -3_800), ("6900".into(), 0, 200)]
        );
        let more = RefundRequest { amount: Some(usd("60.01")), ..asked };
        assert_eq!(
            refused(cash::refund(&s.app, &s.clerk, more).await),
            "60.01 USD is more than the 60.00 USD that are open on PAY-2026-000001"
        );
        assert_eq!(
            refused(payments::reverse(&s.app, &s.clerk, paid.id, day("2026-03-16"), "Bounced").await),
            "40.00 USD of PAY-2026-000001 were refunded; a payment that was refunded cannot be reversed"
        );
        let debt = s.debt(acme, "1.00", "2026-03-02").await;
        let wrong = RefundRequest { item: debt, amount: None, bank_account: None, reason: "?".into(), on: None };
        assert!(refused(cash::refund(&s.app, &s.clerk, wrong).await).contains("is a debt"));
        s.assert_books().await;
    }

    async fn a_bad_debt_is_written_off_and_comes_back(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let asked = WriteOffRequest { item: debt, amount: None, reason: "Insolvent".into(), on: Some(day("2026-03-01")) };
        let row = done(cash::write_off(&s.app, &s.clerk, asked.clone()).await);
        assert_eq!(s.legs(row.id).await, [("6200".into(), 11_900, 11_900), ("1100".into(), -11_900, -11_900)]);
        assert_eq!((s.open(debt).await, s.item(debt).await.settled_on), (0, Some(day("2026-03-01"))));
        assert_eq!(refused(cash::write_off(&s.app, &s.clerk, asked).await), "nothing of INV-2026-000001 is open");
        let back = async || cash::reverse_write_off(&s.app, &s.clerk, row.id, "The estate pays").await.unwrap();
        assert_eq!((back().await, back().await), (Done::Now, Done::Already));
        assert_eq!((s.open_as_of(debt, "2026-03-15").await, s.open(debt).await), (0, 11_900));
        // A few cents of a credit may go, a customer's money may not.
        let paid = s.record(wire(bolt, eur("1.00"), "2026-03-02")).await;
        let asked = |amount| WriteOffRequest {
            item: paid.item,
            amount: Some(eur(amount)),
            reason: "Cents".into(),
            on: None,
        };
        assert_eq!(
            refused(cash::write_off(&s.app, &s.clerk, asked("0.51")).await),
            "0.51 EUR of PAY-2026-000001 are the customer's money; refund them, only up to 0.50 EUR may be written off"
        );
        let row = done(cash::write_off(&s.app, &s.clerk, asked("0.50")).await);
        assert_eq!(s.legs(row.id).await, [("6300".into(), -50, -50), ("2100".into(), 50, 50)]);
        s.assert_books().await;
        s.assert_no_day_is_overdrawn().await;
    }

    async fn above_the_limit_a_second_person_decides(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "1000.00", "2026-02-02").await;
        let asked = |amount: &str| WriteOffRequest {
            item: debt,
            amount: Some(eur(amount)),
            reason: "Insolvent".into(),
            on: None,
        };
        let write_off = |caller, amount| cash::write_off(&s.app, caller, asked(amount));
        done(write_off(&s.clerk, "600.00").await);
        // 600.00 and 400.01 are together above 1000.00.
        let id = pending(write_off(&s.manager, "400.01").await);
        assert_eq!(pending(write_off(&s.manager, "400.01").await), id, "asked twice, it waits once");
        assert!(refused(write_off(&s.manager, "500.00").await).starts_with("another write-off of 400.01 EUR waits"));
        assert_eq!(s.open(debt).await, 59_000);

        let waiting = approvals::waiting(&s.app, &s.auditor).await.unwrap();
        assert_eq!((waiting.len(), waiting[0].requested_by.as_str()), (1, "Max Manager"));
        let grant = |caller| grants::grant(&s.app, caller, id, Some("Agreed"));
        assert!(matches!(grant(&s.clerk).await.unwrap_err(), Error::Forbidden(_)));
        assert_eq!(
            refused(grant(&s.manager).await),
            "you asked for this write-off of 400.01 EUR yourself; somebody else has to decide"
        );
        let system = app::Caller::system(s.company);
        assert_eq!(refused(grant(&system).await), "only a person can decide on this write-off of 400.01 EUR");
        let boss = s.person("Berta Boss", domain::users::Role::Manager);
        assert_eq!(grant(&boss).await.unwrap(), Done::Now);
        assert_eq!(grant(&boss).await.unwrap(), Done::Already);
        assert_eq!(s.open(debt).await, 18_999);
        let shown = items::show(&s.app, &s.auditor, debt).await.unwrap();
        assert_eq!(shown.write_offs[1].recorded_by, "Max Manager");
        assert_eq!(
            refused(approvals::decline(&s.app, &boss, id, None).await),
            "this write-off of 400.01 EUR was approved by Berta Boss and is done"
        );
        s.assert_books().await;
    }

    async fn a_granted_refund_is_checked_again_and_a_declined_one_is_never_paid(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "1000.00", "2026-02-02").await;
        let paid = s.record(wire(bolt, eur("2000.00"), "2026-03-02")).await;
        let asked = RefundRequest { item: paid.item, amount: None, bank_account: None, reason: "Twice".into(), on: None };
        let id = pending(cash::refund(&s.app, &s.clerk, asked.clone()).await);
        s.allocate(paid.item, vec![pay(debt)]).await.unwrap();
        assert_eq!(
            refused(grants::grant(&s.app, &s.manager, id, None).await),
            "2000.00 EUR is more than the 810.00 EUR that are open on PAY-2026-000001"
        );
        assert_eq!(approvals::show(&s.app, &s.clerk, id).await.unwrap().granted, None, "it goes on waiting");
        assert_eq!(approvals::decline(&s.app, &s.manager, id, Some("Used")).await.unwrap(), Done::Now);
        assert_eq!(approvals::decline(&s.app, &s.manager, id, None).await.unwrap(), Done::Already);
        assert!(refused(grants::grant(&s.app, &s.manager, id, None).await).contains("was declined by Max Manager"));
        done(cash::refund(&s.app, &s.clerk, asked).await);
        assert_eq!(s.open(paid.item).await, 0);
        s.assert_books().await;
    }

    async fn recording_again_under_the_same_external_id_records_nothing(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let external = |id: &str| Some(External { source: "bank".into(), id: id.into(), fingerprint: None });
        let new = RecordPayment { external: external("T1"), ..wire(bolt, eur("10.00"), "2026-03-02") };
        let first = s.record(new.clone()).await;
        let other = RecordPayment { external: external("T2"), ..new.clone() };
        let both = payments::record_many(&s.app, &s.clerk, vec![other, new.clone()]).await.unwrap();
        assert_eq!((both[0].already, both[0].number.as_str()), (false, "PAY-2026-000002"));
        assert_eq!((both[1].already, both[1].id), (true, first.id));
        let changed = RecordPayment { money: eur("11.00"), ..new.clone() };
        let conflict = payments::record(&s.app, &s.clerk, changed).await.unwrap_err();
        assert_eq!(conflict.to_string(), "T1 of bank was recorded before, with other contents.");
        let twice = payments::record_many(&s.app, &s.clerk, vec![new.clone(), new]).await.unwrap_err();
        assert!(matches!(twice, Error::Invalid(_)));
        s.assert_books().await;
    }

    async fn every_wrong_field_of_a_batch_is_named_and_nothing_is_saved(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "10.00", "2026-02-02").await;
        let good = wire(bolt, eur("10.00"), "2026-03-02");
        let batch = vec![
            good.clone(),
            RecordPayment { fee: Some(eur("10.00")), reference: Some("x".repeat(501)), ..good.clone() },
            RecordPayment { customer: CustomerId(Uuid::nil()), received_on: day("2026-03-17"), ..good.clone() },
            wire(bolt, usd("10.00"), "2026-03-02"),
        ];
        let error = payments::record_many(&s.app, &s.clerk, batch).await.unwrap_err();
        let Error::Invalid(fields) = error else { panic!("{error}") };
        let named: Vec<String> = fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
        assert_eq!(
            named,
            [
                "payments[1].reference: use up to 500 characters",
                "payments[1].fee: the fee of 10.00 EUR must be less than the payment of 10.00 EUR",
                "payments[2].customer: there is no such customer",
                "payments[2].received_on: 2026-03-17 has not come yet; today is 2026-03-16",
                "payments[3].fx_rate: no exchange rate for USD is known on 2026-03-02; give one",
            ]
        );
        let line = AllocationRequest { amount: Some(eur("7.00")), ..pay(debt) };
        let uses = RecordPayment { allocations: vec![line], ..good.clone() };
        let batch = vec![uses.clone(), uses];
        assert_eq!(
            refused(payments::record_many(&s.app, &s.clerk, batch).await),
            "Payment 2: 7.00 EUR is more than the 4.90 EUR that are open on INV-2026-000001"
        );
        assert!(payments::list(&s.app, &s.clerk, PaymentList::default()).await.unwrap().rows.is_empty());
        assert_eq!(s.record(good).await.number, "PAY-2026-000001", "the refused batches used no number");
    }

    async fn lists_filter_and_page_by_key(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let mut debts = Vec::new();
        for on in ["2026-01-05", "2026-02-20", "2026-01-05"] {
            debts.push(s.debt(bolt, "10.00", on).await);
        }
        let new: Vec<RecordPayment> = (1..=5)
            .map(|n| RecordPayment {
                method: if n == 2 { PaymentMethod::Cheque } else { PaymentMethod::Wire },
                payer_name: (n == 3).then(|| "Mrs Miller".to_owned()),
                ..wire(if n == 5 { nut } else { bolt }, eur("11.90"), &format!("2026-03-{:02}", 1 + n / 2))
            })
            .collect();
        let made = payments::record_many(&s.app, &s.clerk, new).await.unwrap();
        s.allocate(made[0].item, vec![pay(debts[0])]).await.unwrap();

        let numbers = async |asked: PaymentList| {
            let page = payments::list(&s.app, &s.auditor, asked).await.unwrap();
            let shown: Vec<String> = page.rows.iter().map(|row| row.number[14..].to_owned()).collect();
            (shown.join(" "), page.next)
        };
        let first = numbers(PaymentList { limit: Some(2), ..PaymentList::default() }).await;
        let second = numbers(PaymentList { limit: Some(2), after: first.1, ..PaymentList::default() }).await;
        let third = numbers(PaymentList { limit: Some(2), after: second.1, ..PaymentList::default() }).await;
        assert_eq!((first.0.as_str(), second.0.as_str(), third.0.as_str()), ("5 4", "3 2", "1"));
        assert!(third.1.is_none());
        let only = async |asked: PaymentList| numbers(asked).await.0;
        assert_eq!(only(PaymentList { method: Some(PaymentMethod::Cheque), ..PaymentList::default() }).await, "2");
        assert_eq!(only(PaymentList { customer: Some(nut), ..PaymentList::default() }).await, "5");
        assert_eq!(only(PaymentList { unapplied: true, ..PaymentList::default() }).await, "5 4 3 2");
        assert_eq!(only(PaymentList { search: Some("miller".into()), ..PaymentList::default() }).await, "3");
        assert_eq!(only(PaymentList { search: Some("nut".into()), ..PaymentList::default() }).await, "5");
        let (from, to) = (Some(day("2026-03-02")), Some(day("2026-03-02")));
        assert_eq!(only(PaymentList { from, to, ..PaymentList::default() }).await, "3 2");

        let due = async |asked: ItemList| {
            let page = items::list(&s.app, &s.auditor, asked).await.unwrap();
            page.rows.iter().map(|row| row.item.number[row.item.number.len() - 1..].to_owned()).collect::<String>()
        };
        // Net 30: INV-3 was due on 2026-02-04; INV-2 is due on 2026-03-22.
        let overdue = ItemList { overdue: true, ..ItemList::default() };
        assert_eq!(due(overdue).await, "3");
        let kind = Some(ItemKind::Invoice);
        assert_eq!(due(ItemList { kind, ..ItemList::default() }).await, "32");
        assert_eq!(due(ItemList { number: Some("INV-2026-000002".into()), ..ItemList::default() }).await, "2");
        assert_eq!(due(ItemList { due_before: Some(day("2026-03-22")), kind, ..ItemList::default() }).await, "3");
        let all = items::list(&s.app, &s.clerk, ItemList { limit: Some(4), ..ItemList::default() }).await.unwrap();
        let rest = ItemList { after: all.next, ..ItemList::default() };
        assert_eq!(items::list(&s.app, &s.clerk, rest).await.unwrap().rows.len(), 2);
    }

    async fn of_two_clerks_at_one_invoice_one_wins(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        for _ in 0..4 {
            let debt = s.debt(bolt, "100.00", "2026-02-02").await;
            let mut clerks = tokio::task::JoinSet::new();
            for _ in 0..2 {
                let paid = s.record(wire(bolt, eur("119.00"), "2026-03-02")).await;
                let line = AllocationRequest { amount: Some(eur("119.00")), ..pay(debt) };
                let asked = AllocateCash { from: paid.item, on: None, lines: vec![line] };
                let (app, caller) = (s.app.clone(), s.clerk.clone());
                clerks.spawn(async move { cash::allocate(&app, &caller, asked).await.map(|_| ()) });
            }
            let results = clerks.join_all().await;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
            for error in results.into_iter().filter_map(Result::err) {
                assert!(matches!(error, Error::Conflict(_) | Error::Refused(_)), "{error:?}");
            }
            assert_eq!(s.open(debt).await, 0);
        }
        s.assert_books().await;
    }

    async fn many_clerks_at_the_same_items_lose_nothing(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        s.rate(Currency::USD, "2026-01-01", "0.90").await;
        let (mut debts, mut credits) = (Vec::new(), Vec::new());
        for n in 0..3 {
            debts.push(s.debt(bolt, "100.00", "2026-02-02").await);
            let money = if n == 2 { usd("80.00") } else { eur("80.00") };
            credits.push(s.record(wire(bolt, money, "2026-03-02")).await.item);
        }
        let mut clerks = tokio::task::JoinSet::new();
        for n in 0..60 {
            let (app, caller) = (s.app.clone(), s.clerk.clone());
            let (from, first, second) = (credits[n % 3], debts[n % 2], debts[2 - n % 2]);
            clerks.spawn(async move { hustle(&app, &caller, n, from, [first, second]).await });
        }
        let done = clerks.join_all().await.into_iter().filter(|done| *done).count();
        assert!(done > 0);
        s.assert_books().await;
        s.assert_no_day_is_overdrawn().await;
    }

    async fn a_thousand_payments_are_one_batch(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let forms: Vec<_> = (0..500).map(|_| order_form(bolt, &[("Work", "1", "10.00")])).collect();
        let issued = invoices::issue_many(&s.app, &s.clerk, &forms).await.unwrap();
        let mut debts = Vec::new();
        for page in [0, 250] {
            for one in &issued[page..page + 250] {
                debts.push(s.item_of(one.id).await.id);
            }
        }
        // Two payments for each invoice: 5.00 and 6.90.
        let batch: Vec<RecordPayment> = (0..1_000)
            .map(|n| RecordPayment {
                allocations: vec![pay(debts[n / 2])],
                ..wire(bolt, eur(if n % 2 == 0 { "5.00" } else { "6.90" }), "2026-03-16")
            })
            .collect();
        let made = payments::record_many(&s.app, &s.clerk, batch.clone()).await.unwrap();
        assert_eq!((made.len(), made[999].number.as_str()), (1_000, "PAY-2026-001000"));
        assert!(made.iter().all(|one| one.unapplied.is_zero()));
        for debt in [debts[0], debts[499]] {
            assert_eq!(s.open(debt).await, 0);
        }
        let over = batch.into_iter().chain([wire(bolt, eur("1.00"), "2026-03-16")]).collect();
        assert!(matches!(payments::record_many(&s.app, &s.clerk, over).await, Err(Error::Invalid(_))));
        s.assert_books().await;
    }
}

/// One of many clerks: what is refused because another was faster is fine, anything else is not.
async fn hustle(app: &app::App, caller: &app::Caller, n: usize, from: OpenItemId, debts: [OpenItemId; 2]) -> bool {
    let line = |to| {
        let amount = (!n.is_multiple_of(5)).then(|| eur("7.00"));
        AllocationRequest { amount, ..pay(to) }
    };
    let asked = AllocateCash { from, on: None, lines: debts.map(line).to_vec() };
    let result = match n % 6 {
        5 => {
            let (amount, reason) = (None, "Overpaid".to_owned());
            cash::refund(app, caller, RefundRequest { item: from, amount, bank_account: None, reason, on: None })
                .await
                .map(|_| ())
        }
        4 => {
            let (amount, reason) = (Some(eur("3.00")), "Lost".to_owned());
            cash::write_off(app, caller, WriteOffRequest { item: debts[0], amount, reason, on: None }).await.map(|_| ())
        }
        _ => match cash::allocate(app, caller, asked).await {
            Ok(rows) if n.is_multiple_of(2) => cash::unallocate(app, caller, rows[0].id, "Oops").await.map(|_| ()),
            other => other.map(|_| ()),
        },
    };
    match result {
        Ok(()) => true,
        Err(Error::Conflict(_) | Error::Refused(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn done<T: std::fmt::Debug>(result: app::Result<Outcome<T>>) -> T {
    match result.unwrap() {
        Outcome::Done(row) => row,
        Outcome::Pending(id) => panic!("{id} waits for approval"),
    }
}

fn pending<T: std::fmt::Debug>(result: app::Result<Outcome<T>>) -> ApprovalId {
    match result.unwrap() {
        Outcome::Pending(id) => id,
        Outcome::Done(row) => panic!("{row:?} was done at once"),
    }
}

impl Story {
    /// A credit note that was taken over from elsewhere: receivables against opening balances.
    async fn credit(&self, customer: CustomerId, money: Money, on: &str) -> OpenItemId {
        let (company_id, entry_id, id) = (self.company, EntryId(app::new_id()), OpenItemId(app::new_id()));
        let (on, minor, recorded_at) = (day(on), -money.minor(), self.app.now());
        let mut tx = self.app.db.begin().await.unwrap();
        let entry = EntryRow {
            company_id,
            id: entry_id,
            kind: EntryKind::Opening,
            source_id: id.0,
            description: "Taken over".into(),
            effective_on: on,
            posted_on: on,
            recorded_at,
            actor: "Test".into(),
            reverses_id: None,
        };
        let posting = |position, account: &str, amount_minor| PostingRow {
            company_id,
            entry_id,
            position,
            account: account.into(),
            currency: money.currency(),
            amount_minor,
            base_minor: amount_minor,
            effective_on: on,
            posted_on: on,
        };
        let item = OpenItemRow {
            company_id,
            id,
            kind: ItemKind::CreditNote,
            customer_id: customer,
            document_id: Uuid::from(id),
            number: "CRN-OLD-1".into(),
            instalment: 1,
            currency: money.currency(),
            document_on: on,
            due_on: on,
            discounts: None,
            fx_rate: FxRate::ONE,
            amount_minor: minor,
            base_minor: minor,
            open_minor: minor,
            open_base_minor: minor,
            settled_on: None,
            version: 1,
        };
        let opened = MovementRow {
            company_id,
            id: app::new_id(),
            item_id: id,
            kind: MovementKind::Opened,
            effective_on: on,
            recorded_at,
            amount_minor: minor,
            base_minor: minor,
            entry_id,
            cause_id: None,
        };
        tx.insert(&[entry]).await.unwrap();
        tx.insert(&[posting(1, "1100", minor), posting(2, "3000", -minor)]).await.unwrap();
        tx.insert(&[item]).await.unwrap();
        tx.insert(&[opened]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// What the books say of an account, in base currency.
    async fn balance(&self, account: &str) -> i64 {
        let mut tx = self.app.db.snapshot().await.unwrap();
        let sum =
            "SELECT CAST(COALESCE(SUM(base_minor), 0) AS BIGINT) FROM postings WHERE company_id = $1 AND account = $2";
        tx.sql(sum).bind(self.company).bind(account.to_owned()).number().await.unwrap()
    }

    /// As of no day does an item have less than nothing or more than its amount left.
    pub async fn assert_no_day_is_overdrawn(&self) {
        let mut tx = self.app.db.snapshot().await.unwrap();
        let days = "SELECT i.id, i.number, i.amount_minor, m.effective_on, CAST(SUM(m.amount_minor) AS BIGINT)
             FROM open_items i JOIN movements m ON m.company_id = i.company_id AND m.item_id = i.id
             WHERE i.company_id = $1 GROUP BY i.id, i.number, i.amount_minor, m.effective_on
             ORDER BY i.id, m.effective_on";
        let days: Vec<(OpenItemId, String, i64, Date, i64)> = tx.sql(days).bind(self.company).all().await.unwrap();
        let (mut last, mut open) = (None, 0);
        for (id, number, amount, on, moved) in days {
            open = if last == Some(id) { open + moved } else { moved };
            let (low, high) = if amount < 0 { (amount, 0) } else { (0, amount) };
            assert!((low..=high).contains(&open), "{number} of {amount} had {open} open on {on}");
            last = Some(id);
        }
    }

    pub async fn relate(&self, customer: CustomerId, parent: Option<CustomerId>, payer: Option<CustomerId>) {
        let mut tx = self.app.db.begin().await.unwrap();
        let mut row = store::customers::by_id(&mut tx, self.company, customer).await.unwrap().unwrap();
        (row.parent_id, row.payer_id) = (parent, payer);
        store::customers::update(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
