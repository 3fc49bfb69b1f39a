//! Cash application: which open items a payment settles, why the sums differ, and how sure that is.
//!
//! Pure: no I/O, no clock, no SQL, no chance. `Engine::decide` takes a bank line and returns ranked proposals with a
//! calibrated probability and a sentence for the clerk; `Engine::post` learns from what was confirmed; `Engine::undo`
//! forgets it. One call flows `references` and `payers` (what the line says) → `search` with `subsets` and `differences`
//! (possible answers) → `features` → `score` (how sure) → `policy` (post or ask) → `explain`.

mod charges;
mod differences;
mod engine;
mod explain;
mod facts;
mod features;
mod index;
mod learnt;
mod payers;
mod policy;
mod references;
mod score;
mod search;
mod subsets;
mod text;
mod words;

pub use charges::speaks_of_charges;
pub use differences::{Covers, Difference};
pub use engine::{Allocation, Answer, Decision, Engine, Posted, Proposal, Verdict, best_of};
pub use facts::{Advice, AdviceLine, BankLine, Customer, Discount, ItemKind, OpenItem};
pub use features::Features;
pub use index::{Book, BookError};
pub use learnt::{Habit, Learnt, Lesson};
pub use payers::Acquaintance;
pub use policy::{Dial, Held, Limit, Policy};
pub use score::{Forest, Model, Node, Step};
