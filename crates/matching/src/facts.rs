//! What the engine is told: the bank's line, the open items, the customers, the advices.
//!
//! Plain values in the words of the clerk. The engine never reads anything else, so the same facts give the same answer.

use kernel::{Currency, Date, Money};
use serde::{Deserialize, Serialize};

/// Money that came in, as the bank told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankLine {
    pub id: String,
    pub value_on: Date,
    /// What the account received.
    pub amount: Money,
    /// What the payer sent, where it was another currency.
    pub instructed: Option<Money>,
    pub payer_name: String,
    pub payer_iban: String,
    pub text: String,
    /// A creditor reference whose check digits were verified.
    pub structured_reference: Option<String>,
    pub bank_reference: Option<String>,
}

impl BankLine {
    /// The amount in `currency`: as received, or as sent. `None` when neither says it.
    pub fn amount_in(&self, currency: Currency) -> Option<i64> {
        let sent = self.instructed.filter(|money| money.currency() == currency);
        let money = if self.amount.currency() == currency { Some(self.amount) } else { sent };
        money.map(Money::minor)
    }

    /// Whether the bank exchanged the money, so that an amount in the account's currency is never exact.
    pub fn was_exchanged(&self) -> bool {
        self.instructed.is_some_and(|money| money.currency() != self.amount.currency())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    Invoice,
    DebitNote,
    CreditNote,
}

/// Early-payment discount as the invoice offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Hundredths of a percent: 200 is 2 %.
    pub basis_points: u32,
    pub until: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenItem {
    pub id: String,
    pub customer: String,
    /// The number on the document, as the customer would write it.
    pub number: String,
    /// The customer's own order number.
    pub po: Option<String>,
    pub kind: ItemKind,
    pub issued_on: Date,
    pub due_on: Date,
    /// The document's total; negative for a credit note.
    pub total: Money,
    /// What is left of it, with the sign of the total.
    pub open: Money,
    pub discount: Option<Discount>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: String,
    /// The number that we gave the customer and that payers quote.
    pub number: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub ibans: Vec<String>,
    /// The id of the customer that may pay for this one.
    pub parent: Option<String>,
    /// Discount agreed beyond what the invoices offer, in hundredths of a percent.
    pub agreed_discount_basis_points: Option<u32>,
    /// A difference up to this many minor units is written off without asking.
    pub tolerance_minor: i64,
    /// Tax that the customer withholds by law, in hundredths of a percent.
    pub withholding_basis_points: Option<u32>,
}

/// What a payer announced apart from the bank: an e-mail, an EDI message, a portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    pub id: String,
    pub customer: Option<String>,
    pub total: Money,
    pub sent_on: Date,
    pub lines: Vec<AdviceLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceLine {
    /// The invoice's number or order as the payer writes it.
    pub reference: String,
    pub paid: Money,
    /// Why less was paid than is open, in the payer's words.
    pub reason: Option<String>,
}
