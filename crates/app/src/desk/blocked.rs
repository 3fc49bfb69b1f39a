//! Blocked payers: a list that the company keeps by hand or takes from a file. Whoever stands on it is never posted
//! without a person.
//!
//! An entry blocks by its account and by its name, so it has a row for each of the two, as they are compared. Names are
//! compared by their words, without accents and legal form, in any order; a payer's name may have more words when two of
//! them are those of the list. A file with a wrong row changes nothing, and every wrong row is named.

use super::profiles::wrong_account;
use crate::{
    context::{App, Caller, Done, Event, Work},
    error::{Error, Result},
    lists::{Cursor, Page, page_size},
    settling::reason,
};
use domain::{customers::name_key, users::Permission};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use store::desk::cases;
pub use store::desk::cases::BlockedPayerRow;

const MOST_BLOCKED: usize = 50_000;
const MOST_TEXT: usize = 200;
/// Wrong rows of a file that are named.
const MOST_REJECTS: usize = 1_000;

/// A payer to be blocked.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockedPayer {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub account: Option<String>,
    pub reason: String,
}

/// Which entries a list shows.
#[derive(Debug, Clone, Default)]
pub struct BlockedList {
    /// Part of the name, the account or the reason.
    pub search: Option<String>,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// What came of a file.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BlockedImport {
    /// Payers that the file names.
    pub payers: usize,
    /// The list is as the file says; with wrong rows nothing changed.
    pub is_saved: bool,
    pub rejects: Vec<BlockedReject>,
}

/// A row of a file that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BlockedReject {
    /// The line of the file, its head being the first.
    pub line: u64,
    pub reason: String,
}

/// The account as payers are compared, or the letters of a name.
pub(super) fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// More words are hardly a name.
const MOST_WORDS: usize = 8;
/// So many words of a longer name are enough.
const ENOUGH_WORDS: u32 = 2;

fn words_of(name: &str) -> Vec<String> {
    let key = name_key(name);
    let words = key.split(' ').filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.take(MOST_WORDS).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// Every key under which a payer may stand on the list: the account, the letters of the name as they are, and each
/// choice of its words.
pub(super) fn found_by(account: Option<&str>, name: Option<&str>) -> Vec<String> {
    let mut keys: Vec<String> = [account, name].into_iter().flatten().map(key).collect();
    let words = words_of(name.unwrap_or_default());
    keys.push(words.join(" "));
    for choice in 0_u32..1 << words.len() {
        if choice.count_ones() >= ENOUGH_WORDS {
            let chosen = words.iter().enumerate().filter(|(at, _)| (choice >> at) & 1 == 1);
            keys.push(chosen.map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" "));
        }
    }
    keys.retain(|key| !key.is_empty());
    keys
}

impl BlockedPayer {
    fn cleaned(self) -> Self {
        let said = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self { name: said(self.name), account: said(self.account), reason: self.reason.trim().to_owned() }
    }

    fn keys(&self) -> Vec<String> {
        keys_of(self.account.as_deref(), self.name.as_deref())
    }

    /// The field and what is wrong with it.
    fn wrong(&self) -> Option<(&'static str, String)> {
        let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > MOST_TEXT);
        if self.keys().is_empty() {
            return Some(("name", "give a name or an account".to_owned()));
        }
        if long(&self.name) || long(&self.account) {
            let field = if long(&self.name) { "name" } else { "account" };
            return Some((field, format!("use up to {MOST_TEXT} characters")));
        }
        self.account.as_deref().and_then(wrong_account).map(|wrong| ("account", wrong))
    }
}

/// What an entry is kept under.
fn keys_of(account: Option<&str>, name: Option<&str>) -> Vec<String> {
    let keys = [account.map(key), name.map(|name| words_of(name).join(" "))].into_iter().flatten();
    let mut keys: Vec<String> = keys.filter(|key| !key.is_empty()).collect();
    keys.dedup();
    keys
}

/// The rows of an entry, also those that were kept under the plain letters of its name.
async fn rows_of(work: &mut Work, account: Option<&str>, name: Option<&str>) -> Result<Vec<BlockedPayerRow>> {
    let mut keys = keys_of(account, name);
    keys.extend(name.map(key));
    let company = work.company_id();
    let rows = cases::blocked_among(&mut work.tx, company, &keys).await?;
    let is_its = |row: &BlockedPayerRow| row.account.as_deref() == account && row.name.as_deref() == name;
    Ok(rows.into_iter().filter(is_its).collect())
}

/// A page of entries by account and name; each entry once.
pub async fn blocked(app: &App, caller: &Caller, asked: BlockedList) -> Result<Page<BlockedPayerRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), page_size(asked.limit));
    let after = asked.after.as_ref().map(|cursor| cursor.get::<String>(0)).transpose()?;
    let search = asked.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let rows = cases::blocked(&mut work.tx, company, (search, after.as_deref()), size + 1).await?;
    let mut page = Page::cut(rows, size, |row| Cursor::new([row.payer_key.clone()]));
    let accounts: Vec<String> = page.rows.iter().filter_map(|row| row.account.as_deref()).map(key).collect();
    let by_account = cases::blocked_among(&mut work.tx, company, &accounts).await?;
    let by_account: HashMap<String, Option<String>> =
        by_account.into_iter().map(|row| (row.payer_key, row.name)).collect();
    // An entry with an account and a name has two rows; of several with one account only the last has that one.
    page.rows.retain(|row| {
        let account = row.account.as_deref().map(key);
        account.is_none_or(|account| account == row.payer_key || by_account.get(&account) != Some(&row.name))
    });
    Ok(page)
}

/// Adds a payer, or says anew why it is blocked.
pub async fn block(app: &App, caller: &Caller, payer: BlockedPayer) -> Result<()> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    let payer = payer.cleaned();
    if let Some((field, message)) = payer.wrong() {
        return Err(Error::field(field, message));
    }
    let why = reason(&payer.reason)?;
    let company = work.company_id();
    let mut before = payer.keys();
    before.extend(payer.name.as_deref().map(key));
    cases::unblock(&mut work.tx, company, &before).await?;
    let rows = rows(&work, vec![payer]);
    let who = rows.first().and_then(|row| row.name.clone().or_else(|| row.account.clone())).unwrap_or_default();
    work.save(&rows);
    tell(&mut work, "blocked_payer.added", format!("{who} is blocked: {why}"));
    work.commit().await
}

/// Takes an entry off the list, with its account and its name, by either of them.
pub async fn unblock(app: &App, caller: &Caller, payer: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    let company = work.company_id();
    let said = [payer.to_owned(), key(payer), words_of(payer).join(" ")];
    let known = cases::blocked_among(&mut work.tx, company, &said).await?;
    let Some(row) = known.into_iter().next() else { return Ok(Done::Already) };
    let rows = rows_of(&mut work, row.account.as_deref(), row.name.as_deref()).await?;
    let keys: Vec<String> = rows.into_iter().map(|row| row.payer_key).collect();
    cases::unblock(&mut work.tx, company, &keys).await?;
    hand_over(&mut work, &row, keys).await?;
    let who = row.name.or(row.account).unwrap_or_default();
    tell(&mut work, "blocked_payer.removed", format!("{who} is no longer blocked"));
    work.commit().await?;
    Ok(Done::Now)
}

/// Another entry with the same account or name goes on blocking it.
async fn hand_over(work: &mut Work, gone: &BlockedPayerRow, keys: Vec<String>) -> Result<()> {
    let company = work.company_id();
    let account = gone.account.as_deref().map(key);
    let heirs = cases::blocked_as(&mut work.tx, company, (account.as_deref(), gone.name.as_deref())).await?;
    let heir = |payer_key: String| {
        let has_it = |row: &&BlockedPayerRow| keys_of(row.account.as_deref(), row.name.as_deref()).contains(&payer_key);
        let heir = heirs.iter().find(has_it)?.clone();
        Some(BlockedPayerRow { payer_key, ..heir })
    };
    let rows: Vec<BlockedPayerRow> = keys.into_iter().filter_map(heir).collect();
    work.save(&rows);
    Ok(())
}

/// Replaces the list.
pub async fn replace_blocked(app: &App, caller: &Caller, list: Vec<BlockedPayer>) -> Result<usize> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    if list.len() > MOST_BLOCKED {
        return Err(Error::field("payers", format!("a list has up to {MOST_BLOCKED} payers")));
    }
    let list: Vec<BlockedPayer> = list.into_iter().map(BlockedPayer::cleaned).collect();
    let wrong = list.iter().enumerate().find_map(|(at, payer)| Some((at, payer.wrong()?)));
    if let Some((at, (field, message))) = wrong {
        return Err(Error::field(format!("payers[{at}].{field}"), message));
    }
    let count = replace(&mut work, list).await?;
    work.commit().await?;
    Ok(count)
}

async fn replace(work: &mut Work, list: Vec<BlockedPayer>) -> Result<usize> {
    let (company, count) = (work.company_id(), list.len());
    cases::clear_blocked(&mut work.tx, company).await?;
    let rows = rows(work, list);
    work.save(&rows);
    tell(work, "blocked_payers.replaced", format!("The list of blocked payers has {count} entries"));
    Ok(count)
}

fn rows(work: &Work, list: Vec<BlockedPayer>) -> Vec<BlockedPayerRow> {
    let mut rows = BTreeMap::new();
    for payer in list {
        for payer_key in payer.keys() {
            let BlockedPayer { name, account, reason } = payer.clone();
            let (company_id, added_at, added_by) = (work.company_id(), work.now, work.actor.name());
            let row =
                BlockedPayerRow { company_id, payer_key: payer_key.clone(), name, account, reason, added_at, added_by };
            rows.insert(payer_key, row);
        }
    }
    rows.into_values().collect()
}

fn tell(work: &mut Work, action: &'static str, summary: String) {
    let subject_id = work.company_id().0;
    work.record(Event { action, subject_kind: "company", subject_id, summary, ..Event::default() });
}

/// Replaces the list by a table with the columns name, account and reason.
pub async fn import_blocked(app: &App, caller: &Caller, bytes: &[u8]) -> Result<BlockedImport> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    let usual = format!("List of {}", work.today);
    let (list, rejects) = read(bytes, &usual)?;
    let (payers, is_saved) = (list.len(), rejects.is_empty());
    if is_saved {
        replace(&mut work, list).await?;
        work.commit().await?;
    }
    Ok(BlockedImport { payers, is_saved, rejects })
}

fn unread(error: impl std::fmt::Display) -> Error {
    Error::field("file", format!("cannot be read as a table: {error}"))
}

fn read(bytes: &[u8], usual_reason: &str) -> Result<(Vec<BlockedPayer>, Vec<BlockedReject>)> {
    let table = sheets::read(bytes, &sheets::ReadOptions::default()).map_err(unread)?;
    let column =
        |names: &[&str]| table.header.iter().position(|name| names.contains(&name.trim().to_lowercase().as_str()));
    let (name, account, why) = (column(&["name", "payer"]), column(&["account", "iban"]), column(&["reason", "note"]));
    if name.is_none() && account.is_none() {
        return Err(Error::field("file", "its first row must name a column `name` or `account`"));
    }
    let (mut list, mut rejects) = (Vec::new(), Vec::new());
    let (mut rows, mut row) = (table.rows(), sheets::Row::default());
    while rows.read_into(&mut row).map_err(unread)? {
        let cell = |at: Option<usize>| at.and_then(|at| row.cells.get(at)).map(|text| text.trim().to_owned());
        let reason = cell(why).filter(|why| !why.is_empty()).unwrap_or_else(|| usual_reason.to_owned());
        let payer = BlockedPayer { name: cell(name), account: cell(account), reason }.cleaned();
        match payer.wrong() {
            Some((field, message)) if rejects.len() < MOST_REJECTS => {
                rejects.push(BlockedReject { line: row.line, reason: format!("{field}: {message}") });
            }
            Some(_) => break,
            None if list.len() == MOST_BLOCKED => {
                return Err(Error::field("file", format!("a list has up to {MOST_BLOCKED} payers")));
            }
            None => list.push(payer),
        }
    }
    Ok((list, rejects))
}
