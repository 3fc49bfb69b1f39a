//! `Idempotency-Key`: a change that is sent again is answered again, not made again. `app::idempotency` says how.

use super::{
    BODY_LIMIT,
    auth::Api,
    extract::too_large,
    problem::{ApiResult, Problem},
};
use app::idempotency::{self, Answer, Earlier, RequestKey};
use axum::{
    body::{Body, to_bytes},
    extract::{OriginalUri, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Marks an answer that holds a secret and must not be kept.
#[derive(Clone, Copy)]
pub(super) struct Secret;

/// Carries a change out once for each key.
pub(super) async fn once(api: Api, OriginalUri(uri): OriginalUri, request: Request, next: Next) -> ApiResult<Response> {
    let Some(key) = key_of(&request)? else { return Ok(next.run(request).await) };
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| too_large())?;
    let mut digest = Sha256::new_with_prefix(format!("{} {uri}\n", parts.method));
    digest.update(&body);
    let asked = RequestKey::new(&api.app, &api.caller, &key, hex::encode(digest.finalize()));
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(Api { app: api.app.for_request(asked.clone()), caller: api.caller.clone() });
    let response = next.run(request).await;
    let succeeded = response.status().is_success();
    // A key that is there already lets nothing be committed, so only what changed nothing can be an answer given before.
    let is_new = response.status().is_server_error() || succeeded && asked.is_noted();
    if !is_new && let Some(before) = answered(idempotency::earlier(&api.app, &api.caller, &asked).await?)? {
        return Ok(before);
    }
    if succeeded { keep(&api, &asked, response).await } else { Ok(response) }
}

fn key_of(request: &Request) -> ApiResult<Option<String>> {
    if request.method().is_safe() {
        return Ok(None);
    }
    let Some(key) = request.headers().get(KEY) else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let key = key.ok_or_else(|| Problem::bad_request("An Idempotency-Key has 1 to 255 letters, digits or signs."))?;
    Ok(Some(key.to_owned()))
}

fn answered(earlier: Earlier) -> ApiResult<Option<Response>> {
    match earlier {
        Earlier::Nothing => Ok(None),
        Earlier::Answered(answer) => Ok(Some(replayed(answer))),
        Earlier::Another => {
            let detail = "This Idempotency-Key was used for another request; use a new one.";
            Err(Problem::new(StatusCode::CONFLICT, "idempotency-key-reused", detail))
        }
        Earlier::Unanswered(made) => Err(unanswered(made)),
    }
}

fn unanswered(made: Option<(String, Uuid)>) -> Problem {
    let what = made.map_or_else(String::new, |(kind, id)| format!(" It began with {} {id}.", kind.replace('_', " ")));
    let detail = format!("This request was carried out already, but its answer is not (or not yet) here.{what}");
    Problem::new(StatusCode::CONFLICT, "idempotency-answer-missing", detail).retry_after(1)
}

fn replayed(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut headers = HeaderMap::from_iter([(REPLAYED, HeaderValue::from_static("true"))]);
    for name in KEPT_HEADERS {
        let value = answer.headers.get(name.as_str()).and_then(Value::as_str);
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    (status, headers, answer.body).into_response()
}

async fn keep(api: &Api, asked: &RequestKey, response: Response) -> ApiResult<Response> {
    if response.extensions().get::<Secret>().is_some() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(app::Error::broken)?;
    let mut headers = Map::new();
    for name in KEPT_HEADERS {
        if let Some(value) = parts.headers.get(&name).and_then(|value| value.to_str().ok()) {
            headers.insert(name.to_string(), Value::from(value));
        }
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    let answer = Answer { status: parts.status.as_u16(), headers: Value::Object(headers), body: text };
    // The change is made, whether or not its answer can be kept.
    if let Err(error) = idempotency::keep_answer(&api.app, &api.caller, asked, answer).await {
        tracing::error!(%error, "the answer of an idempotent request was not kept");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}
