//! Many rows of one call: all of them or none, or each that is right. It knows no capability.
//!
//! A use case notes what came of checking each row in turn, takes the `ready` ones and does them in one transaction, and
//! answers with the `outcomes` in the order in which the rows were sent.

use crate::error::{Error, FieldError, Result};
use std::collections::BTreeMap;

pub const MOST_AT_ONCE: usize = 1_000;

/// What was made of each row, or what is wrong with it.
pub type Outcomes<T> = Vec<Result<T, Vec<FieldError>>>;

/// Whether one wrong row refuses all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Together,
    RowByRow,
}

/// Rows of the field `name` that were checked.
pub(crate) struct Many<T> {
    name: &'static str,
    ready: Vec<T>,
    wrong: BTreeMap<usize, Vec<FieldError>>,
}

impl<T> Many<T> {
    /// For so many rows of a field.
    pub(crate) fn of(name: &'static str, count: usize) -> Result<Self> {
        if count == 0 || count > MOST_AT_ONCE {
            return Err(Error::field(name, format!("send 1 to {MOST_AT_ONCE} {name} at once")));
        }
        Ok(Self { name, ready: Vec::with_capacity(count), wrong: BTreeMap::new() })
    }

    /// Notes the next row; what is no matter of the row itself is passed on.
    pub(crate) fn note(&mut self, checked: Result<T>) -> Result<()> {
        let at = self.ready.len() + self.wrong.len();
        match checked {
            Ok(row) => self.ready.push(row),
            Err(Error::Invalid(fields)) => drop(self.wrong.insert(at, fields)),
            Err(Error::Refused(message)) => {
                self.wrong.insert(at, vec![FieldError { field: String::new(), message }]);
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// The rows that are right; taken together, one wrong row refuses all and every wrong field is named.
    pub(crate) fn ready(&mut self, taken: Taken) -> Result<Vec<T>> {
        if taken == Taken::RowByRow || self.wrong.is_empty() {
            return Ok(std::mem::take(&mut self.ready));
        }
        let name = self.name;
        let named = |(at, fields): (usize, Vec<FieldError>)| {
            fields.into_iter().map(move |wrong| {
                let dot = if wrong.field.is_empty() { "" } else { "." };
                FieldError { field: format!("{name}[{at}]{dot}{}", wrong.field), ..wrong }
            })
        };
        Err(Error::Invalid(std::mem::take(&mut self.wrong).into_iter().flat_map(named).collect()))
    }

    /// What came of each row, from what was made of the ready ones.
    pub(crate) fn outcomes<U>(mut self, made: Vec<U>) -> Outcomes<U> {
        let (count, mut made) = (made.len() + self.wrong.len(), made.into_iter());
        let outcome = |at| self.wrong.remove(&at).map_or_else(|| made.next().map(Ok), |wrong| Some(Err(wrong)));
        (0..count).filter_map(outcome).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked() -> Many<i64> {
        let mut many = Many::of("rows", 3).unwrap();
        many.note(Ok(7)).unwrap();
        many.note(Err(Error::field("price", "is no number"))).unwrap();
        many.note(Err(Error::refused("it is closed"))).unwrap();
        many.note(Ok(9)).unwrap();
        assert!(many.note(Err(Error::NotFound("company"))).is_err());
        many
    }

    #[test]
    fn rows_are_taken_each_by_itself_in_their_order() {
        let mut many = checked();
        assert_eq!(many.ready(Taken::RowByRow).unwrap(), [7, 9]);
        let outcomes = many.outcomes(vec!["seven", "nine"]);
        let made: Vec<_> = outcomes.iter().map(|row| row.as_ref().ok().copied()).collect();
        assert_eq!(made, [Some("seven"), None, None, Some("nine")]);
        assert_eq!(outcomes[1].as_ref().unwrap_err()[0].field, "price");
    }

    #[test]
    fn taken_together_every_wrong_field_is_named() {
        let Err(Error::Invalid(wrong)) = checked().ready(Taken::Together) else { panic!("it was not refused") };
        let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["rows[1].price", "rows[2]"]);
        assert!(Many::<i64>::of("rows", 0).is_err() && Many::<i64>::of("rows", 1_001).is_err());
    }
}
