//! Documents on paper: gathers what a quote, order, invoice or credit note says and has it typeset in the customer's
//! language. Typesetting happens on a thread of its own, so that it never holds up other requests.

mod quittance;

pub use quittance::quittance;

use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
    invoices, orders, quotes,
};
use domain::{
    invoices::InvoiceKind,
    lines::{LineInput, PriceMode, TaxRounding, price},
    taxes::{AppliedTax, TaxCategory},
    terms::full_discount,
    users::Permission,
};
use kernel::{Currency, Date, InvoiceId, Money, OrderId, QuoteId};
use print::{Document, Language, Trade, TradeKind};
use store::{
    companies::{self, BankAccountRow},
    customers::CustomerRow,
    items::OpenItemRow,
    lines::{LineRow, TaxTotalRow},
};

/// A file to download.
#[derive(Debug)]
pub struct File {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// What documents share beside their own facts: who sends it.
pub(crate) struct Letterhead {
    pub seller: print::Seller,
}

/// The parts of a document that `trade` puts together.
struct Parts<'a> {
    kind: TradeKind,
    number: String,
    currency: Currency,
    price_mode: PriceMode,
    issued_on: Date,
    customer: &'a CustomerRow,
    lines: &'a [LineRow],
    taxes: &'a [TaxTotalRow],
    totals: [i64; 3],
    paid: Money,
    notes: Option<&'a str>,
}

pub async fn invoice(app: &App, caller: &Caller, id: InvoiceId) -> Result<File> {
    let mut work = app.read(caller, Permission::Read).await?;
    let view = invoices::view(&mut work, id).await?;
    let letterhead = Letterhead::load(&mut work).await?;
    let row = &view.invoice;
    let gross = Money::new(row.gross_minor, row.currency);
    let open = view.items.iter().map(|item| item.open_minor.abs()).sum::<i64>();
    let is_draft = row.issued_at.is_none();
    let paid = if is_draft { Money::zero(row.currency) } else { gross.minus(Money::new(open, row.currency))? };
    let mut trade = letterhead.trade(Parts {
        kind: if row.kind == InvoiceKind::CreditNote { TradeKind::CreditNote } else { TradeKind::Invoice },
        number: row.number.clone().unwrap_or_else(|| "DRAFT".to_owned()),
        currency: row.currency,
        price_mode: row.price_mode,
        issued_on: row.invoiced_on,
        customer: &view.customer,
        lines: &view.lines,
        taxes: &view.taxes,
        totals: [row.net_minor, row.tax_minor, row.gross_minor],
        paid,
        notes: row.notes.as_deref(),
    })?;
    trade.dates.due_on = (row.kind != InvoiceKind::CreditNote).then_some(row.due_on);
    trade.dates.supply = row.supplied_on.map(print::Supply::On);
    trade.references.purchase_order.clone_from(&row.po_number);
    trade.references.payment.clone_from(&row.payment_reference);
    trade.references.corrected_invoice = view.corrects.as_ref().and_then(|corrected| corrected.number.clone());
    if let Some(order) = row.order_id {
        let company = work.company_id();
        let order = store::orders::by_id(&mut work.tx, company, order).await?;
        trade.references.order = order.map(|order| order.number);
    }
    trade.notes.extend(row.reason.clone());
    trade.terms = terms(&view.items, work.today)?;
    typeset(&work, &view.customer, Document::Trade(trade)).await
}

pub async fn quote(app: &App, caller: &Caller, id: QuoteId) -> Result<File> {
    let view = quotes::show(app, caller, id).await?;
    let mut work = app.read(caller, Permission::Read).await?;
    let letterhead = Letterhead::load(&mut work).await?;
    let row = &view.quote;
    let revision = if row.revision > 1 { format!(" ({})", row.revision) } else { String::new() };
    let mut trade = letterhead.trade(Parts {
        kind: TradeKind::Quote,
        number: format!("{}{revision}", row.number),
        currency: row.currency,
        price_mode: row.price_mode,
        issued_on: row.quoted_on,
        customer: &view.customer,
        lines: &view.lines,
        taxes: &view.taxes,
        totals: [row.net_minor, row.tax_minor, row.gross_minor],
        paid: Money::zero(row.currency),
        notes: row.notes.as_deref(),
    })?;
    trade.dates.valid_until = Some(row.valid_until);
    trade.references.purchase_order.clone_from(&row.reference);
    typeset(&work, &view.customer, Document::Trade(trade)).await
}

/// The order confirmation.
pub async fn order(app: &App, caller: &Caller, id: OrderId) -> Result<File> {
    let view = orders::show(app, caller, id).await?;
    let mut work = app.read(caller, Permission::Read).await?;
    let letterhead = Letterhead::load(&mut work).await?;
    let row = &view.order;
    let mut trade = letterhead.trade(Parts {
        kind: TradeKind::OrderConfirmation,
        number: row.number.clone(),
        currency: row.currency,
        price_mode: row.price_mode,
        issued_on: row.ordered_on,
        customer: &view.customer,
        lines: &view.lines,
        taxes: &view.taxes,
        totals: [row.net_minor, row.tax_minor, row.gross_minor],
        paid: Money::zero(row.currency),
        notes: row.notes.as_deref(),
    })?;
    trade.dates.supply = row.deliver_on.map(print::Supply::On);
    trade.references.purchase_order.clone_from(&row.po_number);
    if let Some(quote) = row.quote_id {
        let company = work.company_id();
        trade.references.quote = store::quotes::by_id(&mut work.tx, company, quote).await?.map(|quote| quote.number);
    }
    typeset(&work, &view.customer, Document::Trade(trade)).await
}

impl Letterhead {
    pub(crate) async fn load(work: &mut Work) -> Result<Self> {
        let company = work.company_id();
        let banks = companies::bank_accounts(&mut work.tx, company).await?;
        let logo = companies::logo(&mut work.tx, company).await?;
        let row = &work.company;
        let seller = print::Seller {
            name: row.name.clone(),
            address: row.address.lines(),
            tax_id: row.tax_id.clone(),
            registration: row.registration.clone(),
            email: row.email.clone(),
            phone: row.phone.clone(),
            website: row.website.clone(),
            banks: banks.iter().filter(|bank| bank.archived_at.is_none()).filter_map(bank).collect(),
            logo: logo.as_deref().map(decode).transpose()?,
        };
        Ok(Self { seller })
    }

    fn trade(&self, parts: Parts<'_>) -> Result<Trade> {
        let [net, tax, gross] = parts.totals.map(|minor| Money::new(minor, parts.currency));
        let amounts = line_amounts(parts.lines, parts.currency, parts.price_mode)?;
        let subtotal = |total: &TaxTotalRow| print::TaxSubtotal {
            tax: applied(total.category, total.rate),
            base: Money::new(total.base_minor, parts.currency),
            amount: Money::new(total.tax_minor, parts.currency),
            exemption_reason: total.exemption_reason.clone(),
        };
        Ok(Trade {
            kind: parts.kind,
            seller: self.seller.clone(),
            recipient: recipient(parts.customer),
            number: parts.number,
            currency: parts.currency,
            issued_on: parts.issued_on,
            dates: print::TradeDates::default(),
            references: print::References::default(),
            intro: None,
            prices: match parts.price_mode {
                PriceMode::TaxExclusive => print::Prices::BeforeTax,
                PriceMode::TaxInclusive => print::Prices::IncludingTax,
            },
            lines: parts.lines.iter().zip(amounts).map(|(line, amount)| printed_line(line, amount)).collect(),
            taxes: parts.taxes.iter().map(subtotal).collect(),
            totals: print::Totals { net, tax, gross, paid: parts.paid, payable: gross.minus(parts.paid)? },
            terms: print::Terms::default(),
            notes: parts.notes.map(str::to_owned).into_iter().collect(),
        })
    }
}

fn bank(row: &BankAccountRow) -> Option<print::BankAccount> {
    let number = row.iban.clone().or_else(|| row.account_number.clone())?;
    Some(print::BankAccount { bank: row.name.clone(), number, bic: row.bic.clone(), currency: row.currency })
}

fn decode(base64: &str) -> Result<Vec<u8>> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.decode(base64).map_err(Error::broken)
}

pub(crate) fn recipient(customer: &CustomerRow) -> print::Recipient {
    print::Recipient {
        name: customer.name.clone(),
        address: customer.address.lines(),
        tax_id: customer.tax_id.clone(),
        customer_number: Some(customer.number.clone()),
    }
}

fn printed_line(line: &LineRow, amount: Money) -> print::Line {
    print::Line {
        position: line.position.to_string(),
        description: line.description.clone(),
        quantity: line.quantity,
        unit: Some(line.unit.clone()).filter(|unit| !unit.is_empty()),
        unit_price: line.unit_price,
        discount: (!line.discount_percent.is_zero()).then_some(line.discount_percent),
        tax: Some(applied(line.tax_category, line.tax_rate)),
        amount,
    }
}

/// What each line costs as its price says: with the tax in it when the document's prices contain it.
fn line_amounts(lines: &[LineRow], currency: Currency, mode: PriceMode) -> Result<Vec<Money>> {
    if mode == PriceMode::TaxExclusive {
        return Ok(lines.iter().map(|line| Money::new(line.net_minor, currency)).collect());
    }
    let input = |line: &LineRow| LineInput {
        product: line.product_id,
        description: String::new(),
        quantity: line.quantity,
        unit: String::new(),
        unit_price: line.unit_price,
        discount_percent: Some(line.discount_percent),
        tax: AppliedTax { code: line.tax_code_id, category: line.tax_category, rate: line.tax_rate },
    };
    let inputs: Vec<LineInput> = lines.iter().map(input).collect();
    let totals = price(&inputs, currency, mode, TaxRounding::PerDocument)?;
    Ok(totals.lines.iter().map(|line| line.gross).collect())
}

fn applied(category: TaxCategory, rate: kernel::Percent) -> print::Tax {
    let category = match category {
        TaxCategory::Standard | TaxCategory::CanaryIslands | TaxCategory::CeutaMelilla => print::TaxCategory::Standard,
        TaxCategory::ZeroRated => print::TaxCategory::ZeroRated,
        TaxCategory::Exempt => print::TaxCategory::Exempt,
        TaxCategory::ReverseCharge => print::TaxCategory::ReverseCharge,
        TaxCategory::IntraCommunity => print::TaxCategory::IntraCommunity,
        TaxCategory::Export => print::TaxCategory::Export,
        TaxCategory::OutsideScope => print::TaxCategory::OutOfScope,
    };
    print::Tax { category, rate, name: None }
}

/// The schedule as it stands: one instalment is said by the due date alone. A discount is offered while it runs, on what
/// is still open; that of several instalments on the same day is one.
fn terms(items: &[OpenItemRow], today: Date) -> Result<print::Terms> {
    let mut printed = print::Terms::default();
    for item in items {
        let steps = item.discounts.as_ref().map_or(&[][..], |steps| &steps.0);
        let open = Money::new(item.open_minor, item.currency);
        for step in steps.iter().filter(|step| open.minor() > 0 && today <= step.until) {
            let offer = print::EarlyPayment {
                percent: step.percent,
                discount: full_discount(steps, step.until, open, 0)?,
                until: step.until,
            };
            let same = |other: &&mut print::EarlyPayment| (other.until, other.percent) == (offer.until, offer.percent);
            match printed.early_payment.iter_mut().find(same) {
                Some(other) => other.discount = other.discount.plus(offer.discount)?,
                None => printed.early_payment.push(offer),
            }
        }
        if items.len() > 1 {
            printed.instalments.push(print::Instalment {
                due_on: item.due_on,
                amount: Money::new(item.amount_minor, item.currency),
                open: Money::new(item.open_minor, item.currency),
            });
        }
    }
    Ok(printed)
}

/// A letter within a country does not name it; one that leaves it names both in its own language, where it goes to in
/// capitals, as the post of most countries asks.
fn name_countries(document: &mut Document, (from, to): (&str, &str), language: Language) {
    let (seller, recipient) = match document {
        Document::Trade(trade) => (&mut trade.seller, &mut trade.recipient),
        Document::Statement(statement) => (&mut statement.seller, &mut statement.recipient),
        Document::Quittance(quittance) => (&mut quittance.seller, &mut quittance.recipient),
    };
    let stays = to.is_empty() || from == to;
    for (address, country, is_abroad) in [(&mut seller.address, from, false), (&mut recipient.address, to, true)] {
        let code = if country.is_empty() { None } else { address.pop_if(|line| line == country) };
        if let Some(code) = code.filter(|_| !stays) {
            let name = language.country(&code).unwrap_or(code);
            address.push(if is_abroad { name.to_uppercase() } else { name });
        }
    }
}

/// Typesets in the customer's language, else the company's, else English.
pub(crate) async fn typeset(work: &Work, customer: &CustomerRow, mut document: Document) -> Result<File> {
    let language = [&customer.language, &work.company.language].into_iter().find_map(|code| code.parse().ok());
    let language = language.unwrap_or_else(Language::english);
    name_countries(&mut document, (&work.company.country, &customer.address.country), language);
    let number = match &document {
        Document::Trade(trade) => trade.number.clone(),
        Document::Statement(statement) => format!("statement-{}-{}", customer.number, statement.as_of),
        Document::Quittance(quittance) => format!("quittance-{}", quittance.number),
    };
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name = format!("{}.pdf", number.chars().map(safe).collect::<String>());
    let bytes = tokio::task::spawn_blocking(move || print::pdf(&document, language)).await.map_err(Error::broken)?;
    let bytes = bytes.map_err(|error| Error::Refused(error.to_string()))?;
    Ok(File { name, media_type: "application/pdf", bytes })
}
