//! Payments from elsewhere, with the invoices that they pay.

use super::{BATCH, Fault, Run, fingerprint, parties};
use crate::{
    error::Result,
    payments::{External, RecordPayment, attempt, fields_of},
};
use domain::{
    cash::{AllocationRequest, DiscountChoice},
    imports::{AllocationRow, Located, PaymentRow},
    payments::PaymentMethod,
};
use kernel::{Money, OpenItemId};
use std::collections::{HashMap, HashSet};
use store::{catalogue, items, items::OpenItemRow};
use uuid::Uuid;

const KIND: &str = "payment";

/// A payment of the file that is new.
struct Fresh<'r> {
    line: u64,
    row: &'r PaymentRow,
    fingerprint: String,
}

/// What is open of the invoices that a batch names. An invoice may be named by its number and by the source's id.
struct Debts {
    documents: HashMap<String, Uuid>,
    items: HashMap<Uuid, Vec<OpenItemRow>>,
}

/// What keeps a payment out, on a line of its own where an allocation has one.
type Wrong = (u64, Fault);

pub(super) async fn save(run: &mut Run<'_>, rows: Vec<Located<PaymentRow>>) -> Result<()> {
    let named = rows.iter().map(|row| parties::Named {
        key: &row.row.customer,
        name: row.row.customer_name.as_deref(),
        currency: row.row.amount.currency(),
    });
    let customers = parties::resolve(run, named).await?;
    let total = rows.len();
    for (index, batch) in rows.chunks(BATCH).enumerate() {
        let fresh = find_fresh(run, batch).await?;
        record(run, &fresh, &customers).await?;
        run.work.flush().await?;
        run.saved(((index + 1) * BATCH).min(total), total).await?;
    }
    Ok(())
}

/// The rows of a batch that are new. A row that was taken over with other contents is rejected.
async fn find_fresh<'r>(run: &mut Run<'_>, batch: &'r [Located<PaymentRow>]) -> Result<Vec<Fresh<'r>>> {
    let company = run.work.company_id();
    let ids: Vec<String> = batch.iter().map(|row| row.row.external_id.clone()).collect();
    let known = catalogue::external(&mut run.work.tx, company, &run.source, KIND, &ids).await?;
    let known: HashMap<String, String> = known.into_iter().map(|row| (row.external_id, row.fingerprint)).collect();
    let mut fresh = Vec::with_capacity(batch.len());
    for Located { line, row } in batch {
        let fingerprint = contents(row);
        match known.get(&row.external_id) {
            // Older imports of payments kept no fingerprint.
            Some(before) if before.is_empty() || *before == fingerprint => run.outcome.unchanged += 1,
            Some(_) => {
                let reason = "it was taken over before with other contents; reverse that payment and bring this one in under another id";
                run.reject(*line, "", row.external_id.clone(), reason);
            }
            None => fresh.push(Fresh { line: *line, row, fingerprint }),
        }
    }
    Ok(fresh)
}

/// What makes a row the same row.
fn contents(row: &PaymentRow) -> String {
    let allocations: Vec<_> = row.allocations.iter().map(|named| (&named.invoice, named.amount)).collect();
    fingerprint(&(&row.customer, row.payment_date, row.amount, &row.method, &row.reference, allocations))
}

/// Records the payments of a batch. When posting refuses some, the others are planned again without them, because what
/// a refused one would have paid is open for those below it.
async fn record(run: &mut Run<'_>, fresh: &[Fresh<'_>], customers: &parties::Customers) -> Result<()> {
    let mut refused: HashSet<usize> = HashSet::new();
    loop {
        let mut debts = debts(run, fresh).await?;
        let (mut places, mut payments, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (at, new) in fresh.iter().enumerate().filter(|(at, _)| !refused.contains(at)) {
            match payment(run, new, customers, &mut debts) {
                Ok(payment) => {
                    places.push(at);
                    payments.push(payment);
                }
                Err(fault) => wrong.push(fault),
            }
        }
        match attempt(&mut run.work, &payments).await? {
            Ok(recorded) => {
                run.outcome.created += recorded.len();
                wrong.into_iter().for_each(|(line, fault)| run.refuse(line, fault));
                return Ok(());
            }
            Err(errors) => {
                for (at, error) in errors {
                    let Fresh { line, row, .. } = &fresh[places[at]];
                    for field in fields_of(error)? {
                        let (column, value) = cell(row, &field.field);
                        run.reject(*line, column, value, field.message);
                    }
                    refused.insert(places[at]);
                }
            }
        }
    }
}

/// The cell behind a field of a payment.
fn cell(row: &PaymentRow, field: &str) -> (&'static str, String) {
    match field {
        "fx_rate" => ("currency", row.amount.currency().to_string()),
        "money" => ("amount", row.amount.to_string()),
        "reference" => ("reference", row.reference.clone().unwrap_or_default()),
        field if field.starts_with("allocations") => {
            let names: Vec<&str> = row.allocations.iter().map(|named| named.invoice.as_str()).collect();
            ("allocations", names.join("; "))
        }
        _ => ("payment_id", row.external_id.clone()),
    }
}

fn payment(
    run: &Run<'_>,
    new: &Fresh<'_>,
    customers: &parties::Customers,
    debts: &mut Debts,
) -> Result<RecordPayment, Wrong> {
    let (row, today) = (new.row, run.work.today);
    let wrong = |fault| (new.line, fault);
    let customer = customers.of(&row.customer).map_err(wrong)?;
    let method = match &row.method {
        None => PaymentMethod::Other,
        Some(text) => text.parse().map_err(|reason: String| wrong(Fault::new("method", text, reason)))?,
    };
    if row.payment_date > today {
        return Err(wrong(Fault::future("payment_date", row.payment_date, today)));
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
            fingerprint: Some(new.fingerprint.clone()),
        }),
        allocations: allocations(row, debts)?,
    })
}

/// What the payment pays, oldest instalment first. What is taken here is gone for the rows below, unless this one is
/// rejected.
fn allocations(row: &PaymentRow, debts: &mut Debts) -> Result<Vec<AllocationRequest>, Wrong> {
    let (currency, mut left) = (row.amount.currency(), row.amount.minor());
    let (mut requests, mut taken) = (Vec::new(), Vec::new());
    for named in &row.allocations {
        let document = debts.documents.get(&named.invoice).ok_or_else(|| wrong(named, "there is no such invoice"))?;
        let items = debts.items.get(document).map_or(&[][..], Vec::as_slice);
        if items.iter().any(|item| item.currency != currency) {
            requests.extend(across_currencies(named, items, Money::new(left, currency))?);
            left -= named.amount.map_or(0, Money::minor);
            continue;
        }
        let open: i64 = items.iter().map(|item| item.open_minor).sum();
        let mut rest = named.amount.map_or(open.min(left), Money::minor);
        if rest > open || rest > left {
            let [asked, open, left] = [rest, open, left].map(|minor| Money::new(minor, currency));
            let reason = format!("{asked} cannot be allocated: {open} is open and {left} of the payment is left");
            return Err(wrong(named, reason));
        }
        left -= rest;
        for (at, item) in items.iter().enumerate().filter(|(_, item)| item.open_minor > 0) {
            let part = rest.min(item.open_minor);
            if part > 0 {
                rest -= part;
                taken.push((*document, at, part));
                requests.push(request(item.id, Some(Money::new(part, currency))));
            }
        }
    }
    for (document, at, part) in taken {
        if let Some(item) = debts.items.get_mut(&document).and_then(|items| items.get_mut(at)) {
            item.open_minor -= part;
        }
    }
    Ok(requests)
}

fn wrong(named: &AllocationRow, reason: impl ToString) -> Wrong {
    (named.line, Fault::new("invoice_id", &named.invoice, reason))
}

/// Of a payment in another currency the named amount is used, or as much as the invoice needs; what that pays, the day's
/// rates say when it is posted.
fn across_currencies(
    named: &AllocationRow,
    items: &[OpenItemRow],
    left: Money,
) -> Result<Option<AllocationRequest>, Wrong> {
    let open: Vec<&OpenItemRow> = items.iter().filter(|item| item.open_minor > 0).collect();
    if let Some(asked) = named.amount.filter(|asked| asked.minor() > left.minor()) {
        return Err(wrong(named, format!("{asked} cannot be allocated: {left} of the payment is left")));
    }
    match (&open[..], named.amount) {
        ([], None) => Ok(None),
        ([], Some(_)) => Err(wrong(named, "nothing of it is open")),
        ([item], from_amount) => Ok(Some(AllocationRequest { from_amount, ..request(item.id, None) })),
        ([item, ..], _) => {
            let (currency, given) = (item.currency, left.currency());
            let reason = format!(
                "it has several instalments in {currency}, and the payment is in {given}; leave it out here and use the payment on each of them"
            );
            Err(wrong(named, reason))
        }
    }
}

fn request(to: OpenItemId, amount: Option<Money>) -> AllocationRequest {
    let discount = DiscountChoice::None;
    AllocationRequest { amount, discount, ..AllocationRequest::of(to) }
}

/// The open items of every invoice that the payments name.
async fn debts(run: &mut Run<'_>, fresh: &[Fresh<'_>]) -> Result<Debts> {
    let company = run.work.company_id();
    let mut names: Vec<String> =
        fresh.iter().flat_map(|new| &new.row.allocations).map(|named| named.invoice.clone()).collect();
    names.sort();
    names.dedup();
    let mut documents: HashMap<String, Uuid> = HashMap::new();
    for chunk in names.chunks(BATCH) {
        let numbered = items::documents_by_number(&mut run.work.tx, company, chunk).await?;
        documents.extend(numbered);
        let known = catalogue::external(&mut run.work.tx, company, &run.source, "invoice", chunk).await?;
        documents.extend(known.into_iter().map(|row| (row.external_id, row.record_id)));
    }
    let mut ids: Vec<Uuid> = documents.values().copied().collect();
    ids.sort();
    ids.dedup();
    let mut opened: HashMap<Uuid, Vec<OpenItemRow>> = HashMap::new();
    for chunk in ids.chunks(BATCH) {
        for item in items::of_documents(&mut run.work.tx, company, chunk).await? {
            opened.entry(item.document_id).or_default().push(item);
        }
    }
    Ok(Debts { documents, items: opened })
}
