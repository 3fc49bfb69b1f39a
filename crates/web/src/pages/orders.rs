//! Orders: the list, the form, and one order with what of it is still to be invoiced.

use super::{
    lines::{
        Came, Chip, DocumentForm, FILTERS, Kind, PartForm, PartLine, Preview, Step, Sum, Ticked, add_up, ask, narrowed,
        parts, preview, price_words, state_chips, text, way,
    },
    notes::Beside,
    views::Views,
};
use crate::{
    error::PageResult,
    figures::{amount, money, quantity, unit_price},
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, file, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, documents,
    lines::LineRow,
    orders::{self, InvoiceOrder, OrderRow, OrderState, OrderView},
    trail::Stop,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{notes::SubjectKind, orders::Progress, users::Permission};
use kernel::OrderId;
use serde::Deserialize;

const PATH: &str = "/orders";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/orders", get(list).post(create))
        .route("/orders/new", get(begin))
        .route("/orders/preview", post(totals))
        .route("/orders/selected", post(act_on_selected))
        .route("/orders/{id}", get(show))
        .route("/orders/{id}/pdf", get(pdf))
        .route("/orders/{id}/confirm", post(confirm))
        .route("/orders/{id}/invoice", post(invoice))
        .route("/orders/{id}/cancel", post(cancel))
}

#[derive(Template)]
#[template(path = "orders/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    customer: String,
    chips: Vec<Chip>,
    rows: Vec<ListRow>,
    sums: Vec<Sum>,
    next: String,
    may_write: bool,
    may_invoice: bool,
}

struct ListRow {
    id: OrderId,
    href: String,
    number: String,
    customer: String,
    customer_href: String,
    po_number: String,
    state: &'static str,
    tone: &'static str,
    on: String,
    total: String,
    invoiced: String,
    currency: String,
}

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("-date");
    let (filter, part, customer) = narrowed(&app, &session, &mut form).await?;
    let found = form.rows(orders::list(&app, &session.caller, filter, &part)).await?;
    let row = |row: &orders::OrderSummary| {
        let (state, tone) = state_words(row.state());
        ListRow {
            id: row.id,
            href: format!("{PATH}/{}", row.id),
            number: row.number.clone(),
            customer: row.customer_name.clone(),
            customer_href: format!("/customers/{}", row.customer_id),
            po_number: row.po_number.clone().unwrap_or_default(),
            state,
            tone,
            on: row.ordered_on.to_string(),
            total: amount(row.gross_minor, row.currency),
            invoiced: amount(row.invoiced_minor, row.currency),
            currency: row.currency.to_string(),
        }
    };
    let states = OrderState::ALL.iter().map(|state| (state.as_str(), state_words(*state).0));
    let amounts = found.rows.iter().map(|row| (row.currency, row.gross_minor, row.invoiced_minor));
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Orders", "orders"),
        customer,
        chips: state_chips(&form, states),
        sums: add_up(amounts, "order"),
        rows: found.rows.iter().map(row).collect(),
        next: form.next(found.next.as_ref()),
        may_write: session.may(Permission::WriteOrders),
        may_invoice: session.may(Permission::IssueInvoices),
        form,
    };
    render_with(status, &page)
}

const fn state_words(state: OrderState) -> (&'static str, &'static str) {
    match state {
        OrderState::Draft => ("To confirm", "neutral"),
        OrderState::Confirmed => ("Confirmed", "info"),
        OrderState::Completed => ("Completed", "ok"),
        OrderState::Cancelled => ("Cancelled", "bad"),
    }
}

/// Confirms the ticked orders, or invoices all that is left of them.
async fn act_on_selected(State(app): State<App>, session: Session, form: Form<Ticked<OrderId>>) -> PageResult {
    let caller = &session.caller;
    if form.intent == "confirm" {
        caller.may(Permission::WriteOrders)?;
        let mut came = Came::new("order", "confirmed");
        for id in &form.id {
            came.note(orders::confirm(&app, caller, *id).await)?;
        }
        return Ok(form.tell(&session, PATH, &came));
    }
    caller.may(Permission::IssueInvoices)?;
    let whole = InvoiceOrder { issue: true, ..InvoiceOrder::default() };
    let mut came = Came::new("order", "invoiced");
    for id in &form.id {
        came.note(orders::invoice(&app, caller, *id, &whole).await)?;
    }
    Ok(form.tell(&session, PATH, &came))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    customer: String,
}

async fn begin(State(app): State<App>, session: Session, Query(with): Query<Begin>) -> PageResult {
    session.caller.may(Permission::WriteOrders)?;
    let form = DocumentForm::begin(&session).for_customer(&app, &session, &with.customer).await?;
    ask(&app, &session, Kind::Order, ("New order", PATH.to_owned()), &Form::new(form)).await
}

async fn totals(State(app): State<App>, session: Session, form: Form<DocumentForm>) -> PageResult {
    preview(&app, &session, &form).await
}

async fn create(State(app): State<App>, session: Session, form: Form<DocumentForm>) -> PageResult {
    session.caller.may(Permission::WriteOrders)?;
    let asking = ("New order", PATH.to_owned());
    if form.wants_more_lines() {
        return ask(&app, &session, Kind::Order, asking, &form).await;
    }
    let made = match form.asked(&app, &session).await {
        Ok(new) => orders::create(&app, &session.caller, &new).await,
        Err(error) => Err(error),
    };
    let id = match made {
        Ok(id) => id,
        Err(error) => return ask(&app, &session, Kind::Order, asking, &form.failed(error)?).await,
    };
    let go = session.go(format!("{PATH}/{id}"));
    if !form.wants_finish() {
        return Ok(go.saying("The order was saved. Confirm it to invoice it.").into_response());
    }
    Ok(match orders::confirm(&app, &session.caller, id).await {
        Ok(()) => go.saying("The order was saved and confirmed."),
        Err(error) => go.warning(format!("The order was saved, but not confirmed: {error}.")),
    }
    .into_response())
}

#[derive(Template)]
#[template(path = "orders/show.html")]
struct ShowPage<'a> {
    page: Page,
    beside: Beside,
    order: &'a OrderRow,
    customer: String,
    badge: (&'static str, &'static str),
    prices: &'static str,
    net: String,
    total: String,
    lines: Vec<Line>,
    parts: Vec<PartLine>,
    preview: Preview,
    way: Vec<Step>,
    form: &'a Form<PartForm>,
    today: String,
    is_part_invoiced: bool,
    may_confirm: bool,
    may_invoice: bool,
    may_cancel: bool,
}

/// An order line with what has become of it.
struct Line {
    position: i64,
    description: String,
    unit: String,
    price: String,
    net: String,
    ordered: String,
    invoiced: String,
    cancelled: String,
    left: String,
}

impl ShowPage<'_> {
    fn cancel_words(&self) -> &'static str {
        if self.is_part_invoiced { "Cancel the rest…" } else { "Cancel the order…" }
    }

    fn any_cancelled(&self) -> bool {
        self.lines.iter().any(|line| !line.cancelled.is_empty())
    }
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<OrderId>) -> PageResult {
    show_with(&app, &session, id, &Form::new(PartForm::default())).await
}

async fn show_with(app: &App, session: &Session, id: OrderId, form: &Form<PartForm>) -> PageResult {
    let view = orders::show(app, &session.caller, id).await?;
    let order = &view.order;
    let is_left = view.progress.iter().any(|line| !line.left().is_zero()) && order.cancelled_at.is_none();
    let is_confirmed = order.confirmed_at.is_some();
    let page = ShowPage {
        page: session.page(order.number.clone(), "orders"),
        beside: Beside::load(app, session, SubjectKind::Order, order.id.0).await?,
        customer: view.customer.name.clone(),
        badge: state_words(order.state()),
        prices: price_words(order.price_mode),
        net: money(order.net_minor, order.currency),
        total: money(order.gross_minor, order.currency),
        lines: lines(&view),
        parts: parts(&view.lines, &view.progress, form),
        preview: Preview::saved([order.net_minor, order.gross_minor], &view.taxes, order.currency),
        way: way(app, session, Stop::Order(id)).await?,
        form,
        today: if form.on.is_empty() { session.company.today.to_string() } else { form.on.clone() },
        is_part_invoiced: view.progress.iter().any(|line| !line.invoiced.is_zero()),
        may_confirm: session.may(Permission::WriteOrders) && !is_confirmed && order.cancelled_at.is_none(),
        may_invoice: session.may(Permission::IssueInvoices) && is_confirmed && is_left,
        may_cancel: session.may(Permission::WriteOrders) && is_left,
        order,
    };
    render_with(form.status(), &page)
}

fn lines(view: &OrderView) -> Vec<Line> {
    let line = |(row, progress): (&LineRow, &Progress)| Line {
        position: row.position,
        description: row.description.clone(),
        unit: row.unit.clone(),
        price: unit_price(row.unit_price, view.order.currency),
        net: amount(row.net_minor, view.order.currency),
        ordered: quantity(progress.ordered),
        invoiced: quantity(progress.invoiced),
        cancelled: if progress.cancelled.is_zero() { String::new() } else { quantity(progress.cancelled) },
        left: quantity(progress.left()),
    };
    view.lines.iter().zip(&view.progress).map(line).collect()
}

async fn pdf(State(app): State<App>, session: Session, Path(id): Path<OrderId>) -> PageResult {
    Ok(file(documents::order(&app, &session.caller, id).await?))
}

async fn confirm(State(app): State<App>, session: Session, Path(id): Path<OrderId>) -> PageResult {
    match orders::confirm(&app, &session.caller, id).await {
        Ok(()) => Ok(session.go(format!("{PATH}/{id}")).saying("The order is confirmed.").into_response()),
        Err(error) => show_with(&app, &session, id, &Form::new(PartForm::default()).failed(error)?).await,
    }
}

async fn invoice(
    State(app): State<App>,
    session: Session,
    Path(id): Path<OrderId>,
    form: Form<PartForm>,
) -> PageResult {
    session.caller.may(Permission::IssueInvoices)?;
    let issue = form.intent == "issue";
    let made = match form.asked() {
        Ok((lines, on)) => {
            let part = InvoiceOrder { lines: Some(lines), on, issue };
            orders::invoice(&app, &session.caller, id, &part).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(invoice) => {
            let said =
                if issue { "The invoice was issued." } else { "The draft was saved. Issue it when it is right." };
            Ok(session.go(format!("/invoices/{invoice}")).saying(said).into_response())
        }
        Err(error) => show_with(&app, &session, id, &form.failed(error)?).await,
    }
}

async fn cancel(State(app): State<App>, session: Session, Path(id): Path<OrderId>, form: Form<PartForm>) -> PageResult {
    match orders::cancel(&app, &session.caller, id, &form.reason).await {
        Ok(()) => {
            let said = format!("What was left of the order was cancelled: {}.", text(&form.reason).unwrap_or_default());
            Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response())
        }
        Err(error) => show_with(&app, &session, id, &form.failed(error)?).await,
    }
}
