//! Invoices from elsewhere: taken over as issued, with their own numbers and due dates; one that says when it was paid
//! brings its payment and allocation.

use super::{BATCH, Fault, Run, fingerprint, parties};
use crate::{
    catalogue::known_rate,
    companies::NumbersToCome,
    context::Work,
    error::{Error, Result},
    invoices::{Issuing, Origin, document, issue_prepared, save_issued},
    lines::{Catalogue, NewDocument, NewLine},
    payments::{External, RecordPayment, record_all},
};
use domain::{
    cash::{AllocationRequest, DiscountChoice},
    imports::{InvoiceLineRow, InvoiceRow, Located},
    lines::PriceMode,
    payments::PaymentMethod,
    taxes::TaxCategory,
};
use kernel::{CustomerId, Date, Money, OpenItemId, Quantity, UnitPrice};
use std::collections::{HashMap, HashSet};
use store::{
    catalogue::{self, ExternalIdRow},
    invoices,
    items::{self, OpenItemRow},
};
use uuid::Uuid;

const KIND: &str = "invoice";

/// An invoice of the file that is new, and what it was made from.
struct Fresh<'r> {
    line: u64,
    row: &'r InvoiceRow,
    customer: CustomerId,
    fingerprint: String,
}

/// What holds for the whole file: whom its names mean, the code of amounts without tax, and numbers that nobody else can
/// have.
struct Parties {
    customers: parties::Customers,
    untaxed: Option<String>,
    to_come: NumbersToCome,
}

/// What the database has to say about a batch.
#[derive(Default)]
struct Answers {
    /// Fingerprints of what was taken over before, by the source's ids.
    known: HashMap<String, String>,
    taken_numbers: HashSet<String>,
    /// Days of payment that cannot be, by the source's ids.
    wrong_days: HashMap<String, Fault>,
    /// Payments of invoices that were taken over before.
    payments: Vec<RecordPayment>,
}

/// While the rows of a batch are inserted, the next is checked, priced and posted; everything about it is asked before.
pub(super) async fn save(run: &mut Run<'_>, rows: Vec<Located<InvoiceRow>>) -> Result<()> {
    let named = rows.iter().map(|row| parties::Named {
        key: &row.row.customer,
        name: row.row.customer_name.as_deref(),
        currency: row.row.currency,
    });
    let customers = parties::resolve(run, named).await?;
    let (untaxed, to_come) = (untaxed_code(&mut run.work).await?, NumbersToCome::load(&mut run.work).await?);
    let parties = Parties { customers, untaxed, to_come };
    let coming = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    run.indexes = store::imports::begin_large(&mut run.work.tx, coming).await?;
    if !run.indexes.is_empty() {
        run.work.seal_as_recorded().await?;
    }
    let (total, mut saved) = (rows.len(), 0);
    let mut seen = HashSet::new();
    let mut catalogue = Catalogue::load(&mut run.work, &[]).await?;
    let mut batches = rows.chunks(BATCH).peekable();
    let mut answers = match batches.peek() {
        Some(first) => ask(run, first, &parties, &mut catalogue).await?,
        None => Answers::default(),
    };
    while let Some(batch) = batches.next() {
        let documents = new_documents(run, batch, (&answers, &parties), &mut seen);
        let mut payments = issue(run, &catalogue, documents).await?;
        payments.append(&mut answers.payments);
        run.work.save_events();
        if let Some(next) = batches.peek() {
            answers = ask(run, next, &parties, &mut catalogue).await?;
        }
        run.work.flush_meanwhile();
        if !payments.is_empty() {
            run.outcome.payments += payments.len();
            record_all(&mut run.work, &payments).await?;
            run.work.flush_meanwhile();
        }
        saved += batch.len();
        run.saved(saved, total).await?;
    }
    Ok(())
}

/// Asks everything about a batch, so that nothing is asked while it is made.
async fn ask(
    run: &mut Run<'_>,
    batch: &[Located<InvoiceRow>],
    parties: &Parties,
    catalogue: &mut Catalogue,
) -> Result<Answers> {
    let company = run.work.company_id();
    let customers = batch.iter().filter_map(|row| parties.customers.of(&row.row.customer).ok());
    let skus = batch.iter().flat_map(|row| &row.row.lines).filter_map(|line| line.product.as_ref());
    catalogue.add(&mut run.work, customers, skus).await?;
    let ids: Vec<String> = batch.iter().map(|row| row.row.external_id.clone()).collect();
    let known = catalogue::external(&mut run.work.tx, company, &run.source, KIND, &ids).await?;
    let numbers: Vec<String> = batch.iter().filter_map(|row| row.row.number.clone()).collect();
    let taken = invoices::existing_numbers(&mut run.work.tx, company, &numbers).await?;
    let wrong_days = wrong_days(&mut run.work, batch).await?;
    Ok(Answers {
        payments: pay_known(run, batch, &known, &wrong_days).await?,
        known: known.into_iter().map(|row| (row.external_id, row.fingerprint)).collect(),
        taken_numbers: taken.into_iter().collect(),
        wrong_days,
    })
}

/// Days of payment that have not come, or that lie before the invoice where no rate is known.
async fn wrong_days(work: &mut Work, batch: &[Located<InvoiceRow>]) -> Result<HashMap<String, Fault>> {
    let mut wrong = HashMap::new();
    for row in batch.iter().map(|located| &located.row) {
        let Some(paid) = row.paid_date.filter(|&paid| paid > work.today || paid < row.invoice_date) else { continue };
        let fault = if paid > work.today {
            Fault::future("paid_date", paid, work.today)
        } else if known_rate(work, row.currency, paid).await?.is_none() {
            Fault::new("paid_date", paid, format!("no exchange rate for {} is known on {paid}", row.currency))
        } else {
            continue;
        };
        wrong.insert(row.external_id.clone(), fault);
    }
    Ok(wrong)
}

/// The new rows of a batch as documents.
fn new_documents<'r>(
    run: &mut Run<'_>,
    batch: &'r [Located<InvoiceRow>],
    (answers, parties): (&Answers, &Parties),
    seen: &mut HashSet<&'r str>,
) -> Vec<(Fresh<'r>, NewDocument)> {
    let mut documents = Vec::with_capacity(batch.len());
    for found in find_fresh(run, batch, (answers, parties), seen) {
        match new_document(&found, parties.untaxed.as_deref()) {
            Ok(document) => documents.push((found, document)),
            Err(reason) => run.reject(found.line, "amount", found.row.external_id.clone(), reason),
        }
    }
    documents
}

/// The code under which amounts without any tax are taken over.
async fn untaxed_code(work: &mut Work) -> Result<Option<String>> {
    let company = work.company_id();
    let codes = catalogue::tax_codes(&mut work.tx, company).await?;
    let of = |category: TaxCategory| codes.iter().find(|code| code.category == category && code.archived_at.is_none());
    let code = [TaxCategory::OutsideScope, TaxCategory::Exempt, TaxCategory::ZeroRated].into_iter().find_map(of);
    Ok(code.map(|code| code.code.clone()))
}

/// The rows of a batch that are new. A row that was taken over with other contents is rejected.
fn find_fresh<'r>(
    run: &mut Run<'_>,
    batch: &'r [Located<InvoiceRow>],
    (answers, parties): (&Answers, &Parties),
    seen: &mut HashSet<&'r str>,
) -> Vec<Fresh<'r>> {
    let mut fresh = Vec::with_capacity(batch.len());
    for Located { line, row } in batch {
        if let Some(fault) = answers.wrong_days.get(&row.external_id) {
            run.refuse(*line, fault.clone());
            continue;
        }
        let fingerprint = contents(row);
        match answers.known.get(&row.external_id) {
            Some(before) if *before == fingerprint => run.outcome.unchanged += 1,
            Some(_) => {
                let reason = "it was taken over before with other contents; an issued invoice never changes, correct it with a credit note";
                run.reject(*line, "", row.external_id.clone(), reason);
            }
            None => match customer(row, run.work.today, (answers, parties), seen) {
                Ok(customer) => fresh.push(Fresh { line: *line, row, customer, fingerprint }),
                Err(fault) => run.refuse(*line, fault),
            },
        }
    }
    fresh
}

/// The customer of a new row, or what keeps it out.
fn customer<'r>(
    row: &'r InvoiceRow,
    today: Date,
    (answers, parties): (&Answers, &Parties),
    seen: &mut HashSet<&'r str>,
) -> Result<CustomerId, Fault> {
    if row.invoice_date > today {
        return Err(Fault::future("invoice_date", row.invoice_date, today));
    }
    if let Some(number) = row.number.as_deref() {
        if let Some(reason) = parties.to_come.refusal(number) {
            return Err(Fault::new("number", number, reason));
        }
        if answers.taken_numbers.contains(number) || !seen.insert(number) {
            return Err(Fault::new("number", number, "there is an invoice with this number already"));
        }
    }
    parties.customers.of(&row.customer)
}

/// What makes a row the same row; when it was paid is not among it, because that changes.
fn contents(row: &InvoiceRow) -> String {
    let lines: Vec<_> =
        row.lines.iter().map(|line| (&line.product, &line.description, line.quantity, line.unit_price)).collect();
    let parts =
        (&row.number, &row.customer, row.invoice_date, row.due_date, row.currency, row.amount, &row.tax_code, lines);
    // Fingerprints in databases know no discounts and tax codes of lines; rows without them must stay the same rows.
    let own = |(at, line): (usize, &InvoiceLineRow)| {
        let has_own = line.discount.is_some() || line.tax_code.is_some();
        has_own.then(|| (at, line.discount, line.tax_code.clone()))
    };
    let own: Vec<_> = row.lines.iter().enumerate().filter_map(own).collect();
    if own.is_empty() { fingerprint(&parts) } else { fingerprint(&(parts, own)) }
}

/// Issues the new invoices of a batch; returns the payments of those that are paid.
async fn issue(
    run: &mut Run<'_>,
    catalogue: &Catalogue,
    documents: Vec<(Fresh<'_>, NewDocument)>,
) -> Result<Vec<RecordPayment>> {
    let (mut issuing, mut sources) = (Vec::new(), Vec::new());
    for (fresh, new) in documents {
        let made = match catalogue.sale(&run.work, &new) {
            Ok(sale) => document(&mut run.work, catalogue, sale, &new, Origin::default()).await,
            Err(error) => Err(error),
        };
        match made {
            Ok(made) => match other_amount(&made, fresh.row) {
                Some(fault) => run.refuse(fresh.line, fault),
                None => {
                    issuing.push(taken_over(made, &fresh));
                    sources.push(fresh);
                }
            },
            Err(Error::Broken(cause)) => return Err(Error::Broken(cause)),
            Err(error) => run.reject(fresh.line, "", fresh.row.external_id.clone(), error),
        }
    }
    if issuing.is_empty() {
        return Ok(Vec::new());
    }
    issue_prepared(&mut run.work, catalogue, &mut issuing).await?;
    let payments = sources.iter().zip(&issuing).filter_map(|(fresh, made)| payment(run, fresh, made)).collect();
    let externals: Vec<_> = sources
        .iter()
        .zip(&issuing)
        .map(|(fresh, made)| run.external(KIND, &fresh.row.external_id, made.row.id.0, fresh.fingerprint.clone()))
        .collect();
    run.outcome.created += issuing.len();
    save_issued(&mut run.work, issuing);
    run.work.save(&externals);
    Ok(payments)
}

/// Lines that do not come to the amount that the row says.
fn other_amount(made: &Issuing, row: &InvoiceRow) -> Option<Fault> {
    let (amount, gross) = (row.amount?, Money::new(made.row.gross_minor, made.row.currency));
    let reason =
        || format!("the row says {amount}, but its lines come to {gross} with their taxes; correct one of them");
    (!row.lines.is_empty() && amount != gross).then(|| Fault::new("amount", amount, reason()))
}

fn taken_over(mut made: Issuing, fresh: &Fresh<'_>) -> Issuing {
    made.row.number.clone_from(&fresh.row.number);
    made.due_on = fresh.row.due_date;
    made.migrated = true;
    made
}

/// The row as a document: its lines, or one line of the whole amount with the tax in it.
fn new_document(fresh: &Fresh<'_>, untaxed: Option<&str>) -> Result<NewDocument, String> {
    let row = fresh.row;
    let tax_code = |own: &Option<String>| own.clone().or_else(|| row.tax_code.clone());
    let (price_mode, lines) = if row.lines.is_empty() {
        let amount = row.amount.ok_or("give an amount or lines")?;
        let price = UnitPrice::new(amount.to_decimal().abs()).map_err(|error| error.to_string())?;
        let tax_code = tax_code(&None).or_else(|| untaxed.map(str::to_owned));
        let line = NewLine {
            description: Some(row.description.clone().unwrap_or_else(|| "Taken over".to_owned())),
            quantity: Some(if amount.minor() < 0 { Quantity::whole(-1) } else { Quantity::ONE }),
            unit_price: Some(price),
            tax_code: Some(tax_code.ok_or("name the tax code of amounts without lines in the map file")?),
            ..NewLine::default()
        };
        (PriceMode::TaxInclusive, vec![line])
    } else {
        let line = |line: &InvoiceLineRow| NewLine {
            product: line.product.clone(),
            description: line.description.clone(),
            quantity: Some(line.quantity),
            unit: None,
            unit_price: Some(line.unit_price),
            discount_percent: line.discount,
            tax_code: tax_code(&line.tax_code),
        };
        (PriceMode::TaxExclusive, row.lines.iter().map(line).collect())
    };
    Ok(NewDocument {
        currency: Some(row.currency),
        on: Some(row.invoice_date),
        price_mode: Some(price_mode),
        // With a due date of its own the terms' code says nothing more, and may be unknown here.
        terms: if row.due_date.is_some() { None } else { row.terms.clone() },
        po_number: row.po_number.clone(),
        notes: row.notes.clone(),
        ..NewDocument::of(fresh.customer, lines)
    })
}

/// The payment in full of an invoice that says when it was paid.
fn payment(run: &Run<'_>, fresh: &Fresh<'_>, made: &Issuing) -> Option<RecordPayment> {
    let received_on = fresh.row.paid_date?;
    let money = Money::new(made.row.gross_minor, made.row.currency);
    let debt = (made.row.customer_id, money, made.items.as_slice());
    (money.minor() > 0).then(|| full_payment(&run.source, &fresh.row.external_id, received_on, debt))
}

fn full_payment(
    source: &str,
    external_id: &str,
    received_on: Date,
    (customer, money, items): (CustomerId, Money, &[OpenItemId]),
) -> RecordPayment {
    let allocation = |&to: &OpenItemId| AllocationRequest {
        to,
        amount: None,
        from_amount: None,
        discount: DiscountChoice::None,
        settle_difference: false,
        typed: None,
    };
    RecordPayment {
        customer,
        method: PaymentMethod::Other,
        received_on,
        money,
        fee: None,
        bank_account: None,
        reference: Some(external_id.to_owned()),
        payer_name: None,
        fx_rate: None,
        external: Some(External {
            source: source.to_owned(),
            id: format!("paid:{external_id}"),
            fingerprint: Some(String::new()),
        }),
        allocations: items.iter().map(allocation).collect(),
    }
}

/// Payments of invoices that were taken over as open before and are paid in this file. A row that is rejected pays nothing.
async fn pay_known(
    run: &mut Run<'_>,
    batch: &[Located<InvoiceRow>],
    known: &[ExternalIdRow],
    wrong_days: &HashMap<String, Fault>,
) -> Result<Vec<RecordPayment>> {
    let company = run.work.company_id();
    let before: HashMap<&str, &ExternalIdRow> = known.iter().map(|row| (row.external_id.as_str(), row)).collect();
    let document = |row: &InvoiceRow| {
        let before = before.get(row.external_id.as_str())?;
        (before.fingerprint == contents(row)).then_some(before.record_id)
    };
    let paid = batch.iter().map(|row| &row.row).filter(|row| row.paid_date.is_some());
    let known: HashMap<&str, Uuid> = paid
        .filter(|row| !wrong_days.contains_key(&row.external_id))
        .filter_map(|row| Some((row.external_id.as_str(), document(row)?)))
        .collect();
    let paid_ids: Vec<String> = known.keys().map(|id| format!("paid:{id}")).collect();
    let paid: HashSet<String> = catalogue::external(&mut run.work.tx, company, &run.source, "payment", &paid_ids)
        .await?
        .into_iter()
        .map(|row| row.external_id)
        .collect();
    let documents: Vec<Uuid> = known.values().copied().collect();
    let mut opened: HashMap<Uuid, Vec<OpenItemRow>> = HashMap::new();
    for item in items::of_documents(&mut run.work.tx, company, &documents).await? {
        opened.entry(item.document_id).or_default().push(item);
    }
    let mut payments = Vec::new();
    for row in batch.iter().map(|row| &row.row) {
        let (Some(received_on), Some(document)) = (row.paid_date, known.get(row.external_id.as_str())) else {
            continue;
        };
        if paid.contains(&format!("paid:{}", row.external_id)) {
            continue;
        }
        let open = opened.get(document).map_or(&[][..], Vec::as_slice);
        let (minor, ids): (Vec<i64>, Vec<OpenItemId>) =
            open.iter().filter(|item| item.open_minor > 0).map(|item| (item.open_minor, item.id)).unzip();
        let Some(first) = open.first().filter(|_| !ids.is_empty()) else { continue };
        let money = Money::new(minor.iter().sum(), first.currency);
        let debt = (first.customer_id, money, ids.as_slice());
        payments.push(full_payment(&run.source, &row.external_id, received_on, debt));
    }
    Ok(payments)
}
