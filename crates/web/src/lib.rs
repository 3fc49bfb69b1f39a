//! Staff pages and the REST API: parse, call one use case, render.
//!
//! A page lives in `pages/WORD.rs` with its templates in `templates/WORD/`; an endpoint in `api/WORD.rs`. Neither knows a
//! rule or a table. `router` is all there is to it, so that tests drive the same thing that serves.

mod api;
mod assets;
mod changes;
pub mod charts;
mod error;
mod figures;
mod filters;
mod form;
mod links;
mod once;
mod page;
mod pages;
mod proofs;
mod security;
mod sentence;
mod server;
mod session;
mod throttle;
mod typed;
mod upload;
mod uploads;

pub use server::{Config, router, serve};
