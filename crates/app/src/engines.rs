//! Matching engines kept between requests, one for each company: a book of a million items is read once, not every time.
//!
//! Whoever decides or posts takes the company's slot and holds it until the end of the transaction, so lines are decided
//! one after the other. A slot is emptied when a transaction fails: what is kept in memory is never ahead of the database.

use kernel::{CompanyId, MovementId, Timestamp};
use matching::Engine;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// All of them, shared by every clone of the program.
#[derive(Clone, Default)]
pub(crate) struct Engines(Arc<Mutex<HashMap<CompanyId, Slot>>>);

/// One company's engine, or its empty place.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// An engine with what it has seen.
pub(crate) struct Kept {
    pub engine: Engine,
    /// The last movement that it knows of.
    pub mark: MovementId,
    pub payers: PayersStamp,
    /// Customers with accounts on file.
    pub with_accounts: HashSet<String>,
    pub lessons: i64,
    pub built_at: Timestamp,
    pub recent: Recent,
    /// What it knew when it last looked at everything that waits.
    pub waited_with: Option<Knowledge>,
}

/// The youngest movements that an engine knows of: another number means that one of them was committed late.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recent {
    /// They come after this one.
    pub from: MovementId,
    pub count: i64,
    pub counted_at: Timestamp,
}

/// Which facts an engine answers with; others may mean other answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Knowledge {
    pub mark: MovementId,
    pub payers: PayersStamp,
    pub lessons: i64,
    pub policy: i64,
}

/// Which state of the payers an engine was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PayersStamp {
    /// Customers, their changes, and those of their profiles as payers.
    pub rows: (i64, i64, i64),
    /// The company's, for those without one of their own.
    pub tolerance_minor: i64,
}

impl Engines {
    pub(crate) fn of(&self, company: CompanyId) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(company).or_default().clone()
    }
}
