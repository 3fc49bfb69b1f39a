//! The demo company: Nordlicht Technik, who sell pumps and their upkeep to some three hundred firms.
//!
//! `make` lives through eighteen months day by day on a clock of its own: quotes, orders, invoices, credit notes, money of
//! every kind. Who buys, how much and how late they pay follows from one seed.

mod bank;
mod cast;
mod days;
mod scenes;

use app::{
    App, Caller, Clock,
    companies::{self, BankAccountFacts},
    desk, imports, users,
};
use days::Days;
use domain::{
    companies::{Address, NewCompany},
    imports::{ImportKind, ImportMap},
    users::{Actor, Role},
};
use kernel::{CompanyId, Currency, Date, FxRate, Timestamp};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use store::{Db, catalogue::FxRateRow};

/// Somebody who can sign in to the demo.
pub(crate) struct Staff {
    pub(crate) email: &'static str,
    pub(crate) who: &'static str,
    name: &'static str,
    role: Role,
}

pub(crate) const STAFF: [Staff; 3] = [
    Staff {
        email: "clerk@nordlicht.example",
        who: "clerk: matches cash all day",
        name: "Clara Lund",
        role: Role::Clerk,
    },
    Staff {
        email: "manager@nordlicht.example",
        who: "manager: approves, closes periods",
        name: "Max Brandt",
        role: Role::Manager,
    },
    Staff {
        email: "auditor@nordlicht.example",
        who: "auditor: sees all, changes nothing",
        name: "Ada Weiss",
        role: Role::Auditor,
    },
];

/// How much was made.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) customers: usize,
    pub(crate) invoices: usize,
    pub(crate) payments: usize,
    pub(crate) credit_notes: usize,
}

const DAYS: i64 = 548;
const CUSTOMERS: usize = 320;

pub(crate) async fn make(db: Db, seed: u64, password: &str) -> app::Result<Made> {
    let today = Clock::default().now().date_in("Europe/Berlin").map_err(app::Error::broken)?;
    let first = today.plus_days(-DAYS);
    let clock = Clock::fixed(morning(first.plus_days(-1)));
    let app = App::with_clock(db, clock.clone());
    let mut chance = StdRng::seed_from_u64(seed);
    let company = set_up(&app, first).await?;
    let (clerk, manager) = people(&app, company, password).await?;
    let customers = cast::customers(&mut chance, CUSTOMERS);
    let products = cast::products_csv();
    import(&app, &clerk, ImportKind::Products, products.into_bytes()).await?;
    let ids = cast::admit(&app, &clerk, &customers).await?;
    desk::replace_blocked(&app, &manager, scenes::blocked()).await?;
    let mut days = Days::new(app, (clerk, manager), customers, ids, today);
    let mut day = first;
    while day <= today {
        clock.set(morning(day).min(Clock::default().now()));
        days.live(day, &mut chance).await?;
        day = day.plus_days(1);
    }
    Ok(Made { customers: CUSTOMERS, ..days.made })
}

/// Nine o'clock in UTC.
fn morning(day: Date) -> Timestamp {
    let nine = i128::from(day.days_from_epoch()) * 86_400 + 9 * 3_600;
    i64::try_from(nine * 1_000_000).ok().and_then(Timestamp::from_micros).unwrap_or_else(|| Clock::default().now())
}

async fn set_up(app: &App, first: Date) -> app::Result<CompanyId> {
    let company = companies::create(
        app,
        NewCompany {
            code: "NORD".to_owned(),
            name: "Nordlicht Technik GmbH".to_owned(),
            currency: Currency::EUR,
            country: "DE".to_owned(),
            language: "de".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            address: Address {
                street: "Speicherstraße 12".to_owned(),
                postcode: "20457".to_owned(),
                city: "Hamburg".to_owned(),
                region: String::new(),
                country: "DE".to_owned(),
            },
            tax_id: Some("DE136695976".to_owned()),
            email: Some("rechnung@nordlicht.example".to_owned()),
        },
    )
    .await?;
    give_iban(app, company).await?;
    let mut rates = Vec::new();
    let mut chance = StdRng::seed_from_u64(1);
    let mut scaled = 920_000_000_i64;
    for week in 0..=(DAYS / 7 + 1) {
        scaled = (scaled + chance.random_range(-9_000_000..9_000_000)).clamp(860_000_000, 980_000_000);
        rates.push(FxRateRow {
            company_id: company,
            from_currency: Currency::USD,
            to_currency: Currency::EUR,
            on_date: first.plus_days(week * 7 - 7),
            rate: FxRate::from_scaled(scaled),
            source: "demo".to_owned(),
        });
    }
    let mut tx = app.db.begin().await?;
    tx.insert(&rates).await?;
    tx.commit().await?;
    Ok(company)
}

/// With it, invoices carry a code that a phone can pay.
async fn give_iban(app: &App, company: CompanyId) -> app::Result<()> {
    let system = Caller::system(company);
    for account in companies::bank_accounts(app, &system).await? {
        let facts = BankAccountFacts {
            name: "Elbe Bank".to_owned(),
            iban: Some(bank::OUR_IBAN.to_owned()),
            bic: Some("COBADEFFXXX".to_owned()),
            is_default: account.is_default,
            ..BankAccountFacts::default()
        };
        companies::edit_bank_account(app, &system, account.id, facts).await?;
    }
    Ok(())
}

/// The clerk and the manager, who do everything that happens.
async fn people(app: &App, company: CompanyId, password: &str) -> app::Result<(Caller, Caller)> {
    let system = Caller::system(company);
    let mut callers = Vec::new();
    for staff in &STAFF {
        let new = users::NewUser {
            email: staff.email.to_owned(),
            name: staff.name.to_owned(),
            role: staff.role,
            password: password.to_owned(),
        };
        let member = users::create_user(app, &system, new).await?;
        let actor = Actor::Person { id: member.id, name: staff.name.to_owned() };
        callers.push(Caller { actor, company, permissions: staff.role.permissions() });
    }
    Ok((callers.swap_remove(0), callers.swap_remove(1)))
}

async fn import(app: &App, caller: &Caller, kind: ImportKind, bytes: Vec<u8>) -> app::Result<()> {
    let request = imports::Request {
        file_name: format!("{kind}.csv"),
        bytes,
        map: ImportMap::plain(kind),
        source: Some("demo".to_owned()),
        rehearse: false,
        accept_good_rows: false,
    };
    let outcome = imports::run(app, caller, request, &|_| ()).await?;
    match outcome.rejects.first() {
        None => Ok(()),
        Some(reject) => Err(app::Error::refused(format!("line {}: {}", reject.line, reject.reason))),
    }
}
