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
    catalogue::{self, ProductFilter, ProductRow, TaxCodeRow},
    ledger::{self, AccountRow},
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
    let known = Known::of(&mut work, std::slice::from_ref(&facts)).await?;
    let row = new_row(&work, &known, &facts)?;
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
    let known = Known::of(&mut work, products).await?;
    let mut seen = HashSet::new();
    for facts in products {
        let checked = new_row(&work, &known, facts);
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

/// What the facts of products are checked against, asked once for all of them.
struct Known {
    same_skus: Vec<ProductRow>,
    tax_codes: Vec<TaxCodeRow>,
    accounts: Vec<AccountRow>,
}

impl Known {
    async fn of(work: &mut Work, products: &[ProductFacts]) -> Result<Self> {
        let company = work.company_id();
        let skus: Vec<String> = products.iter().map(|facts| facts.sku.trim().to_owned()).collect();
        Ok(Self {
            same_skus: catalogue::products_by_skus(&mut work.tx, company, &skus).await?,
            tax_codes: catalogue::tax_codes(&mut work.tx, company).await?,
            accounts: ledger::accounts(&mut work.tx, company).await?,
        })
    }
}

fn new_row(work: &Work, known: &Known, facts: &ProductFacts) -> Result<ProductRow> {
    let (product, tax_code_id, revenue_account) = check(work, known, facts, None)?;
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
    let known = Known::of(&mut work, std::slice::from_ref(&facts)).await?;
    let (product, tax_code_id, revenue_account) = check(&work, &known, &facts, Some(&before))?;
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
fn check(
    work: &Work,
    known: &Known,
    facts: &ProductFacts,
    before: Option<&ProductRow>,
) -> Result<(CheckedProduct, Option<TaxCodeId>, Option<String>)> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    let filled =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let checked = facts.check(work.company.currency);
    let mut others = known.same_skus.iter().filter(|other| before.is_none_or(|before| before.id != other.id));
    if let Some(other) = others.find(|other| other.sku == facts.sku.trim()) {
        refuse("sku", format!("{} is the sku of {}", other.sku, other.name));
    }
    let tax_code = filled(&facts.tax_code).and_then(|code| {
        let found = known.tax_codes.iter().find(|row| row.code == code);
        if found.is_none() {
            refuse("tax_code", format!("there is no tax code {code}"));
        }
        found.map(|row| row.id)
    });
    let account = filled(&facts.revenue_account);
    if let Some(code) = &account {
        match known.accounts.iter().find(|account| account.code == *code) {
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
