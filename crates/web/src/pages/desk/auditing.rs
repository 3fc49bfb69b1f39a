//! Audit samples: what was drawn of the engine's postings, each to be found right or wrong with one press.

use super::{PATH, may_work, percent};
use crate::{
    error::PageResult,
    figures::amount,
    form::Form,
    links::link,
    page::{Page, Path, Query, render_with},
    session::Session,
    typed::Typed,
};
use app::{
    App,
    desk::{self, MatchSummary, Sample, SampleAsked},
};
use askama::Template;
use axum::{extract::State, response::IntoResponse as _};
use kernel::{BankMatchId, Currency, Date};

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    page: Page,
    form: Form<Typed>,
    from: String,
    to: String,
    count: String,
    postings: i64,
    looked_at: i64,
    drawn: usize,
    right: String,
    rows: Vec<Row>,
    back: String,
    can_work: bool,
}

struct Row {
    line_href: String,
    check_href: String,
    payer: String,
    text: String,
    customer: String,
    customer_href: String,
    payment: String,
    payment_href: String,
    items: i64,
    sure: String,
    amount: String,
    currency: Currency,
    verdict: &'static str,
    tone: &'static str,
    by: String,
    waits: bool,
}

pub(super) async fn show(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut wrong = vec![];
    let (from, to): (Option<Date>, Option<Date>) = (typed.read(&mut wrong, "from"), typed.read(&mut wrong, "to"));
    let count = typed.read(&mut wrong, "count");
    let mut form = Form::new(typed);
    let asked = if wrong.is_empty() { SampleAsked { from, to, count } } else { SampleAsked::default() };
    wrong.into_iter().for_each(|wrong| form.note(wrong));
    let sample = match desk::sample(&app, &session.caller, asked).await {
        Ok(sample) => sample,
        Err(error) => {
            form = form.failed(error)?;
            desk::sample(&app, &session.caller, SampleAsked::default()).await?
        }
    };
    let page = page(&session, form, &sample);
    render_with(page.form.status(), &page)
}

fn page(session: &Session, form: Form<Typed>, sample: &Sample) -> AuditPage {
    let [from, to] = [sample.from, sample.to].map(|day| day.to_string());
    let count = sample.count.to_string();
    AuditPage {
        page: session.page("Audit sample", "desk"),
        back: link(&format!("{PATH}/audit"), &[("from", &from), ("to", &to), ("count", &count)]),
        from,
        to,
        count,
        postings: sample.postings,
        looked_at: sample.right.whole,
        drawn: sample.drawn.len(),
        right: sample.right.ppm.map_or_else(|| "–".to_owned(), percent),
        rows: sample.drawn.iter().map(row).collect(),
        can_work: may_work(session),
        form,
    }
}

fn row(found: &MatchSummary) -> Row {
    let of = &found.row;
    let (verdict, tone, by) = match (&of.undone_by, of.is_right) {
        (Some(by), _) => ("Undone", "warn", Some(by)),
        (None, Some(true)) => ("Right", "ok", of.checked_by.as_ref()),
        (None, Some(false)) => ("Wrong", "bad", of.checked_by.as_ref()),
        (None, None) => ("", "", None),
    };
    Row {
        line_href: format!("{PATH}/{}", of.line_id),
        check_href: format!("{PATH}/audit/{}", of.id),
        payer: found.payer_name.clone().unwrap_or_else(|| "No name".to_owned()),
        text: found.text.clone(),
        customer: found.customer_name.clone(),
        customer_href: format!("/customers/{}", of.customer_id),
        payment: found.payment_number.clone(),
        payment_href: format!("/payments/{}", of.payment_id),
        items: of.items,
        sure: percent(of.promised_ppm),
        amount: amount(of.amount_minor, of.currency),
        currency: of.currency,
        waits: verdict.is_empty(),
        verdict,
        tone,
        by: by.cloned().unwrap_or_default(),
    }
}

pub(super) async fn check(
    State(app): State<App>,
    session: Session,
    Path(id): Path<BankMatchId>,
    form: Form<Typed>,
) -> PageResult {
    let is_right = form.get("right") == "yes";
    desk::check(&app, &session.caller, id, is_right).await?;
    let to = form.text("back").filter(|back| back.starts_with(PATH)).unwrap_or_else(|| format!("{PATH}/audit"));
    let said = if is_right { "Found right." } else { "Found wrong. Open the line to undo it." };
    Ok(session.go(to).saying(said).into_response())
}
