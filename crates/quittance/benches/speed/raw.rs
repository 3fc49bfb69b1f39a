//! The bare transaction: the rows that issuing wrote, written again under new ids with nothing around it.

use crate::Result;
use kernel::{CompanyId, Timestamp};
use std::collections::HashMap;
use store::{
    Db,
    audit::EventRow,
    db::Record,
    invoices::InvoiceRow,
    items::{MovementRow, OpenItemRow},
    jobs::OutboxRow,
    ledger::{EntryRow, PostingRow},
    lines::{LineRow, TaxTotalRow},
};
use uuid::Uuid;

/// All rows of some invoices.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    pub(crate) invoices: Vec<InvoiceRow>,
    lines: Vec<LineRow>,
    taxes: Vec<TaxTotalRow>,
    entries: Vec<EntryRow>,
    postings: Vec<PostingRow>,
    items: Vec<OpenItemRow>,
    movements: Vec<MovementRow>,
    events: Vec<EventRow>,
    messages: Vec<OutboxRow>,
}

/// How the bare rows are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// One statement per table.
    PerTable,
    /// As few statements as the engine allows.
    Together,
}

/// What issuing wrote since `from`, in the order of the invoices.
pub(crate) async fn written(db: &Db, company: CompanyId, from: Timestamp) -> Result<Rows> {
    let mut tx = db.snapshot().await?;
    macro_rules! rows {
        ($type:ty, $rest:literal) => {
            tx.select::<$type>($rest).bind(company).bind(from).all::<$type>().await?
        };
    }
    let rows = Rows {
        invoices: rows!(InvoiceRow, "WHERE company_id = $1 AND issued_at >= $2 ORDER BY id"),
        lines: rows!(
            LineRow,
            "WHERE company_id = $1 AND document_id IN
                (SELECT id FROM invoices WHERE company_id = $1 AND issued_at >= $2) ORDER BY id"
        ),
        taxes: rows!(
            TaxTotalRow,
            "WHERE company_id = $1 AND document_id IN
                (SELECT id FROM invoices WHERE company_id = $1 AND issued_at >= $2) ORDER BY document_id, position"
        ),
        entries: rows!(EntryRow, "WHERE company_id = $1 AND recorded_at >= $2 ORDER BY id"),
        postings: rows!(
            PostingRow,
            "WHERE company_id = $1 AND entry_id IN
                (SELECT id FROM journal_entries WHERE company_id = $1 AND recorded_at >= $2) ORDER BY entry_id, position"
        ),
        items: rows!(
            OpenItemRow,
            "WHERE company_id = $1 AND document_id IN
                (SELECT id FROM invoices WHERE company_id = $1 AND issued_at >= $2) ORDER BY id"
        ),
        movements: rows!(MovementRow, "WHERE company_id = $1 AND recorded_at >= $2 ORDER BY id"),
        events: rows!(
            EventRow,
            "WHERE company_id = $1 AND recorded_at >= $2 AND action = 'invoice.issued' ORDER BY id"
        ),
        messages: rows!(OutboxRow, "WHERE company_id = $1 AND created_at >= $2 ORDER BY id"),
    };
    tx.rollback().await?;
    Ok(rows)
}

impl Rows {
    /// The rows of each invoice by itself.
    pub(crate) fn one_by_one(&self) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        let mut place: HashMap<Uuid, usize> = HashMap::new();
        for invoice in &self.invoices {
            place.insert(invoice.id.0, parts.len());
            parts.push(Self { invoices: vec![invoice.clone()], ..Self::default() });
        }
        let mut entries = HashMap::new();
        macro_rules! deal {
            ($field:ident, $key:expr, $places:expr) => {
                for row in &self.$field {
                    if let Some(&n) = $places.get(&$key(row)) {
                        parts[n].$field.push(row.clone());
                    }
                }
            };
        }
        deal!(lines, |row: &LineRow| row.document_id, place);
        deal!(taxes, |row: &TaxTotalRow| row.document_id, place);
        deal!(entries, |row: &EntryRow| row.source_id, place);
        for (n, part) in parts.iter().enumerate() {
            entries.extend(part.entries.iter().map(|entry| (entry.id.0, n)));
        }
        deal!(postings, |row: &PostingRow| row.entry_id.0, entries);
        deal!(items, |row: &OpenItemRow| row.document_id, place);
        deal!(movements, |row: &MovementRow| row.entry_id.0, entries);
        deal!(events, |row: &EventRow| row.subject_id, place);
        deal!(messages, |row: &OutboxRow| row.subject_id, place);
        parts
    }

    /// The same rows as new ones: new ids, numbers that nobody has.
    pub(crate) fn renewed(mut self, sequence: &mut i64) -> Self {
        let mut ids: HashMap<Uuid, Uuid> = HashMap::new();
        let mut fresh = |id: Uuid| *ids.entry(id).or_insert_with(app::new_id::<Uuid>);
        for row in &mut self.invoices {
            *sequence += 1;
            row.id = fresh(row.id.0).into();
            row.number = Some(format!("RAW-2026-{sequence:06}"));
            row.sequence = Some(1_000_000_000 + *sequence);
        }
        for row in &mut self.lines {
            (row.id, row.document_id) = (fresh(row.id.0).into(), fresh(row.document_id));
        }
        self.taxes.iter_mut().for_each(|row| row.document_id = fresh(row.document_id));
        for row in &mut self.entries {
            (row.id, row.source_id) = (fresh(row.id.0).into(), fresh(row.source_id));
        }
        self.postings.iter_mut().for_each(|row| row.entry_id = fresh(row.entry_id.0).into());
        for row in &mut self.items {
            (row.id, row.document_id) = (fresh(row.id.0).into(), fresh(row.document_id));
        }
        for row in &mut self.movements {
            row.id = fresh(row.id.0).into();
            (row.item_id, row.entry_id) = (fresh(row.item_id.0).into(), fresh(row.entry_id.0).into());
        }
        for row in &mut self.events {
            (row.id, row.subject_id) = (fresh(row.id.0).into(), fresh(row.subject_id));
        }
        for row in &mut self.messages {
            (row.id, row.subject_id) = (fresh(row.id.0).into(), fresh(row.subject_id));
        }
        self
    }

    /// One transaction: the counter, the rows, commit.
    pub(crate) async fn insert(&self, db: &Db, way: Way) -> Result {
        let mut tx = db.begin().await?;
        let count = i64::try_from(self.invoices.len())?;
        tx.sql("UPDATE counters SET last = last + $1 WHERE kind = 'invoice'").bind(count).run().await?;
        let mut batch = tx.batch();
        macro_rules! insert {
            ($($field:ident)+) => { $(
                match way {
                    Way::PerTable => insert_one(&mut tx, &self.$field).await?,
                    Way::Together => batch = batch.with(&self.$field),
                }
            )+ };
        }
        insert!(invoices lines taxes entries postings items movements events messages);
        batch.run(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert_one<T: Record>(tx: &mut store::Tx, rows: &[T]) -> Result {
    tx.insert(rows).await?;
    Ok(())
}
