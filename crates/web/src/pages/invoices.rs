//! Invoices and credit notes: the list, the form of a draft, and one document with what is open of it.

mod credit;

use super::{
    lines::{
        Came, Chip, Choices, DocumentForm, FILTERS, Kind, Line, Preview, Step, Sum, Ticked, add_up, ask, days,
        only_customer, preview, price_words, printed, state_chips, typed_line, way,
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
    invoices::{self, InvoiceFilter, InvoiceRow, InvoiceState, InvoiceSummary, InvoiceView},
    ledger,
    lists::Part,
    trail::Stop,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{invoices::InvoiceKind, notes::SubjectKind, users::Permission};
use kernel::{Date, InvoiceId};
use serde::Deserialize;
use std::collections::BTreeSet;

const PATH: &str = "/invoices";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/invoices", get(list).post(create))
        .route("/invoices/new", get(begin))
        .route("/invoices/preview", post(totals))
        .route("/invoices/selected", post(act_on_selected))
        .route("/invoices/{id}", get(show))
        .route("/invoices/{id}/pdf", get(pdf))
        .route("/invoices/{id}/quittance", get(quittance))
        .route("/invoices/{id}/edit", get(ask_change).post(change))
        .route("/invoices/{id}/issue", post(issue))
        .route("/invoices/{id}/delete", post(delete))
        .route("/invoices/{id}/credit", get(credit::ask).post(credit::credit))
}

#[derive(Template)]
#[template(path = "invoices/list.html")]
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
    may_pay: bool,
}

struct ListRow {
    id: InvoiceId,
    href: String,
    number: String,
    customer: String,
    customer_href: String,
    state: String,
    tone: &'static str,
    on: String,
    due: String,
    total: String,
    open: String,
    currency: String,
    is_draft: bool,
    is_debt: bool,
}

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("-date");
    let (customer, customer_name) = only_customer(&app, &session, &mut form).await?;
    let state = form.read("state");
    let filter = InvoiceFilter {
        customer,
        kind: form.read("kind"),
        state,
        number: None,
        search: form.text("q"),
        from: form.read("from"),
        to: form.read("to"),
        sort: form.read("sort").unwrap_or_default(),
        after: None,
    };
    let part = Part { after: form.read("after"), limit: None };
    let found = form.rows(invoices::list(&app, &session.caller, filter, &part)).await?;
    let amounts = found.rows.iter().filter(|row| row.issued_at.is_some());
    let amounts = amounts.map(|row| (row.currency, row.gross_minor * row.kind.sign(), row.open_minor));
    let states = InvoiceState::ALL.iter().map(|state| (state.as_str(), filter_words(*state)));
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Invoices", "invoices"),
        customer: customer_name,
        chips: state_chips(&form, states),
        sums: add_up(amounts, "document"),
        rows: found.rows.iter().map(|row| list_row(row, state, session.company.today)).collect(),
        next: form.next(found.next.as_ref()),
        may_write: session.may(Permission::IssueInvoices),
        may_pay: session.may(Permission::RecordPayments),
        form,
    };
    render_with(status, &page)
}

fn list_row(row: &InvoiceSummary, state: Option<InvoiceState>, today: Date) -> ListRow {
    let sign = row.kind.sign();
    let due_on = if state.is_some_and(InvoiceState::is_open) { row.next_due_on } else { row.due_on };
    let standing = Standing {
        kind: row.kind,
        is_draft: row.issued_at.is_none(),
        due_on: row.next_due_on,
        gross_minor: row.gross_minor * sign,
        open_minor: row.open_minor,
    };
    let (state, tone) = standing.words(today);
    ListRow {
        id: row.id,
        href: format!("{PATH}/{}", row.id),
        number: row.number.clone().unwrap_or_else(|| "Draft".to_owned()),
        customer: row.customer_name.clone(),
        customer_href: format!("/customers/{}", row.customer_id),
        state,
        tone,
        on: row.invoiced_on.to_string(),
        due: if row.kind == InvoiceKind::CreditNote { String::new() } else { due_on.to_string() },
        total: amount(row.gross_minor * sign, row.currency),
        open: if standing.is_draft { String::new() } else { amount(row.open_minor, row.currency) },
        currency: row.currency.to_string(),
        is_draft: standing.is_draft,
        is_debt: !standing.is_draft && row.open_minor > 0,
    }
}

const fn filter_words(state: InvoiceState) -> &'static str {
    match state {
        InvoiceState::Draft => "Drafts",
        InvoiceState::Open => "Open",
        InvoiceState::Overdue => "Overdue",
        InvoiceState::Settled => "Settled",
    }
}

/// What a document's badge follows from; amounts of credit notes are negative.
struct Standing {
    kind: InvoiceKind,
    is_draft: bool,
    due_on: Date,
    gross_minor: i64,
    open_minor: i64,
}

impl Standing {
    fn words(&self, today: Date) -> (String, &'static str) {
        let overdue = today.days_since(self.due_on);
        let (words, tone) = match self {
            Self { is_draft: true, .. } => ("Draft", "neutral"),
            Self { open_minor: 0, kind: InvoiceKind::CreditNote, .. } => ("Used up", "ok"),
            Self { open_minor: 0, .. } => ("Settled", "ok"),
            Self { kind: InvoiceKind::CreditNote, .. } => ("Open credit", "info"),
            _ if overdue > 0 => return (format!("Overdue {}", days(overdue)), "bad"),
            _ if self.open_minor != self.gross_minor => ("Part settled", "warn"),
            _ => ("Open", "info"),
        };
        (words.to_owned(), tone)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    customer: String,
}

async fn begin(State(app): State<App>, session: Session, Query(with): Query<Begin>) -> PageResult {
    session.caller.may(Permission::IssueInvoices)?;
    let form = DocumentForm::begin(&session).for_customer(&app, &session, &with.customer).await?;
    ask(&app, &session, Kind::Invoice, ("New invoice", PATH.to_owned()), &Form::new(form)).await
}

async fn totals(State(app): State<App>, session: Session, form: Form<DocumentForm>) -> PageResult {
    preview(&app, &session, &form).await
}

async fn create(State(app): State<App>, session: Session, form: Form<DocumentForm>) -> PageResult {
    session.caller.may(Permission::IssueInvoices)?;
    let asking = ("New invoice", PATH.to_owned());
    if form.wants_more_lines() {
        return ask(&app, &session, Kind::Invoice, asking, &form).await;
    }
    match make(&app, &session, &form).await {
        Ok((id, said)) => Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response()),
        Err(error) => ask(&app, &session, Kind::Invoice, asking, &form.failed(error)?).await,
    }
}

/// Issued at once, or kept as a draft.
async fn make(app: &App, session: &Session, form: &DocumentForm) -> app::Result<(InvoiceId, String)> {
    let new = form.asked(app, session).await?;
    if form.wants_finish() {
        let issued = invoices::issue_many(app, &session.caller, &[new]).await?;
        let issued = issued.into_iter().next().ok_or(app::Error::NotFound("invoice"))?;
        return Ok((issued.id, format!("{} was issued.", issued.number)));
    }
    let id = invoices::draft(app, &session.caller, &new).await?;
    Ok((id, "The draft was saved. Issue it when it is right.".to_owned()))
}

/// Issues or deletes the ticked drafts; what is refused stays a draft, and the message says why.
async fn act_on_selected(State(app): State<App>, session: Session, form: Form<Ticked<InvoiceId>>) -> PageResult {
    let caller = &session.caller;
    if form.intent == "pay" {
        return pay(&app, &session, &form).await;
    }
    caller.may(Permission::IssueInvoices)?;
    if form.intent == "delete" {
        let mut came = Came::new("draft", "deleted");
        for id in &form.id {
            let version = invoices::show(&app, caller, *id).await?.invoice.version;
            came.note(invoices::delete_draft(&app, caller, *id, version).await)?;
        }
        return Ok(form.tell(&session, PATH, &came));
    }
    let mut came = Came::new("invoice", "issued");
    for id in &form.id {
        came.note(invoices::issue(&app, caller, *id).await)?;
    }
    Ok(form.tell(&session, PATH, &came))
}

/// Leads to a payment of the ticked invoices, which one customer makes.
async fn pay(app: &App, session: &Session, form: &Ticked<InvoiceId>) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let mut customers = BTreeSet::new();
    for id in &form.id {
        customers.insert(invoices::show(app, &session.caller, *id).await?.invoice.customer_id);
    }
    Ok(form.to_payment(session, PATH, &customers, "invoice").into_response())
}

#[derive(Template)]
#[template(path = "invoices/show.html")]
struct ShowPage<'a> {
    page: Page,
    beside: Beside,
    invoice: &'a InvoiceRow,
    customer: String,
    noun: &'static str,
    badge: (String, &'static str),
    prices: &'static str,
    terms: String,
    total: String,
    open: String,
    base: String,
    lines: Vec<Line>,
    preview: Preview,
    items: Vec<Item>,
    entries: Vec<Entry>,
    way: Vec<Step>,
    corrects: Option<&'a InvoiceRow>,
    form: &'a Form<()>,
    is_draft: bool,
    /// A debt of which nothing is open.
    is_settled: bool,
    may_write: bool,
    may_edit: bool,
    may_credit: bool,
    may_pay: bool,
}

/// An instalment.
struct Item {
    href: String,
    number: i64,
    due: String,
    total: String,
    open: String,
    words: String,
    tone: &'static str,
    discounts: Vec<String>,
}

/// A journal entry of the document.
struct Entry {
    href: String,
    on: String,
    words: String,
    legs: Vec<(String, String, String)>,
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<InvoiceId>) -> PageResult {
    show_with(&app, &session, id, &Form::new(())).await
}

async fn show_with(app: &App, session: &Session, id: InvoiceId, form: &Form<()>) -> PageResult {
    let view = invoices::show(app, &session.caller, id).await?;
    let (invoice, today) = (&view.invoice, session.company.today);
    let open: i64 = view.items.iter().map(|item| item.open_minor).sum();
    let standing = Standing {
        kind: invoice.kind,
        is_draft: invoice.issued_at.is_none(),
        due_on: oldest_due(&view).unwrap_or(invoice.due_on),
        gross_minor: invoice.gross_minor * invoice.kind.sign(),
        open_minor: open,
    };
    let is_draft = standing.is_draft;
    let noun = noun(invoice.kind);
    let heading = invoice.number.clone().unwrap_or_else(|| format!("Draft of {}", view.customer.name));
    let is_foreign = invoice.currency != session.company.currency;
    let page = ShowPage {
        page: session.page(heading, "invoices"),
        beside: Beside::load(app, session, SubjectKind::Invoice, invoice.id.0).await?,
        customer: view.customer.name.clone(),
        noun,
        badge: standing.words(today),
        prices: price_words(invoice.price_mode),
        terms: invoice.terms.label(),
        total: money(standing.gross_minor, invoice.currency),
        open: if is_draft { String::new() } else { money(open, invoice.currency) },
        base: if is_foreign { money(invoice.base_gross_minor, session.company.currency) } else { String::new() },
        lines: printed(&view.lines, invoice.currency),
        preview: Preview::saved([invoice.net_minor, invoice.gross_minor], &view.taxes, invoice.currency),
        items: items(&view, today),
        entries: entries(app, session, id).await?,
        way: way(app, session, Stop::Invoice(id)).await?,
        corrects: view.corrects.as_ref(),
        form,
        is_draft,
        is_settled: !is_draft && invoice.kind != InvoiceKind::CreditNote && open == 0,
        may_write: is_draft && session.may(Permission::IssueInvoices),
        // A draft made of an order bills the order's lines; to change it, delete it and invoice the order again.
        may_edit: is_draft && invoice.order_id.is_none() && session.may(Permission::IssueInvoices),
        may_credit: !is_draft && invoice.kind != InvoiceKind::CreditNote && session.may(Permission::IssueCreditNotes),
        may_pay: open > 0 && session.may(Permission::RecordPayments),
        invoice,
    };
    render_with(form.status(), &page)
}

const fn noun(kind: InvoiceKind) -> &'static str {
    match kind {
        InvoiceKind::Invoice => "Invoice",
        InvoiceKind::CreditNote => "Credit note",
        InvoiceKind::DebitNote => "Debit note",
    }
}

/// The first instalment that is not paid decides whether the document is overdue.
fn oldest_due(view: &InvoiceView) -> Option<Date> {
    view.items.iter().filter(|item| item.open_minor != 0).map(|item| item.due_on).min()
}

fn items(view: &InvoiceView, today: Date) -> Vec<Item> {
    let kind = view.invoice.kind;
    let item = |item: &invoices::OpenItemRow| {
        let standing = Standing {
            kind,
            is_draft: false,
            due_on: item.due_on,
            gross_minor: item.amount_minor,
            open_minor: item.open_minor,
        };
        let (words, tone) = standing.words(today);
        let steps = item.discounts.iter().flat_map(|steps| &steps.0);
        let step = |step: &domain::terms::DiscountStep| {
            let off = money(step.amount.minor(), step.amount.currency());
            format!("{} % ({off}) until {}", step.percent, step.until)
        };
        Item {
            href: format!("/open-items/{}", item.id),
            number: item.instalment,
            due: item.due_on.to_string(),
            total: amount(item.amount_minor, item.currency),
            open: amount(item.open_minor, item.currency),
            words,
            tone,
            discounts: steps.map(step).collect(),
        }
    };
    view.items.iter().map(item).collect()
}

async fn entries(app: &App, session: &Session, id: InvoiceId) -> PageResult<Vec<Entry>> {
    let views = ledger::entries_of(app, &session.caller, id.0).await?;
    if views.is_empty() {
        return Ok(Vec::new());
    }
    let accounts = ledger::accounts(app, &session.caller).await?;
    let named = |code: String| match accounts.iter().find(|account| account.code == code) {
        Some(account) => format!("{code} {}", account.name),
        None => code,
    };
    let entry = |view: ledger::EntryView| Entry {
        href: format!("/ledger/{}", view.entry.id),
        on: view.entry.posted_on.to_string(),
        words: view.entry.description,
        legs: view.postings.into_iter().map(|leg| sides(named(leg.account), leg.amount_minor, leg.currency)).collect(),
    };
    Ok(views.into_iter().map(entry).collect())
}

/// Account, debit and credit.
fn sides(account: String, minor: i64, currency: kernel::Currency) -> (String, String, String) {
    let text = amount(minor.abs(), currency);
    if minor < 0 { (account, String::new(), text) } else { (account, text, String::new()) }
}

async fn pdf(State(app): State<App>, session: Session, Path(id): Path<InvoiceId>) -> PageResult {
    Ok(file(documents::invoice(&app, &session.caller, id).await?))
}

async fn quittance(State(app): State<App>, session: Session, Path(id): Path<InvoiceId>) -> PageResult {
    Ok(file(documents::quittance(&app, &session.caller, id).await?))
}

async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<InvoiceId>) -> PageResult {
    session.caller.may(Permission::IssueInvoices)?;
    let view = invoices::show(&app, &session.caller, id).await?;
    let choices = Choices::load(&app, &session).await?;
    let invoice = &view.invoice;
    if invoice.issued_at.is_some() || invoice.order_id.is_some() {
        return Ok(session.go(format!("{PATH}/{id}")).warning("This document cannot be edited.").into_response());
    }
    let form = DocumentForm {
        customer: invoice.customer_id.to_string(),
        customer_text: view.customer.name.clone(),
        currency: invoice.currency.to_string(),
        on: invoice.invoiced_on.to_string(),
        terms: choices.terms_code(&invoice.terms),
        price_mode: invoice.price_mode.to_string(),
        po_number: invoice.po_number.clone().unwrap_or_default(),
        notes: invoice.notes.clone().unwrap_or_default(),
        supplied_on: invoice.supplied_on.map(|on| on.to_string()).unwrap_or_default(),
        version: invoice.version.to_string(),
        lines: view.lines.iter().map(|row| typed_line(row, &choices)).collect(),
        ..DocumentForm::default()
    };
    ask(&app, &session, Kind::Invoice, change_of(id), &Form::new(form)).await
}

fn change_of(id: InvoiceId) -> (&'static str, String) {
    ("Edit the draft", format!("{PATH}/{id}/edit"))
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<InvoiceId>,
    form: Form<DocumentForm>,
) -> PageResult {
    session.caller.may(Permission::IssueInvoices)?;
    if form.wants_more_lines() {
        return ask(&app, &session, Kind::Invoice, change_of(id), &form).await;
    }
    let made = match form.asked(&app, &session).await {
        Ok(new) => invoices::edit_draft(&app, &session.caller, id, form.version(), &new).await,
        Err(error) => Err(error),
    };
    if let Err(error) = made {
        return ask(&app, &session, Kind::Invoice, change_of(id), &form.failed(error)?).await;
    }
    let go = session.go(format!("{PATH}/{id}"));
    if !form.wants_finish() {
        return Ok(go.saying("The draft was saved.").into_response());
    }
    Ok(match invoices::issue(&app, &session.caller, id).await {
        Ok(issued) => go.saying(format!("{} was issued.", issued.number)),
        Err(error) => go.warning(format!("The draft was saved, but not issued: {error}.")),
    }
    .into_response())
}

async fn issue(State(app): State<App>, session: Session, Path(id): Path<InvoiceId>) -> PageResult {
    match invoices::issue(&app, &session.caller, id).await {
        Ok(issued) => {
            let said = format!("{} was issued.", issued.number);
            Ok(session.go(format!("{PATH}/{id}")).saying(said).into_response())
        }
        Err(error) => show_with(&app, &session, id, &Form::new(()).failed(error)?).await,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Version {
    version: i64,
}

async fn delete(
    State(app): State<App>,
    session: Session,
    Path(id): Path<InvoiceId>,
    form: Form<Version>,
) -> PageResult {
    match invoices::delete_draft(&app, &session.caller, id, form.version).await {
        Ok(()) => Ok(session.go(PATH).saying("The draft was deleted.").into_response()),
        Err(error) => show_with(&app, &session, id, &Form::new(()).failed(error)?).await,
    }
}
