//! Open items: what is open, and everything that moved one of them, on any day and as it was known at any instant.

use super::{
    auth::Api,
    cash::{Allocation, Refund},
    extract::{Json, Path, Query},
    problem::ApiResult,
    schema::{Limit, Page, size},
};
use crate::server::Site;
use app::{
    cash,
    items::{self, CustomersItem, ItemList, ItemSort, MovementRow, OpenItemRow, WriteOffRow},
    lists::Cursor,
};
use domain::{
    items::{ItemKind, MovementKind},
    terms::DiscountStep,
};
use kernel::{Currency, CustomerId, Date, EntryId, Money, MovementId, OpenItemId, Timestamp, WriteOffId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(candidates)).routes(routes!(show))
}

/// An invoice's instalment, a credit note, or money that is not used yet.
#[derive(Serialize, ToSchema)]
pub(super) struct OpenItem {
    id: OpenItemId,
    kind: ItemKind,
    customer: CustomerId,
    /// The invoice, credit note or payment behind it.
    document: Uuid,
    number: String,
    /// 1 for the first.
    instalment: i64,
    document_on: Date,
    due_on: Date,
    /// Negative for what is to the customer's credit.
    amount: Money,
    /// What is left of it now.
    open: Money,
    /// The same in base currency.
    open_base_minor: i64,
    /// What paying early earns.
    discounts: Vec<DiscountStep>,
    settled_on: Option<Date>,
}

impl From<OpenItemRow> for OpenItem {
    fn from(row: OpenItemRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            customer: row.customer_id,
            document: row.document_id,
            number: row.number,
            instalment: row.instalment,
            document_on: row.document_on,
            due_on: row.due_on,
            amount: Money::new(row.amount_minor, row.currency),
            open: Money::new(row.open_minor, row.currency),
            open_base_minor: row.open_base_minor,
            discounts: row.discounts.map(|steps| steps.0).unwrap_or_default(),
            settled_on: row.settled_on,
        }
    }
}

/// An open item in a list.
#[derive(Serialize, ToSchema)]
struct ListedItem {
    #[serde(flatten)]
    item: OpenItem,
    customer_number: String,
    customer_name: String,
}

impl From<CustomersItem> for ListedItem {
    fn from(CustomersItem { item, customer_number, customer_name, .. }: CustomersItem) -> Self {
        Self { item: item.into(), customer_number, customer_name }
    }
}

/// One thing that moved an item.
#[derive(Serialize, ToSchema)]
struct Movement {
    id: MovementId,
    kind: MovementKind,
    /// The business day.
    effective_on: Date,
    /// When it was learnt.
    recorded_at: Timestamp,
    amount: Money,
    base_minor: i64,
    entry: EntryId,
}

/// A debt that was given up.
#[derive(Serialize, ToSchema)]
struct WriteOff {
    id: WriteOffId,
    amount: Money,
    reason: String,
    effective_on: Date,
    recorded_by: String,
    entry: EntryId,
    reversed_at: Option<Timestamp>,
}

/// An item with its history.
#[derive(Serialize, ToSchema)]
struct ItemHistory {
    item: ListedItem,
    /// The day that `open_then` is about.
    as_of: Date,
    known_at: Timestamp,
    /// What was open at the end of that day, as it was known at that instant.
    open_then: Money,
    /// All of them, whatever the day.
    movements: Vec<Movement>,
    allocations: Vec<Allocation>,
    write_offs: Vec<WriteOff>,
    refunds: Vec<Refund>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    #[param(inline)]
    kind: Option<ItemKind>,
    #[param(inline)]
    currency: Option<Currency>,
    #[param(inline)]
    due_before: Option<Date>,
    /// Only debts whose due day has passed.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    overdue: bool,
    /// Beginning of the number.
    number: Option<String>,
    #[param(inline)]
    sort: Option<ItemSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// What is open today, the oldest due day first unless told otherwise; `-` turns an order round. For another day see the report `open-items`.
#[utoipa::path(get, path = "/open-items", tag = "Open items", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedItem>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<ListedItem>>> {
    let ListQuery { customer, kind, currency, due_before, overdue, number, sort, after, limit } = asked;
    let (sort, limit) = (sort.unwrap_or_default(), Some(size(limit)));
    let asked = ItemList { customer, kind, currency, due_before, overdue, number, sort, after, limit };
    Ok(Json(Page::of(items::list(&app, &caller, asked).await?, ListedItem::from)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CandidatesQuery {
    /// Who paid.
    #[param(value_type = uuid::Uuid)]
    customer: CustomerId,
}

/// What a customer's money can be used on: its own debts, its group's, and those it pays for. Up to a thousand.
#[utoipa::path(get, path = "/open-items/candidates", tag = "Open items", params(CandidatesQuery),
    security(("token" = ["read"])), responses((status = 200, body = Vec<ListedItem>)))]
async fn candidates(
    Api { app, caller }: Api,
    Query(asked): Query<CandidatesQuery>,
) -> ApiResult<Json<Vec<ListedItem>>> {
    let items = cash::candidates(&app, &caller, asked.customer).await?;
    Ok(Json(items.into_iter().map(ListedItem::from).collect()))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MomentQuery {
    /// Today when left out.
    #[param(inline)]
    as_of: Option<Date>,
    /// Now when left out.
    #[param(inline)]
    known_at: Option<Timestamp>,
}

/// An item with everything that moved it.
#[utoipa::path(get, path = "/open-items/{id}", tag = "Open items", params(("id" = Uuid, Path), MomentQuery),
    security(("token" = ["read"])), responses((status = 200, body = ItemHistory)))]
async fn show(
    Api { app, caller }: Api,
    Path(id): Path<OpenItemId>,
    Query(moment): Query<MomentQuery>,
) -> ApiResult<Json<ItemHistory>> {
    let view = items::show_at(&app, &caller, id, moment.as_of, moment.known_at).await?;
    let currency = view.item.item.currency;
    let money = |minor| Money::new(minor, currency);
    let movement = |row: MovementRow| Movement {
        id: row.id,
        kind: row.kind,
        effective_on: row.effective_on,
        recorded_at: row.recorded_at,
        amount: money(row.amount_minor),
        base_minor: row.base_minor,
        entry: row.entry_id,
    };
    let write_off = |row: WriteOffRow| WriteOff {
        id: row.id,
        amount: money(row.amount_minor),
        reason: row.reason,
        effective_on: row.effective_on,
        recorded_by: row.recorded_by,
        entry: row.entry_id,
        reversed_at: row.reversed_at,
    };
    Ok(Json(ItemHistory {
        item: view.item.into(),
        as_of: view.as_of,
        known_at: view.known_at,
        open_then: view.open_then,
        movements: view.movements.into_iter().map(movement).collect(),
        allocations: view.allocations.into_iter().map(Allocation::from).collect(),
        write_offs: view.write_offs.into_iter().map(write_off).collect(),
        refunds: view.refunds.into_iter().map(Refund::from).collect(),
    }))
}
