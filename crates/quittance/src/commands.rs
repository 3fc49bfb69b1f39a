//! One file for each command.

pub(crate) mod companies;
pub(crate) mod demo;
pub(crate) mod serve;
pub(crate) mod tokens;
pub(crate) mod users;
