//! The use cases as stories, on both engines. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on ends there")]

mod approvals;
mod audit;
mod backup;
mod bank;
mod cash;
mod cash_model;
mod catalogue;
mod customers;
mod desk;
mod documents;
mod imports;
mod lists;
mod notes;
mod payments;
mod reports;
mod sales;
mod story;
mod verify;
