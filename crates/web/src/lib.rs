//! Staff pages and the REST API.
