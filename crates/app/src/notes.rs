//! Notes and attachments: what people want to remember beside a record, and events of the customer's timeline.
//!
//! A note stays. A file can be taken away with all that it holds; the timeline and the log remember that it was there.

use crate::{
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{
    notes::{MediaType, SubjectKind, check_file_name, check_note, media_type},
    users::Permission,
};
use kernel::{AttachmentId, CustomerId, NoteId};
use serde_json::json;
use store::notes::{self, AttachmentRow};
pub use store::notes::{AttachmentHead, NoteRow};
use uuid::Uuid;

/// The record that a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: Uuid,
}

#[derive(Debug)]
pub struct NewAttachment {
    pub file_name: String,
    pub content: Vec<u8>,
}

/// Notes and attachments of a record, newest first.
#[derive(Debug)]
pub struct Remarks {
    pub notes: Vec<NoteRow>,
    pub attachments: Vec<AttachmentHead>,
}

#[derive(Debug)]
pub struct AttachmentFile {
    pub file_name: String,
    pub media_type: MediaType,
    pub content: Vec<u8>,
}

const LETTERS_IN_TIMELINE: usize = 200;

pub async fn add_note(app: &App, caller: &Caller, subject: Subject, body: &str) -> Result<NoteId> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let body = check_note(body).map_err(|refusal| Error::field("body", refusal))?;
    let customer = customer_of(&mut work, subject).await?;
    let id = new_id::<NoteId>();
    work.save(&[NoteRow {
        company_id: work.company_id(),
        id,
        subject_kind: subject.kind,
        subject_id: subject.id,
        body: body.clone(),
        author: work.actor.name(),
        created_at: work.now,
    }]);
    let shown: String = body.chars().take(LETTERS_IN_TIMELINE).collect();
    let more = if shown.len() < body.len() { "…" } else { "" };
    work.record(Event {
        action: "note.added",
        subject_kind: subject.kind.as_str(),
        subject_id: subject.id,
        customer: Some(customer),
        summary: format!("Note: {shown}{more}"),
        before: None,
        after: Some(json!({"note": id, "body": body})),
    });
    work.commit().await?;
    Ok(id)
}

pub async fn attach(app: &App, caller: &Caller, subject: Subject, new: NewAttachment) -> Result<AttachmentId> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let file_name = check_file_name(&new.file_name);
    let media_type = media_type(&new.content, &file_name).map_err(|refusal| Error::field("file", refusal))?;
    let customer = customer_of(&mut work, subject).await?;
    let id = new_id::<AttachmentId>();
    let bytes = i64::try_from(new.content.len()).map_err(Error::broken)?;
    work.save(&[AttachmentRow {
        company_id: work.company_id(),
        id,
        subject_kind: subject.kind,
        subject_id: subject.id,
        file_name: file_name.clone(),
        media_type,
        bytes,
        content: BASE64_STANDARD.encode(&new.content),
        author: work.actor.name(),
        created_at: work.now,
    }]);
    work.record(Event {
        action: "attachment.added",
        subject_kind: subject.kind.as_str(),
        subject_id: subject.id,
        customer: Some(customer),
        summary: format!("{file_name} was attached"),
        before: None,
        after: Some(json!({"attachment": id, "file_name": file_name, "media_type": media_type, "bytes": bytes})),
    });
    work.commit().await?;
    Ok(id)
}

pub async fn list(app: &App, caller: &Caller, subject: Subject) -> Result<Remarks> {
    let mut work = app.read(caller, Permission::Read).await?;
    customer_of(&mut work, subject).await?;
    let company = work.company_id();
    Ok(Remarks {
        notes: notes::notes(&mut work.tx, company, subject.id).await?,
        attachments: notes::attachments(&mut work.tx, company, subject.id).await?,
    })
}

pub async fn download(app: &App, caller: &Caller, id: AttachmentId) -> Result<AttachmentFile> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let row = notes::attachment(&mut work.tx, company, id).await?.ok_or(Error::NotFound("attachment"))?;
    let content = BASE64_STANDARD.decode(&row.content).map_err(Error::broken)?;
    Ok(AttachmentFile { file_name: row.file_name, media_type: row.media_type, content })
}

/// Takes a file away; what remains are its name and who took it.
pub async fn remove(app: &App, caller: &Caller, id: AttachmentId) -> Result<Subject> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let company = work.company_id();
    let row = notes::attachment(&mut work.tx, company, id).await?.ok_or(Error::NotFound("attachment"))?;
    let subject = Subject { kind: row.subject_kind, id: row.subject_id };
    let customer = customer_of(&mut work, subject).await?;
    notes::remove_attachment(&mut work.tx, company, id).await?;
    work.record(Event {
        action: "attachment.removed",
        subject_kind: subject.kind.as_str(),
        subject_id: subject.id,
        customer: Some(customer),
        summary: format!("{} was removed", row.file_name),
        before: Some(json!({"attachment": id, "file_name": row.file_name, "bytes": row.bytes})),
        after: None,
    });
    work.commit().await?;
    Ok(subject)
}

async fn customer_of(work: &mut Work, subject: Subject) -> Result<CustomerId> {
    let company = work.company_id();
    let found = notes::customer_of(&mut work.tx, company, subject.kind, subject.id).await?;
    found.ok_or(Error::NotFound(subject.kind.as_str()))
}
