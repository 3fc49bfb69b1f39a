//! The log of imports.

use crate::db::{Result, Tx};
use domain::imports::ImportKind;
use kernel::{CompanyId, ImportId, Timestamp};
use serde_json::Value;
use sqlx::types::Json;

crate::record! {
    pub struct ImportRow in "imports" {
        pub company_id: CompanyId,
        pub id: ImportId,
        pub kind: ImportKind,
        pub source: String,
        pub file_name: String,
        pub file_digest: String,
        pub rows: i64,
        pub created: i64,
        pub unchanged: i64,
        pub rejected: i64,
        /// Line, column, value and reason of the first rejects.
        pub rejects: Json<Value>,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
    }
}

/// Imports recorded before an instant, newest first.
pub async fn list(tx: &mut Tx, company: CompanyId, before: Timestamp, limit: i64) -> Result<Vec<ImportRow>> {
    tx.select::<ImportRow>("WHERE company_id = $1 AND recorded_at < $2 ORDER BY recorded_at DESC, id DESC LIMIT $3")
        .bind(company)
        .bind(before)
        .bind(limit)
        .all()
        .await
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: ImportId) -> Result<Option<ImportRow>> {
    tx.select::<ImportRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}
