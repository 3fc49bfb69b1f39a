//! API tokens: make one (it is shown once), list and revoke them.

use crate::{
    error::PageResult,
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, render, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, FieldError,
    lists::Part,
    users::{self, TokenMade, TokenRow},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::users::Permission;
use kernel::ApiTokenId;
use serde::Deserialize;

pub fn router() -> Router<Site> {
    Router::new().route("/tokens", get(list).post(create)).route("/tokens/{id}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "users/tokens.html")]
struct List {
    page: Page,
    form: Form<NewToken>,
    list: Filters,
    tokens: Vec<TokenRow>,
    first: String,
    next: String,
    /// What this person's tokens may do at most.
    scopes: Vec<Permission>,
    may_see_users: bool,
}

#[derive(Template)]
#[template(path = "users/token_made.html")]
struct Made {
    page: Page,
    made: TokenMade,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewToken {
    name: String,
    scopes: Vec<String>,
    expires_on: String,
}

impl NewToken {
    fn has(&self, scope: &Permission) -> bool {
        self.scopes.iter().any(|chosen| chosen == scope.as_str())
    }
}

const PATH: &str = "/tokens";
const FILTERS: &[&str] = &["q"];

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    show(&app, &session, typed, Form::default()).await
}

async fn show(app: &App, session: &Session, listed: Typed, form: Form<NewToken>) -> PageResult {
    let mut list = Filters::new(PATH, FILTERS, listed);
    let (search, part) = (list.text("q"), Part { after: list.read("after"), limit: None });
    let found = list.rows(users::list_tokens(app, &session.caller, search.as_deref(), &part)).await?;
    let status = if form.status() == StatusCode::OK { list.status() } else { form.status() };
    let scopes: Vec<Permission> = session.caller.permissions.iter().copied().collect();
    let page = List {
        page: session.page("API tokens", "users"),
        next: list.next(found.next.as_ref()),
        first: list.first(),
        tokens: found.rows,
        may_see_users: scopes.contains(&Permission::ManageUsers),
        scopes,
        form,
        list,
    };
    render_with(status, &page)
}

/// The answer shows the token, so it is a page and no redirect: there is nowhere to read it again.
async fn create(State(app): State<App>, session: Session, form: Form<NewToken>) -> PageResult {
    let made = match input(&form) {
        Ok(new) => users::create_token(&app, &session.caller, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => render(&Made { page: session.page("Keep this token", "users"), made }),
        Err(error) => show(&app, &session, Typed::default(), form.failed(error)?).await,
    }
}

fn input(form: &NewToken) -> Result<users::NewToken, Error> {
    let mut wrong = Vec::new();
    let mut note = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let scopes = form.scopes.iter().map(|scope| scope.parse()).collect::<Result<Vec<_>, _>>();
    let scopes = scopes.map_err(|message| note("scopes", message)).unwrap_or_default();
    let day = Some(form.expires_on.trim()).filter(|day| !day.is_empty());
    let expires_on = day.map(str::parse).transpose();
    let expires_on =
        expires_on.map_err(|error: kernel::DateError| note("expires_on", error.to_string())).ok().flatten();
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    Ok(users::NewToken { name: form.name.clone(), scopes, expires_on, owner: None })
}

async fn revoke(State(app): State<App>, session: Session, Path(id): Path<ApiTokenId>) -> PageResult {
    users::revoke_token(&app, &session.caller, id).await?;
    Ok(session.go("/tokens").saying("The token works no longer.").into_response())
}
