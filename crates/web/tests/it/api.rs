//! The API: tokens and scopes, problems, versions, pages, and that companies do not see each other.

mod isolation;
mod money;
mod sales;
mod scene;

use crate::visit::{Visit, prepare, send};
use app::{Caller, users};
use axum::{body::Body, http::Request};
use domain::users::{Permission, Role};
use serde_json::{Value, json};
use testkit::on_both_engines;

const ALL: &[Permission] = Permission::ALL;

on_both_engines!(
    prepare = prepare;
    a_token_says_who_calls,
    without_a_valid_token_there_is_nothing,
    a_token_ends_when_its_last_day_is_over,
    a_token_may_do_what_its_scopes_and_its_owners_role_both_allow,
    a_token_makes_no_token_that_may_do_more,
    problems_name_the_field,
    unknown_addresses_and_methods_are_problems_too,
    lists_are_paged_by_key,
    a_change_names_the_version_it_has_seen,
    companies_do_not_see_each_other,
    a_token_that_calls_too_often_is_held_back,
    the_last_use_is_noted_once_a_minute,
    the_document_describes_every_operation,
);

async fn a_token_says_who_calls(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, &[Permission::Read]).await;
    let me = client.get("/me").await.is(200).json();
    let expected =
        json!({"name": "API token shop", "company_code": "ACME", "company_name": "Acme GmbH", "scopes": ["read"]});
    assert_eq!(me, expected);
}

async fn without_a_valid_token_there_is_nothing(visit: Visit) {
    let bare = send(&visit.router, Request::get("/api/v1/me").body(Body::empty()).unwrap()).await;
    assert_eq!(bare.is(401).header("www-authenticate"), "Bearer");
    assert_eq!(bare.header("content-type"), "application/problem+json");
    let mut client = visit.client(visit.acme, visit.ada, &[Permission::Read]).await;
    let real = client.token.clone();
    for token in ["", "qt_", "qt_00", &real[..66], "Basic"] {
        client.token = token.to_owned();
        client.get("/me").await.is(401);
    }
    client.token = real;
    users::disable(&visit.app, &Caller::system(visit.acme), visit.clara).await.unwrap();
    client.get("/me").await.is(200);
    users::set_role(&visit.app, &Caller::system(visit.acme), visit.clara, Role::Administrator).await.unwrap();
    let hers = visit.client(visit.acme, visit.clara, &[Permission::Read]).await;
    hers.get("/me").await.is(401);
}

async fn a_token_ends_when_its_last_day_is_over(visit: Visit) {
    let new = users::NewToken {
        name: "once".into(),
        scopes: vec![Permission::Read],
        expires_on: Some("2026-03-16".parse().unwrap()),
        owner: Some(visit.ada),
    };
    let made = users::create_token(&visit.app, &Caller::system(visit.acme), new).await.unwrap();
    // Midnight in Berlin is 23:00 UTC in winter.
    visit.clock.set("2026-03-16T22:59:59Z".parse().unwrap());
    assert!(users::token(&visit.app, &made.token).await.unwrap().is_some());
    visit.clock.set("2026-03-16T23:00:00Z".parse().unwrap());
    assert!(users::token(&visit.app, &made.token).await.unwrap().is_none());
}

async fn a_token_may_do_what_its_scopes_and_its_owners_role_both_allow(visit: Visit) {
    let reader = visit.client(visit.acme, visit.ada, &[Permission::Read]).await;
    let problem = reader.get("/users").await.is(403).json();
    assert_eq!(problem["type"], "urn:quittance:problem:forbidden");
    assert_eq!(problem["detail"], "Your role does not allow this (users.manage).");
    let manager = visit.client(visit.acme, visit.ada, ALL).await;
    manager.get("/users").await.is(200);
    let caller = Caller::system(visit.acme);
    users::set_role(&visit.app, &caller, visit.clara, Role::Administrator).await.unwrap();
    users::set_role(&visit.app, &caller, visit.ada, Role::Auditor).await.unwrap();
    manager.get("/users").await.is(403);
    assert_eq!(manager.get("/me").await.json()["scopes"], json!(["read", "audit.read"]));
}

async fn a_token_makes_no_token_that_may_do_more(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, &[Permission::Read, Permission::ManageTokens]).await;
    let body = r#"{"name": "more", "scopes": ["read", "users.manage"]}"#;
    let problem = client.send("POST", "/tokens", &[], body).await.is(422).json();
    assert_eq!(
        problem["errors"][0],
        json!({"field": "scopes", "message": "a token may not do more than its owner: users.manage"})
    );
    let made = client.send("POST", "/tokens", &[], r#"{"name": "less", "scopes": ["read"]}"#).await;
    let body = made.is(201).json();
    assert_eq!(made.header("location"), format!("/api/v1/tokens/{}", body["id"].as_str().unwrap()));
    assert!(body["secret"].as_str().unwrap().starts_with("qt_"));
    let list = client.get("/tokens").await.is(200).body.clone();
    assert!(!list.contains("qt_") && !list.contains("digest"), "{list}");
}

async fn problems_name_the_field(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, ALL).await;
    let problem =
        client.send("POST", "/tokens", &[], r#"{"name": "x", "scopes": ["read", "fly"]}"#).await.is(422).json();
    assert_eq!(problem["title"], "Unprocessable Entity");
    assert_eq!((&problem["status"], &problem["instance"]), (&json!(422), &json!("/api/v1/tokens")));
    assert_eq!(problem["errors"][0]["field"], "scopes[1]");
    let problem = client.send("POST", "/tokens", &[], r#"{"name": "x"}"#).await.is(422).json();
    assert_eq!(problem["errors"], json!([{"field": "scopes", "message": "is missing"}]));
    let problem =
        client.send("POST", "/tokens", &[], r#"{"name": "x", "scopes": [], "colour": 1}"#).await.is(422).json();
    assert_eq!(problem["errors"][0]["field"], "colour");
    client.send("POST", "/tokens", &[], "{").await.is(400);
    client.send("POST", "/tokens", &[], "{\"name\": \"\\u0000\", \"scopes\": []}").await.is(400);
    let form = client.request("POST", "/tokens").header("content-type", "text/plain");
    send(&visit.router, form.body(Body::from("{}")).unwrap()).await.is(415);
}

async fn unknown_addresses_and_methods_are_problems_too(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, ALL).await;
    for (method, path, status) in [("GET", "/nothing", 404), ("DELETE", "/me", 405), ("DELETE", "/tokens/7", 404)] {
        let answer = client.send(method, path, &[], "").await;
        assert_eq!(answer.is(status).header("content-type"), "application/problem+json", "{path}");
        assert_eq!(answer.json()["instance"], format!("/api/v1{path}"));
    }
    assert_eq!(client.send("DELETE", "/me", &[], "").await.header("allow"), "GET,HEAD");
    send(&visit.router, Request::get("/api").body(Body::empty()).unwrap()).await.is(404);
}

async fn lists_are_paged_by_key(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, ALL).await;
    let first = client.get("/users?limit=1").await.is(200).json();
    assert_eq!(first["items"][0]["name"], "Ada Admin");
    let next = first["next"].as_str().unwrap();
    let second = client.get(&format!("/users?limit=1&after={next}")).await.is(200).json();
    assert_eq!((&second["items"][0]["name"], &second["next"]), (&json!("Clara Clerk"), &Value::Null));
    for query in ["limit=0", "limit=201", "limit=x", "after=x", "after=%00"] {
        client.get(&format!("/users?{query}")).await.is(400);
    }
    // A cursor of another list.
    let tokens = visit.client(visit.acme, visit.ada, ALL).await.get("/tokens?limit=1").await.json();
    client.get(&format!("/users?after={}", tokens["next"].as_str().unwrap())).await.is(422);
}

async fn a_change_names_the_version_it_has_seen(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, ALL).await;
    let seen = client.get("/company").await;
    assert_eq!(seen.is(200).header("etag"), "\"1\"");
    let change = r#"{"tax_id": "DE136695976", "address": {"city": "Bonn"}}"#;
    client.send("PATCH", "/company", &[], change).await.is(428);
    let changed = client.send("PATCH", "/company", &[("if-match", "\"1\"")], change).await;
    assert_eq!(changed.is(200).header("etag"), "\"2\"");
    assert_eq!((&changed.json()["tax_id"], &changed.json()["name"]), (&json!("DE136695976"), &json!("Acme GmbH")));
    let stale = client.send("PATCH", "/company", &[("if-match", "\"1\"")], change).await;
    assert_eq!(stale.is(412).json()["type"], "urn:quittance:problem:stale");
    client.send("PATCH", "/company", &[("if-match", "\"x\"")], change).await.is(412);
    let cleared = client.send("PATCH", "/company", &[("if-match", "\"2\"")], r#"{"tax_id": null}"#).await;
    assert_eq!(cleared.is(200).json()["tax_id"], Value::Null);
    let wrong = json!({"name": " ", "country": "ZZ", "language": "klingon!", "time_zone": "Mars", "tax_id": "DE123",
        "email": "nobody", "phone": "1".repeat(51), "website": "w".repeat(201),
        "address": {"street": "s".repeat(301), "country": "FR"}});
    let wrong = client.send("PATCH", "/company", &[("if-match", "\"3\"")], &wrong.to_string()).await;
    let wrong = wrong.is(422).json();
    let mut fields: Vec<_> = wrong["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    let all = ["address.country", "address.street", "country", "email", "language", "name", "phone", "time_zone"];
    assert_eq!(fields[..8], all, "{wrong}");
    assert!(fields[8..].contains(&"website"), "{wrong}");
    // The currency is what the books are kept in.
    client.send("PATCH", "/company", &[("if-match", "\"3\"")], r#"{"currency": "USD"}"#).await.is(422);
    let account = r#"{"name": "Second", "iban": "DE00123456789012345678", "bic": "X"}"#;
    let account = client.send("POST", "/bank-accounts", &[], account).await;
    let account = account.is(422).json();
    let fields: Vec<_> = account["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["iban", "bic"]);
}

async fn companies_do_not_see_each_other(visit: Visit) {
    let (acme, beta) =
        (visit.client(visit.acme, visit.ada, ALL).await, visit.client(visit.beta, visit.berta, ALL).await);
    let id = acme.get("/tokens").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    beta.send("DELETE", &format!("/tokens/{id}"), &[], "").await.is(404);
    assert!(!beta.get("/users").await.body.contains("Ada"));
    assert_eq!(beta.get("/company").await.json()["code"], "BETA");
    acme.send("DELETE", &format!("/tokens/{id}"), &[], "").await.is(204);
    acme.get("/me").await.is(401);
}

async fn a_token_that_calls_too_often_is_held_back(visit: Visit) {
    let mut client = visit.client(visit.acme, visit.ada, &[Permission::Read]).await;
    client.token = format!("qt_{}", "0".repeat(64));
    for _ in 0..2_000 {
        client.get("/me").await.is(401);
    }
    let held = client.get("/me").await;
    assert_eq!(held.is(429).header("retry-after"), "1");
    visit.later(1);
    client.get("/me").await.is(401);
}

async fn the_last_use_is_noted_once_a_minute(visit: Visit) {
    let client = visit.client(visit.acme, visit.ada, ALL).await;
    let noted = async || client.get("/tokens").await.json()["items"][0]["last_used_at"].clone();
    assert_eq!(noted().await, "2026-03-16T11:00:00Z");
    visit.later(59);
    assert_eq!(noted().await, "2026-03-16T11:00:00Z");
    visit.later(1);
    assert_eq!(noted().await, "2026-03-16T11:01:00Z");
}

async fn the_document_describes_every_operation(visit: Visit) {
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let document = send(&visit.router, get("/api/openapi.json")).await.is(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            let keyed = operation["parameters"].to_string().contains("Idempotency-Key");
            assert_eq!(keyed, method != "get", "{method} {path}");
        }
    }
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split_once('"').unwrap().0;
        assert!(document["components"]["schemas"][name].is_object(), "{name} is described");
    }
    let docs = send(&visit.router, get("/api/docs/")).await;
    assert!(docs.is(200).header("content-security-policy").contains("script-src 'self';"));
}
