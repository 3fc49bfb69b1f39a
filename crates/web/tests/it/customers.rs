//! The pages on which customers are found, added, changed and looked at.

use crate::visit::{Browser, CLARA, Visit, person, prepare};
use app::{
    Caller,
    customers::{self, Creation, NewCustomer},
};
use axum::{body::Body, http::header::CONTENT_TYPE};
use domain::{customers::CustomerFacts, users::Role};
use kernel::{CompanyId, CustomerId};
use testkit::on_both_engines;

const AUDREY: (&str, &str) = ("audrey@acme.example", "audrey only looks at it");

async fn customer(visit: &Visit, company: CompanyId, facts: CustomerFacts) -> CustomerId {
    let new = NewCustomer { facts, accept_duplicates: true, ..NewCustomer::default() };
    match customers::create(&visit.app, &Caller::system(company), new).await.unwrap() {
        Creation::Created(row) => row.id,
        Creation::LooksLike(others) => panic!("{others:?}"),
    }
}

fn called(name: &str) -> CustomerFacts {
    CustomerFacts { name: name.to_owned(), ..CustomerFacts::default() }
}

fn not_in(answer: &crate::visit::Answer, text: &str) {
    assert!(!answer.body.contains(text), "{text:?} is in {}", answer.body);
}

async fn upload(browser: &Browser, path: &str, name: &str, content: &str) -> axum::http::Request<Body> {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--x\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n{content}\r\n--x--\r\n",
        browser.csrf
    );
    let request = browser.request("POST", path).header(CONTENT_TYPE, "multipart/form-data; boundary=x");
    request.body(Body::from(body)).unwrap()
}

on_both_engines! { prepare = prepare;
    async fn an_empty_list_teaches_and_a_first_customer_is_added(visit: Visit) {
        let mut clara = visit.signed_in(CLARA).await;
        clara.get("/customers").await.is(200).says("No customers yet").says("href=\"/customers/new\"");
        clara.get("/customers/new").await.is(200).says("Add customer").says("net 30");
        let typed = [
            ("name", "Müller & Söhne GmbH"), ("email", "ap@mueller.example"), ("address.city", "Köln"),
            ("address.country", "DE"), ("terms", "net-30"), ("currency", "EUR"), ("tags", "vip, export"),
        ];
        let added = clara.post("/customers", &typed).await;
        let path = added.header("location").to_owned();
        added.leads_to(&path);
        clara.get(&path).await.is(200).says("C-00001 Müller &#38; Söhne GmbH was added.");
        let named = [("source", "shop"), ("name", "47 11")];
        clara.post(&format!("{path}/external-ids"), &named).await.leads_to(&path);
        clara.get(&path).await.is(200).says("In shop").says("47 11").says("Remove shop 47 11");
        clara.post(&format!("{path}/external-ids"), &[("source", "shop"), ("name", "")]).await.leads_to(&path);
        clara.get(&path).await.says("give the source and its id");
        clara.post(&format!("{path}/external-ids/remove"), &named).await.leads_to(&path);
        not_in(&clara.get(&path).await, "In shop");
        let page = clara.get(&path).await;
        page.is(200).says("Müller &#38; Söhne GmbH").says("Köln");
        page.says("Nothing is open").says(&format!("/invoices/new?customer={}", &path["/customers/".len()..]));
        clara.get("/customers").await.is(200).says("C-00001").says("export").says("1 customer on this page");
    }

    async fn everything_wrong_is_shown_at_its_field_and_what_was_typed_is_kept(visit: Visit) {
        let mut clara = visit.signed_in(CLARA).await;
        let typed = [
            ("name", " "), ("email", "anna at firm"), ("tax_id", "DE123"), ("address.country", "Germany"),
            ("delivery_address.postcode", "123456789012345678901"), ("tags", "50%"), ("parent_text", "C-99999"), ("currency", "EUR"),
        ];
        let answer = clara.post("/customers", &typed).await;
        answer.is(422).says("id=\"e-name\"").says("id=\"e-email\"").says("id=\"e-tax_id\"").says("id=\"e-address.country\"");
        answer.says("id=\"e-delivery_address.postcode\"").says("id=\"e-tags\"").says("there is no customer C-99999");
        answer.says("value=\"anna at firm\"").says("value=\"Germany\"").says("href=\"#f-email\"");
        clara.get("/customers").await.says("No customers yet");
    }

    async fn a_duplicate_is_shown_with_its_reason_and_added_only_when_asked(visit: Visit) {
        let known = customer(&visit, visit.acme, called("Acme Holding GmbH")).await;
        let mut clara = visit.signed_in(CLARA).await;
        let answer = clara.post("/customers", &[("name", "ACME Holding"), ("currency", "EUR")]).await;
        answer.is(422).says("may be there already").says(&format!("/customers/{known}")).says("value=\"ACME Holding\"").says("Add anyway");
        let added = clara.post("/customers", &[("name", "ACME Holding"), ("currency", "EUR"), ("accept_duplicates", "yes")]).await;
        added.is(303);
        clara.get("/customers").await.says("2 customers on this page");
    }

    async fn a_change_is_saved_and_stands_in_the_timeline(visit: Visit) {
        let id = customer(&visit, visit.acme, called("Nordlicht AG")).await;
        let parent = customer(&visit, visit.acme, called("Holding SE")).await;
        let mut clara = visit.signed_in(CLARA).await;
        let path = format!("/customers/{id}");
        clara.get(&format!("{path}/edit")).await.is(200).says("value=\"Nordlicht AG\"").says("name=\"version\" value=\"1\"");
        let typed = [("version", "1"), ("name", "Nordlicht SE"), ("number", "C-00001"), ("currency", "EUR"), ("parent_text", "C-00002"), ("segment", "north")];
        clara.post(&format!("{path}/edit"), &typed).await.leads_to(&path);
        clara.get(&path).await.says("Nordlicht SE").says(&format!("href=\"/customers/{parent}\"")).says("north");
        let timeline = clara.get(&format!("{path}?tab=timeline")).await;
        timeline.is(200).says("<del>Nordlicht AG</del>").says("<ins>Nordlicht SE</ins>").says("Clara Clerk");
        // Somebody who saw the first version does not overwrite the second.
        clara.post(&format!("{path}/edit"), &[("version", "1"), ("name", "Other"), ("currency", "EUR")]).await.is(422).says("Somebody else changed this");
    }

    async fn the_list_is_searched_sorted_and_narrowed(visit: Visit) {
        let facts = |name: &str, segment: &str, tag: &str| CustomerFacts {
            segment: Some(segment.to_owned()), tags: vec![tag.to_owned()], ..called(name)
        };
        customer(&visit, visit.acme, facts("Zebra Ltd", "retail", "vip")).await;
        customer(&visit, visit.acme, facts("Anton KG", "industry", "export")).await;
        let mut clara = visit.signed_in(CLARA).await;
        let order = |body: &str| body.find("Zebra Ltd").unwrap() < body.find("Anton KG").unwrap();
        assert!(!order(&clara.get("/customers").await.body), "by name");
        assert!(order(&clara.get("/customers?sort=number").await.body), "by number");
        for narrow in ["q=zeb", "q=C-00001", "segment=retail", "tag=vip"] {
            let list = clara.get(&format!("/customers?{narrow}")).await;
            list.is(200).says("Zebra Ltd");
            not_in(&list, "Anton KG");
        }
        clara.get("/customers?q=nobody").await.is(200).says("No customer fits");
        clara.get("/customers?view=overdue").await.is(200).says("No customer fits");
        clara.get("/customers?after=nonsense").await.is(422);
    }

    async fn many_are_sorted_at_once(visit: Visit) {
        let one = customer(&visit, visit.acme, called("One")).await.to_string();
        let two = customer(&visit, visit.acme, called("Two")).await.to_string();
        let mut clara = visit.signed_in(CLARA).await;
        let ticked = [("id", one.as_str()), ("id", &two), ("intent", "segment"), ("segment", "retail"), ("back", "/customers?q=o")];
        clara.post("/customers/sort", &ticked).await.leads_to("/customers?q=o");
        clara.get("/customers?segment=retail").await.says("2 customers were changed.").says("2 customers on this page");
        clara.post("/customers/sort", &[("id", &one), ("intent", "add_tag"), ("tag", "Key Account"), ("back", "https://evil.example")]).await.leads_to("/customers");
        clara.get("/customers?tag=key%20account").await.says("1 customer on this page");
        clara.post("/customers/sort", &[("id", &one), ("intent", "add_tag"), ("tag", "50%")]).await.leads_to("/customers");
        clara.get("/customers").await.says("is not a tag");
        clara.post("/customers/sort", &[("intent", "segment")]).await.leads_to("/customers");
        clara.get("/customers").await.says("Select the customers first.");
    }

    async fn contacts_come_change_and_go(visit: Visit) {
        let id = customer(&visit, visit.acme, called("Acme Holding")).await;
        let path = format!("/customers/{id}");
        let mut clara = visit.signed_in(CLARA).await;
        let wrong = clara.post(&format!("{path}/contacts"), &[("name", "Anna"), ("email", "x"), ("role", "billing")]).await;
        wrong.is(422).says("id=\"e-email\"").says("value=\"Anna\"");
        clara.post(&format!("{path}/contacts"), &[("name", "Anna"), ("email", "anna@firm.example"), ("role", "billing")]).await.leads_to(&path);
        let page = clara.get(&path).await;
        let (_, after) = page.says("anna@firm.example").body.split_once(&format!("{path}/contacts/")).unwrap();
        let contact = format!("{path}/contacts/{}", &after[..36]);
        clara.get(&contact).await.is(200).says("value=\"anna@firm.example\"");
        clara.post(&contact, &[("name", "Anna Berg"), ("role", "dunning")]).await.leads_to(&path);
        clara.get(&path).await.says("Anna Berg").says("dunning");
        clara.post(&format!("{contact}/remove"), &[]).await.leads_to(&path);
        clara.get(&path).await.says("Nobody is named yet");
    }

    async fn notes_and_files_are_kept_beside_the_customer(visit: Visit) {
        let id = customer(&visit, visit.acme, called("Acme Holding")).await;
        let (path, timeline) = (format!("/customers/{id}"), format!("/customers/{id}?tab=timeline"));
        let mut clara = visit.signed_in(CLARA).await;
        clara.get(&timeline).await.is(200).says("Add a note");
        clara.post(&format!("{path}/notes"), &[("body", " ")]).await.is(422).says("write something");
        clara.post(&format!("{path}/notes"), &[("body", "Calls <back> on Thursdays")]).await.leads_to(&timeline);
        clara.get(&timeline).await.says("Calls &#60;back&#62; on Thursdays");
        let request = upload(&clara, &format!("{path}/files"), "größe.txt", "as agreed").await;
        clara.send(request).await.leads_to(&timeline);
        let page = clara.get(&timeline).await;
        let (_, after) = page.says("größe.txt").body.split_once("href=\"/files/").unwrap();
        let file = clara.get(&format!("/files/{}", &after[..36])).await;
        assert_eq!((file.is(200).body.as_str(), file.header("content-type")), ("as agreed", "text/plain"));
        assert_eq!(file.header("content-disposition"), "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt");
        clara.post(&format!("/files/{}/remove", &after[..36]), &[]).await.leads_to(&timeline);
        clara.get(&timeline).await.says("größe.txt was removed").says("No files yet");
        clara.get(&format!("/files/{}", &after[..36])).await.is(404);
        let request = upload(&clara, &format!("{path}/files"), "x.exe", "MZ\0\u{1}").await;
        clara.send(request).await.is(422).says("is not a PDF");
        let large = "a".repeat(6 * 1024 * 1024);
        let request = upload(&clara, &format!("{path}/files"), "large.txt", &large).await;
        clara.send(request).await.is(422).says("is larger than this page takes").says("up to 5 MB");
        let request = upload(&clara, &format!("{path}/files"), "", "").await;
        clara.send(request).await.is(422).says("choose a file");
    }

    async fn archiving_can_be_undone(visit: Visit) {
        let id = customer(&visit, visit.acme, called("Acme Holding")).await;
        let path = format!("/customers/{id}");
        let mut clara = visit.signed_in(CLARA).await;
        clara.post(&format!("{path}/archive"), &[]).await.leads_to(&path);
        clara.get(&path).await.says("Archived").says(&format!("action=\"{path}/unarchive\""));
        clara.get("/customers").await.says("No customers yet");
        clara.get("/customers?view=archived").await.says("Acme Holding");
        clara.post(&format!("{path}/unarchive"), &[]).await.leads_to(&path);
        clara.get("/customers").await.says("Acme Holding");
    }

    async fn customers_of_another_company_are_not_there(visit: Visit) {
        let id = customer(&visit, visit.beta, called("Beta's secret")).await;
        let mut clara = visit.signed_in(CLARA).await;
        for page in ["", "/edit", "?tab=timeline", "/contacts/new"] {
            clara.get(&format!("/customers/{id}{page}")).await.is(404);
        }
        for verb in ["archive", "unarchive"] {
            clara.post(&format!("/customers/{id}/{verb}"), &[]).await.is(404);
        }
        clara.post(&format!("/customers/{id}/edit"), &[("version", "1"), ("name", "Mine"), ("currency", "EUR")]).await.is(404);
        clara.post(&format!("/customers/{id}/contacts"), &[("name", "Anna"), ("role", "other")]).await.is(404);
        clara.post(&format!("/customers/{id}/notes"), &[("body", "hello")]).await.is(404);
        not_in(&clara.get("/customers").await, "secret");
        not_in(&clara.get("/customers/options?q=beta").await, "secret");
        clara.get("/customers/not-an-id").await.is(404);
    }

    async fn an_auditor_reads_and_changes_nothing(visit: Visit) {
        let id = customer(&visit, visit.acme, called("Acme Holding")).await;
        person(&visit.app, visit.acme, AUDREY, "Audrey Auditor", Role::Auditor).await;
        let mut audrey = visit.signed_in(AUDREY).await;
        let page = audrey.get(&format!("/customers/{id}")).await;
        not_in(page.is(200), "/edit\"");
        not_in(&audrey.get("/customers").await, "href=\"/customers/new\" data-key");
        audrey.get("/customers/new").await.is(403);
        audrey.get(&format!("/customers/{id}/edit")).await.is(403);
        audrey.post("/customers", &[("name", "New"), ("currency", "EUR")]).await.is(403);
        audrey.post("/customers/sort", &[("id", &id.to_string()), ("segment", "x")]).await.is(403);
        audrey.post(&format!("/customers/{id}/notes"), &[("body", "x")]).await.is(403);
    }

    async fn the_palette_and_the_comboboxes_find_customers(visit: Visit) {
        let id = customer(&visit, visit.acme, called("Brightwater Logistics")).await;
        let mut clara = visit.signed_in(CLARA).await;
        let options = clara.get("/customers/options?q=water").await;
        assert_eq!(options.is(200).json()[0]["id"], id.to_string());
        assert_eq!(options.json()[0]["label"], "Brightwater Logistics");
        let request = clara.request("GET", "/search?q=brig").header("accept", "application/json");
        let found = clara.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(found.is(200).json()[0]["href"], format!("/customers/{id}"));
        clara.get("/search?q=C-00001").await.is(200).says(&format!("href=\"/customers/{id}\""));
        clara.get("/search?q=nobody").await.is(200).says("Nothing found");
        clara.get("/search").await.is(200);
        visit.browser().get("/customers").await.leads_to("/sign-in?next=/customers");
    }
}
