//! What documents are made with, edited by a manager: terms, taxes, products, calendars, rates, bank accounts, series.

use crate::story::{Story, day, order_form};
use app::{
    App, Error,
    catalogue::{self, CalendarFacts, NewRate, ProductQuery, RateChanges, TaxFacts},
    companies::{self, BankAccountFacts, SeriesFacts},
    context::Caller,
    invoices, ledger,
};
use domain::{
    calendar::HolidaySet,
    companies::Series,
    ledger::AccountKind,
    products::ProductFacts,
    taxes::{DatedRate, TaxCategory},
    terms::{BusinessDayRule, DueRule, Terms},
    users::Role,
};
use kernel::{Currency, Percent};
use testkit::on_both_engines;

fn fields(error: Error) -> Vec<String> {
    let Error::Invalid(fields) = error else { panic!("{error}") };
    fields.into_iter().map(|wrong| wrong.field).collect()
}

fn administrator(s: &Story) -> Caller {
    Caller { permissions: Role::Administrator.permissions(), ..s.manager.clone() }
}

fn rate(from: Currency, to: Currency, on: &str, rate: &str) -> NewRate {
    NewRate { from, to, on: day(on), rate: rate.parse().unwrap(), source: "ECB".into() }
}

fn product(sku: &str, name: &str) -> ProductFacts {
    ProductFacts { sku: sku.into(), name: name.into(), unit_price: "12.50".into(), ..ProductFacts::default() }
}

async fn last_event(s: &Story) -> (String, Option<serde_json::Value>, Option<serde_json::Value>) {
    let mut tx = s.app.db.snapshot().await.unwrap();
    let sql = tx.select::<store::audit::EventRow>("WHERE company_id = $1 ORDER BY id DESC LIMIT 1");
    let event: store::audit::EventRow = sql.bind(s.company).one().await.unwrap();
    (event.summary, event.before.map(|json| json.0), event.after.map(|json| json.0))
}

on_both_engines! {
    prepare = begin;

    async fn terms_change_for_later_documents_only(s: Story) {
        let net = |days| Terms::single(DueRule::NetDays { days });
        let id = catalogue::create_terms(&s.app, &s.manager, "special", net(10)).await.unwrap();
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let form = || app::lines::NewDocument { terms: Some("special".into()), ..order_form(bolt, &[("Work", "1", "1.00")]) };
        let first = invoices::issue_many(&s.app, &s.clerk, &[form()]).await.unwrap()[0].id;
        catalogue::edit_terms(&s.app, &s.manager, id, 1, net(20)).await.unwrap();
        let second = invoices::issue_many(&s.app, &s.clerk, &[form()]).await.unwrap()[0].id;
        for (invoice, due) in [(first, "2026-03-26"), (second, "2026-04-05")] {
            assert_eq!(invoices::show(&s.app, &s.clerk, invoice).await.unwrap().items[0].due_on, day(due));
        }
        let terms = catalogue::terms(&s.app, &s.clerk).await.unwrap();
        let special = terms.iter().find(|row| row.code == "special").unwrap();
        assert_eq!((special.name.as_str(), special.version), ("net 20", 2), "the label follows");
        let stale = catalogue::edit_terms(&s.app, &s.manager, id, 1, net(30)).await.unwrap_err();
        assert!(matches!(stale, Error::Stale), "{stale}");
    }

    async fn what_one_program_changes_the_other_prices_and_posts_with(s: Story) {
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let form = |on| app::lines::NewDocument {
            terms: Some("special".into()),
            on: Some(day(on)),
            ..order_form(bolt, &[("Work", "1", "1.00")])
        };
        let net = |days| Terms::single(DueRule::NetDays { days });
        let id = catalogue::create_terms(&s.app, &s.manager, "special", net(10)).await.unwrap();
        let other = App::with_clock(s.app.db.clone(), s.clock.clone());
        let issue = async |app: &App, on| {
            let id = invoices::issue_many(app, &s.clerk, &[form(on)]).await.unwrap()[0].id;
            let due = invoices::show(app, &s.clerk, id).await.unwrap().items[0].due_on;
            (due, ledger::entries_of(app, &s.clerk, id.0).await.unwrap()[0].entry.posted_on)
        };
        assert_eq!(issue(&other, "2026-01-12").await, (day("2026-01-22"), day("2026-01-12")));
        catalogue::edit_terms(&s.app, &s.manager, id, 1, net(20)).await.unwrap();
        ledger::close_period(&s.app, &s.manager, day("2026-01-01")).await.unwrap();
        assert_eq!(issue(&other, "2026-01-12").await, (day("2026-02-01"), day("2026-02-01")), "net 20, next open day");
        ledger::reopen_period(&s.app, &s.manager, day("2026-01-01")).await.unwrap();
        assert_eq!(issue(&other, "2026-01-12").await, (day("2026-02-01"), day("2026-01-12")));
    }

    async fn terms_that_make_no_sense_are_refused(s: Story) {
        let none = Terms { instalments: vec![], ..Terms::single(DueRule::NetDays { days: 1 }) };
        let create = async |code: &str, spec: &Terms| {
            fields(catalogue::create_terms(&s.app, &s.manager, code, spec.clone()).await.unwrap_err())
        };
        assert_eq!(create("none", &none).await, ["instalments"]);
        let net = |percent, days| (Percent::whole(percent), DueRule::NetDays { days });
        assert_eq!(create("most", &Terms::parts([net(60, 1), net(30, 2)])).await, ["instalments"]);
        assert_eq!(create("over", &Terms::parts([net(50, 1), net(150, 2)])).await, ["instalments[1].percent"]);
        let of_month = DueRule::DayOfMonth { day: 15, months: 1, cutoff_day: Some(32) };
        assert_eq!(create("cut", &Terms::single(of_month)).await, ["instalments[0].due.cutoff_day"]);
        let steps = Terms::single(DueRule::NetDays { days: 30 }).with_discount(Percent::whole(2), 10);
        let upside_down = steps.with_discount(Percent::whole(3), 20);
        assert_eq!(create("steps", &upside_down).await, ["discounts[1].within_days"]);
        let good = Terms::single(DueRule::NetDays { days: 1 });
        assert_eq!(create("Net 1", &good).await, ["code"]);
        assert_eq!(create("net-30", &good).await, ["code"], "taken");
        let clerk = catalogue::create_terms(&s.app, &s.clerk, "mine", good).await.unwrap_err();
        assert!(matches!(clerk, Error::Forbidden(_)));
        let terms = catalogue::terms(&s.app, &s.clerk).await.unwrap();
        let usual = terms.iter().find(|row| row.code == "net-30").unwrap();
        let error = catalogue::archive_terms(&s.app, &s.manager, usual.id).await.unwrap_err();
        assert_eq!(error.to_string(), "net 30 are the company's usual terms; choose others under Settings first.");
        let other = terms.iter().find(|row| row.code == "net-60").unwrap();
        catalogue::archive_terms(&s.app, &s.manager, other.id).await.unwrap();
        catalogue::archive_terms(&s.app, &s.manager, other.id).await.unwrap();
        catalogue::unarchive_terms(&s.app, &s.manager, other.id).await.unwrap();
        assert_eq!(last_event(&s).await.0, "Payment terms net-60 (net 60) was taken back from the archive");
    }

    async fn tax_codes_need_a_rate_or_a_reason_and_an_account(s: Story) {
        let rate = |from: &str, percent| DatedRate { valid_from: day(from), rate: Percent::whole(percent) };
        let facts = |category, reason: Option<&str>, rates: Vec<DatedRate>, account: Option<&str>| TaxFacts {
            name: "Local tax".into(),
            category,
            exemption_reason: reason.map(str::to_owned),
            rates,
            account: account.map(str::to_owned),
        };
        let wrong = [
            (facts(TaxCategory::Standard, None, vec![], None), "rates"),
            (facts(TaxCategory::Exempt, None, vec![], None), "exemption_reason"),
            (facts(TaxCategory::Standard, None, vec![rate("2026-02-01", 5), rate("2026-01-01", 6)], None), "rates[1].valid_from"),
            (facts(TaxCategory::Standard, None, vec![rate("2026-01-01", 5)], Some("9999")), "account"),
        ];
        for (facts, field) in wrong {
            let error = catalogue::create_tax_code(&s.app, &s.manager, "local", facts).await.unwrap_err();
            assert_eq!(fields(error), [field]);
        }
        let first = facts(TaxCategory::Standard, None, vec![rate("2026-01-01", 5)], None);
        let id = catalogue::create_tax_code(&s.app, &s.manager, "local", first).await.unwrap();
        let more = facts(TaxCategory::Standard, None, vec![rate("2026-01-01", 5), rate("2027-01-01", 6)], Some("2200"));
        catalogue::edit_tax_code(&s.app, &s.manager, id, 1, more.clone()).await.unwrap();
        let (summary, before, _) = last_event(&s).await;
        assert_eq!(summary, "rates of Tax code local (Local tax) changed");
        assert_eq!(before.unwrap(), serde_json::json!({"rates": [{"rate": "5", "valid_from": "2026-01-01"}]}));
        catalogue::edit_tax_code(&s.app, &s.manager, id, 2, more).await.unwrap();
        let codes = catalogue::tax_codes(&s.app, &s.clerk).await.unwrap();
        let local = codes.iter().find(|row| row.code == "local").unwrap();
        assert_eq!((local.version, local.account.as_str()), (2, "2200"), "the same again changes nothing");
        catalogue::archive_tax_code(&s.app, &s.manager, id).await.unwrap();
        let standard = codes.iter().find(|row| row.code == "standard").unwrap();
        assert!(catalogue::archive_tax_code(&s.app, &s.manager, standard.id).await.is_err(), "it is the usual one");
    }

    async fn products_are_found_by_sku_and_name(s: Story) {
        let pump = product("P-1", "Pump");
        let id = catalogue::create_product(&s.app, &s.manager, pump.clone()).await.unwrap();
        catalogue::create_product(&s.app, &s.manager, product("A-9", "Adapter 50%")).await.unwrap();
        let wrong = ProductFacts {
            tax_code: Some("nonsense".into()),
            revenue_account: Some("1000".into()),
            unit_price: "-1".into(),
            ..pump.clone()
        };
        let error = catalogue::create_product(&s.app, &s.manager, wrong).await.unwrap_err();
        assert_eq!(fields(error), ["sku", "tax_code", "revenue_account", "unit_price"]);
        let dearer = ProductFacts { unit_price: "13.999999".into(), tax_code: Some("reduced".into()), ..pump };
        catalogue::edit_product(&s.app, &s.manager, id, 1, dearer).await.unwrap();
        let (summary, before, _) = last_event(&s).await;
        assert_eq!(summary, "tax code id, unit price of Product P-1 Pump changed");
        assert_eq!(before.unwrap()["unit_price"], "12.5");
        let skus = async |query: ProductQuery| {
            let page = catalogue::product_list(&s.app, &s.clerk, query).await.unwrap();
            (page.rows.iter().map(|row| row.sku.clone()).collect::<Vec<_>>(), page.next)
        };
        let query = |part: &str| ProductQuery { search: Some(part.into()), ..ProductQuery::default() };
        assert_eq!(skus(query("PUM")).await.0, ["P-1"]);
        assert_eq!(skus(query("50%")).await.0, ["A-9"]);
        assert_eq!(skus(query("5_%")).await.0, [""; 0]);
        let (first, next) = skus(ProductQuery { limit: Some(1), ..ProductQuery::default() }).await;
        assert_eq!(first, ["A-9"]);
        assert_eq!(skus(ProductQuery { after: next, ..ProductQuery::default() }).await.0, ["P-1"]);
        catalogue::archive_product(&s.app, &s.manager, id).await.unwrap();
        assert_eq!(skus(ProductQuery::default()).await.0, ["A-9"]);
        assert_eq!(skus(ProductQuery { archived: true, ..ProductQuery::default() }).await.0, ["P-1"]);
    }

    async fn due_days_move_around_the_chosen_calendar(s: Story) {
        let following = Terms {
            business_days: BusinessDayRule::Following,
            ..Terms::single(DueRule::NetDays { days: 30 })
        };
        catalogue::create_terms(&s.app, &s.manager, "next-day", following).await.unwrap();
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let due = async || {
            // 2026-03-06 + 30 days is Easter Sunday, 2026-04-05; Easter Monday is the 6th.
            let form = app::lines::NewDocument {
                terms: Some("next-day".into()),
                on: Some(day("2026-03-06")),
                ..order_form(bolt, &[("Work", "1", "1.00")])
            };
            let id = invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].id;
            invoices::show(&s.app, &s.clerk, id).await.unwrap().items[0].due_on
        };
        assert_eq!(due().await, day("2026-04-06"), "only weekends are off");
        let germany = CalendarFacts {
            name: "Germany".into(),
            holiday_set: Some(HolidaySet::Germany),
            ..CalendarFacts::default()
        };
        let id = catalogue::create_calendar(&s.app, &s.manager, germany.clone()).await.unwrap();
        let chosen = catalogue::choose_calendar(&s.app, &s.manager, Some(id)).await;
        assert!(matches!(chosen, Err(Error::Forbidden(_))), "settings are the administrator's");
        catalogue::choose_calendar(&s.app, &administrator(&s), Some(id)).await.unwrap();
        assert_eq!(due().await, day("2026-04-07"));
        let more = CalendarFacts { holidays: [day("2026-04-07")].into(), ..germany };
        catalogue::edit_calendar(&s.app, &s.manager, id, 1, more).await.unwrap();
        assert_eq!(due().await, day("2026-04-08"));
        let closed = CalendarFacts { name: "Never".into(), weekend: Some((1..=7).collect()), ..CalendarFacts::default() };
        assert_eq!(fields(catalogue::create_calendar(&s.app, &s.manager, closed).await.unwrap_err()), ["weekend"]);
    }

    async fn the_latest_rate_on_or_before_a_day_counts_in_either_direction(s: Story) {
        let (eur, usd) = (Currency::EUR, Currency::USD);
        let rates = vec![rate(eur, usd, "2026-01-01", "1.25"), rate(usd, eur, "2026-02-01", "0.9"), rate(eur, usd, "2026-03-01", "1.6")];
        let changes = catalogue::enter_rates(&s.app, &s.manager, rates.clone()).await.unwrap();
        assert_eq!(changes, RateChanges { added: 3, changed: 0, unchanged: 0 });
        let mut tx = s.app.db.snapshot().await.unwrap();
        for (on, expected) in [("2025-12-31", None), ("2026-01-31", Some("0.8")), ("2026-02-01", Some("0.9")), ("2026-03-01", Some("0.625"))] {
            let found = store::catalogue::fx_rate(&mut tx, s.company, usd, eur, day(on)).await.unwrap();
            assert_eq!(found.map(|rate| rate.to_string()).as_deref(), expected, "{on}");
        }
        drop(tx);
        let again = vec![rates[0].clone(), rate(usd, eur, "2026-02-01", "0.95")];
        let changes = catalogue::enter_rates(&s.app, &s.manager, again).await.unwrap();
        assert_eq!(changes, RateChanges { added: 0, changed: 1, unchanged: 1 });
        let (summary, before, after) = last_event(&s).await;
        assert_eq!(summary, "From 2026-02-01: 1 USD is 0.95 EUR");
        assert_eq!((before.unwrap()["rate"].clone(), after.unwrap()["rate"].clone()), ("0.9".into(), "0.95".into()));
        let wrong = vec![
            rate(eur, eur, "2026-01-01", "1"),
            rate(eur, usd, "2026-01-01", "0"),
            NewRate { source: " ".into(), ..rate(eur, usd, "2026-01-01", "1") },
        ];
        let error = catalogue::enter_rates(&s.app, &s.manager, wrong).await.unwrap_err();
        assert_eq!(fields(error), ["rates[0].to", "rates[1].rate", "rates[2].source", "rates[2].on"]);
        assert_eq!(catalogue::fx_rates(&s.app, &s.clerk).await.unwrap()[0].on_date, day("2026-03-01"));
    }

    async fn bank_accounts_have_a_checked_iban_and_a_ledger_account(s: Story) {
        let admin = administrator(&s);
        let facts = |name: &str, iban: &str| BankAccountFacts {
            name: name.into(),
            iban: Some(iban.into()),
            ..BankAccountFacts::default()
        };
        let wrong = BankAccountFacts {
            bic: Some("COBA".into()),
            currency: Some("XX".into()),
            ..facts(" ", "DE88370400440532013000")
        };
        let error = companies::add_bank_account(&s.app, &admin, wrong).await.unwrap_err();
        assert_eq!(fields(error), ["name", "iban", "bic", "currency"]);
        let savings = BankAccountFacts { is_default: true, bic: Some("cobadeff xxx".into()), ..facts("Savings", "de89 3704 0044 0532 0130 00") };
        let id = companies::add_bank_account(&s.app, &admin, savings.clone()).await.unwrap();
        let rows = companies::bank_accounts(&s.app, &s.clerk).await.unwrap();
        assert_eq!(rows.len(), 2);
        let row = rows.iter().find(|row| row.id == id).unwrap();
        assert_eq!((row.iban.as_deref(), row.bic.as_deref()), (Some("DE89370400440532013000"), Some("COBADEFFXXX")));
        assert_eq!((row.account.as_str(), row.is_default), ("1001", true), "1000 is the first bank's");
        assert_eq!(rows.iter().filter(|row| row.is_default).count(), 1, "one default");
        let account = app::ledger::accounts(&s.app, &s.clerk).await.unwrap().into_iter().find(|a| a.code == "1001").unwrap();
        assert_eq!((account.name.as_str(), account.kind), ("Savings", AccountKind::Asset));

        let twice = companies::add_bank_account(&s.app, &admin, facts("Copy", "DE89370400440532013000")).await.unwrap_err();
        assert_eq!(twice.to_string(), "iban: DE89370400440532013000 is the IBAN of Savings");
        let income = BankAccountFacts { account: Some("4000".into()), ..facts("Odd", "AT611904300234573201") };
        assert_eq!(fields(companies::add_bank_account(&s.app, &admin, income).await.unwrap_err()), ["account"]);
        let moved = BankAccountFacts { currency: Some("USD".into()), account: Some("1000".into()), is_default: false, ..savings.clone() };
        let error = companies::edit_bank_account(&s.app, &admin, id, moved).await.unwrap_err();
        assert_eq!(fields(error), ["currency", "account", "is_default"]);
        let renamed = BankAccountFacts { name: "Reserve".into(), ..savings };
        companies::edit_bank_account(&s.app, &admin, id, renamed).await.unwrap();
        let default = companies::archive_bank_account(&s.app, &admin, id).await.unwrap_err();
        assert_eq!(default.to_string(), "Reserve is the default account; make another one the default first.");
        let first = rows.iter().find(|row| row.id != id).unwrap();
        companies::archive_bank_account(&s.app, &admin, first.id).await.unwrap();
        assert!(matches!(companies::archive_bank_account(&s.app, &s.manager, id).await, Err(Error::Forbidden(_))));
    }

    async fn series_change_without_making_numbers_ambiguous(s: Story) {
        let admin = administrator(&s);
        let bolt = s.customer("Bolt", Currency::EUR).await;
        let edit = async |kind, prefix: &str, digits, yearly| {
            companies::edit_series(&s.app, &admin, kind, SeriesFacts { prefix: prefix.into(), digits, yearly }).await
        };
        let issue = async || {
            let form = order_form(bolt, &[("Work", "1", "1.00")]);
            invoices::issue_many(&s.app, &s.clerk, &[form]).await.unwrap()[0].number.clone()
        };
        assert_eq!(issue().await, "INV-2026-000001");
        assert_eq!(fields(edit(Series::Invoice, "IN-V", 0, true).await.unwrap_err()), ["prefix", "digits"]);
        assert_eq!(fields(edit(Series::Invoice, "CRN", 6, true).await.unwrap_err()), ["prefix"], "credit notes have it");
        let error = edit(Series::Invoice, "INV", 6, false).await.unwrap_err();
        assert_eq!(error.to_string(), "yearly: numbers up to 1 were given in 2026; change it before the first one is given");
        edit(Series::Invoice, "re", 4, true).await.unwrap();
        assert_eq!(issue().await, "RE-2026-0002", "the count goes on");
        let error = edit(Series::CreditNote, "INV", 6, true).await.unwrap_err();
        assert_eq!(error.to_string(), "prefix: INV-2026-000001 of another series begins so already");
        edit(Series::Invoice, "INV", 6, true).await.unwrap();
        assert_eq!(issue().await, "INV-2026-000003", "its own numbers may begin so");
        edit(Series::CreditNote, "GU", 6, false).await.unwrap();
        let rows = companies::series(&s.app, &s.clerk).await.unwrap();
        let row = rows.iter().find(|row| row.kind == Series::CreditNote).unwrap();
        assert_eq!((row.prefix.as_str(), row.yearly), ("GU", false), "none was given this year");
    }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
