//! A customer's page: what it owes and how old that is, its open items, its people and group, how it pays, and on a
//! second tab what happened, with notes and files.

use super::{
    PATH,
    remarks::{NoteForm, subject},
};
use crate::{
    changes::{Change, changes, subject_href},
    charts::{Slice, stacked_bar},
    error::PageResult,
    figures::{amount, money},
    form::Form,
    links::link,
    page::{Page, Path, Query, render_with},
    session::Session,
};
use app::{
    App, Error,
    customers::{self, Balance, ContactRow, CustomerPage, CustomerRow, EventRow, OpenItemRow, PaymentHabit},
    lists::Cursor,
    notes,
};
use askama::Template;
use axum::extract::State;
use domain::{customers::CustomerFacts, items::ItemKind, users::Permission};
use kernel::{AttachmentId, Currency, CustomerId, Date};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ShowQuery {
    /// "" or "timeline".
    tab: String,
    after: String,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(id): Path<CustomerId>,
    Query(query): Query<ShowQuery>,
) -> PageResult {
    if query.tab == "timeline" {
        let after =
            if query.after.is_empty() { None } else { Some(query.after.parse::<Cursor>().map_err(Error::from)?) };
        return timeline(&app, &session, id, after, &Form::default()).await;
    }
    overview(&app, &session, id, &Form::new(())).await
}

/// The page again with the rule that says no.
pub(super) async fn refused(app: &App, session: &Session, id: CustomerId, error: Error) -> PageResult {
    overview(app, session, id, &Form::new(()).failed(error)?).await
}

/// What stands above both tabs.
struct Head {
    id: CustomerId,
    number: String,
    called: String,
    archived: bool,
    may_write: bool,
    may_quote: bool,
    may_order: bool,
    may_invoice: bool,
    may_pay: bool,
}

impl Head {
    fn of(session: &Session, customer: &CustomerRow) -> Self {
        let active = customer.archived_at.is_none();
        Self {
            id: customer.id,
            number: customer.number.clone(),
            called: customer.name.clone(),
            archived: !active,
            may_write: session.may(Permission::WriteCustomers),
            may_quote: active && session.may(Permission::WriteQuotes),
            may_order: active && session.may(Permission::WriteOrders),
            may_invoice: active && session.may(Permission::IssueInvoices),
            may_pay: active && session.may(Permission::RecordPayments),
        }
    }

    fn path(&self) -> String {
        format!("{PATH}/{}", self.id)
    }

    const fn badge(&self) -> &'static str {
        if self.archived { "Archived" } else { "" }
    }
}

#[derive(Template)]
#[template(path = "customers/show.html")]
struct Overview<'a> {
    page: Page,
    head: Head,
    form: &'a Form<()>,
    facts: &'a CustomerFacts,
    contacts: &'a [ContactRow],
    external: Vec<(String, String)>,
    relatives: Vec<Relative>,
    standing: Vec<Standing>,
    open_items: Vec<Item>,
    /// How many there are, of which the first are listed.
    open_count: i64,
    payments: Vec<Received>,
    turnover: Vec<Traded>,
    habit: String,
    habit_note: String,
}

/// What is open in one currency.
struct Standing {
    currency: Currency,
    open: String,
    overdue: String,
    unapplied: String,
    credit: String,
    aging_html: String,
    open_href: String,
    overdue_href: String,
    unapplied_href: String,
    credit_href: String,
}

struct Relative {
    kind: &'static str,
    href: String,
    called: String,
}

struct Item {
    href: String,
    number: String,
    words: &'static str,
    on: String,
    due: String,
    late: String,
    total: String,
    open: String,
    currency: Currency,
}

struct Received {
    href: String,
    number: String,
    on: String,
    total: String,
    reversed: bool,
}

struct Traded {
    currency: Currency,
    invoices: i64,
    total: String,
    last_year: String,
    paid: String,
    last_year_href: String,
    total_href: String,
}

async fn overview(app: &App, session: &Session, id: CustomerId, form: &Form<()>) -> PageResult {
    let view = customers::show(app, &session.caller, id).await?;
    let today = session.company.today;
    let (habit, habit_note) = habit(view.figures.habit.as_ref());
    let page = Overview {
        page: session.page(view.customer.name.clone(), "customers"),
        head: Head::of(session, &view.customer),
        form,
        facts: &view.facts,
        contacts: &view.contacts,
        external: view.external_ids.iter().map(|row| (row.source.clone(), row.external_id.clone())).collect(),
        relatives: relatives(&view),
        standing: standings(&view, session.company.today),
        open_items: view.open_items.iter().map(|item| open_item(item, today)).collect(),
        open_count: view.figures.open_items,
        payments: payments(&view),
        turnover: turnover(&view, session.company.today),
        habit,
        habit_note,
    };
    render_with(form.status(), &page)
}

fn habit(habit: Option<&PaymentHabit>) -> (String, String) {
    let Some(habit) = habit else { return ("–".to_owned(), "nothing was settled in the last 12 months".to_owned()) };
    let debts = if habit.items == 1 { "1 debt".to_owned() } else { format!("{} debts", habit.items) };
    (habit.average_days.to_string(), format!("over {debts} in 12 months; {} by amount", habit.weighted_days))
}

fn relatives(view: &CustomerPage) -> Vec<Relative> {
    let group = &view.group;
    let above = [("Parent", &group.parent), ("Invoices are paid by", &group.payer)];
    let below = [("Child", &group.children), ("Pays for", &group.pays_for)];
    let relative = |kind, row: &CustomerRow| Relative {
        kind,
        href: format!("{PATH}/{}", row.id),
        called: format!("{} {}", row.number, row.name),
    };
    let above = above.into_iter().flat_map(|(kind, row)| row.iter().map(move |row| relative(kind, row)));
    let below = below.into_iter().flat_map(|(kind, rows)| rows.iter().map(move |row| relative(kind, row)));
    above.chain(below).collect()
}

fn standings(view: &CustomerPage, today: Date) -> Vec<Standing> {
    let (id, ends) = (view.customer.id.to_string(), &view.figures.aging_buckets);
    let standing = |balance: &Balance| {
        let currency = balance.currency;
        let items = |overdue: &str, kind: &str| {
            let query =
                [("customer", id.as_str()), ("currency", currency.code()), ("overdue", overdue), ("kind", kind)];
            link("/open-items", &query)
        };
        Standing {
            currency,
            open: amount(balance.open_minor, currency),
            overdue: amount(balance.overdue_minor, currency),
            unapplied: amount(balance.unapplied_minor, currency),
            credit: amount(balance.credit_minor, currency),
            aging_html: aging(balance, ends, (&id, today)),
            open_href: items("", ""),
            overdue_href: items("yes", ""),
            unapplied_href: items("", ItemKind::Payment.as_str()),
            credit_href: items("", ItemKind::CreditNote.as_str()),
        }
    };
    view.figures.balances.iter().map(standing).collect()
}

/// The due days of each bucket's debts: from, until.
fn bucket_days(ends: &[i64], today: Date) -> Vec<[String; 2]> {
    let ago = |days: i64| today.plus_days(-days).to_string();
    let mut days = vec![[today.to_string(), String::new()]];
    let mut after = 0;
    for end in ends {
        days.push([ago(*end), ago(after + 1)]);
        after = *end;
    }
    days.push([String::new(), ago(after + 1)]);
    days
}

fn aging(balance: &Balance, ends: &[i64], (customer, today): (&str, Date)) -> String {
    let days = bucket_days(ends, today);
    let slice = |((label, minor), [from, until]): ((String, &i64), &[String; 2])| Slice {
        label,
        value: *minor,
        text: money(*minor, balance.currency),
        href: link(
            "/reports/open-items",
            &[
                ("customer", customer),
                ("currency", balance.currency.code()),
                ("side", "debts"),
                ("due_from", from),
                ("due_to", until),
            ],
        ),
    };
    let slices: Vec<Slice> = bucket_labels(ends).into_iter().zip(&balance.buckets).zip(&days).map(slice).collect();
    let heading = format!("Debts in {} by age", balance.currency);
    stacked_bar(&format!("aging-{}", balance.currency), &heading, &slices)
}

/// `Not due`, `1–30 days`, `31–60 days`, `Over 60 days`.
fn bucket_labels(ends: &[i64]) -> Vec<String> {
    let starts = std::iter::once(1).chain(ends.iter().map(|end| end + 1));
    let spans = starts.zip(ends).map(|(start, end)| format!("{start}–{end} days"));
    let last = ends.last().map_or_else(|| "Overdue".to_owned(), |end| format!("Over {end} days"));
    std::iter::once("Not due".to_owned()).chain(spans).chain([last]).collect()
}

fn open_item(item: &OpenItemRow, today: Date) -> Item {
    let (words, path) = match item.kind {
        ItemKind::Invoice => ("Invoice", "invoices"),
        ItemKind::CreditNote => ("Credit note", "invoices"),
        ItemKind::DebitNote => ("Debit note", "invoices"),
        ItemKind::Payment => ("Unapplied payment", "payments"),
    };
    let days = today.days_since(item.due_on);
    let late = match days {
        days if days <= 0 || !item.kind.is_debt() => String::new(),
        1 => "1 day overdue".to_owned(),
        days => format!("{days} days overdue"),
    };
    Item {
        href: if item.document_id == item.id.0 {
            format!("/open-items/{}", item.id)
        } else {
            format!("/{path}/{}", item.document_id)
        },
        number: item.number.clone(),
        words,
        on: item.document_on.to_string(),
        due: item.due_on.to_string(),
        late,
        total: amount(item.amount_minor, item.currency),
        open: amount(item.open_minor, item.currency),
        currency: item.currency,
    }
}

fn payments(view: &CustomerPage) -> Vec<Received> {
    let received = |row: &customers::LastPayment| Received {
        href: format!("/payments/{}", row.id),
        number: row.number.clone(),
        on: row.received_on.to_string(),
        total: money(row.amount_minor, row.currency),
        reversed: row.reversed_on.is_some(),
    };
    view.payments.iter().map(received).collect()
}

fn turnover(view: &CustomerPage, today: Date) -> Vec<Traded> {
    let (id, year_ago) = (view.customer.id.to_string(), today.plus_months(-12).to_string());
    let traded = |row: &customers::Turnover| Traded {
        currency: row.currency,
        invoices: row.invoices,
        total: amount(row.total_minor, row.currency),
        last_year: amount(row.last_year_minor, row.currency),
        paid: amount(row.paid_minor, row.currency),
        last_year_href: link("/invoices", &[("customer", &id), ("from", &year_ago)]),
        total_href: link("/invoices", &[("customer", &id)]),
    };
    view.figures.turnover.iter().map(traded).collect()
}

#[derive(Template)]
#[template(path = "customers/timeline.html")]
struct Timeline<'a> {
    page: Page,
    head: Head,
    form: &'a Form<NoteForm>,
    happened: Vec<Happened>,
    files: Vec<File>,
    first_page: String,
    next_page: String,
}

struct Happened {
    on: String,
    actor: String,
    words: String,
    href: String,
    changes: Vec<Change>,
}

struct File {
    id: AttachmentId,
    called: String,
    size: String,
    on: String,
    author: String,
}

pub(super) async fn timeline(
    app: &App,
    session: &Session,
    id: CustomerId,
    after: Option<Cursor>,
    form: &Form<NoteForm>,
) -> PageResult {
    let (customer, _) = customers::facts(app, &session.caller, id).await?;
    let path = format!("{PATH}/{id}");
    let first_page = if after.is_some() { format!("{path}?tab=timeline") } else { String::new() };
    let events = customers::timeline(app, &session.caller, id, after, None).await?;
    let files = notes::list(app, &session.caller, subject(id)).await?.attachments;
    let next = events.next.as_ref();
    let page = Timeline {
        page: session.page(customer.name.clone(), "customers"),
        head: Head::of(session, &customer),
        form,
        next_page: next.map(|next| format!("{path}?tab=timeline&after={next}")).unwrap_or_default(),
        first_page,
        happened: events.rows.into_iter().map(happened).collect(),
        files: files
            .into_iter()
            .map(|row| File {
                id: row.id,
                called: row.file_name,
                size: format!("{} kB", (row.bytes + 1023) / 1024),
                on: row.created_at.to_string(),
                author: row.author,
            })
            .collect(),
    };
    render_with(form.status(), &page)
}

fn happened(row: EventRow) -> Happened {
    // What was made shows on its own page; the timeline tells what was changed.
    let changes = match (&row.before, &row.after) {
        (Some(before), Some(after)) => changes(Some(&before.0), Some(&after.0)),
        _ => vec![],
    };
    let href =
        if row.subject_kind == "customer" { String::new() } else { subject_href(&row.subject_kind, row.subject_id) };
    Happened { on: row.recorded_at.to_string(), actor: row.actor, words: row.summary, href, changes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_called_by_their_days() {
        assert_eq!(bucket_labels(&[30, 60]), ["Not due", "1–30 days", "31–60 days", "Over 60 days"]);
        assert_eq!(bucket_labels(&[]), ["Not due", "Overdue"]);
    }

    #[test]
    fn a_bucket_leads_to_the_due_days_of_its_debts() {
        let days = bucket_days(&[30, 60], "2026-03-16".parse().unwrap());
        // 30 days before are 2026-02-14, 60 days are 2026-01-15.
        let expected =
            [["2026-03-16", ""], ["2026-02-14", "2026-03-15"], ["2026-01-15", "2026-02-13"], ["", "2026-01-14"]];
        assert_eq!(days, expected);
    }
}
