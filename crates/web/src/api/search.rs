//! Search: customers by name or number, documents by number.

use super::{
    auth::Api,
    extract::{Json, Query},
    problem::ApiResult,
};
use crate::server::Site;
use app::search::{self, Hit};
use domain::search::HitKind;
use kernel::{Date, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(find))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// The beginning of a number or of a word of a customer's name.
    q: String,
}

/// A record that was found.
#[derive(Serialize, ToSchema)]
struct Found {
    kind: HitKind,
    id: Uuid,
    number: String,
    /// The customer's name.
    name: String,
    on: Option<Date>,
    amount: Option<Money>,
}

impl From<Hit> for Found {
    fn from(Hit { kind, id, number, name, on_date, currency, amount_minor }: Hit) -> Self {
        let amount = amount_minor.zip(currency).map(|(minor, currency)| Money::new(minor, currency));
        Self { kind, id, number, name, on: on_date, amount }
    }
}

/// Up to five records of each kind.
#[utoipa::path(get, path = "/search", tag = "Search", params(SearchQuery), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Found>)))]
async fn find(Api { app, caller }: Api, Query(asked): Query<SearchQuery>) -> ApiResult<Json<Vec<Found>>> {
    let hits = search::search(&app, &caller, &asked.q).await?;
    Ok(Json(hits.into_iter().map(Found::from).collect()))
}
