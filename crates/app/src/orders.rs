//! Orders: take one, confirm it, invoice it in parts, cancel the rest.

use crate::{
    companies::{Numbered, Numbers},
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
    invoices::{Issued, Origin, document, issue_prepared, save_draft, save_issued},
    lines::{Catalogue, NewDocument, Sale, kept_reasons, progress, sale_line},
    lists::{Page, Part},
    many::{Many, Outcomes, Taken},
};
use domain::{
    companies::Series,
    lines::price,
    orders::{OrderRefusal, Progress, to_invoice},
    users::Permission,
};
use kernel::{Date, InvoiceId, LineId, Money, OrderId, Quantity, QuoteId};
use serde_json::json;
pub use store::orders::{OrderFilter, OrderRow, OrderSort, OrderState, OrderSummary};
use store::{
    Json,
    customers::CustomerRow,
    invoices::{self, InvoiceRow},
    lines::{self, LineRow, TaxTotalRow},
    orders,
};

/// An order with its lines, what was invoiced of each, and its invoices.
#[derive(Debug)]
pub struct OrderView {
    pub order: OrderRow,
    pub customer: CustomerRow,
    pub lines: Vec<LineRow>,
    pub taxes: Vec<TaxTotalRow>,
    pub progress: Vec<Progress>,
    pub invoices: Vec<InvoiceRow>,
}

/// Which part of an order to invoice, and whether to issue at once.
#[derive(Debug, Clone, Default)]
pub struct InvoiceOrder {
    /// Everything that is left when `None`.
    pub lines: Option<Vec<(LineId, Quantity)>>,
    pub on: Option<kernel::Date>,
    pub issue: bool,
}

/// Takes an order; it is binding once confirmed.
pub async fn create(app: &App, caller: &Caller, new: &NewDocument) -> Result<OrderId> {
    let mut work = app.work(caller, Permission::WriteOrders).await?;
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(new)).await?;
    let sale = catalogue.sale(&work, new)?;
    let (id, _) = take(&mut work, &sale, new, None).await?;
    work.commit().await?;
    Ok(id)
}

/// Takes up to a thousand orders in one transaction: ids and numbers, or what is wrong.
pub async fn create_many(
    app: &App,
    caller: &Caller,
    documents: &[NewDocument],
    taken: Taken,
) -> Result<Outcomes<(OrderId, String)>> {
    let mut many = Many::of("documents", documents.len())?;
    let mut work = app.work(caller, Permission::WriteOrders).await?;
    let catalogue = Catalogue::load(&mut work, documents).await?;
    for new in documents {
        many.note(catalogue.sale(&work, new).map(|sale| (sale, new)))?;
    }
    let ready = many.ready(taken)?;
    let days: Vec<Date> = ready.iter().map(|(sale, _)| sale.on).collect();
    let numbers = Numbers::for_days(&mut work, Series::Order, &days).await?;
    let made: Vec<Made> =
        ready.iter().zip(numbers).map(|((sale, new), numbered)| make(&mut work, (sale, numbered), new, None)).collect();
    let taken = save(&mut work, made);
    work.commit().await?;
    Ok(many.outcomes(taken))
}

/// Queues an order made of a priced document, and says its number.
pub(crate) async fn take(
    work: &mut Work,
    sale: &Sale,
    new: &NewDocument,
    quote: Option<QuoteId>,
) -> Result<(OrderId, String)> {
    let numbered = Numbers::for_days(work, Series::Order, &[sale.on]).await?.into_iter().next();
    let numbered = numbered.ok_or(Error::NotFound("number series"))?;
    let made = make(work, (sale, numbered), new, quote);
    save(work, vec![made]).pop().ok_or(Error::NotFound("order"))
}

/// The rows of an order that is taken.
struct Made {
    row: OrderRow,
    lines: Vec<LineRow>,
    taxes: Vec<TaxTotalRow>,
}

/// Queues the rows of all orders table by table, so that a thousand cost as few inserts as one.
fn save(work: &mut Work, made: Vec<Made>) -> Vec<(OrderId, String)> {
    let (mut rows, mut lines, mut taxes) = (Vec::new(), Vec::new(), Vec::new());
    for order in made {
        rows.push(order.row);
        lines.extend(order.lines);
        taxes.extend(order.taxes);
    }
    work.save(&rows);
    work.save(&lines);
    work.save(&taxes);
    rows.into_iter().map(|row| (row.id, row.number)).collect()
}

fn make(work: &mut Work, (sale, numbered): (&Sale, Numbered), new: &NewDocument, quote: Option<QuoteId>) -> Made {
    let Numbered { number, year, sequence } = numbered;
    let id = new_id::<OrderId>();
    let (lines, taxes) = sale.rows(work.company_id(), id.0);
    work.record(Event {
        action: "order.taken",
        subject_kind: "order",
        subject_id: id.0,
        customer: Some(sale.customer.id),
        summary: format!("Order {number} of {} was taken", sale.totals.gross),
        after: Some(json!({"number": number, "gross": sale.totals.gross, "po_number": new.po_number})),
        ..Event::default()
    });
    let row = OrderRow {
        company_id: work.company_id(),
        id,
        number,
        year,
        sequence,
        quote_id: quote,
        customer_id: sale.customer.id,
        currency: sale.currency,
        price_mode: sale.price_mode,
        ordered_on: sale.on,
        deliver_on: new.supplied_on,
        terms: Json(sale.terms.clone()),
        po_number: new.po_number.clone(),
        notes: new.notes.clone(),
        net_minor: sale.totals.net.minor(),
        tax_minor: sale.totals.tax.minor(),
        gross_minor: sale.totals.gross.minor(),
        confirmed_at: None,
        completed_at: None,
        cancelled_at: None,
        cancel_reason: None,
        created_at: work.now,
        created_by: work.actor.name(),
        version: 1,
    };
    Made { row, lines, taxes }
}

/// Binds the order. Doing it twice says so.
pub async fn confirm(app: &App, caller: &Caller, id: OrderId) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteOrders).await?;
    let mut order = load(&mut work, id).await?;
    if order.confirmed_at.is_some() {
        return Err(OrderRefusal::ConfirmedAlready(order.number).into());
    }
    order.confirmed_at = Some(work.now);
    orders::update(&mut work.tx, &order).await?;
    record(&mut work, &order, "order.confirmed", format!("Order {} was confirmed", order.number));
    work.send("order.confirmed", id.0, json!({"number": order.number}));
    work.commit().await
}

/// Makes an invoice of what was asked, or of all that is left.
pub async fn invoice(app: &App, caller: &Caller, id: OrderId, part: &InvoiceOrder) -> Result<InvoiceId> {
    let mut work = app.work(caller, Permission::IssueInvoices).await?;
    let order = load(&mut work, id).await?;
    if order.confirmed_at.is_none() {
        return Err(OrderRefusal::NotConfirmed(order.number).into());
    }
    let company = work.company_id();
    let rows = lines::of_document(&mut work.tx, company, id.0).await?;
    let (mut progress, _) = progress(&mut work, &rows).await?;
    let chosen = to_invoice(&order.number, &progress, part.lines.as_deref()).map_err(located)?;
    let new = NewDocument { on: part.on, ..repeated(&order) };
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(&new)).await?;
    let sale = sale_of(&mut work, &order, &rows, &chosen, part.on).await?;
    let origin = Origin { order: Some(id), ..Origin::default() };
    let mut issuing = document(&mut work, &catalogue, sale, &new, origin).await?;
    let invoice = issuing.row.id;
    if part.issue {
        issue_prepared(&mut work, &catalogue, std::slice::from_mut(&mut issuing)).await?;
        let _: Vec<Issued> = save_issued(&mut work, vec![issuing]);
    } else {
        save_draft(&mut work, issuing);
    }
    for (line, quantity) in chosen {
        for progress in progress.iter_mut().filter(|progress| progress.line == line) {
            progress.invoiced = Quantity::from_scaled(progress.invoiced.scaled() + quantity.scaled());
        }
    }
    touch(&mut work, order, &progress).await?;
    work.commit().await?;
    Ok(invoice)
}

/// A refusal of one line names its field.
fn located(refusal: OrderRefusal) -> Error {
    match refusal.field() {
        Some(field) => Error::field(field, refusal),
        None => refusal.into(),
    }
}

/// Cancels what was not invoiced: the whole order, or its rest.
pub async fn cancel(app: &App, caller: &Caller, id: OrderId, reason: &str) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteOrders).await?;
    let mut order = load(&mut work, id).await?;
    if reason.trim().is_empty() {
        return Err(Error::field("reason", "say why"));
    }
    let company = work.company_id();
    let rows = lines::of_document(&mut work.tx, company, id.0).await?;
    let (mut progress, _) = progress(&mut work, &rows).await?;
    if progress.iter().all(|line| line.left().is_zero()) {
        return Err(OrderRefusal::NothingLeft(order.number).into());
    }
    for line in &mut progress {
        line.cancelled = Quantity::from_scaled(line.cancelled.scaled() + line.left().scaled());
        lines::cancel_rest(&mut work.tx, company, line.line, line.cancelled).await?;
    }
    order.cancel_reason = Some(reason.trim().to_owned());
    if progress.iter().all(|line| line.invoiced.is_zero()) {
        order.cancelled_at = Some(work.now);
    }
    let summary = format!("What was left of order {} was cancelled: {}", order.number, reason.trim());
    record(&mut work, &order, "order.cancelled", summary);
    touch(&mut work, order, &progress).await?;
    work.commit().await
}

/// Saves the order's row, completed when nothing is left; its version makes two people at once take turns.
async fn touch(work: &mut Work, mut order: OrderRow, progress: &[Progress]) -> Result<()> {
    let done = progress.iter().all(|line| line.left().is_zero());
    order.completed_at = (done && order.cancelled_at.is_none()).then_some(work.now);
    Ok(orders::update(&mut work.tx, &order).await?)
}

async fn load(work: &mut Work, id: OrderId) -> Result<OrderRow> {
    let company = work.company_id();
    let order = orders::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("order"))?;
    if order.cancelled_at.is_some() {
        return Err(OrderRefusal::Cancelled(order.number).into());
    }
    Ok(order)
}

/// The order's own header for the invoice that bills it.
fn repeated(order: &OrderRow) -> NewDocument {
    NewDocument {
        currency: Some(order.currency),
        price_mode: Some(order.price_mode),
        po_number: order.po_number.clone(),
        notes: order.notes.clone(),
        supplied_on: order.deliver_on,
        ..NewDocument::of(order.customer_id, Vec::new())
    }
}

/// The chosen quantities at the order's prices and taxes.
async fn sale_of(
    work: &mut Work,
    order: &OrderRow,
    rows: &[LineRow],
    chosen: &[(LineId, Quantity)],
    on: Option<kernel::Date>,
) -> Result<Sale> {
    let company = work.company_id();
    let customer = store::customers::by_id(&mut work.tx, company, order.customer_id).await?;
    let customer = customer.ok_or(Error::NotFound("customer"))?;
    let row = |id: LineId| rows.iter().find(|row| row.id == id);
    let sold: Vec<_> = chosen.iter().filter_map(|&(id, quantity)| Some(sale_line(row(id)?, quantity))).collect();
    let inputs: Vec<_> = sold.iter().map(|line| line.input.clone()).collect();
    let totals = price(&inputs, order.currency, order.price_mode, work.company.settings.tax_rounding)?;
    Ok(Sale {
        customer,
        currency: order.currency,
        on: on.unwrap_or(work.today),
        price_mode: order.price_mode,
        terms: order.terms.0.clone(),
        lines: sold,
        totals,
        reasons: kept_reasons(lines::taxes_of(&mut work.tx, company, order.id.0).await?),
    })
}

fn record(work: &mut Work, order: &OrderRow, action: &'static str, summary: String) {
    work.record(Event {
        action,
        subject_kind: "order",
        subject_id: order.id.0,
        customer: Some(order.customer_id),
        summary,
        after: Some(json!({"number": order.number, "gross": Money::new(order.gross_minor, order.currency)})),
        ..Event::default()
    });
}

pub async fn show(app: &App, caller: &Caller, id: OrderId) -> Result<OrderView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let order = orders::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("order"))?;
    let customer = store::customers::by_id(&mut work.tx, company, order.customer_id).await?;
    let lines = lines::of_document(&mut work.tx, company, id.0).await?;
    Ok(OrderView {
        progress: progress(&mut work, &lines).await?.0,
        taxes: lines::taxes_of(&mut work.tx, company, id.0).await?,
        invoices: invoices::of_order(&mut work.tx, company, id).await?,
        customer: customer.ok_or(Error::NotFound("customer"))?,
        order,
        lines,
    })
}

/// A page of orders in the order that the filter names.
pub async fn list(app: &App, caller: &Caller, filter: OrderFilter, asked: &Part) -> Result<Page<OrderSummary>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let (sort, size) = (filter.sort, asked.size());
    let filter = OrderFilter { after: asked.place(sort.as_str(), sort.order())?, ..filter };
    let rows = orders::list(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.id.0)))
}
