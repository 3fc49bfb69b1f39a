//! Exchange rates by source and day.

use super::{
    auth::Api,
    extract::{Json, Query},
    problem::ApiResult,
    schema::{Page, Paging, page_of},
};
use crate::server::Site;
use app::catalogue::{self, FxRateRow, NewRate, RateChanges};
use kernel::{Currency, Date, FxRate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, enter))
}

/// `rate` units of `to` for one of `from`, from `on` until a later rate.
#[derive(Serialize, ToSchema)]
struct ExchangeRate {
    from: Currency,
    to: Currency,
    on: Date,
    rate: FxRate,
    source: String,
}

impl From<FxRateRow> for ExchangeRate {
    fn from(row: FxRateRow) -> Self {
        let FxRateRow { from_currency: from, to_currency: to, on_date: on, rate, source, .. } = row;
        Self { from, to, on, rate, source }
    }
}

/// The newest rates, up to 500.
#[utoipa::path(get, path = "/fx-rates", tag = "Exchange rates", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<ExchangeRate>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<ExchangeRate>>> {
    let rows = catalogue::fx_rates(&app, &caller).await?;
    let key = |row: &FxRateRow| format!("{} {} {}", row.on_date, row.from_currency, row.to_currency);
    Ok(Json(page_of(rows, &paging, key, ExchangeRate::from)?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rates {
    #[schema(max_items = 10000)]
    rates: Vec<NewRate>,
}

/// Enter rates. One that is there for its day already is replaced; the same again changes nothing.
#[utoipa::path(post, path = "/fx-rates", tag = "Exchange rates", request_body = Rates,
    security(("token" = ["catalogue.write"])), responses((status = 200, body = RateChanges)))]
async fn enter(Api { app, caller }: Api, Json(sent): Json<Rates>) -> ApiResult<Json<RateChanges>> {
    Ok(Json(catalogue::enter_rates(&app, &caller, sent.rates).await?))
}
