//! Civil dates for business and instants for recording.

use std::{fmt, str::FromStr};

/// A day of the calendar, in the company's time zone where that matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Date(jiff::civil::Date);

/// An instant in UTC, to the microsecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(jiff::Timestamp);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("`{0}` is not a date such as 2026-08-31")]
    Date(String),
    #[error("`{0}` is not an instant such as 2026-08-31T12:00:00Z")]
    Instant(String),
    #[error("`{0}` is not a time zone such as Europe/Berlin")]
    Zone(String),
}

impl Date {
    /// No document or payment is older; an earlier day is a year that was mistyped.
    pub const EARLIEST: Self = Self(jiff::civil::date(1900, 1, 1));

    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().filter(|date| date.year() > 0).map(Self)
    }

    pub const fn civil(self) -> jiff::civil::Date {
        self.0
    }

    pub const fn from_civil(date: jiff::civil::Date) -> Self {
        Self(date)
    }

    pub fn year(self) -> i16 {
        self.0.year()
    }

    pub fn month(self) -> i8 {
        self.0.month()
    }

    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Days from `earlier` to this day; negative when this day comes first.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.days_from_epoch() - earlier.days_from_epoch()
    }

    /// Days since 1970-01-01.
    pub fn days_from_epoch(self) -> i64 {
        let second = self.0.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_second());
        second.div_euclid(86_400)
    }

    pub fn from_days(days: i64) -> Option<Self> {
        let at = jiff::Timestamp::from_second(days.checked_mul(86_400)?).ok()?;
        Some(Self(at.to_zoned(jiff::tz::TimeZone::UTC).date()))
    }

    /// Moves by days and stays at the calendar's first or last day when that is passed.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days.clamp(-3_000_000, 3_000_000))))
    }

    /// Moves by months; the 31st becomes the last day of a shorter month.
    pub fn plus_months(self, months: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().months(months.clamp(-100_000, 100_000))))
    }

    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }

    /// The instant at which this day begins in `zone` (an IANA name); the last instant there is when it is later than that.
    pub fn start_in(self, zone: &str) -> Result<Timestamp, DateError> {
        let known = jiff::tz::TimeZone::get(zone).map_err(|_| DateError::Zone(zone.to_owned()))?;
        let edge = if self.0.year() > 0 { jiff::Timestamp::MAX } else { jiff::Timestamp::MIN };
        Ok(Timestamp(self.0.to_zoned(known).map_or(edge, |start| start.timestamp())))
    }

    /// 1 for Monday to 7 for Sunday.
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }
}

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    pub fn from_micros(micros: i64) -> Option<Self> {
        jiff::Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Drops what is finer than a microsecond, which no engine stores.
    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self(jiff::Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at))
    }

    pub const fn jiff(self) -> jiff::Timestamp {
        self.0
    }

    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(self.0))
    }

    /// The civil day of this instant in `zone` (an IANA name).
    pub fn date_in(self, zone: &str) -> Result<Date, DateError> {
        let zone = jiff::tz::TimeZone::get(zone).map_err(|_| DateError::Zone(zone.to_owned()))?;
        Ok(Date(self.0.to_zoned(zone).date()))
    }

    /// The time of day of this instant in `zone`, as `14:05`.
    pub fn clock_in(self, zone: &str) -> Result<String, DateError> {
        let zone = jiff::tz::TimeZone::get(zone).map_err(|_| DateError::Zone(zone.to_owned()))?;
        Ok(self.0.to_zoned(zone).strftime("%H:%M").to_string())
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || DateError::Date(text.to_owned());
        let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return Err(bad()) };
        if text.len() != 10 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Err(bad());
        }
        let number = |part: &str| part.parse::<i16>().map_err(|_| bad());
        let (month, day) = (number(month)?, number(day)?);
        let small = |value: i16| i8::try_from(value).map_err(|_| bad());
        Self::new(number(year)?, small(month)?, small(day)?).ok_or_else(bad)
    }
}

impl<'de> serde::Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Timestamp {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::from_jiff).map_err(|_| DateError::Instant(text.to_owned()))
    }
}

macro_rules! shown_as_inner {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.to_string())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}
shown_as_inner!(Date);
shown_as_inner!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn only_iso_days_that_exist() {
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        for text in ["2023-02-29", "31/12/2020", "2020-1-1", "20200101", "2020-13-01", "+020-01-01", "0000-01-01"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_end_where_they_end() {
        assert_eq!(day("2023-01-31").plus_months(1), day("2023-02-28"));
        assert_eq!(day("2024-02-10").last_of_month(), day("2024-02-29"));
        assert_eq!(day("2026-11-22").weekday(), 7);
    }

    #[test]
    fn the_day_depends_on_the_zone() {
        let at: Timestamp = "2026-01-01T03:00:00Z".parse().unwrap();
        assert_eq!(at.date_in("America/New_York").unwrap(), day("2025-12-31"));
        assert_eq!(at.date_in("Europe/Berlin").unwrap(), day("2026-01-01"));
        assert!(at.date_in("Mars/Olympus").is_err());
        assert_eq!(at.clock_in("Europe/Berlin").unwrap(), "04:00");
        // Summer time begins on 2026-03-29 in Berlin: the day starts at UTC+1 and the next at UTC+2.
        assert_eq!(day("2026-03-29").start_in("Europe/Berlin").unwrap().to_string(), "2026-03-28T23:00:00Z");
        assert!(day("9999-12-31").start_in("America/New_York").unwrap() > day("9999-12-29").start_in("UTC").unwrap());
        assert_eq!(day("2026-03-30").start_in("Europe/Berlin").unwrap().to_string(), "2026-03-29T22:00:00Z");
    }

    proptest! {
        #[test]
        fn days_count(days in -100_000_i64..100_000, more in -5_000_i64..5_000) {
            let date = Date::from_days(days).unwrap();
            prop_assert_eq!(date.days_from_epoch(), days);
            prop_assert_eq!(date.plus_days(more).days_since(date), more);
            prop_assert_eq!(day(&date.to_string()), date);
        }
    }
}
