//! Products and the codes by which catalogue records are named.

use kernel::{Currency, UnitPrice, UnknownCurrency};
use serde::{Deserialize, Serialize};

/// Everything about a product that can be typed. Tax code and revenue account are named by their codes; a product
/// without them is invoiced with those of the customer or the company.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProductFacts {
    pub sku: String,
    pub name: String,
    pub description: String,
    /// `piece`, `hour`, `kg`.
    pub unit: String,
    pub unit_price: String,
    /// The company's when it is left out.
    pub currency: Option<String>,
    pub tax_code: Option<String>,
    pub revenue_account: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedProduct {
    pub sku: String,
    pub name: String,
    pub description: String,
    pub unit: String,
    pub unit_price: UnitPrice,
    pub currency: Currency,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    #[error("give 1 to {0} characters")]
    Length(usize),
    #[error("this has more than {0} characters")]
    Long(usize),
    #[error("{0}")]
    Price(String),
    #[error("a price is not negative")]
    NegativePrice,
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
}

impl ProductFacts {
    pub fn check(&self, currency: Currency) -> Result<CheckedProduct, Vec<(&'static str, ProductError)>> {
        let mut wrong = Vec::new();
        let mut keep = |field, result: Result<String, ProductError>| {
            result.map_err(|error| wrong.push((field, error))).unwrap_or_default()
        };
        let sku = keep("sku", filled(&self.sku, 60));
        let name = keep("name", filled(&self.name, 200));
        let description = keep("description", short(&self.description, 2_000));
        let unit = keep("unit", short(&self.unit, 20));
        let unit_price = price(&self.unit_price).map_err(|error| wrong.push(("unit_price", error))).unwrap_or_default();
        let code = self.currency.as_deref().map(str::trim).filter(|code| !code.is_empty());
        let currency = code.map_or(Ok(currency), |code| code.to_uppercase().parse());
        let currency = currency.map_err(|error: UnknownCurrency| wrong.push(("currency", error.into())));
        match currency {
            Ok(currency) if wrong.is_empty() => Ok(CheckedProduct {
                sku,
                name,
                description,
                unit,
                unit_price: UnitPrice::from_scaled(unit_price),
                currency,
            }),
            _ => Err(wrong),
        }
    }
}

fn short(text: &str, most: usize) -> Result<String, ProductError> {
    let text = text.trim();
    if text.chars().count() > most { Err(ProductError::Long(most)) } else { Ok(text.to_owned()) }
}

fn filled(text: &str, most: usize) -> Result<String, ProductError> {
    short(text, most).ok().filter(|text| !text.is_empty()).ok_or(ProductError::Length(most))
}

fn price(text: &str) -> Result<i64, ProductError> {
    let price: UnitPrice = match text.trim() {
        "" => UnitPrice::ZERO,
        text => text.parse().map_err(|error: kernel::ExactError| ProductError::Price(error.to_string()))?,
    };
    if price.is_negative() { Err(ProductError::NegativePrice) } else { Ok(price.scaled()) }
}

/// Codes of terms and taxes: small letters, digits and hyphens, as files and the API name them.
pub fn is_code(code: &str) -> bool {
    (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(sku: &str, name: &str, price: &str) -> ProductFacts {
        ProductFacts { sku: sku.into(), name: name.into(), unit_price: price.into(), ..ProductFacts::default() }
    }

    #[test]
    fn a_product_has_a_name_and_a_price() {
        let pump = facts(" P-1 ", "Pump", "12.345678").check(Currency::EUR).unwrap();
        assert_eq!(
            (pump.sku.as_str(), pump.unit_price.to_string().as_str(), pump.currency),
            ("P-1", "12.345678", Currency::EUR)
        );
        assert!(facts("P-1", "Pump", "").check(Currency::EUR).unwrap().unit_price.is_zero());
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = ProductFacts { currency: Some("EURO".into()), unit: "x".repeat(21), ..facts("", "", "1,5") };
        let fields: Vec<&str> = wrong.check(Currency::EUR).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["sku", "name", "unit", "unit_price", "currency"]);
        let negative = facts("a", "b", "-1").check(Currency::EUR).unwrap_err();
        assert_eq!(negative, [("unit_price", ProductError::NegativePrice)]);
    }

    #[test]
    fn codes() {
        assert!(["net-30", "s", "2-10"].iter().all(|code| is_code(code)));
        assert!(["", "Net-30", "a b", "é", &"x".repeat(41)].iter().all(|code| !is_code(code)));
    }
}
