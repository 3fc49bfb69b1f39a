//! The use cases as stories, on both engines. One binary, so that it links once.

mod cash;
mod cash_model;
mod customers;
mod documents;
mod imports;
mod sales;
mod story;
