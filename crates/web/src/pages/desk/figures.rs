//! How good and how fast cash application is, for a period, with the parts that each rate is made of.

use super::{super::lines::chosen_customer, PATH, curve, percent};
use crate::{
    error::PageResult,
    figures::{amount, money},
    form::Form,
    links::link,
    page::{Page, Query, render_with},
    session::Session,
    typed::Typed,
};
use app::{
    App, Error,
    desk::{self, Figures, FiguresAsked},
};
use askama::Template;
use axum::{
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::IntoResponse as _,
};
use domain::desk::figures::{Durations, Rate};

#[derive(Template)]
#[template(path = "desk/figures.html")]
struct FiguresPage {
    page: Page,
    form: Form<Typed>,
    from: String,
    to: String,
    /// Id and name; both empty for all customers.
    customer: (String, String),
    csv_href: String,
    tiles: Vec<Tile>,
    rates: Vec<Share>,
    bands: Vec<Band>,
    curve_html: String,
    times: Vec<Time>,
    exceptions: Vec<Exceptions>,
    waiting: Vec<Waiting>,
    ages: Vec<(String, String)>,
}

struct Tile {
    label: &'static str,
    figure: String,
    note: String,
}

struct Share {
    name: String,
    share: String,
    part: String,
    whole: String,
    meaning: &'static str,
}

struct Band {
    from: String,
    count: String,
    promised: String,
    right: String,
}

struct Time {
    name: &'static str,
    median: String,
    p95: String,
    count: String,
}

struct Exceptions {
    name: &'static str,
    lines: String,
    waiting: String,
    share: String,
}

struct Waiting {
    name: &'static str,
    href: String,
    lines: String,
    overdue: String,
    unowned: String,
    oldest: String,
}

async fn asked(app: &App, session: &Session, typed: &Typed) -> app::Result<FiguresAsked> {
    let mut wrong = vec![];
    let (from, to) = (typed.read(&mut wrong, "from"), typed.read(&mut wrong, "to"));
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let (id, name) = (typed.get("customer"), typed.get("customer_text"));
    let customer = match id.is_empty() && name.trim().is_empty() {
        true => None,
        false => Some(chosen_customer(app, session, id, name).await?),
    };
    Ok(FiguresAsked { from, to, customer })
}

async fn told(app: &App, session: &Session, typed: &Typed) -> app::Result<(Figures, (String, String))> {
    let asked = asked(app, session, typed).await?;
    let all = desk::figures(app, &session.caller, asked).await?;
    Ok(match asked.customer {
        None => (all, Default::default()),
        Some(id) => (all, (id.to_string(), app::customers::facts(app, &session.caller, id).await?.0.name)),
    })
}

pub(super) async fn show(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let (form, all, customer) = match told(&app, &session, &typed).await {
        Ok((all, customer)) => (Form::new(typed), all, customer),
        Err(error) => {
            let customer = (String::new(), typed.get("customer_text").to_owned());
            let form = Form::new(typed).failed(error)?;
            (form, desk::figures(&app, &session.caller, FiguresAsked::default()).await?, customer)
        }
    };
    let (from, to) = (all.from.to_string(), all.to.to_string());
    let csv = [("from", from.as_str()), ("to", &to), ("customer", &customer.0)];
    let status = form.status();
    let page = FiguresPage {
        page: session.page("Cash application", "desk"),
        csv_href: link(&format!("{PATH}/figures.csv"), &csv),
        tiles: tiles(&all),
        rates: rates(&all),
        bands: all.reliability.iter().map(band).collect(),
        curve_html: curve::picture(&all.reliability),
        times: vec![
            time("Booked by the bank until received", all.booked_to_received),
            time("Received until decided", all.received_to_decided),
            time("Received until posted", all.received_to_posted),
            time("Decided until posted", all.decided_to_posted),
        ],
        exceptions: all.exceptions.iter().map(|left| exceptions(left, all.auto_lines.whole)).collect(),
        waiting: all.waiting.iter().map(waiting).collect(),
        ages: all.unapplied.iter().map(age).collect(),
        from,
        to,
        customer,
        form,
    };
    render_with(status, &page)
}

fn share(rate: Rate) -> String {
    rate.ppm.map_or_else(|| "–".to_owned(), percent)
}

fn of(rate: Rate) -> String {
    format!("{} of {}", rate.part, rate.whole)
}

fn tiles(all: &Figures) -> Vec<Tile> {
    let tile = |label, rate: Rate| Tile { label, figure: share(rate), note: of(rate) };
    let median = all.received_to_posted.median_seconds.map_or_else(|| "–".to_owned(), duration);
    vec![
        tile("Posted by itself", all.auto_lines),
        tile("Straight through", all.straight_lines),
        tile("Right, by what was undone", all.precision_by_undo),
        tile("Posted in all", all.posted_lines),
        Tile { label: "Time to apply", figure: median, note: "the middle one, from receiving to posting".to_owned() },
    ]
}

fn rates(all: &Figures) -> Vec<Share> {
    let row = |name: &str, rate: Rate, meaning| Share {
        name: name.to_owned(),
        share: share(rate),
        part: rate.part.to_string(),
        whole: rate.whole.to_string(),
        meaning,
    };
    let mut rows = vec![
        row("Lines posted by itself", all.auto_lines, "of all lines of customers: no person touched it"),
        row("Items settled by itself", all.auto_items, "of all that lines were posted on"),
    ];
    rows.extend(all.auto_amounts.iter().map(|each| money_row("posted by itself", each)));
    rows.extend([row(
        "Lines straight through",
        all.straight_lines,
        "of all lines of customers: posted by itself, nothing left over, and the money stayed",
    )]);
    rows.extend(all.straight_amounts.iter().map(|each| money_row("straight through", each)));
    rows.extend([
        row("Lines posted in any way", all.posted_lines, "of all lines of customers"),
        row("Proposals taken as they were", all.accepted_proposals, "of the lines that a person posted"),
        row(
            "Lines right, by what was undone",
            all.precision_by_undo,
            "of the lines posted by itself: nothing taken back",
        ),
        row("Items right, by what was undone", all.item_precision_by_undo, "of the items of these lines"),
        row("Lines right, by what was looked at", all.precision_by_audit, "of what was posted by itself and looked at"),
    ]);
    rows
}

fn money_row(how: &str, of: &desk::AmountRate) -> Share {
    Share {
        name: format!("{} {how}", of.currency),
        share: share(of.rate),
        part: amount(of.rate.part, of.currency),
        whole: amount(of.rate.whole, of.currency),
        meaning: "of all that came in",
    }
}

fn band(band: &domain::desk::figures::ReliabilityBand) -> Band {
    Band {
        from: percent(band.from_ppm),
        count: band.count.to_string(),
        promised: percent(band.promised_ppm),
        right: share(band.right),
    }
}

fn time(name: &'static str, took: Durations) -> Time {
    let text = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), duration);
    Time { name, median: text(took.median_seconds), p95: text(took.p95_seconds), count: took.count.to_string() }
}

/// 5 s, 12 min, 3 h 20 min, 4 days.
fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn exceptions(left: &desk::LeftToAPerson, all: i64) -> Exceptions {
    Exceptions {
        name: left.name,
        lines: left.lines.to_string(),
        waiting: left.waiting.to_string(),
        share: share(Rate::of(left.lines, all)),
    }
}

fn waiting(count: &desk::ExceptionCount) -> Waiting {
    let kind = count.kind.map(|kind| kind.as_str()).unwrap_or_default();
    Waiting {
        name: count.name,
        href: link(PATH, &[("exception", kind)]),
        lines: count.lines.to_string(),
        overdue: count.overdue.to_string(),
        unowned: count.unowned.to_string(),
        oldest: count.oldest_on.to_string(),
    }
}

fn age(age: &desk::UnappliedAge) -> (String, String) {
    let days = match age.to_days {
        Some(to) => format!("{} to {to} days", age.from_days),
        None => format!("{} days and more", age.from_days),
    };
    (days, money(age.money.minor(), age.money.currency()))
}

pub(super) async fn csv(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let bytes = desk::figures_csv(&app, &session.caller, asked(&app, &session, &typed).await?).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"cash-application.csv\""),
    ];
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_are_told_as_people_tell_them() {
        let told = [0, 59, 60, 3_599, 3_600, 90_000, 172_800].map(duration);
        assert_eq!(told, ["0 s", "59 s", "1 min", "59 min", "1 h 0 min", "25 h 0 min", "2 days"]);
    }
}
