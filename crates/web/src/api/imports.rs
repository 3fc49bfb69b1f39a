//! Imports: a stranger's file becomes customers, products, invoices, payments or open items.

use super::{
    auth::Api,
    extract::{Json, Path, Query, too_large},
    problem::{ApiResult, Problem},
    schema::{Limit, Page, size},
};
use crate::server::Site;
use app::{
    Error,
    imports::{self, ImportSort, LogRow, Outcome, Request},
    lists::{Cursor, Part},
};
use axum::{
    extract::{FromRequest, Multipart, Request as HttpRequest},
    http::StatusCode,
};
use domain::imports::{ImportKind, ImportMap, Reject, shipped_maps};
use kernel::{ImportId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, run)).routes(routes!(show)).routes(routes!(maps))
}

/// A file that was taken over.
#[derive(Serialize, ToSchema)]
struct Import {
    id: ImportId,
    kind: ImportKind,
    source: String,
    file_name: String,
    /// SHA-256 of the file.
    file_digest: String,
    rows: i64,
    /// Records that are new or changed.
    created: i64,
    unchanged: i64,
    rejected: i64,
    recorded_at: Timestamp,
    recorded_by: String,
}

impl From<LogRow> for Import {
    fn from(row: LogRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            source: row.source,
            file_name: row.file_name,
            file_digest: row.file_digest,
            rows: row.rows,
            created: row.created,
            unchanged: row.unchanged,
            rejected: row.rejected,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
        }
    }
}

/// An import with the rows that were not taken.
#[derive(Serialize, ToSchema)]
struct ImportDetail {
    import: Import,
    /// Line, column, value and reason of the first thousand.
    rejects: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(inline)]
    sort: Option<ImportSort>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
}

/// Files that were taken over, newest first unless told otherwise; `-` turns an order round.
#[utoipa::path(get, path = "/imports", tag = "Imports", params(ListQuery), security(("token" = ["read"])),
    responses((status = 200, body = Page<Import>)))]
async fn list(Api { app, caller }: Api, Query(asked): Query<ListQuery>) -> ApiResult<Json<Page<Import>>> {
    let part = Part { after: asked.after, limit: Some(size(asked.limit)) };
    let page = imports::list(&app, &caller, asked.sort.unwrap_or_default(), &part).await?;
    Ok(Json(Page::of(page, Import::from)))
}

/// An import with the rows that were not taken.
#[utoipa::path(get, path = "/imports/{id}", tag = "Imports", params(("id" = Uuid, Path)),
    security(("token" = ["read"])), responses((status = 200, body = ImportDetail)))]
async fn show(Api { app, caller }: Api, Path(id): Path<ImportId>) -> ApiResult<Json<ImportDetail>> {
    let row = imports::show(&app, &caller, id).await?;
    let rejects = serde_json::from_value(row.rejects.0.clone()).map_err(Error::broken)?;
    Ok(Json(ImportDetail { rejects, import: row.into() }))
}

/// A map file that comes with the program.
#[derive(Serialize, ToSchema)]
struct ShippedMap {
    name: &'static str,
    toml: &'static str,
}

/// The map files that come with the program, to use by name or to start from.
#[utoipa::path(get, path = "/import-maps", tag = "Imports", security(("token" = ["read"])),
    responses((status = 200, body = Vec<ShippedMap>)))]
async fn maps(Api { caller, .. }: Api) -> ApiResult<Json<Vec<ShippedMap>>> {
    caller.may(domain::users::Permission::Read)?;
    Ok(Json(shipped_maps().iter().map(|map| ShippedMap { name: map.name, toml: map.toml }).collect()))
}

/// A file and what to do with it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the parts of the form; they are read one by one")]
struct ImportForm {
    /// CSV or XLSX, up to 16 MB; larger ones with `quittance import`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What the file has; not needed with a map.
    kind: Option<ImportKind>,
    /// The name of a map file that comes with the program.
    map: Option<String>,
    /// A map file of one's own (TOML).
    map_toml: Option<String>,
    /// Name of the system that the ids come from; the map's when left out.
    source: Option<String>,
    /// `true`: do everything, say what came of it, and take it back.
    dry_run: Option<bool>,
    /// `true`: take the good rows although others are bad.
    accept_good_rows: Option<bool>,
}

/// What came of a file.
#[derive(Serialize, ToSchema)]
struct ImportOutcome {
    /// Absent when nothing was saved: a rehearsal, a bad row, or nothing new.
    import: Option<ImportId>,
    saved: bool,
    source: String,
    rows: usize,
    skipped: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    /// Payments that came along with invoices.
    payments: usize,
    /// Customers that came along.
    customers: usize,
    ignored_columns: Vec<String>,
    /// Every bad row with its line, column, value and reason.
    rejects: Vec<Reject>,
}

impl From<Outcome> for ImportOutcome {
    fn from(outcome: Outcome) -> Self {
        Self {
            import: outcome.id,
            saved: outcome.saved,
            source: outcome.source,
            rows: outcome.rows,
            skipped: outcome.skipped,
            created: outcome.created,
            updated: outcome.updated,
            unchanged: outcome.unchanged,
            payments: outcome.payments,
            customers: outcome.customers,
            ignored_columns: outcome.ignored_columns,
            rejects: outcome.rejects,
        }
    }
}

/// Take a file over, or rehearse it. Nothing is half-imported; the same file again changes nothing.
#[utoipa::path(post, path = "/imports", tag = "Imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    security(("token" = ["imports.run"])), responses((status = 200, body = ImportOutcome)))]
async fn run(Api { app, caller }: Api, ImportRequest(request): ImportRequest) -> ApiResult<Json<ImportOutcome>> {
    Ok(Json(imports::run(&app, &caller, request, &|_| {}).await?.into()))
}

/// The parts of the form, read.
struct ImportRequest(Request);

#[derive(Default)]
struct Parts {
    file: Option<(String, Vec<u8>)>,
    kind: Option<ImportKind>,
    map: Option<ImportMap>,
    source: Option<String>,
    dry_run: bool,
    accept_good_rows: bool,
}

impl<S: Send + Sync> FromRequest<S> for ImportRequest {
    type Rejection = Problem;

    async fn from_request(request: HttpRequest, state: &S) -> Result<Self, Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|_| {
            let detail = "Send the header `Content-Type: multipart/form-data` with its boundary.";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-form", detail)
        })?;
        let mut parts = Parts::default();
        loop {
            let part = form.next_field().await.map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => Problem::bad_request("The form was not understood."),
            })?;
            let Some(part) = part else { return parts.request().map(Self) };
            let (name, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let bytes = part.bytes().await.map_err(|_| too_large())?;
            if name == "file" {
                parts.file = Some((file_name.unwrap_or_else(|| "upload".to_owned()), bytes.to_vec()));
                continue;
            }
            let text = String::from_utf8(bytes.to_vec()).ok().filter(|text| !text.contains('\0'));
            let text = text.ok_or_else(|| Problem::field(name.clone(), "this is not text"))?;
            parts.take(&name, text)?;
        }
    }
}

impl Parts {
    fn take(&mut self, name: &str, text: String) -> Result<(), Problem> {
        let wrong = |message: String| Problem::field(name, message);
        match name {
            "kind" => self.kind = Some(text.parse().map_err(wrong)?),
            "map" => {
                let shipped = shipped_maps().iter().find(|map| map.name == text);
                let shipped = shipped.ok_or_else(|| wrong(format!("there is no map called `{text}`")))?;
                self.map = Some(ImportMap::from_toml(shipped.toml).map_err(|error| wrong(error.to_string()))?);
            }
            "map_toml" => self.map = Some(ImportMap::from_toml(&text).map_err(|error| wrong(error.to_string()))?),
            "source" => self.source = Some(text),
            "dry_run" => self.dry_run = flag(&text).map_err(wrong)?,
            "accept_good_rows" => self.accept_good_rows = flag(&text).map_err(wrong)?,
            _ => return Err(wrong("there is no such part of the form".to_owned())),
        }
        Ok(())
    }

    fn request(self) -> Result<Request, Problem> {
        let map = self.map.or_else(|| self.kind.map(ImportMap::plain));
        let map = map.ok_or_else(|| Problem::field("kind", "say what the file has, or send a map"))?;
        let (file_name, bytes) = self.file.ok_or_else(|| Problem::field("file", "is missing"))?;
        let (source, rehearse, accept_good_rows) = (self.source, self.dry_run, self.accept_good_rows);
        Ok(Request { file_name, bytes, map, source, rehearse, accept_good_rows })
    }
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("`{text}` is neither true nor false"))
}
