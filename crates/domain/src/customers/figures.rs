//! How old a customer's debts are and how fast it pays.

use kernel::Date;
use rust_decimal::{Decimal, RoundingStrategy};

/// The bucket of a debt: 0 while it is not overdue, then 1 for the first, up to one more than there are upper `ends`.
/// With ends 30, 60 and 90, a debt due 31 days ago is in bucket 2.
pub fn age_bucket(due_on: Date, today: Date, ends: &[i64]) -> usize {
    let days = today.days_since(due_on);
    if days <= 0 { 0 } else { 1 + ends.iter().take_while(|end| days > **end).count() }
}

/// Debts of one document day that were settled on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    pub document_on: Date,
    pub settled_on: Date,
    pub items: i64,
    /// In base currency.
    pub base_minor: i64,
}

/// Days from the document to its settlement, to one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct PaymentHabit {
    pub items: i64,
    /// Every debt counts the same.
    #[schema(value_type = String)]
    pub average_days: Decimal,
    /// A debt counts by its amount in base currency.
    #[schema(value_type = String)]
    pub weighted_days: Decimal,
}

/// How long it took to settle debts: for each, the days from its document's day to the effective day of what brought it to
/// zero, whether money or credit. `None` when nothing was settled.
pub fn payment_habit(settled: &[Settled]) -> Option<PaymentHabit> {
    let days = |settled: &Settled| Decimal::from(settled.settled_on.days_since(settled.document_on));
    let average = |weight: fn(&Settled) -> i64| {
        let weights: Decimal = settled.iter().map(|one| Decimal::from(weight(one))).sum();
        let total: Decimal = settled.iter().map(|one| days(one) * Decimal::from(weight(one))).sum();
        let average = total.checked_div(weights)?;
        Some(average.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero))
    };
    let average_days = average(|one| one.items)?;
    let weighted_days = average(|one| one.base_minor).unwrap_or(average_days);
    Some(PaymentHabit { items: settled.iter().map(|one| one.items).sum(), average_days, weighted_days })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_debt_is_current_on_its_due_day_and_overdue_the_day_after() {
        let bucket = |due| age_bucket(day(due), day("2026-03-31"), &[30, 60, 90]);
        assert_eq!(
            [bucket("2026-04-10"), bucket("2026-03-31"), bucket("2026-03-30"), bucket("2026-03-01")],
            [0, 0, 1, 1]
        );
        assert_eq!(
            [bucket("2026-02-28"), bucket("2026-01-30"), bucket("2025-12-31"), bucket("2025-12-30")],
            [2, 2, 3, 4]
        );
        assert_eq!(age_bucket(day("2026-03-30"), day("2026-03-31"), &[]), 1);
    }

    #[test]
    fn averages_by_number_and_by_amount() {
        let settled =
            |to, items, base_minor| Settled { document_on: day("2026-01-01"), settled_on: day(to), items, base_minor };
        // Two debts after 10 days (300.00 together) and one after 40 days (100.00): 60/3 = 20 days; (3000 + 4000)/400 = 17.5.
        let habit = payment_habit(&[settled("2026-01-11", 2, 30_000), settled("2026-02-10", 1, 10_000)]).unwrap();
        assert_eq!((habit.items, habit.average_days.normalize().to_string()), (3, "20".to_owned()));
        assert_eq!(habit.weighted_days.to_string(), "17.5");
        assert_eq!(payment_habit(&[]), None);
    }
}
