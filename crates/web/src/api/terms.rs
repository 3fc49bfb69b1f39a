//! Payment terms: when which part of a document falls due, and what paying early earns.

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query},
    problem::ApiResult,
    schema::{Made, Page, Paging, page_of},
};
use crate::server::Site;
use app::catalogue::{self, TermsRow};
use axum::http::StatusCode;
use domain::terms::Terms;
use kernel::{TermsId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(edit))
        .routes(routes!(archive))
        .routes(routes!(unarchive))
}

#[derive(Serialize, ToSchema)]
struct PaymentTerms {
    id: TermsId,
    code: String,
    /// What they say, in words.
    name: String,
    spec: Terms,
    archived_at: Option<Timestamp>,
    /// The ETag of a change is this in quotes.
    version: i64,
}

impl From<TermsRow> for PaymentTerms {
    fn from(TermsRow { id, code, name, spec, archived_at, version, .. }: TermsRow) -> Self {
        Self { id, code, name, spec: spec.0, archived_at, version }
    }
}

/// Payment terms, archived ones too, by code.
#[utoipa::path(get, path = "/payment-terms", tag = "Payment terms", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<PaymentTerms>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<PaymentTerms>>> {
    let rows = catalogue::terms(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.code.clone(), PaymentTerms::from)?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TermsToAdd {
    /// Small letters, digits and hyphens.
    #[schema(pattern = "^[a-z0-9-]{1,40}$", example = "net-45")]
    code: String,
    spec: Terms,
}

/// Add payment terms.
#[utoipa::path(post, path = "/payment-terms", tag = "Payment terms", request_body = TermsToAdd,
    security(("token" = ["catalogue.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(new): Json<TermsToAdd>) -> ApiResult<Created<Made>> {
    let made = catalogue::create_terms(&app, &caller, &new.code, new.spec).await;
    let id =
        made.map_err(|error| error.with_fields(|field| if field == "code" { field } else { format!("spec.{field}") }))?;
    Ok(Made::at("payment-terms", id))
}

/// Replace what payment terms say. Documents keep those they were made with.
#[utoipa::path(put, path = "/payment-terms/{id}", tag = "Payment terms", request_body = Terms,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the version that was seen, in quotes")),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<TermsId>,
    IfMatch(version): IfMatch,
    Json(spec): Json<Terms>,
) -> ApiResult<StatusCode> {
    catalogue::edit_terms(&app, &caller, id, version, spec).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put payment terms away. Doing it twice is done already.
#[utoipa::path(post, path = "/payment-terms/{id}/archive", tag = "Payment terms", params(("id" = Uuid, Path)),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn archive(Api { app, caller }: Api, Path(id): Path<TermsId>) -> ApiResult<StatusCode> {
    catalogue::archive_terms(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take payment terms back from the archive.
#[utoipa::path(post, path = "/payment-terms/{id}/unarchive", tag = "Payment terms", params(("id" = Uuid, Path)),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn unarchive(Api { app, caller }: Api, Path(id): Path<TermsId>) -> ApiResult<StatusCode> {
    catalogue::unarchive_terms(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
