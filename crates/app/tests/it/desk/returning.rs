//! Which payment the bank took back, and from which day on.

use super::{part, to, told};
use crate::{
    cash::{pay, refused, wire},
    story::{Story, day, eur},
};
use app::{
    companies::{self, BankAccountFacts},
    desk::{self, Allocate, PaymentOf},
};
use domain::{
    bank::{Exception, LineState},
    users::Role,
};
use kernel::{BankLineId, Currency, PaymentId};
use testkit::on_both_engines;

const WAITS: (LineState, Option<Exception>) = (LineState::Open, Some(Exception::BankReturn));

impl Story {
    /// The bank said these of a line that nobody looked at yet.
    async fn said(&self, line: BankLineId, (id, mandate): (&str, &str)) {
        let mut tx = self.app.db.begin().await.unwrap();
        tx.sql("UPDATE bank_lines SET end_to_end_id = $1, mandate_id = $2 WHERE id = $3")
            .bind(id.to_owned())
            .bind(mandate.to_owned())
            .bind(line)
            .run_one()
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A debit of 119.00 on that day with its end-to-end id and mandate, posted on a debt of its own.
    async fn debit(&self, customer: kernel::CustomerId, on: &str, ids: (&str, &str)) -> (PaymentId, String) {
        let debt = self.debt(customer, "100.00", "2026-02-02").await;
        let number = self.number(debt).await;
        let line = self.arrive(&[told("119.00", on, &number)]).await[0];
        self.said(line, ids).await;
        self.decide().await;
        (self.line(line).await.matches[0].payment_id, number)
    }

    /// 119.00 that went back on that day, with its end-to-end id and mandate.
    async fn went_back(&self, on: &str, text: &str, ids: (&str, &str)) -> BankLineId {
        let line = self.arrive(&[told("-119.00", on, text)]).await[0];
        self.said(line, ids).await;
        self.decide().await;
        line
    }

    async fn reversed(&self, payment: PaymentId) -> Option<(kernel::Date, String)> {
        let row = app::payments::show(&self.app, &self.auditor, payment).await.unwrap().payment;
        row.reversed_on.zip(row.reversal_reason)
    }
}

on_both_engines! {
    prepare = begin;

    async fn a_debit_with_another_id_is_not_the_one_that_came_back(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (second, _) = s.debit(bolt, "2026-03-04", ("E-2", "M-1")).await;
        // The bank names a debit that nobody posted: the same mandate and account do not make it the other one.
        let back = s.went_back("2026-03-05", "Return", ("E-1", "M-1")).await;
        assert_eq!((s.state(back).await, s.reversed(second).await), (WAITS, None));
        // A payment by hand of which no id is known is none either, unless it was recorded with this one.
        let debt = s.debt(bolt, "100.00", "2026-02-09").await;
        let first = app::payments::RecordPayment {
            reference: Some("Debit E-3".into()),
            allocations: vec![pay(debt)],
            ..wire(bolt, eur("119.00"), "2026-03-03")
        };
        let first = s.record(first).await.id;
        let back = s.went_back("2026-03-06", "Return", ("E-4", "M-4")).await;
        assert_eq!((s.state(back).await, s.reversed(first).await), (WAITS, None));
        let back = s.went_back("2026-03-06", "Return", ("E-3", "M-3")).await;
        assert_eq!((s.state(back).await.0, s.reversed(second).await), (LineState::Posted, None));
        assert_eq!(s.reversed(first).await.unwrap().0, day("2026-03-06"));
        let back = s.went_back("2026-03-09", "Return", ("E-2", "M-1")).await;
        assert_eq!((s.state(back).await.0, s.reversed(second).await.unwrap().0), (LineState::Posted, day("2026-03-09")));
        s.assert_books().await;
    }

    async fn a_debit_for_another_invoice_is_not_the_one_that_came_back(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (paid, number) = s.debit(bolt, "2026-03-04", ("NOTPROVIDED", "")).await;
        let other = s.debt(bolt, "100.00", "2026-02-09").await;
        let text = format!("Return of {}", s.number(other).await);
        let back = s.went_back("2026-03-05", &text, ("NOTPROVIDED", "")).await;
        assert_eq!((s.state(back).await, s.reversed(paid).await), (WAITS, None), "the payer's account alone");
        let back = s.went_back("2026-03-05", &format!("Return of {number}"), ("NOTPROVIDED", "")).await;
        assert_eq!((s.state(back).await.0, s.reversed(paid).await.unwrap().0), (LineState::Posted, day("2026-03-05")));
        s.assert_books().await;
    }

    async fn what_was_posted_again_comes_back_from_then_on(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        let came = s.one(told("119.00", "2026-03-02", &text)).await;
        s.on("2026-03-20");
        desk::undo(&s.app, &s.clerk, came, "Not theirs").await.unwrap();
        let again = s.by_hand(came, to(bolt, vec![part(debt)])).await.unwrap().payment_id;
        s.on("2026-03-23");
        // The bank took it back on the 5th; until the 20th the debt was open, and the payment that stands began then.
        let back = s.one(told("-119.00", "2026-03-05", "Return")).await;
        assert_eq!(s.state(back).await, (LineState::Posted, None));
        let (on, why) = s.reversed(again).await.unwrap();
        assert_eq!(on, day("2026-03-20"));
        assert_eq!(why, "the bank took it back (taken back on 2026-03-05; PAY-2026-000002 stands as it does only since 2026-03-20)");
        assert_eq!((s.open(debt).await, s.balance("1000").await), (11_900, 0));
        s.assert_books().await;
    }

    async fn what_was_used_again_comes_back_from_then_on(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "100.00", "2026-02-09").await);
        let text = format!("Invoice {}", s.number(one).await);
        let came = s.one(told("119.00", "2026-03-02", &text)).await;
        let payment = s.line(came).await.matches[0].payment_id;
        let cash = app::payments::show(&s.app, &s.clerk, payment).await.unwrap().item.item.id;
        let made = app::payments::show(&s.app, &s.clerk, payment).await.unwrap().allocations[0].row.id;
        s.on("2026-03-18");
        app::cash::unallocate(&s.app, &s.clerk, made, "The other one").await.unwrap();
        s.allocate(cash, vec![pay(two)]).await.unwrap();
        let back = s.one(told("-119.00", "2026-03-05", "Return")).await;
        assert_eq!((s.state(back).await.0, s.reversed(payment).await.unwrap().0), (LineState::Posted, day("2026-03-18")));
        let open = async |on| (s.open_as_of(one, on).await, s.open_as_of(two, on).await);
        assert_eq!((open("2026-03-17").await, open("2026-03-18").await), ((0, 11_900), (11_900, 11_900)));
        s.assert_books().await;
    }

    async fn a_part_of_a_payment_is_recalled_and_the_rest_stands(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "200.00", "2026-02-09").await);
        let text = format!("{} {}", s.number(one).await, s.number(two).await);
        let came = s.one(told("357.00", "2026-03-02", &text)).await;
        let payment = s.line(came).await.matches[0].payment_id;
        let back = s.one(told("-200.00", "2026-03-05", "Recall")).await;
        assert_eq!((s.state(back).await, s.reversed(payment).await), (WAITS, None), "a person says what it is");
        let offered: Vec<_> = s.line(back).await.returnable.iter().map(|found| found.id).collect();
        assert_eq!(offered, [payment], "more of the same payer's is offered");
        let said = |is_part| desk::return_of(&s.app, &s.clerk, back, (PaymentOf::Payment(payment), is_part));
        assert!(refused(said(false).await).contains("say that it is a part of it"));
        said(true).await.unwrap();
        // 157.00 stand: they pay the first debt, and 38.00 of the second.
        assert_eq!((s.open(one).await, s.open(two).await, s.balance("1000").await), (0, 20_000, 15_700));
        assert_eq!((s.open_as_of(two, "2026-03-04").await, s.open_as_of(two, "2026-03-05").await), (0, 20_000));
        assert_eq!(s.reversed(payment).await.unwrap().0, day("2026-03-05"));
        s.assert_books().await;
        // The rest of it is recalled as well.
        let second = s.one(told("-157.00", "2026-03-06", "Recall")).await;
        let rest = (PaymentOf::Number("PAY-2026-000002".into()), false);
        desk::return_of(&s.app, &s.clerk, second, rest).await.unwrap();
        assert_eq!(s.balance("1000").await, 0);
        let why = refused(desk::undo(&s.app, &s.clerk, back, "It was ours").await);
        assert_eq!(why, "The bank took PAY-2026-000002 back on 2026-03-06; undo that line first.");
        desk::undo(&s.app, &s.clerk, second, "It was ours").await.unwrap();
        desk::undo(&s.app, &s.clerk, back, "It was ours").await.unwrap();
        assert_eq!((s.open(one).await, s.open(two).await, s.balance("1000").await), (0, 0, 35_700));
        assert_eq!(s.state(back).await, WAITS);
        s.assert_books().await;
        s.assert_no_day_is_overdrawn().await;
    }

    async fn after_a_return_the_book_is_read_anew(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (payment, _) = s.debit(bolt, "2026-03-04", ("E-1", "M-1")).await;
        s.went_back("2026-03-05", "Return", ("E-1", "M-1")).await;
        assert!(s.reversed(payment).await.is_some());
        let s = s.started_again();
        let debt = s.debt(bolt, "200.00", "2026-02-09").await;
        let came = s.one(told("238.00", "2026-03-06", &s.number(debt).await)).await;
        assert_eq!(s.state(came).await, (LineState::Posted, None));
    }

    async fn debits_that_come_back_in_one_sum_are_split(s: Story) {
        let (bolt, acme) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Acme GmbH", Currency::EUR).await);
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(acme, "200.00", "2026-02-09").await);
        let texts = [s.number(one).await, s.number(two).await];
        s.one(told("119.00", "2026-03-02", &texts[0])).await;
        let other = super::Told { payer: "ACME GMBH", account: None, ..told("238.00", "2026-03-02", &texts[1]) };
        s.one(other).await;
        let back = s.one(told("-357.00", "2026-03-05", "Two returns")).await;
        let off = |text: &str| [eur(text)];
        let split = async |sums: &[kernel::Money]| app::desk::split(&s.app, &s.clerk, back, sums).await;
        let wrong = async |sum: &str| format!("{:?}", split(&off(sum)).await.unwrap_err());
        assert!(wrong("357.00").await.contains("that is all of it"));
        assert!(wrong("357.01").await.contains("more than the 357.00 EUR that are left"));
        let parts = split(&off("119.00")).await.unwrap();
        let sums: Vec<_> = s.line(back).await.split.unwrap().parts.iter().map(|part| part.money.minor()).collect();
        assert_eq!(sums, [-11_900, -23_800]);
        // Bolt's account says whose the first one was; nothing says it of the other sum.
        assert_eq!(s.state(parts[0]).await.0, LineState::Posted);
        let payment = app::desk::show(&s.app, &s.clerk, parts[1]).await.unwrap().returnable[0].id;
        if s.state(parts[1]).await.0 == LineState::Open {
            app::desk::return_of(&s.app, &s.clerk, parts[1], (PaymentOf::Payment(payment), false)).await.unwrap();
        }
        assert_eq!((s.open(one).await, s.open(two).await, s.balance("1000").await), (11_900, 23_800, 0));
        assert!(refused(app::desk::join(&s.app, &s.clerk, back).await).contains("in the books"));
        for part in parts {
            app::desk::undo(&s.app, &s.clerk, part, "Another one's").await.unwrap();
        }
        assert_eq!(app::desk::join(&s.app, &s.clerk, back).await.unwrap(), app::Done::Now);
        assert_eq!((s.state(back).await, s.line(back).await.split.is_none()), (WAITS, true));
        s.assert_books().await;
    }

    async fn too_much_that_was_refunded_is_owed_when_it_bounces(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let came = s.arrive(&[told("619.00", "2026-03-02", "sorry")]).await[0];
        let posted = s.by_hand(came, Allocate { rest_on_account: true, ..to(bolt, vec![part(debt)]) }).await.unwrap();
        let item = app::payments::show(&s.app, &s.clerk, posted.payment_id).await.unwrap().item.item.id;
        let reason = "Paid too much".to_owned();
        let asked = app::cash::RefundRequest { item, amount: None, bank_account: None, reason, on: Some(day("2026-03-04")) };
        app::cash::refund(&s.app, &s.clerk, asked).await.unwrap();
        let back = s.one(told("-619.00", "2026-03-09", "Return, no funds")).await;
        assert_eq!((s.state(back).await.0, s.balance("1000").await), (LineState::Posted, -50_000));
        assert_eq!((s.open(debt).await, s.balance("1100").await, s.balance("2100").await), (11_900, 61_900, 0));
        // It did not come back after all: what was refunded need not be paid back either.
        desk::undo(&s.app, &s.clerk, back, "Another one's").await.unwrap();
        assert_eq!((s.open(debt).await, s.balance("1100").await, s.balance("2100").await), (0, 0, 0));
        assert_eq!(s.balance("1000").await, 11_900);
        s.assert_books().await;
        s.assert_no_day_is_overdrawn().await;
    }

    async fn one_transfer_for_two_customers_is_split(s: Story) {
        let (bolt, acme) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Acme GmbH", Currency::EUR).await);
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(acme, "200.00", "2026-02-09").await);
        let text = format!("{} {}", s.number(one).await, s.number(two).await);
        let line = s.one(super::Told { payer: "Tax adviser Kern", account: None, ..told("362.00", "2026-03-02", &text) }).await;
        assert_eq!(s.state(line).await.0, LineState::Open);
        let parts = desk::split(&s.app, &s.clerk, line, &[eur("119.00"), eur("238.00")]).await.unwrap();
        assert_eq!(parts.len(), 3, "5.00 are left");
        assert_eq!(s.state(line).await, (LineState::SetAside, Some(Exception::Replaced)));
        let states = (s.state(parts[0]).await.0, s.state(parts[1]).await.0, s.state(parts[2]).await.0);
        assert_eq!(states, (LineState::Posted, LineState::Posted, LineState::Open), "each names its own invoice");
        s.by_hand(parts[2], Allocate { rest_on_account: true, ..to(acme, vec![]) }).await.unwrap();
        assert_eq!((s.open(one).await, s.open(two).await, s.balance("1000").await), (0, 0, 36_200));
        let whole = s.by_hand(line, to(bolt, vec![part(one)])).await;
        assert!(refused(whole).contains("set aside"));
        s.assert_books().await;
    }

    async fn money_leaves_the_account_that_it_came_to(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let administrator = s.person("Ada Min", Role::Administrator);
        let facts = BankAccountFacts { name: "Second".into(), iban: Some("DE02200505501015871393".into()), ..BankAccountFacts::default() };
        let second = companies::add_bank_account(&s.app, &administrator, facts).await.unwrap();
        let payment = app::payments::RecordPayment { bank_account: Some(second), ..wire(bolt, eur("119.00"), "2026-03-04") };
        let payment = s.record(payment).await.id;
        let back = s.one(told("-119.00", "2026-03-05", "Return")).await;
        assert_eq!(s.state(back).await, WAITS);
        assert_eq!(
            refused(desk::return_of(&s.app, &s.clerk, back, (PaymentOf::Payment(payment), false)).await),
            "This money left Main account, but PAY-2026-000001 came to Second; name a payment that came to Main account."
        );
        assert_eq!(s.reversed(payment).await, None);
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
