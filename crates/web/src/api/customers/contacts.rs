//! The people at a customer.

use super::super::{
    auth::Api,
    extract::{Created, Json, Path},
    problem::ApiResult,
    schema::Made,
};
use crate::server::Site;
use app::customers;
use axum::http::StatusCode;
use domain::customers::ContactFacts;
use kernel::{ContactId, CustomerId};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(edit, remove))
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
