//! Orders: the list, the form, and one order with what of it is still to be invoiced.

use super::lines::{
    Chip, DocumentForm, Kind, ListQuery, PAGE, Preview, Step, Sum, add_up, ask, optional, preview, price_words, text,
    way,
};
use crate::{
    error::PageResult,
    figures::{amount, money, quantity, read_number, unit_price},
    form::Form,
    page::{Page, Path, Query, file, render, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, documents,
    lists::{Cursor, Page as Rows},
    orders::{self, InvoiceOrder, OrderFilter, OrderRow, OrderState, OrderView},
    trail::Stop,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::users::Permission;
use kernel::{LineId, OrderId, Quantity};
use serde::Deserialize;
use std::collections::BTreeMap;

const PATH: &str = "/orders";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/orders", get(list).post(create))
        .route("/orders/new", get(begin))
        .route("/orders/preview", post(totals))
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
    query: ListQuery,
    customer: String,
    chips: Vec<Chip>,
    rows: Vec<ListRow>,
    sums: Vec<Sum>,
    next: String,
    may_write: bool,
}

struct ListRow {
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

async fn list(State(app): State<App>, session: Session, Query(query): Query<ListQuery>) -> PageResult {
    let (from, to) = query.days();
    let filter = OrderFilter {
        customer: query.customer(),
        state: query.state.parse().ok(),
        search: query.search(),
        from,
        to,
        after: query.after()?,
    };
    let found = orders::list(&app, &session.caller, &filter, PAGE + 1).await?;
    let found = Rows::cut(found, PAGE, |row| Cursor::new([row.ordered_on.to_string(), row.id.to_string()]));
    let row = |row: &orders::OrderSummary| {
        let (state, tone) = state_words(row.state());
        ListRow {
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
    render(&ListPage {
        page: session.page("Orders", "orders"),
        customer: query.customer_name(&app, &session).await?,
        chips: query.states(PATH, states),
        sums: add_up(amounts, "order"),
        rows: found.rows.iter().map(row).collect(),
        next: query.next(PATH, found.next.as_ref()),
        may_write: session.may(Permission::WriteOrders),
        query,
    })
}

const fn state_words(state: OrderState) -> (&'static str, &'static str) {
    match state {
        OrderState::Draft => ("To confirm", "neutral"),
        OrderState::Confirmed => ("Confirmed", "info"),
        OrderState::Completed => ("Completed", "ok"),
        OrderState::Cancelled => ("Cancelled", "bad"),
    }
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

/// What is typed beside an action: quantities to invoice, a day, a reason.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
struct Action {
    on: String,
    reason: String,
    /// "issue" or "draft".
    intent: String,
    /// Line and quantity, in the order of the lines.
    quantities: Vec<(String, String)>,
}

impl From<Vec<(String, String)>> for Action {
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut action = Self::default();
        let mut quantities: BTreeMap<usize, (String, String)> = BTreeMap::new();
        for (name, value) in pairs {
            let place = name.strip_prefix("lines[").and_then(|rest| rest.split_once("]."));
            let place = place.and_then(|(at, field)| Some((at.parse::<usize>().ok()?, field)));
            match (name.as_str(), place) {
                ("on", _) => action.on = value,
                ("reason", _) => action.reason = value,
                ("intent", _) => action.intent = value,
                (_, Some((at, "id"))) => quantities.entry(at).or_default().0 = value,
                (_, Some((at, "quantity"))) => quantities.entry(at).or_default().1 = value,
                _ => {}
            }
        }
        action.quantities = quantities.into_values().collect();
        action
    }
}

impl Action {
    fn asked(&self) -> app::Result<InvoiceOrder> {
        let mut wrong = Vec::new();
        let mut lines: Vec<(LineId, Quantity)> = Vec::new();
        for (at, (line, typed)) in self.quantities.iter().enumerate() {
            let quantity = read_number(&mut wrong, &format!("lines[{at}].quantity"), typed);
            if let (Ok(line), Some(quantity)) = (line.parse(), quantity) {
                lines.push((line, quantity));
            }
        }
        let on = optional(&mut wrong, "on", &self.on);
        if wrong.is_empty() {
            Ok(InvoiceOrder { lines: Some(lines), on, issue: self.intent == "issue" })
        } else {
            Err(app::Error::Invalid(wrong))
        }
    }
}

#[derive(Template)]
#[template(path = "orders/show.html")]
struct ShowPage<'a> {
    page: Page,
    order: &'a OrderRow,
    customer: String,
    badge: (&'static str, &'static str),
    prices: &'static str,
    net: String,
    total: String,
    lines: Vec<Line>,
    preview: Preview,
    way: Vec<Step>,
    form: &'a Form<Action>,
    today: String,
    is_part_invoiced: bool,
    may_confirm: bool,
    may_invoice: bool,
    may_cancel: bool,
}

/// An order line with what has become of it.
struct Line {
    id: LineId,
    position: i64,
    description: String,
    unit: String,
    price: String,
    net: String,
    ordered: String,
    invoiced: String,
    cancelled: String,
    left: String,
    is_left: bool,
    field: String,
    typed: String,
    wrong: String,
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
    show_with(&app, &session, id, &Form::new(Action::default())).await
}

async fn show_with(app: &App, session: &Session, id: OrderId, form: &Form<Action>) -> PageResult {
    let view = orders::show(app, &session.caller, id).await?;
    let order = &view.order;
    let is_left = view.progress.iter().any(|line| !line.left().is_zero()) && order.cancelled_at.is_none();
    let is_confirmed = order.confirmed_at.is_some();
    let page = ShowPage {
        page: session.page(order.number.clone(), "orders"),
        customer: view.customer.name.clone(),
        badge: state_words(order.state()),
        prices: price_words(order.price_mode),
        net: money(order.net_minor, order.currency),
        total: money(order.gross_minor, order.currency),
        lines: lines(&view, form),
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

fn lines(view: &OrderView, form: &Form<Action>) -> Vec<Line> {
    let mut at = 0_usize..;
    let line = |(row, progress): (&app::lines::LineRow, &domain::orders::Progress)| {
        let left = progress.left();
        // Only lines with something left are in the form, so only they are counted.
        let at = if left.is_zero() { None } else { at.next() };
        let typed = form.quantities.iter().find(|(line, _)| *line == row.id.to_string());
        let field = at.map(|at| format!("lines[{at}].quantity")).unwrap_or_default();
        Line {
            id: row.id,
            position: row.position,
            description: row.description.clone(),
            unit: row.unit.clone(),
            price: unit_price(row.unit_price, view.order.currency),
            net: amount(row.net_minor, view.order.currency),
            ordered: quantity(progress.ordered),
            invoiced: quantity(progress.invoiced),
            cancelled: if progress.cancelled.is_zero() { String::new() } else { quantity(progress.cancelled) },
            left: quantity(left),
            is_left: !left.is_zero(),
            typed: typed.map_or_else(|| left.to_string(), |(_, typed)| typed.clone()),
            wrong: form.error(&field).to_owned(),
            field,
        }
    };
    view.lines.iter().zip(&view.progress).map(line).collect()
}

async fn pdf(State(app): State<App>, session: Session, Path(id): Path<OrderId>) -> PageResult {
    Ok(file(documents::order(&app, &session.caller, id).await?))
}

async fn confirm(State(app): State<App>, session: Session, Path(id): Path<OrderId>) -> PageResult {
    match orders::confirm(&app, &session.caller, id).await {
        Ok(()) => Ok(session.go(format!("{PATH}/{id}")).saying("The order is confirmed.").into_response()),
        Err(error) => show_with(&app, &session, id, &Form::new(Action::default()).failed(error)?).await,
    }
}

async fn invoice(State(app): State<App>, session: Session, Path(id): Path<OrderId>, form: Form<Action>) -> PageResult {
    session.caller.may(Permission::IssueInvoices)?;
    let made = match form.asked() {
        Ok(part) => orders::invoice(&app, &session.caller, id, &part).await.map(|invoice| (invoice, part.issue)),
        Err(error) => Err(error),
    };
    match made {
        Ok((invoice, issued)) => {
            let said =
                if issued { "The invoice was issued." } else { "The draft was saved. Issue it when it is right." };
            Ok(session.go(format!("/invoices/{invoice}")).saying(said).into_response())
        }
        Err(error) => show_with(&app, &session, id, &form.failed(error)?).await,
    }
}

async fn cancel(State(app): State<App>, session: Session, Path(id): Path<OrderId>, form: Form<Action>) -> PageResult {
    match orders::cancel(&app, &session.caller, id, &form.reason).await {
        Ok(()) => {
            let said = format!("What was left of the order was cancelled: {}.", text(&form.reason).unwrap_or_default());
            Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response())
        }
        Err(error) => show_with(&app, &session, id, &form.failed(error)?).await,
    }
}
