//! Changing a customer's facts, and sorting many customers into a segment or under tags.

use super::{
    creating::defaults,
    field_errors,
    references::{References, Resolved, facts_of},
    title,
};
use crate::{
    changes::Difference,
    context::{App, Caller, Event, Work},
    error::{Error, FieldError, Result},
};
use domain::{
    customers::{CheckedFacts, CustomerFacts, FactError, is_tag},
    users::Permission,
};
use kernel::CustomerId;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Json,
    customers::{self, CustomerRow},
};

/// Replaces a customer's facts by those given; a number that is left out stays. Answers with the row as it is now.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: CustomerId,
    version: i64,
    facts: CustomerFacts,
) -> Result<CustomerRow> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let before = load(&mut work, id).await?;
    if before.version != version {
        return Err(store::Error::Stale.into());
    }
    let after = change(&mut work, before, &facts).await?;
    work.commit().await?;
    Ok(after)
}

/// The same inside a larger piece of work, such as an import.
pub(crate) async fn change(work: &mut Work, before: CustomerRow, facts: &CustomerFacts) -> Result<CustomerRow> {
    let id = before.id;
    let (checked, references) = check(work, &before, facts).await?;
    let after = changed(&before, checked, references);
    let old_facts = facts_of(work, &before).await?;
    let new_facts = facts_of(work, &after).await?;
    let Some(difference) = Difference::between(&json!(old_facts), &json!(new_facts)) else { return Ok(before) };
    customers::update(&mut work.tx, &after).await?;
    work.record(Event {
        action: "customer.changed",
        subject_kind: "customer",
        subject_id: id.0,
        customer: Some(id),
        summary: format!("{} of customer {} changed", difference.words(), title(&after)),
        before: Some(difference.before),
        after: Some(difference.after),
    });
    let version = after.version + 1;
    Ok(CustomerRow { version, ..after })
}

pub(super) async fn load(work: &mut Work, id: CustomerId) -> Result<CustomerRow> {
    let company = work.company_id();
    customers::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("customer"))
}

async fn check(work: &mut Work, before: &CustomerRow, facts: &CustomerFacts) -> Result<(CheckedFacts, Resolved)> {
    let mut wrong = Vec::new();
    let checked = facts.check(defaults(&work.company)).map_err(|facts| wrong.extend(field_errors("", facts))).ok();
    let kept = Resolved {
        terms: before.terms_id,
        tax_code: before.tax_code_id,
        parent: before.parent_id,
        payer: before.payer_id,
    };
    let references = References::load(work, &[facts]).await?.resolve(facts, kept, &mut wrong);
    wrong.extend(circles(work, before, references).await?);
    let company = work.company_id();
    if let Some(number) = checked.as_ref().and_then(|checked| checked.number.as_deref())
        && let Some(other) = customers::by_number(&mut work.tx, company, number).await?
        && other.id != before.id
    {
        wrong.push(FieldError {
            field: "number".to_owned(),
            message: format!("{number} is the number of {}", other.name),
        });
    }
    match checked {
        Some(checked) if wrong.is_empty() => Ok((checked, references)),
        _ => Err(Error::Invalid(wrong)),
    }
}

/// A customer can be neither above itself nor its own payer.
async fn circles(work: &mut Work, row: &CustomerRow, references: Resolved) -> Result<Vec<FieldError>> {
    let company = work.company_id();
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
    if let Some(parent) = references.parent {
        if parent == row.id {
            refuse("parent", "a customer cannot be its own parent".to_owned());
        } else if customers::parents_upwards(&mut work.tx, company, parent).await?.contains(&row.id) {
            refuse("parent", format!("{} is above this customer already", title(row)));
        }
    }
    if let Some(payer) = references.payer {
        if payer == row.id {
            refuse("payer", "a customer is its own payer unless another is named".to_owned());
        } else if customers::payers_upwards(&mut work.tx, company, payer).await?.contains(&row.id) {
            refuse("payer", format!("{} pays for this customer already", title(row)));
        }
    }
    Ok(wrong)
}

fn changed(before: &CustomerRow, facts: CheckedFacts, references: Resolved) -> CustomerRow {
    CustomerRow {
        company_id: before.company_id,
        id: before.id,
        number: facts.number.unwrap_or_else(|| before.number.clone()),
        name: facts.name,
        name_key: facts.name_key,
        place_key: facts.place_key,
        tax_id: facts.tax_id,
        email: facts.email,
        phone: facts.phone,
        language: facts.language,
        currency: facts.currency,
        address: Json(facts.address),
        delivery_address: facts.delivery_address.map(Json),
        terms_id: references.terms,
        tax_code_id: references.tax_code,
        parent_id: references.parent,
        payer_id: references.payer,
        segment: facts.segment,
        tags: Json(facts.tags),
        created_at: before.created_at,
        archived_at: before.archived_at,
        version: before.version,
    }
}

/// A change of segment and tags for many customers at once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Sorting {
    pub customers: Vec<CustomerId>,
    pub add_tags: Vec<String>,
    pub remove_tags: Vec<String>,
    /// `Some("")` takes them out of their segment.
    pub segment: Option<String>,
}

/// Sorts customers; those that are there already stay as they are. Answers how many changed.
pub async fn sort_into(app: &App, caller: &Caller, sorting: Sorting) -> Result<usize> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let tags = |tags: &[String]| tags.iter().map(|tag| tag.trim().to_lowercase()).collect::<BTreeSet<_>>();
    let (add, remove) = (tags(&sorting.add_tags), tags(&sorting.remove_tags));
    if let Some(tag) = add.iter().find(|tag| tag.is_empty() || !is_tag(tag)) {
        return Err(Error::field("add_tags", FactError::Tag(tag.clone())));
    }
    let segment = sorting.segment.as_deref().map(str::trim);
    if segment.is_some_and(|segment| segment.chars().count() > 40) {
        return Err(Error::field("segment", FactError::Long(40)));
    }
    let company = work.company_id();
    let rows = customers::by_ids(&mut work.tx, company, &sorting.customers).await?;
    let mut count = 0;
    for before in rows {
        let mut after = before.clone();
        let kept = before.tags.0.iter().filter(|tag| !remove.contains(*tag)).chain(&add).cloned();
        after.tags = Json(kept.collect::<BTreeSet<_>>().into_iter().collect());
        if let Some(segment) = segment {
            after.segment = Some(segment.to_owned()).filter(|segment| !segment.is_empty());
        }
        let sorted = |row: &CustomerRow| json!({"segment": row.segment, "tags": row.tags});
        let Some(difference) = Difference::between(&sorted(&before), &sorted(&after)) else { continue };
        customers::update(&mut work.tx, &after).await?;
        count += 1;
        work.record(Event {
            action: "customer.changed",
            subject_kind: "customer",
            subject_id: after.id.0,
            customer: Some(after.id),
            summary: format!("{} of customer {} changed", difference.words(), title(&after)),
            before: Some(difference.before),
            after: Some(difference.after),
        });
    }
    work.commit().await?;
    Ok(count)
}
