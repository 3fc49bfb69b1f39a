//! Orders: take, confirm, invoice in parts, cancel the rest.

use super::{
    auth::Api,
    extract::{Created, Json, Path, Query, Versioned},
    lines::{CustomerName, Line, TaxTotal, lines_of, taxes_of},
    problem::ApiResult,
    schema::{BulkAnswer, BulkMode, Download, Limit, Made, Page, Reason, Rows, Unread, size},
};
use crate::server::Site;
use app::{
    documents,
    lines::NewDocument,
    lists::{Cursor, Part},
    orders::{self, InvoiceOrder, OrderFilter, OrderSort, OrderState, OrderSummary, OrderView},
};
use axum::http::StatusCode;
use domain::{lines::PriceMode, terms::Terms};
use kernel::{CustomerId, Date, InvoiceId, LineId, Money, OrderId, Quantity, QuoteId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(bulk))
        .routes(routes!(show))
        .routes(routes!(pdf))
        .routes(routes!(confirm))
        .routes(routes!(invoice))
        .routes(routes!(cancel))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    #[param(inline)]
    state: Option<OrderState>,
    /// Beginning of the number or of the customer's own, or part of the customer's name.
    search: Option<String>,
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    to: Option<Date>,
    #[param(inline)]
    sort: Option<OrderSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// An order in a list.
#[derive(Serialize, ToSchema)]
struct ListedOrder {
    id: OrderId,
    number: String,
    state: OrderState,
    customer: CustomerId,
    customer_name: String,
    po_number: Option<String>,
    ordered_on: Date,
    deliver_on: Option<Date>,
    gross: Money,
    invoiced: Money,
}

impl From<OrderSummary> for ListedOrder {
    fn from(row: OrderSummary) -> Self {
        Self {
            state: row.state(),
            id: row.id,
            number: row.number,
            customer: row.customer_id,
            customer_name: row.customer_name,
            po_number: row.po_number,
            ordered_on: row.ordered_on,
            deliver_on: row.deliver_on,
            gross: Money::new(row.gross_minor, row.currency),
            invoiced: Money::new(row.invoiced_minor, row.currency),
        }
    }
}

/// What has become of one line.
#[derive(Serialize, ToSchema)]
struct LineProgress {
    line: LineId,
    position: i64,
    ordered: Quantity,
    invoiced: Quantity,
    cancelled: Quantity,
    /// What can still be invoiced.
    left: Quantity,
}

/// An order with its lines, what was invoiced of each, and its invoices.
#[derive(Serialize, ToSchema)]
struct Order {
    id: OrderId,
    number: String,
    state: OrderState,
    customer: CustomerName,
    quote: Option<QuoteId>,
    ordered_on: Date,
    deliver_on: Option<Date>,
    price_mode: PriceMode,
    terms: Terms,
    po_number: Option<String>,
    notes: Option<String>,
    lines: Vec<Line>,
    progress: Vec<LineProgress>,
    taxes: Vec<TaxTotal>,
    net: Money,
    tax: Money,
    gross: Money,
    /// Drafts too.
    invoices: Vec<InvoiceId>,
    confirmed_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    cancelled_at: Option<Timestamp>,
    cancel_reason: Option<String>,
    created_at: Timestamp,
    created_by: String,
}

/// Orders, newest first unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/orders", tag = "Orders", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedOrder>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<ListedOrder>>> {
    let filter = OrderFilter {
        customer: asked.customer,
        state: asked.state,
        search: asked.search,
        from: asked.from,
        to: asked.to,
        sort: asked.sort.unwrap_or_default(),
        after: None,
    };
    let part = Part { after: asked.after, limit: Some(size(asked.limit)) };
    Ok(Json(Page::of(orders::list(&app, &caller, filter, &part).await?, ListedOrder::from)))
}

/// An order with what was invoiced of each line.
#[utoipa::path(get, path = "/orders/{id}", tag = "Orders", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Order)))]
async fn show(Api { app, caller }: Api, Path(id): Path<OrderId>) -> ApiResult<Versioned<Order>> {
    let OrderView { order: row, customer, lines, taxes, progress, invoices } = orders::show(&app, &caller, id).await?;
    let money = |minor| Money::new(minor, row.currency);
    let line = |line: &domain::orders::Progress| LineProgress {
        line: line.line,
        position: line.position,
        ordered: line.ordered,
        invoiced: line.invoiced,
        cancelled: line.cancelled,
        left: line.left(),
    };
    let order = Order {
        id: row.id,
        state: row.state(),
        customer: customer.into(),
        quote: row.quote_id,
        ordered_on: row.ordered_on,
        deliver_on: row.deliver_on,
        price_mode: row.price_mode,
        lines: lines_of(lines, row.currency),
        progress: progress.iter().map(line).collect(),
        taxes: taxes_of(taxes, row.currency),
        net: money(row.net_minor),
        tax: money(row.tax_minor),
        gross: money(row.gross_minor),
        number: row.number,
        terms: row.terms.0,
        po_number: row.po_number,
        notes: row.notes,
        invoices: invoices.iter().map(|invoice| invoice.id).collect(),
        confirmed_at: row.confirmed_at,
        completed_at: row.completed_at,
        cancelled_at: row.cancelled_at,
        cancel_reason: row.cancel_reason,
        created_at: row.created_at,
        created_by: row.created_by,
    };
    Ok(Versioned(row.version, order))
}

/// Take an order; it is binding once confirmed.
#[utoipa::path(post, path = "/orders", tag = "Orders", request_body = NewDocument,
    security(("token" = ["orders.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(new): Json<NewDocument>) -> ApiResult<Created<Made>> {
    Ok(Made::at("orders", orders::create(&app, &caller, &new).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkOrders {
    #[serde(default)]
    mode: BulkMode,
    #[schema(value_type = Vec<NewDocument>, min_items = 1, max_items = 1000)]
    documents: Vec<Unread>,
}

/// Take up to a thousand orders in one transaction; each is binding once confirmed.
#[utoipa::path(post, path = "/orders/bulk", tag = "Orders", request_body = BulkOrders,
    security(("token" = ["orders.write"])), responses((status = 200, body = BulkAnswer)))]
async fn bulk(Api { app, caller }: Api, Json(sent): Json<BulkOrders>) -> ApiResult<Json<BulkAnswer>> {
    let rows = Rows::<NewDocument>::read("documents", &sent.documents, sent.mode)?;
    let made = match rows.are_all_unread() {
        true => vec![],
        false => orders::create_many(&app, &caller, &rows.good, sent.mode.into()).await?,
    };
    Ok(Json(rows.answer(made.into_iter().map(|row| row.map(|(id, number)| (id.0, number))))))
}

/// The order confirmation on paper.
#[utoipa::path(get, path = "/orders/{id}/pdf", tag = "Orders", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn pdf(Api { app, caller }: Api, Path(id): Path<OrderId>) -> ApiResult<Download> {
    Ok(documents::order(&app, &caller, id).await?.into())
}

/// Bind the order.
#[utoipa::path(post, path = "/orders/{id}/confirm", tag = "Orders", params(("id" = Uuid, Path)),
    security(("token" = ["orders.write"])), responses((status = 204)))]
async fn confirm(Api { app, caller }: Api, Path(id): Path<OrderId>) -> ApiResult<StatusCode> {
    orders::confirm(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderPart {
    /// Everything that is left when left out.
    #[serde(default)]
    lines: Option<Vec<PartLine>>,
    /// The invoice's day; today when left out.
    #[serde(default)]
    on: Option<Date>,
    /// Issues the invoice at once; else it is a draft.
    #[serde(default)]
    issue: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PartLine {
    line: LineId,
    quantity: Quantity,
}

/// Make an invoice of a part, or of all that is left.
#[utoipa::path(post, path = "/orders/{id}/invoice", tag = "Orders", params(("id" = Uuid, Path)),
    request_body = OrderPart, security(("token" = ["invoices.issue"])), responses((status = 201, body = Made)))]
async fn invoice(
    Api { app, caller }: Api,
    Path(id): Path<OrderId>,
    Json(part): Json<OrderPart>,
) -> ApiResult<Created<Made>> {
    let pair = |part: PartLine| (part.line, part.quantity);
    let lines = part.lines.map(|lines| lines.into_iter().map(pair).collect());
    let asked = InvoiceOrder { lines, on: part.on, issue: part.issue };
    Ok(Made::at("invoices", orders::invoice(&app, &caller, id, &asked).await?))
}

/// Cancel what was not invoiced: the whole order, or its rest.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "Orders", params(("id" = Uuid, Path)),
    request_body = Reason, security(("token" = ["orders.write"])), responses((status = 204)))]
async fn cancel(Api { app, caller }: Api, Path(id): Path<OrderId>, Json(why): Json<Reason>) -> ApiResult<StatusCode> {
    orders::cancel(&app, &caller, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
