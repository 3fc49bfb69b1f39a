//! The use cases as stories, on both engines. One binary, so that it links once.

mod customers;
mod cash;
mod documents;
mod imports;
mod sales;
mod story;
