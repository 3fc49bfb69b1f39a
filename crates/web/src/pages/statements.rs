//! Account statements: whose, what they list and as of when; on the page, as a PDF, or several in one archive.

use super::{lines::chosen_customer, open_items};
use crate::{
    charts::{Slice, stacked_bar},
    error::PageResult,
    figures::{amount, bucket, money},
    form::Form,
    links::link,
    page::{Page, Query, file, render_with},
    server::Site,
    session::Session,
};
use app::{
    App, Error, FieldError,
    reports::{self, Asked},
    statements::{
        self, AccountStatement, ActivityLine, ActivitySection, MOST_AT_ONCE, OpenSection, StatementForm, StatementItem,
        StatementRequest,
    },
};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use domain::{
    items::{ItemKind, MovementKind},
    reports::Aged,
};
use kernel::{Currency, CustomerId, Date};
use serde::Deserialize;
use uuid::Uuid;

const PATH: &str = "/statements";
/// Customers of one page of the list.
const PAGE: usize = 100;

pub fn router() -> Router<Site> {
    Router::new().route("/statements", get(show)).route("/statements/pdf", get(pdf))
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    customer: Vec<String>,
    customer_text: String,
    /// "" for the open items, "activity" for everything since `from`.
    form: String,
    as_of: String,
    from: String,
    currency: String,
    page: String,
}

#[derive(Template)]
#[template(path = "statements/show.html")]
struct Show {
    page: Page,
    form: Form<Typed>,
    /// Id and name of the only customer that was chosen.
    only: (String, String),
    statements: Vec<Printed>,
    pdf: String,
    debtors: Vec<Debtor>,
    shown: String,
    first: String,
    next: String,
}

/// A customer with something open.
struct Debtor {
    id: CustomerId,
    number: String,
    called: String,
    /// Open and overdue, one for each currency.
    sums: Vec<(String, String)>,
    href: String,
    pdf: String,
}

struct Printed {
    customer_href: String,
    called: String,
    number: String,
    title: String,
    pdf: String,
    aging: String,
    sections: Vec<Section>,
}

struct Section {
    currency: Currency,
    items: Vec<Item>,
    lines: Vec<Line>,
    forward: String,
    forward_on: String,
    total: String,
    overdue: String,
    aging_html: String,
}

struct Item {
    href: String,
    number: String,
    kind: &'static str,
    on: String,
    due: String,
    late: String,
    amount: String,
    open: String,
}

struct Line {
    on: String,
    href: String,
    number: String,
    what: &'static str,
    charge: String,
    credit: String,
    balance: String,
}

impl Typed {
    /// One request for each customer, or everything that is wrong.
    fn requests(&self) -> app::Result<Vec<StatementRequest>> {
        let mut wrong = Vec::new();
        let as_of = read(&mut wrong, "as_of", &self.as_of);
        let from: Option<Date> = read(&mut wrong, "from", &self.from);
        let currency = read(&mut wrong, "currency", &self.currency.to_uppercase());
        if self.is_activity() && self.from.is_empty() {
            wrong.push(FieldError { field: "from".into(), message: "say from which day on".into() });
        }
        let customers: Vec<CustomerId> =
            self.customer.iter().filter_map(|id| read(&mut wrong, "customer", id)).collect();
        if customers.len() > MOST_AT_ONCE {
            let message = format!("{} are too many at once; choose up to {MOST_AT_ONCE}", customers.len());
            wrong.push(FieldError { field: "customer".into(), message });
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let from = from.filter(|_| self.is_activity());
        let request = |customer| StatementRequest { customer, as_of, known_at: None, from, currency };
        Ok(customers.into_iter().map(request).collect())
    }

    fn is_activity(&self) -> bool {
        self.form == "activity"
    }

    /// The same question for these customers, on this path.
    fn link(&self, path: &str, customers: &[String], page: &str) -> String {
        let what = [
            ("form", self.form.as_str()),
            ("as_of", &self.as_of),
            ("from", &self.from),
            ("currency", &self.currency),
            ("page", page),
        ];
        let who = customers.iter().map(|id| ("customer", id.as_str()));
        link(path, &who.chain(what).collect::<Vec<_>>())
    }
}

fn read<V: std::str::FromStr<Err: std::fmt::Display>>(
    wrong: &mut Vec<FieldError>,
    field: &str,
    text: &str,
) -> Option<V> {
    if text.trim().is_empty() { None } else { crate::form::read(wrong, field, text) }
}

async fn show(State(app): State<App>, session: Session, Query(mut typed): Query<Typed>) -> PageResult {
    typed.customer.retain(|id| !id.trim().is_empty());
    if typed.is_activity() && typed.from.trim().is_empty() {
        typed.from = format!("{}-01-01", session.company.today.year());
    }
    let mut unknown = None;
    if typed.customer.is_empty() && !typed.customer_text.is_empty() {
        match chosen_customer(&app, &session, "", &typed.customer_text).await {
            Ok(id) => typed.customer.push(id.to_string()),
            Err(error) => unknown = Some(error),
        }
    }
    let mut form = Form::new(typed);
    let mut statements = Vec::new();
    match load(&app, &session, &form).await {
        Ok(loaded) => statements = loaded,
        Err(error) => form = form.failed(error)?,
    }
    if let Some(error) = unknown {
        form = form.failed(error)?;
    }
    let debtors = if statements.is_empty() && form.errors().is_empty() {
        debtors(&app, &session, &form).await?
    } else {
        Vec::new()
    };
    let at = form.page.parse::<usize>().unwrap_or(1).max(1);
    let (from, until) = ((at - 1).saturating_mul(PAGE).min(debtors.len()), at.saturating_mul(PAGE).min(debtors.len()));
    let page = Show {
        page: session.page("Statements", "statements"),
        only: match (form.customer.as_slice(), statements.first()) {
            ([id], Some(first)) => (id.clone(), first.called.clone()),
            ([], _) => (String::new(), form.customer_text.clone()),
            _ => (String::new(), String::new()),
        },
        pdf: form.link("/statements/pdf", &form.customer, ""),
        shown: format!("{} to {until} of {} customers with something open", from + 1, debtors.len()),
        first: if at > 1 { form.link(PATH, &[], "") } else { String::new() },
        next: if until < debtors.len() { form.link(PATH, &[], &(at + 1).to_string()) } else { String::new() },
        debtors: debtors.into_iter().skip(from).take(until - from).collect(),
        statements,
        form,
    };
    render_with(page.form.status(), &page)
}

async fn load(app: &App, session: &Session, typed: &Typed) -> app::Result<Vec<Printed>> {
    let mut printed = Vec::new();
    for request in typed.requests()? {
        let statement = statements::show(app, &session.caller, &request).await?;
        printed.push(on_page(typed, &statement));
    }
    Ok(printed)
}

async fn debtors(app: &App, session: &Session, typed: &Typed) -> PageResult<Vec<Debtor>> {
    let asked = Asked {
        as_of: typed.as_of.parse().ok(),
        currency: typed.currency.to_uppercase().parse().ok(),
        ..Asked::default()
    };
    let table = reports::aging_table(app, &session.caller, &asked).await?;
    let mut debtors: Vec<Debtor> = Vec::new();
    for row in &table.rows {
        let Some(id) = row.customer else { continue };
        let sums = (money(row.aged.total, row.currency), money(row.aged.overdue, row.currency));
        match debtors.last_mut().filter(|last| last.id == id) {
            Some(last) => last.sums.push(sums),
            None => {
                let who = [id.to_string()];
                let (href, pdf) = (typed.link(PATH, &who, ""), typed.link("/statements/pdf", &who, ""));
                let (number, called) = (row.number.clone(), row.name.clone());
                debtors.push(Debtor { id, number, called, sums: vec![sums], href, pdf });
            }
        }
    }
    Ok(debtors)
}

fn on_page(typed: &Typed, statement: &AccountStatement) -> Printed {
    let id = statement.customer.id;
    let who = [id.to_string()];
    let aging = [("as_of", statement.as_of.to_string()), ("customer", id.to_string())];
    let aging: Vec<(&str, &str)> = aging.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let (title, sections) = match &statement.form {
        StatementForm::OpenItems(sections) => (
            format!("Open items on {}", statement.as_of),
            sections.iter().map(|section| open_section(statement, section)).collect(),
        ),
        StatementForm::Activity { from, sections } => (
            format!("Activity from {from} to {}", statement.as_of),
            sections.iter().map(|section| activity_section(statement, *from, section)).collect(),
        ),
    };
    Printed {
        customer_href: format!("/customers/{id}"),
        called: statement.customer.name.clone(),
        number: statement.customer.number.clone(),
        title,
        pdf: typed.link("/statements/pdf", &who, ""),
        aging: link("/reports/aged-receivables", &aging),
        sections,
    }
}

fn open_section(statement: &AccountStatement, section: &OpenSection) -> Section {
    let currency = section.currency;
    Section {
        currency,
        items: section.items.iter().map(item).collect(),
        lines: vec![],
        forward: String::new(),
        forward_on: String::new(),
        total: amount(section.total.minor(), currency),
        overdue: amount(section.aged.overdue, currency),
        aging_html: aging(statement, currency, &section.aged),
    }
}

fn activity_section(statement: &AccountStatement, from: Date, section: &ActivitySection) -> Section {
    let currency = section.currency;
    Section {
        currency,
        items: vec![],
        lines: section.lines.iter().map(line).collect(),
        forward: amount(section.brought_forward.minor(), currency),
        forward_on: from.to_string(),
        total: amount(section.closing.minor(), currency),
        overdue: amount(section.aged.overdue, currency),
        aging_html: aging(statement, currency, &section.aged),
    }
}

fn aging(statement: &AccountStatement, currency: Currency, aged: &Aged) -> String {
    let slice = |(label, minor): (&String, &i64)| Slice {
        label: bucket(label),
        value: *minor,
        text: money(*minor, currency),
        href: String::new(),
    };
    let slices: Vec<Slice> = statement.buckets.iter().zip(&aged.buckets).map(slice).collect();
    let id = format!("aging-{}-{currency}", statement.customer.number);
    stacked_bar(&id, &format!("Debts in {currency} by age"), &slices)
}

fn item(item: &StatementItem) -> Item {
    let currency = item.amount.currency();
    Item {
        href: document(item.kind, item.document),
        number: if item.instalment > 1 {
            format!("{} ({})", item.number, item.instalment)
        } else {
            item.number.clone()
        },
        kind: open_items::words(item.kind),
        on: item.document_on.to_string(),
        due: if item.kind.is_debt() { item.due_on.to_string() } else { String::new() },
        late: item.days_overdue.map(|days| days.to_string()).unwrap_or_default(),
        amount: amount(item.amount.minor(), currency),
        open: amount(item.open.minor(), currency),
    }
}

fn line(line: &ActivityLine) -> Line {
    let (currency, minor) = (line.amount.currency(), line.amount.minor());
    Line {
        on: line.on.to_string(),
        href: document(line.kind, line.document),
        number: line.number.clone(),
        what: match line.what {
            MovementKind::Opened => open_items::words(line.kind),
            MovementKind::Allocated => "Used",
            MovementKind::Discount => "Early-payment discount",
            MovementKind::Difference => "Small difference",
            MovementKind::WrittenOff => "Written off",
            MovementKind::Refunded => "Refunded",
            MovementKind::Reversed => "Taken back",
        },
        charge: if minor > 0 { amount(minor, currency) } else { String::new() },
        credit: if minor < 0 { amount(minor.saturating_neg(), currency) } else { String::new() },
        balance: amount(line.balance.minor(), currency),
    }
}

fn document(kind: ItemKind, id: Uuid) -> String {
    if kind == ItemKind::Payment { format!("/payments/{id}") } else { format!("/invoices/{id}") }
}

async fn pdf(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let requests = typed.requests()?;
    Ok(file(match requests.as_slice() {
        [] => return Err(Error::field("customer", "choose at least one customer").into()),
        [only] => statements::pdf(&app, &session.caller, only).await?,
        several => statements::pdfs(&app, &session.caller, several).await?,
    }))
}
