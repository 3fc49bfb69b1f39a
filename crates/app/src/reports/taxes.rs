//! Taxes per period: those of issued documents by the day of the document, and what early-payment discounts take back of
//! them by the day of the allocation, or give back on the day of its undoing. Together they are what the books say on the
//! tax accounts.

use super::{
    Asked, Cell, Column, Kind, Link, Report, Row, Value, begin,
    sales::{Periods, span},
};
use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
    ledger::Books,
};
use domain::{cash::corrected_taxes, ledger::AccountRole, lines::TaxTotal, taxes::TaxCategory};
use kernel::{Currency, Date, Money, Percent, TaxCodeId};
use std::collections::BTreeMap;
use store::{
    catalogue,
    reports::sales::{self, DiscountedTax, ForeignTax, Span},
};

/// What a row is made of; both together are the tax that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Documents,
    Discounts,
}

impl Source {
    const fn word(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Discounts => "discounts",
        }
    }
}

/// What is taxed how: the code by name first, for the order of the rows.
type TaxKey = (String, (TaxCodeId, TaxCategory, Percent), Currency, Source);

#[derive(Debug, Clone, Copy, Default)]
struct Taxed {
    net: i64,
    tax: i64,
    base_net: i64,
    base_tax: i64,
}

impl Taxed {
    fn add(&mut self, other: Self) {
        self.net += other.net;
        self.tax += other.tax;
        self.base_net += other.base_net;
        self.base_tax += other.base_tax;
    }

    const fn turned(self) -> Self {
        Self { net: -self.net, tax: -self.tax, base_net: -self.base_net, base_tax: -self.base_tax }
    }
}

type Codes = BTreeMap<TaxCodeId, String>;

fn named(codes: &Codes, code: TaxCodeId) -> String {
    codes.get(&code).cloned().unwrap_or_default()
}

pub(super) async fn report(app: &App, caller: &Caller, asked: &Asked) -> Result<Report> {
    let (mut work, parties) = begin(app, caller).await?;
    let (company, base) = (work.company_id(), work.company.currency);
    let periods = Periods::ask(&work, asked)?;
    let codes = catalogue::tax_codes(&mut work.tx, company).await?;
    let codes: Codes = codes.into_iter().map(|code| (code.id, code.code)).collect();
    let mut report = Report::new("taxes", columns(base));
    periods.said(&mut report, asked);
    let discounts = Books::open(&mut work).await?.account(AccountRole::Discounts).ok();
    let whole = span(&work, &parties, asked, (periods.from, periods.to))?;
    let corrections = corrections(&mut work, &codes, &whole).await?;
    let mut totals: BTreeMap<Currency, Taxed> = BTreeMap::new();
    for (start, from, to) in &periods.spans {
        let label = periods.period.label(*start);
        let mut taxed = of_documents(&mut work, &codes, &Span { from: *from, to: *to, ..whole }).await?;
        for (_, key, part) in corrections.iter().filter(|(on, ..)| (from..=to).contains(&on)) {
            taxed.entry(key.clone()).or_default().add(*part);
        }
        for (key, taxed) in taxed {
            totals.entry(key.2).or_default().add(taxed);
            let made_of = made_of(&key, (*from, *to), discounts.as_ref(), asked);
            let (code, (_, category, rate), currency, source) = key;
            let what =
                vec![label.as_str().into(), code.into(), category.as_str().into(), rate.into(), source.word().into()];
            report.rows.push(row(what, (currency, base), taxed, made_of));
        }
    }
    let total = |(currency, taxed): (Currency, Taxed)| {
        let mut what: Vec<Cell> = vec!["Total".into()];
        what.extend((0..4).map(|_| Cell::from(Value::Empty)));
        row(what, (currency, base), taxed, None)
    };
    report.totals = totals.into_iter().map(total).collect();
    Ok(report)
}

fn columns(base: Currency) -> Vec<Column> {
    vec![
        Column::text("period", "Period"),
        Column::text("code", "Tax code"),
        Column::text("category", "Category"),
        Column::new("rate", "Rate", Kind::Percent),
        Column::text("source", "Source"),
        Column::text("currency", "Currency"),
        Column::money("net", "Taxed amount", None),
        Column::money("tax", "Tax", None),
        Column::money("net_base", &format!("Taxed amount in {base}"), Some(base)),
        Column::money("tax_base", &format!("Tax in {base}"), Some(base)),
    ]
}

/// Documents lead to the sales of the period, discounts to their account in the journal.
fn made_of(key: &TaxKey, (from, to): (Date, Date), discounts: Option<&String>, asked: &Asked) -> Option<Link> {
    let (name, of) = match key.3 {
        Source::Documents => ("sales", ("currency", key.2.to_string())),
        Source::Discounts => ("journal", ("account", discounts?.clone())),
    };
    let known_at = asked.known_at.map(|known_at| ("known_at", known_at.to_string()));
    let period = [("from", from.to_string()), ("to", to.to_string()), of];
    Some(Link::Report { name, parameters: period.into_iter().chain(known_at).collect() })
}

fn row(mut cells: Vec<Cell>, (currency, base): (Currency, Currency), taxed: Taxed, made_of: Option<Link>) -> Row {
    cells.push(currency.into());
    cells.push(Cell { link: made_of, ..Cell::from(Money::new(taxed.net, currency)) });
    cells.push(Money::new(taxed.tax, currency).into());
    cells.extend([taxed.base_net, taxed.base_tax].map(|minor| Cell::from(Money::new(minor, base))));
    Row { cells }
}

/// The taxes of a span's documents by code, in the order of the codes.
async fn of_documents(work: &mut Work, codes: &Codes, span: &Span) -> Result<BTreeMap<TaxKey, Taxed>> {
    let (company, base) = (work.company_id(), work.company.currency);
    let key = |(code, category, rate): (TaxCodeId, TaxCategory, Percent), currency| {
        (named(codes, code), (code, category, rate), currency, Source::Documents)
    };
    let mut taxed: BTreeMap<TaxKey, Taxed> = BTreeMap::new();
    for sums in sales::taxes(&mut work.tx, company, span).await? {
        let key = key((sums.tax_code_id, sums.category, sums.rate), sums.currency);
        let (net, tax) = (sums.base_minor, sums.tax_minor);
        let (base_net, base_tax) = if sums.currency == base { (net, tax) } else { (0, 0) };
        taxed.entry(key).or_default().add(Taxed { net, tax, base_net, base_tax });
    }
    let foreign = sales::foreign_taxes(&mut work.tx, company, base, span).await?;
    for document in foreign.chunk_by(|a, b| a.document_id == b.document_id) {
        for (tax, (base_net, base_tax)) in document.iter().zip(base_shares(document)) {
            let key = key((tax.tax_code_id, tax.category, tax.rate), tax.currency);
            let (base_net, base_tax) = (tax.sign * base_net, tax.sign * base_tax);
            taxed.entry(key).or_default().add(Taxed { base_net, base_tax, ..Taxed::default() });
        }
    }
    Ok(taxed)
}

/// What discounts took back of taxes, and what their undoing gave back, each on its day.
async fn corrections(work: &mut Work, codes: &Codes, span: &Span) -> Result<Vec<(Date, TaxKey, Taxed)>> {
    let company = work.company_id();
    let rows = sales::discounted_taxes(&mut work.tx, company, span).await?;
    let mut corrections = Vec::new();
    for taxes in rows.chunk_by(|a, b| a.allocation_id == b.allocation_id) {
        let Some(first) = taxes.first() else { continue };
        let totals: Vec<TaxTotal> = taxes.iter().map(total_of).collect();
        let discount = Money::new(first.discount_minor, first.currency);
        let corrected = corrected_taxes(&totals, discount, first.discount_base_minor).map_err(Error::broken)?;
        for tax in corrected.into_iter().filter(|tax| !tax.part.net.is_zero() || !tax.part.tax.is_zero()) {
            let (part, base_net, base_tax) = (tax.part, tax.base_net_minor, tax.base_tax_minor);
            let what = (part.code, part.category, part.rate);
            let key = (named(codes, part.code), what, first.currency, Source::Discounts);
            let given = Taxed { net: part.net.minor(), tax: part.tax.minor(), base_net, base_tax };
            corrections.extend(first.reversed_on.map(|on| (on, key.clone(), given)));
            corrections.push((first.effective_on, key, given.turned()));
        }
    }
    Ok(corrections)
}

fn total_of(row: &DiscountedTax) -> TaxTotal {
    let money = |minor| Money::new(minor, row.currency);
    let (base, tax) = (money(row.base_minor), money(row.tax_minor));
    TaxTotal { code: row.tax_code_id, category: row.category, rate: row.rate, base, tax }
}

/// The document's amounts in base currency, shared over its taxes so that nothing is lost to rounding.
fn base_shares(document: &[ForeignTax]) -> Vec<(i64, i64)> {
    let weights = |part: fn(&ForeignTax) -> i64| document.iter().map(part).collect::<Vec<i64>>();
    let (net, tax) = document.first().map_or((0, 0), |first| (first.document_net_minor, first.document_tax_minor));
    let nets = domain::invoices::base_shares(&weights(|tax| tax.base_minor), net);
    nets.into_iter().zip(domain::invoices::base_shares(&weights(|tax| tax.tax_minor), tax)).collect()
}
