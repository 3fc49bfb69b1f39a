//! The way of one sale: its quote, its order, the invoices made of it and the credit notes that correct them.
//!
//! Every page along the way asks with its own document and gets the same trail. Nothing is decided here.

use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::users::Permission;
use kernel::{InvoiceId, OrderId, QuoteId};
use store::{
    invoices::{self, InvoiceRow},
    orders::{self, OrderRow},
    quotes::{self, QuoteRow},
};

/// The document that is being looked at.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    Quote(QuoteId),
    Order(OrderId),
    Invoice(InvoiceId),
}

#[derive(Debug, Default)]
pub struct Trail {
    pub quote: Option<QuoteRow>,
    pub order: Option<OrderRow>,
    /// Each invoice, followed by the credit notes that correct it.
    pub invoices: Vec<InvoiceRow>,
}

pub async fn show(app: &App, caller: &Caller, stop: Stop) -> Result<Trail> {
    let mut work = app.read(caller, Permission::Read).await?;
    match stop {
        Stop::Quote(id) => {
            let company = work.company_id();
            let quote = quotes::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("quote"))?;
            match quote.order_id {
                Some(order) => of_order(&mut work, order).await,
                None => Ok(Trail { quote: Some(quote), ..Trail::default() }),
            }
        }
        Stop::Order(id) => of_order(&mut work, id).await,
        Stop::Invoice(id) => of_invoice(&mut work, id).await,
    }
}

async fn of_order(work: &mut Work, id: OrderId) -> Result<Trail> {
    let company = work.company_id();
    let order = orders::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("order"))?;
    let quote = match order.quote_id {
        Some(quote) => quotes::by_id(&mut work.tx, company, quote).await?,
        None => None,
    };
    let made = invoices::of_order(&mut work.tx, company, id).await?;
    Ok(Trail { quote, order: Some(order), invoices: with_corrections(work, made).await? })
}

async fn of_invoice(work: &mut Work, id: InvoiceId) -> Result<Trail> {
    let company = work.company_id();
    let mut invoice = invoices::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("invoice"))?;
    if let Some(corrected) = invoice.corrects_id {
        invoice = invoices::by_id(&mut work.tx, company, corrected).await?.ok_or(Error::NotFound("invoice"))?;
    }
    match invoice.order_id {
        Some(order) => of_order(work, order).await,
        None => Ok(Trail { invoices: with_corrections(work, vec![invoice]).await?, ..Trail::default() }),
    }
}

async fn with_corrections(work: &mut Work, made: Vec<InvoiceRow>) -> Result<Vec<InvoiceRow>> {
    let company = work.company_id();
    let mut invoices = Vec::new();
    for invoice in made.into_iter().filter(|invoice| invoice.corrects_id.is_none()) {
        let corrections = invoices::corrections(&mut work.tx, company, invoice.id).await?;
        invoices.push(invoice);
        invoices.extend(corrections);
    }
    Ok(invoices)
}
