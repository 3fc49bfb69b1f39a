//! Figures of cash application for a period of value days, for all customers or one: what was posted without a person,
//! how right it was, how long it took, what waits and what is not applied yet.
//!
//! Every rate comes with its parts. Money that was set aside is no customer's and counts nowhere.
//!
//! By itself means that no person touched it: undoing the match does, and so does taking a single allocation of it back
//! on the page of the payment or the item. Each of these says that the engine was wrong. A payment that the bank took back
//! later was matched right and stays posted by itself, but money that is gone is not straight through. What a person does
//! with the rest of a payment makes it neither wrong nor straight through. Every line is posted by itself or left to a
//! person.

use super::{book, deciding};
use crate::{
    context::{App, Caller, Work},
    error::{Error, Result},
};
use domain::{
    bank::{Exception, LineState},
    desk::{
        MatchedBy,
        figures::{Durations, Rate, ReliabilityBand, reliability},
    },
    users::Permission,
};
use kernel::{AllocationId, BankMatchId, Currency, CustomerId, Date, Money, OpenItemId, Timestamp};
use serde::{Deserialize, Serialize};
use sheets::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::desk::figures::{self, LineFigures, MatchFigures, Waiting};

const USUAL_DAYS: i64 = 30;

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FiguresAsked {
    /// Thirty days before `to` when left out.
    pub from: Option<Date>,
    /// Today when left out.
    pub to: Option<Date>,
    pub customer: Option<CustomerId>,
}

/// A share of money in one currency.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct AmountRate {
    pub currency: Currency,
    pub rate: Rate,
}

/// Lines that wait for the same reason.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ExceptionCount {
    /// None for lines that the engine has not seen yet.
    pub kind: Option<Exception>,
    pub name: &'static str,
    pub lines: i64,
    /// Somebody should have looked by now.
    pub overdue: i64,
    pub unowned: i64,
    pub oldest_on: Date,
}

/// Money of the period that the engine left to a person for the same reason.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct LeftToAPerson {
    /// None for lines that the engine has not seen yet.
    pub kind: Option<Exception>,
    pub name: &'static str,
    pub lines: i64,
    /// Of these: not posted yet.
    pub waiting: i64,
}

/// Unapplied cash of one age.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct UnappliedAge {
    /// Days since it came, from here on.
    pub from_days: i64,
    /// Up to here; none for the oldest.
    pub to_days: Option<i64>,
    /// In base currency.
    pub money: Money,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Figures {
    pub from: Date,
    pub to: Date,
    pub customer: Option<CustomerId>,
    /// Lines posted without a person of which no person took anything back, of all lines of customers. What the bank took
    /// back later stays in it: it was matched right.
    pub auto_lines: Rate,
    /// Items settled or paid in part without a person, of all that lines were posted on; not what a person took back.
    pub auto_items: Rate,
    /// The same as `auto_lines` by amount, in each currency.
    pub auto_amounts: Vec<AmountRate>,
    /// Straight through: posted without a person, wholly applied by that, and neither taken back by a person nor by the
    /// bank, of all lines of customers.
    pub straight_lines: Rate,
    /// The same by amount, in each currency.
    pub straight_amounts: Vec<AmountRate>,
    /// Posted in any way, of all lines of customers.
    pub posted_lines: Rate,
    /// Accepted as the engine proposed, of the lines that a person posted.
    pub accepted_proposals: Rate,
    /// Lines of which no person undid the match or took an allocation back, of those posted without a person. That the
    /// bank took a payment back says nothing of the match.
    pub precision_by_undo: Rate,
    /// The same by payment and item: pairs that no person took back, of those posted without a person.
    pub item_precision_by_undo: Rate,
    /// Found right, of those posted without a person and looked at.
    pub precision_by_audit: Rate,
    /// What was promised of posted answers and what came true.
    pub reliability: Vec<ReliabilityBand>,
    /// From the end of the day of booking until the file arrived.
    pub booked_to_received: Durations,
    pub received_to_decided: Durations,
    /// Time to apply: from the file's arrival until the line was posted.
    pub received_to_posted: Durations,
    pub decided_to_posted: Durations,
    /// What the engine left to a person, of the period's lines.
    pub exceptions: Vec<LeftToAPerson>,
    /// What waits now, whatever the period; of a customer, what the engine takes for that customer's.
    pub waiting: Vec<ExceptionCount>,
    /// What was unapplied at the end of the period's last day; now, when that is today.
    pub unapplied: Vec<UnappliedAge>,
}

/// What waits on the desk now, by kind: the counters of the home page.
pub async fn counters(app: &App, caller: &Caller) -> Result<Vec<ExceptionCount>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, now) = (work.company_id(), work.now);
    let waiting = figures::waiting(&mut work.tx, company, now, None).await?;
    if !waiting.is_empty() {
        book::make_ahead(app, caller);
    }
    Ok(waiting.into_iter().map(count).collect())
}

/// What is unapplied now, by age.
pub async fn unapplied_ages(app: &App, caller: &Caller, customer: Option<CustomerId>) -> Result<Vec<UnappliedAge>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, today) = (work.company_id(), work.today);
    let unapplied = figures::unapplied(&mut work.tx, company, None, customer).await?;
    Ok(ages(&unapplied, today, (&work.company.settings.aging_buckets, work.company.currency)))
}

fn count(row: Waiting) -> ExceptionCount {
    ExceptionCount {
        kind: row.exception,
        name: row.exception.map_or("New", Exception::label),
        lines: row.lines,
        overdue: row.overdue,
        unowned: row.unowned,
        oldest_on: row.oldest_on,
    }
}

pub async fn figures(app: &App, caller: &Caller, asked: FiguresAsked) -> Result<Figures> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, today, now) = (work.company_id(), work.today, work.now);
    let to = asked.to.unwrap_or(today);
    let from = asked.from.unwrap_or(to.plus_days(-USUAL_DAYS));
    if from > to {
        return Err(Error::field("from", format!("{from} is after {to}")));
    }
    let zone = work.company.time_zone.clone();
    let lines = figures::lines(&mut work.tx, company, (from, to), asked.customer).await?;
    let matches = figures::matches(&mut work.tx, company, (from, to), asked.customer).await?;
    let waiting = figures::waiting(&mut work.tx, company, now, asked.customer).await?;
    let as_of = (to < today).then_some(to);
    let unapplied = figures::unapplied(&mut work.tx, company, as_of, asked.customer).await?;
    let taken = TakenBack::load(&mut work, &matches, (from, to)).await?;
    let is_auto = |line: &&LineFigures| taken.is_by_itself(line);
    let is_straight = |line: &&LineFigures| is_auto(line) && line.is_applied;
    let is_posted = |line: &&LineFigures| line.state == LineState::Posted;
    let by_hand = |line: &&LineFigures| is_posted(line) && line.how != Some(MatchedBy::Engine);
    let all = number(lines.iter());
    Ok(Figures {
        from,
        to,
        customer: asked.customer,
        auto_lines: Rate::of(number(lines.iter().filter(is_auto)), all),
        auto_items: taken.auto_items(&lines),
        auto_amounts: amounts(&lines, is_auto),
        straight_lines: Rate::of(number(lines.iter().filter(is_straight)), all),
        straight_amounts: amounts(&lines, is_straight),
        posted_lines: Rate::of(number(lines.iter().filter(is_posted)), all),
        accepted_proposals: Rate::of(
            number(lines.iter().filter(|line| line.how == Some(MatchedBy::Proposal))),
            number(lines.iter().filter(by_hand)),
        ),
        precision_by_undo: taken.precision(&matches),
        item_precision_by_undo: taken.item_precision(&matches),
        precision_by_audit: audit_precision(&matches),
        reliability: reliability(&taken.promises(&matches)),
        booked_to_received: booked_to_received(&lines, &zone)?,
        received_to_decided: Durations::of(took(&lines, |line| Some((line.received_at, line.decided_at?)))),
        received_to_posted: Durations::of(took(&lines, |line| Some((line.received_at, line.posted_at?)))),
        decided_to_posted: Durations::of(took(&lines, |line| Some((line.decided_at?, line.posted_at?)))),
        exceptions: exceptions(&lines, &taken)?,
        waiting: waiting.into_iter().map(count).collect(),
        unapplied: ages(&unapplied, to.min(today), (&work.company.settings.aging_buckets, work.company.currency)),
    })
}

fn number<T>(of: impl Iterator<Item = T>) -> i64 {
    i64::try_from(of.count()).unwrap_or(i64::MAX)
}

fn amounts(lines: &[LineFigures], counts: impl Fn(&&LineFigures) -> bool) -> Vec<AmountRate> {
    let mut sums: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(line.currency).or_default();
        sum.1 = sum.1.saturating_add(line.amount_minor);
        if counts(&line) {
            sum.0 = sum.0.saturating_add(line.amount_minor);
        }
    }
    sums.into_iter().map(|(currency, (part, whole))| AmountRate { currency, rate: Rate::of(part, whole) }).collect()
}

/// What people took back of standing matches, item by item.
struct TakenBack(HashMap<BankMatchId, HashSet<OpenItemId>>);

impl TakenBack {
    async fn load(work: &mut Work, matches: &[MatchFigures], period: (Date, Date)) -> Result<Self> {
        let company = work.company_id();
        let mut items: HashMap<BankMatchId, HashSet<OpenItemId>> = HashMap::new();
        for (of, item) in figures::taken_back(&mut work.tx, company, period).await? {
            items.entry(of).or_default().insert(item);
        }
        let standing = matches.iter().filter(|found| found.undone_at.is_none());
        let used = standing.flat_map(|found| found.nettings.iter().map(|netting| (*netting, found.id)));
        let used: HashMap<AllocationId, BankMatchId> = used.collect();
        let nettings: Vec<AllocationId> = used.keys().copied().collect();
        let ended = if nettings.is_empty() { vec![] } else { figures::ended(&mut work.tx, company, &nettings).await? };
        for (netting, credit, debt) in ended {
            if let Some(of) = used.get(&netting) {
                items.entry(*of).or_default().extend([credit, debt]);
            }
        }
        Ok(Self(items))
    }

    fn is_by_itself(&self, line: &LineFigures) -> bool {
        line.how == Some(MatchedBy::Engine) && line.match_id.is_some_and(|of| !self.0.contains_key(&of))
    }

    /// No person took anything of it back.
    fn stands(&self, found: &MatchFigures) -> bool {
        found.undone_at.is_none() && !self.0.contains_key(&found.id)
    }

    /// How many of a match's items nobody took back.
    fn left(&self, of: BankMatchId, items: i64) -> i64 {
        items - self.0.get(&of).map_or(0, |taken| number(taken.iter()))
    }

    fn auto_items(&self, lines: &[LineFigures]) -> Rate {
        let posted = || lines.iter().filter_map(|line| Some((line.how?, line.match_id?, line.items?)));
        let auto = posted().filter(|(how, ..)| *how == MatchedBy::Engine);
        Rate::of(auto.map(|(_, of, items)| self.left(of, items)).sum(), posted().map(|(.., items)| items).sum())
    }

    fn precision(&self, matches: &[MatchFigures]) -> Rate {
        Rate::of(number(by_engine(matches).filter(|found| self.stands(found))), number(by_engine(matches)))
    }

    fn item_precision(&self, matches: &[MatchFigures]) -> Rate {
        let standing = by_engine(matches).filter(|found| found.undone_at.is_none());
        let right = standing.map(|found| self.left(found.id, found.items)).sum();
        Rate::of(right, by_engine(matches).map(|found| found.items).sum())
    }

    /// What the engine promised of what was posted as it said, and whether it was right as far as anybody knows.
    fn promises(&self, matches: &[MatchFigures]) -> Vec<(i64, bool)> {
        let promised = matches.iter().filter(|found| matches!(found.how, MatchedBy::Engine | MatchedBy::Proposal));
        promised.map(|found| (found.promised_ppm, self.stands(found) && found.is_right != Some(false))).collect()
    }
}

/// A line that waits says why. Of one that is posted: that a person took back what the engine posted, or else what held
/// the engine back when it first looked.
fn exceptions(lines: &[LineFigures], taken: &TakenBack) -> Result<Vec<LeftToAPerson>> {
    let mut kinds: BTreeMap<Option<&str>, LeftToAPerson> = BTreeMap::new();
    for line in lines.iter().filter(|line| !taken.is_by_itself(line)) {
        let kind = if line.state == LineState::Open {
            line.exception
        } else if line.was_undone || line.how == Some(MatchedBy::Engine) {
            Some(Exception::Undone)
        } else {
            line.suspected.or(held_back(line)?)
        };
        let name = kind.map_or("New", Exception::label);
        let count =
            kinds.entry(kind.map(Exception::as_str)).or_insert(LeftToAPerson { kind, name, lines: 0, waiting: 0 });
        count.lines += 1;
        count.waiting += i64::from(line.state == LineState::Open);
    }
    let mut kinds: Vec<LeftToAPerson> = kinds.into_values().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.lines));
    Ok(kinds)
}

fn held_back(line: &LineFigures) -> Result<Option<Exception>> {
    let held = line.held.as_deref().map(|held| serde_json::from_value(held.into())).transpose();
    Ok(match held.map_err(Error::broken)? {
        Some(held) => Some(deciding::exception_of(held)),
        // Sure, and refused by the books: a closed period, a missing rate.
        None => line.is_decided.then_some(Exception::CannotPost),
    })
}

fn by_engine(matches: &[MatchFigures]) -> impl Iterator<Item = &MatchFigures> {
    matches.iter().filter(|found| found.how == MatchedBy::Engine)
}

fn audit_precision(matches: &[MatchFigures]) -> Rate {
    let looked_at = || by_engine(matches).filter_map(|found| found.is_right);
    Rate::of(number(looked_at().filter(|right| *right)), number(looked_at()))
}

fn took(lines: &[LineFigures], times: impl Fn(&LineFigures) -> Option<(Timestamp, Timestamp)>) -> Vec<i64> {
    lines.iter().filter_map(times).map(|(from, to)| ((to.micros() - from.micros()) / 1_000_000).max(0)).collect()
}

fn booked_to_received(lines: &[LineFigures], zone: &str) -> Result<Durations> {
    let mut seconds = Vec::new();
    for line in lines {
        if let Some(day) = line.booked_on {
            let end = day.plus_days(1).start_in(zone).map_err(Error::broken)?;
            seconds.push(((line.received_at.micros() - end.micros()) / 1_000_000).max(0));
        }
    }
    Ok(Durations::of(seconds))
}

/// Unapplied cash in the company's own buckets.
fn ages(unapplied: &[(Date, i64)], today: Date, (buckets, currency): (&[i64], Currency)) -> Vec<UnappliedAge> {
    let starts: Vec<i64> = std::iter::once(0).chain(buckets.iter().map(|end| end + 1)).collect();
    let age = |place: usize| {
        let (from_days, to_days) = (starts[place], buckets.get(place).copied());
        let is_inside = |day: &Date| {
            let days = today.days_since(*day).max(0);
            days >= from_days && to_days.is_none_or(|to| days <= to)
        };
        let minor = unapplied.iter().filter(|(day, _)| is_inside(day)).map(|(_, minor)| minor).sum();
        UnappliedAge { from_days, to_days, money: Money::new(minor, currency) }
    };
    (0..starts.len()).map(age).collect()
}

/// The same as a table: one figure a row, with its parts; amounts are decimals with their currency beside them.
pub async fn figures_csv(app: &App, caller: &Caller, asked: FiguresAsked) -> Result<Vec<u8>> {
    let all = figures(app, caller, asked).await?;
    let mut table = Table::default();
    table.rate("auto_lines", "", all.auto_lines);
    table.rate("auto_items", "", all.auto_items);
    table.amounts("auto_amounts", &all.auto_amounts);
    table.rate("straight_lines", "", all.straight_lines);
    table.amounts("straight_amounts", &all.straight_amounts);
    table.rate("posted_lines", "", all.posted_lines);
    table.rate("accepted_proposals", "", all.accepted_proposals);
    table.rate("precision_by_undo", "", all.precision_by_undo);
    table.rate("item_precision_by_undo", "", all.item_precision_by_undo);
    table.rate("precision_by_audit", "", all.precision_by_audit);
    for band in &all.reliability {
        table.rate("reliability", &format!("promised {} ppm", band.promised_ppm), band.right);
    }
    for (name, took) in [
        ("booked_to_received", all.booked_to_received),
        ("received_to_decided", all.received_to_decided),
        ("received_to_posted", all.received_to_posted),
        ("decided_to_posted", all.decided_to_posted),
    ] {
        table.row(name, "median_seconds", [whole(took.median_seconds), whole(took.count), Cell::Empty, Cell::Empty]);
        table.row(name, "p95_seconds", [whole(took.p95_seconds), whole(took.count), Cell::Empty, Cell::Empty]);
    }
    for left in &all.exceptions {
        table.row("exceptions", left.name, [whole(left.waiting), whole(left.lines), Cell::Empty, Cell::Empty]);
    }
    for count in &all.waiting {
        table.row("waiting", count.name, [whole(count.lines), whole(count.overdue), Cell::Empty, Cell::Empty]);
    }
    for age in &all.unapplied {
        let days = match age.to_days {
            Some(to) => format!("{} to {to} days", age.from_days),
            None => format!("{} days and more", age.from_days),
        };
        let currency = age.money.currency().code().into();
        table.row("unapplied", &days, [age.money.into(), Cell::Empty, Cell::Empty, currency]);
    }
    sheets::csv(&["figure", "of", "part", "whole", "ppm", "currency"], table.0).map_err(Error::broken)
}

#[derive(Default)]
struct Table(Vec<Vec<Cell>>);

impl Table {
    fn row(&mut self, name: &str, of: &str, cells: [Cell; 4]) {
        self.0.push([name.into(), of.into()].into_iter().chain(cells).collect());
    }

    fn rate(&mut self, name: &str, of: &str, rate: Rate) {
        self.row(name, of, [whole(rate.part), whole(rate.whole), whole(rate.ppm), Cell::Empty]);
    }

    fn amounts(&mut self, name: &str, rates: &[AmountRate]) {
        for AmountRate { currency, rate } in rates {
            let money = |minor| Money::new(minor, *currency).into();
            self.row(name, "", [money(rate.part), money(rate.whole), whole(rate.ppm), currency.code().into()]);
        }
    }
}

fn whole(number: impl Into<Option<i64>>) -> Cell {
    number.into().map_or(Cell::Empty, |number| Cell::Number(number.into()))
}
