//! Orders: what of them is still to be invoiced.

use kernel::{LineId, Quantity};

/// One order line with what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub line: LineId,
    pub position: i64,
    pub ordered: Quantity,
    pub invoiced: Quantity,
    pub cancelled: Quantity,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    #[error("{0} is cancelled")]
    Cancelled(String),
    #[error("{0} is confirmed already")]
    ConfirmedAlready(String),
    #[error("confirm {0} before invoicing it")]
    NotConfirmed(String),
    #[error("nothing of {0} is left to invoice")]
    NothingLeft(String),
    /// `at` is the place among the lines that were asked for, from 0 on, here and below.
    #[error("{asked} cannot be invoiced; {left} of {ordered} is left")]
    TooMuch { at: usize, asked: Quantity, left: Quantity, ordered: Quantity },
    #[error("{asked} cannot be invoiced of {ordered}: both must be above zero, or both below")]
    OtherSign { at: usize, asked: Quantity, ordered: Quantity },
    #[error("there is no such line")]
    NoSuchLine { at: usize },
    #[error("{number} was invoiced in part; cancel the rest instead")]
    PartlyInvoiced { number: String },
}

impl OrderRefusal {
    /// The field of what was asked for that is refused; none when it is not about one line.
    pub fn field(&self) -> Option<String> {
        match self {
            Self::TooMuch { at, .. } | Self::OtherSign { at, .. } => Some(format!("lines[{at}].quantity")),
            Self::NoSuchLine { at } => Some(format!("lines[{at}].line")),
            _ => None,
        }
    }
}

impl Progress {
    /// What can still be invoiced; never the other sign of what was ordered.
    pub fn left(&self) -> Quantity {
        let left = self.ordered.scaled() - self.invoiced.scaled() - self.cancelled.scaled();
        let fits = left.signum() == self.ordered.scaled().signum();
        Quantity::from_scaled(if fits { left } else { 0 })
    }
}

/// Which quantity of which line to invoice: what was asked, or everything that is left.
pub fn to_invoice(
    number: &str,
    lines: &[Progress],
    asked: Option<&[(LineId, Quantity)]>,
) -> Result<Vec<(LineId, Quantity)>, OrderRefusal> {
    let Some(asked) = asked else {
        let left: Vec<_> =
            lines.iter().map(|line| (line.line, line.left())).filter(|(_, left)| !left.is_zero()).collect();
        return if left.is_empty() { Err(OrderRefusal::NothingLeft(number.to_owned())) } else { Ok(left) };
    };
    let mut chosen: Vec<(LineId, Quantity)> = Vec::new();
    for (at, &(id, quantity)) in asked.iter().enumerate().filter(|(_, (_, quantity))| !quantity.is_zero()) {
        let line = lines.iter().find(|line| line.line == id).ok_or(OrderRefusal::NoSuchLine { at })?;
        let left = line.left();
        let taken: i64 = chosen.iter().filter(|(other, _)| *other == id).map(|(_, taken)| taken.scaled()).sum();
        if quantity.scaled().signum() != line.ordered.scaled().signum() {
            return Err(OrderRefusal::OtherSign { at, asked: quantity, ordered: line.ordered });
        }
        if quantity.scaled().saturating_add(taken).saturating_abs() > left.scaled().abs() {
            return Err(OrderRefusal::TooMuch { at, asked: quantity, left, ordered: line.ordered });
        }
        chosen.push((id, quantity));
    }
    if chosen.is_empty() { Err(OrderRefusal::NothingLeft(number.to_owned())) } else { Ok(chosen) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn line(n: u128, ordered: &str, invoiced: &str, cancelled: &str) -> Progress {
        let quantity = |text: &str| text.parse().unwrap();
        Progress {
            line: LineId(Uuid::from_u128(n)),
            position: i64::try_from(n).unwrap(),
            ordered: quantity(ordered),
            invoiced: quantity(invoiced),
            cancelled: quantity(cancelled),
        }
    }

    #[test]
    fn the_rest_is_what_was_neither_invoiced_nor_cancelled() {
        let lines = [line(1, "10", "4", "1"), line(2, "2", "2", "0"), line(3, "-1", "0", "0")];
        let left = to_invoice("ORD-1", &lines, None).unwrap();
        assert_eq!(left, [(lines[0].line, "5".parse().unwrap()), (lines[2].line, "-1".parse().unwrap())]);
    }

    #[test]
    fn more_than_is_left_is_refused_also_in_two_parts() {
        let lines = [line(1, "10", "4", "0")];
        let id = lines[0].line;
        let asked = |parts: &[&str]| parts.iter().map(|part| (id, part.parse().unwrap())).collect::<Vec<_>>();
        assert!(to_invoice("ORD-1", &lines, Some(&asked(&["6"]))).is_ok());
        let error = to_invoice("ORD-1", &lines, Some(&asked(&["4", "3"]))).unwrap_err();
        assert_eq!(error.to_string(), "3 cannot be invoiced; 6 of 10 is left");
        assert_eq!(error.field().unwrap(), "lines[1].quantity");
        let negative = to_invoice("ORD-1", &lines, Some(&asked(&["0", "-1"]))).unwrap_err();
        assert_eq!(negative.to_string(), "-1 cannot be invoiced of 10: both must be above zero, or both below");
        assert_eq!(negative.field().unwrap(), "lines[1].quantity");
    }

    proptest! {
        #[test]
        fn an_order_is_never_invoiced_beyond_what_was_ordered(
            ordered in 1_i64..1_000, steps in prop::collection::vec(1_i64..400, 1..10)
        ) {
            let mut progress = line(1, &ordered.to_string(), "0", "0");
            for step in steps {
                let asked = [(progress.line, Quantity::from_scaled(step * 1_000_000))];
                if let Ok(chosen) = to_invoice("ORD-1", &[progress], Some(&asked)) {
                    progress.invoiced = Quantity::from_scaled(progress.invoiced.scaled() + chosen[0].1.scaled());
                }
                prop_assert!(progress.invoiced <= progress.ordered);
            }
        }
    }
}
