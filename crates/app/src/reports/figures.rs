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
    reports::{AgingBasis, AgingGroup, Buckets, days_sales_outstanding, week_start},
    users::Permission,
};
use kernel::{Currency, Date, Decimal, Money};
use serde::Serialize;
use store::reports::figures::{self, Attention};

pub const DSO_DAYS: i64 = 90;
/// A quote that is valid for no longer expires soon.
pub const SOON_DAYS: i64 = 7;

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
    /// The same in base currency, of the last eight weeks by their Mondays; this week is the last.
    pub cash_weeks: Vec<(Date, Money)>,
    /// Money that is not used on anything, per currency.
    pub unapplied: Vec<Money>,
    /// Titles of the buckets and the due days that fall into each.
    pub buckets: Vec<String>,
    pub bucket_days: Vec<(Option<Date>, Option<Date>)>,
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
    let (_, table) = Aging::ask(&work, &nobody, &by_currency)?.load(&mut work, &nobody).await?;
    let owed = figures::owed(&mut work.tx, company, today).await?;
    let sales = figures::gross_sales(&mut work.tx, company, today.plus_days(-DSO_DAYS), today).await?;
    let week_starts_on = week_start(today);
    let cash = figures::cash_received(&mut work.tx, company, week_starts_on, today).await?;
    let weeks = figures::cash_by_day(&mut work.tx, company, week_starts_on.plus_days(-7 * 7), today).await?;
    let unapplied = figures::unapplied(&mut work.tx, company).await?;
    let buckets = Buckets::new(work.company.settings.aging_buckets.clone())?;
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
        receivables: Money::new(owed.base_minor, base),
        overdue: Money::new(owed.overdue_base_minor, base),
        dso: days_sales_outstanding(owed.base_minor, sales, DSO_DAYS),
        week_starts_on,
        cash_received: Money::new(cash.iter().map(|(_, _, minor)| minor).sum(), base),
        cash_by_currency: cash.iter().map(|(currency, minor, _)| Money::new(*minor, *currency)).collect(),
        cash_weeks: by_week(&weeks, week_starts_on, base),
        unapplied: unapplied.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect(),
        aging: table.totals.iter().map(picture).collect(),
        buckets: table.labels,
        bucket_days: buckets.ranges(AgingBasis::DueDate, today),
        attention: figures::attention(&mut work.tx, company, (today, today.plus_days(SOON_DAYS)), &owed).await?,
    })
}

/// Eight weeks, the last begins at `this_week`.
fn by_week(days: &[(Date, i64)], this_week: Date, base: Currency) -> Vec<(Date, Money)> {
    let week = |weeks_ago: i64| {
        let monday = this_week.plus_days(-7 * weeks_ago);
        let of_week = days.iter().filter(|(day, _)| week_start(*day) == monday);
        (monday, Money::new(of_week.map(|(_, minor)| minor).sum(), base))
    };
    (0..8).rev().map(week).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_added_up_by_their_week() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        // 2026-03-15 is a Sunday, 2026-03-16 a Monday.
        let days = [(day("2026-01-26"), 5), (day("2026-03-15"), 70), (day("2026-03-16"), 100), (day("2026-03-18"), 1)];
        let weeks = by_week(&days, day("2026-03-16"), Currency::EUR);
        let minor: Vec<i64> = weeks.iter().map(|(_, money)| money.minor()).collect();
        assert_eq!((weeks[0].0, weeks[7].0), (day("2026-01-26"), day("2026-03-16")));
        assert_eq!(minor, [5, 0, 0, 0, 0, 0, 70, 101]);
    }
}
