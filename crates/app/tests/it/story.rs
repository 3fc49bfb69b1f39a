//! The stage of every story: a German company in euro on a clock that stands still, its people, and short verbs.

use app::{
    App, Caller, Clock, companies,
    context::new_id,
    invoices,
    lines::{NewDocument, NewLine},
};
use domain::{
    companies::{Address, NewCompany},
    users::{Actor, Role},
};
use kernel::{CompanyId, Currency, CustomerId, Date, FxRate, InvoiceId, Money, Timestamp, UserId};
use store::{Db, Json, catalogue::FxRateRow, customers::CustomerRow};
use testkit::{Engine, TestDatabase};

pub struct Story {
    pub app: App,
    pub clock: Clock,
    pub company: CompanyId,
    pub clerk: Caller,
    pub manager: Caller,
    pub auditor: Caller,
    _database: TestDatabase,
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

pub fn usd(text: &str) -> Money {
    Money::parse(text, Currency::USD).unwrap()
}

async fn migrated(url: String) -> Result<(), store::Error> {
    let db = Db::open(&url).await?;
    db.migrate().await?;
    db.close().await;
    Ok(())
}

fn person(company: CompanyId, name: &str, role: Role) -> Caller {
    let actor = Actor::Person { id: new_id::<UserId>(), name: name.into() };
    Caller { actor, company, permissions: role.permissions() }
}

impl Story {
    /// Noon of 2026-03-16 in Berlin, an empty company.
    pub async fn begin(engine: Engine) -> Option<Self> {
        let database = TestDatabase::from_template(engine, "app", migrated).await?;
        let db = Db::open(&database.url).await.unwrap();
        let clock = Clock::fixed("2026-03-16T11:00:00Z".parse().unwrap());
        let app = App::with_clock(db, clock.clone());
        let new = NewCompany {
            code: "ACME".into(),
            name: "Acme GmbH".into(),
            currency: Currency::EUR,
            country: "DE".into(),
            language: "en".into(),
            time_zone: "Europe/Berlin".into(),
            address: Address::default(),
            tax_id: None,
            email: None,
        };
        let company = companies::create(&app, new).await.unwrap();
        Some(Self {
            clerk: person(company, "Clara Clerk", Role::Clerk),
            manager: person(company, "Max Manager", Role::Manager),
            auditor: person(company, "Ada Auditor", Role::Auditor),
            app,
            clock,
            company,
            _database: database,
        })
    }

    /// The program was stopped and begins with nothing but the database.
    pub fn started_again(mut self) -> Self {
        self.app = App::with_clock(self.app.db.clone(), self.clock.clone());
        self
    }

    /// Somebody else of the company.
    pub fn person(&self, name: &str, role: Role) -> Caller {
        person(self.company, name, role)
    }

    /// Moves the clock to noon UTC of a day.
    pub fn on(&self, date: &str) {
        self.clock.set(format!("{date}T12:00:00Z").parse::<Timestamp>().unwrap());
    }

    pub async fn customer(&self, name: &str, currency: Currency) -> CustomerId {
        let id = new_id::<CustomerId>();
        let mut tx = self.app.db.begin().await.unwrap();
        let row = CustomerRow {
            company_id: self.company,
            id,
            number: format!("C-{name}"),
            name: name.into(),
            name_key: name.to_lowercase(),
            place_key: None,
            tax_id: None,
            email: None,
            phone: None,
            language: "en".into(),
            currency,
            address: Json(Address::default()),
            delivery_address: None,
            terms_id: None,
            tax_code_id: None,
            parent_id: None,
            payer_id: None,
            segment: None,
            tags: Json(vec![]),
            created_at: self.app.now(),
            archived_at: None,
            version: 1,
        };
        tx.insert(&[row]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn rate(&self, from: Currency, on: &str, rate: &str) {
        let mut tx = self.app.db.begin().await.unwrap();
        let row = FxRateRow {
            company_id: self.company,
            from_currency: from,
            to_currency: Currency::EUR,
            on_date: day(on),
            rate: rate.parse::<FxRate>().unwrap(),
            source: "test".into(),
        };
        tx.insert(&[row]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Issues an invoice of one line before 19 % tax.
    pub async fn invoice(&self, customer: CustomerId, net: &str, on: &str) -> InvoiceId {
        let documents = [NewDocument { on: Some(day(on)), ..order_form(customer, &[("Work", "1", net)]) }];
        invoices::issue_many(&self.app, &self.clerk, &documents).await.unwrap()[0].id
    }

    /// Σ of every entry per currency and in base is zero, cached balances equal movements, and the control accounts
    /// equal the open items.
    pub async fn assert_books(&self) {
        let mut tx = self.app.db.snapshot().await.unwrap();
        let off =
            "SELECT COUNT(*) FROM (SELECT entry_id FROM postings WHERE company_id = $1 GROUP BY entry_id, currency
             HAVING SUM(amount_minor) <> 0) AS unbalanced";
        assert_eq!(tx.sql(off).bind(self.company).number().await.unwrap(), 0, "an entry is out of balance");
        let off = "SELECT COUNT(*) FROM (SELECT entry_id FROM postings WHERE company_id = $1 GROUP BY entry_id
             HAVING SUM(base_minor) <> 0) AS unbalanced";
        assert_eq!(tx.sql(off).bind(self.company).number().await.unwrap(), 0, "an entry is out of balance in base");
        let off = "SELECT COUNT(*) FROM open_items i WHERE company_id = $1 AND (open_minor, open_base_minor) <>
             (SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT), CAST(COALESCE(SUM(base_minor), 0) AS BIGINT)
              FROM movements m WHERE m.company_id = i.company_id AND m.item_id = i.id)";
        assert_eq!(tx.sql(off).bind(self.company).number().await.unwrap(), 0, "a cached balance is off");
        let items =
            "SELECT currency, CAST(SUM(open_minor) AS BIGINT), CAST(SUM(open_base_minor) AS BIGINT) FROM open_items
             WHERE company_id = $1 GROUP BY currency ORDER BY currency";
        let items: Vec<(String, i64, i64)> = tx.sql(items).bind(self.company).all().await.unwrap();
        let control = "SELECT p.currency, CAST(SUM(p.amount_minor) AS BIGINT), CAST(SUM(p.base_minor) AS BIGINT)
             FROM postings p JOIN accounts a ON a.company_id = p.company_id AND a.code = p.account
             WHERE p.company_id = $1 AND a.role IN ('receivables', 'unapplied_cash') GROUP BY p.currency ORDER BY p.currency";
        let control: Vec<(String, i64, i64)> = tx.sql(control).bind(self.company).all().await.unwrap();
        assert_eq!(control, items, "the control accounts differ from the open items");
        drop(tx);
        let proofs = app::verify::run(&self.app, &self.auditor, |_| ()).await.unwrap();
        let red: Vec<_> = proofs.iter().filter(|proof| !proof.ok || proof.warnings.total > 0).collect();
        assert!(red.is_empty(), "{red:#?}");
    }
}

/// A document of lines (description, quantity, unit price).
pub fn order_form(customer: CustomerId, lines: &[(&str, &str, &str)]) -> NewDocument {
    let line = |(description, quantity, price): &(&str, &str, &str)| NewLine {
        description: Some((*description).into()),
        quantity: Some(quantity.parse().unwrap()),
        unit_price: Some(price.parse().unwrap()),
        ..NewLine::default()
    };
    NewDocument::of(customer, lines.iter().map(line).collect())
}
