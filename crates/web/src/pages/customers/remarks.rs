//! Notes and files beside a customer. A file is always downloaded, never shown, whatever it says that it is.

use super::{PATH, show};
use crate::{error::PageResult, form::Form, page::Path, server::Site, session::Session, upload::Upload};
use app::{
    App,
    notes::{self, NewAttachment, Subject},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::notes::{MOST_BYTES, SubjectKind};
use kernel::{AttachmentId, CustomerId};
use serde::Deserialize;

/// The parts of an upload around its file.
const AROUND: usize = 16 * 1024;

pub(super) fn router() -> Router<Site> {
    let limit = DefaultBodyLimit::max(MOST_BYTES + AROUND);
    Router::new()
        .route("/customers/{id}/notes", post(add_note))
        .route("/customers/{id}/files", post(attach).layer(limit))
        .route("/files/{id}", get(download))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NoteForm {
    pub(super) body: String,
}

pub(super) const fn subject(id: CustomerId) -> Subject {
    Subject { kind: SubjectKind::Customer, id: id.0 }
}

async fn add_note(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CustomerId>,
    form: Form<NoteForm>,
) -> PageResult {
    match notes::add_note(&app, &session.caller, subject(id), &form.body).await {
        Ok(_) => Ok(session.go(format!("{PATH}/{id}?tab=timeline")).saying("The note was added.").into_response()),
        Err(error) => show::timeline(&app, &session, id, None, &form.failed(error)?).await,
    }
}

async fn attach(State(app): State<App>, session: Session, Path(id): Path<CustomerId>, upload: Upload) -> PageResult {
    let new = NewAttachment { file_name: upload.file_name.clone(), content: upload.content };
    match notes::attach(&app, &session.caller, subject(id), new).await {
        Ok(_) => {
            let said = format!("{} was attached.", upload.file_name);
            Ok(session.go(format!("{PATH}/{id}?tab=timeline")).saying(said).into_response())
        }
        Err(error) => {
            let form = Form::new(NoteForm::default()).failed(error)?;
            show::timeline(&app, &session, id, None, &form).await
        }
    }
}

async fn download(State(app): State<App>, session: Session, Path(id): Path<AttachmentId>) -> PageResult {
    let file = notes::download(&app, &session.caller, id).await?;
    let disposition = format!("attachment; filename*=UTF-8''{}", percent(&file.file_name));
    let headers = [(CONTENT_TYPE, file.media_type.to_string()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, file.content).into_response())
}

/// A file's name in a header (RFC 8187).
fn percent(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
