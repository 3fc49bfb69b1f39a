//! The pages on which products are found, added and changed.

use crate::visit::{ADA, BERTA, CLARA, Visit, prepare};
use testkit::on_both_engines;

on_both_engines! { prepare = prepare;
    async fn a_product_is_added_changed_and_archived(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/products").await.is(200).says("No products yet");
        ada.get("/products/new").await.is(200).says("Add product");
        let wrong = ada.post("/products", &[("sku", ""), ("name", "Pump"), ("unit_price", "twelve"), ("currency", "EUR")]).await;
        wrong.is(422).says("id=\"e-sku\"").says("id=\"e-unit_price\"").says("value=\"twelve\"").says("value=\"Pump\"");
        let typed = [("sku", "P-1"), ("name", "Pump"), ("unit", "piece"), ("unit_price", "1.234,50"), ("currency", "EUR"), ("tax_code", "standard")];
        ada.post("/products", &typed).await.leads_to("/products");
        let list = ada.get("/products").await;
        let (before, _) = list.says("1,234.50").says("Pump was added.").body.split_once("\" data-open>").unwrap();
        let path = format!("/products/{}", &before[before.len() - 36..]);
        ada.get(&path).await.is(200).says("value=\"1,234.50\"").says("name=\"version\" value=\"1\"");
        ada.post(&path, &[("version", "1"), ("sku", "P-1"), ("name", "Pump, large"), ("unit_price", "1,300"), ("currency", "EUR")]).await.leads_to("/products");
        ada.post(&path, &[("version", "1"), ("sku", "P-1"), ("name", "Other"), ("currency", "EUR")]).await.is(422).says("Somebody else changed this");
        ada.post(&format!("{path}/archive"), &[]).await.leads_to("/products");
        ada.get("/products?view=archived").await.says("Pump, large").says("1,300.00");
        ada.post(&format!("{path}/unarchive"), &[]).await.leads_to("/products");
        ada.get("/products?q=p-1").await.says("Pump, large");
        let id = path.rsplit_once('/').unwrap().1;
        ada.get("/products?sort=-name").await.is(200).says("href=\"/products?sort=name\"");
        let ticked = [("id", id), ("intent", "archive"), ("back", "/products?q=p-1")];
        ada.post("/products/selected", &ticked).await.leads_to("/products?q=p-1");
        ada.get("/products?view=archived").await.says("1 product was archived.").says("Pump, large").says("Take out of the archive");
        ada.post("/products/selected", &[("id", id), ("intent", "unarchive")]).await.leads_to("/products");
        ada.get("/products").await.says("1 product was taken out of the archive.").says("Pump, large");
        visit.signed_in(CLARA).await.post("/products/selected", &ticked).await.is(403);
        visit.signed_in(BERTA).await.get(&path).await.is(404);
        let mut clara = visit.signed_in(CLARA).await;
        clara.get("/products").await.is(200).says("Pump, large");
        clara.get("/products/new").await.is(403);
        clara.post("/products", &typed).await.is(403);
    }
}
