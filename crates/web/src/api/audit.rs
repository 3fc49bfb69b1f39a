//! The audit log: who did what and when, with before and after.

use super::{
    auth::Api,
    extract::{Json, Path, Query},
    problem::ApiResult,
    schema::{Limit, Page, size},
};
use crate::server::Site;
use app::{
    audit::{self, AuditList, EventSort},
    customers::EventRow,
    lists::Cursor,
};
use kernel::{CustomerId, Date, EventId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

const MOST_TEXT: usize = 200;

/// One thing that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct Event {
    id: EventId,
    recorded_at: Timestamp,
    actor: String,
    /// `invoice.issued`: what and how, in the past tense.
    action: String,
    subject_kind: String,
    subject: Uuid,
    customer: Option<CustomerId>,
    summary: String,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            recorded_at: row.recorded_at,
            actor: row.actor,
            action: row.action,
            subject_kind: row.subject_kind,
            subject: row.subject_id,
            customer: row.customer_id,
            summary: row.summary,
        }
    }
}

/// An event with what it changed and how it is sealed.
#[derive(Serialize, ToSchema)]
struct EventDetail {
    event: Event,
    #[schema(value_type = Value)]
    before: Option<Value>,
    #[schema(value_type = Value)]
    after: Option<Value>,
    changes: Vec<FieldChange>,
    /// The SHA-256 of its content.
    digest: String,
    /// The seal of the chain that it is in; absent for a few seconds.
    seal: Option<i64>,
}

/// A field that an event changed.
#[derive(Serialize, ToSchema)]
struct FieldChange {
    field: String,
    #[schema(value_type = Value)]
    before: Option<Value>,
    #[schema(value_type = Value)]
    after: Option<Value>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// A part of the name.
    actor: Option<String>,
    /// Beginning of the action: `invoice`, or all of `invoice.issued`.
    action: Option<String>,
    subject: Option<Uuid>,
    /// A part of the sentence: a document's number, for instance.
    #[param(max_length = 200)]
    text: Option<String>,
    #[param(value_type = Option<uuid::Uuid>)]
    customer: Option<CustomerId>,
    /// The first day, where the company is.
    #[param(inline)]
    from: Option<Date>,
    #[param(inline)]
    to: Option<Date>,
    #[param(inline)]
    sort: Option<EventSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// The log, newest first unless told otherwise.
#[utoipa::path(get, path = "/audit-events", tag = "Audit log", params(ListQuery), security(("token" = ["audit.read"])),
    responses((status = 200, body = Page<Event>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<Event>>> {
    let ListQuery { actor, action, subject, text, customer, from, to, sort, after, limit } = asked;
    if text.as_ref().is_some_and(|text| text.chars().count() > MOST_TEXT) {
        return Err(app::Error::field("text", format!("use up to {MOST_TEXT} characters")).into());
    }
    let (limit, sort) = (Some(size(limit)), sort.unwrap_or_default());
    let asked = AuditList { actor, action, subject, text, customer, from, to, sort, after, limit };
    Ok(Json(Page::of(audit::log(&app, &caller, asked).await?, Event::from)))
}

/// An event with the fields that it changed.
#[utoipa::path(get, path = "/audit-events/{id}", tag = "Audit log", params(("id" = Uuid, Path)),
    security(("token" = ["audit.read"])), responses((status = 200, body = EventDetail)))]
async fn show(Api { app, caller }: Api, Path(id): Path<EventId>) -> ApiResult<Json<EventDetail>> {
    let view = audit::event(&app, &caller, id).await?;
    let changes = view.changes.into_iter();
    let changes = changes.map(|change| FieldChange { field: change.field, before: change.before, after: change.after });
    Ok(Json(EventDetail {
        before: view.event.before.clone().map(|json| json.0),
        after: view.event.after.clone().map(|json| json.0),
        changes: changes.collect(),
        digest: view.event.digest.clone(),
        seal: view.event.seal,
        event: view.event.into(),
    }))
}
