//! How a bank writes its CSV files, as somebody confirmed it.

use crate::db::{Result, Tx};
use kernel::{BankAccountId, BankTableId, CompanyId, Timestamp};

crate::record! {
    pub struct BankTableRow in "bank_tables" {
        pub company_id: CompanyId,
        pub id: BankTableId,
        pub name: String,
        pub definition: String,
        /// For files that do not say whose account they are of.
        pub bank_account_id: Option<BankAccountId>,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
    }
}

pub async fn tables(tx: &mut Tx, company: CompanyId) -> Result<Vec<BankTableRow>> {
    tx.select::<BankTableRow>("WHERE company_id = $1 ORDER BY name, id").bind(company).all().await
}

/// Writes a definition, in place of the one of that name.
pub async fn keep_table(tx: &mut Tx, row: &BankTableRow) -> Result<()> {
    tx.sql(
        "INSERT INTO bank_tables (company_id, id, name, definition, bank_account_id, recorded_at, recorded_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (company_id, name) DO UPDATE SET definition = excluded.definition,
             bank_account_id = excluded.bank_account_id, recorded_at = excluded.recorded_at,
             recorded_by = excluded.recorded_by",
    )
    .bind(row.company_id)
    .bind(row.id)
    .bind(row.name.clone())
    .bind(row.definition.clone())
    .bind(row.bank_account_id)
    .bind(row.recorded_at)
    .bind(row.recorded_by.clone())
    .run_one()
    .await
}
