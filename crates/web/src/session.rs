//! Who is signed in, and the cookies that say so.
//!
//! A handler that takes `Session` is for signed-in people only: others are sent to the sign-in page and back. `session.page`
//! makes the frame, `session.go` leaves for another page with something to say there.

use crate::{
    error::PageError,
    page::{Flash, Page},
    server::Site,
};
use app::users;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, Key, SameSite, SignedCookieJar};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::users::Permission;
use sha2::{Digest as _, Sha512};
use std::{ops::Deref, sync::Arc};

/// Names and attributes of our cookies; behind TLS they are tied to this host alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    pub(crate) secure: bool,
}

impl Cookies {
    pub(crate) fn session(self) -> &'static str {
        if self.secure { "__Host-quittance" } else { "quittance" }
    }

    /// Carries the form token of people who are not signed in.
    pub(crate) fn visitor(self) -> &'static str {
        if self.secure { "__Host-quittance-visitor" } else { "quittance-visitor" }
    }

    pub(crate) fn flash(self) -> &'static str {
        if self.secure { "__Host-quittance-flash" } else { "quittance-flash" }
    }

    /// Gone with the browser unless the caller sets an age.
    pub(crate) fn make(self, name: &'static str, value: String) -> Cookie<'static> {
        let cookie = Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax);
        cookie.secure(self.secure).build()
    }

    pub(crate) fn gone(self, name: &'static str) -> Cookie<'static> {
        let mut cookie = self.make(name, String::new());
        cookie.make_removal();
        cookie
    }
}

/// A signed-in person; derefs to the facts of the session (`caller`, `company`, `role`, …).
#[derive(Clone)]
pub struct Session {
    facts: Arc<users::Session>,
    flash: Option<Flash>,
    cookies: Cookies,
    /// Signs this session's flash cookies, on whichever server process.
    key: Key,
}

impl Deref for Session {
    type Target = users::Session;

    fn deref(&self) -> &users::Session {
        &self.facts
    }
}

impl Session {
    /// The session whose word the cookie holds, if it is valid.
    pub(crate) async fn load(site: &Site, headers: &HeaderMap) -> app::Result<Option<Self>> {
        let jar = CookieJar::from_headers(headers);
        let Some(token) = jar.get(site.cookies.session()).map(|cookie| cookie.value().to_owned()) else {
            return Ok(None);
        };
        let Some(facts) = users::session(&site.app, &token).await? else { return Ok(None) };
        let key = Key::from(&Sha512::digest(format!("flash {token}")));
        let flash = SignedCookieJar::from_headers(headers, key.clone())
            .get(site.cookies.flash())
            .and_then(|cookie| decoded(cookie.value()));
        Ok(Some(Self { facts: Arc::new(facts), flash, cookies: site.cookies, key }))
    }

    /// Whether to offer something; the use case asks again.
    pub fn may(&self, permission: Permission) -> bool {
        self.caller.permissions.contains(&permission)
    }

    /// The frame of a page; `section` is its place in the navigation.
    pub fn page(&self, title: impl Into<String>, section: &'static str) -> Page {
        Page {
            title: title.into(),
            section,
            user_name: self.user_name.clone(),
            role: self.role.to_string(),
            company: self.company.name.clone(),
            companies: self.companies.clone(),
            csrf: self.csrf.clone(),
            flash: self.flash.clone(),
            today: self.company.today.to_string(),
            version: env!("CARGO_PKG_VERSION"),
            permissions: self.caller.permissions.clone(),
            approvals: match self.approvals_waiting {
                0 => String::new(),
                waiting => waiting.to_string(),
            },
        }
    }

    /// Leaves for another page of ours (303).
    pub fn go(&self, to: impl Into<String>) -> Go {
        Go { to: to.into(), flash: None, cookies: self.cookies, key: self.key.clone() }
    }
}

/// A redirect with something to say on the page it leads to.
pub struct Go {
    to: String,
    flash: Option<Flash>,
    cookies: Cookies,
    key: Key,
}

impl Go {
    pub fn saying(self, text: impl Into<String>) -> Self {
        self.with("ok", text.into())
    }

    pub fn warning(self, text: impl Into<String>) -> Self {
        self.with("warn", text.into())
    }

    /// Offers to undo it by a POST to `href`.
    pub fn undo(mut self, href: impl Into<String>) -> Self {
        if let Some(flash) = &mut self.flash {
            flash.undo_href = Some(href.into());
        }
        self
    }

    fn with(mut self, kind: &str, text: String) -> Self {
        // A cookie holds 4 kB.
        let text = text.chars().take(600).collect();
        self.flash = Some(Flash { kind: kind.to_owned(), text, undo_href: None });
        self
    }
}

impl IntoResponse for Go {
    fn into_response(self) -> Response {
        let redirect = Redirect::to(&self.to);
        let Some(flash) = self.flash else { return redirect.into_response() };
        let value = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&flash).unwrap_or_default());
        let jar = SignedCookieJar::new(self.key).add(self.cookies.make(self.cookies.flash(), value));
        (jar, redirect).into_response()
    }
}

fn decoded(value: &str) -> Option<Flash> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// A path on this server to go on to after signing in; anything else is the home page.
pub(crate) fn local_path(next: &str) -> &str {
    let local = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    if local { next } else { "/" }
}

impl FromRequestParts<Site> for Session {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, PageError> {
        let session = <Self as OptionalFromRequestParts<Site>>::from_request_parts(parts, site).await?;
        session.ok_or_else(|| {
            let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
            PageError::SignIn(if parts.method == Method::GET { address } else { "/" }.to_owned())
        })
    }
}

impl OptionalFromRequestParts<Site> for Session {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Option<Self>, PageError> {
        // The guard has loaded it already where it needed it.
        if let Some(session) = parts.extensions.get::<Self>() {
            return Ok(Some(session.clone()));
        }
        Ok(Self::load(site, &parts.headers).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        assert_eq!(local_path("/invoices?status=open"), "/invoices?status=open");
        for elsewhere in ["", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
