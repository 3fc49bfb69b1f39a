//! Safeguards: the rules with their hits, the cases, the list of blocked payers.

use super::super::{
    auth::Api,
    extract::{Json, Path, Query},
    problem::ApiResult,
    schema::{Limit, Page, size},
};
use crate::server::Site;
use app::{
    desk::{self, BlockedImport, BlockedList, BlockedPayer, BlockedPayerRow, RuleView, SuspicionRow},
    lists::Cursor,
};
use axum::{body::Bytes, http::StatusCode};
use domain::desk::safeguards::SafeguardRule;
use kernel::{BankLineId, CustomerId, SuspicionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(rules))
        .routes(routes!(cases))
        .routes(routes!(decide_case))
        .routes(routes!(blocked, block, replace))
        .routes(routes!(unblock))
        .routes(routes!(import))
}

/// Why a line was held out of automatic posting.
#[derive(Serialize, ToSchema)]
pub(super) struct Suspicion {
    id: SuspicionId,
    line: BankLineId,
    customer: Option<CustomerId>,
    rule: SafeguardRule,
    explanation: String,
    raised_at: Timestamp,
    decided_at: Option<Timestamp>,
    decided_by: Option<String>,
    /// Whether it was what it looked like.
    is_confirmed: Option<bool>,
    note: Option<String>,
}

impl From<SuspicionRow> for Suspicion {
    fn from(row: SuspicionRow) -> Self {
        Self {
            id: row.id,
            line: row.line_id,
            customer: row.customer_id,
            rule: row.rule,
            explanation: row.explanation,
            raised_at: row.raised_at,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            is_confirmed: row.is_confirmed,
            note: row.note,
        }
    }
}

/// Every rule with its switch, its limits and what it found so far.
#[utoipa::path(get, path = "/desk/safeguards", tag = "Matching desk", security(("token" = ["read"])),
    responses((status = 200, body = Vec<RuleView>)))]
async fn rules(Api { app, caller }: Api) -> ApiResult<Json<Vec<RuleView>>> {
    Ok(Json(desk::rules(&app, &caller).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CasesQuery {
    /// Only those that nobody decided.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    waiting: bool,
    /// The last id of the page before.
    #[param(value_type = Option<uuid::Uuid>)]
    after: Option<SuspicionId>,
}

/// Suspicions, the last raised first, up to two hundred.
#[utoipa::path(get, path = "/desk/cases", tag = "Matching desk", params(CasesQuery), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Suspicion>)))]
async fn cases(Api { app, caller }: Api, Query(asked): Query<CasesQuery>) -> ApiResult<Json<Vec<Suspicion>>> {
    let rows = desk::cases(&app, &caller, asked.waiting, asked.after).await?;
    Ok(Json(rows.into_iter().map(Suspicion::from).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaseDecision {
    /// A confirmed suspicion keeps its line from being posted.
    is_confirmed: bool,
    #[schema(min_length = 1, max_length = 500, example = "Called the customer: the account is theirs")]
    note: String,
}

/// Say whether a suspicion was what it looked like, also after it was decided otherwise.
#[utoipa::path(post, path = "/desk/cases/{id}/decide", tag = "Matching desk", params(("id" = Uuid, Path)),
    request_body = CaseDecision, security(("token" = ["cash.allocate"])), responses((status = 204)))]
async fn decide_case(
    Api { app, caller }: Api,
    Path(id): Path<SuspicionId>,
    Json(said): Json<CaseDecision>,
) -> ApiResult<StatusCode> {
    desk::decide_case(&app, &caller, id, said.is_confirmed, &said.note).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A payer whose money is never posted without a person.
#[derive(Serialize, ToSchema)]
struct Blocked {
    /// What it is removed by.
    key: String,
    name: Option<String>,
    account: Option<String>,
    reason: String,
    added_at: Timestamp,
    added_by: String,
}

impl From<BlockedPayerRow> for Blocked {
    fn from(row: BlockedPayerRow) -> Self {
        let BlockedPayerRow { payer_key: key, name, account, reason, added_at, added_by, .. } = row;
        Self { key, name, account, reason, added_at, added_by }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BlockedQuery {
    /// Part of a name, an account or a reason.
    search: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many rows are read, 50 unless told; an entry with account and name takes two.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// The list of blocked payers.
#[utoipa::path(get, path = "/desk/blocked-payers", tag = "Matching desk", params(BlockedQuery),
    security(("token" = ["read"])), responses((status = 200, body = Page<Blocked>)))]
async fn blocked(Api { app, caller }: Api, Query(asked): Query<BlockedQuery>) -> ApiResult<Json<Page<Blocked>>> {
    let BlockedQuery { search, after, limit } = asked;
    let asked = BlockedList { search, after, limit: Some(size(limit)) };
    Ok(Json(Page::of(desk::blocked(&app, &caller, asked).await?, Blocked::from)))
}

/// Block a payer by name, account or both.
#[utoipa::path(post, path = "/desk/blocked-payers", tag = "Matching desk", request_body = BlockedPayer,
    security(("token" = ["accounts.write"])), responses((status = 204)))]
async fn block(Api { app, caller }: Api, Json(payer): Json<BlockedPayer>) -> ApiResult<StatusCode> {
    desk::block(&app, &caller, payer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an entry off the list; one that is not there is no error.
#[utoipa::path(delete, path = "/desk/blocked-payers/{key}", tag = "Matching desk", params(("key" = String, Path)),
    security(("token" = ["accounts.write"])), responses((status = 204)))]
async fn unblock(Api { app, caller }: Api, Path(key): Path<String>) -> ApiResult<StatusCode> {
    desk::unblock(&app, &caller, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BlockList {
    #[schema(max_items = 50000)]
    payers: Vec<BlockedPayer>,
}

/// Replace the list of blocked payers.
#[utoipa::path(put, path = "/desk/blocked-payers", tag = "Matching desk", request_body = BlockList,
    security(("token" = ["accounts.write"])), responses((status = 204)))]
async fn replace(Api { app, caller }: Api, Json(list): Json<BlockList>) -> ApiResult<StatusCode> {
    desk::replace_blocked(&app, &caller, list.payers).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the list by a table (CSV or XLSX) with the columns `name`, `account` and `reason`. With a wrong row nothing
/// changes, and every wrong row is named.
#[utoipa::path(put, path = "/desk/blocked-payer-file", tag = "Matching desk",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("token" = ["accounts.write"])), responses((status = 200, body = BlockedImport)))]
async fn import(Api { app, caller }: Api, body: Bytes) -> ApiResult<Json<BlockedImport>> {
    Ok(Json(desk::import_blocked(&app, &caller, &body).await?))
}
