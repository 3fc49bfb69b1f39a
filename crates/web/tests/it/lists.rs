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
    ("/bank/lines", "exception=odd&sort=age", &["exception", "sort"], "`age` is none of -date, date"),
    ("/imports", "sort=age", &["sort"], "`age` is none of -date, date"),
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

    async fn a_click_on_a_head_sorts_and_another_turns_it_round(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        for (name, net) in [("Bolt Ltd", "100"), ("Axle Inc", "300")] {
            let customer = s.customer(name).await.to_string();
            invoice(&s, &clerk, &customer, (net, "2026-03-02")).await;
        }
        let order = |page: &str| {
            let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} is missing in\n{page}"));
            at(">Axle Inc<") < at(">Bolt Ltd<")
        };
        let list = s.get(&clerk, "/invoices?q=i").await;
        list.says("href=\"/invoices?q=i&#38;sort=-total\"").says("aria-sort=\"descending\"");
        let by_total = s.get(&clerk, "/invoices?sort=-total").await;
        by_total.says("href=\"/invoices?sort=total\"").says("Largest amount first");
        assert!(order(&by_total.text) && !order(&s.get(&clerk, "/invoices?sort=total").await.text));
        assert!(order(&s.get(&clerk, "/open-items?sort=customer").await.text));
        assert!(!order(&s.get(&clerk, "/open-items?sort=-customer").await.text));
        for list in ["quotes", "orders", "payments"] {
            s.get(&clerk, &format!("/{list}?sort=-number&from=2026-01-01")).await.says("Nothing matches");
        }
        s.get(&clerk, "/invoices?sort=price").await.says("`price` is none of -date, date");
    }

    async fn ticked_rows_are_acted_on_one_by_one(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let (bolt, nut) = (s.customer("Bolt Ltd").await.to_string(), s.customer("Nut AG").await.to_string());
        let line = [("lines[0].description", "Pump"), ("lines[0].quantity", "1"), ("lines[0].unit_price", "100")];
        let of = |customer, intent| [&[("customer", customer), ("intent", intent)], &line[..]].concat();
        let id = |path: String| path.rsplit_once('/').unwrap().1.to_owned();

        let quote = id(s.post(&clerk, "/quotes", &of(&bolt, "draft")).await.leads());
        s.get(&clerk, "/quotes").await.says("Mark as sent");
        let send = [("id", quote.as_str()), ("intent", "send"), ("back", "/quotes?state=draft")];
        assert_eq!(s.post(&auditor, "/quotes/selected", &send).await.status, StatusCode::FORBIDDEN);
        assert_eq!(s.post(&clerk, "/quotes/selected", &send).await.leads(), "/quotes?state=draft");
        s.get(&clerk, "/quotes?state=sent").await.says("QUO-2026-00001");

        let (one, two) = (
            id(s.post(&clerk, "/orders", &of(&bolt, "draft")).await.leads()),
            id(s.post(&clerk, "/orders", &of(&nut, "draft")).await.leads()),
        );
        let both = |intent| [("id", one.as_str()), ("id", two.as_str()), ("intent", intent), ("back", "/evil")];
        assert_eq!(s.post(&clerk, "/orders/selected", &both("invoice")).await.leads(), "/orders");
        s.get(&clerk, "/orders?state=draft").await.says("2 orders on this page").says("Invoice what is left");
        s.post(&clerk, "/orders/selected", &both("confirm")[1..]).await.leads();
        s.post(&clerk, "/orders/selected", &both("invoice")).await.leads();
        s.get(&clerk, "/orders?state=completed").await.says("Nut AG").hides("Bolt Ltd");

        for _ in 0..2 {
            s.post(&clerk, "/invoices", &of(&bolt, "finish")).await.leads();
        }
        let list = s.get(&clerk, "/open-items?sort=number").await;
        let items: Vec<&str> = list.text.split("name=\"id\" value=\"").skip(1).map(|rest| &rest[..36]).collect();
        assert_eq!(items.len(), 3, "one of Nut AG and two of Bolt Ltd");
        let of_two = [("id", items[0]), ("id", items[1]), ("intent", "pay")];
        assert_eq!(s.post(&clerk, "/open-items/selected", &of_two).await.leads(), "/open-items");
        let paid = s.post(&clerk, "/open-items/selected", &[("id", items[1]), ("id", items[2])]).await.leads();
        s.get(&clerk, &paid).await.says("Bolt Ltd").says("value=\"238.00\"");
        assert_eq!(s.post(&auditor, "/open-items/selected", &of_two).await.status, StatusCode::FORBIDDEN);

        let draft = id(s.post(&clerk, "/invoices", &of(&bolt, "draft")).await.leads());
        s.post(&clerk, "/invoices/selected", &[("id", &draft), ("intent", "delete")]).await.leads();
        s.get(&clerk, "/invoices?state=draft").await.says("No invoice fits");
    }

    async fn a_list_is_kept_under_a_name_for_one_person(s: Site) {
        let (clerk, other) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Manager).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        s.get(&clerk, "/invoices").await.hides("Keep this view as");
        s.get(&clerk, "/invoices?state=open&sort=-total").await.says("Keep this view as").says("value=\"state=open&#38;sort=-total\"");
        let view = [("list", "invoices"), ("query", "state=open&sort=-total"), ("name", " Large & open ")];
        assert_eq!(s.post(&clerk, "/views", &view).await.leads(), "/invoices?state=open&sort=-total");
        let list = s.get(&clerk, "/invoices").await;
        list.says("href=\"/invoices?state=open&#38;sort=-total\"").says("Remove Large &#38; open");
        s.get(&clerk, "/invoices?state=open&sort=-total").await.hides("Keep this view as");
        s.get(&clerk, "/orders").await.hides("Large &#38; open");
        s.get(&other, "/invoices").await.hides("Large &#38; open");
        let nameless = [("list", "invoices"), ("query", "state=open"), ("name", " ")];
        assert_eq!(s.post(&clerk, "/views", &nameless).await.leads(), "/invoices?state=open", "back to what was to be kept");
        for list in ["/evil.example", "https://evil.example"] {
            let away = [("list", list), ("query", ""), ("name", "x")];
            assert_eq!(s.post(&clerk, "/views", &away).await.leads(), "/");
            assert_eq!(s.post(&clerk, "/views/remove", &away).await.leads(), "/");
        }
        let gone = [("list", "invoices"), ("name", "Large & open")];
        assert_eq!(s.post(&clerk, "/views/remove", &gone).await.leads(), "/invoices");
        s.get(&clerk, "/invoices").await.hides("Remove Large");
    }

    async fn ticked_payments_are_used_on_the_oldest_debts(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let (bolt, nut) = (s.customer("Bolt Ltd").await.to_string(), s.customer("Nut AG").await.to_string());
        // 119.00 of 9 February are older than 238.00 of 2 March.
        invoice(&s, &clerk, &bolt, ("200", "2026-03-02")).await;
        invoice(&s, &clerk, &bolt, ("100", "2026-02-09")).await;
        let mut ids = Vec::new();
        for (customer, money) in [(&bolt, "150.00"), (&nut, "10.00")] {
            let typed = [("customer", customer.as_str()), ("money", money), ("currency", "EUR"), ("received_on", "2026-03-12"), ("method", "wire")];
            let path = s.post(&clerk, "/payments", &typed).await.leads();
            ids.push(path.rsplit_once('/').unwrap().1.to_owned());
        }
        let ticked = [("id", ids[0].as_str()), ("id", ids[1].as_str()), ("intent", "oldest"), ("back", "/payments?sort=left")];
        assert_eq!(s.post(&auditor, "/payments/selected", &ticked).await.status, StatusCode::FORBIDDEN);
        assert_eq!(s.post(&clerk, "/payments/selected", &ticked).await.leads(), "/payments?sort=left");
        // 150.00 less 119.00 are 31.00 on the other: 207.00 stay open.
        s.get(&clerk, "/open-items").await.says("207.00").hides("119.00");
        s.get(&clerk, &format!("/payments/{}", ids[0])).await.says("INV-2026-000001").says("INV-2026-000002");
    }
}

async fn begin(engine: Engine) -> Option<Site> {
    Site::begin(engine).await
}
