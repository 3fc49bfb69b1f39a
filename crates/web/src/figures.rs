//! Amounts and numbers as people read and type them: `1,234.50` on the page, and on the way in also `1.234,50`,
//! `1 234,50` and `1'234.50`.
//!
//! Everything stays text or an exact decimal; a float is never near it.

use app::FieldError;
use kernel::{Currency, Decimal, Money, Quantity, UnitPrice};
use std::{fmt::Display, str::FromStr};

const MINUS: char = '\u{2212}';

/// `123450` EUR as `1,234.50`.
pub fn amount(minor: i64, currency: Currency) -> String {
    number(Money::new(minor, currency).to_decimal(), currency.exponent())
}

/// `1,234.50 EUR`.
pub fn money(minor: i64, currency: Currency) -> String {
    format!("{} {currency}", amount(minor, currency))
}

pub fn quantity(quantity: Quantity) -> String {
    number(quantity.decimal(), 0)
}

/// With the decimals of the currency, and more where the price has them.
pub fn unit_price(price: UnitPrice, currency: Currency) -> String {
    number(price.decimal(), currency.exponent())
}

/// A number with the decimals it has.
pub fn exact(value: Decimal) -> String {
    number(value, 0)
}

/// `1-30` as `1–30 days`.
pub fn bucket(title: &str) -> String {
    let days =
        title.split_once('-').filter(|(from, to)| [from, to].iter().all(|n| n.bytes().all(|b| b.is_ascii_digit())));
    match days {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => format!("{from}–{to} days"),
        _ if title.strip_prefix("Over ").is_some_and(|days| days.parse::<u32>().is_ok()) => format!("{title} days"),
        _ => title.to_owned(),
    }
}

/// Groups of three, at least `decimals` decimals, a true minus sign.
fn number(value: Decimal, decimals: u32) -> String {
    let places = usize::try_from(decimals.max(value.normalize().scale())).unwrap_or_default();
    let plain = format!("{:.places$}", value.abs());
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::with_capacity(plain.len() + 8);
    if value.is_sign_negative() && !value.is_zero() {
        text.push(MINUS);
    }
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !part.is_empty() {
        text.push('.');
        text.push_str(part);
    }
    text
}

/// Reads a number that somebody typed; an empty field is `None`, a wrong one is noted under the field's name.
pub fn read_number<V>(wrong: &mut Vec<FieldError>, field: &str, text: &str) -> Option<V>
where
    V: FromStr<Err: Display>,
{
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let read = match plain(text) {
        Some(plain) => plain.parse().map_err(|error: V::Err| error.to_string()),
        None => Err(format!("“{text}” is not a number such as 1,234.50")),
    };
    read.map_err(|message| wrong.push(FieldError { field: field.to_owned(), message })).ok()
}

/// What was typed as `-1234.50`. With both marks the last one is the decimal mark. A point alone is the decimal mark; a
/// comma alone is too, unless it groups by three. `None` when it is no number.
pub fn plain(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’')).collect();
    let text = text.replace(MINUS, "-");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let known = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    if !known || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let Some(at) = digits.rfind(['.', ',']) else { return Some(format!("{sign}{digits}")) };
    let mark = &digits[at..=at];
    let alone = !digits.contains(if mark == "." { ',' } else { '.' });
    let repeated = digits.find(mark) != Some(at);
    let groups = alone && (repeated || mark == "," && digits.len() - at == 4 && !digits.starts_with('0'));
    let (whole, part) = if groups { (digits, "") } else { (&digits[..at], &digits[at + 1..]) };
    let whole = ungrouped(whole)?;
    let whole = if whole.is_empty() { "0" } else { &whole };
    Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

/// Takes group marks out; `None` when they do not stand between groups of three.
fn ungrouped(whole: &str) -> Option<String> {
    let Some(mark) = whole.find(['.', ',']).map(|at| &whole[at..=at]) else { return Some(whole.to_owned()) };
    let mut groups = whole.split(mark);
    let first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && !first.contains(['.', ',']));
    let threes = groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    (first && threes).then(|| whole.replace(mark, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_carry_the_decimals_of_their_currency() {
        assert_eq!(amount(123_456_789, Currency::EUR), "1,234,567.89");
        assert_eq!(amount(-5, Currency::EUR), "−0.05");
        assert_eq!(money(1_000, "JPY".parse().unwrap()), "1,000 JPY");
        assert_eq!(unit_price("0.12345".parse().unwrap(), Currency::EUR), "0.12345");
        assert_eq!(unit_price("1200".parse().unwrap(), Currency::EUR), "1,200.00");
        assert_eq!(quantity("-1500.5".parse().unwrap()), "−1,500.5");
    }

    #[test]
    fn buckets_are_called_by_their_days() {
        let heads = ["Not due", "1-30", "Over 90", "Over", "Tax in EUR", "Tax-free"].map(bucket);
        assert_eq!(heads, ["Not due", "1–30 days", "Over 90 days", "Over", "Tax in EUR", "Tax-free"]);
    }

    #[test]
    fn numbers_are_read_the_way_they_are_written_around_the_world() {
        for typed in
            ["1234.50", "1,234.50", "1.234,50", "1 234,50", "1\u{a0}234,50", "1\u{202f}234,50", "1'234.50", "1234,50"]
        {
            assert_eq!(plain(typed).as_deref(), Some("1234.50"), "{typed}");
        }
        let read = |typed| plain(typed).unwrap();
        assert_eq!([read("1,234"), read("1.234"), read("0,125"), read("12,5")], ["1234", "1.234", "0.125", "12.5"]);
        assert_eq!(
            [read("1.234.567"), read("−3"), read(".5"), read("1,234,567.8")],
            ["1234567", "-3", "0.5", "1234567.8"]
        );
        for typed in ["", "-", "1e3", "12,34.5", "1.2.3", "1,23,456", "EUR 5", "5%", "1..2"] {
            assert_eq!(plain(typed), None, "{typed}");
        }
    }

    #[test]
    fn an_empty_field_is_nothing_and_a_wrong_one_is_named() {
        let mut wrong = Vec::new();
        assert_eq!(read_number::<Quantity>(&mut wrong, "quantity", " "), None);
        assert_eq!(read_number::<Quantity>(&mut wrong, "quantity", "1,5"), Some("1.5".parse().unwrap()));
        assert!(wrong.is_empty());
        assert_eq!(read_number::<Quantity>(&mut wrong, "lines[0].quantity", "two"), None);
        assert_eq!(
            (wrong[0].field.as_str(), wrong[0].message.as_str()),
            ("lines[0].quantity", "“two” is not a number such as 1,234.50")
        );
    }
}
