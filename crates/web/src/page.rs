//! What every page is made with: the frame's facts, rendering, and addresses read the forgiving way.
//!
//! A page writer's file has `pub fn router() -> Router<Site>`, handlers that return `PageResult`, and template structs
//! with one field `page: Page` beside their own. See `pages/users.rs`.

use crate::error::{PageError, PageResult};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
        request::Parts,
    },
    response::{Html, IntoResponse as _, Response},
};
use domain::users::Permission;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// What `layout.html` and `frame/` show around a page; made by `session.page(title, section)`.
#[derive(Debug)]
pub struct Page {
    pub title: String,
    /// The current place in the navigation: "customers", "reports/sales", ...
    pub section: &'static str,
    pub user_name: String,
    pub role: String,
    pub company: String,
    /// (code, name) of each company that the person can switch to.
    pub companies: Vec<(String, String)>,
    pub csrf: String,
    pub flash: Option<Flash>,
    pub today: String,
    pub version: &'static str,
    pub permissions: BTreeSet<Permission>,
    /// What waits for a second person; "" for nothing.
    pub approvals: String,
}

impl Page {
    /// What stands around the content is compiled once, not within each page.
    pub(crate) fn before(&self) -> Before<'_> {
        Before { page: self }
    }

    pub(crate) fn after(&self) -> After<'_> {
        After { page: self }
    }

    /// Whether to offer something, by the permission's own name: `page.may("audit.read")`.
    pub fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|known| known.as_str() == permission)
    }

    /// The topic of the handbook that this page belongs to.
    pub(crate) fn help(&self) -> &'static str {
        match self.section {
            "customers" => "/help/customers",
            "quotes" | "orders" | "products" => "/help/quotes-and-orders",
            "invoices" => "/help/invoices-and-credit-notes",
            "payments" => "/help/payments",
            "bank" | "desk" => "/help/bank-and-desk",
            "open-items" => "/help/open-items",
            "approvals" | "users" | "audit" | "account" => "/help/roles-and-approvals",
            "imports" => "/help/imports",
            "settings" => "/help/first-steps",
            "books/verify" => "/help/verify",
            section if section.starts_with("books") => "/help/periods",
            section if section.starts_with("reports") || section == "statements" => "/help/reports",
            _ => "/help",
        }
    }
}

#[derive(Template)]
#[template(path = "frame/before.html")]
pub(crate) struct Before<'p> {
    page: &'p Page,
}

#[derive(Template)]
#[template(path = "frame/after.html")]
pub(crate) struct After<'p> {
    page: &'p Page,
}

/// What the page before this one has to say.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    /// "ok", "info", "warn" or "bad".
    pub kind: String,
    pub text: String,
    pub undo_href: Option<String>,
}

pub fn render(template: &impl Template) -> PageResult {
    render_with(StatusCode::OK, template)
}

pub fn render_with(status: StatusCode, template: &impl Template) -> PageResult<Response> {
    let html = template.render().map_err(app::Error::broken)?;
    Ok((status, Html(html)).into_response())
}

/// A file to look at in the browser, which may save it under its own name.
pub fn file(file: app::documents::File) -> Response {
    // Names of files are letters, digits, `-`, `_` and `.` alone.
    let disposition = format!("inline; filename=\"{}\"", file.name);
    let headers = [(CONTENT_TYPE, file.media_type.to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, file.bytes).into_response()
}

/// The parts of an address; one that cannot be read is a page that is not there.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|_| PageError::not_found(parts.uri.path()))
    }
}

/// The query string of a list: filters, sort and page. Repeated names become a `Vec`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let query = axum_extra::extract::Query::from_request_parts(parts, state).await;
        query.map(|axum_extra::extract::Query(value)| Self(value)).map_err(|error| {
            PageError::Wrong(StatusCode::BAD_REQUEST, format!("A part of the address is not understood: {error}."))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn the_frame_asks_for_permissions_that_there_are() {
        let frame = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/frame");
        let frame = ["before.html", "after.html"].map(|name| fs::read_to_string(frame.join(name)).unwrap()).concat();
        let asked: Vec<&str> = frame.split("page.may(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(asked.len() > 5, "{asked:?}");
        for name in asked {
            assert!(Permission::ALL.iter().any(|known| known.as_str() == name), "{name}");
        }
    }
}
