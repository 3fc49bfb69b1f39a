//! Who works for the company, and in which role.

use super::{
    auth::Api,
    extract::{Created, Json, Path, Query},
    problem::ApiResult,
    schema::{Limit, Page, size},
};
use crate::server::Site;
use app::{
    lists::Cursor,
    users::{self, Member, MemberList, MemberSort, NewUser},
};
use axum::http::StatusCode;
use domain::users::Role;
use kernel::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, remove))
        .routes(routes!(set_role))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(set_password))
}

/// Somebody who may work for the company.
#[derive(Serialize, ToSchema)]
struct User {
    id: UserId,
    email: String,
    name: String,
    role: Role,
    created_at: Timestamp,
    disabled_at: Option<Timestamp>,
}

impl From<Member> for User {
    fn from(Member { id, email, name, role, created_at, disabled_at, .. }: Member) -> Self {
        Self { id, email, name, role, created_at, disabled_at }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Part of the name or the e-mail.
    search: Option<String>,
    #[param(inline)]
    sort: Option<MemberSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// The users of the company, by name unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/users", tag = "Users", params(ListQuery),
    security(("token" = ["users.manage"])), responses((status = 200, body = Page<User>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<User>>> {
    let ListQuery { search, sort, after, limit } = asked;
    let asked = MemberList { search, sort: sort.unwrap_or_default(), after, limit: Some(size(limit)) };
    Ok(Json(Page::of(users::list(&app, &caller, asked).await?, User::from)))
}

/// Let somebody in: a new user, or one who has an account at another company already.
#[utoipa::path(post, path = "/users", tag = "Users", request_body = NewUser,
    security(("token" = ["users.manage"])), responses((status = 201, body = User)))]
async fn create(Api { app, caller }: Api, Json(new): Json<NewUser>) -> ApiResult<Created<User>> {
    let member = users::create_user(&app, &caller, new).await?;
    Ok(Created(format!("/api/v1/users/{}", member.id), member.into()))
}

/// A user.
#[utoipa::path(get, path = "/users/{id}", tag = "Users", params(("id" = Uuid, Path)),
    security(("token" = ["users.manage"])), responses((status = 200, body = User)))]
async fn show(Api { app, caller }: Api, Path(id): Path<UserId>) -> ApiResult<Json<User>> {
    Ok(Json(users::member(&app, &caller, id).await?.into()))
}

/// Take somebody out of this company; the account and other companies stay.
#[utoipa::path(delete, path = "/users/{id}", tag = "Users", params(("id" = Uuid, Path)),
    security(("token" = ["users.manage"])), responses((status = 204)))]
async fn remove(Api { app, caller }: Api, Path(id): Path<UserId>) -> ApiResult<StatusCode> {
    users::remove(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    role: Role,
}

/// Give somebody another role. A company keeps an administrator.
#[utoipa::path(put, path = "/users/{id}/role", tag = "Users", params(("id" = Uuid, Path)), request_body = NewRole,
    security(("token" = ["users.manage"])), responses((status = 204)))]
async fn set_role(Api { app, caller }: Api, Path(id): Path<UserId>, Json(new): Json<NewRole>) -> ApiResult<StatusCode> {
    users::set_role(&app, &caller, id, new.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shut an account everywhere and end its sessions.
#[utoipa::path(post, path = "/users/{id}/disable", tag = "Users", params(("id" = Uuid, Path)),
    security(("token" = ["users.manage"])), responses((status = 204)))]
async fn disable(Api { app, caller }: Api, Path(id): Path<UserId>) -> ApiResult<StatusCode> {
    users::disable(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open an account again.
#[utoipa::path(post, path = "/users/{id}/enable", tag = "Users", params(("id" = Uuid, Path)),
    security(("token" = ["users.manage"])), responses((status = 204)))]
async fn enable(Api { app, caller }: Api, Path(id): Path<UserId>) -> ApiResult<StatusCode> {
    users::enable(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    #[schema(format = Password, min_length = 12)]
    password: String,
}

/// Give somebody else a new password and end their sessions.
#[utoipa::path(put, path = "/users/{id}/password", tag = "Users", params(("id" = Uuid, Path)),
    request_body = NewPassword, security(("token" = ["users.manage"])), responses((status = 204)))]
async fn set_password(
    Api { app, caller }: Api,
    Path(id): Path<UserId>,
    Json(new): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    users::set_password(&app, &caller, id, new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
