//! What other systems call a customer: adding a name and taking one off. A name of a source means one customer.

use super::{changing::load, creating::EXTERNAL_KIND, title};
use crate::{
    context::{App, Caller, Done, Event, Work},
    error::{Error, Result},
};
use domain::users::Permission;
use kernel::CustomerId;
use serde_json::json;
use store::{
    catalogue::{self, ExternalIdRow},
    customers::CustomerRow,
};

const MOST_TEXT: usize = 300;

pub async fn add_external_id(app: &App, caller: &Caller, id: CustomerId, source: &str, name: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let row = load(&mut work, id).await?;
    let (company_id, source, name) = (work.company_id(), source.trim(), name.trim());
    for (field, text) in [("source", source), ("id", name)] {
        if text.is_empty() || source.len() + name.len() > MOST_TEXT {
            let message = format!("give the source and its id, up to {MOST_TEXT} characters together");
            return Err(Error::field(field, message));
        }
    }
    let known = catalogue::external(&mut work.tx, company_id, source, EXTERNAL_KIND, &[name.to_owned()]).await?;
    match known.first() {
        Some(known) if known.record_id == id.0 => return Ok(Done::Already),
        Some(_) => return Err(Error::field("id", format!("{source} {name} names another customer already"))),
        None => {}
    }
    work.save(&[ExternalIdRow {
        company_id,
        source: source.to_owned(),
        kind: EXTERNAL_KIND.to_owned(),
        external_id: name.to_owned(),
        record_id: id.0,
        fingerprint: String::new(),
    }]);
    record(&mut work, &row, (source, name), true);
    work.commit().await?;
    Ok(Done::Now)
}

/// Doing it twice is done already.
pub async fn remove_external_id(app: &App, caller: &Caller, id: CustomerId, source: &str, name: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let row = load(&mut work, id).await?;
    let company = work.company_id();
    if catalogue::remove_external(&mut work.tx, company, (source, EXTERNAL_KIND, name), id.0).await? == 0 {
        return Ok(Done::Already);
    }
    record(&mut work, &row, (source, name), false);
    work.commit().await?;
    Ok(Done::Now)
}

fn record(work: &mut Work, row: &CustomerRow, (source, name): (&str, &str), is_added: bool) {
    let said = if is_added { "is" } else { "is no longer" };
    let value = Some(json!({ "external_id": { source: name } }));
    let (before, after) = if is_added { (None, value) } else { (value, None) };
    work.record(Event {
        action: "customer.changed",
        subject_kind: "customer",
        subject_id: row.id.0,
        customer: Some(row.id),
        summary: format!("Customer {} {said} called {name} in {source}", title(row)),
        before,
        after,
    });
}
