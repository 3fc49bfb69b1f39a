//! The company's bank accounts.

use super::super::{
    auth::Api,
    extract::{Created, Json, Path, Query},
    problem::ApiResult,
    schema::{Made, Page, Paging, page_of},
};
use crate::server::Site;
use app::companies::{self, BankAccountFacts, BankAccountRow};
use axum::http::StatusCode;
use kernel::{BankAccountId, Currency, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(edit)).routes(routes!(archive))
}

#[derive(Serialize, ToSchema)]
struct BankAccount {
    id: BankAccountId,
    name: String,
    iban: Option<String>,
    bic: Option<String>,
    account_number: Option<String>,
    currency: Currency,
    /// The ledger account that mirrors it.
    account: String,
    is_default: bool,
    archived_at: Option<Timestamp>,
}

impl From<BankAccountRow> for BankAccount {
    fn from(row: BankAccountRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            iban: row.iban,
            bic: row.bic,
            account_number: row.account_number,
            currency: row.currency,
            account: row.account,
            is_default: row.is_default,
            archived_at: row.archived_at,
        }
    }
}

/// The company's bank accounts.
#[utoipa::path(get, path = "/bank-accounts", tag = "Company", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<BankAccount>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<BankAccount>>> {
    let rows = companies::bank_accounts(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.id.to_string(), BankAccount::from)?))
}

/// Add a bank account.
#[utoipa::path(post, path = "/bank-accounts", tag = "Company", request_body = BankAccountFacts,
    security(("token" = ["company.manage"])), responses((status = 201, body = Made)))]
async fn add(Api { app, caller }: Api, Json(facts): Json<BankAccountFacts>) -> ApiResult<Created<Made>> {
    Ok(Made::at("bank-accounts", companies::add_bank_account(&app, &caller, facts).await?))
}

/// Change what may change: name, numbers, and whether it is the default.
#[utoipa::path(put, path = "/bank-accounts/{id}", tag = "Company", params(("id" = Uuid, Path)),
    request_body = BankAccountFacts, security(("token" = ["company.manage"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<BankAccountId>,
    Json(facts): Json<BankAccountFacts>,
) -> ApiResult<StatusCode> {
    companies::edit_bank_account(&app, &caller, id, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a bank account away. Doing it twice is done already.
#[utoipa::path(post, path = "/bank-accounts/{id}/archive", tag = "Company", params(("id" = Uuid, Path)),
    security(("token" = ["company.manage"])), responses((status = 204)))]
async fn archive(Api { app, caller }: Api, Path(id): Path<BankAccountId>) -> ApiResult<StatusCode> {
    companies::archive_bank_account(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
