//! The store: every SQL statement of the program, capability by capability, behind the one door in `db`.
//!
//! Functions here take a `Tx` and plain values and return rows. They decide nothing, know no user and read no clock;
//! every statement names the company.

pub mod approvals;
pub mod audit;
pub mod backup;
pub mod bank;
pub mod cash;
pub mod catalogue;
pub mod companies;
pub mod customers;
pub mod db;
pub mod desk;
pub mod idempotency;
pub mod imports;
pub mod invoices;
pub mod items;
pub mod jobs;
pub mod ledger;
pub mod lines;
pub mod move_to;
pub mod notes;
pub mod orders;
pub mod payments;
pub mod quotes;
pub mod reports;
pub mod search;
pub mod sorting;
pub mod users;
pub mod verify;
pub mod views;

pub use db::{Db, Error, Result, Tx};
pub use sqlx::types::Json;
