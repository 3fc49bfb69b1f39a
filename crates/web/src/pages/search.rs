//! Search: what the palette shows while somebody types (JSON), and the same as a page for those without script.

use crate::{
    error::PageResult,
    figures::money,
    page::{Page, Query, render},
    server::Site,
    session::Session,
};
use app::{
    App,
    search::{self, Hit},
};
use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header::ACCEPT},
    response::IntoResponse as _,
    routing::get,
};
use domain::search::HitKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub fn router() -> Router<Site> {
    Router::new().route("/search", get(find))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchQuery {
    q: String,
    /// Only one kind of record, such as `customer`.
    kind: String,
}

/// One record as the palette and the comboboxes take it.
#[derive(Debug, Serialize)]
struct Found {
    id: Uuid,
    kind: &'static str,
    label: String,
    detail: String,
    href: String,
}

#[derive(Template)]
#[template(path = "search/show.html")]
struct SearchPage {
    page: Page,
    query: SearchQuery,
    found: Vec<Found>,
}

async fn find(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Query(query): Query<SearchQuery>,
) -> PageResult {
    let hits = search::search(&app, &session.caller, &query.q).await?.into_iter();
    let wanted = match query.kind.as_str() {
        "" => None,
        kind => Some(kind.parse::<HitKind>().map_err(|error| app::Error::field("kind", error))?),
    };
    let found: Vec<Found> = hits.filter(|hit| wanted.is_none_or(|kind| kind == hit.kind)).map(found).collect();
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.starts_with("application/json") {
        return Ok(Json(found).into_response());
    }
    render(&SearchPage { page: session.page("Search", "search"), query, found })
}

fn found(hit: Hit) -> Found {
    let (kind, path) = match hit.kind {
        HitKind::Customer => ("customers", "customers"),
        HitKind::Invoice => ("invoices", "invoices"),
        HitKind::Payment => ("payments", "payments"),
        HitKind::Order => ("orders", "orders"),
        HitKind::Quote => ("quotes", "quotes"),
    };
    let amount = hit.amount_minor.zip(hit.currency).map(|(minor, currency)| money(minor, currency));
    let day = hit.on_date.map(|day| day.to_string());
    // A customer is called by its name, a document by its number.
    let (label, other) = if hit.kind == HitKind::Customer { (hit.name, hit.number) } else { (hit.number, hit.name) };
    let detail = [Some(other), amount, day].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Found { id: hit.id, kind, label, detail, href: format!("/{path}/{}", hit.id) }
}
