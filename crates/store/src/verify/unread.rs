//! What a proof could not read: the rows of its tables that their records cannot decode.

use crate::{
    audit::{EventRow, SealRow},
    cash::{AllocationRow, RefundRow, WriteOffRow},
    catalogue::ExternalIdRow,
    customers::{ContactRow, CustomerRow},
    db::{Result, Tx, Unread},
    invoices::InvoiceRow,
    items::{BalanceShiftRow, MovementRow, OpenItemRow},
    ledger::{AccountRow, EntryRow, PeriodRow, PostingRow},
    lines::{LineRow, TaxTotalRow},
    orders::OrderRow,
    payments::PaymentRow,
    quotes::QuoteRow,
};
use domain::verify::ProofKind;
use kernel::CompanyId;

macro_rules! look {
    ($tx:ident, $company:ident: $($row:ty),+) => {{
        let mut found = Vec::new();
        $(found.extend($tx.unread::<$row>($company).await?);)+
        found
    }};
}

/// The rows that this proof reads and that cannot be read.
pub async fn rows(tx: &mut Tx, company: CompanyId, kind: ProofKind) -> Result<Vec<Unread>> {
    Ok(match kind {
        ProofKind::Entries => look!(tx, company: EntryRow, PostingRow, MovementRow),
        ProofKind::ControlAccounts => {
            look!(tx, company: AccountRow, EntryRow, PostingRow, OpenItemRow, MovementRow)
        }
        ProofKind::OpenItems => look!(tx, company: OpenItemRow, MovementRow),
        ProofKind::Balances => look!(tx, company: CustomerRow, BalanceShiftRow, OpenItemRow, MovementRow),
        ProofKind::Allocations => {
            look!(tx, company: AllocationRow, WriteOffRow, RefundRow, OpenItemRow, MovementRow)
        }
        ProofKind::Documents => look!(tx, company: QuoteRow, OrderRow, InvoiceRow, LineRow, TaxTotalRow),
        ProofKind::Issued => {
            look!(tx, company: InvoiceRow, PaymentRow, OpenItemRow, AccountRow, EntryRow, PostingRow, EventRow)
        }
        ProofKind::Numbers => look!(tx, company: QuoteRow, OrderRow, InvoiceRow, PaymentRow, RefundRow),
        ProofKind::Periods => look!(tx, company: PeriodRow, EntryRow),
        ProofKind::AuditChain => look!(tx, company: EventRow, SealRow),
        ProofKind::References => look!(tx, company: EntryRow, QuoteRow, OrderRow, InvoiceRow, LineRow, TaxTotalRow,
            PaymentRow, OpenItemRow, AllocationRow, WriteOffRow, RefundRow, ContactRow),
        ProofKind::ExternalIds => look!(tx, company: ExternalIdRow),
    })
}
