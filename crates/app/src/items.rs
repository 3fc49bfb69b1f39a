//! Open items: what is open now, and everything that moved one of them.

pub use store::{
    cash::{NamedAllocation, RefundRow, WriteOffRow},
    items::{CustomersItem, ItemSort, MovementRow, OpenItemRow},
};

use crate::{
    context::{App, Caller},
    error::{Error, Result},
    lists::{Cursor, Page, Part},
};
use domain::{
    items::{Change, ItemKind, open_minor},
    users::Permission,
};
use kernel::{Currency, CustomerId, Date, Money, OpenItemId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{
    cash,
    items::{self, ItemFilter},
};

/// Which open items a list shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemList {
    pub customer: Option<CustomerId>,
    pub kind: Option<ItemKind>,
    pub currency: Option<Currency>,
    pub due_before: Option<Date>,
    /// Debts whose due day has passed.
    pub overdue: bool,
    /// Beginning of the number.
    pub number: Option<String>,
    pub sort: ItemSort,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// An item with its history.
#[derive(Debug)]
pub struct ItemView {
    pub item: CustomersItem,
    pub as_of: Date,
    pub known_at: Timestamp,
    /// What was open at the end of that day, as it was known at that instant.
    pub open_then: Money,
    pub movements: Vec<MovementRow>,
    /// What it paid or was paid with, also what was taken back.
    pub allocations: Vec<NamedAllocation>,
    pub write_offs: Vec<WriteOffRow>,
    pub refunds: Vec<RefundRow>,
}

/// A page of what is open today in the order that is asked for.
pub async fn list(app: &App, caller: &Caller, asked: ItemList) -> Result<Page<CustomersItem>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, sort) = (work.company_id(), asked.sort);
    let part = Part { after: asked.after, limit: asked.limit };
    let (after, size) = (part.place(sort.as_str(), sort.order())?, part.size());
    let due_before = match (asked.due_before, asked.overdue) {
        (Some(day), true) => Some(day.min(work.today)),
        (day, false) => day,
        (None, true) => Some(work.today),
    };
    let filter = ItemFilter {
        customer: asked.customer,
        kind: asked.kind,
        currency: asked.currency,
        due_before,
        debts_only: asked.overdue,
        number: asked.number.map(|number| number.trim().to_owned()).filter(|number| !number.is_empty()),
        sort,
        after,
    };
    let rows = items::list(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.item.id.0)))
}

pub async fn show(app: &App, caller: &Caller, id: OpenItemId) -> Result<ItemView> {
    show_at(app, caller, id, None, None).await
}

/// An item as of a day and as it was known at an instant; today and now when they are left out.
pub async fn show_at(
    app: &App,
    caller: &Caller,
    id: OpenItemId,
    as_of: Option<Date>,
    known_at: Option<Timestamp>,
) -> Result<ItemView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let item = items::with_customer(&mut work.tx, company, id).await?.ok_or(Error::NotFound("open item"))?;
    let movements = items::movements(&mut work.tx, company, id).await?;
    let change = |row: &MovementRow| Change {
        effective_on: row.effective_on,
        recorded_at: row.recorded_at,
        amount_minor: row.amount_minor,
    };
    let changes: Vec<Change> = movements.iter().map(change).collect();
    let (as_of, known_at) = (as_of.unwrap_or(work.today), known_at.unwrap_or(work.now));
    Ok(ItemView {
        open_then: Money::new(open_minor(&changes, as_of, known_at), item.item.currency),
        as_of,
        known_at,
        item,
        movements,
        allocations: cash::allocations_of(&mut work.tx, company, id).await?,
        write_offs: cash::write_offs_of(&mut work.tx, company, id).await?,
        refunds: cash::refunds_of(&mut work.tx, company, id).await?,
    })
}
