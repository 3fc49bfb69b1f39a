//! One file for each command.

pub(crate) mod backup;
pub(crate) mod bank;
pub(crate) mod blocked;
pub(crate) mod companies;
pub(crate) mod credit_notes;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod matching;
pub(crate) mod move_to;
pub(crate) mod periods;
pub(crate) mod rates;
pub(crate) mod report;
pub(crate) mod samples;
pub(crate) mod serve;
pub(crate) mod tokens;
pub(crate) mod users;
pub(crate) mod verify;
