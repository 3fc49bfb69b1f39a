//! The use cases as stories, on both engines. One binary, so that it links once.

mod audit;
mod documents;
mod sales;
mod story;
