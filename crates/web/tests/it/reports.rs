//! Reports on pages and as files, statements, the quittance and the home page: what they say was worked out by hand.

use crate::browser::{Answer, Person, Site, company};
use app::{companies, reports::REPORTS};
use axum::http::StatusCode;
use domain::users::Role;
use testkit::{Engine, on_both_engines};

async fn begin(engine: Engine) -> Option<Site> {
    Site::begin(engine).await
}

/// An invoice of one line before 19 % tax, due in 30 days; its path.
pub async fn invoice(s: &Site, who: &Person, customer: &str, (net, on): (&str, &str)) -> String {
    let fields = [
        ("customer", customer),
        ("on", on),
        ("lines[0].description", "Pump"),
        ("lines[0].quantity", "1"),
        ("lines[0].unit_price", net),
        ("intent", "finish"),
    ];
    s.post(who, "/invoices", &fields).await.leads()
}

/// Money that came in, used on the item under `number` as far as it goes.
async fn pays(s: &Site, who: &Person, customer: &str, (money, on): (&str, &str), number: &str) {
    let list = s.get(who, &format!("/open-items?number={number}")).await;
    let field = format!("amount[{}]", list.between("<a href=\"/open-items/", "\" data-open"));
    let fields = [
        ("customer", customer),
        ("money", money),
        ("currency", "EUR"),
        ("received_on", on),
        ("method", "wire"),
        (&field, money),
    ];
    s.post(who, "/payments", &fields).await.leads();
}

/// The first link whose text is this; its address as a browser reads it.
fn link(page: &Answer, text: &str) -> String {
    let before = page.says(&format!("\">{text}</a>")).text.split(&format!("\">{text}</a>")).next().unwrap();
    before.rsplit("href=\"").next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

on_both_engines! {
    prepare = begin;

    async fn the_aging_leads_down_to_the_document(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let nut = s.customer("Nut AG").await.to_string();
        // 119.00 due 2026-02-09, 35 days late on 2026-03-16; 59.50 due 2026-04-09; 11.90 due 2026-03-06, 10 days late.
        let old = invoice(&s, &clerk, &bolt, ("100", "2026-01-10")).await;
        invoice(&s, &clerk, &bolt, ("50", "2026-03-10")).await;
        invoice(&s, &clerk, &nut, ("10", "2026-02-04")).await;

        let page = s.get(&auditor, "/reports/aged-receivables").await;
        page.says("As of 2026-03-16 · By due date").says("Bolt Ltd").says("178.50").says("190.40").says("31–60 days");
        let items = link(&page, "119.00");
        assert!(items.starts_with("/reports/open-items?as_of=2026-03-16&customer="), "{items}");
        assert!(items.ends_with("&due_from=2026-01-15&due_to=2026-02-13&side=debts"), "{items}");
        let items = s.get(&auditor, &items).await;
        items.says("INV-2026-000001").hides("INV-2026-000002").hides("INV-2026-000003").says("Total of 1 item");
        assert_eq!(link(&items, "INV-2026-000001"), old);

        // On the last day of January nothing was late, and February's invoices did not exist.
        let then = s.get(&auditor, "/reports/aged-receivables?as_of=2026-01-31").await;
        then.says("As of 2026-01-31").says("119.00").hides("Nut AG").hides("178.50");
        let by_age = s.get(&auditor, "/reports/aged-receivables?sort=-total").await;
        let nut_first = s.get(&auditor, "/reports/aged-receivables?sort=total").await;
        let place = |page: &Answer, name: &str| page.text.rfind(&format!(">{name}</a>")).unwrap();
        assert!(place(&by_age, "Bolt Ltd") < place(&by_age, "Nut AG"));
        assert!(place(&nut_first, "Bolt Ltd") > place(&nut_first, "Nut AG"));
    }

    async fn the_files_say_what_the_page_says(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt & Söhne, Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, ("1000", "2026-01-10")).await;
        let page = s.get(&auditor, "/reports/aged-receivables?as_of=2026-02-10&buckets=30,60").await;
        let (csv, xlsx) = (link_of(&page, "/csv?"), link_of(&page, "/xlsx?"));
        let file = s.get(&auditor, &csv).await;
        assert_eq!(file.kind, "text/csv; charset=utf-8");
        let lines: Vec<&str> = file.text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], "customer,name,currency,not_due,1_30,31_60,over_60,credits,total,overdue,oldest_due");
        let number = page.between("data-open>", "<");
        assert_eq!(
            lines[1],
            format!("{number},\"Bolt & Söhne, Ltd\",EUR,0.00,1190.00,0.00,0.00,0.00,1190.00,1190.00,2026-02-09")
        );
        assert_eq!(lines.len(), 2);
        let book = s.get(&auditor, &xlsx).await;
        assert_eq!((book.status, &book.text[..2]), (StatusCode::OK, "PK"));
    }

    async fn a_wide_report_stands_closer_together_and_its_file_is_whole(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        pays(&s, &clerk, &bolt, ("119.00", "2026-03-09"), "INV-2026-000001").await;
        // Fourteen columns, three of which stand under others on the page.
        let page = s.get(&auditor, "/reports/payments?from=2026-03-01&to=2026-03-31").await;
        page.says("class=\"table cards report wide\"").says(">Payment, method</th>").says(">Used on, reference</th>");
        assert_eq!(page.text.matches("<th scope=\"col\"").count(), 11);
        assert_eq!(page.between("PAY-2026-000001</a><span class=\"sub\">", "<"), "wire");
        let file = s.get(&auditor, &link_of(&page, "/csv?")).await;
        let head = file.text.trim_start_matches('\u{feff}').lines().next().unwrap();
        assert_eq!(head.split(',').count(), 14, "{head}");
        s.get(&auditor, "/reports/taxes").await.says("class=\"table cards report\"");
    }

    async fn what_cannot_be_asked_is_told_beside_the_field(s: Site) {
        let auditor = s.person(s.company, Role::Auditor).await;
        let address = "/reports/aged-receivables?as_of=31.12.2026&buckets=60,30&currency=EURO&by=planet";
        let page = s.get(&auditor, address).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says("id=\"e-as_of\"").says("id=\"e-buckets\"").says("rising numbers of days").says("id=\"e-currency\"");
        page.says("value=\"60,30\"").hides("/csv");
        let page = s.get(&auditor, "/reports/aged-receivables?by=planet").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = s.get(&auditor, "/reports/aged-receivables?account=1100").await;
        page.says("the report aged-receivables has no such parameter");
        s.get(&auditor, "/reports/aged-receivables?customer_text=nobody").await.says("there is no customer “nobody”");
        s.customer("Nut AG").await;
        s.get(&auditor, "/reports/customer-ledger?customer_text=nut+ag").await.says("Customer C-00001 Nut AG");
        s.get(&auditor, "/reports/sales?from=2026-05-01&to=2026-04-01").await.says("turn the two days round");
        s.get(&auditor, "/reports/customer-ledger").await.says("Whose ledger?");
        assert_eq!(s.get(&auditor, "/reports/nonsense").await.status, StatusCode::NOT_FOUND);
        assert_eq!(s.get(&auditor, "/reports/sales/csv?from=x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn every_report_opens_and_shows_nothing_of_another_company(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let other = companies::create(&s.app, company("OTHER")).await.unwrap();
        let stranger = s.person(other, Role::Auditor).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        pays(&s, &clerk, &bolt, ("19.00", "2026-03-10"), "INV-2026-000001").await;
        let index = s.get(&auditor, "/reports").await;
        for report in REPORTS {
            index.says(&format!("href=\"/reports/{}\"", report.name)).says(report.title);
            let who = if report.name == "customer-ledger" { format!("?customer={bolt}") } else { String::new() };
            let page = s.get(&auditor, &format!("/reports/{}{who}", report.name)).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            for ending in ["csv", "xlsx"] {
                let file = s.get(&auditor, &format!("/reports/{}/{ending}{who}", report.name)).await;
                assert_eq!(file.status, StatusCode::OK, "{} {ending}", report.name);
            }
            let theirs = s.get(&stranger, &format!("/reports/{}{who}", report.name)).await;
            theirs.hides("Bolt Ltd").hides("INV-2026-000001").hides("119.00");
        }
        // 119.00 owed, 19.00 paid: what the account says, and what the books say of the bank.
        s.get(&auditor, &format!("/reports/customer-ledger?customer={bolt}")).await.says("100.00").says("Paid");
        s.get(&auditor, "/reports/trial-balance").await.says("19.00").says("/reports/journal?account=");
        s.get(&auditor, "/ledger").await.leads();
    }

    async fn a_statement_is_shown_and_printed(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        let (bolt, nut) = (s.customer("Bolt Ltd").await.to_string(), s.customer("Nut AG").await.to_string());
        invoice(&s, &clerk, &bolt, ("100", "2026-01-10")).await;
        invoice(&s, &clerk, &bolt, ("50", "2026-03-10")).await;
        invoice(&s, &clerk, &nut, ("10", "2026-03-10")).await;
        pays(&s, &clerk, &bolt, ("19.00", "2026-02-10"), "INV-2026-000001").await;
        s.get(&auditor, "/statements").await.says("Bolt Ltd").says("159.50 EUR").says("100.00 EUR").says("Nut AG");
        // 119.00 − 19.00 is 35 days late; with 59.50 the balance is 159.50.
        let page = s.get(&auditor, &format!("/statements?customer={bolt}")).await;
        page.says("Open items on 2026-03-16").says("INV-2026-000001").says(">35<").says(">100.00<").says(">159.50<");
        let page = s.get(&auditor, &format!("/statements?customer={bolt}&form=activity&from=2026-02-01")).await;
        page.says("Activity from 2026-02-01 to 2026-03-16").says("Balance brought forward").says(">119.00<").says(">19.00<");
        page.says(">59.50<").says(">159.50<");
        let page = s.get(&auditor, &format!("/statements?customer={bolt}&form=activity")).await;
        page.says("Activity from 2026-01-01 to 2026-03-16").says("value=\"2026-01-01\"");
        let then = s.get(&auditor, &format!("/statements?customer={bolt}&as_of=2026-01-31")).await;
        then.says("Open items on 2026-01-31").says(">119.00<").hides("159.50");
        s.get(&auditor, "/statements?customer_text=nut+ag").await.says("Open items on").says(">11.90<");

        let pdf = s.get(&auditor, &format!("/statements/pdf?customer={bolt}")).await;
        assert_eq!((pdf.kind.as_str(), &pdf.text[..5]), ("application/pdf", "%PDF-"));
        let files = s.get(&auditor, &format!("/statements/pdf?customer={bolt}&customer={nut}")).await;
        assert_eq!((files.kind.as_str(), &files.text[..2]), ("application/zip", "PK"));

        for (wrong, why) in [
            ("as_of=yesterday", "id=\"e-as_of\""),
            ("form=activity&from=2026-03-17", "turn the two days round"),
            ("currency=EURO", "id=\"e-currency\""),
        ] {
            let page = s.get(&auditor, &format!("/statements?customer={bolt}&{wrong}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            page.says(why);
        }
        s.get(&auditor, "/statements?customer_text=nobody").await.says("there is no customer “nobody”");
        s.get(&auditor, "/statements/pdf").await.says("choose at least one customer");
        let other = companies::create(&s.app, company("OTHER")).await.unwrap();
        let stranger = s.person(other, Role::Auditor).await;
        for path in ["/statements", "/statements/pdf"] {
            let page = s.get(&stranger, &format!("{path}?customer={bolt}")).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
        }
    }

    async fn a_quittance_is_for_what_is_settled(s: Site) {
        let clerk = s.person(s.company, Role::Clerk).await;
        let bolt = s.customer("Bolt Ltd").await.to_string();
        let debt = invoice(&s, &clerk, &bolt, ("100", "2026-03-02")).await;
        s.get(&clerk, &debt).await.hides("/quittance\"");
        let open = s.get(&clerk, &format!("{debt}/quittance")).await;
        assert_eq!(open.status, StatusCode::UNPROCESSABLE_ENTITY);
        open.says("119.00 EUR of INV-2026-000001 is open");
        pays(&s, &clerk, &bolt, ("119.00", "2026-03-12"), "INV-2026-000001").await;
        s.get(&clerk, &debt).await.says("/quittance\"");
        let pdf = s.get(&clerk, &format!("{debt}/quittance")).await;
        assert_eq!((pdf.kind.as_str(), &pdf.text[..5]), ("application/pdf", "%PDF-"));
    }

    async fn home_says_what_waits_and_how_it_stands(s: Site) {
        let (clerk, auditor) = (s.person(s.company, Role::Clerk).await, s.person(s.company, Role::Auditor).await);
        s.get(&clerk, "/").await.says("Where to begin").says("Nothing waits.");
        let bolt = s.customer("Bolt Ltd").await.to_string();
        invoice(&s, &clerk, &bolt, ("100", "2026-01-10")).await;
        invoice(&s, &clerk, &bolt, ("50", "2026-03-10")).await;
        let draft = [("customer", bolt.as_str()), ("lines[0].description", "Pump"), ("lines[0].quantity", "1"),
            ("lines[0].unit_price", "5"), ("intent", "draft")];
        s.post(&clerk, "/invoices", &draft).await.leads();
        pays(&s, &clerk, &bolt, ("19.00", "2026-03-16"), "INV-2026-000001").await;
        // Owed 159.50, of it 100.00 late; sales of 90 days 178.50: 159.5 ÷ 178.5 × 90 = 80.4 days. The 16th is a Monday.
        let page = s.get(&auditor, "/").await;
        page.hides("Where to begin").says("159.50 <small>EUR").says("100.00 <small>EUR").says("80.4 <small>days");
        page.says("19.00 <small>EUR").says("since Monday, 2026-03-16").says("62 % of receivables");
        page.says("debt is overdue").says("invoice is a draft").hides("approvals wait").hides("payment is not used up");
        let late = s.get(&auditor, &link(&page, "100.00 EUR")).await;
        late.says("INV-2026-000001").hides("INV-2026-000002");
        // 1,190.00 of credit is above the limit of one person: it waits, here and in the navigation.
        let big = invoice(&s, &clerk, &bolt, ("1000", "2026-03-16")).await;
        let line = s.get(&clerk, &format!("{big}/credit")).await;
        let line = line.between("name=\"lines[0].id\" value=\"", "\"").to_owned();
        let credit = [("lines[0].id", line.as_str()), ("lines[0].quantity", "1"), ("reason", "Broken")];
        s.post(&clerk, &format!("{big}/credit"), &credit).await.leads();
        s.get(&clerk, "/").await.says("approval waits").says("waiting: </span>1<");
    }
}

/// The first link that holds this; its address as a browser reads it.
fn link_of(page: &Answer, part: &str) -> String {
    let links = page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let found = links.into_iter().find(|href| href.contains(part));
    found.unwrap_or_else(|| panic!("no link with {part}")).replace("&#38;", "&").replace("&amp;", "&")
}
