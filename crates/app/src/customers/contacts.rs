//! The people at a customer.

use super::{changing::load, field_errors, title};
use crate::{
    changes::Difference,
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
};
use domain::{
    customers::{CheckedContact, ContactFacts},
    users::Permission,
};
use kernel::{ContactId, CustomerId};
use serde_json::{Value, json};
use store::customers::{self, ContactRow};

const MOST_CONTACTS: usize = 200;

pub async fn add_contact(app: &App, caller: &Caller, customer: CustomerId, facts: ContactFacts) -> Result<ContactId> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let contact = checked(&facts)?;
    let row = load(&mut work, customer).await?;
    let company = work.company_id();
    let others = customers::contacts(&mut work.tx, company, customer).await?;
    if others.len() >= MOST_CONTACTS {
        return Err(Error::Refused(format!("{} has {} contacts already; remove one first.", row.name, others.len())));
    }
    let contact = ContactRow {
        company_id: company,
        id: new_id(),
        customer_id: customer,
        position: others.last().map_or(1, |last| last.position + 1),
        name: contact.name,
        role: contact.role,
        email: contact.email,
        phone: contact.phone,
    };
    let id = contact.id;
    work.save(std::slice::from_ref(&contact));
    let summary = format!("{} ({}) was added to the contacts of {}", contact.name, contact.role, title(&row));
    record(&mut work, "customer.contact_added", &contact, summary, (None, Some(shown(&contact))));
    work.commit().await?;
    Ok(id)
}

pub async fn change_contact(app: &App, caller: &Caller, id: ContactId, facts: ContactFacts) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let CheckedContact { name, role, email, phone } = checked(&facts)?;
    let before = load_contact(&mut work, id).await?;
    let after = ContactRow { name, role, email, phone, ..before.clone() };
    let Some(difference) = Difference::between(&shown(&before), &shown(&after)) else { return Ok(()) };
    customers::update_contact(&mut work.tx, &after).await?;
    let customer = load(&mut work, before.customer_id).await?;
    let summary = format!("Contact {} of {} was changed", after.name, title(&customer));
    record(&mut work, "customer.contact_changed", &after, summary, (Some(difference.before), Some(difference.after)));
    work.commit().await
}

pub async fn remove_contact(app: &App, caller: &Caller, id: ContactId) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let before = load_contact(&mut work, id).await?;
    let company = work.company_id();
    customers::remove_contact(&mut work.tx, company, id).await?;
    let customer = load(&mut work, before.customer_id).await?;
    let summary = format!("Contact {} of {} was removed", before.name, title(&customer));
    record(&mut work, "customer.contact_removed", &before, summary, (Some(shown(&before)), None));
    work.commit().await
}

fn checked(facts: &ContactFacts) -> Result<CheckedContact> {
    facts.check().map_err(|wrong| Error::Invalid(field_errors("", wrong)))
}

async fn load_contact(work: &mut Work, id: ContactId) -> Result<ContactRow> {
    let company = work.company_id();
    customers::contact(&mut work.tx, company, id).await?.ok_or(Error::NotFound("contact"))
}

fn shown(row: &ContactRow) -> Value {
    json!({"name": row.name, "role": row.role, "email": row.email, "phone": row.phone})
}

type Change = (Option<Value>, Option<Value>);

fn record(work: &mut Work, action: &'static str, row: &ContactRow, summary: String, (before, after): Change) {
    work.record(Event {
        action,
        subject_kind: "contact",
        subject_id: row.id.0,
        customer: Some(row.customer_id),
        summary,
        before,
        after,
    });
}
