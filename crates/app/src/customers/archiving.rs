//! Putting a customer away who is no longer wanted, and taking one back.

use super::{changing::load, title};
use crate::{
    context::{App, Caller, Event, Work},
    error::{Error, Result},
};
use domain::users::Permission;
use kernel::{CustomerId, Money};
use store::customers::{self, CustomerRow, list};

/// Archives a customer who owes nothing and is owed nothing. One that is archived already stays so.
pub async fn archive(app: &App, caller: &Caller, id: CustomerId) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let row = load(&mut work, id).await?;
    if row.archived_at.is_some() {
        return Ok(());
    }
    let (company, today) = (work.company_id(), work.today);
    let open = list::balances(&mut work.tx, company, &[id], today).await?;
    if !open.is_empty() {
        let items: i64 = open.iter().map(|balance| balance.items).sum();
        let amounts: Vec<String> =
            open.iter().map(|balance| Money::new(balance.open_minor, balance.currency).to_string()).collect();
        let (amounts, word) = (amounts.join(" and "), if items == 1 { "item" } else { "items" });
        return Err(Error::Refused(format!(
            "{} has {items} open {word} with a balance of {amounts}; settle or write off what is open before archiving.",
            row.name
        )));
    }
    let after = CustomerRow { archived_at: Some(work.now), ..row };
    save(work, &after, "customer.archived", "was archived").await
}

pub async fn unarchive(app: &App, caller: &Caller, id: CustomerId) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let row = load(&mut work, id).await?;
    if row.archived_at.is_none() {
        return Ok(());
    }
    let after = CustomerRow { archived_at: None, ..row };
    save(work, &after, "customer.unarchived", "was taken back from the archive").await
}

async fn save(mut work: Work, after: &CustomerRow, action: &'static str, done: &str) -> Result<()> {
    customers::update(&mut work.tx, after).await?;
    work.record(Event {
        action,
        subject_kind: "customer",
        subject_id: after.id.0,
        customer: Some(after.id),
        summary: format!("Customer {} {done}", title(after)),
        ..Event::default()
    });
    work.commit().await
}
