//! The one shape that every format becomes. Nothing here reads a file or decides what a line means for the books.
//!
//! A field is empty when the bank did not say it. What only one format knows stands in [`Extras`] under the name that
//! the normalised form gives it. A line that stands for several payments (a batch) has them in `details`; a line with
//! one payment has it in `payment` and no `details`.

use crate::{Amount, CurrencyCode, Format, Warning};
use kernel::Date;
use std::{
    borrow::Cow,
    ops::{Deref, DerefMut},
    sync::LazyLock,
};

/// One account for one period, as the bank sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct BankStatement {
    pub format: Format,
    /// The bank's name for this statement.
    pub id: Option<String>,
    pub number: Option<String>,
    pub sequence: Option<String>,
    /// IBAN or the bank's own number, without blanks.
    pub account: Option<String>,
    pub account_owner: Option<String>,
    /// BIC or bank code of the account's bank.
    pub bank: Option<String>,
    pub currency: Option<CurrencyCode>,
    pub opening: Option<Balance>,
    pub closing: Option<Balance>,
    pub available: Option<Balance>,
    /// Every balance the bank named, by its own code (OPBD, CLBD, 62F, ...).
    pub balances: Vec<NamedBalance>,
    pub lines: Vec<BankLine>,
    pub extras: Extras,
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub amount: Amount,
    pub date: Option<Date>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBalance {
    pub code: String,
    pub balance: Balance,
}

/// One movement on the account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BankLine {
    /// Where it stands in the file, from one.
    pub at_line: usize,
    pub booked_on: Option<Date>,
    pub value_on: Option<Date>,
    /// Money in is positive. `None` only where the format can leave it out (an investment line of QIF).
    pub amount: Option<Amount>,
    pub status: Status,
    /// The bank takes an earlier line back.
    pub is_reversal: bool,
    /// What the account owner or the payer named the line; NONREF is kept as written.
    pub reference: Option<String>,
    /// What the bank named the line.
    pub bank_reference: Option<String>,
    /// The bank's transaction code: `PMNT/RCDT/ESCT`, `NTRF`, `475`.
    pub code: Option<String>,
    pub payment: Details,
    pub batch: Option<Box<Batch>>,
    /// The payments of a batch.
    pub details: Vec<Details>,
    pub extras: Extras,
}

/// Only what is booked may be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    #[default]
    Booked,
    Pending,
    Information,
}

/// What is known of one payment. Takes no room while nothing is: a file can be a million lines of a day and an amount.
#[derive(Debug, Clone, Default)]
pub struct Details(Option<Box<PaymentFacts>>);

/// The facts behind [`Details`], which reads and writes like this.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PaymentFacts {
    /// Of this payment within a batch.
    pub amount: Option<Amount>,
    pub bank_reference: Option<String>,
    pub end_to_end_id: Option<String>,
    pub instruction_id: Option<String>,
    pub transaction_id: Option<String>,
    pub mandate_id: Option<String>,
    pub creditor_id: Option<String>,
    pub cheque_number: Option<String>,
    /// RF, QRR, OGM, KID ... as written.
    pub structured_references: Vec<String>,
    /// Numbers of invoices and credit notes that the payer named.
    pub documents: Vec<String>,
    pub remittance: Option<String>,
    pub additional_info: Option<String>,
    pub counterparty: Party,
    pub ultimate_counterparty: Option<String>,
    pub purpose: Option<String>,
    /// Why a payment came back: AC06, MD06, ...
    pub return_reason: Option<String>,
    pub charges: Vec<Charge>,
    pub exchange: Option<Exchange>,
}

impl Details {
    pub(crate) fn into_facts(self) -> PaymentFacts {
        self.0.map_or_else(PaymentFacts::default, |facts| *facts)
    }
}

impl Deref for Details {
    type Target = PaymentFacts;

    fn deref(&self) -> &PaymentFacts {
        static NOTHING: LazyLock<PaymentFacts> = LazyLock::new(PaymentFacts::default);
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Details {
    fn deref_mut(&mut self) -> &mut PaymentFacts {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    pub name: Option<String>,
    pub account: Option<String>,
    /// BIC or bank code.
    pub bank: Option<String>,
}

/// What the bank took for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Positive: taken from the account owner; negative: given back.
    pub amount: Amount,
    /// Already within the line's amount.
    pub is_included: bool,
    pub kind: Option<String>,
}

/// The payment was made in another currency or of another amount than was booked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exchange {
    pub instructed: Option<Amount>,
    pub rate: Option<kernel::Decimal>,
    pub from: Option<CurrencyCode>,
    pub to: Option<CurrencyCode>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub message_id: Option<String>,
    pub payment_information_id: Option<String>,
    pub count: Option<u64>,
    pub total: Option<Amount>,
}

/// Facts of one format, by the name that the normalised form gives them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras(Vec<(&'static str, Cow<'static, str>)>);

impl Extras {
    pub fn set(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        if self.0.is_empty() {
            self.0.reserve_exact(1);
        }
        self.0.push((name, value.into()));
    }

    /// For so many more at once.
    pub(crate) fn make_room(&mut self, count: usize) {
        self.0.reserve_exact(count);
    }

    pub fn set_some(&mut self, name: &'static str, value: Option<impl Into<Cow<'static, str>>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_ref()))
    }
}

impl BankStatement {
    pub fn new(format: Format) -> Self {
        Self {
            format,
            id: None,
            number: None,
            sequence: None,
            account: None,
            account_owner: None,
            bank: None,
            currency: None,
            opening: None,
            closing: None,
            available: None,
            balances: Vec::new(),
            lines: Vec::new(),
            extras: Extras::default(),
            warnings: Vec::new(),
        }
    }

    /// Grows by a quarter, so that a large statement never needs twice its room.
    pub(crate) fn add(&mut self, mut line: BankLine) {
        if line.payment == Details::default() {
            line.payment = Details::default();
        }
        if self.lines.len() == self.lines.capacity() {
            self.lines.reserve_exact(16 + self.lines.len() / 4);
        }
        self.lines.push(line);
    }
}

impl BankLine {
    /// Every reference that can name a document or a payer: not the fillers NONREF and NOTPROVIDED.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        let payments = std::iter::once(&self.payment).chain(&self.details);
        let of_payment = payments.flat_map(|payment| {
            let ids = [&payment.end_to_end_id, &payment.instruction_id, &payment.mandate_id];
            let lists = payment.structured_references.iter().chain(&payment.documents);
            lists.chain(ids.into_iter().flatten())
        });
        let own = [&self.reference, &self.bank_reference].into_iter().flatten();
        own.chain(of_payment).map(String::as_str).filter(|reference| !is_filler(reference))
    }
}

/// Words that stand where a reference had to stand.
pub(crate) fn is_filler(reference: &str) -> bool {
    let word: String = reference.chars().filter(char::is_ascii_alphanumeric).collect();
    word.bytes().all(|b| b == b'0')
        || ["NONREF", "NOTPROVIDED", "NONE", "NOREF"].iter().any(|filler| word.eq_ignore_ascii_case(filler))
}
