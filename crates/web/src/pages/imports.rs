//! Imports: a file is looked at first, then taken over; what was taken over before, and what was rejected.
//!
//! Looking at a file does the whole import and takes it back. The file stays in memory for a while (`uploads`), so that
//! it does not have to be chosen a second time.

use crate::{
    error::{PageResult, sentence_of},
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, render, render_with},
    server::{Site, UPLOAD_LIMIT},
    session::Session,
    typed::Typed,
    upload, uploads,
};
use app::{
    App, Error,
    imports::{self, LogRow, Outcome, Request},
    lists::Part,
};
use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, State},
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use domain::{
    imports::{ImportKind, ImportMap, Reject, shipped_maps},
    users::Permission,
};
use kernel::ImportId;
use std::sync::Arc;
use uuid::Uuid;

const PATH: &str = "/imports";

/// How a file is to be read, and what was found when it was looked at.
#[derive(Debug)]
pub(crate) struct ImportHow {
    map: ImportMap,
    source: Option<String>,
    accept_good_rows: bool,
    rejects: Vec<Reject>,
}

type Upload = uploads::Upload<ImportHow>;

/// Rejects shown on a page; all of them are in the file.
const SHOWN: usize = 100;

pub fn router() -> Router<Site> {
    let look = post(look).layer(DefaultBodyLimit::max(UPLOAD_LIMIT));
    Router::new()
        .route("/imports", get(list))
        .route("/imports/preview", look)
        .route("/imports/run", post(run))
        .route("/imports/preview/{id}/rejects.csv", get(rejects_found))
        .route("/imports/{id}", get(show))
        .route("/imports/{id}/rejects.csv", get(rejects))
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    page: Page,
    form: Form<Typed>,
    list: Filters,
    kinds: Vec<(&'static str, &'static str)>,
    maps: Vec<&'static str>,
    rows: Vec<Row>,
    first: String,
    next: String,
    may_import: bool,
}

struct Row {
    href: String,
    file: String,
    kind: &'static str,
    source: String,
    at: String,
    by: String,
    read: String,
    taken: String,
    unchanged: String,
    rejected: String,
    has_rejects: bool,
}

const FILTERS: &[&str] = &["sort"];

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    show_list(&app, &session, typed, Form::default()).await
}

async fn show_list(app: &App, session: &Session, listed: Typed, form: Form<Typed>) -> PageResult {
    let mut list = Filters::new(PATH, FILTERS, listed).sorted_by("-date");
    let (sort, part) = (list.read("sort").unwrap_or_default(), Part { after: list.read("after"), limit: None });
    let found = list.rows(imports::list(app, &session.caller, sort, &part)).await?;
    let status = if form.status() == StatusCode::OK { list.status() } else { form.status() };
    let page = ListPage {
        page: session.page("Imports", "imports"),
        kinds: ImportKind::ALL.iter().map(|kind| (kind.as_str(), words(*kind))).collect(),
        maps: shipped_maps().iter().map(|map| map.name).collect(),
        rows: found.rows.iter().map(row).collect(),
        first: list.first(),
        next: list.next(found.next.as_ref()),
        may_import: session.may(Permission::RunImports),
        form,
        list,
    };
    render_with(status, &page)
}

fn row(log: &LogRow) -> Row {
    Row {
        href: format!("{PATH}/{}", log.id),
        file: log.file_name.clone(),
        kind: words(log.kind),
        source: log.source.clone(),
        at: log.recorded_at.to_string(),
        by: log.recorded_by.clone(),
        read: log.rows.to_string(),
        taken: log.created.to_string(),
        unchanged: log.unchanged.to_string(),
        rejected: log.rejected.to_string(),
        has_rejects: log.rejected > 0,
    }
}

const fn words(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Customers => "Customers",
        ImportKind::Products => "Products",
        ImportKind::Invoices => "Invoices",
        ImportKind::Payments => "Payments",
        ImportKind::OpenItems => "Open items",
    }
}

#[derive(Template)]
#[template(path = "imports/preview.html")]
struct PreviewPage {
    page: Page,
    file: String,
    kind: &'static str,
    /// Where the file waits.
    upload: String,
    outcome: Outcome,
    ignored: String,
    rejects: Vec<[String; 4]>,
    rejects_href: String,
    accepts: bool,
    may_run: bool,
    refusal: String,
}

async fn look(State(site): State<Site>, session: Session, parts: Multipart) -> PageResult {
    session.caller.may(Permission::RunImports)?;
    let (typed, files) = upload::fields(parts).await?;
    let upload = match files.and_then(|mut files| asked(&typed, files.pop())) {
        Ok(upload) => upload,
        Err(error) => return show_list(&site.app, &session, Typed::default(), Form::new(typed).failed(error)?).await,
    };
    match rehearse(&site, &session, upload).await {
        Ok((upload, id, outcome)) => preview(&session, &upload, id, (outcome, "")),
        Err(error) => show_list(&site.app, &session, Typed::default(), Form::new(typed).failed(error)?).await,
    }
}

/// Does the import, takes it back, and keeps the file.
async fn rehearse(site: &Site, session: &Session, upload: Upload) -> app::Result<(Arc<Upload>, Uuid, Outcome)> {
    let outcome = imports::run(&site.app, &session.caller, request(&upload, true), &|_| {}).await?;
    let how = ImportHow { rejects: outcome.rejects.clone(), ..upload.how };
    let upload = Arc::new(Upload { how, ..upload });
    let id = site.uploads.keep(site.app.now(), session.id, Arc::clone(&upload));
    Ok((upload, id, outcome))
}

fn request(upload: &Upload, rehearse: bool) -> Request {
    Request {
        file_name: upload.file_name.clone(),
        bytes: upload.bytes.clone(),
        map: upload.how.map.clone(),
        source: upload.how.source.clone(),
        rehearse,
        accept_good_rows: upload.how.accept_good_rows,
    }
}

fn preview(session: &Session, upload: &Upload, id: Uuid, (outcome, refusal): (Outcome, &str)) -> PageResult {
    let changes = outcome.created + outcome.updated + outcome.payments + outcome.customers > 0;
    let page = PreviewPage {
        page: session.page("Look at the preview", "imports"),
        file: upload.file_name.clone(),
        kind: words(upload.how.map.kind),
        upload: id.to_string(),
        ignored: outcome.ignored_columns.join(", "),
        rejects: outcome.rejects.iter().take(SHOWN).map(Reject::cells).collect(),
        rejects_href: format!("{PATH}/preview/{id}/rejects.csv"),
        accepts: upload.how.accept_good_rows,
        may_run: changes && (outcome.rejects.is_empty() || upload.how.accept_good_rows),
        refusal: refusal.to_owned(),
        outcome,
    };
    let status = if refusal.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    render_with(status, &page)
}

/// The file with the map that was pasted or chosen; else its columns are named like our fields.
fn asked(typed: &Typed, file: Option<(String, Vec<u8>)>) -> app::Result<Upload> {
    let shipped = shipped_maps().iter().find(|map| map.name == typed.get("map"));
    let toml = typed.text("toml").or_else(|| shipped.map(|map| map.toml.to_owned()));
    let map = match toml {
        Some(toml) => ImportMap::from_toml(&toml).map_err(|error| Error::field("toml", error))?,
        None => {
            let kind: ImportKind =
                typed.get("kind").parse().map_err(|_| Error::field("kind", "say what the file has"))?;
            ImportMap::plain(kind)
        }
    };
    let (file_name, bytes) = file.ok_or_else(|| Error::field("file", "choose a file"))?;
    let (source, accept_good_rows) = (typed.text("source"), typed.has("accept_good_rows"));
    Ok(Upload { file_name, bytes, how: ImportHow { map, source, accept_good_rows, rejects: vec![] } })
}

async fn run(State(site): State<Site>, session: Session, form: Form<Typed>) -> PageResult {
    session.caller.may(Permission::RunImports)?;
    let id: Uuid = form.get("upload").parse().unwrap_or_default();
    let Some(upload) = site.uploads.get(site.app.now(), session.id, id) else {
        let gone = "The file was looked at more than 15 minutes ago and is gone; choose it again.";
        return Ok(session.go(PATH).warning(gone).into_response());
    };
    match imports::run(&site.app, &session.caller, request(&upload, false), &|_| {}).await {
        Ok(outcome) => match outcome.id {
            Some(import) => {
                site.uploads.forget(id);
                let said = format!("{} were taken over from {}.", counted(&outcome), upload.file_name);
                Ok(session.go(format!("{PATH}/{import}")).saying(said).into_response())
            }
            None => preview(&session, &upload, id, (outcome, "Nothing was taken over.")),
        },
        Err(error @ (Error::Refused(_) | Error::Conflict(_) | Error::Stale | Error::Invalid(_))) => {
            Ok(session.go(PATH).warning(sentence_of(&error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn counted(outcome: &Outcome) -> String {
    let parts = [
        (outcome.created, "new"),
        (outcome.updated, "changed"),
        (outcome.payments, "payments"),
        (outcome.customers, "customers"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
    said.join(", ")
}

#[derive(Template)]
#[template(path = "imports/show.html")]
struct ShowPage {
    page: Page,
    log: Row,
    digest: String,
    rejects: Vec<[String; 4]>,
    rejects_href: String,
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<ImportId>) -> PageResult {
    let log = imports::show(&app, &session.caller, id).await?;
    render(&ShowPage {
        page: session.page(log.file_name.clone(), "imports"),
        log: row(&log),
        digest: log.file_digest.clone(),
        rejects: logged(&log).into_iter().take(SHOWN).collect(),
        rejects_href: format!("{PATH}/{id}/rejects.csv"),
    })
}

fn logged(log: &LogRow) -> Vec<[String; 4]> {
    serde_json::from_value(log.rejects.0.clone()).unwrap_or_default()
}

async fn rejects(State(app): State<App>, session: Session, Path(id): Path<ImportId>) -> PageResult {
    let log = imports::show(&app, &session.caller, id).await?;
    csv_file(&logged(&log))
}

async fn rejects_found(State(site): State<Site>, session: Session, Path(id): Path<Uuid>) -> PageResult {
    let kept = site.uploads.get(site.app.now(), session.id, id).ok_or(Error::NotFound("file"))?;
    csv_file(&kept.how.rejects.iter().map(Reject::cells).collect::<Vec<_>>())
}

fn csv_file(rows: &[[String; 4]]) -> PageResult<Response> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(Reject::HEADER).map_err(Error::broken)?;
    for row in rows {
        csv.write_record(row).map_err(Error::broken)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::broken(error.to_string()))?;
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"rejects.csv\"")];
    Ok((headers, bytes).into_response())
}
