//! The staff pages, one file for each capability; each brings its own routes.

mod account;
mod home;
mod invoices;
mod lines;
mod orders;
mod quotes;
mod sign_in;
mod tokens;
mod users;

use crate::server::Site;
use axum::Router;

pub(crate) fn router() -> Router<Site> {
    Router::new()
        .merge(account::router())
        .merge(home::router())
        .merge(invoices::router())
        .merge(orders::router())
        .merge(quotes::router())
        .merge(sign_in::router())
        .merge(tokens::router())
        .merge(users::router())
}
