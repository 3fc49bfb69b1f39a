//! Notes and files on a customer's timeline; a refused one is shown there with what was typed.

use super::{PATH, show};
use crate::{error::PageResult, form::Form, page::Path, server::Site, session::Session, upload::Upload};
use app::{
    App,
    notes::{self, NewAttachment, Subject},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    response::IntoResponse as _,
    routing::post,
};
use domain::notes::{MOST_BYTES, SubjectKind};
use kernel::CustomerId;
use serde::Deserialize;

/// The parts of an upload around its file.
const AROUND: usize = 16 * 1024;

pub(super) fn router() -> Router<Site> {
    let limit = DefaultBodyLimit::max(MOST_BYTES + AROUND);
    Router::new()
        .route("/customers/{id}/notes", post(add_note))
        .route("/customers/{id}/files", post(attach).layer(limit))
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
    match keep(&app, &session, id, upload).await {
        Ok(said) => Ok(session.go(format!("{PATH}/{id}?tab=timeline")).saying(said).into_response()),
        Err(error) => {
            let form = Form::new(NoteForm::default()).failed(error)?;
            show::timeline(&app, &session, id, None, &form).await
        }
    }
}

async fn keep(app: &App, session: &Session, id: CustomerId, upload: Upload) -> app::Result<String> {
    let (file_name, content) = upload.taken()?;
    let said = format!("{file_name} was attached.");
    notes::attach(app, &session.caller, subject(id), NewAttachment { file_name, content }).await?;
    Ok(said)
}
