//! API tokens: list, make, revoke. The example of an endpoint file.

use super::{
    auth::Api,
    extract::{Created, Json, Path, Query},
    idempotency::Secret,
    problem::ApiResult,
    schema::{Limit, Page, size},
};
use crate::server::Site;
use app::{
    lists::{Cursor, Part},
    users::{self, TokenRow},
};
use axum::{Extension, http::StatusCode};
use domain::users::Permission;
use kernel::{ApiTokenId, Date, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// An API token, without the token itself.
#[derive(Serialize, ToSchema)]
struct Token {
    id: ApiTokenId,
    name: String,
    scopes: Vec<Permission>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// To the minute.
    last_used_at: Option<Timestamp>,
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        let TokenRow { id, name, scopes, created_at, expires_at, revoked_at, last_used_at, .. } = row;
        Self { id, name, scopes: scopes.0, created_at, expires_at, revoked_at, last_used_at }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What will use it.
    #[schema(min_length = 1, max_length = 100, example = "web shop")]
    name: String,
    /// What it may do, at most what the caller may do.
    scopes: Vec<Permission>,
    /// The last day on which it works; without it, until it is revoked.
    #[serde(default)]
    expires_on: Option<Date>,
}

#[derive(Serialize, ToSchema)]
struct TokenMade {
    /// Shown now and never again.
    #[schema(example = "qt_5c0f…")]
    secret: String,
    #[serde(flatten)]
    token: Token,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Part of the name.
    search: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// The tokens of the company, the newest first.
#[utoipa::path(get, path = "/tokens", tag = "Tokens", params(ListQuery),
    security(("token" = ["tokens.manage"])), responses((status = 200, body = Page<Token>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<Token>>> {
    let part = Part { after: asked.after, limit: Some(size(asked.limit)) };
    let page = users::list_tokens(&app, &caller, asked.search.as_deref(), &part).await?;
    Ok(Json(Page::of(page, Token::from)))
}

/// Make a token. Its answer is not kept for the Idempotency-Key, because it holds the secret.
#[utoipa::path(post, path = "/tokens", tag = "Tokens", request_body = NewToken,
    security(("token" = ["tokens.manage"])), responses((status = 201, body = TokenMade)))]
async fn create(
    Api { app, caller }: Api,
    Json(new): Json<NewToken>,
) -> ApiResult<(Extension<Secret>, Created<TokenMade>)> {
    let NewToken { name, scopes, expires_on } = new;
    let made = users::create_token(&app, &caller, users::NewToken { name, scopes, expires_on, owner: None }).await?;
    let place = format!("/api/v1/tokens/{}", made.row.id);
    Ok((Extension(Secret), Created(place, TokenMade { secret: made.token, token: made.row.into() })))
}

/// Revoke a token at once. Doing it twice is done already.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "Tokens", params(("id" = Uuid, Path)),
    security(("token" = ["tokens.manage"])), responses((status = 204)))]
async fn revoke(Api { app, caller }: Api, Path(id): Path<ApiTokenId>) -> ApiResult<StatusCode> {
    users::revoke_token(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
