//! Money, currencies, exact decimals, dates, ids, check digits and text enums: what every floor shares.
//!
//! Nothing here does I/O, reads a clock or draws a random number. `sql.rs` says how these values are stored in both
//! database engines, `schema.rs` how they are described in the API, so that no other crate has to.

pub mod check_digits;
mod currency;
mod date;
mod exact;
mod id;
mod money;
pub mod schema;
mod sql;
mod text_enum;

pub use currency::{Currency, UnknownCurrency};
pub use date::{Date, DateError, Timestamp};
pub use exact::{ExactError, FxRate, Percent, Quantity, UnitPrice};
pub use id::*;
pub use money::{Money, MoneyError, allocate, round_to_minor};
pub use rust_decimal::Decimal;

#[doc(hidden)]
pub use {serde, sqlx, utoipa, uuid};
