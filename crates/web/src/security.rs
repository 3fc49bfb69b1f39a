//! Who may send us a form, and the headers that keep a page to itself.
//!
//! `guard` lets a form through only when the browser says that it comes from our own pages and it carries the token of its
//! session. A JSON request of our scripts carries the token in `X-Csrf-Token`. `headers` go onto every answer.

use crate::{
    error::PageError,
    once::Sending,
    server::{FORM_LIMIT, Site, UPLOAD_LIMIT},
    session::Session,
};
use app::secrets;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
        header::{
            CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use futures_util::{StreamExt as _, stream};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

/// Pages that take a form from people who are not signed in.
const PUBLIC: [&str; 2] = ["/sign-in", "/setup"];
/// The token stands in the first field of a form, so it is within the first bytes of an upload.
const UPLOAD_HEAD: usize = 4 * 1024;
const CSRF_HEADER: &str = "x-csrf-token";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds the security headers, and keeps answers out of caches unless a handler said otherwise.
pub(crate) async fn headers(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if site.cookies.secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Checks where a form comes from, and clears what the last page had to say once a page has shown it.
pub(crate) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Result<Response, PageError> {
    if unstorable(request.uri()) {
        let sentence = "The address contains the character U+0000.".to_owned();
        return Err(PageError::Wrong(StatusCode::BAD_REQUEST, sentence));
    }
    let jar = CookieJar::from_headers(request.headers());
    let request = if request.method().is_safe() { request } else { checked(&site, &jar, request).await? };
    let response = match request.extensions().get::<Sending>().copied() {
        Some(sending) => Arc::clone(&site.sent).once((site.app.now(), sending), request, next).await,
        None => next.run(request).await,
    };
    let html = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if html && jar.get(site.cookies.flash()).is_some() {
        let shown = CookieJar::new().add(site.cookies.gone(site.cookies.flash()));
        return Ok((shown, response).into_response());
    }
    Ok(response)
}

/// PostgreSQL has no text with this character, so it goes no further.
pub(crate) fn unstorable(uri: &Uri) -> bool {
    uri.path_and_query().is_some_and(|address| address.as_str().contains("%00"))
}

/// The request, if it comes from one of our own pages, with its session.
async fn checked(site: &Site, jar: &CookieJar, request: Request) -> Result<Request, PageError> {
    if !same_origin(request.headers(), site.config.public_url.as_deref()) {
        return Err(refused("This form was sent by another site and was not accepted."));
    }
    let session = Session::load(site, request.headers()).await?;
    let expected = match &session {
        Some(session) => session.csrf.clone(),
        None if PUBLIC.contains(&request.uri().path()) => {
            jar.get(site.cookies.visitor()).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
        }
        None => return Err(PageError::SignIn("/".to_owned())),
    };
    let (sent, mut request) = token_of(request).await?;
    if expected.is_empty() || !sent.is_some_and(|sent| secrets::same(&sent, &expected)) {
        return Err(refused("This form is out of date. Go back, reload the page and send it again."));
    }
    match session {
        Some(session) => drop(request.extensions_mut().insert(session)),
        None => drop(request.extensions_mut().remove::<Sending>()),
    }
    Ok(request)
}

fn refused(sentence: &str) -> PageError {
    PageError::Wrong(StatusCode::FORBIDDEN, sentence.to_owned())
}

/// What the browser says about where the request comes from; a program that is no browser says nothing.
fn same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    public_url.is_some_and(|url| url.trim_end_matches('/') == origin)
        || host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, authority)| authority == host))
}

/// The form's token, and the request with its body still to be read.
async fn token_of(request: Request) -> Result<(Option<String>, Request), PageError> {
    if let Some(token) = request.headers().get(CSRF_HEADER) {
        return Ok((token.to_str().ok().map(str::to_owned), request));
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let (mut parts, body) = request.into_parts();
    if announced(&parts.headers).is_some_and(|size| size > UPLOAD_LIMIT) {
        return Err(PageError::Wrong(StatusCode::PAYLOAD_TOO_LARGE, "This file is larger than 64 MB.".to_owned()));
    }
    let (token, body) = if kind.starts_with("multipart/form-data") {
        in_upload(body).await?
    } else {
        let bytes = to_bytes(body, FORM_LIMIT).await.map_err(|_| {
            PageError::Wrong(StatusCode::PAYLOAD_TOO_LARGE, "This form is larger than 1 MB.".to_owned())
        })?;
        if bytes.windows(3).any(|three| three == b"%00") {
            let sentence = "A field contains the character U+0000.".to_owned();
            return Err(PageError::Wrong(StatusCode::BAD_REQUEST, sentence));
        }
        if let Some(sending) = Sending::of(parts.uri.path(), &bytes) {
            parts.extensions.insert(sending);
        }
        let field = bytes.split(|&b| b == b'&').find_map(|pair| pair.strip_prefix(b"csrf="));
        (field.map(|value| String::from_utf8_lossy(value).into_owned()), Body::from(bytes))
    };
    Ok((token, Request::from_parts(parts, body)))
}

/// How long the body says that it is, so that a much too long one is not even begun.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Looks into the head of an upload and puts it back in front of the rest, which stays on the wire.
async fn in_upload(body: Body) -> Result<(Option<String>, Body), PageError> {
    let mut rest = body.into_data_stream();
    let mut head = Vec::new();
    while head.len() < UPLOAD_HEAD {
        match rest.next().await {
            Some(Ok(bytes)) => head.extend_from_slice(&bytes),
            Some(Err(_)) => return Err(refused("The upload broke off.")),
            None => break,
        }
    }
    let token = field_in(&head);
    let head = stream::iter([Ok::<_, axum::Error>(Bytes::from(head))]);
    Ok((token, Body::from_stream(head.chain(rest))))
}

fn field_in(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&head[..head.len().min(UPLOAD_HEAD)]);
    let (_, after) = text.split_once("name=\"csrf\"\r\n\r\n")?;
    Some(after.split_once("\r\n")?.0.to_owned())
}

/// Where a request comes from. A peer on this machine is a proxy of ours, so the address that it adds is believed.
pub(crate) fn peer(parts: &axum::http::request::Parts) -> IpAddr {
    let peer =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |at| at.0.ip());
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|list| list.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    network(if peer.is_loopback() { last.unwrap_or(peer) } else { peer })
}

/// Who has one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_our_own_pages_send_us_forms() {
        let public = Some("https://billing.example");
        let from = |pairs: &[_]| same_origin(&headers(pairs), public);
        assert!(from(&[("sec-fetch-site", "same-origin")]) && from(&[("sec-fetch-site", "none")]) && from(&[]));
        assert!(!from(&[("sec-fetch-site", "cross-site")]) && !from(&[("sec-fetch-site", "same-site")]));
        assert!(from(&[("origin", "https://billing.example"), ("host", "10.0.0.1:8080")]));
        assert!(from(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(!from(&[("origin", "https://evil.example"), ("host", "localhost:8080")]));
        assert!(!from(&[("origin", "null"), ("host", "localhost:8080")]));
    }

    #[test]
    fn the_token_is_found_in_the_head_of_an_upload() {
        let head = b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc123\r\n--x\r\n";
        assert_eq!(field_in(head).as_deref(), Some("abc123"));
        assert_eq!(field_in(b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n"), None);
    }

    #[test]
    fn an_ipv6_network_is_one_peer() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
