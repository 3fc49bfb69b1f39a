//! Customers from elsewhere: new ones are added after a look for duplicates, changed ones changed.

use super::{BATCH, Run, fingerprint, parties::KIND};
use crate::{
    customers::{
        ExternalName, NewCustomer, changing,
        creating::{Planned, plan, save_planned},
        facts_of, sentence,
    },
    error::{Error, Result},
};
use domain::{
    companies::Address,
    customers::CustomerFacts,
    imports::{CustomerRow as Row, Located},
};
use kernel::CustomerId;
use std::collections::HashMap;
use store::{catalogue, catalogue::ExternalIdRow, customers};

pub(super) async fn save(run: &mut Run<'_>, rows: Vec<Located<Row>>) -> Result<()> {
    let total = rows.len();
    for (index, batch) in rows.chunks(BATCH).enumerate() {
        let company = run.work.company_id();
        let ids: Vec<String> = batch.iter().map(|row| row.row.external_id.clone()).collect();
        let known: HashMap<String, ExternalIdRow> =
            catalogue::external(&mut run.work.tx, company, &run.source, KIND, &ids)
                .await?
                .into_iter()
                .map(|row| (row.external_id.clone(), row))
                .collect();
        let mut fresh = Vec::new();
        for Located { line, row } in batch {
            let fingerprint = fingerprint(row);
            match known.get(&row.external_id) {
                Some(before) if before.fingerprint == fingerprint => run.outcome.unchanged += 1,
                Some(before) => change(run, *line, row, before, fingerprint).await?,
                None => fresh.push((*line, new_customer(run, row, fingerprint))),
            }
        }
        add(run, fresh).await?;
        run.work.flush().await?;
        run.saved(((index + 1) * BATCH).min(total), total).await?;
    }
    Ok(())
}

async fn add(run: &mut Run<'_>, fresh: Vec<(u64, NewCustomer)>) -> Result<()> {
    let (lines, new): (Vec<u64>, Vec<NewCustomer>) = fresh.into_iter().unzip();
    let mut ready = Vec::new();
    for ((line, new), planned) in lines.iter().zip(&new).zip(plan(&mut run.work, &new).await?) {
        match planned {
            Planned::Ready(one) => ready.push(*one),
            Planned::LooksLike(candidates) => run.reject(*line, "name", new.facts.name.clone(), sentence(&candidates)),
            Planned::Wrong(wrong) => {
                for field in wrong {
                    run.reject(*line, &field.field, "", field.message);
                }
            }
        }
    }
    run.outcome.created += ready.len();
    save_planned(&mut run.work, ready).await?;
    Ok(())
}

async fn change(run: &mut Run<'_>, line: u64, row: &Row, before: &ExternalIdRow, fingerprint: String) -> Result<()> {
    let company = run.work.company_id();
    let id = CustomerId(before.record_id);
    let customer = customers::by_id(&mut run.work.tx, company, id).await?.ok_or(Error::NotFound("customer"))?;
    let facts = over(facts_of(&mut run.work, &customer).await?, facts(row), &run.fields);
    match changing::change(&mut run.work, customer, &facts).await {
        Ok(_) => {
            let (source, external_id) = (run.source.clone(), row.external_id.clone());
            catalogue::set_fingerprint(&mut run.work.tx, company, (&source, KIND, &external_id), fingerprint).await?;
            run.outcome.updated += 1;
        }
        Err(Error::Invalid(wrong)) => {
            for field in wrong {
                run.reject(line, &field.field, "", field.message);
            }
        }
        Err(other) => return Err(other),
    }
    Ok(())
}

/// What the file has of a customer over what is kept of it. A number stays as it is.
fn over(kept: CustomerFacts, row: CustomerFacts, fields: &[&str]) -> CustomerFacts {
    fn either<T>(has: bool, row: T, kept: T) -> T {
        if has { row } else { kept }
    }
    let has = |field| fields.contains(&field);
    CustomerFacts {
        name: row.name,
        tax_id: either(has("tax_id"), row.tax_id, kept.tax_id),
        email: either(has("email"), row.email, kept.email),
        phone: either(has("phone"), row.phone, kept.phone),
        language: either(has("language"), row.language, kept.language),
        currency: either(has("currency"), row.currency, kept.currency),
        address: Address {
            street: either(has("street"), row.address.street, kept.address.street),
            postcode: either(has("postcode"), row.address.postcode, kept.address.postcode),
            city: either(has("city"), row.address.city, kept.address.city),
            region: either(has("region"), row.address.region, kept.address.region),
            country: either(has("country"), row.address.country, kept.address.country),
        },
        terms: either(has("terms"), row.terms, kept.terms),
        parent: either(has("parent"), row.parent, kept.parent),
        tags: either(has("tags"), row.tags, kept.tags),
        ..kept
    }
}

fn new_customer(run: &Run<'_>, row: &Row, fingerprint: String) -> NewCustomer {
    let external = ExternalName { source: run.source.clone(), id: row.external_id.clone(), fingerprint };
    NewCustomer { facts: facts(row), external_ids: vec![external], ..NewCustomer::default() }
}

fn facts(row: &Row) -> CustomerFacts {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    CustomerFacts {
        number: row.number.clone(),
        name: row.name.clone(),
        tax_id: row.tax_id.clone(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        language: row.language.clone(),
        currency: row.currency.map(|currency| currency.code().to_owned()),
        address: Address {
            street: text(&row.street),
            postcode: text(&row.postcode),
            city: text(&row.city),
            region: text(&row.region),
            country: text(&row.country),
        },
        terms: row.terms.clone(),
        parent: row.parent.clone(),
        tags: row.tags.clone(),
        ..CustomerFacts::default()
    }
}
