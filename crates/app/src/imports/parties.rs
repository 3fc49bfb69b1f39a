//! Whom a row means: a customer by the source's id, by number or by name; one that nobody knows is created.

use super::{BATCH, Fault, Run};
use crate::{
    customers::{
        ExternalName, NewCustomer,
        creating::{Planned, plan, save_planned},
        sentence,
    },
    error::Result,
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

/// The customers behind the names, and why others could not be created.
#[derive(Default)]
pub(super) struct Customers {
    found: HashMap<String, CustomerId>,
    wrong: HashMap<String, Fault>,
}

impl Customers {
    pub(super) fn of(&self, key: &str) -> Result<CustomerId, Fault> {
        let missing = || Fault::new("customer_id", key, "there is no such customer");
        let found = self.found.get(key).copied();
        found.ok_or_else(|| self.wrong.get(key).cloned().unwrap_or_else(missing))
    }
}

/// Looks each name up once.
pub(super) async fn resolve<'a>(run: &mut Run<'_>, named: impl Iterator<Item = Named<'a>>) -> Result<Customers> {
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
    let mut customers = Customers::default();
    create(run, &unknown, &mut customers).await?;
    customers.found.extend(found);
    Ok(customers)
}

/// Creates the customers that nobody knows, under the name that the file gives or else their id.
async fn create(run: &mut Run<'_>, unknown: &[&Named<'_>], customers: &mut Customers) -> Result<()> {
    for chunk in unknown.chunks(BATCH) {
        let new: Vec<NewCustomer> = chunk.iter().map(|party| party.to_customer(&run.source)).collect();
        let (mut ready, mut keys) = (Vec::new(), Vec::new());
        for (party, planned) in chunk.iter().zip(plan(&mut run.work, &new).await?) {
            let reason = match planned {
                Planned::Ready(one) => {
                    ready.push(*one);
                    keys.push(party.key.to_owned());
                    continue;
                }
                Planned::Wrong(wrong) => wrong.into_iter().map(|field| field.message).collect::<Vec<_>>().join("; "),
                Planned::LooksLike(candidates) => sentence(&candidates),
            };
            customers.wrong.insert(party.key.to_owned(), party.fault(reason));
        }
        let rows = save_planned(&mut run.work, ready).await?;
        run.work.flush().await?;
        run.outcome.customers += rows.len();
        customers.found.extend(keys.into_iter().zip(rows).map(|(key, row)| (key, row.id)));
    }
    Ok(())
}

impl Named<'_> {
    fn fault(&self, reason: String) -> Fault {
        match self.name {
            Some(name) => Fault::new("customer_name", name, reason),
            None => Fault::new("customer_id", self.key, reason),
        }
    }

    /// An id and perhaps a name are too little to tell look-alikes by, so nobody is asked.
    fn to_customer(&self, source: &str) -> NewCustomer {
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
