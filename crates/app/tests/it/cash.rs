//! From money in the bank to settled items, and back.

use crate::story::{Story, day, eur, order_form, usd};
use app::{
    Done, Error,
    cash::{self, AllocateCash, AllocationRequest, DiscountChoice},
    invoices, items, ledger,
    payments::{self, RecordPayment, Recorded},
};
use domain::{items::MovementKind, payments::PaymentMethod};
use kernel::{AllocationId, Currency, CustomerId, InvoiceId, Money, OpenItemId};
use store::items::OpenItemRow;
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
}

impl Story {
    async fn relate(&self, customer: CustomerId, parent: Option<CustomerId>, payer: Option<CustomerId>) {
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
