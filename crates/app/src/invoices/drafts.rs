//! Changing a draft and taking it away. An issued document is refused; a draft that bills an order keeps to it.

use super::{Origin, document, save_draft};
use crate::{
    context::{App, Caller, Event, Work},
    error::{Error, Result},
    lines::{Catalogue, NewDocument, Sale, sale_line},
};
use domain::{invoices::InvoiceRefusal, users::Permission};
use kernel::{InvoiceId, Money};
use store::{
    invoices::{self, InvoiceRow},
    lines::{self, LineRow},
};

/// Replaces a draft's content; an issued document is refused.
pub async fn edit_draft(app: &App, caller: &Caller, id: InvoiceId, version: i64, new: &NewDocument) -> Result<()> {
    let mut work = app.work(caller, Permission::IssueInvoices).await?;
    let before = unissued(&mut work, id).await?;
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(new)).await?;
    let mut sale = catalogue.sale(&work, new)?;
    let company = work.company_id();
    if before.order_id.is_some() {
        let stored = lines::of_document(&mut work.tx, company, id.0).await?;
        keep_to_the_order(&before, &stored, &mut sale)?;
    }
    invoices::delete_draft(&mut work.tx, company, id, version).await?;
    lines::clear(&mut work.tx, company, id.0).await?;
    let mut issuing = document(&mut work, &catalogue, sale, new, Origin::default()).await?;
    let InvoiceRow { created_at, created_by, order_id, kind, .. } = before;
    issuing.row = InvoiceRow { id, created_at, created_by, order_id, kind, version: version + 1, ..issuing.row };
    issuing.lines.iter_mut().for_each(|line| line.document_id = id.0);
    issuing.taxes.iter_mut().for_each(|tax| tax.document_id = id.0);
    save_draft(&mut work, issuing);
    work.commit().await
}

/// A draft of an order bills what it was made for: its lines keep pointing at the order's.
fn keep_to_the_order(before: &InvoiceRow, stored: &[LineRow], sale: &mut Sale) -> Result<()> {
    if sale.customer.id != before.customer_id {
        return Err(Error::field("customer", "this draft bills an order of another customer"));
    }
    if sale.currency != before.currency {
        return Err(Error::field("currency", format!("this draft bills an order in {}", before.currency)));
    }
    if sale.lines.len() != stored.len() {
        return Err(Error::field("lines", InvoiceRefusal::LinesOfAnOrder));
    }
    for (at, (line, row)) in sale.lines.iter_mut().zip(stored).enumerate() {
        let ordered = sale_line(row, row.quantity);
        let (new, old) = (&line.input, &ordered.input);
        let same = new.quantity == old.quantity
            && new.unit_price == old.unit_price
            && new.discount_percent == old.discount_percent
            && new.tax == old.tax;
        if !same {
            return Err(Error::field(format!("lines[{at}]"), InvoiceRefusal::LinesOfAnOrder));
        }
        line.source = row.source_line_id;
        line.revenue_account = ordered.revenue_account;
        line.input.product = ordered.input.product;
    }
    Ok(())
}

/// Takes a draft away; what it billed of an order can be billed again.
pub async fn delete_draft(app: &App, caller: &Caller, id: InvoiceId, version: i64) -> Result<()> {
    let mut work = app.work(caller, Permission::IssueInvoices).await?;
    let draft = unissued(&mut work, id).await?;
    let company = work.company_id();
    lines::clear(&mut work.tx, company, id.0).await?;
    invoices::delete_draft(&mut work.tx, company, id, version).await?;
    if let Some(order) = draft.order_id {
        invoices::reopen_order(&mut work.tx, company, order).await?;
    }
    work.record(Event {
        action: "invoice.draft_deleted",
        subject_kind: "invoice",
        subject_id: id.0,
        customer: Some(draft.customer_id),
        summary: format!("A draft of {} was deleted", Money::new(draft.gross_minor, draft.currency)),
        ..Event::default()
    });
    work.commit().await
}

pub(super) async fn unissued(work: &mut Work, id: InvoiceId) -> Result<InvoiceRow> {
    let company = work.company_id();
    let row = invoices::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("invoice"))?;
    match &row.number {
        Some(number) => Err(InvoiceRefusal::Issued(number.clone()).into()),
        None => Ok(row),
    }
}
