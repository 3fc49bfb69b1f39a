//! Tax codes: rates by the day from which they apply.

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query},
    problem::ApiResult,
    schema::{Made, Page, Paging, page_of},
};
use crate::server::Site;
use app::catalogue::{self, TaxCodeRow, TaxFacts};
use axum::http::StatusCode;
use domain::taxes::{DatedRate, TaxCategory};
use kernel::{TaxCodeId, Timestamp};
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
struct TaxCode {
    id: TaxCodeId,
    code: String,
    name: String,
    category: TaxCategory,
    exemption_reason: Option<String>,
    /// Oldest first.
    rates: Vec<DatedRate>,
    /// The ledger account that collects it.
    account: String,
    archived_at: Option<Timestamp>,
    /// The ETag of a change is this in quotes.
    version: i64,
}

impl From<TaxCodeRow> for TaxCode {
    fn from(row: TaxCodeRow) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            category: row.category,
            exemption_reason: row.exemption_reason,
            rates: row.rates.0,
            account: row.account,
            archived_at: row.archived_at,
            version: row.version,
        }
    }
}

/// Tax codes, archived ones too, by code.
#[utoipa::path(get, path = "/tax-codes", tag = "Taxes", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<TaxCode>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<TaxCode>>> {
    let rows = catalogue::tax_codes(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.code.clone(), TaxCode::from)?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TaxCodeToAdd {
    /// Small letters, digits and hyphens.
    #[schema(pattern = "^[a-z0-9-]{1,40}$", example = "de-19")]
    code: String,
    facts: TaxFacts,
}

/// Add a tax code.
#[utoipa::path(post, path = "/tax-codes", tag = "Taxes", request_body = TaxCodeToAdd,
    security(("token" = ["catalogue.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(new): Json<TaxCodeToAdd>) -> ApiResult<Created<Made>> {
    Ok(Made::at("tax-codes", catalogue::create_tax_code(&app, &caller, &new.code, new.facts).await?))
}

/// Replace what a tax code says. Documents keep the rate they were made with.
#[utoipa::path(put, path = "/tax-codes/{id}", tag = "Taxes", request_body = TaxFacts,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the version that was seen, in quotes")),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<TaxCodeId>,
    IfMatch(version): IfMatch,
    Json(facts): Json<TaxFacts>,
) -> ApiResult<StatusCode> {
    catalogue::edit_tax_code(&app, &caller, id, version, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a tax code away. Doing it twice is done already.
#[utoipa::path(post, path = "/tax-codes/{id}/archive", tag = "Taxes", params(("id" = Uuid, Path)),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn archive(Api { app, caller }: Api, Path(id): Path<TaxCodeId>) -> ApiResult<StatusCode> {
    catalogue::archive_tax_code(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a tax code back from the archive.
#[utoipa::path(post, path = "/tax-codes/{id}/unarchive", tag = "Taxes", params(("id" = Uuid, Path)),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn unarchive(Api { app, caller }: Api, Path(id): Path<TaxCodeId>) -> ApiResult<StatusCode> {
    catalogue::unarchive_tax_code(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
