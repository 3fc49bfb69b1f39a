//! Customers, payments, cash application, approvals and the books through the API.

use super::scene::{Scene, eur, item_of, sale};
use crate::visit::{Visit, prepare};
use domain::users::{Permission, Role};
use serde_json::{Value, json};
use testkit::on_both_engines;

on_both_engines!(
    prepare = prepare;
    a_customer_is_added_once,
    money_is_recorded_used_and_taken_back,
    a_bulk_of_payments_takes_its_good_rows,
    a_second_person_decides_above_the_limit,
    reports_come_in_three_formats,
    a_file_is_rehearsed_and_taken_over,
    months_close_and_open_again,
    wrong_terms_are_named_where_they_stand,
);

async fn a_customer_is_added_once(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let problem = acme.post("/customers", &json!({"name": "Bolt Limited"})).await.is(409).json();
    assert_eq!(problem["type"], "urn:quittance:problem:looks-like");
    acme.post("/customers", &json!({"name": "Bolt Ltd", "accept_duplicates": true})).await.is(201);
    let problem = acme.post("/customers", &json!({"name": "", "email": "x"})).await.is(422).json();
    let fields: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|e| &e["field"]).collect();
    assert_eq!(fields, ["name", "email"]);
    let path = format!("/customers/{}", ids["customers"]);
    let seen = acme.get(&path).await;
    assert_eq!(seen.is(200).json()["contacts"].as_array().unwrap().len(), 2);
    let mut facts = seen.json()["facts"].clone();
    facts["segment"] = json!("retail");
    let changed = acme.send("PUT", &path, &[("if-match", seen.header("etag"))], &facts.to_string()).await;
    assert_ne!(changed.is(200).header("etag"), seen.header("etag"));
    acme.send("PUT", &path, &[("if-match", seen.header("etag"))], &facts.to_string()).await.is(412);
    let other = acme.get("/customers?search=bolt").await.is(200).json()["items"][1]["number"].clone();
    facts["number"] = other;
    // Somebody else's number is a wrong field, not a stale version.
    let taken = acme.send("PUT", &path, &[("if-match", changed.header("etag"))], &facts.to_string()).await;
    assert_eq!(taken.is(422).json()["errors"][0]["field"], "number");
    let rows = json!({"mode": "row_by_row", "customers": [{"name": "Nut AG"}, {"name": 7}, {"name": "Nut AG"}]});
    let answer = acme.post("/customers/bulk", &rows).await.is(200).json();
    assert_eq!((&answer["taken"], &answer["rows"][1]["errors"][0]["field"]), (&json!(1), &json!("name")));
    let timeline = acme.get(&format!("{path}/timeline?limit=1")).await.is(200).json();
    assert_eq!(timeline["items"][0]["action"], "customer.changed");
}

async fn money_is_recorded_used_and_taken_back(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let invoice = acme.made("/invoices?issue=true", &sale(&ids["customers"])).await;
    let debt = item_of(&acme, &invoice).await;
    let mut paid = json!({"customer": ids["customers"], "method": "wire", "received_on": "2026-03-16",
        "money": eur("100.00"), "external": {"source": "shop", "id": "1"}});
    let made = acme.post("/payments", &paid).await.is(201).json();
    assert_eq!(acme.post("/payments", &paid).await.is(201).json()["already"], true);
    paid["money"] = eur("99.00");
    acme.post("/payments", &paid).await.is(409);
    let used = json!({"from": made["item"], "lines": [{"to": debt, "amount": eur("40.00")}]});
    let used = acme.post("/allocations", &used).await.is(200).json()[0]["id"].as_str().unwrap().to_owned();
    let too_much = json!({"from": made["item"], "lines": [{"to": debt, "amount": eur("61.00")}]});
    acme.post("/allocations", &too_much).await.is(422);
    // What a request names and nobody has is that field's fault; only an address that leads nowhere is a 404.
    let nobody = &ids["customers"];
    let wrong_field = |answer: &crate::visit::Answer| answer.is(422).json()["errors"][0]["field"].clone();
    let nowhere = json!({"from": made["item"], "lines": [{"to": debt, "amount": eur("1.00")}, {"to": nobody}]});
    assert_eq!(wrong_field(&acme.post("/allocations", &nowhere).await), "lines[1].to");
    let from = json!({"from": nobody, "lines": [{"to": debt}]});
    assert_eq!(wrong_field(&acme.post("/allocations", &from).await), "from");
    let refund = json!({"item": nobody, "reason": "Paid twice"});
    assert_eq!(wrong_field(&acme.post("/refunds", &refund).await), "item");
    assert_eq!(wrong_field(&acme.post("/write-offs", &refund).await), "item");
    paid["external"]["id"] = json!("2");
    paid["allocations"] = json!([{"to": nobody, "amount": eur("1.00")}]);
    assert_eq!(wrong_field(&acme.post("/payments", &paid).await), "allocations[0].to");
    let path = format!("/payments/{}", made["id"].as_str().unwrap());
    assert_eq!(acme.get(&path).await.is(200).json()["unapplied"], eur("60.00"));
    acme.post(&format!("/allocations/{used}/reverse"), &json!({"reason": "Wrong invoice"})).await.is(204);
    acme.post(&format!("/allocations/{used}/reverse"), &json!({"reason": "Wrong invoice"})).await.is(204);
    acme.post(&format!("{path}/reverse"), &json!({"on": "2026-03-16", "reason": "No funds"})).await.is(204);
    assert_eq!(acme.get(&path).await.is(200).json()["reversed_on"], "2026-03-16");
    assert_eq!(acme.get("/verify").await.is(200).json()["ok"], true);
}

async fn a_bulk_of_payments_takes_its_good_rows(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let invoice = acme.made("/invoices?issue=true", &sale(&ids["customers"])).await;
    let debt = item_of(&acme, &invoice).await;
    let pay = |amount: &str, uses: Value| {
        json!({"customer": ids["customers"], "method": "card", "received_on": "2026-03-16", "money": eur(amount),
            "allocations": uses})
    };
    let on_debt = |amount: &str| json!([{"to": debt, "amount": eur(amount)}]);
    let nowhere = json!([{"to": ids["customers"], "amount": eur("1.00")}]);
    // 130.90 are open: 100.00 are paid, 31.00 are too much, 30.90 are what is left.
    let rows = json!([
        pay("100.00", on_debt("100.00")),
        pay("31.00", on_debt("31.00")),
        pay("-1.00", json!([])),
        pay("1.00", nowhere),
        pay("30.90", on_debt("30.90"))
    ]);
    let before = acme.get("/payments").await.json()["items"].as_array().unwrap().len();
    acme.post("/payments/bulk", &json!({"payments": rows})).await.is(422);
    assert_eq!(acme.get("/payments").await.json()["items"].as_array().unwrap().len(), before);
    let answer = acme.post("/payments/bulk", &json!({"mode": "row_by_row", "payments": rows})).await.is(200).json();
    let refused: Vec<bool> = answer["rows"].as_array().unwrap().iter().map(|row| row["errors"].is_array()).collect();
    assert_eq!(refused, [false, true, true, true, false], "{answer}");
    assert_eq!(answer["rows"][3]["errors"][0]["field"], "allocations[0].to", "{answer}");
    assert_eq!(answer["rows"][4]["number"], format!("PAY-2026-{:06}", before + 2), "no number is lost");
    assert_eq!(acme.get(&format!("/open-items/{debt}")).await.json()["item"]["open"], eur("0.00"));
    assert_eq!(acme.get("/verify").await.is(200).json()["ok"], true);
}

async fn a_second_person_decides_above_the_limit(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let path = format!("/approvals/{}", ids["approvals"]);
    acme.post(&format!("{path}/approve"), &json!({})).await.is(422);
    let max = crate::visit::person(
        &visit.app,
        visit.acme,
        ("max@acme.example", "max is the second one"),
        "Max",
        Role::Manager,
    );
    let max = visit.client(visit.acme, max.await, &[Permission::Read, Permission::Approve]).await;
    assert_eq!(max.get("/approvals").await.is(200).json()["items"].as_array().unwrap().len(), 1);
    max.post(&format!("{path}/approve"), &json!({"note": "Agreed"})).await.is(204);
    assert_eq!(max.get(&path).await.is(200).json()["granted"], true);
    let shown = acme.get(&format!("/payments/{}", ids["payments"])).await.json();
    assert_eq!(shown["refunds"][0]["amount"], eur("2000.00"));
}

async fn reports_come_in_three_formats(visit: Visit) {
    let Scene { acme, .. } = Scene::begin(&visit).await;
    let report = acme.get("/reports/aged-receivables?as_of=2026-03-16").await;
    assert_eq!(report.is(200).json()["name"], "aged-receivables");
    let csv = acme.get("/reports/open-items?format=csv").await;
    assert_eq!(csv.is(200).header("content-type"), "text/csv");
    assert!(csv.body.lines().count() > 1, "{}", csv.body);
    let request = acme.request("GET", "/reports/trial-balance").header("accept", "text/csv;q=0.9");
    let csv = acme.run(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(csv.is(200).header("content-type"), "text/csv");
    let xlsx = acme.get("/reports/journal?format=xlsx").await;
    assert!(xlsx.is(200).body.starts_with("PK"));
    let wrong = acme.get("/reports/journal?as_off=x&from=y").await.is(422).json();
    assert_eq!((&wrong["errors"][0]["field"], &wrong["errors"][1]["field"]), (&json!("as_off"), &json!("from")));
    acme.get("/reports/nothing").await.is(404);
    acme.get("/reports/journal?format=pdf").await.is(422);
    for info in acme.get("/reports").await.is(200).json().as_array().unwrap() {
        let name = info["name"].as_str().unwrap();
        let customer = if name == "customer-ledger" { "?customer=C-00001" } else { "" };
        let answer = acme.get(&format!("/reports/{name}{customer}")).await;
        assert!([200, 422].contains(&answer.status.as_u16()), "{name}: {}", answer.body);
    }
}

async fn a_file_is_rehearsed_and_taken_over(visit: Visit) {
    let Scene { acme, .. } = Scene::begin(&visit).await;
    let file = "number,name,email\nX-1,Xylo AG,x@xylo.example\nX-2,,\n";
    let parts = [("kind", "customers"), ("source", "old"), ("dry_run", "true")];
    let look = acme.upload("/imports", &parts, file).await.is(200).json();
    assert_eq!((&look["saved"], look["rejects"].as_array().unwrap().len()), (&json!(false), 1));
    assert_eq!(look["rejects"][0]["line"], 3);
    let parts = [("kind", "customers"), ("source", "old"), ("accept_good_rows", "true")];
    let taken = acme.upload("/imports", &parts, file).await.is(200).json();
    assert_eq!((&taken["saved"], &taken["created"]), (&json!(true), &json!(1)));
    assert_eq!(acme.get("/customers?search=xylo").await.json()["items"].as_array().unwrap().len(), 1);
    acme.upload("/imports", &[("kind", "nothing")], file).await.is(422);
    acme.post("/imports", &json!({})).await.is(415);
}

async fn months_close_and_open_again(visit: Visit) {
    let Scene { acme, .. } = Scene::begin(&visit).await;
    acme.post("/periods/2026-13/close", &json!({})).await.is(404);
    acme.post("/periods/2026-02/close", &json!({})).await.is(204);
    assert_eq!(acme.get("/periods").await.is(200).json()["items"][0]["starts_on"], "2026-02-01");
    acme.post("/periods/2026-02/reopen", &json!({})).await.is(204);
    let clerk = visit.client(visit.acme, visit.clara, &[Permission::Read]).await;
    clerk.post("/periods/2026-02/close", &json!({})).await.is(403);
    let account = json!({"name": "Shipping", "kind": "income"});
    acme.send("PUT", "/accounts/4090", &[], &account.to_string()).await.is(204);
    assert!(acme.get("/accounts?limit=200").await.is(200).body.contains("Shipping"));
}

async fn wrong_terms_are_named_where_they_stand(visit: Visit) {
    let Scene { acme, .. } = Scene::begin(&visit).await;
    let part = |percent: &str| json!({"percent": percent, "due": {"rule": "net_days", "days": 30}});
    let spec = json!({"instalments": [part("50"), part("0")], "business_days": "none"});
    let named = |answer: &crate::visit::Answer| answer.is(422).json()["errors"][0]["field"].clone();
    let new = json!({"code": "halves", "spec": spec});
    assert_eq!(named(&acme.post("/payment-terms", &new).await), "spec.instalments[1].percent");
    let unnamed = json!({"code": "No Spaces!", "spec": {"instalments": [part("100")], "business_days": "none"}});
    assert_eq!(named(&acme.post("/payment-terms", &unnamed).await), "code");
    let id = acme.get("/payment-terms").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let changed = acme.send("PUT", &format!("/payment-terms/{id}"), &[("if-match", "\"1\"")], &spec.to_string()).await;
    assert_eq!(named(&changed), "instalments[1].percent");
}
