//! The staff pages, one file for each capability; each brings its own routes.

mod account;
mod accounts;
mod approvals;
mod audit;
mod bank;
mod cash;
mod customers;
mod desk;
mod help;
mod home;
mod imports;
mod invoices;
mod kit;
mod ledger;
mod lines;
mod notes;
mod open_items;
mod orders;
mod payments;
mod periods;
mod products;
mod quotes;
mod reports;
mod search;
mod settings;
mod sign_in;
mod statements;
mod tokens;
mod users;
mod verify;
pub(crate) mod views;

pub(crate) use bank::BankHow;
pub(crate) use imports::ImportHow;

use crate::server::Site;
use axum::Router;

pub(crate) fn router() -> Router<Site> {
    Router::new()
        .merge(account::router())
        .merge(home::router())
        .merge(help::router())
        .merge(sign_in::router())
        .merge(users::router())
        .merge(customers::router())
        .merge(products::router())
        .merge(search::router())
        .merge(settings::router())
        .merge(notes::router())
        .merge(quotes::router())
        .merge(orders::router())
        .merge(invoices::router())
        .merge(payments::router())
        .merge(cash::router())
        .merge(open_items::router())
        .merge(approvals::router())
        .merge(ledger::router())
        .merge(accounts::router())
        .merge(periods::router())
        .merge(imports::router())
        .merge(bank::router())
        .merge(desk::router())
        .merge(tokens::router())
        .merge(reports::router())
        .merge(statements::router())
        .merge(verify::router())
        .merge(views::router())
        .merge(audit::router())
        .merge(kit::router())
}
