//! Numbers, money, percentages and dates as a language writes them.
//!
//! Grouping is always done and negative amounts carry a true minus sign, so that figures align in columns. Currencies
//! whose sign could mean another one are written by their code.

use crate::Language;
use kernel::{Currency, Date, Decimal, Money, Percent, Quantity, UnitPrice};

/// A language with its number marks at hand.
pub(crate) struct Format {
    pub(crate) language: Language,
    decimal: String,
    group: String,
}

impl Format {
    pub(crate) fn new(language: Language) -> Self {
        Self { language, decimal: language.text("decimal-mark"), group: language.text("group-mark") }
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// `1.234,50` from `1234.50`, with the sign in front.
    fn number(&self, value: Decimal, decimals: u32) -> String {
        let (sign, digits) = self.parts(value, decimals);
        format!("{sign}{digits}")
    }

    fn parts(&self, value: Decimal, decimals: u32) -> (&'static str, String) {
        let plain = format!("{:.*}", decimals as usize, value.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut digits = String::with_capacity(plain.len() + 8);
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                digits.push_str(&self.group);
            }
            digits.push(digit);
        }
        if !fraction.is_empty() {
            digits.push_str(&self.decimal);
            digits.push_str(fraction);
        }
        (if value.is_sign_negative() && !value.is_zero() { "\u{2212}" } else { "" }, digits)
    }

    /// The figure alone, for columns whose head names the currency.
    pub(crate) fn amount(&self, money: Money) -> String {
        self.number(money.to_decimal(), money.currency().exponent())
    }

    pub(crate) fn money(&self, money: Money) -> String {
        let (sign, number) = self.parts(money.to_decimal(), money.currency().exponent());
        let (sign, number) = (("sign", sign.into()), ("number", number.into()));
        match sign_of(money.currency()) {
            Some(symbol) => self.language.with("money-symbol", [sign, number, ("currency", symbol.into())]),
            None => self.language.with("money-code", [sign, number, ("currency", money.currency().code().into())]),
        }
    }

    pub(crate) fn quantity(&self, quantity: Quantity) -> String {
        self.number(quantity.decimal(), quantity.decimal().scale())
    }

    /// At least the decimals of the currency, more where the price has them.
    pub(crate) fn unit_price(&self, price: UnitPrice, currency: Currency) -> String {
        self.number(price.decimal(), price.decimal().scale().max(currency.exponent()))
    }

    pub(crate) fn percent(&self, percent: Percent) -> String {
        let number = self.number(percent.decimal(), percent.decimal().scale());
        self.language.with("percent", [("number", number.into())])
    }

    /// For tables and facts: `31.08.2026`.
    pub(crate) fn date(&self, date: Date) -> String {
        self.dated("date-short", date)
    }

    /// For sentences: `31. August 2026`.
    pub(crate) fn long_date(&self, date: Date) -> String {
        self.dated("date-long", date)
    }

    fn dated(&self, key: &str, date: Date) -> String {
        let padded = |number: i8| format!("{number:02}").into();
        let (day, month) = (("day", date.day().into()), ("month", date.month().into()));
        let (dd, mm) = (("dd", padded(date.day())), ("mm", padded(date.month())));
        self.language.with(key, [day, month, dd, mm, ("year", date.year().to_string().into())])
    }
}

fn sign_of(currency: Currency) -> Option<&'static str> {
    match currency.code() {
        "EUR" => Some("€"),
        "USD" => Some("$"),
        "GBP" => Some("£"),
        "JPY" => Some("¥"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::parse(text, code.parse().unwrap()).unwrap()
    }

    fn each(write: impl Fn(&Format) -> String) -> [String; 4] {
        ["en", "de", "fr", "es"].map(|code| write(&Format::new(code.parse().unwrap())))
    }

    #[test]
    fn money_as_each_language_writes_it() {
        let euro = each(|format| format.money(money("1234567.5", "EUR")));
        assert_eq!(
            euro,
            ["€1,234,567.50", "1.234.567,50\u{a0}€", "1\u{202f}234\u{202f}567,50\u{a0}€", "1.234.567,50\u{a0}€"]
        );
        let yen = each(|format| format.money(money("-1234", "JPY")));
        assert_eq!(yen, ["−¥1,234", "−1.234\u{a0}¥", "−1\u{202f}234\u{a0}¥", "−1.234\u{a0}¥"]);
        let franc = each(|format| format.money(money("0.05", "CHF")));
        assert_eq!(franc, ["CHF\u{a0}0.05", "0,05\u{a0}CHF", "0,05\u{a0}CHF", "0,05\u{a0}CHF"]);
        assert_eq!(each(|format| format.money(money("999.999", "TND")))[1], "999,999\u{a0}TND");
        assert_eq!(each(|format| format.money(money("-9999999999999.99", "EUR")))[0], "−€9,999,999,999,999.99");
    }

    #[test]
    fn quantities_keep_their_decimals_and_prices_at_least_the_currency_s() {
        assert_eq!(each(|format| format.quantity("1250.125".parse().unwrap()))[1], "1.250,125");
        assert_eq!(each(|format| format.quantity(Quantity::whole(3)))[0], "3");
        let price = |text: &str, code: &str| {
            let (price, currency): (UnitPrice, Currency) = (text.parse().unwrap(), code.parse().unwrap());
            each(|format| format.unit_price(price, currency))[0].clone()
        };
        assert_eq!([price("12", "EUR"), price("0.00255", "EUR"), price("980", "JPY")], ["12.00", "0.00255", "980"]);
    }

    #[test]
    fn percentages() {
        let rate: Percent = "5.5".parse().unwrap();
        assert_eq!(each(|format| format.percent(rate)), ["5.5%", "5,5\u{a0}%", "5,5\u{202f}%", "5,5\u{a0}%"]);
    }

    #[test]
    fn dates() {
        let date: Date = "2026-08-01".parse().unwrap();
        assert_eq!(each(|format| format.date(date)), ["1 Aug 2026", "01.08.2026", "01/08/2026", "01/08/2026"]);
        let long = each(|format| format.long_date(date));
        assert_eq!(long, ["1 August 2026", "1. August 2026", "1er août 2026", "1 de agosto de 2026"]);
        let other = each(|format| format.long_date("2027-12-31".parse().unwrap()));
        assert_eq!(other, ["31 December 2027", "31. Dezember 2027", "31 décembre 2027", "31 de diciembre de 2027"]);
    }
}
