//! Opening balances of a migration: what was open at the old system on the day of the move, without its documents.
//!
//! Each posts against the account of opening balances, on the document's own day, so that ageing is right from the start.

use super::{BATCH, Progress, Run, fingerprint, parties};
use crate::{catalogue::base_rate, context::new_id, error::Result, ledger::Books};
use domain::{
    imports::{Located, OpenItemRow as Row},
    items::MovementKind,
    ledger::{AccountRole, EntryKind, JournalEntry, Posting},
};
use kernel::{CustomerId, EntryId, Money, OpenItemId};
use std::collections::HashMap;
use store::{
    catalogue,
    items::{MovementRow, OpenItemRow},
};

const KIND: &str = "open_item";

pub(super) async fn save(run: &mut Run<'_>, rows: Vec<Located<Row>>) -> Result<()> {
    let named = rows.iter().map(|row| parties::Named {
        key: &row.row.customer,
        name: row.row.customer_name.as_deref(),
        currency: row.row.amount.currency(),
    });
    let customers = parties::resolve(run, named).await?;
    let books = Books::open(&mut run.work).await?;
    let total = rows.len();
    for (index, batch) in rows.chunks(BATCH).enumerate() {
        let company = run.work.company_id();
        let ids: Vec<String> = batch.iter().map(|row| row.row.external_id.clone()).collect();
        let known: HashMap<String, String> = catalogue::external(&mut run.work.tx, company, &run.source, KIND, &ids)
            .await?
            .into_iter()
            .map(|row| (row.external_id, row.fingerprint))
            .collect();
        for Located { line, row } in batch {
            let fingerprint = fingerprint(&row);
            match (known.get(&row.external_id), customers.get(&row.customer)) {
                (Some(before), _) if *before == fingerprint => run.outcome.unchanged += 1,
                (Some(_), _) => {
                    let reason = "it was taken over before with other contents";
                    run.reject(*line, "", row.external_id.clone(), reason);
                }
                (None, None) => run.reject(*line, "customer_id", row.customer.clone(), "there is no such customer"),
                (None, Some(&customer)) => open(run, &books, *line, row, customer, fingerprint).await?,
            }
        }
        run.work.flush().await?;
        (run.watch)(Progress::Saved { done: (index + 1) * BATCH.min(total), of: total });
    }
    Ok(())
}

async fn open(
    run: &mut Run<'_>,
    books: &Books,
    line: u64,
    row: &Row,
    customer_id: CustomerId,
    fingerprint: String,
) -> Result<()> {
    let currency = row.open_amount.currency();
    let fx_rate = match base_rate(&mut run.work, currency, row.document_date).await {
        Ok(rate) => rate,
        Err(error) => {
            run.reject(line, "currency", currency.code(), error);
            return Ok(());
        }
    };
    let size = Money::new(row.open_amount.minor().abs(), currency);
    let sign = if row.kind.is_debt() { 1 } else { -1 };
    let (amount_minor, base) =
        (size.minor() * sign, size.converted(fx_rate, run.work.company.currency)?.minor() * sign);
    let (id, number) = (new_id::<OpenItemId>(), row.number.clone().unwrap_or_else(|| row.external_id.clone()));
    let leg = |account: String, sign: i64| Posting {
        account,
        money: Money::new(amount_minor * sign, currency),
        base_minor: base * sign,
    };
    let legs = vec![leg(books.account(row.kind.control())?, 1), leg(books.account(AccountRole::OpeningBalances)?, -1)];
    let text = format!("Opening balance {number}");
    let entry = JournalEntry::new(EntryKind::Opening, id.0, text, row.document_date, legs)?;
    let entry_id = new_id::<EntryId>();
    let (entry, postings) = books.rows(&run.work, entry_id, &entry, None);
    run.work.save(&[entry]);
    run.work.save(&postings);
    let company_id = run.work.company_id();
    run.work.save(&[OpenItemRow {
        company_id,
        id,
        kind: row.kind,
        customer_id,
        document_id: id.0,
        number,
        instalment: 1,
        currency,
        document_on: row.document_date,
        due_on: row.due_date.unwrap_or(row.document_date),
        discounts: None,
        fx_rate,
        amount_minor,
        base_minor: base,
        open_minor: amount_minor,
        open_base_minor: base,
        settled_on: (amount_minor == 0).then_some(row.document_date),
        version: 1,
    }]);
    run.work.save(&[MovementRow {
        company_id,
        id: new_id(),
        item_id: id,
        kind: MovementKind::Opened,
        effective_on: row.document_date,
        recorded_at: run.work.now,
        amount_minor,
        base_minor: base,
        entry_id,
        cause_id: None,
    }]);
    let external = run.external(KIND, &row.external_id, id.0, fingerprint);
    run.work.save(&[external]);
    run.outcome.created += 1;
    Ok(())
}
