//! Companies do not see each other, proven for every operation that the API's document has: with one company's real ids
//! in the addresses and another company's token, all of them answer 403 or 404, and nothing changes.

use super::scene::{Scene, sale};
use crate::visit::{Client, Visit, prepare, send};
use axum::{body::Body, http::Request};
use domain::users::Permission;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use testkit::on_both_engines;

on_both_engines!(
    prepare = prepare;
    no_operation_reaches_another_company,
    every_operation_says_which_scope_it_asks_for,
);

/// Parts of addresses that are no ids: they mean the caller's own accounts, months, series, reports and blocked payers.
const OWN: [&str; 5] = ["{code}", "{month}", "{kind}", "{name}", "{key}"];

/// An operation as the document describes it.
struct Operation {
    method: String,
    path: String,
    about: Value,
}

async fn document(visit: &Visit) -> Value {
    let request = Request::get("/api/openapi.json").body(Body::empty()).unwrap();
    send(&visit.router, request).await.is(200).json()
}

fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone().into_iter();
        let path = path.clone();
        item.map(move |(method, about)| Operation { method: method.to_uppercase(), path: path.clone(), about })
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// The address with real ids in it.
fn filled(path: &str, ids: &BTreeMap<&str, String>) -> String {
    let collection = path.trim_start_matches("/desk").split('/').nth(1).unwrap();
    let id = ids.get(collection).unwrap_or_else(|| panic!("the scene has none of {path}"));
    let address = path.replace("{id}", id);
    assert!(!address.contains('{'), "{path} has a parameter that this test does not know");
    address
}

/// The address with what the operation needs in its query.
fn with_query(operation: &Operation, address: String) -> String {
    let parameters = operation.about["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
    let pairs: Vec<String> = needed.map(|one| format!("{}=words", one["name"].as_str().unwrap())).collect();
    if pairs.is_empty() { address } else { format!("{address}?{}", pairs.join("&")) }
}

/// A body that the operation's schema describes. Some rules are not in it: those bodies are written down.
fn body(document: &Value, operation: &Operation, ids: &BTreeMap<&str, String>) -> Value {
    let terms = json!({"instalments": [{"percent": "100", "due": {"rule": "net_days", "days": 30}}],
        "business_days": "none"});
    match operation.path.as_str() {
        "/payment-terms/{id}" => return terms,
        "/calendars/{id}" | "/contacts/{id}" | "/customers/{id}/contacts" => return json!({"name": "Other"}),
        "/invoices/{id}" | "/quotes/{id}" => return sale(&ids["customers"]),
        "/users/{id}/password" => return json!({"password": "a long enough password"}),
        _ => {}
    }
    let schema = &operation.about["requestBody"]["content"]["application/json"]["schema"];
    example(document, schema)
}

fn example(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return example(document, &document["components"]["schemas"][name]);
    }
    for choices in ["oneOf", "anyOf"] {
        if let Some(choice) = schema[choices].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null")) {
            return example(document, choice);
        }
    }
    let given = [&schema["example"], &schema["examples"][0], &schema["enum"][0]];
    if let Some(given) = given.into_iter().find(|given| !given.is_null()) {
        return given.clone();
    }
    if schema["format"] == "uuid" {
        return json!("00000000-0000-7000-8000-000000000000");
    }
    match &schema["type"] {
        kind if kind == "object" => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let member = |name: &str| (name.to_owned(), example(document, &schema["properties"][name]));
            Value::Object(required.map(member).collect::<Map<_, _>>())
        }
        kind if kind == "array" => json!([example(document, &schema["items"])]),
        kind if kind == "integer" => json!(1),
        kind if kind == "boolean" => json!(true),
        _ => json!("words"),
    }
}

/// Everything that the company sees at the addresses of what it has.
async fn seen(client: &Client, operations: &[Operation], ids: &BTreeMap<&str, String>) -> Vec<String> {
    let mut answers = Vec::new();
    let own = |path: &str| OWN.iter().any(|own| path.contains(own));
    for operation in operations.iter().filter(|o| o.method == "GET" && o.path.contains('{') && !own(&o.path)) {
        let answer = client.get(&filled(&operation.path, ids)).await;
        // A quittance is refused as long as something is open.
        answers.push(if operation.path.ends_with("/quittance") {
            format!("{} {}", operation.path, answer.is(422).status)
        } else if operation.path.ends_with("/pdf") {
            format!("{} {}", operation.path, answer.is(200).status)
        } else {
            format!("{} {}", operation.path, answer.is(200).body)
        });
    }
    answers.push(client.get("/audit-events?limit=200").await.is(200).body.clone());
    answers
}

async fn no_operation_reaches_another_company(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let document = document(&visit).await;
    let operations = operations(&document);
    let beta = visit.client(visit.beta, visit.berta, Permission::ALL).await;
    let before = seen(&acme, &operations, &ids).await;
    let mut asked = 0;
    for operation in operations.iter().filter(|o| o.path.contains('{')) {
        if OWN.iter().any(|own| operation.path.contains(own)) {
            continue;
        }
        let address = with_query(operation, filled(&operation.path, &ids));
        let body = body(&document, operation, &ids);
        let answer = beta.send(&operation.method, &address, &[("if-match", "\"1\"")], &body.to_string()).await;
        let (method, path) = (&operation.method, &operation.path);
        assert!(
            [403, 404].contains(&answer.status.as_u16()),
            "{method} {path} with {body}: {} {}",
            answer.status,
            answer.body
        );
        asked += 1;
    }
    assert!(asked > 50, "only {asked} operations were asked");
    assert_eq!(seen(&acme, &operations, &ids).await, before);
}

async fn every_operation_says_which_scope_it_asks_for(visit: Visit) {
    let document = document(&visit).await;
    let scopes: Vec<&str> = Permission::ALL.iter().map(|scope| scope.as_str()).collect();
    for Operation { method, path, about } in operations(&document) {
        let scope = about["security"][0]["token"][0].as_str().unwrap_or_default();
        assert!(scopes.contains(&scope), "{method} {path} asks for `{scope}`");
        assert!(about["description"].as_str().unwrap().contains(scope), "{method} {path}");
    }
}
