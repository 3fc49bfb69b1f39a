//! Named views of lists: kept for the person whom the token acts for.

use super::{
    auth::Api,
    extract::{Json, Query},
    problem::ApiResult,
};
use crate::server::Site;
use app::views::{self, SaveView, SavedViewRow};
use axum::http::StatusCode;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, save, remove))
}

/// A list as its owner narrowed and sorted it.
#[derive(Serialize, ToSchema)]
struct SavedView {
    list: String,
    name: String,
    query: String,
    saved_at: Timestamp,
}

impl From<SavedViewRow> for SavedView {
    fn from(SavedViewRow { list, name, query, saved_at, .. }: SavedViewRow) -> Self {
        Self { list, name, query, saved_at }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Of one list only, such as `invoices`.
    list: Option<String>,
}

/// Your views, by list and name.
#[utoipa::path(get, path = "/saved-views", tag = "Saved views", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Vec<SavedView>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Vec<SavedView>>> {
    let rows = views::list(&app, &caller, asked.list.as_deref()).await?;
    Ok(Json(rows.into_iter().map(SavedView::from).collect()))
}

/// Keep a view. One of the same list and name is replaced.
#[utoipa::path(put, path = "/saved-views", tag = "Saved views", request_body = SaveView,
    security(("token" = ["read"])), responses((status = 204)))]
async fn save(Api { app, caller }: Api, Json(view): Json<SaveView>) -> ApiResult<StatusCode> {
    views::save(&app, &caller, view).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RemoveQuery {
    list: String,
    name: String,
}

/// Forget a view. Doing it twice is done already.
#[utoipa::path(delete, path = "/saved-views", tag = "Saved views", params(RemoveQuery), security(("token" = ["read"])),
    responses((status = 204)))]
async fn remove(Api { app, caller }: Api, Query(asked): Query<RemoveQuery>) -> ApiResult<StatusCode> {
    views::remove(&app, &caller, &asked.list, &asked.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
