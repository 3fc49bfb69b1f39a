//! The posting policy: versioned, never edited in place, each version with who recorded it.

use crate::{
    context::{App, Caller, Event, Work},
    error::{Error, FieldError, Result},
};
use domain::{desk::PostingPolicy, users::Permission};
use kernel::Timestamp;
use serde::Serialize;
use serde_json::json;
use store::{Json, desk, ledger};

const MOST_SHOWN: i64 = 100;

/// A version of the policy; version 0 is the one that every company begins with.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PolicyVersion {
    pub version: i64,
    pub policy: PostingPolicy,
    pub recorded_at: Option<Timestamp>,
    pub recorded_by: Option<String>,
}

pub(super) async fn current(work: &mut Work) -> Result<PolicyVersion> {
    let company = work.company_id();
    let row = desk::policies(&mut work.tx, company, 1).await?.into_iter().next();
    Ok(row.map_or_else(shipped, version))
}

fn version(row: desk::PolicyRow) -> PolicyVersion {
    PolicyVersion {
        version: row.version,
        policy: row.policy.0,
        recorded_at: Some(row.recorded_at),
        recorded_by: Some(row.recorded_by),
    }
}

fn shipped() -> PolicyVersion {
    PolicyVersion { version: 0, policy: PostingPolicy::default(), recorded_at: None, recorded_by: None }
}

/// The policy in force and those before it, the newest first.
pub async fn policies(app: &App, caller: &Caller) -> Result<Vec<PolicyVersion>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let rows = desk::policies(&mut work.tx, company, MOST_SHOWN).await?;
    Ok(rows.into_iter().map(version).chain([shipped()]).collect())
}

/// Puts a new version in force. `after` is the version it was made from, so that nobody overwrites a colleague's.
pub async fn save_policy(app: &App, caller: &Caller, after: i64, policy: PostingPolicy) -> Result<PolicyVersion> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    let company = work.company_id();
    let accounts = ledger::accounts(&mut work.tx, company).await?;
    let usable: Vec<String> =
        accounts.into_iter().filter(|account| account.archived_at.is_none()).map(|account| account.code).collect();
    let wrong = policy.wrong(&usable);
    if !wrong.is_empty() {
        let fields = wrong.into_iter().map(|(field, message)| FieldError { field, message });
        return Err(Error::Invalid(fields.collect()));
    }
    let before = current(&mut work).await?;
    if before.version != after {
        return Err(Error::Stale);
    }
    if before.policy == policy {
        return Ok(before);
    }
    let row = desk::PolicyRow {
        company_id: company,
        version: before.version + 1,
        policy: Json(policy.clone()),
        recorded_at: work.now,
        recorded_by: work.actor.name(),
    };
    work.save(std::slice::from_ref(&row));
    work.record(Event {
        action: "posting_policy.changed",
        subject_kind: "company",
        subject_id: company.0,
        summary: format!("Version {} of the posting policy for bank lines is in force", row.version),
        before: Some(json!(before.policy)),
        after: Some(json!(policy)),
        ..Event::default()
    });
    work.commit().await?;
    Ok(version(row))
}
