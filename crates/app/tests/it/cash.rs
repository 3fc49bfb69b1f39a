//! From money in the bank to settled items, and back.

use crate::story::{Story, day, eur, order_form, usd};
use app::{
    Done, Error,
    cash::{self, AllocateCash, AllocationRequest, DiscountChoice, RefundRequest, WriteOffRequest},
    invoices, items, ledger,
    payments::{self, RecordPayment, Recorded},
};
use domain::{
    items::{ItemKind, MovementKind},
    ledger::EntryKind,
    payments::PaymentMethod,
};
use kernel::{AllocationId, Currency, CustomerId, Date, EntryId, FxRate, InvoiceId, Money, OpenItemId};
use store::{
    items::{BalanceShiftRow, MovementRow, OpenItemRow},
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

pub fn pay(to: OpenItemId) -> AllocationRequest {
    AllocationRequest::of(to)
}

impl Story {
    /// The only open item of an invoice of one line before 19 % tax.
    pub async fn debt(&self, customer: CustomerId, net: &str, on: &str) -> OpenItemId {
        let invoice = self.invoice(customer, net, on).await;
        self.item_of(invoice).await.id
    }

    pub async fn item_of(&self, invoice: InvoiceId) -> OpenItemRow {
        invoices::show(&self.app, &self.clerk, invoice).await.unwrap().items[0].clone()
    }

    /// The same on other terms, in another currency.
    pub async fn debt_on(&self, customer: CustomerId, terms: &str, net: &str, on: &str) -> OpenItemId {
        let form = order_form(customer, &[("Work", "1", net)]);
        let form = app::lines::NewDocument { on: Some(day(on)), terms: Some(terms.into()), ..form };
        let issued = invoices::issue_many(&self.app, &self.clerk, &[form]).await.unwrap();
        self.item_of(issued[0].id).await.id
    }

    pub async fn item(&self, id: OpenItemId) -> OpenItemRow {
        items::show(&self.app, &self.clerk, id).await.unwrap().item.item
    }

    pub async fn open(&self, id: OpenItemId) -> i64 {
        self.item(id).await.open_minor
    }

    pub async fn record(&self, new: RecordPayment) -> Recorded {
        payments::record(&self.app, &self.clerk, new).await.unwrap()
    }

    /// A payment that pays these, as far as it goes.
    pub async fn paid(&self, customer: CustomerId, money: Money, on: &str, debts: &[OpenItemId]) -> Recorded {
        let allocations = debts.iter().map(|&to| pay(to)).collect();
        self.record(RecordPayment { allocations, ..wire(customer, money, on) }).await
    }

    pub async fn allocate(&self, from: OpenItemId, lines: Vec<AllocationRequest>) -> app::Result<AllocationId> {
        let asked = AllocateCash { from, on: None, lines };
        Ok(cash::allocate(&self.app, &self.clerk, asked).await?[0].id)
    }

    /// The legs of the only entry that `source` caused: account, minor units, base minor units.
    pub async fn legs(&self, source: impl Into<Uuid>) -> Vec<(String, i64, i64)> {
        let entries = ledger::entries_of(&self.app, &self.auditor, source.into()).await.unwrap();
        assert_eq!(entries.len(), 1);
        entries[0].postings.iter().map(|p| (p.account.clone(), p.amount_minor, p.base_minor)).collect()
    }

    /// What was open as of a day, as far as it is known now.
    pub async fn open_as_of(&self, id: OpenItemId, on: &str) -> i64 {
        let movements = items::show(&self.app, &self.clerk, id).await.unwrap().movements;
        movements.iter().filter(|m| m.effective_on <= day(on)).map(|m| m.amount_minor).sum()
    }
}

pub fn refused<T: std::fmt::Debug>(result: app::Result<T>) -> String {
    match result.unwrap_err() {
        Error::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

on_both_engines! {
    prepare = begin;

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

    /// Of 119.00 + 107.00 the second was credited: 2 % of the 119.00 hold 0.38 of tax at 19 % and none at 7 %.
    async fn a_discount_corrects_only_the_taxes_that_are_left(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Pump", "1", "100.00"), ("Book", "1", "100.00")]);
        form.terms = Some("2-10-net-30".into());
        form.lines[1].tax_code = Some("reduced".into());
        let form = app::lines::NewDocument { on: Some(day("2026-03-10")), ..form };
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let view = invoices::show(&s.app, &s.clerk, id).await.unwrap();
        let book = app::credit_notes::CreditedLine { line: view.lines[1].id, quantity: "1".parse().unwrap() };
        let asked = app::credit_notes::CreditRequest {
            invoice: id,
            lines: Some(vec![book]),
            reason: "Sold out".into(),
            on: None,
        };
        app::credit_notes::issue(&s.app, &s.clerk, asked).await.unwrap();
        let debt = s.item_of(id).await.id;
        let paid = s.paid(bolt, eur("116.62"), "2026-03-16", &[debt]).await;
        assert_eq!(s.open(debt).await, 0);
        let legs: Vec<(String, i64)> =
            s.legs(paid.allocations[0].id).await.into_iter().map(|leg| (leg.0, leg.1)).filter(|leg| leg.1 != 0).collect();
        assert_eq!(
            legs,
            [("2100".into(), 11_662), ("1100".into(), -11_900), ("4900".into(), 200), ("2200".into(), 38)]
        );
        s.assert_books().await;
    }

    /// 1000.00 at 19 % less 500.00 at 7 %: in the company's own currency every leg is worth what it says.
    async fn a_discount_on_mixed_signs_keeps_base_and_amount_together(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Pump", "1", "1000.00"), ("Pump taken back", "-1", "500.00")]);
        form.terms = Some("2-10-net-30".into());
        form.lines[1].tax_code = Some("reduced".into());
        let form = app::lines::NewDocument { on: Some(day("2026-03-10")), ..form };
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let debt = s.item_of(id).await.id;
        // 1190.00 − 535.00 = 655.00, of which 2 % are 13.10.
        let paid = s.paid(bolt, eur("641.90"), "2026-03-16", &[debt]).await;
        assert_eq!((s.open(debt).await, paid.allocations[0].discount_minor), (0, 1_310));
        let legs = s.legs(paid.allocations[0].id).await;
        assert!(legs.iter().all(|(_, amount, base)| amount == base), "{legs:?}");
        s.assert_books().await;
    }

    async fn a_large_discount_that_was_not_earned_needs_a_second_person(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "5000.00", "2026-02-02").await;
        let paid = s.record(wire(bolt, eur("0.01"), "2026-03-02")).await;
        let asked = |discount| AllocationRequest { discount: DiscountChoice::Exactly(eur(discount)), ..pay(debt) };
        let refused = s.allocate(paid.item, vec![asked("5949.99")]).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "5949.99 EUR of the discount on INV-2026-000001 were not earned, more than one person may give up; write them off instead, which asks a second one"
        );
        assert_eq!(s.open(debt).await, 595_000);
        s.assert_books().await;
    }

    async fn discounts_that_were_not_earned_count_together_for_a_document(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Work", "1", "2000.00")]);
        form.terms = Some("30-60-90".into());
        let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        // 2380.00 in three instalments; 600.00 of each is below the limit of 1000.00.
        let items = invoices::show(&s.app, &s.clerk, id).await.unwrap().items;
        let (first, second, other) = (items[0].id, items[1].id, s.debt(bolt, "2000.00", "2026-03-02").await);
        let paid = s.record(wire(bolt, eur("3.00"), "2026-03-16")).await;
        let gives = |to| AllocationRequest {
            amount: Some(eur("1.00")),
            discount: DiscountChoice::Exactly(eur("600.00")),
            ..pay(to)
        };
        let refused = s.allocate(paid.item, vec![gives(first), gives(second)]).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "1200.00 EUR of the discount on INV-2026-000001 were not earned, more than one person may give up; write them off instead, which asks a second one"
        );
        s.allocate(paid.item, vec![gives(first), gives(other)]).await.unwrap();
        assert_eq!(s.open(other).await, 238_000 - 60_100);
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
        assert_eq!(
            refused(payments::reverse(&s.app, &s.clerk, paid.id, day("2026-03-01"), "Bounced").await),
            "2026-03-01 cannot be used: PAY-2026-000001 takes part only from 2026-03-16 on"
        );
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
                assert!(matches!(error, Error::Conflict(_) | Error::Stale | Error::Refused(_)), "{error:?}");
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
        Err(Error::Conflict(_) | Error::Stale | Error::Refused(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

impl Story {
    /// A credit note that was taken over from elsewhere: receivables against opening balances.
    pub async fn credit(&self, customer: CustomerId, money: Money, on: &str) -> OpenItemId {
        let (company_id, entry_id, id) = (self.company, EntryId(app::new_id()), OpenItemId(app::new_id()));
        let (on, minor, recorded_at) = (day(on), -money.minor(), self.app.now());
        let mut tx = self.app.db.begin().await.unwrap();
        let entry = EntryRow {
            company_id,
            id: entry_id,
            kind: EntryKind::Opening,
            source_id: id.0,
            description: "Opening balance CRN-OLD-1".into(),
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
        tx.insert(&[BalanceShiftRow { company_id, customer_id: customer, base_minor: minor }]).await.unwrap();
        tx.insert(&[opened]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// What the books say of an account, in base currency.
    pub async fn balance(&self, account: &str) -> i64 {
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
