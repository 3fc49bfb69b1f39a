//! The log of imports, and the indexes that a large one does without while it inserts.

use crate::{
    db::{Result, Tx},
    sorting::{Key, Order, Place},
};
use domain::imports::ImportKind;
use kernel::{CompanyId, ImportId, Timestamp};
use serde_json::Value;
use sqlx::types::Json;

crate::record! {
    pub struct ImportRow in "imports" {
        pub company_id: CompanyId,
        pub id: ImportId,
        pub kind: ImportKind,
        pub source: String,
        pub file_name: String,
        pub file_digest: String,
        pub rows: i64,
        pub created: i64,
        pub unchanged: i64,
        pub rejected: i64,
        /// Line, column, value and reason of the first rejects.
        pub rejects: Json<Value>,
        pub recorded_at: Timestamp,
        pub recorded_by: String,
    }
}

kernel::text_enum! {
    #[derive(Default)]
    pub enum ImportSort {
        #[default]
        Newest = "-date",
        Oldest = "date",
        File = "file",
        FileDown = "-file",
        Source = "source",
        SourceDown = "-source",
        /// By the rows that were rejected.
        Rejected = "rejected",
        RejectedDown = "-rejected",
    }
}

impl ImportSort {
    pub fn order(self) -> Order {
        let order = match self {
            Self::Newest | Self::Oldest => Order::by_instant("recorded_at", "id"),
            Self::File | Self::FileDown => Order::by_text("file_name", "id"),
            Self::Source | Self::SourceDown => Order::by_text("source", "id"),
            Self::Rejected | Self::RejectedDown => Order::by_amount("rejected", "id"),
        };
        order.named(self.as_str())
    }

    pub fn key(self, row: &ImportRow) -> Key {
        match self {
            Self::Newest | Self::Oldest => Key::Instant(row.recorded_at),
            Self::File | Self::FileDown => Key::Text(row.file_name.clone()),
            Self::Source | Self::SourceDown => Key::Text(row.source.clone()),
            Self::Rejected | Self::RejectedDown => Key::Amount(row.rejected),
        }
    }
}

/// One page of imports.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    sort: ImportSort,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<ImportRow>> {
    let sql = tx.select::<ImportRow>("WHERE company_id = $1").bind(company);
    sort.order().page(sql, after, limit).all().await
}

pub async fn by_id(tx: &mut Tx, company: CompanyId, id: ImportId) -> Result<Option<ImportRow>> {
    tx.select::<ImportRow>("WHERE company_id = $1 AND id = $2").bind(company).bind(id).optional().await
}

/// Indexes that an import of invoices does not look into, of the tables that it fills. Those in the order of new ids are
/// not among them: what is added at the end finds its place while the next batch is made.
const SET_ASIDE: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name IN (
    'journal_entries_posted', 'postings_account', 'invoices_day', 'invoices_customer', 'invoices_due', 'invoices_total',
    'open_items_open', 'open_items_due', 'open_items_dated', 'open_items_customer', 'open_items_number',
    'open_items_amount', 'audit_events_customer') ORDER BY name";
/// Fewer rows are inserted faster than any index is built.
const FEW: i64 = 5_000;

/// Prepares a transaction for `rows` new invoices, when they are more than SQLite holds already: their indexes are
/// dropped, because sorting them once costs a third of inserting each in its place; pages stay in memory until the
/// commit, and the commit leaves them in the log. It must end with `end_large`, or be taken back; and `Db::settle` should
/// follow. The next transaction is an ordinary one again.
pub async fn begin_large(tx: &mut Tx, rows: i64) -> Result<Vec<String>> {
    if !tx.is_sqlite() || rows < FEW || rows < tx.sql("SELECT COALESCE(MAX(rowid), 0) FROM invoices").number().await? {
        return Ok(Vec::new());
    }
    tx.sql("PRAGMA wal_autocheckpoint = 0").run().await?;
    tx.sql("PRAGMA cache_size = -256000").run().await?;
    let indexes: Vec<(String, String)> = tx.sql(SET_ASIDE).all().await?;
    for (name, _) in &indexes {
        tx.statement(format!("DROP INDEX {name}").into()).run().await?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

pub async fn end_large(tx: &mut Tx, indexes: Vec<String>) -> Result<()> {
    if indexes.is_empty() {
        return Ok(());
    }
    // Of a helper thread and a large cache the sorting of a few thousand rows has the cost and not the gain.
    for setting in ["threads = 1", "temp_store = FILE", "cache_spill = 64000", "cache_size = -1024"] {
        tx.statement(format!("PRAGMA {setting}").into()).run().await?;
    }
    for index in indexes {
        tx.statement(index.into()).run().await?;
    }
    Ok(())
}

/// Counts the tables again that an import fills: PostgreSQL plans by what it counted before the transaction began, and
/// would read all of a table that has grown meanwhile for each batch. A table that another import counts is left to it.
pub async fn count_again(tx: &mut Tx) -> Result<()> {
    if !tx.is_sqlite() {
        tx.sql("ANALYZE (SKIP_LOCKED) customers, external_ids, invoices, open_items, payments, allocations")
            .run()
            .await?;
    }
    Ok(())
}
