//! A document as it was typed: flat names (`lines[0].quantity`) on the way in, text until the use case is called.
//!
//! `asked` makes the use case's input of it and names every field that cannot be read; `totals` prices what is complete
//! without saving anything.

use super::{BLANK_LINES, Choices, shown::Preview};
use crate::{error::PageResult, figures::read_number, form::read, session::Session};
use app::{
    App, Error, FieldError,
    customers::{self, CustomerFilter},
    lines::{self, LineRow, NewDocument, NewLine},
};
use kernel::CustomerId;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Display, str::FromStr};

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
pub(super) fn place_of(name: &str) -> Option<(usize, &str)> {
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
        let said = [&self.product, &self.description, &self.unit, &self.unit_price, &self.discount_percent];
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

    /// The version of the saved document that the form began with.
    pub(crate) fn version(&self) -> i64 {
        self.version.parse().unwrap_or_default()
    }

    /// An empty form, for today.
    pub(crate) fn begin(session: &Session) -> Self {
        Self { on: session.company.today.to_string(), ..Self::default() }
    }

    pub(crate) async fn for_customer(mut self, app: &App, session: &Session, customer: &str) -> PageResult<Self> {
        if let Ok(id) = customer.parse::<CustomerId>() {
            let (row, _) = customers::facts(app, &session.caller, id).await?;
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

    async fn customer_asked(&self, app: &App, session: &Session) -> app::Result<CustomerId> {
        chosen_customer(app, session, &self.customer, &self.customer_text).await
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
        let mut priced = lines::preview(app, &session.caller, &new).await;
        if let Err(Error::Invalid(fields)) = &priced {
            let wrong: Vec<usize> = fields.iter().filter_map(|f| Some(place_of(&f.field)?.0)).collect();
            if wrong.len() == fields.len() {
                let mut at = 0..;
                new.lines.retain(|_| at.next().is_some_and(|at| !wrong.contains(&at)));
                priced = lines::preview(app, &session.caller, &new).await;
            }
        }
        Ok(match priced {
            Ok(priced) => Preview::of(&priced, written - new.lines.len()),
            Err(Error::Invalid(_)) => Preview::saying("The totals appear with the first complete line."),
            Err(Error::Refused(sentence)) => Preview::saying(&sentence),
            Err(error) => return Err(error.into()),
        })
    }
}

/// The chosen customer, or the only one that the typed text fits.
pub(crate) async fn chosen_customer(app: &App, session: &Session, id: &str, name: &str) -> app::Result<CustomerId> {
    if let Ok(id) = id.parse() {
        return Ok(id);
    }
    let Some(typed) = text(name) else {
        return Err(Error::field("customer", "say who it is for"));
    };
    match customers::find_by_number(app, &session.caller, &typed).await {
        Ok(found) => return Ok(found.id),
        Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    let filter = CustomerFilter { search: Some(typed.clone()), ..Default::default() };
    let found = customers::list(app, &session.caller, filter).await?.rows;
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

/// An empty field is `None`.
pub(crate) fn optional<V>(wrong: &mut Vec<FieldError>, field: &str, typed: &str) -> Option<V>
where
    V: FromStr<Err: Display>,
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
