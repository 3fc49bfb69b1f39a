//! Notes and attachments beside customers, quotes, orders, invoices and payments. A note stays; a file can be removed.

use super::{
    auth::Api,
    extract::{Created, Json, Path, Query},
    problem::{ApiResult, Problem},
    schema::{Download, Made},
};
use crate::server::Site;
use app::notes::{self, AttachmentHead, NewAttachment, NoteRow, Subject};
use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::notes::{MediaType, SubjectKind};
use kernel::{AttachmentId, NoteId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(attach)).routes(routes!(download, remove))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SubjectQuery {
    #[param(inline)]
    subject_kind: SubjectKind,
    subject: Uuid,
}

/// What somebody wants to remember.
#[derive(Serialize, ToSchema)]
struct Note {
    id: NoteId,
    body: String,
    author: String,
    created_at: Timestamp,
}

/// A file beside a record.
#[derive(Serialize, ToSchema)]
struct Attachment {
    id: AttachmentId,
    file_name: String,
    media_type: MediaType,
    bytes: i64,
    author: String,
    created_at: Timestamp,
}

/// Notes and attachments of a record, newest first.
#[derive(Serialize, ToSchema)]
struct Remarks {
    notes: Vec<Note>,
    attachments: Vec<Attachment>,
}

/// The notes and attachments of a record, newest first.
#[utoipa::path(get, path = "/notes", tag = "Notes", params(SubjectQuery), security(("token" = ["read"])),
    responses((status = 200, body = Remarks)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<SubjectQuery>) -> ApiResult<Json<Remarks>> {
    let subject = Subject { kind: asked.subject_kind, id: asked.subject };
    let found = notes::list(&app, &caller, subject).await?;
    let note = |NoteRow { id, body, author, created_at, .. }| Note { id, body, author, created_at };
    let attachment = |row: AttachmentHead| Attachment {
        id: row.id,
        file_name: row.file_name,
        media_type: row.media_type,
        bytes: row.bytes,
        author: row.author,
        created_at: row.created_at,
    };
    Ok(Json(Remarks {
        notes: found.notes.into_iter().map(note).collect(),
        attachments: found.attachments.into_iter().map(attachment).collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    subject_kind: SubjectKind,
    subject: Uuid,
    #[schema(min_length = 1, max_length = 10000)]
    body: String,
}

/// Add a note to a record.
#[utoipa::path(post, path = "/notes", tag = "Notes", request_body = NewNote,
    security(("token" = ["customers.write"])), responses((status = 201, body = Made)))]
async fn add(Api { app, caller }: Api, Json(new): Json<NewNote>) -> ApiResult<Created<Made>> {
    let subject = Subject { kind: new.subject_kind, id: new.subject };
    Ok(Made::at("notes", notes::add_note(&app, &caller, subject, &new.body).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttachmentToAdd {
    subject_kind: SubjectKind,
    subject: Uuid,
    #[schema(min_length = 1, max_length = 150, example = "order.pdf")]
    file_name: String,
    /// Base64, up to 5 MiB: PDF, PNG, JPEG, XLSX, CSV, text, XML or an e-mail.
    #[schema(content_encoding = "base64")]
    content: String,
}

/// Attach a file to a record.
#[utoipa::path(post, path = "/attachments", tag = "Notes", request_body = AttachmentToAdd,
    security(("token" = ["customers.write"])), responses((status = 201, body = Made)))]
async fn attach(Api { app, caller }: Api, Json(new): Json<AttachmentToAdd>) -> ApiResult<Created<Made>> {
    let content = BASE64_STANDARD.decode(&new.content).map_err(|_| Problem::field("content", "this is not base64"))?;
    let subject = Subject { kind: new.subject_kind, id: new.subject };
    let file = NewAttachment { file_name: new.file_name, content };
    Ok(Made::at("attachments", notes::attach(&app, &caller, subject, file).await?))
}

/// The file itself.
#[utoipa::path(get, path = "/attachments/{id}", tag = "Notes", params(("id" = Uuid, Path)),
    security(("token" = ["read"])),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn download(Api { app, caller }: Api, Path(id): Path<AttachmentId>) -> ApiResult<Download> {
    let file = notes::download(&app, &caller, id).await?;
    // Whatever somebody attached, a browser keeps it and does not show it.
    Ok(Download { media_type: "application/octet-stream", name: file.file_name, bytes: file.content })
}

/// Remove a file with all that it holds. The timeline remembers that it was there.
#[utoipa::path(delete, path = "/attachments/{id}", tag = "Notes", params(("id" = Uuid, Path)),
    security(("token" = ["customers.write"])), responses((status = 204)))]
async fn remove(Api { app, caller }: Api, Path(id): Path<AttachmentId>) -> ApiResult<StatusCode> {
    notes::remove(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
