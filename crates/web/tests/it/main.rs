//! The pages and the API through the public router, on both engines. One binary, so that it links once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod bank;
mod books;
mod browser;
mod customers;
mod desk;
mod forms;
mod help;
mod idempotency;
mod lists;
mod payments;
mod products;
mod reports;
mod sales;
mod settings;
mod signing_in;
mod trust;
mod users;
mod visit;
