//! Money as whole minor units of one currency; the one rounding; the one way to share out a remainder.
//!
//! Adding two currencies is an error, never a guess. Overflow is an error. No floats.

use crate::{Currency, FxRate};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the amount is too large")]
    Overflow,
    #[error("cannot combine {0} with {1}")]
    Mixed(Currency, Currency),
    #[error("`{0}` is not an amount such as 1234.50")]
    NotANumber(String),
    #[error("`{text}` has more than the {decimals} decimals that {currency} has")]
    TooPrecise { text: String, decimals: u32, currency: Currency },
}

impl Money {
    /// In minor units: no amount that comes in is larger, so that the sums of a whole ledger fit into 64 bits.
    pub const MOST: i64 = 1_000_000_000_000_000;

    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whole minor units: cents for EUR, yen for JPY.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    pub fn negated(self) -> Result<Self, MoneyError> {
        Ok(Self::new(self.minor.checked_neg().ok_or(MoneyError::Overflow)?, self.currency))
    }

    /// The exact decimal, `1234.50`.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Rounds half away from zero to the currency's minor unit; more than [`MOST`](Self::MOST) is an overflow.
    pub fn rounded(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        Self::new(round_to_minor(amount, currency.exponent())?, currency).within_bounds()
    }

    /// An amount that was computed, unless it is more than [`MOST`](Self::MOST).
    pub const fn within_bounds(self) -> Result<Self, MoneyError> {
        if self.minor.unsigned_abs() > Self::MOST.unsigned_abs() { Err(MoneyError::Overflow) } else { Ok(self) }
    }

    /// Reads `1234.50` or `-3`, the form of the API and of files after their number format was undone.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let amount: Decimal = plain
            .then(|| Decimal::from_str_exact(text).ok())
            .flatten()
            .ok_or_else(|| MoneyError::NotANumber(text.to_owned()))?;
        let decimals = currency.exponent();
        if amount.normalize().scale() > decimals {
            return Err(MoneyError::TooPrecise { text: text.to_owned(), decimals, currency });
        }
        Self::rounded(amount, currency)
    }

    /// This amount in another currency at `rate` (units of `to` for one unit of this currency).
    pub fn converted(self, rate: FxRate, to: Currency) -> Result<Self, MoneyError> {
        let amount = self.to_decimal().checked_mul(rate.decimal()).ok_or(MoneyError::Overflow)?;
        Self::rounded(amount, to)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::Mixed(self.currency, other.currency)) }
    }
}

/// `amount` in minor units of a currency with `exponent` decimals, half away from zero (commercial rounding).
pub fn round_to_minor(amount: Decimal, exponent: u32) -> Result<i64, MoneyError> {
    let scaled = amount
        .round_dp_with_strategy(exponent, RoundingStrategy::MidpointAwayFromZero)
        .checked_mul(Decimal::from(10_i64.pow(exponent)))
        .ok_or(MoneyError::Overflow)?;
    scaled.to_i64().ok_or(MoneyError::Overflow)
}

/// Shares `total` out in proportion to `weights` by largest remainder (Hamilton): the parts add up to `total` exactly,
/// and none is more than one unit from its exact share. Ties go to the earlier part. Weights must not be negative; all
/// zero means equal weights.
pub fn allocate(total: i64, weights: &[i64]) -> Vec<i64> {
    if weights.is_empty() {
        return Vec::new();
    }
    let equal = weights.iter().all(|&weight| weight <= 0);
    let weight = |index: usize| if equal { 1_i128 } else { i128::from(weights[index].max(0)) };
    let sum: i128 = (0..weights.len()).map(weight).sum();
    let size = i128::from(total).abs();
    let mut parts: Vec<i128> = (0..weights.len()).map(|index| size * weight(index) / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| (-(size * weight(index) % sum), index));
    let missing = usize::try_from(size - parts.iter().sum::<i128>()).unwrap_or(0);
    for &index in order.iter().take(missing) {
        parts[index] += 1;
    }
    let sign = i128::from(total.signum());
    parts.into_iter().map(|part| i64::try_from(part * sign).unwrap_or(total)).collect()
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Json<'a> {
    #[serde(borrow)]
    amount: std::borrow::Cow<'a, str>,
    currency: Currency,
}

impl serde::Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Json { amount: self.to_decimal().to_string().into(), currency: self.currency }.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Self::parse(&json.amount, json.currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn parses_only_what_the_currency_can_hold() {
        assert_eq!(Money::parse("1234.5", Currency::EUR).unwrap().minor(), 123_450);
        assert_eq!(Money::parse("-0.010", Currency::EUR).unwrap().minor(), -1);
        assert_eq!(Money::parse("7", currency("JPY")).unwrap().minor(), 7);
        assert!(matches!(Money::parse("0.001", Currency::EUR), Err(MoneyError::TooPrecise { .. })));
        for text in ["", "-", "1,5", "1e3", "+1", " 1", "1.2.3", "NaN"] {
            assert!(matches!(Money::parse(text, Currency::EUR), Err(MoneyError::NotANumber(_))), "{text}");
        }
        assert_eq!(Money::parse("10000000000000.00", Currency::EUR).unwrap().minor(), Money::MOST);
        for text in ["10000000000000.01", "-10000000000000.01", "92233720368547758.08"] {
            assert_eq!(Money::parse(text, Currency::EUR), Err(MoneyError::Overflow), "{text}");
        }
    }

    #[test]
    fn rounds_half_away_from_zero() {
        let minor = |text: &str| Money::rounded(text.parse().unwrap(), Currency::EUR).unwrap().minor();
        assert_eq!([minor("0.005"), minor("-0.005"), minor("0.0049"), minor("2.675")], [1, -1, 0, 268]);
    }

    #[test]
    fn two_currencies_do_not_add() {
        let error = Money::new(1, Currency::EUR).plus(Money::new(1, Currency::USD)).unwrap_err();
        assert_eq!(error.to_string(), "cannot combine EUR with USD");
        assert_eq!(Money::new(i64::MAX, Currency::EUR).plus(Money::new(1, Currency::EUR)), Err(MoneyError::Overflow));
    }

    #[test]
    fn converts_between_exponents() {
        let rate: FxRate = "162.35".parse().unwrap();
        assert_eq!(Money::new(1_000, Currency::EUR).converted(rate, currency("JPY")).unwrap().minor(), 1_624);
    }

    #[test]
    fn largest_remainder_by_hand() {
        assert_eq!(allocate(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(allocate(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(allocate(10, &[333, 333, 334]), [3, 3, 4]);
        assert_eq!(allocate(5, &[0, 0]), [3, 2]);
        assert_eq!(allocate(5, &[0, 7]), [0, 5]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(total in any::<i64>(), weights in prop::collection::vec(0_i64..i64::MAX, 1..40)) {
            let parts = allocate(total, &weights);
            prop_assert_eq!(parts.iter().map(|&part| i128::from(part)).sum::<i128>(), i128::from(total));
            let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
            if sum > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let distance = i128::from(*part) * sum - i128::from(total) * i128::from(*weight);
                    prop_assert!(distance.abs() < sum);
                }
            }
        }

        #[test]
        fn json_is_a_string_and_comes_back(minor in -Money::MOST..=Money::MOST, code in prop::sample::select(vec!["EUR", "JPY", "TND"])) {
            let money = Money::new(minor, currency(code));
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }
    }
}
