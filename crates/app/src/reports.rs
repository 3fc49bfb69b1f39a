//! Reports: one question about the books, answered as one table that every face shows alike.
//!
//! A report is asked for by name with parameters in the words of the query string (`Asked`). Its answer knows no page and
//! no file: columns with their kinds, rows of exact values that link to what they are made of, totals per currency. Pages,
//! JSON, CSV, workbooks and the terminal all render this one thing. Nothing here writes.

mod aging;
mod asked;
mod books;
mod customers;
mod figures;
mod files;
mod orders;
mod payments;
mod sales;
mod taxes;

pub use aging::{AgingRow, AgingTable, aging_table};
pub use asked::{Asked, REPORTS, ReportInfo, Side, info};
pub use figures::{AgingPicture, DSO_DAYS, Figures, SOON_DAYS, figures};

use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
    lists::Cursor,
};
use domain::{items::ItemKind, users::Permission};
use kernel::{
    Currency, CustomerId, Date, Decimal, EntryId, InvoiceId, Money, OpenItemId, OrderId, PaymentId, Percent, Timestamp,
};
use serde::Serialize;
use std::{borrow::Cow, collections::HashMap};
use store::reports::{Party, items::Moment};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
    },
};
use uuid::Uuid;

/// The answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Report {
    pub name: &'static str,
    pub title: &'static str,
    /// What was asked, in words.
    pub parameters: Vec<Parameter>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Of all pages, one row per currency.
    pub totals: Vec<Row>,
    /// Where the next page begins: the parameter `after`.
    #[schema(value_type = Option<String>)]
    pub next: Option<Cursor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReportParameter)]
pub struct Parameter {
    pub title: &'static str,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReportColumn)]
pub struct Column {
    pub key: String,
    pub title: String,
    pub kind: Kind,
    /// The currency of all amounts of the column; none when each row has its own.
    pub currency: Option<Currency>,
}

kernel::text_enum! {
    pub enum Kind {
        Text = "text",
        Date = "date",
        Money = "money",
        Integer = "integer",
        Decimal = "decimal",
        Percent = "percent",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReportRow)]
pub struct Row {
    pub cells: Vec<Cell>,
}

/// A value and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReportCell)]
pub struct Cell {
    pub value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Empty,
    Text(String),
    Date(Date),
    Money(Money),
    Integer(i64),
    Decimal(Decimal),
    Percent(Percent),
}

/// Where a figure leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = ReportLink)]
pub enum Link {
    Customer {
        id: CustomerId,
    },
    Invoice {
        id: InvoiceId,
    },
    Payment {
        id: PaymentId,
    },
    Order {
        id: OrderId,
    },
    OpenItem {
        id: OpenItemId,
    },
    Entry {
        id: EntryId,
    },
    /// Issued documents of a customer, dated from the one day to the other.
    Invoices {
        customer: CustomerId,
        from: Date,
        to: Date,
    },
    Report {
        name: &'static str,
        /// Names and values.
        #[schema(value_type = Vec<Vec<String>>)]
        parameters: Vec<(&'static str, String)>,
    },
}

/// Answers the report called `name`.
pub async fn run(app: &App, caller: &Caller, name: &str, asked: &Asked) -> Result<Report> {
    match name {
        "aged-receivables" => aging::report(app, caller, asked).await,
        "unapplied-cash" => aging::unapplied(app, caller, asked).await,
        "open-items" => customers::open_items(app, caller, asked).await,
        "customer-ledger" => customers::ledger(app, caller, asked).await,
        "trial-balance" => books::trial_balance(app, caller, asked).await,
        "journal" => books::journal(app, caller, asked).await,
        "sales" => sales::sales(app, caller, asked).await,
        "taxes" => taxes::report(app, caller, asked).await,
        "payments" => payments::received(app, caller, asked).await,
        "order-to-invoice" => orders::times(app, caller, asked).await,
        "unbilled-orders" => orders::unbilled(app, caller, asked).await,
        _ => Err(Error::NotFound("report")),
    }
}

/// Rows of one file; a workbook and a table program stop near here too.
const MOST_ROWS_OF_A_FILE: usize = 500_000;

/// All pages of the report called `name` as one, for a file.
pub async fn whole(app: &App, caller: &Caller, name: &str, asked: &Asked) -> Result<Report> {
    let mut asked = Asked { after: None, limit: Some(i64::MAX), ..asked.clone() };
    let mut report = run(app, caller, name, &asked).await?;
    while let Some(next) = report.next.take() {
        if report.rows.len() >= MOST_ROWS_OF_A_FILE {
            let way_out = "ask for fewer days or for one customer";
            let sentence = format!("{} has more than {MOST_ROWS_OF_A_FILE} rows; {way_out}", report.title);
            return Err(Error::Refused(sentence));
        }
        asked.after = Some(next);
        let page = run(app, caller, name, &asked).await?;
        report.rows.extend(page.rows);
        report.next = page.next;
    }
    Ok(report)
}

impl Report {
    fn new(name: &'static str, columns: Vec<Column>) -> Self {
        let title = info(name).map_or(name, |info| info.title);
        let (parameters, rows, totals) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, title, parameters, columns, rows, totals, next: None }
    }

    fn said(&mut self, title: &'static str, value: impl ToString) {
        self.parameters.push(Parameter { title, value: value.to_string() });
    }
}

impl Column {
    fn new(key: &str, title: &str, kind: Kind) -> Self {
        Self { key: key.to_owned(), title: title.to_owned(), kind, currency: None }
    }

    fn text(key: &str, title: &str) -> Self {
        Self::new(key, title, Kind::Text)
    }

    fn date(key: &str, title: &str) -> Self {
        Self::new(key, title, Kind::Date)
    }

    fn integer(key: &str, title: &str) -> Self {
        Self::new(key, title, Kind::Integer)
    }

    fn money(key: &str, title: &str, currency: Option<Currency>) -> Self {
        Self { currency, ..Self::new(key, title, Kind::Money) }
    }
}

impl<V: Into<Value>> From<V> for Cell {
    fn from(value: V) -> Self {
        Self { value: value.into(), link: None }
    }
}

impl Cell {
    fn to(self, link: Link) -> Self {
        Self { link: Some(link), ..self }
    }
}

macro_rules! values {
    ($($type:ty => $variant:ident),+) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )+ };
}
values!(String => Text, Date => Date, Money => Money, i64 => Integer, Decimal => Decimal, Percent => Percent);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

/// One of four shapes; the column's kind says which.
impl PartialSchema for Value {
    fn schema() -> RefOr<Schema> {
        let shapes = SchemaType::from_iter([Type::Null, Type::String, Type::Integer]);
        let plain =
            ObjectBuilder::new().schema_type(shapes).description(Some("Text, a day, a decimal, a count or nothing."));
        OneOfBuilder::new().item(plain).item(Money::schema()).into()
    }
}

impl ToSchema for Value {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ReportValue")
    }
}

impl From<Currency> for Value {
    fn from(currency: Currency) -> Self {
        Self::Text(currency.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// The document behind an item; the item itself where there is none.
fn document_link((item, kind): (OpenItemId, ItemKind), document: Uuid) -> Link {
    match kind {
        _ if document == item.0 => Link::OpenItem { id: item },
        ItemKind::Payment => Link::Payment { id: document.into() },
        ItemKind::Invoice | ItemKind::CreditNote | ItemKind::DebitNote => Link::Invoice { id: document.into() },
    }
}

/// The day and instant a report looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub as_of: Date,
    pub known_at: Timestamp,
    /// Whether an instant was asked for.
    pub dated: bool,
    pub moment: Moment,
}

impl View {
    /// Today and what is known now read the balances as they stand; anything else is summed from the movements.
    pub(crate) fn new(work: &Work, as_of: Option<Date>, known_at: Option<Timestamp>) -> Self {
        let as_of = as_of.unwrap_or(work.today);
        let moment = match known_at {
            None if as_of >= work.today => Moment::Now,
            _ => Moment::At { as_of, known_at: known_at.unwrap_or(work.now) },
        };
        Self { as_of, known_at: known_at.unwrap_or(work.now), dated: known_at.is_some(), moment }
    }

    fn said(&self, report: &mut Report) {
        report.said("As of", self.as_of);
        if self.dated {
            report.said("As known at", self.known_at);
        }
    }

    /// The same view as a link says it.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let known_at = self.dated.then(|| ("known_at", self.known_at.to_string()));
        std::iter::once(("as_of", self.as_of.to_string())).chain(known_at).collect()
    }
}

/// The customers by id, and who stands above whom.
pub(crate) struct Parties {
    by_id: HashMap<CustomerId, Party>,
}

/// Longer chains of parents are cut.
const MOST_PARENTS: usize = 50;

impl Parties {
    pub(crate) async fn load(work: &mut Work) -> Result<Self> {
        let company = work.company_id();
        let parties = store::reports::parties(&mut work.tx, company).await?;
        Ok(Self { by_id: parties.into_iter().map(|party| (party.id, party)).collect() })
    }

    /// Where no customer is asked for and none is named.
    fn none() -> Self {
        Self { by_id: HashMap::new() }
    }

    fn get(&self, id: CustomerId) -> Option<&Party> {
        self.by_id.get(&id)
    }

    /// The topmost parent.
    fn top(&self, id: CustomerId) -> CustomerId {
        let parent = |id: &CustomerId| self.by_id.get(id).and_then(|party| party.parent_id);
        std::iter::successors(Some(id), parent).take(MOST_PARENTS).last().unwrap_or(id)
    }

    /// A customer by id or by number.
    fn find(&self, field: &str, text: &str) -> Result<&Party> {
        let by_id = text.parse().ok().and_then(|id: CustomerId| self.by_id.get(&id));
        by_id
            .or_else(|| self.by_id.values().find(|party| party.number == text))
            .ok_or_else(|| Error::field(field, format!("there is no customer `{text}`")))
    }

    /// The ids that `customer` or `group` ask for; none when neither does.
    fn asked(&self, asked: &Asked) -> Result<Option<Vec<CustomerId>>> {
        if let Some(customer) = &asked.customer {
            return Ok(Some(vec![self.find("customer", customer)?.id]));
        }
        let Some(group) = &asked.group else { return Ok(None) };
        let top = self.top(self.find("group", group)?.id);
        let mut members: Vec<CustomerId> = self.by_id.keys().copied().filter(|id| self.top(*id) == top).collect();
        members.sort();
        Ok(Some(members))
    }

    /// Number and name, linked to the customer.
    fn cells(&self, id: CustomerId) -> [Cell; 2] {
        let name = |text: fn(&Party) -> &str| Value::from(self.get(id).map_or("", text));
        [Cell::from(name(|party| &party.number)), Cell::from(name(|party| &party.name))]
            .map(|cell| cell.to(Link::Customer { id }))
    }
}

/// A snapshot for a caller who may read, and the customers.
async fn begin(app: &App, caller: &Caller) -> Result<(Work, Parties)> {
    let mut work = app.read(caller, Permission::Read).await?;
    let parties = Parties::load(&mut work).await?;
    Ok((work, parties))
}
