//! Who works for the company.

use super::{
    auth::Api,
    extract::{Json, Query},
    problem::ApiResult,
    schema::{self, Page, Paging},
};
use crate::server::Site;
use app::users::{self, Member};
use domain::users::Role;
use kernel::{Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Somebody who may work for the company.
#[derive(Serialize, ToSchema)]
struct User {
    #[schema(value_type = Uuid)]
    id: UserId,
    email: String,
    name: String,
    #[schema(schema_with = schema::role)]
    role: Role,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
}

impl From<Member> for User {
    fn from(Member { id, email, name, role, created_at, disabled_at, .. }: Member) -> Self {
        Self { id, email, name, role, created_at, disabled_at }
    }
}

/// The users of the company, by name.
#[utoipa::path(get, path = "/users", tag = "Users", params(Paging), responses((status = 200, body = Page<User>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<User>>> {
    let limit = paging.limit();
    let page = users::list(&app, &caller, paging.after, limit).await?;
    Ok(Json(Page::of(page, User::from)))
}
