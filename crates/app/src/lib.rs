//! Use cases: authorise, load, decide (in `domain`), save facts with journal, audit and outbox in one transaction.
//!
//! Pages, API, command line and jobs each call exactly one of these functions per request.

pub mod catalogue;
pub mod companies;
pub mod context;
pub mod documents;
pub mod error;
pub mod idempotency;
pub mod invoices;
pub mod ledger;
pub mod lines;
pub mod lists;
pub mod orders;
pub mod quotes;
pub mod secrets;
pub mod users;

pub use context::{App, Caller, Clock, Event, Work, new_id};
pub use error::{Error, FieldError, Result};
