//! Safeguards at work: what the database knows of a payer meets the rules; cases decided.
//!
//! The history of all payers of a batch is read in one statement. A suspicion holds a line out of automatic posting and
//! waits as a case; a confirmed one keeps the line from being posted at all.

use super::{
    blocked::{self, key},
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
    bank::{Exception, LineState},
    desk::{
        DeskRefusal,
        safeguards::{
            Acquaintance, MOST_DAYS, Safeguard, SafeguardRule, Safeguards, Seen, Suspect, Suspicion, suspicions,
            too_much,
        },
    },
    users::Permission,
};
use kernel::{BankLineId, CustomerId, Money, SuspicionId};
use matching::Decision;
use serde::Serialize;
use serde_json::json;
use std::collections::{HashMap, HashSet};
pub use store::desk::cases::SuspicionRow;
use store::{
    bank::{self, BankLineRow},
    desk::cases::{self, PayersLine},
    invoices, items,
};

const MOST_SHOWN: i64 = 200;
/// An answer below this share is no reason to suspect anybody.
const LIKELY: f32 = 0.5;

/// What the rules look at, for all lines of a batch.
pub(super) struct Guards {
    rules: Safeguards,
    seen: HashMap<String, Vec<Earlier>>,
    blocked: HashMap<String, String>,
}

/// Another line of a payer, or this one.
struct Earlier {
    row: PayersLine,
    names: Vec<String>,
}

impl Earlier {
    /// As it was when this line was decided.
    fn before(&self, line: &BankLineRow) -> Seen {
        let PayersLine { value_on, currency, amount_minor, is_reversed, decided_at, .. } = self.row;
        let (money, names) = (Money::new(amount_minor, currency), self.names.clone());
        let is_decided = decided_at.is_some_and(|at| line.decided_at.is_none_or(|own| at < own));
        Seen { value_on, money, names, is_reversed, is_decided }
    }
}

fn payer_key(account: Option<&str>, name: Option<&str>) -> Option<String> {
    let keys = [account, name].into_iter().flatten().map(key);
    keys.into_iter().find(|key| !key.is_empty())
}

impl Guards {
    pub(super) async fn load(work: &mut Work, rules: &Safeguards, lines: &[BankLineRow]) -> Result<Self> {
        let company = work.company_id();
        let mut seen: HashMap<String, Vec<Earlier>> = HashMap::new();
        if let Some(first) = lines.iter().map(|line| line.value_on).min() {
            let (accounts, names) = book::payer_keys(lines);
            let since = first.plus_days(-rules.reach_days().min(MOST_DAYS));
            let rows = cases::history(&mut work.tx, company, since, &accounts, &names).await?;
            let mut named = named(work, &rows).await?;
            for row in rows {
                let known = payer_key(row.payer_account.as_deref(), row.payer_name.as_deref());
                let names = named.remove(&row.id).unwrap_or_default();
                seen.entry(known.unwrap_or_default()).or_default().push(Earlier { row, names });
            }
        }
        let keys: HashSet<String> = lines.iter().flat_map(payer_blocked_by).collect();
        let blocked = cases::blocked_among(&mut work.tx, company, &keys.into_iter().collect::<Vec<_>>()).await?;
        let blocked = blocked.into_iter().map(|row| (row.payer_key, row.reason)).collect();
        Ok(Self { rules: rules.clone(), seen, blocked })
    }

    /// What speaks against posting the first proposal for this line, also when it waits anyway: a person may take it. Of
    /// a line without one only what speaks against its payer, whoever the customer is.
    pub(super) fn suspicions(&self, kept: &Kept, line: &BankLineRow, said: &Said) -> Vec<Suspicion> {
        let decision = &said.decision;
        let proposal = decision.proposals.first();
        let customer = proposal.map_or("", |proposal| proposal.customer.as_str());
        let (account, name) = (line.payer_account.as_deref(), line.payer_name.as_deref());
        let known = kept.engine.acquaintance(&book::bank_line(line), customer).unwrap_or_default();
        let payer = payer_key(account, name).unwrap_or_default();
        let all = || self.seen.get(&payer).filter(|_| !payer.is_empty()).into_iter().flatten();
        let names = all().find(|one| one.row.id == line.id).map_or(&[][..], |own| own.names.as_slice());
        let seen: Vec<Seen> = all().filter(|one| one.row.id != line.id).map(|one| one.before(line)).collect();
        let blocked = payer_blocked_by(line).into_iter().find_map(|key| self.blocked.get(&key));
        let (money, value_on) = (book::sums(line, said.as_sent).0, line.value_on);
        let suspect = Suspect {
            payer: name.or(account).unwrap_or("The payer"),
            account: account.unwrap_or_default(),
            customer: kept.engine.book.customer_name(customer).unwrap_or("The customer"),
            value_on,
            money,
            unapplied_minor: proposal.map_or(0, |proposal| proposal.unapplied_minor),
            names,
            known: Acquaintance {
                payments: known.payments,
                from_account: known.from_account,
                has_account: known.has_account,
                is_own_account: known.is_own_account,
                has_own_accounts: kept.with_accounts.contains(customer),
                is_name_known: known.is_name_known,
                is_of_group: known.is_of_group,
            },
            seen: &seen,
            blocked: blocked.map(String::as_str),
        };
        let mut found = suspicions(&self.rules, &suspect);
        found.retain(|suspicion| proposal.is_some() || suspicion.rule.is_about_payer());
        // Whom the engine only guesses at, nobody is said to pay for.
        let is_likely = proposal.is_some_and(|proposal| proposal.probability >= LIKELY);
        found.retain(|suspicion| is_likely || suspicion.rule != SafeguardRule::ThirdParty);
        found
    }
}

fn payer_blocked_by(line: &BankLineRow) -> Vec<String> {
    blocked::found_by(line.payer_account.as_deref(), line.payer_name.as_deref())
}

/// Documents that lines of the same sum name in full, by line: what tells two equal payments apart.
async fn named(work: &mut Work, rows: &[PayersLine]) -> Result<HashMap<BankLineId, Vec<String>>> {
    let mut sums: HashMap<(&Option<String>, i64), usize> = HashMap::new();
    for row in rows {
        *sums.entry((&row.payer_account, row.amount_minor)).or_default() += 1;
    }
    let twins = rows.iter().filter(|row| sums[&(&row.payer_account, row.amount_minor)] > 1);
    let words: Vec<(BankLineId, HashSet<String>)> = twins.map(|row| (row.id, words(&row.text))).collect();
    let all: HashSet<&String> = words.iter().flat_map(|(_, words)| words).collect();
    let all: Vec<String> = all.into_iter().cloned().collect();
    let company = work.company_id();
    let numbers: HashSet<String> = invoices::numbers_among(&mut work.tx, company, &all).await?.into_iter().collect();
    let of = |words: HashSet<String>| words.into_iter().filter(|word| numbers.contains(word)).collect();
    let mut named: HashMap<BankLineId, Vec<String>> = words.into_iter().map(|(id, words)| (id, of(words))).collect();
    for row in rows {
        if let Some(names) = named.get_mut(&row.id) {
            names.extend(row.structured_reference.clone());
        }
    }
    Ok(named)
}

/// Everything in a text that may be a document's number.
pub(super) fn words(text: &str) -> HashSet<String> {
    let upper = text.to_uppercase();
    let whole = upper.split(|c: char| c.is_whitespace() || ",;:+()".contains(c));
    let trimmed = whole.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let parts = trimmed.flat_map(|word| std::iter::once(word).chain(word.split('/')));
    parts.filter(|word| word.contains(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
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
    let only_twice = found.iter().all(|suspicion| suspicion.rule == SafeguardRule::Duplicate);
    let exception = if only_twice { Exception::Duplicate } else { Exception::Suspicious };
    Some((exception, format!("{}.", told.join("; "))))
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
    let (company_id, rule) = (work.company_id(), rules.overpayment);
    let mut rest = plan.rest_minor();
    if plan.debts.is_empty() {
        // Put on account as a whole it may be for what is still owed.
        let open = items::open_of_customer(&mut work.tx, company_id, plan.customer).await?;
        let owed = open.iter().filter(|item| item.kind.is_debt() && item.currency == plan.currency);
        rest -= owed.map(|item| item.open_minor).sum::<i64>();
    }
    if !rule.on || rest <= 0 || rest < rule.minor {
        return Ok(());
    }
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

/// What came of a person's word on a suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseDecided {
    pub done: Done,
    pub is_confirmed: bool,
    /// Where its line stands.
    pub line: LineState,
    /// Another suspicion about the line is confirmed.
    pub is_held: bool,
}

impl CaseDecided {
    /// What holds for the line from now on.
    pub fn sentence(self) -> String {
        let word = match (self.done, self.is_confirmed) {
            (Done::Now, true) => "Confirmed",
            (Done::Now, false) => "Dismissed",
            (Done::Already, true) => "Confirmed already",
            (Done::Already, false) => "Dismissed already",
        };
        let line = match (self.line, self.is_confirmed) {
            (LineState::Open, true) => "the line stays out of the books",
            (LineState::Open, false) if self.is_held => {
                "the line stays out of the books, because another suspicion about it is confirmed"
            }
            (LineState::Open, false) => "the line may be posted",
            (LineState::Posted, true) => "the line is in the books; undo it if the money should not be there",
            (LineState::Posted, false) => "the line is in the books and stays there",
            (LineState::SetAside, true) => "the line is set aside and stays out of the books",
            (LineState::SetAside, false) => "the line is set aside; take it back to the desk to post it",
        };
        format!("{word}: {line}.")
    }
}

/// Says whether a suspicion was what it looked like, also another time. A confirmed one keeps its line from being posted;
/// what somebody else confirmed is dismissed by whoever keeps the block list.
pub async fn decide_case(
    app: &App,
    caller: &Caller,
    id: SuspicionId,
    is_confirmed: bool,
    note: &str,
) -> Result<CaseDecided> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let (company, note) = (work.company_id(), reason(note)?);
    let row = cases::suspicion(&mut work.tx, company, id).await?.ok_or(Error::NotFound("suspicion"))?;
    let line = bank::line(&mut work.tx, company, row.line_id).await?.ok_or(Error::NotFound("bank line"))?.state;
    let others = cases::suspicions_of(&mut work.tx, company, row.line_id).await?;
    let is_held = others.iter().any(|other| other.id != id && other.is_confirmed == Some(true));
    let decided = |done| CaseDecided { done, is_confirmed, line, is_held };
    if row.is_confirmed == Some(is_confirmed) {
        return Ok(decided(Done::Already));
    }
    let (at, by) = (work.now, work.actor.name());
    if let (Some(true), Some(before)) = (row.is_confirmed, &row.decided_by)
        && *before != by
        && caller.may(Permission::WriteAccounts).is_err()
    {
        return Err(DeskRefusal::ConfirmedByAnother { by: before.clone() }.into());
    }
    cases::decide_suspicion(&mut work.tx, &row, (at, &by), is_confirmed, Some(note.clone())).await?;
    let word = |is_confirmed| if is_confirmed { "confirmed" } else { "dismissed" };
    let before = row.is_confirmed.map_or_else(String::new, |before| format!(" after it had been {}", word(before)));
    work.record(Event {
        action: "suspicion.decided",
        subject_kind: "bank_line",
        subject_id: row.line_id.0,
        customer: row.customer_id,
        summary: format!("A suspicion ({}) was {}{before}: {note}", row.rule.label(), word(is_confirmed)),
        before: row.is_confirmed.map(|before| json!({"is_confirmed": before, "note": row.note})),
        after: Some(json!({"is_confirmed": is_confirmed, "note": note})),
    });
    work.commit().await?;
    Ok(decided(Done::Now))
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
