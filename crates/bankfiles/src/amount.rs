//! Amounts as a bank writes them: an exact decimal with the currency code that stands beside it, known to ISO or not.
//!
//! Never rounds by itself: [`Amount::money`] gives money only when the currency is known, and says with
//! [`Amount::is_exact`] whether the currency can hold every digit the bank wrote.

use kernel::{Currency, Decimal, Money};
use std::fmt;

/// Three capital letters; old codes such as DEM stand in real files and are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CurrencyCode([u8; 3]);

/// Signed from the account's side: money in is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    pub decimal: Decimal,
    pub currency: Option<CurrencyCode>,
}

impl CurrencyCode {
    pub fn new(text: &str) -> Option<Self> {
        let code: [u8; 3] = text.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_alphabetic).then(|| Self(code.map(|letter| letter.to_ascii_uppercase())))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub fn known(self) -> Option<Currency> {
        match &self.0 {
            b"EUR" => Some(Currency::EUR),
            _ => self.as_str().parse().ok(),
        }
    }

    /// Decimals of the minor unit; two where ISO has forgotten the code.
    pub fn exponent(self) -> u32 {
        self.known().map_or(2, Currency::exponent)
    }
}

impl Amount {
    pub const fn new(decimal: Decimal, currency: Option<CurrencyCode>) -> Self {
        Self { decimal, currency }
    }

    /// From a count of minor units, as the fixed-width formats write it.
    pub fn from_minor(minor: i64, currency: Option<CurrencyCode>) -> Self {
        Self::new(Decimal::new(minor, currency.map_or(2, CurrencyCode::exponent)), currency)
    }

    pub fn negated(self) -> Self {
        Self::new(-self.decimal, self.currency)
    }

    pub fn signed(self, is_debit: bool) -> Self {
        if is_debit { self.negated() } else { self }
    }

    /// Minor units with every digit the bank wrote: `8.8505 EUR` are `885.05`. `None` when that is too large.
    pub fn minor_exact(self) -> Option<Decimal> {
        let exponent = self.currency.map_or(2, CurrencyCode::exponent);
        self.decimal.checked_mul(Decimal::from(10_i64.pow(exponent))).map(|minor| minor.normalize())
    }

    /// Whether the currency can hold every digit.
    pub fn is_exact(self) -> bool {
        self.minor_exact().is_some_and(|minor| minor.scale() == 0)
    }

    /// Money, rounded half away from zero; `None` without a known currency.
    pub fn money(self) -> Option<Money> {
        Money::rounded(self.decimal, self.currency?.known()?).ok()
    }
}

impl From<Currency> for CurrencyCode {
    fn from(currency: Currency) -> Self {
        Self::new(currency.code()).unwrap_or(Self(*b"XXX"))
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency {
            Some(currency) => write!(f, "{} {currency}", self.decimal),
            None => write!(f, "{}", self.decimal),
        }
    }
}

/// Reads `1234.50`, `1234,50`, `1234,`, `,5`, `+3` and `-3`: one decimal mark and no grouping.
pub fn plain_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.len() > 28 {
        return Decimal::from_str_exact(&text.replace(',', ".")).ok();
    }
    let (mut value, mut scale, mut count) = (0_i128, None, 0_u32);
    for byte in digits.bytes() {
        match (byte, &mut scale) {
            (b'0'..=b'9', _) => {
                value = value * 10 + i128::from(byte - b'0');
                count += 1;
                scale = scale.map(|places: u32| places + 1);
            }
            (b'.' | b',', None) => scale = Some(0),
            _ => return None,
        }
    }
    let value = if negative { -value } else { value };
    (count > 0).then(|| Decimal::try_from_i128_with_scale(value, scale.unwrap_or(0)).ok()).flatten()
}

/// Reads an amount with grouping in any locale: `1.234,50`, `1,234.50`, `1 234,50`, `1'234.50`, `(12.00)`, `12.00-`.
///
/// A single mark followed by three digits is ambiguous; it is read as the decimal mark, as the formats that allow
/// grouping at all always write the decimals.
pub fn local_decimal(text: &str) -> Option<Decimal> {
    if let Some(value) = plain_decimal(text) {
        return Some(value);
    }
    let text = text.trim();
    let in_brackets = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let (text, in_brackets) = (in_brackets.unwrap_or(text), in_brackets.is_some());
    let (text, minus_behind) = text.strip_suffix('-').map_or((text, false), |rest| (rest, true));
    let text: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '\u{a0}')).collect();
    let decimal_at = text.rfind(['.', ',']).filter(|&at| {
        let mark = &text[at..=at];
        text.matches(mark).count() == 1
    });
    let plain: String = text
        .char_indices()
        .filter(|&(at, c)| !matches!(c, '.' | ',') || Some(at) == decimal_at)
        .map(|(_, c)| c)
        .collect();
    let value = plain_decimal(&plain)?;
    Some(if in_brackets != minus_behind { -value } else { value })
}

/// What the amounts of one file show of its decimal mark.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    points: usize,
    commas: usize,
    /// An amount that says nothing: one mark with three digits behind it.
    doubtful: Option<String>,
}

impl Marks {
    pub(crate) fn of<'t>(amounts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut marks = Self::default();
        amounts.into_iter().for_each(|amount| marks.add(amount));
        marks
    }

    pub(crate) fn add(&mut self, amount: &str) {
        let Some(at) = amount.rfind(['.', ',']) else { return };
        let (mark, other) = if amount[at..].starts_with('.') { ('.', ',') } else { (',', '.') };
        let behind = amount[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let before: String = amount[..at].chars().filter(char::is_ascii_digit).collect();
        // Only one to three digits that do not begin with a zero stand before a group.
        let is_plain = !(1..=3).contains(&before.len()) || before.starts_with('0');
        let decimal = match () {
            () if amount.contains(other) => mark,
            () if amount[..at].contains(mark) => other,
            () if behind != 3 || is_plain => mark,
            () => {
                self.doubtful.get_or_insert_with(|| amount.to_owned());
                return;
            }
        };
        if decimal == '.' { self.points += 1 } else { self.commas += 1 }
    }

    /// The mark that the file shows; `None` where nothing or as much speaks for the other.
    pub(crate) fn decimal(&self) -> Option<char> {
        match self.points.cmp(&self.commas) {
            std::cmp::Ordering::Greater => Some('.'),
            std::cmp::Ordering::Less => Some(','),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// The only mark that the file shows.
    pub(crate) fn only(&self) -> Option<char> {
        self.decimal().filter(|_| self.points == 0 || self.commas == 0)
    }

    /// An amount that can be read in two ways, in a file that says nothing of the mark.
    pub(crate) fn doubtful(&self) -> Option<&str> {
        self.doubtful.as_deref().filter(|_| self.points == 0 && self.commas == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_amounts_of_a_file_show_its_decimal_mark() {
        let marks = |amounts: &[&str]| {
            let marks = Marks::of(amounts.iter().copied());
            (marks.decimal(), marks.doubtful().map(str::to_owned))
        };
        assert_eq!(marks(&["-1,234", "1,234.50"]), (Some('.'), None));
        assert_eq!(marks(&["1.234", "7,5"]), (Some(','), None));
        assert_eq!(marks(&["1,234,567"]), (Some('.'), None));
        assert_eq!(marks(&["0.125"]), (Some('.'), None));
        assert_eq!(marks(&["1234.500"]), (Some('.'), None));
        assert_eq!(marks(&["5", "29.000", "58.450"]), (None, Some("29.000".to_owned())));
        assert_eq!(marks(&["5", "7"]), (None, None));
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn one_mark_is_the_decimal_mark() {
        for (text, value) in [
            ("1234.50", "1234.50"),
            ("1234,5", "1234.5"),
            ("1000,", "1000"),
            (",07", "0.07"),
            ("+3", "3"),
            ("-0,10", "-0.10"),
            (" 8.85000 ", "8.85000"),
        ] {
            assert_eq!(plain_decimal(text), Some(decimal(value)), "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1e3", "12a", "--1", "1 000", "99999999999999999999999999999999999"] {
            assert_eq!(plain_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn grouping_of_any_locale_is_undone() {
        for (text, value) in [
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1.234.567,8", "1234567.8"),
            ("1 234,50", "1234.50"),
            ("1'234.50", "1234.50"),
            ("1,234,567", "1234567"),
            ("(12.00)", "-12.00"),
            ("12,00-", "-12.00"),
        ] {
            assert_eq!(local_decimal(text), Some(decimal(value)), "{text}");
        }
    }

    #[test]
    fn minor_units_follow_the_currency() {
        let amount = |text: &str, code: &str| Amount::new(decimal(text), CurrencyCode::new(code));
        assert_eq!(amount("8.850", "EUR").minor_exact(), Some(decimal("885")));
        assert_eq!(amount("1500", "JPY").minor_exact(), Some(decimal("1500")));
        assert_eq!(amount("1.234", "TND").minor_exact(), Some(decimal("1234")));
        assert_eq!(amount("-12.34", "DEM").minor_exact(), Some(decimal("-1234")));
        assert!(!amount("0.005", "EUR").is_exact());
        assert_eq!(amount("0.005", "EUR").money().unwrap().minor(), 1);
        assert!(CurrencyCode::new("E1R").is_none());
    }
}
