//! Blocked payers: the list, adding and removing one, and replacing all of it by a file, whose wrong rows are named.

use super::PATH;
use crate::{
    error::{PageResult, sentence_of},
    form::Form,
    links::link,
    page::{Page, Query, render_with},
    session::Session,
    typed::Typed,
    upload::Upload,
};
use app::{
    App, Error,
    desk::{self, BlockedList, BlockedPayer, BlockedPayerRow, BlockedReject},
    lists::Cursor,
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::users::Permission;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "desk/blocked.html")]
struct BlockedPage {
    page: Page,
    form: Form<Typed>,
    q: String,
    rows: Vec<Row>,
    rejects: Vec<BlockedReject>,
    first: String,
    next: String,
    may_change: bool,
}

struct Row {
    key: String,
    who: String,
    account: String,
    why: String,
    at: String,
    by: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    after: Option<Cursor>,
}

fn path() -> String {
    format!("{PATH}/blocked")
}

pub(super) async fn list(State(app): State<App>, session: Session, Query(query): Query<Asked>) -> PageResult {
    page(&app, &session, query, (Form::default(), vec![])).await
}

async fn page(
    app: &App,
    session: &Session,
    query: Asked,
    (form, rejects): (Form<Typed>, Vec<BlockedReject>),
) -> PageResult {
    let first = if query.after.is_some() { link(&path(), &[("q", &query.q)]) } else { String::new() };
    let asked = BlockedList { search: Some(query.q.clone()), after: query.after, limit: Some(100) };
    let found = desk::blocked(app, &session.caller, asked).await?;
    let next = found.next.map(|next| link(&path(), &[("q", &query.q), ("after", &next.to_string())]));
    let page = BlockedPage {
        page: session.page("Blocked payers", "desk"),
        rows: found.rows.into_iter().map(row).collect(),
        rejects,
        first,
        next: next.unwrap_or_default(),
        may_change: session.may(Permission::WriteAccounts),
        q: query.q,
        form,
    };
    render_with(page.form.status(), &page)
}

fn row(found: BlockedPayerRow) -> Row {
    let account = found.account.unwrap_or_default();
    Row {
        key: found.payer_key,
        who: found.name.unwrap_or_else(|| account.clone()),
        account,
        why: found.reason,
        at: found.added_at.to_string(),
        by: found.added_by,
    }
}

pub(super) async fn add(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    let payer =
        BlockedPayer { name: form.text("name"), account: form.text("account"), reason: form.get("reason").to_owned() };
    match desk::block(&app, &session.caller, payer).await {
        Ok(()) => Ok(session.go(path()).saying("Blocked: this payer’s money waits for a person.").into_response()),
        Err(error) => page(&app, &session, Asked::default(), (form.failed(error)?, vec![])).await,
    }
}

pub(super) async fn remove(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    desk::unblock(&app, &session.caller, form.get("key")).await?;
    Ok(session.go(path()).saying("No longer blocked.").into_response())
}

pub(super) async fn import(State(app): State<App>, session: Session, file: Upload) -> PageResult {
    let (file_name, content) = match file.taken() {
        Ok(taken) => taken,
        Err(error) => {
            let form = Form::<Typed>::default().failed(error)?;
            return page(&app, &session, Asked::default(), (form, vec![])).await;
        }
    };
    match desk::import_blocked(&app, &session.caller, &content).await {
        Ok(done) if done.is_saved => {
            let said = format!("The list has {} payers now.", done.payers);
            Ok(session.go(path()).saying(said).into_response())
        }
        Ok(done) => {
            let wrong = format!("{} rows of {file_name} are wrong; nothing was changed.", done.rejects.len());
            let form = Form::<Typed>::default().failed(Error::refused(wrong))?;
            page(&app, &session, Asked::default(), (form, done.rejects)).await
        }
        Err(error @ Error::Invalid(_)) => {
            let form = Form::<Typed>::default().failed(error)?;
            page(&app, &session, Asked::default(), (form, vec![])).await
        }
        Err(error @ Error::Refused(_)) => Ok(session.go(path()).warning(sentence_of(&error)).into_response()),
        Err(error) => Err(error.into()),
    }
}
