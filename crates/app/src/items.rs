//! Open items: what is open now, and everything that moved one of them.

pub use store::{
    cash::{NamedAllocation, RefundRow, WriteOffRow},
    items::{CustomersItem, MovementRow, OpenItemRow},
};

use crate::{
    context::{App, Caller},
    error::{Error, Result},
    lists::{Cursor, Page, page_size},
};
use domain::{items::ItemKind, users::Permission};
use kernel::{Currency, CustomerId, Date, OpenItemId};
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
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// An item with its history.
#[derive(Debug)]
pub struct ItemView {
    pub item: CustomersItem,
    pub movements: Vec<MovementRow>,
    /// What it paid or was paid with, also what was taken back.
    pub allocations: Vec<NamedAllocation>,
    pub write_offs: Vec<WriteOffRow>,
    pub refunds: Vec<RefundRow>,
}

/// A page of what is open today, the oldest due day first.
pub async fn list(app: &App, caller: &Caller, asked: ItemList) -> Result<Page<CustomersItem>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), page_size(asked.limit));
    let after = asked.after.as_ref().map(|cursor| Ok::<_, Error>((cursor.get(0)?, cursor.get(1)?))).transpose()?;
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
        after,
    };
    let rows = items::list(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::cut(rows, size, |row| Cursor::new([row.item.due_on.to_string(), row.item.id.to_string()])))
}

pub async fn show(app: &App, caller: &Caller, id: OpenItemId) -> Result<ItemView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let item = items::with_customer(&mut work.tx, company, id).await?.ok_or(Error::NotFound("open item"))?;
    Ok(ItemView {
        item,
        movements: items::movements(&mut work.tx, company, id).await?,
        allocations: cash::allocations_of(&mut work.tx, company, id).await?,
        write_offs: cash::write_offs_of(&mut work.tx, company, id).await?,
        refunds: cash::refunds_of(&mut work.tx, company, id).await?,
    })
}
