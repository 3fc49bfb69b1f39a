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
    /// What the bank says it took out of the amount before it arrived.
    #[serde(default)]
    pub charges_minor: i64,
}

impl BankLine {
    /// The amount in `currency`: as received, or as sent. `None` when neither says it.
    pub fn amount_in(&self, currency: Currency) -> Option<i64> {
        let sent = self.instructed.filter(|money| money.currency() == currency);
        let money = if self.amount.currency() == currency { Some(self.amount) } else { sent };
        money.map(Money::minor)
    }

    /// What was taken on the way, as the bank tells it: its charges, or the difference between what was sent and what came.
    pub(crate) fn told_charges(&self) -> Vec<i64> {
        let sent = self.instructed.filter(|money| money.currency() == self.amount.currency());
        let lost = sent.map_or(0, |sent| sent.minor() - self.amount.minor());
        [self.charges_minor, lost].into_iter().filter(|minor| *minor > 0).collect()
    }

    /// Whether the money came from abroad, where banks on the way keep something of it.
    pub(crate) fn is_from_abroad(&self) -> bool {
        let account = self.payer_iban.trim_start();
        let (Some(country), Some(check)) = (account.get(..2), account.get(2..4)) else { return self.was_exchanged() };
        let is_iban =
            country.bytes().all(|letter| letter.is_ascii_alphabetic()) && check.bytes().all(|d| d.is_ascii_digit());
        let country = country.to_ascii_uppercase();
        let currency = self.amount.currency();
        let is_home = if currency == Currency::EUR {
            EEA.split(' ').any(|home| home == country)
        } else {
            currency.code().starts_with(&country)
        };
        self.was_exchanged() || (is_iban && !is_home)
    }

    /// Whether the bank exchanged the money, so that an amount in the account's currency is never exact.
    pub fn was_exchanged(&self) -> bool {
        self.instructed.is_some_and(|money| money.currency() != self.amount.currency())
    }
}

/// Where a payment in euro arrives in full by law.
const EEA: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

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
