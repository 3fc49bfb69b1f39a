//! A product as a file brings it.

use super::{ImportKind, ImportRow, Reading};
use kernel::{Currency, UnitPrice};

kernel::text_enum! {
    pub enum Field {
        Code = "code",
        Name = "name",
        Description = "description",
        Unit = "unit",
        UnitPrice = "unit_price",
        Currency = "currency",
        TaxCode = "tax_code",
        Tags = "tags",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// The key in the source and the article's code.
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub unit: Option<String>,
    pub unit_price: Option<UnitPrice>,
    /// Of the price.
    pub currency: Option<Currency>,
    pub tax_code: Option<String>,
    pub tags: Vec<String>,
}

impl ImportRow for ProductRow {
    const KIND: ImportKind = ImportKind::Products;
    const THING: &'static str = "product";
    const KEY: &'static [usize] = &[Field::Code as usize];
    const NEEDS: &'static [&'static [usize]] = &[Self::KEY, &[Field::Name as usize]];

    fn fields() -> Vec<&'static str> {
        Field::ALL.iter().map(|field| field.as_str()).collect()
    }

    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let code = reading.name(Field::Code as usize);
        let name = reading.name(Field::Name as usize);
        let currency = reading.text(Field::Currency as usize).and_then(|_| reading.currency(Field::Currency as usize));
        let unit_price: Option<UnitPrice> = reading.exact(Field::UnitPrice as usize);
        if unit_price.is_some_and(UnitPrice::is_negative) {
            reading.reject(Field::UnitPrice as usize, "the unit_price is negative".to_owned());
        }
        Some(Self {
            code: code?,
            name: name?,
            description: reading.own(Field::Description as usize),
            unit: reading.own(Field::Unit as usize),
            unit_price,
            currency,
            tax_code: reading.own(Field::TaxCode as usize),
            tags: reading.list(Field::Tags as usize),
        })
    }

    fn difference(&self, other: &Self) -> Option<&'static str> {
        super::first_difference!(self, other, name, description, unit, unit_price, currency, tax_code, tags)
    }
}
