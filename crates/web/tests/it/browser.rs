//! The stage: a company on a clock that stands still, people who are signed in, and a browser without script.

use app::{
    App, Caller, Clock, companies,
    customers::{self, Creation, NewCustomer},
    users::{self, NewUser, SignIn},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        HeaderName, Request, StatusCode,
        header::{CONTENT_TYPE, COOKIE, LOCATION},
    },
};
use domain::{
    companies::{Address, NewCompany},
    customers::CustomerFacts,
    users::Role,
};
use kernel::{CompanyId, Currency, CustomerId};
use store::Db;
use testkit::{Engine, TestDatabase};
use tower::ServiceExt as _;

const PASSWORD: &str = "four quiet words here";

pub struct Site {
    pub app: App,
    pub company: CompanyId,
    router: Router,
    _database: TestDatabase,
}

/// Somebody who is signed in.
pub struct Person {
    cookie: String,
    csrf: String,
}

pub struct Answer {
    pub status: StatusCode,
    /// Where a redirect leads.
    pub to: String,
    pub kind: String,
    pub text: String,
}

async fn migrated(url: String) -> Result<(), store::Error> {
    let db = Db::open(&url).await?;
    db.migrate().await?;
    db.close().await;
    Ok(())
}

pub fn company(code: &str) -> NewCompany {
    NewCompany {
        code: code.into(),
        name: format!("{code} GmbH"),
        currency: Currency::EUR,
        country: "DE".into(),
        language: "en".into(),
        time_zone: "Europe/Berlin".into(),
        address: Address::default(),
        tax_id: None,
        email: None,
    }
}

impl Site {
    /// Noon of 2026-03-16 in Berlin, an empty company.
    pub async fn begin(engine: Engine) -> Option<Self> {
        let database = TestDatabase::from_template(engine, "web", migrated).await?;
        let db = Db::open(&database.url).await.unwrap();
        let app = App::with_clock(db, Clock::fixed("2026-03-16T11:00:00Z".parse().unwrap()));
        let company = companies::create(&app, company("ACME")).await.unwrap();
        let router = web::router(app.clone(), web::Config::default());
        Some(Self { app, company, router, _database: database })
    }

    /// Signs somebody in who works for `company` in this role.
    pub async fn person(&self, company: CompanyId, role: Role) -> Person {
        let email = format!("{role}@{}.example", company.0.simple());
        let new = NewUser { email: email.clone(), name: format!("The {role}"), role, password: PASSWORD.into() };
        users::create_user(&self.app, &Caller::system(company), new).await.unwrap();
        let signed_in = users::sign_in(&self.app, SignIn { email, password: PASSWORD.into() }).await.unwrap();
        let session = users::session(&self.app, &signed_in.token).await.unwrap().unwrap();
        Person { cookie: format!("quittance={}", signed_in.token), csrf: session.csrf }
    }

    pub async fn customer(&self, name: &str) -> CustomerId {
        let facts = CustomerFacts { name: name.into(), ..CustomerFacts::default() };
        let new = NewCustomer { facts, ..NewCustomer::default() };
        match customers::create(&self.app, &Caller::system(self.company), new).await.unwrap() {
            Creation::Created(row) => row.id,
            Creation::LooksLike(_) => panic!("{name} is there already"),
        }
    }

    pub async fn get(&self, person: &Person, path: &str) -> Answer {
        let request = Request::get(path).header(COOKIE, &person.cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, person: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = [("csrf", person.csrf.as_str())];
        let pairs = csrf.iter().chain(fields).map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let request = Request::post(path).header(COOKIE, &person.cookie);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(pairs.collect::<Vec<_>>().join("&"))).unwrap()).await
    }

    /// Sends a form with a file.
    pub async fn upload(
        &self,
        person: &Person,
        path: &str,
        (name, content): (&str, &str),
        fields: &[(&str, &str)],
    ) -> Answer {
        let part = |name: &str, value: &str| {
            format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let mut body = part("csrf", &person.csrf);
        for (name, value) in fields {
            body.push_str(&part(name, value));
        }
        body.push_str(&part(&format!("file\"; filename=\"{name}"), content));
        body.push_str("--cut--\r\n");
        let request = Request::post(path).header(COOKIE, &person.cookie);
        let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=cut");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let header = |name: HeaderName| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let (status, to, kind) = (response.status(), header(LOCATION), header(CONTENT_TYPE));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, to, kind, text: words(&body) }
    }
}

/// A page without the marks that keep a number on one line.
pub fn words(body: &[u8]) -> String {
    let page = String::from_utf8_lossy(body).replace("<wbr>", "");
    let mut parts = page.split("<span class=\"nowrap\">");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| page + &part.replacen("</span>", "", 1))
}

impl Answer {
    /// The page says this.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "`{words}` is missing ({}) in\n{}", self.status, self.text);
        self
    }

    #[track_caller]
    pub fn hides(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "`{words}` is in\n{}", self.text);
        self
    }

    /// The page sends on; where to.
    #[track_caller]
    pub fn leads(self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.to
    }

    /// What stands between two texts, the first time.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> &str {
        let found = self.text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.unwrap_or_else(|| panic!("`{before}` … `{after}` is missing in\n{}", self.text)).0
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
