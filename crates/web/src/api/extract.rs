//! What an endpoint takes and gives: JSON, path, query, version; each refuses with a problem that names the field.

use super::{BODY_LIMIT, problem::Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

/// A JSON body, in either direction.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "Send the header `Content-Type: application/json`.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|_| too_large())?;
        parse(&bytes).map(Self)
    }
}

pub(crate) fn too_large() -> Problem {
    let detail = format!("The body is larger than {} MB.", BODY_LIMIT / 1024 / 1024);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // PostgreSQL stores no such character.
    if bytes.windows(6).any(|six| six == b"\\u0000") {
        return Err(Problem::bad_request("The character U+0000 is not text."));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if !error.is_data() {
            return Problem::bad_request(format!("The body is not JSON: {error}."));
        }
        let (field, message) = located(&path, &error.to_string());
        Problem::field(field, message)
    })?;
    json.end().map_err(|error| Problem::bad_request(format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// The field and what is wrong with it; a missing field is named itself, not what it is missing from.
fn located(path: &str, message: &str) -> (String, String) {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let path = if path == "." { "" } else { path };
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(name) if path.is_empty() => (name.to_owned(), "is missing".to_owned()),
        Some(name) => (format!("{path}.{name}"), "is missing".to_owned()),
        None => (path.to_owned(), message.to_owned()),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// What was made (201), and where it is.
pub(crate) struct Created<T>(pub(crate) String, pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = HeaderValue::try_from(self.0).map(|value| [(LOCATION, value)]);
        (StatusCode::CREATED, location.ok(), Json(self.1)).into_response()
    }
}

/// Something with the version that a change of it must name.
pub(crate) struct Versioned<T>(pub(crate) i64, pub(crate) T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let etag = HeaderValue::try_from(format!("\"{}\"", self.0)).map(|value| [(ETAG, value)]);
        (etag.ok(), Json(self.1)).into_response()
    }
}

/// The version that the caller has seen, from `If-Match: "7"`; a change without it is refused (428).
pub(crate) struct IfMatch(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(sent) = parts.headers.get(IF_MATCH) else {
            let detail =
                "Send the header `If-Match` with the ETag of what you have seen, so that nobody's change is lost.";
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "if-match-missing", detail));
        };
        let version = sent.to_str().ok().and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        // A tag that we never gave matches nothing.
        version.map(Self).ok_or_else(|| {
            Problem::new(StatusCode::PRECONDITION_FAILED, "stale", "This is not the version that there is now.")
        })
    }
}

/// The parts of the path; what cannot be an id of ours is not there.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = <axum::extract::Path<T> as FromRequestParts<S>>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Problem::not_found("There is nothing with this id."))
    }
}

/// The query string; repeated names become a list.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum_extra::extract::Query::from_request_parts(parts, state).await;
        query
            .map(|axum_extra::extract::Query(value)| Self(value))
            .map_err(|error| Problem::bad_request(format!("The query is not understood: {error}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Line {
        #[expect(dead_code, reason = "only parsed")]
        quantity: u32,
    }

    fn wrong(text: &str) -> String {
        serde_json::to_string(&parse::<Vec<Line>>(text.as_bytes()).unwrap_err()).unwrap()
    }

    #[test]
    fn the_field_is_named() {
        assert!(wrong(r#"[{"quantity": 1}, {}]"#).contains(r#"{"field":"[1].quantity","message":"is missing"}"#));
        assert!(wrong(r#"[{"quantity": "x"}]"#).contains(r#""field":"[0].quantity","message":"invalid type: string"#));
    }

    #[test]
    fn what_is_no_json_is_a_bad_request() {
        for text in ["", "[", "[] []", r#"["\u0000"]"#] {
            assert!(wrong(text).contains(r#""status":400"#), "{text}");
        }
    }
}
