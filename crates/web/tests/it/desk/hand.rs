//! A line is posted by hand: the customer is found, the item is found among many, in the currency that was sent.

use super::{begin, document, stage};
use crate::browser::Site;
use app::{Caller, items};
use axum::http::StatusCode;
use kernel::{Currency, CustomerId, Date, FxRate, OpenItemId};
use store::catalogue::FxRateRow;
use testkit::on_both_engines;

impl Site {
    /// So many invoices of 119.00, in the order of their numbers.
    async fn many(&self, customer: CustomerId, count: usize) -> Vec<OpenItemId> {
        self.issue(&vec![document(customer, "100.00", None); count]).await
    }

    async fn open(&self, item: OpenItemId) -> i64 {
        items::show(&self.app, &Caller::system(self.company), item).await.unwrap().item.item.open_minor
    }
}

on_both_engines! {
    prepare = begin;

    async fn a_customer_with_nothing_open_is_found_and_gets_the_money_on_account(s: Site) {
        let (clerk, line) = stage(&s).await;
        let quiet = s.customer("Quiet GmbH").await.to_string();
        let found = s.get(&clerk, &format!("{line}?find=quiet")).await;
        found.says("Quiet GmbH").says("nothing open");
        let way = found.between(&format!("href=\"{line}?customer="), "\"").to_owned();
        assert_eq!(way, format!("{quiet}#hand"));
        let page = s.get(&clerk, &format!("{line}?customer={quiet}")).await;
        page.says("Nothing of this customer is open in EUR").says("All of it on account").hides("Another item");
        let fields = [("customer", quiet.as_str()), ("rest_on_account", "yes")];
        s.post(&clerk, &format!("{line}/allocation"), &fields).await.leads();
        s.get(&clerk, "/desk/posted").await.says("Quiet GmbH");
        let other = s.get(&clerk, "/desk").await;
        let other = other.between("<th scope=\"row\"><a href=\"", "\"").to_owned();
        s.get(&clerk, &format!("{other}?find=nobody-at-all")).await.says("and no customer does");
    }

    async fn an_item_beyond_those_shown_is_found_by_its_number(s: Site) {
        let (clerk, line) = stage(&s).await;
        let customer = s.customer("Bolt Ltd").await;
        let all = s.many(customer, 202).await;
        let (first, late) = (all[0], all[201]);
        let bolt = customer.to_string();
        let page = s.get(&clerk, &format!("{line}?customer={bolt}")).await;
        page.says("INV-2026-000001").says("INV-2026-000200").hides("INV-2026-000202").says("Only the oldest items");

        // Enter in the search ends the number and posts nothing; what was typed stays.
        let amount = format!("amount[{first}]");
        let typed = [("customer", bolt.as_str()), ("currency", "EUR"), (&amount, "19.00"), ("fee", "1.50")];
        let looked = [&typed[..], &[("look", "inv-2026-000202"), ("looked", "")]].concat();
        let page = s.post(&clerk, &format!("{line}/allocation"), &looked).await;
        assert_eq!(page.status, StatusCode::OK);
        page.says("INV-2026-000202").says("value=\"19.00\"").says("value=\"1.50\"").says("name=\"looked\" value=\"inv-2026-000202\"");
        let place = |item: OpenItemId| page.text.find(&format!("name=\"amount[{item}]\"")).unwrap();
        assert!(place(late) < place(first) && place(first) < place(all[1]), "what was found, what was typed, the oldest");
        let looked = [&typed[..], &[("look", "7-7"), ("looked", "7-7"), ("search", "yes")]].concat();
        let page = s.post(&clerk, &format!("{line}/allocation"), &looked).await;
        page.says("Nothing that Bolt Ltd may pay is open in EUR and fits.").says("value=\"19.00\"").says("value=\"7-7\"");

        // What was found and typed stays when something is wrong, and is posted when it is right.
        let amounts = (format!("amount[{first}]"), format!("amount[{late}]"));
        let both = |one: &'static str, other: &'static str| {
            let fields = [("customer", bolt.as_str()), ("currency", "EUR"), (&amounts.0, one), (&amounts.1, other)];
            [&fields[..], &[("look", "inv-2026-000202"), ("looked", "inv-2026-000202")]].concat()
        };
        let page = s.post(&clerk, &format!("{line}/allocation"), &both("19.00", "1oo")).await;
        page.says("Amount of INV-2026-000202").says("value=\"1oo\"").says("value=\"19.00\"");
        s.post(&clerk, &format!("{line}/allocation"), &both("19.00", "100.00")).await.leads();
        assert_eq!((s.open(first).await, s.open(late).await), (10_000, 1_900));
    }

    async fn a_number_that_is_looked_for_leads_to_the_item_of_its_customer(s: Site) {
        let (clerk, line) = stage(&s).await;
        let customer = s.customer("Bolt Ltd").await;
        let late = s.many(customer, 202).await[201];
        let found = s.get(&clerk, &format!("{line}?find=inv-2026-000202")).await;
        let way = found.between(&format!("href=\"{line}?customer="), "#hand").replace("&amp;", "&").replace("&#38;", "&");
        let page = s.get(&clerk, &format!("{line}?customer={way}")).await;
        page.says(&format!("name=\"amount[{late}]\"")).says("value=\"inv-2026-000202\"");
        // Of many items of one customer some are told.
        s.get(&clerk, &format!("{line}?find=bolt")).await.says("INV-2026-000005").says("and more").hides("INV-2026-000006");
    }

    async fn dollars_that_were_sent_pay_dollars_on_the_page(s: Site) {
        let (clerk, line) = stage(&s).await;
        let customer = s.customer("Bolt Ltd").await;
        let mut tx = s.app.db.begin().await.unwrap();
        let rate = FxRateRow {
            company_id: s.company,
            from_currency: Currency::USD,
            to_currency: Currency::EUR,
            on_date: "2026-01-01".parse::<Date>().unwrap(),
            rate: "0.90".parse::<FxRate>().unwrap(),
            source: "test".into(),
        };
        tx.insert(&[rate]).await.unwrap();
        // 119.00 EUR came in for 140.00 USD.
        let sent = "UPDATE bank_lines SET instructed_minor = 14000, instructed_currency = 'USD' WHERE payer_name = 'Bolt Ltd'";
        tx.sql(sent).run_one().await.unwrap();
        tx.commit().await.unwrap();
        let euros = s.debt(customer, "50.00").await;
        let dollars = s.debt_in(customer, "100.00", Some(Currency::USD)).await;
        let bolt = customer.to_string();
        let field = |item: OpenItemId| format!("name=\"amount[{item}]\"");
        let page = s.get(&clerk, &format!("{line}?customer={bolt}")).await;
        page.says(&field(euros)).hides(&field(dollars)).says("Items in USD").says("119.00 EUR came in");
        let page = s.get(&clerk, &format!("{line}?customer={bolt}&currency=USD")).await;
        page.says(&field(dollars)).hides(&field(euros)).says("140.00 USD sent, 119.00 EUR came in");
        page.says("data-total=\"140.00\"").says("name=\"currency\" value=\"USD\"");
        s.get(&clerk, &format!("{line}?find=INV-2026-000002")).await.says("119.00 USD").says("currency=USD");
        let amount = format!("amount[{dollars}]");
        let fields = [("customer", bolt.as_str()), ("currency", "USD"), (&amount, "119.005"), ("rest_on_account", "yes")];
        let page = s.post(&clerk, &format!("{line}/allocation"), &fields).await;
        page.says("Amount of INV-2026-000002").says("value=\"119.005\"").says("140.00 USD sent");
        let fields = [("customer", bolt.as_str()), ("currency", "USD"), (&amount, "119.00"), ("rest_on_account", "yes")];
        s.post(&clerk, &format!("{line}/allocation"), &fields).await.leads();
        assert_eq!((s.open(dollars).await, s.open(euros).await), (0, 5_950));
    }
}
