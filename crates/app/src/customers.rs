//! Customers: adding, changing and archiving them, their contacts, lists and pages.
//!
//! Adding asks first whether the customer is there already (`likeness`). A change records what changed from what to
//! what. Nothing is ever deleted but a contact: who is no longer wanted is archived, once nothing is open any more.

mod archiving;
pub(crate) mod changing;
mod contacts;
pub(crate) mod creating;
mod external;
mod likeness;
mod list;
mod page;
mod references;

pub use archiving::{archive, unarchive};
pub use changing::{Sorting, sort_into, update};
pub use contacts::{add_contact, change_contact, remove_contact};
pub use creating::{Creation, ExternalName, NewCustomer, NewCustomers, RowOutcome, create, create_many};
pub use external::{add_external_id, remove_external_id};
pub(crate) use likeness::sentence;
pub use likeness::{Candidate, candidates};
pub use list::{BalanceRow, CustomerFilter, CustomerSort, ListedCustomer, Owing, list, segments};
pub use page::{
    Balance, ContactRow, CustomerFigures, CustomerPage, CustomerRow, EventRow, Group, LastPayment, OpenItemRow,
    PaymentHabit, Turnover, facts, find_by_external_id, find_by_number, show, timeline,
};
pub(crate) use references::facts_of;

use crate::error::FieldError;
use domain::customers::WrongFact;

/// Wrong facts as the caller named them, `prefix` in front.
fn field_errors(prefix: &str, wrong: Vec<WrongFact>) -> Vec<FieldError> {
    let field =
        |(field, error): WrongFact| FieldError { field: format!("{prefix}{field}"), message: error.to_string() };
    wrong.into_iter().map(field).collect()
}

/// `C-00042 Acme GmbH`, as events and refusals name a customer.
fn title(row: &CustomerRow) -> String {
    format!("{} {}", row.number, row.name)
}
