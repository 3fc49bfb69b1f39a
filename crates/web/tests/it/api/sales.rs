//! From quote to invoice and credit note through the API, and a thousand rows in one call.

use super::scene::{Scene, eur, item_of, sale};
use crate::visit::{Visit, prepare};
use domain::users::Permission;
use serde_json::{Value, json};
use testkit::on_both_engines;

on_both_engines!(
    prepare = prepare;
    a_quote_becomes_an_order_becomes_invoices,
    a_draft_is_edited_by_who_has_seen_it,
    a_draft_of_an_order_keeps_to_it_and_gives_back_when_deleted,
    a_bulk_call_is_all_or_nothing_or_row_by_row,
    quotes_orders_and_products_come_in_bulk,
    views_and_names_elsewhere_are_kept_and_forgotten,
    an_invoice_is_credited_in_part,
    documents_come_as_pdf,
);

async fn a_quote_becomes_an_order_becomes_invoices(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let quote = acme.get(&format!("/quotes/{}", ids["quotes"])).await;
    // 10 × 10.00 + 4 × 2.50 = 110.00, and 19 % of it are 20.90.
    let shown = quote.is(200).json();
    assert_eq!((&shown["net"], &shown["gross"], &shown["state"]), (&eur("110.00"), &eur("130.90"), &json!("draft")));
    let mut other = sale(&ids["customers"]);
    other["lines"][0]["quantity"] = json!("20");
    let path = format!("/quotes/{}", ids["quotes"]);
    acme.send("PUT", &path, &[("if-match", "\"9\"")], &other.to_string()).await.is(412);
    let revised = acme.send("PUT", &path, &[("if-match", quote.header("etag"))], &other.to_string()).await;
    let revised = revised.is(201).json()["id"].as_str().unwrap().to_owned();
    acme.post(&format!("/quotes/{revised}/send"), &json!({})).await.is(204);
    acme.post(&format!("/quotes/{revised}/accept"), &json!({})).await.is(422);
    let order = acme.made(&format!("/quotes/{revised}/accept"), &json!({"accepted_by": "Pia"})).await;
    acme.post(&format!("/orders/{order}/confirm"), &json!({})).await.is(204);
    let lines = acme.get(&format!("/orders/{order}")).await.is(200).json()["lines"].clone();
    let path = format!("/orders/{order}/invoice");
    let too_much =
        json!({"lines": [{"line": lines[0]["id"], "quantity": "5"}, {"line": lines[1]["id"], "quantity": "9"}]});
    let problem = acme.post(&path, &too_much).await.is(422).json();
    assert_eq!(problem["errors"][0]["field"], "lines[1].quantity");
    let part = json!({"lines": [{"line": lines[0]["id"], "quantity": "5"}], "issue": true});
    acme.made(&path, &part).await;
    let order = acme.get(&format!("/orders/{order}")).await.is(200).json();
    assert_eq!((&order["progress"][0]["left"], &order["state"]), (&json!("15"), &json!("confirmed")));
    acme.post(&format!("/orders/{}/cancel", order["id"].as_str().unwrap()), &json!({"reason": "Too late"}))
        .await
        .is(204);
    let list = acme.get("/orders?limit=1").await.is(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let next = acme.get(&format!("/orders?limit=1&after={}", list["next"].as_str().unwrap())).await.is(200).json();
    assert_ne!(list["items"][0]["id"], next["items"][0]["id"]);
    acme.get("/orders?stat=confirmed").await.is(400);
}

async fn a_draft_is_edited_by_who_has_seen_it(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let draft = acme.made("/invoices", &sale(&ids["customers"])).await;
    let path = format!("/invoices/{draft}");
    let seen = acme.get(&path).await;
    assert_eq!((seen.header("etag"), &seen.json()["number"]), ("\"1\"", &Value::Null));
    let mut cheaper = sale(&ids["customers"]);
    cheaper["lines"][0]["unit_price"] = json!("9.00");
    acme.send("PUT", &path, &[], &cheaper.to_string()).await.is(428);
    acme.send("PUT", &path, &[("if-match", "\"1\"")], &cheaper.to_string()).await.is(204);
    let stale = acme.send("PUT", &path, &[("if-match", "\"1\"")], &cheaper.to_string()).await;
    assert_eq!(stale.is(412).json()["type"], "urn:quittance:problem:stale");
    cheaper["lines"][1]["tax_code"] = json!("none such");
    let wrong = acme.send("PUT", &path, &[("if-match", "\"2\"")], &cheaper.to_string()).await;
    assert_eq!(wrong.is(422).json()["errors"][0]["field"], "lines[1].tax_code");
    cheaper["lines"][1]["colour"] = json!("red");
    let unknown = acme.send("PUT", &path, &[("if-match", "\"2\"")], &cheaper.to_string()).await;
    assert_eq!(unknown.is(422).json()["errors"][0]["field"], "lines[1].colour");
    let issue = format!("{path}/issue");
    let issued = acme.send("POST", &issue, &[("idempotency-key", "once")], "{}").await;
    let again = acme.send("POST", &issue, &[("idempotency-key", "once")], "{}").await;
    assert_eq!((again.is(200).header("idempotent-replayed"), &again.body), ("true", &issued.is(200).body));
    // Without a key it is a rule that says no.
    acme.post(&issue, &json!({})).await.is(422);
    acme.send("DELETE", &path, &[("if-match", "\"3\"")], "").await.is(422);
}

async fn a_draft_of_an_order_keeps_to_it_and_gives_back_when_deleted(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let order = acme.made("/orders", &sale(&ids["customers"])).await;
    acme.post(&format!("/orders/{order}/confirm"), &json!({})).await.is(204);
    let draft = acme.made(&format!("/orders/{order}/invoice"), &json!({})).await;
    let state = async || acme.get(&format!("/orders/{order}")).await.is(200).json()["state"].clone();
    assert_eq!(state().await, "completed");
    let path = format!("/invoices/{draft}");
    let mut more = sale(&ids["customers"]);
    more["notes"] = json!("With thanks");
    acme.send("PUT", &path, &[("if-match", "\"1\"")], &more.to_string()).await.is(204);
    let shown = acme.get(&path).await.json();
    assert!(shown["lines"][0]["source_line"].is_string(), "{shown}");
    more["lines"][0]["quantity"] = json!("11");
    let refused = acme.send("PUT", &path, &[("if-match", "\"2\"")], &more.to_string()).await;
    assert_eq!(refused.is(422).json()["errors"][0]["field"], "lines[0]");
    // All of it is billed already.
    acme.post(&format!("/orders/{order}/invoice"), &json!({})).await.is(422);
    acme.send("DELETE", &path, &[("if-match", "\"2\"")], "").await.is(204);
    assert_eq!(state().await, "confirmed");
    acme.made(&format!("/orders/{order}/invoice"), &json!({"issue": true})).await;
    assert_eq!(state().await, "completed");
}

async fn a_bulk_call_is_all_or_nothing_or_row_by_row(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let good = sale(&ids["customers"]);
    let (mut wrong, mut late, mut unread) = (good.clone(), good.clone(), good.clone());
    wrong["lines"][0]["quantity"] = Value::Null;
    late["on"] = json!("2026-03-17");
    unread["lines"][0]["quantity"] = json!("a few");
    let documents = json!([good, wrong, late, good]);
    let problem = acme.post("/invoices/bulk", &json!({"documents": documents})).await.is(422).json();
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["documents[1].lines[0].quantity", "documents[2].on"]);
    let problem = acme.post("/invoices/bulk", &json!({"documents": [good, unread]})).await.is(422).json();
    assert_eq!(problem["errors"][0]["field"], "documents[1].lines[0].quantity");
    let documents = json!([good, wrong, unread, late, good]);
    let answer =
        acme.post("/invoices/bulk", &json!({"mode": "row_by_row", "documents": documents})).await.is(200).json();
    assert_eq!((&answer["taken"], &answer["refused"]), (&json!(2), &json!(3)));
    // The scene's own invoice is the first.
    assert_eq!(answer["rows"][0]["number"], "INV-2026-000002");
    assert_eq!(answer["rows"][4]["number"], "INV-2026-000003");
    assert_eq!(answer["rows"][2]["errors"][0]["field"], "lines[0].quantity");
    assert_eq!(answer["rows"][3]["errors"][0]["field"], "on");
    let many: Vec<Value> = std::iter::repeat_n(good, 1_001).collect();
    acme.post("/invoices/bulk", &json!({"documents": many})).await.is(422);
    let all = acme.get("/verify").await.is(200).json();
    assert_eq!(all["ok"], true, "{all}");
}

async fn views_and_names_elsewhere_are_kept_and_forgotten(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let view = json!({"list": "invoices", "name": "Late", "query": "state=overdue"});
    acme.send("PUT", "/saved-views", &[], &view.to_string()).await.is(204);
    acme.send("PUT", "/saved-views", &[], &view.to_string()).await.is(204);
    let kept = acme.get("/saved-views?list=invoices").await.is(200).json();
    assert_eq!((kept.as_array().unwrap().len(), &kept[0]["query"]), (1, &json!("state=overdue")));
    let away = json!({"list": "//evil.example", "name": "Late", "query": ""});
    acme.send("PUT", "/saved-views", &[], &away.to_string()).await.is(422);
    let beta = visit.client(visit.beta, visit.berta, &[Permission::Read]).await;
    assert_eq!(beta.get("/saved-views").await.is(200).json(), json!([]));
    beta.send("DELETE", "/saved-views?list=invoices&name=Late", &[], "").await.is(204);
    acme.send("DELETE", "/saved-views?list=orders&name=Late", &[], "").await.is(204);
    assert_eq!(acme.get("/saved-views").await.is(200).json().as_array().unwrap().len(), 1);
    acme.send("DELETE", "/saved-views?list=invoices&name=Late", &[], "").await.is(204);
    assert_eq!(acme.get("/saved-views").await.is(200).json(), json!([]));

    let path = format!("/customers/{}/external-ids", ids["customers"]);
    let name = json!({"source": "shop", "id": "47 11"});
    acme.send("PUT", &path, &[], &name.to_string()).await.is(204);
    acme.send("PUT", &path, &[], &name.to_string()).await.is(204);
    let found = acme.get("/customers/by-external-id?source=shop&id=47%2011").await.is(200).json();
    assert_eq!(found["id"], json!(ids["customers"]));
    let other = acme.made("/customers", &json!({"name": "Gear & Cog"})).await;
    let taken = acme.send("PUT", &format!("/customers/{other}/external-ids"), &[], &name.to_string()).await;
    assert_eq!(taken.is(422).json()["errors"][0]["message"], "shop 47 11 names another customer already");
    acme.send("DELETE", &format!("{path}?source=shop&external_id=47%2011"), &[], "").await.is(204);
    acme.get("/customers/by-external-id?source=shop&id=47%2011").await.is(404);
}

async fn quotes_orders_and_products_come_in_bulk(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let good = sale(&ids["customers"]);
    let (mut wrong, mut unread) = (good.clone(), good.clone());
    wrong["lines"][0]["quantity"] = Value::Null;
    unread["lines"][0]["quantity"] = json!("a few");
    for kind in ["quotes", "orders"] {
        let path = format!("/{kind}/bulk");
        let before = acme.get(&format!("/{kind}?limit=200")).await.json()["items"].as_array().unwrap().len();
        let problem = acme.post(&path, &json!({"documents": [good, wrong]})).await.is(422).json();
        assert_eq!(problem["errors"][0]["field"], "documents[1].lines[0].quantity", "{problem}");
        let rows = json!({"mode": "row_by_row", "documents": [good, wrong, unread, good]});
        let answer = acme.post(&path, &rows).await.is(200).json();
        assert_eq!((&answer["taken"], &answer["refused"]), (&json!(2), &json!(2)), "{answer}");
        assert_eq!(answer["rows"][1]["errors"][0]["field"], "lines[0].quantity");
        // The numbers go on without a gap.
        let number = |row: usize| {
            let text = answer["rows"][row]["number"].as_str().unwrap();
            text.rsplit_once('-').unwrap().1.parse::<u32>().unwrap()
        };
        assert_eq!(number(0) + 1, number(3));
        let all = json!({"documents": [good, good, good]});
        assert_eq!(acme.post(&path, &all).await.is(200).json()["taken"], 3);
        let after = acme.get(&format!("/{kind}?limit=200")).await.json()["items"].as_array().unwrap().len();
        assert_eq!(after, before + 5);
        acme.post(&path, &json!({"documents": []})).await.is(422);
        let none = acme.post(&path, &json!({"mode": "row_by_row", "documents": [unread]})).await.is(200).json();
        assert_eq!((&none["taken"], &none["refused"]), (&json!(0), &json!(1)));
    }
    let ends_before = json!({"customer": ids["customers"], "valid_until": "2020-01-01", "lines": good["lines"]});
    let rows = json!({"mode": "row_by_row", "documents": [ends_before]});
    assert_eq!(acme.post("/quotes/bulk", &rows).await.is(200).json()["refused"], 1);
    let product = |sku: &str, price: &str| json!({"sku": sku, "name": "Bulk", "unit_price": price});
    let rows = json!([product("B-1", "1"), product("B-1", "2"), product("B-2", "x"), product("B-3", "3")]);
    acme.post("/products/bulk", &json!({"products": rows})).await.is(422);
    let answer = acme.post("/products/bulk", &json!({"mode": "row_by_row", "products": rows})).await.is(200).json();
    assert_eq!(answer["rows"][1]["errors"][0]["message"], "B-1 is given twice", "{answer}");
    assert_eq!(
        (&answer["rows"][2]["errors"][0]["field"], &answer["rows"][3]["number"]),
        (&json!("unit_price"), &json!("B-3"))
    );
    let found = acme.get("/products?search=bulk&sort=-sku").await.is(200).json();
    assert_eq!((&found["items"][0]["sku"], &found["items"][1]["sku"]), (&json!("B-3"), &json!("B-1")));
    let all = acme.get("/verify").await.is(200).json();
    assert_eq!(all["ok"], true, "{all}");
}

async fn an_invoice_is_credited_in_part(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    let id = acme.made("/invoices?issue=true", &sale(&ids["customers"])).await;
    let line = acme.get(&format!("/invoices/{id}/creditable")).await.is(200).json()[0]["line"].clone();
    let path = format!("/invoices/{id}/credit-notes");
    let three = json!({"reason": "Came back", "lines": [{"line": line, "quantity": "3"}]});
    let credit = acme.post(&path, &three).await.is(201).json();
    assert_eq!(credit["number"], "CRN-2026-000001");
    let left = acme.get(&format!("/invoices/{id}/creditable")).await.is(200).json();
    assert_eq!(left[0]["left"], "7");
    let eight = json!({"reason": "Came back", "lines": [{"line": line, "quantity": "8"}]});
    assert_eq!(acme.post(&path, &eight).await.is(422).json()["errors"][0]["field"], "lines[0].quantity");
    // 130.90 less 30.00 and 19 % of them.
    let item = acme.get(&format!("/open-items/{}", item_of(&acme, &id).await)).await.is(200).json();
    assert_eq!((&item["open_then"], &item["item"]["open"]), (&eur("95.20"), &eur("95.20")));
    let before = acme.get(&format!("/open-items/{}?as_of=2026-03-15", item["item"]["id"].as_str().unwrap())).await;
    assert_eq!(before.is(200).json()["open_then"], eur("0.00"));
}

async fn documents_come_as_pdf(visit: Visit) {
    let Scene { acme, ids } = Scene::begin(&visit).await;
    for kind in ["quotes", "orders", "invoices"] {
        let pdf = acme.get(&format!("/{kind}/{}/pdf", ids[kind])).await;
        assert_eq!(pdf.is(200).header("content-type"), "application/pdf");
        assert!(pdf.body.starts_with("%PDF-") && pdf.header("content-disposition").starts_with("attachment"), "{kind}");
    }
}
