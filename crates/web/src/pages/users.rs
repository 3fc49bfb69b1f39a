//! Who works here, and the API tokens.

use crate::server::Site;
use axum::Router;

pub fn router() -> Router<Site> {
    Router::new()
}
