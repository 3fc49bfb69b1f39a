//! Exchange rates: the newest ones, and entering one by hand.

use crate::{
    error::PageResult,
    form::Form,
    page::{Page, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, FieldError,
    catalogue::{self, NewRate},
};
use askama::Template;
use axum::{Router, extract::State, response::IntoResponse as _, routing::get};
use domain::users::Permission;
use kernel::{Currency, Date};

const PATH: &str = "/settings/rates";
const SOURCE: &str = "entered by hand";

pub(super) fn router() -> Router<Site> {
    Router::new().route("/settings/rates", get(show).post(enter))
}

#[derive(Template)]
#[template(path = "settings/rates.html")]
struct RatesPage<'a> {
    page: Page,
    form: &'a Form<Typed>,
    listed: Vec<Row>,
    currencies: Vec<super::Choice>,
    base: Currency,
    may_write: bool,
}

struct Row {
    on: Date,
    from: Currency,
    rate: String,
    to: Currency,
    source: String,
}

async fn ask(app: &App, session: &Session, form: &Form<Typed>) -> PageResult {
    let base = session.company.currency;
    let rows = catalogue::fx_rates(app, &session.caller).await?;
    let listed = rows.into_iter().map(|row| Row {
        on: row.on_date,
        from: row.from_currency,
        rate: row.rate.to_string(),
        to: row.to_currency,
        source: row.source,
    });
    let foreign = Currency::all().filter(|currency| *currency != base);
    let page = RatesPage {
        page: session.page("Exchange rates", "settings"),
        form,
        listed: listed.collect(),
        currencies: foreign
            .map(|currency| super::Choice {
                code: currency.code().to_owned(),
                words: format!("{currency}, {}", currency.name()),
            })
            .collect(),
        base,
        may_write: session.may(Permission::WriteCatalogue),
    };
    render_with(form.status(), &page)
}

async fn show(State(app): State<App>, session: Session) -> PageResult {
    let usual = if session.company.currency == Currency::EUR { Currency::USD } else { Currency::EUR };
    let form = Typed::default().with("from", usual.code()).with("source", SOURCE);
    ask(&app, &session, &Form::new(form.with("on", session.company.today.to_string()))).await
}

fn read(session: &Session, form: &Typed) -> app::Result<NewRate> {
    session.caller.may(Permission::WriteCatalogue)?;
    let mut wrong = Vec::new();
    let (from, on) = (form.read(&mut wrong, "from"), form.read(&mut wrong, "on"));
    let rate = form.decimal(&mut wrong, "rate");
    for (name, what) in [("from", "choose a currency"), ("on", "give the day"), ("rate", "give the rate")] {
        if !form.has(name) {
            wrong.push(FieldError { field: name.to_owned(), message: what.to_owned() });
        }
    }
    let to = session.company.currency;
    match (from, on, rate) {
        (Some(from), Some(on), Some(rate)) => Ok(NewRate { from, to, on, rate, source: form.get("source").to_owned() }),
        _ => Err(Error::Invalid(wrong)),
    }
}

async fn enter(State(app): State<App>, session: Session, form: Form<Typed>) -> PageResult {
    let done = match read(&session, &form) {
        Ok(rate) => catalogue::enter_rates(&app, &session.caller, vec![rate]).await.map_err(of_the_one_rate),
        Err(error) => Err(error),
    };
    match done {
        Ok(changes) => {
            let what = if changes.unchanged > 0 { "was there already" } else { "was saved" };
            Ok(session.go(PATH).saying(format!("The rate of {} {what}.", form.get("from"))).into_response())
        }
        Err(error) => ask(&app, &session, &form.failed(error)?).await,
    }
}

/// `rates[0].rate` as the form calls it.
fn of_the_one_rate(error: Error) -> Error {
    let Error::Invalid(wrong) = error else { return error };
    let named = |wrong: FieldError| FieldError {
        field: wrong.field.trim_start_matches("rates[0].").to_owned(),
        message: wrong.message,
    };
    Error::Invalid(wrong.into_iter().map(named).collect())
}
