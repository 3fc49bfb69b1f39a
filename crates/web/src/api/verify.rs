//! The standing proofs of the books.

use super::{auth::Api, extract::Json, problem::ApiResult};
use crate::server::Site;
use app::verify;
use domain::verify::Proof;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(run))
}

/// What came of proving the books.
#[derive(Serialize, ToSchema)]
struct Verification {
    /// Every proof holds.
    ok: bool,
    proofs: Vec<Proof>,
}

/// Prove the books: recompute everything from the raw rows and name what is wrong.
#[utoipa::path(get, path = "/verify", tag = "Verify", security(("token" = ["read"])),
    responses((status = 200, body = Verification)))]
async fn run(Api { app, caller }: Api) -> ApiResult<Json<Verification>> {
    let proofs = verify::run(&app, &caller, |_| {}).await?;
    Ok(Json(Verification { ok: proofs.iter().all(|proof| proof.ok), proofs }))
}
