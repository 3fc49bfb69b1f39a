//! Audit samples: some of what the engine posted in a period is drawn for a person to look at, and the figures count the
//! verdicts.
//!
//! The draw hangs on company, period and posting alone: whoever draws again for a period that is over gets the same ones,
//! and nobody can choose. What was undone is drawn like the rest, or the sample would look better than the engine is.

use crate::{
    context::{App, Caller, Event},
    error::{Error, Result},
};
use domain::{
    desk::{MatchedBy, figures::Rate},
    users::Permission,
};
use kernel::{BankMatchId, Date};
use sha2::{Digest as _, Sha256};
use store::desk::{self, MatchFilter, MatchSummary};

const USUAL_DAYS: i64 = 30;
const USUAL_COUNT: usize = 25;
const MOST_COUNT: usize = 200;

/// What is to be drawn.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleAsked {
    /// The first day of posting; thirty days before `to` when left out.
    pub from: Option<Date>,
    /// The last day of posting; yesterday when left out, because today may bring more.
    pub to: Option<Date>,
    /// Twenty-five when left out.
    pub count: Option<usize>,
}

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Sample {
    pub from: Date,
    pub to: Date,
    pub count: usize,
    /// What the engine posted in the period.
    pub postings: i64,
    /// In the order in which they were drawn.
    pub drawn: Vec<MatchSummary>,
    /// Found right, of those that somebody looked at or undid.
    pub right: Rate,
}

/// Draws postings of the engine; the same ones every time.
pub async fn sample(app: &App, caller: &Caller, asked: SampleAsked) -> Result<Sample> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, zone) = (work.company_id(), work.company.time_zone.clone());
    let to = asked.to.unwrap_or_else(|| work.today.plus_days(-1));
    let from = asked.from.unwrap_or_else(|| to.plus_days(-USUAL_DAYS));
    let count = asked.count.unwrap_or(USUAL_COUNT);
    if from > to {
        return Err(Error::field("from", format!("{from} is after {to}")));
    }
    if !(1..=MOST_COUNT).contains(&count) {
        return Err(Error::field("count", format!("draw 1 to {MOST_COUNT}")));
    }
    let filter = MatchFilter {
        how: Some(MatchedBy::Engine),
        from: Some(from.start_in(&zone).map_err(Error::broken)?),
        to: Some(to.plus_days(1).start_in(&zone).map_err(Error::broken)?),
        ..MatchFilter::default()
    };
    let ids = desk::match_ids(&mut work.tx, company, &filter).await?;
    let postings = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let lots = ids.into_iter().map(|(id,)| (Sha256::digest(format!("{company}|{from}|{to}|{id}")), id));
    let mut lots: Vec<_> = lots.collect();
    lots.sort();
    lots.truncate(count);
    let chosen: Vec<BankMatchId> = lots.into_iter().map(|(_, id)| id).collect();
    let mut drawn = desk::matches_by_ids(&mut work.tx, company, &chosen).await?;
    drawn.sort_by_key(|found| chosen.iter().position(|id| *id == found.row.id));
    let verdicts: Vec<bool> = drawn.iter().filter_map(verdict).collect();
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let right = Rate::of(number(verdicts.iter().filter(|right| **right).count()), number(verdicts.len()));
    Ok(Sample { from, to, count, postings, drawn, right })
}

/// Whether it was right, as far as somebody knows: what was undone was not.
fn verdict(found: &MatchSummary) -> Option<bool> {
    if found.row.undone_at.is_some() { Some(false) } else { found.row.is_right }
}

/// Says whether a match was right, as an audit found; the figures' precision comes from it.
pub async fn check(app: &App, caller: &Caller, id: BankMatchId, is_right: bool) -> Result<()> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let company = work.company_id();
    let row = desk::a_match(&mut work.tx, company, id).await?.ok_or(Error::NotFound("match"))?;
    let (now, by) = (work.now, work.actor.name());
    desk::check_match(&mut work.tx, &row, now, &by, is_right).await?;
    let word = if is_right { "right" } else { "wrong" };
    work.record(Event {
        action: "bank_match.checked",
        subject_kind: "bank_line",
        subject_id: row.line_id.0,
        summary: format!("A match was looked at and found {word}"),
        ..Event::default()
    });
    work.commit().await
}
