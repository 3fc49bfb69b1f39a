//! A table that no definition knows: how it could be read, to be confirmed or changed by a person before it counts.

use super::{Account, PATH, accounts, arrived};
use crate::{
    error::PageResult,
    form::Form,
    page::{Page, render_with},
    server::Site,
    session::Session,
    typed::Typed,
    uploads::Upload,
};
use app::{
    Error,
    bank::{self, KeepTable, Proposal, ReceiveFile},
    receiving,
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use domain::users::Permission;
use kernel::BankAccountId;
use std::sync::Arc;
use uuid::Uuid;

/// How a bank's file is to be read.
#[derive(Debug)]
pub(crate) struct BankHow {
    bank_account: Option<BankAccountId>,
}

#[derive(Template)]
#[template(path = "bank/table.html")]
struct TablePage {
    page: Page,
    form: Form<Typed>,
    file: String,
    /// Where the file waits.
    upload: String,
    proposal: Option<Proposal>,
    accounts: Vec<Account>,
}

/// Whether all that is wrong is that nobody has confirmed the columns.
pub(super) fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Invalid(fields) if fields.iter().any(|wrong| wrong.field == "table"))
}

/// Shows how the file could be read: as it was typed, or as its head looks.
pub(super) async fn propose(
    site: &Site,
    session: &Session,
    file: ReceiveFile,
    form: Option<(Uuid, Form<Typed>)>,
) -> PageResult {
    let (form, id) = match form {
        Some((id, form)) => (form, id),
        None => {
            let how = BankHow { bank_account: file.bank_account };
            let upload = Upload { file_name: file.name.clone(), bytes: file.bytes.clone(), how };
            let id = site.bank_uploads.keep(site.app.now(), session.id, Arc::new(upload));
            let account = file.bank_account.map(|id| id.to_string()).unwrap_or_default();
            (Form::new(Typed::default().with("bank_account", account)), id)
        }
    };
    let name = file.name.clone();
    let (proposal, form) = match bank::propose_table(&site.app, &session.caller, file).await {
        Ok(proposal) => (Some(proposal), form),
        Err(error) if form.errors().is_empty() => (None, form.failed(error)?),
        Err(_) => (None, form),
    };
    let form = match &proposal {
        Some(proposal) if !form.has("table") => {
            Form::new(Typed::clone(&form).with("table", proposal.definition.clone()))
        }
        _ => form,
    };
    let page = TablePage {
        page: session.page("How is this table read?", "bank"),
        file: name,
        upload: id.to_string(),
        proposal,
        accounts: accounts(&site.app, session).await?,
        form,
    };
    render_with(page.form.status(), &page)
}

/// Keeps the definition and takes the file over by it.
pub(super) async fn confirm(State(site): State<Site>, session: Session, form: Form<Typed>) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let id: Uuid = form.get("upload").parse().unwrap_or_default();
    let Some(upload) = site.bank_uploads.get(site.app.now(), session.id, id) else {
        let gone = "The file was dropped more than 15 minutes ago and is gone; drop it again.";
        return Ok(session.go(PATH).warning(gone).into_response());
    };
    let mut wrong = vec![];
    let bank_account = form.read(&mut wrong, "bank_account").or(upload.how.bank_account);
    let table = form.text("table");
    let file = ReceiveFile {
        name: upload.file_name.clone(),
        bytes: upload.bytes.clone(),
        bank_account,
        format: None,
        table: table.clone(),
    };
    if form.has("look") {
        return propose(&site, &session, file, Some((id, form))).await;
    }
    let keep = KeepTable { name: form.get("name").to_owned(), definition: table.unwrap_or_default(), bank_account };
    let done = match bank::preview(&site.app, &session.caller, file.clone()).await {
        Ok(_) => bank::keep_table(&site.app, &session.caller, keep).await,
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        let form = form.failed(error)?;
        return propose(&site, &session, file, Some((id, form))).await;
    }
    let arrival = receiving::receive(&site.app, &session.caller, file).await?;
    site.bank_uploads.forget(id);
    Ok(arrived(&session, &arrival))
}
