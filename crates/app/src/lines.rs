//! From what somebody typed to priced lines: the part that quotes, orders and invoices share.
//!
//! `Catalogue::load` reads what pricing needs once per piece of work; `Catalogue::sale` resolves customer, terms, taxes and
//! products, prices the lines and reports every wrong field at once.

use crate::{
    context::{App, Caller, Work, new_id},
    error::{Error, FieldError, Result},
    reference::Reference,
};
use domain::{
    calendar::Calendar,
    companies::Settings,
    lines::{LineInput, PriceMode, Totals, price},
    orders::Progress,
    taxes::{AppliedTax, TaxCode},
    terms::Terms,
    users::Permission,
};
use kernel::{CompanyId, Currency, CustomerId, Date, LineId, Percent, Quantity, TaxCodeId, UnitPrice};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
pub use store::lines::{DocumentFilter, LineRow, TaxTotalRow};
use store::{
    catalogue::{self, ProductRow, TaxCodeRow},
    customers::{self, CustomerRow},
    lines::{self, TakenOfLine},
};
use uuid::Uuid;

/// One line as it is typed or sent; a product fills in what is left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// The product's SKU.
    pub product: Option<String>,
    pub description: Option<String>,
    pub quantity: Option<Quantity>,
    pub unit: Option<String>,
    pub unit_price: Option<UnitPrice>,
    pub discount_percent: Option<Percent>,
    /// The tax code's code; else the customer's, the product's or the company's.
    pub tax_code: Option<String>,
}

/// A quote, order or invoice as it is typed or sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    pub customer: CustomerId,
    /// The customer's when left out.
    pub currency: Option<Currency>,
    /// The document's day; today when left out.
    pub on: Option<Date>,
    pub price_mode: Option<PriceMode>,
    /// The terms' code; the customer's or the company's when left out.
    pub terms: Option<String>,
    pub po_number: Option<String>,
    pub notes: Option<String>,
    /// When it was or will be delivered.
    pub supplied_on: Option<Date>,
    /// The last day on which a quote can be accepted.
    pub valid_until: Option<Date>,
    pub lines: Vec<NewLine>,
}

impl NewDocument {
    /// Everything but the lines as the customer and the company have it.
    pub fn of(customer: CustomerId, lines: Vec<NewLine>) -> Self {
        Self {
            customer,
            currency: None,
            on: None,
            price_mode: None,
            terms: None,
            po_number: None,
            notes: None,
            supplied_on: None,
            valid_until: None,
            lines,
        }
    }
}

/// A document with everything looked up and priced.
pub(crate) struct Sale {
    pub customer: CustomerRow,
    pub currency: Currency,
    pub on: Date,
    pub price_mode: PriceMode,
    pub terms: Terms,
    pub lines: Vec<SaleLine>,
    pub totals: Totals,
    pub reasons: Reasons,
}

/// Why taxes are not charged, by tax code; a document keeps the words it was written with.
pub type Reasons = HashMap<TaxCodeId, String>;

pub(crate) struct SaleLine {
    pub input: LineInput,
    pub revenue_account: Option<String>,
    /// The order or invoice line behind it.
    pub source: Option<LineId>,
}

/// For whom, when and in what a line is priced.
struct Asked<'a> {
    settings: &'a Settings,
    customer: &'a CustomerRow,
    on: Date,
    currency: Currency,
}

/// What pricing reads of a company.
pub(crate) struct Catalogue {
    reference: Arc<Reference>,
    products: HashMap<String, ProductRow>,
    customers: HashMap<CustomerId, CustomerRow>,
}

const MAX_LINES: usize = 1_000;
const MOST_PO_NUMBER: usize = 200;
const MOST_NOTES: usize = 10_000;

impl Catalogue {
    /// Loads for these documents at once, so that a thousand documents cost as many queries as one.
    pub(crate) async fn load(work: &mut Work, documents: &[NewDocument]) -> Result<Self> {
        let reference = work.reference().await?;
        let mut catalogue = Self { reference, products: HashMap::new(), customers: HashMap::new() };
        let customers = documents.iter().map(|document| document.customer);
        let skus = documents.iter().flat_map(|document| &document.lines).filter_map(|line| line.product.as_ref());
        catalogue.add(work, customers, skus).await?;
        Ok(catalogue)
    }

    /// Loads what is named and was not before.
    pub(crate) async fn add<'d>(
        &mut self,
        work: &mut Work,
        customers: impl Iterator<Item = CustomerId>,
        skus: impl Iterator<Item = &'d String>,
    ) -> Result<()> {
        let company = work.company_id();
        let skus: BTreeSet<&String> = skus.filter(|sku| !self.products.contains_key(*sku)).collect();
        if !skus.is_empty() {
            let skus: Vec<String> = skus.into_iter().cloned().collect();
            let products = catalogue::products_by_skus(&mut work.tx, company, &skus).await?;
            self.products.extend(products.into_iter().map(|product| (product.sku.clone(), product)));
        }
        let ids: BTreeSet<CustomerId> = customers.filter(|id| !self.customers.contains_key(id)).collect();
        if !ids.is_empty() {
            let ids: Vec<CustomerId> = ids.into_iter().collect();
            let customers = customers::by_ids(&mut work.tx, company, &ids).await?;
            self.customers.extend(customers.into_iter().map(|customer| (customer.id, customer)));
        }
        Ok(())
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        &self.reference.calendar
    }

    pub(crate) fn sale(&self, work: &Work, new: &NewDocument) -> Result<Sale> {
        let settings = &work.company.settings.0;
        let mut wrong = Vec::new();
        let customer = self.customers.get(&new.customer).cloned();
        if customer.as_ref().is_some_and(|customer| customer.archived_at.is_some()) {
            wrong.push(field("customer", "this customer is archived"));
        }
        let Some(customer) = customer else { return Err(Error::field("customer", "there is no such customer")) };
        let on = new.on.unwrap_or(work.today);
        let currency = new.currency.unwrap_or(customer.currency);
        let terms = self.terms(settings, &customer, new.terms.as_deref());
        if terms.is_none() {
            wrong.push(field("terms", "there are no such payment terms"));
        }
        for (name, text, most) in [("po_number", &new.po_number, MOST_PO_NUMBER), ("notes", &new.notes, MOST_NOTES)] {
            if text.as_ref().is_some_and(|text| text.len() > most) {
                wrong.push(field(name, &format!("use up to {most} characters")));
            }
        }
        if new.lines.is_empty() || new.lines.len() > MAX_LINES {
            wrong.push(field("lines", "a document has 1 to 1000 lines"));
        }
        let asked = Asked { settings, customer: &customer, on, currency };
        let mut lines = Vec::new();
        for (index, line) in new.lines.iter().enumerate() {
            match self.line(&asked, line) {
                Ok(line) => lines.push(line),
                Err(errors) => wrong.extend(errors.into_iter().map(|error| FieldError {
                    field: format!("lines[{index}].{}", error.field),
                    message: error.message,
                })),
            }
        }
        let (Some(terms), true) = (terms, wrong.is_empty()) else { return Err(Error::Invalid(wrong)) };
        let price_mode = new.price_mode.unwrap_or(settings.price_mode);
        let inputs: Vec<LineInput> = lines.iter().map(|line| line.input.clone()).collect();
        let totals = price(&inputs, currency, price_mode, settings.tax_rounding)?;
        let reasons = self.reasons(&lines);
        Ok(Sale { customer, currency, on, price_mode, terms, lines, totals, reasons })
    }

    fn terms(&self, settings: &Settings, customer: &CustomerRow, code: Option<&str>) -> Option<Terms> {
        let by_code = |code: &str| self.reference.terms.iter().find(|terms| terms.code == code);
        let found = match code {
            Some(code) => by_code(code).filter(|terms| terms.archived_at.is_none()),
            None => match customer.terms_id {
                Some(id) => self.reference.terms.iter().find(|terms| terms.id == id),
                None => by_code(&settings.terms_code),
            },
        };
        found.map(|terms| terms.spec.0.clone())
    }

    fn line(&self, asked: &Asked<'_>, new: &NewLine) -> Result<SaleLine, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let product = new.product.as_ref().and_then(|sku| self.products.get(sku));
        if new.product.is_some() && product.is_none() {
            wrong.push(field("product", "there is no product with this SKU"));
        }
        let text =
            |typed: &Option<String>| typed.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let description = text(&new.description).or_else(|| product.map(|product| product.name.clone()));
        if description.as_ref().is_none_or(|description| description.len() > 2_000) {
            wrong.push(field("description", "describe what is sold in up to 2000 characters"));
        }
        let same_currency = product.filter(|product| product.currency == asked.currency);
        let unit_price = new.unit_price.or_else(|| same_currency.map(|product| product.unit_price));
        if unit_price.is_none() {
            wrong.push(field("unit_price", "give a price"));
        }
        if new.quantity.is_none() {
            wrong.push(field("quantity", "give a quantity"));
        }
        let tax = self.tax(asked, product, new.tax_code.as_deref());
        if let Err(message) = &tax {
            wrong.push(field("tax_code", message));
        }
        match (description, unit_price, new.quantity, tax) {
            (Some(description), Some(unit_price), Some(quantity), Ok(tax)) if wrong.is_empty() => Ok(SaleLine {
                input: LineInput {
                    product: product.map(|product| product.id),
                    description,
                    quantity,
                    unit: text(&new.unit).or_else(|| product.map(|p| p.unit.clone())).unwrap_or_default(),
                    unit_price,
                    discount_percent: new.discount_percent.filter(|percent| !percent.is_zero()),
                    tax,
                },
                revenue_account: product.and_then(|product| product.revenue_account.clone()),
                source: None,
            }),
            _ => Err(wrong),
        }
    }

    /// The line's own tax code, else the customer's, the product's, the company's.
    fn tax(&self, asked: &Asked<'_>, product: Option<&ProductRow>, code: Option<&str>) -> Result<AppliedTax, String> {
        let by_id = |id: TaxCodeId| self.reference.taxes.iter().find(|tax| tax.id == id);
        let by_code = |code: &str| self.reference.taxes.iter().find(|tax| tax.code == code);
        let row = match code.filter(|code| !code.is_empty()) {
            Some(code) => by_code(code).filter(|tax| tax.archived_at.is_none()),
            None => asked
                .customer
                .tax_code_id
                .and_then(by_id)
                .or_else(|| product.and_then(|product| product.tax_code_id).and_then(by_id))
                .or_else(|| by_code(&asked.settings.tax_code)),
        };
        let row = row.ok_or("there is no such tax code")?;
        let tax = TaxCode {
            code: row.code.clone(),
            name: row.name.clone(),
            category: row.category,
            exemption_reason: row.exemption_reason.clone(),
            rates: row.rates.0.clone(),
        };
        tax.applied_on(row.id, asked.on).map_err(|error| error.to_string())
    }

    /// The ledger account of a tax code.
    pub(crate) fn tax_account(&self, id: TaxCodeId) -> Option<&str> {
        self.reference.taxes.iter().find(|tax| tax.id == id).map(|tax| tax.account.as_str())
    }

    fn reasons(&self, lines: &[SaleLine]) -> Reasons {
        let sold = |tax: &&TaxCodeRow| lines.iter().any(|line| line.input.tax.code == tax.id);
        self.reference
            .taxes
            .iter()
            .filter(sold)
            .filter_map(|tax| Some((tax.id, tax.exemption_reason.clone()?)))
            .collect()
    }
}

/// What a document would come to.
pub struct Priced {
    pub totals: Totals,
    pub reasons: Reasons,
}

/// What a document would come to, without saving anything.
pub async fn preview(app: &App, caller: &Caller, new: &NewDocument) -> Result<Priced> {
    let mut work = app.read(caller, Permission::Read).await?;
    let catalogue = Catalogue::load(&mut work, std::slice::from_ref(new)).await?;
    let Sale { totals, reasons, .. } = catalogue.sale(&work, new)?;
    Ok(Priced { totals, reasons })
}

impl Sale {
    /// The rows of the document's lines and taxes.
    pub(crate) fn rows(&self, company_id: CompanyId, document_id: Uuid) -> (Vec<LineRow>, Vec<TaxTotalRow>) {
        let line = |((position, line), priced): ((i64, &SaleLine), &domain::lines::PricedLine)| LineRow {
            company_id,
            id: new_id(),
            document_id,
            position,
            product_id: line.input.product,
            description: line.input.description.clone(),
            unit: line.input.unit.clone(),
            quantity: line.input.quantity,
            unit_price: line.input.unit_price,
            discount_percent: line.input.discount_percent.unwrap_or(Percent::ZERO),
            tax_code_id: line.input.tax.code,
            tax_category: line.input.tax.category,
            tax_rate: line.input.tax.rate,
            net_minor: priced.net.minor(),
            revenue_account: line.revenue_account.clone(),
            source_line_id: line.source,
            cancelled_quantity: Quantity::ZERO,
        };
        let tax = |(position, total): (i64, &domain::lines::TaxTotal)| TaxTotalRow {
            company_id,
            document_id,
            position,
            tax_code_id: total.code,
            category: total.category,
            rate: total.rate,
            base_minor: total.base.minor(),
            tax_minor: total.tax.minor(),
            exemption_reason: self.reasons.get(&total.code).cloned(),
        };
        let lines = (1..).zip(&self.lines).zip(&self.totals.lines).map(line).collect();
        (lines, (1..).zip(&self.totals.taxes).map(tax).collect())
    }
}

/// How far each of these lines was taken into documents made from them, and what those come to before tax.
pub(crate) async fn progress(work: &mut Work, rows: &[LineRow]) -> Result<(Vec<Progress>, Vec<i64>)> {
    let company = work.company_id();
    let ids: Vec<LineId> = rows.iter().map(|row| row.id).collect();
    let taken = lines::taken_of(&mut work.tx, company, &ids).await?;
    let taken: HashMap<LineId, TakenOfLine> = taken.into_iter().map(|taken| (taken.source_line_id, taken)).collect();
    let line = |row: &LineRow| {
        let taken = taken.get(&row.id);
        let progress = Progress {
            line: row.id,
            position: row.position,
            ordered: row.quantity,
            invoiced: taken.map_or(Quantity::ZERO, |taken| taken.quantity),
            cancelled: row.cancelled_quantity,
        };
        (progress, taken.map_or(0, |taken| taken.net_minor))
    };
    Ok(rows.iter().map(line).unzip())
}

/// The reasons of a stored document, for one that is made from it.
pub(crate) fn kept_reasons(taxes: Vec<TaxTotalRow>) -> Reasons {
    taxes.into_iter().filter_map(|tax| Some((tax.tax_code_id, tax.exemption_reason?))).collect()
}

/// A stored line as pricing reads it, so that a document made from another keeps prices and taxes.
pub(crate) fn sale_line(row: &LineRow, quantity: Quantity) -> SaleLine {
    SaleLine {
        input: LineInput {
            product: row.product_id,
            description: row.description.clone(),
            quantity,
            unit: row.unit.clone(),
            unit_price: row.unit_price,
            discount_percent: (!row.discount_percent.is_zero()).then_some(row.discount_percent),
            tax: AppliedTax { code: row.tax_code_id, category: row.tax_category, rate: row.tax_rate },
        },
        revenue_account: row.revenue_account.clone(),
        source: Some(row.id),
    }
}

pub(crate) fn field(field: &str, message: &str) -> FieldError {
    FieldError { field: field.to_owned(), message: message.to_owned() }
}
