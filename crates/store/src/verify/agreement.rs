//! What rows say of the same fact: a document, its open items, its journal entry and the audit event that recorded it.
//!
//! Values are compared where they stand and read as text, so that a value that no longer decodes is named like any other.

use crate::db::{Result, Tx};
use domain::terms::Terms;
use kernel::{CompanyId, Currency, Date};
use sqlx::types::Json;
use uuid::Uuid;

/// Before every id. Asked for what comes after it, SQLite walks in the order of ids, which is that of recording: what
/// belongs to a row lies near what belonged to the one before. By any other index it would jump about the file.
const FIRST: Uuid = Uuid::nil();

/// A row that says something else than its witness.
#[derive(Debug, sqlx::FromRow)]
pub struct Contradiction {
    pub id: Uuid,
    pub number: Option<String>,
    /// What they disagree about; empty when there is no witness.
    pub what: String,
    pub witness: String,
    /// None where the values say nothing to people.
    pub stated: Option<String>,
    pub found: Option<String>,
    pub total: i64,
}

/// Rows of `$from`, of which the first is `r`, in which one of the pairs differs; the first of them is what is told.
macro_rules! contradictions {
    ($number:literal, from $from:literal
     unseen { $($unseen:literal of $whose:literal: $mine:literal = $theirs:literal,)* }
     seen { $($what:literal of $witness:literal: $stated:literal = $found:literal,)* }) => {
        concat!(
            "SELECT r.id, ", $number, " AS number, CASE ",
            $("WHEN ", $mine, " IS DISTINCT FROM ", $theirs, " THEN '", $unseen, "' ",)*
            $("WHEN ", $stated, " IS DISTINCT FROM ", $found, " THEN '", $what, "' ",)*
            "END AS what, CASE ",
            $("WHEN ", $mine, " IS DISTINCT FROM ", $theirs, " THEN '", $whose, "' ",)*
            $("WHEN ", $stated, " IS DISTINCT FROM ", $found, " THEN '", $witness, "' ",)*
            "END AS witness, CASE ",
            $("WHEN ", $mine, " IS DISTINCT FROM ", $theirs, " THEN NULL ",)*
            $("WHEN ", $stated, " IS DISTINCT FROM ", $found, " THEN CAST(", $stated, " AS TEXT) ",)*
            "END AS stated, CASE ",
            $("WHEN ", $mine, " IS DISTINCT FROM ", $theirs, " THEN NULL ",)*
            $("WHEN ", $stated, " IS DISTINCT FROM ", $found, " THEN CAST(", $found, " AS TEXT) ",)*
            "END AS found, COUNT(*) OVER () AS total FROM ", $from, " AND (FALSE",
            $(" OR ", $mine, " IS DISTINCT FROM ", $theirs,)*
            $(" OR ", $stated, " IS DISTINCT FROM ", $found,)*
            ") ORDER BY r.id LIMIT 100"
        )
    };
}

/// Issued documents that their journal entry or audit event contradicts.
pub async fn documents(tx: &mut Tx, company: CompanyId) -> Result<Vec<Contradiction>> {
    tx.sql(contradictions!("r.number", from
    "invoices r
         LEFT JOIN journal_entries e ON e.company_id = r.company_id AND e.source_id = r.id
             AND e.kind IN ('invoice', 'credit_note', 'debit_note')
         LEFT JOIN audit_events v ON v.company_id = r.company_id AND v.subject_id = r.id
             AND v.action IN ('invoice.issued', 'credit_note.issued', 'debit_note.issued')
         WHERE r.company_id = $1 AND r.id > $2 AND r.issued_at IS NOT NULL"
    unseen {
        "" of "journal entry": "(e.id IS NULL)" = "FALSE",
        "" of "audit event": "(v.id IS NULL)" = "FALSE",
        "customer" of "audit event": "r.customer_id" = "v.customer_id",
        "instant of issue" of "journal entry": "r.issued_at" = "e.recorded_at",
        "instant of issue" of "audit event": "r.issued_at" = "v.recorded_at",
    }
    seen {
        "kind" of "journal entry": "r.kind" = "e.kind",
        "day" of "journal entry": "r.invoiced_on" = "e.effective_on",
        "day" of "audit event": "CAST(r.invoiced_on AS TEXT)" = "v.after ->> 'invoiced_on'",
        "due day" of "audit event": "CAST(r.due_on AS TEXT)" = "v.after ->> 'due_on'",
        "number" of "audit event": "r.number" = "v.after ->> 'number'",
        "currency" of "audit event": "r.currency" = "v.after -> 'gross' ->> 'currency'",
    }))
    .bind(company)
    .bind(FIRST)
    .all()
    .await
}

/// Payments that their journal entry or audit event contradicts. The first posting of a payment is what reached the bank.
pub async fn payments(tx: &mut Tx, company: CompanyId) -> Result<Vec<Contradiction>> {
    tx.sql(contradictions!("r.number", from
    "payments r
         LEFT JOIN journal_entries e ON e.company_id = r.company_id AND e.source_id = r.id AND e.kind = 'payment'
         LEFT JOIN audit_events v ON v.company_id = r.company_id AND v.subject_id = r.id
             AND v.action = 'payment.recorded'
         WHERE r.company_id = $1 AND r.id > $2"
    unseen {
        "" of "journal entry": "(e.id IS NULL)" = "FALSE",
        "" of "audit event": "(v.id IS NULL)" = "FALSE",
        "customer" of "audit event": "r.customer_id" = "v.customer_id",
        "amount after its fee" of "journal entry": "r.amount_minor - r.fee_minor" = "(SELECT p.amount_minor
                 FROM postings p WHERE p.company_id = r.company_id AND p.entry_id = e.id AND p.position = 1)",
        "instant of recording" of "journal entry": "r.recorded_at" = "e.recorded_at",
        "instant of recording" of "audit event": "r.recorded_at" = "v.recorded_at",
    }
    seen {
        "day" of "journal entry": "r.received_on" = "e.effective_on",
        "day" of "audit event": "CAST(r.received_on AS TEXT)" = "v.after ->> 'received_on'",
        "number" of "audit event": "r.number" = "v.after ->> 'number'",
        "currency" of "audit event": "r.currency" = "v.after -> 'money' ->> 'currency'",
    }))
    .bind(company)
    .bind(FIRST)
    .all()
    .await
}

/// Open items that their invoice, credit note or debit note contradicts; the last instalment is due with its document.
pub async fn items_of_documents(tx: &mut Tx, company: CompanyId) -> Result<Vec<Contradiction>> {
    tx.sql(contradictions!("r.number", from
    "open_items r JOIN invoices d ON d.company_id = r.company_id AND d.id = r.document_id WHERE r.company_id = $1 AND r.id > $2"
    unseen {
        "customer" of "document": "r.customer_id" = "d.customer_id",
        "exchange rate" of "document": "r.fx_rate" = "d.fx_rate",
    }
    seen {
        "kind" of "document": "r.kind" = "d.kind",
        "number" of "document": "r.number" = "d.number",
        "currency" of "document": "r.currency" = "d.currency",
        "day" of "document": "r.document_on" = "d.invoiced_on",
        "due day" of "document": "r.due_on" = "CASE WHEN r.due_on = d.due_on OR EXISTS
                 (SELECT 1 FROM open_items l WHERE l.company_id = r.company_id AND l.document_id = r.document_id
                  AND l.instalment > r.instalment) THEN r.due_on ELSE d.due_on END",
    }))
    .bind(company)
    .bind(FIRST)
    .all()
    .await
}

/// Open items that their payment contradicts.
pub async fn items_of_payments(tx: &mut Tx, company: CompanyId) -> Result<Vec<Contradiction>> {
    tx.sql(contradictions!("r.number", from
    "open_items r JOIN payments d ON d.company_id = r.company_id AND d.id = r.document_id WHERE r.company_id = $1 AND r.id > $2"
    unseen {
        "customer" of "payment": "r.customer_id" = "d.customer_id",
        "exchange rate" of "payment": "r.fx_rate" = "d.fx_rate",
    }
    seen {
        "kind" of "payment": "r.kind" = "'payment'",
        "number" of "payment": "r.number" = "d.number",
        "currency" of "payment": "r.currency" = "d.currency",
        "day" of "payment": "r.document_on" = "d.received_on",
        "due day" of "payment": "r.due_on" = "d.received_on",
    }))
    .bind(company)
    .bind(FIRST)
    .all()
    .await
}

/// Items without a document, which are opening balances and refunds to be paid back, that their journal entry contradicts.
pub async fn opening_items(tx: &mut Tx, company: CompanyId) -> Result<Vec<Contradiction>> {
    tx.sql(contradictions!("r.number", from
    "open_items r
         LEFT JOIN journal_entries e ON e.company_id = r.company_id AND e.source_id = r.id
             AND e.kind IN ('opening', 'refund_reclaimed')
         WHERE r.company_id = $1 AND r.id > $2 AND r.document_id = r.id"
    unseen {
        "" of "journal entry": "(e.id IS NULL)" = "FALSE",
    }
    seen {
        "day" of "journal entry": "r.document_on" = "e.effective_on",
        "number" of "journal entry": "CASE e.kind WHEN 'opening' THEN 'Opening balance ' ELSE 'Refund to be paid back ' END || r.number" = "e.description",
    }))
    .bind(company)
    .bind(FIRST)
    .all()
    .await
}

/// Movements that were recorded at another instant than their journal entry.
pub async fn movements(tx: &mut Tx, company: CompanyId) -> Result<Vec<Contradiction>> {
    tx.sql(contradictions!(
        "(SELECT i.number FROM open_items i WHERE i.company_id = r.company_id AND i.id = r.item_id)", from
        "movements r JOIN journal_entries e ON e.company_id = r.company_id AND e.id = r.entry_id WHERE r.company_id = $1 AND r.id > $2"
        unseen {
            "instant of recording" of "journal entry": "r.recorded_at" = "e.recorded_at",
        }
        seen {}))
    .bind(company)
    .bind(FIRST)
    .all()
    .await
}

/// One instalment of a document that falls due in several.
#[derive(Debug, sqlx::FromRow)]
pub struct InstalmentRow {
    pub document_id: Uuid,
    pub id: Uuid,
    pub number: String,
    pub instalment: i64,
    pub due_on: Date,
    pub invoiced_on: Date,
    pub currency: Currency,
    pub gross_minor: i64,
    pub terms: Json<Terms>,
}

/// The instalments of documents that fall due in several, document by document.
pub async fn instalments(tx: &mut Tx, company: CompanyId) -> Result<Vec<InstalmentRow>> {
    tx.sql(
        "SELECT d.id AS document_id, o.id, o.number, o.instalment, o.due_on, d.invoiced_on, d.currency, d.gross_minor, d.terms
         FROM open_items o JOIN invoices d ON d.company_id = o.company_id AND d.id = o.document_id
         WHERE o.company_id = $1 AND o.document_id IN
             (SELECT l.document_id FROM open_items l WHERE l.company_id = $1 AND l.instalment = 2)
         ORDER BY d.id, o.instalment",
    )
    .bind(company)
    .all()
    .await
}
