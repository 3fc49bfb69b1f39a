//! Measures cash application and makes its coefficients: the protocol of the matching sets, a generator of fresh ones, the
//! training.
//!
//! Reads and writes the files of a set (`customers.csv`, `invoices.csv`, `bank.csv`, `truth.jsonl`); the engine itself does
//! no I/O. `evaluate` runs a set line by line with a perfect clerk behind the engine. Nothing here runs in production.

mod chance;
mod companies;
mod evaluate;
mod forest;
mod generate;
mod mistakes;
mod reliability;
mod sets;
mod train;
mod world;

pub use evaluate::{Outcome, Scores, evaluate};
pub use generate::{Level, Recipe, generate};
pub use reliability::{Band, reliability};
pub use sets::{LabError, Set, Truth, TruthKind};
pub use train::{Settings, train};
pub use world::world;
