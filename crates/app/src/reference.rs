//! What pricing and posting read of a company and what seldom changes, kept between pieces of work.
//!
//! The company's row, which every piece of work reads first, counts the changes: what was kept under another count is
//! read again. Every such change has an audit event, and `Work::commit` counts when it has seen one of [`KINDS`].

use crate::error::Result;
use domain::{calendar::Calendar, ledger::AccountRole};
use kernel::{CompanyId, Date};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::{
    Tx,
    catalogue::{self, TaxCodeRow, TermsRow},
    companies::CompanyRow,
    ledger,
};

/// The subjects of events after which it has to be read again; a company's settings name its calendar.
pub(crate) const KINDS: [&str; 6] = ["company", "terms", "tax_code", "calendar", "account", "period"];

pub(crate) struct Reference {
    version: i64,
    pub terms: Vec<TermsRow>,
    pub taxes: Vec<TaxCodeRow>,
    pub calendar: Calendar,
    /// The account that plays each role.
    pub roles: HashMap<AccountRole, String>,
    /// The last day of the month that was closed last.
    pub closed_through: Option<Date>,
}

/// One for each company, shared by every clone of the program.
#[derive(Clone, Default)]
pub(crate) struct References(Arc<Mutex<HashMap<CompanyId, Arc<Reference>>>>);

impl Reference {
    pub(crate) async fn load(tx: &mut Tx, company: &CompanyRow) -> Result<Self> {
        let calendar = match company.settings.0.calendar {
            Some(id) => catalogue::calendar(tx, company.id, id).await?.map(|row| row.spec.0),
            None => None,
        };
        let roles = ledger::roles(tx, company.id).await?;
        Ok(Self {
            version: company.reference_version,
            terms: catalogue::all_terms(tx, company.id).await?,
            taxes: catalogue::tax_codes(tx, company.id).await?,
            calendar: calendar.unwrap_or_default(),
            closed_through: roles.iter().find_map(|row| row.last_closed).map(Date::last_of_month),
            roles: roles.into_iter().map(|row| (row.role, row.code)).collect(),
        })
    }
}

impl References {
    /// What is kept, if nothing has changed since.
    pub(crate) fn of(&self, company: &CompanyRow) -> Option<Arc<Reference>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&company.id).filter(|kept| kept.version == company.reference_version).cloned()
    }

    pub(crate) fn keep(&self, company: CompanyId, reference: Arc<Reference>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(company, reference);
    }
}
