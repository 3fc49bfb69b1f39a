//! An open item of an earlier system, as a migration brings it in as an opening balance.

use super::{ImportKind, ImportRow, Reading};
use crate::items::ItemKind;
use kernel::{Currency, Date, Money};

kernel::text_enum! {
    pub enum Field {
        ItemId = "item_id",
        Number = "number",
        Kind = "kind",
        CustomerId = "customer_id",
        CustomerName = "customer_name",
        DocumentDate = "document_date",
        DueDate = "due_date",
        Terms = "terms",
        Currency = "currency",
        Amount = "amount",
        OpenAmount = "open_amount",
        Reference = "reference",
        Tags = "tags",
    }
}

/// Amounts are positive for debts and credits alike; the kind says which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItemRow {
    /// The key in the source: `item_id`, or the number where there is none.
    pub external_id: String,
    pub number: Option<String>,
    /// Without a column: an invoice, or a credit note when the amount is negative.
    pub kind: ItemKind,
    /// The customer's id in the source, number or name.
    pub customer: String,
    pub customer_name: Option<String>,
    pub document_date: Date,
    pub due_date: Option<Date>,
    pub terms: Option<String>,
    /// As it was issued; the open amount where the file does not say.
    pub amount: Money,
    pub open_amount: Money,
    pub reference: Option<String>,
    pub tags: Vec<String>,
}

const CUSTOMER: &[usize] = &[Field::CustomerId as usize, Field::CustomerName as usize];

impl ImportRow for OpenItemRow {
    const KIND: ImportKind = ImportKind::OpenItems;
    const THING: &'static str = "open item";
    const KEY: &'static [usize] = &[Field::ItemId as usize, Field::Number as usize];
    const NEEDS: &'static [&'static [usize]] = &[
        Self::KEY,
        CUSTOMER,
        &[Field::DocumentDate as usize],
        &[Field::Currency as usize],
        &[Field::OpenAmount as usize],
    ];

    fn fields() -> Vec<&'static str> {
        Field::ALL.iter().map(|field| field.as_str()).collect()
    }

    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let external_id = reading.first_name(Self::KEY);
        let customer = reading.first_name(CUSTOMER);
        let document_date = reading.day(Field::DocumentDate as usize);
        let due_date = reading.date(Field::DueDate as usize);
        let currency = reading.currency(Field::Currency as usize);
        let amounts = amounts(reading, currency);
        let own = |field: Field| reading.own(field as usize);
        let (kind, amount, open_amount) = amounts?;
        Some(Self {
            external_id: external_id?,
            number: own(Field::Number),
            kind,
            customer: customer?,
            customer_name: own(Field::CustomerName),
            document_date: document_date?,
            due_date,
            terms: own(Field::Terms),
            amount,
            open_amount,
            reference: own(Field::Reference),
            tags: reading.list(Field::Tags as usize),
        })
    }

    fn difference(&self, other: &Self) -> Option<&'static str> {
        super::first_difference!(
            self,
            other,
            number,
            kind,
            customer,
            customer_name,
            document_date,
            due_date,
            terms,
            amount,
            open_amount,
            reference,
            tags
        )
    }
}

/// The kind, the original amount and the open amount without their sign.
fn amounts(reading: &mut Reading<'_>, currency: Option<Currency>) -> Option<(ItemKind, Money, Money)> {
    let named = reading.text(Field::Kind as usize).map(|_| reading.word::<ItemKind>(Field::Kind as usize));
    reading.present(Field::OpenAmount as usize);
    let open = reading.money(Field::OpenAmount as usize, currency);
    let amount = reading.money(Field::Amount as usize, currency);
    let (kind, open) = (named, open?);
    let amount = match amount {
        None => open,
        Some(amount) if (amount.minor() < 0) == (open.minor() < 0) => amount,
        Some(amount) => {
            reading.reject(Field::Amount as usize, format!("the amount is {amount}, but {open} is open"));
            return None;
        }
    };
    let kind = match kind {
        None if open.minor() < 0 => ItemKind::CreditNote,
        None => ItemKind::Invoice,
        Some(kind) => kind?,
    };
    let fault = if open.is_zero() {
        Some("nothing is open".to_owned())
    } else if kind.is_debt() && open.minor() < 0 {
        Some(format!("{open} is negative, which {kind} cannot be; a credit is a credit_note or a payment"))
    } else if open.minor().unsigned_abs() > amount.minor().unsigned_abs() {
        Some(format!("{open} is open, more than the amount of {amount}"))
    } else {
        None
    };
    if let Some(reason) = fault {
        reading.reject(Field::OpenAmount as usize, reason);
        return None;
    }
    let size = |money: Money| Some(Money::new(money.minor().checked_abs()?, money.currency()));
    Some((kind, size(amount)?, size(open)?))
}
