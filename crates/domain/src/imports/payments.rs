//! A payment as a file brings it, with what it pays: in one cell (`INV-1:100.00; INV-2`) or a row for each invoice.

use super::{ImportKind, ImportRow, JoinRefusal, Reading};
use kernel::{Currency, Date, Money};

kernel::text_enum! {
    pub enum Field {
        PaymentId = "payment_id",
        CustomerId = "customer_id",
        CustomerName = "customer_name",
        PaymentDate = "payment_date",
        Amount = "amount",
        Currency = "currency",
        Method = "method",
        Reference = "reference",
        Allocations = "allocations",
        Notes = "notes",
        InvoiceId = "invoice_id",
        AllocatedAmount = "allocated_amount",
    }
}

const MOST_ALLOCATIONS: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// The key in the source.
    pub external_id: String,
    /// The payer's id in the source, number or name.
    pub customer: String,
    pub customer_name: Option<String>,
    pub payment_date: Date,
    pub amount: Money,
    pub method: Option<String>,
    pub reference: Option<String>,
    pub notes: Option<String>,
    pub allocations: Vec<AllocationRow>,
    /// The cell `allocations`, to tell two rows apart.
    listed: Option<String>,
}

/// What a payment pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllocationRow {
    /// Of the file.
    pub line: u64,
    /// The invoice's id in the source, or its number.
    pub invoice: String,
    /// As much as is open and left of the payment, where none is named.
    pub amount: Option<Money>,
}

impl ImportRow for PaymentRow {
    const KIND: ImportKind = ImportKind::Payments;
    const THING: &'static str = "payment";
    const KEY: &'static [usize] = &[Field::PaymentId as usize];
    const NEEDS: &'static [&'static [usize]] =
        &[Self::KEY, CUSTOMER, &[Field::PaymentDate as usize], &[Field::Currency as usize], &[Field::Amount as usize]];
    const LINES: &'static [usize] = &[Field::InvoiceId as usize, Field::AllocatedAmount as usize];

    fn fields() -> Vec<&'static str> {
        Field::ALL.iter().map(|field| field.as_str()).collect()
    }

    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let external_id = reading.first_name(Self::KEY);
        let customer = reading.first_name(CUSTOMER);
        let payment_date = reading.day(Field::PaymentDate as usize);
        let currency = reading.currency(Field::Currency as usize);
        reading.present(Field::Amount as usize);
        let amount = positive(reading, Field::Amount, currency);
        let mut allocations = listed(reading, currency);
        allocations.extend(in_columns(reading, currency));
        let own = |field: Field| reading.own(field as usize);
        Some(Self {
            external_id: external_id?,
            customer: customer?,
            customer_name: own(Field::CustomerName),
            payment_date: payment_date?,
            amount: amount?,
            method: own(Field::Method),
            reference: own(Field::Reference),
            notes: own(Field::Notes),
            allocations,
            listed: own(Field::Allocations),
        })
    }

    fn difference(&self, other: &Self) -> Option<&'static str> {
        super::first_difference!(self, other, customer, customer_name, payment_date, amount, method, reference, notes)
            .or((self.listed != other.listed).then_some("allocations"))
    }

    fn join(&mut self, other: Self) -> Result<(), JoinRefusal> {
        for allocation in other.allocations {
            if let Some(known) = self.allocations.iter().find(|known| known.invoice == allocation.invoice) {
                return Err(JoinRefusal::Identical(known.line));
            }
            if self.allocations.len() == MOST_ALLOCATIONS {
                return Err(JoinRefusal::TooMany(MOST_ALLOCATIONS));
            }
            self.allocations.push(allocation);
        }
        Ok(())
    }

    fn fault(&self) -> Option<(usize, String)> {
        let named = self.allocations.iter().filter_map(|allocation| allocation.amount);
        let sum: i128 = named.map(|amount| i128::from(amount.minor())).sum();
        let over = sum > i128::from(self.amount.minor());
        let sum = Money::new(i64::try_from(sum).unwrap_or(i64::MAX), self.amount.currency());
        over.then(|| {
            (Field::Allocations as usize, format!("the allocations are {sum}, the payment is {}", self.amount))
        })
    }
}

const CUSTOMER: &[usize] = &[Field::CustomerId as usize, Field::CustomerName as usize];

fn positive(reading: &mut Reading<'_>, field: Field, currency: Option<Currency>) -> Option<Money> {
    let amount = reading.money(field as usize, currency)?;
    if amount.minor() <= 0 {
        reading.reject(field as usize, format!("{field} {amount} is not above zero"));
    }
    Some(amount)
}

/// The row's own invoice and what it gets.
fn in_columns(reading: &mut Reading<'_>, currency: Option<Currency>) -> Option<AllocationRow> {
    let amount = positive(reading, Field::AllocatedAmount, currency);
    if reading.text(Field::InvoiceId as usize).is_none() {
        if amount.is_some() {
            reading.present(Field::InvoiceId as usize);
        }
        return None;
    }
    if reading.text(Field::Allocations as usize).is_some() {
        reading.reject(Field::Allocations as usize, "allocations and invoice_id are both filled; use one".to_owned());
    }
    Some(AllocationRow { line: reading.line(), invoice: reading.name(Field::InvoiceId as usize)?, amount })
}

/// `INV-1:100.00; INV-2`: an amount stands behind the last colon, and the parts are separated by semicolons.
fn listed(reading: &mut Reading<'_>, currency: Option<Currency>) -> Vec<AllocationRow> {
    let Some(text) = reading.text(Field::Allocations as usize) else { return Vec::new() };
    let mut found: Vec<AllocationRow> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        match one(reading, part, currency) {
            Ok(allocation) if found.iter().any(|known| known.invoice == allocation.invoice) => {
                let reason = format!("{} is named twice in the allocations", allocation.invoice);
                reading.reject(Field::Allocations as usize, reason);
            }
            Ok(_) if found.len() == MOST_ALLOCATIONS => {
                let reason = format!("one payment can have at most {MOST_ALLOCATIONS} allocations");
                reading.reject(Field::Allocations as usize, reason);
                break;
            }
            Ok(allocation) => found.push(allocation),
            Err(reason) => reading.reject(Field::Allocations as usize, reason),
        }
    }
    found
}

fn one(reading: &Reading<'_>, part: &str, currency: Option<Currency>) -> Result<AllocationRow, String> {
    let (invoice, amount) = match part.rsplit_once(':') {
        None => (part, None),
        Some((invoice, amount)) => (invoice.trim(), reading.amount(amount.trim(), currency)?),
    };
    if invoice.is_empty() {
        return Err(format!("`{part}` names no invoice"));
    }
    match amount {
        Some(amount) if amount.minor() <= 0 => Err(format!("the allocation to {invoice} is {amount}, not above zero")),
        _ => Ok(AllocationRow { line: reading.line(), invoice: invoice.to_owned(), amount }),
    }
}
