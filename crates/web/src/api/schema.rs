//! Shapes that many endpoints share: pages of a list, money, dates, the words of an enum.

use app::lists;
use kernel::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{Array, ArrayBuilder, Object, ObjectBuilder, Type},
};

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Send it as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    pub(crate) fn of<R>(page: lists::Page<R>, view: impl FnMut(R) -> T) -> Self {
        let next = page.next.map(|cursor| cursor.to_string());
        Self { items: page.rows.into_iter().map(view).collect(), next }
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) after: Option<lists::Cursor>,
    /// How many items, 50 unless told.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<Limit>,
}

/// 1 to 200.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Limit(i64);

impl TryFrom<i64> for Limit {
    type Error = &'static str;

    fn try_from(limit: i64) -> Result<Self, Self::Error> {
        if (1..=200).contains(&limit) { Ok(Self(limit)) } else { Err("`limit` is from 1 to 200") }
    }
}

impl Paging {
    pub(crate) fn limit(&self) -> Option<i64> {
        Some(self.limit.map_or(50, |limit| limit.0))
    }
}

/// An amount of money. The amount is a string, so that no program rounds it on its way.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Money)]
pub(crate) struct MoneyView {
    /// As many decimals as the currency has, or fewer.
    #[schema(pattern = r"^-?\d{1,16}(\.\d{1,4})?$", example = "1234.50")]
    pub(crate) amount: String,
    /// ISO 4217
    #[schema(pattern = "^[A-Z]{3}$", value_type = String, example = "EUR")]
    pub(crate) currency: Currency,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.to_decimal().to_string(), currency: money.currency() }
    }
}

impl TryFrom<MoneyView> for Money {
    type Error = kernel::MoneyError;

    fn try_from(view: MoneyView) -> Result<Self, Self::Error> {
        Self::parse(&view.amount, view.currency)
    }
}

/// The schema of a text enum: `#[schema(schema_with = role)] role: Role` with `fn role() -> Object { words(Role::ALL, Role::as_str) }`.
pub(crate) fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all.iter().map(|&value| word(value)))).build()
}

pub(crate) fn role() -> Object {
    words(domain::users::Role::ALL, domain::users::Role::as_str)
}

pub(crate) fn scopes() -> Array {
    let scope = words(domain::users::Permission::ALL, domain::users::Permission::as_str);
    ArrayBuilder::new().items(scope).build()
}

/// Three capital letters.
pub(crate) fn currency() -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Z]{3}$")).build()
}
