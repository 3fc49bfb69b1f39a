//! What the bank sent, as far as the books care: what becomes of a line when it arrives, and where it stands since.
//!
//! A line is posted in whole or not at all. Nothing here reads a file or finds out who paid: `bankfiles` and `matching` do.

mod accounts;

pub use accounts::{is_account, letters};

use kernel::{Date, text_enum};

text_enum! {
    /// Where a bank line stands.
    pub enum LineState {
        /// Money that nobody has been named for yet.
        Open = "open",
        /// In the books.
        Posted = "posted",
        /// Never a customer's payment; its exception says why.
        SetAside = "set_aside",
    }
}

text_enum! {
    /// Why a line needs a person, or why it was set aside.
    pub enum Exception {
        /// Nobody and nothing fits.
        NoAnswer = "no_answer",
        /// There is an answer, but not a sure one.
        NotSure = "not_sure",
        /// Two answers are equally good.
        Ambiguous = "ambiguous",
        /// Sure, but with a difference that the policy does not post.
        Difference = "difference",
        UnknownPayer = "unknown_payer",
        Duplicate = "duplicate",
        Suspicious = "suspicious",
        /// The bank took an earlier payment back.
        BankReturn = "bank_return",
        /// Announced, not booked yet.
        Pending = "pending",
        /// Posted once and undone.
        Undone = "undone",
        /// Asked of a colleague.
        Asked = "asked",
        /// Posting was refused: a closed period, a missing exchange rate.
        CannotPost = "cannot_post",
        NotACustomer = "not_a_customer",
        Outgoing = "outgoing",
        /// Money that we had sent came back, or a bounce was called off.
        OwnReturn = "own_return",
        /// The bank told it again in more detail, and that stands beside it.
        Replaced = "replaced",
    }
}

impl Exception {
    /// As a list shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoAnswer => "No match found",
            Self::NotSure => "Not sure enough",
            Self::Ambiguous => "Several answers",
            Self::Difference => "Difference to decide",
            Self::UnknownPayer => "Unknown payer",
            Self::Duplicate => "Paid twice?",
            Self::Suspicious => "Suspicious",
            Self::BankReturn => "Taken back by the bank",
            Self::Pending => "Not booked yet",
            Self::Undone => "Undone",
            Self::Asked => "Asked",
            Self::CannotPost => "Cannot be posted",
            Self::NotACustomer => "No customer payment",
            Self::Outgoing => "Money out",
            Self::OwnReturn => "Money came back",
            Self::Replaced => "Told again in detail",
        }
    }

    /// Business days until somebody should have looked.
    pub const fn due_days(self) -> i64 {
        match self {
            Self::Suspicious | Self::BankReturn | Self::Duplicate => 1,
            Self::Pending => 5,
            _ => 2,
        }
    }
}

/// What is known of a line when it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Negative: money out.
    pub amount_minor: i64,
    pub is_booked: bool,
    /// The bank says that it takes something back, or why a payment came back.
    pub is_return: bool,
}

/// What becomes of a line that nobody has looked at yet.
pub fn on_arrival(line: Arrival) -> (LineState, Option<Exception>) {
    match line {
        // Before it is booked nothing is sure, not even that it will stay.
        Arrival { is_booked: false, amount_minor: 1.., .. } => (LineState::Open, Some(Exception::Pending)),
        Arrival { is_booked: false, is_return: true, .. } => (LineState::Open, Some(Exception::Pending)),
        Arrival { amount_minor: ..0, is_return: true, .. } => (LineState::Open, Some(Exception::BankReturn)),
        Arrival { amount_minor: ..=0, .. } => (LineState::SetAside, Some(Exception::Outgoing)),
        // No customer paid, but it is money that came in: a person says what it is.
        Arrival { is_return: true, .. } => (LineState::Open, Some(Exception::OwnReturn)),
        Arrival { .. } => (LineState::Open, None),
    }
}

/// Whether a batch may be split into its payments: each has an amount, none is nothing, and together they are the line.
pub fn splits(line_minor: i64, parts: &[Option<i64>]) -> bool {
    let amounts: Option<Vec<i64>> = parts.iter().copied().collect();
    let Some(amounts) = amounts.filter(|amounts| amounts.len() > 1) else { return false };
    let total = amounts.iter().try_fold(0_i64, |sum, &amount| sum.checked_add(amount));
    total == Some(line_minor) && amounts.iter().all(|&amount| amount != 0)
}

/// One document that a payer says a payment is for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AdviceLine {
    /// The document's number as the payer writes it.
    pub document: Option<String>,
    /// Order numbers and whatever else the payer names.
    pub references: Vec<String>,
    pub issued_on: Option<Date>,
    pub gross_minor: Option<i64>,
    pub discount_minor: i64,
    /// Signed: negative means that less is paid.
    pub adjustment_minor: i64,
    pub paid_minor: i64,
    /// Why another amount is paid, in the payer's words.
    pub reason: Option<String>,
}

/// Why a file is not received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankRefusal {
    #[error("{name} cannot be read: {reason}.")]
    Unreadable { name: String, reason: String },
    #[error(
        "{name} is of the account {account}, which is none of {company}'s; add it in the settings, or choose the account."
    )]
    UnknownAccount { name: String, account: String, company: String },
    #[error("{name} does not say whose account it is of; choose the bank account.")]
    NoAccount { name: String },
    #[error("{name} has lines in {found}, but the account {account} is held in {held}.")]
    OtherCurrency { name: String, account: String, found: String, held: String },
    #[error("{name} is of the account {stated}, which is {found}, not {chosen}.")]
    OtherAccount { name: String, stated: String, found: String, chosen: String },
    #[error("{name}, line {line}: the amount is too large for the books.")]
    TooLarge { name: String, line: usize },
    #[error("{name} is a table that no definition knows; look at its columns on the page Bank files and confirm them.")]
    UnknownTable { name: String },
    #[error("There is nothing in {name} that can be received.")]
    Nothing { name: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrives(amount_minor: i64, is_booked: bool, is_return: bool) -> (LineState, Option<Exception>) {
        on_arrival(Arrival { amount_minor, is_booked, is_return })
    }

    #[test]
    fn money_in_waits_for_a_match_and_money_out_is_none_of_ours() {
        assert_eq!(arrives(100, true, false), (LineState::Open, None));
        assert_eq!(arrives(-100, true, false), (LineState::SetAside, Some(Exception::Outgoing)));
        assert_eq!(arrives(0, true, false), (LineState::SetAside, Some(Exception::Outgoing)));
    }

    #[test]
    fn what_the_bank_takes_back_and_what_it_brings_back_wait_for_a_person() {
        assert_eq!(arrives(-100, true, true), (LineState::Open, Some(Exception::BankReturn)));
        assert_eq!(arrives(100, true, true), (LineState::Open, Some(Exception::OwnReturn)));
    }

    #[test]
    fn what_is_not_booked_is_pending_in_either_direction_of_a_customer() {
        assert_eq!(arrives(100, false, false), (LineState::Open, Some(Exception::Pending)));
        assert_eq!(arrives(-100, false, true), (LineState::Open, Some(Exception::Pending)));
        assert_eq!(arrives(-100, false, false), (LineState::SetAside, Some(Exception::Outgoing)));
    }

    #[test]
    fn a_batch_splits_only_when_its_payments_are_all_there() {
        assert!(splits(300, &[Some(100), Some(200)]));
        assert!(!splits(300, &[Some(300)]));
        assert!(!splits(300, &[Some(100), None]));
        assert!(!splits(300, &[Some(100), Some(199)]));
        assert!(!splits(300, &[Some(300), Some(0)]));
        assert!(!splits(0, &[]));
        assert!(!splits(i64::MIN, &[Some(i64::MAX), Some(1)]));
    }
}
