//! The figures of the home page.
//!
//! Definitions: receivables are open invoices and debit notes minus credit notes and unapplied cash, as of today. Overdue
//! is the part of the debts that is past its due day. DSO is the simple one: receivables ÷ gross sales of the last 90
//! days × 90, all in base currency. Cash received counts what did not bounce, from Monday on.

use super::{Asked, Parties, aging::Aging};
use crate::{
    context::{App, Caller},
    error::Result,
};
use domain::{
    reports::{AgingGroup, Amounts, days_sales_outstanding, week_start},
    users::Permission,
};
use kernel::{Date, Decimal, Money};
use serde::Serialize;
use store::reports::figures::{self, Attention};

pub const DSO_DAYS: i64 = 90;

#[derive(Debug, Serialize)]
pub struct Figures {
    pub as_of: Date,
    /// In base currency.
    pub receivables: Money,
    pub overdue: Money,
    /// None without sales in the last 90 days.
    pub dso: Option<Decimal>,
    pub week_starts_on: Date,
    /// Of this week, in base currency and per currency.
    pub cash_received: Money,
    pub cash_by_currency: Vec<Money>,
    /// Titles of the buckets.
    pub buckets: Vec<String>,
    pub aging: Vec<AgingPicture>,
    pub attention: Attention,
}

/// Today's aging in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgingPicture {
    pub total: Money,
    pub overdue: Money,
    /// Unapplied cash and credit notes; zero or negative.
    pub credits: Money,
    /// One for each bucket.
    pub buckets: Vec<Money>,
}

pub async fn figures(app: &App, caller: &Caller) -> Result<Figures> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, base, today) = (work.company_id(), work.company.currency, work.today);
    let nobody = Parties::none();
    let by_currency = Asked { by: Some(AgingGroup::Currency.to_string()), ..Asked::default() };
    let in_base = Asked { amounts: Amounts::Base, ..by_currency.clone() };
    let (_, table) = Aging::ask(&work, &nobody, &by_currency)?.load(&mut work, &nobody).await?;
    let receivables = if table.totals.iter().all(|row| row.currency == base) {
        table.totals.clone()
    } else {
        Aging::ask(&work, &nobody, &in_base)?.load(&mut work, &nobody).await?.1.totals
    };
    let (total, overdue) = receivables.first().map_or((0, 0), |row| (row.aged.total, row.aged.overdue));
    let sales = figures::gross_sales(&mut work.tx, company, today.plus_days(-DSO_DAYS), today).await?;
    let week_starts_on = week_start(today);
    let cash = figures::cash_received(&mut work.tx, company, week_starts_on, today).await?;
    let picture = |row: &super::AgingRow| {
        let money = |minor: i64| Money::new(minor, row.currency);
        AgingPicture {
            total: money(row.aged.total),
            overdue: money(row.aged.overdue),
            credits: money(row.aged.credits),
            buckets: row.aged.buckets.iter().copied().map(money).collect(),
        }
    };
    Ok(Figures {
        as_of: today,
        receivables: Money::new(total, base),
        overdue: Money::new(overdue, base),
        dso: days_sales_outstanding(total, sales, DSO_DAYS),
        week_starts_on,
        cash_received: Money::new(cash.iter().map(|(_, _, minor)| minor).sum(), base),
        cash_by_currency: cash.iter().map(|(currency, minor, _)| Money::new(*minor, *currency)).collect(),
        aging: table.totals.iter().map(picture).collect(),
        buckets: table.labels,
        attention: figures::attention(&mut work.tx, company, today).await?,
    })
}
