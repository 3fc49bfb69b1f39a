//! The staff pages, one file for each capability; each brings its own routes.

mod customers;
mod home;
mod invoices;
mod lines;
mod orders;
mod products;
mod quotes;
mod search;
mod settings;
mod sign_in;
mod users;

use crate::server::Site;
use axum::Router;

pub(crate) fn router() -> Router<Site> {
    Router::new()
        .merge(home::router())
        .merge(sign_in::router())
        .merge(users::router())
        .merge(customers::router())
        .merge(products::router())
        .merge(search::router())
        .merge(settings::router())
        .merge(quotes::router())
        .merge(orders::router())
        .merge(invoices::router())
}
