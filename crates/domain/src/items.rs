//! Open items and their movements: what a customer owes or is owed, as of any day, as known at any instant.
//!
//! An item's amount never changes. Every change of what is left is a movement with an effective day and an instant of
//! recording, and the open amount is the sum of the movements that count. Invoices and debit notes are positive, credit
//! notes and unapplied payments negative.

use crate::ledger::AccountRole;
use kernel::{Date, Timestamp, text_enum};

text_enum! {
    pub enum ItemKind {
        Invoice = "invoice",
        CreditNote = "credit_note",
        DebitNote = "debit_note",
        /// Unapplied cash.
        Payment = "payment",
    }
}

impl ItemKind {
    /// The control account that carries items of this kind.
    pub const fn control(self) -> AccountRole {
        match self {
            Self::Payment => AccountRole::UnappliedCash,
            Self::Invoice | Self::CreditNote | Self::DebitNote => AccountRole::Receivables,
        }
    }

    /// Whether the customer owes it (positive) rather than has it to their credit.
    pub const fn is_debt(self) -> bool {
        matches!(self, Self::Invoice | Self::DebitNote)
    }
}

text_enum! {
    pub enum MovementKind {
        /// The item came to be: issued, received or taken over.
        Opened = "opened",
        Allocated = "allocated",
        Discount = "discount",
        Difference = "difference",
        WrittenOff = "written_off",
        Refunded = "refunded",
        /// The opposite of an earlier movement.
        Reversed = "reversed",
    }
}

/// A movement as far as an open amount depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub effective_on: Date,
    pub recorded_at: Timestamp,
    pub amount_minor: i64,
}

/// What was open at the end of `as_of`, as far as it was known at `known_at`.
pub fn open_minor(changes: &[Change], as_of: Date, known_at: Timestamp) -> i64 {
    changes.iter().filter(|c| c.effective_on <= as_of && c.recorded_at <= known_at).map(|c| c.amount_minor).sum()
}

/// The share of an item's base amount that belongs to `part` of its open amount: all of it when the item is settled, so
/// that no cent of base currency stays behind.
pub fn base_share(part_minor: i64, open_minor: i64, open_base_minor: i64) -> i64 {
    if part_minor == open_minor || open_minor == 0 {
        return open_base_minor;
    }
    let product = i128::from(open_base_minor) * i128::from(part_minor);
    let share = crate::lines::rounded_ratio(product * i128::from(open_minor.signum()), i128::from(open_minor).abs());
    i64::try_from(share).unwrap_or(open_base_minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_back_dated_payment_changes_the_past_only_from_when_it_was_known() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = |text: &str| text.parse::<Date>().unwrap();
        let changes = [
            Change { effective_on: day("2026-01-10"), recorded_at: at("2026-01-10T09:00:00Z"), amount_minor: 1_000 },
            Change { effective_on: day("2026-02-05"), recorded_at: at("2026-03-02T09:00:00Z"), amount_minor: -400 },
        ];
        let now = at("2026-12-31T00:00:00Z");
        assert_eq!(open_minor(&changes, day("2026-01-09"), now), 0);
        assert_eq!(open_minor(&changes, day("2026-02-28"), now), 600);
        assert_eq!(open_minor(&changes, day("2026-02-28"), at("2026-02-28T23:00:00Z")), 1_000);
    }

    proptest! {
        #[test]
        fn settling_in_parts_uses_the_whole_base_amount(
            amount in 1_i64..1_000_000_000, base in 1_i64..1_000_000_000, cuts in prop::collection::vec(1_i64..1_000_000, 0..8)
        ) {
            let (mut open, mut open_base, mut used) = (amount, base, 0);
            for cut in cuts.into_iter().chain([i64::MAX]) {
                let part = cut.min(open);
                let share = base_share(part, open, open_base);
                prop_assert!(share >= 0 && share <= open_base);
                open -= part;
                open_base -= share;
                used += share;
                if open == 0 { break; }
            }
            prop_assert_eq!((open, open_base, used), (0, 0, base));
        }
    }
}
