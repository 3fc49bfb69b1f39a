//! Figures of cash application: for a company and a customer, for a period that runs and one that is past.

use super::{begin, part, to, told};
use crate::{
    cash::{pay, wire},
    story::{Story, day, eur},
};
use app::{
    cash,
    desk::{self, Accept, Allocate, Figures, PaymentOf},
    items,
};
use domain::{
    bank::Exception,
    desk::{Dial, MatchedBy, figures::Rate},
};
use kernel::{AllocationId, BankLineId, Currency, CustomerId, OpenItemId};
use testkit::on_both_engines;

fn parts(rate: Rate) -> (i64, i64) {
    (rate.part, rate.whole)
}

fn left(figures: &Figures) -> Vec<(Option<Exception>, i64, i64)> {
    figures.exceptions.iter().map(|left| (left.kind, left.lines, left.waiting)).collect()
}

impl Story {
    async fn figures(&self) -> Figures {
        desk::figures(&self.app, &self.auditor, Default::default()).await.unwrap()
    }

    async fn figures_of(&self, customer: CustomerId) -> Figures {
        let asked = desk::FiguresAsked { customer: Some(customer), ..Default::default() };
        desk::figures(&self.app, &self.auditor, asked).await.unwrap()
    }

    /// A line that names these items, posted by the engine.
    async fn by_engine(&self, money: &str, items: &[OpenItemId]) -> BankLineId {
        let mut text = "Invoices".to_owned();
        for item in items {
            text = format!("{text} {}", self.number(*item).await);
        }
        let line = self.one(told(money, "2026-03-02", &text)).await;
        assert_eq!(self.line(line).await.matches.first().map(|found| found.how), Some(MatchedBy::Engine), "{text}");
        line
    }

    /// The allocations that an item gave or took and that stand.
    async fn standing(&self, item: OpenItemId) -> Vec<AllocationId> {
        let all = items::show(&self.app, &self.auditor, item).await.unwrap().allocations;
        all.iter().filter(|made| made.row.reversed_at.is_none()).map(|made| made.row.id).collect()
    }

    /// What a clerk does on the page of an item.
    async fn take_back(&self, allocation: AllocationId) {
        cash::unallocate(&self.app, &self.clerk, allocation, "Not theirs").await.unwrap();
    }

    /// The money of a line's payment that nothing used yet.
    async fn money_of(&self, line: BankLineId) -> OpenItemId {
        let payment = self.line(line).await.matches[0].payment_id;
        app::payments::show(&self.app, &self.auditor, payment).await.unwrap().item.item.id
    }
}

on_both_engines! {
    prepare = begin;

    async fn figures_say_what_was_done_without_a_person(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debts = [s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "50.00", "2026-02-03").await];
        let text = format!("Invoice {}", s.number(debts[0]).await);
        let lines = s.arrive(&[told("119.00", "2026-03-02", &text), told("33.00", "2026-03-03", "hm")]).await;
        s.decide().await;
        s.clock.set(s.app.now().plus_seconds(600));
        s.by_hand(lines[1], Allocate { rest_on_account: true, ..to(bolt, vec![part(debts[1])]) }).await.unwrap();
        let figures = desk::figures(&s.app, &s.auditor, Default::default()).await.unwrap();
        assert_eq!((figures.auto_lines.part, figures.auto_lines.whole, figures.auto_lines.ppm), (1, 2, Some(500_000)));
        assert_eq!((figures.auto_amounts[0].rate.part, figures.auto_amounts[0].rate.whole), (11_900, 15_200));
        assert_eq!((figures.auto_items.part, figures.auto_items.whole), (1, 2));
        assert_eq!((figures.received_to_posted.median_seconds, figures.received_to_posted.p95_seconds), (Some(0), Some(600)));
        assert_eq!(figures.precision_by_undo.ppm, Some(1_000_000));
        assert_eq!((figures.straight_lines.part, figures.straight_lines.whole), (1, 2));
        assert_eq!((figures.straight_amounts[0].rate.part, figures.straight_amounts[0].rate.whole), (11_900, 15_200));
        let left = &figures.exceptions;
        assert_eq!((left.len(), left[0].kind, left[0].lines, left[0].waiting), (1, Some(Exception::NotSure), 1, 0));
        let found = desk::matches(&s.app, &s.auditor, desk::MatchList { how: Some(MatchedBy::Engine), ..Default::default() });
        let found = found.await.unwrap().rows.remove(0);
        desk::check(&s.app, &s.clerk, found.row.id, false).await.unwrap();
        desk::undo(&s.app, &s.clerk, lines[0], "Wrong").await.unwrap();
        let figures = desk::figures(&s.app, &s.auditor, Default::default()).await.unwrap();
        assert_eq!((figures.precision_by_undo.ppm, figures.precision_by_audit.ppm), (Some(0), Some(0)));
        assert_eq!(figures.waiting.len(), 1);
        let table = String::from_utf8(desk::figures_csv(&s.app, &s.auditor, Default::default()).await.unwrap()).unwrap();
        assert!(table.contains("auto_lines,,0,2,0"), "{table}");
        assert!(table.contains("straight_lines,,0,2,0") && table.contains("exceptions,Undone,1,1,"), "{table}");
    }

    async fn figures_of_a_customer_and_of_a_day_that_is_past(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let nut = s.customer("Nut AG", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        // One euro more than is owed: posted by a person, and one euro stays on account.
        let line = s.one(told("120.00", "2026-03-02", &text)).await;
        let asked = |customer, to| desk::FiguresAsked { from: Some(day("2026-02-25")), to, customer: Some(customer) };
        let of = async |customer, to| desk::figures(&s.app, &s.auditor, asked(customer, to)).await.unwrap();
        let before = of(bolt, None).await;
        assert_eq!((before.posted_lines.part, before.posted_lines.whole, before.waiting.len()), (0, 1, 1));
        assert_eq!((of(nut, None).await.posted_lines.whole, of(nut, None).await.waiting.len()), (0, 0));
        s.by_hand(line, Allocate { rest_on_account: true, ..to(bolt, vec![part(debt)]) }).await.unwrap();
        let unapplied = |of: &desk::Figures| of.unapplied.iter().map(|age| age.money.minor()).sum::<i64>();
        let after = of(bolt, None).await;
        assert_eq!((after.posted_lines.part, after.straight_lines.part, unapplied(&after)), (1, 0, 100));
        assert_eq!(unapplied(&of(bolt, Some(day("2026-03-02"))).await), 100);
        assert_eq!(unapplied(&of(bolt, Some(day("2026-03-01"))).await), 0);
        assert_eq!(unapplied(&of(nut, None).await), 0);
    }

    async fn what_a_person_takes_back_was_not_posted_by_itself_and_what_the_bank_takes_back_did_not_go_through(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let mut debts = vec![];
        for net in ["100.00", "200.00", "300.00", "400.00", "600.00", "700.00"] {
            debts.push(s.debt(bolt, net, "2026-02-02").await);
        }
        // 119.00 and 238.00 + 357.00 and 476.00 and 714.00, all by the engine, and 50.00 of 833.00 by hand.
        s.by_engine("119.00", &debts[..1]).await;
        s.by_engine("595.00", &debts[1..3]).await;
        let bounced = s.by_engine("476.00", &debts[3..4]).await;
        let undone = s.by_engine("714.00", &debts[4..5]).await;
        let unsure = s.one(told("50.00", "2026-03-02", "hm")).await;
        s.by_hand(unsure, to(bolt, vec![part(debts[5])])).await.unwrap();
        let before = s.figures().await;
        assert_eq!((parts(before.auto_lines), parts(before.straight_lines)), ((4, 5), (4, 5)));
        assert_eq!((parts(before.auto_items), parts(before.item_precision_by_undo)), ((5, 6), (5, 5)));
        assert_eq!(left(&before), [(Some(Exception::NotSure), 1, 0)]);

        s.clock.set(s.app.now().plus_seconds(600));
        s.take_back(s.standing(debts[2]).await[0]).await;
        let back = s.arrive(&[told("-476.00", "2026-03-05", "Return")]).await[0];
        let payment = s.line(bounced).await.matches[0].payment_id;
        desk::return_of(&s.app, &s.clerk, back, (PaymentOf::Payment(payment), false)).await.unwrap();
        desk::undo(&s.app, &s.clerk, undone, "Not theirs").await.unwrap();
        assert_eq!(left(&s.figures().await), [(Some(Exception::Undone), 2, 1), (Some(Exception::NotSure), 1, 0)]);
        s.by_hand(undone, to(bolt, vec![part(debts[4])])).await.unwrap();

        for figures in [s.figures().await, s.figures_of(bolt).await] {
            // Matched right: 119.00 and the 476.00 that bounced later, of 1,954.00.
            assert_eq!(parts(figures.auto_lines), (2, 5));
            assert_eq!(parts(figures.auto_amounts[0].rate), (59_500, 195_400));
            // One each of the first, the second and the bounced line, of six that five lines were posted on.
            assert_eq!(parts(figures.auto_items), (3, 6));
            // The money of 119.00 alone came and stayed.
            assert_eq!(parts(figures.straight_lines), (1, 5));
            assert_eq!(parts(figures.straight_amounts[0].rate), (11_900, 195_400));
            assert_eq!((parts(figures.posted_lines), parts(figures.accepted_proposals)), ((5, 5), (0, 2)));
            // Of four postings with five items one was undone, and one item was taken back.
            assert_eq!((parts(figures.precision_by_undo), parts(figures.item_precision_by_undo)), ((2, 4), (3, 5)));
            let promised: Vec<_> = figures.reliability.iter().map(|band| parts(band.right)).collect();
            assert_eq!(promised.iter().fold((0, 0), |sum, band| (sum.0 + band.0, sum.1 + band.1)), (2, 4));
            assert_eq!(left(&figures), [(Some(Exception::Undone), 2, 0), (Some(Exception::NotSure), 1, 0)]);
        }
        assert_eq!(s.figures_of(nut).await.auto_lines.whole, 0);

        // The bank gave the 476.00 back after all: they are recorded again and pay what they had paid.
        desk::undo(&s.app, &s.clerk, back, "It stays").await.unwrap();
        let after = s.figures().await;
        assert_eq!((parts(after.auto_lines), parts(after.straight_lines)), ((2, 5), (2, 5)));
        assert_eq!(parts(after.straight_amounts[0].rate), (59_500, 195_400));
    }

    async fn the_rest_that_a_clerk_uses_did_not_go_through_by_itself(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, other) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "300.00", "2026-02-03").await);
        s.policy(|policy| {
            policy.error_limit_ppm = 1_000_000;
            policy.differences.overpayment.dial = Dial::Auto;
        })
        .await;
        // One euro too much stays on account.
        let line = s.by_engine("120.00", &[debt]).await;
        s.clock.set(s.app.now().plus_seconds(600));
        let from = s.money_of(line).await;
        let asked = cash::AllocateCash { from, lines: vec![pay(other)], on: None };
        cash::allocate(&s.app, &s.clerk, asked).await.unwrap();
        assert_eq!(s.open(from).await, 0);
        let figures = s.figures().await;
        assert_eq!((parts(figures.auto_lines), parts(figures.straight_lines)), ((1, 1), (0, 1)));
        // Taking one's own allocation back says nothing of the engine.
        let own = s.standing(other).await[0];
        s.take_back(own).await;
        let figures = s.figures().await;
        assert_eq!((parts(figures.auto_lines), parts(figures.precision_by_undo)), ((1, 1), (1, 1)));
    }

    async fn a_credit_note_that_a_person_takes_back_was_not_right(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let credit = s.credit(bolt, eur("47.60"), "2026-02-02").await;
        // 119.00 less 47.60.
        s.by_engine("71.40", &[debt, credit]).await;
        let figures = s.figures().await;
        assert_eq!((parts(figures.auto_items), parts(figures.straight_lines)), ((2, 2), (1, 1)));
        s.clock.set(s.app.now().plus_seconds(600));
        s.take_back(s.standing(credit).await[0]).await;
        let figures = s.figures().await;
        assert_eq!((parts(figures.auto_items), parts(figures.auto_lines), parts(figures.straight_lines)), ((0, 2), (0, 1), (0, 1)));
        assert_eq!((parts(figures.precision_by_undo), parts(figures.item_precision_by_undo)), ((0, 1), (0, 2)));
    }

    async fn a_line_is_told_by_why_the_engine_left_it(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "100.00", "2026-02-09").await);
        let ambiguous = s.one(told("119.00", "2026-03-02", "Payment")).await;
        assert_eq!(s.state(ambiguous).await.1, Some(Exception::Ambiguous));
        // Somebody else pays one of the two, and the engine is surer when a clerk opens the line.
        s.record(app::payments::RecordPayment { allocations: vec![pay(one)], ..wire(bolt, eur("119.00"), "2026-03-03") }).await;
        let decision = desk::claim(&s.app, &s.clerk, ambiguous).await.unwrap().decision.unwrap();
        desk::accept(&s.app, &s.clerk, ambiguous, Accept { decision: decision.id, rank: 1 }).await.unwrap();
        assert_eq!(left(&s.figures().await), [(Some(Exception::Ambiguous), 1, 0)]);
        assert_eq!(s.open(two).await, 0);

        // A line that a person posts before the engine looks was not held back.
        let new = s.arrive(&[told("10.00", "2026-03-03", "Early")]).await[0];
        s.by_hand(new, Allocate { rest_on_account: true, ..to(bolt, vec![]) }).await.unwrap();
        assert_eq!(left(&s.figures().await), [(None, 1, 0), (Some(Exception::Ambiguous), 1, 0)]);
        // The engine was sure, and the books refused what it wanted to post.
        let mut tx = s.app.db.begin().await.unwrap();
        tx.sql("UPDATE bank_decisions SET held = NULL WHERE line_id = $1").bind(ambiguous).run().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(left(&s.figures().await), [(None, 1, 0), (Some(Exception::CannotPost), 1, 0)]);
    }

    async fn a_table_of_figures_has_amounts_as_people_write_them(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        s.by_engine("119.00", &[debt]).await;
        let line = s.one(told("1000.50", "2026-03-02", "hm")).await;
        s.by_hand(line, Allocate { rest_on_account: true, ..to(nut, vec![]) }).await.unwrap();
        let table = desk::figures_csv(&s.app, &s.auditor, Default::default()).await.unwrap();
        let table = String::from_utf8(table).unwrap();
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows[0], "figure,of,part,whole,ppm,currency");
        // 119.00 of 1,119.50 is 106,297.45 of a million.
        for row in [
            "auto_lines,,1,2,500000,",
            "auto_amounts,,119.00,1119.50,106297,EUR",
            "straight_amounts,,119.00,1119.50,106297,EUR",
            "item_precision_by_undo,,1,1,1000000,",
            "unapplied,0 to 30 days,1000.50,,,EUR",
            "unapplied,91 days and more,0.00,,,EUR",
        ] {
            assert!(rows.contains(&row), "{row} is not in\n{table}");
        }
    }
}
