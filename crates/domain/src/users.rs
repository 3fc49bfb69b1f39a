//! Roles, permissions and who acts.
//!
//! A use case asks for one permission; a role is a set of permissions; an API token holds a subset of its maker's.

use kernel::{ApiTokenId, UserId, text_enum};
use std::collections::BTreeSet;

text_enum! {
    /// What somebody may do. The text is the scope's name on an API token.
    pub enum Permission {
        Read = "read",
        ReadAudit = "audit.read",
        ManageCompany = "company.manage",
        ManageUsers = "users.manage",
        ManageTokens = "tokens.manage",
        WriteCatalogue = "catalogue.write",
        WriteCustomers = "customers.write",
        WriteQuotes = "quotes.write",
        WriteOrders = "orders.write",
        IssueInvoices = "invoices.issue",
        IssueCreditNotes = "credit_notes.issue",
        RecordPayments = "payments.record",
        AllocateCash = "cash.allocate",
        RefundMoney = "refunds.write",
        WriteOff = "write_offs.write",
        Approve = "approvals.decide",
        WriteAccounts = "accounts.write",
        ClosePeriods = "periods.close",
        RunImports = "imports.run",
    }
}

impl Permission {
    /// What somebody who has it may do.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "See the books",
            Self::ReadAudit => "See the audit log",
            Self::ManageCompany => "Change the company",
            Self::ManageUsers => "Manage users",
            Self::ManageTokens => "Make API tokens",
            Self::WriteCatalogue => "Change products, terms and taxes",
            Self::WriteCustomers => "Change customers",
            Self::WriteQuotes => "Write quotes",
            Self::WriteOrders => "Write orders",
            Self::IssueInvoices => "Issue invoices",
            Self::IssueCreditNotes => "Issue credit notes",
            Self::RecordPayments => "Enter payments",
            Self::AllocateCash => "Allocate payments",
            Self::RefundMoney => "Refund money",
            Self::WriteOff => "Write off",
            Self::Approve => "Approve what others ask for",
            Self::WriteAccounts => "Change the chart of accounts",
            Self::ClosePeriods => "Close and reopen months",
            Self::RunImports => "Import files",
        }
    }
}

text_enum! {
    pub enum Role {
        Administrator = "administrator",
        Manager = "manager",
        Clerk = "clerk",
        Collector = "collector",
        Sales = "sales",
        Auditor = "auditor",
    }
}

impl Role {
    pub fn permissions(self) -> BTreeSet<Permission> {
        use Permission as P;
        let clerk = [
            P::Read,
            P::WriteCustomers,
            P::WriteQuotes,
            P::WriteOrders,
            P::IssueInvoices,
            P::IssueCreditNotes,
            P::RecordPayments,
            P::AllocateCash,
            P::RefundMoney,
            P::WriteOff,
            P::RunImports,
        ];
        let manager = [P::ReadAudit, P::ManageTokens, P::WriteCatalogue, P::Approve, P::WriteAccounts, P::ClosePeriods];
        match self {
            Self::Administrator => Permission::ALL.iter().copied().collect(),
            Self::Manager => clerk.into_iter().chain(manager).collect(),
            Self::Clerk => clerk.into_iter().collect(),
            Self::Collector => BTreeSet::from([P::Read, P::WriteCustomers]),
            Self::Sales => BTreeSet::from([P::Read, P::WriteCustomers, P::WriteQuotes, P::WriteOrders]),
            Self::Auditor => BTreeSet::from([P::Read, P::ReadAudit]),
        }
    }
}

/// Who acts: a person, an API token of a person, or the program itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Person { id: UserId, name: String },
    Token { id: ApiTokenId, name: String, owner: UserId },
    System,
}

impl Actor {
    /// As the audit log and documents show it.
    pub fn name(&self) -> String {
        match self {
            Self::Person { name, .. } => name.clone(),
            Self::Token { name, .. } => format!("API token {name}"),
            Self::System => "Quittance".to_owned(),
        }
    }

    /// The person who answers for it, whom segregation of duties compares.
    pub fn person(&self) -> Option<UserId> {
        match self {
            Self::Person { id, .. } => Some(*id),
            Self::Token { owner, .. } => Some(*owner),
            Self::System => None,
        }
    }
}

/// Why a change to a user is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    #[error("The e-mail or the password is not right.")]
    WrongCredentials,
    #[error("{0} is the only administrator here; give somebody else that role first.")]
    LastAdministrator(String),
    #[error(
        "{name} also works for {companies}, where you are no administrator; you can only take {name} out of this company."
    )]
    WorksElsewhere { name: String, companies: String },
    #[error("You cannot do this to yourself; ask another administrator.")]
    Yourself,
    #[error("An API token belongs to a person; say whose it is.")]
    NobodysToken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_auditor_sees_everything_and_changes_nothing() {
        let may = Role::Auditor.permissions();
        assert_eq!(may, BTreeSet::from([Permission::Read, Permission::ReadAudit]));
    }

    #[test]
    fn only_managers_and_administrators_close_periods_and_approve() {
        for role in Role::ALL {
            let expected = matches!(role, Role::Administrator | Role::Manager);
            assert_eq!(role.permissions().contains(&Permission::ClosePeriods), expected, "{role}");
            assert_eq!(role.permissions().contains(&Permission::Approve), expected, "{role}");
        }
    }
}
