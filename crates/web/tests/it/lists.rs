//! Lists that are asked for something they do not understand: they name the filter, keep what was typed and show no row
//! rather than too many.

use crate::{browser::Site, reports::invoice};
use axum::http::StatusCode;
use domain::users::Role;
use testkit::{Engine, on_both_engines};

/// A list, filters that are wrong, the fields that are named, and the beginning of what is said about one of them.
const WRONG: &[(&str, &str, &[&str], &str)] = &[
    ("/customers", "view=sleeping&sort=age", &["view", "sort"], "`sleeping` is none of open, overdue"),
    ("/products", "view=gone", &["view"], "products are in use or `archived`"),
    ("/quotes", "state=lost&from=31.1.2026", &["state", "from"], "`31.1.2026` is not a date such as"),
    ("/orders", "to=soon", &["to"], "`soon` is not a date such as"),
    ("/invoices", "kind=bill&customer=C-1", &["kind", "customer"], "there is no such customer"),
    ("/payments", "method=barter", &["method"], "`barter` is none of wire, "),
    ("/open-items", "kind=debt&currency=euro&due_before=0", &["kind", "currency", "due_before"], "EURO"),
    ("/audit", "subject=1&to=2026-02-30", &["subject", "to"], "`2026-02-30` is not a date such as"),
];

on_both_engines! {
    prepare = begin;

    async fn a_list_names_the_filter_that_it_does_not_understand(s: Site) {
        let (clerk, manager) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Manager).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        for (path, query, fields, said) in WRONG {
            let page = s.get(&manager, &format!("{path}?{query}&q=b%22lt")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            page.says("Something is not right yet").says(said).hides("INV-2026-000001").hides("Bolt Ltd");
            for field in *fields {
                page.says(&format!("href=\"#f-{field}\""));
            }
            assert_eq!(page.text.matches("href=\"#f-").count(), fields.len(), "{path}");
            let page = s.get(&manager, &format!("{path}?after=nonsense")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        let kept = s.get(&manager, "/payments?method=barter&q=b%22lt&from=2026-01-31").await;
        kept.says("value=\"b&#34;lt\"").says("value=\"2026-01-31\"");
        s.get(&manager, "/open-items?currency=eur").await.says("INV-2026-000001").says("value=\"EUR\"");
        s.get(&manager, &format!("/invoices?customer={bolt}&state=open")).await.says("INV-2026-000001").says("Bolt Ltd");
        let stranger = format!("/payments?customer={}", uuid::Uuid::nil());
        s.get(&manager, &stranger).await.says("there is no such customer");
    }
}

async fn begin(engine: Engine) -> Option<Site> {
    Site::begin(engine).await
}
