//! What a use case answers when it does not do what was asked.

use domain::users::Permission;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule says no; the text is the sentence for the clerk.
    #[error("{0}")]
    Refused(String),
    /// Something that was typed is wrong; nothing was saved.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("your role does not allow this ({0})")]
    Forbidden(Permission),
    #[error("sign in first")]
    Unauthenticated,
    #[error("{0}")]
    Conflict(String),
    /// What was to be changed is no longer as it was read.
    #[error("Somebody else changed this in the meantime. Look again.")]
    Stale,
    #[error("something went wrong inside; nothing was saved")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One field that is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// As the API names it: `lines[0].quantity`.
    pub field: String,
    pub message: String,
}

impl Error {
    pub fn refused(reason: impl std::fmt::Display) -> Self {
        Self::Refused(reason.to_string())
    }

    pub fn field(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.to_string() }])
    }

    /// The same with other names for its fields, where what was asked stands in something larger or under another name.
    #[must_use]
    pub fn with_fields(self, name: impl Fn(String) -> String) -> Self {
        match self {
            Self::Invalid(wrong) => {
                Self::Invalid(wrong.into_iter().map(|wrong| FieldError { field: name(wrong.field), ..wrong }).collect())
            }
            other => other,
        }
    }

    pub fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(cause.into())
    }
}

fn list(fields: &[FieldError]) -> String {
    fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join("; ")
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Stale => Self::Stale,
            other if other.is_unique_violation() => {
                Self::Conflict("This exists already, or was changed in the meantime.".to_owned())
            }
            other if other.is_retryable() => {
                Self::Conflict("Somebody else was working on the same records. Try again.".to_owned())
            }
            other => Self::broken(other),
        }
    }
}

macro_rules! refusals {
    ($($refusal:ty),+ $(,)?) => { $(
        impl From<$refusal> for Error {
            fn from(refusal: $refusal) -> Self {
                Self::refused(refusal)
            }
        }
    )+ };
}

refusals!(
    domain::approvals::ApprovalRefusal,
    domain::cash::CashRefusal,
    domain::desk::DeskRefusal,
    domain::invoices::InvoiceRefusal,
    domain::ledger::LedgerRefusal,
    domain::lines::PricingError,
    domain::orders::OrderRefusal,
    domain::payments::PaymentRefusal,
    domain::quotes::QuoteRefusal,
    domain::terms::TermsError,
    domain::users::UserRefusal,
    kernel::MoneyError,
);
