//! How the values of this crate are described in the API: one JSON shape each, wherever they occur.
//!
//! Every one of them is a string, so that no program rounds it on its way; only money has two, its amount and its currency.

use crate::{Currency, Date, FxRate, Money, Percent, Quantity, Timestamp, UnitPrice};
use utoipa::{
    PartialSchema,
    openapi::{
        SchemaFormat,
        schema::{AdditionalProperties, KnownFormat, Object, ObjectBuilder, Schema, Type},
    },
};

/// Describes `$name` as the object that `$object` makes.
#[macro_export]
macro_rules! described_as {
    ($name:ident, $object:expr) => {
        impl $crate::utoipa::PartialSchema for $name {
            fn schema() -> $crate::utoipa::openapi::RefOr<$crate::utoipa::openapi::schema::Schema> {
                $crate::utoipa::openapi::schema::Schema::Object($object).into()
            }
        }
        impl $crate::utoipa::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    };
}
pub(crate) use described_as;

/// One of some words.
pub fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

pub(crate) fn id() -> Object {
    formatted(KnownFormat::Uuid).build()
}

fn formatted(format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
}

fn text(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example])
}

/// Digits with up to `places` behind the point.
fn decimal(whole: u32, places: u32, example: &str, about: &str) -> Object {
    text(&format!(r"^-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"), example).description(Some(about)).build()
}

described_as!(Quantity, decimal(9, 6, "2.5", "How much of a thing."));
described_as!(UnitPrice, decimal(9, 6, "12.50", "Price of one unit in the document's currency."));
described_as!(Percent, decimal(3, 4, "19", "`19` means 19 %."));
described_as!(FxRate, decimal(6, 9, "1.0842", "Units of one currency for one unit of another."));
described_as!(Date, formatted(KnownFormat::Date).examples(["2026-08-31"]).build());
described_as!(Timestamp, formatted(KnownFormat::DateTime).examples(["2026-08-31T12:00:00Z"]).build());
described_as!(Currency, text("^[A-Z]{3}$", "EUR").description(Some("ISO 4217")).build());
described_as!(Money, money());

fn money() -> Object {
    let amount = text(r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$", "1234.50")
        .description(Some("A string, with as many decimals as the currency has, or fewer."));
    ObjectBuilder::new()
        .description(Some("An amount of money."))
        .property("amount", amount)
        .required("amount")
        .property("currency", <Currency as PartialSchema>::schema())
        .required("currency")
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .build()
}
