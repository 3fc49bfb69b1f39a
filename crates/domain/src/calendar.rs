//! Business days: weekends, public holidays by computation, and moving a day that falls on a day off.
//!
//! A company's calendar is data (`Calendar`), filled from a `HolidaySet` for a range of years and then its own to edit.
//! The rules of the sets hold for 2000 to 2100 as the law stands; one-off holidays are those announced so far. Regional
//! holidays are for the company to add.

use kernel::Date;
use std::{collections::BTreeSet, ops::RangeInclusive};

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

kernel::text_enum! {
    /// Public holidays that are shipped.
    pub enum HolidaySet {
        Austria = "AT",
        /// The days that every canton keeps.
        Switzerland = "CH",
        /// The days that every state keeps.
        Germany = "DE",
        /// The days that every autonomous community keeps.
        Spain = "ES",
        France = "FR",
        /// England and Wales.
        England = "GB",
        /// The closing days of the euro payment system.
        Target2 = "TARGET2",
        UsFederal = "US",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
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
    /// Saturday and Sunday off, and the holidays of a set.
    pub fn shipped(set: HolidaySet, years: RangeInclusive<i16>) -> Self {
        Self { holidays: years.flat_map(|year| set.holidays(year)).collect(), ..Self::default() }
    }

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

    /// The `count`th business day after `from`. Where no business day is near, days are counted as they come.
    pub fn business_day_after(&self, from: Date, count: i64) -> Date {
        (0..count).fold(from, |day, _| self.nearest(day.plus_days(1), 1))
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

impl HolidaySet {
    /// The holidays that fall into `year`, substitute days besides the days they stand for.
    pub fn holidays(self, year: i16) -> BTreeSet<Date> {
        let Some(year) = Date::new(year, 1, 1).map(Year) else { return BTreeSet::new() };
        match self {
            Self::Austria => year.days(
                &[(1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)],
                &[EASTER_MONDAY, ASCENSION, WHIT_MONDAY, CORPUS_CHRISTI],
            ),
            Self::Switzerland => year.days(&[(1, 1), (8, 1), (12, 25)], &[ASCENSION]),
            Self::Germany => year.germany(),
            Self::Spain => year.days(
                &[(1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)],
                &[GOOD_FRIDAY],
            ),
            Self::France => year.days(
                &[(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)],
                &[EASTER_MONDAY, ASCENSION, WHIT_MONDAY],
            ),
            Self::England => year.england(),
            Self::Target2 => year.target2(),
            Self::UsFederal => year.us_federal(),
        }
    }
}

/// Days from Easter Sunday.
const GOOD_FRIDAY: i64 = -2;
const EASTER_MONDAY: i64 = 1;
const ASCENSION: i64 = 39;
const WHIT_MONDAY: i64 = 50;
const CORPUS_CHRISTI: i64 = 60;

const MONDAY: i8 = 1;
const THURSDAY: i8 = 4;

/// The Sunday after the first full moon of spring, by the Gregorian computus (Meeus, Jones, Butcher).
pub fn easter_sunday(year: i16) -> Option<Date> {
    let year_in_cycle = year.rem_euclid(19);
    let (century, in_century) = (year.div_euclid(100), year.rem_euclid(100));
    let moon_correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * year_in_cycle + century - century / 4 - moon_correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (year_in_cycle + 11 * epact + 22 * to_sunday) / 451;
    let days = epact + to_sunday - 7 * late + 114;
    Date::new(year, i8::try_from(days / 31).ok()?, i8::try_from(days % 31 + 1).ok()?)
}

/// A year by its first day.
#[derive(Clone, Copy)]
struct Year(Date);

impl Year {
    fn number(self) -> i16 {
        self.0.year()
    }

    fn on(self, month: i32, day: i64) -> Date {
        self.0.plus_months(month - 1).plus_days(day - 1)
    }

    fn nth(self, nth: i64, weekday: i8, month: i32) -> Date {
        let first = self.on(month, 1);
        first.plus_days(i64::from((weekday - first.weekday()).rem_euclid(7)) + 7 * (nth - 1))
    }

    fn last(self, weekday: i8, month: i32) -> Date {
        let last = self.on(month, 1).last_of_month();
        last.plus_days(-i64::from((last.weekday() - weekday).rem_euclid(7)))
    }

    fn days(self, fixed: &[(i32, i64)], from_easter: &[i64]) -> BTreeSet<Date> {
        let easter = easter_sunday(self.number());
        let moving = easter.into_iter().flat_map(|easter| from_easter.iter().map(move |&days| easter.plus_days(days)));
        fixed.iter().map(|&(month, day)| self.on(month, day)).chain(moving).collect()
    }

    fn germany(self) -> BTreeSet<Date> {
        let moving = [GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY];
        let mut days = self.days(&[(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)], &moving);
        if self.number() == 2017 {
            days.insert(self.on(10, 31));
        }
        days
    }

    fn target2(self) -> BTreeSet<Date> {
        let mut days = self.days(&[(1, 1), (5, 1), (12, 25), (12, 26)], &[GOOD_FRIDAY, EASTER_MONDAY]);
        if self.number() == 2001 {
            days.insert(self.on(12, 31));
        }
        days
    }

    /// Bank holidays. One on a weekend moves to the next weekday that is not one already.
    fn england(self) -> BTreeSet<Date> {
        let mut days = self.days(&[(1, 1), (12, 25), (12, 26)], &[GOOD_FRIDAY, EASTER_MONDAY]);
        days.extend([self.nth(1, MONDAY, 5), self.last(MONDAY, 5), self.last(MONDAY, 8)]);
        for fixed in [self.on(1, 1), self.on(12, 25), self.on(12, 26)] {
            if fixed.weekday() > 5 {
                let later = (1..=4).map(|count| fixed.plus_days(count));
                days.extend(later.into_iter().find(|day| day.weekday() <= 5 && !days.contains(day)));
            }
        }
        let (dropped, added): (&[Date], &[Date]) = match self.number() {
            2002 => (&[self.last(MONDAY, 5)], &[self.on(6, 3), self.on(6, 4)]),
            2011 => (&[], &[self.on(4, 29)]),
            2012 => (&[self.last(MONDAY, 5)], &[self.on(6, 4), self.on(6, 5)]),
            2020 => (&[self.nth(1, MONDAY, 5)], &[self.on(5, 8)]),
            2022 => (&[self.last(MONDAY, 5)], &[self.on(6, 2), self.on(6, 3), self.on(9, 19)]),
            2023 => (&[], &[self.on(5, 8)]),
            _ => (&[], &[]),
        };
        days.retain(|day| !dropped.contains(day));
        days.extend(added);
        days
    }

    /// Federal holidays; one on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.
    fn us_federal(self) -> BTreeSet<Date> {
        let mut fixed = vec![self.on(1, 1), self.on(7, 4), self.on(11, 11), self.on(12, 25)];
        if self.number() >= 2021 {
            fixed.push(self.on(6, 19));
        }
        let next_new_year = self.on(13, 1);
        let observed = fixed.iter().chain([&next_new_year]).map(|&day| match day.weekday() {
            6 => day.plus_days(-1),
            7 => day.plus_days(1),
            _ => day,
        });
        let mut days: BTreeSet<Date> = observed.chain(fixed.iter().copied()).collect();
        days.extend([self.nth(3, MONDAY, 1), self.nth(3, MONDAY, 2), self.last(MONDAY, 5), self.nth(1, MONDAY, 9)]);
        days.extend([self.nth(2, MONDAY, 10), self.nth(4, THURSDAY, 11)]);
        days.retain(|day| day.year() == self.number());
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// `expected` as `MM-DD` in order, weekdays only: that is how governments publish them.
    fn published(set: HolidaySet, year: i16, expected: &str) {
        let weekdays = set.holidays(year).into_iter().filter(|day| day.weekday() <= 5);
        let days: Vec<String> = weekdays.map(|day| day.to_string()[5..].to_owned()).collect();
        assert_eq!(days.join(" "), expected, "{set} {year}");
    }

    #[test]
    fn working_days_are_counted_over_weekends_and_holidays() {
        let germany = Calendar::shipped(HolidaySet::Germany, 2026..=2026);
        let after = |from: &str, count| germany.business_day_after(day(from), count).to_string();
        // 2026-04-02 is the Thursday before Good Friday; Easter Monday is the 6th.
        assert_eq!(after("2026-04-02", 1), "2026-04-07");
        assert_eq!(after("2026-04-02", 2), "2026-04-08");
        assert_eq!(
            (after("2026-03-13", 2), after("2026-03-14", 1)),
            ("2026-03-17".to_owned(), "2026-03-16".to_owned())
        );
        assert_eq!(after("2026-03-16", 0), "2026-03-16");
    }

    #[test]
    fn easter_as_published() {
        let easters =
            [(2000, "04-23"), (2008, "03-23"), (2011, "04-24"), (2024, "03-31"), (2025, "04-20"), (2038, "04-25")];
        for (year, expected) in easters {
            assert_eq!(easter_sunday(year).unwrap(), day(&format!("{year}-{expected}")));
        }
    }

    #[test]
    fn bank_holidays_of_england_as_published_on_gov_uk() {
        published(HolidaySet::England, 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28");
        published(HolidaySet::England, 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28");
        published(HolidaySet::England, 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27");
        published(HolidaySet::England, 2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26");
    }

    #[test]
    fn federal_holidays_as_published_by_opm() {
        let set = HolidaySet::UsFederal;
        published(set, 2020, "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25");
        published(set, 2021, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31");
        published(set, 2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26");
        published(set, 2023, "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25");
    }

    #[test]
    fn closing_days_of_target2_as_published_by_the_ecb() {
        published(HolidaySet::Target2, 2024, "01-01 03-29 04-01 05-01 12-25 12-26");
        published(HolidaySet::Target2, 2025, "01-01 04-18 04-21 05-01 12-25 12-26");
        published(HolidaySet::Target2, 2026, "01-01 04-03 04-06 05-01 12-25");
        published(HolidaySet::Target2, 2001, "01-01 04-13 04-16 05-01 12-25 12-26 12-31");
    }

    #[test]
    fn public_holidays_of_five_countries_as_published() {
        use HolidaySet::{Austria, France, Germany, Spain, Switzerland};
        published(Germany, 2017, "04-14 04-17 05-01 05-25 06-05 10-03 10-31 12-25 12-26");
        published(Germany, 2024, "01-01 03-29 04-01 05-01 05-09 05-20 10-03 12-25 12-26");
        published(Germany, 2025, "01-01 04-18 04-21 05-01 05-29 06-09 10-03 12-25 12-26");
        published(France, 2024, "01-01 04-01 05-01 05-08 05-09 05-20 08-15 11-01 11-11 12-25");
        published(France, 2025, "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-11 12-25");
        published(France, 2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 11-11 12-25");
        published(Spain, 2023, "01-06 04-07 05-01 08-15 10-12 11-01 12-06 12-08 12-25");
        published(Spain, 2024, "01-01 03-29 05-01 08-15 11-01 12-06 12-25");
        published(Spain, 2025, "01-01 01-06 04-18 05-01 08-15 12-08 12-25");
        published(Austria, 2024, "01-01 04-01 05-01 05-09 05-20 05-30 08-15 11-01 12-25 12-26");
        published(Austria, 2025, "01-01 01-06 04-21 05-01 05-29 06-09 06-19 08-15 12-08 12-25 12-26");
        published(Austria, 2026, "01-01 01-06 04-06 05-01 05-14 05-25 06-04 10-26 12-08 12-25");
        published(Switzerland, 2024, "01-01 05-09 08-01 12-25");
        published(Switzerland, 2025, "01-01 05-29 08-01 12-25");
        published(Switzerland, 2026, "01-01 05-14 12-25");
    }

    #[test]
    fn days_off_move_by_the_rule() {
        let calendar = Calendar::shipped(HolidaySet::Target2, 2024..=2025);
        let saturday = day("2024-03-30");
        let rolled = |rule| calendar.roll(saturday, rule);
        assert_eq!(rolled(BusinessDayRule::None), saturday);
        assert_eq!(rolled(BusinessDayRule::Following), day("2024-04-02"));
        assert_eq!(rolled(BusinessDayRule::Preceding), day("2024-03-28"));
        assert_eq!(rolled(BusinessDayRule::ModifiedFollowing), day("2024-03-28"));
        assert_eq!(calendar.roll(day("2024-12-25"), BusinessDayRule::ModifiedFollowing), day("2024-12-27"));
    }

    #[test]
    fn business_days_are_counted_after_the_first_day() {
        let calendar = Calendar::shipped(HolidaySet::Germany, 2024..=2024);
        let (thursday, tuesday) = (day("2024-03-28"), day("2024-04-02"));
        assert_eq!(calendar.business_days_between(thursday, tuesday), 1);
        assert_eq!(calendar.business_days_between(tuesday, thursday), -1);
        assert_eq!(Calendar::default().business_days_between(thursday, tuesday), 3);
    }

    #[test]
    fn a_week_without_business_days_moves_nothing() {
        let closed = Calendar { weekend: (1..=7).collect(), holidays: BTreeSet::new() };
        assert_eq!(closed.roll(day("2024-03-30"), BusinessDayRule::Following), day("2024-03-30"));
    }

    proptest! {
        #[test]
        fn every_set_has_its_days_in_its_year_and_rolls_to_a_business_day(
            year in 2000_i16..=2100,
            offset in 0_i64..365,
            set in prop::sample::select(HolidaySet::ALL),
            rule in prop::sample::select(&BusinessDayRule::ALL[1..]),
        ) {
            let holidays = set.holidays(year);
            prop_assert!(holidays.len() >= 4 && holidays.iter().all(|day| day.year() == year));
            let calendar = Calendar::shipped(set, year - 1..=year + 1);
            let date = Date::new(year, 1, 1).unwrap().plus_days(offset);
            let rolled = calendar.roll(date, rule);
            prop_assert!(calendar.is_business_day(rolled));
            prop_assert!(rolled.days_since(date).abs() <= 6);
            prop_assert_eq!(calendar.is_business_day(date), rolled == date);
        }
    }
}
