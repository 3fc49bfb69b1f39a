//! How saved documents are shown: their lines, their totals, and the way of the sale that they belong to.

use crate::{
    error::PageResult,
    figures::{amount, money, quantity, unit_price},
    session::Session,
};
use app::{
    App,
    lines::{LineRow, Priced, TaxTotalRow},
    trail::{self, Stop},
};
use domain::{lines::PriceMode, taxes::TaxCategory};
use kernel::{Currency, Date, Percent};

/// Net, taxes and total, printed; or the sentence that stands in their place.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    pub net: String,
    /// Words and amount.
    pub taxes: Vec<(String, String)>,
    pub gross: String,
    pub currency: String,
    /// Why no tax is charged on a part.
    pub reasons: Vec<String>,
    pub sentence: String,
}

impl Preview {
    pub(crate) fn saying(sentence: &str) -> Self {
        Self { sentence: sentence.to_owned(), ..Self::default() }
    }

    pub(crate) fn of(priced: &Priced, unfinished: usize) -> Self {
        let totals = &priced.totals;
        let currency = totals.gross.currency();
        let tax = |tax: &domain::lines::TaxTotal| {
            (tax_words(tax.category, tax.rate, tax.base.minor(), currency), amount(tax.tax.minor(), currency))
        };
        let sentence = match unfinished {
            0 => String::new(),
            1 => "One line is not complete yet and is not counted.".to_owned(),
            more => format!("{more} lines are not complete yet and are not counted."),
        };
        Self {
            net: amount(totals.net.minor(), currency),
            taxes: totals.taxes.iter().map(tax).collect(),
            gross: amount(totals.gross.minor(), currency),
            currency: currency.to_string(),
            reasons: totals.taxes.iter().filter_map(|tax| priced.reasons.get(&tax.code).cloned()).collect(),
            sentence,
        }
    }

    /// The totals of a saved document: net and gross, and the taxes between them.
    pub(crate) fn saved([net, gross]: [i64; 2], taxes: &[TaxTotalRow], currency: Currency) -> Self {
        let tax = |tax: &TaxTotalRow| {
            (tax_words(tax.category, tax.rate, tax.base_minor, currency), amount(tax.tax_minor, currency))
        };
        Self {
            net: amount(net, currency),
            taxes: taxes.iter().map(tax).collect(),
            gross: amount(gross, currency),
            currency: currency.to_string(),
            reasons: taxes.iter().filter_map(|tax| tax.exemption_reason.clone()).collect(),
            sentence: String::new(),
        }
    }
}

fn tax_words(category: TaxCategory, rate: Percent, base_minor: i64, currency: Currency) -> String {
    format!("{} on {}", tax_name(category, rate), amount(base_minor, currency))
}

fn tax_name(category: TaxCategory, rate: Percent) -> String {
    match category {
        TaxCategory::Standard | TaxCategory::CanaryIslands | TaxCategory::CeutaMelilla => format!("Tax {rate} %"),
        TaxCategory::ZeroRated => "Zero rate".to_owned(),
        TaxCategory::Exempt => "Exempt".to_owned(),
        TaxCategory::ReverseCharge => "Reverse charge".to_owned(),
        TaxCategory::IntraCommunity => "Intra-community".to_owned(),
        TaxCategory::Export => "Export".to_owned(),
        TaxCategory::OutsideScope => "No tax".to_owned(),
    }
}

/// A saved line, printed.
pub(crate) struct Line {
    pub position: i64,
    pub description: String,
    pub quantity: String,
    pub unit: String,
    pub price: String,
    pub discount: String,
    pub tax: String,
    pub net: String,
}

pub(crate) fn printed(rows: &[LineRow], currency: Currency) -> Vec<Line> {
    let line = |row: &LineRow| Line {
        position: row.position,
        description: row.description.clone(),
        quantity: quantity(row.quantity),
        unit: row.unit.clone(),
        price: unit_price(row.unit_price, currency),
        discount: if row.discount_percent.is_zero() { String::new() } else { format!("{} %", row.discount_percent) },
        tax: tax_name(row.tax_category, row.tax_rate),
        net: amount(row.net_minor, currency),
    };
    rows.iter().map(line).collect()
}

pub(crate) const fn price_words(mode: PriceMode) -> &'static str {
    match mode {
        PriceMode::TaxExclusive => "Before tax",
        PriceMode::TaxInclusive => "Including tax",
    }
}

/// One document on the way of a sale.
pub(crate) struct Step {
    pub words: String,
    pub number: String,
    pub on: String,
    pub total: String,
    /// "" for the one that is being looked at.
    pub href: String,
    /// How long it took from the step before.
    pub took: String,
}

/// The way of a sale, when it has more than one document.
pub(crate) async fn way(app: &App, session: &Session, stop: Stop) -> PageResult<Vec<Step>> {
    let trail = trail::show(app, &session.caller, stop).await?;
    let mut steps = Vec::new();
    let mut before: Option<(&str, Date)> = None;
    let took = |before: Option<(&str, Date)>, on: Date| match before {
        Some((what, since)) if on == since => format!("on the day of the {what}"),
        Some((what, since)) => format!("{} after the {what}", days(on.days_since(since))),
        None => String::new(),
    };
    let href = |path: &str, is_here: bool| if is_here { String::new() } else { path.to_owned() };
    if let Some(quote) = &trail.quote {
        steps.push(Step {
            words: "Quote".to_owned(),
            number: quote.number.clone(),
            on: quote.quoted_on.to_string(),
            total: money(quote.gross_minor, quote.currency),
            href: href(&format!("/quotes/{}", quote.id), matches!(stop, Stop::Quote(id) if id == quote.id)),
            took: String::new(),
        });
        before = Some(("quote", quote.quoted_on));
    }
    if let Some(order) = &trail.order {
        steps.push(Step {
            words: "Order".to_owned(),
            number: order.number.clone(),
            on: order.ordered_on.to_string(),
            total: money(order.gross_minor, order.currency),
            href: href(&format!("/orders/{}", order.id), matches!(stop, Stop::Order(id) if id == order.id)),
            took: took(before, order.ordered_on),
        });
        before = Some(("order", order.ordered_on));
    }
    let mut billed: Option<Date> = None;
    for invoice in &trail.invoices {
        let is_correction = invoice.corrects_id.is_some();
        let since = if is_correction { billed.map(|on| ("invoice", on)) } else { before };
        steps.push(Step {
            words: if is_correction { "Credit note" } else { "Invoice" }.to_owned(),
            number: invoice.number.clone().unwrap_or_else(|| "Draft".to_owned()),
            on: invoice.invoiced_on.to_string(),
            total: money(invoice.gross_minor * invoice.kind.sign(), invoice.currency),
            href: href(&format!("/invoices/{}", invoice.id), matches!(stop, Stop::Invoice(id) if id == invoice.id)),
            took: took(since, invoice.invoiced_on),
        });
        billed = if is_correction { billed } else { Some(invoice.invoiced_on) };
    }
    Ok(if steps.len() > 1 { steps } else { Vec::new() })
}

pub(crate) fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}
