//! Payments from elsewhere, with the invoices that they pay.

use super::{BATCH, Run, parties};
use crate::{
    error::{Error, Result},
    payments::{External, RecordPayment, record_all},
};
use domain::{
    cash::{AllocationRequest, DiscountChoice},
    imports::{Located, PaymentRow},
    payments::PaymentMethod,
};
use kernel::{CustomerId, Money, OpenItemId};
use std::collections::{HashMap, HashSet};
use store::{catalogue, items, items::OpenItemRow};
use uuid::Uuid;

const KIND: &str = "payment";

pub(super) async fn save(run: &mut Run<'_>, rows: Vec<Located<PaymentRow>>) -> Result<()> {
    let named = rows.iter().map(|row| parties::Named {
        key: &row.row.customer,
        name: row.row.customer_name.as_deref(),
        currency: row.row.amount.currency(),
    });
    let customers = parties::resolve(run, named).await?;
    let total = rows.len();
    for (index, batch) in rows.chunks(BATCH).enumerate() {
        let payments = payments(run, batch, &customers).await?;
        run.outcome.created += payments.len();
        record_all(&mut run.work, &payments).await?;
        run.work.flush().await?;
        run.saved(((index + 1) * BATCH).min(total), total).await?;
    }
    Ok(())
}

/// The new payments of a batch; rows that name an unknown invoice, or more than is open of it, are rejected.
async fn payments(
    run: &mut Run<'_>,
    batch: &[Located<PaymentRow>],
    customers: &HashMap<String, CustomerId>,
) -> Result<Vec<RecordPayment>> {
    let company = run.work.company_id();
    let ids: Vec<String> = batch.iter().map(|row| row.row.external_id.clone()).collect();
    let known: HashSet<String> = catalogue::external(&mut run.work.tx, company, &run.source, KIND, &ids)
        .await?
        .into_iter()
        .map(|row| row.external_id)
        .collect();
    let mut debts = debts(run, batch).await?;
    let mut payments = Vec::new();
    for Located { line, row } in batch {
        if known.contains(&row.external_id) {
            run.outcome.unchanged += 1;
            continue;
        }
        match payment(run, row, customers, &mut debts) {
            Ok(payment) => payments.push(payment),
            Err((at, column, value, reason)) => run.reject(at.unwrap_or(*line), column, value, reason),
        }
    }
    Ok(payments)
}

type Fault = (Option<u64>, &'static str, String, String);

fn payment(
    run: &Run<'_>,
    row: &PaymentRow,
    customers: &HashMap<String, CustomerId>,
    debts: &mut HashMap<String, Vec<OpenItemRow>>,
) -> Result<RecordPayment, Fault> {
    let fault = |column, value: &str, reason: String| (None, column, value.to_owned(), reason);
    let customer = customers.get(&row.customer);
    let customer = *customer.ok_or_else(|| fault("customer_id", &row.customer, "there is no such customer".into()))?;
    let method = match &row.method {
        None => PaymentMethod::Other,
        Some(text) => text.parse().map_err(|reason| fault("method", text, reason))?,
    };
    if row.payment_date > run.work.today {
        let reason = format!("{} is in the future; today is {}", row.payment_date, run.work.today);
        return Err(fault("payment_date", &row.payment_date.to_string(), reason));
    }
    Ok(RecordPayment {
        customer,
        method,
        received_on: row.payment_date,
        money: row.amount,
        fee: None,
        bank_account: None,
        reference: row.reference.clone(),
        payer_name: None,
        fx_rate: None,
        external: Some(External {
            source: run.source.clone(),
            id: row.external_id.clone(),
            fingerprint: Some(String::new()),
        }),
        allocations: allocations(row, debts)?,
    })
}

/// What the payment pays, oldest instalment first. What is taken here is gone for the rows below.
fn allocations(
    row: &PaymentRow,
    debts: &mut HashMap<String, Vec<OpenItemRow>>,
) -> Result<Vec<AllocationRequest>, Fault> {
    let mut left = row.amount.minor();
    let mut requests: Vec<AllocationRequest> = Vec::new();
    for named in &row.allocations {
        let fault = |reason: String| (Some(named.line), "invoice_id", named.invoice.clone(), reason);
        let items = debts.get_mut(&named.invoice).ok_or_else(|| fault("there is no such invoice".into()))?;
        let open: i64 = items.iter().map(|item| item.open_minor).sum();
        let mut rest = named.amount.map_or(open.min(left), Money::minor);
        if rest > open || rest > left {
            let currency = row.amount.currency();
            let (asked, open, left) =
                (Money::new(rest, currency), Money::new(open, currency), Money::new(left, currency));
            return Err(fault(format!(
                "{asked} cannot be allocated: {open} is open and {left} of the payment is left"
            )));
        }
        left -= rest;
        for item in items.iter_mut().filter(|item| item.open_minor > 0) {
            let part = rest.min(item.open_minor);
            if part > 0 {
                item.open_minor -= part;
                rest -= part;
                requests.push(request(item.id, Money::new(part, item.currency)));
            }
        }
    }
    Ok(requests)
}

fn request(to: OpenItemId, amount: Money) -> AllocationRequest {
    let discount = DiscountChoice::None;
    AllocationRequest { amount: Some(amount), discount, ..AllocationRequest::of(to) }
}

/// The open items of every invoice that the batch names, by the name that the file gives it.
async fn debts(run: &mut Run<'_>, batch: &[Located<PaymentRow>]) -> Result<HashMap<String, Vec<OpenItemRow>>, Error> {
    let company = run.work.company_id();
    let mut names: Vec<String> =
        batch.iter().flat_map(|row| &row.row.allocations).map(|named| named.invoice.clone()).collect();
    names.sort();
    names.dedup();
    let mut documents: HashMap<String, Uuid> = HashMap::new();
    for chunk in names.chunks(BATCH) {
        let numbered = items::documents_by_number(&mut run.work.tx, company, chunk).await?;
        documents.extend(numbered);
        let known = catalogue::external(&mut run.work.tx, company, &run.source, "invoice", chunk).await?;
        documents.extend(known.into_iter().map(|row| (row.external_id, row.record_id)));
    }
    let ids: Vec<Uuid> = documents.values().copied().collect();
    let mut opened: HashMap<Uuid, Vec<OpenItemRow>> = HashMap::new();
    for chunk in ids.chunks(BATCH) {
        for item in items::of_documents(&mut run.work.tx, company, chunk).await? {
            opened.entry(item.document_id).or_default().push(item);
        }
    }
    // Two names of one document, its number and its foreign id, both find its items.
    let of = |document: Uuid| opened.get(&document).cloned().unwrap_or_default();
    Ok(documents.into_iter().map(|(name, document)| (name, of(document))).collect())
}
