//! Settings of documents through their pages: payment terms with their example, tax codes, holidays, exchange rates.

use crate::visit::{ADA, Answer, BERTA, CLARA, Visit, prepare};
use testkit::on_both_engines;

/// The address of the list's row that opens under these words.
fn opened(list: &Answer, words: &str) -> String {
    let marked = format!("\" data-open>{words}");
    let (before, _) = list.body.split_once(&marked).unwrap_or_else(|| panic!("no {words} in {}", list.body));
    before.rsplit_once("href=\"").unwrap().1.to_owned()
}

fn two_parts() -> Vec<(&'static str, &'static str)> {
    vec![
        ("code", "half-half"),
        ("instalments[0].percent", "50"),
        ("instalments[0].due.rule", "net_days"),
        ("instalments[0].due.days", "10"),
        ("instalments[1].percent", "40"),
        ("instalments[1].due.rule", "day_of_month"),
        ("instalments[1].due.day", "15"),
        ("instalments[1].due.months", "1"),
        ("grace_days", "0"),
        ("business_days", "following"),
    ]
}

on_both_engines! { prepare = prepare;
    async fn terms_are_made_with_an_example_and_changed(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        // The clock stands at Monday 2026-03-16; net 30 is Wednesday 2026-04-15.
        ada.get("/settings/terms").await.is(200).says("2026-04-15").says("2 % until 2026-03-26");
        ada.get("/settings/terms/new").await.is(200).says("<strong>1,000.00 EUR</strong> on <strong>Wednesday 2026-04-15</strong>");
        let wrong = ada.post("/settings/terms", &two_parts()).await;
        wrong.is(422).says("the instalments add up to 90 %, not to 100 %").says("value=\"half-half\"").says("value=\"40\"");
        // Ten days are Thursday 2026-03-26; the 15th of April is a Wednesday.
        let mut right = two_parts();
        right[4].1 = "50";
        let example = ada.post("/settings/terms/example", &right).await;
        example.is(200).says("<strong>500.00 EUR</strong> on <strong>Thursday 2026-03-26</strong>").says("Wednesday 2026-04-15");
        ada.post("/settings/terms", &right).await.leads_to("/settings/terms");
        let list = ada.get("/settings/terms").await;
        let path = opened(list.says("Payment terms half-half were added.").says("2026-03-26, 2026-04-15"), "2 instalments");
        ada.get(&path).await.is(200).says("name=\"version\" value=\"1\"").says("value=\"15\"");
        right.push(("version", "1"));
        right.extend([("discounts[1].percent", "2"), ("discounts[1].within_days", "ten")]);
        let wrong = ada.post(&path, &right).await;
        wrong.is(422).says("id=\"e-discounts[0].within_days\"").says("value=\"ten\"");
        right.pop();
        right.push(("discounts[1].within_days", "7"));
        ada.post(&path, &right).await.leads_to("/settings/terms");
        ada.get("/settings/terms").await.says("2 % until 2026-03-23");
        ada.post(&path, &right).await.is(422).says("Somebody else changed this");
        ada.post(&format!("{path}/archive"), &[]).await.leads_to("/settings/terms");
        ada.get(&path).await.says("These terms are archived");
        let usual = opened(&ada.get("/settings/terms").await, "net 30");
        ada.post(&format!("{usual}/archive"), &[]).await.is(422).says("usual terms");
        visit.signed_in(BERTA).await.get(&path).await.is(404);
        let mut clara = visit.signed_in(CLARA).await;
        clara.get("/settings/terms").await.is(200).says("net 30");
        clara.get("/settings/terms/new").await.is(403);
        clara.post("/settings/terms", &right).await.is(403);
    }

    async fn another_row_is_asked_for_without_saving(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/settings/terms/new").await.is(200);
        let mut more = two_parts();
        more.push(("show", "instalment"));
        ada.post("/settings/terms", &more).await.is(200).says("Instalment 3").says("There is no example yet");
        let rates = [("code", "hotel"), ("rates[0].rate", "7"), ("rates[0].valid_from", "2026-01-01"), ("show", "rate")];
        ada.post("/settings/taxes", &rates).await.is(200).says("name=\"rates[1].rate\"").says("value=\"hotel\"");
    }

    async fn a_tax_code_has_rates_by_day_or_a_reason(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/settings/taxes").await.is(200).says("19 %").says("Reverse charge");
        let mut hotel = vec![
            ("code", "hotel"), ("name", "Hotel nights"), ("category", "S"), ("exemption_reason", "because"),
            ("rates[0].rate", "7"), ("rates[0].valid_from", "2026-01-01"),
            ("rates[1].rate", "19 %"), ("rates[1].valid_from", "2026-07-01"),
        ];
        ada.get("/settings/taxes/new").await.is(200);
        ada.post("/settings/taxes", &hotel).await.is(422).says("id=\"e-exemption_reason\"").says("value=\"Hotel nights\"");
        hotel[3].1 = "";
        hotel[7].1 = "2025-07-01";
        ada.post("/settings/taxes", &hotel).await.is(422).says("id=\"e-rates[1].valid_from\"");
        hotel[7].1 = "";
        ada.post("/settings/taxes", &hotel).await.is(422).says("give the first day of this rate");
        hotel[7].1 = "2026-07-01";
        ada.post("/settings/taxes", &hotel).await.leads_to("/settings/taxes");
        let list = ada.get("/settings/taxes").await;
        let path = opened(list.says("19 % from 2026-07-01").says("7 %"), "Hotel nights");
        let exempt = [("version", "1"), ("name", "Hotel nights"), ("category", "E"), ("exemption_reason", "")];
        ada.post(&path, &exempt).await.is(422).says("id=\"e-exemption_reason\"");
        let exempt = [("version", "1"), ("name", "Hotel nights"), ("category", "E"), ("exemption_reason", "Youth hostel")];
        ada.post(&path, &exempt).await.leads_to("/settings/taxes");
        ada.get("/settings/taxes").await.says("Youth hostel");
        visit.signed_in(CLARA).await.post("/settings/taxes", &hotel).await.is(403);
    }

    async fn due_days_move_around_the_calendar_in_use(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/settings/calendars/new").await.is(200).says("Germany (all states)");
        let wrong = [("name", "Works"), ("holidays", "2026-04-15 outing\n31/12/2026"), ("weekend", "6"), ("weekend", "7")];
        ada.post("/settings/calendars", &wrong).await.is(422).says("line 2").says("31/12/2026");
        let right = [("name", "Works"), ("holidays", "2026-04-15 outing"), ("weekend", "6"), ("weekend", "7")];
        ada.post("/settings/calendars", &right).await.leads_to("/settings/calendars");
        let path = opened(&ada.get("/settings/calendars").await, "Works");
        ada.get(&path).await.says("2026-04-15 Wednesday");
        ada.post(&format!("{path}/use"), &[]).await.leads_to("/settings/calendars");
        let net_30 = [
            ("instalments[0].percent", "100"), ("instalments[0].due.rule", "net_days"), ("instalments[0].due.days", "30"),
            ("business_days", "following"),
        ];
        ada.post("/settings/terms/example", &net_30).await.says("Thursday 2026-04-16");
        ada.post("/settings/calendars/none/use", &[]).await.leads_to("/settings/calendars");
        ada.post("/settings/terms/example", &net_30).await.says("Wednesday 2026-04-15");
    }

    async fn an_exchange_rate_is_entered_and_replaced(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/settings/rates").await.is(200).says("No rates yet");
        let rate = |rate: &'static str| [("from", "USD"), ("on", "2026-03-16"), ("rate", rate), ("source", "ECB")];
        ada.post("/settings/rates", &rate("0")).await.is(422).says("id=\"e-rate\"").says("more than 0");
        ada.post("/settings/rates", &rate("cheap")).await.is(422).says("id=\"e-rate\"").says("value=\"cheap\"");
        ada.post("/settings/rates", &rate("0,9123")).await.leads_to("/settings/rates");
        ada.get("/settings/rates").await.says("0.9123");
        ada.post("/settings/rates", &rate("0.9130")).await.leads_to("/settings/rates");
        let list = ada.get("/settings/rates").await;
        assert!(!list.says("0.913").body.contains("0.9123"));
        visit.signed_in(CLARA).await.get("/settings/rates").await.is(200);
    }

    async fn an_administrator_sets_one_more_company_up(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/settings/companies").await.is(200).says("You are here").says("/settings/companies/new");
        let mut typed = vec![("code", "acme"), ("name", "Acme Austria"), ("country", "AT"), ("currency", "EUR")];
        typed.extend([("language", "de"), ("time_zone", "Europe/Wien")]);
        ada.post("/settings/companies", &typed).await.is(422).says("id=\"e-time_zone\"").says("value=\"Acme Austria\"");
        typed[5].1 = "Europe/Vienna";
        ada.post("/settings/companies", &typed).await.is(422).says("there is a company ACME already");
        typed[0].1 = "acat";
        ada.post("/settings/companies", &typed).await.leads_to("/settings");
        ada.get("/settings").await.is(200).says("Acme Austria was set up").says("value=\"ACAT\"");
        ada.get("/users").await.is(200).says("Ada Admin");
        let companies = ada.get("/settings/companies").await;
        companies.says("Acme GmbH").says("value=\"ACME\">Go there");
        let mut clara = visit.signed_in(CLARA).await;
        assert!(!clara.get("/settings/companies").await.is(200).body.contains("/settings/companies/new"));
        clara.get("/settings/companies/new").await.is(403);
        clara.post("/settings/companies", &typed).await.is(403);
    }
}
