//! Quotes: offer, revise, send, accept into an order, decline.

use crate::{
    companies::{Numbered, Numbers},
    context::{App, Caller, Event, Work, new_id},
    error::{Error, Result},
    lines::{Catalogue, NewDocument, Reasons, Sale, kept_reasons, sale_line},
    lists::{Page, Part},
    many::{Many, Outcomes, Taken},
    orders,
};
use domain::{
    companies::Series,
    lines::price,
    quotes::{QuoteRefusal, QuoteState, may_decide, may_revise, state},
    users::Permission,
};
use kernel::{Date, Money, OrderId, QuoteId};
use serde_json::json;
pub use store::quotes::{QuoteFilter, QuoteRow, QuoteSort, QuoteSummary};
use store::{
    Json,
    customers::CustomerRow,
    lines::{self, LineRow, TaxTotalRow},
    quotes,
};

/// A quote with its lines and all revisions.
#[derive(Debug)]
pub struct QuoteView {
    pub quote: QuoteRow,
    pub customer: CustomerRow,
    pub lines: Vec<LineRow>,
    pub taxes: Vec<TaxTotalRow>,
    pub revisions: Vec<QuoteRow>,
    /// Today.
    pub state: QuoteState,
}

/// Number, year, place in the series and revision.
struct Identity {
    number: String,
    year: i64,
    sequence: i64,
    revision: i64,
}

pub async fn create(app: &App, caller: &Caller, new: &NewDocument) -> Result<QuoteId> {
    let mut work = app.work(caller, Permission::WriteQuotes).await?;
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(new)).await?;
    let offer = offer(&work, &catalogue, new)?;
    let (id, _) = save_new(&mut work, &[(offer, new)]).await?.pop().ok_or(Error::NotFound("quote"))?;
    work.commit().await?;
    Ok(id)
}

/// Offers up to a thousand things in one transaction: ids and numbers, or what is wrong.
pub async fn create_many(
    app: &App,
    caller: &Caller,
    documents: &[NewDocument],
    taken: Taken,
) -> Result<Outcomes<(QuoteId, String)>> {
    let mut many = Many::of("documents", documents.len())?;
    let mut work = app.work(caller, Permission::WriteQuotes).await?;
    let catalogue = Catalogue::load(&mut work, documents).await?;
    for new in documents {
        many.note(offer(&work, &catalogue, new).map(|offer| (offer, new)))?;
    }
    let offered = save_new(&mut work, &many.ready(taken)?).await?;
    work.commit().await?;
    Ok(many.outcomes(offered))
}

/// What is offered, and until when.
struct Offer {
    sale: Sale,
    valid_until: Date,
}

fn offer(work: &Work, catalogue: &Catalogue, new: &NewDocument) -> Result<Offer> {
    let sale = catalogue.sale(work, new)?;
    let days = work.company.settings.quote_valid_days;
    let valid_until = new.valid_until.unwrap_or_else(|| sale.on.plus_days(days));
    if valid_until < sale.on {
        return Err(QuoteRefusal::EndsBeforeItBegins { from: sale.on, until: valid_until }.into());
    }
    Ok(Offer { sale, valid_until })
}

async fn save_new(work: &mut Work, offers: &[(Offer, &NewDocument)]) -> Result<Vec<(QuoteId, String)>> {
    let days: Vec<Date> = offers.iter().map(|(offer, _)| offer.sale.on).collect();
    let numbers = Numbers::for_days(work, Series::Quote, &days).await?;
    let made = offers.iter().zip(numbers).map(|((offer, new), numbered)| make(work, offer, new, numbered.into()));
    let made: Vec<Made> = made.collect();
    let offered = made.iter().map(|made| (made.row.id, made.row.number.clone())).collect();
    save(work, made);
    Ok(offered)
}

/// The rows of a quote.
struct Made {
    row: QuoteRow,
    lines: Vec<LineRow>,
    taxes: Vec<TaxTotalRow>,
}

/// Queues the rows of all quotes table by table, so that a thousand cost as few inserts as one.
fn save(work: &mut Work, made: Vec<Made>) {
    let (mut rows, mut lines, mut taxes) = (Vec::new(), Vec::new(), Vec::new());
    for quote in made {
        rows.push(quote.row);
        lines.extend(quote.lines);
        taxes.extend(quote.taxes);
    }
    work.save(&rows);
    work.save(&lines);
    work.save(&taxes);
}

impl From<Numbered> for Identity {
    fn from(Numbered { number, year, sequence }: Numbered) -> Self {
        Self { number, year, sequence, revision: 1 }
    }
}

/// Offers something else under the same number; the earlier revision stays readable.
pub async fn revise(app: &App, caller: &Caller, id: QuoteId, version: i64, new: &NewDocument) -> Result<QuoteId> {
    let mut work = app.work(caller, Permission::WriteQuotes).await?;
    let mut before = load(&mut work, id).await?;
    may_revise(&before.number, before.facts(), work.today)?;
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(new)).await?;
    let offer = offer(&work, &catalogue, new)?;
    let identity = Identity {
        number: before.number.clone(),
        year: before.year,
        sequence: before.sequence,
        revision: before.revision + 1,
    };
    let made = make(&mut work, &offer, new, identity);
    let revised = made.row.id;
    save(&mut work, vec![made]);
    before.version = version;
    before.replaced_by = Some(revised);
    quotes::update(&mut work.tx, &before).await?;
    work.commit().await?;
    Ok(revised)
}

fn make(work: &mut Work, offer: &Offer, new: &NewDocument, identity: Identity) -> Made {
    let Offer { sale, valid_until } = offer;
    let id = new_id::<QuoteId>();
    let (lines, taxes) = sale.rows(work.company_id(), id.0);
    let Identity { number, year, sequence, revision } = identity;
    let what = if revision == 1 { "offered".to_owned() } else { format!("revised (revision {revision})") };
    work.record(Event {
        action: if revision == 1 { "quote.offered" } else { "quote.revised" },
        subject_kind: "quote",
        subject_id: id.0,
        customer: Some(sale.customer.id),
        summary: format!("Quote {number} of {} was {what}", sale.totals.gross),
        after: Some(json!({"number": number, "revision": revision, "gross": sale.totals.gross})),
        ..Event::default()
    });
    let row = QuoteRow {
        company_id: work.company_id(),
        id,
        number,
        year,
        sequence,
        revision,
        replaced_by: None,
        customer_id: sale.customer.id,
        currency: sale.currency,
        price_mode: sale.price_mode,
        quoted_on: sale.on,
        valid_until: *valid_until,
        terms: Json(sale.terms.clone()),
        reference: new.po_number.clone(),
        notes: new.notes.clone(),
        net_minor: sale.totals.net.minor(),
        tax_minor: sale.totals.tax.minor(),
        gross_minor: sale.totals.gross.minor(),
        sent_at: None,
        accepted_at: None,
        accepted_by: None,
        declined_at: None,
        decline_reason: None,
        order_id: None,
        created_at: work.now,
        created_by: work.actor.name(),
        version: 1,
    };
    Made { row, lines, taxes }
}

/// Notes that the customer has it. Sending again changes nothing.
pub async fn send(app: &App, caller: &Caller, id: QuoteId) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteQuotes).await?;
    let mut quote = load(&mut work, id).await?;
    may_decide(&quote.number, quote.facts(), work.today, "sent")?;
    if quote.sent_at.is_some() {
        return Ok(());
    }
    quote.sent_at = Some(work.now);
    quotes::update(&mut work.tx, &quote).await?;
    record(&mut work, &quote, "quote.sent", format!("Quote {} was sent", quote.number));
    work.send("quote.sent", id.0, json!({"number": quote.number, "revision": quote.revision}));
    work.commit().await
}

/// The customer says yes: the quote becomes an order at the same prices and taxes.
pub async fn accept(app: &App, caller: &Caller, id: QuoteId, by: &str, po_number: Option<String>) -> Result<OrderId> {
    let mut work = app.work(caller, Permission::WriteOrders).await?;
    let mut quote = load(&mut work, id).await?;
    may_decide(&quote.number, quote.facts(), work.today, "accepted")?;
    let by = by.trim();
    if by.is_empty() || by.len() > 200 {
        return Err(Error::field("accepted_by", "say who accepted it, in up to 200 characters"));
    }
    let company = work.company_id();
    let rows = lines::of_document(&mut work.tx, company, id.0).await?;
    let customer = store::customers::by_id(&mut work.tx, company, quote.customer_id).await?;
    let reasons = kept_reasons(lines::taxes_of(&mut work.tx, company, id.0).await?);
    let sale = Sale { reasons, ..sale_of(&work, &quote, &rows, customer.ok_or(Error::NotFound("customer"))?)? };
    let new = NewDocument {
        currency: Some(quote.currency),
        price_mode: Some(quote.price_mode),
        po_number: po_number.or_else(|| quote.reference.clone()),
        notes: quote.notes.clone(),
        ..NewDocument::of(quote.customer_id, Vec::new())
    };
    let (order, _) = orders::take(&mut work, &sale, &new, Some(id)).await?;
    quote.accepted_at = Some(work.now);
    quote.accepted_by = Some(by.to_owned());
    quote.order_id = Some(order);
    quotes::update(&mut work.tx, &quote).await?;
    record(&mut work, &quote, "quote.accepted", format!("Quote {} was accepted by {by}", quote.number));
    work.commit().await?;
    Ok(order)
}

pub async fn decline(app: &App, caller: &Caller, id: QuoteId, reason: &str) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteQuotes).await?;
    let mut quote = load(&mut work, id).await?;
    may_decide(&quote.number, quote.facts(), work.today, "declined")?;
    quote.declined_at = Some(work.now);
    quote.decline_reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    quotes::update(&mut work.tx, &quote).await?;
    record(&mut work, &quote, "quote.declined", format!("Quote {} was declined", quote.number));
    work.commit().await
}

fn sale_of(work: &Work, quote: &QuoteRow, rows: &[LineRow], customer: CustomerRow) -> Result<Sale> {
    let mut sold: Vec<_> = rows.iter().map(|row| sale_line(row, row.quantity)).collect();
    // The order's lines stand for themselves; only invoice lines point back at what they bill.
    sold.iter_mut().for_each(|line| line.source = None);
    let inputs: Vec<_> = sold.iter().map(|line| line.input.clone()).collect();
    let totals = price(&inputs, quote.currency, quote.price_mode, work.company.settings.tax_rounding)?;
    Ok(Sale {
        customer,
        currency: quote.currency,
        on: work.today,
        price_mode: quote.price_mode,
        terms: quote.terms.0.clone(),
        lines: sold,
        totals,
        reasons: Reasons::new(),
    })
}

async fn load(work: &mut Work, id: QuoteId) -> Result<QuoteRow> {
    let company = work.company_id();
    quotes::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("quote"))
}

fn record(work: &mut Work, quote: &QuoteRow, action: &'static str, summary: String) {
    work.record(Event {
        action,
        subject_kind: "quote",
        subject_id: quote.id.0,
        customer: Some(quote.customer_id),
        summary,
        after: Some(json!({"number": quote.number, "gross": Money::new(quote.gross_minor, quote.currency)})),
        ..Event::default()
    });
}

pub async fn show(app: &App, caller: &Caller, id: QuoteId) -> Result<QuoteView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let quote = load(&mut work, id).await?;
    let customer = store::customers::by_id(&mut work.tx, company, quote.customer_id).await?;
    Ok(QuoteView {
        lines: lines::of_document(&mut work.tx, company, id.0).await?,
        taxes: lines::taxes_of(&mut work.tx, company, id.0).await?,
        state: state(quote.facts(), work.today),
        revisions: quotes::revisions(&mut work.tx, company, &quote.number).await?,
        customer: customer.ok_or(Error::NotFound("customer"))?,
        quote,
    })
}

/// A page of quotes in the order that the filter names.
pub async fn list(app: &App, caller: &Caller, filter: QuoteFilter, asked: &Part) -> Result<Page<QuoteSummary>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, today) = (work.company_id(), work.today);
    let (sort, size) = (filter.sort, asked.size());
    let filter = QuoteFilter { after: asked.place(sort.as_str(), sort.order())?, ..filter };
    let rows = quotes::list(&mut work.tx, company, &filter, today, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.id.0)))
}
