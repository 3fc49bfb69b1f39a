//! Open items: the list of what is open now, and one item with everything that moved it.

use super::{
    cash::{self, Cash, History, Said, discounts},
    lines::{Sum, Ticked, add_up, days, only_customer},
    views::Views,
};
use crate::{
    error::PageResult,
    figures::{amount, money},
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App,
    items::{self, CustomersItem, ItemList, ItemView, MovementRow, OpenItemRow},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{
    items::{ItemKind, MovementKind},
    users::Permission,
};
use kernel::{Currency, Date, OpenItemId};
use std::collections::BTreeSet;

const PATH: &str = "/open-items";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/open-items", get(list))
        .route("/open-items/selected", post(pay_selected))
        .route("/open-items/{id}", get(show))
        .route("/open-items/{id}/allocations", post(allocate))
        .route("/open-items/{id}/refunds", post(refund))
        .route("/open-items/{id}/write-offs", post(write_off))
}

#[derive(Template)]
#[template(path = "open_items/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    customer: String,
    kinds: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    sums: Vec<Sum>,
    first: String,
    next: String,
    may_pay: bool,
}

struct Row {
    id: OpenItemId,
    is_debt: bool,
    href: String,
    number: String,
    kind: &'static str,
    customer: String,
    customer_href: String,
    state: String,
    tone: &'static str,
    on: String,
    due: String,
    amount: String,
    open: String,
    currency: Currency,
}

const FILTERS: &[&str] = &["number", "customer", "kind", "currency", "overdue", "due_before", "sort"];

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let currency = typed.get("currency").to_uppercase();
    let mut form = Filters::new(PATH, FILTERS, typed.with("currency", currency)).sorted_by("due");
    let (customer, customer_name) = only_customer(&app, &session, &mut form).await?;
    let asked = ItemList {
        customer,
        kind: form.read("kind"),
        currency: form.read("currency"),
        due_before: form.read("due_before"),
        overdue: form.has("overdue"),
        number: form.text("number"),
        sort: form.read("sort").unwrap_or_default(),
        after: form.read("after"),
        limit: None,
    };
    let found = form.rows(items::list(&app, &session.caller, asked)).await?;
    let amounts = found.rows.iter().map(|row| (row.item.currency, row.item.amount_minor, row.item.open_minor));
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Open items", "open-items"),
        customer: customer_name,
        kinds: ItemKind::ALL.iter().map(|kind| (kind.as_str(), words(*kind))).collect(),
        sums: add_up(amounts, "item"),
        rows: found.rows.iter().map(|row| list_row(row, session.company.today)).collect(),
        first: form.first(),
        next: form.next(found.next.as_ref()),
        may_pay: session.may(Permission::RecordPayments),
        form,
    };
    render_with(status, &page)
}

/// Leads to a payment of the ticked items, which one customer makes.
async fn pay_selected(State(app): State<App>, session: Session, form: Form<Ticked<OpenItemId>>) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let mut customers = BTreeSet::new();
    for id in &form.id {
        customers.insert(items::show(&app, &session.caller, *id).await?.item.item.customer_id);
    }
    Ok(form.to_payment(&session, PATH, &customers, "item").into_response())
}

fn list_row(row: &CustomersItem, today: Date) -> Row {
    let item = &row.item;
    let (state, tone) = state(item, today);
    Row {
        id: item.id,
        is_debt: item.open_minor > 0,
        href: format!("{PATH}/{}", item.id),
        number: item.number.clone(),
        kind: words(item.kind),
        customer: row.customer_name.clone(),
        customer_href: format!("/customers/{}", item.customer_id),
        state,
        tone,
        on: item.document_on.to_string(),
        due: if item.kind.is_debt() { item.due_on.to_string() } else { String::new() },
        amount: amount(item.amount_minor, item.currency),
        open: amount(item.open_minor, item.currency),
        currency: item.currency,
    }
}

pub(crate) const fn words(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Invoice => "Invoice",
        ItemKind::CreditNote => "Credit note",
        ItemKind::DebitNote => "Debit note",
        ItemKind::Payment => "Payment",
    }
}

fn state(item: &OpenItemRow, today: Date) -> (String, &'static str) {
    let late = today.days_since(item.due_on);
    let (words, tone) = match item.open_minor {
        0 if item.kind.is_debt() => ("Settled", "ok"),
        0 => ("Used up", "ok"),
        open if open < 0 => ("Credit", "info"),
        _ if late > 0 => return (format!("Overdue {}", days(late)), "bad"),
        open if open != item.amount_minor => ("Part settled", "warn"),
        _ => ("Open", "info"),
    };
    (words.to_owned(), tone)
}

#[derive(Template)]
#[template(path = "open_items/show.html")]
struct ShowPage {
    page: Page,
    form: Form<Typed>,
    cash: Cash,
    facts: Facts,
    movements: Vec<Movement>,
    discounts: Vec<String>,
}

/// The item, printed.
struct Facts {
    kind: &'static str,
    customer: String,
    customer_href: String,
    /// The document behind it; "" when it was taken over without one.
    document_href: String,
    amount: String,
    open: String,
    base: String,
    on: String,
    due: String,
    part: String,
    settled: String,
    pay_href: String,
    state: (String, &'static str),
}

struct Movement {
    on: String,
    recorded_at: String,
    what: &'static str,
    amount: String,
    balance: String,
    base: String,
    entry_href: String,
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<OpenItemId>) -> PageResult {
    show_page(&app, &session, id, Form::default()).await
}

async fn show_page(app: &App, session: &Session, id: OpenItemId, form: Form<Typed>) -> PageResult {
    let view = items::show(app, &session.caller, id).await?;
    let item = &view.item.item;
    let history = History { allocations: &view.allocations, refunds: &view.refunds, write_offs: &view.write_offs };
    let cash = Cash::load(app, session, item, (format!("{PATH}/{id}"), history), &form).await?;
    let page = ShowPage {
        page: session.page(item.number.clone(), "open-items"),
        cash,
        facts: facts(&view, session),
        movements: movements(&view, session.company.currency),
        discounts: discounts(item),
        form,
    };
    render_with(page.form.status(), &page)
}

fn facts(view: &ItemView, session: &Session) -> Facts {
    let item = &view.item.item;
    let is_base = item.currency == session.company.currency;
    // An item that was taken over from another system is its own document.
    let document_href = match item.kind {
        _ if item.document_id == item.id.0 => String::new(),
        ItemKind::Payment => format!("/payments/{}", item.document_id),
        ItemKind::Invoice | ItemKind::CreditNote | ItemKind::DebitNote => format!("/invoices/{}", item.document_id),
    };
    let may_pay = item.open_minor > 0 && session.may(Permission::RecordPayments);
    let pay_href = format!("/payments/new?customer={}&invoice={}", item.customer_id, item.document_id);
    Facts {
        kind: words(item.kind),
        customer: format!("{} ({})", view.item.customer_name, view.item.customer_number),
        customer_href: format!("/customers/{}", item.customer_id),
        document_href,
        amount: money(item.amount_minor, item.currency),
        open: money(item.open_minor, item.currency),
        base: if is_base { String::new() } else { money(item.open_base_minor, session.company.currency) },
        on: item.document_on.to_string(),
        due: if item.kind.is_debt() { item.due_on.to_string() } else { String::new() },
        part: if item.instalment == 1 { String::new() } else { format!("Instalment {}", item.instalment) },
        settled: item.settled_on.map(|on| on.to_string()).unwrap_or_default(),
        pay_href: if may_pay { pay_href } else { String::new() },
        state: state(item, session.company.today),
    }
}

/// Every movement with what was open after it.
fn movements(view: &ItemView, base: Currency) -> Vec<Movement> {
    let currency = view.item.item.currency;
    let mut balance = 0_i64;
    let row = |row: &MovementRow| {
        balance = balance.saturating_add(row.amount_minor);
        Movement {
            on: row.effective_on.to_string(),
            recorded_at: row.recorded_at.to_string(),
            what: moved(row.kind),
            amount: amount(row.amount_minor, currency),
            balance: amount(balance, currency),
            base: if currency == base { String::new() } else { amount(row.base_minor, base) },
            entry_href: format!("/ledger/{}", row.entry_id),
        }
    };
    view.movements.iter().map(row).collect()
}

const fn moved(kind: MovementKind) -> &'static str {
    match kind {
        MovementKind::Opened => "Opened",
        MovementKind::Allocated => "Allocated",
        MovementKind::Discount => "Discount taken",
        MovementKind::Difference => "Small difference",
        MovementKind::WrittenOff => "Written off",
        MovementKind::Refunded => "Refunded",
        MovementKind::Reversed => "Taken back",
    }
}

/// Leaves for the item's page, or shows it again with what was typed and what is wrong.
async fn answer(
    app: &App,
    session: &Session,
    id: OpenItemId,
    (form, done): (Form<Typed>, app::Result<Said>),
) -> PageResult {
    match done {
        Ok(said) => Ok(said.go(session, &format!("{PATH}/{id}"))),
        Err(error) => show_page(app, session, id, form.failed(error)?).await,
    }
}

async fn allocate(
    State(app): State<App>,
    session: Session,
    Path(id): Path<OpenItemId>,
    form: Form<Typed>,
) -> PageResult {
    let item = items::show(&app, &session.caller, id).await?.item.item;
    let done = cash::use_credit(&app, &session, &item, &form).await;
    answer(&app, &session, id, (form, done)).await
}

async fn refund(State(app): State<App>, session: Session, Path(id): Path<OpenItemId>, form: Form<Typed>) -> PageResult {
    let item = items::show(&app, &session.caller, id).await?.item.item;
    let done = cash::refund(&app, &session, &item, &form).await;
    answer(&app, &session, id, (form, done)).await
}

async fn write_off(
    State(app): State<App>,
    session: Session,
    Path(id): Path<OpenItemId>,
    form: Form<Typed>,
) -> PageResult {
    let item = items::show(&app, &session.caller, id).await?.item.item;
    let done = cash::write_off(&app, &session, &item, &form).await;
    answer(&app, &session, id, (form, done)).await
}
