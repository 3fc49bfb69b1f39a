//! People, their roles in companies, their sessions and API tokens.
//!
//! Only digests of session and API tokens are stored. `session` and `token` run on every request: one statement each.

use crate::{
    db::{Result, Tx, like_text},
    sorting::{Key, Order, Place},
};
use domain::users::{Permission, Role};
use kernel::{ApiTokenId, CompanyId, Currency, SessionId, Timestamp, UserId};
use sqlx::types::Json;

crate::record! {
    pub struct UserRow in "users" {
        pub id: UserId,
        /// Lower case; unique.
        pub email: String,
        pub name: String,
        pub password_hash: String,
        pub created_at: Timestamp,
        pub disabled_at: Option<Timestamp>,
        pub version: i64,
    }
}

crate::record! {
    pub struct MembershipRow in "memberships" {
        pub company_id: CompanyId,
        pub user_id: UserId,
        pub role: Role,
    }
}

crate::record! {
    pub struct SessionRow in "sessions" {
        pub id: SessionId,
        pub token_digest: String,
        pub user_id: UserId,
        pub company_id: CompanyId,
        pub csrf: String,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

crate::record! {
    pub struct TokenRow in "api_tokens" {
        pub company_id: CompanyId,
        pub id: ApiTokenId,
        pub name: String,
        pub token_digest: String,
        pub scopes: Json<Vec<Permission>>,
        pub created_by: UserId,
        pub created_at: Timestamp,
        pub expires_at: Option<Timestamp>,
        pub revoked_at: Option<Timestamp>,
        pub last_used_at: Option<Timestamp>,
    }
}

/// A user as a member of one company.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub version: i64,
}

/// A valid session with one of its user's companies.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SessionCompany {
    pub session_id: SessionId,
    pub csrf: String,
    pub user_id: UserId,
    pub user_name: String,
    pub email: String,
    /// The company that the session works in.
    pub current_id: CompanyId,
    pub role: Role,
    pub company_id: CompanyId,
    pub code: String,
    pub company_name: String,
    pub currency: Currency,
    pub language: String,
    pub time_zone: String,
    pub clock: Option<Timestamp>,
    /// What waits there for a second person.
    pub approvals_waiting: i64,
}

/// A valid API token with the facts of its owner and company.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TokenOwner {
    pub id: ApiTokenId,
    pub name: String,
    pub scopes: Json<Vec<Permission>>,
    pub last_used_at: Option<Timestamp>,
    pub owner: UserId,
    pub role: Role,
    pub company_id: CompanyId,
    pub code: String,
    pub company_name: String,
}

pub async fn any(tx: &mut Tx) -> Result<bool> {
    Ok(tx.sql("SELECT COUNT(*) FROM (SELECT id FROM users LIMIT 1) AS found").number().await? > 0)
}

pub async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<UserRow>> {
    tx.select::<UserRow>("WHERE email = $1").bind(email.to_owned()).optional().await
}

pub async fn by_id(tx: &mut Tx, id: UserId) -> Result<Option<UserRow>> {
    tx.select::<UserRow>("WHERE id = $1").bind(id).optional().await
}

/// Where a user works, by company code.
pub async fn memberships(tx: &mut Tx, user: UserId) -> Result<Vec<MembershipRow>> {
    tx.sql(
        "SELECT m.company_id, m.user_id, m.role FROM memberships m JOIN companies c ON c.id = m.company_id
         WHERE m.user_id = $1 ORDER BY c.code",
    )
    .bind(user)
    .all()
    .await
}

/// Which members a list shows.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// Part of the name or the e-mail.
    pub part: Option<String>,
    pub sort: MemberSort,
    /// Only what comes after this row.
    pub after: Option<Place>,
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum MemberSort {
        #[default]
        Name = "name",
        NameDown = "-name",
        Email = "email",
        EmailDown = "-email",
        Role = "role",
        RoleDown = "-role",
        /// By the day of the account.
        Oldest = "date",
        Newest = "-date",
    }
}

impl MemberSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Name | Self::NameDown => Order::by_text("u.name", "u.id"),
            Self::Email | Self::EmailDown => Order::by_text("u.email", "u.id"),
            Self::Role | Self::RoleDown => Order::by_text("m.role", "u.id"),
            Self::Oldest | Self::Newest => Order::by_instant("u.created_at", "u.id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &Member) -> Key {
        match self {
            Self::Name | Self::NameDown => Key::Text(row.name.clone()),
            Self::Email | Self::EmailDown => Key::Text(row.email.clone()),
            Self::Role | Self::RoleDown => Key::Text(row.role.as_str().to_owned()),
            Self::Oldest | Self::Newest => Key::Instant(row.created_at),
        }
    }
}

/// One page of members.
pub async fn members(tx: &mut Tx, company: CompanyId, filter: &MemberFilter, limit: i64) -> Result<Vec<Member>> {
    let mut sql = tx
        .sql(
            "SELECT u.id, u.email, u.name, m.role, u.created_at, u.disabled_at, u.version
             FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.company_id = $1",
        )
        .bind(company);
    if let Some(part) = &filter.part {
        let part = format!("%{}%", like_text(&part.to_lowercase()));
        sql = sql.push(" AND (lower(u.name) LIKE").push_bind(part.clone()).push(" ESCAPE '\\' OR u.email LIKE");
        sql = sql.push_bind(part).push(" ESCAPE '\\')");
    }
    filter.sort.order().page(sql, filter.after.as_ref(), limit).all().await
}

pub async fn member(tx: &mut Tx, company: CompanyId, user: UserId) -> Result<Option<Member>> {
    tx.sql(
        "SELECT u.id, u.email, u.name, m.role, u.created_at, u.disabled_at, u.version
         FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.company_id = $1 AND m.user_id = $2",
    )
    .bind(company)
    .bind(user)
    .optional()
    .await
}

/// The active administrators of a company. Writing their rows unchanged locks them, so that two administrators cannot
/// take the role from each other in the same second.
pub async fn lock_administrators(tx: &mut Tx, company: CompanyId) -> Result<Vec<UserId>> {
    let rows = tx
        .sql(
            "UPDATE memberships SET role = role WHERE company_id = $1 AND role = 'administrator'
                 AND user_id IN (SELECT id FROM users WHERE disabled_at IS NULL)
             RETURNING user_id",
        )
        .bind(company)
        .all::<(UserId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn set_role(tx: &mut Tx, company: CompanyId, user: UserId, role: Role) -> Result<()> {
    tx.sql("UPDATE memberships SET role = $3 WHERE company_id = $1 AND user_id = $2")
        .bind(company)
        .bind(user)
        .bind(role)
        .run_one()
        .await
}

pub async fn remove_member(tx: &mut Tx, company: CompanyId, user: UserId) -> Result<()> {
    tx.sql("DELETE FROM sessions WHERE company_id = $1 AND user_id = $2").bind(company).bind(user).run().await?;
    tx.sql("DELETE FROM memberships WHERE company_id = $1 AND user_id = $2").bind(company).bind(user).run_one().await
}

pub async fn set_password(tx: &mut Tx, user: &UserRow, password_hash: String) -> Result<()> {
    tx.sql("UPDATE users SET password_hash = $3, version = version + 1 WHERE id = $1 AND version = $2")
        .bind(user.id)
        .bind(user.version)
        .bind(password_hash)
        .run_one()
        .await
}

pub async fn set_disabled(tx: &mut Tx, user: &UserRow, disabled_at: Option<Timestamp>) -> Result<()> {
    tx.sql("UPDATE users SET disabled_at = $3, version = version + 1 WHERE id = $1 AND version = $2")
        .bind(user.id)
        .bind(user.version)
        .bind(disabled_at)
        .run_one()
        .await
}

/// One row for each company of the user whose valid session this is, by name; none when there is no such session.
pub async fn session(tx: &mut Tx, token_digest: String, now: Timestamp) -> Result<Vec<SessionCompany>> {
    tx.sql(
        "SELECT s.id AS session_id, s.csrf, u.id AS user_id, u.name AS user_name, u.email, s.company_id AS current_id,
             m.role, c.id AS company_id, c.code, c.name AS company_name, c.currency, c.language, c.time_zone, c.clock,
             (SELECT COUNT(*) FROM approvals a WHERE a.company_id = c.id AND a.decided_at IS NULL) AS approvals_waiting
         FROM sessions s
         JOIN users u ON u.id = s.user_id
         JOIN memberships m ON m.user_id = s.user_id
         JOIN companies c ON c.id = m.company_id
         WHERE s.token_digest = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL
         ORDER BY lower(c.name), c.id",
    )
    .bind(token_digest)
    .bind(now)
    .all()
    .await
}

pub async fn set_session_company(tx: &mut Tx, session: SessionId, company: CompanyId) -> Result<()> {
    tx.sql("UPDATE sessions SET company_id = $2 WHERE id = $1").bind(session).bind(company).run_one().await
}

/// Returns how many there were: signing out twice is no error.
pub async fn end_session(tx: &mut Tx, session: SessionId) -> Result<u64> {
    tx.sql("DELETE FROM sessions WHERE id = $1").bind(session).run().await
}

/// Ends every session of a user but one.
pub async fn end_sessions(tx: &mut Tx, user: UserId, except: Option<SessionId>) -> Result<u64> {
    tx.sql("DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2").bind(user).bind(except).run().await
}

pub async fn end_expired_sessions(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM sessions WHERE expires_at <= $1").bind(now).run().await
}

/// Tokens with a part of the name, the newest first, older than the last page's end.
pub async fn tokens(
    tx: &mut Tx,
    company: CompanyId,
    (part, before): (Option<&str>, Option<ApiTokenId>),
    limit: i64,
) -> Result<Vec<TokenRow>> {
    let mut sql = tx.select::<TokenRow>("WHERE company_id = $1").bind(company);
    if let Some(part) = part {
        let part = format!("%{}%", like_text(&part.to_lowercase()));
        sql = sql.push(" AND lower(name) LIKE").push_bind(part).push(" ESCAPE '\\'");
    }
    if let Some(id) = before {
        sql = sql.push(" AND id <").push_bind(id);
    }
    sql.push(" ORDER BY id DESC LIMIT").push_bind(limit).all().await
}

pub async fn token_by_id(tx: &mut Tx, company: CompanyId, id: ApiTokenId) -> Result<Option<TokenRow>> {
    tx.select::<TokenRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// The token with this digest while it, its owner and the owner's membership are valid.
pub async fn token(tx: &mut Tx, token_digest: String, now: Timestamp) -> Result<Option<TokenOwner>> {
    tx.sql(
        "SELECT t.id, t.name, t.scopes, t.last_used_at, u.id AS owner, m.role, c.id AS company_id, c.code,
             c.name AS company_name
         FROM api_tokens t
         JOIN users u ON u.id = t.created_by
         JOIN memberships m ON m.company_id = t.company_id AND m.user_id = t.created_by
         JOIN companies c ON c.id = t.company_id
         WHERE t.token_digest = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
             AND u.disabled_at IS NULL",
    )
    .bind(token_digest)
    .bind(now)
    .optional()
    .await
}

pub async fn revoke_token(tx: &mut Tx, company: CompanyId, id: ApiTokenId, at: Timestamp) -> Result<u64> {
    tx.sql("UPDATE api_tokens SET revoked_at = $3 WHERE company_id = $1 AND id = $2 AND revoked_at IS NULL")
        .bind(company)
        .bind(id)
        .bind(at)
        .run()
        .await
}

pub async fn touch_token(tx: &mut Tx, company: CompanyId, id: ApiTokenId, at: Timestamp) -> Result<u64> {
    tx.sql("UPDATE api_tokens SET last_used_at = $3 WHERE company_id = $1 AND id = $2")
        .bind(company)
        .bind(id)
        .bind(at)
        .run()
        .await
}
