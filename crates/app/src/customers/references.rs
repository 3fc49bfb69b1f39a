//! The records that customers' facts name: terms and tax codes by code, other customers by number or id.

use crate::{
    context::Work,
    error::{FieldError, Result},
};
use domain::customers::{CustomerFacts, filled};
use kernel::{CustomerId, TaxCodeId, TermsId};
use std::collections::{BTreeSet, HashMap};
use store::{
    catalogue::{self, TaxCodeRow, TermsRow},
    customers::{self, CustomerRow},
};

/// What some customers refer to, read in a few statements however many they are.
pub(super) struct References {
    terms: Vec<TermsRow>,
    tax_codes: Vec<TaxCodeRow>,
    customers: HashMap<String, CustomerId>,
}

/// The references of one customer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Resolved {
    pub(super) terms: Option<TermsId>,
    pub(super) tax_code: Option<TaxCodeId>,
    pub(super) parent: Option<CustomerId>,
    pub(super) payer: Option<CustomerId>,
}

impl References {
    pub(super) async fn load(work: &mut Work, all_facts: &[&CustomerFacts]) -> Result<Self> {
        let company = work.company_id();
        let named = |facts: &&CustomerFacts| [&facts.parent, &facts.payer].map(|name| filled(name).map(str::to_owned));
        let names: BTreeSet<String> = all_facts.iter().flat_map(named).flatten().collect();
        let (ids, numbers): (Vec<String>, Vec<String>) =
            names.into_iter().partition(|name| name.parse::<CustomerId>().is_ok());
        let ids: Vec<CustomerId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let mut found = HashMap::new();
        if !ids.is_empty() {
            let rows = customers::by_ids(&mut work.tx, company, &ids).await?;
            found.extend(rows.into_iter().map(|row| (row.id.to_string(), row.id)));
        }
        if !numbers.is_empty() {
            let rows = customers::by_numbers(&mut work.tx, company, &numbers).await?;
            found.extend(rows.into_iter().map(|row| (row.number, row.id)));
        }
        let terms = catalogue::all_terms(&mut work.tx, company).await?;
        let tax_codes = catalogue::tax_codes(&mut work.tx, company).await?;
        Ok(Self { terms, tax_codes, customers: found })
    }

    /// A customer that is about to be saved can be named by those after it and before it.
    pub(super) fn add(&mut self, number: String, id: CustomerId) {
        self.customers.insert(number, id);
    }

    /// The ids behind the names; what does not exist, or is archived and not `kept` already, goes to `wrong`.
    pub(super) fn resolve(&self, facts: &CustomerFacts, kept: Resolved, wrong: &mut Vec<FieldError>) -> Resolved {
        let mut missing = |field: &str, message: String| {
            wrong.push(FieldError { field: field.to_owned(), message });
        };
        let terms = filled(&facts.terms).and_then(|code| {
            let found = self.terms.iter().find(|row| row.code == code);
            let usable = found.filter(|row| row.archived_at.is_none() || kept.terms == Some(row.id));
            if usable.is_none() {
                missing("terms", format!("there are no payment terms with the code {code}"));
            }
            usable.map(|row| row.id)
        });
        let tax_code = filled(&facts.tax_code).and_then(|code| {
            let found = self.tax_codes.iter().find(|row| row.code == code);
            let usable = found.filter(|row| row.archived_at.is_none() || kept.tax_code == Some(row.id));
            if usable.is_none() {
                missing("tax_code", format!("there is no tax code {code}"));
            }
            usable.map(|row| row.id)
        });
        let mut customer = |field, name: &Option<String>| {
            let name = filled(name)?;
            let found = self.customers.get(name).copied();
            if found.is_none() {
                missing(field, format!("there is no customer {name}"));
            }
            found
        };
        let (parent, payer) = (customer("parent", &facts.parent), customer("payer", &facts.payer));
        Resolved { terms, tax_code, parent, payer }
    }
}

/// A customer's facts as they were typed: the form to edit, and what an event compares.
pub(crate) async fn facts_of(work: &mut Work, row: &CustomerRow) -> Result<CustomerFacts> {
    let company = work.company_id();
    let related: Vec<CustomerId> = [row.parent_id, row.payer_id].into_iter().flatten().collect();
    let related = if related.is_empty() { vec![] } else { customers::by_ids(&mut work.tx, company, &related).await? };
    let number_of = |id: Option<CustomerId>| {
        let found = related.iter().find(|row| Some(row.id) == id);
        found.map(|row| row.number.clone())
    };
    let terms = match row.terms_id {
        Some(id) => catalogue::terms_by_id(&mut work.tx, company, id).await?,
        None => None,
    };
    let tax_code = match row.tax_code_id {
        Some(id) => catalogue::tax_code_by_id(&mut work.tx, company, id).await?,
        None => None,
    };
    Ok(CustomerFacts {
        number: Some(row.number.clone()),
        name: row.name.clone(),
        tax_id: row.tax_id.clone(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        language: Some(row.language.clone()),
        currency: Some(row.currency.code().to_owned()),
        address: row.address.0.clone(),
        delivery_address: row.delivery_address.clone().map(|json| json.0),
        terms: terms.map(|terms| terms.code),
        tax_code: tax_code.map(|tax| tax.code),
        parent: number_of(row.parent_id),
        payer: number_of(row.payer_id),
        segment: row.segment.clone(),
        tags: row.tags.0.clone(),
    })
}
