//! Who works here and in which role. The example of a page file: routes, a form, a list, four ways to act on a row.

use crate::{
    error::PageResult,
    filters::Filters,
    form::{Form, read},
    page::{Page, Path, Query, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error,
    users::{self, Member, MemberList},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::users::Role;
use kernel::UserId;
use serde::Deserialize;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/users", get(list).post(add))
        .route("/users/{id}/role", post(set_role))
        .route("/users/{id}/disable", post(disable))
        .route("/users/{id}/enable", post(enable))
        .route("/users/{id}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "users/list.html")]
struct List {
    page: Page,
    form: Form<NewUser>,
    list: Filters,
    rows: Vec<Row>,
    first: String,
    /// The address of the next page; "" on the last one.
    next: String,
    roles: &'static [Role],
}

struct Row {
    member: Member,
    is_me: bool,
    dialog: String,
    remove: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewUser {
    name: String,
    email: String,
    role: String,
    password: String,
}

const PATH: &str = "/users";
const FILTERS: &[&str] = &["q", "sort"];

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    show(&app, &session, typed, Form::default()).await
}

/// The list with its form: empty, or as it was typed with what is wrong with it.
async fn show(app: &App, session: &Session, listed: Typed, form: Form<NewUser>) -> PageResult {
    let mut list = Filters::new(PATH, FILTERS, listed).sorted_by("name");
    let asked = MemberList {
        search: list.text("q"),
        sort: list.read("sort").unwrap_or_default(),
        after: list.read("after"),
        limit: None,
    };
    let found = list.rows(users::list(app, &session.caller, asked)).await?;
    let status = if form.status() == StatusCode::OK { list.status() } else { form.status() };
    let page = List {
        page: session.page("Users", "users"),
        next: list.next(found.next.as_ref()),
        first: list.first(),
        rows: found.rows.into_iter().map(|member| row(member, session.user_id)).collect(),
        roles: Role::ALL,
        form,
        list,
    };
    render_with(status, &page)
}

fn row(member: Member, me: UserId) -> Row {
    let (dialog, remove) = (format!("remove-{}", member.id), format!("/users/{}/remove", member.id));
    Row { is_me: member.id == me, dialog, remove, member }
}

async fn add(State(app): State<App>, session: Session, form: Form<NewUser>) -> PageResult {
    let made = match input(&form) {
        Ok(new) => users::create_user(&app, &session.caller, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(member) => Ok(session.go("/users").saying(format!("{} may work here now.", member.name)).into_response()),
        Err(error) => show(&app, &session, Typed::default(), form.failed(error)?).await,
    }
}

fn input(form: &NewUser) -> Result<users::NewUser, Error> {
    let mut wrong = Vec::new();
    let role = read(&mut wrong, "role", &form.role);
    let (email, name, password) = (form.email.clone(), form.name.clone(), form.password.clone());
    let new = role.map(|role| users::NewUser { email, name, role, password });
    new.ok_or(Error::Invalid(wrong))
}

#[derive(Debug, Deserialize)]
struct NewRole {
    role: Role,
}

async fn set_role(State(app): State<App>, session: Session, Path(id): Path<UserId>, form: Form<NewRole>) -> PageResult {
    users::set_role(&app, &session.caller, id, form.role).await?;
    Ok(session.go("/users").saying(format!("The role is {} now.", form.role)).into_response())
}

async fn disable(State(app): State<App>, session: Session, Path(id): Path<UserId>) -> PageResult {
    users::disable(&app, &session.caller, id).await?;
    let go = session.go("/users").saying("The account is shut, and signed out everywhere.");
    Ok(go.undo(format!("/users/{id}/enable")).into_response())
}

async fn enable(State(app): State<App>, session: Session, Path(id): Path<UserId>) -> PageResult {
    users::enable(&app, &session.caller, id).await?;
    Ok(session.go("/users").saying("The account is open again.").into_response())
}

async fn remove(State(app): State<App>, session: Session, Path(id): Path<UserId>) -> PageResult {
    users::remove(&app, &session.caller, id).await?;
    Ok(session.go("/users").saying("This person no longer works here.").into_response())
}
