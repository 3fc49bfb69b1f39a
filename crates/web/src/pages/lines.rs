//! What the pages of quotes, orders and invoices share: the form of a document with its lines, the preview of its totals,
//! and how lines, taxes and the trail of a sale are shown.
//!
//! A form arrives as flat names (`lines[0].quantity`), stays text until the use case is called, and goes back to the
//! template with everything that was typed. `asked` makes the use case's input of it.

use crate::{
    error::PageResult,
    figures::{amount, money, quantity, read_number, unit_price},
    form::{Form, read},
    page::{Page, render, render_with},
    session::Session,
};
use app::{
    App, Error, FieldError, catalogue,
    lines::{LineRow, NewDocument, NewLine, TaxTotalRow},
    trail::{self, Stop},
};
use askama::Template;
use domain::{lines::PriceMode, taxes::TaxCategory, terms::Terms};
use kernel::{Currency, CustomerId, Date, Percent, TaxCodeId};
use serde::Deserialize;
use std::collections::BTreeMap;

const BLANK_LINES: usize = 3;
/// More are found by typing the SKU; a page does not carry a whole warehouse.
const MOST_PRODUCTS: usize = 500;

/// A quote, order or invoice as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub(crate) struct DocumentForm {
    pub customer: String,
    pub customer_text: String,
    pub currency: String,
    pub on: String,
    pub terms: String,
    pub price_mode: String,
    pub po_number: String,
    pub notes: String,
    pub supplied_on: String,
    pub valid_until: String,
    pub version: String,
    /// The button: "draft", "finish" or "more_lines".
    pub intent: String,
    pub lines: Vec<LineForm>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LineForm {
    pub product: String,
    pub description: String,
    pub quantity: String,
    pub unit: String,
    pub unit_price: String,
    pub discount_percent: String,
    pub tax_code: String,
}

impl From<Vec<(String, String)>> for DocumentForm {
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        let mut lines: BTreeMap<usize, LineForm> = BTreeMap::new();
        for (name, value) in pairs {
            let field = match name.as_str() {
                "customer" => Some(&mut form.customer),
                "customer_text" => Some(&mut form.customer_text),
                "currency" => Some(&mut form.currency),
                "on" => Some(&mut form.on),
                "terms" => Some(&mut form.terms),
                "price_mode" => Some(&mut form.price_mode),
                "po_number" => Some(&mut form.po_number),
                "notes" => Some(&mut form.notes),
                "supplied_on" => Some(&mut form.supplied_on),
                "valid_until" => Some(&mut form.valid_until),
                "version" => Some(&mut form.version),
                "intent" => Some(&mut form.intent),
                name => place_of(name).and_then(|(at, field)| lines.entry(at).or_default().field(field)),
            };
            if let Some(field) = field {
                *field = value;
            }
        }
        form.lines = lines.into_values().collect();
        if form.wants_more_lines() {
            form.lines.resize_with(form.lines.len() + BLANK_LINES, LineForm::default);
        } else {
            form.lines.retain(|line| !line.is_blank());
        }
        form
    }
}

/// `lines[3].quantity` is (3, "quantity").
fn place_of(name: &str) -> Option<(usize, &str)> {
    let (at, field) = name.strip_prefix("lines[")?.split_once("].")?;
    Some((at.parse().ok()?, field))
}

impl LineForm {
    fn field(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "product" => Some(&mut self.product),
            "description" => Some(&mut self.description),
            "quantity" => Some(&mut self.quantity),
            "unit" => Some(&mut self.unit),
            "unit_price" => Some(&mut self.unit_price),
            "discount_percent" => Some(&mut self.discount_percent),
            "tax_code" => Some(&mut self.tax_code),
            _ => None,
        }
    }

    /// Nothing was typed; a quantity of one stands there from the start.
    fn is_blank(&self) -> bool {
        let empty = |text: &str| text.trim().is_empty();
        let said = [&self.product, &self.description, &self.unit_price, &self.discount_percent];
        said.into_iter().all(|text| empty(text)) && (empty(&self.quantity) || self.quantity.trim() == "1")
    }

    fn asked(&self, at: usize, wrong: &mut Vec<FieldError>) -> NewLine {
        NewLine {
            product: text(&self.product),
            description: text(&self.description),
            quantity: read_number(wrong, &format!("lines[{at}].quantity"), &self.quantity),
            unit: text(&self.unit),
            unit_price: read_number(wrong, &format!("lines[{at}].unit_price"), &self.unit_price),
            discount_percent: read_number(wrong, &format!("lines[{at}].discount_percent"), &self.discount_percent),
            tax_code: text(&self.tax_code),
        }
    }
}

/// What was typed, when anything was.
pub(crate) fn text(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl DocumentForm {
    pub(crate) fn wants_more_lines(&self) -> bool {
        self.intent == "more_lines"
    }

    /// Save it and go on to the next step: send, confirm or issue.
    pub(crate) fn wants_finish(&self) -> bool {
        self.intent == "finish"
    }

    /// An empty form, for today.
    pub(crate) fn begin(session: &Session) -> Self {
        Self { on: session.company.today.to_string(), ..Self::default() }
    }

    pub(crate) async fn for_customer(mut self, app: &App, session: &Session, customer: &str) -> PageResult<Self> {
        if let Ok(id) = customer.parse::<CustomerId>() {
            let (row, _) = app::customers::facts(app, &session.caller, id).await?;
            self.customer = id.to_string();
            self.customer_text = row.name;
        }
        Ok(self)
    }

    /// The use case's input, or every field that cannot be read.
    pub(crate) async fn asked(&self, app: &App, session: &Session) -> app::Result<NewDocument> {
        let mut wrong = Vec::new();
        let customer = match self.customer_asked(app, session).await {
            Ok(customer) => Some(customer),
            Err(Error::Invalid(fields)) => {
                wrong.extend(fields);
                None
            }
            Err(error) => return Err(error),
        };
        let new = self.rest_asked(customer.unwrap_or(CustomerId(Default::default())), &mut wrong);
        if wrong.is_empty() { Ok(new) } else { Err(Error::Invalid(wrong)) }
    }

    fn rest_asked(&self, customer: CustomerId, wrong: &mut Vec<FieldError>) -> NewDocument {
        let lines = self.lines.iter().enumerate().map(|(at, line)| line.asked(at, wrong)).collect();
        NewDocument {
            customer,
            currency: optional(wrong, "currency", &self.currency),
            on: optional(wrong, "on", &self.on),
            price_mode: optional(wrong, "price_mode", &self.price_mode),
            terms: text(&self.terms),
            po_number: text(&self.po_number),
            notes: text(&self.notes),
            supplied_on: optional(wrong, "supplied_on", &self.supplied_on),
            valid_until: optional(wrong, "valid_until", &self.valid_until),
            lines,
        }
    }

    /// The chosen customer, or the only one that the typed text fits.
    async fn customer_asked(&self, app: &App, session: &Session) -> app::Result<CustomerId> {
        if let Ok(id) = self.customer.parse() {
            return Ok(id);
        }
        let Some(typed) = text(&self.customer_text) else {
            return Err(Error::field("customer", "say who it is for"));
        };
        match app::customers::find_by_number(app, &session.caller, &typed).await {
            Ok(found) => return Ok(found.id),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let filter = app::customers::CustomerFilter { search: Some(typed.clone()), ..Default::default() };
        let found = app::customers::list(app, &session.caller, filter).await?.rows;
        let exact = found.iter().find(|listed| listed.customer.name.to_lowercase() == typed.to_lowercase());
        match (exact, found.as_slice()) {
            (Some(listed), _) => Ok(listed.customer.id),
            (None, [only]) => Ok(only.customer.id),
            (None, []) => Err(Error::field("customer", format!("there is no customer “{typed}”"))),
            (None, many) => {
                let names: Vec<String> =
                    many.iter().take(3).map(|l| format!("{} ({})", l.customer.name, l.customer.number)).collect();
                Err(Error::field("customer", format!("several customers fit “{typed}”: {}…", names.join(", "))))
            }
        }
    }

    /// What the lines that are complete come to; an unfinished one does not hide the others.
    pub(crate) async fn totals(&self, app: &App, session: &Session) -> PageResult<Preview> {
        let mut unread = Vec::new();
        let Ok(customer) = self.customer_asked(app, session).await else {
            return Ok(Preview::saying("Choose the customer to see the totals."));
        };
        let mut new = self.rest_asked(customer, &mut unread);
        let written = new.lines.len();
        new.lines.retain(|line| line.quantity.is_some());
        let mut priced = app::lines::preview(app, &session.caller, &new).await;
        if let Err(Error::Invalid(fields)) = &priced {
            let wrong: Vec<usize> = fields.iter().filter_map(|f| Some(place_of(&f.field)?.0)).collect();
            if wrong.len() == fields.len() {
                let mut at = 0..;
                new.lines.retain(|_| at.next().is_some_and(|at| !wrong.contains(&at)));
                priced = app::lines::preview(app, &session.caller, &new).await;
            }
        }
        Ok(match priced {
            Ok(totals) => Preview::of(&totals, written - new.lines.len()),
            Err(Error::Invalid(_)) => Preview::saying("The totals appear with the first complete line."),
            Err(Error::Refused(sentence)) => Preview::saying(&sentence),
            Err(error) => return Err(error.into()),
        })
    }
}

/// An empty field is `None`.
pub(crate) fn optional<V>(wrong: &mut Vec<FieldError>, field: &str, typed: &str) -> Option<V>
where
    V: std::str::FromStr<Err: std::fmt::Display>,
{
    if typed.trim().is_empty() { None } else { read(wrong, field, typed) }
}

/// A stored line as it would be typed.
pub(crate) fn typed_line(row: &LineRow, choices: &Choices) -> LineForm {
    let product = row.product_id.and_then(|id| choices.products.iter().find(|product| product.id == id.0));
    let tax = choices.taxes.iter().find(|tax| tax.id == Some(row.tax_code_id));
    LineForm {
        product: product.map(|product| product.sku.clone()).unwrap_or_default(),
        description: row.description.clone(),
        quantity: row.quantity.to_string(),
        unit: row.unit.clone(),
        unit_price: row.unit_price.to_string(),
        discount_percent: if row.discount_percent.is_zero() { String::new() } else { row.discount_percent.to_string() },
        tax_code: tax.map(|tax| tax.code.clone()).unwrap_or_default(),
    }
}

/// What the form's lists offer.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    pub terms: Vec<Choice>,
    pub taxes: Vec<Choice>,
    pub currencies: Vec<Choice>,
    pub products: Vec<Product>,
}

#[derive(Debug)]
pub(crate) struct Choice {
    pub code: String,
    pub words: String,
    pub id: Option<TaxCodeId>,
    pub spec: Option<Terms>,
}

/// Fills a line when it is chosen.
#[derive(Debug)]
pub(crate) struct Product {
    pub id: uuid::Uuid,
    pub sku: String,
    pub words: String,
    pub unit: String,
    pub price: String,
    pub currency: Currency,
}

impl Choices {
    pub(crate) async fn load(app: &App, session: &Session) -> PageResult<Self> {
        let caller = &session.caller;
        let terms = catalogue::terms(app, caller).await?.into_iter().filter(|row| row.archived_at.is_none());
        let taxes = catalogue::tax_codes(app, caller).await?.into_iter().filter(|row| row.archived_at.is_none());
        let products = catalogue::products(app, caller).await?.into_iter().filter(|row| row.archived_at.is_none());
        Ok(Self {
            terms: terms
                .map(|row| Choice { code: row.code, words: row.name, id: None, spec: Some(row.spec.0) })
                .collect(),
            taxes: taxes.map(|row| Choice { code: row.code, words: row.name, id: Some(row.id), spec: None }).collect(),
            currencies: Currency::all()
                .map(|currency| Choice {
                    code: currency.code().to_owned(),
                    words: format!("{currency}, {}", currency.name()),
                    id: None,
                    spec: None,
                })
                .collect(),
            products: products
                .take(MOST_PRODUCTS)
                .map(|row| Product {
                    id: row.id.0,
                    words: row.name,
                    unit: row.unit,
                    price: row.unit_price.to_string(),
                    currency: row.currency,
                    sku: row.sku,
                })
                .collect(),
        })
    }

    /// The code of terms as a document keeps them; "" when no code says the same any more.
    pub(crate) fn terms_code(&self, terms: &Terms) -> String {
        let same = self.terms.iter().find(|choice| choice.spec.as_ref() == Some(terms));
        same.map(|choice| choice.code.clone()).unwrap_or_default()
    }
}

/// Which document a form makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Quote,
    Order,
    Invoice,
}

impl Kind {
    /// Its list, where also a new one is posted.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Quote => "/quotes",
            Self::Order => "/orders",
            Self::Invoice => "/invoices",
        }
    }

    pub(crate) const fn section(self) -> &'static str {
        match self {
            Self::Quote => "quotes",
            Self::Order => "orders",
            Self::Invoice => "invoices",
        }
    }

    const fn list(self) -> &'static str {
        match self {
            Self::Quote => "Quotes",
            Self::Order => "Orders",
            Self::Invoice => "Invoices",
        }
    }

    const fn save(self) -> &'static str {
        match self {
            Self::Quote => "Save quote",
            Self::Order => "Save order",
            Self::Invoice => "Save draft",
        }
    }

    const fn finish(self) -> &'static str {
        match self {
            Self::Quote => "Save and mark as sent",
            Self::Order => "Save and confirm",
            Self::Invoice => "Issue invoice",
        }
    }
}

#[derive(Template)]
#[template(path = "lines/form.html")]
pub(crate) struct FormPage<'a> {
    pub page: Page,
    pub kind: Kind,
    /// Where the form goes.
    pub post: String,
    pub form: &'a Form<DocumentForm>,
    pub choices: &'a Choices,
    pub preview: Preview,
}

/// One field of one line.
pub(crate) struct Cell {
    pub field: String,
    pub typed: String,
    pub wrong: String,
}

/// One line of the form.
pub(crate) struct Row {
    pub product: Cell,
    pub description: Cell,
    pub quantity: Cell,
    pub unit: Cell,
    pub unit_price: Cell,
    pub discount: Cell,
    pub tax: Cell,
}

impl FormPage<'_> {
    fn rows(&self) -> Vec<Row> {
        let blanks = if self.form.lines.is_empty() { BLANK_LINES } else { 0 };
        let blank = LineForm { quantity: "1".to_owned(), ..LineForm::default() };
        let lines = self.form.lines.iter().chain(std::iter::repeat_n(&blank, blanks));
        lines.enumerate().map(|(at, line)| self.row(at, line)).collect()
    }

    /// The line that a script adds.
    fn blank_row(&self) -> Row {
        self.row(usize::MAX, &LineForm { quantity: "1".to_owned(), ..LineForm::default() })
    }

    fn row(&self, at: usize, line: &LineForm) -> Row {
        let shown = if at == usize::MAX { 0 } else { at };
        let cell = |field: &str, typed: &str| Cell {
            field: format!("lines[{shown}].{field}"),
            typed: typed.to_owned(),
            wrong: self.form.error(&format!("lines[{at}].{field}")).to_owned(),
        };
        Row {
            product: cell("product", &line.product),
            description: cell("description", &line.description),
            quantity: cell("quantity", &line.quantity),
            unit: cell("unit", &line.unit),
            unit_price: cell("unit_price", &line.unit_price),
            discount: cell("discount_percent", &line.discount_percent),
            tax: cell("tax_code", &line.tax_code),
        }
    }
}

/// The form again, with what is wrong with it.
pub(crate) async fn ask(
    app: &App,
    session: &Session,
    kind: Kind,
    (heading, post): (&str, String),
    form: &Form<DocumentForm>,
) -> PageResult {
    let choices = Choices::load(app, session).await?;
    let preview = form.totals(app, session).await?;
    let page = session.page(heading, kind.section());
    render_with(form.status(), &FormPage { page, kind, post, form, choices: &choices, preview })
}

#[derive(Template)]
#[template(path = "lines/totals.html")]
struct Totals {
    preview: Preview,
}

/// The totals of a form that is being filled in, for the script that shows them while somebody types.
pub(crate) async fn preview(app: &App, session: &Session, form: &DocumentForm) -> PageResult {
    render(&Totals { preview: form.totals(app, session).await? })
}

/// Net, taxes and total, printed; or the sentence that stands in their place.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    pub net: String,
    /// Words and amount.
    pub taxes: Vec<(String, String)>,
    pub gross: String,
    pub currency: String,
    pub sentence: String,
}

impl Preview {
    fn saying(sentence: &str) -> Self {
        Self { sentence: sentence.to_owned(), ..Self::default() }
    }

    fn of(totals: &domain::lines::Totals, unfinished: usize) -> Self {
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
