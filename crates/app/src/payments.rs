//! Payments: recording money that came in, with what it pays, and taking a bounced payment back.
//!
//! `record` is `record_many` of one. A batch is checked as a whole, every wrong field at once; then it takes its numbers,
//! posts and allocates in sets, so that a thousand payments cost as many statements as one. A payment always arrives on
//! unapplied cash; what it pays is an allocation of its own (`cash`).

mod oldest;
mod reversing;

pub use oldest::use_on_oldest;
pub use reversing::reverse;
pub(crate) use reversing::reverse_within;
pub use store::payments::{PaymentRow, PaymentSort, PaymentSummary};

use crate::{
    catalogue::known_rate,
    companies::Numbers,
    context::{App, Caller, Event, Work, new_id},
    error::{Error, FieldError, Result},
    lists::{Cursor, Page, Part},
    settling::{Settling, choose_bank},
};
use domain::{
    cash::AllocationRequest,
    companies::Series,
    items::ItemKind,
    ledger::{AccountRole, EntryKind, JournalEntry},
    payments::{PaymentMethod, PaymentRefusal, Receipt, ReceiptAccounts},
    users::Permission,
};
use kernel::{BankAccountId, BankLineId, Currency, CustomerId, Date, EntryId, FxRate, Money, OpenItemId, PaymentId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{
    cash::{self, AllocationRow, NamedAllocation, RefundRow},
    catalogue::{self, ExternalIdRow},
    companies::{self, BankAccountRow},
    items::{self, CustomersItem, OpenItemRow},
    ledger,
    payments::{self, PaymentFilter},
};

pub const MOST_AT_ONCE: usize = 1_000;
const MOST_TEXT: usize = 500;
const EXTERNAL_KIND: &str = "payment";

/// Money that came in, as it is typed or sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordPayment {
    pub customer: CustomerId,
    pub method: PaymentMethod,
    pub received_on: Date,
    pub money: Money,
    /// What the bank or provider kept of it.
    #[serde(default)]
    pub fee: Option<Money>,
    #[serde(default)]
    pub bank_account: Option<BankAccountId>,
    #[serde(default)]
    pub reference: Option<String>,
    #[serde(default)]
    pub payer_name: Option<String>,
    /// Base currency for one unit; the latest known rate of the day when left out.
    #[serde(default)]
    pub fx_rate: Option<FxRate>,
    /// The caller's own id: recording it again records nothing.
    #[serde(default)]
    pub external: Option<External>,
    #[serde(default)]
    pub allocations: Vec<AllocationRequest>,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct External {
    pub source: String,
    pub id: String,
    /// What the record was made from; the request itself when left out.
    #[serde(default)]
    pub fingerprint: Option<String>,
}

/// What became of one payment.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub id: PaymentId,
    pub number: String,
    pub item: OpenItemId,
    /// What is left of it now.
    pub unapplied: Money,
    pub allocations: Vec<AllocationRow>,
    /// It had been recorded before, under the same external id.
    pub already: bool,
}

pub async fn record(app: &App, caller: &Caller, new: RecordPayment) -> Result<Recorded> {
    let recorded = record_many(app, caller, vec![new]).await?;
    recorded.into_iter().next().ok_or(Error::NotFound("payment"))
}

/// Records up to 1,000 payments, all or none.
pub async fn record_many(app: &App, caller: &Caller, new: Vec<RecordPayment>) -> Result<Vec<Recorded>> {
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    if new.iter().any(|new| !new.allocations.is_empty()) {
        caller.may(Permission::AllocateCash)?;
    }
    let recorded = record_all(&mut work, &new).await?;
    work.commit().await?;
    Ok(recorded)
}

/// Records those payments that can be recorded, in one transaction, and says what is wrong with each of the others. It is
/// tried with all of them and taken back, then done with those that were not refused.
pub async fn record_each(
    app: &App,
    caller: &Caller,
    new: Vec<RecordPayment>,
) -> Result<Vec<Result<Recorded, Vec<FieldError>>>> {
    if new.iter().any(|new| !new.allocations.is_empty()) {
        caller.may(Permission::AllocateCash)?;
    }
    let mut wrong: BTreeMap<usize, Vec<FieldError>> = BTreeMap::new();
    loop {
        let places: Vec<usize> = (0..new.len()).filter(|at| !wrong.contains_key(at)).collect();
        let rest: Vec<RecordPayment> = places.iter().map(|at| new[*at].clone()).collect();
        let mut work = app.work(caller, Permission::RecordPayments).await?;
        match attempt(&mut work, &rest).await? {
            Ok(recorded) => {
                work.commit().await?;
                let mut recorded = recorded.into_iter();
                let outcome = |at| match wrong.remove(&at) {
                    Some(fields) => Some(Err(fields)),
                    None => recorded.next().map(Ok),
                };
                return Ok((0..new.len()).filter_map(outcome).collect());
            }
            Err(refused) => {
                for (at, error) in refused {
                    wrong.insert(places[at], fields_of(error)?);
                }
            }
        }
    }
}

/// What one payment was refused for; what is no matter of its own is passed on.
pub(crate) fn fields_of(error: Error) -> Result<Vec<FieldError>> {
    match error {
        Error::Invalid(fields) => Ok(fields),
        Error::Refused(why) => Ok(vec![field("allocations", why)]),
        Error::NotFound(what) => Ok(vec![field("allocations", format!("there is no such {what}"))]),
        Error::Conflict(why) => Ok(vec![field("external", why)]),
        other => Err(other),
    }
}

/// The same inside a larger piece of work, such as an import.
pub(crate) async fn record_all(work: &mut Work, new: &[RecordPayment]) -> Result<Vec<Recorded>> {
    attempt(work, new).await?.map_err(|wrong| together(wrong, new.len() > 1))
}

/// Why payments are refused, by their places.
pub(crate) type Refused = BTreeMap<usize, Error>;

/// All refusals as one: every wrong field, or the first sentence, with the places when there are several payments.
fn together(refused: Refused, many: bool) -> Error {
    let (mut fields, mut others) = (Vec::new(), Vec::new());
    for (at, error) in refused {
        let prefix = if many { format!("payments[{at}].") } else { String::new() };
        match error {
            Error::Invalid(wrong) => fields.extend(
                wrong.into_iter().map(|wrong| FieldError { field: format!("{prefix}{}", wrong.field), ..wrong }),
            ),
            Error::Refused(why) if many => others.push(Error::Refused(format!("Payment {}: {why}", at + 1))),
            other => others.push(other),
        }
    }
    if fields.is_empty() { others.into_iter().next().unwrap_or(Error::Stale) } else { Error::Invalid(fields) }
}

/// Queues the payments, or says which of them are refused; then nothing is queued, and their numbers are given back.
pub(crate) async fn attempt(work: &mut Work, new: &[RecordPayment]) -> Result<Result<Vec<Recorded>, Refused>> {
    if new.len() > MOST_AT_ONCE {
        return Err(Error::field("payments", format!("record up to {MOST_AT_ONCE} payments at once")));
    }
    let known = match known_before(work, new).await? {
        Ok(known) => known,
        Err(refused) => return Ok(Err(refused)),
    };
    let fresh: Vec<(usize, &RecordPayment)> = (0..).zip(new).filter(|(index, _)| !known.contains_key(index)).collect();
    let mut recorded = match record_fresh(work, &fresh).await? {
        Ok(recorded) => recorded.into_iter(),
        Err(refused) => return Ok(Err(refused)),
    };
    let mut all = Vec::with_capacity(new.len());
    for index in 0..new.len() {
        match known.get(&index) {
            Some(id) => all.push(recorded_before(work, *id).await?),
            None => all.extend(recorded.next()),
        }
    }
    Ok(Ok(all))
}

async fn record_fresh(work: &mut Work, fresh: &[(usize, &RecordPayment)]) -> Result<Result<Vec<Recorded>, Refused>> {
    if fresh.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let receipts = match check(work, fresh).await? {
        Ok(receipts) => receipts,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut numbers = take_numbers(work, &receipts).await?;
    let mut settling = Settling::open(work).await?;
    let lines: Vec<AllocationRequest> = fresh.iter().flat_map(|(_, new)| new.allocations.iter().cloned()).collect();
    settling.load_debts(work, &lines).await?;
    let (mut rows, mut recorded, mut refused) = (Vec::new(), Vec::new(), Refused::new());
    for ((index, new), (receipt, bank)) in fresh.iter().zip(&receipts) {
        let numbers = numbers.get_mut(&receipt.received_on.year()).ok_or(Error::NotFound("number series"))?;
        let row = payment_row(work, new, receipt, bank.id, numbers)?;
        let item = receive(work, &mut settling, &row, receipt, bank)?;
        let before = settling.standings(new.allocations.iter().map(|line| line.to));
        let allocations = match new.allocations.as_slice() {
            [] => Vec::new(),
            lines => match settling.allocate_untold(work, item, None, lines).await {
                Ok(allocations) => allocations,
                Err(error @ (Error::Refused(_) | Error::NotFound(_) | Error::Invalid(_))) => {
                    settling.go_back(before);
                    refused.insert(*index, error);
                    continue;
                }
                Err(error) => return Err(error),
            },
        };
        let unapplied = Money::new(-settling.item(item)?.open_minor, row.currency);
        recorded.push(Recorded {
            id: row.id,
            number: row.number.clone(),
            item,
            unapplied,
            allocations,
            already: false,
        });
        rows.push(row);
    }
    if !refused.is_empty() {
        for numbers in numbers.into_values() {
            numbers.give_back(work, Series::Payment).await?;
        }
        return Ok(Err(refused));
    }
    for (row, made) in rows.iter().zip(&recorded) {
        tell(work, row);
        settling.tell(work, made.item, &made.allocations)?;
    }
    work.save(&rows);
    save_external_ids(work, fresh, &rows)?;
    settling.save(work).await?;
    Ok(Ok(recorded))
}

/// Checks every payment and looks up its rate and bank account.
async fn check(
    work: &mut Work,
    fresh: &[(usize, &RecordPayment)],
) -> Result<Result<Vec<(Receipt, BankAccountRow)>, Refused>> {
    let company = work.company_id();
    let banks = companies::bank_accounts(&mut work.tx, company).await?;
    let mut ids: Vec<CustomerId> = fresh.iter().map(|(_, new)| new.customer).collect();
    ids.sort();
    ids.dedup();
    let customers: HashSet<CustomerId> =
        cash::customer_names(&mut work.tx, company, &ids).await?.into_iter().map(|row| row.id).collect();
    let mut rates = HashMap::new();
    let (mut wrong, mut receipts) = (Refused::new(), Vec::new());
    for (index, new) in fresh {
        let mut fields = wrong_texts(new);
        if !customers.contains(&new.customer) {
            fields.push(field("customer", "there is no such customer"));
        }
        let rate = rate_of(work, new, &mut rates).await?;
        match (receipt(work, new, rate), choose_bank(&banks, new.bank_account, new.money.currency())) {
            (Ok(receipt), Ok(bank)) => receipts.push((receipt, bank.clone())),
            (receipt, bank) => {
                fields.extend(receipt.err());
                if let Err(Error::Invalid(errors)) = bank {
                    fields.extend(errors);
                }
            }
        }
        if !fields.is_empty() {
            wrong.insert(*index, Error::Invalid(fields));
        }
    }
    Ok(if wrong.is_empty() { Ok(receipts) } else { Err(wrong) })
}

fn wrong_texts(new: &RecordPayment) -> Vec<FieldError> {
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > MOST_TEXT);
    let texts = [("reference", long(&new.reference)), ("payer_name", long(&new.payer_name))];
    let external = new.external.as_ref();
    let bad = |text: &str| text.trim().is_empty() || text.len() > MOST_TEXT;
    let outside = [("external", external.is_some_and(|outside| bad(&outside.source) || bad(&outside.id)))];
    let wrong = texts.into_iter().chain(outside).filter(|(_, wrong)| *wrong);
    wrong.map(|(name, _)| field(name, format!("use up to {MOST_TEXT} characters"))).collect()
}

/// The given rate, or the day's; looked up once for each currency and day.
async fn rate_of(
    work: &mut Work,
    new: &RecordPayment,
    rates: &mut HashMap<(Currency, Date), Option<FxRate>>,
) -> Result<Option<FxRate>> {
    if new.fx_rate.is_some() {
        return Ok(new.fx_rate);
    }
    let key = (new.money.currency(), new.received_on);
    if let Some(rate) = rates.get(&key) {
        return Ok(*rate);
    }
    let found = known_rate(work, key.0, key.1).await?;
    rates.insert(key, found);
    Ok(found)
}

fn receipt(work: &Work, new: &RecordPayment, rate: Option<FxRate>) -> Result<Receipt, FieldError> {
    let (currency, on) = (new.money.currency(), new.received_on);
    let missing = || field("fx_rate", format!("no exchange rate for {currency} is known on {on}; give one"));
    let receipt = Receipt {
        money: new.money,
        fee: new.fee.unwrap_or(Money::zero(currency)),
        received_on: on,
        fx_rate: rate.ok_or_else(missing)?,
        base: work.company.currency,
    };
    receipt.check(work.today).map_err(|refusal| field(field_of(&refusal), refusal))?;
    receipt.base_minor().map_err(|error| field("money", error))?;
    Ok(receipt)
}

fn field_of(refusal: &PaymentRefusal) -> &'static str {
    match refusal {
        PaymentRefusal::Fee { .. } => "fee",
        PaymentRefusal::Future { .. } | PaymentRefusal::LongAgo(_) => "received_on",
        PaymentRefusal::Rate(_) => "fx_rate",
        _ => "money",
    }
}

fn field(name: &str, message: impl std::fmt::Display) -> FieldError {
    FieldError { field: name.to_owned(), message: message.to_string() }
}

/// Numbers for all payments, year by year.
async fn take_numbers(work: &mut Work, receipts: &[(Receipt, BankAccountRow)]) -> Result<HashMap<i16, Numbers>> {
    let mut days: BTreeMap<i16, (Date, usize)> = BTreeMap::new();
    for (receipt, _) in receipts {
        days.entry(receipt.received_on.year()).or_insert((receipt.received_on, 0)).1 += 1;
    }
    let mut numbers = HashMap::new();
    for (year, (day, count)) in days {
        numbers.insert(year, Numbers::take(work, Series::Payment, day, count).await?);
    }
    Ok(numbers)
}

fn payment_row(
    work: &Work,
    new: &RecordPayment,
    receipt: &Receipt,
    bank_account_id: BankAccountId,
    numbers: &mut Numbers,
) -> Result<PaymentRow> {
    let (number, sequence) = numbers.next();
    let text = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    Ok(PaymentRow {
        company_id: work.company_id(),
        id: new_id(),
        number,
        year: numbers.year,
        sequence,
        customer_id: new.customer,
        method: new.method,
        received_on: new.received_on,
        currency: receipt.money.currency(),
        amount_minor: receipt.money.minor(),
        fee_minor: receipt.fee.minor(),
        fx_rate: receipt.fx_rate,
        base_minor: receipt.base_minor()?,
        bank_account_id,
        reference: text(&new.reference),
        payer_name: text(&new.payer_name),
        recorded_at: work.now,
        recorded_by: work.actor.name(),
        reversed_on: None,
        reversed_at: None,
        reversal_reason: None,
        version: 1,
    })
}

/// Posts a payment and opens its item.
fn receive(
    work: &Work,
    settling: &mut Settling,
    row: &PaymentRow,
    receipt: &Receipt,
    bank: &BankAccountRow,
) -> Result<OpenItemId> {
    let unapplied = settling.books.account(ItemKind::Payment.control())?;
    let fees = settling.books.account(AccountRole::BankFees)?;
    let accounts = ReceiptAccounts { bank: &bank.account, fees: &fees, unapplied: &unapplied };
    let postings = receipt.postings(&accounts)?;
    let entry = JournalEntry::new(EntryKind::Payment, row.id.0, row.number.clone(), row.received_on, postings)?;
    let entry_id = settling.post(work, &entry, None);
    let item = new_id::<OpenItemId>();
    let open = OpenItemRow {
        company_id: row.company_id,
        id: item,
        kind: ItemKind::Payment,
        customer_id: row.customer_id,
        document_id: row.id.0,
        number: row.number.clone(),
        instalment: 1,
        currency: row.currency,
        document_on: row.received_on,
        due_on: row.received_on,
        discounts: None,
        fx_rate: row.fx_rate,
        amount_minor: -row.amount_minor,
        base_minor: -row.base_minor,
        open_minor: -row.amount_minor,
        open_base_minor: -row.base_minor,
        settled_on: None,
        version: 1,
    };
    settling.add(work, open, entry_id);
    Ok(item)
}

/// Tells the timeline, and whoever listens.
fn tell(work: &mut Work, row: &PaymentRow) {
    let money = Money::new(row.amount_minor, row.currency);
    let after = json!({"number": row.number, "money": money, "received_on": row.received_on});
    work.record(Event {
        action: "payment.recorded",
        subject_kind: "payment",
        subject_id: row.id.0,
        customer: Some(row.customer_id),
        summary: format!("{money} was received {} ({})", row.method.phrase(), row.number),
        before: None,
        after: Some(after.clone()),
    });
    work.send("payment.recorded", row.id.0, after);
}

/// Which payments of a batch had been recorded before, by their external ids.
async fn known_before(work: &mut Work, new: &[RecordPayment]) -> Result<Result<HashMap<usize, PaymentId>, Refused>> {
    let mut refused = Refused::new();
    let mut by_source: BTreeMap<&str, HashMap<&str, usize>> = BTreeMap::new();
    for (index, new) in new.iter().enumerate() {
        if let Some(External { source, id, .. }) = &new.external
            && by_source.entry(source).or_default().insert(id, index).is_some()
        {
            let message = format!("{id} of {source} is in this batch twice");
            refused.insert(index, Error::field("external", message));
        }
    }
    let (company, mut known) = (work.company_id(), HashMap::new());
    for (source, indexes) in by_source {
        let ids: Vec<String> = indexes.keys().map(|&id| id.to_owned()).collect();
        for row in catalogue::external(&mut work.tx, company, source, EXTERNAL_KIND, &ids).await? {
            let Some(&index) = indexes.get(row.external_id.as_str()) else { continue };
            if row.fingerprint != fingerprint(&new[index])? {
                let id = row.external_id;
                let why = format!("{id} of {source} was recorded before, with other contents.");
                refused.insert(index, Error::Conflict(why));
                continue;
            }
            known.insert(index, PaymentId(row.record_id));
        }
    }
    Ok(if refused.is_empty() { Ok(known) } else { Err(refused) })
}

async fn recorded_before(work: &mut Work, id: PaymentId) -> Result<Recorded> {
    let company = work.company_id();
    let row = payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))?;
    let item = item_of(work, &row).await?;
    let allocations = cash::live_allocations(&mut work.tx, company, item.id).await?;
    let unapplied = Money::new(-item.open_minor, item.currency);
    Ok(Recorded { id, number: row.number, item: item.id, unapplied, allocations, already: true })
}

fn save_external_ids(work: &mut Work, fresh: &[(usize, &RecordPayment)], rows: &[PaymentRow]) -> Result<()> {
    let mut ids = Vec::new();
    for ((_, new), row) in fresh.iter().zip(rows) {
        if let Some(external) = &new.external {
            ids.push(ExternalIdRow {
                company_id: row.company_id,
                source: external.source.clone(),
                kind: EXTERNAL_KIND.to_owned(),
                external_id: external.id.clone(),
                record_id: row.id.0,
                fingerprint: fingerprint(new)?,
            });
        }
    }
    work.save(&ids);
    Ok(())
}

/// What a payment was made from: as the caller says, or a digest of the whole request.
fn fingerprint(new: &RecordPayment) -> Result<String> {
    if let Some(given) = new.external.as_ref().and_then(|external| external.fingerprint.clone()) {
        return Ok(given);
    }
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(new).map_err(Error::broken)?)))
}

async fn item_of(work: &mut Work, row: &PaymentRow) -> Result<OpenItemRow> {
    let items = items::of_document(&mut work.tx, row.company_id, row.id.0).await?;
    items.into_iter().next().ok_or(Error::NotFound("open item"))
}

/// Which payments a list shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentList {
    pub customer: Option<CustomerId>,
    pub method: Option<PaymentMethod>,
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub unapplied: bool,
    pub search: Option<String>,
    pub sort: PaymentSort,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// A page of payments in the order that is asked for.
pub async fn list(app: &App, caller: &Caller, asked: PaymentList) -> Result<Page<PaymentSummary>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, sort) = (work.company_id(), asked.sort);
    let part = Part { after: asked.after, limit: asked.limit };
    let (after, size) = (part.place(sort.as_str(), sort.order())?, part.size());
    let filter = PaymentFilter {
        customer: asked.customer,
        method: asked.method,
        from: asked.from,
        to: asked.to,
        unapplied_only: asked.unapplied,
        search: asked.search.filter(|text| !text.trim().is_empty()),
        sort,
        after,
    };
    let rows = payments::list(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::sorted(rows, size, sort.as_str(), |row| (sort.key(row), row.id.0)))
}

/// A payment with everything that became of it.
#[derive(Debug)]
pub struct PaymentView {
    pub payment: PaymentRow,
    pub item: CustomersItem,
    pub bank: Option<BankAccountRow>,
    /// The bank line that brought it.
    pub line: Option<BankLineId>,
    /// Also those that were taken back.
    pub allocations: Vec<NamedAllocation>,
    pub refunds: Vec<RefundRow>,
    pub entries: Vec<EntryId>,
}

pub async fn show(app: &App, caller: &Caller, id: PaymentId) -> Result<PaymentView> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let payment = payments::by_id(&mut work.tx, company, id).await?.ok_or(Error::NotFound("payment"))?;
    let item = item_of(&mut work, &payment).await?.id;
    let allocations = cash::allocations_of(&mut work.tx, company, item).await?;
    let refunds = cash::refunds_of(&mut work.tx, company, item).await?;
    let mut entries: Vec<EntryId> =
        ledger::entries_of(&mut work.tx, company, id.0).await?.into_iter().map(|entry| entry.id).collect();
    entries.extend(allocations.iter().flat_map(|a| [Some(a.row.entry_id), a.row.reversal_entry_id]).flatten());
    entries.extend(refunds.iter().map(|refund| refund.entry_id));
    let item = items::with_customer(&mut work.tx, company, item).await?.ok_or(Error::NotFound("open item"))?;
    let banks = companies::bank_accounts(&mut work.tx, company).await?;
    let bank = banks.into_iter().find(|bank| bank.id == payment.bank_account_id);
    let line = payments::line_of(&mut work.tx, company, id).await?;
    Ok(PaymentView { payment, item, bank, line, allocations, refunds, entries })
}
