//! Recording payments, one or a thousand; finding them; taking a bounced one back.

use crate::{
    cash::{pay, refused, wire},
    story::{Story, day, eur, order_form, usd},
};
use app::{
    Done, Error,
    cash::{self, AllocationRequest},
    invoices, items,
    items::ItemList,
    ledger,
    payments::{self, External, PaymentList, RecordPayment},
};
use domain::{
    items::{ItemKind, MovementKind},
    payments::PaymentMethod,
};
use kernel::{Currency, CustomerId};
use testkit::on_both_engines;
use uuid::Uuid;

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

    async fn a_round_sum_is_used_on_the_oldest_debts(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        // 119.00 due in March, 59.50 and 23.80 in April; Nut AG's is older and none of Bolt's.
        let (late, early) = (s.debt(bolt, "50.00", "2026-03-10").await, s.debt(bolt, "100.00", "2026-02-02").await);
        let (last, other) = (s.debt(bolt, "20.00", "2026-03-11").await, s.debt(nut, "10.00", "2026-01-05").await);
        let paid = s.record(wire(bolt, eur("150.00"), "2026-03-12")).await;
        let used = payments::use_on_oldest(&s.app, &s.clerk, paid.id).await.unwrap();
        assert_eq!(used.len(), 2);
        // 150.00 less 119.00 are 31.00 of 59.50.
        assert_eq!((s.open(early).await, s.open(late).await, s.open(last).await), (0, 2_850, 2_380));
        assert_eq!((s.open(other).await, s.open(paid.item).await), (1_190, 0));
        let again = payments::use_on_oldest(&s.app, &s.clerk, paid.id).await;
        assert_eq!(refused(again), "nothing of PAY-2026-000001 is open");
        let more = s.record(wire(bolt, eur("60.00"), "2026-03-12")).await;
        payments::use_on_oldest(&s.app, &s.clerk, more.id).await.unwrap();
        assert_eq!((s.open(late).await, s.open(last).await, s.open(more.item).await), (0, 0, -770));
        let nothing = payments::use_on_oldest(&s.app, &s.clerk, more.id).await;
        assert_eq!(refused(nothing), "nothing is owed in EUR that PAY-2026-000002 could be used on");
        assert!(matches!(payments::use_on_oldest(&s.app, &s.auditor, more.id).await, Err(Error::Forbidden(_))));
        s.assert_books().await;
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
        let left = PaymentList { unapplied: true, limit: Some(3), ..PaymentList::default() };
        let (_, after) = numbers(left.clone()).await;
        assert_eq!(only(PaymentList { after, ..left }).await, "2");
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

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
