//! Safeguards at work: what the database knows of a payer meets the rules; the list of blocked payers; cases decided.
//!
//! The history of all payers of a batch is read in one statement. A suspicion holds a line out of automatic posting and
//! waits as a case; a confirmed one keeps the line from being posted at all.

use super::{
    book::{self, Said},
    plan::Plan,
    policy,
};
use crate::{
    context::{App, Caller, Done, Event, Work, new_id},
    engines::Kept,
    error::{Error, Result},
    settling::reason,
};
use domain::{
    bank::Exception,
    desk::safeguards::{
        Acquaintance, MOST_DAYS, Safeguard, SafeguardRule, Safeguards, Seen, Suspect, Suspicion, suspicions, too_much,
    },
    users::Permission,
};
use kernel::{BankLineId, CustomerId, Money, SuspicionId};
use matching::Decision;
use serde::Serialize;
use std::collections::HashMap;
pub use store::desk::cases::{BlockedPayerRow, SuspicionRow};
use store::{bank::BankLineRow, desk::cases};

const MOST_BLOCKED: usize = 50_000;
const MOST_SHOWN: i64 = 200;

/// What the rules look at, for all lines of a batch.
pub(super) struct Guards {
    rules: Safeguards,
    seen: HashMap<String, Vec<(BankLineId, Seen)>>,
    blocked: HashMap<String, String>,
}

/// The account or the name as payers are compared.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn payer_key(account: Option<&str>, name: Option<&str>) -> Option<String> {
    let keys = [account, name].into_iter().flatten().map(key);
    keys.into_iter().find(|key| !key.is_empty())
}

impl Guards {
    pub(super) async fn load(work: &mut Work, rules: &Safeguards, lines: &[BankLineRow]) -> Result<Self> {
        let company = work.company_id();
        let mut seen: HashMap<String, Vec<(BankLineId, Seen)>> = HashMap::new();
        if let Some(first) = lines.iter().map(|line| line.value_on).min() {
            let (accounts, names) = book::payer_keys(lines);
            let since = first.plus_days(-rules.reach_days().min(MOST_DAYS));
            for row in cases::history(&mut work.tx, company, since, &accounts, &names).await? {
                let money = Money::new(row.amount_minor, row.currency);
                let known = payer_key(row.payer_account.as_deref(), row.payer_name.as_deref());
                seen.entry(known.unwrap_or_default())
                    .or_default()
                    .push((row.id, Seen { value_on: row.value_on, money }));
            }
        }
        let blocked = cases::blocked(&mut work.tx, company).await?;
        let blocked = blocked.into_iter().map(|row| (row.payer_key, row.reason)).collect();
        Ok(Self { rules: rules.clone(), seen, blocked })
    }

    /// What speaks against posting the first proposal for this line; of a line that waits anyway only what speaks against
    /// its payer, whoever the customer is.
    pub(super) fn suspicions(&self, kept: &Kept, line: &BankLineRow, said: &Said, is_sure: bool) -> Vec<Suspicion> {
        let decision = &said.decision;
        let proposal = decision.proposals.first();
        let customer = proposal.map_or("", |proposal| proposal.customer.as_str());
        let (account, name) = (line.payer_account.as_deref(), line.payer_name.as_deref());
        let known = kept.engine.acquaintance(&book::bank_line(line), customer).unwrap_or_default();
        let payer = payer_key(account, name).unwrap_or_default();
        let others = self.seen.get(&payer).filter(|_| !payer.is_empty()).into_iter().flatten();
        let seen: Vec<Seen> = others.filter(|(id, _)| *id != line.id).map(|(_, seen)| *seen).collect();
        let blocked = [account, name].into_iter().flatten().find_map(|text| self.blocked.get(&key(text)));
        let (money, value_on) = (book::sums(line, said.as_sent).0, line.value_on);
        let suspect = Suspect {
            payer: name.or(account).unwrap_or("The payer"),
            account: account.unwrap_or_default(),
            customer: kept.engine.book.customer_name(customer).unwrap_or("The customer"),
            value_on,
            money,
            unapplied_minor: proposal.map_or(0, |proposal| proposal.unapplied_minor),
            known: Acquaintance {
                payments: known.payments,
                from_account: known.from_account,
                has_account: known.has_account,
                is_own_account: known.is_own_account,
                is_name_known: known.is_name_known,
                is_of_group: known.is_of_group,
            },
            seen: &seen,
            blocked: blocked.map(String::as_str),
        };
        let mut found = suspicions(&self.rules, &suspect);
        found.retain(|suspicion| is_sure || suspicion.rule.is_about_payer());
        found
    }
}

/// Opens a case for each suspicion; then the line waits.
pub(super) fn raise(
    work: &mut Work,
    line: &BankLineRow,
    decision: &Decision,
    found: &[Suspicion],
) -> Option<(Exception, String)> {
    if found.is_empty() {
        return None;
    }
    let customer = decision.proposals.first().and_then(|proposal| proposal.customer.parse::<CustomerId>().ok());
    let rows: Vec<SuspicionRow> = found
        .iter()
        .map(|suspicion| SuspicionRow {
            company_id: work.company_id(),
            id: new_id::<SuspicionId>(),
            line_id: line.id,
            customer_id: customer,
            rule: suspicion.rule,
            explanation: suspicion.explanation.clone(),
            raised_at: work.now,
            decided_at: None,
            decided_by: None,
            is_confirmed: None,
            note: None,
        })
        .collect();
    work.save(&rows);
    let told: Vec<&str> = found.iter().map(|suspicion| suspicion.explanation.as_str()).collect();
    Some((Exception::Suspicious, format!("{}.", told.join("; "))))
}

/// A confirmed suspicion keeps its line out of the books; one that nobody decided is decided by whoever posts the line.
/// Only an overpayment stays a case: it is about the refund that somebody may ask for.
pub(super) async fn settle(work: &mut Work, line: BankLineId) -> Result<()> {
    let company = work.company_id();
    let (now, by) = (work.now, work.actor.name());
    for row in cases::suspicions_of(&mut work.tx, company, line).await? {
        if row.is_confirmed == Some(true) {
            let why = row.explanation;
            return Err(Error::Refused(format!(
                "A suspicion about this line was confirmed ({why}); it cannot be posted."
            )));
        }
        if row.decided_at.is_none() && row.rule != SafeguardRule::Overpayment {
            cases::decide_suspicion(&mut work.tx, &row, (now, &by), false, Some("Posted".to_owned())).await?;
        }
    }
    Ok(())
}

/// A line that a person posts with far too much for its debts becomes a case too, because a request to send the rest
/// elsewhere may follow.
pub(super) async fn watch_rest(work: &mut Work, rules: &Safeguards, line: &BankLineRow, plan: &Plan) -> Result<()> {
    let (rest, rule) = (plan.rest_minor(), rules.overpayment);
    if !rule.on || plan.debts.is_empty() || rest <= 0 || rest < rule.minor {
        return Ok(());
    }
    let company_id = work.company_id();
    let known = cases::suspicions_of(&mut work.tx, company_id, line.id).await?;
    if known.iter().any(|row| row.rule == SafeguardRule::Overpayment) {
        return Ok(());
    }
    work.save(&[SuspicionRow {
        company_id,
        id: new_id::<SuspicionId>(),
        line_id: line.id,
        customer_id: Some(plan.customer),
        rule: SafeguardRule::Overpayment,
        explanation: too_much(Money::new(rest, plan.currency)),
        raised_at: work.now,
        decided_at: None,
        decided_by: None,
        is_confirmed: None,
        note: None,
    }]);
    Ok(())
}

/// Cases, the last raised first: those that wait, or all.
pub async fn cases(
    app: &App,
    caller: &Caller,
    waiting_only: bool,
    after: Option<SuspicionId>,
) -> Result<Vec<SuspicionRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(cases::suspicions(&mut work.tx, company, waiting_only, after, MOST_SHOWN).await?)
}

/// Says whether a suspicion was what it looked like. A confirmed one keeps its line from being posted.
pub async fn decide_case(app: &App, caller: &Caller, id: SuspicionId, is_confirmed: bool, note: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let (company, note) = (work.company_id(), reason(note)?);
    let row = cases::suspicion(&mut work.tx, company, id).await?.ok_or(Error::NotFound("suspicion"))?;
    if row.decided_at.is_some() {
        return Ok(Done::Already);
    }
    let (at, by) = (work.now, work.actor.name());
    cases::decide_suspicion(&mut work.tx, &row, (at, &by), is_confirmed, Some(note.clone())).await?;
    let word = if is_confirmed { "confirmed" } else { "dismissed" };
    work.record(Event {
        action: "suspicion.decided",
        subject_kind: "bank_line",
        subject_id: row.line_id.0,
        customer: row.customer_id,
        summary: format!("A suspicion ({}) was {word}: {note}", row.rule.label()),
        ..Event::default()
    });
    work.commit().await?;
    Ok(Done::Now)
}

/// A rule as it is set, with what it found so far.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RuleView {
    pub rule: SafeguardRule,
    pub name: &'static str,
    pub limits: Safeguard,
    pub hits: i64,
    pub waiting: i64,
    pub confirmed: i64,
}

/// Every rule with its switch, its limits and its past hits.
pub async fn rules(app: &App, caller: &Caller) -> Result<Vec<RuleView>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    let policy = policy::current(&mut work).await?.policy;
    let hits = cases::hits(&mut work.tx, company).await?;
    let view = |&rule: &SafeguardRule| {
        let found = hits.iter().find(|hits| hits.rule == rule);
        RuleView {
            rule,
            name: rule.label(),
            limits: *policy.safeguards.of(rule),
            hits: found.map_or(0, |hits| hits.hits),
            waiting: found.map_or(0, |hits| hits.waiting),
            confirmed: found.map_or(0, |hits| hits.confirmed),
        }
    };
    Ok(SafeguardRule::ALL.iter().map(view).collect())
}

pub async fn blocked(app: &App, caller: &Caller) -> Result<Vec<BlockedPayerRow>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let company = work.company_id();
    Ok(cases::blocked(&mut work.tx, company).await?)
}

/// A payer to be blocked.
#[derive(Debug, Clone, serde::Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockedPayer {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub account: Option<String>,
    pub reason: String,
}

/// Replaces the list; each entry blocks by its account and by its name.
pub async fn block(app: &App, caller: &Caller, list: Vec<BlockedPayer>) -> Result<usize> {
    let mut work = app.work(caller, Permission::WriteAccounts).await?;
    if list.len() > MOST_BLOCKED {
        return Err(Error::field("payers", format!("a list has up to {MOST_BLOCKED} payers")));
    }
    let mut rows: HashMap<String, BlockedPayerRow> = HashMap::new();
    for (at, payer) in list.into_iter().enumerate() {
        let said = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let (name, account) = (said(&payer.name), said(&payer.account));
        let keys: Vec<String> = [&account, &name].into_iter().flatten().map(|text| key(text)).collect();
        if keys.iter().all(String::is_empty) {
            return Err(Error::field(format!("payers[{at}]"), "give a name or an account"));
        }
        for payer_key in keys.into_iter().filter(|key| !key.is_empty()) {
            let (name, account, reason) = (name.clone(), account.clone(), payer.reason.trim().to_owned());
            let (company_id, added_at, added_by) = (work.company_id(), work.now, work.actor.name());
            let row =
                BlockedPayerRow { company_id, payer_key: payer_key.clone(), name, account, reason, added_at, added_by };
            rows.insert(payer_key, row);
        }
    }
    let company = work.company_id();
    cases::clear_blocked(&mut work.tx, company).await?;
    let mut rows: Vec<BlockedPayerRow> = rows.into_values().collect();
    rows.sort_by(|a, b| a.payer_key.cmp(&b.payer_key));
    work.save(&rows);
    work.record(Event {
        action: "blocked_payers.replaced",
        subject_kind: "company",
        subject_id: company.0,
        summary: format!("The list of blocked payers has {} entries", rows.len()),
        ..Event::default()
    });
    work.commit().await?;
    Ok(rows.len())
}

/// The same from a table with the columns name, account and reason.
pub async fn import_blocked(app: &App, caller: &Caller, bytes: &[u8]) -> Result<usize> {
    caller.may(Permission::WriteAccounts)?;
    let list = read_blocked(bytes)?;
    block(app, caller, list).await
}

fn read_blocked(bytes: &[u8]) -> Result<Vec<BlockedPayer>> {
    let table = sheets::read(bytes, &sheets::ReadOptions::default()).map_err(Error::refused)?;
    let column =
        |names: &[&str]| table.header.iter().position(|name| names.contains(&name.trim().to_lowercase().as_str()));
    let (name, account, why) = (column(&["name", "payer"]), column(&["account", "iban"]), column(&["reason", "note"]));
    if name.is_none() && account.is_none() {
        return Err(Error::field("file", "its first row must name a column `name` or `account`"));
    }
    let mut list = Vec::new();
    let (mut rows, mut row) = (table.rows(), sheets::Row::default());
    while rows.read_into(&mut row).map_err(Error::refused)? {
        let cell = |at: Option<usize>| at.and_then(|at| row.cells.get(at)).map(|text| text.trim().to_owned());
        let (name, account) = (cell(name), cell(account));
        if [&name, &account].into_iter().flatten().any(|text| !text.is_empty()) {
            list.push(BlockedPayer { name, account, reason: cell(why).unwrap_or_default() });
        }
    }
    Ok(list)
}
