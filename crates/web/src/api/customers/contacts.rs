//! The people at a customer, and what other systems call it.

use super::super::{
    auth::Api,
    extract::{Created, Json, Path, Query},
    problem::ApiResult,
    schema::Made,
};
use crate::server::Site;
use app::customers;
use axum::http::StatusCode;
use domain::customers::ContactFacts;
use kernel::{ContactId, CustomerId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(edit, remove)).routes(routes!(add_name, remove_name))
}

/// Add somebody.
#[utoipa::path(post, path = "/customers/{id}/contacts", tag = "Customers", params(("id" = Uuid, Path)),
    request_body = ContactFacts, security(("token" = ["customers.write"])), responses((status = 201, body = Made)))]
async fn add(
    Api { app, caller }: Api,
    Path(id): Path<CustomerId>,
    Json(facts): Json<ContactFacts>,
) -> ApiResult<Created<Made>> {
    Ok(Made::at("contacts", customers::add_contact(&app, &caller, id, facts).await?))
}

/// Change somebody's name, role or addresses.
#[utoipa::path(put, path = "/contacts/{id}", tag = "Customers", params(("id" = Uuid, Path)),
    request_body = ContactFacts, security(("token" = ["customers.write"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<ContactId>,
    Json(facts): Json<ContactFacts>,
) -> ApiResult<StatusCode> {
    customers::change_contact(&app, &caller, id, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody off.
#[utoipa::path(delete, path = "/contacts/{id}", tag = "Customers", params(("id" = Uuid, Path)),
    security(("token" = ["customers.write"])), responses((status = 204)))]
async fn remove(Api { app, caller }: Api, Path(id): Path<ContactId>) -> ApiResult<StatusCode> {
    customers::remove_contact(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NameElsewhere {
    /// The other system.
    #[schema(min_length = 1, max_length = 200, example = "shop")]
    source: String,
    #[schema(min_length = 1, max_length = 200, example = "4711")]
    id: String,
}

/// Note what another system calls this customer. Doing it twice is done already.
#[utoipa::path(put, path = "/customers/{id}/external-ids", tag = "Customers", params(("id" = Uuid, Path)),
    request_body = NameElsewhere, security(("token" = ["customers.write"])), responses((status = 204)))]
async fn add_name(
    Api { app, caller }: Api,
    Path(customer): Path<CustomerId>,
    Json(NameElsewhere { source, id }): Json<NameElsewhere>,
) -> ApiResult<StatusCode> {
    customers::add_external_id(&app, &caller, customer, &source, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NameQuery {
    source: String,
    #[serde(rename = "external_id")]
    #[param(rename = "external_id")]
    id: String,
}

/// Forget what another system calls this customer. Doing it twice is done already.
#[utoipa::path(delete, path = "/customers/{id}/external-ids", tag = "Customers",
    params(("id" = Uuid, Path), NameQuery), security(("token" = ["customers.write"])), responses((status = 204)))]
async fn remove_name(
    Api { app, caller }: Api,
    Path(customer): Path<CustomerId>,
    Query(NameQuery { source, id }): Query<NameQuery>,
) -> ApiResult<StatusCode> {
    customers::remove_external_id(&app, &caller, customer, &source, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
