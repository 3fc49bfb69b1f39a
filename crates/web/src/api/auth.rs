//! Who calls: the bearer token, its rate, and what it may do.

use super::{
    extract::Json,
    problem::{ApiResult, Problem},
};
use crate::server::Site;
use app::{App, Caller, companies, users};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::Response,
};
use domain::users::Permission;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(me))
}

/// Who calls, and the program as this request sees it. Every endpoint takes it first.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) app: App,
    pub(crate) caller: Caller,
}

impl<S: Send + Sync> FromRequestParts<S> for Api {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorized)
    }
}

/// Finds the caller by the token, or answers 401; holds back a token that calls too often.
pub(super) async fn authenticate(State(site): State<Site>, mut request: Request, next: Next) -> ApiResult<Response> {
    let token = bearer(request.headers()).ok_or_else(Problem::unauthorized)?;
    if let Err(wait) = site.calls.check(token) {
        let detail = format!("This token calls too often; wait {} seconds.", wait.retry_after_s);
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail);
        return Err(problem.retry_after(wait.retry_after_s));
    }
    let caller = users::token(&site.app, token).await?.ok_or_else(Problem::unauthorized)?;
    request.extensions_mut().insert(Api { app: site.app, caller });
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who this token speaks for.
#[derive(Serialize, ToSchema)]
struct Me {
    /// As the audit log shows what this token does.
    name: String,
    /// The code and the name of the company it works in.
    company_code: String,
    company_name: String,
    scopes: Vec<Permission>,
}

/// Who am I?
#[utoipa::path(get, path = "/me", tag = "Account", security(("token" = ["read"])),
    responses((status = 200, body = Me)))]
async fn me(Api { app, caller }: Api) -> ApiResult<Json<Me>> {
    let company = companies::show(&app, &caller).await?;
    Ok(Json(Me {
        name: caller.actor.name(),
        company_code: company.code,
        company_name: company.name,
        scopes: caller.permissions.into_iter().collect(),
    }))
}
