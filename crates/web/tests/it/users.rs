//! The pages on which an administrator lets people and programs in.

use crate::visit::{ADA, BERTA, CLARA, Visit, person, prepare};
use app::{Caller, users};
use domain::users::Role;
use testkit::on_both_engines;

on_both_engines!(
    prepare = prepare;
    an_administrator_lets_somebody_in,
    roles_change_and_take_effect_at_once,
    a_company_keeps_an_administrator,
    disabling_can_be_undone_from_the_message,
    nobody_takes_over_an_account_that_works_elsewhere_too,
    users_of_another_company_are_not_there,
    long_lists_come_in_pages,
    a_token_is_shown_once_and_revoked,
);

async fn an_administrator_lets_somebody_in(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    let answer = browser
        .post("/users", &[("name", "Sam <Sales>"), ("email", "sam"), ("role", "sales"), ("password", "short")])
        .await;
    answer.is(422).says("value=\"Sam &#60;Sales&#62;\"").says("use an address such as").says("this has 5");
    let typed =
        [("name", "Sam Sales"), ("email", "Sam@acme.example"), ("role", "sales"), ("password", "sam sells by the sea")];
    browser.post("/users", &typed).await.leads_to("/users");
    browser.get("/users").await.is(200).says("sam@acme.example").says("Sam Sales may work here now.");
    let gone = browser.get("/users").await;
    assert!(!gone.body.contains("may work here now"), "a message is shown once");
    browser.post("/users", &typed).await.is(422).says("Sam Sales works here already");
    visit.browser().sign_in(("sam@acme.example", "sam sells by the sea")).await.leads_to("/");
}

async fn roles_change_and_take_effect_at_once(visit: Visit) {
    let (mut ada, mut clara) = (visit.signed_in(ADA).await, visit.signed_in(CLARA).await);
    clara.get("/users").await.is(403);
    ada.post(&format!("/users/{}/role", visit.clara), &[("role", "administrator")]).await.leads_to("/users");
    clara.get("/users").await.is(200).says("Ada Admin");
    ada.post(&format!("/users/{}/role", visit.clara), &[("role", "emperor")]).await.is(400);
}

async fn a_company_keeps_an_administrator(visit: Visit) {
    let mut ada = visit.signed_in(ADA).await;
    let answer = ada.post(&format!("/users/{}/role", visit.ada), &[("role", "clerk")]).await;
    answer.is(422).says("Ada Admin is the only administrator here");
    ada.post(&format!("/users/{}/disable", visit.ada), &[]).await.is(422).says("cannot do this to yourself");
}

async fn disabling_can_be_undone_from_the_message(visit: Visit) {
    let mut ada = visit.signed_in(ADA).await;
    ada.post(&format!("/users/{}/disable", visit.clara), &[]).await.leads_to("/users");
    let undo = format!("/users/{}/enable", visit.clara);
    ada.get("/users").await.is(200).says(&format!("action=\"{undo}\"")).says("Disabled");
    ada.post(&undo, &[]).await.leads_to("/users");
    visit.browser().sign_in(CLARA).await.leads_to("/");
}

async fn nobody_takes_over_an_account_that_works_elsewhere_too(visit: Visit) {
    let new = users::NewUser { email: BERTA.0.into(), name: String::new(), role: Role::Clerk, password: String::new() };
    users::create_user(&visit.app, &Caller::system(visit.acme), new).await.unwrap();
    let mut ada = visit.signed_in(ADA).await;
    let answer = ada.post(&format!("/users/{}/disable", visit.berta), &[]).await;
    answer.is(422).says("Berta Beta also works for BETA");
    ada.post(&format!("/users/{}/remove", visit.berta), &[]).await.leads_to("/users");
    visit.browser().sign_in(BERTA).await.leads_to("/");
}

async fn users_of_another_company_are_not_there(visit: Visit) {
    let mut ada = visit.signed_in(ADA).await;
    for verb in ["disable", "enable", "remove"] {
        ada.post(&format!("/users/{}/{verb}", visit.berta), &[]).await.is(404);
    }
    let page = ada.get("/users").await;
    assert!(!page.body.contains("Berta"), "{}", page.body);
    ada.post("/users/not-an-id/disable", &[]).await.is(404);
}

async fn long_lists_come_in_pages(visit: Visit) {
    for n in 0..3 {
        let (email, name) = (format!("p{n}@acme.example"), format!("Person {n}"));
        person(&visit.app, visit.acme, (&email, "a password for all"), &name, Role::Clerk).await;
    }
    let list = async |search: Option<&str>, after| {
        let search = search.map(str::to_owned);
        let asked = users::MemberList { search, after, limit: Some(2), ..users::MemberList::default() };
        users::list(&visit.app, &Caller::system(visit.acme), asked).await.unwrap()
    };
    let page = list(None, None).await;
    let names = |page: &app::lists::Page<users::Member>| page.rows.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&page), ["Ada Admin", "Clara Clerk"]);
    let page = list(None, page.next).await;
    assert_eq!(names(&page), ["Person 0", "Person 1"]);
    let page = list(None, page.next).await;
    assert_eq!((names(&page), page.next), (vec!["Person 2".to_owned()], None));
    assert_eq!(names(&list(Some(" CLERK "), None).await), ["Clara Clerk"]);
    assert_eq!(names(&list(Some("p1@acme"), None).await), ["Person 1"]);
    assert_eq!(names(&list(Some("p_@acme"), None).await), [""; 0]);
    let mut ada = visit.signed_in(ADA).await;
    let found = ada.get("/users?q=p2%40").await;
    assert!(!found.is(200).says("Person 2").says("value=\"p2@\"").body.contains("Person 1"));
    ada.get("/users?q=nobody").await.is(200).says("No user fits");
    ada.get("/users?sort=-email").await.is(200).says("href=\"/users?sort=email\"").says("Person 2");
    ada.get("/users?sort=age").await.is(422).says("`age` is none of name, ");
}

async fn a_token_is_shown_once_and_revoked(visit: Visit) {
    let mut ada = visit.signed_in(ADA).await;
    let wrong = ada.post("/tokens", &[("name", "shop"), ("expires_on", "2026-03-15")]).await;
    wrong.is(422).says("choose at least one thing").says("choose today or a later day").says("value=\"shop\"");
    let made = ada.post("/tokens", &[("name", "shop"), ("scopes", "read"), ("scopes", "audit.read")]).await;
    let (_, after) = made.is(200).body.split_once("qt_").unwrap();
    let secret = format!("qt_{}", &after[..64]);
    let list = ada.get("/tokens").await;
    list.is(200).says("title=\"read\">See the books").says("title=\"audit.read\">See the audit log");
    assert!(!list.body.contains("qt_"));
    let caller = users::token(&visit.app, &secret).await.unwrap().unwrap();
    assert_eq!(caller.company, visit.acme);
    let (_, after) = list.body.split_once("action=\"/tokens/").unwrap();
    let id = &after[..36];
    ada.post(&format!("/tokens/{id}/revoke"), &[]).await.leads_to("/tokens");
    assert!(users::token(&visit.app, &secret).await.unwrap().is_none());
    let mut clara = visit.signed_in(CLARA).await;
    clara.get("/tokens").await.is(403);
}
