//! Customers: the list with what each owes, sorting many of them at once, and putting one away.
//!
//! `edit` is the form of a new or changed customer, `show` its page with contacts, notes and files (`people`, `remarks`).
//! The options that comboboxes offer are here too.

mod edit;
mod people;
mod remarks;
mod show;

use super::views::Views;
use crate::{
    error::{PageResult, sentence_of},
    figures::money,
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App,
    customers::{self, BalanceRow, CustomerFilter, CustomerSort, ListedCustomer, Owing, Sorting},
};
use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::users::Permission;
use kernel::CustomerId;
use serde::{Deserialize, Serialize};

const PATH: &str = "/customers";
const MOST_OPTIONS: i64 = 10;

pub fn router() -> Router<Site> {
    Router::new()
        .route("/customers", get(list).post(edit::create))
        .route("/customers/new", get(edit::begin))
        .route("/customers/options", get(options))
        .route("/customers/sort", post(sort))
        .route("/customers/{id}", get(show::show))
        .route("/customers/{id}/edit", get(edit::ask_change).post(edit::change))
        .route("/customers/{id}/archive", post(archive))
        .route("/customers/{id}/unarchive", post(unarchive))
        .merge(people::router())
        .merge(remarks::router())
}

const FILTERS: &[&str] = &["q", "segment", "tag", "view", "sort"];
/// Archived customers are a view of their own; the others are `Owing`.
const ARCHIVED: &str = "archived";

#[derive(Template)]
#[template(path = "customers/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    listed: Vec<Row>,
    segments: Vec<String>,
    /// The page as it is counted below the list.
    counted: String,
    first_page: String,
    next_page: String,
    may_write: bool,
}

struct Row {
    id: CustomerId,
    number: String,
    called: String,
    place: String,
    segment: String,
    tags: Vec<String>,
    /// One amount per currency.
    open: Vec<String>,
    overdue: Vec<String>,
}

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("name");
    let archived = form.get("view") == ARCHIVED;
    let filter = CustomerFilter {
        search: form.text("q"),
        segment: form.text("segment"),
        tag: form.text("tag"),
        currency: None,
        owing: if archived { None } else { form.read::<Owing>("view") },
        archived,
        sort: form.read::<CustomerSort>("sort"),
        after: form.read("after"),
        limit: None,
    };
    let found = form.rows(customers::list(&app, &session.caller, filter)).await?;
    let status = form.status();
    let views = Views::of(&app, &session, &form).await?;
    let page = ListPage {
        views,
        page: session.page("Customers", "customers"),
        segments: customers::segments(&app, &session.caller).await?,
        counted: match found.rows.len() {
            1 => "1 customer on this page".to_owned(),
            count => format!("{count} customers on this page"),
        },
        first_page: form.first(),
        next_page: form.next(found.next.as_ref()),
        listed: found.rows.into_iter().map(row).collect(),
        may_write: session.may(Permission::WriteCustomers),
        form,
    };
    render_with(status, &page)
}

fn row(listed: ListedCustomer) -> Row {
    let customer = listed.customer;
    let amounts = |minor: fn(&BalanceRow) -> i64| {
        let shown = |balance: &BalanceRow| money(minor(balance), balance.currency);
        listed.balances.iter().filter(|balance| minor(balance) != 0).map(shown).collect::<Vec<_>>()
    };
    let address = &customer.address.0;
    Row {
        id: customer.id,
        place: [address.city.as_str(), &address.country]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        open: amounts(|balance| balance.open_minor),
        overdue: amounts(|balance| balance.overdue_minor),
        number: customer.number,
        called: customer.name,
        segment: customer.segment.unwrap_or_default(),
        tags: customer.tags.0,
    }
}

/// The ticked rows and what shall become of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sort {
    id: Vec<CustomerId>,
    /// The button: "segment", "add_tag" or "remove_tag".
    intent: String,
    segment: String,
    tag: String,
    /// The list that they were ticked on.
    back: String,
}

async fn sort(State(app): State<App>, session: Session, form: Form<Sort>) -> PageResult {
    session.caller.may(Permission::WriteCustomers)?;
    let back = if form.back.starts_with("/customers?") { form.back.as_str() } else { PATH };
    let tags: Vec<String> =
        form.tag.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    let mut sorting = Sorting { customers: form.id.clone(), ..Sorting::default() };
    match form.intent.as_str() {
        "add_tag" => sorting.add_tags = tags,
        "remove_tag" => sorting.remove_tags = tags,
        _ => sorting.segment = Some(form.segment.clone()),
    }
    if form.id.is_empty() {
        return Ok(session.go(back).warning("Select the customers first.").into_response());
    }
    let done = customers::sort_into(&app, &session.caller, sorting).await;
    Ok(match done {
        Ok(0) => session.go(back).warning("Nothing changed: they were sorted like this already."),
        Ok(1) => session.go(back).saying("1 customer was changed."),
        Ok(count) => session.go(back).saying(format!("{count} customers were changed.")),
        Err(error @ app::Error::Invalid(_)) => session.go(back).warning(sentence_of(&error)),
        Err(error) => return Err(error.into()),
    }
    .into_response())
}

async fn archive(State(app): State<App>, session: Session, Path(id): Path<CustomerId>) -> PageResult {
    match customers::archive(&app, &session.caller, id).await {
        Ok(()) => {
            let go = session.go(format!("{PATH}/{id}")).saying("The customer was archived.");
            Ok(go.undo(format!("{PATH}/{id}/unarchive")).into_response())
        }
        Err(error) => show::refused(&app, &session, id, error).await,
    }
}

async fn unarchive(State(app): State<App>, session: Session, Path(id): Path<CustomerId>) -> PageResult {
    customers::unarchive(&app, &session.caller, id).await?;
    Ok(session.go(format!("{PATH}/{id}")).saying("The customer is back from the archive.").into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OptionsQuery {
    q: String,
}

/// What a combobox offers.
#[derive(Debug, Serialize)]
struct Choice {
    id: CustomerId,
    label: String,
    detail: String,
}

async fn options(State(app): State<App>, session: Session, Query(query): Query<OptionsQuery>) -> PageResult {
    let filter = CustomerFilter { search: Some(query.q), limit: Some(MOST_OPTIONS), ..CustomerFilter::default() };
    let found = customers::list(&app, &session.caller, filter).await?;
    let choice = |row: ListedCustomer| {
        let customer = row.customer;
        let detail = [customer.number.as_str(), &customer.address.city].into_iter().filter(|part| !part.is_empty());
        Choice { id: customer.id, detail: detail.collect::<Vec<_>>().join(" · "), label: customer.name }
    };
    Ok(Json(found.rows.into_iter().map(choice).collect::<Vec<_>>()).into_response())
}
