//! What a document says, as plain values. Amounts arrive finished: nothing is added up here except running balances.

use kernel::{Currency, Date, Money, Percent, Quantity, UnitPrice};

/// The company that sends the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seller {
    pub name: String,
    /// Street, town, country: one entry per printed line.
    pub address: Vec<String>,
    pub tax_id: Option<String>,
    /// Court and number, share capital, directors: what the law wants on letters.
    pub registration: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub banks: Vec<BankAccount>,
    /// A PNG, JPEG or SVG picture.
    pub logo: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BankAccount {
    pub bank: String,
    /// The IBAN, or the account number where there is none.
    pub number: String,
    pub bic: Option<String>,
    pub currency: Currency,
}

/// The customer that receives the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recipient {
    pub name: String,
    pub address: Vec<String>,
    pub tax_id: Option<String>,
    pub customer_number: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradeKind {
    Quote,
    OrderConfirmation,
    Invoice,
    CreditNote,
}

/// A quote, an order confirmation, an invoice or a credit note: lines with prices, taxes and a total.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    pub kind: TradeKind,
    pub seller: Seller,
    pub recipient: Recipient,
    pub number: String,
    pub currency: Currency,
    pub issued_on: Date,
    pub dates: TradeDates,
    pub references: References,
    pub intro: Option<String>,
    pub prices: Prices,
    pub lines: Vec<Line>,
    pub taxes: Vec<TaxSubtotal>,
    pub totals: Totals,
    pub terms: Terms,
    /// Paragraphs under the totals.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TradeDates {
    pub due_on: Option<Date>,
    pub supply: Option<Supply>,
    pub valid_until: Option<Date>,
}

/// When the goods or services were supplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    On(Date),
    Between(Date, Date),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct References {
    /// The customer's own order number.
    pub purchase_order: Option<String>,
    pub order: Option<String>,
    pub quote: Option<String>,
    /// The invoice that a credit note corrects.
    pub corrected_invoice: Option<String>,
    /// What the payer shall quote; the document's number when absent.
    pub payment: Option<String>,
}

/// Whether unit prices and line amounts contain the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prices {
    BeforeTax,
    IncludingTax,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub position: String,
    /// The first paragraph is the heading of the line; what follows a line break is smaller.
    pub description: String,
    pub quantity: Quantity,
    pub unit: Option<String>,
    pub unit_price: UnitPrice,
    pub discount: Option<Percent>,
    pub tax: Option<Tax>,
    /// After the discount; contains the tax when the document's prices do.
    pub amount: Money,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Tax {
    pub category: TaxCategory,
    pub rate: Percent,
    /// `Sales tax`; the language's word for value added tax when absent.
    pub name: Option<String>,
}

/// The categories of EN 16931 that change what must be said on the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxCategory {
    Standard,
    ZeroRated,
    Exempt,
    ReverseCharge,
    IntraCommunity,
    Export,
    OutOfScope,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TaxSubtotal {
    pub tax: Tax,
    pub base: Money,
    pub amount: Money,
    pub exemption_reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
    /// Paid or credited before this print.
    pub paid: Money,
    pub payable: Money,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Terms {
    /// A sentence of the seller's own, printed before the sentences made from the other fields.
    pub text: Option<String>,
    pub early_payment: Vec<EarlyPayment>,
    pub instalments: Vec<Instalment>,
}

/// A discount for paying early.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyPayment {
    pub percent: Percent,
    pub discount: Money,
    pub until: Date,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instalment {
    pub due_on: Date,
    pub amount: Money,
    /// What is still to pay of it.
    pub open: Money,
}

/// What the customer owes, as of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub seller: Seller,
    pub recipient: Recipient,
    pub number: Option<String>,
    pub as_of: Date,
    pub intro: Option<String>,
    pub form: StatementForm,
    pub notes: Vec<String>,
}

/// One section per currency.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementForm {
    OpenItems(Vec<OpenSection>),
    /// Every movement of a period, from the balance brought forward to the balance at its end.
    Activity {
        from: Date,
        to: Date,
        sections: Vec<ActivitySection>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct OpenSection {
    pub currency: Currency,
    pub items: Vec<OpenLine>,
    pub ageing: Vec<AgeBucket>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OpenLine {
    pub kind: ItemKind,
    pub number: String,
    pub reference: Option<String>,
    pub issued_on: Date,
    pub due_on: Option<Date>,
    /// Negative for credit notes and payments.
    pub original: Money,
    pub open: Money,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ActivitySection {
    pub currency: Currency,
    pub brought_forward: Money,
    pub movements: Vec<ActivityLine>,
    pub ageing: Vec<AgeBucket>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ActivityLine {
    pub on: Date,
    pub kind: ItemKind,
    pub number: String,
    pub reference: Option<String>,
    /// Positive adds to what the customer owes.
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    Invoice,
    CreditNote,
    DebitNote,
    Payment,
    Refund,
    Discount,
    WriteOff,
    Adjustment,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgeBucket {
    pub age: Age,
    pub amount: Money,
}

/// Days past due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    NotDue,
    Between(u32, u32),
    Over(u32),
    /// Credit notes and payments that are not used yet, whatever their age; zero or negative.
    UnusedCredits,
}

/// The receipt of full settlement: these invoices were settled by these payments, and nothing remains.
#[derive(Debug, Clone, PartialEq)]
pub struct Quittance {
    pub seller: Seller,
    pub recipient: Recipient,
    pub number: String,
    pub issued_on: Date,
    /// The day on which the last payment closed the last invoice.
    pub settled_on: Date,
    pub currency: Currency,
    pub invoices: Vec<SettledInvoice>,
    pub settlements: Vec<Settlement>,
    pub total: Money,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SettledInvoice {
    pub number: String,
    pub reference: Option<String>,
    pub issued_on: Date,
    pub settled_on: Date,
    pub amount: Money,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    pub on: Date,
    pub kind: ItemKind,
    pub method: Option<PaymentMethod>,
    pub reference: String,
    /// What it settled, positive.
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethod {
    BankTransfer,
    DirectDebit,
    Card,
    Cheque,
    Cash,
    Other,
}
