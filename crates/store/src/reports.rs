//! What reports read: sums over open items, movements, postings, documents and payments, grouped by the database.
//!
//! Nothing here writes. A past day is always summed from the movements and never from a balance of today.

pub mod books;
pub mod figures;
pub mod items;
pub mod orders;
pub mod payments;
pub mod sales;

use crate::db::{Result, Tx};
use kernel::{CompanyId, CustomerId};

/// A customer as reports name it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Party {
    pub id: CustomerId,
    pub number: String,
    pub name: String,
    pub parent_id: Option<CustomerId>,
    pub segment: Option<String>,
}

pub async fn parties(tx: &mut Tx, company: CompanyId) -> Result<Vec<Party>> {
    tx.sql("SELECT id, number, name, parent_id, segment FROM customers WHERE company_id = $1 ORDER BY name, number, id")
        .bind(company)
        .all()
        .await
}

/// Long sums run on one core: less work for the server, and as fast.
pub async fn prepare_for_sums(tx: &mut Tx) -> Result<()> {
    tx.sql_for("SELECT 1", "SELECT set_config('max_parallel_workers_per_gather', '0', true)").run().await?;
    Ok(())
}
