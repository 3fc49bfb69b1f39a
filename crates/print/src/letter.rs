//! A document ready for the templates: every string worded and formatted, every picture beside it.
//!
//! The three kinds of document differ in their facts and blocks; letterhead, address and footer are made here for all.

use crate::{BankAccount, PrintError, Recipient, Seller, format::Format};
use kernel::{Currency, Date, Money};
use serde::Serialize;

/// More bank accounts than this would push the footer into the text; the payment box names the one that counts.
const FOOTER_BANKS: usize = 2;

#[derive(Debug, Serialize)]
pub(crate) struct Letter {
    language: String,
    title: String,
    number: String,
    issued: (i16, i8, i8),
    sender: String,
    sender_address: Vec<String>,
    return_address: String,
    recipient: Vec<String>,
    facts: Vec<Pair>,
    page: String,
    footer: Vec<Vec<String>>,
    pub(crate) blocks: Vec<Block>,
    #[serde(skip)]
    pub(crate) logo: Option<Vec<u8>>,
    #[serde(skip)]
    pub(crate) code: Option<String>,
}

/// Who writes to whom about what.
pub(crate) struct Envelope<'a> {
    pub(crate) title: String,
    pub(crate) number: &'a str,
    pub(crate) issued_on: Date,
    pub(crate) seller: &'a Seller,
    pub(crate) recipient: &'a Recipient,
    pub(crate) currencies: Vec<Currency>,
    pub(crate) facts: Vec<Option<Pair>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Pair {
    pub(crate) label: String,
    pub(crate) value: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "block", rename_all = "lowercase")]
pub(crate) enum Block {
    Heading {
        text: String,
    },
    Paragraph {
        text: String,
    },
    Table(Table),
    /// Short figures side by side: the ageing.
    Strip {
        title: String,
        cells: Vec<Pair>,
    },
    Payment(PaymentBox),
    /// That nothing remains to be paid.
    Settled {
        text: String,
    },
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) sums: Vec<Sum>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Column {
    pub(crate) head: String,
    pub(crate) kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColumnKind {
    /// As wide as its longest word needs.
    Text,
    /// Takes what the others leave, and may run over several lines.
    Prose,
    Figure,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Sum {
    pub(crate) label: String,
    pub(crate) amount: String,
    pub(crate) weight: Weight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weight {
    Plain,
    Small,
    Total,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct PaymentBox {
    pub(crate) request: String,
    pub(crate) sentences: Vec<String>,
    pub(crate) details: Vec<Pair>,
    /// The words under the code, when there is one.
    pub(crate) caption: Option<String>,
    pub(crate) code_description: String,
}

impl Letter {
    pub(crate) fn new(format: &Format, envelope: Envelope<'_>, blocks: Vec<Block>) -> Self {
        let Envelope { title, number, issued_on, seller, recipient, currencies, facts } = envelope;
        let page = ("page", "{page}".into());
        Self {
            language: format.language.code(),
            title,
            number: number.to_owned(),
            issued: (issued_on.year(), issued_on.month(), issued_on.day()),
            sender: seller.name.clone(),
            sender_address: seller.address.clone(),
            return_address: return_address(seller),
            recipient: std::iter::once(&recipient.name).chain(&recipient.address).cloned().collect(),
            facts: facts.into_iter().flatten().collect(),
            page: format.language.with("page-of", [page, ("pages", "{pages}".into())]),
            footer: footer(format, seller, &currencies),
            blocks,
            logo: seller.logo.clone(),
            code: None,
        }
    }

    pub(crate) fn with_code(self, code: Option<String>) -> Self {
        Self { code, ..self }
    }

    /// What a refusal calls the document.
    pub(crate) fn name(&self) -> String {
        if self.number.is_empty() { self.title.clone() } else { format!("{} {}", self.title, self.number) }
    }
}

pub(crate) fn pair(label: String, value: impl Into<String>) -> Pair {
    Pair { label, value: value.into() }
}

pub(crate) fn fact(format: &Format, key: &str, value: Option<impl Into<String>>) -> Option<Pair> {
    value.map(|value| pair(format.text(key), value))
}

pub(crate) fn column(head: String, kind: ColumnKind) -> Column {
    Column { head, kind }
}

pub(crate) fn paragraphs<'a>(texts: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = Block> {
    texts.into_iter().filter(|text| !text.trim().is_empty()).map(|text| Block::Paragraph { text: text.clone() })
}

/// Refuses an amount in a currency that its column does not announce.
pub(crate) fn same_currency(document: &str, expected: Currency, place: String, money: Money) -> Result<(), PrintError> {
    let found = money.currency();
    if found == expected {
        return Ok(());
    }
    Err(PrintError::MixedCurrencies { document: document.to_owned(), expected, place, found })
}

/// The accounts that take one of the currencies, or all of them when none does.
pub(crate) fn banks<'a>(seller: &'a Seller, currencies: &[Currency]) -> Vec<&'a BankAccount> {
    let fitting: Vec<_> = seller.banks.iter().filter(|bank| currencies.contains(&bank.currency)).collect();
    if fitting.is_empty() { seller.banks.iter().collect() } else { fitting }
}

/// An IBAN in groups of four with its own label; any other account number as it is.
pub(crate) fn account(format: &Format, number: &str) -> Pair {
    match number.parse::<iban::Iban>() {
        Ok(iban) => pair(format.text("iban"), iban.to_string().replace(' ', "\u{a0}")),
        Err(_) => pair(format.text("account-number"), number),
    }
}

fn return_address(seller: &Seller) -> String {
    let lines = std::iter::once(&seller.name).chain(&seller.address);
    lines.map(String::as_str).filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" · ")
}

fn footer(format: &Format, seller: &Seller, currencies: &[Currency]) -> Vec<Vec<String>> {
    let mut company = vec![seller.name.clone()];
    company.extend(seller.address.iter().cloned());
    let contact = [&seller.phone, &seller.email, &seller.website].into_iter().flatten().cloned().collect();
    let tax = seller.tax_id.as_ref().map(|id| format!("{} {id}", format.text("tax-id")));
    let register = seller.registration.iter().flat_map(|text| text.lines()).map(str::to_owned);
    let mut columns = vec![company, contact, tax.into_iter().chain(register).collect()];
    let accounts = banks(seller, currencies).into_iter().take(FOOTER_BANKS);
    columns.push(accounts.flat_map(|bank| bank_lines(format, bank)).collect());
    columns.retain(|column: &Vec<String>| !column.is_empty());
    columns
}

fn bank_lines(format: &Format, bank: &BankAccount) -> Vec<String> {
    let Pair { label, value } = account(format, &bank.number);
    let bic = bank.bic.as_ref().map(|bic| format!("{} {bic}", format.text("bic")));
    [Some(bank.bank.clone()), Some(format!("{label} {value}")), bic].into_iter().flatten().collect()
}
