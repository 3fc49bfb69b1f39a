//! A request that is sent twice is carried out once.
//!
//! The key of a request is inserted in the same transaction as its effect (`Work::commit`), so there is no moment at which
//! one is there without the other. The answer is added right after. Hence, when the same request comes again, its commit
//! fails whole, and what was kept is looked up: the answer, if it is there; else the program ended (or has not come)
//! between the two, or the answer held a secret: the caller is told what it made. The first time costs no look-up.
//! A request that commits in several steps notes its key with the first. Only successes are kept; a refusal is asked anew.

use crate::{
    context::{App, Caller},
    error::Result,
};
use kernel::{CompanyId, Timestamp};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{
    Json,
    idempotency::{self, RequestRow},
};
use uuid::Uuid;

const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The key of one request and the digest of what it asks.
#[derive(Debug, Clone)]
pub struct RequestKey {
    key: String,
    digest: String,
    received_at: Timestamp,
    noted: Arc<AtomicBool>,
}

/// What became of a request with this key.
#[derive(Debug)]
pub enum Earlier {
    Nothing,
    /// The key was used for something else.
    Another,
    /// It was carried out; this is its answer.
    Answered(Answer),
    /// It was carried out; what it changed first, if that is known.
    Unanswered(Option<(String, Uuid)>),
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names and values of the headers that belong to it.
    pub headers: Value,
    pub body: String,
}

impl RequestKey {
    /// Keys of different people and tokens do not meet; `digest` covers everything that is asked.
    pub fn new(app: &App, caller: &Caller, key: &str, digest: String) -> Self {
        let who = caller.actor.person().map_or_else(String::new, |person| person.to_string());
        Self { key: format!("{who}/{key}"), digest, received_at: app.now(), noted: Arc::default() }
    }

    /// Whether something was committed under this key.
    pub fn is_noted(&self) -> bool {
        self.noted.load(Ordering::Acquire)
    }

    pub(crate) fn note(&self) {
        self.noted.store(true, Ordering::Release);
    }

    pub(crate) fn row(&self, company_id: CompanyId, first: Option<(&str, Uuid)>) -> RequestRow {
        RequestRow {
            company_id,
            key: self.key.clone(),
            request_digest: self.digest.clone(),
            subject_kind: first.map(|(kind, _)| kind.to_owned()),
            subject_id: first.map(|(_, id)| id),
            status: None,
            headers: None,
            response: None,
            created_at: self.received_at,
        }
    }
}

pub async fn earlier(app: &App, caller: &Caller, request: &RequestKey) -> Result<Earlier> {
    let mut tx = app.db.glance().await?;
    let Some(row) = idempotency::by_key(&mut tx, caller.company, request.key.clone()).await? else {
        return Ok(Earlier::Nothing);
    };
    if row.request_digest != request.digest {
        return Ok(Earlier::Another);
    }
    let status = row.status.and_then(|status| u16::try_from(status).ok());
    Ok(match (status, row.headers, row.response) {
        (Some(status), Some(Json(headers)), Some(body)) => Earlier::Answered(Answer { status, headers, body }),
        _ => Earlier::Unanswered(row.subject_kind.zip(row.subject_id)),
    })
}

pub async fn keep_answer(app: &App, caller: &Caller, request: &RequestKey, answer: Answer) -> Result<()> {
    let row = RequestRow {
        company_id: caller.company,
        key: request.key.clone(),
        request_digest: request.digest.clone(),
        subject_kind: None,
        subject_id: None,
        status: Some(i64::from(answer.status)),
        headers: Some(Json(answer.headers)),
        response: Some(answer.body),
        created_at: request.received_at,
    };
    idempotency::keep_answer(&mut app.db.note().await?, row).await?;
    Ok(())
}

/// Housekeeping: a key may be used again after a week.
pub async fn forget_old(app: &App) -> Result<u64> {
    let mut tx = app.db.begin().await?;
    let forgotten = idempotency::forget(&mut tx, app.now().plus_seconds(-KEPT_SECONDS)).await?;
    tx.commit().await?;
    Ok(forgotten)
}
