//! The REST API.

use crate::server::Site;
use axum::Router;

pub(crate) fn router(_: &Site) -> Router<Site> {
    Router::new()
}
