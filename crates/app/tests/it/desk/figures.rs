//! Figures of cash application: for a company and a customer, for a period that runs and one that is past.

use super::{begin, part, to, told};
use crate::story::{Story, day};
use app::desk::{self, Allocate};
use domain::{bank::Exception, desk::MatchedBy};
use kernel::Currency;
use testkit::on_both_engines;

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
}
