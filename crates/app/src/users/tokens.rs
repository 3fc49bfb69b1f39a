//! API tokens: how a program acts for a person.
//!
//! A token is shown once; the database holds its digest. It may do what its scopes and its owner's role both allow, so
//! it shrinks with its owner. It ends when it expires, is revoked, or its owner is disabled or leaves the company.

use super::find;
use crate::{
    context::{App, Caller, Event, new_id},
    error::{Error, FieldError, Result},
    lists::{Cursor, Page, Part},
    secrets,
};
use domain::users::{Actor, Permission, UserRefusal};
use kernel::{ApiTokenId, Date, Timestamp, UserId};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};
use store::{
    Json,
    users::{self, TokenRow},
};

/// Every token begins with this, so that people and secret scanners know one when they see it.
const PREFIX: &str = "qt_";
const NOTE_USE_EVERY_SECONDS: i64 = 60;

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Permission>,
    /// The last day on which it works; none means until it is revoked.
    #[serde(default)]
    pub expires_on: Option<Date>,
    /// Whose it is; only the command line may name somebody else.
    #[serde(skip)]
    pub owner: Option<UserId>,
}

/// The token itself is here and nowhere else.
pub struct TokenMade {
    pub token: String,
    pub row: TokenRow,
}

pub async fn create_token(app: &App, caller: &Caller, new: NewToken) -> Result<TokenMade> {
    let mut work = app.work(caller, Permission::ManageTokens).await?;
    let (owner, allowed) = match (caller.actor.person(), new.owner) {
        (Some(person), None) => (person, caller.permissions.clone()),
        (None, Some(owner)) => (owner, find(&mut work, owner).await?.role.permissions()),
        _ => return Err(UserRefusal::NobodysToken.into()),
    };
    check(&new, &allowed, work.today)?;
    let token = format!("{PREFIX}{}", secrets::random_word()?);
    let row = TokenRow {
        company_id: work.company_id(),
        id: new_id(),
        name: new.name.trim().to_owned(),
        token_digest: secrets::digest(&token),
        scopes: Json(new.scopes.into_iter().collect::<BTreeSet<_>>().into_iter().collect()),
        created_by: owner,
        created_at: app.now(),
        expires_at: new.expires_on.map(|day| end_of(day, &work.company.time_zone)).transpose()?,
        revoked_at: None,
        last_used_at: None,
    };
    work.save(std::slice::from_ref(&row));
    work.record(Event {
        action: "token.created",
        subject_kind: "api_token",
        subject_id: row.id.0,
        summary: format!("API token {} was made", row.name),
        after: Some(json!({ "name": row.name, "scopes": row.scopes, "expires_at": row.expires_at })),
        ..Event::default()
    });
    work.commit().await?;
    Ok(TokenMade { token, row })
}

fn check(new: &NewToken, allowed: &BTreeSet<Permission>, today: Date) -> Result<()> {
    let mut wrong = Vec::new();
    let mut field = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    if new.name.trim().is_empty() || new.name.chars().count() > 100 {
        field("name", "give a name of up to 100 characters, such as the program that will use it".to_owned());
    }
    if new.scopes.is_empty() {
        field("scopes", "choose at least one thing that it may do".to_owned());
    }
    let beyond: Vec<&str> = new.scopes.iter().filter(|scope| !allowed.contains(scope)).map(|s| s.as_str()).collect();
    if !beyond.is_empty() {
        field("scopes", format!("a token may not do more than its owner: {}", beyond.join(", ")));
    }
    if new.expires_on.is_some_and(|day| day < today) {
        field("expires_on", "choose today or a later day".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// The first instant after `day` where the company is.
fn end_of(day: Date, zone: &str) -> Result<Timestamp> {
    day.plus_days(1).start_in(zone).map_err(Error::broken)
}

/// The newest first.
pub async fn list_tokens(app: &App, caller: &Caller, search: Option<&str>, part: &Part) -> Result<Page<TokenRow>> {
    let mut work = app.read(caller, Permission::ManageTokens).await?;
    let (company, size) = (work.company_id(), part.size());
    let search = search.map(str::trim).filter(|text| !text.is_empty());
    let after = part.after.as_ref().map(|cursor| cursor.get(0)).transpose()?;
    let rows = users::tokens(&mut work.tx, company, (search, after), size + 1).await?;
    Ok(Page::cut(rows, size, |token| Cursor::new([token.id.to_string()])))
}

/// Doing it twice is done already.
pub async fn revoke_token(app: &App, caller: &Caller, id: ApiTokenId) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageTokens).await?;
    let (company, now) = (work.company_id(), app.now());
    let row = users::token_by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("API token"))?;
    if users::revoke_token(&mut work.tx, company, id, now).await? == 0 {
        return Ok(());
    }
    work.record(Event {
        action: "token.revoked",
        subject_kind: "api_token",
        subject_id: id.0,
        summary: format!("API token {} was revoked", row.name),
        ..Event::default()
    });
    work.commit().await
}

/// Who calls with this token, if it is valid.
pub async fn token(app: &App, bearer: &str) -> Result<Option<Caller>> {
    if !bearer.starts_with(PREFIX) {
        return Ok(None);
    }
    let now = app.now();
    let found = users::token(&mut app.db.glance().await?, secrets::digest(bearer), now).await?;
    let Some(found) = found else { return Ok(None) };
    if found.last_used_at.is_none_or(|at| at.plus_seconds(NOTE_USE_EVERY_SECONDS) <= now) {
        note_use(app, &found, now).await;
    }
    let role = found.role.permissions();
    Ok(Some(Caller {
        actor: Actor::Token { id: found.id, name: found.name, owner: found.owner },
        company: found.company_id,
        permissions: found.scopes.0.into_iter().filter(|scope| role.contains(scope)).collect(),
    }))
}

/// A courtesy to whoever looks for unused tokens: it gives up rather than wait behind a long import.
async fn note_use(app: &App, token: &users::TokenOwner, now: Timestamp) {
    let write = async { users::touch_token(&mut app.db.note().await?, token.company_id, token.id, now).await };
    match tokio::time::timeout(Duration::from_millis(100), write).await {
        Ok(Ok(_)) | Err(_) => {}
        Ok(Err(error)) => tracing::warn!(%error, token = %token.id, "the last use of a token was not noted"),
    }
}
