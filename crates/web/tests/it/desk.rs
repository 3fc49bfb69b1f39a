//! The desk in a browser without script: a line is taken, posted, undone, set aside, asked of a colleague.

mod hand;

use crate::browser::{Person, Site};
use app::{
    Caller, invoices,
    lines::{NewDocument, NewLine},
};
use axum::http::StatusCode;
use domain::users::Role;
use kernel::{Currency, CustomerId, OpenItemId, Quantity};
use testkit::on_both_engines;

async fn begin(engine: testkit::Engine) -> Option<Site> {
    Site::begin(engine).await
}

/// Two payments that nobody sent an invoice for; the address of the older one's page.
async fn stage(s: &Site) -> (Person, String) {
    let clerk = s.person(s.company, Role::Clerk).await;
    let file = "!Type:Bank\nD03/10/2026\nT119.00\nPBolt Ltd\nMGOODS\n^\nD03/11/2026\nT20.00\nPNut Ltd\nMGOODS\n^\n";
    s.upload(&clerk, "/bank/files", ("march.qif", file), &[]).await.leads();
    let desk = s.get(&clerk, "/desk").await;
    desk.says("Bolt Ltd").says("Nut Ltd").says("Begin");
    let rows = desk.text.split_once("<tbody>").unwrap().1;
    let line = rows.split_once("href=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    (clerk, line)
}

impl Site {
    /// The open item of an issued invoice of one line before tax.
    async fn debt(&self, customer: CustomerId, net: &str) -> OpenItemId {
        self.debt_in(customer, net, None).await
    }

    async fn debt_in(&self, customer: CustomerId, net: &str, currency: Option<Currency>) -> OpenItemId {
        let issued = self.issue(&[document(customer, net, currency)]).await;
        issued[0]
    }

    async fn issue(&self, documents: &[NewDocument]) -> Vec<OpenItemId> {
        let system = Caller::system(self.company);
        let mut all = vec![];
        for issued in invoices::issue_many(&self.app, &system, documents).await.unwrap() {
            all.push(invoices::show(&self.app, &system, issued.id).await.unwrap().items[0].id);
        }
        all
    }
}

fn document(customer: CustomerId, net: &str, currency: Option<Currency>) -> NewDocument {
    let line = NewLine {
        description: Some("Work".into()),
        quantity: Some(Quantity::whole(1)),
        unit_price: Some(net.parse().unwrap()),
        ..NewLine::default()
    };
    NewDocument { currency, ..NewDocument::of(customer, vec![line]) }
}

on_both_engines! {
    prepare = begin;

    async fn a_line_is_posted_by_hand_and_undone(s: Site) {
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let (clerk, line) = stage(&s).await;
        s.get(&clerk, &line).await.says("What the bank said").says("119.00").says("Bolt Ltd");
        let page = s.get(&clerk, &format!("{line}?customer={bolt}")).await;
        page.says("By hand").says("All of it on account");
        let nothing = s.post(&clerk, &format!("{line}/allocation"), &[("customer", &bolt)]).await;
        nothing.says("Say what is paid, or that all of it stays on account.");
        let fields = [("customer", bolt.as_str()), ("rest_on_account", "yes")];
        let next = s.post(&clerk, &format!("{line}/allocation"), &fields).await.leads();
        s.get(&clerk, &next).await.says("Nut Ltd");
        s.get(&clerk, "/desk/posted").await.says("Bolt Ltd").says("By hand").says("Undo");
        s.post(&clerk, &format!("{line}/undo"), &[("stay", "yes")]).await.leads();
        s.get(&clerk, "/desk/posted").await.says("Undone by");
        s.get(&clerk, "/desk").await.says("Bolt Ltd");
    }

    async fn a_line_is_set_aside_and_comes_back(s: Site) {
        let (clerk, line) = stage(&s).await;
        s.post(&clerk, &format!("{line}/aside"), &[("note", "")]).await.says("Something is not right");
        s.post(&clerk, &format!("{line}/aside"), &[("note", "Refund of the tax office")]).await.leads();
        s.get(&clerk, "/desk").await.hides("Bolt Ltd").says("Nut Ltd");
        s.get(&clerk, &line).await.says("Refund of the tax office").says("Back to the desk");
        s.post(&clerk, &format!("{line}/take-back"), &[]).await.leads();
        s.get(&clerk, "/desk").await.says("Bolt Ltd");
    }

    async fn two_clerks_do_not_work_on_one_line(s: Site) {
        let (clerk, line) = stage(&s).await;
        let manager = s.person(s.company, Role::Manager).await;
        s.get(&clerk, &line).await.says("Next line");
        s.get(&manager, &line).await.says("The clerk works on this line").hides("Next line");
        s.get(&manager, "/desk").await.says("The clerk works on it");
        s.post(&clerk, &format!("{line}/skip"), &[]).await.leads();
        s.get(&manager, &line).await.says("Next line");
        let auditor = s.person(s.company, Role::Auditor).await;
        s.get(&auditor, &line).await.says("What the bank said").hides("Set aside").hides("Next line");
        assert_eq!(s.post(&auditor, &format!("{line}/aside"), &[("note", "x")]).await.status, StatusCode::FORBIDDEN);
    }

    async fn every_page_of_the_desk_opens(s: Site) {
        let (clerk, line) = stage(&s).await;
        let manager = s.person(s.company, Role::Manager).await;
        s.get(&clerk, &format!("{line}?find=Bolt")).await.says("Nothing open fits");
        s.get(&clerk, "/desk?owner=me&q=nut&overdue=yes").await.says("No waiting line fits");
        s.get(&clerk, "/desk/cases?all=yes").await.says("No suspicion waits").says("Blocked payer");
        s.get(&clerk, "/desk/figures").await.says("Posted by itself").says("How long it took");
        assert!(s.get(&clerk, "/desk/figures.csv").await.kind.starts_with("text/csv"));
        let page = s.get(&clerk, "/desk/figures?from=2026-12-31&to=2026-01-01").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says("is after").says("Posted by itself");
        s.get(&clerk, "/desk/figures?from=soon").await.says("`soon` is not a date").says("Posted by itself");
        let page = s.get(&clerk, &line).await;
        let place = |words: &str| page.text.find(words).unwrap();
        assert!(place("What the bank said") < place("Somebody else, something else"));
        assert!(place("Somebody else, something else") < place("No customer’s payment"), "what is rare comes last");
        s.get(&clerk, "/desk/policy").await.says("Wrong ones accepted").hides("Put it in force");
        s.get(&manager, "/desk/policy").await.says("Put it in force");
        s.get(&clerk, "/").await.says("bank lines wait on the desk");
    }

    async fn payers_are_blocked_by_hand_and_by_a_file(s: Site) {
        let (clerk, _) = stage(&s).await;
        let manager = s.person(s.company, Role::Manager).await;
        s.get(&clerk, "/desk/blocked").await.says("Nobody is blocked").hides("Block a payer");
        s.post(&manager, "/desk/blocked", &[("name", "Kurt Vogt"), ("reason", "")]).await.says("Kurt Vogt").says("say why");
        s.post(&manager, "/desk/blocked", &[("name", "Kurt Vogt"), ("reason", "Court order")]).await.leads();
        s.get(&clerk, "/desk/blocked?q=court").await.says("Kurt Vogt").hides("Remove");
        let wrong = s.upload(&manager, "/desk/blocked/file", ("list.csv", "name,account\nA GmbH,\n-,\n"), &[]).await;
        wrong.says("1 rows of list.csv are wrong").says("give a name or an account").says("Kurt Vogt");
        s.upload(&manager, "/desk/blocked/file", ("list.csv", "name,account\nA GmbH,\n"), &[]).await.leads();
        let list = s.get(&manager, "/desk/blocked").await;
        list.says("A GmbH").hides("Kurt Vogt");
        let key = list.between("name=\"key\" value=\"", "\"").to_owned();
        s.post(&manager, "/desk/blocked/remove", &[("key", &key)]).await.leads();
        s.get(&manager, "/desk/blocked").await.says("Nobody is blocked");
        let refused = s.post(&clerk, "/desk/blocked", &[("name", "X"), ("reason", "y")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }

    async fn unapplied_cash_is_given_to_a_colleague(s: Site) {
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let (clerk, line) = stage(&s).await;
        s.get(&clerk, "/desk/unapplied").await.says("Nothing is unapplied");
        let fields = [("customer", bolt.as_str()), ("rest_on_account", "yes")];
        s.post(&clerk, &format!("{line}/allocation"), &fields).await.leads();
        let list = s.get(&clerk, "/desk/unapplied").await;
        list.says("119.00").says("6 days").says("Refund").says("Nobody");
        let action = list.between("form method=\"post\" action=\"/desk/unapplied/", "\"").to_owned();
        let me = list.between("<option value=\"0", "\"").to_owned();
        let given = [("owner", format!("0{me}")), ("note", "Ask them".to_owned())];
        let given: Vec<(&str, &str)> = given.iter().map(|(name, text)| (*name, text.as_str())).collect();
        s.post(&clerk, &format!("/desk/unapplied/{action}"), &given).await.leads();
        s.get(&clerk, "/desk/unapplied?owner=me").await.says("The clerk").says("Ask them");
        s.get(&clerk, "/desk/unapplied?owner=nobody").await.says("Nothing fits");
        s.get(&clerk, "/desk/unapplied?from_days=90").await.says("Nothing fits");
        let auditor = s.person(s.company, Role::Auditor).await;
        s.get(&auditor, "/desk/unapplied").await.says("Bolt Ltd").hides("Refund</a>").hides("Give");
    }

    async fn a_sample_is_drawn_and_the_policy_speaks_in_money_and_percent(s: Site) {
        let (clerk, _) = stage(&s).await;
        s.get(&clerk, "/desk/audit").await.says("Nothing to draw from");
        let wrong = s.get(&clerk, "/desk/audit?from=2026-03-10&to=2026-03-01&count=x").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let manager = s.person(s.company, Role::Manager).await;
        let policy = s.get(&manager, "/desk/policy").await;
        policy.says("value=\"0.1\"").says("value=\"50.00\"").says("value=\"1.5\"").says("value=\"10,000.00\"");
        let mut fields = vec![("version", "0"), ("dial", "auto"), ("returns", "auto"), ("duplicate_days", "14")];
        fields.extend([("error_limit_ppm", "0.2"), ("differences.bank_fee.dial", "auto")]);
        let typed = [fields.clone(), vec![("differences.bank_fee.most_minor", "12,5x")]].concat();
        s.post(&manager, "/desk/policy", &typed).await.says("12,5x").says("is not an amount");
        let typed = [fields, vec![("differences.bank_fee.most_minor", "12.50"), ("differences.exchange.most_basis_points", "2")]].concat();
        s.post(&manager, "/desk/policy", &typed).await.leads();
        s.get(&manager, "/desk/policy").await.says("value=\"12.50\"").says("value=\"0.2\"").says("value=\"2\"");
        let saved = app::desk::policies(&s.app, &Caller::system(s.company)).await.unwrap().remove(0).policy;
        assert_eq!((saved.error_limit_ppm, saved.differences.bank_fee.most_minor), (2_000, Some(1_250)));
        assert_eq!(saved.differences.exchange.most_basis_points, Some(200));
    }

    async fn what_is_refused_keeps_what_was_typed_and_names_the_item(s: Site) {
        let (clerk, line) = stage(&s).await;
        let customer = s.customer("Bolt Ltd").await;
        let item = s.debt(customer, "100.00").await;
        let field = format!("amount[{item}]");
        let fields = [("customer", customer.to_string()), (&field, "12o".to_owned()), ("fee", "1.00".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let page = s.post(&clerk, &format!("{line}/allocation"), &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says("Amount of INV-2026-000001").says("value=\"12o\"").says("value=\"1.00\"");
        let below = [("customer", fields[0].1), (&*field, "-5.00"), ("rest_on_account", "yes")];
        let page = s.post(&clerk, &format!("{line}/allocation"), &below).await;
        page.says("Amount of INV-2026-000001: must be an amount in EUR").says("value=\"-5.00\"");
        let long = "x".repeat(2_001);
        let asked = s.post(&clerk, &format!("{line}/assign"), &[("owner", ""), ("question", &long)]).await;
        asked.says("Question: use up to 2000 characters").says(&long);
    }
}
