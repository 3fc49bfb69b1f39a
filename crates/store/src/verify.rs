//! What the standing proofs read: sums over raw rows, set by set, and the rows in which two sides differ.
//!
//! Nothing here trusts a figure that is kept for speed. Every query that looks for broken rows returns at most a hundred
//! of them, each with the number of all in `total`.

pub mod agreement;
pub mod books;
pub mod documents;
pub mod items;
pub mod lines;
pub mod references;
pub mod unread;

use crate::db::{Result, Tx};
use kernel::Currency;
use uuid::Uuid;

/// Says that whole tables will be compared. Without statistics, as just after a large import, PostgreSQL takes a table for
/// a row or two and would compare every pair.
pub async fn begin(tx: &mut Tx) -> Result<()> {
    tx.sql_for("SELECT 1", "SET LOCAL enable_nestloop = off").run().await?;
    Ok(())
}

/// A row that states one figure where another was found.
#[derive(Debug, sqlx::FromRow)]
pub struct Gap {
    pub id: Uuid,
    /// The number or description that people know the row by.
    pub name: Option<String>,
    pub currency: Option<Currency>,
    pub stated: i64,
    pub found: i64,
    pub total: i64,
}

/// A row that must not be as it is.
#[derive(Debug, sqlx::FromRow)]
pub struct Stray {
    pub id: String,
    pub name: Option<String>,
    pub total: i64,
}
