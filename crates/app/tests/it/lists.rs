//! Sorted lists: every order of every list, read two rows at a time, is the whole list in that order.

use crate::{
    cash::wire,
    story::{Story, day, eur, order_form, usd},
};
use app::{
    Error,
    audit::{self, AuditList, EventSort},
    bank::{self, LineFilter, LineSort, ReceiveFile},
    catalogue::{self, ProductQuery, ProductSort},
    imports::{self, ImportSort, Request},
    invoices::{self, InvoiceFilter, InvoiceSort, InvoiceState},
    items::{self, ItemList, ItemSort},
    lines::NewDocument,
    lists::{Cursor, Page, Part},
    many::Taken,
    orders::{self, OrderFilter, OrderSort},
    payments::{self, PaymentList, PaymentSort},
    quotes::{self, QuoteFilter, QuoteSort},
    users::{self, MemberList, MemberSort, NewUser},
};
use domain::{
    imports::{ImportKind, ImportMap},
    invoices::InvoiceKind,
    products::ProductFacts,
    users::Role,
};
use kernel::{Currency, CustomerId};
use std::fmt::Debug;
use testkit::on_both_engines;

/// Reads a list to its end, two rows at a time.
async fn whole<T>(page: impl AsyncFn(Option<Cursor>) -> app::Result<Page<T>>) -> Vec<T> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let found = page(after).await.unwrap();
        assert!(found.rows.len() <= 2);
        rows.extend(found.rows);
        after = found.next;
        if after.is_none() {
            return rows;
        }
    }
}

/// The rows come as `key` sorts them; rows with the same key in the order of their making, which their ids are in.
#[track_caller]
fn in_order<T, K: Ord + Debug>(sort: &str, count: usize, rows: &[T], key: impl Fn(&T) -> K) {
    let keys: Vec<K> = rows.iter().map(key).collect();
    assert_eq!(keys.len(), count, "{sort}: {keys:?}");
    let is_sorted =
        if sort.starts_with('-') { keys.is_sorted_by(|a, b| a > b) } else { keys.is_sorted_by(|a, b| a < b) };
    assert!(is_sorted, "{sort}: {keys:?}");
}

/// Seven documents of three customers, some on the same day, of the same amount, in dollars.
async fn forms(s: &Story) -> Vec<NewDocument> {
    s.rate(Currency::USD, "2026-01-01", "0.5").await;
    let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
    let axle = s.customer("Axle Inc", Currency::USD).await;
    let form = |customer: CustomerId, net: &str, on: &str, terms: &str| NewDocument {
        on: Some(day(on)),
        terms: Some(terms.to_owned()),
        currency: Some(if customer == axle { Currency::USD } else { Currency::EUR }),
        ..order_form(customer, &[("Work", "1", net)])
    };
    vec![
        form(nut, "30.00", "2026-03-02", "net-30"),
        form(bolt, "10.00", "2026-03-02", "net-30"),
        form(axle, "50.00", "2026-03-05", "net-14"),
        form(bolt, "30.00", "2026-02-10", "net-30"),
        form(nut, "20.00", "2026-03-05", "net-14"),
        form(axle, "70.00", "2026-01-08", "net-30"),
        form(bolt, "5.00", "2026-03-02", "net-14"),
    ]
}

on_both_engines! {
    prepare = begin;

    async fn quotes_and_orders_come_in_every_order(s: Story) {
        for form in forms(&s).await {
            quotes::create(&s.app, &s.clerk, &form).await.unwrap();
            orders::create(&s.app, &s.clerk, &form).await.unwrap();
        }
        for sort in QuoteSort::ALL.iter().copied() {
            let filter = QuoteFilter { sort, ..QuoteFilter::default() };
            let rows = whole(async |after| quotes::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
            in_order(sort.as_str(), 7, &rows, |row| (sort.key(row), row.id));
        }
        for sort in OrderSort::ALL.iter().copied() {
            let filter = OrderFilter { sort, ..OrderFilter::default() };
            let rows = whole(async |after| orders::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
            in_order(sort.as_str(), 7, &rows, |row| (sort.key(row), row.id));
        }
        let filter = OrderFilter { sort: OrderSort::CustomerDown, ..OrderFilter::default() };
        let rows = orders::list(&s.app, &s.clerk, filter, &Part::default()).await.unwrap().rows;
        let names: Vec<&str> = rows.iter().map(|row| row.customer_name.as_str()).collect();
        assert_eq!(names, ["Nut AG", "Nut AG", "Bolt Ltd", "Bolt Ltd", "Bolt Ltd", "Axle Inc", "Axle Inc"]);
    }

    async fn invoices_and_open_items_come_in_every_order(s: Story) {
        let forms = forms(&s).await;
        let drafts = invoices::draft(&s.app, &s.clerk, &forms[0]).await.unwrap();
        let issued = invoices::issue_many(&s.app, &s.clerk, &forms).await.unwrap();
        let all = |sort| InvoiceFilter { sort, ..InvoiceFilter::default() };
        for sort in InvoiceSort::ALL.iter().copied() {
            for (state, count) in [(None, 8), (Some(InvoiceState::Open), 7), (Some(InvoiceState::Draft), 1)] {
                let numbered = matches!(sort, InvoiceSort::Number | InvoiceSort::NumberDown);
                let count = if numbered && state != Some(InvoiceState::Open) { count - 1 } else { count };
                let filter = InvoiceFilter { state, ..all(sort) };
                let rows = whole(async |after| invoices::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
                in_order(sort.as_str(), count, &rows, |row| (sort.key(row, state), row.id));
                assert!(state.is_none() || numbered || rows.iter().any(|row| row.id == drafts) == (count == 1));
            }
        }
        let filter = InvoiceFilter { state: Some(InvoiceState::Overdue), ..InvoiceFilter::default() };
        let overdue = whole(async |after| invoices::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
        // On 2026-03-16 those of 2026-02-10 and 2026-01-08 are late; what is due on that very day is not.
        assert_eq!(overdue.len(), 2);
        // Three of Bolt Ltd, one of that number, none at all.
        let number = issued[2].number.to_lowercase();
        for (search, count) in [("bolt", 3), (number.as_str(), 1), ("nobody", 0), ("-", 0)] {
            for (sort, state) in InvoiceSort::ALL.iter().zip([None, Some(InvoiceState::Open)].into_iter().cycle()) {
                let filter = InvoiceFilter { search: Some(search.to_owned()), state, ..all(*sort) };
                let rows = whole(async |after| invoices::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
                in_order(sort.as_str(), count, &rows, |row| (sort.key(row, state), row.id));
            }
        }
        for (sort, state) in InvoiceSort::ALL.iter().zip([None, Some(InvoiceState::Open)].into_iter().cycle()) {
            for (kind, count) in [(InvoiceKind::Invoice, 7), (InvoiceKind::CreditNote, 0)] {
                let filter = InvoiceFilter { kind: Some(kind), state: state.or(Some(InvoiceState::Overdue)), ..all(*sort) };
                let count = if state.is_some() { count } else { overdue.len().min(count) };
                let rows = whole(async |after| invoices::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
                in_order(sort.as_str(), count, &rows, |row| (sort.key(row, filter.state), row.id));
            }
        }
        // 50.00 and 70.00 USD are 25.00 and 35.00 EUR before tax.
        let largest = invoices::list(&s.app, &s.clerk, all(InvoiceSort::TotalDown), &two(None)).await.unwrap();
        assert_eq!(largest.rows[0].id, issued[5].id);
        for sort in ItemSort::ALL.iter().copied() {
            let asked = |after| ItemList { sort, after, limit: Some(2), ..ItemList::default() };
            let rows = whole(async |after| items::list(&s.app, &s.clerk, asked(after)).await).await;
            in_order(sort.as_str(), 7, &rows, |row| (sort.key(row), row.item.id));
        }
        let page = invoices::list(&s.app, &s.clerk, all(InvoiceSort::Number), &two(None)).await.unwrap();
        let other = invoices::list(&s.app, &s.clerk, all(InvoiceSort::Customer), &two(page.next)).await;
        assert!(matches!(other, Err(Error::Invalid(_))), "a place in one order is none in another");
    }

    async fn an_open_invoice_stands_where_its_first_open_instalment_is_due(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        let form = |customer, terms: &str, on: &str| NewDocument {
            on: Some(day(on)),
            terms: Some(terms.to_owned()),
            ..order_form(customer, &[("Work", "1", "300.00")])
        };
        // In thirds of 119.00 on 2026-03-04, -04-03 and -05-03; and at once on 2026-03-13.
        let forms = [form(bolt, "30-60-90", "2026-02-02"), form(nut, "net-14", "2026-02-27")];
        let issued = invoices::issue_many(&s.app, &s.clerk, &forms).await.unwrap();
        let due = async |state| {
            let filter = InvoiceFilter { state: Some(state), sort: InvoiceSort::Due, ..InvoiceFilter::default() };
            let rows = whole(async |after| invoices::list(&s.app, &s.clerk, filter.clone(), &two(after)).await).await;
            rows.iter().map(|row| (row.id, row.next_due_on, row.open_minor)).collect::<Vec<_>>()
        };
        let (thirds, whole) = (issued[0].id, issued[1].id);
        let before = [(thirds, day("2026-03-04"), 35_700), (whole, day("2026-03-13"), 35_700)];
        assert_eq!((due(InvoiceState::Open).await, due(InvoiceState::Overdue).await), (before.to_vec(), before.to_vec()));
        let first = invoices::show(&s.app, &s.clerk, thirds).await.unwrap().items[0].id;
        s.paid(bolt, eur("119.00"), "2026-03-16", &[first]).await;
        let after = [(whole, day("2026-03-13"), 35_700), (thirds, day("2026-04-03"), 23_800)];
        assert_eq!((due(InvoiceState::Open).await, due(InvoiceState::Overdue).await), (after.to_vec(), after[..1].to_vec()));
    }

    /// More open items than are sorted by the totals of their documents.
    async fn thousands_of_open_invoices_come_by_their_totals(s: Story) {
        let mut file = String::from("invoice_id,customer_id,invoice_date,due_date,currency,amount,paid_date\n");
        let mut overdue = Vec::new();
        for n in 0..3_300 {
            let (cents, is_late, is_paid) = (n * 7_919 % 3_301 + 100, n % 4 == 0, n % 20 == 0);
            let due = if is_late { "2026-03-15" } else { "2026-03-16" };
            let paid = if is_paid { "2026-03-10" } else { "" };
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            file += &format!("A{n},Bolt,2026-02-05,{due},EUR,{amount},{paid}\n");
            if is_late && !is_paid {
                overdue.push(cents);
            }
        }
        let request = Request {
            file_name: "old.csv".into(),
            bytes: file.into_bytes(),
            map: ImportMap::plain(ImportKind::Invoices),
            source: None,
            rehearse: false,
            accept_good_rows: false,
        };
        assert_eq!(imports::run(&s.app, &s.clerk, request, &|_| ()).await.unwrap().created, 3_300);
        overdue.sort_unstable_by(|a, b| b.cmp(a));
        let filter = |state| InvoiceFilter { state: Some(state), sort: InvoiceSort::TotalDown, ..InvoiceFilter::default() };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let part = Part { after, limit: Some(200) };
            let page = invoices::list(&s.app, &s.clerk, filter(InvoiceState::Overdue), &part).await.unwrap();
            assert!(page.rows.iter().all(|row| row.open_minor == row.gross_minor));
            found.extend(page.rows.iter().map(|row| row.gross_minor));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, overdue);
        let open = invoices::list(&s.app, &s.clerk, filter(InvoiceState::Open), &Part::default()).await.unwrap();
        assert_eq!(open.rows[0].gross_minor, 3_400, "the largest of all is open");
    }

    async fn payments_come_in_every_order(s: Story) {
        let (bolt, nut) = (s.customer("Bolt Ltd", Currency::EUR).await, s.customer("Nut AG", Currency::EUR).await);
        s.rate(Currency::USD, "2026-01-01", "0.5").await;
        let new = vec![
            wire(bolt, eur("10.00"), "2026-03-02"),
            wire(nut, eur("30.00"), "2026-03-02"),
            wire(nut, usd("50.00"), "2026-02-02"),
            wire(bolt, eur("10.00"), "2026-03-05"),
            wire(bolt, usd("70.00"), "2026-03-02"),
        ];
        payments::record_many(&s.app, &s.clerk, new).await.unwrap();
        for sort in PaymentSort::ALL.iter().copied() {
            for unapplied in [false, true] {
                let asked = |after| PaymentList { sort, unapplied, after, limit: Some(2), ..PaymentList::default() };
                let rows = whole(async |after| payments::list(&s.app, &s.clerk, asked(after)).await).await;
                in_order(sort.as_str(), 5, &rows, |row| (sort.key(row), row.id));
            }
        }
        let asked = PaymentList { sort: PaymentSort::AmountDown, ..PaymentList::default() };
        let rows = payments::list(&s.app, &s.clerk, asked).await.unwrap().rows;
        let amounts: Vec<i64> = rows.iter().map(|row| row.base_minor).collect();
        assert_eq!(amounts, [3_500, 3_000, 2_500, 1_000, 1_000]);
    }
}

on_both_engines! {
    prepare = begin;

    async fn products_and_people_come_in_every_order(s: Story) {
        let product = |(sku, name): (&str, &str)| ProductFacts {
            sku: sku.into(),
            name: name.into(),
            unit_price: "1".into(),
            ..ProductFacts::default()
        };
        let products = [("P-3", "Pump"), ("P-1", "Pump"), ("A-2", "Valve"), ("Z-1", "Adapter"), ("B-7", "Pump")].map(product);
        catalogue::create_products(&s.app, &s.manager, &products, Taken::Together).await.unwrap();
        for sort in ProductSort::ALL.iter().copied() {
            let asked = |after| ProductQuery { sort, after, limit: Some(2), ..ProductQuery::default() };
            let rows = whole(async |after| catalogue::product_list(&s.app, &s.clerk, asked(after)).await).await;
            in_order(sort.as_str(), 5, &rows, |row| (sort.key(row), row.id));
        }
        let ada = s.person("Ada Min", Role::Administrator);
        for (email, name, role) in [("z@x.example", "Bert", Role::Clerk), ("a@x.example", "Bert", Role::Sales), ("m@x.example", "Anna", Role::Clerk)] {
            s.on(if role == Role::Sales { "2026-03-17" } else { "2026-03-18" });
            let password = "a password for all".to_owned();
            users::create_user(&s.app, &ada, NewUser { email: email.into(), name: name.into(), role, password }).await.unwrap();
        }
        for sort in MemberSort::ALL.iter().copied() {
            let asked = |after| MemberList { sort, after, limit: Some(2), ..MemberList::default() };
            let rows = whole(async |after| users::list(&s.app, &ada, asked(after)).await).await;
            in_order(sort.as_str(), 3, &rows, |row| (sort.key(row), row.id));
        }
        let asked = MemberList { sort: MemberSort::Newest, ..MemberList::default() };
        let newest = users::list(&s.app, &ada, asked).await.unwrap().rows;
        assert_eq!(newest[2].email, "a@x.example", "she came a day before the others");
        for sort in EventSort::ALL.iter().copied() {
            let asked = |after| AuditList { sort, after, limit: Some(2), ..AuditList::default() };
            let rows = whole(async |after| audit::log(&s.app, &ada, asked(after)).await).await;
            in_order(sort.as_str(), 9, &rows, |row| row.id);
        }
        let page = audit::log(&s.app, &ada, AuditList { limit: Some(2), ..AuditList::default() }).await.unwrap();
        let other = AuditList { sort: EventSort::Oldest, after: page.next, ..AuditList::default() };
        assert!(matches!(audit::log(&s.app, &ada, other).await, Err(Error::Invalid(_))));
    }

    async fn imports_and_bank_lines_come_in_every_order(s: Story) {
        for (day, file, rows) in [("16", "b.csv", "N-1,Nut,0.10\nN-2,Bolt,0.20"), ("17", "a.csv", "N-3,Axle,0.30"), ("17", "b.csv", "N-4,Gear,0.40"), ("18", "c.csv", "N-5,Cog,0.50")] {
            s.on(&format!("2026-03-{day}"));
            let request = Request {
                file_name: file.into(),
                bytes: format!("code,name,unit_price\n{rows}\n").into_bytes(),
                map: ImportMap::plain(ImportKind::Products),
                source: Some(format!("source of {day}")),
                rehearse: false,
                accept_good_rows: false,
            };
            assert!(imports::run(&s.app, &s.clerk, request, &|_| ()).await.unwrap().saved);
        }
        for sort in ImportSort::ALL.iter().copied() {
            let rows = whole(async |after| imports::list(&s.app, &s.clerk, sort, &two(after)).await).await;
            in_order(sort.as_str(), 4, &rows, |row| (sort.key(row), row.id));
        }
        let entry = |(day, amount, name): (&str, &str, &str)| {
            let name = if name.is_empty() { String::new() } else { format!("P{name}\n") };
            format!("D03/{day}/2026\nT{amount}\n{name}MText\n^\n")
        };
        let entries = [("10", "119.00", "Bolt"), ("09", "-5.00", "Nut"), ("10", "119.00", ""), ("12", "7.50", "Axle"), ("09", "3.00", "Bolt")];
        let text = format!("!Type:Bank\n{}", entries.map(entry).concat());
        let file = ReceiveFile { name: "q.qif".into(), bytes: text.into_bytes(), ..ReceiveFile::default() };
        bank::receive(&s.app, &s.clerk, file).await.unwrap();
        for sort in LineSort::ALL.iter().copied() {
            let filter = || LineFilter { sort, ..LineFilter::default() };
            let rows = whole(async |after| bank::lines(&s.app, &s.clerk, filter(), &two(after)).await).await;
            in_order(sort.as_str(), 5, &rows, |row| (sort.key(row), row.line.id));
        }
    }
}

fn two(after: Option<Cursor>) -> Part {
    Part { after, limit: Some(2) }
}

async fn begin(engine: testkit::Engine) -> Option<Story> {
    Story::begin(engine).await
}
