//! Types and decisions of every capability: no async, clock, SQL or HTTP.

pub mod audit;
pub mod calendar;
pub mod companies;
pub mod items;
pub mod invoices;
pub mod ledger;
pub mod quotes;
pub mod orders;
pub mod lines;
pub mod references;
pub mod taxes;
pub mod terms;
pub mod users;
