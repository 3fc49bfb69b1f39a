//! Which lines of a file are new. A line that came before has its fingerprint; a pending one is booked by it.
//!
//! Banks tell the same line in several reports: within the day without its booking date, in a notification with the
//! payments of a batch, in the statement. Such a report has another fingerprint, so what another format told is compared
//! by value day, amount and the bank's reference or the text, each earlier line standing for one line only. All lines of
//! the file are held against what is surest before any of them is against what is less sure. An id alone does not make two
//! lines the same when they are of two payers: banks use references again, and members of a club all write the same one. A
//! statement may value a line on another day than the report before it: then reference and words must both be the same.
//!
//! A batch that one report tells with its payments may stand payment by payment in another: then each payment is compared.
//!
//! Another report of the same format, such as a second layout of a bank's table or a report within the day that grows, may
//! tell the same line with more or less beside it. There nothing that both of them state may differ, because two files of
//! one format also tell two payments that are alike.

use super::{
    BankLineRow,
    lines::{Entry, Fate, Taken},
};
use crate::{context::Work, error::Result};
use domain::{
    bank::{Exception, LineState, is_account, letters},
    customers::name_key,
};
use kernel::{BankAccountId, BankLineId, Date};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::bank::{self, ToldLine};

/// Days by which the booked line may be valued apart from its announcement.
const APART: i64 = 10;

/// Days by which two reports of one booked line may value it apart.
const REVALUED: i64 = 3;

pub(super) async fn tell(work: &mut Work, taken: &mut Taken, format: &str) -> Result<()> {
    let accounts: HashSet<BankAccountId> = taken.statements.iter().map(|told| told.row.bank_account_id).collect();
    let company = work.company_id();
    for account in accounts {
        let mut entries: Vec<&mut Entry> = taken
            .statements
            .iter_mut()
            .filter(|told| told.row.bank_account_id == account)
            .flat_map(|told| &mut told.entries)
            .collect();
        let fingerprints: Vec<String> = entries.iter().map(|entry| entry.rows[0].fingerprint.clone()).collect();
        let known = bank::known(&mut work.tx, company, account, &fingerprints).await?;
        let claimed: HashSet<String> = known.iter().map(|line| line.fingerprint.clone()).collect();
        by_fingerprint(&mut entries, known);
        entries.retain(|entry| entry.fate == Fate::New);
        let Some(days) = days(&entries) else { continue };
        let before = bank::pending(&mut work.tx, company, account).await?;
        let before = before.into_iter().map(|line| ToldLine { line, is_of_format: false });
        by_announcement(&mut entries, Earlier::of(before, &claimed));
        entries.retain(|entry| entry.fate == Fate::New);
        let told = bank::booked_between(&mut work.tx, (company, account), days, (format, REVALUED)).await?;
        let mut told = Earlier::of(told, &claimed);
        by_other_report(&mut entries, &mut told);
        by_payments(&mut entries, told);
    }
    Ok(())
}

fn days(entries: &[&mut Entry]) -> Option<(Date, Date)> {
    let days = || entries.iter().map(|entry| entry.rows[0].value_on);
    Some((days().min()?, days().max()?))
}

fn by_fingerprint(entries: &mut [&mut Entry], known: Vec<bank::KnownLine>) {
    let mut by_fingerprint: HashMap<String, Vec<bank::KnownLine>> = HashMap::new();
    for line in known {
        by_fingerprint.entry(line.fingerprint.clone()).or_default().push(line);
    }
    for entry in entries {
        let Some(found) = by_fingerprint.get(&entry.rows[0].fingerprint) else { continue };
        let books = entry.rows[0].is_booked && found.iter().all(|line| !line.is_booked);
        let fits = found.len() == entry.rows.len();
        entry.fate = if books && fits { Fate::Books(found.iter().map(|line| line.id).collect()) } else { Fate::Known };
    }
}

/// A line that is in the database: its row, or the rows of its payments.
struct Earlier {
    rows: Vec<BankLineRow>,
    text: String,
    /// Told by a booked line of a file of the same format.
    is_of_format: bool,
}

/// Lines of the database by what they come to.
type Before = HashMap<i64, Vec<Earlier>>;

impl Earlier {
    /// What a line of this file has claimed by its fingerprint stands for no other one.
    fn of(told: impl IntoIterator<Item = ToldLine>, claimed: &HashSet<String>) -> Before {
        let mut lines: BTreeMap<String, (Vec<BankLineRow>, bool)> = BTreeMap::new();
        for ToldLine { line, is_of_format } in told.into_iter().filter(|told| !claimed.contains(&told.line.fingerprint))
        {
            let (rows, of_format) = lines.entry(line.fingerprint.clone()).or_default();
            rows.push(line);
            *of_format = is_of_format;
        }
        let mut before = Before::new();
        for (mut rows, is_of_format) in lines.into_values() {
            // A line that was split stands in its parts, one that was put together again in itself.
            if rows.iter().any(|row| row.exception != Some(Exception::Replaced)) {
                rows.retain(|row| row.exception != Some(Exception::Replaced));
            }
            let total = rows.iter().map(|row| row.amount_minor).sum();
            before.entry(total).or_default().push(Self { text: words(&rows), rows, is_of_format });
        }
        before
    }

    fn days_apart(&self, entry: &Entry) -> i64 {
        self.rows[0].value_on.days_since(entry.rows[0].value_on).abs()
    }

    fn says(&self, words: &str) -> bool {
        !self.text.is_empty() && self.text == words
    }

    fn has_reference_of(&self, entry: &Entry) -> bool {
        let (ours, theirs) = (&self.rows[0].bank_reference, &entry.rows[0].bank_reference);
        ours.is_some() && ours == theirs
    }

    /// An id of the bank or of the payer.
    fn has_id_of(&self, entry: &Entry) -> bool {
        let (ours, theirs) = (&self.rows[0].end_to_end_id, &entry.rows[0].end_to_end_id);
        self.has_reference_of(entry) || (ours.is_some() && ours == theirs)
    }

    /// A sum and its payments always differ in the payer.
    fn has_other_payer_than(&self, entry: &Entry) -> bool {
        self.rows.len() == entry.rows.len() && has_other_payer(&self.rows[0], &entry.rows[0])
    }

    /// Of two files of one format only what is stated in one of them alone may differ. Lines that state the same things
    /// in other words are two.
    fn may_be_told_again_by(&self, entry: &Entry) -> bool {
        let (ours, theirs) = (&self.rows[0], &entry.rows[0]);
        let stated = |row: &BankLineRow| {
            let texts = [&row.bank_reference, &row.end_to_end_id, &row.mandate_id, &row.payer_account, &row.payer_name];
            (row.booked_on.is_some(), texts.map(Option::is_some))
        };
        let differs = |pick: fn(&BankLineRow) -> &Option<String>| {
            pick(ours).is_some() && pick(theirs).is_some() && pick(ours) != pick(theirs)
        };
        let has_other_id = differs(|row| &row.bank_reference) || differs(|row| &row.end_to_end_id);
        let has_other_day = ours.value_on != theirs.value_on
            || ours.booked_on.zip(theirs.booked_on).is_some_and(|(one, two)| one != two);
        let texts = |rows: &[BankLineRow]| rows.iter().map(|row| letters(&row.text)).collect::<String>();
        let (one, two) = (texts(&self.rows), texts(&entry.rows));
        let is_batch = self.rows.len() != entry.rows.len() && self.has_reference_of(entry);
        let is_alike = one == two || (stated(ours) != stated(theirs) && is_part(&one, &two) != Some(false)) || is_batch;
        !has_other_id && !has_other_day && is_alike
    }

    fn ids(&self) -> Vec<BankLineId> {
        self.rows.iter().map(|row| row.id).collect()
    }
}

/// The accounts tell it where both are stated, the names otherwise.
fn has_other_payer(ours: &BankLineRow, theirs: &BankLineRow) -> bool {
    let both = |pick: fn(&BankLineRow) -> &Option<String>| pick(ours).as_deref().zip(pick(theirs).as_deref());
    let by_account = both(|row| &row.payer_account).and_then(|(one, two)| is_same_account(one, two));
    let by_name = || both(|row| &row.payer_name).and_then(|(one, two)| is_same_name(one, two));
    by_account.or_else(by_name) == Some(false)
}

/// By the payer's id or by all words.
fn is_same_payment(ours: &BankLineRow, theirs: &BankLineRow) -> bool {
    let has_id = ours.end_to_end_id.is_some() && ours.end_to_end_id == theirs.end_to_end_id;
    let said = words(std::slice::from_ref(ours));
    let is_said = !said.is_empty() && said == words(std::slice::from_ref(theirs));
    ours.value_on == theirs.value_on && (has_id || is_said) && !has_other_payer(ours, theirs)
}

/// Payer and text.
fn words(rows: &[BankLineRow]) -> String {
    let texts = rows.iter().flat_map(|row| [row.payer_name.as_deref().unwrap_or_default(), row.text.as_str()]);
    texts.map(letters).collect()
}

/// A report may cut off what another tells in full.
fn is_part(one: &str, two: &str) -> Option<bool> {
    (!one.is_empty() && !two.is_empty()).then(|| one.contains(two) || two.contains(one))
}

/// Nothing where one is an IBAN and the other a number that does not stand in it.
fn is_same_account(one: &str, two: &str) -> Option<bool> {
    let stands_in = |one: &str, two: &str| is_account(one, Some(two), Some(two));
    let is_iban = |text: &str| text.trim_start().starts_with(|c: char| c.is_ascii_alphabetic());
    let is_part = is_part(&letters(one), &letters(two))?;
    if is_part || stands_in(one, two) || stands_in(two, one) {
        return Some(true);
    }
    (is_iban(one) == is_iban(two)).then_some(false)
}

/// Words in another order and another legal form are the same name.
fn is_same_name(one: &str, two: &str) -> Option<bool> {
    let is_part = is_part(&letters(one), &letters(two))?;
    let (one, two) = (name_key(one), name_key(two));
    let words = |name: &str| name.split(' ').map(str::to_owned).collect::<HashSet<String>>();
    let (one, two) = (words(&one), words(&two));
    Some(is_part || one.is_subset(&two) || two.is_subset(&one))
}

fn same_day(line: &Earlier, entry: &Entry) -> bool {
    line.days_apart(entry) == 0
}

fn near(line: &Earlier, entry: &Entry) -> bool {
    line.days_apart(entry) <= APART
}

/// Whether an earlier line is one of this file, which says these words.
type IsIt = fn(&Earlier, &Entry, &str) -> bool;

/// Finds the earlier lines of the same sums, by what is surest for all of them first: each stands for one line
/// of the same payer only.
fn pair(entries: &[&mut Entry], before: &mut Before, passes: &[IsIt]) -> Vec<Option<Earlier>> {
    let said: Vec<String> = entries.iter().map(|entry| words(&entry.rows)).collect();
    let mut found: Vec<Option<Earlier>> = entries.iter().map(|_| None).collect();
    for is_it in passes {
        for ((entry, words), found) in entries.iter().zip(&said).zip(&mut found).filter(|(_, found)| found.is_none()) {
            let Some(alike) = before.get_mut(&entry.total()) else { continue };
            let may_be = |line: &Earlier| !line.is_of_format || line.may_be_told_again_by(entry);
            let is_it = |line: &Earlier| is_it(line, entry, words) && !line.has_other_payer_than(entry);
            let at = alike.iter().position(|line| is_it(line) && may_be(line));
            *found = at.map(|at| alike.swap_remove(at));
        }
    }
    found
}

/// A booked line takes the place of its announcement; what a clerk said of that one stays.
fn by_announcement(entries: &mut [&mut Entry], mut before: Before) {
    let mut booked: Vec<&mut Entry> = entries.iter_mut().map(|entry| &mut **entry).collect();
    booked.retain(|entry| entry.rows[0].is_booked);
    let passes: [IsIt; 4] = [
        |line, entry, words| near(line, entry) && line.says(words) && line.has_id_of(entry),
        |line, entry, words| same_day(line, entry) && line.says(words),
        |line, entry, words| near(line, entry) && line.says(words),
        |line, entry, _| near(line, entry) && line.has_id_of(entry),
    ];
    let found = pair(&booked, &mut before, &passes);
    for (entry, announced) in booked.into_iter().zip(found) {
        let Some(announced) = announced else { continue };
        let first = &announced.rows[0];
        let said = first.state == LineState::SetAside && first.exception == Some(Exception::NotACustomer);
        for row in &mut entry.rows {
            (row.owner_id, row.note) = (first.owner_id, first.note.clone());
            if said {
                (row.state, row.exception, row.due_at) = (first.state, first.exception, None);
            }
        }
        entry.fate = Fate::Replaces(announced.ids());
    }
}

/// What another report told is known; a batch whose payments are told only now takes the place of its sum, also while
/// somebody looks at that one: who posts it then finds it changed.
fn by_other_report(entries: &mut [&mut Entry], before: &mut Before) {
    let passes: [IsIt; 4] = [
        |line, entry, words| same_day(line, entry) && line.says(words) && line.has_id_of(entry),
        |line, entry, words| same_day(line, entry) && line.says(words),
        |line, entry, _| same_day(line, entry) && line.has_id_of(entry),
        |line, entry, words| line.days_apart(entry) <= REVALUED && line.says(words) && line.has_reference_of(entry),
    ];
    let found = pair(entries, before, &passes);
    for (entry, told) in entries.iter_mut().zip(found) {
        let Some(told) = told else { continue };
        let waits = told.rows.len() == 1 && told.rows[0].state == LineState::Open;
        entry.fate = if entry.rows.len() > 1 && waits { Fate::Replaces(told.ids()) } else { Fate::Known };
    }
}

/// One report tells a batch with its payments, another one each payment as a line of its own. A batch is known when all of
/// its payments are.
fn by_payments(entries: &mut [&mut Entry], before: Before) {
    let mut told: HashMap<i64, Vec<(BankLineRow, bool)>> = HashMap::new();
    for earlier in before.into_values().flatten().filter(|earlier| !earlier.is_of_format) {
        let is_of_batch = earlier.rows.len() > 1;
        for row in earlier.rows {
            told.entry(row.amount_minor).or_default().push((row, is_of_batch));
        }
    }
    let mut used: HashSet<BankLineId> = HashSet::new();
    for entry in entries.iter_mut().filter(|entry| entry.fate == Fate::New) {
        let is_batch = entry.rows.len() > 1;
        let mut found: Vec<BankLineId> = Vec::with_capacity(entry.rows.len());
        for row in &entry.rows {
            let mut alike = told.get(&row.amount_minor).into_iter().flatten();
            let is_it = |(told, is_of_batch): &&(BankLineRow, bool)| {
                let is_free = !used.contains(&told.id) && !found.contains(&told.id);
                *is_of_batch != is_batch && is_free && is_same_payment(told, row)
            };
            let Some((same, _)) = alike.find(is_it) else { break };
            found.push(same.id);
        }
        if found.len() == entry.rows.len() {
            used.extend(found);
            entry.fate = Fate::Known;
        }
    }
}
