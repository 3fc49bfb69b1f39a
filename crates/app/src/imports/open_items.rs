//! Opening balances of a migration: what was open at the old system on the day of the move, without its documents.
//!
//! Each posts against the account of opening balances, on the document's own day, so that ageing is right from the start.

use super::{BATCH, Run, fingerprint, parties};
use crate::{catalogue::base_rate, context::new_id, error::Result, ledger::Books};
use domain::{
    imports::{Located, OpenItemRow as Row},
    items::MovementKind,
    ledger::{AccountRole, EntryKind, JournalEntry, Posting},
};
use kernel::{CustomerId, EntryId, FxRate, Money, OpenItemId};
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
        for located in batch {
            let Located { line, row } = located;
            let fingerprint = fingerprint(&row);
            match (known.get(&row.external_id), customers.of(&row.customer)) {
                (Some(before), _) if *before == fingerprint => run.outcome.unchanged += 1,
                (Some(_), _) => {
                    let reason = "it was taken over before with other contents";
                    run.reject(*line, "", row.external_id.clone(), reason);
                }
                (None, Err(fault)) => run.refuse(*line, fault),
                (None, Ok(customer)) => open(run, &books, located, customer, fingerprint).await?,
            }
        }
        run.work.flush().await?;
        run.saved(((index + 1) * BATCH).min(total), total).await?;
    }
    Ok(())
}

async fn open(
    run: &mut Run<'_>,
    books: &Books,
    Located { line, row }: &Located<Row>,
    customer_id: CustomerId,
    fingerprint: String,
) -> Result<()> {
    let currency = row.open_amount.currency();
    let fx_rate = match base_rate(&mut run.work, currency, row.document_date).await {
        Ok(rate) => rate,
        Err(error) => {
            run.reject(*line, "currency", currency.code(), error);
            return Ok(());
        }
    };
    let item = item(run, row, customer_id, fx_rate)?;
    let entry_id = post(run, books, &item)?;
    let movement = MovementRow {
        company_id: item.company_id,
        id: new_id(),
        item_id: item.id,
        kind: MovementKind::Opened,
        effective_on: item.document_on,
        recorded_at: run.work.now,
        amount_minor: item.amount_minor,
        base_minor: item.base_minor,
        entry_id,
        cause_id: None,
    };
    let external = run.external(KIND, &row.external_id, item.id.0, fingerprint);
    run.work.shift_balance(item.customer_id, item.open_base_minor);
    run.work.save(&[item]);
    run.work.save(&[movement]);
    run.work.save(&[external]);
    run.outcome.created += 1;
    Ok(())
}

/// What is still open of the old document; how much it once was is not taken over.
fn item(run: &Run<'_>, row: &Row, customer_id: CustomerId, fx_rate: FxRate) -> Result<OpenItemRow> {
    let size = Money::new(row.open_amount.minor().abs(), row.open_amount.currency());
    let sign = if row.kind.is_debt() { 1 } else { -1 };
    let (amount_minor, base_minor) =
        (size.minor() * sign, size.converted(fx_rate, run.work.company.currency)?.minor() * sign);
    let id = new_id::<OpenItemId>();
    Ok(OpenItemRow {
        company_id: run.work.company_id(),
        id,
        kind: row.kind,
        customer_id,
        document_id: id.0,
        number: row.number.clone().unwrap_or_else(|| row.external_id.clone()),
        instalment: 1,
        currency: size.currency(),
        document_on: row.document_date,
        due_on: row.due_date.unwrap_or(row.document_date),
        discounts: None,
        fx_rate,
        amount_minor,
        base_minor,
        open_minor: amount_minor,
        open_base_minor: base_minor,
        settled_on: (amount_minor == 0).then_some(row.document_date),
        version: 1,
    })
}

fn post(run: &mut Run<'_>, books: &Books, item: &OpenItemRow) -> Result<EntryId> {
    let leg = |account: String, sign: i64| Posting {
        account,
        money: Money::new(item.amount_minor * sign, item.currency),
        base_minor: item.base_minor * sign,
    };
    let legs = vec![leg(books.account(item.kind.control())?, 1), leg(books.account(AccountRole::OpeningBalances)?, -1)];
    let text = format!("Opening balance {}", item.number);
    let entry = JournalEntry::new(EntryKind::Opening, item.id.0, text, item.document_on, legs)?;
    let id = new_id::<EntryId>();
    let (entry, postings) = books.rows(&run.work, id, &entry, None);
    run.work.save(&[entry]);
    run.work.save(&postings);
    Ok(id)
}
