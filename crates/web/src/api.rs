//! The REST API: `/api/v1`, bearer tokens, JSON in and out, problems as RFC 9457 says.
//!
//! An endpoint is a function with three parts: extractors that refuse what cannot be read, one use case, a view of what it
//! returned. `api/tokens.rs` is the example to copy: add its `routes()` below and it is served and documented.
//! Layers from the outside in: problems get their last touch, time limit, panics, the caller, the idempotency key.

mod approvals;
mod audit;
mod auth;
mod bank;
mod calendar;
mod cash;
mod catalogue;
mod companies;
mod credit_notes;
mod customers;
mod desk;
mod docs;
mod extract;
mod idempotency;
mod imports;
mod invoices;
mod ledger;
mod lines;
mod notes;
mod open_items;
mod orders;
mod payments;
mod problem;
mod products;
mod quotes;
mod reports;
mod schema;
mod search;
mod statements;
mod taxes;
mod terms;
mod tokens;
mod users;
mod verify;
mod views;

use crate::server::{self, Site};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{StatusCode, Uri},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use problem::{ApiResult, Problem};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

/// Bulk calls of a thousand documents fit.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// Every endpoint, without its layers.
fn endpoints() -> OpenApiRouter<Site> {
    OpenApiRouter::with_openapi(docs::about())
        .merge(auth::routes())
        .merge(companies::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(customers::routes())
        .merge(notes::routes())
        .merge(products::routes())
        .merge(taxes::routes())
        .merge(terms::routes())
        .merge(calendar::routes())
        .merge(catalogue::routes())
        .merge(lines::routes())
        .merge(quotes::routes())
        .merge(orders::routes())
        .merge(invoices::routes())
        .merge(credit_notes::routes())
        .merge(payments::routes())
        .merge(cash::routes())
        .merge(desk::routes())
        .merge(open_items::routes())
        .merge(approvals::routes())
        .merge(ledger::routes())
        .merge(statements::routes())
        .merge(reports::routes())
        .merge(imports::routes())
        .merge(bank::routes())
        .merge(search::routes())
        .merge(audit::routes())
        .merge(verify::routes())
        .merge(views::routes())
}

pub(crate) fn router(site: &Site) -> Router<Site> {
    let (v1, mut document) = endpoints().split_for_parts();
    docs::complete(&mut document);
    let v1 = v1
        .route_layer(from_fn(idempotency::once))
        .route_layer(from_fn_with_state(site.clone(), auth::authenticate))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    Router::new()
        .nest("/v1", v1)
        .merge(docs::router(&document))
        .fallback(async |uri: Uri| Problem::not_found(format!("There is no {} in this API.", uri.path())))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(CatchPanicLayer::custom(Problem::panicked))
        .layer(from_fn(in_time))
        .layer(from_fn(problem::finish))
}

async fn in_time(request: Request, next: Next) -> ApiResult<Response> {
    let answer = server::in_time(request, next).await;
    answer.map_err(|_| {
        let detail = "This took more than a minute and was stopped. Ask for less at once, or try again.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail)
    })
}
