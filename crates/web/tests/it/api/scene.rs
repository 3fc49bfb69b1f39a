//! A company with one of everything, made through the API alone.

use crate::visit::{Answer, Client, Visit};
use domain::users::Permission;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The ids of what was made, by the collection of their address.
pub struct Scene {
    pub acme: Client,
    pub ids: BTreeMap<&'static str, String>,
}

impl Client {
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], &body.to_string()).await
    }

    /// Makes something and answers its id.
    pub async fn made(&self, path: &str, body: &Value) -> String {
        self.post(path, body).await.is(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// Uploads a file with the other parts of its form.
    pub async fn upload(&self, path: &str, parts: &[(&str, &str)], file: &str) -> Answer {
        let mut body = String::new();
        for (name, value) in parts {
            body += &format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        body += &format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n{file}\r\n--xyz--\r\n"
        );
        let request = self.request("POST", path).header("content-type", "multipart/form-data; boundary=xyz");
        self.run(request.body(axum::body::Body::from(body)).unwrap()).await
    }
}

pub fn sale(customer: &str) -> Value {
    json!({"customer": customer, "lines": [
        {"description": "Pump", "quantity": "10", "unit_price": "10.00"},
        {"description": "Pipe", "quantity": "4", "unit_price": "2.50"},
    ]})
}

pub fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// The item that a document or payment opened.
pub async fn item_of(client: &Client, invoice: &str) -> String {
    let shown = client.get(&format!("/invoices/{invoice}")).await.is(200).json();
    shown["instalments"][0]["item"].as_str().unwrap().to_owned()
}

impl Scene {
    pub async fn begin(visit: &Visit) -> Self {
        let acme = visit.client(visit.acme, visit.ada, Permission::ALL).await;
        let mut ids = BTreeMap::new();
        let customer = acme.made("/customers", &json!({"name": "Bolt Ltd", "contacts": [{"name": "Pia"}]})).await;
        ids.insert("contacts", acme.made(&format!("/customers/{customer}/contacts"), &json!({"name": "Paul"})).await);
        let about = json!({"subject_kind": "customer", "subject": customer});
        let mut attachment = about.clone();
        attachment["file_name"] = json!("a.txt");
        attachment["content"] = json!("aGVsbG8=");
        ids.insert("attachments", acme.made("/attachments", &attachment).await);
        let product = json!({"sku": "P-1", "name": "Pump", "unit_price": "10.00"});
        ids.insert("products", acme.made("/products", &product).await);
        ids.insert("calendars", acme.made("/calendars", &json!({"name": "Germany", "holiday_set": "DE"})).await);
        ids.insert("users", visit.clara.to_string());
        for list in ["tax-codes", "payment-terms", "bank-accounts", "tokens"] {
            let first = acme.get(&format!("/{list}")).await.is(200).json()["items"][0]["id"].clone();
            ids.insert(list, first.as_str().unwrap().to_owned());
        }
        ids.insert("quotes", acme.made("/quotes", &sale(&customer)).await);
        let order = acme.made("/orders", &sale(&customer)).await;
        acme.post(&format!("/orders/{order}/confirm"), &json!({})).await.is(204);
        let invoice = acme.made(&format!("/orders/{order}/invoice"), &json!({"issue": true})).await;
        ids.insert("orders", order);
        let item = item_of(&acme, &invoice).await;
        let paid = json!({"customer": customer, "method": "wire", "received_on": "2026-03-16", "money": eur("5000.00"),
            "allocations": [{"to": item, "amount": eur("30.00")}]});
        let paid = acme.post("/payments", &paid).await.is(201).json();
        ids.insert("allocations", paid["allocations"][0].as_str().unwrap().to_owned());
        let off = json!({"item": item, "amount": eur("1.00"), "reason": "Goodwill"});
        ids.insert("write-offs", acme.made("/write-offs", &off).await);
        let back = json!({"item": paid["item"], "amount": eur("2000.00"), "reason": "Paid twice"});
        let waits = acme.post("/refunds", &back).await.is(202).json();
        ids.insert("approvals", waits["approval"].as_str().unwrap().to_owned());
        let entries = acme.get(&format!("/journal-entries?source={invoice}")).await.is(200).json();
        ids.insert("journal-entries", entries[0]["id"].as_str().unwrap().to_owned());
        let file = "code,name,unit_price\nN-1,Nut,0.10\n";
        let import = acme.upload("/imports", &[("kind", "products")], file).await.is(200).json();
        ids.insert("imports", import["import"].as_str().unwrap_or_else(|| panic!("{import}")).to_owned());
        let event = acme.get("/audit-events?limit=1").await.is(200).json()["items"][0]["id"].clone();
        let edi = "UNH+1+REMADV:D:05A:UN'BGM+481+A-1'DTM+137:20260310:102'CUX+2:EUR:11'DOC+380+INV-1'MOA+12:10.00'UNS+S'\
             MOA+12:10.00'UNT+8+1'";
        let qif = "!Type:Bank\nD03/10/2026\nT10.00\nPBolt\n^\n";
        acme.upload("/bank-files", &[], edi).await.is(200);
        let received = acme.upload("/bank-files", &[], qif).await.is(200).json();
        ids.insert("bank-files", received["file"].as_str().unwrap_or_else(|| panic!("{received}")).to_owned());
        for list in ["bank-lines", "remittance-advices"] {
            let first = acme.get(&format!("/{list}")).await.is(200).json();
            ids.insert(list, first["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{first}")).to_owned());
        }
        ids.insert("lines", ids["bank-lines"].clone());
        let on_account = json!({"customer": customer, "rest_on_account": true});
        acme.post(&format!("/desk/lines/{}/allocate", ids["lines"]), &on_account).await.is(200);
        let matches = acme.get("/desk/matches").await.is(200).json();
        ids.insert("matches", matches["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{matches}")).to_owned());
        ids.insert("unapplied", paid["item"].as_str().unwrap().to_owned());
        // Whoever is blocked makes a case, whatever the line says.
        let payer = json!({"name": "Mallory", "reason": "Fraud"});
        acme.post("/desk/blocked-payers", &payer).await.is(204);
        acme.upload("/bank-files", &[], "!Type:Bank\nD03/11/2026\nT20.00\nPMallory\n^\n").await.is(200);
        let cases = acme.get("/desk/cases").await.is(200).json();
        ids.insert("cases", cases[0]["id"].as_str().unwrap_or_else(|| panic!("{cases}")).to_owned());
        ids.insert("audit-events", event.as_str().unwrap().to_owned());
        ids.insert("payments", paid["id"].as_str().unwrap().to_owned());
        ids.insert("open-items", item);
        ids.insert("invoices", invoice);
        ids.insert("customers", customer);
        Self { acme, ids }
    }
}
