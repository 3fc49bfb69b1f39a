//! The use cases as stories, on both engines. One binary, so that it links once.

mod customers;
mod documents;
mod sales;
mod story;
