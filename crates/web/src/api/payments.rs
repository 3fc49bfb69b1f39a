//! Payments: record money with what it pays, one or a thousand at once; take a bounced one back.

use super::{
    auth::Api,
    cash::{Allocation, AllocationMade, Refund},
    extract::{Created, Json, Path, Query},
    problem::ApiResult,
    schema::{BulkAnswer, BulkMode, Limit, Page, Rows, Unread, size},
};
use crate::server::Site;
use app::{
    lists::Cursor,
    payments::{self, PaymentList, PaymentSort, PaymentSummary, PaymentView, RecordPayment, Recorded},
};
use axum::http::StatusCode;
use domain::payments::PaymentMethod;
use kernel::{AllocationId, BankAccountId, CustomerId, Date, EntryId, FxRate, Money, OpenItemId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, record))
        .routes(routes!(bulk))
        .routes(routes!(use_on_oldest))
        .routes(routes!(show))
        .routes(routes!(reverse))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    #[param(inline)]
    method: Option<PaymentMethod>,
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    to: Option<Date>,
    /// Only those of which something is left.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    unapplied: bool,
    /// Part of the number, reference, payer's or customer's name.
    search: Option<String>,
    #[param(inline)]
    sort: Option<PaymentSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// A payment in a list.
#[derive(Serialize, ToSchema)]
struct ListedPayment {
    id: PaymentId,
    number: String,
    customer: CustomerId,
    customer_number: String,
    customer_name: String,
    method: PaymentMethod,
    received_on: Date,
    money: Money,
    /// What is left of it.
    unapplied: Money,
    /// Its open item.
    item: OpenItemId,
    reference: Option<String>,
    payer_name: Option<String>,
    reversed_on: Option<Date>,
}

impl From<PaymentSummary> for ListedPayment {
    fn from(row: PaymentSummary) -> Self {
        Self {
            id: row.id,
            number: row.number,
            customer: row.customer_id,
            customer_number: row.customer_number,
            customer_name: row.customer_name,
            method: row.method,
            received_on: row.received_on,
            money: Money::new(row.amount_minor, row.currency),
            unapplied: Money::new(row.unapplied_minor, row.currency),
            item: row.item_id,
            reference: row.reference,
            payer_name: row.payer_name,
            reversed_on: row.reversed_on,
        }
    }
}

/// A payment with everything that became of it.
#[derive(Serialize, ToSchema)]
struct Payment {
    id: PaymentId,
    number: String,
    customer: CustomerId,
    customer_name: String,
    method: PaymentMethod,
    received_on: Date,
    money: Money,
    /// What the bank or provider kept of it.
    fee: Money,
    fx_rate: FxRate,
    bank_account: BankAccountId,
    reference: Option<String>,
    payer_name: Option<String>,
    /// Its open item.
    item: OpenItemId,
    unapplied: Money,
    /// Also those that were taken back.
    allocations: Vec<Allocation>,
    refunds: Vec<Refund>,
    /// Journal entries of the payment and of all that became of it.
    entries: Vec<EntryId>,
    recorded_at: Timestamp,
    recorded_by: String,
    reversed_on: Option<Date>,
    reversal_reason: Option<String>,
}

impl From<PaymentView> for Payment {
    fn from(view: PaymentView) -> Self {
        let row = view.payment;
        let money = |minor| Money::new(minor, row.currency);
        Self {
            id: row.id,
            number: row.number,
            customer: row.customer_id,
            customer_name: view.item.customer_name,
            method: row.method,
            received_on: row.received_on,
            money: money(row.amount_minor),
            fee: money(row.fee_minor),
            fx_rate: row.fx_rate,
            bank_account: row.bank_account_id,
            reference: row.reference,
            payer_name: row.payer_name,
            item: view.item.item.id,
            unapplied: money(-view.item.item.open_minor),
            allocations: view.allocations.into_iter().map(Allocation::from).collect(),
            refunds: view.refunds.into_iter().map(Refund::from).collect(),
            entries: view.entries,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            reversed_on: row.reversed_on,
            reversal_reason: row.reversal_reason,
        }
    }
}

/// What became of a payment.
#[derive(Serialize, ToSchema)]
struct PaymentRecorded {
    id: PaymentId,
    number: String,
    /// Its open item, to allocate later.
    item: OpenItemId,
    unapplied: Money,
    allocations: Vec<AllocationId>,
    /// It had been recorded before, under the same external id.
    already: bool,
}

impl From<Recorded> for PaymentRecorded {
    fn from(Recorded { id, number, item, unapplied, allocations, already }: Recorded) -> Self {
        let allocations = allocations.iter().map(|row| row.id).collect();
        Self { id, number, item, unapplied, allocations, already }
    }
}

/// Payments, newest first unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/payments", tag = "Payments", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedPayment>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<ListedPayment>>> {
    let ListQuery { customer, method, from, to, unapplied, search, sort, after, limit } = asked;
    let (sort, limit) = (sort.unwrap_or_default(), Some(size(limit)));
    let asked = PaymentList { customer, method, from, to, unapplied, search, sort, after, limit };
    Ok(Json(Page::of(payments::list(&app, &caller, asked).await?, ListedPayment::from)))
}

/// A payment with everything that became of it.
#[utoipa::path(get, path = "/payments/{id}", tag = "Payments", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Payment)))]
async fn show(Api { app, caller }: Api, Path(id): Path<PaymentId>) -> ApiResult<Json<Payment>> {
    Ok(Json(payments::show(&app, &caller, id).await?.into()))
}

/// Record money that came in, with what it pays. With allocations it needs `cash.allocate` too. The same external id with
/// the same content records nothing and answers with what was recorded.
#[utoipa::path(post, path = "/payments", tag = "Payments", request_body = RecordPayment,
    security(("token" = ["payments.record"])), responses((status = 201, body = PaymentRecorded)))]
async fn record(Api { app, caller }: Api, Json(new): Json<RecordPayment>) -> ApiResult<Created<PaymentRecorded>> {
    let recorded = payments::record(&app, &caller, new).await?;
    Ok(Created(format!("/api/v1/payments/{}", recorded.id), recorded.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkPayments {
    #[serde(default)]
    mode: BulkMode,
    #[schema(value_type = Vec<RecordPayment>, max_items = 1000)]
    payments: Vec<Unread>,
}

/// Record up to a thousand payments in one transaction.
#[utoipa::path(post, path = "/payments/bulk", tag = "Payments", request_body = BulkPayments,
    security(("token" = ["payments.record"])), responses((status = 200, body = BulkAnswer)))]
async fn bulk(Api { app, caller }: Api, Json(sent): Json<BulkPayments>) -> ApiResult<Json<BulkAnswer>> {
    let mut rows = Rows::<RecordPayment>::read("payments", &sent.payments, sent.mode)?;
    let new = std::mem::take(&mut rows.good);
    let outcomes = match sent.mode {
        BulkMode::RowByRow => payments::record_each(&app, &caller, new).await?,
        BulkMode::AllOrNothing => payments::record_many(&app, &caller, new).await?.into_iter().map(Ok).collect(),
    };
    let outcomes = outcomes.into_iter().map(|row| row.map(|recorded| (recorded.id.0, recorded.number)));
    Ok(Json(rows.answer(outcomes)))
}

/// Use what is left of a payment on its customer's debts in its currency, the earliest due first. It takes no discount
/// and settles no difference.
#[utoipa::path(post, path = "/payments/{id}/use-on-oldest", tag = "Payments", params(("id" = Uuid, Path)),
    security(("token" = ["cash.allocate"])), responses((status = 200, body = Vec<AllocationMade>)))]
async fn use_on_oldest(Api { app, caller }: Api, Path(id): Path<PaymentId>) -> ApiResult<Json<Vec<AllocationMade>>> {
    let rows = payments::use_on_oldest(&app, &caller, id).await?;
    Ok(Json(rows.into_iter().map(AllocationMade::from).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reversal {
    /// The day on which the bank took it back.
    on: Date,
    #[schema(min_length = 1, max_length = 500, example = "No funds")]
    reason: String,
}

/// Take a bounced payment back: what it paid is open again from that day on. Doing it twice is done already. A payment
/// that came with a bank line is refused: post the line by which the bank took it back, or undo the first one.
#[utoipa::path(post, path = "/payments/{id}/reverse", tag = "Payments", params(("id" = Uuid, Path)),
    request_body = Reversal, security(("token" = ["payments.record"])), responses((status = 204)))]
async fn reverse(
    Api { app, caller }: Api,
    Path(id): Path<PaymentId>,
    Json(why): Json<Reversal>,
) -> ApiResult<StatusCode> {
    payments::reverse(&app, &caller, id, why.on, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
