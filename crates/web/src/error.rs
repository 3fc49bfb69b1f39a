//! What a page answers when something is wrong: a sentence, and for our own faults a number to report.
//!
//! Handlers return `PageResult` and use `?` on use cases. Internals go to the log, never to the browser.

use crate::page::render_with;
use app::Error;
use askama::Template;
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use std::any::Any;
use uuid::Uuid;

pub type PageResult<T = Response> = Result<T, PageError>;

#[derive(Debug)]
pub enum PageError {
    App(Error),
    /// Sign in, then come back to this path.
    SignIn(String),
    /// A request that no page of ours sends.
    Wrong(StatusCode, String),
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    code: &'a str,
    title: &'a str,
    sentence: &'a str,
    request_id: &'a str,
}

impl PageError {
    pub(crate) fn not_found(path: &str) -> Self {
        Self::Wrong(StatusCode::NOT_FOUND, format!("There is no page {path}. The address may be mistyped."))
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::Wrong(StatusCode::METHOD_NOT_ALLOWED, "This address is used in another way.".to_owned())
    }

    pub(crate) fn too_slow() -> Self {
        let sentence = "This took more than a minute and was stopped. Ask for less at once, or try again.";
        Self::Wrong(StatusCode::SERVICE_UNAVAILABLE, sentence.to_owned())
    }

    /// The page for a handler that panicked.
    #[expect(clippy::needless_pass_by_value, reason = "the panic layer hands it over so")]
    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Response {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        Self::App(Error::broken(text.to_owned())).into_response()
    }
}

impl<E: Into<Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        match error.into() {
            Error::Unauthenticated => Self::SignIn("/".to_owned()),
            error => Self::App(error),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(next) => Redirect::to(&format!("/sign-in?next={}", encoded(&next))).into_response(),
            Self::Wrong(status, sentence) => answer(status, &sentence, ""),
            Self::App(error) => match status_of(&error) {
                StatusCode::INTERNAL_SERVER_ERROR => {
                    let sentence = "Something went wrong inside and nothing was saved. Try again.";
                    answer(StatusCode::INTERNAL_SERVER_ERROR, sentence, &report(&error))
                }
                status => answer(status, &sentence_of(&error), ""),
            },
        }
    }
}

/// The status that an error has everywhere, on pages and in the API.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) | Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Conflict(_) | Error::Stale => StatusCode::CONFLICT,
        Error::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Writes the whole cause to the log and returns the number under which it stands there.
pub(crate) fn report(error: &Error) -> String {
    let reference = app::new_id::<Uuid>().to_string();
    let mut causes = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    tracing::error!(reference, causes = causes.join(": "), "{error}");
    reference
}

/// The error's own words as a sentence.
pub(crate) fn sentence_of(error: &Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn answer(status: StatusCode, sentence: &str, request_id: &str) -> Response {
    let title = match status {
        StatusCode::NOT_FOUND => "This is not here",
        StatusCode::FORBIDDEN => "This is not for your role",
        StatusCode::CONFLICT => "Somebody was faster",
        StatusCode::UNPROCESSABLE_ENTITY => "This cannot be done",
        status if status.is_server_error() => "Something went wrong",
        _ => "This request was not understood",
    };
    let page = ErrorPage { code: status.as_str(), title, sentence, request_id };
    match render_with(status, &page) {
        Ok(response) => response,
        // The error page itself is broken: say it plainly rather than in a circle.
        Err(_) => (status, Json(sentence)).into_response(),
    }
}

/// A path as the value of a query parameter.
fn encoded(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
