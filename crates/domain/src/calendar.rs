//! Business days: weekends, holidays, and moving a day that falls on one.

use kernel::Date;
use std::collections::BTreeSet;

kernel::text_enum! {
    /// Where a day goes that falls on a weekend or a holiday.
    pub enum BusinessDayRule {
        /// It stays.
        None = "none",
        /// To the next business day.
        Following = "following",
        /// To the next business day, or the one before where the next is in another month.
        ModifiedFollowing = "modified_following",
        /// To the business day before.
        Preceding = "preceding",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Calendar {
    /// 1 for Monday to 7 for Sunday.
    pub weekend: BTreeSet<i8>,
    pub holidays: BTreeSet<Date>,
}

impl Default for Calendar {
    /// Saturday and Sunday off, no holidays.
    fn default() -> Self {
        Self { weekend: BTreeSet::from([6, 7]), holidays: BTreeSet::new() }
    }
}

/// A day more than this many days off does not exist in any calendar that people work by.
const LONGEST_CLOSURE_DAYS: i64 = 60;

impl Calendar {
    pub fn is_business_day(&self, date: Date) -> bool {
        !self.weekend.contains(&date.weekday()) && !self.holidays.contains(&date)
    }

    /// Moves `date` off weekends and holidays. A calendar without any business day near leaves it where it is.
    pub fn roll(&self, date: Date, rule: BusinessDayRule) -> Date {
        match rule {
            BusinessDayRule::None => date,
            BusinessDayRule::Following => self.nearest(date, 1),
            BusinessDayRule::Preceding => self.nearest(date, -1),
            BusinessDayRule::ModifiedFollowing => {
                let next = self.nearest(date, 1);
                if next.month() == date.month() { next } else { self.nearest(date, -1) }
            }
        }
    }

    fn nearest(&self, date: Date, step: i64) -> Date {
        let days = (0..=LONGEST_CLOSURE_DAYS).map(|count| date.plus_days(count * step));
        days.into_iter().find(|&day| self.is_business_day(day)).unwrap_or(date)
    }

    /// Business days after `from` up to and including `to`; negative when `to` comes first.
    pub fn business_days_between(&self, from: Date, to: Date) -> i64 {
        if to < from {
            return -self.business_days_between(to, from);
        }
        let days = (1..=to.days_since(from)).map(|count| from.plus_days(count));
        i64::try_from(days.filter(|&day| self.is_business_day(day)).count()).unwrap_or(i64::MAX)
    }
}
