//! Use cases: authorise, load, decide (in `domain`), save facts with journal, audit and outbox in one transaction.
//!
//! Pages, API, command line and jobs each call exactly one of these functions per request.

pub mod approvals;
pub mod audit;
pub mod backup;
pub mod bank;
pub mod cash;
pub mod catalogue;
mod changes;
pub mod companies;
pub mod context;
pub mod credit_notes;
pub mod customers;
pub mod desk;
pub mod documents;
mod engines;
pub mod error;
pub mod grants;
pub mod idempotency;
pub mod imports;
pub mod invoices;
pub mod items;
pub mod ledger;
pub mod lines;
pub mod lists;
pub mod many;
pub mod notes;
pub mod orders;
pub mod payments;
pub mod quotes;
pub mod receiving;
mod reference;
pub mod reports;
pub mod search;
pub mod secrets;
mod settling;
pub mod statements;
pub mod trail;
pub mod users;
pub mod verify;
pub mod views;

pub use context::{App, Caller, Clock, Done, Event, Work, new_id};
pub use error::{Error, FieldError, Result};
