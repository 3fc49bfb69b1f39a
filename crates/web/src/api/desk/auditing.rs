//! Audit samples: postings of the engine, drawn for a person to look at, and the verdicts.

use super::{
    super::{
        auth::Api,
        extract::{Json, Path, Query},
        problem::ApiResult,
    },
    ListedMatch,
};
use crate::server::Site;
use app::desk::{self, Sample, SampleAsked};
use axum::http::StatusCode;
use domain::desk::figures::Rate;
use kernel::{BankMatchId, Date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(sample)).routes(routes!(check))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SampleQuery {
    /// The first day of posting; thirty days before `to` when left out.
    #[param(inline)]
    from: Option<Date>,
    /// The last day of posting; yesterday when left out.
    #[param(inline)]
    to: Option<Date>,
    /// How many are drawn; 25 when left out.
    #[param(minimum = 1, maximum = 200)]
    count: Option<usize>,
}

/// What was drawn.
#[derive(Serialize, ToSchema)]
struct AuditSample {
    from: Date,
    to: Date,
    /// What the engine posted in the period.
    postings: i64,
    /// In the order in which they were drawn.
    drawn: Vec<ListedMatch>,
    /// Found right, of those that somebody looked at or undid.
    right: Rate,
}

impl From<Sample> for AuditSample {
    fn from(sample: Sample) -> Self {
        let Sample { from, to, postings, drawn, right, .. } = sample;
        Self { from, to, postings, drawn: drawn.into_iter().map(ListedMatch::from).collect(), right }
    }
}

/// Draw postings of the engine to look at; the same period and count draw the same ones.
#[utoipa::path(get, path = "/desk/audit-sample", tag = "Matching desk", params(SampleQuery),
    security(("token" = ["read"])), responses((status = 200, body = AuditSample)))]
async fn sample(Api { app, caller }: Api, Query(asked): Query<SampleQuery>) -> ApiResult<Json<AuditSample>> {
    let SampleQuery { from, to, count } = asked;
    Ok(Json(desk::sample(&app, &caller, SampleAsked { from, to, count }).await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Verdict {
    is_right: bool,
}

/// Say whether a match was right, as an audit found.
#[utoipa::path(post, path = "/desk/matches/{id}/check", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Verdict, security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn check(
    Api { app, caller }: Api,
    Path(id): Path<BankMatchId>,
    Json(asked): Json<Verdict>,
) -> ApiResult<StatusCode> {
    desk::check(&app, &caller, id, asked.is_right).await?;
    Ok(StatusCode::NO_CONTENT)
}
