//! Dates as QIF writers write them: `12/31/2026`, `31.12.26`, `1/ 5'26`, `2026-12-31`. The order of day and month is one for
//! the whole file and is found from all of its dates.

use crate::fixed::full_year;
use kernel::Date;
use std::fmt;

/// Three numbers; the year is known by its place, day and month are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    first: i8,
    second: i8,
    year: i16,
    /// Year first: then month and day follow.
    is_iso: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    MonthDay,
    DayMonth,
}

impl Written {
    pub(super) fn read(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        // Quicken's apostrophe says that the year is of this century.
        let new_century = text.contains('\'');
        let parts: Vec<&str> = text.split(['/', '.', '-', '\'']).filter(|part| !part.is_empty()).collect();
        let [first, second, third] = parts[..] else { return None };
        if !parts.iter().all(|part| part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let year = |part: &str| {
            let year: i16 = part.parse().ok()?;
            Some(if part.len() > 2 {
                year
            } else if new_century {
                2000 + year
            } else {
                full_year(year)
            })
        };
        let small = |part: &str| part.parse::<i8>().ok().filter(|_| part.len() <= 2);
        if first.len() == 4 {
            return Some(Self { first: small(second)?, second: small(third)?, year: year(first)?, is_iso: true });
        }
        Some(Self { first: small(first)?, second: small(second)?, year: year(third)?, is_iso: false })
    }

    pub(super) fn in_order(self, order: Order) -> Option<Date> {
        match order {
            Order::DayMonth if !self.is_iso => Date::new(self.year, self.second, self.first),
            _ => Date::new(self.year, self.first, self.second),
        }
    }
}

impl Order {
    /// The order that reads all dates, and whether it is the only one. Where both do, the one in which the dates follow
    /// each other, and the shorter time; else the American one, which is Quicken's own.
    pub(super) fn of(dates: &[Written]) -> (Self, bool) {
        let reads = |order| dates.iter().all(|date| date.in_order(order).is_some());
        match (reads(Self::MonthDay), reads(Self::DayMonth)) {
            (true, false) => (Self::MonthDay, true),
            (false, true) => (Self::DayMonth, true),
            (false, false) => (Self::most(dates), true),
            (true, true) => {
                let same = dates.iter().all(|date| date.is_iso || date.first == date.second);
                let spread = |order| Self::spread(dates, order);
                let order =
                    if spread(Self::DayMonth) < spread(Self::MonthDay) { Self::DayMonth } else { Self::MonthDay };
                (order, same)
            }
        }
    }

    fn most(dates: &[Written]) -> Self {
        let count = |order| dates.iter().filter(|date| date.in_order(order).is_some()).count();
        if count(Self::DayMonth) > count(Self::MonthDay) { Self::DayMonth } else { Self::MonthDay }
    }

    /// Changes of direction, then days from the first to the last: a file is sorted and short when it is read right.
    fn spread(dates: &[Written], order: Self) -> (usize, i64) {
        let days: Vec<_> = dates.iter().filter_map(|date| date.in_order(order)).collect();
        let up = days.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let down = days.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let (first, last) = (days.iter().min(), days.iter().max());
        (up.min(down), first.zip(last).map_or(0, |(first, last)| last.days_since(*first)))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::MonthDay { "month/day" } else { "day/month" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(dates: &[&str]) -> (Order, bool) {
        Order::of(&dates.iter().map(|date| Written::read(date).unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn one_date_can_decide_for_all() {
        assert_eq!(order(&["11/10/2013", "23/10/2013"]), (Order::DayMonth, true));
        assert_eq!(order(&["2/10'2020", "2/14'2020"]), (Order::MonthDay, true));
        assert_eq!(order(&["01/02/2026", "01/03/2026"]), (Order::MonthDay, false));
        assert_eq!(order(&["01/12/2025", "05/12/2025", "02/01/2026"]), (Order::DayMonth, false));
        assert_eq!(order(&["2026-02-03"]), (Order::MonthDay, true));
    }

    #[test]
    fn years_of_two_and_four_digits() {
        let day = |text: &str| Written::read(text).unwrap().in_order(Order::MonthDay).unwrap().to_string();
        assert_eq!([day("1/ 5'26"), day("12/31/99"), day("1/ 1'00")], ["2026-01-05", "1999-12-31", "2000-01-01"]);
        assert_eq!([Written::read("1/2"), Written::read("a/b/c"), Written::read("1/2/3/4")], [None; 3]);
    }
}
