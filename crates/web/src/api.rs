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
    extract::{DefaultBodyLimit, OriginalUri, Request},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use problem::{ApiResult, Problem};
use std::{
    convert::Infallible,
    sync::{Arc, OnceLock},
};
use tower::{Service, ServiceExt as _};
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
    Router::new()
        .nest_service("/v1", when_asked(site.clone()))
        .merge(docs::router())
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(CatchPanicLayer::custom(Problem::panicked))
        .layer(from_fn(in_time))
        .layer(from_fn(problem::finish))
}

/// The endpoints, made when the first of them is called: they come with the parts of their document, and a server that
/// only shows pages need not hold them.
fn when_asked(
    site: Site,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Sync {
    let made = Arc::new(OnceLock::new());
    tower::service_fn(move |request| made.get_or_init(|| v1(site.clone())).clone().oneshot(request))
}

fn v1(site: Site) -> Router {
    let (endpoints, _) = endpoints().split_for_parts();
    endpoints
        .route_layer(from_fn(idempotency::once))
        .route_layer(from_fn_with_state(site.clone(), auth::authenticate))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .with_state(site)
}

async fn not_found(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::not_found(format!("There is no {} in this API.", uri.path()))
}

async fn not_allowed() -> Problem {
    Problem::method_not_allowed()
}

async fn in_time(request: Request, next: Next) -> ApiResult<Response> {
    let answer = server::in_time(request, next).await;
    answer.map_err(|_| {
        let detail = "This took more than a minute and was stopped. Ask for less at once, or try again.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail)
    })
}
