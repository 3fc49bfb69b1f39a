//! The first page after signing in: what needs somebody now, and the few figures that say how it stands. Each leads to
//! what it is made of.

use super::verify;
use crate::{
    charts::{Slice, sparkline, stacked_bar},
    error::PageResult,
    figures::{amount, bucket, exact, money},
    links::link,
    page::{Page, render},
    server::Site,
    session::Session,
};
use app::{
    App,
    desk::{self, ExceptionCount},
    reports::{self, AgingPicture, Figures, SOON_DAYS},
};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use kernel::{Date, Money};

pub fn router() -> Router<Site> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home/show.html")]
struct Show {
    page: Page,
    tasks: Vec<Task>,
    tiles: Vec<Tile>,
    agings: Vec<Aging>,
    proofs: Option<Proofs>,
    is_new: bool,
}

/// Something that waits for somebody.
struct Task {
    count: String,
    words: &'static str,
    detail: String,
    href: String,
    tone: &'static str,
}

struct Tile {
    label: &'static str,
    figure: String,
    unit: String,
    href: String,
    note: String,
    chart_html: String,
}

struct Aging {
    title: String,
    href: String,
    chart_html: String,
    credits: String,
    credits_href: String,
}

struct Proofs {
    words: String,
    tone: &'static str,
    at: String,
}

async fn show(State(site): State<Site>, session: Session) -> PageResult {
    let app: &App = &site.app;
    let figures = reports::figures(app, &session.caller).await?;
    let run = site.proofs.last(session.caller.company);
    let page = Show {
        page: session.page("Home", "home"),
        tasks: desk_tasks(&desk::counters(app, &session.caller).await?).into_iter().chain(tasks(&figures)).collect(),
        tiles: vec![receivables(&figures), overdue(&figures), dso(&figures), cash(&figures)],
        agings: figures.aging.iter().map(|picture| aging(&figures, picture)).collect(),
        proofs: run.map(|run| {
            let (words, tone, at) = verify::in_short(&run);
            Proofs { words, tone, at: at.to_string() }
        }),
        is_new: figures.aging.is_empty() && figures.dso.is_none() && tasks(&figures).is_empty(),
    };
    render(&page)
}

/// What waits on the desk: all of it, and what is late.
fn desk_tasks(counts: &[ExceptionCount]) -> Vec<Task> {
    let lines: i64 = counts.iter().map(|count| count.lines).sum();
    let late: i64 = counts.iter().map(|count| count.overdue).sum();
    let kinds = counts.iter().map(|count| format!("{} {}", count.lines, count.name.to_lowercase()));
    let waiting = Task {
        count: lines.to_string(),
        words: if lines == 1 { "bank line waits on the desk" } else { "bank lines wait on the desk" },
        detail: kinds.take(4).collect::<Vec<_>>().join(", "),
        href: "/desk".to_owned(),
        tone: "warn",
    };
    let overdue = Task {
        count: late.to_string(),
        words: if late == 1 { "of them is late" } else { "of them are late" },
        detail: String::new(),
        href: "/desk?overdue=yes".to_owned(),
        tone: "bad",
    };
    [(lines, waiting), (late, overdue)].into_iter().filter(|(count, _)| *count > 0).map(|(_, task)| task).collect()
}

fn tasks(figures: &Figures) -> Vec<Task> {
    let waits = &figures.attention;
    let soon = format!("within {SOON_DAYS} days");
    let late = format!("{} in all", said(figures.overdue));
    let unused = figures.unapplied.iter().map(|money| said(*money)).collect::<Vec<_>>().join(", ");
    let tasks = [
        (
            waits.approvals_waiting,
            ["approval waits", "approvals wait"],
            "for a second person".into(),
            "/approvals",
            "warn",
        ),
        (waits.overdue_items, ["debt is overdue", "debts are overdue"], late, "/open-items?overdue=yes", "bad"),
        (
            waits.unapplied_payments,
            ["payment is not used up", "payments are not used up"],
            unused,
            "/payments?unapplied=yes",
            "info",
        ),
        (waits.drafts, ["invoice is a draft", "invoices are drafts"], String::new(), "/invoices?state=draft", "info"),
        (
            waits.orders_to_confirm,
            ["order is not confirmed", "orders are not confirmed"],
            String::new(),
            "/orders?state=draft",
            "info",
        ),
        (
            waits.orders_to_invoice,
            ["order is to be invoiced", "orders are to be invoiced"],
            String::new(),
            "/orders?state=confirmed",
            "info",
        ),
        (waits.expiring_quotes, ["quote expires", "quotes expire"], soon, "/quotes?state=sent", "warn"),
        (
            waits.expired_quotes,
            ["quote expired undecided", "quotes expired undecided"],
            String::new(),
            "/quotes?state=expired",
            "neutral",
        ),
    ];
    let task = |(count, [one, many], detail, href, tone): (i64, [&'static str; 2], String, &str, &'static str)| Task {
        count: exact(count.into()),
        words: if count == 1 { one } else { many },
        detail,
        href: href.to_owned(),
        tone,
    };
    tasks.into_iter().filter(|(count, ..)| *count > 0).map(task).collect()
}

fn said(sum: Money) -> String {
    money(sum.minor(), sum.currency())
}

fn tile(label: &'static str, sum: Money, href: String, note: String) -> Tile {
    let unit = sum.currency().to_string();
    Tile { label, figure: amount(sum.minor(), sum.currency()), unit, href, note, chart_html: String::new() }
}

fn receivables(figures: &Figures) -> Tile {
    let currencies = figures.aging.len();
    let note = if currencies > 1 { format!("in {currencies} currencies, converted") } else { String::new() };
    tile("Receivables", figures.receivables, "/reports/aged-receivables?by=currency".into(), note)
}

fn overdue(figures: &Figures) -> Tile {
    // A share for the eye; the amounts are exact.
    let debts: i64 = figures.receivables.minor();
    let share = if debts > 0 { i128::from(figures.overdue.minor()) * 100 / i128::from(debts) } else { 0 };
    let note = if share > 0 { format!("{share} % of receivables") } else { String::new() };
    tile("Overdue", figures.overdue, "/reports/open-items?overdue=yes".into(), note)
}

fn dso(figures: &Figures) -> Tile {
    let from = figures.as_of.plus_days(1 - reports::DSO_DAYS).to_string();
    let until = figures.as_of.to_string();
    Tile {
        label: "Days sales outstanding",
        figure: figures.dso.map_or_else(|| "–".to_owned(), exact),
        unit: if figures.dso.is_some() { "days".into() } else { String::new() },
        href: link("/reports/sales", &[("from", &from), ("to", &until), ("amounts", "base")]),
        note: format!("receivables ÷ sales of {0} days × {0}", reports::DSO_DAYS),
        chart_html: String::new(),
    }
}

fn cash(figures: &Figures) -> Tile {
    let (from, until) = (figures.week_starts_on.to_string(), figures.as_of.to_string());
    let weeks: Vec<i64> = figures.cash_weeks.iter().map(|(_, money)| money.minor()).collect();
    let foreign: Vec<String> = match figures.cash_by_currency.as_slice() {
        [] | [_] => vec![],
        several => several.iter().map(|money| said(*money)).collect(),
    };
    let note = if foreign.is_empty() { format!("since Monday, {from}") } else { foreign.join(" + ") };
    let href = link("/payments", &[("from", &from), ("to", &until)]);
    let words = "Money that came in, week by week, the last eight weeks";
    Tile { chart_html: sparkline(words, &weeks), ..tile("Cash in this week", figures.cash_received, href, note) }
}

fn aging(figures: &Figures, picture: &AgingPicture) -> Aging {
    let currency = picture.total.currency();
    let code = currency.to_string();
    let slices = figures.buckets.iter().zip(&picture.buckets).zip(&figures.bucket_days);
    let slices: Vec<Slice> = slices
        .map(|((label, sum), days)| Slice {
            label: bucket(label),
            value: sum.minor(),
            text: said(*sum),
            href: open_items(figures.as_of, &code, *days, "debts"),
        })
        .collect();
    let title = format!("{code} by age");
    Aging {
        chart_html: stacked_bar(&format!("aging-{code}"), &title, &slices),
        title,
        href: link("/reports/aged-receivables", &[("currency", &code)]),
        credits: if picture.credits.is_zero() { String::new() } else { said(picture.credits) },
        credits_href: open_items(figures.as_of, &code, (None, None), "credits"),
    }
}

/// The open items behind a figure.
fn open_items(as_of: Date, currency: &str, (from, until): (Option<Date>, Option<Date>), side: &str) -> String {
    let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let (as_of, from, until) = (as_of.to_string(), text(from), text(until));
    let pairs =
        [("as_of", as_of.as_str()), ("currency", currency), ("side", side), ("due_from", &from), ("due_to", &until)];
    link("/reports/open-items", &pairs)
}
