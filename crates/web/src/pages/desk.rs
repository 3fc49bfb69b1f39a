//! The matching desk: what waits and why, the oldest first; each line on a page of its own (`line.rs`); what was posted,
//! with one press to undo it (`posted.rs`); suspicions (`cases.rs`) and blocked payers; unapplied cash; audit samples,
//! figures and the policy.
//!
//! What the queue is narrowed to travels in the address, so that after a line the next one of the same kind comes.

mod acting;
mod auditing;
mod blocked;
mod cases;
mod curve;
mod figures;
mod hand;
mod line;
mod policy;
mod posted;
mod unapplied;

use crate::{
    error::PageResult,
    figures::amount,
    links::link,
    page::{Page, Query, render},
    server::{Site, UPLOAD_LIMIT},
    session::Session,
};
use app::{
    App,
    desk::{self, ExceptionCount, Queue, QueueLine},
    lists::Cursor,
};
use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use domain::{bank::Exception, users::Permission};
use kernel::{BankLineId, Currency};
use serde::Deserialize;

const PATH: &str = "/desk";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/desk", get(list))
        .route("/desk/posted", get(posted::list))
        .route("/desk/posted/{id}/check", post(posted::check))
        .route("/desk/cases", get(cases::list))
        .route("/desk/cases/{id}", post(cases::decide))
        .route("/desk/blocked", get(blocked::list).post(blocked::add))
        .route("/desk/blocked/remove", post(blocked::remove))
        .route("/desk/blocked/file", post(blocked::import).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)))
        .route("/desk/unapplied", get(unapplied::list))
        .route("/desk/unapplied/{item}/assign", post(unapplied::give))
        .route("/desk/audit", get(auditing::show))
        .route("/desk/audit/{id}", post(auditing::check))
        .route("/desk/figures", get(figures::show))
        .route("/desk/figures.csv", get(figures::csv))
        .route("/desk/policy", get(policy::show).post(policy::save))
        .route("/desk/{id}", get(line::show))
        .route("/desk/{id}/accept", post(acting::accept))
        .route("/desk/{id}/allocation", post(acting::allocate))
        .route("/desk/{id}/return", post(acting::return_of))
        .route("/desk/{id}/aside", post(acting::set_aside))
        .route("/desk/{id}/take-back", post(acting::take_back))
        .route("/desk/{id}/assign", post(acting::assign))
        .route("/desk/{id}/split", post(acting::split))
        .route("/desk/{id}/join", post(acting::join))
        .route("/desk/{id}/undo", post(acting::undo))
        .route("/desk/{id}/skip", post(acting::skip))
}

/// What the queue is narrowed to.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    exception: String,
    /// "me", "nobody" or "".
    owner: String,
    overdue: String,
    file: String,
    after: Option<Cursor>,
}

impl Asked {
    fn queue(&self, session: &Session) -> Queue {
        Queue {
            file: self.file.parse().ok(),
            exception: self.exception.parse().ok(),
            owner: if self.owner == "me" { session.caller.actor.person() } else { None },
            unowned: self.owner == "nobody",
            overdue: !self.overdue.is_empty(),
            search: Some(self.q.clone()),
            after: self.after.clone(),
            ..Queue::default()
        }
    }

    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("q", &self.q),
            ("exception", &self.exception),
            ("owner", &self.owner),
            ("overdue", &self.overdue),
            ("file", &self.file),
        ]
    }

    /// An address that keeps what the queue is narrowed to.
    fn at(&self, path: &str) -> String {
        link(path, &self.pairs())
    }

    /// The same queue with one thing changed, from its first page.
    fn with(&self, name: &str, value: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = self.pairs().into_iter().filter(|(known, _)| *known != name).collect();
        pairs.push((name, value));
        link(PATH, &pairs)
    }

    fn narrows(&self) -> bool {
        self.pairs().iter().any(|(_, text)| !text.is_empty())
    }
}

#[derive(Template)]
#[template(path = "desk/list.html")]
struct ListPage {
    page: Page,
    query: Asked,
    counts: Vec<Count>,
    waiting: i64,
    overdue: i64,
    rows: Vec<Row>,
    start: String,
    first: String,
    next: String,
}

/// Lines that wait for one reason.
struct Count {
    code: String,
    name: &'static str,
    lines: i64,
}

struct Row {
    href: String,
    payer: String,
    on: String,
    age: String,
    text: String,
    amount: String,
    currency: Currency,
    why: &'static str,
    tone: &'static str,
    reason: String,
    sure: String,
    owner: String,
    holder: String,
    is_late: bool,
}

async fn list(State(app): State<App>, session: Session, Query(query): Query<Asked>) -> PageResult {
    let found = desk::queue(&app, &session.caller, query.queue(&session)).await?;
    let counters = desk::counters(&app, &session.caller).await?;
    let now = app.now();
    let rows: Vec<Row> = found.rows.iter().map(|line| row(line, &query, (&session, now))).collect();
    render(&ListPage {
        page: session.page("Desk", "desk"),
        counts: counters.iter().filter_map(count).collect(),
        waiting: counters.iter().map(|count| count.lines).sum(),
        overdue: counters.iter().map(|count| count.overdue).sum(),
        start: rows.first().map(|row| row.href.clone()).unwrap_or_default(),
        rows,
        first: if query.after.is_some() { query.with("", "") } else { String::new() },
        next: found.next.map(|next| query.with("after", &next.to_string())).unwrap_or_default(),
        query,
    })
}

fn count(count: &ExceptionCount) -> Option<Count> {
    let kind = count.kind?;
    Some(Count { code: kind.as_str().to_owned(), name: count.name, lines: count.lines })
}

fn row(found: &QueueLine, query: &Asked, (session, now): (&Session, kernel::Timestamp)) -> Row {
    let line = &found.line;
    let held = line.held_until.is_some_and(|until| until > now) && line.held_by != session.caller.actor.person();
    let days = session.company.today.days_since(line.value_on).max(0);
    Row {
        href: query.at(&format!("{PATH}/{}", line.id)),
        payer: line.payer_name.clone().unwrap_or_default(),
        on: line.value_on.to_string(),
        age: if days == 1 { "1 day".to_owned() } else { format!("{days} days") },
        text: line.text.clone(),
        amount: amount(line.amount_minor, line.currency),
        currency: line.currency,
        why: line.exception.map_or("New", Exception::label),
        tone: tone(line.exception),
        reason: found.reason.clone().unwrap_or_default(),
        sure: found.promised_ppm.filter(|ppm| *ppm > 0).map(percent).unwrap_or_default(),
        owner: found.owner_name.clone().unwrap_or_default(),
        holder: if held {
            found.holder_name.clone().unwrap_or_else(|| "a colleague".to_owned())
        } else {
            String::new()
        },
        is_late: line.due_at.is_some_and(|due| due < now),
    }
}

const fn tone(exception: Option<Exception>) -> &'static str {
    match exception {
        Some(Exception::Suspicious | Exception::BankReturn | Exception::CannotPost) => "bad",
        Some(Exception::Pending) | None => "info",
        Some(_) => "warn",
    }
}

/// 998,700 of a million as `99.87 %`; whole percents below ninety-nine. The blank does not break.
fn percent(ppm: i64) -> String {
    let ppm = ppm.clamp(0, 1_000_000);
    let (whole, hundredths) = (ppm / 10_000, ppm % 10_000 / 100);
    if ppm >= 990_000 { format!("{whole}.{hundredths:02}\u{a0}%") } else { format!("{whole}\u{a0}%") }
}

/// The line that comes after this one in the same queue, from its beginning again when it was the last; the desk when
/// none is left.
async fn next_of(app: &App, session: &Session, query: &Asked, done: BankLineId) -> PageResult<String> {
    let line = app::bank::line(app, &session.caller, done).await?;
    let after = Cursor::new([line.value_on.to_string(), line.id.to_string()]);
    let (now, me) = (app.now(), session.caller.actor.person());
    for after in [Some(after), None] {
        let asked = Queue { after, limit: Some(20), ..query.queue(session) };
        let found = desk::queue(app, &session.caller, asked).await?;
        let is_free = |row: &&QueueLine| {
            let held = row.line.held_until.is_some_and(|until| until > now) && row.line.held_by != me;
            row.line.id != done && row.line.is_booked && !held
        };
        if let Some(row) = found.rows.iter().find(is_free) {
            return Ok(query.at(&format!("{PATH}/{}", row.line.id)));
        }
    }
    Ok(query.at(PATH))
}

fn may_work(session: &Session) -> bool {
    session.may(Permission::AllocateCash) && session.may(Permission::RecordPayments)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_promise_is_told_as_exactly_as_it_matters() {
        let told = [1_000_000, 999_000, 998_765, 990_000, 985_999, 0, -1].map(percent);
        assert_eq!(
            told,
            ["100.00", "99.90", "99.87", "99.00", "98", "0", "0"].map(|number| format!("{number}\u{a0}%"))
        );
    }
}
