//! The log of imports.

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
