//! Number series: how the numbers of each kind of document look.

use super::super::{
    auth::Api,
    extract::{Json, Path},
    problem::ApiResult,
};
use crate::server::Site;
use app::companies::{self, SeriesFacts};
use axum::http::StatusCode;
use domain::companies::Series;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(edit))
}

#[derive(Serialize, ToSchema)]
struct NumberSeries {
    kind: Series,
    prefix: String,
    digits: i64,
    /// Starts again each year.
    yearly: bool,
}

/// How the numbers of each kind of document look.
#[utoipa::path(get, path = "/number-series", tag = "Company", security(("token" = ["read"])),
    responses((status = 200, body = Vec<NumberSeries>)))]
async fn list(Api { app, caller }: Api) -> ApiResult<Json<Vec<NumberSeries>>> {
    let rows = companies::series(&app, &caller).await?.into_iter();
    let series =
        rows.map(|row| NumberSeries { kind: row.kind, prefix: row.prefix, digits: row.digits, yearly: row.yearly });
    Ok(Json(series.collect()))
}

/// Change how the next numbers look. No two documents ever bear the same number.
#[utoipa::path(put, path = "/number-series/{kind}", tag = "Company", request_body = SeriesFacts,
    params(("kind" = inline(Series), Path)), security(("token" = ["company.manage"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(kind): Path<Series>,
    Json(facts): Json<SeriesFacts>,
) -> ApiResult<StatusCode> {
    companies::edit_series(&app, &caller, kind, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}
