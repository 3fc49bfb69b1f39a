//! Pages that say whether the books can be trusted: the proofs and the audit log; and that no link leads nowhere.

use crate::{
    browser::{Answer, Person, Site, company},
    reports::invoice,
};
use app::{audit, companies};
use axum::http::StatusCode;
use domain::users::Role;
use std::collections::BTreeSet;
use testkit::{Engine, on_both_engines};

async fn begin(engine: Engine) -> Option<Site> {
    Site::begin(engine).await
}

/// The page of the proofs once they have run.
async fn proofs(s: &Site, who: &Person) -> Answer {
    loop {
        let page = s.get(who, "/verify").await;
        if !page.text.contains("The proofs are running") {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

/// The addresses that a page leads to on this server.
fn links(page: &str) -> BTreeSet<String> {
    let all = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let ours = all.filter(|href| href.starts_with('/') && !href.starts_with("/static/"));
    ours.map(|href| href.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

/// Typesetting takes its time and is tested elsewhere.
fn is_file(path: &str) -> bool {
    ["/pdf", "/quittance", "/csv", "/xlsx"].iter().any(|ending| path.split('?').next().unwrap().ends_with(ending))
}

on_both_engines! {
    prepare = begin;

    async fn the_proofs_are_green_until_a_row_is_changed_behind_their_back(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let path = invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        let page = proofs(&s, &auditor).await;
        page.says("All 12 proofs hold").says("Every journal entry balances").says("The auditor").hides("broken row");
        s.get(&clerk, "/").await.says("All hold");
        let mut tx = s.app.db.begin().await.unwrap();
        tx.sql("UPDATE invoices SET gross_minor = gross_minor + 1").run().await.unwrap();
        tx.commit().await.unwrap();
        s.get(&auditor, "/verify").await.says("All 12 proofs hold");
        assert_eq!(s.post(&auditor, "/verify", &[]).await.leads(), "/verify");
        let page = proofs(&s, &auditor).await;
        page.says("proofs are broken").says("1 broken row").says("INV-2026-000001").says(&format!("href=\"{path}\""));
        let other = companies::create(&s.app, company("OTHER")).await.unwrap();
        let stranger = s.person(other, Role::Auditor).await;
        proofs(&s, &stranger).await.says("All 12 proofs hold").hides("INV-2026-000001");
    }

    async fn the_log_tells_who_did_what_and_what_it_changed(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let path = invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        let edit = s.get(&clerk, &format!("/customers/{bolt}/edit")).await;
        let version = edit.between("name=\"version\" value=\"", "\"").to_owned();
        let fields = [("name", "Bolt & Co"), ("version", version.as_str()), ("address.country", "DE")];
        s.post(&clerk, &format!("/customers/{bolt}/edit"), &fields).await.leads();
        audit::seal(&s.app).await.unwrap();

        let page = s.get(&auditor, "/audit").await;
        page.says("The clerk").says("INV-2026-000001").says(&format!("href=\"{path}\"")).says("0 events wait to be sealed");
        let page = s.get(&auditor, "/audit?action=customer.changed").await;
        page.says("<del>Bolt Ltd</del> <ins>Bolt &#38; Co</ins>").hides("INV-2026-000001");
        let event = page.between("href=\"/audit/", "\"").to_owned();
        s.get(&auditor, &format!("/audit/{event}")).await.says("<ins>Bolt &#38; Co</ins>").says("Digest").says("Seal");
        s.get(&auditor, "/audit?text=inv-2026").await.says("INV-2026-000001").hides("customer.changed<");
        s.get(&auditor, "/audit?actor=clerk").await.says("customer.changed").hides("company.created<");
        s.get(&auditor, &format!("/audit?customer={bolt}")).await.says("One customer").hides("company.created<");
        s.get(&auditor, "/audit?to=2026-03-15").await.says("No event fits");
        let wrong = s.get(&auditor, "/audit?from=soon").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("id=\"e-from\"").says("value=\"soon\"");
        assert_eq!(s.get(&clerk, "/audit").await.status, StatusCode::FORBIDDEN);
        assert_eq!(s.get(&clerk, &format!("/audit/{event}")).await.status, StatusCode::FORBIDDEN);
        let other = companies::create(&s.app, company("OTHER")).await.unwrap();
        let stranger = s.person(other, Role::Auditor).await;
        assert_eq!(s.get(&stranger, &format!("/audit/{event}")).await.status, StatusCode::NOT_FOUND);
        s.get(&stranger, "/audit").await.hides("INV-2026-000001");
    }

    async fn a_long_log_goes_on_behind_its_first_page(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        for number in 0..60 {
            let new = [("name", format!("Customer {number:02}"))];
            let new: Vec<(&str, &str)> = new.iter().map(|(name, value)| (*name, value.as_str())).collect();
            s.post(&clerk, "/customers", &new).await.leads();
        }
        let first = s.get(&auditor, "/audit?action=customer.").await;
        first.says("Customer 59").hides("Customer 09").hides("First page");
        let next = first.between("rel=\"next\"", "a>");
        assert!(next.contains("Next page"), "{next}");
        let next = first.text.split("href=\"").find(|rest| rest.contains("rel=\"next\"")).unwrap();
        let next = next.split('"').next().unwrap().replace("&#38;", "&");
        s.get(&auditor, &next).await.says("Customer 09").hides("Customer 59").says("First page");
    }

    async fn nothing_that_a_role_is_shown_leads_nowhere(s: Site) {
        let manager = s.person(s.company, Role::Manager).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &manager, &bolt, ("100", "2026-01-10")).await;
        let line = [("lines[0].description", "Pump"), ("lines[0].quantity", "1"), ("lines[0].unit_price", "5")];
        for (path, intent) in [("/quotes", "finish"), ("/orders", "draft"), ("/invoices", "draft")] {
            let fields = [&[("customer", bolt.as_str()), ("intent", intent)], &line[..]].concat();
            s.post(&manager, path, &fields).await.leads();
        }
        let paid = [("customer", bolt.as_str()), ("money", "7"), ("currency", "EUR"), ("received_on", "2026-03-12"), ("method", "cash")];
        s.post(&manager, "/payments", &paid).await.leads();
        for role in Role::ALL {
            let person = if *role == Role::Manager { None } else { Some(s.person(s.company, *role).await) };
            let person = person.as_ref().unwrap_or(&manager);
            let mut waiting: Vec<String> = vec!["/".into()];
            let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
            let mut nowhere = Vec::new();
            while let Some(path) = waiting.pop() {
                let page = s.get(person, &path).await;
                if !page.status.is_success() && !page.status.is_redirection() {
                    nowhere.push(format!("{path} is {}", page.status));
                }
                // One address for each page: filters and sorting lead to the same place.
                for href in links(&page.text).into_iter().filter(|href| !is_file(href)) {
                    if seen.insert(href.split('?').next().unwrap().to_owned()) {
                        waiting.push(href);
                    }
                }
            }
            assert_eq!(nowhere, Vec::<String>::new(), "{role}");
            let expected = ["/reports/aged-receivables", "/statements", "/verify", "/approvals", "/reports/journal"];
            assert!(expected.iter().all(|path| seen.contains(*path)), "{role}: {seen:?}");
            assert_eq!(seen.contains("/audit"), matches!(role, Role::Administrator | Role::Manager | Role::Auditor));
        }
    }

    async fn the_auditor_may_look_at_these_pages_and_do_nothing_with_them(s: Site) {
        let auditor = s.person(s.company, Role::Auditor).await;
        for path in ["/", "/reports", "/reports/sales", "/statements", "/audit", "/approvals", "/account"] {
            let page = s.get(&auditor, path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            // Signing out, and the reader's own password, are all that may be posted.
            let posts = page.text.split("method=\"post\" action=\"").skip(1).filter_map(|rest| rest.split('"').next());
            let posts: BTreeSet<&str> = posts.collect();
            let own = BTreeSet::from(["/sign-out", "/account/password"]);
            assert!(posts.is_subset(&own), "{path}: {posts:?}");
            assert_eq!(s.post(&auditor, path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
    }
}
