//! Quotes: where one stands, and what may still happen to it.

use kernel::{Date, text_enum};

text_enum! {
    pub enum QuoteState {
        Draft = "draft",
        Sent = "sent",
        Accepted = "accepted",
        Declined = "declined",
        Expired = "expired",
        /// A later revision took its place.
        Replaced = "replaced",
    }
}

/// What a quote's state follows from.
#[derive(Debug, Clone, Copy)]
pub struct QuoteFacts {
    pub sent: bool,
    pub accepted: bool,
    pub declined: bool,
    pub replaced: bool,
    pub valid_until: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteRefusal {
    #[error("{number} is {state} and can no longer be {verb}")]
    Settled { number: String, state: QuoteState, verb: &'static str },
    #[error("{number} was valid until {until}; revise it to offer it again")]
    Expired { number: String, until: Date },
    #[error("the quote would end on {until}, before it begins on {from}")]
    EndsBeforeItBegins { from: Date, until: Date },
}

pub fn state(facts: QuoteFacts, today: Date) -> QuoteState {
    match facts {
        QuoteFacts { accepted: true, .. } => QuoteState::Accepted,
        QuoteFacts { replaced: true, .. } => QuoteState::Replaced,
        QuoteFacts { declined: true, .. } => QuoteState::Declined,
        QuoteFacts { valid_until, .. } if valid_until < today => QuoteState::Expired,
        QuoteFacts { sent: true, .. } => QuoteState::Sent,
        _ => QuoteState::Draft,
    }
}

/// Whether the quote can be accepted or declined today.
pub fn may_decide(number: &str, facts: QuoteFacts, today: Date, verb: &'static str) -> Result<(), QuoteRefusal> {
    match state(facts, today) {
        QuoteState::Draft | QuoteState::Sent => Ok(()),
        QuoteState::Expired => Err(QuoteRefusal::Expired { number: number.to_owned(), until: facts.valid_until }),
        state => Err(QuoteRefusal::Settled { number: number.to_owned(), state, verb }),
    }
}

/// Whether the quote can be replaced by a new revision: also when it expired or was declined, to offer it again.
pub fn may_revise(number: &str, facts: QuoteFacts, today: Date) -> Result<(), QuoteRefusal> {
    match state(facts, today) {
        state @ (QuoteState::Accepted | QuoteState::Replaced) => {
            Err(QuoteRefusal::Settled { number: number.to_owned(), state, verb: "revised" })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    const OPEN: QuoteFacts = QuoteFacts {
        sent: true,
        accepted: false,
        declined: false,
        replaced: false,
        valid_until: Date::from_civil(jiff::civil::date(2026, 3, 31)),
    };

    #[test]
    fn a_quote_expires_the_day_after_its_last_day() {
        assert_eq!(state(OPEN, day("2026-03-31")), QuoteState::Sent);
        assert_eq!(state(OPEN, day("2026-04-01")), QuoteState::Expired);
        let refusal = may_decide("QUO-1", OPEN, day("2026-04-01"), "accepted").unwrap_err();
        assert_eq!(refusal.to_string(), "QUO-1 was valid until 2026-03-31; revise it to offer it again");
        assert_eq!(may_revise("QUO-1", OPEN, day("2026-04-01")), Ok(()));
    }

    #[test]
    fn an_accepted_quote_stays_accepted() {
        let accepted = QuoteFacts { accepted: true, ..OPEN };
        assert_eq!(state(accepted, day("2027-01-01")), QuoteState::Accepted);
        assert!(may_decide("QUO-1", accepted, day("2026-03-01"), "declined").is_err());
        assert!(may_revise("QUO-1", accepted, day("2026-03-01")).is_err());
    }
}
