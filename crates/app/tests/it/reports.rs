//! Reports as an accountant would check them: by hand, on back-dated facts, in two currencies, on both engines.

mod books;
mod statements;

use crate::{
    cash::wire,
    story::{Story, day, eur, order_form},
};
use app::{
    Error,
    cash::{self, AllocateCash, AllocationRequest},
    credit_notes::{self, CreditRequest},
    invoices,
    lines::NewDocument,
    payments::{self, RecordPayment},
    reports::{self, Asked, Report},
};
use domain::{
    items::{Change, open_minor},
    ledger::AccountRole,
    reports::{AgingBasis, Buckets},
};
use kernel::{Currency, CustomerId, Date, InvoiceId, Money, OpenItemId, Timestamp};
use std::collections::BTreeMap;
use store::items::{MovementRow, OpenItemRow};
use testkit::on_both_engines;

/// Parameters as they are written on the command line: `as_of=2026-03-31 by=group`.
fn asked(name: &str, words: &str) -> Asked {
    let pairs = words.split_whitespace().map(|word| word.split_once('=').unwrap());
    Asked::read(name, pairs).unwrap()
}

fn shown(rows: &[reports::Row]) -> Vec<String> {
    rows.iter().map(|row| row.cells.iter().map(reports::Cell::text).collect::<Vec<_>>().join(" | ")).collect()
}

impl Story {
    async fn report(&self, name: &str, words: &str) -> Report {
        reports::run(&self.app, &self.auditor, name, &asked(name, words)).await.unwrap()
    }

    async fn rows(&self, name: &str, words: &str) -> Vec<String> {
        shown(&self.report(name, words).await.rows)
    }

    async fn the_item(&self, invoice: InvoiceId) -> OpenItemId {
        invoices::show(&self.app, &self.clerk, invoice).await.unwrap().items[0].id
    }

    async fn receives(&self, customer: CustomerId, money: Money, on: &str, debts: &[OpenItemId]) -> OpenItemId {
        let allocations = debts.iter().map(|&to| AllocationRequest::of(to)).collect();
        let new = RecordPayment { allocations, ..wire(customer, money, on) };
        payments::record(&self.app, &self.clerk, new).await.unwrap().item
    }

    async fn owes(&self, customer: CustomerId, currency: Currency, net: &str, on: &str) -> InvoiceId {
        let form = order_form(customer, &[("Work", "1", net)]);
        let form = NewDocument { on: Some(day(on)), currency: Some(currency), ..form };
        invoices::issue_many(&self.app, &self.clerk, &[form]).await.unwrap()[0].id
    }

    async fn belongs_to(&self, child: CustomerId, parent: CustomerId) {
        let mut tx = self.app.db.begin().await.unwrap();
        let row = store::customers::by_id(&mut tx, self.company, child).await.unwrap().unwrap();
        let row = store::customers::CustomerRow { parent_id: Some(parent), segment: Some("Retail".into()), ..row };
        store::customers::update(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn facts(&self) -> (Vec<OpenItemRow>, Vec<MovementRow>) {
        let mut tx = self.app.db.snapshot().await.unwrap();
        let items =
            tx.select::<OpenItemRow>("WHERE company_id = $1 ORDER BY id").bind(self.company).all().await.unwrap();
        let movements = tx.select::<MovementRow>("WHERE company_id = $1 ORDER BY id").bind(self.company).all().await;
        (items, movements.unwrap())
    }
}

/// Items on every border of the buckets as of 2026-03-31, on terms of 30 days, and 50.00 that is not used.
async fn borders(s: &Story) -> CustomerId {
    s.on("2026-03-31");
    let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
    for (net, on) in [
        ("100.00", "2026-03-01"), // due on the day itself
        ("200.00", "2026-02-28"), // due yesterday
        ("10.00", "2026-01-30"),  // 30 days overdue
        ("20.00", "2026-01-29"),  // 31 days overdue
        ("30.00", "2025-11-01"),  // 120 days overdue
    ] {
        s.invoice(bolt, net, on).await;
    }
    s.receives(bolt, eur("50.00"), "2026-03-20", &[]).await;
    bolt
}

on_both_engines! {
    prepare = begin;

    async fn aging_counts_days_from_the_day_after_the_due_day(s: Story) {
        borders(&s).await;
        let report = s.report("aged-receivables", "").await;
        let titles: Vec<&str> = report.columns.iter().map(|column| column.title.as_str()).collect();
        assert_eq!(titles, [
            "Number", "Customer", "Currency", "Not due", "1-30", "31-60", "61-90", "Over 90", "Unapplied and credits",
            "Total", "Overdue", "Oldest due",
        ]);
        // 238.00 + 11.90 are 1 to 30 days late, 23.80 is 31 days late, 35.70 120 days.
        let figures = "EUR | 119.00 | 249.90 | 23.80 | 0.00 | 35.70 | -50.00 | 378.40 | 309.40 | 2025-12-01";
        assert_eq!(shown(&report.rows), [format!("C-Bolt Ltd | Bolt Ltd | {figures}")]);
        assert_eq!(shown(&report.totals), [format!(" | Total | {figures}")]);
        // The payment came in on the 20th: 11 days old.
        let netted = "C-Bolt Ltd | Bolt Ltd | EUR | 119.00 | 199.90 | 23.80 | 0.00 | 35.70 | 378.40 | 309.40 | 2025-12-01";
        assert_eq!(s.rows("aged-receivables", "credits=netted").await, [netted]);
        // From the documents' own days: 30, 31, 60, 61 and 150 days.
        let dated = "EUR | 119.00 | 249.90 | 23.80 | 35.70 | -50.00 | 378.40 | 309.40 | 2025-12-01";
        assert_eq!(s.rows("aged-receivables", "basis=invoice_date by=currency").await, [dated]);
        let weekly = "Acme GmbH | EUR | 119.00 | 238.00 | 0.00 | 71.40 | -50.00 | 378.40 | 309.40 | 2025-12-01";
        assert_eq!(s.rows("aged-receivables", "buckets=7,14 by=company amounts=base").await, [weekly]);
    }

    async fn the_past_is_never_read_from_the_balances_of_today(s: Story) {
        let bolt = borders(&s).await;
        // As of the end of February: 238.00 + 11.90 + 23.80 are not due, 35.70 is 89 days late.
        let february = "C-Bolt Ltd | Bolt Ltd | EUR | 273.70 | 0.00 | 0.00 | 35.70 | 0.00 | 0.00 | 309.40 | 35.70 | 2025-12-01";
        assert_eq!(s.rows("aged-receivables", "as_of=2026-02-28").await, [february]);
        s.on("2026-04-20");
        let debts: Vec<OpenItemId> = s.facts().await.0.iter().filter(|i| i.open_minor > 0).map(|i| i.id).collect();
        s.receives(bolt, eur("428.40"), "2026-04-15", &debts).await;
        assert_eq!(s.rows("aged-receivables", "as_of=2026-02-28").await, [february]);
        // 428.40 of debts were paid; the 50.00 is left.
        let now = "C-Bolt Ltd | Bolt Ltd | EUR | 0.00 | 0.00 | 0.00 | 0.00 | 0.00 | -50.00 | -50.00 | 0.00 | ";
        assert_eq!(s.rows("aged-receivables", "").await, [now]);
        assert_eq!(s.rows("aged-receivables", "as_of=2026-03-31").await, [
            "C-Bolt Ltd | Bolt Ltd | EUR | 119.00 | 249.90 | 23.80 | 0.00 | 35.70 | -50.00 | 378.40 | 309.40 | 2025-12-01",
        ]);
        assert_eq!(s.rows("aged-receivables", "as_of=2025-10-31").await, Vec::<String>::new());
        s.assert_books().await;
    }

    async fn a_late_fact_changes_the_past_only_from_when_it_was_known(s: Story) {
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        s.on("2026-01-10");
        let item = s.the_item(s.invoice(bolt, "1000.00", "2026-01-10").await).await;
        s.on("2026-03-02");
        s.receives(bolt, eur("476.00"), "2026-02-05", &[item]).await;
        let total = |rows: Vec<String>| rows[0].split(" | ").nth(9).unwrap().to_owned();
        assert_eq!(total(s.rows("aged-receivables", "as_of=2026-02-28").await), "714.00");
        let known = "as_of=2026-02-28 known_at=2026-02-28T23:00:00Z";
        let before = "C-Bolt Ltd | Bolt Ltd | EUR | 0.00 | 1190.00 | 0.00 | 0.00 | 0.00 | 0.00 | 1190.00 | 1190.00 | 2026-02-09";
        assert_eq!(s.rows("aged-receivables", known).await, [before]);
        // The same invoice, the same instant, before the payment took effect.
        assert_eq!(total(s.rows("aged-receivables", "as_of=2026-02-04").await), "1190.00");
        let items = s.report("open-items", known).await;
        assert_eq!(shown(&items.rows), [
            "C-Bolt Ltd | Bolt Ltd | INV-2026-000001 | Invoice | 2026-01-10 | 2026-02-09 | 19 | EUR | 1190.00 | 1190.00 | 1190.00",
        ]);
        assert_eq!(shown(&items.totals), [" | Total of 1 item |  |  |  |  |  | EUR |  | 1190.00 | 1190.00"]);
    }

    async fn a_leap_day_is_a_day(s: Story) {
        s.on("2028-04-10");
        let bolt = s.customer("Bolt Ltd", Currency::EUR).await;
        s.invoice(bolt, "100.00", "2028-01-30").await; // due on 2028-02-29
        let bucket = |as_of: &'static str| {
            let s = &s;
            async move {
                let rows = s.rows("aged-receivables", &format!("as_of={as_of}")).await;
                rows[0].split(" | ").skip(3).take(5).position(|cell| cell == "119.00").unwrap()
            }
        };
        assert_eq!(bucket("2028-02-29").await, 0);
        assert_eq!(bucket("2028-03-01").await, 1);
        assert_eq!(bucket("2028-03-30").await, 1);
        assert_eq!(bucket("2028-03-31").await, 2);
    }

    async fn groups_currencies_and_base_amounts(s: Story) {
        s.on("2026-03-31");
        s.rate(Currency::USD, "2026-01-01", "0.9").await;
        let (holding, shop) = (s.customer("Holding", Currency::EUR).await, s.customer("Shop", Currency::USD).await);
        let other = s.customer("Other", Currency::EUR).await;
        s.belongs_to(shop, holding).await;
        s.owes(holding, Currency::EUR, "100.00", "2026-03-20").await;
        s.owes(shop, Currency::USD, "200.00", "2026-01-15").await; // due on 2026-02-14, 45 days late
        s.owes(other, Currency::EUR, "10.00", "2026-03-20").await;
        assert_eq!(s.rows("aged-receivables", "by=group").await, [
            "C-Holding | Holding | EUR | 119.00 | 0.00 | 0.00 | 0.00 | 0.00 | 0.00 | 119.00 | 0.00 | 2026-04-19",
            "C-Holding | Holding | USD | 0.00 | 0.00 | 238.00 | 0.00 | 0.00 | 0.00 | 238.00 | 238.00 | 2026-02-14",
            "C-Other | Other | EUR | 11.90 | 0.00 | 0.00 | 0.00 | 0.00 | 0.00 | 11.90 | 0.00 | 2026-04-19",
        ]);
        // 238.00 USD at 0.9 are 214.20 EUR.
        let group = "C-Holding | Holding | EUR | 119.00 | 0.00 | 214.20 | 0.00 | 0.00 | 0.00 | 333.20 | 214.20 | 2026-02-14";
        assert_eq!(s.rows("aged-receivables", "by=group amounts=base group=C-Shop").await, [group]);
        let by_currency = s.report("aged-receivables", "by=currency").await;
        assert_eq!(shown(&by_currency.rows), shown(&by_currency.totals));
        assert_eq!(by_currency.rows.len(), 2);
        assert_eq!(s.rows("aged-receivables", "customer=C-Shop currency=EUR").await, Vec::<String>::new());
        let nobody = reports::run(&s.app, &s.clerk, "aged-receivables", &asked("aged-receivables", "customer=C-X")).await;
        assert_eq!(nobody.unwrap_err().to_string(), "customer: there is no customer `C-X`");
    }

    async fn every_figure_leads_to_the_items_it_adds_up(s: Story) {
        borders(&s).await;
        let usd_customer = s.customer("Amps Inc", Currency::USD).await;
        s.rate(Currency::USD, "2026-01-01", "0.9").await;
        s.owes(usd_customer, Currency::USD, "77.00", "2026-02-01").await;
        for words in ["", "as_of=2026-03-05", "credits=netted", "basis=invoice_date", "by=company", "known_at=2026-03-31T12:00:00Z"] {
            let report = s.report("aged-receivables", words).await;
            let linked = report.rows.iter().flat_map(|row| &row.cells).filter_map(|cell| match (&cell.value, &cell.link) {
                (reports::Value::Money(money), Some(reports::Link::Report { name, parameters })) => Some((*money, *name, parameters)),
                _ => None,
            });
            let mut count = 0;
            for (money, name, parameters) in linked {
                let asked = Asked::read(name, parameters.iter().map(|(key, value)| (*key, value.as_str()))).unwrap();
                let items = reports::run(&s.app, &s.auditor, name, &asked).await.unwrap();
                let sum: i64 = items.rows.iter().map(|row| match &row.cells[9].value {
                    reports::Value::Money(open) => open.minor(),
                    other => panic!("{other:?}"),
                }).sum();
                assert_eq!(sum, money.minor(), "{words}: {parameters:?}");
                count += 1;
            }
            assert!(count >= 6, "{words}: {count} figures are linked");
        }
    }

    async fn today_is_the_same_on_both_paths_and_every_past_day_equals_the_movements(s: Story) {
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        s.rate(Currency::USD, "2026-02-01", "0.95").await;
        let customers = [s.customer("Ada", Currency::EUR).await, s.customer("Bob", Currency::USD).await, s.customer("Cem", Currency::EUR).await];
        live(&s, &customers).await;
        s.assert_books().await;
        let now = s.app.now();
        for by in ["customer", "currency"] {
            for words in ["", "credits=netted", "basis=invoice_date", "amounts=base", "amounts=base credits=netted"] {
                let today = s.rows("aged-receivables", &format!("by={by} {words}")).await;
                let summed = s.rows("aged-receivables", &format!("by={by} {words} known_at={now}")).await;
                assert_eq!(today, summed, "{by} {words}");
            }
        }
        let (items, movements) = s.facts().await;
        assert!(items.len() > 20 && movements.len() > 40);
        for as_of in ["2026-01-15", "2026-01-31", "2026-02-28", "2026-03-10", "2026-03-31", "2026-04-30"] {
            for known_at in ["2026-01-31T23:00:00Z", "2026-03-15T00:00:00Z", "2027-01-01T00:00:00Z"] {
                let words = format!("by=currency as_of={as_of} known_at={known_at}");
                let rows = s.rows("aged-receivables", &words).await;
                assert_eq!(rows, naive(&items, &movements, day(as_of), known_at.parse().unwrap()), "{words}");
            }
        }
    }

    async fn the_aging_of_each_month_end_is_the_balance_of_the_control_accounts(s: Story) {
        s.rate(Currency::USD, "2025-12-01", "0.9").await;
        let customers = [s.customer("Ada", Currency::EUR).await, s.customer("Bob", Currency::USD).await];
        live(&s, &customers).await;
        let chart = app::ledger::accounts(&s.app, &s.auditor).await.unwrap();
        let controls = [AccountRole::Receivables, AccountRole::UnappliedCash];
        let controls: Vec<String> =
            chart.into_iter().filter(|a| a.role.is_some_and(|role| controls.contains(&role))).map(|a| a.code).collect();
        for month_end in ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"] {
            let mut books: BTreeMap<String, i64> = BTreeMap::new();
            let balance = s.report("trial-balance", &format!("as_of={month_end} by=currency")).await;
            for row in &balance.rows {
                if controls.contains(&row.cells[0].text()) {
                    let reports::Value::Money(closing) = &row.cells[7].value else { panic!("no closing balance") };
                    *books.entry(closing.currency().to_string()).or_default() += closing.minor();
                }
            }
            let aging = s.report("aged-receivables", &format!("as_of={month_end} by=currency")).await;
            let total = |row: &reports::Row| match &row.cells[7].value {
                reports::Value::Money(total) => (total.currency().to_string(), total.minor()),
                other => panic!("{other:?}"),
            };
            let aged: BTreeMap<String, i64> = aging.rows.iter().map(total).collect();
            assert_eq!(aged, books, "{month_end}");
            // Debits equal credits, so base amounts cancel out.
            let zero = balance.totals[0].cells[8].text();
            assert_eq!((zero.as_str(), balance.totals[0].cells[11].text().as_str()), ("0.00", "0.00"));
        }
    }

    async fn open_items_come_in_pages_with_the_totals_of_all(s: Story) {
        borders(&s).await;
        let (mut after, mut numbers) = (String::new(), Vec::new());
        loop {
            let report = s.report("open-items", &format!("limit=4 after={after}")).await;
            numbers.extend(report.rows.iter().map(|row| row.cells[2].text()));
            assert_eq!(shown(&report.totals), [" | Total of 6 items |  |  |  |  |  | EUR |  | 378.40 | 378.40"]);
            let Some(next) = report.next else { break };
            after = next.to_string();
        }
        let expected = ["INV-2025-000001", "INV-2026-000004", "INV-2026-000003", "PAY-2026-000001", "INV-2026-000002", "INV-2026-000001"];
        assert_eq!(numbers, expected);
        assert_eq!(s.rows("open-items", "overdue=yes").await.len(), 4);
        assert_eq!(s.rows("open-items", "kind=payment").await, [
            "C-Bolt Ltd | Bolt Ltd | PAY-2026-000001 | Payment | 2026-03-20 | 2026-03-20 |  | EUR | -50.00 | -50.00 | -50.00",
        ]);
        assert_eq!(s.rows("open-items", "side=debts due_from=2026-02-28 due_to=2026-03-01 as_of=2026-03-30").await.len(), 2);
        let words = asked("open-items", "kind=nonsense");
        let error = reports::run(&s.app, &s.auditor, "open-items", &words).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error}");
    }

    async fn a_report_is_the_same_in_every_format(s: Story) {
        borders(&s).await;
        let report = s.report("aged-receivables", "").await;
        let csv = String::from_utf8(report.csv().unwrap()).unwrap();
        assert_eq!(
            csv,
            "customer,name,currency,not_due,1_30,31_60,61_90,over_90,credits,total,overdue,oldest_due\r\n\
             C-Bolt Ltd,Bolt Ltd,EUR,119.00,249.90,23.80,0.00,35.70,-50.00,378.40,309.40,2025-12-01\r\n"
        );
        assert!(report.xlsx().unwrap().starts_with(b"PK"));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["rows"][0]["cells"][9]["value"], serde_json::json!({"amount": "378.40", "currency": "EUR"}));
        assert_eq!(json["rows"][0]["cells"][0]["link"]["kind"], "customer");
        assert_eq!(json["columns"][11]["kind"], "date");
    }

    async fn another_company_sees_nothing(s: Story) {
        borders(&s).await;
        let other = domain::companies::NewCompany { code: "OTHER".into(), name: "Other".into(), ..s.another_company() };
        let other = app::companies::create(&s.app, other).await.unwrap();
        let stranger = app::Caller::system(other);
        for info in reports::REPORTS {
            let words = if info.name == "customer-ledger" { continue } else { Asked::default() };
            let report = reports::run(&s.app, &stranger, info.name, &words).await.unwrap();
            let rows: Vec<String> = shown(&report.rows).into_iter().filter(|row| !row.ends_with(" | 0 |  |  | ")).collect();
            assert_eq!(rows, Vec::<String>::new(), "{}", info.name);
        }
    }
}

/// A few months of business, always the same: invoices, payments in parts, credit notes, write-offs; some known late.
async fn live(s: &Story, customers: &[CustomerId]) {
    let mut seed = 7_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let start = day("2026-01-02");
    let mut debts: Vec<(CustomerId, InvoiceId, OpenItemId)> = Vec::new();
    for step in 0..60_i64 {
        let today = start.plus_days(step * 2);
        s.on(&today.to_string());
        let customer = customers[usize::try_from(next(customers.len() as u64)).unwrap()];
        let late = i64::try_from(next(12)).unwrap();
        let on = today.plus_days(-late).max(start).to_string();
        let of_customer: Vec<_> = debts.iter().filter(|(owner, ..)| *owner == customer).copied().collect();
        match next(6) {
            0..=2 => {
                let invoice = s.invoice(customer, &format!("{}.{:02}", next(900) + 1, next(100)), &on).await;
                debts.push((customer, invoice, s.the_item(invoice).await));
            }
            3 if !of_customer.is_empty() => {
                let (_, _, item) = of_customer[usize::try_from(next(of_customer.len() as u64)).unwrap()];
                let open = app::items::show(&s.app, &s.clerk, item).await.unwrap().item.item;
                let part = (open.open_minor / 2).max(1);
                let from = s.receives(customer, Money::new(part, open.currency), &on, &[]).await;
                if open.open_minor > 0 {
                    let ask = AllocateCash { from, on: None, lines: vec![AllocationRequest::of(item)] };
                    cash::allocate(&s.app, &s.clerk, ask).await.unwrap();
                }
            }
            4 if !of_customer.is_empty() => {
                let (_, invoice, _) = of_customer[of_customer.len() - 1];
                let credit = CreditRequest { invoice, lines: None, reason: "returned".into(), on: None };
                drop(credit_notes::issue(&s.app, &s.clerk, credit).await);
            }
            _ => {
                let currency = if customer == customers[1] { Currency::USD } else { Currency::EUR };
                s.receives(customer, Money::new(i64::try_from(next(9_000)).unwrap() + 1, currency), &on, &[]).await;
            }
        }
    }
}

/// The aging by currency, worked out item by item.
fn naive(items: &[OpenItemRow], movements: &[MovementRow], as_of: Date, known_at: Timestamp) -> Vec<String> {
    let ranges = Buckets::new(vec![30, 60, 90]).unwrap().ranges(AgingBasis::DueDate, as_of);
    let mut rows: BTreeMap<Currency, ([i64; 6], i64, Option<Date>)> = BTreeMap::new();
    for item in items {
        let changes: Vec<Change> = movements
            .iter()
            .filter(|m| m.item_id == item.id)
            .map(|m| Change { effective_on: m.effective_on, recorded_at: m.recorded_at, amount_minor: m.amount_minor })
            .collect();
        let open = open_minor(&changes, as_of, known_at);
        if open == 0 {
            continue;
        }
        let row = rows.entry(item.currency).or_default();
        if open < 0 {
            row.0[5] += open;
            continue;
        }
        let late = as_of.days_since(item.due_on);
        let bucket = if late <= 0 { 0 } else { usize::try_from((late - 1) / 30 + 1).unwrap().min(4) };
        assert!(ranges[bucket].0.is_none_or(|from| from <= item.due_on));
        row.0[bucket] += open;
        row.1 += if late > 0 { open } else { 0 };
        row.2 = Some(row.2.map_or(item.due_on, |oldest| oldest.min(item.due_on)));
    }
    let line = |(currency, (sums, overdue, oldest)): (Currency, ([i64; 6], i64, Option<Date>))| {
        let text = |minor: i64| Money::new(minor, currency).to_decimal().to_string();
        let mut cells = vec![currency.to_string()];
        cells.extend(sums.map(text));
        cells.extend([text(sums.iter().sum()), text(overdue), oldest.map_or(String::new(), |day| day.to_string())]);
        cells.join(" | ")
    };
    rows.into_iter().map(line).collect()
}

impl Story {
    fn another_company(&self) -> domain::companies::NewCompany {
        domain::companies::NewCompany {
            code: "OTHER".into(),
            name: "Other".into(),
            currency: Currency::USD,
            country: "US".into(),
            language: "en".into(),
            time_zone: "America/New_York".into(),
            address: domain::companies::Address::default(),
            tax_id: None,
            email: None,
        }
    }
}

use Story as S;
async fn begin(engine: testkit::Engine) -> Option<S> {
    Story::begin(engine).await
}
