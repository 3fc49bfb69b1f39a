//! Which requests were carried out already, and what they were answered.

use crate::db::{Result, Tx};
use kernel::{CompanyId, Timestamp};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct RequestRow in "idempotency_keys" {
        pub company_id: CompanyId,
        pub key: String,
        pub request_digest: String,
        pub subject_kind: Option<String>,
        pub subject_id: Option<Uuid>,
        /// The answer; none while it is not known.
        pub status: Option<i64>,
        pub headers: Option<Json<Value>>,
        pub response: Option<String>,
        pub created_at: Timestamp,
    }
}

pub async fn by_key(tx: &mut Tx, company: CompanyId, key: String) -> Result<Option<RequestRow>> {
    tx.select::<RequestRow>("WHERE company_id = $1 AND key = $2").bind(company).bind(key).optional().await
}

/// Adds the answer to the row, or the row with its answer when the request changed nothing. PostgreSQL need not wait for its
/// disk: an answer that is lost in a crash is one that the caller asks for again.
pub async fn keep_answer(tx: &mut Tx, row: RequestRow) -> Result<u64> {
    tx.sql(
        "INSERT INTO idempotency_keys (company_id, key, request_digest, status, headers, response, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7",
    )
    .bind(row.company_id)
    .bind(row.key)
    .bind(row.request_digest)
    .bind(row.status)
    .bind(row.headers)
    .bind(row.response)
    .bind(row.created_at)
    .push_for(
        " WHERE TRUE",
        " FROM (SELECT set_config('synchronous_commit', 'off', TRUE) AS wait) AS disk WHERE disk.wait = 'off'",
    )
    .push(
        " ON CONFLICT (company_id, key) DO UPDATE
             SET status = excluded.status, headers = excluded.headers, response = excluded.response
             WHERE idempotency_keys.request_digest = excluded.request_digest AND idempotency_keys.status IS NULL",
    )
    .run()
    .await
}

pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.sql("DELETE FROM idempotency_keys WHERE created_at < $1").bind(before).run().await
}
