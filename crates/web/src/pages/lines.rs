//! What the pages of quotes, orders and invoices share: the form of a document with its lines, and its preview.
//!
//! `typed` reads what was typed, `shown` prints what is saved, `list` and `ticked` are what their lists have in common. A form that is
//! refused goes back to the template with everything that was typed and what is wrong with it.

mod list;
mod part;
mod shown;
mod ticked;
mod typed;

pub(crate) use list::{Chip, FILTERS, Sum, add_up, narrowed, only_customer, state_chips};
pub(crate) use part::{PartForm, PartLine, parts};
pub(crate) use shown::{Line, Preview, Step, days, price_words, printed, way};
pub(crate) use ticked::{Came, Ticked};
pub(crate) use typed::{DocumentForm, chosen_customer, optional, text, typed_line};

use crate::{
    error::PageResult,
    form::Form,
    page::{Page, render, render_with},
    session::Session,
};
use app::{App, catalogue};
use askama::Template;
use domain::terms::Terms;
use kernel::{Currency, TaxCodeId};
use typed::LineForm;
use uuid::Uuid;

const BLANK_LINES: usize = 3;
/// More are found by typing the SKU; a page does not carry a whole warehouse.
const MOST_PRODUCTS: usize = 500;

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
    pub id: Uuid,
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
            taxes: taxes
                .map(|row| {
                    let rates = row.rates.0.iter().filter(|rate| rate.valid_from <= session.company.today);
                    let rate = rates.max_by_key(|rate| rate.valid_from).filter(|rate| !rate.rate.is_zero());
                    let words = rate.map_or_else(|| row.name.clone(), |rate| format!("{}, {} %", row.name, rate.rate));
                    Choice { code: row.code, words, id: Some(row.id), spec: None }
                })
                .collect(),
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

    const fn on(self) -> &'static str {
        match self {
            Self::Quote => "Quoted on",
            Self::Order => "Ordered on",
            Self::Invoice => "Invoice date",
        }
    }

    const fn supplied(self) -> &'static str {
        match self {
            Self::Quote | Self::Order => "Deliver on",
            Self::Invoice => "Supplied on",
        }
    }

    const fn reference(self) -> &'static str {
        match self {
            Self::Quote => "Customer's reference",
            Self::Order | Self::Invoice => "PO number",
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
