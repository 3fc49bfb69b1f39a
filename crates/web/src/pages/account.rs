//! One's own account: who one is, and the password.

use crate::{
    error::PageResult,
    form::Form,
    page::{Page, render_with},
    server::Site,
    session::Session,
};
use app::{App, users};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use serde::Deserialize;

pub fn router() -> Router<Site> {
    Router::new().route("/account", get(ask)).route("/account/password", post(change_password))
}

#[derive(Template)]
#[template(path = "users/account.html")]
struct Account {
    page: Page,
    form: Form<NewPassword>,
    email: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewPassword {
    current_password: String,
    new_password: String,
}

async fn ask(session: Session) -> PageResult {
    show(&session, Form::default())
}

fn show(session: &Session, form: Form<NewPassword>) -> PageResult {
    let (page, status) = (session.page("Your account", "account"), form.status());
    render_with(status, &Account { page, form, email: session.email.clone() })
}

async fn change_password(
    State(site): State<Site>,
    State(app): State<App>,
    session: Session,
    form: Form<NewPassword>,
) -> PageResult {
    let (current, new) = (form.current_password.clone(), form.new_password.clone());
    let changed = match site.sign_ins.check(session.user_id) {
        Ok(()) => users::change_password(&app, &session, current, new).await,
        Err(wait) => Err(app::Error::refused(format!("Too many tries. Wait {} seconds.", wait.retry_after_s))),
    };
    match changed {
        Ok(()) => {
            let text = "Your password is changed, and your other sessions are signed out.";
            Ok(session.go("/account").saying(text).into_response())
        }
        Err(error) => show(&session, form.failed(error)?),
    }
}
