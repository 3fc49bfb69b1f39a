//! Invoices: draft, issue, credit, look up.
//!
//! Issuing gives a number, posts the journal entry and opens one item per instalment, all in one transaction; after that
//! the document never changes. One invoice and a thousand go the same way: `issue_many` is the batch, `issue` a batch of
//! one.

mod drafts;

pub use drafts::{delete_draft, edit_draft};

use crate::{
    companies::Numbers,
    context::{App, Caller, Event, Work, new_id},
    error::{Error, FieldError, Result},
    ledger::Books,
    lines::{Catalogue, NewDocument, Sale},
    lists::{Page, Part},
};
use domain::{
    companies::Series,
    invoices::{InvoiceKind, InvoiceRefusal, IssueAmounts, base_totals, issue_postings},
    items::{ItemKind, MovementKind},
    ledger::{AccountRole, EntryKind, JournalEntry},
    references::CreditorReference,
    terms::{self, Due},
    users::Permission,
};
use kernel::{Date, EntryId, FxRate, InvoiceId, Money, OpenItemId, OrderId, allocate};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    Json,
    customers::CustomerRow,
    invoices,
    items::{self, MovementRow},
    ledger::{EntryRow, PostingRow},
    lines::{self, LineRow, TaxTotalRow},
};
pub use store::{
    invoices::{InvoiceFilter, InvoiceRow, InvoiceSort, InvoiceState, InvoiceSummary},
    items::OpenItemRow,
};

/// What came of issuing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Issued {
    pub id: InvoiceId,
    pub number: String,
}

/// An invoice with all that belongs to it.
#[derive(Debug)]
pub struct InvoiceView {
    pub invoice: InvoiceRow,
    pub customer: CustomerRow,
    pub lines: Vec<LineRow>,
    pub taxes: Vec<TaxTotalRow>,
    pub items: Vec<OpenItemRow>,
    /// Credit notes that correct it.
    pub corrections: Vec<InvoiceRow>,
    /// The invoice that this credit note corrects.
    pub corrects: Option<InvoiceRow>,
}

/// A document about to be issued.
pub(crate) struct Issuing {
    pub row: InvoiceRow,
    pub customer: CustomerRow,
    pub lines: Vec<LineRow>,
    pub taxes: Vec<TaxTotalRow>,
    /// Instead of the schedule of the terms: what a migrated invoice says.
    pub due_on: Option<Date>,
    /// Taken over from another system: nobody is told of it.
    pub migrated: bool,
    /// What issuing opened.
    pub items: Vec<OpenItemId>,
}

/// What a document is apart from its lines.
#[derive(Default)]
pub(crate) struct Origin {
    pub kind: Option<InvoiceKind>,
    pub order: Option<OrderId>,
    pub corrects: Option<InvoiceId>,
    pub reason: Option<String>,
    /// Instead of the day's: what is taken back is taken back at the rate it was invoiced at.
    pub fx_rate: Option<FxRate>,
}

/// The issued document with a number.
pub async fn find_by_number(app: &App, caller: &Caller, number: &str) -> Result<InvoiceRow> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let missing = || Error::Refused(format!("There is no invoice {number}."));
    invoices::by_number(&mut work.tx, company, number).await?.ok_or_else(missing)
}

/// Saves a draft: priced, but without number, journal entry or open items.
pub async fn draft(app: &App, caller: &Caller, new: &NewDocument) -> Result<InvoiceId> {
    let mut work = app.work(caller, Permission::IssueInvoices).await?;
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(new)).await?;
    let sale = catalogue.sale(&work, new)?;
    let issuing = document(&mut work, &catalogue, sale, new, Origin::default()).await?;
    let id = save_draft(&mut work, issuing);
    work.commit().await?;
    Ok(id)
}

/// Queues the rows of a draft.
pub(crate) fn save_draft(work: &mut Work, issuing: Issuing) -> InvoiceId {
    let id = issuing.row.id;
    let gross = Money::new(issuing.row.gross_minor, issuing.row.currency);
    work.record(Event {
        action: "invoice.drafted",
        subject_kind: "invoice",
        subject_id: id.0,
        customer: Some(issuing.customer.id),
        summary: format!("A draft of {gross} was saved"),
        ..Event::default()
    });
    work.save(&[issuing.row]);
    work.save(&issuing.lines);
    work.save(&issuing.taxes);
    id
}

/// Issues a draft.
pub async fn issue(app: &App, caller: &Caller, id: InvoiceId) -> Result<Issued> {
    let mut work = app.work(caller, Permission::IssueInvoices).await?;
    let company = work.company_id();
    let row = drafts::unissued(&mut work, id).await?;
    let customer = store::customers::by_id(&mut work.tx, company, row.customer_id).await?;
    let customer = customer.ok_or(Error::NotFound("customer"))?;
    let lines = lines::of_document(&mut work.tx, company, id.0).await?;
    let taxes = lines::taxes_of(&mut work.tx, company, id.0).await?;
    let version = row.version;
    let mut issuing = vec![Issuing { row, customer, lines, taxes, due_on: None, migrated: false, items: vec![] }];
    let catalogue = Catalogue::load(&mut work, &[]).await?;
    issue_prepared(&mut work, &catalogue, &mut issuing).await?;
    let row = &issuing[0].row;
    invoices::mark_issued(&mut work.tx, row, version).await?;
    let issued = Issued { id, number: row.number.clone().unwrap_or_default() };
    work.commit().await?;
    Ok(issued)
}

pub const MOST_AT_ONCE: usize = 1_000;

/// Documents of one call: those that can be issued, and what is wrong with the others, by their places.
struct Checked {
    work: Work,
    catalogue: Catalogue,
    ready: Vec<Issuing>,
    wrong: BTreeMap<usize, Vec<FieldError>>,
}

/// Issues documents in one transaction: all of them, or none and every wrong field of every document.
pub async fn issue_many(app: &App, caller: &Caller, documents: &[NewDocument]) -> Result<Vec<Issued>> {
    let checked = check_many(app, caller, documents).await?;
    if checked.wrong.is_empty() {
        return checked.issue().await;
    }
    let prefix = |at: usize| if documents.len() > 1 { format!("documents[{at}].") } else { String::new() };
    let mut all = Vec::new();
    for (at, fields) in checked.wrong {
        all.extend(fields.into_iter().map(|wrong| FieldError { field: prefix(at) + &wrong.field, ..wrong }));
    }
    Err(Error::Invalid(all))
}

/// Issues those documents that can be issued, in one transaction, and says what is wrong with each of the others.
pub async fn issue_each(
    app: &App,
    caller: &Caller,
    documents: &[NewDocument],
) -> Result<Vec<Result<Issued, Vec<FieldError>>>> {
    let mut checked = check_many(app, caller, documents).await?;
    let mut wrong = std::mem::take(&mut checked.wrong);
    let mut issued = checked.issue().await?.into_iter();
    let outcome = |at| match wrong.remove(&at) {
        Some(fields) => Some(Err(fields)),
        None => issued.next().map(Ok),
    };
    Ok((0..documents.len()).filter_map(outcome).collect())
}

async fn check_many(app: &App, caller: &Caller, documents: &[NewDocument]) -> Result<Checked> {
    if documents.is_empty() || documents.len() > MOST_AT_ONCE {
        return Err(Error::field("documents", format!("send 1 to {MOST_AT_ONCE} documents at once")));
    }
    let mut work = app.work(caller, Permission::IssueInvoices).await?;
    let catalogue = Catalogue::load(&mut work, documents).await?;
    let mut ready = Vec::with_capacity(documents.len());
    let mut wrong = BTreeMap::new();
    for (at, new) in documents.iter().enumerate() {
        let made = match catalogue.sale(&work, new) {
            Ok(sale) => document(&mut work, &catalogue, sale, new, Origin::default()).await,
            Err(error) => Err(error),
        };
        match made.and_then(|document| has_come(&document.row, work.today).map(|()| document)) {
            Ok(document) => ready.push(document),
            Err(error) => drop(wrong.insert(at, fields_of(error)?)),
        }
    }
    Ok(Checked { work, catalogue, ready, wrong })
}

impl Checked {
    async fn issue(mut self) -> Result<Vec<Issued>> {
        issue_prepared(&mut self.work, &self.catalogue, &mut self.ready).await?;
        let issued = save_issued(&mut self.work, self.ready);
        self.work.commit().await?;
        Ok(issued)
    }
}

/// The wrong fields of one document; what is no matter of fields is passed on.
fn fields_of(error: Error) -> Result<Vec<FieldError>> {
    match error {
        Error::Invalid(fields) => Ok(fields),
        Error::Refused(message) => Ok(vec![FieldError { field: "document".to_owned(), message }]),
        other => Err(other),
    }
}

/// Whether the document's day is here.
fn has_come(row: &InvoiceRow, today: Date) -> Result<()> {
    match row.invoiced_on {
        on if on > today => Err(Error::field("on", format!("{on} is in the future; today is {today}"))),
        on if on < Date::EARLIEST => Err(Error::field("on", format!("{on} is too long ago; is the year right?"))),
        _ => Ok(()),
    }
}

/// Queues the rows of issued documents.
pub(crate) fn save_issued(work: &mut Work, issuing: Vec<Issuing>) -> Vec<Issued> {
    let (mut rows, mut lines, mut taxes) = (Vec::new(), Vec::new(), Vec::new());
    let mut issued = Vec::new();
    for document in issuing {
        issued.push(Issued { id: document.row.id, number: document.row.number.clone().unwrap_or_default() });
        rows.push(document.row);
        lines.extend(document.lines);
        taxes.extend(document.taxes);
    }
    work.save(&rows);
    work.save(&lines);
    work.save(&taxes);
    issued
}

/// A document as it will be saved, not yet issued.
pub(crate) async fn document(
    work: &mut Work,
    catalogue: &Catalogue,
    sale: Sale,
    new: &NewDocument,
    origin: Origin,
) -> Result<Issuing> {
    let kind = origin.kind.unwrap_or(InvoiceKind::Invoice);
    if sale.totals.gross.minor() < 0 {
        return Err(InvoiceRefusal::NegativeTotal(sale.totals.gross).into());
    }
    let fx_rate = match origin.fx_rate {
        Some(rate) => rate,
        None => crate::catalogue::base_rate(work, sale.currency, sale.on).await?,
    };
    let base = base_totals(&sale.totals, fx_rate, work.company.currency)?;
    let id = new_id::<InvoiceId>();
    let due_on = schedule(catalogue, &sale.terms, sale.on, sale.totals.gross)?.last().map_or(sale.on, |due| due.due_on);
    let (lines, taxes) = sale.rows(work.company_id(), id.0);
    let row = InvoiceRow {
        company_id: work.company_id(),
        id,
        kind,
        number: None,
        year: None,
        sequence: None,
        customer_id: sale.customer.id,
        order_id: origin.order,
        corrects_id: origin.corrects,
        currency: sale.currency,
        fx_rate,
        price_mode: sale.price_mode,
        invoiced_on: sale.on,
        supplied_on: new.supplied_on,
        due_on,
        terms: Json(sale.terms),
        po_number: new.po_number.clone(),
        payment_reference: None,
        reason: origin.reason,
        notes: new.notes.clone(),
        net_minor: sale.totals.net.minor(),
        tax_minor: sale.totals.tax.minor(),
        gross_minor: sale.totals.gross.minor(),
        base_net_minor: base.net_minor,
        base_tax_minor: base.tax_minor,
        base_gross_minor: base.gross_minor,
        issued_at: None,
        issued_by: None,
        created_at: work.now,
        created_by: work.actor.name(),
        version: 1,
    };
    Ok(Issuing { row, customer: sale.customer, lines, taxes, due_on: None, migrated: false, items: vec![] })
}

fn schedule(catalogue: &Catalogue, terms: &terms::Terms, on: Date, gross: Money) -> Result<Vec<Due>> {
    Ok(terms::schedule(terms, on, gross, catalogue.calendar())?)
}

/// Rows that issuing adds beside the documents themselves.
#[derive(Default)]
struct IssueRows {
    entries: Vec<EntryRow>,
    postings: Vec<PostingRow>,
    items: Vec<OpenItemRow>,
    movements: Vec<MovementRow>,
}

/// Gives numbers, posts and opens items for documents that are ready; the documents' own rows are the caller's to save.
pub(crate) async fn issue_prepared(work: &mut Work, catalogue: &Catalogue, issuing: &mut [Issuing]) -> Result<()> {
    let books = Books::open(work).await?;
    number(work, issuing).await?;
    let mut rows = IssueRows::default();
    for document in issuing.iter_mut() {
        has_come(&document.row, work.today)?;
        let row = &mut document.row;
        row.issued_at = Some(work.now);
        row.issued_by = Some(work.actor.name());
        let number = row.number.clone().unwrap_or_default();
        row.payment_reference =
            CreditorReference::of_document(&number).ok().map(|reference| reference.as_str().to_owned());
        let entry = post(work, &books, catalogue, document, &mut rows)?;
        open_items(work, catalogue, document, entry, &mut rows)?;
        record_issue(work, document);
    }
    work.save(&rows.entries);
    work.save(&rows.postings);
    rows.items.iter().for_each(|item| work.shift_balance(item.customer_id, item.open_base_minor));
    work.save(&rows.items);
    work.save(&rows.movements);
    Ok(())
}

/// Takes numbers per kind and year, in the order of the documents; a document that brings its number keeps it.
async fn number(work: &mut Work, issuing: &mut [Issuing]) -> Result<()> {
    let mut groups: Vec<(InvoiceKind, i16, usize)> = Vec::new();
    for document in issuing.iter().filter(|document| document.row.number.is_none()) {
        let key = (document.row.kind, document.row.invoiced_on.year());
        match groups.iter_mut().find(|(kind, year, _)| (*kind, *year) == key) {
            Some((_, _, count)) => *count += 1,
            None => groups.push((key.0, key.1, 1)),
        }
    }
    groups.sort();
    for (kind, year, count) in groups {
        let on = Date::new(year, 1, 1).ok_or_else(|| Error::field("on", "the year is out of range"))?;
        let mut numbers = Numbers::take(work, series(kind), on, count).await?;
        let fits = |row: &InvoiceRow| row.number.is_none() && row.kind == kind && row.invoiced_on.year() == year;
        for document in issuing.iter_mut().filter(|document| fits(&document.row)) {
            let (number, sequence) = numbers.next();
            document.row.number = Some(number);
            document.row.year = Some(numbers.year);
            document.row.sequence = Some(sequence);
        }
    }
    Ok(())
}

const fn series(kind: InvoiceKind) -> Series {
    match kind {
        InvoiceKind::Invoice => Series::Invoice,
        InvoiceKind::CreditNote => Series::CreditNote,
        InvoiceKind::DebitNote => Series::DebitNote,
    }
}

fn post(
    work: &Work,
    books: &Books,
    catalogue: &Catalogue,
    document: &Issuing,
    rows: &mut IssueRows,
) -> Result<EntryId> {
    let row = &document.row;
    let (receivables, sales) = (books.account(AccountRole::Receivables)?, books.account(AccountRole::Sales)?);
    let tax_account = books.account(AccountRole::Tax)?;
    let revenue = |line: &LineRow| line.revenue_account.clone().unwrap_or_else(|| sales.clone());
    let revenue: Vec<(String, i64)> = document.lines.iter().map(|line| (revenue(line), line.net_minor)).collect();
    let amounts = IssueAmounts {
        kind: row.kind,
        gross: Money::new(row.gross_minor, row.currency),
        base: domain::invoices::BaseTotals {
            net_minor: row.base_net_minor,
            tax_minor: row.base_tax_minor,
            gross_minor: row.base_gross_minor,
        },
        receivables: &receivables,
        revenue: revenue.iter().map(|(account, net)| (account.as_str(), *net)).collect(),
        tax: document
            .taxes
            .iter()
            .map(|tax| (catalogue.tax_account(tax.tax_code_id).unwrap_or(&tax_account), tax.tax_minor))
            .collect(),
    };
    let (kind, noun) = match row.kind {
        InvoiceKind::Invoice => (EntryKind::Invoice, "Invoice"),
        InvoiceKind::CreditNote => (EntryKind::CreditNote, "Credit note"),
        InvoiceKind::DebitNote => (EntryKind::DebitNote, "Debit note"),
    };
    let description = format!("{noun} {}, {}", row.number.as_deref().unwrap_or_default(), document.customer.name);
    let entry = JournalEntry::new(kind, row.id.0, description, row.invoiced_on, issue_postings(&amounts))?;
    let id = new_id::<EntryId>();
    let (entry, postings) = books.rows(work, id, &entry, None);
    rows.entries.push(entry);
    rows.postings.extend(postings);
    Ok(id)
}

/// One open item per instalment. A credit note is one item, due at once.
fn open_items(
    work: &Work,
    catalogue: &Catalogue,
    document: &mut Issuing,
    entry_id: EntryId,
    rows: &mut IssueRows,
) -> Result<()> {
    let row = &mut document.row;
    let gross = Money::new(row.gross_minor, row.currency);
    let single = |due_on| vec![Due { due_on, amount: gross, discount_steps: Vec::new() }];
    let dues = match (document.due_on, row.kind) {
        (Some(due_on), _) => single(due_on),
        (None, InvoiceKind::CreditNote) => single(row.invoiced_on),
        (None, _) => schedule(catalogue, &row.terms.0, row.invoiced_on, gross)?,
    };
    row.due_on = dues.last().map_or(row.invoiced_on, |due| due.due_on);
    let sign = row.kind.sign();
    let weights: Vec<i64> = dues.iter().map(|due| due.amount.minor().abs()).collect();
    let bases = allocate(row.base_gross_minor, &weights);
    for ((due, base), instalment) in dues.into_iter().zip(bases).zip(1..) {
        let (amount_minor, base_minor) = (due.amount.minor() * sign, base * sign);
        let item = OpenItemRow {
            company_id: row.company_id,
            id: new_id(),
            kind: item_kind(row.kind),
            customer_id: row.customer_id,
            document_id: row.id.0,
            number: row.number.clone().unwrap_or_default(),
            instalment,
            currency: row.currency,
            document_on: row.invoiced_on,
            due_on: due.due_on,
            discounts: (!due.discount_steps.is_empty()).then_some(Json(due.discount_steps)),
            fx_rate: row.fx_rate,
            amount_minor,
            base_minor,
            open_minor: amount_minor,
            open_base_minor: base_minor,
            settled_on: (amount_minor == 0).then_some(row.invoiced_on),
            version: 1,
        };
        rows.movements.push(MovementRow {
            company_id: row.company_id,
            id: new_id(),
            item_id: item.id,
            kind: MovementKind::Opened,
            effective_on: row.invoiced_on,
            recorded_at: work.now,
            amount_minor,
            base_minor,
            entry_id,
            cause_id: None,
        });
        document.items.push(item.id);
        rows.items.push(item);
    }
    Ok(())
}

const fn item_kind(kind: InvoiceKind) -> ItemKind {
    match kind {
        InvoiceKind::Invoice => ItemKind::Invoice,
        InvoiceKind::CreditNote => ItemKind::CreditNote,
        InvoiceKind::DebitNote => ItemKind::DebitNote,
    }
}

fn record_issue(work: &mut Work, document: &Issuing) {
    let row = &document.row;
    let gross = Money::new(row.gross_minor, row.currency);
    let number = row.number.clone().unwrap_or_default();
    let (action, kind, summary) = match row.kind {
        InvoiceKind::CreditNote => {
            ("credit_note.issued", "credit_note", format!("Credit note {number} of {gross} was issued"))
        }
        InvoiceKind::DebitNote => {
            ("debit_note.issued", "debit_note", format!("Debit note {number} of {gross} was issued"))
        }
        InvoiceKind::Invoice => {
            ("invoice.issued", "invoice", format!("Invoice {number} of {gross} was issued, due {}", row.due_on))
        }
    };
    let after = json!({"number": number, "gross": gross, "invoiced_on": row.invoiced_on, "due_on": row.due_on});
    work.record(Event {
        action,
        subject_kind: "invoice",
        subject_id: row.id.0,
        customer: Some(row.customer_id),
        summary,
        before: None,
        after: Some(after.clone()),
    });
    if !document.migrated {
        work.send(action, row.id.0, json!({"kind": kind, "invoice": after}));
    }
}

pub async fn show(app: &App, caller: &Caller, id: InvoiceId) -> Result<InvoiceView> {
    let mut work = app.read(caller, Permission::Read).await?;
    view(&mut work, id).await
}

pub(crate) async fn view(work: &mut Work, id: InvoiceId) -> Result<InvoiceView> {
    let (company, tx) = (work.company_id(), &mut work.tx);
    let invoice = invoices::by_id(tx, company, id).await?.ok_or(Error::NotFound("invoice"))?;
    let customer =
        store::customers::by_id(tx, company, invoice.customer_id).await?.ok_or(Error::NotFound("customer"))?;
    let corrects = match invoice.corrects_id {
        Some(id) => invoices::by_id(tx, company, id).await?,
        None => None,
    };
    Ok(InvoiceView {
        lines: lines::of_document(tx, company, id.0).await?,
        taxes: lines::taxes_of(tx, company, id.0).await?,
        items: items::of_document(tx, company, id.0).await?,
        corrections: invoices::corrections(tx, company, id).await?,
        corrects,
        customer,
        invoice,
    })
}

/// A page of invoices in the order that the filter names.
pub async fn list(app: &App, caller: &Caller, filter: InvoiceFilter, asked: &Part) -> Result<Page<InvoiceSummary>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, today) = (work.company_id(), work.today);
    let (sort, size) = (filter.sort, asked.size());
    let filter = InvoiceFilter { after: asked.place(sort.as_str(), sort.order())?, ..filter };
    let rows = invoices::list(&mut work.tx, company, &filter, today, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row, filter.state), row.place)))
}
