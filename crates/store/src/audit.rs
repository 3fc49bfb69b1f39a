//! Audit events and the seals that chain them.

use crate::db::{Error, Result, Tx};
use domain::audit::EventContent;
use kernel::{CompanyId, CustomerId, EventId, Timestamp};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct EventRow in "audit_events" {
        pub company_id: CompanyId,
        pub id: EventId,
        pub recorded_at: Timestamp,
        pub actor: String,
        pub actor_id: Option<Uuid>,
        pub action: String,
        pub subject_kind: String,
        pub subject_id: Uuid,
        pub customer_id: Option<CustomerId>,
        pub summary: String,
        pub before: Option<Json<Value>>,
        pub after: Option<Json<Value>>,
        pub digest: String,
        pub seal: Option<i64>,
    }
}

crate::record! {
    pub struct SealRow in "audit_seals" {
        pub company_id: CompanyId,
        pub seal: i64,
        pub sealed_at: Timestamp,
        pub events: i64,
        pub previous: String,
        pub digest: String,
    }
}

impl EventRow {
    pub fn content(&self) -> EventContent<'_> {
        EventContent {
            company: self.company_id.0,
            id: self.id.0,
            recorded_at: self.recorded_at,
            actor: &self.actor,
            actor_id: self.actor_id,
            action: &self.action,
            subject_kind: &self.subject_kind,
            subject_id: self.subject_id,
            customer_id: self.customer_id.map(|id| id.0),
            summary: &self.summary,
            before: self.before.as_ref().map(|json| &json.0),
            after: self.after.as_ref().map(|json| &json.0),
        }
    }
}

/// Companies with events that are not sealed yet.
pub async fn unsealed_companies(tx: &mut Tx) -> Result<Vec<CompanyId>> {
    let rows: Vec<(CompanyId,)> = tx
        .sql(
            "SELECT id FROM companies c WHERE EXISTS
                 (SELECT 1 FROM audit_events e WHERE e.company_id = c.id AND e.seal IS NULL) ORDER BY id",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn last_seal(tx: &mut Tx, company: CompanyId) -> Result<Option<SealRow>> {
    tx.select::<SealRow>("WHERE company_id = $1 ORDER BY seal DESC LIMIT 1").bind(company).optional().await
}

pub async fn unsealed_count(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql("SELECT COUNT(*) FROM audit_events WHERE company_id = $1 AND seal IS NULL").bind(company).number().await
}

/// The first events that are not sealed, in the order of their ids, with their digests.
pub async fn unsealed(tx: &mut Tx, company: CompanyId, limit: i64) -> Result<Vec<(EventId, String)>> {
    tx.sql("SELECT id, digest FROM audit_events WHERE company_id = $1 AND seal IS NULL ORDER BY id LIMIT $2")
        .bind(company)
        .bind(limit)
        .all()
        .await
}

/// Marks exactly these events; somebody else having sealed one of them makes it stale.
pub async fn mark_sealed(tx: &mut Tx, company: CompanyId, seal: i64, events: &[EventId]) -> Result<()> {
    let marked = tx
        .sql("UPDATE audit_events SET seal = $2 WHERE company_id = $1 AND seal IS NULL AND id IN")
        .bind(company)
        .bind(seal)
        .push_list(events.iter().copied())
        .run()
        .await?;
    if usize::try_from(marked) == Ok(events.len()) { Ok(()) } else { Err(Error::Stale) }
}

/// Seals after `after`, in their order.
pub async fn seals(tx: &mut Tx, company: CompanyId, after: i64, limit: i64) -> Result<Vec<SealRow>> {
    tx.select::<SealRow>("WHERE company_id = $1 AND seal > $2 ORDER BY seal LIMIT $3")
        .bind(company)
        .bind(after)
        .bind(limit)
        .all()
        .await
}

/// The events of the seals from `first` to `last`, by seal and id.
pub async fn sealed_events(tx: &mut Tx, company: CompanyId, first: i64, last: i64) -> Result<Vec<EventRow>> {
    tx.select::<EventRow>("WHERE company_id = $1 AND seal >= $2 AND seal <= $3 ORDER BY seal, id")
        .bind(company)
        .bind(first)
        .bind(last)
        .all()
        .await
}

/// A page of the events that are not sealed, in the order of their ids.
pub async fn unsealed_events(
    tx: &mut Tx,
    company: CompanyId,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventRow>> {
    tx.select::<EventRow>("WHERE company_id = $1 AND seal IS NULL AND id > $2 ORDER BY id LIMIT $3")
        .bind(company)
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(limit)
        .all()
        .await
}

/// Events that name a seal which does not exist: the seal and how many name it.
pub async fn without_seal(tx: &mut Tx, company: CompanyId) -> Result<Vec<(i64, i64)>> {
    tx.sql(
        "SELECT e.seal, COUNT(*) FROM audit_events e
         WHERE e.company_id = $1 AND e.seal IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM audit_seals s WHERE s.company_id = e.company_id AND s.seal = e.seal)
         GROUP BY e.seal ORDER BY e.seal",
    )
    .bind(company)
    .all()
    .await
}

/// Which events the audit log shows.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// A part of the name.
    pub actor: Option<String>,
    /// Beginning of the action: `invoice` or `invoice.issued`.
    pub action: Option<String>,
    pub subject: Option<Uuid>,
    /// A part of the summary.
    pub text: Option<String>,
    pub customer: Option<CustomerId>,
    pub from: Option<Timestamp>,
    pub before: Option<Timestamp>,
    pub sort: EventSort,
    /// Only what comes after this event in the order.
    pub after: Option<EventId>,
}

kernel::text_enum! {
    /// Events are in the order of their ids, which is that of their making.
    #[derive(Default)]
    pub enum EventSort {
        #[default]
        Newest = "-date",
        Oldest = "date",
    }
}

/// One page of the audit log.
pub async fn log(tx: &mut Tx, company: CompanyId, filter: &EventFilter, limit: i64) -> Result<Vec<EventRow>> {
    let mut sql = tx.select::<EventRow>("WHERE company_id = $1").bind(company);
    if let Some(actor) = &filter.actor {
        sql = sql.push(" AND lower(actor) LIKE").push_bind(format!("%{}%", escaped(&actor.to_lowercase())));
        sql = sql.push(" ESCAPE '!'");
    }
    if let Some(action) = &filter.action {
        sql = sql.push(" AND action LIKE").push_bind(format!("{}%", escaped(action))).push(" ESCAPE '!'");
    }
    if let Some(subject) = filter.subject {
        sql = sql.push(" AND subject_id =").push_bind(subject);
    }
    if let Some(text) = &filter.text {
        sql = sql.push(" AND lower(summary) LIKE").push_bind(format!("%{}%", escaped(&text.to_lowercase())));
        sql = sql.push(" ESCAPE '!'");
    }
    if let Some(customer) = filter.customer {
        sql = sql.push(" AND customer_id =").push_bind(customer);
    }
    if let Some(from) = filter.from {
        sql = sql.push(" AND recorded_at >=").push_bind(from);
    }
    if let Some(before) = filter.before {
        sql = sql.push(" AND recorded_at <").push_bind(before);
    }
    let (behind, order) = match filter.sort {
        EventSort::Newest => (" AND id <", " ORDER BY id DESC LIMIT"),
        EventSort::Oldest => (" AND id >", " ORDER BY id LIMIT"),
    };
    if let Some(after) = filter.after {
        sql = sql.push(behind).push_bind(after);
    }
    sql.push(order).push_bind(limit).all().await
}

/// A text as it stands inside a LIKE pattern.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

pub async fn event(tx: &mut Tx, company: CompanyId, id: EventId) -> Result<Option<EventRow>> {
    tx.select::<EventRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}
