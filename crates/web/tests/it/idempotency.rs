//! A change that is sent twice happens once, whatever goes wrong in between.

use crate::visit::{Client, Visit, prepare};
use app::{
    App, Caller, Error, companies,
    idempotency::{Earlier, RequestKey, earlier},
    users,
};
use domain::users::Permission;
use serde_json::json;
use testkit::on_both_engines;

const KEY: (&str, &str) = ("idempotency-key", "order-4711");

async fn revoke(client: &Client, id: &str, key: &str) -> crate::visit::Answer {
    client.send("DELETE", &format!("/tokens/{id}"), &[("idempotency-key", key)], "").await
}

on_both_engines!(
    prepare = prepare;
    the_same_request_gets_the_same_answer,
    the_key_is_not_used_for_something_else,
    a_refusal_is_asked_anew,
    a_secret_is_not_kept,
    nothing_done_is_answered_again_too,
    keys_have_a_length,
    two_at_once_change_once,
    an_answer_that_was_lost_does_not_repeat_the_change,
    everything_about_users_is_on_record_and_no_secret_is,
);

async fn the_same_request_gets_the_same_answer(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    let headers = [KEY, ("if-match", "\"1\"")];
    let first = client.send("PATCH", "/company", &headers, r#"{"phone": "1"}"#).await;
    assert_eq!((first.is(200).header("idempotent-replayed"), first.header("etag")), ("", "\"2\""));
    let again = client.send("PATCH", "/company", &headers, r#"{"phone": "1"}"#).await;
    assert_eq!((again.is(200).header("idempotent-replayed"), again.header("etag")), ("true", "\"2\""));
    assert_eq!((&again.body, again.header("content-type")), (&first.body, "application/json"));
    assert_eq!(client.get("/company").await.header("etag"), "\"2\"");
}

async fn the_key_is_not_used_for_something_else(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    let headers = [KEY, ("if-match", "\"1\"")];
    client.send("PATCH", "/company", &headers, r#"{"phone": "1"}"#).await.is(200);
    let other = client.send("PATCH", "/company", &headers, r#"{"phone": "2"}"#).await;
    assert_eq!(other.is(409).json()["type"], "urn:quittance:problem:idempotency-key-reused");
    let elsewhere = client.send("POST", "/tokens", &[KEY], r#"{"phone": "1"}"#).await;
    elsewhere.is(409);
    // Another person's keys are her own.
    let beta = visit.client(visit.beta, visit.berta, Permission::ALL).await;
    beta.send("PATCH", "/company", &headers, r#"{"phone": "2"}"#).await.is(200);
}

async fn a_refusal_is_asked_anew(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    let headers = [KEY, ("if-match", "\"1\"")];
    client.send("PATCH", "/company", &headers, r#"{"name": ""}"#).await.is(422);
    client.send("PATCH", "/company", &headers, r#"{"name": "Acme SE"}"#).await.is(200);
}

async fn a_secret_is_not_kept(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    let body = r#"{"name": "till", "scopes": ["read"]}"#;
    let made = client.send("POST", "/tokens", &[KEY], body).await.is(201).json();
    let again = client.send("POST", "/tokens", &[KEY], body).await;
    let problem = again.is(409).json();
    assert_eq!(problem["type"], "urn:quittance:problem:idempotency-answer-missing");
    assert!(problem["detail"].as_str().unwrap().contains(made["id"].as_str().unwrap()), "{problem}");
    assert_eq!(client.get("/tokens").await.json()["items"].as_array().unwrap().len(), 2);
}

async fn nothing_done_is_answered_again_too(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    let made = client.send("POST", "/tokens", &[], r#"{"name": "till", "scopes": ["read"]}"#).await.json();
    let id = made["id"].as_str().unwrap();
    revoke(&client, id, "one").await.is(204);
    revoke(&client, id, "two").await.is(204);
    assert_eq!(revoke(&client, id, "one").await.is(204).header("idempotent-replayed"), "true");
    assert_eq!(revoke(&client, id, "two").await.is(204).header("idempotent-replayed"), "true");
}

async fn keys_have_a_length(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    for key in ["", &"k".repeat(256)] {
        client.send("POST", "/tokens", &[("idempotency-key", key)], "{}").await.is(400);
    }
}

async fn two_at_once_change_once(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    let body = r#"{"name": "till", "scopes": ["read"]}"#;
    let headers = [KEY];
    let send = || client.send("POST", "/tokens", &headers, body);
    let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
    let mut statuses = [a, b, c, d].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(client.get("/tokens").await.json()["items"].as_array().unwrap().len(), 2);
}

/// Changes the company as it is in `version`.
async fn calls_itself(app: &App, caller: &Caller, version: i64) -> app::Result<()> {
    let before = companies::facts_of(&companies::show(app, caller).await?);
    let facts = companies::CompanyFacts { phone: Some(version.to_string()), ..before };
    companies::change_facts(app, caller, version, facts).await
}

/// The program ends between the commit and the answer: the effect is there once, and the caller is told.
async fn an_answer_that_was_lost_does_not_repeat_the_change(visit: Visit) {
    let caller = Caller::system(visit.acme);
    let asked = RequestKey::new(&visit.app, &caller, "k", "digest".into());
    let seen = visit.app.for_request(asked.clone());
    calls_itself(&seen, &caller, 1).await.unwrap();
    let Earlier::Unanswered(Some((kind, id))) = earlier(&visit.app, &caller, &asked).await.unwrap() else { panic!() };
    assert_eq!((kind.as_str(), id), ("company", visit.acme.0));
    // Another process that had not seen it: its whole change is rolled back with the key.
    let blind = visit.app.for_request(RequestKey::new(&visit.app, &caller, "k", "digest".into()));
    let again = calls_itself(&blind, &caller, 2).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    assert_eq!(companies::show(&visit.app, &caller).await.unwrap().phone.as_deref(), Some("1"));
    // A request of two steps notes its key with the first.
    calls_itself(&seen, &caller, 2).await.unwrap();
    let other = RequestKey::new(&visit.app, &caller, "k", "other".into());
    assert!(matches!(earlier(&visit.app, &caller, &other).await.unwrap(), Earlier::Another));
    visit.later(7 * 24 * 3600 + 1);
    assert_eq!(app::idempotency::forget_old(&visit.app).await.unwrap(), 1);
    assert!(matches!(earlier(&visit.app, &caller, &asked).await.unwrap(), Earlier::Nothing));
}

async fn everything_about_users_is_on_record_and_no_secret_is(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, Permission::ALL).await;
    client.send("PATCH", "/company", &[KEY, ("if-match", "\"1\"")], r#"{"phone": "1"}"#).await.is(200);
    users::set_password(&visit.app, &Caller::system(visit.acme), visit.clara, "a brand new one".into()).await.unwrap();
    let mut tx = visit.app.db.snapshot().await.unwrap();
    let events = tx.select::<store::audit::EventRow>("WHERE company_id = $1 ORDER BY id").bind(visit.acme);
    let events = events.all::<store::audit::EventRow>().await.unwrap();
    let actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
    let expected =
        ["company.created", "user.added", "user.added", "token.created", "company.changed", "user.password_set"];
    assert_eq!(actions, expected);
    assert_eq!(events[4].actor, "API token shop");
    let all = format!("{events:?}");
    for secret in ["argon2", "qt_", "a brand new one", "token_digest"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert_eq!(events[3].after.as_ref().unwrap()["name"], json!("shop"));
}
