//! Signing in, out, and up: who gets a session, how long it lasts, what a stranger learns.

use crate::visit::{ADA, BERTA, Browser, CLARA, Visit, empty, prepare};
use app::{App, Caller, Clock, users};
use domain::users::Role;
use testkit::{TestDatabase, on_both_engines};

on_both_engines!(
    prepare = prepare;
    the_right_password_opens_the_page_that_was_asked_for,
    nobody_is_sent_to_another_site,
    a_stranger_does_not_learn_who_has_an_account,
    many_tries_are_held_back_until_a_minute_has_passed,
    a_session_ends_after_twelve_hours,
    signing_out_ends_the_session_for_every_copy_of_the_cookie,
    a_disabled_user_is_out_at_once,
    one_switches_only_to_companies_where_one_works,
    a_new_password_signs_out_the_other_sessions,
);

async fn the_right_password_opens_the_page_that_was_asked_for(visit: Visit) {
    let mut browser = visit.browser();
    browser.get("/users?after=x").await.leads_to("/sign-in?next=/users%3Fafter%3Dx");
    browser.get("/sign-in?next=/account").await.is(200).says("value=\"/account\"");
    let typed = [("email", " ADA@acme.example "), ("password", ADA.1), ("next", "/account")];
    let answer = browser.post("/sign-in", &typed).await;
    answer.leads_to("/account");
    let cookie = answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap());
    let cookie = cookie.filter(|c| c.starts_with("quittance=")).collect::<Vec<_>>().join("");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{cookie}");
    browser.get("/account").await.is(200).says("Ada Admin").says("Acme GmbH").says("2026-03-16");
    browser.get("/sign-in").await.leads_to("/");
}

async fn nobody_is_sent_to_another_site(visit: Visit) {
    let mut browser = visit.browser();
    browser.get("/sign-in?next=https://evil.example").await.is(200).says("name=\"next\" value=\"/\"");
    let typed = [("email", ADA.0), ("password", ADA.1), ("next", "//evil.example/x")];
    browser.post("/sign-in", &typed).await.leads_to("/");
}

async fn a_stranger_does_not_learn_who_has_an_account(visit: Visit) {
    let caller = Caller::system(visit.acme);
    users::disable(&visit.app, &caller, visit.clara).await.unwrap();
    let mut pages = Vec::new();
    for who in [(ADA.0, "a wrong password"), ("nobody@acme.example", "a wrong password"), CLARA] {
        let mut browser = visit.browser();
        browser.get("/sign-in").await;
        let answer = browser.sign_in(who).await;
        answer.is(422).says("The e-mail or the password is not right.");
        // Each form carries a word of its own.
        let (before, after) = answer.body.split_once("name=\"send\" value=\"").unwrap();
        let page = format!("{before}{}", after.split_once('"').unwrap().1);
        pages.push(page.replace(who.0, "").replace(&browser.csrf, ""));
    }
    assert!(pages.windows(2).all(|two| two[0] == two[1]));
}

async fn many_tries_are_held_back_until_a_minute_has_passed(visit: Visit) {
    let mut browser = visit.browser();
    for _ in 0..10 {
        browser.sign_in((ADA.0, "guess after guess")).await.is(422);
    }
    let answer = browser.sign_in(ADA).await;
    answer.is(429).says("Too many tries. Wait 30 seconds and try again.");
    assert_eq!(answer.header("retry-after"), "30");
    browser.sign_in(CLARA).await.leads_to("/");
    let mut later = visit.browser();
    visit.later(60);
    later.sign_in(ADA).await.leads_to("/");
}

async fn a_session_ends_after_twelve_hours(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    visit.later(12 * 3600 - 1);
    browser.get("/").await.is(200);
    visit.later(1);
    browser.get("/").await.leads_to("/sign-in?next=/");
    assert_eq!(users::end_expired_sessions(&visit.app).await.unwrap(), 1);
}

async fn signing_out_ends_the_session_for_every_copy_of_the_cookie(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    let stolen = browser.cookies.clone();
    browser.post("/sign-out", &[]).await.leads_to("/sign-in");
    browser.get("/").await.leads_to("/sign-in?next=/");
    browser.cookies = stolen;
    browser.get("/").await.leads_to("/sign-in?next=/");
}

async fn a_disabled_user_is_out_at_once(visit: Visit) {
    let mut browser = visit.signed_in(CLARA).await;
    users::disable(&visit.app, &Caller::system(visit.acme), visit.clara).await.unwrap();
    browser.get("/").await.leads_to("/sign-in?next=/");
}

async fn one_switches_only_to_companies_where_one_works(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    browser.post("/company", &[("code", "BETA")]).await.is(404);
    let new = users::NewUser { email: ADA.0.into(), name: String::new(), role: Role::Auditor, password: String::new() };
    users::create_user(&visit.app, &Caller::system(visit.beta), new).await.unwrap();
    browser.post("/company", &[("code", "beta")]).await.leads_to("/");
    browser.get("/").await.is(200).says("Company: Beta AG").says("auditor");
    browser.get("/users").await.is(403).says("Your role does not allow this (users.manage).");
}

async fn a_new_password_signs_out_the_other_sessions(visit: Visit) {
    let (mut here, mut there) = (visit.signed_in(BERTA).await, visit.signed_in(BERTA).await);
    let wrong = [("current_password", "not mine at all"), ("new_password", "a new long password")];
    here.post("/account/password", &wrong).await.is(422).says("this is not your password");
    let short = [("current_password", BERTA.1), ("new_password", "short")];
    here.post("/account/password", &short).await.is(422).says("use 12 characters or more; this has 5");
    let right = [("current_password", BERTA.1), ("new_password", "a new long password")];
    here.post("/account/password", &right).await.leads_to("/account");
    here.get("/account").await.is(200).says("Your password is changed");
    there.get("/").await.leads_to("/sign-in?next=/");
    visit.browser().sign_in((BERTA.0, "a new long password")).await.leads_to("/");
}

on_both_engines!(
    prepare = empty;
    the_first_company_is_set_up_with_the_code_from_the_terminal,
);

async fn the_first_company_is_set_up_with_the_code_from_the_terminal(fresh: (App, Clock, TestDatabase)) {
    let config = web::Config { setup_code: Some("1234-5678".into()), ..web::Config::default() };
    let mut browser = Browser::new(web::router(fresh.0.clone(), config));
    browser.get("/").await.leads_to("/sign-in?next=/");
    browser.get("/sign-in").await.leads_to("/setup");
    browser.get("/setup").await.is(200);
    let with = |code: &'static str, password: &'static str| {
        [
            ("setup_code", code),
            ("company_code", "acme"),
            ("company_name", "Acme"),
            ("country", "DE"),
            ("currency", "EUR"),
            ("language", "de"),
            ("time_zone", "Europe/Berlin"),
            ("name", "Ada"),
            ("email", ADA.0),
            ("password", password),
        ]
    };
    let answer = browser.post("/setup", &with("9999-9999", ADA.1)).await;
    answer.is(422).says("this is not the code on the terminal").says("value=\"Acme\"");
    browser.post("/setup", &with("1234-5678", "short")).await.is(422).says("this has 5");
    assert!(app::companies::list(&fresh.0).await.unwrap().is_empty(), "all or nothing");
    browser.post("/setup", &with("1234-5678", ADA.1)).await.leads_to("/sign-in");
    browser.sign_in(ADA).await.leads_to("/");
    browser.get("/").await.is(200).says("administrator");
    browser.get("/setup").await.leads_to("/sign-in");
    let again = browser.post("/setup", &with("1234-5678", ADA.1)).await;
    assert!(!again.status.is_success());
}
