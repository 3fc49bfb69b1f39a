//! Requests that wait for a second person, and what was decided.

use crate::db::{Result, Tx};
use domain::approvals::ApprovalKind;
use kernel::{ApprovalId, CompanyId, Currency, CustomerId, Timestamp};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

crate::record! {
    pub struct ApprovalRow in "approvals" {
        pub company_id: CompanyId,
        pub id: ApprovalId,
        pub kind: ApprovalKind,
        /// The open item or document that it is about.
        pub subject_id: Uuid,
        pub customer_id: CustomerId,
        pub currency: Currency,
        pub amount_minor: i64,
        /// What will be done, as it was asked.
        pub request: Json<Value>,
        pub requested_at: Timestamp,
        pub requested_by: String,
        /// Nil when the program itself asked.
        pub requested_by_id: Uuid,
        pub decided_at: Option<Timestamp>,
        pub decided_by: Option<String>,
        pub granted: Option<bool>,
        pub note: Option<String>,
    }
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: ApprovalId) -> Result<Option<ApprovalRow>> {
    tx.select::<ApprovalRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// The oldest first.
pub async fn waiting(tx: &mut Tx, company: CompanyId, limit: i64) -> Result<Vec<ApprovalRow>> {
    tx.select::<ApprovalRow>("WHERE company_id = $1 AND decided_at IS NULL ORDER BY id LIMIT $2")
        .bind(company)
        .bind(limit)
        .all()
        .await
}

pub async fn of_subject(tx: &mut Tx, company: CompanyId, subject: Uuid) -> Result<Vec<ApprovalRow>> {
    tx.select::<ApprovalRow>("WHERE company_id = $1 AND subject_id = $2 ORDER BY id")
        .bind(company)
        .bind(subject)
        .all()
        .await
}

/// Numbers of invoices that a credit note was asked for.
pub async fn invoice_numbers(tx: &mut Tx, company: CompanyId, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.sql("SELECT id, number FROM invoices WHERE company_id = $1 AND number IS NOT NULL AND id IN")
        .bind(company)
        .push_list(ids.iter().copied())
        .push(" ORDER BY id")
        .all()
        .await
}

/// What somebody decided.
#[derive(Debug)]
pub struct Decision<'a> {
    pub at: Timestamp,
    pub by: String,
    pub granted: bool,
    pub note: Option<&'a str>,
}

/// Decides once; a second decision finds nothing to change.
pub async fn decide(tx: &mut Tx, company: CompanyId, id: ApprovalId, decision: Decision<'_>) -> Result<()> {
    tx.sql(
        "UPDATE approvals SET decided_at = $3, decided_by = $4, granted = $5, note = $6
         WHERE company_id = $1 AND id = $2 AND decided_at IS NULL",
    )
    .bind(company)
    .bind(id)
    .bind(decision.at)
    .bind(decision.by)
    .bind(decision.granted)
    .bind(decision.note.map(str::to_owned))
    .run_one()
    .await
}
