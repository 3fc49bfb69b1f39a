//! Rows that lead nowhere, or to another company.

use super::Stray;
use crate::db::{Result, Tx};
use kernel::CompanyId;
use uuid::Uuid;

pub async fn external_ids(tx: &mut Tx, company: CompanyId) -> Result<i64> {
    tx.sql("SELECT COUNT(*) FROM external_ids WHERE company_id = $1").bind(company).number().await
}

/// External ids that point at nothing.
pub async fn dangling_external_ids(tx: &mut Tx, company: CompanyId) -> Result<Vec<Stray>> {
    tx.sql(
        "SELECT x.external_id AS id, x.source || ', ' || x.kind AS name, COUNT(*) OVER () AS total FROM external_ids x
         WHERE x.company_id = $1
             AND NOT EXISTS (SELECT 1 FROM invoices r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM payments r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM customers r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM products r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM open_items r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM orders r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM quotes r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM contacts r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.company_id = x.company_id AND r.id = x.record_id)
             AND NOT EXISTS (SELECT 1 FROM allocations r WHERE r.company_id = x.company_id AND r.id = x.record_id)
         ORDER BY x.source, x.kind, x.external_id LIMIT 100",
    )
    .bind(company)
    .all()
    .await
}

/// One relation between tables: where it starts, what it should lead to, and how to find rows that lead nowhere.
pub struct Relation {
    pub table: &'static str,
    pub leads_to: &'static str,
    sql: &'static str,
}

macro_rules! relation {
    ($table:literal . $column:literal, named $name:literal, leads to $target:literal . $key:literal) => {
        Relation {
            table: $table,
            leads_to: $target,
            sql: concat!(
                "SELECT ",
                $name,
                " AS name, r.",
                $column,
                " AS id, COUNT(*) OVER () AS total FROM ",
                $table,
                " r
                 WHERE r.company_id = $1 AND r.",
                $column,
                " IS NOT NULL AND NOT EXISTS
                     (SELECT 1 FROM ",
                $target,
                " t WHERE t.company_id = r.company_id AND t.",
                $key,
                " = r.",
                $column,
                ")
                 ORDER BY r.",
                $column,
                " LIMIT 100"
            ),
        }
    };
}

/// Relations inside a company. Those that the engine guards itself are here too: another program that opens the
/// database need not ask it to. A posting without its entry breaks the proof of the entries, a movement without its item
/// or entry that of the control accounts.
pub const RELATIONS: &[Relation] = &[
    relation!("journal_entries"."reverses_id", named "r.description", leads to "journal_entries"."id"),
    relation!("open_items"."customer_id", named "r.number", leads to "customers"."id"),
    relation!("invoices"."customer_id", named "r.number", leads to "customers"."id"),
    relation!("invoices"."order_id", named "r.number", leads to "orders"."id"),
    relation!("invoices"."corrects_id", named "r.number", leads to "invoices"."id"),
    relation!("orders"."customer_id", named "r.number", leads to "customers"."id"),
    relation!("orders"."quote_id", named "r.number", leads to "quotes"."id"),
    relation!("quotes"."customer_id", named "r.number", leads to "customers"."id"),
    relation!("quotes"."order_id", named "r.number", leads to "orders"."id"),
    relation!("payments"."customer_id", named "r.number", leads to "customers"."id"),
    relation!("allocations"."from_item_id", named "r.explanation", leads to "open_items"."id"),
    relation!("allocations"."to_item_id", named "r.explanation", leads to "open_items"."id"),
    relation!("allocations"."entry_id", named "r.explanation", leads to "journal_entries"."id"),
    relation!("allocations"."reversal_entry_id", named "r.explanation", leads to "journal_entries"."id"),
    relation!("write_offs"."item_id", named "r.reason", leads to "open_items"."id"),
    relation!("write_offs"."entry_id", named "r.reason", leads to "journal_entries"."id"),
    relation!("refunds"."item_id", named "r.number", leads to "open_items"."id"),
    relation!("refunds"."entry_id", named "r.number", leads to "journal_entries"."id"),
    relation!("refunds"."customer_id", named "r.number", leads to "customers"."id"),
    relation!("document_lines"."tax_code_id", named "r.description", leads to "tax_codes"."id"),
    relation!("document_lines"."product_id", named "r.description", leads to "products"."id"),
    relation!("contacts"."customer_id", named "r.name", leads to "customers"."id"),
    Relation {
        table: "document_lines",
        leads_to: "documents",
        sql: "SELECT r.description AS name, r.document_id AS id, COUNT(*) OVER () AS total FROM document_lines r
              WHERE r.company_id = $1
                  AND NOT EXISTS (SELECT 1 FROM invoices t WHERE t.company_id = r.company_id AND t.id = r.document_id)
                  AND NOT EXISTS (SELECT 1 FROM orders t WHERE t.company_id = r.company_id AND t.id = r.document_id)
                  AND NOT EXISTS (SELECT 1 FROM quotes t WHERE t.company_id = r.company_id AND t.id = r.document_id)
              ORDER BY r.document_id, r.position LIMIT 100",
    },
    Relation {
        table: "document_taxes",
        leads_to: "documents",
        sql: "SELECT r.category AS name, r.document_id AS id, COUNT(*) OVER () AS total FROM document_taxes r
              WHERE r.company_id = $1
                  AND NOT EXISTS (SELECT 1 FROM invoices t WHERE t.company_id = r.company_id AND t.id = r.document_id)
                  AND NOT EXISTS (SELECT 1 FROM orders t WHERE t.company_id = r.company_id AND t.id = r.document_id)
                  AND NOT EXISTS (SELECT 1 FROM quotes t WHERE t.company_id = r.company_id AND t.id = r.document_id)
              ORDER BY r.document_id, r.position LIMIT 100",
    },
    // An opening balance has no document: it stands for itself.
    Relation {
        table: "open_items",
        leads_to: "documents",
        sql: "SELECT r.number AS name, r.document_id AS id, COUNT(*) OVER () AS total FROM open_items r
              WHERE r.company_id = $1 AND r.document_id <> r.id
                  AND NOT EXISTS (SELECT 1 FROM invoices t WHERE t.company_id = r.company_id AND t.id = r.document_id)
                  AND NOT EXISTS (SELECT 1 FROM payments t WHERE t.company_id = r.company_id AND t.id = r.document_id)
              ORDER BY r.document_id, r.instalment LIMIT 100",
    },
];

/// A row that leads nowhere: its name, and the id that it points at.
#[derive(Debug, sqlx::FromRow)]
pub struct Loose {
    pub name: Option<String>,
    pub id: Uuid,
    pub total: i64,
}

pub async fn loose(tx: &mut Tx, company: CompanyId, relation: &Relation) -> Result<Vec<Loose>> {
    tx.sql(relation.sql).bind(company).all().await
}
