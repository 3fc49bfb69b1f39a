//! What every answer carries, and which forms are let in.

use crate::visit::{ADA, Visit, prepare, send};
use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use testkit::on_both_engines;

const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

on_both_engines!(
    prepare = prepare;
    every_answer_carries_the_security_headers,
    a_form_without_the_token_of_its_session_changes_nothing,
    a_form_from_another_site_changes_nothing_even_with_the_token,
    signing_in_needs_the_token_of_the_visitor,
    a_script_sends_the_token_as_a_header_and_an_upload_in_its_first_field,
    what_is_not_there_says_so_and_what_is_too_large_is_refused,
    static_files_are_kept_by_the_browser,
);

async fn every_answer_carries_the_security_headers(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    for path in ["/", "/users", "/sign-in", "/nothing-here", "/api/v1/me", "/api/nothing", "/healthz"] {
        let answer = browser.get(path).await;
        for (name, value) in HEADERS {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
}

async fn a_form_without_the_token_of_its_session_changes_nothing(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    for token in ["", "0000", &"a".repeat(64)] {
        let form = browser.form("/sign-out", &[("csrf", token)]);
        browser.send(form).await.is(403).says("out of date");
    }
    let mut other = visit.signed_in(ADA).await;
    let form = browser.form("/sign-out", &[("csrf", &other.csrf)]);
    browser.send(form).await.is(403);
    other.get("/").await.is(200);
    browser.get("/").await.is(200);
}

async fn a_form_from_another_site_changes_nothing_even_with_the_token(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    let csrf = browser.csrf.clone();
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let mut form = browser.form("/sign-out", &[("csrf", &csrf)]);
        form.headers_mut().insert(name, value.parse().unwrap());
        browser.send(form).await.is(403).says("another site");
    }
    let mut form = browser.form("/sign-out", &[("csrf", &csrf)]);
    form.headers_mut().insert("origin", "https://quittance.example".parse().unwrap());
    browser.send(form).await.leads_to("/sign-in");
}

async fn signing_in_needs_the_token_of_the_visitor(visit: Visit) {
    let mut browser = visit.browser();
    let form = browser.form("/sign-in", &[("csrf", ""), ("email", ADA.0), ("password", ADA.1)]);
    browser.send(form).await.is(403);
    assert!(browser.cookies.is_empty());
}

async fn a_script_sends_the_token_as_a_header_and_an_upload_in_its_first_field(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    let post = |browser: &crate::visit::Browser| browser.request("POST", "/company");
    let form = post(&browser).header("x-csrf-token", &browser.csrf).header(CONTENT_TYPE, "application/json");
    // Let through by the guard, and then no form.
    browser.send(form.body(Body::from("{}")).unwrap()).await.is(400);
    let upload = |token: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{}\r\n--x--\r\n",
            "a".repeat(100_000)
        )
    };
    let kind = "multipart/form-data; boundary=x";
    let right = post(&browser).header(CONTENT_TYPE, kind).body(Body::from(upload(&browser.csrf))).unwrap();
    browser.send(right).await.is(400);
    let wrong = post(&browser).header(CONTENT_TYPE, kind).body(Body::from(upload("0000"))).unwrap();
    browser.send(wrong).await.is(403);
}

async fn what_is_not_there_says_so_and_what_is_too_large_is_refused(visit: Visit) {
    let mut browser = visit.signed_in(ADA).await;
    browser.get("/nothing-here").await.is(404).says("There is no page /nothing-here.");
    browser.get("/sign-out").await.is(405);
    browser.get("/account?x=%00").await.is(400);
    let form = browser.form("/sign-out", &[("csrf", &browser.csrf), ("x", "\0")]);
    browser.send(form).await.is(400);
    let large = "x".repeat(1024 * 1024 + 1);
    let form = browser.form("/sign-out", &[("csrf", &browser.csrf), ("x", &large)]);
    browser.send(form).await.is(413);
}

async fn static_files_are_kept_by_the_browser(visit: Visit) {
    let page = visit.browser().get("/sign-in").await.body;
    let (_, after) = page.split_once("href=\"/static/quittance.css").unwrap();
    let address = format!("/static/quittance.css{}", after.split_once('"').unwrap().0);
    let get = |path: &str, known: &str| {
        Request::builder().uri(path).header("if-none-match", known).body(Body::empty()).unwrap()
    };
    let hashed = send(&visit.router, get(&address, "")).await;
    assert_eq!(hashed.is(200).header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(hashed.header("content-type"), "text/css; charset=utf-8");
    let plain = send(&visit.router, get("/static/quittance.css?v=other", "")).await;
    assert_eq!(plain.is(200).header("cache-control"), "public, no-cache");
    send(&visit.router, get("/static/quittance.css", plain.header("etag"))).await.is(304);
    send(&visit.router, get("/static/../Cargo.toml", "")).await.is(404);
    send(&visit.router, get("/healthz", "")).await.is(200);
}
