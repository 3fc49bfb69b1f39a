//! The use cases as stories, on both engines. One binary, so that it links once.

mod audit;
mod backup;
mod cash;
mod cash_model;
mod catalogue;
mod customers;
mod documents;
mod imports;
mod notes;
mod sales;
mod story;
mod verify;
