//! Reports: one question about the books, as JSON, CSV or a workbook.

use super::{
    auth::Api,
    extract::{Json, Path},
    problem::{ApiResult, Problem},
    schema::Download,
};
use crate::server::Site;
use app::reports::{self, Asked, REPORTS, Report};
use axum::{
    extract::RawQuery,
    http::{HeaderMap, header::ACCEPT},
    response::{IntoResponse as _, Response},
};
use kernel::text_enum;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

text_enum! {
    pub enum ReportFormat {
        Json = "json",
        Csv = "csv",
        Xlsx = "xlsx",
    }
}

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A report that can be asked for.
#[derive(Serialize, ToSchema)]
struct ReportAbout {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    /// What it can be asked with.
    parameters: &'static [&'static str],
}

/// The reports, with what each can be asked.
#[utoipa::path(get, path = "/reports", tag = "Reports", security(("token" = ["read"])),
    responses((status = 200, body = Vec<ReportAbout>)))]
async fn list(Api { caller, .. }: Api) -> ApiResult<Json<Vec<ReportAbout>>> {
    caller.may(domain::users::Permission::Read)?;
    let about = |info: &reports::ReportInfo| ReportAbout {
        name: info.name,
        title: info.title,
        about: info.about,
        parameters: info.parameters,
    };
    Ok(Json(REPORTS.iter().map(about).collect()))
}

/// A report. Which parameters it takes, `/reports` says; others are refused. `as_of` is the day that is looked at,
/// `known_at` the instant whose knowledge counts. CSV has exact amounts and no totals; a workbook has both.
#[utoipa::path(get, path = "/reports/{name}", tag = "Reports",
    params(
        ("name" = String, Path, example = "aged-receivables"),
        ("format" = Option<String>, Query, description = "`json`, `csv` or `xlsx`; else what the header Accept asks for"),
        ("as_of" = Option<String>, Query, description = "a day such as 2026-08-31; today when left out"),
        ("known_at" = Option<String>, Query, description = "an instant such as 2026-08-31T12:00:00Z"),
        ("from" = Option<String>, Query, description = "the first day of a period"),
        ("to" = Option<String>, Query, description = "the last day of a period"),
        ("customer" = Option<String>, Query, description = "id or number"),
        ("group" = Option<String>, Query, description = "any customer of a group, by id or number"),
        ("currency" = Option<String>, Query),
        ("by" = Option<String>, Query, description = "what the rows are, in the report's own words"),
        ("basis" = Option<String>, Query, description = "`due_date` or `invoice_date`"),
        ("credits" = Option<String>, Query, description = "`separate` or `netted`"),
        ("amounts" = Option<String>, Query, description = "`document` or `base`"),
        ("buckets" = Option<String>, Query, description = "upper ends in days, such as 30,60,90"),
        ("period" = Option<String>, Query, description = "`month`, `quarter` or `year`"),
        ("kind" = Option<String>, Query, description = "of items or of journal entries"),
        ("side" = Option<String>, Query, description = "`debts` or `credits`"),
        ("overdue" = Option<String>, Query, description = "`true` or `false`"),
        ("due_from" = Option<String>, Query),
        ("due_to" = Option<String>, Query),
        ("dated_from" = Option<String>, Query),
        ("dated_to" = Option<String>, Query),
        ("account" = Option<String>, Query),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<String>, Query,
            description = "rows of a page, 1000 unless told, up to 10000; files have all rows unless told"),
    ),
    security(("token" = ["read"])),
    responses((status = 200, description = "The answer", content(
        (Report = "application/json"),
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))))]
async fn show(
    Api { app, caller }: Api,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> ApiResult<Response> {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let (formats, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, _)| key == "format");
    let format = match formats.first() {
        Some((_, format)) => format.parse().map_err(|error: String| Problem::field("format", error))?,
        None => accepted(&headers),
    };
    let asked = Asked::read(&name, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))?;
    // A file has no place to say that there is more: it is whole unless a page is asked for.
    let is_page = format == ReportFormat::Json || asked.after.is_some() || asked.limit.is_some();
    let report = match is_page {
        true => reports::run(&app, &caller, &name, &asked).await?,
        false => reports::whole(&app, &caller, &name, &asked).await?,
    };
    Ok(match format {
        ReportFormat::Json => Json(report).into_response(),
        ReportFormat::Csv => {
            Download { media_type: CSV, name: format!("{name}.csv"), bytes: report.csv()? }.into_response()
        }
        ReportFormat::Xlsx => {
            Download { media_type: XLSX, name: format!("{name}.xlsx"), bytes: report.xlsx()? }.into_response()
        }
    })
}

/// The first of our formats that the caller would take.
fn accepted(headers: &HeaderMap) -> ReportFormat {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let format = |kind: &str| match kind {
        CSV => Some(ReportFormat::Csv),
        XLSX => Some(ReportFormat::Xlsx),
        "application/json" | "application/*" | "*/*" => Some(ReportFormat::Json),
        _ => None,
    };
    kinds.into_iter().find_map(format).unwrap_or(ReportFormat::Json)
}
