//! Cash application: using credits on debts and taking that back; refunds; debts that are given up.

use super::{
    auth::Api,
    extract::{Json, Path},
    problem::ApiResult,
    schema::{DoneOrWaiting, Made, Reason, Waiting},
};
use crate::server::Site;
use app::{
    approvals::Outcome,
    cash::{self, AllocateCash, AllocationRow, RefundRequest, WriteOffRequest},
    items::{NamedAllocation, RefundRow},
};
use axum::http::StatusCode;
use kernel::{AllocationId, Date, EntryId, Money, OpenItemId, RefundId, Timestamp, WriteOffId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(allocate))
        .routes(routes!(take_back))
        .routes(routes!(refund))
        .routes(routes!(write_off))
        .routes(routes!(bring_back))
}

/// A credit that was used on a debt.
#[derive(Serialize, ToSchema)]
pub(super) struct Allocation {
    id: AllocationId,
    from: OpenItemId,
    from_number: String,
    to: OpenItemId,
    to_number: String,
    /// What it took of the credit.
    from_amount: Money,
    /// What it paid of the debt.
    amount: Money,
    discount: Money,
    difference: Money,
    effective_on: Date,
    recorded_at: Timestamp,
    recorded_by: String,
    /// How the figures came about.
    explanation: String,
    entry: EntryId,
    reversed_on: Option<Date>,
    reversed_by: Option<String>,
}

impl From<NamedAllocation> for Allocation {
    fn from(named: NamedAllocation) -> Self {
        let row = named.row;
        let debt = |minor| Money::new(minor, named.to_currency);
        Self {
            id: row.id,
            from: row.from_item_id,
            from_number: named.from_number,
            to: row.to_item_id,
            to_number: named.to_number,
            from_amount: Money::new(row.from_minor, named.from_currency),
            amount: debt(row.to_minor),
            discount: debt(row.discount_minor),
            difference: debt(row.difference_minor),
            effective_on: row.effective_on,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            explanation: row.explanation,
            entry: row.entry_id,
            reversed_on: row.reversed_on,
            reversed_by: row.reversed_by,
        }
    }
}

/// Money that was given back.
#[derive(Serialize, ToSchema)]
pub(super) struct Refund {
    id: RefundId,
    number: String,
    amount: Money,
    reason: String,
    refunded_on: Date,
    recorded_by: String,
    entry: EntryId,
}

impl From<RefundRow> for Refund {
    fn from(row: RefundRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            amount: Money::new(row.amount_minor, row.currency),
            reason: row.reason,
            refunded_on: row.refunded_on,
            recorded_by: row.recorded_by,
            entry: row.entry_id,
        }
    }
}

/// One allocation that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct AllocationMade {
    id: AllocationId,
    effective_on: Date,
    /// How the figures came about.
    explanation: String,
}

impl From<AllocationRow> for AllocationMade {
    fn from(row: AllocationRow) -> Self {
        Self { id: row.id, effective_on: row.effective_on, explanation: row.explanation }
    }
}

/// Use a payment or credit note on debts. Never more than either side has; small differences within the company's
/// tolerance go with `settle_difference`.
#[utoipa::path(post, path = "/allocations", tag = "Cash application", request_body = AllocateCash,
    security(("token" = ["cash.allocate"])), responses((status = 200, body = Vec<AllocationMade>)))]
async fn allocate(Api { app, caller }: Api, Json(asked): Json<AllocateCash>) -> ApiResult<Json<Vec<AllocationMade>>> {
    let rows = cash::allocate(&app, &caller, asked).await?;
    Ok(Json(rows.into_iter().map(AllocationMade::from).collect()))
}

/// Take an allocation back, from today on. Doing it twice is done already.
#[utoipa::path(post, path = "/allocations/{id}/reverse", tag = "Cash application", params(("id" = Uuid, Path)),
    request_body = Reason, security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn take_back(
    Api { app, caller }: Api,
    Path(id): Path<AllocationId>,
    Json(why): Json<Reason>,
) -> ApiResult<StatusCode> {
    cash::unallocate(&app, &caller, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give money back. Above the company's limit it waits for a second person (202).
#[utoipa::path(post, path = "/refunds", tag = "Cash application", request_body = RefundRequest,
    security(("token" = ["refunds.write"])), responses((status = 201, body = Made), (status = 202, body = Waiting)))]
async fn refund(Api { app, caller }: Api, Json(asked): Json<RefundRequest>) -> ApiResult<DoneOrWaiting<Made>> {
    let item = asked.item;
    Ok(match cash::refund(&app, &caller, asked).await? {
        Outcome::Done(row) => {
            let mut created = Made::numbered("open-items", item, Some(row.number));
            created.1.id = row.id.0;
            DoneOrWaiting::Done(created)
        }
        Outcome::Pending(approval) => DoneOrWaiting::Waiting(approval),
    })
}

/// Give a debt up, or a few cents of a credit. Above the company's limit it waits for a second person (202).
#[utoipa::path(post, path = "/write-offs", tag = "Cash application", request_body = WriteOffRequest,
    security(("token" = ["write_offs.write"])), responses((status = 201, body = Made), (status = 202, body = Waiting)))]
async fn write_off(Api { app, caller }: Api, Json(asked): Json<WriteOffRequest>) -> ApiResult<DoneOrWaiting<Made>> {
    let item = asked.item;
    Ok(match cash::write_off(&app, &caller, asked).await? {
        Outcome::Done(row) => {
            let mut created = Made::at("open-items", item);
            created.1.id = row.id.0;
            DoneOrWaiting::Done(created)
        }
        Outcome::Pending(approval) => DoneOrWaiting::Waiting(approval),
    })
}

/// Bring a written-off debt back, from today on. Doing it twice is done already.
#[utoipa::path(post, path = "/write-offs/{id}/reverse", tag = "Cash application", params(("id" = Uuid, Path)),
    request_body = Reason, security(("token" = ["write_offs.write"])), responses((status = 204)))]
async fn bring_back(
    Api { app, caller }: Api,
    Path(id): Path<WriteOffId>,
    Json(why): Json<Reason>,
) -> ApiResult<StatusCode> {
    cash::reverse_write_off(&app, &caller, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
