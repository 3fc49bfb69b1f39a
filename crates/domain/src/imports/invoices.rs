//! An invoice as a file brings it: one row with its gross amount, or a row for each line.
//!
//! Whether the lines and their taxes add up to the amount is for the pricing to say; only the form is judged here.

use super::{ImportKind, ImportRow, JoinRefusal, Reading};
use kernel::{Currency, Date, Money, Percent, Quantity, UnitPrice};

kernel::text_enum! {
    pub enum Field {
        InvoiceId = "invoice_id",
        Number = "number",
        CustomerId = "customer_id",
        CustomerName = "customer_name",
        InvoiceDate = "invoice_date",
        DueDate = "due_date",
        Terms = "terms",
        Currency = "currency",
        Amount = "amount",
        TaxCode = "tax_code",
        PaidDate = "paid_date",
        PoNumber = "po_number",
        Tags = "tags",
        Notes = "notes",
        LineNumber = "line_number",
        Product = "product",
        Description = "description",
        Quantity = "quantity",
        UnitPrice = "unit_price",
        Discount = "discount",
        LineTaxCode = "line_tax_code",
    }
}

const MOST_LINES: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// The key in the source: `invoice_id`, or the number where there is none.
    pub external_id: String,
    pub number: Option<String>,
    /// The customer's id in the source, number or name.
    pub customer: String,
    pub customer_name: Option<String>,
    pub invoice_date: Date,
    pub due_date: Option<Date>,
    pub terms: Option<String>,
    pub currency: Currency,
    /// Gross. Absent only where there are lines.
    pub amount: Option<Money>,
    /// Of the whole, and of lines that have none of their own.
    pub tax_code: Option<String>,
    /// The invoice was paid in full on this day.
    pub paid_date: Option<Date>,
    pub po_number: Option<String>,
    pub tags: Vec<String>,
    pub notes: Option<String>,
    /// What was sold, where there are no lines.
    pub description: Option<String>,
    pub lines: Vec<InvoiceLineRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLineRow {
    /// Of the file.
    pub line: u64,
    pub line_number: Option<String>,
    pub product: Option<String>,
    pub description: Option<String>,
    pub quantity: Quantity,
    pub unit_price: UnitPrice,
    pub discount: Option<Percent>,
    pub tax_code: Option<String>,
}

impl ImportRow for InvoiceRow {
    const KIND: ImportKind = ImportKind::Invoices;
    const THING: &'static str = "invoice";
    const KEY: &'static [usize] = &[Field::InvoiceId as usize, Field::Number as usize];
    const NEEDS: &'static [&'static [usize]] = &[
        Self::KEY,
        CUSTOMER,
        &[Field::InvoiceDate as usize],
        &[Field::Currency as usize],
        &[Field::Amount as usize, Field::UnitPrice as usize],
    ];
    const LINES: &'static [usize] = &[
        Field::LineNumber as usize,
        Field::Product as usize,
        Field::Quantity as usize,
        Field::UnitPrice as usize,
        Field::Discount as usize,
        Field::LineTaxCode as usize,
    ];

    fn fields() -> Vec<&'static str> {
        Field::ALL.iter().map(|field| field.as_str()).collect()
    }

    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let external_id = reading.first_name(Self::KEY);
        let customer = reading.first_name(CUSTOMER);
        let (invoice_date, due_date) = dates(reading);
        let currency = reading.currency(Field::Currency as usize);
        let amount = amount(reading, currency);
        let paid_date = reading.date(Field::PaidDate as usize);
        let line = InvoiceLineRow::read(reading);
        let own = |field: Field| reading.own(field as usize);
        Some(Self {
            external_id: external_id?,
            number: own(Field::Number),
            customer: customer?,
            customer_name: own(Field::CustomerName),
            invoice_date: invoice_date?,
            due_date,
            terms: own(Field::Terms),
            currency: currency?,
            amount,
            tax_code: own(Field::TaxCode),
            paid_date,
            po_number: own(Field::PoNumber),
            tags: reading.list(Field::Tags as usize),
            notes: own(Field::Notes),
            description: if line.is_none() { own(Field::Description) } else { None },
            lines: line.into_iter().collect(),
        })
    }

    fn difference(&self, other: &Self) -> Option<&'static str> {
        super::first_difference!(
            self,
            other,
            customer,
            customer_name,
            number,
            invoice_date,
            due_date,
            terms,
            currency,
            amount,
            tax_code,
            paid_date,
            po_number,
            tags,
            notes,
            description
        )
    }

    fn join(&mut self, other: Self) -> Result<(), JoinRefusal> {
        for line in other.lines {
            let same = |known: &&InvoiceLineRow| InvoiceLineRow { line: known.line, ..line.clone() } == **known;
            if let Some(known) = self.lines.iter().find(same) {
                return Err(JoinRefusal::Identical(known.line));
            }
            if self.lines.len() == MOST_LINES {
                return Err(JoinRefusal::TooMany(MOST_LINES));
            }
            self.lines.push(line);
        }
        Ok(())
    }
}

const CUSTOMER: &[usize] = &[Field::CustomerId as usize, Field::CustomerName as usize];

fn dates(reading: &mut Reading<'_>) -> (Option<Date>, Option<Date>) {
    let issued = reading.day(Field::InvoiceDate as usize);
    let due = reading.date(Field::DueDate as usize);
    if let (Some(issued), Some(due)) = (issued, due)
        && due < issued
    {
        reading.reject(Field::DueDate as usize, format!("due_date {due} is before invoice_date {issued}"));
    }
    (issued, due)
}

fn amount(reading: &mut Reading<'_>, currency: Option<Currency>) -> Option<Money> {
    let amount = reading.money(Field::Amount as usize, currency);
    if amount.is_some_and(|amount| amount.minor() < 0) {
        let reason = "the amount is negative; bring credit notes in as open_items".to_owned();
        reading.reject(Field::Amount as usize, reason);
    }
    let has_none = [Field::Amount, Field::UnitPrice].iter().all(|&field| reading.text(field as usize).is_none());
    if has_none {
        reading.present(Field::Amount as usize);
    }
    amount
}

impl InvoiceLineRow {
    /// The row's line, if it has one: a unit price makes it one.
    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let unit_price = reading.exact(Field::UnitPrice as usize);
        let quantity = reading.exact::<Quantity>(Field::Quantity as usize);
        let discount = reading.exact::<Percent>(Field::Discount as usize);
        if reading.text(Field::UnitPrice as usize).is_none() {
            let of_a_line = [Field::Quantity, Field::Discount, Field::LineTaxCode];
            if of_a_line.iter().any(|&field| reading.text(field as usize).is_some()) {
                reading.present(Field::UnitPrice as usize);
            }
            return None;
        }
        if discount.is_some_and(|discount| discount.is_negative() || discount > Percent::whole(100)) {
            reading.reject(Field::Discount as usize, "the discount is not between 0 and 100 percent".to_owned());
        }
        Some(Self {
            line: reading.line(),
            line_number: reading.own(Field::LineNumber as usize),
            product: reading.own(Field::Product as usize),
            description: reading.own(Field::Description as usize),
            quantity: quantity.unwrap_or(Quantity::ONE),
            unit_price: unit_price?,
            discount,
            tax_code: reading.own(Field::LineTaxCode as usize),
        })
    }
}
