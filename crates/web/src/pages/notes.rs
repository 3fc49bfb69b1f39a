//! Notes and files beside a document or a payment: the panel on its page, and what the panel's forms do.
//!
//! A page loads `Beside` and includes `notes/panel.html`. What is refused is shown on a page of its own with what was
//! typed. A file is always downloaded, never shown, whatever it says that it is. Customers have theirs on their timeline.

use crate::{
    changes::subject_href,
    error::PageResult,
    form::Form,
    page::{Page, Path, render_with},
    server::Site,
    session::Session,
    upload::Upload,
};
use app::{
    App,
    notes::{self, AttachmentHead, NewAttachment, NoteRow, Subject},
};
use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{
    notes::{MOST_BYTES, SubjectKind},
    users::Permission,
};
use kernel::AttachmentId;
use serde::Deserialize;
use uuid::Uuid;

/// The parts of an upload around its file.
const AROUND: usize = 16 * 1024;

pub fn router() -> Router<Site> {
    let limit = DefaultBodyLimit::max(MOST_BYTES + AROUND);
    Router::new()
        .route("/beside/{kind}/{id}/notes", post(add))
        .route("/beside/{kind}/{id}/files", post(attach).layer(limit))
        .route("/files/{id}", get(download))
        .route("/files/{id}/remove", post(remove))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NoteForm {
    pub body: String,
}

/// What stands beside a record.
pub(crate) struct Beside {
    pub path: String,
    pub said: Vec<Said>,
    pub files: Vec<File>,
    pub may_write: bool,
    pub form: Form<NoteForm>,
}

pub(crate) struct Said {
    pub words: String,
    pub author: String,
    pub on: String,
}

pub(crate) struct File {
    pub id: AttachmentId,
    pub called: String,
    pub size: String,
    pub on: String,
    pub author: String,
}

impl Beside {
    pub(crate) async fn load(app: &App, session: &Session, kind: SubjectKind, id: Uuid) -> PageResult<Self> {
        let found = notes::list(app, &session.caller, Subject { kind, id }).await?;
        let said = |row: NoteRow| Said { words: row.body, author: row.author, on: row.created_at.to_string() };
        Ok(Self {
            path: format!("/beside/{kind}/{id}"),
            said: found.notes.into_iter().map(said).collect(),
            files: found.attachments.into_iter().map(File::from).collect(),
            may_write: session.may(Permission::WriteCustomers),
            form: Form::default(),
        })
    }
}

impl From<AttachmentHead> for File {
    fn from(row: AttachmentHead) -> Self {
        Self {
            id: row.id,
            called: row.file_name,
            size: format!("{} kB", (row.bytes + 1023) / 1024),
            on: row.created_at.to_string(),
            author: row.author,
        }
    }
}

/// The page of a record, where its notes and files are.
fn page_of(subject: Subject) -> String {
    let path = subject_href(subject.kind.as_str(), subject.id);
    if subject.kind == SubjectKind::Customer { format!("{path}?tab=timeline") } else { path }
}

#[derive(Template)]
#[template(path = "notes/refused.html")]
struct Refused {
    page: Page,
    beside: Beside,
    up: String,
}

async fn refused(app: &App, session: &Session, subject: Subject, form: Form<NoteForm>) -> PageResult {
    let beside = Beside { form, ..Beside::load(app, session, subject.kind, subject.id).await? };
    let page = session.page("Notes and files", "");
    render_with(beside.form.status(), &Refused { page, beside, up: page_of(subject) })
}

async fn add(
    State(app): State<App>,
    session: Session,
    Path((kind, id)): Path<(SubjectKind, Uuid)>,
    form: Form<NoteForm>,
) -> PageResult {
    let subject = Subject { kind, id };
    match notes::add_note(&app, &session.caller, subject, &form.body).await {
        Ok(_) => Ok(session.go(page_of(subject)).saying("The note was added.").into_response()),
        Err(error) => refused(&app, &session, subject, form.failed(error)?).await,
    }
}

async fn attach(
    State(app): State<App>,
    session: Session,
    Path((kind, id)): Path<(SubjectKind, Uuid)>,
    upload: Upload,
) -> PageResult {
    let subject = Subject { kind, id };
    match keep(&app, &session, subject, upload).await {
        Ok(said) => Ok(session.go(page_of(subject)).saying(said).into_response()),
        Err(error) => refused(&app, &session, subject, Form::new(NoteForm::default()).failed(error)?).await,
    }
}

/// Attaches a file and says so.
async fn keep(app: &App, session: &Session, subject: Subject, upload: Upload) -> app::Result<String> {
    let (file_name, content) = upload.taken()?;
    let said = format!("{file_name} was attached.");
    notes::attach(app, &session.caller, subject, NewAttachment { file_name, content }).await?;
    Ok(said)
}

async fn download(State(app): State<App>, session: Session, Path(id): Path<AttachmentId>) -> PageResult {
    let file = notes::download(&app, &session.caller, id).await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", percent(&file.file_name));
    let headers = [(CONTENT_TYPE, file.media_type.to_string()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, file.content).into_response())
}

async fn remove(State(app): State<App>, session: Session, Path(id): Path<AttachmentId>) -> PageResult {
    let subject = notes::remove(&app, &session.caller, id).await?;
    Ok(session.go(page_of(subject)).saying("The file was removed.").into_response())
}

/// A file's name in a header (RFC 8187).
fn percent(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
