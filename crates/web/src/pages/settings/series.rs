//! How documents are numbered.

use crate::{
    error::{PageError, PageResult},
    form::Form,
    page::{Page, Path, render, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error, FieldError,
    companies::{self, SeriesFacts},
};
use askama::Template;
use axum::{Router, extract::State, response::IntoResponse as _, routing::get};
use domain::{
    companies::{Series, document_number},
    users::Permission,
};
use serde::Deserialize;

const PATH: &str = "/settings/series";

pub(super) fn router() -> Router<Site> {
    Router::new().route("/settings/series", get(list)).route("/settings/series/{kind}", get(ask_change).post(change))
}

#[derive(Template)]
#[template(path = "settings/series.html")]
struct ListPage {
    page: Page,
    listed: Vec<Row>,
    may_write: bool,
}

struct Row {
    kind: Series,
    called: String,
    /// As the first number of this year would look.
    example: String,
    again: &'static str,
}

/// `credit_note` as `Credit notes`.
fn called(kind: Series) -> String {
    format!("{}s", crate::form::label(kind.as_str()))
}

async fn list(State(app): State<App>, session: Session) -> PageResult {
    let year = i64::from(session.company.today.year());
    let rows = companies::series(&app, &session.caller).await?;
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|row| Series::ALL.iter().position(|kind| *kind == row.kind));
    let listed = rows.into_iter().map(|row| Row {
        kind: row.kind,
        called: called(row.kind),
        example: document_number(&row.prefix, row.digits, row.yearly.then_some(year), 1),
        again: if row.yearly { "Every year" } else { "Never" },
    });
    let may_write = session.may(Permission::ManageCompany);
    render(&ListPage { page: session.page("Number series", "settings"), listed: listed.collect(), may_write })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct SeriesForm {
    prefix: String,
    digits: String,
    /// "yes" when ticked.
    yearly: String,
}

#[derive(Template)]
#[template(path = "settings/series_form.html")]
struct FormPage<'a> {
    page: Page,
    post: String,
    form: &'a Form<SeriesForm>,
}

fn ask(session: &Session, kind: Series, form: &Form<SeriesForm>) -> PageResult {
    let page = session.page(format!("Numbers of {}", called(kind).to_lowercase()), "settings");
    render_with(form.status(), &FormPage { page, post: format!("{PATH}/{kind}"), form })
}

async fn ask_change(State(app): State<App>, session: Session, Path(kind): Path<Series>) -> PageResult {
    session.caller.may(Permission::ManageCompany)?;
    let rows = companies::series(&app, &session.caller).await?;
    let row = rows.into_iter().find(|row| row.kind == kind);
    let row = row.ok_or_else(|| PageError::from(Error::NotFound("number series")))?;
    let yearly = if row.yearly { "yes".to_owned() } else { String::new() };
    ask(&session, kind, &Form::new(SeriesForm { prefix: row.prefix, digits: row.digits.to_string(), yearly }))
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path(kind): Path<Series>,
    form: Form<SeriesForm>,
) -> PageResult {
    let digits = form.digits.trim().parse::<i64>();
    let done = match digits {
        Ok(digits) => {
            let facts = SeriesFacts { prefix: form.prefix.clone(), digits, yearly: form.yearly == "yes" };
            companies::edit_series(&app, &session.caller, kind, facts).await
        }
        Err(_) => {
            let message = "give a number from 1 to 12".to_owned();
            session.caller.may(Permission::ManageCompany)?;
            Err(Error::Invalid(vec![FieldError { field: "digits".to_owned(), message }]))
        }
    };
    match done {
        Ok(()) => Ok(session.go(PATH).saying(format!("{}: saved.", called(kind))).into_response()),
        Err(error) => ask(&session, kind, &form.failed(error)?),
    }
}
