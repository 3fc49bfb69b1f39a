//! Types and decisions of every capability: no async, clock, SQL or HTTP.

pub mod approvals;
pub mod audit;
pub mod bank;
pub mod calendar;
pub mod cash;
pub mod companies;
pub mod countries;
pub mod customers;
pub mod desk;
pub mod imports;
pub mod invoices;
pub mod items;
pub mod ledger;
pub mod lines;
pub mod notes;
pub mod orders;
pub mod payments;
pub mod products;
pub mod quotes;
pub mod references;
pub mod reports;
pub mod search;
pub mod taxes;
pub mod terms;
pub mod users;
pub mod verify;
