//! Approvals: what a second person has to agree to, and who may.

use kernel::{Money, UserId, text_enum};

text_enum! {
    /// What waits for approval when it is above the company's limit.
    pub enum ApprovalKind {
        CreditNote = "credit_note",
        Refund = "refund",
        WriteOff = "write_off",
    }
}

impl ApprovalKind {
    /// As sentences say it.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::CreditNote => "credit note",
            Self::Refund => "refund",
            Self::WriteOff => "write-off",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    #[error("you asked for this {} of {money} yourself; somebody else has to decide", .kind.phrase())]
    OwnRequest { kind: ApprovalKind, money: Money },
    #[error("only a person can decide on this {} of {money}", .kind.phrase())]
    NotAPerson { kind: ApprovalKind, money: Money },
    #[error("this {} of {money} was declined by {by}", .kind.phrase())]
    Declined { kind: ApprovalKind, money: Money, by: String },
    #[error("this {} of {money} was approved by {by} and is done", .kind.phrase())]
    Granted { kind: ApprovalKind, money: Money, by: String },
    #[error("another {} of {waiting} waits for approval on the same document; decide on that one first", .kind.phrase())]
    Waiting { kind: ApprovalKind, waiting: Money },
}

/// Whether an amount in base currency needs a second person; the limit itself does not.
pub fn needs_second_person(base_minor: i64, limit_minor: i64) -> bool {
    base_minor.unsigned_abs() > limit_minor.unsigned_abs()
}

/// Segregation of duties: a person decides, and not the one who asked.
pub fn may_decide(
    kind: ApprovalKind,
    money: Money,
    requester: Option<UserId>,
    decider: Option<UserId>,
) -> Result<(), ApprovalRefusal> {
    match decider {
        None => Err(ApprovalRefusal::NotAPerson { kind, money }),
        Some(decider) if requester == Some(decider) => Err(ApprovalRefusal::OwnRequest { kind, money }),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;
    use uuid::Uuid;

    #[test]
    fn nobody_decides_on_their_own_request_and_the_program_on_none() {
        let money = Money::new(150_000, Currency::EUR);
        let person = |n| Some(UserId(Uuid::from_u128(n)));
        let decide = |requester, decider| may_decide(ApprovalKind::Refund, money, requester, decider);
        assert_eq!(decide(person(1), person(2)), Ok(()));
        assert_eq!(
            decide(person(1), person(1)).unwrap_err().to_string(),
            "you asked for this refund of 1500.00 EUR yourself; somebody else has to decide"
        );
        assert!(decide(person(1), None).is_err() && decide(None, None).is_err());
        assert_eq!(decide(None, person(2)), Ok(()));
    }

    #[test]
    fn the_limit_itself_needs_nobody() {
        assert!(!needs_second_person(100_000, 100_000) && needs_second_person(-100_001, 100_000));
    }
}
