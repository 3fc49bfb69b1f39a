//! Remittance advices: what a payer says that a payment is for.

use crate::db::{Result, Tx};
use kernel::{AdviceId, BankLineId, CompanyId, Currency, CustomerId, Date, Timestamp};
use serde_json::Value;
use sqlx::types::Json;

crate::record! {
    pub struct AdviceRow in "remittance_advices" {
        pub company_id: CompanyId,
        pub id: AdviceId,
        pub fingerprint: String,
        pub file_name: String,
        pub format: String,
        pub number: Option<String>,
        pub payer_name: Option<String>,
        pub payer_number: Option<String>,
        pub customer_id: Option<CustomerId>,
        pub payment_reference: Option<String>,
        pub currency: Currency,
        pub total_minor: i64,
        pub sent_on: Date,
        pub paid_on: Option<Date>,
        pub lines: Json<Value>,
        pub warnings: Json<Value>,
        pub received_at: Timestamp,
        pub received_by: String,
        pub line_id: Option<BankLineId>,
        pub used_at: Option<Timestamp>,
    }
}

pub async fn advice(tx: &mut Tx, company: CompanyId, id: AdviceId) -> Result<Option<AdviceRow>> {
    tx.select::<AdviceRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// Which of these advices are there already.
pub async fn known_advices(tx: &mut Tx, company: CompanyId, fingerprints: &[String]) -> Result<Vec<(String,)>> {
    tx.sql("SELECT fingerprint FROM remittance_advices WHERE company_id = $1 AND fingerprint IN")
        .bind(company)
        .push_list(fingerprints.iter().cloned())
        .push(" ORDER BY fingerprint")
        .all()
        .await
}

/// One page of advices, the last received first.
pub async fn advices(
    tx: &mut Tx,
    company: CompanyId,
    after: Option<(Timestamp, AdviceId)>,
    limit: i64,
) -> Result<Vec<AdviceRow>> {
    let mut sql = tx.select::<AdviceRow>("WHERE company_id = $1").bind(company);
    if let Some((at, id)) = after {
        sql = sql.push(" AND (received_at, id) < (").push_bind(at).push(",").push_bind(id).push(")");
    }
    sql.push(" ORDER BY received_at DESC, id DESC LIMIT").push_bind(limit).all().await
}

/// Advices whose money has not been posted yet.
pub async fn advices_unused(tx: &mut Tx, company: CompanyId) -> Result<Vec<AdviceRow>> {
    tx.select::<AdviceRow>("WHERE company_id = $1 AND used_at IS NULL ORDER BY sent_on, id").bind(company).all().await
}

/// The money came with these lines.
pub async fn use_advices(
    tx: &mut Tx,
    company: CompanyId,
    used: &[(AdviceId, BankLineId)],
    at: Timestamp,
) -> Result<()> {
    if used.is_empty() {
        return Ok(());
    }
    let mut sql =
        tx.sql("UPDATE remittance_advices SET line_id = v.column2, used_at = $2 FROM (VALUES").bind(company).bind(at);
    let mut separator = " (";
    for (advice, line) in used {
        sql = sql.push(separator).push_bind(*advice).push(",").push_bind(*line).push(")");
        separator = ", (";
    }
    let here = ") AS v WHERE remittance_advices.company_id = $1 AND remittance_advices.id = v.column1";
    sql.push(here).run().await?;
    Ok(())
}

/// The money that came with this line is none of an advice's any more.
pub async fn free_advices(tx: &mut Tx, company: CompanyId, line: BankLineId) -> Result<()> {
    tx.sql("UPDATE remittance_advices SET line_id = NULL, used_at = NULL WHERE company_id = $1 AND line_id = $2")
        .bind(company)
        .bind(line)
        .run()
        .await?;
    Ok(())
}
