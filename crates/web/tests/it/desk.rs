//! The desk in a browser without script: a line is taken, posted, undone, set aside, asked of a colleague.

use crate::browser::{Person, Site};
use axum::http::StatusCode;
use domain::users::Role;
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
        s.get(&clerk, "/desk/policy").await.says("Wrong ones accepted").hides("Put it in force");
        s.get(&manager, "/desk/policy").await.says("Put it in force");
        s.get(&clerk, "/").await.says("bank lines wait on the desk");
    }
}
