//! Credit notes: taking an issued invoice back in whole or in part.

use super::{
    auth::Api,
    extract::{Json, Path},
    problem::ApiResult,
    schema::{DoneOrWaiting, Made, Waiting},
};
use crate::server::Site;
use app::{
    approvals::Outcome,
    credit_notes::{self, CreditRequest, CreditedLine},
};
use kernel::{Date, InvoiceId, LineId, Quantity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(left)).routes(routes!(create))
}

/// What of a line can still be credited.
#[derive(Serialize, ToSchema)]
struct Creditable {
    line: LineId,
    position: i64,
    invoiced: Quantity,
    credited: Quantity,
    left: Quantity,
}

/// What of each line was credited, and what is left.
#[utoipa::path(get, path = "/invoices/{id}/creditable", tag = "Invoices", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = Vec<Creditable>)))]
async fn left(Api { app, caller }: Api, Path(id): Path<InvoiceId>) -> ApiResult<Json<Vec<Creditable>>> {
    let lines = credit_notes::left(&app, &caller, id).await?;
    let line = |line: &domain::orders::Progress| Creditable {
        line: line.line,
        position: line.position,
        invoiced: line.ordered,
        credited: line.invoiced,
        left: line.left(),
    };
    Ok(Json(lines.iter().map(line).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credit {
    /// Everything that is left to credit when left out.
    #[serde(default)]
    lines: Option<Vec<CreditedLine>>,
    #[schema(min_length = 1, max_length = 500, example = "Goods came back")]
    reason: String,
    /// Today when left out.
    #[serde(default)]
    on: Option<Date>,
}

/// Credit an issued invoice, all of it or a part. What it leaves open of the invoice is paid with it at once. Above the
/// company's limit it waits for a second person (202).
#[utoipa::path(post, path = "/invoices/{id}/credit-notes", tag = "Invoices", params(("id" = Uuid, Path)),
    request_body = Credit, security(("token" = ["credit_notes.issue"])),
    responses((status = 201, body = Made), (status = 202, body = Waiting)))]
async fn create(
    Api { app, caller }: Api,
    Path(invoice): Path<InvoiceId>,
    Json(Credit { lines, reason, on }): Json<Credit>,
) -> ApiResult<DoneOrWaiting<Made>> {
    let asked = CreditRequest { invoice, lines, reason, on };
    Ok(match credit_notes::issue(&app, &caller, asked).await? {
        Outcome::Done(issued) => DoneOrWaiting::Done(Made::numbered("invoices", issued.id, Some(issued.number))),
        Outcome::Pending(approval) => DoneOrWaiting::Waiting(approval),
    })
}
