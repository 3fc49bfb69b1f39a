//! Holiday calendars: the days off that due days move around, a shipped country's or the company's own.

use crate::{
    error::{PageError, PageResult},
    form::Form,
    page::{Page, Path, render, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error, FieldError,
    catalogue::{self, CalendarFacts},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{calendar::HolidaySet, users::Permission};
use kernel::{CalendarId, Date};
use serde::Deserialize;
use std::collections::BTreeSet;

const PATH: &str = "/settings/calendars";

pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/settings/calendars", get(list).post(create))
        .route("/settings/calendars/new", get(begin))
        .route("/settings/calendars/none/use", post(use_none))
        .route("/settings/calendars/{id}", get(ask_change).post(change))
        .route("/settings/calendars/{id}/use", post(use_this))
}

/// 1 for Monday to 7 for Sunday.
pub(super) const fn weekday(number: i8) -> &'static str {
    match number {
        1 => "Monday",
        2 => "Tuesday",
        3 => "Wednesday",
        4 => "Thursday",
        5 => "Friday",
        6 => "Saturday",
        _ => "Sunday",
    }
}

const fn words(set: HolidaySet) -> &'static str {
    match set {
        HolidaySet::Austria => "Austria",
        HolidaySet::Switzerland => "Switzerland (all cantons)",
        HolidaySet::Germany => "Germany (all states)",
        HolidaySet::Spain => "Spain (all communities)",
        HolidaySet::France => "France",
        HolidaySet::England => "England and Wales",
        HolidaySet::Target2 => "Euro payments (TARGET2)",
        HolidaySet::UsFederal => "United States (federal)",
    }
}

#[derive(Template)]
#[template(path = "settings/calendars.html")]
struct ListPage {
    page: Page,
    listed: Vec<Row>,
    weekends_only: bool,
    may_write: bool,
    may_choose: bool,
}

struct Row {
    id: CalendarId,
    called: String,
    weekend: String,
    next: String,
    days: usize,
    in_use: bool,
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    let chosen = app::companies::show(&app, &session.caller).await?.settings.0.calendar;
    let today = session.company.today;
    let rows = catalogue::calendars(&app, &session.caller).await?;
    let listed = rows.into_iter().map(|row| Row {
        id: row.id,
        called: row.name,
        weekend: row.spec.weekend.iter().map(|day| weekday(*day)).collect::<Vec<_>>().join(", "),
        next: row.spec.holidays.range(today..).next().map(Date::to_string).unwrap_or_default(),
        days: row.spec.holidays.len(),
        in_use: Some(row.id) == chosen,
    });
    let (may_write, may_choose) = (session.may(Permission::WriteCatalogue), session.may(Permission::ManageCompany));
    let (page, listed) = (session.page("Holidays", "settings"), listed.collect());
    render(&ListPage { page, listed, weekends_only: chosen.is_none(), may_write, may_choose })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct CalendarForm {
    version: i64,
    name: String,
    holiday_set: String,
    holidays: String,
    weekend: Vec<String>,
}

impl CalendarForm {
    /// One day a line; anything behind the day is a note for the reader and is not kept.
    fn facts(&self) -> Result<CalendarFacts, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
        let mut holidays = BTreeSet::new();
        for (line, number) in self.holidays.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty()) {
            let word = line.split_whitespace().next().unwrap_or_default();
            match word.parse::<Date>() {
                Ok(day) => drop(holidays.insert(day)),
                Err(_) => refuse("holidays", format!("line {number}: “{word}” is no day such as 2026-12-24")),
            }
        }
        let set = match self.holiday_set.as_str() {
            "" => None,
            code => code.parse().map_err(|error| refuse("holiday_set", error)).ok(),
        };
        let weekend = self.weekend.iter().filter_map(|day| day.parse().ok()).collect();
        let (name, weekend) = (self.name.clone(), Some(weekend));
        if wrong.is_empty() { Ok(CalendarFacts { name, holiday_set: set, holidays, weekend }) } else { Err(wrong) }
    }

    fn read(&self, session: &Session) -> app::Result<CalendarFacts> {
        session.caller.may(Permission::WriteCatalogue)?;
        self.facts().map_err(Error::Invalid)
    }
}

#[derive(Template)]
#[template(path = "settings/calendar.html")]
struct FormPage<'a> {
    page: Page,
    post: String,
    is_new: bool,
    form: &'a Form<CalendarForm>,
    sets: Vec<(&'static str, &'static str)>,
    /// Number and name of each day of the week, and whether it is off.
    weekdays: Vec<(String, &'static str, bool)>,
}

fn ask(session: &Session, changed: Option<CalendarId>, form: &Form<CalendarForm>) -> PageResult {
    let heading = if changed.is_some() { "Change calendar" } else { "New calendar" };
    let day = |number: i8| (number.to_string(), weekday(number), form.weekend.contains(&number.to_string()));
    let page = FormPage {
        page: session.page(heading, "settings"),
        post: changed.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}")),
        is_new: changed.is_none(),
        form,
        sets: HolidaySet::ALL.iter().map(|set| (set.as_str(), words(*set))).collect(),
        weekdays: (1..=7).map(day).collect(),
    };
    render_with(form.status(), &page)
}

async fn begin(session: Session) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let weekend = vec!["6".to_owned(), "7".to_owned()];
    ask(&session, None, &Form::new(CalendarForm { weekend, ..CalendarForm::default() }))
}

async fn create(State(app): State<App>, session: Session, form: Form<CalendarForm>) -> PageResult {
    let done = match form.read(&session) {
        Ok(facts) => catalogue::create_calendar(&app, &session.caller, facts).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(session.go(PATH).saying(format!("{} was added.", form.name.trim())).into_response()),
        Err(error) => ask(&session, None, &form.failed(error)?),
    }
}

async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<CalendarId>) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let rows = catalogue::calendars(&app, &session.caller).await?;
    let row = rows.into_iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| PageError::from(Error::NotFound("calendar")))?;
    let with_name = |day: &Date| format!("{day} {}", weekday(day.weekday()));
    let form = CalendarForm {
        version: row.version,
        name: row.name,
        holiday_set: String::new(),
        holidays: row.spec.holidays.iter().map(with_name).collect::<Vec<_>>().join("\n"),
        weekend: row.spec.weekend.iter().map(i8::to_string).collect(),
    };
    ask(&session, Some(id), &Form::new(form))
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CalendarId>,
    form: Form<CalendarForm>,
) -> PageResult {
    let done = match form.read(&session) {
        Ok(facts) => catalogue::edit_calendar(&app, &session.caller, id, form.version, facts).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(session.go(PATH).saying(format!("{} was saved.", form.name.trim())).into_response()),
        Err(error) => ask(&session, Some(id), &form.failed(error)?),
    }
}

async fn use_this(State(app): State<App>, session: Session, Path(id): Path<CalendarId>) -> PageResult {
    choose(&app, &session, Some(id)).await
}

async fn use_none(State(app): State<App>, session: Session) -> PageResult {
    choose(&app, &session, None).await
}

async fn choose(app: &App, session: &Session, id: Option<CalendarId>) -> PageResult {
    catalogue::choose_calendar(app, &session.caller, id).await?;
    let sentence = match id {
        Some(_) => "Due days of later documents move around this calendar.",
        None => "Due days of later documents move around weekends only.",
    };
    Ok(session.go(PATH).saying(sentence).into_response())
}
