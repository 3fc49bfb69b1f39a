//! Which lines of a file are new. A line that came before has its fingerprint; a pending one is booked by it.
//!
//! Banks tell the same line in several reports: within the day without its booking date, in a notification with the
//! payments of a batch, in the statement. Such a report has another fingerprint, so what another format told is compared
//! by value day, amount and the bank's reference or the text, each earlier line standing for one line only. Banks use
//! references again, so one alone does not make two lines the same when payer and text are others. A statement may value
//! a line on another day than the report before it: then reference and words must both be the same.

use super::{
    BankLineRow,
    lines::{Entry, Fate, Taken},
};
use crate::{context::Work, error::Result};
use domain::bank::{Exception, LineState, letters};
use kernel::{BankAccountId, BankLineId, Date};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::bank;

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
        by_announcement(&mut entries, Earlier::of(before, &claimed));
        entries.retain(|entry| entry.fate == Fate::New);
        let days = (days.0.plus_days(-REVALUED), days.1.plus_days(REVALUED));
        let others = bank::of_other_formats(&mut work.tx, (company, account), days, format).await?;
        by_other_report(&mut entries, Earlier::of(others, &claimed));
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
}

/// Lines of the database by what they come to.
type Before = HashMap<i64, Vec<Earlier>>;

impl Earlier {
    /// What a line of this file has claimed by its fingerprint stands for no other one.
    fn of(rows: Vec<BankLineRow>, claimed: &HashSet<String>) -> Before {
        let mut lines: BTreeMap<String, Vec<BankLineRow>> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| !claimed.contains(&row.fingerprint)) {
            lines.entry(row.fingerprint.clone()).or_default().push(row);
        }
        let mut before = Before::new();
        for rows in lines.into_values() {
            let total = rows.iter().map(|row| row.amount_minor).sum();
            before.entry(total).or_default().push(Self { text: words(&rows), rows });
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

    /// An id of the bank or of the payer, unless payer and text are others.
    fn has_id_of(&self, entry: &Entry) -> bool {
        let (ours, theirs) = (&self.rows[0].end_to_end_id, &entry.rows[0].end_to_end_id);
        (self.has_reference_of(entry) || (ours.is_some() && ours == theirs)) && !self.contradicts(entry)
    }

    /// Another payer with another text. A sum and its payments always differ in both.
    fn contradicts(&self, entry: &Entry) -> bool {
        let (ours, theirs) = (&self.rows[0], &entry.rows[0]);
        let other = |pick: fn(&BankLineRow) -> Option<&str>| {
            let (Some(one), Some(two)) = (pick(ours).map(letters), pick(theirs).map(letters)) else { return None };
            // A report may cut off what another tells in full.
            (!one.is_empty() && !two.is_empty()).then(|| !one.contains(&two) && !two.contains(&one))
        };
        let payer = [other(|row| row.payer_account.as_deref()), other(|row| row.payer_name.as_deref())];
        let other_payer = payer.contains(&Some(true)) && !payer.contains(&Some(false));
        self.rows.len() == entry.rows.len() && other_payer && other(|row| Some(&row.text)) == Some(true)
    }

    fn ids(&self) -> Vec<BankLineId> {
        self.rows.iter().map(|row| row.id).collect()
    }
}

/// Payer and text.
fn words(rows: &[BankLineRow]) -> String {
    let texts = rows.iter().flat_map(|row| [row.payer_name.as_deref().unwrap_or_default(), row.text.as_str()]);
    texts.map(letters).collect()
}

/// Takes out an earlier line of the same sum: each stands for one line only.
fn take(before: &mut Before, entry: &Entry, is_it: impl Fn(&Earlier) -> bool) -> Option<Earlier> {
    let alike = before.get_mut(&entry.total())?;
    let at = alike.iter().position(is_it)?;
    Some(alike.swap_remove(at))
}

/// A booked line takes the place of its announcement; what a clerk said of that one stays.
fn by_announcement(entries: &mut [&mut Entry], mut before: Before) {
    for entry in entries.iter_mut().filter(|entry| entry.rows[0].is_booked) {
        let words = words(&entry.rows);
        let near = |line: &Earlier| line.days_apart(entry) <= APART;
        let found = take(&mut before, entry, |line| near(line) && line.says(&words))
            .or_else(|| take(&mut before, entry, |line| near(line) && line.has_id_of(entry)));
        let Some(announced) = found else { continue };
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

/// What another format told is known; a batch whose payments are told only now takes the place of its sum, also while
/// somebody looks at that one: who posts it then finds it changed.
fn by_other_report(entries: &mut [&mut Entry], mut before: Before) {
    for entry in entries {
        let words = words(&entry.rows);
        let same_day = |line: &Earlier| line.days_apart(entry) == 0;
        let revalued = |line: &Earlier| line.days_apart(entry) <= REVALUED && line.has_reference_of(entry);
        let found = take(&mut before, entry, |line| same_day(line) && line.says(&words))
            .or_else(|| take(&mut before, entry, |line| same_day(line) && line.has_id_of(entry)))
            .or_else(|| take(&mut before, entry, |line| revalued(line) && line.says(&words)));
        let Some(told) = found else { continue };
        let waits = told.rows.len() == 1 && told.rows[0].state == LineState::Open;
        entry.fate = if entry.rows.len() > 1 && waits { Fate::Replaces(told.ids()) } else { Fate::Known };
    }
}
