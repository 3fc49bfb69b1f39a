//! The stage: two companies, their people, a clock that stands still, a browser that keeps cookies, an API client.

use app::{
    App, Caller, Clock, companies,
    users::{self, NewToken, NewUser},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        HeaderMap, Request, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE},
    },
};
use domain::{
    companies::{Address, NewCompany},
    users::{Permission, Role},
};
use kernel::{CompanyId, Currency, UserId};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Db;
use testkit::{Engine, TestDatabase};
use tower::ServiceExt as _;

pub struct Visit {
    pub app: App,
    pub clock: Clock,
    pub router: Router,
    pub acme: CompanyId,
    pub beta: CompanyId,
    /// Administrator of Acme.
    pub ada: UserId,
    /// Clerk of Acme.
    pub clara: UserId,
    /// Administrator of Beta.
    pub berta: UserId,
    _database: TestDatabase,
}

pub const ADA: (&str, &str) = ("ada@acme.example", "ada counts every cent");
pub const CLARA: (&str, &str) = ("clara@acme.example", "clara likes long words");
pub const BERTA: (&str, &str) = ("berta@beta.example", "berta is somewhere else");

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub fn leads_to(&self, path: &str) -> &Self {
        assert_eq!((self.status, self.header(LOCATION.as_str())), (StatusCode::SEE_OTHER, path), "{}", self.body);
        self
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
        self
    }

    /// The token of the first form.
    pub fn csrf(&self) -> Option<String> {
        let (_, after) = self.body.split_once("name=\"csrf\" value=\"")?;
        Some(after.split_once('"')?.0.to_owned())
    }
}

pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: crate::browser::words(&body) }
}

async fn migrated(url: String) -> Result<(), store::Error> {
    let db = Db::open(&url).await?;
    db.migrate().await?;
    db.close().await;
    Ok(())
}

/// A database with nobody in it.
pub async fn empty(engine: Engine) -> Option<(App, Clock, TestDatabase)> {
    let database = TestDatabase::from_template(engine, "web", migrated).await?;
    let clock = Clock::fixed("2026-03-16T11:00:00Z".parse().unwrap());
    let app = App::with_clock(Db::open(&database.url).await.unwrap(), clock.clone());
    Some((app, clock, database))
}

pub async fn prepare(engine: Engine) -> Option<Visit> {
    let (app, clock, database) = empty(engine).await?;
    let acme = companies::create(&app, company("ACME", "Acme GmbH")).await.unwrap();
    let beta = companies::create(&app, company("BETA", "Beta AG")).await.unwrap();
    let ada = person(&app, acme, ADA, "Ada Admin", Role::Administrator).await;
    let clara = person(&app, acme, CLARA, "Clara Clerk", Role::Clerk).await;
    let berta = person(&app, beta, BERTA, "Berta Beta", Role::Administrator).await;
    let router = web::router(app.clone(), web::Config::default());
    Some(Visit { app, clock, router, acme, beta, ada, clara, berta, _database: database })
}

pub fn company(code: &str, name: &str) -> NewCompany {
    NewCompany {
        code: code.into(),
        name: name.into(),
        currency: Currency::EUR,
        country: "DE".into(),
        language: "en".into(),
        time_zone: "Europe/Berlin".into(),
        address: Address::default(),
        tax_id: None,
        email: None,
    }
}

pub async fn person(app: &App, company: CompanyId, (email, password): (&str, &str), name: &str, role: Role) -> UserId {
    let new = NewUser { email: email.into(), name: name.into(), role, password: password.into() };
    users::create_user(app, &Caller::system(company), new).await.unwrap().id
}

impl Visit {
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new(), csrf: String::new() }
    }

    pub async fn signed_in(&self, who: (&str, &str)) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(who).await.leads_to("/");
        browser.get("/account").await.is(200);
        browser
    }

    pub async fn token(&self, company: CompanyId, owner: UserId, scopes: &[Permission]) -> String {
        let new = NewToken { name: "shop".into(), scopes: scopes.to_vec(), expires_on: None, owner: Some(owner) };
        users::create_token(&self.app, &Caller::system(company), new).await.unwrap().token
    }

    pub async fn client(&self, company: CompanyId, owner: UserId, scopes: &[Permission]) -> Client {
        Client { router: self.router.clone(), token: self.token(company, owner, scopes).await }
    }

    pub fn later(&self, seconds: i64) {
        self.clock.set(self.app.now().plus_seconds(seconds));
    }
}

pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    /// The token of the last page with a form.
    pub csrf: String,
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), csrf: String::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form with the token of the last page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let fields: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.send(self.form(path, &fields)).await
    }

    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.request("POST", path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(Body::from(pairs.join("&"))).unwrap()
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().method(method).uri(path).header(HOST, "quittance.example");
        request.header(COOKIE, cookies.join("; "))
    }

    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = send(&self.router, request).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(csrf) = answer.csrf() {
            self.csrf = csrf;
        }
        answer
    }

    pub async fn sign_in(&mut self, (email, password): (&str, &str)) -> Answer {
        self.get("/sign-in").await;
        self.post("/sign-in", &[("email", email), ("password", password), ("next", "/")]).await
    }
}

pub struct Client {
    router: Router,
    pub token: String,
}

impl Client {
    pub async fn get(&self, path: &str) -> Answer {
        send(&self.router, self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], json: &str) -> Answer {
        let mut request = self.request(method, path).header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.router, request.body(Body::from(json.to_owned())).unwrap()).await
    }

    pub async fn run(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request.header(AUTHORIZATION, format!("Bearer {}", self.token))
    }
}

fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
