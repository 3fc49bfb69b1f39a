//! A customer as a file brings it.

use super::{ImportKind, ImportRow, Reading};
use kernel::{Currency, Money};

kernel::text_enum! {
    pub enum Field {
        CustomerId = "customer_id",
        Number = "number",
        Name = "name",
        TaxId = "tax_id",
        Email = "email",
        Phone = "phone",
        Street = "street",
        Postcode = "postcode",
        City = "city",
        Region = "region",
        Country = "country",
        Language = "language",
        Currency = "currency",
        Terms = "terms",
        CreditLimit = "credit_limit",
        Parent = "parent",
        Tags = "tags",
        Notes = "notes",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// The key in the source: `customer_id`, or the number where there is none.
    pub external_id: String,
    pub number: Option<String>,
    pub name: String,
    pub tax_id: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub street: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    /// Two capital letters (ISO 3166).
    pub country: Option<String>,
    /// Two small letters (ISO 639).
    pub language: Option<String>,
    pub currency: Option<Currency>,
    pub terms: Option<String>,
    pub credit_limit: Option<Money>,
    /// The parent's key in the source.
    pub parent: Option<String>,
    pub tags: Vec<String>,
    pub notes: Option<String>,
}

impl ImportRow for CustomerRow {
    const KIND: ImportKind = ImportKind::Customers;
    const THING: &'static str = "customer";
    const KEY: &'static [usize] = &[Field::CustomerId as usize, Field::Number as usize];
    const NEEDS: &'static [&'static [usize]] = &[Self::KEY, &[Field::Name as usize]];

    fn fields() -> Vec<&'static str> {
        Field::ALL.iter().map(|field| field.as_str()).collect()
    }

    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let external_id = reading.first_name(Self::KEY);
        let name = reading.name(Field::Name as usize);
        let currency = reading.text(Field::Currency as usize).and_then(|_| reading.currency(Field::Currency as usize));
        let country = code(reading, Field::Country, u8::is_ascii_uppercase);
        let language = code(reading, Field::Language, u8::is_ascii_lowercase);
        let credit_limit = reading.money(Field::CreditLimit as usize, currency);
        if credit_limit.is_none() && reading.text(Field::CreditLimit as usize).is_some() && currency.is_none() {
            reading.reject(Field::CreditLimit as usize, "a credit limit needs a currency".to_owned());
        }
        let own = |field: Field| reading.own(field as usize);
        Some(Self {
            external_id: external_id?,
            number: own(Field::Number),
            name: name?,
            tax_id: own(Field::TaxId),
            email: own(Field::Email),
            phone: own(Field::Phone),
            street: own(Field::Street),
            postcode: own(Field::Postcode),
            city: own(Field::City),
            region: own(Field::Region),
            country,
            language,
            currency,
            terms: own(Field::Terms),
            credit_limit,
            parent: own(Field::Parent),
            tags: reading.list(Field::Tags as usize),
            notes: own(Field::Notes),
        })
    }

    fn difference(&self, other: &Self) -> Option<&'static str> {
        super::first_difference!(
            self,
            other,
            number,
            name,
            tax_id,
            email,
            phone,
            street,
            postcode,
            city,
            region,
            country,
            language,
            currency,
            terms,
            credit_limit,
            parent,
            tags,
            notes
        )
    }
}

/// A code of two letters.
fn code(reading: &mut Reading<'_>, field: Field, fits: fn(&u8) -> bool) -> Option<String> {
    let text = reading.own(field as usize)?;
    if text.len() == 2 && text.bytes().all(|letter| fits(&letter)) {
        return Some(text);
    }
    let (list, sample) = if field == Field::Country { ("ISO 3166 country", "DE") } else { ("ISO 639 language", "de") };
    reading.reject(field as usize, format!("`{text}` is not an {list} code such as {sample}"));
    None
}
