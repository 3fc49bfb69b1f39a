//! The matching desk: what the engine posts, what a clerk does, and how it is taken back.

mod choosing;
mod figures;
mod guarding;
mod keeping;
mod returning;

use crate::{
    cash::refused,
    story::{Story, day, eur, usd},
};
use app::{
    App, Done, Error,
    context::new_id,
    desk::{self, Accept, Allocate, Decided, HandDifference, HandPart, PaymentOf, Queue},
};
use domain::{
    bank::{Exception, LineState},
    cash::DifferenceKind,
    desk::{Dial, MatchedBy},
    users::Role,
};
use kernel::{BankAccountId, BankFileId, BankLineId, BankStatementId, Currency, CustomerId, Money, OpenItemId};
use store::{
    Json,
    bank::{BankFileRow, BankLineRow, BankStatementRow},
};
use testkit::on_both_engines;

const BOLT: &str = "DE02120300000000202051";

/// What the bank says of a payment.
struct Told<'t> {
    payer: &'t str,
    account: Option<&'t str>,
    money: &'t str,
    on: &'t str,
    text: &'t str,
    /// What the payer sent, where it was another currency.
    sent: Option<Money>,
}

fn told<'t>(money: &'t str, on: &'t str, text: &'t str) -> Told<'t> {
    Told { payer: "Bolt Ltd", account: Some(BOLT), money, on, text, sent: None }
}

impl Story {
    /// Lines that arrived with one file, not decided yet.
    async fn arrive(&self, told: &[Told<'_>]) -> Vec<BankLineId> {
        let mut tx = self.app.db.begin().await.unwrap();
        let account = store::companies::bank_accounts(&mut tx, self.company).await.unwrap()[0].id;
        let (file, statement, now) = (new_id::<BankFileId>(), new_id::<BankStatementId>(), self.app.now());
        let count = i64::try_from(told.len()).unwrap();
        tx.insert(&[BankFileRow {
            company_id: self.company,
            id: file,
            name: "day.xml".into(),
            digest: file.to_string(),
            format: "camt053".into(),
            bytes: 1,
            statements: 1,
            lines: count,
            new_lines: count,
            known_lines: 0,
            warnings: Json(serde_json::json!([])),
            received_at: now,
            received_by: "Clara Clerk".into(),
        }])
        .await
        .unwrap();
        tx.insert(&[BankStatementRow {
            company_id: self.company,
            id: statement,
            file_id: file,
            bank_account_id: account,
            place: 1,
            number: None,
            currency: Currency::EUR,
            opens_on: None,
            closes_on: None,
            opening_minor: None,
            closing_minor: None,
            lines: count,
            new_lines: count,
            warnings: Json(serde_json::json!([])),
        }])
        .await
        .unwrap();
        let of = (file, statement, account);
        let line = |(place, told)| self.bank_line(of, place, told);
        let rows: Vec<BankLineRow> = (1..).zip(told).map(line).collect();
        tx.insert(&rows).await.unwrap();
        tx.commit().await.unwrap();
        rows.into_iter().map(|row| row.id).collect()
    }

    fn bank_line(
        &self,
        (file, statement, account): (BankFileId, BankStatementId, BankAccountId),
        place: i64,
        told: &Told<'_>,
    ) -> BankLineRow {
        BankLineRow {
            company_id: self.company,
            id: new_id::<BankLineId>(),
            file_id: file,
            statement_id: statement,
            bank_account_id: account,
            fingerprint: format!("{file}-{place}"),
            part: 0,
            place,
            booked_on: Some(day(told.on)),
            value_on: day(told.on),
            is_booked: true,
            currency: Currency::EUR,
            amount_minor: eur(told.money).minor(),
            instructed_minor: told.sent.map(Money::minor),
            instructed_currency: told.sent.map(Money::currency),
            charges_minor: 0,
            payer_name: Some(told.payer.into()),
            payer_account: told.account.map(str::to_owned),
            text: told.text.into(),
            structured_reference: None,
            end_to_end_id: None,
            mandate_id: None,
            bank_reference: None,
            code: None,
            return_reason: None,
            is_return: told.money.starts_with('-'),
            state: LineState::Open,
            exception: told.money.starts_with('-').then_some(Exception::BankReturn),
            owner_id: None,
            note: None,
            due_at: None,
            held_by: None,
            held_until: None,
            received_at: self.app.now(),
            decided_at: None,
            posted_at: None,
            version: 1,
        }
    }

    async fn decide(&self) -> Decided {
        desk::decide_new(&self.app, &self.clerk, None).await.unwrap()
    }

    /// One line, decided.
    async fn one(&self, told: Told<'_>) -> BankLineId {
        let id = self.arrive(&[told]).await[0];
        self.decide().await;
        id
    }

    async fn line(&self, id: BankLineId) -> desk::LineView {
        desk::show(&self.app, &self.auditor, id).await.unwrap()
    }

    async fn state(&self, id: BankLineId) -> (LineState, Option<Exception>) {
        let line = self.line(id).await.line.line;
        (line.state, line.exception)
    }

    async fn number(&self, item: OpenItemId) -> String {
        self.item(item).await.number
    }

    /// The policy with one thing changed.
    async fn policy(&self, change: impl FnOnce(&mut domain::desk::PostingPolicy)) {
        let now = desk::policies(&self.app, &self.manager).await.unwrap().remove(0);
        let mut policy = now.policy;
        change(&mut policy);
        desk::save_policy(&self.app, &self.manager, now.version, policy).await.unwrap();
    }

    async fn by_hand(&self, line: BankLineId, asked: Allocate) -> app::Result<desk::MatchRow> {
        desk::allocate(&self.app, &self.clerk, line, asked).await
    }
}

fn to(customer: CustomerId, parts: Vec<HandPart>) -> Allocate {
    Allocate { customer, parts, fee: None, rest_on_account: false }
}

fn part(item: OpenItemId) -> HandPart {
    HandPart { item, amount: None, discount: None, difference: None }
}

on_both_engines! {
    prepare = begin;

    async fn what_is_sure_posts_itself_and_can_be_taken_back(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        let line = s.arrive(&[told("119.00", "2026-03-02", &text)]).await[0];
        assert_eq!(s.decide().await, Decided { lines: 1, posted: 1, ..Decided::default() });
        assert_eq!(s.decide().await, Decided::default(), "every line is decided once");
        assert_eq!(s.state(line).await, (LineState::Posted, None));
        assert_eq!(s.open(debt).await, 0);
        assert_eq!(s.item(debt).await.settled_on, Some(day("2026-03-02")), "the value day, not the day of the file");
        let found = s.line(line).await.matches[0].clone();
        assert_eq!((found.how, found.items, found.posted_by.as_str()), (MatchedBy::Engine, 1, "Quittance"));

        s.on("2026-03-20");
        assert_eq!(desk::undo(&s.app, &s.clerk, line, "Not theirs").await.unwrap(), Done::Now);
        assert_eq!(desk::undo(&s.app, &s.clerk, line, "Not theirs").await.unwrap(), Done::Already);
        assert_eq!(s.state(line).await, (LineState::Open, Some(Exception::Undone)));
        let open = |on| s.open_as_of(debt, on);
        assert_eq!((open("2026-03-19").await, open("2026-03-20").await), (0, 11_900), "the past stays as it was");

        let view = desk::claim(&s.app, &s.clerk, line).await.unwrap();
        let decision = view.decision.unwrap();
        let again = desk::accept(&s.app, &s.clerk, line, Accept { decision: decision.id, rank: 1 }).await.unwrap();
        assert_eq!((again.how, again.rank), (MatchedBy::Proposal, Some(1)));
        assert_eq!((open("2026-03-19").await, open("2026-03-20").await), (0, 0));
        let payments = app::payments::list(&s.app, &s.clerk, Default::default()).await.unwrap().rows;
        let days: Vec<_> = payments.iter().map(|row| (row.received_on, row.reversed_on)).collect();
        assert_eq!(
            days,
            [(day("2026-03-20"), None), (day("2026-03-02"), Some(day("2026-03-20")))],
            "no day sees the money twice"
        );
        s.assert_books().await;
    }

    async fn what_is_not_sure_waits_with_the_reason(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "100.00", "2026-02-09").await);
        let line = s.arrive(&[told("119.00", "2026-03-02", "Payment")]).await[0];
        assert_eq!(s.decide().await, Decided { lines: 1, proposed: 1, ..Decided::default() });
        let view = s.line(line).await;
        assert_eq!(view.line.line.exception, Some(Exception::Ambiguous));
        let decision = view.decision.unwrap();
        assert_eq!(decision.reason, "Other open items fit as well.");
        let items: Vec<OpenItemId> = decision.proposals.iter().map(|proposal| proposal.parts[0].item).collect();
        assert!(items.contains(&one) && items.contains(&two));
        assert_eq!((s.open(one).await, s.open(two).await), (11_900, 11_900), "nothing was posted");
        let queue = desk::queue(&s.app, &s.auditor, Queue { exception: Some(Exception::Ambiguous), ..Queue::default() });
        assert_eq!(queue.await.unwrap().rows.len(), 1);
        let waiting = desk::counters(&s.app, &s.auditor).await.unwrap();
        assert_eq!((waiting.len(), waiting[0].lines, waiting[0].overdue), (1, 1, 0));

        let accept = Accept { decision: decision.id, rank: 2 };
        desk::accept(&s.app, &s.clerk, line, accept).await.unwrap();
        assert_eq!(s.open(items[1]).await, 0);
        assert_eq!(refused(desk::accept(&s.app, &s.clerk, line, accept).await), "This line is posted already; undo its match first.");
        s.assert_books().await;
    }

    async fn two_clerks_cannot_work_on_one_line(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let line = s.one(told("50.00", "2026-03-02", "something")).await;
        let other = s.person("Olga Other", Role::Clerk);
        desk::claim(&s.app, &s.clerk, line).await.unwrap();
        let hers = refused(desk::claim(&s.app, &other, line).await.map(drop));
        assert!(hers.contains("works on this line until"), "{hers}");
        let all = Allocate { rest_on_account: true, ..to(bolt, vec![part(debt)]) };
        assert!(matches!(desk::allocate(&s.app, &other, line, all.clone()).await, Err(Error::Refused(_))));
        s.clock.set(s.app.now().plus_seconds(15 * 60 + 1));
        desk::claim(&s.app, &other, line).await.unwrap();
        assert_eq!(desk::release(&s.app, &s.clerk, line).await.unwrap(), Done::Already, "it is hers now");
        assert_eq!(desk::release(&s.app, &other, line).await.unwrap(), Done::Now);

        let mut clerks = tokio::task::JoinSet::new();
        for _ in 0..2 {
            // Two servers on one database: neither knows of the other's engine.
            let app = App::with_clock(s.app.db.clone(), s.clock.clone());
            let (clerk, asked) = (s.clerk.clone(), all.clone());
            clerks.spawn(async move { desk::allocate(&app, &clerk, line, asked).await.is_ok() });
        }
        let posted = clerks.join_all().await;
        assert_eq!(posted.iter().filter(|ok| **ok).count(), 1);
        assert_eq!(s.open(debt).await, 6_900);
        s.assert_books().await;
    }

    async fn by_hand_every_difference_has_its_kind_and_account(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (one, two) = (s.debt(bolt, "100.00", "2026-02-02").await, s.debt(bolt, "200.00", "2026-02-09").await);
        app::ledger::save_account(&s.app, &s.manager, "6400", "Deductions", domain::ledger::AccountKind::Expense).await.unwrap();
        s.policy(|policy| policy.differences.deduction.account = Some("6400".into())).await;
        // 119.00 + 238.00 = 357.00; the bank kept 5.00, 19.00 were deducted for damage, 2.38 taken as discount: 330.62.
        let line = s.one(told("330.62", "2026-03-02", "various")).await;
        let damage = HandDifference { kind: DifferenceKind::Deduction, money: eur("19.00") };
        let parts = vec![
            HandPart { difference: Some(damage), ..part(one) },
            HandPart { discount: Some(eur("2.38")), ..part(two) },
        ];
        let asked = Allocate { fee: Some(eur("5.00")), ..to(bolt, parts) };
        assert_eq!(
            refused(s.by_hand(line, Allocate { fee: Some(eur("6.00")), ..asked.clone() }).await),
            "1.00 EUR of 330.62 EUR would be left over; say that the rest stays on account, or use it up."
        );
        let found = s.by_hand(line, asked).await.unwrap();
        assert_eq!((found.how, s.open(one).await, s.open(two).await), (MatchedBy::Clerk, 0, 0));
        assert_eq!(s.balance("6400").await, 1_900);
        assert_eq!(s.balance("6100").await, 500);
        assert_eq!(s.balance("1000").await, 33_062, "the bank has what the bank says");
        let limit = HandDifference { kind: DifferenceKind::Deduction, money: eur("1500.00") };
        let large = s.debt(bolt, "2000.00", "2026-02-02").await;
        let next = s.one(told("880.00", "2026-03-03", "less")).await;
        let asked = to(bolt, vec![HandPart { difference: Some(limit), ..part(large) }]);
        assert!(refused(s.by_hand(next, asked).await).contains("a second person approves"));
        s.assert_books().await;
    }

    async fn on_account_set_aside_and_asked(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let line = s.one(told("70.00", "2026-03-02", "deposit")).await;
        let all = Allocate { rest_on_account: true, ..to(bolt, vec![]) };
        let found = s.by_hand(line, all.clone()).await.unwrap();
        let paid = app::payments::show(&s.app, &s.clerk, found.payment_id).await.unwrap();
        assert_eq!(paid.item.item.open_minor, -7_000);

        let ours = s.one(Told { payer: "Tax office", account: None, ..told("5.00", "2026-03-02", "refund") }).await;
        desk::assign(&s.app, &s.clerk, ours, None, Some("Is this tax?")).await.unwrap();
        assert_eq!(s.line(ours).await.line.line.note.as_deref(), Some("Is this tax?"));
        assert_eq!(desk::set_aside(&s.app, &s.clerk, ours, "Tax refund").await.unwrap(), Done::Now);
        assert_eq!(s.state(ours).await, (LineState::SetAside, Some(Exception::NotACustomer)));
        assert_eq!(refused(s.by_hand(ours, all).await), "This line was set aside; take it back to the desk first.");
        assert_eq!(desk::take_back(&s.app, &s.clerk, ours).await.unwrap(), Done::Now);
        assert_eq!(s.state(ours).await, (LineState::Open, Some(Exception::NoAnswer)));
        assert!(desk::set_aside(&s.app, &s.auditor, ours, "x").await.is_err(), "an auditor only looks");
        s.assert_books().await;
    }

    async fn a_credit_note_goes_with_the_money_and_comes_back_with_the_undo(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, other) = (s.debt(bolt, "100.00", "2026-02-02").await, s.invoice(bolt, "20.00", "2026-02-03").await);
        let paid = s.item_of(other).await.id;
        s.paid(bolt, eur("23.80"), "2026-02-10", &[paid]).await;
        let request = app::credit_notes::CreditRequest { invoice: other, lines: None, reason: "Came back".into(), on: None };
        let app::approvals::Outcome::Done(_) = app::credit_notes::issue(&s.app, &s.clerk, request).await.unwrap() else { panic!() };
        let open = app::items::list(&s.app, &s.clerk, Default::default()).await.unwrap().rows;
        let credit = open.iter().find(|row| row.item.kind == domain::items::ItemKind::CreditNote).unwrap().item.id;
        // 119.00 less 23.80.
        let line = s.one(told("95.20", "2026-03-16", "net")).await;
        let found = s.line(line).await.matches[0].clone();
        assert_eq!((found.how, found.items), (MatchedBy::Engine, 2), "nothing else gives this sum");
        assert_eq!((s.open(debt).await, s.open(credit).await), (0, 0));
        desk::undo(&s.app, &s.clerk, line, "Wrong one").await.unwrap();
        assert_eq!((s.open(debt).await, s.open(credit).await), (11_900, -2_380));
        s.by_hand(line, to(bolt, vec![part(debt), part(credit)])).await.unwrap();
        assert_eq!((s.open(debt).await, s.open(credit).await), (0, 0));
        s.assert_books().await;
    }

    async fn far_too_much_is_not_refunded_before_somebody_looked(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let line = s.arrive(&[told("2619.00", "2026-03-02", "sorry")]).await[0];
        let asked = Allocate { rest_on_account: true, ..to(bolt, vec![part(debt)]) };
        let found = s.by_hand(line, asked).await.unwrap();
        let item = app::payments::show(&s.app, &s.clerk, found.payment_id).await.unwrap().item.item.id;
        let back = || {
            let reason = "Paid too much".to_owned();
            app::cash::RefundRequest { item, amount: Some(eur("900.00")), bank_account: None, reason, on: None }
        };
        let why = refused(app::cash::refund(&s.app, &s.clerk, back()).await.map(drop));
        assert!(why.contains("under suspicion (2500.00 EUR more than is owed"), "{why}");
        let case = desk::cases(&s.app, &s.clerk, true, None).await.unwrap().remove(0);
        desk::decide_case(&s.app, &s.clerk, case.id, false, "Called them: a typing error").await.unwrap();
        app::cash::refund(&s.app, &s.clerk, back()).await.unwrap();
        s.assert_books().await;
    }

    async fn what_the_bank_takes_back_is_open_again_on_the_true_day(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        s.one(told("119.00", "2026-03-02", &text)).await;
        let back = s.arrive(&[told("-119.00", "2026-03-05", "Return, account closed")]).await[0];
        assert_eq!(s.decide().await, Decided { lines: 1, returned: 1, ..Decided::default() });
        assert_eq!(s.state(back).await, (LineState::Posted, None));
        let open = |on| s.open_as_of(debt, on);
        assert_eq!((open("2026-03-04").await, open("2026-03-05").await, s.open(debt).await), (0, 11_900, 11_900));
        assert_eq!(s.balance("1000").await, 0);

        let unknown = s.one(told("-77.00", "2026-03-06", "Return")).await;
        assert_eq!(s.state(unknown).await, (LineState::Open, Some(Exception::BankReturn)));
        let payment = s.record(crate::cash::wire(bolt, eur("78.00"), "2026-03-04")).await;
        let less = desk::return_of(&s.app, &s.clerk, unknown, (PaymentOf::Payment(payment.id), false)).await;
        assert!(refused(less).contains("which is less than the 78.00 EUR of"));
        let nobody = desk::return_of(&s.app, &s.clerk, unknown, (PaymentOf::Number("PAY-1".into()), false)).await;
        assert_eq!(refused(nobody), "There is no payment PAY-1.");
        s.assert_books().await;
    }

    async fn the_dial_and_the_safeguards_hold_lines_back(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut texts = Vec::new();
        for _ in 0..3 {
            let debt = s.debt(bolt, "100.00", "2026-02-02").await;
            texts.push(format!("Invoice {}", s.number(debt).await));
        }
        s.policy(|policy| policy.dial = Dial::Suggest).await;
        let first = s.one(told("119.00", "2026-03-02", &texts[0])).await;
        assert_eq!(s.line(first).await.decision.unwrap().reason, "The policy leaves every line to a person.");
        s.policy(|policy| policy.dial = Dial::Auto).await;
        let stale = desk::save_policy(&s.app, &s.manager, 1, Default::default()).await.unwrap_err();
        assert!(matches!(stale, Error::Stale));

        let list = "name;account;reason\n;DE02 1203 0000 0000 2020 51;court order\n";
        assert_eq!(desk::import_blocked(&s.app, &s.manager, list.as_bytes()).await.unwrap().payers, 1);
        let second = s.one(told("119.00", "2026-03-12", &texts[1])).await;
        assert_eq!(s.state(second).await, (LineState::Open, Some(Exception::Suspicious)));
        let case = desk::cases(&s.app, &s.auditor, true, None).await.unwrap().remove(0);
        assert_eq!(case.explanation, "Bolt Ltd is on the list of blocked payers: court order");
        desk::decide_case(&s.app, &s.clerk, case.id, true, "The court says so").await.unwrap();
        let decision = s.line(second).await.decision.unwrap().id;
        let why = refused(desk::accept(&s.app, &s.clerk, second, Accept { decision, rank: 1 }).await);
        assert!(why.contains("cannot be posted"), "{why}");
        let rules = desk::rules(&s.app, &s.auditor).await.unwrap();
        let blocked = rules.iter().find(|rule| rule.rule.as_str() == "blocked_payer").unwrap();
        assert_eq!((blocked.hits, blocked.confirmed, blocked.waiting), (1, 1, 0));
        s.assert_books().await;
    }

    async fn an_engine_that_was_kept_says_what_a_new_one_says(s: Story) {
        let (mut customers, mut numbers) = (Vec::new(), Vec::new());
        for (name, net) in [("Bolt Ltd", "100.00"), ("Nut AG", "100.00"), ("Pipe SA", "70.00")] {
            let customer = s.customer(name, Currency::EUR).await;
            customers.push(customer);
            for on in ["2026-02-02", "2026-02-09"] {
                let debt = s.debt(customer, net, on).await;
                numbers.push(s.number(debt).await);
            }
        }
        s.one(told("119.00", "2026-03-02", &numbers[0])).await;
        let undone = s.one(Told { payer: "Nut AG", account: None, ..told("119.00", "2026-03-03", &numbers[2]) }).await;
        desk::undo(&s.app, &s.clerk, undone, "Test").await.unwrap();
        // Everything moved since the engine was made: a payer's other name, a new customer, a new debt.
        let tube = desk::PayerProfile { aliases: vec!["Tubes du Nord".into()], ..desk::PayerProfile::default() };
        desk::save_payer_profile(&s.app, &s.clerk, customers[2], tube).await.unwrap();
        let rod = s.customer("Rod BV", Currency::EUR).await;
        let late = s.debt(rod, "100.00", "2026-02-20").await;
        numbers.push(s.number(late).await);
        let lines = [
            ("Bolt Ltd", "119.00", "payment"),
            ("Rod BV", "119.00", numbers[6].as_str()),
            ("NUT", "119.00", "paid"),
            ("Somebody", "119.00", numbers[4].as_str()),
            ("TUBES DU NORD", "166.60", "two of them"),
        ];
        for (payer, money, text) in lines {
            let line = s.arrive(&[Told { payer, account: None, ..told(money, "2026-03-10", text) }]).await[0];
            let fresh = App::with_clock(s.app.db.clone(), s.clock.clone());
            let said = |view: desk::LineView| serde_json::to_value(view.decision.unwrap().proposals).unwrap();
            let kept = said(desk::claim(&s.app, &s.clerk, line).await.unwrap());
            let new = said(desk::claim(&fresh, &s.clerk, line).await.unwrap());
            assert_eq!(kept, new, "{payer}: {text}");
            assert_ne!(kept, serde_json::json!([]), "{payer}: {text}");
        }
    }

    async fn dollars_that_the_bank_exchanged_pay_a_dollar_invoice(s: Story) {
        s.rate(Currency::USD, "2026-01-01", "0.90").await;
        let acme = s.customer("Acme Inc", Currency::USD).await;
        let debt = s.debt(acme, "100.00", "2026-02-02").await;
        let text = format!("Invoice {}", s.number(debt).await);
        // 119.00 USD were worth 107.10 EUR on the invoice and bring 111.00 EUR.
        let line = Told { payer: "Acme Inc", account: None, sent: Some(usd("119.00")), ..told("111.00", "2026-03-02", &text) };
        let line = s.arrive(&[line]).await[0];
        s.decide().await;
        let view = s.line(line).await;
        if view.line.line.state == LineState::Open {
            let decision = view.decision.unwrap();
            assert_eq!(decision.proposals[0].parts[0].amount, usd("119.00"));
            desk::accept(&s.app, &s.clerk, line, Accept { decision: decision.id, rank: 1 }).await.unwrap();
        }
        assert_eq!((s.open(debt).await, s.balance("1000").await, s.balance("6900").await), (0, 11_100, -390));
        desk::undo(&s.app, &s.clerk, line, "Again, by hand").await.unwrap();
        s.by_hand(line, to(acme, vec![part(debt)])).await.unwrap();
        assert_eq!((s.open(debt).await, s.balance("1000").await), (0, 11_100));
        s.assert_books().await;
    }

    async fn two_workers_decide_each_line_once(s: Story) {
        let mut texts = Vec::new();
        for n in 0..12 {
            let customer = s.customer(&format!("Customer {n}"), Currency::EUR).await;
            let debt = s.debt(customer, &format!("{}.00", 100 + n), "2026-02-02").await;
            let item = s.item(debt).await;
            let money = Money::new(item.open_minor, Currency::EUR).to_decimal().to_string();
            texts.push((format!("Customer {n}"), money, format!("Invoice {}", item.number)));
        }
        let lines: Vec<Told<'_>> = texts
            .iter()
            .map(|(payer, money, text)| Told { payer, account: None, ..told(money, "2026-03-02", text) })
            .collect();
        let ids = s.arrive(&lines).await;
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let (app, clerk) = (App::with_clock(s.app.db.clone(), s.clock.clone()), s.clerk.clone());
            workers.spawn(async move { desk::decide_new(&app, &clerk, None).await.unwrap() });
        }
        let decided = workers.join_all().await;
        let posted: i64 = decided.iter().map(|decided| decided.posted).sum();
        assert_eq!((posted, s.decide().await), (12, Decided::default()));
        for id in ids {
            let view = s.line(id).await;
            assert_eq!((view.line.line.state, view.matches.len()), (LineState::Posted, 1));
        }
        assert_eq!(app::payments::list(&s.app, &s.clerk, Default::default()).await.unwrap().rows.len(), 12);
        s.assert_books().await;
    }

    async fn a_profile_names_a_payer_and_the_desk_finds_things(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "100.00", "2026-02-02").await;
        let number = s.number(debt).await;
        let profile = desk::PayerProfile {
            aliases: vec![" Schraube OHG ".into()],
            accounts: vec![BOLT.into()],
            agreed_discount_basis_points: Some(300),
            ..desk::PayerProfile::default()
        };
        let wrong = desk::PayerProfile { accounts: vec!["DE03120300000000202051".into()], ..profile.clone() };
        assert!(matches!(desk::save_payer_profile(&s.app, &s.clerk, bolt, wrong).await, Err(Error::Invalid(_))));
        let saved = desk::save_payer_profile(&s.app, &s.clerk, bolt, profile.clone()).await.unwrap();
        assert_eq!((saved.version, saved.aliases[0].as_str()), (1, "Schraube OHG"));
        assert!(matches!(desk::save_payer_profile(&s.app, &s.clerk, bolt, profile).await, Err(Error::Stale)));
        let tolerant = desk::PayerProfile { tolerance_minor: Some(99), ..saved };
        desk::save_payer_profile(&s.app, &s.clerk, bolt, tolerant.clone()).await.unwrap();
        let read = desk::payer_profile(&s.app, &s.auditor, bolt).await.unwrap();
        assert_eq!((read.version, read.tolerance_minor), (2, Some(99)));

        let line = s.one(Told { payer: "SCHRAUBE OHG", ..told("60.00", "2026-03-02", "half of it") }).await;
        let proposals = s.line(line).await.decision.unwrap().proposals;
        assert!(proposals.iter().all(|proposal| proposal.customer == bolt), "known by its account");
        for text in [number.as_str(), "bolt", "C-Bolt"] {
            let found = desk::search_items(&s.app, &s.clerk, text, Currency::EUR).await.unwrap();
            assert_eq!(found.iter().map(|row| row.item.id).collect::<Vec<_>>(), [debt], "{text}");
        }
        assert!(desk::search_items(&s.app, &s.clerk, "50%", Currency::EUR).await.unwrap().is_empty());
        let stranger = s.person("Sam", Role::Clerk).actor.person();
        assert!(matches!(desk::assign(&s.app, &s.clerk, line, stranger, None).await, Err(Error::Invalid(_))));
        let count = async |asked: Queue| desk::queue(&s.app, &s.auditor, asked).await.unwrap().rows.len();
        assert_eq!(count(Queue { search: Some("schraube".into()), unowned: true, ..Queue::default() }).await, 1);
        assert_eq!(count(Queue { overdue: true, ..Queue::default() }).await, 0);
        assert_eq!(count(Queue { owner: stranger, ..Queue::default() }).await, 0);
        s.on("2026-03-19");
        assert_eq!(count(Queue { overdue: true, ..Queue::default() }).await, 1);
        s.by_hand(line, to(bolt, vec![part(debt)])).await.unwrap();
        let (from, customer) = (Some(day("2026-03-19")), Some(bolt));
        let asked = desk::MatchList { customer, from, to: from, unchecked: true, ..Default::default() };
        let page = desk::matches(&s.app, &s.auditor, asked.clone()).await.unwrap();
        let found = &page.rows[0];
        assert_eq!((page.rows.len(), found.customer_name.as_str(), found.payment_number.as_str()), (1, "Bolt Ltd", "PAY-2026-000001"));
        let early = desk::MatchList { to: Some(day("2026-03-18")), from: None, ..asked };
        assert!(desk::matches(&s.app, &s.auditor, early).await.unwrap().rows.is_empty());
        let figures = desk::figures(&s.app, &s.auditor, desk::FiguresAsked { customer, ..Default::default() }).await.unwrap();
        assert_eq!((figures.posted_lines.part, figures.posted_lines.whole), (1, 1));
        assert!(desk::cases(&s.app, &s.auditor, false, Some(new_id())).await.unwrap().is_empty());
    }

    async fn a_line_of_friday_is_not_late_before_tuesday(s: Story) {
        s.on("2026-03-20");
        let line = s.one(Told { payer: "Nobody", ..told("60.00", "2026-03-20", "Hello") }).await;
        // Two working days: over the weekend to Tuesday noon.
        assert_eq!(s.line(line).await.line.line.due_at.unwrap().to_string(), "2026-03-24T12:00:00Z");
        let late = async || {
            let asked = Queue { overdue: true, ..Queue::default() };
            desk::queue(&s.app, &s.auditor, asked).await.unwrap().rows.len()
        };
        s.on("2026-03-24");
        assert_eq!(late().await, 0);
        s.on("2026-03-25");
        assert_eq!(late().await, 1);
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
