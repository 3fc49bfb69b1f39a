//! Remittance advices: what a payer says that a payment pays. X12 820 and EDIFACT REMADV become one [`RemittanceAdvice`].
//!
//! `parse` tells the two apart by their first segment. An amount keeps the sign that reduces or adds to the payment:
//! discounts are positive and come off, adjustments are signed and are added. What the lines pay is compared with the
//! payment; a difference is a warning. Which open items are meant is for cash application to decide.

mod check;
mod edifact;
mod reasons;
mod segments;
mod x12;

use crate::{Amount, CurrencyCode, FormatError, Reason, Warning, text};
use kernel::Date;

kernel::text_enum! {
    pub enum RemittanceFormat {
        X12 = "x12-820",
        Edifact = "edifact-remadv",
    }
}

kernel::text_enum! {
    /// What the payer's line names.
    pub enum DocumentKind {
        Invoice = "invoice",
        CreditNote = "credit_note",
        DebitNote = "debit_note",
        PurchaseOrder = "purchase_order",
        Other = "other",
    }
}

/// One payment and what it is for.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RemittanceAdvice {
    pub format: RemittanceFormat,
    /// The payer's number of the advice.
    pub id: Option<String>,
    pub payer: Partner,
    pub payee: Partner,
    /// The number under which the payment appears at the bank.
    pub payment_reference: Option<String>,
    /// How it is paid, in the payer's code: ACH, CHK, ...
    pub method: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub currency: Option<CurrencyCode>,
    #[serde(serialize_with = "as_decimal")]
    pub amount: Option<Amount>,
    pub paid_on: Option<Date>,
    pub issued_on: Option<Date>,
    pub references: Vec<NamedReference>,
    pub lines: Vec<RemittanceLine>,
    /// Of the payment as a whole.
    pub adjustments: Vec<Adjustment>,
    #[serde(serialize_with = "as_texts")]
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Partner {
    pub id: Option<String>,
    pub name: Option<String>,
    pub account: Option<String>,
    pub bank: Option<String>,
}

/// A number with the qualifier that the standard gives it: PO, VN, ...
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NamedReference {
    pub qualifier: String,
    pub number: String,
}

/// One document that is paid, in whole or in part.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RemittanceLine {
    pub at_line: usize,
    pub kind: DocumentKind,
    pub document: Option<String>,
    pub references: Vec<NamedReference>,
    pub issued_on: Option<Date>,
    /// What the payer thinks was invoiced.
    #[serde(serialize_with = "as_decimal")]
    pub gross: Option<Amount>,
    /// Positive: comes off.
    #[serde(serialize_with = "as_decimal")]
    pub discount: Option<Amount>,
    pub adjustments: Vec<Adjustment>,
    #[serde(serialize_with = "as_decimal")]
    pub paid: Option<Amount>,
}

/// Negative: less is paid because of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Adjustment {
    pub at_line: usize,
    #[serde(serialize_with = "as_decimal")]
    pub amount: Option<Amount>,
    /// X12 element 426 or EDIFACT 4465.
    pub code: Option<String>,
    /// What the code means, where it is a common one.
    pub reason: Option<&'static str>,
    pub reference: Option<String>,
}

/// Reads all advices of a file.
pub fn parse(bytes: &[u8]) -> Result<Vec<RemittanceAdvice>, FormatError> {
    let text = text::decode(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let format = detect(text).ok_or_else(|| FormatError::nowhere(Reason::UnknownFormat))?;
    match format {
        RemittanceFormat::X12 => x12::read(text),
        RemittanceFormat::Edifact => edifact::read(text),
    }
}

fn detect(text: &str) -> Option<RemittanceFormat> {
    let head = text.trim_start();
    let behind = head.get(3..4).unwrap_or_default();
    let separated = !behind.is_empty() && !behind.chars().any(char::is_alphanumeric);
    let starts = |tags: &[&str]| tags.iter().any(|tag| head.starts_with(tag));
    if starts(&["UNA", "UNB", "UNH"]) {
        return Some(RemittanceFormat::Edifact);
    }
    let short = head.get(2..3).is_some_and(|c| matches!(c, "*" | "|" | "^" | "~" | "!"));
    ((starts(&["ISA"]) && separated) || (starts(&["GS", "ST"]) && short)).then_some(RemittanceFormat::X12)
}

impl RemittanceAdvice {
    fn new(format: RemittanceFormat) -> Self {
        Self {
            format,
            id: None,
            payer: Partner::default(),
            payee: Partner::default(),
            payment_reference: None,
            method: None,
            currency: None,
            amount: None,
            paid_on: None,
            issued_on: None,
            references: Vec::new(),
            lines: Vec::new(),
            adjustments: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl RemittanceLine {
    fn new(at_line: usize, kind: DocumentKind, document: &str) -> Self {
        Self {
            at_line,
            kind,
            document: text::filled(document),
            references: Vec::new(),
            issued_on: None,
            gross: None,
            discount: None,
            adjustments: Vec::new(),
            paid: None,
        }
    }
}

fn as_decimal<S: serde::Serializer>(amount: &Option<Amount>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&amount.map(|amount| amount.decimal.to_string()), serializer)
}

fn as_text<S: serde::Serializer>(code: &Option<CurrencyCode>, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&code.map(|code| code.to_string()), serializer)
}

fn as_texts<S: serde::Serializer>(warnings: &[Warning], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(warnings.iter().map(ToString::to_string))
}
