//! Audit events and the seals that chain them.

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
