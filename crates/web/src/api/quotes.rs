//! Quotes: offer, send, revise, accept into an order, decline.

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query, Versioned},
    lines::{CustomerName, Line, TaxTotal, lines_of, taxes_of},
    problem::ApiResult,
    schema::{BulkAnswer, BulkMode, Download, Limit, Made, Page, Reason, Rows, Unread, size},
};
use crate::server::Site;
use app::{
    documents,
    lines::NewDocument,
    lists::{Cursor, Part},
    quotes::{self, QuoteFilter, QuoteSort, QuoteSummary},
};
use axum::http::StatusCode;
use domain::{lines::PriceMode, quotes::QuoteState, terms::Terms};
use kernel::{CustomerId, Date, Money, OrderId, QuoteId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(bulk))
        .routes(routes!(show, revise))
        .routes(routes!(pdf))
        .routes(routes!(send))
        .routes(routes!(accept))
        .routes(routes!(decline))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    #[param(inline)]
    state: Option<QuoteState>,
    /// Beginning of the number, or part of the customer's name.
    search: Option<String>,
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    to: Option<Date>,
    #[param(inline)]
    sort: Option<QuoteSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// A quote in a list.
#[derive(Serialize, ToSchema)]
struct ListedQuote {
    id: QuoteId,
    number: String,
    revision: i64,
    customer: CustomerId,
    customer_name: String,
    quoted_on: Date,
    valid_until: Date,
    gross: Money,
    sent_at: Option<Timestamp>,
    accepted_at: Option<Timestamp>,
    declined_at: Option<Timestamp>,
    /// The revision that took its place.
    replaced_by: Option<QuoteId>,
}

impl From<QuoteSummary> for ListedQuote {
    fn from(row: QuoteSummary) -> Self {
        Self {
            id: row.id,
            number: row.number,
            revision: row.revision,
            customer: row.customer_id,
            customer_name: row.customer_name,
            quoted_on: row.quoted_on,
            valid_until: row.valid_until,
            gross: Money::new(row.gross_minor, row.currency),
            sent_at: row.sent_at,
            accepted_at: row.accepted_at,
            declined_at: row.declined_at,
            replaced_by: row.replaced_by,
        }
    }
}

/// A quote with its lines.
#[derive(Serialize, ToSchema)]
struct Quote {
    id: QuoteId,
    number: String,
    /// 1 for the first; a later one keeps the number.
    revision: i64,
    state: QuoteState,
    customer: CustomerName,
    quoted_on: Date,
    valid_until: Date,
    price_mode: PriceMode,
    terms: Terms,
    reference: Option<String>,
    notes: Option<String>,
    lines: Vec<Line>,
    taxes: Vec<TaxTotal>,
    net: Money,
    tax: Money,
    gross: Money,
    sent_at: Option<Timestamp>,
    accepted_at: Option<Timestamp>,
    accepted_by: Option<String>,
    declined_at: Option<Timestamp>,
    decline_reason: Option<String>,
    /// The order that it became.
    order: Option<OrderId>,
    /// The revision that took its place.
    replaced_by: Option<QuoteId>,
    /// All revisions, this one too.
    revisions: Vec<QuoteId>,
    created_at: Timestamp,
    created_by: String,
}

/// Quotes, newest first unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/quotes", tag = "Quotes", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedQuote>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<ListedQuote>>> {
    let filter = QuoteFilter {
        customer: asked.customer,
        state: asked.state,
        search: asked.search,
        from: asked.from,
        to: asked.to,
        sort: asked.sort.unwrap_or_default(),
        after: None,
    };
    let part = Part { after: asked.after, limit: Some(size(asked.limit)) };
    Ok(Json(Page::of(quotes::list(&app, &caller, filter, &part).await?, ListedQuote::from)))
}

/// A quote with its lines and revisions.
#[utoipa::path(get, path = "/quotes/{id}", tag = "Quotes", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Quote)))]
async fn show(Api { app, caller }: Api, Path(id): Path<QuoteId>) -> ApiResult<Versioned<Quote>> {
    let view = quotes::show(&app, &caller, id).await?;
    let row = view.quote;
    let currency = row.currency;
    let money = |minor| Money::new(minor, currency);
    Ok(Versioned(
        row.version,
        Quote {
            id: row.id,
            number: row.number,
            revision: row.revision,
            state: view.state,
            customer: view.customer.into(),
            quoted_on: row.quoted_on,
            valid_until: row.valid_until,
            price_mode: row.price_mode,
            terms: row.terms.0,
            reference: row.reference,
            notes: row.notes,
            lines: lines_of(view.lines, currency),
            taxes: taxes_of(view.taxes, currency),
            net: money(row.net_minor),
            tax: money(row.tax_minor),
            gross: money(row.gross_minor),
            sent_at: row.sent_at,
            accepted_at: row.accepted_at,
            accepted_by: row.accepted_by,
            declined_at: row.declined_at,
            decline_reason: row.decline_reason,
            order: row.order_id,
            replaced_by: row.replaced_by,
            revisions: view.revisions.iter().map(|revision| revision.id).collect(),
            created_at: row.created_at,
            created_by: row.created_by,
        },
    ))
}

/// Offer something.
#[utoipa::path(post, path = "/quotes", tag = "Quotes", request_body = NewDocument,
    security(("token" = ["quotes.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(new): Json<NewDocument>) -> ApiResult<Created<Made>> {
    Ok(Made::at("quotes", quotes::create(&app, &caller, &new).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkQuotes {
    #[serde(default)]
    mode: BulkMode,
    #[schema(value_type = Vec<NewDocument>, min_items = 1, max_items = 1000)]
    documents: Vec<Unread>,
}

/// Offer up to a thousand things in one transaction.
#[utoipa::path(post, path = "/quotes/bulk", tag = "Quotes", request_body = BulkQuotes,
    security(("token" = ["quotes.write"])), responses((status = 200, body = BulkAnswer)))]
async fn bulk(Api { app, caller }: Api, Json(sent): Json<BulkQuotes>) -> ApiResult<Json<BulkAnswer>> {
    let rows = Rows::<NewDocument>::read("documents", &sent.documents, sent.mode)?;
    let made = match rows.are_all_unread() {
        true => vec![],
        false => quotes::create_many(&app, &caller, &rows.good, sent.mode.into()).await?,
    };
    Ok(Json(rows.answer(made.into_iter().map(|row| row.map(|(id, number)| (id.0, number))))))
}

/// Offer something else under the same number; the revision before stays readable.
#[utoipa::path(put, path = "/quotes/{id}", tag = "Quotes", request_body = NewDocument,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the ETag that was seen")),
    security(("token" = ["quotes.write"])), responses((status = 201, body = Made)))]
async fn revise(
    Api { app, caller }: Api,
    Path(id): Path<QuoteId>,
    IfMatch(version): IfMatch,
    Json(new): Json<NewDocument>,
) -> ApiResult<Created<Made>> {
    Ok(Made::at("quotes", quotes::revise(&app, &caller, id, version, &new).await?))
}

/// The quote on paper.
#[utoipa::path(get, path = "/quotes/{id}/pdf", tag = "Quotes", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
async fn pdf(Api { app, caller }: Api, Path(id): Path<QuoteId>) -> ApiResult<Download> {
    Ok(documents::quote(&app, &caller, id).await?.into())
}

/// Note that the customer has it. Sending again changes nothing.
#[utoipa::path(post, path = "/quotes/{id}/send", tag = "Quotes", params(("id" = Uuid, Path)),
    security(("token" = ["quotes.write"])), responses((status = 204)))]
async fn send(Api { app, caller }: Api, Path(id): Path<QuoteId>) -> ApiResult<StatusCode> {
    quotes::send(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// Who said yes.
    #[schema(min_length = 1, max_length = 200, example = "Pia Purchasing")]
    accepted_by: String,
    /// The customer's own order number.
    #[serde(default)]
    po_number: Option<String>,
}

/// The customer says yes: the quote becomes an order at the same prices and taxes.
#[utoipa::path(post, path = "/quotes/{id}/accept", tag = "Quotes", params(("id" = Uuid, Path)),
    request_body = Acceptance, security(("token" = ["orders.write"])), responses((status = 201, body = Made)))]
async fn accept(
    Api { app, caller }: Api,
    Path(id): Path<QuoteId>,
    Json(said): Json<Acceptance>,
) -> ApiResult<Created<Made>> {
    let order = quotes::accept(&app, &caller, id, &said.accepted_by, said.po_number).await?;
    Ok(Made::at("orders", order))
}

/// The customer says no.
#[utoipa::path(post, path = "/quotes/{id}/decline", tag = "Quotes", params(("id" = Uuid, Path)),
    request_body = Reason, security(("token" = ["quotes.write"])), responses((status = 204)))]
async fn decline(Api { app, caller }: Api, Path(id): Path<QuoteId>, Json(why): Json<Reason>) -> ApiResult<StatusCode> {
    quotes::decline(&app, &caller, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
