//! Holiday calendars, and which one due days move around.

use super::{
    auth::Api,
    extract::{Created, IfMatch, Json, Path, Query},
    problem::ApiResult,
    schema::{Made, Page, Paging, page_of},
};
use crate::server::Site;
use app::catalogue::{self, CalendarFacts, CalendarRow};
use axum::http::StatusCode;
use domain::calendar::Calendar;
use kernel::CalendarId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<Site> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(edit)).routes(routes!(choose))
}

#[derive(Serialize, ToSchema)]
struct HolidayCalendar {
    id: CalendarId,
    name: String,
    days_off: Calendar,
    /// The ETag of a change is this in quotes.
    version: i64,
}

impl From<CalendarRow> for HolidayCalendar {
    fn from(CalendarRow { id, name, spec, version, .. }: CalendarRow) -> Self {
        Self { id, name, days_off: spec.0, version }
    }
}

/// Holiday calendars.
#[utoipa::path(get, path = "/calendars", tag = "Calendars", params(Paging), security(("token" = ["read"])),
    responses((status = 200, body = Page<HolidayCalendar>)))]
async fn list(Api { app, caller }: Api, Query(paging): Query<Paging>) -> ApiResult<Json<Page<HolidayCalendar>>> {
    let rows = catalogue::calendars(&app, &caller).await?;
    Ok(Json(page_of(rows, &paging, |row| row.id.to_string(), HolidayCalendar::from)?))
}

/// Add a calendar: a country's holidays, days of one's own, or both.
#[utoipa::path(post, path = "/calendars", tag = "Calendars", request_body = CalendarFacts,
    security(("token" = ["catalogue.write"])), responses((status = 201, body = Made)))]
async fn create(Api { app, caller }: Api, Json(facts): Json<CalendarFacts>) -> ApiResult<Created<Made>> {
    Ok(Made::at("calendars", catalogue::create_calendar(&app, &caller, facts).await?))
}

/// Replace a calendar's days. Documents keep their due days.
#[utoipa::path(put, path = "/calendars/{id}", tag = "Calendars", request_body = CalendarFacts,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "the version that was seen, in quotes")),
    security(("token" = ["catalogue.write"])), responses((status = 204)))]
async fn edit(
    Api { app, caller }: Api,
    Path(id): Path<CalendarId>,
    IfMatch(version): IfMatch,
    Json(facts): Json<CalendarFacts>,
) -> ApiResult<StatusCode> {
    catalogue::edit_calendar(&app, &caller, id, version, facts).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// `null` knows only weekends.
    #[serde(default)]
    calendar: Option<CalendarId>,
}

/// Choose the calendar that due days of later documents move around.
#[utoipa::path(put, path = "/company/calendar", tag = "Company", request_body = Choice,
    security(("token" = ["company.manage"])), responses((status = 204)))]
async fn choose(Api { app, caller }: Api, Json(choice): Json<Choice>) -> ApiResult<StatusCode> {
    catalogue::choose_calendar(&app, &caller, choice.calendar).await?;
    Ok(StatusCode::NO_CONTENT)
}
