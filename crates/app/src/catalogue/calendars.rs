//! Holiday calendars: a shipped country's days or the company's own, and which one its due days move around.

use super::{checked_version, record_added, record_changed};
use crate::{
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
};
use domain::{
    calendar::{Calendar, HolidaySet},
    users::Permission,
};
use kernel::{CalendarId, Date};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Json,
    catalogue::{self, CalendarRow},
    companies,
};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarFacts {
    pub name: String,
    /// Fills in the holidays of a country, from two years ago to ten years ahead.
    pub holiday_set: Option<HolidaySet>,
    /// Days off besides.
    pub holidays: BTreeSet<Date>,
    /// 1 for Monday to 7 for Sunday; Saturday and Sunday when it is left out.
    pub weekend: Option<BTreeSet<i8>>,
}

const YEARS_BACK: i16 = 2;
const YEARS_AHEAD: i16 = 10;
const MOST_DAYS: usize = 2_000;

pub async fn calendars(app: &App, caller: &Caller) -> Result<Vec<CalendarRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::calendars(&mut work.tx, company).await?)
}

pub async fn create_calendar(app: &App, caller: &Caller, facts: CalendarFacts) -> Result<CalendarId> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let (name, spec) = check(&facts, work.today)?;
    let row = CalendarRow { company_id: work.company_id(), id: new_id(), name, spec: Json(spec), version: 1 };
    work.save(std::slice::from_ref(&row));
    record_added(&mut work, "calendar.added", ("calendar", row.id.0), &title(&row), json!(row.spec));
    work.commit().await?;
    Ok(row.id)
}

/// Documents keep their due days; only later ones follow the change.
pub async fn edit_calendar(
    app: &App,
    caller: &Caller,
    id: CalendarId,
    version: i64,
    facts: CalendarFacts,
) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let (name, spec) = check(&facts, work.today)?;
    let before = load(&mut work, id).await?;
    checked_version(version, before.version)?;
    let after = CalendarRow { name, spec: Json(spec), ..before.clone() };
    let shown =
        |row: &CalendarRow| json!({"name": row.name, "weekend": row.spec.weekend, "holidays": row.spec.holidays});
    let change = (&shown(&before), &shown(&after));
    if !record_changed(&mut work, "calendar.changed", ("calendar", id.0), &title(&before), change) {
        return Ok(());
    }
    catalogue::update_calendar(&mut work.tx, &after).await?;
    work.commit().await
}

/// Due days of later documents move around this calendar; `None` knows only weekends.
pub async fn choose_calendar(app: &App, caller: &Caller, id: Option<CalendarId>) -> Result<()> {
    let mut work = app.work(caller, Permission::ManageCompany).await?;
    let chosen = match id {
        Some(id) => Some(load(&mut work, id).await?),
        None => None,
    };
    let before = work.company.settings.0.calendar;
    if before == id {
        return Ok(());
    }
    let mut company = work.company.clone();
    company.settings.0.calendar = id;
    companies::update(&mut work.tx, &company).await?;
    let name = chosen.map_or_else(|| "weekends only".to_owned(), |row| format!("calendar {}", row.name));
    work.record(Event {
        action: "company.changed",
        subject_kind: "company",
        subject_id: company.id.0,
        summary: format!("Due days move around {name}"),
        before: Some(json!({"calendar": before})),
        after: Some(json!({"calendar": id})),
        ..Event::default()
    });
    work.commit().await
}

fn check(facts: &CalendarFacts, today: Date) -> Result<(String, Calendar)> {
    let name = facts.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::field("name", "give the calendar a name of up to 100 characters"));
    }
    let years = today.year() - YEARS_BACK..=today.year() + YEARS_AHEAD;
    let mut calendar = facts.holiday_set.map(|set| Calendar::shipped(set, years)).unwrap_or_default();
    calendar.holidays.extend(&facts.holidays);
    if calendar.holidays.len() > MOST_DAYS {
        let count = calendar.holidays.len();
        return Err(Error::field("holidays", format!("{count} holidays are more than {MOST_DAYS}")));
    }
    if let Some(weekend) = &facts.weekend {
        if weekend.len() > 6 || !weekend.iter().all(|day| (1..=7).contains(day)) {
            return Err(Error::field("weekend", "name up to six days, 1 for Monday to 7 for Sunday"));
        }
        calendar.weekend.clone_from(weekend);
    }
    Ok((name.to_owned(), calendar))
}

async fn load(work: &mut Work, id: CalendarId) -> Result<CalendarRow> {
    let company = work.company_id();
    catalogue::calendar(&mut work.tx, company, id).await?.ok_or(Error::NotFound("calendar"))
}

fn title(row: &CalendarRow) -> String {
    format!("Calendar {}", row.name)
}
