//! What every use case stands on: who asks, for which company, when, and the transaction to do it in.
//!
//! `App::work(caller, permission)` is the only way to a transaction that writes and `App::read` the only way to one that
//! reads, so no use case can forget to authorise. Rows, audit events and outbox messages are queued on the `Work` and
//! leave together: one batch, one commit. The wall clock and random ids are read here and nowhere else.

use crate::{
    engines::Engines,
    error::{Error, Result},
    idempotency::RequestKey,
    reference::{self, Reference, References},
};
use domain::{
    audit::{event_digest, seal_digest},
    users::{Actor, Permission, Role},
};
use kernel::{CompanyId, Currency, CustomerId, Date, EventId, FxRate, Timestamp};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use store::{
    Db, Json, Tx,
    audit::{EventRow, SealRow},
    companies::{self, CompanyRow},
    db::{Batch, Record},
    items::BalanceShiftRow,
    jobs::OutboxRow,
};
use uuid::Uuid;

/// The program: a database and a clock; for a request that must not happen twice, its key as well.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    clock: Clock,
    request: Option<RequestKey>,
    pub(crate) engines: Engines,
    references: References,
}

/// Real time, or a time that only moves when it is told to.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

/// Who asks, for which company, with which rights.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    pub company: CompanyId,
    pub permissions: BTreeSet<Permission>,
}

/// A permitted piece of work on one company: its transaction, its moment and what it will have done.
pub struct Work {
    pub tx: Tx,
    pub company: CompanyRow,
    pub actor: Actor,
    pub permissions: BTreeSet<Permission>,
    pub now: Timestamp,
    /// The company's own day.
    pub today: Date,
    /// Rates that this work has looked up, so that a thousand documents ask once per day and currency.
    pub(crate) rates: HashMap<(Currency, Date), FxRate>,
    batch: Option<Batch>,
    /// What this work changes of the balances of customers, in base currency.
    balances: BTreeMap<CustomerId, i64>,
    events: Vec<EventRow>,
    messages: Vec<OutboxRow>,
    /// Where this work adds the seals on its own events.
    seals: Option<Chain>,
    request: Option<RequestKey>,
    /// What the first event is about.
    first: Option<(&'static str, Uuid)>,
    references: References,
    /// Whether this work changes what is kept there.
    changes_reference: bool,
}

/// Whether something was done now or had been done before; asking twice is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Now,
    Already,
}

/// One thing that happened, for the audit log and the timeline.
#[derive(Debug, Default)]
pub struct Event {
    /// `invoice.issued`: what and how, in the past tense.
    pub action: &'static str,
    pub subject_kind: &'static str,
    pub subject_id: Uuid,
    pub customer: Option<CustomerId>,
    /// A sentence for the timeline.
    pub summary: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl App {
    pub fn new(db: Db) -> Self {
        Self::with_clock(db, Clock::default())
    }

    pub fn with_clock(db: Db, clock: Clock) -> Self {
        Self { db, clock, request: None, engines: Engines::default(), references: References::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The program as one request sees it: what it commits is noted under the request's key.
    pub fn for_request(&self, request: RequestKey) -> Self {
        Self { request: Some(request), ..self.clone() }
    }

    /// A transaction that writes, for a caller who has `permission`.
    pub async fn work(&self, caller: &Caller, permission: Permission) -> Result<Work> {
        caller.may(permission)?;
        self.write(caller, false).await
    }

    /// The same while nobody else writes for the company.
    pub async fn work_alone(&self, caller: &Caller, permission: Permission) -> Result<Work> {
        caller.may(permission)?;
        self.write(caller, true).await
    }

    async fn write(&self, caller: &Caller, alone: bool) -> Result<Work> {
        let mut tx = self.db.begin_for(caller.company, alone).await?;
        let company = companies::by_id(&mut tx, caller.company).await?;
        self.start(tx, company, caller)
    }

    /// A snapshot to read from, for a caller who has `permission`.
    pub async fn read(&self, caller: &Caller, permission: Permission) -> Result<Work> {
        caller.may(permission)?;
        let mut tx = self.db.snapshot().await?;
        let company = companies::by_id(&mut tx, caller.company).await?;
        self.start(tx, company, caller)
    }

    fn start(&self, tx: Tx, company: Option<CompanyRow>, caller: &Caller) -> Result<Work> {
        let work = Work::new(tx, company.ok_or(Error::NotFound("company"))?, caller.clone(), self.now())?;
        Ok(Work { request: self.request.clone(), references: self.references.clone(), ..work })
    }
}

/// The end of a company's seals, where the next is added.
pub(crate) struct Chain {
    company: CompanyId,
    next: i64,
    /// The digest of the last seal.
    head: String,
}

impl Chain {
    pub(crate) async fn load(tx: &mut Tx, company: CompanyId) -> Result<Self, store::Error> {
        let last = store::audit::last_seal(tx, company).await?;
        let (next, head) = last.map_or((1, String::new()), |last| (last.seal + 1, last.digest));
        Ok(Self { company, next, head })
    }

    /// The seal on events with these digests, in the order of the events' ids.
    pub(crate) fn seal<'a>(&mut self, at: Timestamp, digests: impl ExactSizeIterator<Item = &'a str>) -> SealRow {
        let events = i64::try_from(digests.len()).unwrap_or(i64::MAX);
        let digest = seal_digest(&self.head, digests);
        let previous = std::mem::replace(&mut self.head, digest.clone());
        self.next += 1;
        SealRow { company_id: self.company, seal: self.next - 1, sealed_at: at, events, previous, digest }
    }
}

impl Clock {
    /// Stands still at `at` until it is set.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.micros()))))
    }

    pub fn set(&self, at: Timestamp) {
        if let Some(fixed) = &self.0 {
            fixed.store(at.micros(), Ordering::SeqCst);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(fixed) => Timestamp::from_micros(fixed.load(Ordering::SeqCst)),
            None => None,
        }
        .unwrap_or_else(|| Timestamp::from_jiff(jiff::Timestamp::now()))
    }
}

impl Caller {
    /// The program itself or somebody at its command line, with every right.
    pub fn system(company: CompanyId) -> Self {
        Self { actor: Actor::System, company, permissions: Role::Administrator.permissions() }
    }

    pub fn may(&self, permission: Permission) -> Result<()> {
        if self.permissions.contains(&permission) { Ok(()) } else { Err(Error::Forbidden(permission)) }
    }
}

/// A new id; ids of one process are in the order of their making.
#[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
pub fn new_id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}

/// 32 random bytes in hexadecimal.
pub fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|cause| Error::broken(cause.to_string()))?;
    Ok(hex::encode(bytes))
}

impl Work {
    /// `now` is the real moment; a company on a simulated clock lives at its own.
    pub(crate) fn new(tx: Tx, company: CompanyRow, caller: Caller, now: Timestamp) -> Result<Self> {
        let now = company.clock.unwrap_or(now);
        let today = now.date_in(&company.time_zone).map_err(Error::broken)?;
        let Caller { actor, permissions, .. } = caller;
        let (rates, batch, events, messages) = (HashMap::new(), None, vec![], vec![]);
        Ok(Self {
            tx,
            company,
            actor,
            permissions,
            now,
            today,
            rates,
            batch,
            balances: BTreeMap::new(),
            events,
            messages,
            seals: None,
            request: None,
            first: None,
            references: References::default(),
            changes_reference: false,
        })
    }

    pub fn company_id(&self) -> CompanyId {
        self.company.id
    }

    /// What pricing and posting read, as of this work's beginning or its own changes.
    pub(crate) async fn reference(&mut self) -> Result<Arc<Reference>> {
        if self.changes_reference {
            return Ok(Arc::new(Reference::load(&mut self.tx, &self.company).await?));
        }
        if let Some(kept) = self.references.of(&self.company) {
            return Ok(kept);
        }
        let loaded = Arc::new(Reference::load(&mut self.tx, &self.company).await?);
        self.references.keep(self.company.id, loaded.clone());
        Ok(loaded)
    }

    /// Queues rows to be inserted; tables that others refer to come first.
    pub fn save<T: Record>(&mut self, rows: &[T]) {
        let batch = self.batch.take().unwrap_or_else(|| self.tx.batch());
        self.batch = Some(batch.with(rows));
    }

    /// Notes a change of what a customer owes less its credit; the kept balance is moved once, with the commit.
    pub(crate) fn shift_balance(&mut self, customer: CustomerId, base_minor: i64) {
        *self.balances.entry(customer).or_default() += base_minor;
    }

    /// Sends what is queued now, because a later statement of the same work reads it.
    pub async fn flush(&mut self) -> Result<()> {
        if let Some(batch) = self.queued() {
            batch.run(&mut self.tx).await?;
        }
        Ok(())
    }

    /// The same while the work goes on; the next statement waits for it.
    pub(crate) fn flush_meanwhile(&mut self) {
        if let Some(batch) = self.queued() {
            batch.start(&mut self.tx);
        }
    }

    fn queued(&mut self) -> Option<Batch> {
        self.save_events();
        self.batch.take()
    }

    /// Puts the audit events and messages so far behind the rows that they are about.
    pub(crate) fn save_events(&mut self) {
        let (mut events, messages) = (std::mem::take(&mut self.events), std::mem::take(&mut self.messages));
        if let Some(chain) = self.seals.as_mut().filter(|_| !events.is_empty()) {
            let seal = chain.seal(self.now, events.iter().map(|event| event.digest.as_str()));
            events.iter_mut().for_each(|event| event.seal = Some(seal.seal));
            self.save(&[seal]);
        }
        self.save(&events);
        self.save(&messages);
    }

    /// Seals what is recorded from here on together with it, so that it need not be read again: for work of many events
    /// during which nobody else can write.
    pub(crate) async fn seal_as_recorded(&mut self) -> Result<()> {
        self.seals = Some(Chain::load(&mut self.tx, self.company.id).await?);
        Ok(())
    }

    /// In the order of the customers, so that two clerks lock in the same order.
    fn balance_shifts(&self) -> Vec<BalanceShiftRow> {
        let company_id = self.company.id;
        let shifted = self.balances.iter().filter(|(_, base_minor)| **base_minor != 0);
        shifted.map(|(&customer_id, &base_minor)| BalanceShiftRow { company_id, customer_id, base_minor }).collect()
    }

    /// Queues an audit event.
    pub fn record(&mut self, event: Event) {
        self.first.get_or_insert((event.subject_kind, event.subject_id));
        self.changes_reference |= reference::KINDS.contains(&event.subject_kind);
        let mut row = EventRow {
            company_id: self.company.id,
            id: new_id::<EventId>(),
            recorded_at: self.now,
            actor: self.actor.name(),
            actor_id: self.actor.person().map(|id| id.0),
            action: event.action.to_owned(),
            subject_kind: event.subject_kind.to_owned(),
            subject_id: event.subject_id,
            customer_id: event.customer,
            summary: event.summary,
            before: event.before.map(Json),
            after: event.after.map(Json),
            digest: String::new(),
            seal: None,
        };
        row.digest = event_digest(&row.content());
        self.events.push(row);
    }

    /// Queues a message that leaves the program after the commit: a mail, a webhook.
    pub fn send(&mut self, kind: &str, subject_id: Uuid, payload: Value) {
        self.messages.push(OutboxRow {
            company_id: self.company.id,
            id: new_id(),
            kind: kind.to_owned(),
            subject_id,
            payload: Json(payload),
            created_at: self.now,
            due_at: self.now,
            tries: 0,
            last_error: None,
            done_at: None,
            dead_at: None,
        });
    }

    /// Everything that was queued, in one transaction, or nothing.
    pub async fn commit(mut self) -> Result<()> {
        let request = self.request.take().filter(|request| !request.is_noted());
        if let Some(request) = &request {
            let row = request.row(self.company.id, self.first);
            self.save(&[row]);
        }
        self.save(&self.balance_shifts());
        self.flush().await?;
        if self.changes_reference {
            companies::count_reference_change(&mut self.tx, self.company.id).await?;
        }
        self.tx.commit().await?;
        if let Some(request) = request {
            request.note();
        }
        Ok(())
    }
}
