//! One type per kind of record, all of them UUIDs inside, so that a customer can never stand where an invoice belongs.

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        $crate::schema::described_as!($name, $crate::schema::id());
        $crate::sql::stored_as!($name, Uuid, |value: &$name| value.0, |stored: Uuid| Ok::<_, uuid::Error>($name(stored)));
    )+ };
}

ids!(
    AllocationId,
    ApiTokenId,
    ApprovalId,
    AttachmentId,
    AdviceId,
    BankAccountId,
    BankDecisionId,
    BankFileId,
    BankLineId,
    BankMatchId,
    BankStatementId,
    BankTableId,
    CalendarId,
    CompanyId,
    ContactId,
    CustomerId,
    EntryId,
    EventId,
    ImportId,
    /// A line of a quote, order or invoice.
    LineId,
    InvoiceId,
    MovementId,
    NoteId,
    OpenItemId,
    OrderId,
    OutboxId,
    PaymentId,
    ProductId,
    QuoteId,
    RefundId,
    SessionId,
    SuspicionId,
    TaxCodeId,
    TermsId,
    UserId,
    WriteOffId,
);
