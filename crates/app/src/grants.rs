//! Granting what waits for approval: the decision and what was asked for, in one transaction.

use crate::{
    approvals,
    cash::{self, RefundRequest, WriteOffRequest},
    context::{App, Caller, Done, Work},
    credit_notes::{self, CreditRequest},
    error::{Error, Result},
};
use domain::{approvals::ApprovalKind, users::Permission};
use kernel::ApprovalId;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::approvals::ApprovalRow;

/// Agrees to a request and carries it out as it was asked, under today's facts: when they no longer allow it, nothing
/// happens and the request goes on waiting.
pub async fn grant(app: &App, caller: &Caller, id: ApprovalId, note: Option<&str>) -> Result<Done> {
    let mut work = app.work(caller, Permission::Approve).await?;
    let Some(row) = approvals::decide(&mut work, id, true, note).await? else { return Ok(Done::Already) };
    carry_out(&mut work, row).await?;
    work.commit().await?;
    Ok(Done::Now)
}

async fn carry_out(work: &mut Work, row: ApprovalRow) -> Result<()> {
    let (asked, by) = (row.request.0, row.requested_by);
    match row.kind {
        ApprovalKind::Refund => {
            let asked: RefundRequest = read(asked)?;
            cash::plan_refund(work, &asked).await?.carry_out(work, &asked, by).await?;
        }
        ApprovalKind::WriteOff => {
            let asked: WriteOffRequest = read(asked)?;
            cash::plan_write_off(work, &asked).await?.carry_out(work, &asked, by).await?;
        }
        ApprovalKind::CreditNote => {
            let asked: CreditRequest = read(asked)?;
            credit_notes::plan(work, &asked).await?.carry_out(work).await?;
        }
    }
    Ok(())
}

fn read<T: DeserializeOwned>(request: Value) -> Result<T> {
    serde_json::from_value(request).map_err(Error::broken)
}
