//! The figures by which two copies of a database are compared: rows of every table, the ledger, what is open.

use crate::{
    db::{Result, Tx},
    move_to,
};
use kernel::{Currency, Date};
use std::collections::BTreeMap;

/// A figure by its name; amounts are in minor units.
pub type Figures = BTreeMap<String, i64>;

pub async fn figures(tx: &mut Tx) -> Result<Figures> {
    let rows = move_to::row_counts(tx).await?;
    let mut figures: Figures = rows.into_iter().map(|(table, count)| (format!("rows of {table}"), count)).collect();
    for sum in ledger(tx).await? {
        let name = format!("ledger of {}, account {}, {}", sum.company, sum.name, sum.currency);
        figures.insert(format!("{name}, in base currency"), sum.base_minor);
        figures.insert(name, sum.amount_minor);
    }
    for sum in movements(tx).await? {
        let name = format!("movements of {}, {}, {}", sum.company, sum.name, sum.currency);
        figures.insert(format!("{name}, in base currency"), sum.base_minor);
        figures.insert(name, sum.amount_minor);
    }
    for (company, currency, due_on, open, base) in aging(tx).await? {
        let month = format!("{}-{:02}", due_on.year(), due_on.month());
        let name = format!("open of {company}, due in {month}, {currency}");
        *figures.entry(format!("{name}, in base currency")).or_default() += base;
        *figures.entry(name).or_default() += open;
    }
    Ok(figures)
}

#[derive(sqlx::FromRow)]
struct Sum {
    company: String,
    name: String,
    currency: Currency,
    amount_minor: i64,
    base_minor: i64,
}

async fn ledger(tx: &mut Tx) -> Result<Vec<Sum>> {
    tx.sql(
        "SELECT c.code AS company, p.account AS name, p.currency, CAST(SUM(p.amount_minor) AS BIGINT) AS amount_minor,
             CAST(SUM(p.base_minor) AS BIGINT) AS base_minor
         FROM postings p JOIN companies c ON c.id = p.company_id
         GROUP BY c.code, p.account, p.currency ORDER BY c.code, p.account, p.currency",
    )
    .all()
    .await
}

async fn movements(tx: &mut Tx) -> Result<Vec<Sum>> {
    tx.sql(
        "SELECT c.code AS company, m.kind AS name, i.currency, CAST(SUM(m.amount_minor) AS BIGINT) AS amount_minor,
             CAST(SUM(m.base_minor) AS BIGINT) AS base_minor
         FROM movements m JOIN open_items i ON i.company_id = m.company_id AND i.id = m.item_id
         JOIN companies c ON c.id = m.company_id
         GROUP BY c.code, m.kind, i.currency ORDER BY c.code, m.kind, i.currency",
    )
    .all()
    .await
}

async fn aging(tx: &mut Tx) -> Result<Vec<(String, Currency, Date, i64, i64)>> {
    tx.sql(
        "SELECT c.code, i.currency, i.due_on, CAST(SUM(i.open_minor) AS BIGINT), CAST(SUM(i.open_base_minor) AS BIGINT)
         FROM open_items i JOIN companies c ON c.id = i.company_id
         WHERE i.open_minor <> 0
         GROUP BY c.code, i.currency, i.due_on ORDER BY c.code, i.currency, i.due_on",
    )
    .all()
    .await
}
