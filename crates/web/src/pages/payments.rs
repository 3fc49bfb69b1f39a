//! Payments: the list, and one payment with what it paid and what can still be done with it.

mod entering;

use super::{
    cash::{self, Cash, History, Said},
    lines::{Came, Sum, Ticked, add_up, only_customer},
    notes::Beside,
    views::Views,
};
use crate::{
    error::PageResult,
    figures::{amount, money},
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App, Error, items,
    items::OpenItemRow,
    payments::{self, PaymentList, PaymentSummary, PaymentView},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use domain::{notes::SubjectKind, payments::PaymentMethod, users::Permission};
use kernel::{Currency, PaymentId};

const PATH: &str = "/payments";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/payments", get(list).post(entering::record))
        .route("/payments/new", get(entering::begin))
        .route("/payments/selected", post(act_on_selected))
        .route("/payments/{id}", get(show))
        .route("/payments/{id}/allocations", post(allocate))
        .route("/payments/{id}/refunds", post(refund))
        .route("/payments/{id}/write-offs", post(write_off))
        .route("/payments/{id}/reversal", post(reverse))
}

#[derive(Template)]
#[template(path = "payments/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    /// The customer whose payments alone are listed.
    customer: String,
    methods: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    sums: Vec<Sum>,
    first: String,
    next: String,
    may_record: bool,
    may_use: bool,
}

struct Row {
    id: PaymentId,
    href: String,
    number: String,
    customer: String,
    customer_href: String,
    on: String,
    method: &'static str,
    reference: String,
    amount: String,
    unapplied: String,
    currency: Currency,
    state: &'static str,
    tone: &'static str,
    has_left: bool,
}

const FILTERS: &[&str] = &["q", "customer", "method", "from", "to", "unapplied", "sort"];

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("-date");
    let (customer, customer_name) = only_customer(&app, &session, &mut form).await?;
    let asked = PaymentList {
        customer,
        method: form.read("method"),
        from: form.read("from"),
        to: form.read("to"),
        unapplied: form.has("unapplied"),
        search: form.text("q"),
        sort: form.read("sort").unwrap_or_default(),
        after: form.read("after"),
        limit: None,
    };
    let found = form.rows(payments::list(&app, &session.caller, asked)).await?;
    let amounts = found.rows.iter().map(|row| (row.currency, row.amount_minor, row.unapplied_minor));
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Payments", "payments"),
        customer: customer_name,
        methods: methods(),
        sums: add_up(amounts, "payment"),
        rows: found.rows.iter().map(row).collect(),
        first: form.first(),
        next: form.next(found.next.as_ref()),
        may_record: session.may(Permission::RecordPayments),
        may_use: session.may(Permission::AllocateCash),
        form,
    };
    render_with(status, &page)
}

/// What is left of the ticked payments is used on their customers' oldest debts.
async fn act_on_selected(State(app): State<App>, session: Session, ticked: Form<Ticked<PaymentId>>) -> PageResult {
    session.caller.may(Permission::AllocateCash)?;
    let mut came = Came::new("payment", "used on the oldest debts");
    for id in &ticked.id {
        came.note(payments::use_on_oldest(&app, &session.caller, *id).await)?;
    }
    Ok(ticked.tell(&session, PATH, &came))
}

fn row(payment: &PaymentSummary) -> Row {
    let (state, tone) = match payment {
        PaymentSummary { reversed_on: Some(_), .. } => ("Bounced", "bad"),
        PaymentSummary { unapplied_minor: 0, .. } => ("Used up", "ok"),
        payment if payment.unapplied_minor == payment.amount_minor => ("Unapplied", "warn"),
        _ => ("Part used", "info"),
    };
    Row {
        id: payment.id,
        has_left: payment.unapplied_minor > 0,
        href: format!("{PATH}/{}", payment.id),
        number: payment.number.clone(),
        customer: payment.customer_name.clone(),
        customer_href: format!("/customers/{}", payment.customer_id),
        on: payment.received_on.to_string(),
        method: words(payment.method),
        reference: payment.reference.clone().or_else(|| payment.payer_name.clone()).unwrap_or_default(),
        amount: amount(payment.amount_minor, payment.currency),
        unapplied: amount(payment.unapplied_minor, payment.currency),
        currency: payment.currency,
        state,
        tone,
    }
}

const fn words(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Wire => "Wire",
        PaymentMethod::Card => "Card",
        PaymentMethod::Paypal => "PayPal",
        PaymentMethod::DirectDebit => "Direct debit",
        PaymentMethod::Cheque => "Cheque",
        PaymentMethod::Cash => "Cash",
        PaymentMethod::Other => "Other",
    }
}

fn methods() -> Vec<(&'static str, &'static str)> {
    PaymentMethod::ALL.iter().map(|method| (method.as_str(), words(*method))).collect()
}

#[derive(Template)]
#[template(path = "payments/show.html")]
struct ShowPage {
    page: Page,
    beside: Beside,
    form: Form<Typed>,
    cash: Cash,
    facts: Facts,
    entries: Vec<String>,
    may_reverse: bool,
}

/// The payment, printed.
struct Facts {
    item_href: String,
    customer: String,
    customer_href: String,
    amount: String,
    unapplied: String,
    base: String,
    fee: String,
    method: &'static str,
    on: String,
    bank: String,
    reference: String,
    payer: String,
    recorded_at: String,
    recorded_by: String,
    line_href: String,
    bounced: String,
    bounced_why: String,
    state: (&'static str, &'static str),
}

async fn show(State(app): State<App>, session: Session, Path(id): Path<PaymentId>) -> PageResult {
    let view = payments::show(&app, &session.caller, id).await?;
    show_page(&app, &session, view, Form::default()).await
}

async fn show_page(app: &App, session: &Session, view: PaymentView, form: Form<Typed>) -> PageResult {
    let item = items::show(app, &session.caller, view.item.item.id).await?;
    let base = format!("{PATH}/{}", view.payment.id);
    let history = History { allocations: &view.allocations, refunds: &view.refunds, write_offs: &item.write_offs };
    let cash = Cash::load(app, session, &view.item.item, (base, history), &form).await?;
    let page = ShowPage {
        page: session.page(view.payment.number.clone(), "payments"),
        beside: Beside::load(app, session, SubjectKind::Payment, view.payment.id.0).await?,
        cash,
        facts: facts(&view, session),
        entries: view.entries.iter().map(|id| format!("/ledger/{id}")).collect(),
        // What a bank line brought is taken back at the desk.
        may_reverse: view.payment.reversed_at.is_none()
            && view.line.is_none()
            && session.may(Permission::RecordPayments),
        form,
    };
    render_with(page.form.status(), &page)
}

fn facts(view: &PaymentView, session: &Session) -> Facts {
    let (payment, item) = (&view.payment, &view.item);
    let left = -item.item.open_minor;
    let is_base = payment.currency == session.company.currency;
    let base = money(payment.base_minor, session.company.currency);
    let state = match payment.reversed_on {
        Some(_) => ("Bounced", "bad"),
        None if left == 0 => ("Used up", "ok"),
        None if left == payment.amount_minor => ("Unapplied", "warn"),
        None => ("Part used", "info"),
    };
    Facts {
        item_href: format!("/open-items/{}", item.item.id),
        customer: format!("{} ({})", item.customer_name, item.customer_number),
        customer_href: format!("/customers/{}", payment.customer_id),
        amount: money(payment.amount_minor, payment.currency),
        unapplied: money(left, payment.currency),
        base: if is_base { String::new() } else { format!("{base} at {}", payment.fx_rate) },
        fee: if payment.fee_minor == 0 { String::new() } else { money(payment.fee_minor, payment.currency) },
        method: words(payment.method),
        on: payment.received_on.to_string(),
        bank: view.bank.as_ref().map(|bank| bank.name.clone()).unwrap_or_default(),
        reference: payment.reference.clone().unwrap_or_default(),
        payer: payment.payer_name.clone().unwrap_or_default(),
        recorded_at: payment.recorded_at.to_string(),
        recorded_by: payment.recorded_by.clone(),
        line_href: view.line.map(|line| format!("/desk/{line}")).unwrap_or_default(),
        bounced: payment.reversed_on.map(|on| on.to_string()).unwrap_or_default(),
        bounced_why: payment.reversal_reason.clone().unwrap_or_default(),
        state,
    }
}

/// Leaves for the payment's page, or shows it again with what was typed and what is wrong.
async fn answer(
    app: &App,
    session: &Session,
    id: PaymentId,
    (form, done): (Form<Typed>, app::Result<Said>),
) -> PageResult {
    match done {
        Ok(said) => Ok(said.go(session, &format!("{PATH}/{id}"))),
        Err(error) => {
            let form = form.failed(error)?;
            show_page(app, session, payments::show(app, &session.caller, id).await?, form).await
        }
    }
}

async fn item_of(app: &App, session: &Session, id: PaymentId) -> app::Result<OpenItemRow> {
    Ok(payments::show(app, &session.caller, id).await?.item.item)
}

async fn allocate(
    State(app): State<App>,
    session: Session,
    Path(id): Path<PaymentId>,
    form: Form<Typed>,
) -> PageResult {
    let item = item_of(&app, &session, id).await?;
    let done = cash::use_credit(&app, &session, &item, &form).await;
    answer(&app, &session, id, (form, done)).await
}

async fn refund(State(app): State<App>, session: Session, Path(id): Path<PaymentId>, form: Form<Typed>) -> PageResult {
    let item = item_of(&app, &session, id).await?;
    let done = cash::refund(&app, &session, &item, &form).await;
    answer(&app, &session, id, (form, done)).await
}

async fn write_off(
    State(app): State<App>,
    session: Session,
    Path(id): Path<PaymentId>,
    form: Form<Typed>,
) -> PageResult {
    let item = item_of(&app, &session, id).await?;
    let done = cash::write_off(&app, &session, &item, &form).await;
    answer(&app, &session, id, (form, done)).await
}

async fn reverse(State(app): State<App>, session: Session, Path(id): Path<PaymentId>, form: Form<Typed>) -> PageResult {
    session.caller.may(Permission::RecordPayments)?;
    let mut wrong = Vec::new();
    let on = form.read(&mut wrong, "bounce_on").unwrap_or(session.company.today);
    let done = match wrong.is_empty() {
        true => {
            let done = payments::reverse(&app, &session.caller, id, on, form.get("bounce_reason")).await;
            done.map_err(|error| cash::of_form(error, "bounce_"))
        }
        false => Err(Error::Invalid(wrong)),
    };
    let text = "The payment was taken back; what it paid is open again.".to_owned();
    let done = done.map(|_| Said { text, waits: false, undo: String::new() });
    answer(&app, &session, id, (form, done)).await
}
