//! The matching desk: lines that wait, what the engine proposes, and what a clerk does with them.
//!
//! The policy, the safeguards, the figures, audit samples and unapplied cash stand beside it in files of their own.

mod auditing;
mod figures;
mod policy;
mod safeguards;
mod unapplied;

use super::{
    auth::Api,
    extract::{Json, Path, Query},
    problem::ApiResult,
    schema::{Limit, Page, Reason, size},
};
use crate::server::Site;
use app::{
    desk::{
        self, Accept, Allocate, DecisionView, LineView, MatchList, MatchRow, MatchSummary, PaymentOf, Queue, QueueLine,
        Returnable, SplitView,
    },
    items::CustomersItem,
    lists::Cursor,
};
use axum::http::StatusCode;
use domain::{
    bank::{Exception, LineState},
    desk::MatchedBy,
    items::ItemKind,
};
use kernel::{
    BankAccountId, BankDecisionId, BankFileId, BankLineId, BankMatchId, Currency, CustomerId, Date, Money, OpenItemId,
    PaymentId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(queue))
        .routes(routes!(show))
        .routes(routes!(claim))
        .routes(routes!(release))
        .routes(routes!(accept))
        .routes(routes!(allocate))
        .routes(routes!(undo))
        .routes(routes!(set_aside))
        .routes(routes!(take_back))
        .routes(routes!(assign))
        .routes(routes!(return_of))
        .routes(routes!(split))
        .routes(routes!(join))
        .routes(routes!(search_items))
        .routes(routes!(matches))
        .routes(routes!(decide))
        .merge(policy::routes())
        .merge(safeguards::routes())
        .merge(figures::routes())
        .merge(auditing::routes())
        .merge(unapplied::routes())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QueueQuery {
    #[param(value_type = Option<uuid::Uuid>)]
    account: Option<BankAccountId>,
    #[param(value_type = Option<uuid::Uuid>)]
    file: Option<BankFileId>,
    #[param(inline)]
    exception: Option<Exception>,
    #[param(value_type = Option<uuid::Uuid>)]
    owner: Option<UserId>,
    /// Only those that nobody has.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    unowned: bool,
    /// Only those that somebody should have looked at before.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    overdue: bool,
    /// Part of the payer's name or account, or of the text.
    search: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// A bank line as the desk shows it.
#[derive(Serialize, ToSchema)]
struct DeskLine {
    id: BankLineId,
    file: BankFileId,
    bank_account: BankAccountId,
    bank_account_name: String,
    booked_on: Option<Date>,
    value_on: Date,
    /// Negative for money that the bank took back.
    money: Money,
    /// What the payer sent, where it was another currency.
    instructed: Option<Money>,
    payer_name: Option<String>,
    payer_account: Option<String>,
    text: String,
    structured_reference: Option<String>,
    state: LineState,
    /// What it waits for, or why it was set aside.
    exception: Option<Exception>,
    /// How many of a million answers like the first proposal are right.
    promised_ppm: Option<i64>,
    /// Why it was not posted by itself.
    reason: Option<String>,
    owner: Option<UserId>,
    owner_name: Option<String>,
    note: Option<String>,
    due_at: Option<Timestamp>,
    /// Somebody works on it until then.
    held_by: Option<UserId>,
    held_until: Option<Timestamp>,
    received_at: Timestamp,
    decided_at: Option<Timestamp>,
    posted_at: Option<Timestamp>,
}

impl From<QueueLine> for DeskLine {
    fn from(found: QueueLine) -> Self {
        let line = found.line;
        let instructed = line.instructed_minor.zip(line.instructed_currency);
        Self {
            id: line.id,
            file: line.file_id,
            bank_account: line.bank_account_id,
            bank_account_name: found.account_name,
            booked_on: line.booked_on,
            value_on: line.value_on,
            money: Money::new(line.amount_minor, line.currency),
            instructed: instructed.map(|(minor, currency)| Money::new(minor, currency)),
            payer_name: line.payer_name,
            payer_account: line.payer_account,
            text: line.text,
            structured_reference: line.structured_reference,
            state: line.state,
            exception: line.exception,
            promised_ppm: found.promised_ppm,
            reason: found.reason.filter(|reason| !reason.is_empty()),
            owner: line.owner_id,
            owner_name: found.owner_name,
            note: line.note,
            due_at: line.due_at,
            held_by: line.held_by,
            held_until: line.held_until,
            received_at: line.received_at,
            decided_at: line.decided_at,
            posted_at: line.posted_at,
        }
    }
}

/// How a line came into the books.
#[derive(Serialize, ToSchema)]
struct Match {
    id: BankMatchId,
    line: BankLineId,
    /// The decision of the engine that it came from or was made beside.
    decision: Option<BankDecisionId>,
    how: MatchedBy,
    /// Which proposal it was, from one.
    rank: Option<i64>,
    payment: PaymentId,
    customer: CustomerId,
    money: Money,
    /// How many open items it was for.
    items: i64,
    promised_ppm: i64,
    posted_at: Timestamp,
    posted_by: String,
    undone_at: Option<Timestamp>,
    undone_by: Option<String>,
    undo_reason: Option<String>,
    checked_at: Option<Timestamp>,
    checked_by: Option<String>,
    /// As somebody found who looked at it.
    is_right: Option<bool>,
}

impl From<MatchRow> for Match {
    fn from(row: MatchRow) -> Self {
        Self {
            id: row.id,
            line: row.line_id,
            decision: row.decision_id,
            how: row.how,
            rank: row.rank,
            payment: row.payment_id,
            customer: row.customer_id,
            money: Money::new(row.amount_minor, row.currency),
            items: row.items,
            promised_ppm: row.promised_ppm,
            posted_at: row.posted_at,
            posted_by: row.posted_by,
            undone_at: row.undone_at,
            undone_by: row.undone_by,
            undo_reason: row.undo_reason,
            checked_at: row.checked_at,
            checked_by: row.checked_by,
            is_right: row.is_right,
        }
    }
}

/// A payment that the bank may have taken back with a line.
#[derive(Serialize, ToSchema)]
struct ReturnablePayment {
    id: PaymentId,
    number: String,
    customer: CustomerId,
    received_on: Date,
    /// What the account got of it, in minor units; less than the line where the bank kept a fee.
    arrived_minor: i64,
    reference: Option<String>,
    payer_name: Option<String>,
}

impl From<Returnable> for ReturnablePayment {
    fn from(row: Returnable) -> Self {
        let Returnable { id, number, customer_id: customer, received_on, arrived_minor, reference, payer_name, .. } =
            row;
        Self { id, number, customer, received_on, arrived_minor, reference, payer_name }
    }
}

/// Everything about one line.
#[derive(Serialize, ToSchema)]
struct LineOnDesk {
    line: DeskLine,
    /// The last word of the engine.
    decision: Option<DecisionView>,
    /// Also those that were undone, the last first.
    matches: Vec<Match>,
    suspicions: Vec<safeguards::Suspicion>,
    returnable: Vec<ReturnablePayment>,
    /// The line and its parts, when it was split.
    split: Option<SplitView>,
}

impl From<LineView> for LineOnDesk {
    fn from(view: LineView) -> Self {
        Self {
            line: view.line.into(),
            decision: view.decision,
            matches: view.matches.into_iter().map(Match::from).collect(),
            suspicions: view.suspicions.into_iter().map(safeguards::Suspicion::from).collect(),
            returnable: view.returnable.into_iter().map(ReturnablePayment::from).collect(),
            split: view.split,
        }
    }
}

/// Lines that wait, the oldest value day first.
#[utoipa::path(get, path = "/desk/lines", tag = "Matching desk", params(QueueQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<DeskLine>)))]
async fn queue(Api { app, caller }: Api, Query(asked): Query<QueueQuery>) -> ApiResult<Json<Page<DeskLine>>> {
    let QueueQuery { account, file, exception, owner, unowned, overdue, search, after, limit } = asked;
    let limit = Some(size(limit));
    let asked = Queue { account, file, exception, owner, unowned, overdue, search, after, limit };
    Ok(Json(Page::of(desk::queue(&app, &caller, asked).await?, DeskLine::from)))
}

/// A line with what the engine proposes, why, and what happened to it.
#[utoipa::path(get, path = "/desk/lines/{id}", tag = "Matching desk", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = LineOnDesk)))]
async fn show(Api { app, caller }: Api, Path(id): Path<BankLineId>) -> ApiResult<Json<LineOnDesk>> {
    Ok(Json(desk::show(&app, &caller, id).await?.into()))
}

/// Take a line for a quarter of an hour and ask the engine again. A colleague's line is refused.
#[utoipa::path(post, path = "/desk/lines/{id}/claim", tag = "Matching desk", params(("id" = Uuid, Path)),
    security(("token" = ["cash.allocate"])), responses((status = 200, body = LineOnDesk)))]
async fn claim(Api { app, caller }: Api, Path(id): Path<BankLineId>) -> ApiResult<Json<LineOnDesk>> {
    Ok(Json(desk::claim(&app, &caller, id).await?.into()))
}

/// Let a line go.
#[utoipa::path(post, path = "/desk/lines/{id}/release", tag = "Matching desk", params(("id" = Uuid, Path)),
    security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn release(Api { app, caller }: Api, Path(id): Path<BankLineId>) -> ApiResult<StatusCode> {
    desk::release(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Post a proposal. It needs `cash.allocate` too, and the decision that was shown.
#[utoipa::path(post, path = "/desk/lines/{id}/accept", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Accept, security(("token" = ["payments.record"])), responses((status = 200, body = Match)))]
async fn accept(
    Api { app, caller }: Api,
    Path(id): Path<BankLineId>,
    Json(asked): Json<Accept>,
) -> ApiResult<Json<Match>> {
    Ok(Json(desk::accept(&app, &caller, id, asked).await?.into()))
}

/// Say by hand what a line pays: items with amounts, discounts and typed differences, the bank's fee, the rest on account.
/// It needs `cash.allocate` too, and `write_offs.write` for differences.
#[utoipa::path(post, path = "/desk/lines/{id}/allocate", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Allocate, security(("token" = ["payments.record"])), responses((status = 200, body = Match)))]
async fn allocate(
    Api { app, caller }: Api,
    Path(id): Path<BankLineId>,
    Json(asked): Json<Allocate>,
) -> ApiResult<Json<Match>> {
    Ok(Json(desk::allocate(&app, &caller, id, asked).await?.into()))
}

/// Take the match of a line back from today on: its payment is reversed, what it paid is open again, the line waits.
#[utoipa::path(post, path = "/desk/lines/{id}/undo", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Reason, security(("token" = ["payments.record"])), responses((status = 204)))]
async fn undo(Api { app, caller }: Api, Path(id): Path<BankLineId>, Json(why): Json<Reason>) -> ApiResult<StatusCode> {
    desk::undo(&app, &caller, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The line is no customer's payment.
#[utoipa::path(post, path = "/desk/lines/{id}/set-aside", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Reason, security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn set_aside(
    Api { app, caller }: Api,
    Path(id): Path<BankLineId>,
    Json(why): Json<Reason>,
) -> ApiResult<StatusCode> {
    desk::set_aside(&app, &caller, id, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Bring a line that was set aside back to the desk.
#[utoipa::path(post, path = "/desk/lines/{id}/take-back", tag = "Matching desk", params(("id" = Uuid, Path)),
    security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn take_back(Api { app, caller }: Api, Path(id): Path<BankLineId>) -> ApiResult<StatusCode> {
    desk::take_back(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// Nobody when left out.
    #[serde(default)]
    owner: Option<UserId>,
    #[serde(default)]
    #[schema(max_length = 2000, example = "Do you know this payer?")]
    note: Option<String>,
}

/// Give a line to a colleague, with a note.
#[utoipa::path(post, path = "/desk/lines/{id}/assign", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Assignment, security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn assign(
    Api { app, caller }: Api,
    Path(id): Path<BankLineId>,
    Json(asked): Json<Assignment>,
) -> ApiResult<StatusCode> {
    desk::assign(&app, &caller, id, asked.owner, asked.note.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The payment that the bank took back, by its id or its number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum TakenBack {
    ById(TakenById),
    ByNumber(TakenByNumber),
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakenById {
    payment: PaymentId,
    /// The bank took less than the payment: a part of it was recalled.
    #[serde(default)]
    part: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakenByNumber {
    #[schema(max_length = 100, example = "PAY-2026-000123")]
    number: String,
    /// The bank took less than the payment: a part of it was recalled.
    #[serde(default)]
    part: bool,
}

/// Say which payment the bank took back with this line, by its id or number; it is reversed with the bank's own day, and
/// what the bank took beyond it is booked as a fee. Of a payment that was recalled in part the rest stands as another one.
#[utoipa::path(post, path = "/desk/lines/{id}/return", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = TakenBack, security(("token" = ["payments.record"])), responses((status = 204)))]
async fn return_of(
    Api { app, caller }: Api,
    Path(id): Path<BankLineId>,
    Json(asked): Json<TakenBack>,
) -> ApiResult<StatusCode> {
    let said = match asked {
        TakenBack::ById(asked) => (PaymentOf::Payment(asked.payment), asked.part),
        TakenBack::ByNumber(asked) => (PaymentOf::Number(asked.number), asked.part),
    };
    desk::return_of(&app, &caller, id, said).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is taken off a line; what is left of it is a part as well.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Splitting {
    #[schema(min_items = 1, max_items = 199)]
    parts: Vec<Money>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SplitLines {
    lines: Vec<BankLineId>,
}

/// Split a line that is several payments into parts, which are worked on like lines; the engine looks at each of them.
#[utoipa::path(post, path = "/desk/lines/{id}/split", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = Splitting, security(("token" = ["cash.allocate"])), responses((status = 200, body = SplitLines)))]
async fn split(
    Api { app, caller }: Api,
    Path(id): Path<BankLineId>,
    Json(asked): Json<Splitting>,
) -> ApiResult<Json<SplitLines>> {
    Ok(Json(SplitLines { lines: desk::split(&app, &caller, id, &asked.parts).await? }))
}

/// Put the parts of a line together again, when none of them is posted.
#[utoipa::path(post, path = "/desk/lines/{id}/join", tag = "Matching desk", params(("id" = Uuid, Path)),
    security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn join(Api { app, caller }: Api, Path(id): Path<BankLineId>) -> ApiResult<StatusCode> {
    desk::join(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ItemsQuery {
    /// Part of a document's or order number, or of a customer's number or name.
    search: String,
    #[param(inline)]
    currency: Currency,
}

/// An open item that a line may be used on.
#[derive(Serialize, ToSchema)]
struct FoundItem {
    id: OpenItemId,
    kind: ItemKind,
    number: String,
    customer: CustomerId,
    customer_number: String,
    customer_name: String,
    due_on: Date,
    /// Negative for a credit note.
    open: Money,
}

impl From<CustomersItem> for FoundItem {
    fn from(CustomersItem { item, customer_number, customer_name, .. }: CustomersItem) -> Self {
        Self {
            id: item.id,
            kind: item.kind,
            number: item.number,
            customer: item.customer_id,
            customer_number,
            customer_name,
            due_on: item.due_on,
            open: Money::new(item.open_minor, item.currency),
        }
    }
}

/// Open debts and credit notes of any customer, up to fifty.
#[utoipa::path(get, path = "/desk/items", tag = "Matching desk", params(ItemsQuery), security(("token" = ["read"])),
    responses((status = 200, body = Vec<FoundItem>)))]
async fn search_items(Api { app, caller }: Api, Query(asked): Query<ItemsQuery>) -> ApiResult<Json<Vec<FoundItem>>> {
    let items = desk::search_items(&app, &caller, &asked.search, asked.currency).await?;
    Ok(Json(items.into_iter().map(FoundItem::from).collect()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MatchQuery {
    #[param(inline)]
    how: Option<MatchedBy>,
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    /// The first day of posting.
    #[param(inline)]
    from: Option<Date>,
    /// The last day of posting.
    #[param(inline)]
    to: Option<Date>,
    /// Neither undone nor looked at.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    unchecked: bool,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// A match in a list.
#[derive(Serialize, ToSchema)]
struct ListedMatch {
    #[serde(flatten)]
    of: Match,
    payment_number: String,
    customer_number: String,
    customer_name: String,
    value_on: Date,
    payer_name: Option<String>,
    text: String,
}

impl From<MatchSummary> for ListedMatch {
    fn from(found: MatchSummary) -> Self {
        Self {
            of: found.row.into(),
            payment_number: found.payment_number,
            customer_number: found.customer_number,
            customer_name: found.customer_name,
            value_on: found.value_on,
            payer_name: found.payer_name,
            text: found.text,
        }
    }
}

/// What was posted, by the engine or a person, the last first.
#[utoipa::path(get, path = "/desk/matches", tag = "Matching desk", params(MatchQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<ListedMatch>)))]
async fn matches(Api { app, caller }: Api, Query(asked): Query<MatchQuery>) -> ApiResult<Json<Page<ListedMatch>>> {
    let MatchQuery { how, customer, from, to, unchecked, after, limit } = asked;
    let asked = MatchList { how, customer, from, to, unchecked, after, limit: Some(size(limit)) };
    Ok(Json(Page::of(desk::matches(&app, &caller, asked).await?, ListedMatch::from)))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct DecideNew {
    /// When left out all lines that the engine has not seen, and those that wait and would be answered otherwise by now.
    file: Option<BankFileId>,
}

/// Let the engine look at booked lines that it has not seen; what is sure is posted.
#[utoipa::path(post, path = "/desk/decide", tag = "Matching desk", request_body = DecideNew,
    security(("token" = ["imports.run"])), responses((status = 200, body = desk::Decided)))]
async fn decide(Api { app, caller }: Api, Json(asked): Json<DecideNew>) -> ApiResult<Json<desk::Decided>> {
    let decided = match asked.file {
        Some(file) => desk::decide_new(&app, &caller, Some(file)).await?,
        None => desk::decide_open(&app, &caller).await?,
    };
    Ok(Json(decided))
}
