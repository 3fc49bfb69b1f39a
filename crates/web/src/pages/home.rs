//! The first page after signing in.

use crate::{
    error::PageResult,
    page::{Page, render},
    server::Site,
    session::Session,
};
use askama::Template;
use axum::{Router, routing::get};

pub fn router() -> Router<Site> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home/show.html")]
struct Show {
    page: Page,
}

async fn show(session: Session) -> PageResult {
    render(&Show { page: session.page("Home", "home") })
}
