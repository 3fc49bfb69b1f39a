//! Signing in and out, and who a session belongs to.
//!
//! The browser holds a random word, the database its digest. A session ends after twelve hours, when it is signed out,
//! when its user is disabled or gets a new password. A wrong e-mail and a wrong password look and cost the same.

use super::normal_email;
use crate::{
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
    secrets,
};
use domain::users::{Actor, Role, UserRefusal};
use kernel::{CompanyId, Currency, Date, SessionId, Timestamp, UserId};
use store::{
    companies,
    users::{self, SessionCompany, SessionRow, UserRow},
};

const SESSION_SECONDS: i64 = 12 * 60 * 60;

#[derive(Clone, serde::Deserialize)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

/// The word for the cookie; it is not kept anywhere else.
pub struct SignedIn {
    pub token: String,
    pub expires_at: Timestamp,
}

/// A signed-in person at work for one company.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub caller: Caller,
    /// What every form of this session carries.
    pub csrf: String,
    pub user_id: UserId,
    pub user_name: String,
    pub email: String,
    pub role: Role,
    pub company: SessionCompanyFacts,
    /// (code, name) of every company the person works for.
    pub companies: Vec<(String, String)>,
    /// What waits for a second person in the company.
    pub approvals_waiting: i64,
}

/// What pages need to know of the company without asking again.
#[derive(Debug, Clone)]
pub struct SessionCompanyFacts {
    pub id: CompanyId,
    pub code: String,
    pub name: String,
    pub currency: Currency,
    pub language: String,
    pub time_zone: String,
    /// The company's own day.
    pub today: Date,
}

/// Starts a session in the first of the person's companies.
pub async fn sign_in(app: &App, typed: SignIn) -> Result<SignedIn> {
    let user = users::by_email(&mut app.db.glance().await?, &normal_email(&typed.email)).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = secrets::verify_password(typed.password, hash).await?;
    let user = user.filter(|user| right && user.disabled_at.is_none()).ok_or(UserRefusal::WrongCredentials)?;
    start(app, &user).await
}

async fn start(app: &App, user: &UserRow) -> Result<SignedIn> {
    let mut tx = app.db.begin().await?;
    let memberships = users::memberships(&mut tx, user.id).await?;
    let membership = memberships.first().ok_or(UserRefusal::WrongCredentials)?;
    let company = companies::by_id(&mut tx, membership.company_id).await?.ok_or(Error::NotFound("company"))?;
    let caller = caller(company.id, user.id, &user.name, membership.role);
    let mut work = Work::new(tx, company, caller, app.now())?;
    let (token, now) = (secrets::random_word()?, app.now());
    let row = SessionRow {
        id: new_id(),
        token_digest: secrets::digest(&token),
        user_id: user.id,
        company_id: work.company_id(),
        csrf: secrets::random_word()?,
        created_at: now,
        expires_at: now.plus_seconds(SESSION_SECONDS),
    };
    let expires_at = row.expires_at;
    work.save(&[row]);
    tell(&mut work, "user.signed_in", user.id, format!("{} signed in", user.name));
    work.commit().await?;
    Ok(SignedIn { token, expires_at })
}

/// Whose session this is; `None` when it is over, or never was.
pub async fn session(app: &App, token: &str) -> Result<Option<Session>> {
    let now = app.now();
    let rows = users::session(&mut app.db.glance().await?, secrets::digest(token), now).await?;
    let companies = rows.iter().map(|row| (row.code.clone(), row.company_name.clone())).collect();
    rows.into_iter().find(|row| row.company_id == row.current_id).map(|row| facts(row, companies, now)).transpose()
}

fn facts(row: SessionCompany, companies: Vec<(String, String)>, now: Timestamp) -> Result<Session> {
    let today = row.clock.unwrap_or(now).date_in(&row.time_zone).map_err(Error::broken)?;
    Ok(Session {
        id: row.session_id,
        caller: caller(row.company_id, row.user_id, &row.user_name, row.role),
        csrf: row.csrf,
        user_id: row.user_id,
        user_name: row.user_name,
        email: row.email,
        role: row.role,
        company: SessionCompanyFacts {
            id: row.company_id,
            code: row.code,
            name: row.company_name,
            currency: row.currency,
            language: row.language,
            time_zone: row.time_zone,
            today,
        },
        companies,
        approvals_waiting: row.approvals_waiting,
    })
}

pub async fn sign_out(app: &App, session: &Session) -> Result<()> {
    let mut work = app.work(&session.caller, domain::users::Permission::Read).await?;
    if users::end_session(&mut work.tx, session.id).await? > 0 {
        tell(&mut work, "user.signed_out", session.user_id, format!("{} signed out", session.user_name));
    }
    work.commit().await
}

/// Goes on in another company that the person works for.
pub async fn switch_company(app: &App, session: &Session, code: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let company = companies::by_code(&mut tx, code).await?.ok_or(Error::NotFound("company"))?;
    users::member(&mut tx, company.id, session.user_id).await?.ok_or(Error::NotFound("company"))?;
    users::set_session_company(&mut tx, session.id, company.id).await?;
    Ok(tx.commit().await?)
}

/// Housekeeping; sessions that are over are refused whether or not their rows are still there.
pub async fn end_expired_sessions(app: &App) -> Result<u64> {
    let mut tx = app.db.begin().await?;
    let ended = users::end_expired_sessions(&mut tx, app.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

fn caller(company: CompanyId, id: UserId, name: &str, role: Role) -> Caller {
    Caller { actor: Actor::Person { id, name: name.to_owned() }, company, permissions: role.permissions() }
}

fn tell(work: &mut Work, action: &'static str, user: UserId, summary: String) {
    work.record(Event { action, subject_kind: "user", subject_id: user.0, summary, ..Event::default() });
}
