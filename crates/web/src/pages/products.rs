//! Products: the list, adding, changing and archiving. A document keeps what its lines were given, so nothing here
//! changes one.

use super::{
    lines::{Came, Ticked},
    views::Views,
};
use crate::{
    error::PageResult,
    figures::{plain, unit_price},
    filters::Filters,
    form::Form,
    page::{Page, Path, Query, render_with},
    server::Site,
    session::Session,
    typed::Typed,
};
use app::{
    App,
    catalogue::{self, ProductQuery},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{get, post},
};
use domain::{ledger::AccountKind, products::ProductFacts, users::Permission};
use kernel::{Currency, ProductId};
use serde::Deserialize;

const PATH: &str = "/products";

pub fn router() -> Router<Site> {
    Router::new()
        .route("/products", get(list).post(create))
        .route("/products/new", get(begin))
        .route("/products/selected", post(act_on_selected))
        .route("/products/{id}", get(ask_change).post(change))
        .route("/products/{id}/archive", post(archive))
        .route("/products/{id}/unarchive", post(unarchive))
}

const FILTERS: &[&str] = &["q", "view", "sort"];

#[derive(Template)]
#[template(path = "products/list.html")]
struct ListPage {
    page: Page,
    views: Views,
    form: Filters,
    listed: Vec<Row>,
    counted: String,
    first_page: String,
    next_page: String,
    may_write: bool,
}

struct Row {
    id: ProductId,
    sku: String,
    called: String,
    unit: String,
    price: String,
    currency: Currency,
    tax: String,
}

async fn list(State(app): State<App>, session: Session, Query(typed): Query<Typed>) -> PageResult {
    let mut form = Filters::new(PATH, FILTERS, typed).sorted_by("sku");
    let archived = form.get("view") == "archived";
    if form.has("view") && !archived {
        form.refuse("view", "products are in use or `archived`");
    }
    let asked = ProductQuery {
        search: form.text("q"),
        archived,
        sort: form.read("sort").unwrap_or_default(),
        after: form.read("after"),
        limit: None,
    };
    let found = form.rows(catalogue::product_list(&app, &session.caller, asked)).await?;
    let taxes = catalogue::tax_codes(&app, &session.caller).await?;
    let views = Views::of(&app, &session, &form).await?;
    let (first_page, next_page, status) = (form.first(), form.next(found.next.as_ref()), form.status());
    let tax = |id| taxes.iter().find(|row| Some(row.id) == id).map(|row| row.name.clone()).unwrap_or_default();
    let listed: Vec<Row> = found
        .rows
        .into_iter()
        .map(|row| Row {
            id: row.id,
            price: unit_price(row.unit_price, row.currency),
            tax: tax(row.tax_code_id),
            sku: row.sku,
            called: row.name,
            unit: row.unit,
            currency: row.currency,
        })
        .collect();
    let counted = match listed.len() {
        1 => "1 product on this page".to_owned(),
        count => format!("{count} products on this page"),
    };
    let may_write = session.may(Permission::WriteCatalogue);
    let page = session.page("Products", "products");
    render_with(status, &ListPage { page, views, form, listed, counted, first_page, next_page, may_write })
}

/// The ticked products are put away, or come back.
async fn act_on_selected(State(app): State<App>, session: Session, ticked: Form<Ticked<ProductId>>) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let back = ticked.intent == "unarchive";
    let mut came = Came::new("product", if back { "taken out of the archive" } else { "archived" });
    for id in &ticked.id {
        came.note(match back {
            true => catalogue::unarchive_product(&app, &session.caller, *id).await,
            false => catalogue::archive_product(&app, &session.caller, *id).await,
        })?;
    }
    Ok(ticked.tell(&session, PATH, &came))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ProductForm {
    version: i64,
    sku: String,
    name: String,
    description: String,
    unit: String,
    unit_price: String,
    currency: String,
    tax_code: String,
    revenue_account: String,
}

impl ProductForm {
    fn facts(&self) -> ProductFacts {
        let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        ProductFacts {
            sku: self.sku.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            unit: self.unit.clone(),
            // As it is written here and elsewhere; what is no number is refused in its own words.
            unit_price: plain(&self.unit_price).unwrap_or_else(|| self.unit_price.clone()),
            currency: some(&self.currency),
            tax_code: some(&self.tax_code),
            revenue_account: some(&self.revenue_account),
        }
    }
}

struct Choice {
    code: String,
    words: String,
}

#[derive(Template)]
#[template(path = "products/form.html")]
struct FormPage<'a> {
    page: Page,
    post: String,
    is_new: bool,
    archived: bool,
    form: &'a Form<ProductForm>,
    taxes: Vec<Choice>,
    accounts: Vec<Choice>,
    currencies: Vec<Choice>,
}

/// The product that a form changes.
#[derive(Clone, Copy)]
struct Changed {
    id: ProductId,
    archived: bool,
}

async fn ask(app: &App, session: &Session, changed: Option<Changed>, form: &Form<ProductForm>) -> PageResult {
    let caller = &session.caller;
    let taxes = catalogue::tax_codes(app, caller).await?.into_iter();
    let taxes = taxes.filter(|row| row.archived_at.is_none() || row.code == form.tax_code);
    let accounts = app::ledger::accounts(app, caller).await?.into_iter();
    let accounts = accounts.filter(|row| row.kind == AccountKind::Income && row.archived_at.is_none());
    let currency = |currency: Currency| Choice {
        code: currency.code().to_owned(),
        words: format!("{currency}, {}", currency.name()),
    };
    let page = FormPage {
        page: session.page(if changed.is_some() { "Change product" } else { "New product" }, "products"),
        post: changed.map_or_else(|| PATH.to_owned(), |changed| format!("{PATH}/{}", changed.id)),
        is_new: changed.is_none(),
        archived: changed.is_some_and(|changed| changed.archived),
        form,
        taxes: taxes.map(|row| Choice { code: row.code, words: row.name }).collect(),
        accounts: accounts.map(|row| Choice { words: format!("{} {}", row.code, row.name), code: row.code }).collect(),
        currencies: Currency::all().map(currency).collect(),
    };
    render_with(form.status(), &page)
}

async fn begin(State(app): State<App>, session: Session) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let form = ProductForm { currency: session.company.currency.code().to_owned(), ..ProductForm::default() };
    ask(&app, &session, None, &Form::new(form)).await
}

async fn create(State(app): State<App>, session: Session, form: Form<ProductForm>) -> PageResult {
    match catalogue::create_product(&app, &session.caller, form.facts()).await {
        Ok(_) => Ok(session.go(PATH).saying(format!("{} was added.", form.name.trim())).into_response()),
        Err(error) => ask(&app, &session, None, &form.failed(error)?).await,
    }
}

async fn ask_change(State(app): State<App>, session: Session, Path(id): Path<ProductId>) -> PageResult {
    session.caller.may(Permission::WriteCatalogue)?;
    let row = catalogue::product(&app, &session.caller, id).await?;
    let taxes = catalogue::tax_codes(&app, &session.caller).await?;
    let tax_code = taxes.into_iter().find(|tax| Some(tax.id) == row.tax_code_id).map(|tax| tax.code);
    let changed = Changed { id, archived: row.archived_at.is_some() };
    let form = ProductForm {
        version: row.version,
        unit_price: unit_price(row.unit_price, row.currency),
        sku: row.sku,
        name: row.name,
        description: row.description,
        unit: row.unit,
        currency: row.currency.code().to_owned(),
        tax_code: tax_code.unwrap_or_default(),
        revenue_account: row.revenue_account.unwrap_or_default(),
    };
    ask(&app, &session, Some(changed), &Form::new(form)).await
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path(id): Path<ProductId>,
    form: Form<ProductForm>,
) -> PageResult {
    match catalogue::edit_product(&app, &session.caller, id, form.version, form.facts()).await {
        Ok(()) => Ok(session.go(PATH).saying(format!("{} was saved.", form.name.trim())).into_response()),
        Err(error) => {
            let form = form.failed(error)?;
            let archived = catalogue::product(&app, &session.caller, id).await?.archived_at.is_some();
            ask(&app, &session, Some(Changed { id, archived }), &form).await
        }
    }
}

async fn archive(State(app): State<App>, session: Session, Path(id): Path<ProductId>) -> PageResult {
    catalogue::archive_product(&app, &session.caller, id).await?;
    let go = session.go(PATH).saying("The product was archived.");
    Ok(go.undo(format!("{PATH}/{id}/unarchive")).into_response())
}

async fn unarchive(State(app): State<App>, session: Session, Path(id): Path<ProductId>) -> PageResult {
    catalogue::unarchive_product(&app, &session.caller, id).await?;
    Ok(session.go(PATH).saying("The product is back from the archive.").into_response())
}
