//! What the API answers when something is wrong: `application/problem+json` (RFC 9457), naming the fields.
//!
//! `ApiResult` is what every endpoint returns; `?` turns a use case's error into its problem. `finish` fills in what only
//! the request knows.

use crate::{
    error::{report, sentence_of, status_of},
    security::unstorable,
};
use app::{Error, FieldError};
use axum::{
    extract::{OriginalUri, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer};
use std::any::Any;
use utoipa::ToSchema;

pub(crate) type ApiResult<T> = Result<T, Problem>;

/// What went wrong, for a program and for the person behind it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem it is; stays the same whatever the words.
    #[serde(rename = "type", serialize_with = "as_urn")]
    #[schema(value_type = String, format = "uri-reference", example = "urn:quittance:problem:invalid")]
    kind: &'static str,
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// A sentence with what to do about it.
    detail: String,
    /// The path of the request.
    #[schema(format = "uri-reference", example = "/api/v1/tokens")]
    instance: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: String::new(),
            errors: vec![],
            retry_after_s: None,
        }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "This address does not take this method; the header Allow says which it takes.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
    }

    pub(crate) fn unauthorized() -> Self {
        let detail = "Send the header `Authorization: Bearer qt_…` with an API token that is valid.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// One field of what was sent is wrong.
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Error::field(field, message.into()).into()
    }

    /// The fields that are wrong; what is wrong as a whole has no name.
    pub(crate) fn into_errors(self) -> Vec<FieldError> {
        if self.errors.is_empty() {
            vec![FieldError { field: String::new(), message: self.detail }]
        } else {
            self.errors
        }
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    #[expect(clippy::needless_pass_by_value, reason = "the panic layer hands it over so")]
    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Response {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        Self::from(Error::broken(text.to_owned())).into_response()
    }

    fn kind_of(error: &Error) -> &'static str {
        match error {
            Error::Refused(_) => "refused",
            Error::Invalid(_) => "invalid",
            Error::NotFound(_) => "not-found",
            Error::Forbidden(_) => "forbidden",
            Error::Unauthenticated => "unauthorized",
            Error::Conflict(_) => "conflict",
            Error::Stale => "stale",
            Error::Broken(_) => "broken",
        }
    }
}

fn as_urn<S: Serializer>(kind: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:quittance:problem:{kind}"))
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        let error = error.into();
        let detail = match &error {
            Error::Invalid(_) => "Some fields are not right; nothing was saved.".to_owned(),
            Error::Unauthenticated => return Self::unauthorized(),
            Error::Broken(_) => {
                let reference = report(&error);
                format!("Something went wrong inside and nothing was saved. Its number is {reference}.")
            }
            other => sentence_of(other),
        };
        let mut problem = Self::new(status_of(&error), Self::kind_of(&error), detail);
        if let Error::Invalid(fields) = error {
            problem.errors = fields;
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        let mut response = (status, kind, body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Names the path. What is no longer as it was read is a failed precondition for who sent `If-Match`, else a conflict.
pub(crate) async fn finish(OriginalUri(uri): OriginalUri, request: Request, next: Next) -> Response {
    if unstorable(&uri) {
        return Problem::bad_request("The address contains the character U+0000.").into_response();
    }
    let conditional = request.headers().contains_key(header::IF_MATCH);
    let mut response = next.run(request).await;
    let Some(mut problem) = response.extensions_mut().remove::<Problem>() else { return response };
    if problem.kind == "stale" {
        problem = match conditional {
            true => Problem::new(StatusCode::PRECONDITION_FAILED, "stale", problem.detail),
            false => Problem::new(StatusCode::CONFLICT, "conflict", problem.detail),
        };
    }
    uri.path().clone_into(&mut problem.instance);
    let mut finished = problem.into_response();
    for (name, value) in response.headers() {
        if *name == header::ALLOW {
            finished.headers_mut().insert(name, value.clone());
        }
    }
    finished
}
