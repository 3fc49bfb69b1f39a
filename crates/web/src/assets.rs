//! Style sheets, scripts and pictures, built into the program.
//!
//! `url` gives an address with the file's digest in it, which browsers may keep forever; the plain address works too and
//! is asked for again each time, cheaply, by its ETag.

use axum::{
    extract::{Path, RawQuery},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse as _, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The address of a static file for as long as it stays as it is.
pub(crate) fn url(name: &str) -> String {
    match digest(name) {
        Some(digest) => format!("/static/{name}?v={digest}"),
        None => format!("/static/{name}"),
    }
}

fn digest(name: &str) -> Option<String> {
    Files::get(name).map(|file| hex::encode(&file.metadata.sha256_hash()[..8]))
}

pub(crate) async fn serve(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (Some(file), Some(digest)) = (Files::get(&name), digest(&name)) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    // Weak, because the same file also travels compressed.
    let etag = format!("W/\"{digest}\"");
    let forever = query.is_some_and(|query| query == format!("v={digest}"));
    let cache = if forever { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let unchanged = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, content_type(&name))], file.data).into_response()
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
