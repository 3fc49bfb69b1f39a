//! The files of a matching set, in and out.
//!
//! Amounts are read as exact decimals; a set is in one account currency with foreign amounts beside it.

use kernel::{Currency, Date, Money};
use matching::{BankLine, Book, BookError, Covers, Customer, Discount, ItemKind, OpenItem};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    #[error("{0}: {1}")]
    Csv(PathBuf, csv::Error),
    #[error("{file}, line {line}: {what}")]
    Field { file: String, line: usize, what: String },
    #[error("{0}")]
    Book(#[from] BookError),
    #[error("the coefficients cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthKind {
    Receipt,
    Duplicate,
    Unrelated,
}

/// A JSON number read as the decimal that it shows, and written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Number", into = "serde_json::Number")]
pub struct Amount(pub Decimal);

impl TryFrom<serde_json::Number> for Amount {
    type Error = rust_decimal::Error;

    fn try_from(number: serde_json::Number) -> Result<Self, Self::Error> {
        number.to_string().parse().map(Self)
    }
}

impl From<Amount> for serde_json::Number {
    fn from(amount: Amount) -> Self {
        amount.0.normalize().to_string().parse().unwrap_or_else(|_| Self::from(0))
    }
}

/// What a line really was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    pub line_id: String,
    pub kind: TruthKind,
    pub allocations: Vec<(String, Amount, TruthCovers)>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unapplied: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthCovers {
    Full,
    Reduced,
    Part,
}

impl From<TruthCovers> for Covers {
    fn from(covers: TruthCovers) -> Self {
        match covers {
            TruthCovers::Full => Self::Full,
            TruthCovers::Reduced => Self::Reduced,
            TruthCovers::Part => Self::Part,
        }
    }
}

pub struct Set {
    pub name: String,
    pub customers: Vec<Customer>,
    pub items: Vec<OpenItem>,
    pub lines: Vec<BankLine>,
    pub truths: Vec<Truth>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct CustomerRow {
    pub(crate) customer_id: String,
    pub(crate) name: String,
    pub(crate) iban: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct InvoiceRow {
    pub(crate) invoice_no: String,
    pub(crate) customer_id: String,
    pub(crate) invoice_date: Date,
    pub(crate) due_date: Date,
    pub(crate) amount: Decimal,
    pub(crate) currency: Currency,
    pub(crate) po: String,
    pub(crate) discount_pct: Decimal,
    pub(crate) discount_until: String,
    pub(crate) kind: ItemKind,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct BankRow {
    pub(crate) line_id: String,
    pub(crate) value_date: Date,
    pub(crate) amount: Decimal,
    pub(crate) currency: Currency,
    pub(crate) amount_eur: Decimal,
    pub(crate) payer_name: String,
    pub(crate) payer_iban: String,
    pub(crate) remittance: String,
}

impl Set {
    pub fn read(dir: &Path) -> Result<Self, LabError> {
        let customers: Vec<CustomerRow> = rows(&dir.join("customers.csv"))?;
        let invoices: Vec<InvoiceRow> = rows(&dir.join("invoices.csv"))?;
        let bank: Vec<BankRow> = rows(&dir.join("bank.csv"))?;
        let truth = dir.join("truth.jsonl");
        let text = std::fs::read_to_string(&truth).map_err(|error| LabError::Io(truth, error))?;
        let mut truths = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let what = |error: serde_json::Error| field("truth.jsonl", at, &error.to_string());
            truths.push(serde_json::from_str(line).map_err(what)?);
        }
        let items = invoices.into_iter().enumerate().map(|(at, row)| item(row, at)).collect::<Result<_, _>>()?;
        let lines = bank.into_iter().enumerate().map(|(at, row)| line(row, at)).collect::<Result<_, _>>()?;
        let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { name, customers: customers.into_iter().map(customer).collect(), items, lines, truths })
    }

    /// The book as it stands before the first line; items that are issued later are found only from their day on.
    pub fn book(&self) -> Result<Book, LabError> {
        let mut book = Book::default();
        for customer in &self.customers {
            book.set_customer(customer.clone());
        }
        for item in &self.items {
            book.add_item(item)?;
        }
        Ok(book)
    }
}

fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, LabError> {
    let failed = |error| LabError::Csv(path.to_owned(), error);
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(failed)
}

fn customer(row: CustomerRow) -> Customer {
    let ibans = if row.iban.is_empty() { Vec::new() } else { vec![row.iban] };
    Customer { id: row.customer_id.clone(), number: row.customer_id, name: row.name, ibans, ..Customer::default() }
}

fn item(row: InvoiceRow, at: usize) -> Result<OpenItem, LabError> {
    let bad = |what: &dyn std::fmt::Display| field("invoices.csv", at + 1, &what.to_string());
    let total = Money::rounded(row.amount, row.currency).map_err(|error| bad(&error))?;
    let until: Option<Date> = match row.discount_until.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|error: kernel::DateError| bad(&error))?),
    };
    let points = (row.discount_pct * Decimal::ONE_HUNDRED).round().to_string().parse::<u32>().unwrap_or(0);
    Ok(OpenItem {
        id: row.invoice_no.clone(),
        customer: row.customer_id,
        number: row.invoice_no,
        po: Some(row.po).filter(|po| !po.is_empty()),
        kind: row.kind,
        issued_on: row.invoice_date,
        due_on: row.due_date,
        total,
        open: total,
        discount: until.filter(|_| points > 0).map(|until| Discount { basis_points: points, until }),
    })
}

fn line(row: BankRow, at: usize) -> Result<BankLine, LabError> {
    let bad = |error: kernel::MoneyError| field("bank.csv", at + 1, &error.to_string());
    let foreign = row.currency != Currency::EUR;
    let sent = Money::rounded(row.amount, row.currency).map_err(bad)?;
    Ok(BankLine {
        id: row.line_id,
        value_on: row.value_date,
        amount: if foreign { Money::rounded(row.amount_eur, Currency::EUR).map_err(bad)? } else { sent },
        instructed: foreign.then_some(sent),
        payer_name: row.payer_name,
        payer_iban: row.payer_iban,
        text: row.remittance,
        structured_reference: None,
        bank_reference: None,
        charges_minor: 0,
    })
}

pub(crate) fn field(file: &str, at: usize, what: &str) -> LabError {
    LabError::Field { file: file.to_owned(), line: at + 1, what: what.to_owned() }
}

/// Minor units of an amount in the account's currency.
pub(crate) fn minor(amount: Decimal) -> i64 {
    Money::rounded(amount, Currency::EUR).map_or(0, Money::minor)
}
