//! Money given back and debts given up, and what of it a second person has to agree to.

use crate::{
    cash::{pay, refused, wire},
    story::{Story, day, eur, order_form, usd},
};
use app::{
    Done, Error, approvals,
    approvals::Outcome,
    cash::{self, RefundRequest, WriteOffRequest},
    grants,
    items::{self, ItemList},
    payments,
};
use domain::items::ItemKind;
use kernel::{ApprovalId, Currency};
use testkit::on_both_engines;

on_both_engines! {
    prepare = begin;

    async fn a_refund_leaves_the_bank_and_is_owed_when_the_payment_bounces(s: Story) {
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
        payments::reverse(&s.app, &s.clerk, paid.id, day("2026-03-10"), "Bounced").await.unwrap();
        let list = ItemList { customer: Some(acme), ..ItemList::default() };
        let open = items::list(&s.app, &s.clerk, list).await.unwrap().rows;
        let owed: Vec<_> = open.iter().map(|row| (row.item.number.as_str(), row.item.kind, row.item.open_minor)).collect();
        assert_eq!(owed, [("PAY-2026-000001-R", ItemKind::DebitNote, 4_000)]);
        let owed = open[0].item.id;
        assert_eq!(s.legs(owed).await, [("1100".into(), 4_000, 3_600), ("2100".into(), -4_000, -3_600)]);
        // The bank took 100.00 on the 10th; the 40.00 had not left by then.
        let of = async |on| (s.open_as_of(paid.item, on).await, s.open_as_of(owed, on).await);
        assert_eq!((of("2026-03-09").await, of("2026-03-10").await, of("2026-03-12").await), ((-10_000, 0), (0, 0), (0, 4_000)));
        let again = s.record(wire(acme, usd("40.00"), "2026-03-16")).await;
        s.allocate(again.item, vec![pay(owed)]).await.unwrap();
        assert_eq!(s.open(owed).await, 0);
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

    async fn instalments_that_are_written_off_count_together(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = order_form(bolt, &[("Pump", "1", "1500.00")]);
        form.terms = Some("30-60-90".into());
        let id = app::invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let items = app::invoices::show(&s.app, &s.clerk, id).await.unwrap().items;
        assert_eq!(items.len(), 3, "595.00 each");
        let write_off = |at: usize| {
            let asked = WriteOffRequest { item: items[at].id, amount: None, reason: "Insolvent".into(), on: None };
            cash::write_off(&s.app, &s.clerk, asked)
        };
        done(write_off(0).await);
        pending(write_off(1).await);
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

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
