//! API tokens: make one (it is shown once), list and revoke them.

use crate::{
    error::PageResult,
    form::Form,
    page::{Page, Path, Query, render, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error, FieldError,
    lists::Cursor,
    users::{self, TokenMade, TokenRow},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
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
    tokens: Vec<TokenRow>,
    shown: String,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    after: Option<Cursor>,
}

async fn list(State(app): State<App>, session: Session, Query(filter): Query<Filter>) -> PageResult {
    show(&app, &session, filter, Form::default()).await
}

async fn show(app: &App, session: &Session, filter: Filter, form: Form<NewToken>) -> PageResult {
    let tokens = users::list_tokens(app, &session.caller, filter.after, None).await?;
    let next = tokens.next.as_ref().map_or_else(String::new, |cursor| format!("/tokens?after={cursor}"));
    let scopes: Vec<Permission> = session.caller.permissions.iter().copied().collect();
    let may_see_users = scopes.contains(&Permission::ManageUsers);
    let (page, status) = (session.page("API tokens", "users"), form.status());
    let shown = format!("{} tokens", tokens.rows.len());
    let tokens = tokens.rows;
    render_with(status, &List { page, form, tokens, shown, next, scopes, may_see_users })
}

/// The answer shows the token, so it is a page and no redirect: there is nowhere to read it again.
async fn create(State(app): State<App>, session: Session, form: Form<NewToken>) -> PageResult {
    let made = match input(&form) {
        Ok(new) => users::create_token(&app, &session.caller, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => render(&Made { page: session.page("Keep this token", "users"), made }),
        Err(error) => show(&app, &session, Filter::default(), form.failed(error)?).await,
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
