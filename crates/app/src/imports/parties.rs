//! Whom a row means: a customer by the source's id, by number or by name; one that nobody knows is created.

use super::{BATCH, Run};
use crate::{
    companies::Numbers,
    context::{Event, new_id},
    error::Result,
};
use domain::{
    companies::{Address, Series},
    customers::name_key,
};
use kernel::{Currency, CustomerId};
use std::collections::HashMap;
use store::{Json, catalogue, customers, customers::CustomerRow};

/// A customer as a row names it.
pub(super) struct Named<'a> {
    pub key: &'a str,
    pub name: Option<&'a str>,
    pub currency: Currency,
}

pub(super) const KIND: &str = "customer";

/// The customers behind the names, each name once.
pub(super) async fn resolve<'a>(
    run: &mut Run<'_>,
    named: impl Iterator<Item = Named<'a>>,
) -> Result<HashMap<String, CustomerId>> {
    let mut order: Vec<Named<'a>> = Vec::new();
    let mut seen: HashMap<&str, ()> = HashMap::new();
    for party in named {
        if seen.insert(party.key, ()).is_none() {
            order.push(party);
        }
    }
    let mut found = HashMap::new();
    let company = run.work.company_id();
    for chunk in order.chunks(BATCH) {
        let keys: Vec<String> = chunk.iter().map(|party| party.key.to_owned()).collect();
        for row in catalogue::external(&mut run.work.tx, company, &run.source, KIND, &keys).await? {
            found.insert(row.external_id, CustomerId(row.record_id));
        }
        let rest: Vec<String> = keys.into_iter().filter(|key| !found.contains_key(key)).collect();
        for row in customers::by_numbers(&mut run.work.tx, company, &rest).await? {
            found.insert(row.number, row.id);
        }
        let rest: Vec<String> = rest.into_iter().filter(|key| !found.contains_key(key)).collect();
        let by_name: HashMap<String, CustomerId> =
            customers::by_name_keys(&mut run.work.tx, company, rest.iter().map(|key| name_key(key)).collect())
                .await?
                .into_iter()
                .collect();
        found.extend(rest.into_iter().filter_map(|key| Some((by_name.get(&name_key(&key)).copied()?, key)).map(|(id, key)| (key, id))));
    }
    let unknown: Vec<&Named<'a>> = order.iter().filter(|party| !found.contains_key(party.key)).collect();
    create(run, &unknown, &mut found).await?;
    Ok(found)
}

/// Creates the customers that nobody knows, under the name that the file gives or else their id.
async fn create(run: &mut Run<'_>, unknown: &[&Named<'_>], found: &mut HashMap<String, CustomerId>) -> Result<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    let mut numbers = Numbers::take(&mut run.work, Series::Customer, run.work.today, unknown.len()).await?;
    let (mut rows, mut externals) = (Vec::new(), Vec::new());
    for party in unknown {
        let name = party.name.unwrap_or(party.key);
        let id = new_id::<CustomerId>();
        let (number, _) = numbers.next();
        run.work.record(Event {
            action: "customer.created",
            subject_kind: "customer",
            subject_id: id.0,
            customer: Some(id),
            summary: format!("Customer {number} {name} came with an import from {}", run.source),
            ..Event::default()
        });
        externals.push(run.external(KIND, party.key, id.0, String::new()));
        found.insert(party.key.to_owned(), id);
        rows.push(CustomerRow {
            company_id: run.work.company_id(),
            id,
            number,
            name: name.to_owned(),
            name_key: name_key(name),
            place_key: None,
            tax_id: None,
            email: None,
            phone: None,
            language: run.work.company.language.clone(),
            currency: party.currency,
            address: Json(Address::default()),
            delivery_address: None,
            terms_id: None,
            tax_code_id: None,
            parent_id: None,
            payer_id: None,
            segment: None,
            tags: Json(Vec::new()),
            created_at: run.work.now,
            archived_at: None,
            version: 1,
        });
    }
    run.outcome.customers += rows.len();
    run.work.save(&rows);
    run.work.save(&externals);
    run.work.flush().await
}
