//! The outbox: effects that leave the program, written in the transaction that caused them.

use kernel::{CompanyId, OutboxId, Timestamp};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct OutboxRow in "outbox" {
        pub company_id: CompanyId,
        pub id: OutboxId,
        pub kind: String,
        pub subject_id: Uuid,
        pub payload: Json<Value>,
        pub created_at: Timestamp,
        pub due_at: Timestamp,
        pub tries: i64,
        pub last_error: Option<String>,
        pub done_at: Option<Timestamp>,
        pub dead_at: Option<Timestamp>,
    }
}
