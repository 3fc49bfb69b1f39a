//! What the program may post by itself, and what is known of customers as payers.

use super::super::{
    auth::Api,
    extract::{Json, Path},
    problem::ApiResult,
};
use crate::server::Site;
use app::desk::{self, PayerProfile, PolicyVersion};
use domain::desk::PostingPolicy;
use kernel::CustomerId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(policies, save_policy)).routes(routes!(payer_profile, save_payer_profile))
}

/// The posting policy in force and those before it, the newest first; version 0 is the shipped one.
#[utoipa::path(get, path = "/desk/policies", tag = "Matching desk", security(("token" = ["read"])),
    responses((status = 200, body = Vec<PolicyVersion>)))]
async fn policies(Api { app, caller }: Api) -> ApiResult<Json<Vec<PolicyVersion>>> {
    Ok(Json(desk::policies(&app, &caller).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPolicy {
    /// The version that it was made from.
    after: i64,
    policy: PostingPolicy,
}

/// Put a new version of the posting policy in force.
#[utoipa::path(post, path = "/desk/policies", tag = "Matching desk", request_body = NewPolicy,
    security(("token" = ["accounts.write"])), responses((status = 200, body = PolicyVersion)))]
async fn save_policy(Api { app, caller }: Api, Json(new): Json<NewPolicy>) -> ApiResult<Json<PolicyVersion>> {
    Ok(Json(desk::save_policy(&app, &caller, new.after, new.policy).await?))
}

/// How a customer pays: other names, accounts, an agreed discount, tolerance, tax withheld.
#[utoipa::path(get, path = "/customers/{id}/payer-profile", tag = "Matching desk", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = PayerProfile)))]
async fn payer_profile(Api { app, caller }: Api, Path(id): Path<CustomerId>) -> ApiResult<Json<PayerProfile>> {
    Ok(Json(desk::payer_profile(&app, &caller, id).await?))
}

/// Replace it; `version` is the one that was read, 0 when there was none.
#[utoipa::path(put, path = "/customers/{id}/payer-profile", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = PayerProfile, security(("token" = ["customers.write"])),
    responses((status = 200, body = PayerProfile)))]
async fn save_payer_profile(
    Api { app, caller }: Api,
    Path(id): Path<CustomerId>,
    Json(profile): Json<PayerProfile>,
) -> ApiResult<Json<PayerProfile>> {
    Ok(Json(desk::save_payer_profile(&app, &caller, id, profile).await?))
}
