//! Customers: adding, finding the ones that are there already, changing, archiving, lists, the page and the timeline.

use crate::story::{Story, order_form};
use app::{
    Error,
    customers::{
        self, Candidate, Creation, CustomerFilter, CustomerSort, ExternalName, NewCustomer, NewCustomers, Owing,
        RowOutcome, Sorting,
    },
    invoices,
    lists::Page,
};
use domain::{
    companies::Address,
    customers::{ContactFacts, CustomerFacts, Likeness},
};
use kernel::{Currency, CustomerId};
use store::customers::CustomerRow;
use testkit::on_both_engines;

fn named(name: &str) -> NewCustomer {
    NewCustomer { facts: CustomerFacts { name: name.into(), ..CustomerFacts::default() }, ..NewCustomer::default() }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

async fn add(s: &Story, new: NewCustomer) -> CustomerRow {
    match customers::create(&s.app, &s.clerk, new).await.unwrap() {
        Creation::Created(row) => *row,
        Creation::LooksLike(candidates) => panic!("looks like {candidates:?}"),
    }
}

async fn alike(s: &Story, new: NewCustomer) -> Vec<Candidate> {
    match customers::create(&s.app, &s.clerk, new).await.unwrap() {
        Creation::LooksLike(candidates) => candidates,
        Creation::Created(row) => panic!("{} was created", row.name),
    }
}

fn fields(error: Error) -> Vec<String> {
    let Error::Invalid(fields) = error else { panic!("{error}") };
    fields.into_iter().map(|wrong| wrong.field).collect()
}

async fn facts(s: &Story, id: CustomerId) -> (i64, CustomerFacts) {
    let (row, facts) = customers::facts(&s.app, &s.clerk, id).await.unwrap();
    (row.version, facts)
}

async fn list(s: &Story, filter: CustomerFilter) -> (Vec<String>, Page<customers::ListedCustomer>) {
    let page = customers::list(&s.app, &s.clerk, filter).await.unwrap();
    (page.rows.iter().map(|row| row.customer.name.clone()).collect(), page)
}

async fn names(s: &Story, filter: CustomerFilter) -> Vec<String> {
    list(s, filter).await.0
}

on_both_engines! {
    prepare = begin;

    async fn a_customer_gets_the_next_free_number_and_the_company_s_defaults(s: Story) {
        let first = add(&s, named("Bolt Ltd")).await;
        assert_eq!((first.number.as_str(), first.language.as_str(), first.currency), ("C-00001", "en", Currency::EUR));
        assert_eq!(first.address.0.country, "DE");
        let mut own = named("Nut SARL");
        own.facts.number = text("C-00002");
        add(&s, own.clone()).await;
        assert_eq!(add(&s, named("Gear GmbH")).await.number, "C-00003", "C-00002 was given by hand");
        own.facts.name = "Other".into();
        let error = customers::create(&s.app, &s.clerk, own).await.unwrap_err();
        assert_eq!(error.to_string(), "number: C-00002 is the number of Nut SARL");
    }

    async fn every_wrong_field_is_named(s: Story) {
        let mut new = named(" ");
        new.facts = CustomerFacts {
            email: text("x"),
            currency: text("XXX"),
            terms: text("whenever"),
            tax_code: text("nonsense"),
            parent: text("C-9"),
            payer: text("C-8"),
            ..new.facts
        };
        new.contacts = vec![ContactFacts { name: "Anna".into(), role: text("boss"), ..ContactFacts::default() }];
        new.external_ids = vec![ExternalName::default()];
        let mut wrong = fields(customers::create(&s.app, &s.clerk, new).await.unwrap_err());
        wrong.sort();
        let expected =
            ["contacts[0].role", "currency", "email", "external_ids[0]", "name", "parent", "payer", "tax_code", "terms"];
        assert_eq!(wrong, expected);
        assert!(matches!(customers::create(&s.app, &s.auditor, named("A")).await, Err(Error::Forbidden(_))));
        assert_eq!(names(&s, CustomerFilter::default()).await, [""; 0], "nothing was saved");
    }

    async fn who_looks_like_a_customer_is_not_added_unseen(s: Story) {
        let mut bolt = named("Bolt & Söhne GmbH");
        bolt.facts.tax_id = text("DE136695976");
        bolt.facts.email = text("office@bolt.example");
        bolt.facts.address = Address { postcode: "10115".into(), ..Address::default() };
        let bolt = add(&s, bolt).await;

        let mut same_tax_id = named("Something else");
        same_tax_id.facts.tax_id = text("DE 136 695 976");
        let mut same_place = named("Sales office");
        same_place.facts.email = text("sales@bolt.example");
        same_place.facts.address = Address { postcode: "10115".into(), ..Address::default() };
        let cases = [
            (same_tax_id, Likeness::TaxId),
            (named("BOLT UND SOEHNE"), Likeness::Name),
            (same_place, Likeness::Place),
            (named("Bolt Sohene AG"), Likeness::AlmostName),
            (named("Söhne Bolt"), Likeness::AlmostName),
        ];
        for (new, likeness) in cases {
            let found = alike(&s, new.clone()).await;
            assert_eq!(found.len(), 1, "{}", new.facts.name);
            assert_eq!((found[0].id, found[0].likeness), (bolt.id, likeness), "{}", new.facts.name);
            assert_eq!(customers::candidates(&s.app, &s.clerk, new.facts).await.unwrap(), found);
        }
        for different in ["Bolt", "Blot Trading", "Boltzmann Institut"] {
            add(&s, named(different)).await;
        }
        let twin = NewCustomer { accept_duplicates: true, ..named("Bolt & Söhne GmbH") };
        assert_eq!(add(&s, twin).await.number, "C-00005");
    }

    async fn external_ids_name_one_customer(s: Story) {
        let erp = |id: &str| vec![ExternalName { source: "erp".into(), id: id.into(), fingerprint: String::new() }];
        let bolt = add(&s, NewCustomer { external_ids: erp("4711"), ..named("Bolt") }).await;
        let found = customers::find_by_external_id(&s.app, &s.clerk, "erp", "4711").await.unwrap();
        assert_eq!(found.id, bolt.id);
        let error = customers::create(&s.app, &s.clerk, NewCustomer { external_ids: erp("4711"), ..named("Nut") }).await;
        assert_eq!(fields(error.unwrap_err()), ["external_ids[0]"]);
        assert!(matches!(
            customers::find_by_external_id(&s.app, &s.clerk, "crm", "4711").await,
            Err(Error::NotFound("customer"))
        ));
    }

    async fn a_change_says_what_was_and_what_is(s: Story) {
        let bolt = add(&s, named("Bolt")).await;
        let (version, mut changed) = facts(&s, bolt.id).await;
        changed.email = text("office@bolt.example");
        changed.terms = text("net-60");
        let after = customers::update(&s.app, &s.clerk, bolt.id, version, changed.clone()).await.unwrap();
        assert_eq!((after.version, after.number.as_str()), (2, "C-00001"));
        let stale = customers::update(&s.app, &s.clerk, bolt.id, version, changed.clone()).await.unwrap_err();
        assert!(matches!(stale, Error::Stale), "{stale}");
        let same = customers::update(&s.app, &s.clerk, bolt.id, 2, changed).await.unwrap();
        assert_eq!(same.version, 2, "nothing changed, nothing is recorded");
        let page = customers::timeline(&s.app, &s.clerk, bolt.id, None, None).await.unwrap();
        let event = &page.rows[0];
        assert_eq!(event.summary, "email, terms of customer C-00001 Bolt changed");
        assert_eq!(event.before.as_ref().unwrap().0, serde_json::json!({"email": null, "terms": null}));
        let now = serde_json::json!({"email": "office@bolt.example", "terms": "net-60"});
        assert_eq!((&event.after.as_ref().unwrap().0, event.actor.as_str()), (&now, "Clara Clerk"));
        assert_eq!(page.rows.len(), 2);
    }

    async fn parents_and_payers_make_no_circle(s: Story) {
        let top = add(&s, named("Top")).await;
        let mut middle = named("Middle");
        middle.facts.parent = text(&top.number);
        middle.facts.payer = Some(top.id.to_string());
        let middle = add(&s, middle).await;
        let mut low = named("Low");
        low.facts.parent = text(&middle.number);
        low.facts.payer = text(&middle.number);
        let low = add(&s, low).await;
        let (version, unchanged) = facts(&s, top.id).await;
        for above in [&top, &middle, &low] {
            let circle = CustomerFacts { parent: text(&above.number), payer: text(&above.number), ..unchanged.clone() };
            let error = customers::update(&s.app, &s.clerk, top.id, version, circle).await.unwrap_err();
            assert_eq!(fields(error), ["parent", "payer"], "{}", above.name);
        }
        let page = customers::show(&s.app, &s.clerk, middle.id).await.unwrap();
        let name = |row: &Option<CustomerRow>| row.as_ref().map(|row| row.name.clone());
        assert_eq!((name(&page.group.parent), name(&page.group.payer)), (text("Top"), text("Top")));
        assert_eq!((page.group.children[0].name.as_str(), page.group.pays_for.len()), ("Low", 1));
        let own = NewCustomer {
            facts: CustomerFacts { number: text("K-1"), payer: text("K-1"), ..named("Own").facts },
            ..NewCustomer::default()
        };
        assert_eq!(fields(customers::create(&s.app, &s.clerk, own).await.unwrap_err()), ["payer"]);
    }

    async fn archiving_waits_until_nothing_is_open(s: Story) {
        let bolt = add(&s, named("Bolt")).await;
        s.invoice(bolt.id, "100.00", "2026-03-10").await;
        let refused = customers::archive(&s.app, &s.clerk, bolt.id).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Bolt has 1 open item with a balance of 119.00 EUR; settle or write off what is open before archiving."
        );
        let nut = add(&s, named("Nut")).await;
        customers::archive(&s.app, &s.clerk, nut.id).await.unwrap();
        customers::archive(&s.app, &s.clerk, nut.id).await.unwrap();
        assert_eq!(names(&s, CustomerFilter::default()).await, ["Bolt"]);
        assert_eq!(names(&s, CustomerFilter { archived: true, ..CustomerFilter::default() }).await, ["Nut"]);
        customers::unarchive(&s.app, &s.clerk, nut.id).await.unwrap();
        let page = customers::timeline(&s.app, &s.clerk, nut.id, None, None).await.unwrap();
        let actions: Vec<&str> = page.rows.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(actions, ["customer.unarchived", "customer.archived", "customer.created"], "done twice, told once");
    }

    async fn contacts_come_and_go(s: Story) {
        let mut bolt = named("Bolt");
        bolt.contacts = vec![ContactFacts { name: "Anna".into(), role: text("billing"), ..ContactFacts::default() }];
        let bolt = add(&s, bolt).await;
        let bob = ContactFacts { name: "Bob".into(), email: text("bob@bolt.example"), ..ContactFacts::default() };
        let id = customers::add_contact(&s.app, &s.clerk, bolt.id, bob.clone()).await.unwrap();
        let dunned = ContactFacts { role: text("dunning"), ..bob.clone() };
        customers::change_contact(&s.app, &s.clerk, id, dunned).await.unwrap();
        let page = customers::show(&s.app, &s.clerk, bolt.id).await.unwrap();
        let shown: Vec<(i64, &str, &str)> =
            page.contacts.iter().map(|row| (row.position, row.name.as_str(), row.role.as_str())).collect();
        assert_eq!(shown, [(1, "Anna", "billing"), (2, "Bob", "dunning")]);
        let wrong = ContactFacts { email: text("bob"), ..bob };
        let error = customers::change_contact(&s.app, &s.clerk, id, wrong).await.unwrap_err();
        assert_eq!(fields(error), ["email"]);
        customers::remove_contact(&s.app, &s.clerk, id).await.unwrap();
        assert!(matches!(customers::remove_contact(&s.app, &s.clerk, id).await, Err(Error::NotFound("contact"))));
        let timeline = customers::timeline(&s.app, &s.clerk, bolt.id, None, None).await.unwrap();
        let told: Vec<&str> = timeline.rows.iter().take(3).map(|event| event.summary.as_str()).collect();
        let expected = [
            "Contact Bob of C-00001 Bolt was removed",
            "Contact Bob of C-00001 Bolt was changed",
            "Bob (other) was added to the contacts of C-00001 Bolt",
        ];
        assert_eq!(told, expected);
    }

    async fn many_at_once_all_or_nothing(s: Story) {
        add(&s, named("Bolt")).await;
        let mut daughter = named("Daughter");
        (daughter.facts.number, daughter.facts.parent) = (text("K-1"), text("K-2"));
        let mut mother = named("Mother");
        mother.facts.number = text("K-2");
        let mut rows = vec![daughter, mother, named("Third"), named("BOLT Ltd"), named("third!"), named("")];
        let all = NewCustomers { customers: rows.clone(), row_by_row: false };
        let error = customers::create_many(&s.app, &s.clerk, all).await.unwrap_err();
        let Error::Invalid(wrong) = error else { panic!("{error}") };
        let said: Vec<String> = wrong.into_iter().map(|wrong| format!("{}: {}", wrong.field, wrong.message)).collect();
        let expected = [
            "customers[3].name: this customer may be there already. \
             C-00001 Bolt: Its name is the same apart from legal form, accents and punctuation.",
            "customers[4].name: Third is in this call already. \
             Its name is the same apart from legal form, accents and punctuation.",
            "customers[5].name: give a name of 1 to 200 characters",
        ];
        assert_eq!(said, expected);
        assert_eq!(names(&s, CustomerFilter::default()).await, ["Bolt"]);

        rows[3].accept_duplicates = true;
        let each = NewCustomers { customers: rows, row_by_row: true };
        let outcome = customers::create_many(&s.app, &s.clerk, each).await.unwrap();
        let created: Vec<Option<&str>> = outcome
            .iter()
            .map(|row| match row {
                RowOutcome::Created(row) => Some(row.number.as_str()),
                RowOutcome::Wrong(_) => None,
            })
            .collect();
        assert_eq!(created, [Some("K-1"), Some("K-2"), Some("C-00002"), Some("C-00003"), None, None]);
        let daughter = customers::find_by_number(&s.app, &s.clerk, "K-1").await.unwrap();
        let page = customers::show(&s.app, &s.clerk, daughter.id).await.unwrap();
        assert_eq!(page.group.parent.unwrap().name, "Mother");
    }

    async fn a_row_whose_parent_is_refused_is_refused_and_circles_are(s: Story) {
        let row = |number: &str, parent: &str, name: &str| {
            let mut new = named(name);
            (new.facts.number, new.facts.parent) = (text(number), text(parent));
            new
        };
        let rows = vec![row("K-1", "K-2", "Child"), row("K-2", "K-3", "Parent"), row("K-3", "", " ")];
        let each = NewCustomers { customers: rows, row_by_row: true };
        let outcome = customers::create_many(&s.app, &s.clerk, each).await.unwrap();
        assert!(outcome.iter().all(|row| matches!(row, RowOutcome::Wrong(_))), "{outcome:?}");
        let rows = vec![row("K-1", "K-2", "One"), row("K-2", "K-1", "Two")];
        let circle = NewCustomers { customers: rows, row_by_row: false };
        let wrong = fields(customers::create_many(&s.app, &s.clerk, circle).await.unwrap_err());
        assert_eq!(wrong, ["customers[0].parent", "customers[1].parent"]);
    }

    async fn a_thousand_in_one_call_and_not_one_more(s: Story) {
        let rows = |count: usize| (0..count).map(|n| named(&format!("Shop {n}"))).collect::<Vec<_>>();
        let too_many = NewCustomers { customers: rows(1_001), row_by_row: true };
        assert_eq!(fields(customers::create_many(&s.app, &s.clerk, too_many).await.unwrap_err()), ["customers"]);
        let many = NewCustomers { customers: rows(1_000), row_by_row: false };
        assert_eq!(customers::create_many(&s.app, &s.clerk, many).await.unwrap().len(), 1_000);
        let last = customers::find_by_number(&s.app, &s.clerk, "C-01000").await.unwrap();
        assert_eq!(last.name, "Shop 999");
    }

    async fn the_list_filters_sorts_and_pages(s: Story) {
        for (name, segment, tags, currency) in [
            ("Äpfel AG", "retail", vec!["vip"], "EUR"),
            ("Birne GmbH", "retail", vec!["vip plus"], "EUR"),
            ("Citron SARL", "", vec![], "USD"),
            ("Dattel KG", "export", vec!["vip", "late"], "EUR"),
        ] {
            let mut new = named(name);
            new.facts.segment = text(segment);
            new.facts.tags = tags.into_iter().map(str::to_owned).collect();
            new.facts.currency = text(currency);
            add(&s, new).await;
        }
        let all = CustomerFilter::default;
        let search = |words: &str| CustomerFilter { search: text(words), ..CustomerFilter::default() };
        assert_eq!(names(&s, all()).await, ["Äpfel AG", "Birne GmbH", "Citron SARL", "Dattel KG"]);
        assert_eq!(names(&s, search("APF")).await, ["Äpfel AG"]);
        assert_eq!(names(&s, search("c-00003")).await, ["Citron SARL"]);
        assert_eq!(names(&s, search("citron sarl")).await, ["Citron SARL"], "the whole name with its legal form");
        assert_eq!(names(&s, search("%")).await, [""; 0], "a percent sign is a percent sign");
        assert_eq!(names(&s, CustomerFilter { tag: text("VIP"), ..all() }).await, ["Äpfel AG", "Dattel KG"]);
        assert_eq!(names(&s, CustomerFilter { segment: text("retail"), ..all() }).await.len(), 2);
        assert_eq!(names(&s, CustomerFilter { currency: Some(Currency::USD), ..all() }).await, ["Citron SARL"]);
        assert_eq!(customers::segments(&s.app, &s.clerk).await.unwrap(), ["export", "retail"]);
        for sort in [CustomerSort::Name, CustomerSort::Number, CustomerSort::NameDown, CustomerSort::NumberDown] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let filter = CustomerFilter { sort: Some(sort), limit: Some(3), after, ..all() };
                let (names, page) = list(&s, filter).await;
                seen.extend(names);
                after = page.next;
                if after.is_none() { break }
            }
            if sort.as_str().starts_with('-') {
                seen.reverse();
            }
            assert_eq!(seen, ["Äpfel AG", "Birne GmbH", "Citron SARL", "Dattel KG"], "{sort}");
        }
    }

    async fn the_list_shows_what_is_open_and_overdue_today(s: Story) {
        let (small, large, none) = (add(&s, named("Small")).await, add(&s, named("Large")).await, add(&s, named("None")).await);
        s.rate(Currency::USD, "2026-01-01", "0.5").await;
        s.invoice(small.id, "100.00", "2026-01-05").await; // 119.00, net 30: overdue
        s.invoice(large.id, "200.00", "2026-03-10").await; // 238.00, not due
        let dollars = app::lines::NewDocument {
            currency: Some(Currency::USD),
            on: Some("2026-03-01".parse().unwrap()),
            ..order_form(large.id, &[("Work", "1", "100.00")])
        };
        invoices::issue_many(&s.app, &s.clerk, &[dollars]).await.unwrap(); // 119.00 USD, 59.50 EUR
        let (sorted, page) = list(&s, CustomerFilter { sort: Some(CustomerSort::Largest), ..CustomerFilter::default() }).await;
        assert_eq!(sorted, ["Large", "Small"], "who owes nothing has no place in it");
        let balances = |at: usize| {
            let shown = page.rows[at].balances.iter();
            shown.map(|b| (b.currency.code(), b.open_minor, b.overdue_minor, b.items)).collect::<Vec<_>>()
        };
        assert_eq!(balances(0), [("EUR", 23_800, 0, 1), ("USD", 11_900, 0, 1)]);
        assert_eq!(balances(1), [("EUR", 11_900, 11_900, 1)]);
        let euro = CustomerFilter { currency: Some(Currency::EUR), ..CustomerFilter::default() };
        for filter in [CustomerFilter::default(), euro] {
            let first = CustomerFilter { sort: Some(CustomerSort::Largest), limit: Some(1), ..filter };
            let (large, page) = list(&s, first.clone()).await;
            let (small, last) = list(&s, CustomerFilter { after: page.next, ..first }).await;
            assert_eq!((large, small, last.next), (vec!["Large".to_owned()], vec!["Small".to_owned()], None));
        }
        let owing = |owing| CustomerFilter { owing: Some(owing), ..CustomerFilter::default() };
        assert_eq!(names(&s, owing(Owing::Open)).await, ["Large", "Small"]);
        assert_eq!(names(&s, owing(Owing::Overdue)).await, ["Small"]);
        assert_eq!(none.number, "C-00003");
    }

    async fn the_page_tells_what_is_open_by_age(s: Story) {
        let bolt = add(&s, named("Bolt")).await;
        // Net 30; today is 2026-03-16. Due 2026-02-04 (40 days ago), 2026-03-12 (4 days ago), 2026-04-09.
        for (net, on) in [("100.00", "2026-01-05"), ("10.00", "2026-02-10"), ("1.00", "2026-03-10")] {
            s.invoice(bolt.id, net, on).await;
        }
        let page = customers::show(&s.app, &s.clerk, bolt.id).await.unwrap();
        let balance = &page.figures.balances[0];
        assert_eq!(balance.buckets, [119, 1_190, 11_900, 0, 0], "current, 1-30, 31-60, 61-90, over 90");
        assert_eq!((balance.open_minor, balance.overdue_minor, balance.unapplied_minor), (13_209, 13_090, 0));
        assert_eq!((page.figures.open_items, page.open_items[0].open_minor), (3, 11_900));
        let turnover = &page.figures.turnover[0];
        assert_eq!((turnover.invoices, turnover.total_minor, turnover.last_year_minor), (3, 13_209, 13_209));
        assert_eq!(page.figures.habit, None);
        assert!(matches!(
            customers::show(&s.app, &s.clerk, app::new_id()).await,
            Err(Error::NotFound("customer"))
        ));
    }

    async fn what_was_taken_back_was_not_paid(s: Story) {
        let bolt = add(&s, named("Bolt")).await;
        let paid = async || customers::show(&s.app, &s.clerk, bolt.id).await.unwrap().figures.turnover[0].paid_minor;
        let bounced = s.record(crate::cash::wire(bolt.id, crate::story::eur("70.00"), "2026-03-04")).await;
        s.record(crate::cash::wire(bolt.id, crate::story::eur("50.00"), "2026-03-05")).await;
        assert_eq!(paid().await, 12_000);
        app::payments::reverse(&s.app, &s.clerk, bounced.id, crate::story::day("2026-03-09"), "Bounced").await.unwrap();
        assert_eq!(paid().await, 5_000);
    }

    async fn many_are_sorted_at_once(s: Story) {
        let (one, two) = (add(&s, named("One")).await, add(&s, named("Two")).await);
        let sorting = |segment: Option<&str>, add: &[&str], remove: &[&str]| Sorting {
            customers: vec![one.id, two.id],
            segment: segment.map(str::to_owned),
            add_tags: add.iter().map(|tag| (*tag).to_owned()).collect(),
            remove_tags: remove.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        let sort = async |sorting| customers::sort_into(&s.app, &s.clerk, sorting).await;
        assert_eq!(sort(sorting(Some("retail"), &["VIP"], &[])).await.unwrap(), 2);
        assert_eq!(sort(sorting(Some("retail"), &["vip"], &[])).await.unwrap(), 0, "they are there already");
        assert_eq!(sort(sorting(Some(""), &[], &["vip"])).await.unwrap(), 2);
        let (version, facts) = facts(&s, one.id).await;
        assert_eq!((version, facts.segment, facts.tags), (3, None, vec![]));
        assert_eq!(fields(sort(sorting(None, &["\"x\""], &[])).await.unwrap_err()), ["add_tags"]);
    }

    async fn the_timeline_pages_backwards(s: Story) {
        let bolt = add(&s, named("Bolt")).await;
        s.invoice(bolt.id, "1.00", "2026-03-10").await;
        let first = customers::timeline(&s.app, &s.clerk, bolt.id, None, Some(1)).await.unwrap();
        assert_eq!((first.rows.len(), first.rows[0].action.as_str()), (1, "invoice.issued"));
        let second = customers::timeline(&s.app, &s.clerk, bolt.id, first.next, Some(1)).await.unwrap();
        assert_eq!((second.rows[0].action.as_str(), second.next), ("customer.created", None));
        assert_eq!(second.rows[0].subject_id, bolt.id.0);
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
