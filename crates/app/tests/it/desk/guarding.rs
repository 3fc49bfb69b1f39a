//! What may not happen at the desk: money that came back posted again, more given up than is allowed, a payer who is
//! blocked or strange let through, or one held for nothing.

use super::{BOLT, Told, begin, part, to, told};
use crate::{
    cash::{refused, wire},
    story::{Story, day, eur},
};
use app::{
    Error,
    bank::ReceiveFile,
    desk::{self, Accept, Allocate, BlockedPayer, HandDifference, HandPart, MatchList, UnappliedList},
    receiving,
};
use domain::{
    bank::{Exception, LineState},
    cash::DifferenceKind,
    desk::Dial,
    users::Role,
};
use kernel::{BankLineId, Currency, CustomerId, OpenItemId};
use testkit::on_both_engines;

impl Story {
    /// A debt, and a text that names it in full.
    async fn named(&self, customer: CustomerId, net: &str) -> (OpenItemId, String) {
        let debt = self.debt(customer, net, "2026-02-02").await;
        let text = format!("Invoice {}", self.number(debt).await);
        (debt, text)
    }

    /// Explanations of the suspicions about a line.
    async fn suspected(&self, line: BankLineId) -> Vec<String> {
        self.line(line).await.suspicions.into_iter().map(|row| row.explanation).collect()
    }

    async fn advised(&self, number: &str, total: &str) {
        let edi = format!(
            "UNH+1+REMADV:D:05A:UN'BGM+481+A-1'DTM+137:20260310:102'CUX+2:EUR:11'DOC+380+{number}'MOA+12:{total}'\
             UNS+S'MOA+12:{total}'UNT+8+1'"
        );
        let file = ReceiveFile { name: "advice.edi".into(), bytes: edi.into_bytes(), ..ReceiveFile::default() };
        receiving::receive(&self.app, &self.clerk, file).await.unwrap();
    }
}

on_both_engines! {
    prepare = begin;

    async fn nobody_is_suspected_for_a_guess(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        s.customer("Nut AG", Currency::EUR).await;
        s.debt(bolt, "1300.00", "2026-02-02").await;
        // One digit beside Bolt's number, and not its sum.
        let nut = Told { payer: "Nut AG", account: None, ..told("1190.00", "2026-03-02", "In advance INV-2026-000002") };
        let line = s.one(nut).await;
        let view = s.line(line).await;
        assert!(view.decision.unwrap().proposals.iter().any(|proposal| proposal.customer == bolt), "a guess");
        assert_ne!(view.line.line.exception, Some(Exception::Suspicious));
    }

    async fn what_bounced_is_not_undone_before_its_return(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, text) = s.named(bolt, "100.00").await;
        let came = s.one(told("119.00", "2026-03-02", &text)).await;
        let back = s.one(told("-119.00", "2026-03-05", "Return, account closed")).await;
        assert_eq!((s.state(back).await.0, s.open(debt).await), (LineState::Posted, 11_900));
        let why = refused(desk::undo(&s.app, &s.clerk, came, "Not theirs").await);
        assert_eq!(why, "The bank took PAY-2026-000001 back on 2026-03-05; undo that line first.");
        assert_eq!((s.line(came).await.came_back, s.line(back).await.came_back), (Some(back), None));
        let listed = desk::matches(&s.app, &s.auditor, MatchList::default()).await.unwrap().rows;
        let told: Vec<_> = listed.iter().map(|row| (row.row.line_id, row.came_back)).collect();
        assert!(told.contains(&(back, false)) && told.contains(&(came, true)), "{told:?}");
        desk::undo(&s.app, &s.clerk, back, "Another customer's").await.unwrap();
        assert_eq!(s.line(came).await.came_back, None);
        desk::undo(&s.app, &s.clerk, came, "Not theirs").await.unwrap();
        assert_eq!(s.open(debt).await, 11_900);
        s.assert_books().await;
    }

    async fn a_payment_of_a_bank_line_is_taken_back_at_the_desk(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, text) = s.named(bolt, "100.00").await;
        let line = s.one(told("119.00", "2026-03-02", &text)).await;
        let payment = s.line(line).await.matches[0].payment_id;
        let bounced = async || app::payments::reverse(&s.app, &s.clerk, payment, day("2026-03-05"), "Bounced").await;
        let why = refused(bounced().await);
        assert!(why.contains("PAY-2026-000001 came with a bank line"), "{why}");
        assert_eq!((s.state(line).await.0, s.open(debt).await), (LineState::Posted, 0));
        assert_eq!(app::payments::show(&s.app, &s.clerk, payment).await.unwrap().line, Some(line));
        desk::undo(&s.app, &s.clerk, line, "Not theirs").await.unwrap();
        assert_eq!(bounced().await.unwrap(), app::Done::Already);
        s.assert_books().await;
    }

    async fn one_return_is_found_among_many_equal_payments(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, text) = s.named(bolt, "100.00").await;
        s.one(told("119.00", "2026-03-02", &text)).await;
        // Younger ones of somebody else, more than are looked at.
        let nut = s.customer("Nut AG", Currency::EUR).await;
        let many = (0..55).map(|_| wire(nut, eur("119.00"), "2026-03-04")).collect();
        app::payments::record_many(&s.app, &s.clerk, many).await.unwrap();
        let back = s.arrive(&[told("-119.00", "2026-03-05", "Return")]).await[0];
        assert_eq!(s.decide().await.returned, 1, "the payer's account says which");
        assert_eq!((s.state(back).await.0, s.open(debt).await), (LineState::Posted, 11_900));
        s.assert_books().await;
    }

    async fn the_policy_binds_a_clerk(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let debt = s.debt(bolt, "2000.00", "2026-02-02").await;
        let line = s.arrive(&[told("1.00", "2026-03-02", "hm")]).await[0];
        let gives_up = |kind, money: &str| {
            let difference = Some(HandDifference { kind, money: eur(money) });
            to(bolt, vec![HandPart { amount: Some(eur("1.00")), difference, ..part(debt) }])
        };
        let why = async |asked| refused(s.by_hand(line, asked).await);
        assert_eq!(
            why(gives_up(DifferenceKind::Rounding, "0.51")).await,
            "A small difference of 0.51 EUR is more than the 0.50 EUR that the posting policy allows; name it what it is, or leave it to somebody who may approve."
        );
        // 1.5 % of 1.00 are 0.01.
        let exchange = why(gives_up(DifferenceKind::Exchange, "0.02")).await;
        assert!(exchange.contains("more than the 0.01 EUR"), "{exchange}");
        let limit = "Giving 1000.01 EUR up is above the company's limit; credit it or write it off, so that a second person approves.";
        assert_eq!(why(gives_up(DifferenceKind::WithholdingTax, "1000.01")).await, limit);
        let late = HandPart { amount: Some(eur("1.00")), discount: Some(eur("1000.01")), ..part(debt) };
        assert_eq!(why(to(bolt, vec![late])).await, limit, "a discount that nobody granted");
        let fee = Allocate { fee: Some(eur("50.01")), ..to(bolt, vec![part(debt)]) };
        assert!(why(fee).await.contains("50.01 EUR is more than the 50.00 EUR"));
        let collector = s.person("Cora Collector", Role::Collector);
        let none = desk::allocate(&s.app, &collector, line, gives_up(DifferenceKind::Deduction, "1.00")).await;
        assert!(matches!(none, Err(Error::Forbidden(_))));
        assert_eq!((s.open(debt).await, s.state(line).await.0), (238_000, LineState::Open));
        // Who may approve goes beyond the policy, not beyond the company's limit.
        let beyond = desk::allocate(&s.app, &s.manager, line, gives_up(DifferenceKind::Rounding, "1000.01")).await;
        assert_eq!(refused(beyond), limit);
        desk::allocate(&s.app, &s.manager, line, gives_up(DifferenceKind::Rounding, "999.00")).await.unwrap();
        assert_eq!(s.open(debt).await, 138_000, "2380.00 less 1.00 and 999.00");
        s.assert_books().await;
    }

    async fn the_policy_binds_the_instalments_of_a_document_together(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let mut form = crate::story::order_form(bolt, &[("Work", "1", "300.00")]);
        form.terms = Some("30-60-90".into());
        let id = app::invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
        let items = app::invoices::show(&s.app, &s.clerk, id).await.unwrap().items;
        let other = s.debt(bolt, "100.00", "2026-02-02").await;
        // 357.00 in three instalments of 119.00; 0.30 of two of them are 0.60 of one document.
        let line = s.arrive(&[told("237.40", "2026-03-02", "hm")]).await[0];
        let short = |item| {
            let difference = Some(HandDifference { kind: DifferenceKind::Rounding, money: eur("0.30") });
            HandPart { amount: Some(eur("118.70")), difference, ..part(item) }
        };
        let why = refused(s.by_hand(line, to(bolt, vec![short(items[0].id), short(items[1].id)])).await);
        assert!(why.starts_with("A small difference of 0.60 EUR is more than the 0.50 EUR"), "{why}");
        s.by_hand(line, to(bolt, vec![short(items[0].id), short(other)])).await.unwrap();
        assert_eq!((s.open(items[0].id).await, s.open(other).await), (0, 0), "lost cents of two documents");
        s.assert_books().await;
    }

    async fn a_discount_in_time_is_free(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        // 119,000.00 with 2 % within ten days: 2,380.00, more than the company's limit for what is given up.
        let debt = s.debt_on(bolt, "2-10-net-30", "100000.00", "2026-03-02").await;
        let line = s.arrive(&[told("116620.00", "2026-03-10", "hm")]).await[0];
        let asked = |discount| to(bolt, vec![HandPart { discount: Some(eur(discount)), ..part(debt) }]);
        s.by_hand(line, asked("2380.00")).await.unwrap();
        assert_eq!(s.open(debt).await, 0);
        let next = s.debt_on(bolt, "2-10-net-30", "100000.00", "2026-02-02").await;
        let line = s.arrive(&[told("116620.00", "2026-03-11", "hm")]).await[0];
        let late = to(bolt, vec![HandPart { discount: Some(eur("2380.00")), ..part(next) }]);
        assert!(refused(s.by_hand(line, late).await).contains("a second person approves"));
        s.assert_books().await;
    }

    async fn a_proposal_gives_up_no_more_than_a_hand_may(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, text) = s.named(bolt, "2000.00").await;
        let line = s.one(told("880.00", "2026-03-02", &format!("{text} less 1500.00 for damage"))).await;
        let decision = s.line(line).await.decision.unwrap();
        let deducts = |of: &&desk::ProposalView| of.differences.iter().any(|one| one.kind == DifferenceKind::Deduction);
        let rank = decision.proposals.iter().find(deducts).unwrap().rank;
        let taken = desk::accept(&s.app, &s.clerk, line, Accept { decision: decision.id, rank }).await;
        assert!(refused(taken).contains("a second person approves"));
        assert_eq!((s.open(debt).await, s.state(line).await.0), (238_000, LineState::Open));
    }

    async fn a_blocked_name_is_known_however_it_is_written(s: Story) {
        for name in ["Kühne & Söhne KG", "Sergej Iwanow", "Meridian Ltd"] {
            let payer = BlockedPayer { name: Some(name.into()), account: None, reason: "court order".into() };
            desk::block(&s.app, &s.manager, payer).await.unwrap();
        }
        let held = async |payer: &str| {
            let line = s.one(Told { payer, account: None, ..told("80.00", "2026-03-02", payer) }).await;
            s.state(line).await.1 == Some(Exception::Suspicious)
        };
        for payer in ["KUEHNE & SOEHNE KG", "Kuhne & Sohne KG Hamburg", "IWANOW SERGEJ", "Iwanow, Sergej Petrowitsch", "MERIDIAN LIMITED"] {
            assert!(held(payer).await, "{payer}");
        }
        for payer in ["Kühne Logistik GmbH", "Sergej Petrow", "Meridian Hotels SA"] {
            assert!(!held(payer).await, "{payer}");
        }
        assert_eq!(desk::unblock(&s.app, &s.manager, "iwanow sergej").await.unwrap(), app::Done::Now);
        assert!(!held("Sergej Iwanow").await);
        assert_eq!(desk::blocked(&s.app, &s.auditor, Default::default()).await.unwrap().rows.len(), 2);
    }

    async fn safeguards_speak_also_when_a_person_posts(s: Story) {
        s.policy(|policy| policy.dial = Dial::Suggest).await;
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (_, text) = s.named(bolt, "1000.00").await;
        let line = s.one(Told { payer: "Zorro Holding", account: None, ..told("1190.00", "2026-03-02", &text) }).await;
        assert_eq!(s.suspected(line).await, ["Zorro Holding pays for Bolt Ltd and never did before"]);
        assert_eq!(s.state(line).await.1, Some(Exception::Suspicious));
    }

    async fn a_repetition_is_noticed_in_whatever_order_the_files_come(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (_, first) = s.named(bolt, "100.00").await;
        let late = s.one(told("119.00", "2026-03-06", &first)).await;
        assert_eq!(s.state(late).await.0, LineState::Posted);
        s.debt(bolt, "100.00", "2026-02-09").await;
        let early = s.one(told("119.00", "2026-03-04", "our invoices")).await;
        assert_eq!(s.suspected(early).await, ["Bolt Ltd paid 119.00 EUR on 2026-03-06 as well"]);
        assert_eq!(s.suspected(late).await, Vec::<String>::new());
        // In one file the later one is the repetition.
        let both = s.arrive(&[told("77.00", "2026-03-11", "one"), told("77.00", "2026-03-12", "two")]).await;
        s.debt(bolt, "64.71", "2026-02-09").await;
        s.decide().await;
        let found = (s.suspected(both[0]).await.len(), s.suspected(both[1]).await.len());
        assert_eq!(found, (0, 1));
    }

    async fn more_on_account_than_is_owed_becomes_a_case(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        s.debt(bolt, "1000.00", "2026-02-02").await;
        let on_account = Allocate { rest_on_account: true, ..to(bolt, vec![]) };
        let lines = s.arrive(&[told("2189.99", "2026-03-02", "one"), told("2190.00", "2026-03-03", "two")]).await;
        s.by_hand(lines[0], on_account.clone()).await.unwrap();
        assert_eq!(desk::cases(&s.app, &s.clerk, true, None).await.unwrap().len(), 0, "999.99 more than the 1,190.00 owed");
        s.by_hand(lines[1], on_account).await.unwrap();
        let cases = desk::cases(&s.app, &s.clerk, true, None).await.unwrap();
        assert_eq!(cases.len(), 1);
        assert!(cases[0].explanation.starts_with("1000.00 EUR more than is owed"), "{}", cases[0].explanation);
    }

    async fn a_suspicion_is_decided_another_time(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (debt, text) = s.named(bolt, "1000.00").await;
        let line = s.one(Told { payer: "Zorro Holding", account: None, ..told("1190.00", "2026-03-02", &text) }).await;
        let case = s.line(line).await.suspicions.remove(0).id;
        let say = async |confirmed, why| desk::decide_case(&s.app, &s.clerk, case, confirmed, why).await.unwrap().sentence();
        assert_eq!(say(true, "Nobody knows them").await, "Confirmed: the line stays out of the books.");
        assert_eq!(say(true, "Nobody").await, "Confirmed already: the line stays out of the books.");
        assert_eq!(s.line(line).await.suspicions[0].note.as_deref(), Some("Nobody knows them"));
        let post = async || s.by_hand(line, to(bolt, vec![part(debt)])).await;
        assert!(refused(post().await).contains("it cannot be posted"));
        assert_eq!(say(false, "Bolt called").await, "Dismissed: the line may be posted.");
        post().await.unwrap();
        assert_eq!(s.open(debt).await, 0);
        let undo = "Confirmed: the line is in the books; undo it if the money should not be there.";
        assert_eq!(say(true, "It was a trick").await, undo);
        desk::undo(&s.app, &s.clerk, line, "A trick").await.unwrap();
        assert!(refused(post().await).contains("it cannot be posted"));
        desk::set_aside(&s.app, &s.clerk, line, "Sent back").await.unwrap();
        let aside = "Dismissed: the line is set aside; take it back to the desk to post it.";
        assert_eq!(say(false, "No trick").await, aside);
        let told = app::audit::log(&s.app, &s.auditor, Default::default()).await.unwrap().rows;
        let told: Vec<&str> = told.iter().filter(|row| row.action == "suspicion.decided").map(|row| row.summary.as_str()).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told.iter().any(|said| said.ends_with("was dismissed after it had been confirmed: Bolt called")), "{told:?}");
        assert!(desk::decide_case(&s.app, &s.auditor, case, true, "x").await.is_err(), "an auditor only looks");
        desk::decide_case(&s.app, &s.manager, case, true, "Known for it").await.unwrap();
        let clerk = desk::decide_case(&s.app, &s.clerk, case, false, "Surely not").await;
        assert!(refused(clerk).contains("only they or a manager can dismiss it"));
        s.assert_books().await;
    }

    async fn another_account_than_on_file_is_noticed_at_once(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let filed = desk::PayerProfile { accounts: vec!["DE89370400440532013000".into()], ..Default::default() };
        desk::save_payer_profile(&s.app, &s.clerk, bolt, filed).await.unwrap();
        let (_, text) = s.named(bolt, "100.00").await;
        let line = s.one(told("119.00", "2026-03-02", &text)).await;
        assert_eq!(s.suspected(line).await, [format!("Bolt Ltd has other accounts on file than {BOLT}")]);
    }

    async fn two_invoices_of_one_price_are_no_duplicate(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let ((one, first), (two, second)) = (s.named(bolt, "100.00").await, s.named(bolt, "100.00").await);
        s.arrive(&[told("119.00", "2026-03-02", &first), told("119.00", "2026-03-02", &second)]).await;
        assert_eq!(s.decide().await.posted, 2);
        assert_eq!((s.open(one).await, s.open(two).await), (0, 0));
        // Without a word of what it is for it may be one of them again.
        s.named(bolt, "100.00").await;
        let vague = s.one(told("119.00", "2026-03-03", "payment")).await;
        assert_eq!(s.suspected(vague).await, ["Bolt Ltd paid 119.00 EUR on 2026-03-02 as well"]);
    }

    async fn what_bounced_may_be_paid_again(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        let (_, text) = s.named(bolt, "100.00").await;
        s.one(told("119.00", "2026-03-02", &text)).await;
        s.one(told("-119.00", "2026-03-03", "Return")).await;
        let again = s.one(told("119.00", "2026-03-04", &format!("once more {text}"))).await;
        assert_eq!(s.suspected(again).await, [""; 0]);
    }

    async fn an_advice_waits_for_its_own_money(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let ((_, text), (theirs, _)) = (s.named(bolt, "100.00").await, s.named(nut, "100.00").await);
        s.advised(&s.number(theirs).await, "119.00").await;
        let used = async || app::bank::advices(&s.app, &s.auditor, None, None).await.unwrap().rows.remove(0).row.line_id;
        let line = s.one(told("119.00", "2026-03-02", &text)).await;
        assert_eq!((s.state(line).await.0, used().await), (LineState::Posted, None));
        let line = s.arrive(&[Told { payer: "N.", account: None, ..told("119.00", "2026-03-03", "hm") }]).await[0];
        s.by_hand(line, to(nut, vec![part(theirs)])).await.unwrap();
        assert_eq!(used().await, Some(line));
    }

    async fn what_a_colleague_holds_says_until_when(s: Story) {
        let line = s.one(told("50.00", "2026-03-02", "something")).await;
        desk::claim(&s.app, &s.clerk, line).await.unwrap();
        let other = s.person("Olga Other", Role::Clerk);
        // Noon in Berlin and a quarter of an hour.
        let why = refused(desk::claim(&s.app, &other, line).await.map(drop));
        assert_eq!(why, "A colleague works on this line until 12:15.");
    }

    async fn unapplied_cash_between_two_ages(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        for on in ["2026-01-05", "2026-02-04", "2026-03-14"] {
            s.record(wire(bolt, eur("70.00"), on)).await;
        }
        // 70, 40 and 2 days before the 16th of March.
        let asked = |from, to| UnappliedList { from_days: Some(from), to_days: Some(to), ..UnappliedList::default() };
        let count = async |from, to| desk::unapplied(&s.app, &s.auditor, asked(from, to)).await.unwrap().rows.len();
        assert_eq!((count(31, 60).await, count(40, 40).await, count(31, 70).await, count(3, 39).await), (1, 1, 2, 0));
    }
}
