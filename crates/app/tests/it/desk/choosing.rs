//! What a clerk chooses from when a line is posted by hand.

use super::{begin, part, to, told};
use crate::{
    cash::{pay, wire},
    story::{Story, eur},
};
use app::desk::{self, HandAsked, HandItems};
use kernel::{Currency, CustomerId, OpenItemId};
use store::items::CustomersItem;
use testkit::on_both_engines;

impl Story {
    async fn choices(&self, customer: CustomerId, named: &[OpenItemId], search: &str) -> HandItems {
        let asked = HandAsked { customer, currency: Currency::EUR, named: named.to_vec(), search: search.to_owned() };
        desk::hand_items(&self.app, &self.auditor, asked).await.unwrap()
    }
}

fn ids(rows: &[CustomersItem]) -> Vec<OpenItemId> {
    rows.iter().map(|row| row.item.id).collect()
}

on_both_engines! {
    prepare = begin;

    async fn items_are_found_by_their_number_also_those_of_the_group(s: Story) {
        let (head, branch) = (s.customer("Head AG", Currency::EUR).await, s.customer("Branch KG", Currency::EUR).await);
        let stranger = s.customer("Stranger SE", Currency::EUR).await;
        let old = s.debt(head, "10.00", "2026-02-02").await;
        let new = s.debt(head, "20.00", "2026-03-02").await;
        let (theirs, foreign) = (s.debt(branch, "30.00", "2026-02-09").await, s.debt(stranger, "40.00", "2026-02-09").await);
        let mut tx = s.app.db.begin().await.unwrap();
        tx.sql("UPDATE customers SET parent_id = $1 WHERE id = $2").bind(head).bind(branch).run_one().await.unwrap();
        // A number that is a part of another one.
        let renamed = "UPDATE open_items SET number = $1 WHERE id = $2";
        for (number, item) in [("A-71", old), ("A-7", new), ("A-72", theirs), ("A-73", foreign)] {
            tx.sql(renamed).bind(number.to_owned()).bind(item).run_one().await.unwrap();
        }
        tx.commit().await.unwrap();

        let all = s.choices(head, &[], "").await;
        assert_eq!((ids(&all.oldest), ids(&all.found), all.has_more, all.has_others), (vec![old, new], vec![], false, true));
        assert_eq!(ids(&s.choices(head, &[], " a-7 ").await.found), [new, old, theirs], "the number itself, then by due day");
        assert_eq!(ids(&s.choices(branch, &[], "A-72").await.found), [theirs]);
        assert!(s.choices(stranger, &[], "A-72").await.found.is_empty());
        let found = desk::search_items(&s.app, &s.auditor, "a-7", Currency::EUR).await.unwrap();
        assert_eq!(ids(&found)[0], new, "the number itself comes first");

        // What was named stays, also when somebody else pays it meanwhile; money is nothing to be paid.
        s.record(app::payments::RecordPayment { allocations: vec![pay(new)], ..wire(head, eur("23.80"), "2026-03-03") }).await;
        s.record(wire(head, eur("5.00"), "2026-03-03")).await;
        let all = s.choices(head, &[new], "PAY").await;
        assert_eq!((ids(&all.named), all.named[0].item.open_minor, ids(&all.oldest), all.found.len()), (vec![new], 0, vec![old], 0));
        let line = s.one(told("20.00", "2026-03-04", "hm")).await;
        s.by_hand(line, to(head, vec![part(theirs)])).await.unwrap();
        assert_eq!(s.open(theirs).await, 1_570);
    }
}
