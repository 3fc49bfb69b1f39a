//! The use cases as stories, on both engines. One binary, so that it links once.

mod cash;
mod cash_model;
mod catalogue;
mod customers;
mod documents;
mod imports;
mod notes;
mod sales;
mod story;
