//! Credit notes: taking an issued invoice back in whole or in part, at its own prices and taxes.
//!
//! The invoice never changes. A credit note above the company's limit waits for a second person; once issued it is used on
//! what is open of its invoice at once, and what is left stays to the customer's credit.

use crate::{
    approvals::{self, Ask, Outcome},
    context::{App, Caller, Work},
    error::{Error, Result},
    invoices::{Issued, Issuing, Origin, document, issue_prepared, save_issued},
    lines::{Catalogue, NewDocument, Sale, SaleLine, kept_reasons, progress, sale_line},
    settling::Settling,
};
use domain::{
    approvals::ApprovalKind,
    cash::{AllocationRequest, DiscountChoice},
    invoices::{InvoiceKind, InvoiceRefusal},
    lines::{Taken, piece, price},
    orders::{OrderRefusal, Progress, to_invoice},
    users::Permission,
};
use kernel::{Date, InvoiceId, LineId, Money, Quantity};
use serde::{Deserialize, Serialize};
use store::{
    customers,
    invoices::{self, InvoiceRow},
    items,
    lines::{self, LineRow},
};
use uuid::Uuid;

/// Which part of which invoice to credit, and why.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditRequest {
    pub invoice: InvoiceId,
    /// Everything that is left to credit when left out.
    #[serde(default)]
    pub lines: Option<Vec<CreditedLine>>,
    pub reason: String,
    /// Today when left out.
    #[serde(default)]
    pub on: Option<Date>,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditedLine {
    pub line: LineId,
    pub quantity: Quantity,
}

/// Issues a credit note, or has it wait for approval.
pub async fn issue(app: &App, caller: &Caller, asked: CreditRequest) -> Result<Outcome<Issued>> {
    let mut work = app.work(caller, Permission::IssueCreditNotes).await?;
    let plan = plan(&mut work, &asked).await?;
    // Together with what was credited of the invoice before, so that a large sum cannot pass in slices.
    let credited = plan.before_base_minor.saturating_add(plan.issuing.row.base_gross_minor);
    let outcome = if approvals::needed(&work, credited) {
        let row = &plan.issuing.row;
        let ask = Ask {
            kind: ApprovalKind::CreditNote,
            subject: asked.invoice.0,
            customer: row.customer_id,
            money: Money::new(row.gross_minor, row.currency),
            number: plan.invoice.number.clone().unwrap_or_default(),
            request: serde_json::to_value(&asked).map_err(Error::broken)?,
        };
        Outcome::Pending(approvals::request(&mut work, ask).await?)
    } else {
        Outcome::Done(plan.carry_out(&mut work).await?)
    };
    work.commit().await?;
    Ok(outcome)
}

/// What was invoiced of each line of an invoice and what of it was credited before.
pub async fn left(app: &App, caller: &Caller, id: InvoiceId) -> Result<Vec<Progress>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    invoices::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("invoice"))?;
    let rows = lines::of_document(&mut work.tx, company, id.0).await?;
    Ok(progress(&mut work, &rows).await?.0)
}

/// A credit note that is ready to be issued.
pub(crate) struct Plan {
    invoice: InvoiceRow,
    /// What was credited of it before.
    before_base_minor: i64,
    issuing: Issuing,
    catalogue: Catalogue,
}

pub(crate) async fn plan(work: &mut Work, asked: &CreditRequest) -> Result<Plan> {
    let company = work.company_id();
    if asked.reason.trim().is_empty() || asked.reason.len() > 500 {
        return Err(Error::field("reason", "say why in up to 500 characters"));
    }
    let invoice = invoices::by_id(&mut work.tx, company, asked.invoice).await?.ok_or(Error::NotFound("invoice"))?;
    let Some(number) = invoice.number.clone() else {
        return Err(InvoiceRefusal::NotIssued { number: "This invoice".to_owned() }.into());
    };
    if invoice.kind == InvoiceKind::CreditNote {
        return Err(Error::refused(format!("{number} is a credit note itself")));
    }
    let rows = lines::of_document(&mut work.tx, company, asked.invoice.0).await?;
    let (progress, nets) = progress(work, &rows).await?;
    let wanted: Option<Vec<(LineId, Quantity)>> =
        asked.lines.as_ref().map(|lines| lines.iter().map(|line| (line.line, line.quantity)).collect());
    let chosen = to_invoice(&number, &progress, wanted.as_deref()).map_err(|refusal| as_credit(refusal, &number))?;
    let on = asked.on.unwrap_or(work.today);
    if on < invoice.invoiced_on {
        return Err(Error::field(
            "on",
            format!("a credit note cannot come before its invoice of {}", invoice.invoiced_on),
        ));
    }
    let mut earlier = invoices::corrections(&mut work.tx, company, invoice.id).await?;
    earlier.retain(|row| row.kind == InvoiceKind::CreditNote);
    let before_base_minor = earlier.iter().map(|row| row.base_gross_minor).sum();
    let earlier: Vec<Uuid> = earlier.iter().map(|row| row.id.0).collect();
    let taxes = lines::tax_sums(&mut work.tx, company, &earlier, invoice.currency).await?;
    let sale = sale(work, &invoice, (&rows, &progress, &chosen), &Taken { nets, taxes }, on).await?;
    let new = NewDocument {
        currency: Some(invoice.currency),
        on: Some(on),
        price_mode: Some(invoice.price_mode),
        po_number: invoice.po_number.clone(),
        supplied_on: invoice.supplied_on,
        ..NewDocument::of(invoice.customer_id, Vec::new())
    };
    let origin = Origin {
        kind: Some(InvoiceKind::CreditNote),
        order: None,
        corrects: Some(invoice.id),
        reason: Some(asked.reason.trim().to_owned()),
        fx_rate: Some(invoice.fx_rate),
    };
    let catalogue = Catalogue::load(work, std::slice::from_ref(&new)).await?;
    let issuing = document(work, &catalogue, sale, &new, origin).await?;
    Ok(Plan { invoice, before_base_minor, issuing, catalogue })
}

impl Plan {
    /// Issues it and uses it on what is open of its invoice.
    pub(crate) async fn carry_out(self, work: &mut Work) -> Result<Issued> {
        let mut issuing = vec![self.issuing];
        issue_prepared(work, &self.catalogue, &mut issuing).await?;
        let credit = issuing[0].items.first().copied();
        let mut left = issuing[0].row.gross_minor;
        let issued = save_issued(work, issuing).pop().ok_or(Error::NotFound("credit note"))?;
        work.flush().await?;
        let company = work.company_id();
        let debts = items::of_document(&mut work.tx, company, self.invoice.id.0).await?;
        let allocation = |to| AllocationRequest {
            to,
            amount: None,
            from_amount: None,
            discount: DiscountChoice::None,
            settle_difference: false,
            typed: None,
        };
        let mut requests = Vec::new();
        for debt in debts.iter().filter(|debt| debt.open_minor > 0) {
            if left > 0 {
                requests.push(allocation(debt.id));
                left -= debt.open_minor;
            }
        }
        if let (Some(credit), false) = (credit, requests.is_empty()) {
            let mut settling = Settling::open(work).await?;
            settling.load(work, &[credit]).await?;
            settling.load_debts(work, &requests).await?;
            settling.allocate(work, credit, None, &requests).await?;
            settling.save(work).await?;
        }
        Ok(issued)
    }
}

fn as_credit(refusal: OrderRefusal, number: &str) -> Error {
    match (refusal.field(), refusal) {
        (Some(field), OrderRefusal::TooMuch { asked, left, .. }) => {
            Error::field(field, InvoiceRefusal::TooMuchCredited { asked, left })
        }
        (Some(field), other) => Error::field(field, other),
        (None, OrderRefusal::NothingLeft(_)) => InvoiceRefusal::NothingLeft(number.to_owned()).into(),
        (None, other) => Error::refused(other),
    }
}

/// The lines to be credited, priced as all that is credited by then less what was credited before: the pieces of an invoice
/// add up to it, whatever each was rounded to.
async fn sale(
    work: &mut Work,
    invoice: &InvoiceRow,
    (rows, progress, chosen): (&[LineRow], &[Progress], &[(LineId, Quantity)]),
    taken: &Taken,
    on: Date,
) -> Result<Sale> {
    let company = work.company_id();
    let customer = customers::by_id(&mut work.tx, company, invoice.customer_id).await?;
    let row = |id: LineId| rows.iter().find(|row| row.id == id);
    let sold: Vec<_> = chosen.iter().filter_map(|&(id, quantity)| Some(sale_line(row(id)?, quantity))).collect();
    let mut all = Vec::with_capacity(rows.len());
    for (row, before) in rows.iter().zip(progress) {
        let now = chosen.iter().find(|line| line.0 == row.id).map_or(0, |line| line.1.scaled());
        all.push(sale_line(row, Quantity::from_scaled(before.invoiced.scaled() + now)).input);
    }
    let by_then = price(&all, invoice.currency, invoice.price_mode, work.company.settings.tax_rounding)?;
    let inputs: Vec<_> = sold.iter().map(|line| line.input.clone()).collect();
    let alone = price(&inputs, invoice.currency, invoice.price_mode, work.company.settings.tax_rounding)?;
    let place = |line: &SaleLine| Some((rows.iter().position(|row| Some(row.id) == line.source)?, line.input.tax));
    let places: Vec<_> = sold.iter().filter_map(place).collect();
    let totals = piece(alone, &places, &by_then, taken)?;
    Ok(Sale {
        customer: customer.ok_or(Error::NotFound("customer"))?,
        currency: invoice.currency,
        on,
        price_mode: invoice.price_mode,
        terms: invoice.terms.0.clone(),
        lines: sold,
        totals,
        reasons: kept_reasons(lines::taxes_of(&mut work.tx, company, invoice.id.0).await?),
    })
}
