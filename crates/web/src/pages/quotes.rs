//! Quotes: the list, the form, and one quote with what can happen to it next.

use super::{
    lines::{
        Came, Chip, Choices, DocumentForm, FILTERS, Kind, Line, Preview, Step, Sum, Ticked, add_up, ask, narrowed,
        preview, price_words, printed, state_chips, text, typed_line, way,
    },
    notes::Beside,
    views::Views,
};
use crate::{
    error::PageResult,
    figures::{amount, money},
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, file, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, documents,
    quotes::{self, QuoteRow, QuoteView},
    trail::Stop,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{
    notes::SubjectKind,
    quotes::{QuoteState, may_decide, may_revise, state},
    users::Permission,
};
use kernel::QuoteId;
use serde::Deserialize;

const PATH: &str = "/quotes";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/quotes", get(list).post(create))
        .route("/quotes/new", get(begin))
        .route("/quotes/preview", post(totals))
        .route("/quotes/selected", post(act_on_selected))
        .route("/quotes/{id}", get(show))
        .route("/quotes/{id}/pdf", get(pdf))
        .route("/quotes/{id}/revise", get(ask_revision).post(revise))
        .route("/quotes/{id}/send", post(send))
        .route("/quotes/{id}/accept", post(accept))
        .route("/quotes/{id}/decline", post(decline))
}

#[derive(Template)]
#[template(path = "quotes/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    customer: String,
    chips: Vec<Chip>,
    rows: Vec<ListRow>,
    sums: Vec<Sum>,
    next: String,
    may_write: bool,
}

struct ListRow {
    id: QuoteId,
    href: String,
    number: String,
    customer: String,
    customer_href: String,
    state: &'static str,
    tone: &'static str,
    on: String,
    until: String,
    total: String,
    currency: String,
}

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("-date");
    let (filter, part, customer) = narrowed(&app, &session, &mut form).await?;
    let found = form.rows(quotes::list(&app, &session.caller, filter, &part)).await?;
    let today = session.company.today;
    let row = |row: &quotes::QuoteSummary| {
        let (state, tone) = state_words(state(row.facts(), today));
        ListRow {
            id: row.id,
            href: format!("{PATH}/{}", row.id),
            number: numbered(&row.number, row.revision),
            customer: row.customer_name.clone(),
            customer_href: format!("/customers/{}", row.customer_id),
            state,
            tone,
            on: row.quoted_on.to_string(),
            until: row.valid_until.to_string(),
            total: amount(row.gross_minor, row.currency),
            currency: row.currency.to_string(),
        }
    };
    let states = QuoteState::ALL.iter().map(|state| (state.as_str(), state_words(*state).0));
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Quotes", "quotes"),
        customer,
        chips: state_chips(&form, states),
        rows: found.rows.iter().map(row).collect(),
        sums: add_up(found.rows.iter().map(|row| (row.currency, row.gross_minor, 0)), "quote"),
        next: form.next(found.next.as_ref()),
        may_write: session.may(Permission::WriteQuotes),
        form,
    };
    render_with(status, &page)
}

fn numbered(number: &str, revision: i64) -> String {
    if revision > 1 { format!("{number} ({revision})") } else { number.to_owned() }
}

const fn state_words(state: QuoteState) -> (&'static str, &'static str) {
    match state {
        QuoteState::Draft => ("Draft", "neutral"),
        QuoteState::Sent => ("Sent", "info"),
        QuoteState::Accepted => ("Accepted", "ok"),
        QuoteState::Declined => ("Declined", "bad"),
        QuoteState::Expired => ("Expired", "warn"),
        QuoteState::Replaced => ("Replaced", "neutral"),
    }
}

/// Marks the ticked quotes as sent.
async fn act_on_selected(State(app): State<App>, session: Session, form: Form<Ticked<QuoteId>>) -> PageResult {
    session.caller.may(Permission::WriteQuotes)?;
    let mut came = Came::new("quote", "marked as sent");
    for id in &form.id {
        came.note(quotes::send(&app, &session.caller, *id).await)?;
    }
    Ok(form.tell(&session, PATH, &came))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    customer: String,
}

async fn begin(State(app): State<App>, session: Session, Query(with): Query<Begin>) -> PageResult {
    session.caller.may(Permission::WriteQuotes)?;
    let form = DocumentForm::begin(&session).for_customer(&app, &session, &with.customer).await?;
    ask(&app, &session, Kind::Quote, ("New quote", PATH.to_owned()), &Form::new(form)).await
}

async fn totals(State(app): State<App>, session: Session, form: Form<DocumentForm>) -> PageResult {
    preview(&app, &session, &form).await
}

async fn create(State(app): State<App>, session: Session, form: Form<DocumentForm>) -> PageResult {
    session.caller.may(Permission::WriteQuotes)?;
    let asking = ("New quote", PATH.to_owned());
    if form.wants_more_lines() {
        return ask(&app, &session, Kind::Quote, asking, &form).await;
    }
    let made = match form.asked(&app, &session).await {
        Ok(new) => quotes::create(&app, &session.caller, &new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => saved(&app, &session, id, &form).await,
        Err(error) => ask(&app, &session, Kind::Quote, asking, &form.failed(error)?).await,
    }
}

/// Goes on to a quote that was just saved, marked as sent when that was asked for.
async fn saved(app: &App, session: &Session, id: QuoteId, form: &DocumentForm) -> PageResult {
    let go = session.go(format!("{PATH}/{id}"));
    if !form.wants_finish() {
        return Ok(go.saying("The quote was saved.").into_response());
    }
    Ok(match quotes::send(app, &session.caller, id).await {
        Ok(()) => go.saying("The quote was saved and marked as sent."),
        Err(error) => go.warning(format!("The quote was saved, but not marked as sent: {error}.")),
    }
    .into_response())
}

/// What is typed beside a decision.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    accepted_by: String,
    po_number: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "quotes/show.html")]
struct ShowPage<'a> {
    page: Page,
    beside: Beside,
    quote: &'a QuoteRow,
    customer: String,
    badge: (&'static str, &'static str),
    prices: &'static str,
    net: String,
    total: String,
    lines: Vec<Line>,
    preview: Preview,
    way: Vec<Step>,
    revisions: Vec<Revision>,
    form: &'a Form<Decision>,
    may_send: bool,
    may_accept: bool,
    may_decline: bool,
    may_revise: bool,
}

/// An earlier or later offer under the same number.
struct Revision {
    words: String,
    href: String,
    on: String,
    total: String,
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<QuoteId>) -> PageResult {
    show_with(&app, &session, id, &Form::new(Decision::default())).await
}

async fn show_with(app: &App, session: &Session, id: QuoteId, form: &Form<Decision>) -> PageResult {
    let view = quotes::show(app, &session.caller, id).await?;
    let (quote, today) = (&view.quote, session.company.today);
    let writes = session.may(Permission::WriteQuotes);
    let undecided = may_decide(&quote.number, quote.facts(), today, "accepted").is_ok();
    let page = ShowPage {
        page: session.page(numbered(&quote.number, quote.revision), "quotes"),
        beside: Beside::load(app, session, SubjectKind::Quote, quote.id.0).await?,
        customer: view.customer.name.clone(),
        badge: state_words(state(quote.facts(), today)),
        prices: price_words(quote.price_mode),
        net: money(quote.net_minor, quote.currency),
        total: money(quote.gross_minor, quote.currency),
        lines: printed(&view.lines, quote.currency),
        preview: Preview::saved([quote.net_minor, quote.gross_minor], &view.taxes, quote.currency),
        way: way(app, session, Stop::Quote(id)).await?,
        revisions: revisions(&view),
        form,
        may_send: writes && undecided && quote.sent_at.is_none(),
        may_accept: session.may(Permission::WriteOrders) && undecided,
        may_decline: writes && undecided,
        may_revise: writes && may_revise(&quote.number, quote.facts(), today).is_ok(),
        quote,
    };
    render_with(form.status(), &page)
}

fn revisions(view: &QuoteView) -> Vec<Revision> {
    let others = view.revisions.iter().filter(|row| row.id != view.quote.id);
    let revision = |row: &QuoteRow| Revision {
        words: format!("Revision {}", row.revision),
        href: format!("{PATH}/{}", row.id),
        on: row.quoted_on.to_string(),
        total: money(row.gross_minor, row.currency),
    };
    others.map(revision).collect()
}

async fn pdf(State(app): State<App>, session: Session, Path(id): Path<QuoteId>) -> PageResult {
    Ok(file(documents::quote(&app, &session.caller, id).await?))
}

async fn ask_revision(State(app): State<App>, session: Session, Path(id): Path<QuoteId>) -> PageResult {
    session.caller.may(Permission::WriteQuotes)?;
    let view = quotes::show(&app, &session.caller, id).await?;
    let choices = Choices::load(&app, &session).await?;
    let quote = &view.quote;
    let form = DocumentForm {
        customer: quote.customer_id.to_string(),
        customer_text: view.customer.name.clone(),
        currency: quote.currency.to_string(),
        on: session.company.today.to_string(),
        terms: choices.terms_code(&quote.terms),
        price_mode: quote.price_mode.to_string(),
        po_number: quote.reference.clone().unwrap_or_default(),
        notes: quote.notes.clone().unwrap_or_default(),
        version: quote.version.to_string(),
        lines: view.lines.iter().map(|row| typed_line(row, &choices)).collect(),
        ..DocumentForm::default()
    };
    ask(&app, &session, Kind::Quote, revision_of(id), &Form::new(form)).await
}

fn revision_of(id: QuoteId) -> (&'static str, String) {
    ("Revise the quote", format!("{PATH}/{id}/revise"))
}

async fn revise(
    State(app): State<App>,
    session: Session,
    Path(id): Path<QuoteId>,
    form: Form<DocumentForm>,
) -> PageResult {
    session.caller.may(Permission::WriteQuotes)?;
    if form.wants_more_lines() {
        return ask(&app, &session, Kind::Quote, revision_of(id), &form).await;
    }
    let made = match form.asked(&app, &session).await {
        Ok(new) => quotes::revise(&app, &session.caller, id, form.version(), &new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(id) => saved(&app, &session, id, &form).await,
        Err(error) => ask(&app, &session, Kind::Quote, revision_of(id), &form.failed(error)?).await,
    }
}

async fn send(State(app): State<App>, session: Session, Path(id): Path<QuoteId>) -> PageResult {
    match quotes::send(&app, &session.caller, id).await {
        Ok(()) => Ok(session.go(format!("{PATH}/{id}")).saying("The quote is marked as sent.").into_response()),
        Err(error) => show_with(&app, &session, id, &Form::new(Decision::default()).failed(error)?).await,
    }
}

async fn accept(State(app): State<App>, session: Session, Path(id): Path<QuoteId>, form: Form<Decision>) -> PageResult {
    match quotes::accept(&app, &session.caller, id, &form.accepted_by, text(&form.po_number)).await {
        Ok(order) => {
            let said = "The quote was accepted and became this order. Confirm it to invoice it.";
            Ok(session.go(format!("/orders/{order}")).saying(said).into_response())
        }
        Err(error) => show_with(&app, &session, id, &form.failed(error)?).await,
    }
}

async fn decline(
    State(app): State<App>,
    session: Session,
    Path(id): Path<QuoteId>,
    form: Form<Decision>,
) -> PageResult {
    match quotes::decline(&app, &session.caller, id, &form.reason).await {
        Ok(()) => Ok(session.go(format!("{PATH}/{id}")).saying("The quote is marked as declined.").into_response()),
        Err(error) => show_with(&app, &session, id, &form.failed(error)?).await,
    }
}
