//! When an answer is posted without a person: a dial, a limit for the error, limits for each kind of difference.
//!
//! A company's document; every decision names what it was held against. Never raises the engine's own confidence.

use crate::differences::Difference;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dial {
    Off,
    Suggest,
    #[default]
    Auto,
}

/// For one kind of difference: how it is handled, and how large it may be to be posted without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limit {
    pub dial: Dial,
    /// Most minor units.
    pub minor: i64,
    /// Most hundredths of a percent of the payment.
    pub basis_points: i64,
}

impl Default for Limit {
    fn default() -> Self {
        Self { dial: Dial::Auto, minor: i64::MAX, basis_points: 10_000 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub dial: Dial,
    /// Share of wrong ones that is accepted among everything posted automatically.
    pub error_limit: f32,
    /// A second payment of the same sum by the same payer within this many days is held.
    pub duplicate_days: i32,
    pub bank_fee: Limit,
    pub discount_earned: Limit,
    pub discount_unearned: Limit,
    pub deduction: Limit,
    pub withholding_tax: Limit,
    pub rounding: Limit,
    pub exchange: Limit,
    pub overpayment: Limit,
    pub part_payment: Limit,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            dial: Dial::Auto,
            error_limit: 0.001,
            duplicate_days: 14,
            bank_fee: Limit::default(),
            discount_earned: Limit::default(),
            discount_unearned: Limit::default(),
            deduction: Limit::default(),
            withholding_tax: Limit::default(),
            rounding: Limit::default(),
            exchange: Limit::default(),
            overpayment: Limit::default(),
            part_payment: Limit::default(),
        }
    }
}

/// Why an answer waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    TurnedOff,
    NotSureEnough,
    Difference,
    Duplicate,
    /// The text names what is settled already and nothing of what would be paid.
    Settled,
    /// Other items fit as well.
    Ambiguous,
    /// Our own money that comes back, a deposit, a loan, from whomever; nothing of what would be paid is named.
    OtherBusiness,
    /// Words of other business, nothing named, and a payer whom nobody knows.
    NotACustomer,
    /// Nothing named, a payer whom nobody knows, and a text that says more than that something is paid: only the sum fits.
    Stranger,
    NoAnswer,
}

impl Held {
    /// The share of such answers that turn out right at most, measured on generated sets: the score does not know of these.
    pub(crate) const fn most_sure(self) -> f32 {
        match self {
            Self::Ambiguous => 0.95,
            Self::Stranger => 0.98,
            Self::NotACustomer | Self::OtherBusiness | Self::Settled => 0.5,
            Self::TurnedOff | Self::NotSureEnough | Self::Difference | Self::Duplicate | Self::NoAnswer => 1.0,
        }
    }
}

impl Policy {
    /// `None` when nothing stands against posting.
    pub fn holds(&self, error: f32, paid_minor: i64, differences: &[Difference]) -> Option<Held> {
        if self.dial != Dial::Auto || self.turns_off(differences) {
            return Some(Held::TurnedOff);
        }
        if differences.iter().any(|difference| !self.allows(difference, paid_minor)) {
            return Some(Held::Difference);
        }
        (error > self.error_limit).then_some(Held::NotSureEnough)
    }

    /// Whether an answer with these differences is not even proposed.
    pub(crate) fn turns_off(&self, differences: &[Difference]) -> bool {
        differences.iter().any(|difference| self.limit(difference).0.dial == Dial::Off)
    }

    fn allows(&self, difference: &Difference, paid_minor: i64) -> bool {
        let (limit, minor) = self.limit(difference);
        let share = i128::from(minor).abs() * 10_000 <= i128::from(limit.basis_points) * i128::from(paid_minor).abs();
        let whole = limit.basis_points >= 10_000;
        limit.dial == Dial::Auto && minor.abs() <= limit.minor && (whole || share)
    }

    /// The limit for this kind, and how much the difference is.
    fn limit(&self, difference: &Difference) -> (Limit, i64) {
        match difference {
            Difference::BankFee { minor } => (self.bank_fee, *minor),
            Difference::DiscountEarned { minor, .. } => (self.discount_earned, *minor),
            Difference::DiscountUnearned { minor, .. } => (self.discount_unearned, *minor),
            Difference::Deduction { minor, .. } => (self.deduction, *minor),
            Difference::WithholdingTax { minor, .. } => (self.withholding_tax, *minor),
            Difference::Rounding { minor, .. } => (self.rounding, *minor),
            Difference::Exchange { minor } => (self.exchange, *minor),
            Difference::Overpayment { minor } => (self.overpayment, *minor),
            Difference::PartPayment { left_minor, .. } => (self.part_payment, *left_minor),
        }
    }
}
