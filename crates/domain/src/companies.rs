//! A company's own facts and settings.

use crate::lines::{PriceMode, TaxRounding};
use kernel::{CalendarId, Currency, text_enum};
use serde::{Deserialize, Serialize};

/// A postal address as it is printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    pub street: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

impl Address {
    /// The printed lines, empty parts left out.
    pub fn lines(&self) -> Vec<String> {
        let town = format!("{} {}", self.postcode, self.city).trim().to_owned();
        [&self.street, &town, &self.region, &self.country]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect()
    }
}

/// What a company decides once; stored as one document with the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub tax_rounding: TaxRounding,
    pub price_mode: PriceMode,
    /// Upper ends of the overdue buckets in days: 30, 60, 90 gives 1-30, 31-60, 61-90 and over 90.
    pub aging_buckets: Vec<i64>,
    /// Differences up to this many minor units of the item's currency are written off when an item is settled.
    pub small_difference_minor: i64,
    /// Credit notes, refunds and write-offs above this many minor units of base currency need a second person.
    pub approval_limit_minor: i64,
    /// Days that a quote is valid.
    pub quote_valid_days: i64,
    pub terms_code: String,
    pub tax_code: String,
    /// The holidays that due days move around; without one only weekends are days off.
    pub calendar: Option<CalendarId>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tax_rounding: TaxRounding::PerDocument,
            price_mode: PriceMode::TaxExclusive,
            aging_buckets: vec![30, 60, 90],
            small_difference_minor: 50,
            approval_limit_minor: 100_000,
            quote_valid_days: 30,
            terms_code: "net-30".to_owned(),
            tax_code: "standard".to_owned(),
            calendar: None,
        }
    }
}

text_enum! {
    /// The documents that get a gapless number, each with its own series.
    pub enum Series {
        Customer = "customer",
        Quote = "quote",
        Order = "order",
        Invoice = "invoice",
        CreditNote = "credit_note",
        DebitNote = "debit_note",
        Payment = "payment",
        Refund = "refund",
    }
}

impl Series {
    /// Prefix, digits, and whether it starts again each year: `INV-2026-000123`, `C-00042`.
    pub const fn shipped(self) -> (&'static str, i64, bool) {
        match self {
            Self::Customer => ("C", 5, false),
            Self::Quote => ("QUO", 5, true),
            Self::Order => ("ORD", 5, true),
            Self::Invoice => ("INV", 6, true),
            Self::CreditNote => ("CRN", 6, true),
            Self::DebitNote => ("DBN", 6, true),
            Self::Payment => ("PAY", 6, true),
            Self::Refund => ("REF", 5, true),
        }
    }
}

/// The printed number of the `sequence`th document of a series in `year`.
pub fn document_number(prefix: &str, digits: i64, year: Option<i64>, sequence: i64) -> String {
    let width = usize::try_from(digits.clamp(1, 12)).unwrap_or(6);
    match year {
        Some(year) => format!("{prefix}-{year}-{sequence:0width$}"),
        None => format!("{prefix}-{sequence:0width$}"),
    }
}

/// The year (0 without one) and the place of a number that such a series prints.
pub fn place_in_series(number: &str, prefix: &str, digits: i64, yearly: bool) -> Option<(i64, i64)> {
    let rest = number.strip_prefix(prefix)?.strip_prefix('-')?;
    let (year, sequence) = if yearly { rest.split_once('-')? } else { ("0", rest) };
    let (year, sequence) = (year.parse().ok()?, sequence.parse().ok()?);
    let printed = document_number(prefix, digits, yearly.then_some(year), sequence);
    (sequence > 0 && printed == number).then_some((year, sequence))
}

/// What is needed to set a company up; everything else has a default that can be edited later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewCompany {
    /// Short code for the command line, such as `ACME`.
    pub code: String,
    pub name: String,
    pub currency: Currency,
    /// ISO 3166-1 alpha-2; decides the shipped taxes and holidays.
    pub country: String,
    pub language: String,
    /// IANA name such as `Europe/Berlin`.
    pub time_zone: String,
    #[serde(default)]
    pub address: Address,
    pub tax_id: Option<String>,
    pub email: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_and_say_the_year() {
        assert_eq!(document_number("INV", 6, Some(2026), 123), "INV-2026-000123");
        assert_eq!(document_number("C", 5, None, 42), "C-00042");
        assert_eq!(document_number("INV", 3, Some(2026), 12_345), "INV-2026-12345");
    }

    #[test]
    fn a_number_has_its_place_only_in_a_series_of_its_form() {
        for (number, digits, yearly, place) in [
            ("INV-2026-000123", 6, true, Some((2026, 123))),
            ("INV-2026-12345", 3, true, Some((2026, 12_345))),
            ("INV-00042", 5, false, Some((0, 42))),
            ("INV-2026-123", 6, true, None),
            ("INV-2026-000123", 6, false, None),
            ("INV-2026-000000", 6, true, None),
            ("INV-+26-000123", 6, true, None),
            ("INV2026-000123", 6, true, None),
            ("R-1", 6, true, None),
        ] {
            assert_eq!(place_in_series(number, "INV", digits, yearly), place, "{number}");
        }
    }
}
