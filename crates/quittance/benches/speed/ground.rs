//! A database of its own with a company, its customers and invoices to issue.

use crate::{On, Result};
use app::{
    App, Caller, Clock, companies,
    customers::{self, NewCustomer, NewCustomers},
    invoices,
    lines::{NewDocument, NewLine},
    users::{self, NewToken, NewUser},
};
use axum::{body::Body, http::Request};
use clap::ValueEnum;
use domain::{
    companies::{Address, NewCompany},
    customers::CustomerFacts,
    users::{Permission, Role},
};
use kernel::{Currency, CustomerId, Date, Quantity, Timestamp, UnitPrice};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use store::Db;
use testkit::{Engine, TestDatabase};
use tower::ServiceExt as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    Sqlite,
    Postgres,
}

pub(crate) struct Ground {
    pub(crate) app: App,
    pub(crate) clerk: Caller,
    pub(crate) customers: Vec<CustomerId>,
    pub(crate) clock: Clock,
    pub(crate) database: TestDatabase,
    chance: StdRng,
}

const BATCH: usize = 1_000;

impl Ground {
    pub(crate) async fn make(on: &On) -> Result<Self> {
        let engine = match on.engine {
            EngineName::Sqlite => Engine::Sqlite,
            EngineName::Postgres => Engine::Postgres,
        };
        let database = TestDatabase::empty(engine).await.ok_or("PostgreSQL is skipped")?;
        if engine == Engine::Postgres {
            testkit::write_through().await?;
        }
        let db = Db::open(&database.url).await?;
        db.migrate().await?;
        let clock = Clock::fixed(noon("2026-01-05")?);
        let app = App::with_clock(db, clock.clone());
        let clerk = Caller::system(companies::create(&app, company()).await?);
        let ids = admit(&app, &clerk, on.customers).await?;
        Ok(Self { app, clerk, customers: ids, clock, database, chance: StdRng::seed_from_u64(7) })
    }

    /// Invoices of one to five lines with a tax, for any customer.
    pub(crate) fn documents(&mut self, count: usize) -> Vec<NewDocument> {
        (0..count).map(|_| self.document()).collect()
    }

    fn document(&mut self) -> NewDocument {
        let customer = self.customers[self.chance.random_range(0..self.customers.len())];
        let lines = (0..self.chance.random_range(1..=5)).map(|_| self.line()).collect();
        NewDocument::of(customer, lines)
    }

    fn line(&mut self) -> NewLine {
        let (quantity, price) = (self.chance.random_range(1..20_i64), self.chance.random_range(100..90_000_i64));
        NewLine {
            description: Some("Pump head, stainless".to_owned()),
            quantity: Some(Quantity::from_scaled(quantity * 1_000_000)),
            unit_price: Some(UnitPrice::from_scaled(price * 10_000)),
            ..NewLine::default()
        }
    }

    /// Issues `count` invoices spread over the 240 days before `last`, the clock going with them.
    pub(crate) async fn fill(&mut self, count: usize, last: &str) -> Result {
        let last: Date = last.parse()?;
        let batches = count.div_ceil(BATCH);
        for batch in 0..batches {
            let back = 240 - i64::try_from(batch * 240 / batches)?;
            self.clock.set(noon(&last.plus_days(-back).to_string())?);
            let documents = self.documents(BATCH.min(count - batch * BATCH));
            invoices::issue_many(&self.app, &self.clerk, &documents).await?;
        }
        self.clock.set(noon(&last.to_string())?);
        Ok(())
    }
}

/// The API as a client reaches it, without the network between.
pub(crate) struct Api {
    router: axum::Router,
    token: String,
}

impl Api {
    pub(crate) async fn open(ground: &Ground) -> Result<Self> {
        let (app, clerk) = (&ground.app, &ground.clerk);
        let person = NewUser {
            email: "ada@bench.example".to_owned(),
            name: "Ada".to_owned(),
            role: Role::Administrator,
            password: "long enough 2026".to_owned(),
        };
        let owner = Some(users::create_user(app, clerk, person).await?.id);
        let scopes = vec![Permission::Read, Permission::IssueInvoices];
        let new = NewToken { name: "bench".to_owned(), scopes, expires_on: None, owner };
        let token = users::create_token(app, clerk, new).await?.token;
        Ok(Self { router: web::router(app.clone(), web::Config::default()), token })
    }

    pub(crate) async fn post(&self, path: &str, body: Vec<u8>) -> Result {
        let request = Request::post(format!("/api/v1/{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("idempotency-key", app::new_id::<uuid::Uuid>().to_string())
            .body(Body::from(body))?;
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        if status.is_success() { Ok(()) } else { Err(String::from_utf8_lossy(&body).into()) }
    }
}

pub(crate) fn noon(day: &str) -> Result<Timestamp> {
    Ok(format!("{day}T12:00:00Z").parse()?)
}

fn company() -> NewCompany {
    NewCompany {
        code: "BENCH".to_owned(),
        name: "Bench GmbH".to_owned(),
        currency: Currency::EUR,
        country: "DE".to_owned(),
        language: "en".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        address: Address { city: "Hamburg".to_owned(), country: "DE".to_owned(), ..Address::default() },
        tax_id: None,
        email: None,
    }
}

async fn admit(app: &App, clerk: &Caller, count: usize) -> Result<Vec<CustomerId>> {
    let customer = |n: usize| NewCustomer {
        facts: CustomerFacts { name: format!("Customer {n:06} of the bench"), ..CustomerFacts::default() },
        accept_duplicates: true,
        ..NewCustomer::default()
    };
    let mut ids = Vec::with_capacity(count);
    for from in (0..count).step_by(BATCH) {
        let customers = (from..count.min(from + BATCH)).map(customer).collect();
        let outcomes = customers::create_many(app, clerk, NewCustomers { customers, row_by_row: false }).await?;
        for outcome in outcomes {
            match outcome {
                customers::RowOutcome::Created(row) => ids.push(row.id),
                customers::RowOutcome::Wrong(wrong) => return Err(format!("{wrong:?}").into()),
            }
        }
    }
    Ok(ids)
}
