//! The list of customers, each with what it owes today.

use crate::{
    context::{App, Caller},
    error::Result,
    lists::{Cursor, Page, Part},
};
use domain::{
    customers::{filled, name_key},
    users::Permission,
};
use kernel::{Currency, CustomerId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
pub use store::customers::list::{BalanceRow, CustomerSort};
use store::customers::{
    CustomerRow,
    list::{self, ListFilter, Owes},
};

kernel::text_enum! {
    pub enum Owing {
        /// Has open items.
        Open = "open",
        /// Has debts whose due day has passed.
        Overdue = "overdue",
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerFilter {
    /// Part of the name or the number, or the beginning of the tax id.
    pub search: Option<String>,
    pub segment: Option<String>,
    pub tag: Option<String>,
    pub currency: Option<Currency>,
    pub owing: Option<Owing>,
    /// Only archived customers; else only the others.
    pub archived: bool,
    pub sort: Option<CustomerSort>,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

#[derive(Debug)]
pub struct ListedCustomer {
    pub customer: CustomerRow,
    /// Per currency, as of today; empty when nothing is open.
    pub balances: Vec<BalanceRow>,
}

pub async fn list(app: &App, caller: &Caller, filter: CustomerFilter) -> Result<Page<ListedCustomer>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, today) = (work.company_id(), work.today);
    let sort = filter.sort.unwrap_or_default();
    let part = Part { after: filter.after, limit: filter.limit };
    let (after, size) = (part.place(sort.as_str(), sort.order())?, part.size());
    let wanted = ListFilter {
        name_part: filled(&filter.search).map(name_key).filter(|key| !key.is_empty()),
        code_part: filled(&filter.search)
            .filter(|words| is_like_a_code(words) || name_key(words).is_empty())
            .map(str::to_owned),
        segment: filled(&filter.segment).map(str::to_owned),
        tag: filled(&filter.tag).map(str::to_lowercase),
        currency: filter.currency,
        archived: filter.archived,
        owes: filter.owing.map(|owing| match owing {
            Owing::Open => Owes::Anything,
            Owing::Overdue => Owes::Overdue { today },
        }),
        sort,
        after,
    };
    let rows = list::page(&mut work.tx, company, &wanted, size + 1).await?;
    let page = Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.customer.id.0));
    let ids: Vec<CustomerId> = page.rows.iter().map(|row| row.customer.id).collect();
    let mut balances: HashMap<CustomerId, Vec<BalanceRow>> = HashMap::new();
    for balance in list::balances(&mut work.tx, company, &ids, today).await? {
        balances.entry(balance.customer_id).or_default().push(balance);
    }
    Ok(page.map(|row| ListedCustomer {
        balances: balances.remove(&row.customer.id).unwrap_or_default(),
        customer: row.customer,
    }))
}

/// Numbers and tax ids hold a digit or a hyphen; words without are looked for in names alone.
fn is_like_a_code(words: &str) -> bool {
    words.contains(|letter: char| letter.is_ascii_digit() || letter == '-')
}

/// Every segment that a customer is in, to choose from.
pub async fn segments(app: &App, caller: &Caller) -> Result<Vec<String>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(list::segments(&mut work.tx, company).await?)
}
