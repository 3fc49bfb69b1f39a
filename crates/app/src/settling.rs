//! Settling: how an open item is moved at all, and how the use of a credit is undone. How it is used: `allocating`.
//!
//! A `Settling` lies under every use case of payments and cash: it loads the items that take part, decides each allocation on
//! them as they stand by then, collects entries, movements and allocations, and saves the lot in sets: one thousand
//! allocations cost as many statements as one. Balances are guarded by the version that was read, so that of two clerks
//! at the same item one is told to look again.

mod allocating;

use crate::{
    context::{Work, new_id},
    error::{Error, Result},
    ledger::Books,
};
use domain::{
    cash::{AllocationRequest, DiscountChoice, DocumentTaxes, Standing},
    items::{ItemKind, MovementKind},
    ledger::{EntryKind, JournalEntry, Posting, reversed},
    lines::TaxTotal,
};
use kernel::{BankAccountId, Currency, CustomerId, Date, EntryId, Money, MovementId, OpenItemId};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{
    cash::{self, AllocationRow, Undone},
    companies::BankAccountRow,
    items::{self, BalanceChange, MovementRow, OpenItemRow},
    ledger::{self, EntryRow, PostingRow},
};
use uuid::Uuid;

/// For a request that names an item nobody has.
pub(crate) const NO_ITEM: &str = "there is no such open item";

/// What is being worked on, and what will be saved.
pub(crate) struct Settling {
    pub(crate) books: Books,
    items: HashMap<OpenItemId, Held>,
    documents: HashMap<Uuid, Paper>,
    pays_for: HashMap<CustomerId, HashSet<CustomerId>>,
    entries: Vec<EntryRow>,
    postings: Vec<PostingRow>,
    movements: Vec<MovementRow>,
    allocations: Vec<AllocationRow>,
}

/// An item as it stands after everything done so far.
#[derive(Clone)]
pub(crate) struct Held {
    row: OpenItemRow,
    /// Open amount and base amount as they were read; none for an item that this work makes.
    was: Option<(i64, i64)>,
    /// The first day on which it can take part: its own, or the last on which something was given back to it, so that it
    /// is never over-allocated as of any day in between.
    since: Date,
    last: Date,
    /// Discounts that no terms granted, and their worth in base currency.
    given_up: (i64, i64),
}

/// What a debt's document says about discounts.
#[derive(Default)]
struct Paper {
    grace_days: u16,
    taxes: DocumentTaxes,
}

/// A change of one item.
#[derive(Clone, Copy)]
pub(crate) struct Move {
    pub item: OpenItemId,
    pub kind: MovementKind,
    pub on: Date,
    pub amount_minor: i64,
    pub base_minor: i64,
    pub entry: EntryId,
    pub cause: Option<Uuid>,
}

impl Settling {
    pub(crate) async fn open(work: &mut Work) -> Result<Self> {
        Ok(Self {
            books: Books::open(work).await?,
            items: HashMap::new(),
            documents: HashMap::new(),
            pays_for: HashMap::new(),
            entries: Vec::new(),
            postings: Vec::new(),
            movements: Vec::new(),
            allocations: Vec::new(),
        })
    }

    /// Reads items that will take part; one that does not exist is an error.
    pub(crate) async fn load(&mut self, work: &mut Work, ids: &[OpenItemId]) -> Result<()> {
        self.load_known(work, ids).await?;
        ids.iter().try_for_each(|id| self.held(*id).map(drop))
    }

    /// The same for those that exist; whoever uses another is told then.
    async fn load_known(&mut self, work: &mut Work, ids: &[OpenItemId]) -> Result<()> {
        let mut ids: Vec<OpenItemId> = ids.iter().copied().filter(|id| !self.items.contains_key(id)).collect();
        ids.sort();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        let company = work.company_id();
        let rows = items::by_ids(&mut work.tx, company, &ids).await?;
        let touched: Vec<OpenItemId> = rows.iter().filter(|row| row.version > 1).map(|row| row.id).collect();
        let mut days = HashMap::new();
        if !touched.is_empty() {
            let last = items::last_days(&mut work.tx, company, &touched).await?;
            days.extend(last.into_iter().map(|days| (days.item_id, days)));
        }
        for row in rows {
            let day = row.document_on;
            let (since, last) = match days.get(&row.id) {
                Some(days) => (days.given_back_on.map_or(day, |back| back.max(day)), days.moved_on),
                None => (day, day),
            };
            let was = Some((row.open_minor, row.open_base_minor));
            self.items.insert(row.id, Held { row, was, since, last, given_up: (0, 0) });
        }
        Ok(())
    }

    /// Reads the debts that credits are to be used on, with what their documents say about discounts. One that does not
    /// exist is refused when it is to be paid.
    pub(crate) async fn load_debts(&mut self, work: &mut Work, lines: &[AllocationRequest]) -> Result<()> {
        let ids: Vec<OpenItemId> = lines.iter().map(|line| line.to).collect();
        self.load_known(work, &ids).await?;
        let exactly = |line: &AllocationRequest| matches!(line.discount, DiscountChoice::Exactly(_));
        let mut documents = BTreeMap::new();
        for line in lines {
            let Ok(row) = self.item(line.to) else { continue };
            let discounted = row.discounts.as_ref().is_some_and(|steps| !steps.is_empty()) || exactly(line);
            if discounted && !self.documents.contains_key(&row.document_id) {
                documents.insert(row.document_id, row.currency);
            }
        }
        if documents.is_empty() { Ok(()) } else { self.load_documents(work, &documents).await }
    }

    async fn load_documents(&mut self, work: &mut Work, documents: &BTreeMap<Uuid, Currency>) -> Result<()> {
        let company = work.company_id();
        let ids: Vec<Uuid> = documents.keys().copied().collect();
        for (document, terms) in cash::terms_of(&mut work.tx, company, &ids).await? {
            self.documents.entry(document).or_default().grace_days = terms.grace_days;
        }
        for tax in cash::taxes_of(&mut work.tx, company, &ids).await? {
            let taxes = &mut self.documents.entry(tax.document_id).or_default().taxes;
            let currency = documents.get(&tax.document_id).copied().unwrap_or(work.company.currency);
            let (base, amount) = (Money::new(tax.base_minor, currency), Money::new(tax.tax_minor, currency));
            let (code, category, rate) = (tax.tax_code_id, tax.category, tax.rate);
            taxes.totals.push(TaxTotal { code, category, rate, base, tax: amount });
            taxes.accounts.push(tax.account);
        }
        Ok(())
    }

    /// Takes in an item that this work makes, with the movement that opens it.
    pub(crate) fn add(&mut self, work: &Work, row: OpenItemRow, entry: EntryId) {
        let (id, day) = (row.id, row.document_on);
        let opened = Move {
            item: id,
            kind: MovementKind::Opened,
            on: day,
            amount_minor: row.amount_minor,
            base_minor: row.base_minor,
            entry,
            cause: None,
        };
        self.movements.push(movement(work, opened));
        self.items.insert(id, Held { row, was: None, since: day, last: day, given_up: (0, 0) });
    }

    pub(crate) fn item(&self, id: OpenItemId) -> Result<&OpenItemRow> {
        Ok(&self.held(id)?.row)
    }

    /// The first day on which an item can take part.
    pub(crate) fn since(&self, id: OpenItemId) -> Result<Date> {
        Ok(self.held(id)?.since)
    }

    fn held(&self, id: OpenItemId) -> Result<&Held> {
        self.items.get(&id).ok_or(Error::NotFound("open item"))
    }

    /// How items stand now, to go back to when what comes next is refused as a trial.
    pub(crate) fn standings(&self, ids: impl IntoIterator<Item = OpenItemId>) -> Vec<(OpenItemId, Held)> {
        ids.into_iter().filter_map(|id| Some((id, self.items.get(&id)?.clone()))).collect()
    }

    pub(crate) fn go_back(&mut self, standings: Vec<(OpenItemId, Held)>) {
        self.items.extend(standings);
    }

    /// Collects an entry.
    pub(crate) fn post(&mut self, work: &Work, entry: &JournalEntry, reverses: Option<EntryId>) -> EntryId {
        let id = new_id::<EntryId>();
        let (row, postings) = self.books.rows(work, id, entry, reverses);
        self.entries.push(row);
        self.postings.extend(postings);
        id
    }

    /// Collects the exact opposite of a posted entry.
    pub(crate) async fn post_opposite(
        &mut self,
        work: &mut Work,
        entry: EntryId,
        kind: EntryKind,
        on: Date,
    ) -> Result<EntryId> {
        let company = work.company_id();
        let original = ledger::entry(&mut work.tx, company, entry).await?.ok_or(Error::NotFound("journal entry"))?;
        let postings: Vec<Posting> =
            ledger::postings(&mut work.tx, company, entry).await?.into_iter().map(posting).collect();
        let description = format!("Reversal: {}", original.description);
        let opposite = JournalEntry::new(kind, original.source_id, description, on, reversed(&postings))?;
        Ok(self.post(work, &opposite, Some(entry)))
    }

    /// Moves an item and collects the movement.
    pub(crate) fn shift(&mut self, work: &Work, change: Move) -> Result<()> {
        let held = self.items.get_mut(&change.item).ok_or(Error::NotFound("open item"))?;
        held.row.open_minor += change.amount_minor;
        held.row.open_base_minor += change.base_minor;
        held.last = held.last.max(change.on);
        held.row.settled_on = (held.row.open_minor == 0).then_some(held.last);
        if change.kind == MovementKind::Reversed {
            held.since = held.since.max(change.on);
        }
        self.movements.push(movement(work, change));
        Ok(())
    }

    /// Takes allocations back from a day on, and never from before they took effect.
    pub(crate) async fn undo(&mut self, work: &mut Work, allocations: &[AllocationRow], on: Date) -> Result<()> {
        let company = work.company_id();
        let ids: Vec<OpenItemId> = allocations.iter().flat_map(|row| [row.from_item_id, row.to_item_id]).collect();
        self.load(work, &ids).await?;
        for row in allocations {
            let day = on.max(row.effective_on);
            let entry = self.post_opposite(work, row.entry_id, EntryKind::AllocationReversal, day).await?;
            self.shift_back(work, row.id.0, day, entry).await?;
            let undone = Undone { on: day, at: work.now, by: work.actor.name(), entry };
            cash::undo_allocation(&mut work.tx, company, row.id, undone).await?;
        }
        Ok(())
    }

    /// The opposite of every movement that `cause` made.
    pub(crate) async fn shift_back(&mut self, work: &mut Work, cause: Uuid, on: Date, entry: EntryId) -> Result<()> {
        let company = work.company_id();
        let moved = items::movements_of_cause(&mut work.tx, company, cause).await?;
        moved.iter().try_for_each(|made| self.shift_opposite(work, made, on, entry))
    }

    /// What was moved back already stays.
    pub(crate) fn shift_opposite(
        &mut self,
        work: &mut Work,
        made: &MovementRow,
        on: Date,
        entry: EntryId,
    ) -> Result<()> {
        if made.kind == MovementKind::Reversed {
            return Ok(());
        }
        let (amount_minor, base_minor) = (-made.amount_minor, -made.base_minor);
        let (item, kind, cause) = (made.item_id, MovementKind::Reversed, made.cause_id);
        self.shift(work, Move { item, kind, on, amount_minor, base_minor, entry, cause })
    }

    /// Moves the balances of the items that were read, and queues everything collected.
    pub(crate) async fn save(self, work: &mut Work) -> Result<()> {
        let mut changes = Vec::new();
        let mut made = Vec::new();
        for held in self.items.into_values() {
            let (customer, base) = (held.row.customer_id, held.row.open_base_minor);
            work.shift_balance(customer, base - held.was.map_or(0, |(_, base)| base));
            match held.was {
                Some((open, base)) => changes.push(BalanceChange {
                    item: held.row.id,
                    version: held.row.version,
                    amount_minor: held.row.open_minor - open,
                    base_minor: held.row.open_base_minor - base,
                    effective_on: held.last,
                }),
                None => made.push(held.row),
            }
        }
        made.sort_by_key(|row| row.id);
        let company = work.company_id();
        items::change_balances(&mut work.tx, company, &changes).await?;
        work.save(&made);
        work.save(&self.entries);
        work.save(&self.postings);
        work.save(&self.movements);
        work.save(&self.allocations);
        Ok(())
    }
}

/// The bank account that was named, else the default one, or one in the money's own currency where that is another.
pub(crate) async fn bank_account(
    work: &mut Work,
    named: Option<BankAccountId>,
    currency: Currency,
) -> Result<BankAccountRow> {
    let company = work.company_id();
    let all = store::companies::bank_accounts(&mut work.tx, company).await?;
    choose_bank(&all, named, currency).cloned()
}

/// The same among accounts that were read before; the default one comes first.
pub(crate) fn choose_bank(
    all: &[BankAccountRow],
    named: Option<BankAccountId>,
    currency: Currency,
) -> Result<&BankAccountRow> {
    let mut usable = all.iter().filter(|bank| bank.archived_at.is_none());
    match named {
        Some(id) => usable.find(|bank| bank.id == id),
        None => usable.clone().find(|bank| bank.currency == currency).or_else(|| usable.next()),
    }
    .ok_or_else(|| Error::field("bank_account", "there is no such bank account"))
}

/// Why somebody did something, in a few words.
pub(crate) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 500 {
        return Err(Error::field("reason", "say why, in up to 500 characters"));
    }
    Ok(text.to_owned())
}

/// The record behind an item, as the audit log and the timeline link it.
pub(crate) fn subject_kind(item: &OpenItemRow) -> &'static str {
    match item.kind {
        _ if item.document_id == item.id.0 => "open_item",
        ItemKind::Payment => "payment",
        ItemKind::Invoice | ItemKind::CreditNote | ItemKind::DebitNote => "invoice",
    }
}

pub(crate) fn standing(row: &OpenItemRow) -> Standing {
    Standing {
        number: row.number.clone(),
        open: Money::new(row.open_minor, row.currency),
        open_base_minor: row.open_base_minor,
    }
}

fn movement(work: &Work, change: Move) -> MovementRow {
    MovementRow {
        company_id: work.company_id(),
        id: new_id::<MovementId>(),
        item_id: change.item,
        kind: change.kind,
        effective_on: change.on,
        recorded_at: work.now,
        amount_minor: change.amount_minor,
        base_minor: change.base_minor,
        entry_id: change.entry,
        cause_id: change.cause,
    }
}

fn posting(row: PostingRow) -> Posting {
    Posting { account: row.account, money: Money::new(row.amount_minor, row.currency), base_minor: row.base_minor }
}
