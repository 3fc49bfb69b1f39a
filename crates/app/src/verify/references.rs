//! Proofs over what points at what.

use super::{count, list};
use crate::{context::Work, error::Result};
use domain::verify::{Fault, Proof};
use store::verify::references::{self, RELATIONS};

pub(super) async fn relations(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    for relation in RELATIONS {
        let (table, leads_to) = (relation.table, relation.leads_to.replace('_', " "));
        let loose = references::loose(&mut work.tx, company, relation).await?;
        list(
            &mut proof.faults,
            loose,
            |row| row.total,
            |row| {
                let name = row.name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
                let what = table.replace('_', " ");
                let sentence =
                    format!("A row of {what}{name} points at {}, which is none of the company's {leads_to}.", row.id);
                Fault { table, id: row.id.to_string(), number: row.name, sentence }
            },
        );
        proof.checked += 1;
    }
    Ok(())
}

pub(super) async fn external_ids(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    proof.checked = count(references::external_ids(&mut work.tx, company).await?);
    let dangling = references::dangling_external_ids(&mut work.tx, company).await?;
    list(
        &mut proof.faults,
        dangling,
        |row| row.total,
        |row| {
            let from = row.name.clone().unwrap_or_default();
            let sentence = format!("The external id {} ({from}) points at no record.", row.id);
            Fault { table: "external_ids", id: row.id, number: None, sentence }
        },
    );
    Ok(())
}
