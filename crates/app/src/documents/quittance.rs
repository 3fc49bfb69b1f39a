//! The quittance: the receipt that an invoice is settled in full, by what and since when.
//!
//! It is refused while anything of the invoice is open, and for a debt that was written off: that one was given up, not
//! paid. What is taken back later opens the invoice again, and its quittance is refused from then on.

use super::{File, Letterhead, recipient, typeset};
use crate::{
    context::{App, Caller, Work},
    error::Result,
    invoices,
};
use domain::{invoices::may_acquit, items::ItemKind, payments::PaymentMethod, users::Permission};
use kernel::{Currency, Date, InvoiceId, Money, OpenItemId};
use print::{Document, Quittance, SettledInvoice, Settlement};
use store::{
    cash::{self, NamedAllocation},
    items::{self, OpenItemRow},
    payments,
};

pub async fn quittance(app: &App, caller: &Caller, id: InvoiceId) -> Result<File> {
    let mut work = app.read(caller, Permission::Read).await?;
    let view = invoices::view(&mut work, id).await?;
    let row = &view.invoice;
    let open = Money::new(view.items.iter().map(|item| item.open_minor).sum(), row.currency);
    let written_off = written_off(&mut work, &view.items, row.currency).await?;
    let number = may_acquit(row.kind, row.number.as_deref(), open, written_off)?.to_owned();
    let settlements = settlements(&mut work, &view.items).await?;
    let settled_on = view.items.iter().filter_map(|item| item.settled_on).max().unwrap_or(row.invoiced_on);
    let gross = Money::new(row.gross_minor, row.currency);
    let quittance = Quittance {
        seller: Letterhead::load(&mut work).await?.seller,
        recipient: recipient(&view.customer),
        number: number.clone(),
        issued_on: work.today,
        settled_on,
        currency: row.currency,
        invoices: vec![SettledInvoice {
            number,
            reference: row.po_number.clone(),
            issued_on: row.invoiced_on,
            settled_on,
            amount: gross,
        }],
        settlements,
        total: gross,
        notes: vec![],
    };
    typeset(&work, &view.customer, Document::Quittance(quittance)).await
}

/// What was written off of a document and not taken back.
async fn written_off(work: &mut Work, rows: &[OpenItemRow], currency: Currency) -> Result<Money> {
    let company = work.company_id();
    let mut minor = 0;
    for item in rows {
        let all = cash::write_offs_of(&mut work.tx, company, item.id).await?;
        minor += all.iter().filter(|row| row.reversed_at.is_none()).map(|row| row.amount_minor).sum::<i64>();
    }
    Ok(Money::new(minor, currency))
}

/// Everything that settled the items, in the order in which it did; a payment of several instalments is one.
async fn settlements(work: &mut Work, rows: &[OpenItemRow]) -> Result<Vec<Settlement>> {
    let company = work.company_id();
    let mut settled = Vec::new();
    for item in rows {
        for made in cash::allocations_of(&mut work.tx, company, item.id).await? {
            if made.row.reversed_at.is_none() && made.row.to_item_id == item.id {
                let (kind, method) = origin(work, made.row.from_item_id).await?;
                add(&mut settled, &made, kind, method);
            }
        }
    }
    settled.sort_by_key(|settlement| settlement.on);
    Ok(settled)
}

/// What an item is that paid, and how the money came.
async fn origin(work: &mut Work, from: OpenItemId) -> Result<(print::ItemKind, Option<print::PaymentMethod>)> {
    let company = work.company_id();
    let credit = items::by_id(&mut work.tx, company, from).await?;
    let Some(credit) = credit.filter(|credit| credit.kind == ItemKind::Payment) else {
        return Ok((print::ItemKind::CreditNote, None));
    };
    let payment = payments::by_id(&mut work.tx, company, credit.document_id.into()).await?;
    Ok((print::ItemKind::Payment, payment.map(|payment| printed(payment.method))))
}

const fn printed(method: PaymentMethod) -> print::PaymentMethod {
    match method {
        PaymentMethod::Wire => print::PaymentMethod::BankTransfer,
        PaymentMethod::Card => print::PaymentMethod::Card,
        PaymentMethod::DirectDebit => print::PaymentMethod::DirectDebit,
        PaymentMethod::Cheque => print::PaymentMethod::Cheque,
        PaymentMethod::Cash => print::PaymentMethod::Cash,
        PaymentMethod::Paypal | PaymentMethod::Other => print::PaymentMethod::Other,
    }
}

/// Adds what one allocation settled: the money, the discount it earned and the small difference that was let go.
fn add(
    settled: &mut Vec<Settlement>,
    made: &NamedAllocation,
    kind: print::ItemKind,
    method: Option<print::PaymentMethod>,
) {
    let (on, currency) = (made.row.effective_on, made.to_currency);
    let parts = [
        (kind, method, made.from_number.as_str(), made.row.to_minor),
        (print::ItemKind::Discount, None, "", made.row.discount_minor),
        (print::ItemKind::Adjustment, None, "", made.row.difference_minor),
    ];
    for (kind, method, reference, minor) in parts.into_iter().filter(|(.., minor)| *minor != 0) {
        match settled.iter_mut().find(|known| same(known, on, kind, reference)) {
            Some(known) => known.amount = Money::new(known.amount.minor() + minor, currency),
            None => {
                let (reference, amount) = (reference.to_owned(), Money::new(minor, currency));
                settled.push(Settlement { on, kind, method, reference, amount });
            }
        }
    }
}

fn same(known: &Settlement, on: Date, kind: print::ItemKind, reference: &str) -> bool {
    (known.on, known.kind, known.reference.as_str()) == (on, kind, reference)
}
