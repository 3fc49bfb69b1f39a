//! The matching desk: what a company lets the program post by itself, and why the desk refuses something.
//!
//! The policy is a document that a person can read and compare; each version is kept and every decision names the one it
//! was held against. Nothing here knows how sure an answer is, that is the business of `matching`.

pub mod figures;
pub mod safeguards;

use crate::cash::DifferenceKind;
use kernel::{Date, Money, text_enum};
use safeguards::Safeguards;
use serde::{Deserialize, Serialize};

text_enum! {
    /// How far the program goes by itself.
    pub enum Dial {
        Off = "off",
        /// It proposes and a person posts.
        Suggest = "suggest",
        Auto = "auto",
    }
}

text_enum! {
    /// Who decided a match.
    pub enum MatchedBy {
        /// Posted without a person.
        Engine = "engine",
        /// A person took a proposal.
        Proposal = "proposal",
        /// A person said what is paid.
        Clerk = "clerk",
        /// The bank took an earlier payment back.
        Return = "return",
    }
}

/// For one kind of difference: who may post it, how large it may be to go without a person, and on which account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DifferenceRule {
    pub dial: Dial,
    /// Most minor units of the payment's currency; no limit when left out.
    pub most_minor: Option<i64>,
    /// Most hundredths of a percent of the payment; no limit when left out.
    pub most_basis_points: Option<i64>,
    /// The account that it is posted to; the chart's own for this kind when left out.
    pub account: Option<String>,
}

impl Default for DifferenceRule {
    fn default() -> Self {
        Self { dial: Dial::Auto, most_minor: None, most_basis_points: None, account: None }
    }
}

impl DifferenceRule {
    /// The most that goes with a payment of so much; none without a limit.
    pub fn limit_of(&self, paid_minor: i64) -> Option<i64> {
        if self.dial == Dial::Off {
            return Some(0);
        }
        let share =
            |points: i64| i64::try_from(i128::from(paid_minor) * i128::from(points) / 10_000).unwrap_or(i64::MAX);
        let share = self.most_basis_points.filter(|points| *points < 10_000).map(share);
        [self.most_minor, share].into_iter().flatten().min()
    }
}

/// One rule for each kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DifferenceRules {
    pub bank_fee: DifferenceRule,
    pub discount_earned: DifferenceRule,
    pub discount_unearned: DifferenceRule,
    pub deduction: DifferenceRule,
    pub withholding_tax: DifferenceRule,
    pub rounding: DifferenceRule,
    pub exchange: DifferenceRule,
    pub overpayment: DifferenceRule,
    pub part_payment: DifferenceRule,
}

impl Default for DifferenceRules {
    fn default() -> Self {
        let auto = DifferenceRule::default();
        let asked = DifferenceRule { dial: Dial::Suggest, ..DifferenceRule::default() };
        Self {
            bank_fee: DifferenceRule { most_minor: Some(5_000), ..auto.clone() },
            discount_earned: auto.clone(),
            discount_unearned: asked.clone(),
            deduction: asked.clone(),
            withholding_tax: asked,
            rounding: DifferenceRule { most_minor: Some(50), ..auto.clone() },
            exchange: DifferenceRule { most_basis_points: Some(150), ..auto.clone() },
            overpayment: auto.clone(),
            part_payment: auto,
        }
    }
}

impl DifferenceRules {
    pub const fn of(&self, kind: DifferenceKind) -> &DifferenceRule {
        match kind {
            DifferenceKind::BankFee => &self.bank_fee,
            DifferenceKind::DiscountEarned => &self.discount_earned,
            DifferenceKind::DiscountUnearned => &self.discount_unearned,
            DifferenceKind::Deduction => &self.deduction,
            DifferenceKind::WithholdingTax => &self.withholding_tax,
            DifferenceKind::Rounding => &self.rounding,
            DifferenceKind::Exchange => &self.exchange,
            DifferenceKind::Overpayment => &self.overpayment,
            DifferenceKind::PartPayment => &self.part_payment,
        }
    }

    pub const fn of_mut(&mut self, kind: DifferenceKind) -> &mut DifferenceRule {
        match kind {
            DifferenceKind::BankFee => &mut self.bank_fee,
            DifferenceKind::DiscountEarned => &mut self.discount_earned,
            DifferenceKind::DiscountUnearned => &mut self.discount_unearned,
            DifferenceKind::Deduction => &mut self.deduction,
            DifferenceKind::WithholdingTax => &mut self.withholding_tax,
            DifferenceKind::Rounding => &mut self.rounding,
            DifferenceKind::Exchange => &mut self.exchange,
            DifferenceKind::Overpayment => &mut self.overpayment,
            DifferenceKind::PartPayment => &mut self.part_payment,
        }
    }
}

/// What a company lets the program post by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PostingPolicy {
    pub dial: Dial,
    /// Wrong ones that are accepted among a million posted: 1,000 are 0.1 %.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub error_limit_ppm: i64,
    /// A second payment of the same sum, payer and text within this many days waits for a person.
    #[schema(minimum = 0, maximum = 365)]
    pub duplicate_days: i64,
    /// Whether payments that the bank took back are reversed without a person.
    pub returns: Dial,
    pub differences: DifferenceRules,
    pub safeguards: Safeguards,
}

impl Default for PostingPolicy {
    fn default() -> Self {
        Self {
            dial: Dial::Auto,
            error_limit_ppm: 1_000,
            duplicate_days: 14,
            returns: Dial::Auto,
            differences: DifferenceRules::default(),
            safeguards: Safeguards::default(),
        }
    }
}

impl PostingPolicy {
    /// What is wrong with it: the field as the API names it, and why.
    pub fn wrong(&self, accounts: &[String]) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        if !(0..=1_000_000).contains(&self.error_limit_ppm) {
            wrong.push(("error_limit_ppm".to_owned(), "is a share of a million: use 0 to 1000000".to_owned()));
        }
        if !(0..=365).contains(&self.duplicate_days) {
            wrong.push(("duplicate_days".to_owned(), "use 0 to 365 days".to_owned()));
        }
        for &kind in DifferenceKind::ALL {
            let rule = self.differences.of(kind);
            let field = |name: &str| format!("differences.{kind}.{name}");
            if rule.most_minor.is_some_and(|most| most < 0) {
                wrong.push((field("most_minor"), "cannot be less than nothing".to_owned()));
            }
            if rule.most_basis_points.is_some_and(|most| !(0..=10_000).contains(&most)) {
                wrong.push((field("most_basis_points"), "use 0 to 10000, which is all of the payment".to_owned()));
            }
            if rule.account.is_some() && !kind.has_own_account() {
                wrong.push((field("account"), "is posted to the chart's own account for it; leave it out".to_owned()));
            } else if let Some(account) = rule.account.as_ref().filter(|account| !accounts.contains(account)) {
                wrong.push((field("account"), format!("there is no account {account}")));
            }
        }
        wrong.extend(self.safeguards.wrong());
        wrong
    }
}

/// Why the desk does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskRefusal {
    #[error("This line is posted already; undo its match first.")]
    Posted,
    #[error("This line was set aside; take it back to the desk first.")]
    SetAside,
    #[error("This line is not booked by the bank yet; it waits until it is.")]
    NotBooked,
    #[error("{name} works on this line until {until}.")]
    Held { name: String, until: String },
    #[error("Only a person can work on a line; this caller is none.")]
    NoPerson,
    #[error("There is no proposal {0} for this line; look at it again.")]
    NoProposal(usize),
    #[error("The proposals for this line have changed since; look at it again.")]
    OldProposals,
    #[error("{left} of {paid} would be left over; say that the rest stays on account, or use it up.")]
    LeftOver { left: Money, paid: Money },
    #[error("The parts come to {parts}, which is {over} more than the {paid} that arrived.")]
    TooMuch { parts: Money, over: Money, paid: Money },
    #[error("{credits} of credit notes are more than the {debts} that they would be used on.")]
    CreditsOnly { credits: Money, debts: Money },
    #[error(
        "Giving {money} up is above the company's limit; credit it or write it off, so that a second person approves."
    )]
    NeedsSecondPerson { money: Money },
    #[error(
        "A {kind} of {asked} is more than the {limit} that the posting policy allows; name it what it is, or leave it to somebody who may approve."
    )]
    AboveLimit { kind: &'static str, asked: Money, limit: Money },
    #[error("The bank took {number} back on {on}; undo that line first.")]
    CameBack { number: String, on: Date },
    #[error("The bank told this line again in detail; work on the lines that stand beside it.")]
    Replaced,
    #[error("A part of this line is in the books; undo that first.")]
    PartPosted,
    #[error("This is a part of a line already; put the line together again to split it in another way.")]
    IsPart,
    #[error("This is money that the bank took back: name the payment that it was.")]
    IsReturn,
    #[error("This is no money that the bank took back.")]
    NoReturn,
    #[error(
        "The bank took back {taken}, which is less than the {paid} of {number}; say that it is a part of it, if that is what was recalled."
    )]
    LessReturned { taken: Money, number: String, paid: Money },
    #[error(
        "The bank took back {taken}; {number} was {paid}, and {over} is more than the {limit} that the policy allows for a bank fee."
    )]
    FeeTooLarge { taken: Money, number: String, paid: Money, over: Money, limit: Money },
    #[error("{number} came in {currency}, but this line is in another currency.")]
    OtherCurrency { number: String, currency: kernel::Currency },
    #[error("This money left {left}, but {number} came to {came_to}; name a payment that came to {left}.")]
    OtherAccount { left: String, number: String, came_to: String },
    #[error("{by} confirmed this suspicion; only they or a manager can dismiss it.")]
    ConfirmedByAnother { by: String },
    #[error("There is no payment {0}.")]
    NoSuchPayment(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_document_is_the_shipped_policy_and_comes_back() {
        let policy: PostingPolicy = serde_json::from_str("{}").unwrap();
        assert_eq!(policy, PostingPolicy::default());
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<PostingPolicy>(&text).unwrap(), policy);
        assert!(serde_json::from_str::<PostingPolicy>(r#"{"dail": "off"}"#).is_err());
    }

    #[test]
    fn the_lower_of_two_limits_counts() {
        let rule =
            |most_minor, most_basis_points| DifferenceRule { most_minor, most_basis_points, ..Default::default() };
        assert_eq!(rule(None, None).limit_of(100_000), None);
        assert_eq!(rule(Some(5_000), None).limit_of(100_000), Some(5_000));
        // 1.5 % of 1,000.00 are 15.00.
        assert_eq!(rule(Some(5_000), Some(150)).limit_of(100_000), Some(1_500));
        assert_eq!(rule(Some(1_000), Some(150)).limit_of(100_000), Some(1_000));
        assert_eq!(rule(None, Some(10_000)).limit_of(100_000), None, "all of it is no limit");
        assert_eq!(DifferenceRule { dial: Dial::Off, ..rule(None, None) }.limit_of(100_000), Some(0));
    }

    #[test]
    fn wrong_limits_and_accounts_are_named() {
        let mut policy = PostingPolicy { error_limit_ppm: -1, ..PostingPolicy::default() };
        policy.differences.deduction.account = Some("9999".to_owned());
        policy.differences.rounding.most_basis_points = Some(10_001);
        let named: Vec<String> = policy.wrong(&["6300".to_owned()]).into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            named,
            ["error_limit_ppm", "differences.deduction.account", "differences.rounding.most_basis_points"]
        );
        assert!(PostingPolicy::default().wrong(&[]).is_empty());
    }
}
