//! What reports are cut by: ages, periods, groups; and the few figures that need a definition.
//!
//! Ages are counted in days of the calendar. An item that is due today is not due yet: day 1 of being overdue is the day
//! after. Buckets are turned into cut-off days here, so that the database only compares days and adds up.

use kernel::{Date, Decimal, text_enum};
use rust_decimal::RoundingStrategy;
use std::{fmt, str::FromStr};

text_enum! {
    /// From which day an item's age is counted.
    #[derive(Default)]
    pub enum AgingBasis {
        #[default]
        DueDate = "due_date",
        InvoiceDate = "invoice_date",
    }
}

text_enum! {
    /// Where credit notes and unapplied payments stand: in a column of their own, or in the bucket of their own day.
    #[derive(Default)]
    pub enum Credits {
        #[default]
        Separate = "separate",
        Netted = "netted",
    }
}

text_enum! {
    /// Amounts as the documents say them, or in the company's currency.
    #[derive(Default)]
    pub enum Amounts {
        #[default]
        Document = "document",
        Base = "base",
    }
}

text_enum! {
    #[derive(Default)]
    pub enum AgingGroup {
        #[default]
        Customer = "customer",
        /// The customer's topmost parent.
        Group = "group",
        Currency = "currency",
        Company = "company",
    }
}

text_enum! {
    #[derive(Default)]
    pub enum SalesGroup {
        #[default]
        Customer = "customer",
        Product = "product",
        Segment = "segment",
    }
}

text_enum! {
    #[derive(Default)]
    pub enum Period {
        #[default]
        Month = "month",
        Quarter = "quarter",
        Year = "year",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefusal {
    #[error("`{0}` are no buckets; write rising numbers of days such as 30,60,90, at most {MOST_BUCKETS} of them")]
    Buckets(String),
    #[error("{from} is after {to}; turn the two days round")]
    FromAfterTo { from: Date, to: Date },
    #[error("{from} to {to} are {count} periods; ask for at most {MOST_PERIODS} at once")]
    TooManyPeriods { from: Date, to: Date, count: usize },
}

const MOST_BUCKETS: usize = 8;
const MOST_PERIODS: usize = 120;
const MOST_DAYS: i64 = 36_500;

/// The upper ends of the buckets in days, rising: 30, 60, 90 gives 1-30, 31-60, 61-90 and over 90.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets(Vec<i64>);

impl Buckets {
    pub fn new(days: Vec<i64>) -> Result<Self, ReportRefusal> {
        let rising = days.is_sorted_by(|a, b| a < b) && days.iter().all(|day| (1..=MOST_DAYS).contains(day));
        if rising && !days.is_empty() && days.len() <= MOST_BUCKETS {
            Ok(Self(days))
        } else {
            Err(ReportRefusal::Buckets(days.iter().map(i64::to_string).collect::<Vec<_>>().join(",")))
        }
    }

    /// By due date `Not due`, `1-30`, …, `Over 90`; by invoice date `0-30`, …, `Over 90`.
    pub fn labels(&self, basis: AgingBasis) -> Vec<String> {
        let (mut labels, mut first) = match basis {
            AgingBasis::DueDate => (vec!["Not due".to_owned()], 1),
            AgingBasis::InvoiceDate => (Vec::new(), 0),
        };
        for last in &self.0 {
            labels.push(format!("{first}-{last}"));
            first = last + 1;
        }
        labels.push(format!("Over {}", first - 1));
        labels
    }

    /// The earliest day of every bucket but the last, which has none: an item belongs to the first bucket whose day is
    /// not after its own.
    pub fn cut_offs(&self, basis: AgingBasis, as_of: Date) -> Vec<Date> {
        let not_due = matches!(basis, AgingBasis::DueDate).then_some(as_of);
        not_due.into_iter().chain(self.0.iter().map(|days| as_of.plus_days(-days))).collect()
    }

    /// First and last day of each bucket, as a filter of open items says them.
    pub fn ranges(&self, basis: AgingBasis, as_of: Date) -> Vec<(Option<Date>, Option<Date>)> {
        let firsts = self.cut_offs(basis, as_of);
        let lasts = std::iter::once(None).chain(firsts.iter().map(|day| Some(day.plus_days(-1))));
        firsts.iter().map(|day| Some(*day)).chain([None]).zip(lasts).collect()
    }
}

impl FromStr for Buckets {
    type Err = ReportRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days: Result<Vec<i64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
        Self::new(days.map_err(|_| ReportRefusal::Buckets(text.to_owned()))?)
    }
}

impl fmt::Display for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<String> = self.0.iter().map(i64::to_string).collect();
        f.write_str(&days.join(","))
    }
}

/// What is open in minor units, by age.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aged {
    pub buckets: Vec<i64>,
    /// Zero or negative; always zero when credits are netted.
    pub credits: i64,
    /// Everything: the buckets and the credits.
    pub total: i64,
    /// Debts that are past their due day, whatever the basis.
    pub overdue: i64,
    /// The earliest due day of an open debt.
    pub oldest_due: Option<Date>,
}

impl Aged {
    pub fn add(&mut self, other: &Self) {
        self.buckets.resize(self.buckets.len().max(other.buckets.len()), 0);
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(sum, part)| *sum += part);
        self.credits += other.credits;
        self.total += other.total;
        self.overdue += other.overdue;
        self.oldest_due = self.oldest_due.into_iter().chain(other.oldest_due).min();
    }
}

impl Period {
    /// The first day of the period that `on` falls in.
    pub fn start(self, on: Date) -> Date {
        let months = match self {
            Self::Month => 0,
            Self::Quarter => i32::from((on.month() - 1) % 3),
            Self::Year => i32::from(on.month() - 1),
        };
        on.first_of_month().plus_months(-months)
    }

    fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// `2026-02`, `2026 Q1`, `2026`.
    pub fn label(self, start: Date) -> String {
        match self {
            Self::Month => format!("{}-{:02}", start.year(), start.month()),
            Self::Quarter => format!("{} Q{}", start.year(), (start.month() - 1) / 3 + 1),
            Self::Year => start.year().to_string(),
        }
    }

    /// The periods that `from` to `to` touch, each with its first and last day inside that span.
    pub fn split(self, from: Date, to: Date) -> Result<Vec<(Date, Date, Date)>, ReportRefusal> {
        if from > to {
            return Err(ReportRefusal::FromAfterTo { from, to });
        }
        let mut spans = Vec::new();
        let mut start = self.start(from);
        while start <= to && spans.len() <= MOST_PERIODS {
            let next = start.plus_months(self.months());
            spans.push((start, start.max(from), next.plus_days(-1).min(to)));
            start = next;
        }
        if spans.len() > MOST_PERIODS {
            let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month() - from.month()) + 1;
            let count = usize::try_from(months / i64::from(self.months())).unwrap_or(usize::MAX);
            return Err(ReportRefusal::TooManyPeriods { from, to, count });
        }
        Ok(spans)
    }
}

/// The Monday of the week that `on` falls in.
pub fn week_start(on: Date) -> Date {
    on.plus_days(1 - i64::from(on.weekday()))
}

/// Days sales outstanding, simple: receivables ÷ gross sales of the last `days` days × `days`, to one decimal. Nothing
/// without sales.
pub fn days_sales_outstanding(receivables_minor: i64, sales_minor: i64, days: i64) -> Option<Decimal> {
    if sales_minor <= 0 {
        return None;
    }
    let dso = Decimal::from(receivables_minor).checked_mul(Decimal::from(days))? / Decimal::from(sales_minor);
    Some(dso.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero))
}

/// The middle of `days`, between the two middle ones when there is none.
pub fn median(days: &mut [i64]) -> Option<Decimal> {
    days.sort_unstable();
    let upper = *days.get(days.len() / 2)?;
    let lower = if days.len().is_multiple_of(2) { days[days.len() / 2 - 1] } else { upper };
    Some(Decimal::new((lower + upper) * 5, 1).normalize())
}

/// The smallest of `days` that nine tenths of them do not exceed (nearest rank).
pub fn ninetieth(days: &mut [i64]) -> Option<i64> {
    days.sort_unstable();
    days.get((days.len() * 9).div_ceil(10).saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn current_is_a_bucket_of_its_own() {
        let buckets: Buckets = "30,60,90".parse().unwrap();
        assert_eq!(buckets.labels(AgingBasis::DueDate), ["Not due", "1-30", "31-60", "61-90", "Over 90"]);
        assert_eq!(buckets.labels(AgingBasis::InvoiceDate), ["0-30", "31-60", "61-90", "Over 90"]);
        let days = ["2026-03-31", "2026-03-01", "2026-01-30", "2025-12-31"].map(day);
        assert_eq!(buckets.cut_offs(AgingBasis::DueDate, day("2026-03-31")), days);
        let ranges = buckets.ranges(AgingBasis::DueDate, day("2026-03-31"));
        assert_eq!(ranges[0], (Some(day("2026-03-31")), None));
        assert_eq!(ranges[1], (Some(day("2026-03-01")), Some(day("2026-03-30"))));
        assert_eq!(ranges[4], (None, Some(day("2025-12-30"))));
    }

    #[test]
    fn buckets_rise() {
        for wrong in ["", "30,30", "60,30", "0,30", "30,x", "1,2,3,4,5,6,7,8,9"] {
            assert!(wrong.parse::<Buckets>().is_err(), "{wrong}");
        }
        assert_eq!(" 7, 14".parse::<Buckets>().unwrap().to_string(), "7,14");
    }

    #[test]
    fn periods_follow_the_calendar() {
        let spans = Period::Quarter.split(day("2025-11-15"), day("2026-04-01")).unwrap();
        let expected = [
            ("2025-10-01", "2025-11-15", "2025-12-31"),
            ("2026-01-01", "2026-01-01", "2026-03-31"),
            ("2026-04-01", "2026-04-01", "2026-04-01"),
        ];
        assert_eq!(spans, expected.map(|(start, from, to)| (day(start), day(from), day(to))));
        assert_eq!(Period::Quarter.label(spans[0].0), "2025 Q4");
        assert_eq!(Period::Month.split(day("2028-02-29"), day("2028-02-29")).unwrap().len(), 1);
        assert_eq!(Period::Year.start(day("2028-02-29")), day("2028-01-01"));
        assert!(Period::Month.split(day("2026-02-01"), day("2026-01-01")).is_err());
        let error = Period::Month.split(day("2000-01-01"), day("2020-12-31")).unwrap_err();
        assert!(error.to_string().contains("252 periods"), "{error}");
    }

    #[test]
    fn the_week_begins_on_monday() {
        assert_eq!(week_start(day("2026-03-16")), day("2026-03-16"));
        assert_eq!(week_start(day("2026-03-15")), day("2026-03-09"));
    }

    #[test]
    fn days_sales_outstanding_as_published() {
        // 212 of receivables on 250 of sales in 90 days: 76.32.
        assert_eq!(days_sales_outstanding(21_200_000, 25_000_000, 90).unwrap().to_string(), "76.3");
        assert_eq!(days_sales_outstanding(1, 0, 90), None);
    }

    #[test]
    fn the_middle_and_the_ninetieth() {
        assert_eq!(median(&mut [5, 1, 3]).unwrap().to_string(), "3");
        assert_eq!(median(&mut [4, 1, 3, 2]).unwrap().to_string(), "2.5");
        assert_eq!(median(&mut []), None);
        assert_eq!(ninetieth(&mut [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), Some(9));
        assert_eq!(ninetieth(&mut [7]), Some(7));
        assert_eq!(ninetieth(&mut []), None);
    }

    proptest! {
        #[test]
        fn every_day_is_in_exactly_one_bucket(offset in -500_i64..500, as_of in 10_000_i64..25_000) {
            let (as_of, buckets) = (Date::from_days(as_of).unwrap(), Buckets::new(vec![30, 60, 90]).unwrap());
            let due = as_of.plus_days(offset);
            for basis in [AgingBasis::DueDate, AgingBasis::InvoiceDate] {
                let ranges = buckets.ranges(basis, as_of);
                let inside = |(from, to): &(Option<Date>, Option<Date>)| {
                    from.is_none_or(|from| from <= due) && to.is_none_or(|to| due <= to)
                };
                prop_assert_eq!(ranges.iter().filter(|range| inside(range)).count(), 1);
            }
            let late = as_of.days_since(due);
            let expected = if late <= 0 { 0 } else { usize::try_from((late - 1) / 30 + 1).unwrap().min(4) };
            let ranges = buckets.ranges(AgingBasis::DueDate, as_of);
            prop_assert!(ranges[expected].0.is_none_or(|from| from <= due) && ranges[expected].1.is_none_or(|to| due <= to));
        }

        #[test]
        fn periods_cover_the_span_without_gap(from in 10_000_i64..25_000, days in 0_i64..1_500) {
            let from = Date::from_days(from).unwrap();
            let to = from.plus_days(days);
            for period in [Period::Month, Period::Quarter, Period::Year] {
                let spans = period.split(from, to).unwrap();
                prop_assert_eq!((spans[0].1, spans[spans.len() - 1].2), (from, to));
                prop_assert!(spans.windows(2).all(|pair| pair[0].2.plus_days(1) == pair[1].1));
            }
        }
    }
}
