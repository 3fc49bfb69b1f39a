//! What is kept beside the lines: blocked payers, unapplied cash and its owners, audit samples; advices that come late
//! and debits that bounce with a fee.

use super::{begin, part, to, told};
use crate::{
    cash::refused,
    story::{Story, day, eur},
};
use app::{
    Caller, Error,
    bank::ReceiveFile,
    context::new_id,
    desk::{self, Allocate, BlockedList, BlockedPayer, PaymentOf, SampleAsked, UnappliedList},
    receiving,
    users::{self, NewUser},
};
use domain::{
    bank::{Exception, LineState},
    users::Role,
};
use kernel::{BankLineId, BankMatchId, Currency, UserId};
use testkit::on_both_engines;

fn payer(name: &str, account: &str) -> BlockedPayer {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    BlockedPayer { name: said(name), account: said(account), reason: "Sanctions".into() }
}

impl Story {
    /// Somebody who works here.
    async fn member(&self, name: &str, role: Role) -> UserId {
        let email = format!("{}@acme.example", name.replace(' ', "."));
        let new = NewUser { email, name: name.into(), role, password: "four quiet words here".into() };
        users::create_user(&self.app, &Caller::system(self.company), new).await.unwrap().id
    }

    /// Names of those who are blocked, as the list shows them.
    async fn blocked(&self, search: &str) -> Vec<String> {
        let asked = BlockedList { search: Some(search.into()), ..BlockedList::default() };
        let rows = desk::blocked(&self.app, &self.auditor, asked).await.unwrap().rows;
        rows.into_iter().map(|row| row.name.or(row.account).unwrap()).collect()
    }

    /// A debt of 119.00 that the engine has posted a payment on.
    async fn paid_by_itself(&self, name: &str) -> BankLineId {
        let customer = self.customer(name, Currency::EUR).await;
        let debt = self.debt(customer, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", self.number(debt).await);
        let line = self.one(super::Told { payer: name, account: None, ..told("119.00", "2026-03-02", &text) }).await;
        assert_eq!(self.state(line).await, (LineState::Posted, None));
        line
    }

    async fn drawn(&self, count: usize) -> desk::Sample {
        let (from, to) = (Some(day("2026-03-01")), Some(day("2026-03-31")));
        desk::sample(&self.app, &self.auditor, SampleAsked { from, to, count: Some(count) }).await.unwrap()
    }

    async fn waits_unapplied(&self, asked: UnappliedList) -> Vec<(i64, Option<String>)> {
        let rows = desk::unapplied(&self.app, &self.auditor, asked).await.unwrap().rows;
        rows.into_iter().map(|row| (row.item.open_minor, row.owner_name)).collect()
    }
}

on_both_engines! {
    prepare = begin;

    async fn a_payer_is_blocked_found_and_let_go(s: Story) {
        assert!(matches!(desk::block(&s.app, &s.clerk, payer("Vogt", "")).await, Err(Error::Forbidden(_))));
        desk::block(&s.app, &s.manager, payer("Kurt Vogt", "DE02 1203 0000 0000 2020 51")).await.unwrap();
        desk::block(&s.app, &s.manager, payer("Meridian Ltd", "")).await.unwrap();
        let wrong = desk::block(&s.app, &s.manager, payer("X", "DE03 1203 0000 0000 2020 51")).await;
        assert!(matches!(wrong, Err(Error::Invalid(fields)) if fields[0].field == "account"));
        assert!(desk::block(&s.app, &s.manager, payer("", " - ")).await.is_err());
        assert_eq!(s.blocked("").await, ["Kurt Vogt", "Meridian Ltd"], "an account and a name are one entry");
        assert_eq!(s.blocked("vogt").await, ["Kurt Vogt"]);
        // By account and by name alike.
        for (name, account) in [("Somebody", Some(super::BOLT)), ("KURT VOGT", None)] {
            let line = s.one(super::Told { payer: name, account, ..told("80.00", "2026-03-02", name) }).await;
            assert_eq!(s.state(line).await.1, Some(Exception::Suspicious), "{name}");
        }
        let key = desk::blocked(&s.app, &s.manager, BlockedList::default()).await.unwrap().rows.remove(0).payer_key;
        assert_eq!(desk::unblock(&s.app, &s.manager, &key).await.unwrap(), app::Done::Now);
        assert_eq!(desk::unblock(&s.app, &s.manager, &key).await.unwrap(), app::Done::Already);
        assert_eq!(s.blocked("").await, ["Meridian Ltd"], "its name is gone with its account");
        let free = s.one(super::Told { payer: "Kurt Vogt", account: None, ..told("81.00", "2026-03-03", "x") }).await;
        assert_ne!(s.state(free).await.1, Some(Exception::Suspicious));
    }

    async fn two_names_on_one_account_are_two_entries(s: Story) {
        for name in ["Alpha Trading GmbH", "Beta Trading GmbH"] {
            desk::block(&s.app, &s.manager, payer(name, super::BOLT)).await.unwrap();
        }
        desk::block(&s.app, &s.manager, payer("Alpha Trading GmbH", "DE89370400440532013000")).await.unwrap();
        let entries = async || {
            let rows = desk::blocked(&s.app, &s.auditor, BlockedList::default()).await.unwrap().rows;
            let mut rows: Vec<_> = rows.into_iter().map(|row| (row.name.unwrap(), row.account.unwrap(), row.payer_key)).collect();
            rows.sort();
            rows
        };
        let shown = async || entries().await.into_iter().map(|(name, account, _)| (name, account)).collect::<Vec<_>>();
        let (alpha, beta) = ("Alpha Trading GmbH".to_owned(), "Beta Trading GmbH".to_owned());
        let (first, second) = (super::BOLT.to_owned(), "DE89370400440532013000".to_owned());
        // Alpha's second account has its name from now on; the first one is Beta's too.
        assert_eq!(shown().await, [(alpha.clone(), second.clone()), (beta.clone(), first.clone())]);
        let held = async |name: &str, account: Option<&str>| {
            let line = s.one(super::Told { payer: name, account, ..told("80.00", "2026-03-02", name) }).await;
            s.state(line).await.1 == Some(Exception::Suspicious)
        };
        assert!(held("Alpha Trading", None).await && held("Beta Trading", None).await);
        desk::block(&s.app, &s.manager, payer("Gamma Trading GmbH", super::BOLT)).await.unwrap();
        let gamma = "Gamma Trading GmbH".to_owned();
        assert_eq!(shown().await, [(alpha.clone(), second.clone()), (beta, first.clone()), (gamma, first.clone())]);
        // Gamma has the account last; with Gamma gone it is Beta's again.
        let gone = entries().await.remove(2).2;
        desk::unblock(&s.app, &s.manager, &gone).await.unwrap();
        assert_eq!(shown().await.len(), 2);
        assert!(held("Somebody", Some(super::BOLT)).await && !held("Gamma Trading", None).await);
        let gone = entries().await.remove(1).2;
        desk::unblock(&s.app, &s.manager, &gone).await.unwrap();
        assert_eq!(shown().await, [(alpha, second)]);
        assert!(!held("Somebody Else", Some(super::BOLT)).await && !held("Beta Trading", None).await);
        desk::unblock(&s.app, &s.manager, "Alpha Trading GmbH").await.unwrap();
        assert!(shown().await.is_empty() && !held("Alpha Trading", None).await);
    }

    async fn a_list_with_a_wrong_row_changes_nothing(s: Story) {
        desk::block(&s.app, &s.manager, payer("Meridian Ltd", "")).await.unwrap();
        let file = "name;iban;reason\nA GmbH;;court\n;;nobody\nB AG;DE03120300000000202051;\n";
        let done = desk::import_blocked(&s.app, &s.manager, file.as_bytes()).await.unwrap();
        let lines: Vec<u64> = done.rejects.iter().map(|reject| reject.line).collect();
        assert_eq!((done.is_saved, lines, s.blocked("").await.len()), (false, vec![3, 4], 1));
        assert!(done.rejects[1].reason.starts_with("account:"), "{:?}", done.rejects);
        let file = "name;iban;reason\nA GmbH;;court\nB AG;DE02120300000000202051;\n";
        let done = desk::import_blocked(&s.app, &s.manager, file.as_bytes()).await.unwrap();
        assert_eq!((done.is_saved, done.payers, done.rejects.len()), (true, 2, 0));
        assert_eq!(s.blocked("").await, ["A GmbH", "B AG"], "the list is what the file says");
        assert_eq!(s.blocked("list of 2026-03-16").await, ["B AG"], "a row without a reason has the list as one");
        let no_head = desk::import_blocked(&s.app, &s.manager, b"who\nA GmbH\n").await;
        assert!(matches!(no_head, Err(Error::Invalid(fields)) if fields[0].field == "file"));
    }

    async fn unapplied_cash_has_an_age_and_an_owner(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let old = s.record(crate::cash::wire(bolt, eur("70.00"), "2026-02-04")).await;
        s.record(crate::cash::wire(bolt, eur("50.00"), "2026-03-14")).await;
        let all = UnappliedList::default;
        assert_eq!(s.waits_unapplied(all()).await, [(-7_000, None), (-5_000, None)], "the oldest first");
        // The 4th of February is forty days before the 16th of March.
        let days = |from_days| UnappliedList { from_days: Some(from_days), ..all() };
        assert_eq!((s.waits_unapplied(days(40)).await.len(), s.waits_unapplied(days(41)).await.len()), (1, 0));
        let ages = desk::unapplied_ages(&s.app, &s.auditor, None).await.unwrap();
        assert_eq!(ages.iter().map(|age| age.money.minor()).sum::<i64>(), 12_000);

        let clara = s.member("Clara Lund", Role::Clerk).await;
        let give = async |owner, note| desk::give_unapplied(&s.app, &s.clerk, old.item, (owner, note)).await;
        give(Some(clara), Some("Ask them")).await.unwrap();
        assert_eq!(s.waits_unapplied(UnappliedList { owner: Some(clara), ..all() }).await, [(-7_000, Some("Clara Lund".into()))]);
        assert_eq!(s.waits_unapplied(UnappliedList { unowned: true, ..all() }).await, [(-5_000, None)]);
        assert!(matches!(give(Some(new_id()), None).await, Err(Error::Invalid(_))), "a stranger");
        give(None, None).await.unwrap();
        assert_eq!(s.waits_unapplied(UnappliedList { unowned: true, ..all() }).await.len(), 2);
        s.allocate(old.item, vec![crate::cash::pay(debt)]).await.unwrap();
        assert_eq!(s.waits_unapplied(all()).await, [(-5_000, None)], "what is used is no longer there");
        assert!(refused(give(Some(clara), None).await).contains("Nothing of"));
        let not_cash = desk::give_unapplied(&s.app, &s.clerk, debt, (None, None)).await;
        assert!(matches!(not_cash, Err(Error::NotFound(_))));
    }

    async fn work_is_given_to_who_can_do_it(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let cash = s.record(crate::cash::wire(bolt, eur("70.00"), "2026-02-04")).await;
        let line = s.one(told("119.00", "2026-03-02", "Payment")).await;
        let (ada, dan) = (s.member("Ada Lund", Role::Auditor).await, s.member("Dan Lund", Role::Clerk).await);
        users::disable(&s.app, &Caller::system(s.company), dan).await.unwrap();
        for (owner, why) in [
            (ada, "owner: Ada Lund may not allocate payments in the role auditor; choose somebody who may"),
            (dan, "owner: the account of Dan Lund is disabled; choose somebody who can sign in"),
            (new_id(), "owner: works for another company"),
        ] {
            let error = desk::assign(&s.app, &s.clerk, line, Some(owner), None).await.unwrap_err();
            assert!(matches!(&error, Error::Invalid(_)), "{error:?}");
            assert_eq!(error.to_string(), why);
            let error = desk::give_unapplied(&s.app, &s.clerk, cash.item, (Some(owner), None)).await.unwrap_err();
            assert_eq!(error.to_string(), why);
        }
        users::enable(&s.app, &Caller::system(s.company), dan).await.unwrap();
        desk::assign(&s.app, &s.clerk, line, Some(dan), None).await.unwrap();
    }

    async fn an_audit_sample_is_drawn_by_lot_and_counted(s: Story) {
        let mut lines = Vec::new();
        for name in ["Bolt Ltd", "Nut AG", "Pipe SA", "Rod BV", "Tube KG"] {
            lines.push(s.paid_by_itself(name).await);
        }
        let ids = |sample: &desk::Sample| sample.drawn.iter().map(|found| found.row.id).collect::<Vec<BankMatchId>>();
        let (three, five) = (s.drawn(3).await, s.drawn(9).await);
        assert_eq!((three.postings, three.drawn.len(), five.drawn.len()), (5, 3, 5));
        assert_eq!(ids(&three), ids(&s.drawn(3).await), "the same lots every time");
        assert_eq!(ids(&three)[..], ids(&five)[..3], "a larger sample holds the smaller one");
        assert_eq!(three.right.ppm, None, "nobody has looked yet");
        let drawn = ids(&three);
        desk::check(&s.app, &s.clerk, drawn[0], true).await.unwrap();
        desk::check(&s.app, &s.clerk, drawn[1], false).await.unwrap();
        desk::undo(&s.app, &s.clerk, three.drawn[2].row.line_id, "Not theirs").await.unwrap();
        let after = s.drawn(3).await;
        assert_eq!((after.right.part, after.right.whole), (1, 3), "what was undone was wrong");
        let figures = desk::figures(&s.app, &s.auditor, Default::default()).await.unwrap();
        assert_eq!((figures.precision_by_audit.part, figures.precision_by_audit.whole), (1, 2));
        let (promised, right): (i64, i64) = figures.reliability.iter().fold((0, 0), |(all, right), band| (all + band.count, right + band.right.part));
        assert_eq!((promised, right), (5, 3), "found wrong and undone are both not right");
        let many = SampleAsked { count: Some(0), ..SampleAsked::default() };
        assert!(matches!(desk::sample(&s.app, &s.auditor, many).await, Err(Error::Invalid(_))));
    }

    async fn an_advice_that_comes_late_decides_its_line_again(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "100.00", "2026-02-09").await);
        let line = s.one(told("119.00", "2026-03-02", "Payment")).await;
        let mine = s.one(told("119.00", "2026-03-03", "Another")).await;
        let clara = s.member("Clara Lund", Role::Clerk).await;
        desk::assign(&s.app, &s.clerk, mine, Some(clara), Some("Whose?")).await.unwrap();
        assert_eq!(s.state(line).await, (LineState::Open, Some(Exception::Ambiguous)));
        let number = s.number(two).await;
        let edi = format!(
            "UNH+1+REMADV:D:05A:UN'BGM+481+A-1'DTM+137:20260310:102'CUX+2:EUR:11'DOC+380+{number}'MOA+12:119.00'\
             UNS+S'MOA+12:119.00'UNT+8+1'"
        );
        let file = ReceiveFile { name: "advice.edi".into(), bytes: edi.into_bytes(), ..ReceiveFile::default() };
        let arrival = receiving::receive(&s.app, &s.clerk, file.clone()).await.unwrap();
        assert_eq!(arrival.decided.unwrap().lines, 1, "the line that a colleague has is left alone");
        // The payer says which of the two it means: that is as good as the number in the text.
        assert_eq!(arrival.decided.unwrap().posted, 1);
        assert_eq!(s.state(line).await.0, LineState::Posted);
        assert_eq!((s.open(one).await, s.open(two).await), (11_900, 0));
        assert_eq!(receiving::receive(&s.app, &s.clerk, file).await.unwrap().decided, Some(desk::Decided::default()), "nothing new");
        // Undone, the advice waits for its money again.
        desk::undo(&s.app, &s.clerk, line, "Again").await.unwrap();
        let advice = app::bank::advices(&s.app, &s.auditor, None, None).await.unwrap().rows.remove(0);
        assert_eq!(advice.row.line_id, None);
        s.assert_books().await;
    }

    async fn what_waits_is_decided_when_its_invoice_comes_later(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let from_nut = |text| super::Told { payer: "Nut AG", account: None, ..told("238.00", "2026-03-03", text) };
        let line = s.one(told("119.00", "2026-03-02", "Delivery of February")).await;
        let mine = s.one(told("59.50", "2026-03-02", "Spare parts")).await;
        let ahead = s.one(from_nut("Invoice INV-2026-000003 in advance")).await;
        let nobodys = s.one(super::Told { payer: "Stadtwerke", account: None, ..told("41.00", "2026-03-04", "Strom") }).await;
        let clara = s.member("Clara Lund", Role::Clerk).await;
        desk::assign(&s.app, &s.clerk, mine, Some(clara), None).await.unwrap();
        let again = async || desk::decide_open(&s.app, &Caller::system(s.company)).await.unwrap();
        assert_eq!(again().await, desk::Decided::default(), "the engine knows what it knew");
        let said = async |line| {
            let mut tx = s.app.db.begin().await.unwrap();
            store::desk::decisions(&mut tx, s.company, line, 9).await.unwrap().len()
        };

        s.on("2026-03-20");
        let debt = s.debt(bolt, "100.00", "2026-02-27").await;
        s.debt(bolt, "50.00", "2026-02-27").await;
        assert_eq!(again().await, desk::Decided { lines: 1, posted: 1, ..desk::Decided::default() });
        assert_eq!(s.state(line).await, (LineState::Posted, None));
        assert_eq!((s.open(debt).await, s.state(mine).await.0), (0, LineState::Open), "a colleague's line is left alone");
        assert_eq!(s.line(line).await.matches[0].posted_by, "Quittance");
        // Dated after the money: only the number speaks for it, and it is settled on its own day.
        let other = s.debt(nut, "200.00", "2026-03-18").await;
        assert_eq!(s.number(other).await, "INV-2026-000003");
        assert_eq!(again().await, desk::Decided { lines: 1, posted: 1, ..desk::Decided::default() });
        assert_eq!((s.state(ahead).await.0, s.item(other).await.settled_on), (LineState::Posted, Some(day("2026-03-18"))));
        assert_eq!((said(line).await, said(ahead).await, said(nobodys).await), (2, 2, 1));

        // What a person took back is not posted a second time, and the same question is not asked twice.
        desk::undo(&s.app, &s.clerk, line, "Not theirs").await.unwrap();
        s.debt(nut, "10.00", "2026-03-01").await;
        assert_eq!(again().await, desk::Decided::default());
        assert_eq!((s.open(debt).await, said(nobodys).await), (11_900, 1));
        s.assert_books().await;
    }

    async fn what_is_committed_late_is_known_a_minute_later(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let early = s.debt(bolt, "50.00", "2026-02-02").await;
        s.one(told("1.00", "2026-03-02", "Interest")).await;
        let late = s.debt(bolt, "100.00", "2026-02-09").await;
        // As if whoever issued it had begun before the engine read the first one.
        let mut tx = s.app.db.begin().await.unwrap();
        let first = "SELECT id FROM movements WHERE company_id = $1 AND item_id = $2";
        let (first,): (kernel::MovementId,) = tx.sql(first).bind(s.company).bind(early).one().await.unwrap();
        let before = kernel::MovementId(uuid::Uuid::from_u128(first.0.as_u128() - 1));
        let moved = tx.sql("UPDATE movements SET id = $3 WHERE company_id = $1 AND item_id = $2").bind(s.company).bind(late);
        assert_eq!(moved.bind(before).run().await.unwrap(), 1);
        tx.commit().await.unwrap();
        let text = s.number(late).await;
        s.clock.set(s.app.now().plus_seconds(61));
        let line = s.one(told("119.00", "2026-03-02", &text)).await;
        assert_eq!((s.state(line).await, s.open(late).await), ((LineState::Posted, None), 0));
    }

    async fn what_is_paid_twice_waits_once(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.one(told("119.00", "2026-03-02", "Invoice 4711")).await, s.one(told("119.00", "2026-03-03", "Invoice 4711")).await);
        let before = (s.state(one).await, s.state(two).await);
        assert_eq!((before.0.1, before.1.1), (Some(Exception::NoAnswer), Some(Exception::Duplicate)));
        s.on("2026-03-20");
        s.debt(bolt, "300.00", "2026-02-27").await;
        receiving::catch_up(&s.app, &mut receiving::Seen::default()).await;
        desk::decide_open(&s.app, &Caller::system(s.company)).await.unwrap();
        assert_eq!((s.state(one).await, s.state(two).await), before, "the first is not the repetition of the second");
    }

    async fn a_debit_bounces_with_a_fee_and_that_is_undone(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        let came = s.one(told("119.00", "2026-03-02", &text)).await;
        let back = s.arrive(&[told("-122.50", "2026-03-05", "Return, account closed")]).await[0];
        assert_eq!(s.decide().await.returned, 1, "the payer's account says which, the policy allows a fee of 3.50");
        // 119.00 in, 122.50 out; the fee stands on its account.
        assert_eq!((s.balance("1000").await, s.balance("6100").await, s.open(debt).await), (-350, 350, 11_900));
        let open = |on| s.open_as_of(debt, on);
        assert_eq!((open("2026-03-04").await, open("2026-03-05").await), (0, 11_900));

        s.on("2026-03-20");
        assert_eq!(desk::undo(&s.app, &s.clerk, back, "Another customer's").await.unwrap(), app::Done::Now);
        assert_eq!(s.state(back).await, (LineState::Open, Some(Exception::BankReturn)));
        assert_eq!((s.balance("1000").await, s.balance("6100").await, s.open(debt).await), (11_900, 0, 0));
        assert_eq!((open("2026-03-19").await, open("2026-03-20").await), (11_900, 0), "the past stays as it was");
        let again = s.line(came).await.matches.remove(0);
        let payment = app::payments::show(&s.app, &s.clerk, again.payment_id).await.unwrap().payment;
        assert_eq!((payment.reversed_on, payment.received_on), (None, day("2026-03-20")), "the line leads to what stands");
        s.assert_books().await;

        let view = desk::claim(&s.app, &s.clerk, back).await.unwrap();
        assert_eq!(view.returnable.len(), 1);
        desk::return_of(&s.app, &s.clerk, back, (PaymentOf::Number(payment.number), false)).await.unwrap();
        assert_eq!((s.balance("1000").await, s.open(debt).await), (-350, 11_900));
        desk::undo(&s.app, &s.clerk, back, "And again").await.unwrap();
        assert_eq!((s.balance("1000").await, s.balance("6100").await, s.open(debt).await), (11_900, 0, 0));

        s.policy(|policy| policy.differences.bank_fee.most_minor = Some(300)).await;
        let payment = s.line(came).await.matches.remove(0).payment_id;
        let why = refused(desk::return_of(&s.app, &s.clerk, back, (PaymentOf::Payment(payment), false)).await);
        assert!(why.contains("3.50 EUR is more than the 3.00 EUR"), "{why}");
        s.assert_books().await;
    }

    async fn what_was_paid_meanwhile_stays_on_account_when_a_return_is_undone(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        s.one(told("119.00", "2026-03-02", &text)).await;
        let back = s.one(told("-119.00", "2026-03-05", "Return")).await;
        assert_eq!(s.open(debt).await, 11_900);
        let all = Allocate { rest_on_account: true, ..to(bolt, vec![part(debt)]) };
        let once_more = s.arrive(&[told("119.00", "2026-03-09", "once more")]).await[0];
        s.by_hand(once_more, all).await.unwrap();
        desk::undo(&s.app, &s.clerk, back, "It was not ours").await.unwrap();
        assert_eq!(s.open(debt).await, 0);
        assert_eq!(s.waits_unapplied(UnappliedList::default()).await, [(-11_900, None)]);
        s.assert_books().await;
    }
}
