//! Products: what lines are filled in with. A line keeps what it was given, so a product can change at any time.

use super::{checked_version, record_added, record_archived, record_changed};
use crate::{
    context::{App, Caller, Work, new_id},
    error::{Error, FieldError, Result},
    lists::{Cursor, Page, Part},
    many::{Many, Outcomes, Taken},
};
use domain::{
    ledger::AccountKind,
    products::{CheckedProduct, ProductFacts},
    users::Permission,
};
use kernel::{ProductId, TaxCodeId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
pub use store::catalogue::ProductSort;
use store::{
    catalogue::{self, ProductFilter, ProductRow},
    ledger,
};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductQuery {
    /// Part of sku or name.
    pub search: Option<String>,
    pub archived: bool,
    pub sort: ProductSort,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// All of them, archived ones too.
pub async fn products(app: &App, caller: &Caller) -> Result<Vec<ProductRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(catalogue::products(&mut work.tx, company).await?)
}

/// A page of products in the order that is asked for.
pub async fn product_list(app: &App, caller: &Caller, query: ProductQuery) -> Result<Page<ProductRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, sort) = (work.company_id(), query.sort);
    let page = Part { after: query.after, limit: query.limit };
    let (after, size) = (page.place(sort.as_str(), sort.order())?, page.size());
    let part = query.search.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
    let filter = ProductFilter { part, archived: query.archived, sort, after };
    let rows = catalogue::product_page(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.id.0)))
}

pub async fn product(app: &App, caller: &Caller, id: ProductId) -> Result<ProductRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    load(&mut work, id).await
}

pub async fn create_product(app: &App, caller: &Caller, facts: ProductFacts) -> Result<ProductId> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let row = new_row(&mut work, &facts).await?;
    add(&mut work, std::slice::from_ref(&row));
    work.commit().await?;
    Ok(row.id)
}

/// Adds up to a thousand products in one transaction: ids and SKUs, or what is wrong.
pub async fn create_products(
    app: &App,
    caller: &Caller,
    products: &[ProductFacts],
    taken: Taken,
) -> Result<Outcomes<(ProductId, String)>> {
    let mut many = Many::of("products", products.len())?;
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let mut seen = HashSet::new();
    for facts in products {
        let checked = new_row(&mut work, facts).await;
        many.note(checked.and_then(|row| match seen.insert(row.sku.clone()) {
            true => Ok(row),
            false => Err(Error::field("sku", format!("{} is given twice", row.sku))),
        }))?;
    }
    let rows = many.ready(taken)?;
    add(&mut work, &rows);
    work.commit().await?;
    Ok(many.outcomes(rows.into_iter().map(|row| (row.id, row.sku)).collect()))
}

async fn new_row(work: &mut Work, facts: &ProductFacts) -> Result<ProductRow> {
    let (product, tax_code_id, revenue_account) = check(work, facts, None).await?;
    Ok(ProductRow {
        company_id: work.company_id(),
        id: new_id(),
        sku: product.sku,
        name: product.name,
        description: product.description,
        unit: product.unit,
        unit_price: product.unit_price,
        currency: product.currency,
        tax_code_id,
        revenue_account,
        archived_at: None,
        version: 1,
    })
}

fn add(work: &mut Work, rows: &[ProductRow]) {
    work.save(rows);
    for row in rows {
        record_added(work, "product.added", ("product", row.id.0), &title(row), shown(row));
    }
}

pub async fn edit_product(app: &App, caller: &Caller, id: ProductId, version: i64, facts: ProductFacts) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let before = load(&mut work, id).await?;
    checked_version(version, before.version)?;
    let (product, tax_code_id, revenue_account) = check(&mut work, &facts, Some(&before)).await?;
    let after = ProductRow {
        sku: product.sku,
        name: product.name,
        description: product.description,
        unit: product.unit,
        unit_price: product.unit_price,
        currency: product.currency,
        tax_code_id,
        revenue_account,
        ..before.clone()
    };
    let change = (&shown(&before), &shown(&after));
    if !record_changed(&mut work, "product.changed", ("product", id.0), &title(&before), change) {
        return Ok(());
    }
    catalogue::update_product(&mut work.tx, &after).await?;
    work.commit().await
}

pub async fn archive_product(app: &App, caller: &Caller, id: ProductId) -> Result<()> {
    put_away(app, caller, id, true).await
}

pub async fn unarchive_product(app: &App, caller: &Caller, id: ProductId) -> Result<()> {
    put_away(app, caller, id, false).await
}

async fn put_away(app: &App, caller: &Caller, id: ProductId, away: bool) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCatalogue).await?;
    let row = load(&mut work, id).await?;
    if row.archived_at.is_some() == away {
        return Ok(());
    }
    let after = ProductRow { archived_at: away.then_some(work.now), ..row };
    catalogue::update_product(&mut work.tx, &after).await?;
    let action = if away { "product.archived" } else { "product.unarchived" };
    record_archived(&mut work, action, ("product", id.0), &title(&after), away);
    work.commit().await
}

/// The facts as they are stored, or everything that is wrong with them.
async fn check(
    work: &mut Work,
    facts: &ProductFacts,
    before: Option<&ProductRow>,
) -> Result<(CheckedProduct, Option<TaxCodeId>, Option<String>)> {
    let company = work.company_id();
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let filled =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let checked = facts.check(work.company.currency);
    let sku = facts.sku.trim().to_owned();
    let others = catalogue::products_by_skus(&mut work.tx, company, &[sku]).await?;
    if let Some(other) = others.iter().find(|other| before.is_none_or(|before| before.id != other.id)) {
        refuse("sku", format!("{} is the sku of {}", other.sku, other.name));
    }
    let tax_code = match filled(&facts.tax_code) {
        Some(code) => {
            let found = catalogue::tax_code_by_code(&mut work.tx, company, &code).await?;
            if found.is_none() {
                refuse("tax_code", format!("there is no tax code {code}"));
            }
            found.map(|row| row.id)
        }
        None => None,
    };
    let account = filled(&facts.revenue_account);
    if let Some(code) = &account {
        let accounts = ledger::accounts(&mut work.tx, company).await?;
        match accounts.iter().find(|account| account.code == *code) {
            None => refuse("revenue_account", format!("there is no account {code}")),
            Some(account) if account.kind != AccountKind::Income => {
                refuse("revenue_account", format!("account {code} {} is not an income account", account.name));
            }
            Some(_) => {}
        }
    }
    match checked {
        Ok(checked) if wrong.is_empty() => Ok((checked, tax_code, account)),
        checked => {
            let facts = checked.err().unwrap_or_default().into_iter();
            wrong
                .extend(facts.map(|(field, error)| FieldError { field: field.to_owned(), message: error.to_string() }));
            Err(Error::Invalid(wrong))
        }
    }
}

async fn load(work: &mut Work, id: ProductId) -> Result<ProductRow> {
    let company = work.company_id();
    let found = catalogue::products_by_ids(&mut work.tx, company, &[id]).await?;
    found.into_iter().next().ok_or(Error::NotFound("product"))
}

fn shown(row: &ProductRow) -> Value {
    json!({
        "sku": row.sku,
        "name": row.name,
        "description": row.description,
        "unit": row.unit,
        "unit_price": row.unit_price,
        "currency": row.currency,
        "tax_code_id": row.tax_code_id,
        "revenue_account": row.revenue_account,
    })
}

fn title(row: &ProductRow) -> String {
    format!("Product {} {}", row.sku, row.name)
}
