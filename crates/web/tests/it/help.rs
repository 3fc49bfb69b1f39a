//! The handbook inside the product: every link of it leads somewhere, and pages lead to their topic.

use crate::visit::{ADA, Visit, prepare};
use std::collections::BTreeSet;
use testkit::on_both_engines;

/// The addresses that the page's own part links to.
fn links(body: &str) -> BTreeSet<String> {
    let main = body.split_once("<main").unwrap().1.split_once("</main>").unwrap().0;
    let links = main.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    links.filter(|link| link.starts_with('/')).collect()
}

on_both_engines! { prepare = prepare;
    async fn every_link_of_the_handbook_leads_somewhere(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        let (mut waiting, mut seen) = (vec!["/help".to_owned()], BTreeSet::new());
        while let Some(path) = waiting.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let answer = ada.get(&path).await;
            let status = answer.status.as_u16();
            assert!(matches!(status, 200 | 303), "{path} answered {status}");
            if path.starts_with("/help") {
                waiting.extend(links(&answer.body));
            }
        }
        assert!(seen.contains("/help/undoing") && seen.contains("/settings/terms"), "{seen:?}");
    }

    async fn the_handbook_is_searched_and_pages_lead_to_their_topic(visit: Visit) {
        let mut ada = visit.signed_in(ADA).await;
        ada.get("/help?q=map+file").await.is(200).says("/help/imports\">Imports and map files");
        ada.get("/help?q=elephants").await.is(200).says("No page has these words");
        ada.get("/help/elephants").await.is(404);
        for (page, topic) in [("/customers", "customers"), ("/periods", "periods"), ("/settings/terms", "first-steps")] {
            ada.get(page).await.says(&format!("class=\"help-link\" href=\"/help/{topic}\""));
        }
        visit.browser().get("/help").await.leads_to("/sign-in?next=/help");
    }
}
