//! Proofs that rows agree with their witnesses: documents, open items and payments with each other, with their journal
//! entries and with the audit events that recorded them.

use super::{fault, list};
use crate::{context::Work, error::Result};
use domain::{
    calendar::BusinessDayRule,
    terms::{Due, schedule},
    verify::{Fault, Proof},
};
use kernel::Money;
use store::verify::agreement::{self, Contradiction, InstalmentRow};

/// What issuing and receiving said, wherever it was written down.
pub(super) async fn issued(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    let gaps = agreement::documents(&mut work.tx, company).await?;
    contradicted(proof, "invoices", gaps);
    let gaps = agreement::payments(&mut work.tx, company).await?;
    contradicted(proof, "payments", gaps);
    for gaps in [
        agreement::items_of_documents(&mut work.tx, company).await?,
        agreement::items_of_payments(&mut work.tx, company).await?,
        agreement::opening_items(&mut work.tx, company).await?,
    ] {
        contradicted(proof, "open_items", gaps);
    }
    instalments(work, proof).await
}

pub(super) async fn movements(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let company = work.company_id();
    let gaps = agreement::movements(&mut work.tx, company).await?;
    list(
        &mut proof.faults,
        gaps,
        |gap| gap.total,
        |gap| {
            let number = gap.number.unwrap_or_else(|| "a missing item".to_owned());
            let sentence = format!("A movement on {number} was recorded at another instant than its journal entry.");
            fault("movements", gap.id, &number, sentence)
        },
    );
    Ok(())
}

fn contradicted(proof: &mut Proof, table: &'static str, gaps: Vec<Contradiction>) {
    list(&mut proof.faults, gaps, |gap| gap.total, |gap| contradiction(table, gap));
}

fn contradiction(table: &'static str, gap: Contradiction) -> Fault {
    let Contradiction { id, number, what, witness, stated, found, .. } = gap;
    let name = number.unwrap_or_else(|| id.to_string());
    let sentence = match (what.is_empty(), stated, found) {
        (true, ..) => format!("{name} has no {witness}."),
        (false, None, None) => format!("{name} has another {what} than its {witness}."),
        (false, stated, found) => {
            let said = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
            format!("{name} says {} for its {what}, and its {witness} says {}.", said(stated), said(found))
        }
    };
    fault(table, id, &name, sentence)
}

/// The days of instalments, computed anew. Where business days count, the calendar may have changed since: then a person
/// should look.
async fn instalments(work: &mut Work, proof: &mut Proof) -> Result<()> {
    let (company, reference) = (work.company_id(), work.reference().await?);
    let rows = agreement::instalments(&mut work.tx, company).await?;
    for document in rows.chunk_by(|one, next| one.document_id == next.document_id) {
        let Some(first) = document.first() else { continue };
        let (terms, gross) = (&first.terms.0, Money::new(first.gross_minor, first.currency));
        let Ok(dues) = schedule(terms, first.invoiced_on, gross, &reference.calendar) else { continue };
        let faults = document.iter().zip(&dues).filter_map(|(row, due)| misdated(row, due));
        let found = match terms.business_days {
            BusinessDayRule::None => &mut proof.faults,
            _ => &mut proof.warnings,
        };
        faults.for_each(|fault| found.add(fault));
    }
    Ok(())
}

fn misdated(row: &InstalmentRow, due: &Due) -> Option<Fault> {
    let (number, part) = (&row.number, row.instalment);
    let sentence = format!("Instalment {part} of {number} is due {}, by its terms {}.", row.due_on, due.due_on);
    (row.due_on != due.due_on).then(|| fault("open_items", row.id, number, sentence))
}
