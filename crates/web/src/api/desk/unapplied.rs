//! Unapplied cash: what is left of payments, with its age and who looks after it.

use super::{
    super::{
        auth::Api,
        extract::{Json, Path, Query},
        problem::ApiResult,
        schema::{Limit, Page, size},
    },
    Assignment,
};
use crate::server::Site;
use app::{
    desk::{self, Unapplied, UnappliedList},
    lists::Cursor,
};
use axum::http::StatusCode;
use kernel::{CustomerId, Date, Money, OpenItemId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(give))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnappliedQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    #[param(value_type = Option<uuid::Uuid>)]
    owner: Option<UserId>,
    /// Only those that nobody has.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    unowned: bool,
    /// Only those that are this many days old or older.
    #[param(minimum = 0, maximum = 65535)]
    from_days: Option<u16>,
    /// Only those that are this many days old or younger.
    #[param(minimum = 0, maximum = 65535)]
    to_days: Option<u16>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// What is left of a payment.
#[derive(Serialize, ToSchema)]
struct UnappliedCash {
    /// Its open item.
    item: OpenItemId,
    payment: Uuid,
    number: String,
    received_on: Date,
    customer: CustomerId,
    customer_number: String,
    customer_name: String,
    money: Money,
    /// What is left of it.
    unapplied: Money,
    owner: Option<UserId>,
    owner_name: Option<String>,
    note: Option<String>,
}

impl From<Unapplied> for UnappliedCash {
    fn from(found: Unapplied) -> Self {
        let item = found.item;
        Self {
            item: item.id,
            payment: item.document_id,
            number: item.number,
            received_on: item.document_on,
            customer: item.customer_id,
            customer_number: found.customer_number,
            customer_name: found.customer_name,
            money: Money::new(-item.amount_minor, item.currency),
            unapplied: Money::new(-item.open_minor, item.currency),
            owner: found.owner_id,
            owner_name: found.owner_name,
            note: found.owner_note,
        }
    }
}

/// Payments of which something is left, the oldest first. Use it with `/allocations`, give it back with `/refunds`.
#[utoipa::path(get, path = "/desk/unapplied", tag = "Matching desk", params(UnappliedQuery),
    security(("token" = ["read"])), responses((status = 200, body = Page<UnappliedCash>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<UnappliedQuery>) -> ApiResult<Json<Page<UnappliedCash>>> {
    let UnappliedQuery { customer, owner, unowned, from_days, to_days, after, limit } = asked;
    let (from_days, to_days, limit) = (from_days.map(i64::from), to_days.map(i64::from), Some(size(limit)));
    let asked = UnappliedList { customer, owner, unowned, from_days, to_days, after, limit };
    Ok(Json(Page::of(desk::unapplied(&app, &caller, asked).await?, UnappliedCash::from)))
}

/// Give what is left of a payment to a colleague, with a note.
#[utoipa::path(post, path = "/desk/unapplied/{id}/assign", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Assignment, security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn give(
    Api { app, caller }: Api,
    Path(item): Path<OpenItemId>,
    Json(asked): Json<Assignment>,
) -> ApiResult<StatusCode> {
    desk::give_unapplied(&app, &caller, item, (asked.owner, asked.note.as_deref())).await?;
    Ok(StatusCode::NO_CONTENT)
}
