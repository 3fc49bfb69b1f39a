//! Figures of cash application, as JSON and as a table.

use super::super::{
    auth::Api,
    extract::{Json, Query},
    problem::ApiResult,
    schema::Download,
};
use crate::server::Site;
use app::desk::{self, ExceptionCount, Figures, FiguresAsked};
use kernel::{CustomerId, Date};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(figures)).routes(routes!(table)).routes(routes!(counters))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FiguresQuery {
    /// The first value day; thirty days before `to` when left out.
    #[param(inline)]
    from: Option<Date>,
    /// The last value day; today when left out.
    #[param(inline)]
    to: Option<Date>,
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
}

impl From<FiguresQuery> for FiguresAsked {
    fn from(FiguresQuery { from, to, customer }: FiguresQuery) -> Self {
        Self { from, to, customer }
    }
}

/// Rates with their parts, precision, reliability, latencies, what waits and what is unapplied.
#[utoipa::path(get, path = "/desk/figures", tag = "Matching desk", params(FiguresQuery),
    security(("token" = ["read"])), responses((status = 200, body = Figures)))]
async fn figures(Api { app, caller }: Api, Query(asked): Query<FiguresQuery>) -> ApiResult<Json<Figures>> {
    Ok(Json(desk::figures(&app, &caller, asked.into()).await?))
}

/// The same as a table: one figure a row.
#[utoipa::path(get, path = "/desk/figures.csv", tag = "Matching desk", params(FiguresQuery),
    security(("token" = ["read"])), responses((status = 200, body = Vec<u8>, content_type = "text/csv")))]
async fn table(Api { app, caller }: Api, Query(asked): Query<FiguresQuery>) -> ApiResult<Download> {
    let bytes = desk::figures_csv(&app, &caller, asked.into()).await?;
    Ok(Download { media_type: "text/csv", name: "cash-application.csv".to_owned(), bytes })
}

/// What waits on the desk now, by kind.
#[utoipa::path(get, path = "/desk/counters", tag = "Matching desk", security(("token" = ["read"])),
    responses((status = 200, body = Vec<ExceptionCount>)))]
async fn counters(Api { app, caller }: Api) -> ApiResult<Json<Vec<ExceptionCount>>> {
    Ok(Json(desk::counters(&app, &caller).await?))
}
