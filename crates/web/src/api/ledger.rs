//! The books: the chart of accounts, journal entries, closing and reopening periods.

use super::{
    auth::Api,
    extract::{Json, Path, Query},
    problem::{ApiResult, Problem},
    schema::{Page, Paging, page_of},
};
use crate::server::Site;
use app::ledger::{self, AccountRow, EntryView, PeriodRow, PostingRow};
use axum::http::StatusCode;
use domain::ledger::{AccountKind, AccountRole, EntryKind};
use kernel::{Date, EntryId, Money, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(accounts))
        .routes(routes!(save_account))
        .routes(routes!(entries))
        .routes(routes!(entry))
        .routes(routes!(periods))
        .routes(routes!(close))
        .routes(routes!(reopen))
}

#[derive(Serialize, ToSchema)]
struct Account {
    code: String,
    name: String,
    kind: AccountKind,
    /// What the program posts to it by itself.
    role: Option<AccountRole>,
    archived_at: Option<Timestamp>,
}

impl From<AccountRow> for Account {
    fn from(AccountRow { code, name, kind, role, archived_at, .. }: AccountRow) -> Self {
        Self { code, name, kind, role, archived_at }
    }
}

/// The chart of accounts.
#[utoipa::path(get, path = "/accounts", tag = "Ledger", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<Account>)))]
async fn accounts(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<Account>>> {
    let rows = ledger::accounts(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.code.clone(), Account::from)?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountFacts {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    kind: AccountKind,
}

/// Add an account, or rename the one with this code.
#[utoipa::path(put, path = "/accounts/{code}", tag = "Ledger", request_body = AccountFacts,
    params(("code" = String, Path, description = "1 to 20 letters, digits, dots or hyphens")),
    security(("token" = ["accounts.write"])), responses((status = 204)))]
async fn save_account(
    Api { app, caller }: Api,
    Path(code): Path<String>,
    Json(facts): Json<AccountFacts>,
) -> ApiResult<StatusCode> {
    ledger::save_account(&app, &caller, &code, &facts.name, facts.kind).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One leg of an entry: positive for debit, negative for credit.
#[derive(Serialize, ToSchema)]
struct Posting {
    account: String,
    money: Money,
    /// In minor units of base currency.
    base_minor: i64,
}

/// One balanced fact of the books.
#[derive(Serialize, ToSchema)]
struct JournalEntry {
    id: EntryId,
    kind: EntryKind,
    /// The document, payment or allocation that caused it.
    source: Uuid,
    description: String,
    /// The business day.
    effective_on: Date,
    /// The day it stands under in the books: later when its period was closed.
    posted_on: Date,
    recorded_at: Timestamp,
    actor: String,
    /// The entry that it takes back.
    reverses: Option<EntryId>,
    postings: Vec<Posting>,
}

impl From<EntryView> for JournalEntry {
    fn from(EntryView { entry, postings }: EntryView) -> Self {
        let posting = |row: PostingRow| Posting {
            account: row.account,
            money: Money::new(row.amount_minor, row.currency),
            base_minor: row.base_minor,
        };
        Self {
            id: entry.id,
            kind: entry.kind,
            source: entry.source_id,
            description: entry.description,
            effective_on: entry.effective_on,
            posted_on: entry.posted_on,
            recorded_at: entry.recorded_at,
            actor: entry.actor,
            reverses: entry.reverses_id,
            postings: postings.into_iter().map(posting).collect(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SourceQuery {
    /// A document, payment or allocation.
    source: Uuid,
}

/// The entries that a document, payment or allocation caused. For all of them see the report `journal`.
#[utoipa::path(get, path = "/journal-entries", tag = "Ledger", params(SourceQuery), security(("token" = ["read"])),
    responses((status = 200, body = Vec<JournalEntry>)))]
async fn entries(Api { app, caller }: Api, Query(asked): Query<SourceQuery>) -> ApiResult<Json<Vec<JournalEntry>>> {
    let views = ledger::entries_of(&app, &caller, asked.source).await?;
    Ok(Json(views.into_iter().map(JournalEntry::from).collect()))
}

/// A journal entry.
#[utoipa::path(get, path = "/journal-entries/{id}", tag = "Ledger", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = JournalEntry)))]
async fn entry(Api { app, caller }: Api, Path(id): Path<EntryId>) -> ApiResult<Json<JournalEntry>> {
    Ok(Json(ledger::entry(&app, &caller, id).await?.into()))
}

/// A month that is closed.
#[derive(Serialize, ToSchema)]
struct ClosedPeriod {
    /// The month's first day.
    starts_on: Date,
    closed_at: Timestamp,
    closed_by: String,
}

impl From<PeriodRow> for ClosedPeriod {
    fn from(PeriodRow { starts_on, closed_at, closed_by, .. }: PeriodRow) -> Self {
        Self { starts_on, closed_at, closed_by }
    }
}

/// The months that are closed.
#[utoipa::path(get, path = "/periods", tag = "Ledger", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<ClosedPeriod>)))]
async fn periods(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<ClosedPeriod>>> {
    let rows = ledger::closed_periods(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.starts_on.to_string(), ClosedPeriod::from)?))
}

/// `2026-08` as its first day.
fn month(text: &str) -> ApiResult<Date> {
    format!("{text}-01").parse().map_err(|_| Problem::not_found(format!("`{text}` is not a month such as 2026-08.")))
}

/// Close a month: nothing more is posted in it. A late fact posts in the first open month with its true day.
#[utoipa::path(post, path = "/periods/{month}/close", tag = "Ledger",
    params(("month" = String, Path, description = "such as 2026-08")),
    security(("token" = ["periods.close"])), responses((status = 204)))]
async fn close(Api { app, caller }: Api, Path(text): Path<String>) -> ApiResult<StatusCode> {
    ledger::close_period(&app, &caller, month(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open the last closed month again.
#[utoipa::path(post, path = "/periods/{month}/reopen", tag = "Ledger",
    params(("month" = String, Path, description = "such as 2026-08")),
    security(("token" = ["periods.close"])), responses((status = 204)))]
async fn reopen(Api { app, caller }: Api, Path(text): Path<String>) -> ApiResult<StatusCode> {
    ledger::reopen_period(&app, &caller, month(&text)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
