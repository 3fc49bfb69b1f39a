//! The books: an entry with its legs, the chart, the months, and files that are taken over.

use crate::browser::Site;
use axum::http::StatusCode;
use domain::users::Role;
use testkit::{Engine, on_both_engines};

async fn begin(engine: Engine) -> Option<Site> {
    Site::begin(engine).await
}

const ITEMS: &str = "item_id,customer_name,document_date,due_date,currency,open_amount\n\
                     A-1,Bolt Ltd,2026-01-10,2026-02-09,EUR,100.00\n\
                     A-2,Nut AG,2026-01-12,2026-02-11,EUR,abc\n";

/// Money from a customer, on a day.
fn paid<'a>(customer: &'a str, on: &'a str, fee: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("customer", customer),
        ("money", "100"),
        ("currency", "EUR"),
        ("fee", fee),
        ("received_on", on),
        ("method", "card"),
    ]
}

on_both_engines! {
    prepare = begin;

    async fn an_entry_shows_its_legs_and_where_it_comes_from(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let payment = s.post(&clerk, "/payments", &paid(&bolt, "2026-03-12", "1.20")).await.leads();
        let entry = s.get(&clerk, &payment).await.between("<a href=\"/ledger/", "\"").to_owned();
        // Bank 98.80 and fees 1.20 against unapplied cash 100.00.
        let page = s.get(&clerk, &format!("/ledger/{entry}")).await;
        page.says("98.80").says("1.20").says("Bank fees").says("Unapplied cash").says("100.00").says("2026-03-12");
        page.says(&format!("href=\"{payment}\"")).hides("Reversed");
        s.post(&clerk, &format!("{payment}/reversal"), &[("bounce_reason", "Charged back")]).await.leads();
        let page = s.get(&clerk, &format!("/ledger/{entry}")).await;
        let reversal = page.says("Reversed").between("<a href=\"/ledger/", "\"").to_owned();
        s.get(&clerk, &format!("/ledger/{reversal}")).await.says("Takes back").says("Payment taken back");
        let nowhere = s.get(&clerk, "/ledger/00000000-0000-0000-0000-000000000000").await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    }

    async fn a_manager_adds_and_renames_accounts(s: Site) {
        let (manager, clerk) = (s.person(s.company, Role::Manager).await, s.person(s.company, Role::Clerk).await);
        let new = [("code", "4150"), ("name", "Sales, spare parts"), ("kind", "income")];
        assert_eq!(s.post(&manager, "/accounts", &new).await.leads(), "/accounts");
        s.get(&manager, "/accounts").await.says("Sales, spare parts").says("Add an account");
        let wrong = s.post(&manager, "/accounts", &[("code", "41 50"), ("name", "Spare"), ("kind", "income")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("use 1 to 20 letters").says("value=\"41 50\"");
        let role = [("code", "1100"), ("name", "Debtors"), ("kind", "expense")];
        s.post(&manager, "/accounts", &role).await.says("plays a role and must stay asset");
        s.post(&manager, "/accounts", &[("code", "1100"), ("name", "Debtors"), ("kind", "asset")]).await.leads();
        s.get(&clerk, "/accounts").await.says("Debtors").hides("Add an account").hides("Rename");
        assert_eq!(s.post(&clerk, "/accounts", &new).await.status, StatusCode::FORBIDDEN);
    }

    async fn months_are_closed_in_order_and_reopened(s: Site) {
        let (manager, clerk) = (s.person(s.company, Role::Manager).await, s.person(s.company, Role::Clerk).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        for day in ["2026-01-15", "2026-02-15"] {
            s.post(&clerk, "/payments", &paid(&bolt, day, "")).await.leads();
        }
        let page = s.get(&manager, "/periods").await;
        page.says("January 2026").says("March 2026").says("/periods/2026-01-01/close").hides("/periods/2026-02-01/close");
        s.post(&manager, "/periods/2026-02-01/close", &[]).await.says("Close 2026-01-01 first");
        s.post(&manager, "/periods/2026-03-01/close", &[]).await.says("has not ended yet");
        s.post(&manager, "/periods/2026-01-01/close", &[]).await.leads();
        let page = s.get(&manager, "/periods").await;
        page.says("Closed").says("/periods/2026-01-01/reopen").says("/periods/2026-02-01/close");
        s.get(&clerk, "/periods").await.says("January 2026").hides("/reopen");
        assert_eq!(s.post(&clerk, "/periods/2026-01-01/reopen", &[]).await.status, StatusCode::FORBIDDEN);
        s.post(&manager, "/periods/2026-01-01/reopen", &[]).await.leads();
        s.get(&manager, "/periods").await.hides("/reopen");
    }

    async fn a_file_is_looked_at_and_then_taken_over(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let (look, file) = ("/imports/preview", ("items.csv", ITEMS));
        let fields = [("kind", "open_items"), ("source", "old")];
        let page = s.upload(&clerk, look, file, &fields).await;
        page.says("Rows of this file cannot be taken").says("abc").hides("/imports/run");
        let csv = page.between("href=\"/imports/preview/", "\"").to_owned();
        let rejects = s.get(&clerk, &format!("{look}/{csv}")).await;
        assert!(rejects.text.starts_with("line,column,value,reason\n3,"), "{}", rejects.text);

        let fields = [("kind", "open_items"), ("source", "old"), ("accept_good_rows", "yes")];
        let page = s.upload(&clerk, look, file, &fields).await;
        let upload = page.says("Import the good rows").between("name=\"upload\" value=\"", "\"").to_owned();
        s.get(&clerk, "/open-items").await.says("Nothing is open");
        let peek = s.get(&auditor, &format!("{look}/{upload}/rejects.csv")).await;
        assert_eq!(peek.status, StatusCode::NOT_FOUND);
        let done = s.post(&clerk, "/imports/run", &[("upload", &upload)]).await.leads();
        s.get(&clerk, &done).await.says("items.csv").says("abc");
        s.get(&clerk, &format!("{done}/rejects.csv")).await.says("abc");
        s.get(&clerk, "/open-items").await.says("Bolt Ltd").says("100.00");
        let gone = s.post(&clerk, "/imports/run", &[("upload", &upload)]).await.leads();
        assert_eq!(gone, "/imports", "the file is gone");
        s.get(&auditor, "/imports").await.says("items.csv").hides("Check the file");
        assert_eq!(s.upload(&auditor, look, file, &fields).await.status, StatusCode::FORBIDDEN);
        s.upload(&clerk, look, ("", ""), &fields).await.says("choose a file");
        s.upload(&clerk, look, ("a.csv", ITEMS), &[("toml", "kind = 7")]).await.says("the map file cannot be read");
    }
}
