//! Exact decimals with a fixed number of places: quantities, unit prices, percentages and exchange rates.
//!
//! Each is a decimal in arithmetic and a scaled integer in the database, so nothing is ever a float.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use std::{fmt, str::FromStr};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    #[error("`{0}` is not a number such as 12.5")]
    NotANumber(String),
    #[error("`{0}` has more than {1} decimals")]
    TooPrecise(String, u32),
    #[error("`{0}` is too large")]
    TooLarge(String),
}

/// Reads digits with at most one point and a leading minus; no exponent, no grouping.
fn parse(text: &str, places: u32) -> Result<Decimal, ExactError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value = plain
        .then(|| Decimal::from_str_exact(text).ok())
        .flatten()
        .ok_or_else(|| ExactError::NotANumber(text.to_owned()))?
        .normalize();
    if value.scale() > places {
        return Err(ExactError::TooPrecise(text.to_owned(), places));
    }
    Ok(value)
}

macro_rules! exact {
    ($(#[$meta:meta])* $name:ident, $places:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            pub const PLACES: u32 = $places;
            pub const ZERO: Self = Self(0);
            pub const ONE: Self = Self(10_i64.pow($places));

            pub fn new(value: Decimal) -> Result<Self, ExactError> {
                let value = value.normalize();
                if value.scale() > $places {
                    return Err(ExactError::TooPrecise(value.to_string(), $places));
                }
                let scaled = value.checked_mul(Decimal::from(10_i64.pow($places)));
                let scaled = scaled.and_then(|scaled| scaled.to_i64());
                scaled.map(Self).ok_or_else(|| ExactError::TooLarge(value.to_string()))
            }

            /// Whole value.
            pub const fn whole(value: i32) -> Self {
                Self(value as i64 * 10_i64.pow($places))
            }

            pub fn decimal(self) -> Decimal {
                Decimal::new(self.0, $places).normalize()
            }

            /// The integer that is stored: the value times ten to the number of places.
            pub const fn scaled(self) -> i64 {
                self.0
            }

            pub const fn from_scaled(scaled: i64) -> Self {
                Self(scaled)
            }

            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }
        }

        impl FromStr for $name {
            type Err = ExactError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(parse(text, $places)?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.decimal(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

exact!(
    /// How much of a thing: up to 6 decimals.
    Quantity,
    6
);
exact!(
    /// Price of one unit in major units of the document's currency: up to 6 decimals.
    UnitPrice,
    6
);
exact!(
    /// A percentage: `19` means 19 %, up to 4 decimals.
    Percent,
    4
);
exact!(
    /// Units of the target currency for one unit of the source currency: up to 9 decimals.
    FxRate,
    9
);

impl Percent {
    /// `19` as the factor `0.19`.
    pub fn factor(self) -> Decimal {
        self.decimal() / Decimal::ONE_HUNDRED
    }
}

impl FxRate {
    /// One divided by this rate, to 9 places; `None` for zero and for what is too small to hold.
    pub fn inverse(self) -> Option<Self> {
        let inverse = Decimal::ONE.checked_div(self.decimal())?;
        let inverse = inverse.round_dp_with_strategy(Self::PLACES, RoundingStrategy::MidpointAwayFromZero);
        Self::new(inverse).ok().filter(|rate| !rate.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_it_cannot_hold_exactly() {
        assert_eq!("0.00001".parse::<Percent>(), Err(ExactError::TooPrecise("0.00001".into(), 4)));
        assert_eq!("19.0000000".parse::<Percent>().unwrap().to_string(), "19");
        assert!(matches!("99999999999999".parse::<Quantity>(), Err(ExactError::TooLarge(_))));
        for text in ["", ".", "1e5", "1,5", "--1", "0x1"] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_percentage_is_a_factor() {
        assert_eq!("7.7".parse::<Percent>().unwrap().factor().to_string(), "0.077");
    }

    #[test]
    fn a_rate_the_other_way_round() {
        let inverse = |rate: &str| rate.parse::<FxRate>().unwrap().inverse().map(|rate| rate.to_string());
        assert_eq!(inverse("1.25").as_deref(), Some("0.8"));
        assert_eq!(inverse("161.34").as_deref(), Some("0.006198091"));
        assert_eq!(inverse("0"), None);
        assert_eq!(inverse("9000000000"), None);
    }

    proptest! {
        #[test]
        fn text_comes_back(scaled in any::<i64>()) {
            let rate = FxRate::from_scaled(scaled);
            prop_assert_eq!(rate.to_string().parse::<FxRate>().unwrap(), rate);
        }
    }
}
