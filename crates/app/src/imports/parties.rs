//! Whom a row means: a customer by the source's id, by number or by name; one that nobody knows is created.

use super::{BATCH, Run};
use crate::{
    customers::{
        ExternalName, NewCustomer,
        creating::{Planned, plan, save_planned},
    },
    error::{Error, Result},
};
use domain::customers::{CustomerFacts, name_key};
use kernel::{Currency, CustomerId};
use std::collections::{HashMap, HashSet};
use store::{catalogue, customers};

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
    let mut seen: HashSet<&str> = HashSet::new();
    for party in named {
        if seen.insert(party.key) {
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
        for key in rest {
            if let Some(id) = by_name.get(&name_key(&key)) {
                found.insert(key, *id);
            }
        }
    }
    let unknown: Vec<&Named<'a>> = order.iter().filter(|party| !found.contains_key(party.key)).collect();
    create(run, &unknown, &mut found).await?;
    Ok(found)
}

/// Creates the customers that nobody knows, under the name that the file gives or else their id.
async fn create(run: &mut Run<'_>, unknown: &[&Named<'_>], found: &mut HashMap<String, CustomerId>) -> Result<()> {
    for chunk in unknown.chunks(BATCH) {
        let new: Vec<NewCustomer> = chunk.iter().map(|party| party.new(&run.source)).collect();
        let mut ready = Vec::new();
        for planned in plan(&mut run.work, &new).await? {
            match planned {
                Planned::Ready(one) => ready.push(*one),
                Planned::Wrong(wrong) => return Err(Error::Invalid(wrong)),
                Planned::LooksLike(_) => return Err(Error::refused("a customer of this name exists")),
            }
        }
        let rows = save_planned(&mut run.work, ready).await?;
        run.work.flush().await?;
        run.outcome.customers += rows.len();
        found.extend(chunk.iter().zip(rows).map(|(party, row)| (party.key.to_owned(), row.id)));
    }
    Ok(())
}

impl Named<'_> {
    /// An id and perhaps a name are too little to tell look-alikes by, so nobody is asked.
    fn new(&self, source: &str) -> NewCustomer {
        NewCustomer {
            facts: CustomerFacts {
                name: self.name.unwrap_or(self.key).to_owned(),
                currency: Some(self.currency.code().to_owned()),
                ..CustomerFacts::default()
            },
            external_ids: vec![ExternalName {
                source: source.to_owned(),
                id: self.key.to_owned(),
                fingerprint: String::new(),
            }],
            accept_duplicates: true,
            ..NewCustomer::default()
        }
    }
}
