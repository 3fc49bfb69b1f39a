//! Adding customers: one by a person, up to a thousand in one call, any number by an import.
//!
//! `plan` looks at all of them at once, in a few statements: facts, references, numbers, who is there already. What is
//! ready is saved by `save_planned`; what is not says why.

use super::{
    field_errors, likeness,
    likeness::Candidate,
    references::{References, Resolved},
    title,
};
use crate::{
    companies::Numbers,
    context::{App, Caller, Event, Work, new_id},
    error::{Error, FieldError, Result},
};
use domain::{
    companies::Series,
    customers::{CheckedContact, CheckedFacts, ContactFacts, CustomerFacts, Defaults, filled},
    users::Permission,
};
use kernel::{ContactId, CustomerId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::{
    Json,
    catalogue::{self, ExternalIdRow},
    companies::CompanyRow,
    customers::{self, ContactRow, CustomerRow},
};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewCustomer {
    #[serde(flatten)]
    pub facts: CustomerFacts,
    pub contacts: Vec<ContactFacts>,
    pub external_ids: Vec<ExternalName>,
    /// The clerk has seen who looks like it and wants it all the same.
    pub accept_duplicates: bool,
}

/// What another system calls a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalName {
    pub source: String,
    pub id: String,
    /// What an import made the record from.
    #[serde(default, skip)]
    pub fingerprint: String,
}

/// What came of adding a customer.
#[derive(Debug)]
pub enum Creation {
    Created(Box<CustomerRow>),
    /// Nothing was saved: it may be there already.
    LooksLike(Vec<Candidate>),
}

/// Many customers in one call.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct NewCustomers {
    pub customers: Vec<NewCustomer>,
    /// Saves the rows that are right and says what is wrong with the others; else one wrong row refuses all.
    #[serde(default)]
    pub row_by_row: bool,
}

/// What came of one of many.
#[derive(Debug)]
pub enum RowOutcome {
    Created(Box<CustomerRow>),
    Wrong(Vec<FieldError>),
}

pub(crate) enum Planned {
    Ready(Box<Ready>),
    Wrong(Vec<FieldError>),
    LooksLike(Vec<Candidate>),
}

/// A customer that can be saved.
pub(crate) struct Ready {
    id: CustomerId,
    facts: CheckedFacts,
    typed: CustomerFacts,
    references: Resolved,
    contacts: Vec<CheckedContact>,
    external_ids: Vec<ExternalName>,
}

pub const MOST_AT_ONCE: usize = 1_000;
pub(super) const EXTERNAL_KIND: &str = "customer";

pub async fn create(app: &App, caller: &Caller, new: NewCustomer) -> Result<Creation> {
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let planned = plan(&mut work, std::slice::from_ref(&new)).await?.pop();
    let ready = match planned.ok_or(Error::NotFound("customer"))? {
        Planned::Wrong(wrong) => return Err(Error::Invalid(wrong)),
        Planned::LooksLike(candidates) => return Ok(Creation::LooksLike(candidates)),
        Planned::Ready(ready) => ready,
    };
    let row = save_planned(&mut work, vec![*ready]).await?.pop().ok_or(Error::NotFound("customer"))?;
    work.commit().await?;
    Ok(Creation::Created(Box::new(row)))
}

/// Up to a thousand customers, all or nothing unless `row_by_row`.
pub async fn create_many(app: &App, caller: &Caller, new: NewCustomers) -> Result<Vec<RowOutcome>> {
    let count = new.customers.len();
    if count > MOST_AT_ONCE {
        return Err(Error::field("customers", format!("{count} customers are more than {MOST_AT_ONCE} in one call")));
    }
    let mut work = app.work(caller, Permission::WriteCustomers).await?;
    let (mut ready, mut wrong) = (Vec::new(), BTreeMap::new());
    for (at, planned) in plan(&mut work, &new.customers).await?.into_iter().enumerate() {
        match planned {
            Planned::Ready(one) => ready.push(*one),
            Planned::Wrong(fields) => drop(wrong.insert(at, fields)),
            Planned::LooksLike(candidates) => {
                let message = likeness::sentence(&candidates);
                wrong.insert(at, vec![FieldError { field: "name".to_owned(), message }]);
            }
        }
    }
    if !wrong.is_empty() && !new.row_by_row {
        return Err(Error::Invalid(in_rows(wrong)));
    }
    let mut saved = save_planned(&mut work, ready).await?.into_iter();
    work.commit().await?;
    let outcome = |at| match wrong.remove(&at) {
        Some(fields) => Some(RowOutcome::Wrong(fields)),
        None => saved.next().map(|row| RowOutcome::Created(Box::new(row))),
    };
    Ok((0..count).filter_map(outcome).collect())
}

fn in_rows(wrong: BTreeMap<usize, Vec<FieldError>>) -> Vec<FieldError> {
    let row = |(at, fields): (usize, Vec<FieldError>)| {
        fields.into_iter().map(move |wrong| FieldError { field: format!("customers[{at}].{}", wrong.field), ..wrong })
    };
    wrong.into_iter().flat_map(row).collect()
}

pub(super) fn defaults(company: &CompanyRow) -> Defaults<'_> {
    Defaults { language: &company.language, currency: company.currency, country: &company.country }
}

/// One row on its way to being ready.
struct Draft<'a> {
    new: &'a NewCustomer,
    id: CustomerId,
    facts: Option<CheckedFacts>,
    contacts: Vec<CheckedContact>,
    references: Resolved,
    wrong: Vec<FieldError>,
    candidates: Vec<Candidate>,
}

/// Decides about each new customer, reading what all of them need together.
pub(crate) async fn plan(work: &mut Work, new: &[NewCustomer]) -> Result<Vec<Planned>> {
    let mut drafts: Vec<Draft<'_>> = new.iter().map(|new| Draft::new(new, defaults(&work.company))).collect();
    check_numbers(work, &mut drafts).await?;
    check_external_ids(work, &mut drafts).await?;
    resolve_references(work, &mut drafts).await?;
    look_for_duplicates(work, &mut drafts).await?;
    refuse_those_who_name_refused(&mut drafts);
    Ok(drafts.into_iter().map(Draft::planned).collect())
}

impl<'a> Draft<'a> {
    fn new(new: &'a NewCustomer, defaults: Defaults<'_>) -> Self {
        let mut wrong = Vec::new();
        let facts = new.facts.check(defaults).map_err(|facts| wrong.extend(field_errors("", facts))).ok();
        let mut contacts = Vec::new();
        for (at, contact) in new.contacts.iter().enumerate() {
            match contact.check() {
                Ok(contact) => contacts.push(contact),
                Err(facts) => wrong.extend(field_errors(&format!("contacts[{at}]."), facts)),
            }
        }
        for (at, name) in new.external_ids.iter().enumerate() {
            if name.source.trim().is_empty() || name.id.trim().is_empty() || name.source.len() + name.id.len() > 300 {
                let message = "give the source and its id, up to 300 characters together".to_owned();
                wrong.push(FieldError { field: format!("external_ids[{at}]"), message });
            }
        }
        Self { new, id: new_id(), facts, contacts, references: Resolved::default(), wrong, candidates: vec![] }
    }

    fn number(&self) -> Option<&str> {
        filled(&self.new.facts.number)
    }

    fn refuse(&mut self, field: &str, message: String) {
        self.wrong.push(FieldError { field: field.to_owned(), message });
    }

    fn planned(self) -> Planned {
        match (self.facts, self.wrong.is_empty(), self.candidates.is_empty()) {
            (Some(facts), true, true) => Planned::Ready(Box::new(Ready {
                id: self.id,
                facts,
                typed: self.new.facts.clone(),
                references: self.references,
                contacts: self.contacts,
                external_ids: self.new.external_ids.clone(),
            })),
            (_, true, false) => Planned::LooksLike(self.candidates),
            (..) => Planned::Wrong(self.wrong),
        }
    }
}

/// A number belongs to one customer.
async fn check_numbers(work: &mut Work, drafts: &mut [Draft<'_>]) -> Result<()> {
    let company = work.company_id();
    let numbers: BTreeSet<String> = drafts.iter().filter_map(|draft| draft.number().map(str::to_owned)).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let numbers: Vec<String> = numbers.into_iter().collect();
    let taken = customers::by_numbers(&mut work.tx, company, &numbers).await?;
    let taken: HashMap<String, String> = taken.into_iter().map(|row| (row.number, row.name)).collect();
    let mut seen = BTreeSet::new();
    for draft in drafts {
        let Some(number) = draft.number().map(str::to_owned) else { continue };
        if let Some(name) = taken.get(&number) {
            draft.refuse("number", format!("{number} is the number of {name}"));
        } else if !seen.insert(number.clone()) {
            draft.refuse("number", format!("{number} is given twice"));
        }
    }
    Ok(())
}

/// An external id names one record.
async fn check_external_ids(work: &mut Work, drafts: &mut [Draft<'_>]) -> Result<()> {
    let company = work.company_id();
    let names = drafts.iter().flat_map(|draft| &draft.new.external_ids);
    let mut by_source: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        by_source.entry(name.source.trim().to_owned()).or_default().push(name.id.trim().to_owned());
    }
    let mut known = BTreeSet::new();
    for (source, ids) in by_source {
        let rows = catalogue::external(&mut work.tx, company, &source, EXTERNAL_KIND, &ids).await?;
        known.extend(rows.into_iter().map(|row| (row.source, row.external_id)));
    }
    for draft in drafts {
        for (at, name) in draft.new.external_ids.iter().enumerate() {
            let (source, id) = (name.source.trim(), name.id.trim());
            if !known.insert((source.to_owned(), id.to_owned())) {
                draft.refuse(&format!("external_ids[{at}]"), format!("{source} {id} names another customer already"));
            }
        }
    }
    Ok(())
}

async fn resolve_references(work: &mut Work, drafts: &mut [Draft<'_>]) -> Result<()> {
    let all_facts: Vec<&CustomerFacts> = drafts.iter().map(|draft| &draft.new.facts).collect();
    let mut references = References::load(work, &all_facts).await?;
    for draft in drafts.iter() {
        if let Some(number) = draft.number() {
            references.add(number.to_owned(), draft.id);
        }
    }
    for draft in drafts.iter_mut() {
        draft.references = references.resolve(&draft.new.facts, Resolved::default(), &mut draft.wrong);
        if draft.references.payer == Some(draft.id) {
            draft.refuse("payer", "a customer is its own payer unless another is named".to_owned());
        }
    }
    let parents: HashMap<_, _> = drafts.iter().filter_map(|draft| Some((draft.id, draft.references.parent?))).collect();
    let payers: HashMap<_, _> = drafts.iter().filter_map(|draft| Some((draft.id, draft.references.payer?))).collect();
    for draft in drafts {
        if leads_to(&parents, draft.id) {
            draft.refuse("parent", "the parents named here go round in a circle".to_owned());
        }
        if draft.references.payer != Some(draft.id) && leads_to(&payers, draft.id) {
            draft.refuse("payer", "the payers named here go round in a circle".to_owned());
        }
    }
    Ok(())
}

/// Whether going up from a customer comes back to it. Only customers of the same call can be named in a circle: one that
/// is saved already cannot name one that is not.
fn leads_to(upwards: &HashMap<CustomerId, CustomerId>, from: CustomerId) -> bool {
    let mut at = from;
    for _ in 0..=upwards.len() {
        match upwards.get(&at) {
            Some(next) if *next == from => return true,
            Some(next) => at = *next,
            None => return false,
        }
    }
    false
}

/// Where rows are saved one by one, a parent that is not saved cannot be named.
fn refuse_those_who_name_refused(drafts: &mut [Draft<'_>]) {
    loop {
        let refused = |draft: &&Draft<'_>| !(draft.wrong.is_empty() && draft.candidates.is_empty());
        let refused: BTreeSet<CustomerId> = drafts.iter().filter(refused).map(|draft| draft.id).collect();
        let names = |draft: &Draft<'_>| {
            let named = [("parent", draft.references.parent), ("payer", draft.references.payer)];
            named.into_iter().find(|(_, id)| id.is_some_and(|id| refused.contains(&id))).map(|(field, _)| field)
        };
        let next = drafts.iter_mut().filter(|draft| draft.wrong.is_empty() && draft.candidates.is_empty());
        let mut found = false;
        for draft in next {
            if let Some(field) = names(draft) {
                draft.refuse(field, "this customer is in the same call and was not taken".to_owned());
                found = true;
            }
        }
        if !found {
            return;
        }
    }
}

async fn look_for_duplicates(work: &mut Work, drafts: &mut [Draft<'_>]) -> Result<()> {
    let asked: Vec<usize> = (0..drafts.len())
        .filter(|at| !drafts[*at].new.accept_duplicates && drafts[*at].wrong.is_empty() && drafts[*at].facts.is_some())
        .collect();
    let faces: Vec<_> = asked.iter().filter_map(|at| drafts[*at].facts.as_ref().map(CheckedFacts::face)).collect();
    if faces.is_empty() {
        return Ok(());
    }
    let found = likeness::like(work, &faces).await?;
    let earlier = likeness::like_an_earlier_row(&faces);
    for ((at, candidates), earlier) in asked.iter().zip(found).zip(earlier) {
        if let Some((other, likeness)) = earlier {
            let name = drafts[asked[other]].new.facts.name.trim().to_owned();
            let message = format!("{name} is in this call already. {}", likeness.sentence());
            drafts[*at].refuse("name", message);
        }
        drafts[*at].candidates = candidates;
    }
    Ok(())
}

/// Saves the rows. Those that name each other are linked when all of them are there.
pub(crate) async fn save_planned(work: &mut Work, ready: Vec<Ready>) -> Result<Vec<CustomerRow>> {
    let mut numbers = free_numbers(work, &ready).await?.into_iter();
    let mut rows = Vec::with_capacity(ready.len());
    let (mut contacts, mut external_ids) = (Vec::new(), Vec::new());
    for one in ready {
        let number = one.facts.number.clone().or_else(|| numbers.next()).unwrap_or_default();
        let row = one.row(work, number);
        contacts.extend(one.contact_rows(work));
        external_ids.extend(one.external_rows(work));
        work.record(Event {
            action: "customer.created",
            subject_kind: "customer",
            subject_id: row.id.0,
            customer: Some(row.id),
            summary: format!("Customer {} was added", title(&row)),
            after: Some(json!(CustomerFacts { number: Some(row.number.clone()), ..one.typed })),
            ..Event::default()
        });
        rows.push(row);
    }
    let ids: BTreeSet<CustomerId> = rows.iter().map(|row| row.id).collect();
    let is_new = |id: Option<CustomerId>| id.is_some_and(|id| ids.contains(&id));
    let unlinked = |row: &CustomerRow| CustomerRow {
        parent_id: row.parent_id.filter(|id| !ids.contains(id)),
        payer_id: row.payer_id.filter(|id| !ids.contains(id)),
        ..row.clone()
    };
    work.save(&rows.iter().map(unlinked).collect::<Vec<_>>());
    work.save(&contacts);
    work.save(&external_ids);
    let company = work.company_id();
    for row in rows.iter().filter(|row| is_new(row.parent_id) || is_new(row.payer_id)) {
        work.flush().await?;
        customers::link(&mut work.tx, company, row.id, row.parent_id, row.payer_id).await?;
    }
    Ok(rows)
}

/// The next numbers of the series, without those that were given to a customer by hand.
async fn free_numbers(work: &mut Work, ready: &[Ready]) -> Result<Vec<String>> {
    let (company, today) = (work.company_id(), work.today);
    let mut used: BTreeSet<String> = ready.iter().filter_map(|ready| ready.facts.number.clone()).collect();
    let count = ready.len() - ready.iter().filter(|ready| ready.facts.number.is_some()).count();
    let mut free = Vec::new();
    while free.len() < count {
        let missing = count - free.len();
        let mut numbers = Numbers::take(work, Series::Customer, today, missing).await?;
        let taken: Vec<String> = (0..missing).map(|_| numbers.next().0).collect();
        let rows = customers::by_numbers(&mut work.tx, company, &taken).await?;
        used.extend(rows.into_iter().map(|row| row.number));
        free.extend(taken.into_iter().filter(|number| !used.contains(number)));
    }
    Ok(free)
}

impl Ready {
    fn row(&self, work: &Work, number: String) -> CustomerRow {
        let facts = self.facts.clone();
        CustomerRow {
            company_id: work.company_id(),
            id: self.id,
            number,
            name: facts.name,
            name_key: facts.name_key,
            place_key: facts.place_key,
            tax_id: facts.tax_id,
            email: facts.email,
            phone: facts.phone,
            language: facts.language,
            currency: facts.currency,
            address: Json(facts.address),
            delivery_address: facts.delivery_address.map(Json),
            terms_id: self.references.terms,
            tax_code_id: self.references.tax_code,
            parent_id: self.references.parent,
            payer_id: self.references.payer,
            segment: facts.segment,
            tags: Json(facts.tags),
            created_at: work.now,
            archived_at: None,
            version: 1,
        }
    }

    fn contact_rows(&self, work: &Work) -> Vec<ContactRow> {
        let row = |(position, contact): (i64, &CheckedContact)| ContactRow {
            company_id: work.company_id(),
            id: new_id::<ContactId>(),
            customer_id: self.id,
            position,
            name: contact.name.clone(),
            role: contact.role,
            email: contact.email.clone(),
            phone: contact.phone.clone(),
        };
        (1..).zip(&self.contacts).map(row).collect()
    }

    fn external_rows(&self, work: &Work) -> Vec<ExternalIdRow> {
        let row = |name: &ExternalName| ExternalIdRow {
            company_id: work.company_id(),
            source: name.source.trim().to_owned(),
            kind: EXTERNAL_KIND.to_owned(),
            external_id: name.id.trim().to_owned(),
            record_id: self.id.0,
            fingerprint: name.fingerprint.clone(),
        };
        self.external_ids.iter().map(row).collect()
    }
}
