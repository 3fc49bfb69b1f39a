//! Imports: what the columns of a stranger's file mean, and which of its rows can be taken.
//!
//! A map file (`ImportMap`) names the columns, their formats and constants; without one, headers that are our field
//! names are enough. `parse` goes through the rows once and gives typed rows beside a `Reject` for every bad cell.
//! Nothing is guessed, nothing is looked up and nothing is stored here: whether a customer exists is the app's question.

/// The name of the first field in which two rows differ.
macro_rules! first_difference {
    ($one:ident, $other:ident, $($field:ident),+ $(,)?) => {{
        $(if $one.$field != $other.$field { return Some(stringify!($field)); })+
        None
    }};
}
use first_difference;

mod columns;
mod customers;
mod formats;
mod invoices;
mod map;
mod open_items;
mod parser;
mod payments;
mod products;
mod reading;
mod shipped;

pub use customers::CustomerRow;
pub use formats::{DateFormat, Negative, NumberFormat};
pub use invoices::{InvoiceLineRow, InvoiceRow};
pub use map::{ColumnRule, ImportMap, MapError, NamedColumn};
pub use open_items::OpenItemRow;
pub use parser::{Header, ImportRow, JoinRefusal, Located, Parsed, Parser, Reject, parse};
pub use payments::{AllocationRow, PaymentRow};
pub use products::ProductRow;
pub use reading::Reading;
pub use shipped::{ShippedMap, shipped_maps};

kernel::text_enum! {
    /// What a file brings.
    pub enum ImportKind {
        Customers = "customers",
        Products = "products",
        /// With or without lines; with `paid_date` also their payments.
        Invoices = "invoices",
        Payments = "payments",
        /// The opening balances of a migration.
        OpenItems = "open_items",
    }
}

impl ImportKind {
    /// The names that a map file or a header can use.
    pub fn fields(self) -> Vec<&'static str> {
        match self {
            Self::Customers => CustomerRow::fields(),
            Self::Products => ProductRow::fields(),
            Self::Invoices => InvoiceRow::fields(),
            Self::Payments => PaymentRow::fields(),
            Self::OpenItems => OpenItemRow::fields(),
        }
    }
}
