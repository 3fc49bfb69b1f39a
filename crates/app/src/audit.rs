//! The audit log: who did what and when, with before and after; and the seals that chain it.
//!
//! `seal` is called by a task of the server every few seconds, by commands that write and at the end of the program.
//! Several processes may seal at once: a seal's number is a primary key, so the slower one starts over. An event that
//! is not sealed yet is still checked by its own digest. Work that writes alone may seal what it records itself.

use crate::{
    context::{App, Caller, Chain},
    error::{Error, Result},
    lists::{Cursor, CursorError, Page, page_size},
};
use domain::{
    audit::{FieldChange, changes},
    users::Permission,
};
use kernel::{CompanyId, CustomerId, Date, EventId, Timestamp};
use serde::{Deserialize, Serialize};
use store::audit::{self, EventFilter};
pub use store::audit::{EventRow, EventSort};
use uuid::Uuid;

/// Events of one seal at most.
const BATCH: i64 = 2_000;

/// Seals everything that is not sealed yet and says how many events that were.
pub async fn seal(app: &App) -> Result<u64> {
    let mut tx = app.db.snapshot().await?;
    let companies = audit::unsealed_companies(&mut tx).await?;
    drop(tx);
    let mut sealed = 0;
    for company in companies {
        while let Some(events) = seal_batch(app, company).await? {
            sealed += events;
        }
    }
    Ok(sealed)
}

/// Seals one batch; none when nothing is left, or when somebody else is sealing and will be back soon.
async fn seal_batch(app: &App, company: CompanyId) -> Result<Option<u64>> {
    match try_seal(app, company).await {
        Err(store::Error::Stale) => Ok(None),
        Err(error) if error.is_unique_violation() || error.is_retryable() => Ok(None),
        other => Ok(other?),
    }
}

async fn try_seal(app: &App, company: CompanyId) -> Result<Option<u64>, store::Error> {
    let mut tx = app.db.begin().await?;
    // The last seal is read before the events: whoever seals in between takes the number that follows it.
    let mut chain = Chain::load(&mut tx, company).await?;
    let events = audit::unsealed(&mut tx, company, BATCH).await?;
    if events.is_empty() {
        return Ok(None);
    }
    let row = chain.seal(app.now(), events.iter().map(|(_, digest)| digest.as_str()));
    let ids: Vec<EventId> = events.iter().map(|(id, _)| *id).collect();
    audit::mark_sealed(&mut tx, company, row.seal, &ids).await?;
    tx.insert(&[row]).await?;
    tx.commit().await?;
    Ok(u64::try_from(ids.len()).ok())
}

/// Which events the log shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditList {
    /// A part of the name.
    pub actor: Option<String>,
    /// Beginning of the action: `invoice`, or all of `invoice.issued`.
    pub action: Option<String>,
    pub subject: Option<Uuid>,
    /// A part of the sentence: a document's number, for instance.
    pub text: Option<String>,
    pub customer: Option<CustomerId>,
    /// First and last day, in the company's time zone.
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub sort: EventSort,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// How far the log is sealed.
#[derive(Debug, Serialize)]
pub struct ChainState {
    pub seals: i64,
    pub sealed_at: Option<Timestamp>,
    /// The digest of the last seal; whoever notes it elsewhere can tell a log that was cut short.
    pub head: Option<String>,
    pub unsealed: i64,
}

pub async fn chain(app: &App, caller: &Caller) -> Result<ChainState> {
    let mut work = app.read(caller, Permission::ReadAudit).await?;
    let company = work.company_id();
    let last = audit::last_seal(&mut work.tx, company).await?;
    Ok(ChainState {
        seals: last.as_ref().map_or(0, |seal| seal.seal),
        sealed_at: last.as_ref().map(|seal| seal.sealed_at),
        head: last.map(|seal| seal.digest),
        unsealed: audit::unsealed_count(&mut work.tx, company).await?,
    })
}

/// An event with the fields that it changed.
#[derive(Debug)]
pub struct EventView {
    pub event: EventRow,
    pub changes: Vec<FieldChange>,
}

/// A page of the log.
pub async fn log(app: &App, caller: &Caller, asked: AuditList) -> Result<Page<EventRow>> {
    let mut work = app.read(caller, Permission::ReadAudit).await?;
    let (company, size) = (work.company_id(), page_size(asked.limit));
    let zone = &work.company.time_zone;
    let begin = |day: Date| day.start_in(zone).map_err(Error::broken);
    let text = |typed: Option<String>| typed.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let filter = EventFilter {
        actor: text(asked.actor),
        action: text(asked.action),
        subject: asked.subject,
        text: text(asked.text),
        customer: asked.customer,
        from: asked.from.map(begin).transpose()?,
        before: asked.to.map(|day| begin(day.plus_days(1))).transpose()?,
        after: place(asked.after.as_ref(), asked.sort)?,
        sort: asked.sort,
    };
    let rows = audit::log(&mut work.tx, company, &filter, size + 1).await?;
    let sort = asked.sort.as_str().to_owned();
    Ok(Page::cut(rows, size, |row| Cursor::new([row.id.to_string(), sort])))
}

/// Where the page before ended; a cursor of the other order is none of this list.
fn place(after: Option<&Cursor>, sort: EventSort) -> Result<Option<EventId>> {
    let Some(cursor) = after else { return Ok(None) };
    if cursor.get::<String>(1)? == sort.as_str() {
        Ok(Some(cursor.get(0)?))
    } else {
        Err(CursorError(cursor.to_string()).into())
    }
}

pub async fn event(app: &App, caller: &Caller, id: EventId) -> Result<EventView> {
    let mut work = app.read(caller, Permission::ReadAudit).await?;
    let company = work.company_id();
    let event = audit::event(&mut work.tx, company, id).await?.ok_or(Error::NotFound("event"))?;
    let value = |json: &Option<store::Json<serde_json::Value>>| json.as_ref().map(|json| json.0.clone());
    let changes = changes(value(&event.before).as_ref(), value(&event.after).as_ref());
    Ok(EventView { event, changes })
}
