//! Forms that keep what was typed and point at the field that is wrong.
//!
//! A handler takes `Form<T>`, makes the use case's input from it and calls the use case; on an error it hands the form to
//! the same template again: `form.failed(error)?`, `render_with(form.status(), …)`. In the template, `form.name` is what
//! was typed, `form.error("name")` what is wrong with it, and `{% include "form_errors.html" %}` the summary on top.

use crate::error::{PageError, PageResult, sentence_of};
use app::{Error, FieldError};
use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde::de::DeserializeOwned;
use std::ops::Deref;

/// What was typed (text fields, so that nothing typed is lost) and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Form<T> {
    typed: T,
    errors: Vec<FieldError>,
    refusal: String,
}

impl<T> Form<T> {
    pub fn new(typed: T) -> Self {
        Self { typed, errors: vec![], refusal: String::new() }
    }

    /// What is wrong with one field; "" when it is right.
    pub fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|error| error.field == field).map_or("", |error| &error.message)
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Notes one more thing that is wrong.
    pub(crate) fn note(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// The rule that says no to the form as a whole; "" when none does.
    pub fn refusal(&self) -> &str {
        &self.refusal
    }

    pub fn status(&self) -> StatusCode {
        let fine = self.errors.is_empty() && self.refusal.is_empty();
        if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// The same form with what the use case said about it; errors that no typing can mend go on to the error page.
    pub fn failed(mut self, error: Error) -> PageResult<Self> {
        match error {
            Error::Invalid(errors) => self.errors.extend(errors),
            error @ (Error::Refused(_) | Error::Conflict(_) | Error::Stale) => self.refusal = sentence_of(&error),
            error => return Err(error.into()),
        }
        Ok(self)
    }
}

impl<T> Deref for Form<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.typed
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let form = axum_extra::extract::Form::from_request(request, state).await;
        form.map(|axum_extra::extract::Form(typed)| Self::new(typed)).map_err(|error| {
            PageError::Wrong(StatusCode::BAD_REQUEST, format!("The form was not understood: {error}."))
        })
    }
}

/// Reads one field into its own type; what cannot be read is noted under the field's name and `None` comes back.
pub fn read<V>(wrong: &mut Vec<FieldError>, field: &str, text: &str) -> Option<V>
where
    V: std::str::FromStr<Err: std::fmt::Display>,
{
    text.trim()
        .parse()
        .map_err(|error: V::Err| wrong.push(FieldError { field: field.to_owned(), message: error.to_string() }))
        .ok()
}

/// A field's name as people read it: `lines[0].unit_price` is "Line 1, unit price".
pub(crate) fn label(field: &str) -> String {
    let words = |part: &str| match part.split_once('[').and_then(|(name, rest)| Some((name, rest.strip_suffix(']')?))) {
        Some((name, place)) => {
            let place = place.parse::<usize>().map_or_else(|_| place.to_owned(), |place| (place + 1).to_string());
            format!("{} {place}", name.trim_end_matches('s').replace('_', " "))
        }
        None => part.replace('_', " "),
    };
    let text = field.split('.').map(words).collect::<Vec<_>>().join(", ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_what_people_call_them() {
        assert_eq!(label("tax_id"), "Tax id");
        assert_eq!(label("lines[0].unit_price"), "Line 1, unit price");
    }

    #[test]
    fn a_form_keeps_what_was_typed_and_knows_what_is_wrong() {
        let form = Form::new("12x".to_owned()).failed(Error::field("amount", "is no number")).unwrap();
        assert_eq!((form.as_str(), form.error("amount"), form.error("name")), ("12x", "is no number", ""));
        assert_eq!(form.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(Form::new(()).failed(Error::NotFound("customer")).is_err());
    }
}
