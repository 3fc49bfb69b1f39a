//! Approvals: what waits for a second person, and what that person says.

use super::{
    auth::Api,
    extract::{Json, Path, Query},
    problem::ApiResult,
    schema::{Page, Paging, page_of},
};
use crate::server::Site;
use app::{
    approvals::{self, ApprovalRow},
    grants,
};
use axum::http::StatusCode;
use domain::approvals::ApprovalKind;
use kernel::{ApprovalId, CustomerId, Money, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(approve)).routes(routes!(decline))
}

/// Something that was asked for.
#[derive(Serialize, ToSchema)]
struct Approval {
    id: ApprovalId,
    kind: ApprovalKind,
    /// The open item or document that it is about.
    subject: Uuid,
    customer: CustomerId,
    money: Money,
    requested_at: Timestamp,
    requested_by: String,
    /// What will be done, as it was asked.
    request: serde_json::Value,
    /// Absent while it waits.
    granted: Option<bool>,
    decided_at: Option<Timestamp>,
    decided_by: Option<String>,
    note: Option<String>,
}

impl From<ApprovalRow> for Approval {
    fn from(row: ApprovalRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            subject: row.subject_id,
            customer: row.customer_id,
            money: Money::new(row.amount_minor, row.currency),
            requested_at: row.requested_at,
            requested_by: row.requested_by,
            request: row.request.0,
            granted: row.granted,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            note: row.note,
        }
    }
}

/// What waits for a second person, the oldest first.
#[utoipa::path(get, path = "/approvals", tag = "Approvals", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<Approval>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<Approval>>> {
    let rows = approvals::waiting(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.id.to_string(), Approval::from)?))
}

/// A request, waiting or decided.
#[utoipa::path(get, path = "/approvals/{id}", tag = "Approvals", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Approval)))]
async fn show(Api { app, caller }: Api, Path(id): Path<ApprovalId>) -> ApiResult<Json<Approval>> {
    Ok(Json(approvals::show(&app, &caller, id).await?.into()))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Remark {
    /// What the person who asked should know.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: Option<String>,
}

/// Agree, and carry out what was asked. Who asked cannot agree.
#[utoipa::path(post, path = "/approvals/{id}/approve", tag = "Approvals", params(("id" = Uuid, Path)),
    request_body = Remark, security(("token" = ["approvals.decide"])), responses((status = 204)))]
async fn approve(
    Api { app, caller }: Api,
    Path(id): Path<ApprovalId>,
    Json(said): Json<Remark>,
) -> ApiResult<StatusCode> {
    grants::grant(&app, &caller, id, said.note.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say no; what was asked for is never done.
#[utoipa::path(post, path = "/approvals/{id}/decline", tag = "Approvals", params(("id" = Uuid, Path)),
    request_body = Remark, security(("token" = ["approvals.decide"])), responses((status = 204)))]
async fn decline(
    Api { app, caller }: Api,
    Path(id): Path<ApprovalId>,
    Json(said): Json<Remark>,
) -> ApiResult<StatusCode> {
    approvals::decline(&app, &caller, id, said.note.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
