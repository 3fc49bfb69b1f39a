//! Lines that wait are looked at again when the engine knows more: an invoice was issued or paid, a payer was learnt, the
//! policy changed.
//!
//! The engine is asked in memory. Only a line of which it says something else than before is decided anew, so a look that
//! changes nothing leaves nothing behind. What a colleague has, what was undone, is suspicious or may be paid twice is left
//! to people.

use super::{
    book::{self, Said},
    deciding::{self, Decided},
    policy,
};
use crate::{
    context::{App, Caller},
    engines::Knowledge,
    error::{Error, Result},
};
use domain::users::Permission;
use kernel::{BankLineId, MovementId};
use matching::Held;
use std::collections::HashMap;
use store::{
    bank::{self, BankLineRow},
    desk::{self, facts},
};

const AT_ONCE: i64 = 200;

/// Lets the engine look at everything that is open: first at what waits, because it came first, then at what is new. Safe
/// to call at any time.
pub async fn decide_open(app: &App, caller: &Caller) -> Result<Decided> {
    let mut all = decide_waiting(app, caller).await?;
    all.add(deciding::decide_new(app, caller, None).await?);
    Ok(all)
}

/// Tells whether anything moved.
pub async fn last_movement(app: &App, caller: &Caller) -> Result<Option<MovementId>> {
    let mut work = app.read(caller, Permission::Read).await?;
    Ok(facts::last_movement(&mut work.tx, caller.company).await?)
}

/// Decides again what waits and would be answered otherwise by now.
/// Lets the engine look again at what waits, and decides what would be answered otherwise by now.
pub async fn decide_waiting(app: &App, caller: &Caller) -> Result<Decided> {
    caller.may(Permission::RunImports)?;
    let system = Caller::system(caller.company);
    let (mut all, mut after, mut begun) = (Decided::default(), None, None);
    loop {
        let lines = {
            let mut work = app.read(&system, Permission::Read).await?;
            let now = work.now;
            desk::without_answer(&mut work.tx, system.company, now, after, AT_ONCE).await?
        };
        let Some(last) = lines.last() else { break };
        after = Some((last.value_on, last.id));
        let Some((otherwise, knowledge)) = answered_otherwise(app, &system, lines, begun).await? else {
            return Ok(all);
        };
        begun = begun.or(Some(knowledge));
        all.add(deciding::decide_again(app, &system, &otherwise).await?);
    }
    if begun.is_some()
        && let Some(kept) = book::place(app, system.company).await?.as_mut()
    {
        kept.waited_with = begun;
    }
    Ok(all)
}

/// Those of these lines of which the engine says something else by now, and what it knows; nothing when that is what it
/// knew when it last looked at everything.
async fn answered_otherwise(
    app: &App,
    system: &Caller,
    lines: Vec<BankLineRow>,
    begun: Option<Knowledge>,
) -> Result<Option<(Vec<BankLineRow>, Knowledge)>> {
    let mut slot = book::place(app, system.company).await?;
    let mut work = app.read(system, Permission::Read).await?;
    let policy = policy::current(&mut work).await?.version;
    let kept = book::engine(app, &mut work, &mut slot).await?;
    let knowledge = Knowledge { mark: kept.mark, payers: kept.payers, lessons: kept.lessons, policy };
    if begun.is_none() && kept.waited_with == Some(knowledge) {
        return Ok(None);
    }
    let advices = bank::advices_unused(&mut work.tx, system.company).await?;
    let advices: Vec<_> = advices.iter().map(book::advice).collect();
    let ids: Vec<BankLineId> = lines.iter().map(|line| line.id).collect();
    let mut before = HashMap::new();
    for row in desk::last_decisions(&mut work.tx, system.company, &ids).await? {
        let said: Said = serde_json::from_value(row.decision.0).map_err(Error::broken)?;
        before.insert(row.line_id, said);
    }
    let mut otherwise = lines;
    otherwise.retain(|line| {
        book::unsee(&mut kept.engine, line);
        let now = book::ask(&kept.engine, line, &advices);
        book::see(&mut kept.engine, line);
        // A later line like this one waits as its repetition; this one is not the repetition of that.
        let is_repeat = now.decision.held == Some(Held::Duplicate);
        !is_repeat && before.get(&line.id).is_none_or(|before| !is_same(before, &now))
    });
    Ok(Some((otherwise, knowledge)))
}

/// The same answer with the same consequence, whatever its probability has become.
fn is_same(one: &Said, two: &Said) -> bool {
    let first = |said: &Said| {
        let first = said.decision.proposals.first();
        first.map(|first| (first.customer.clone(), first.allocations.clone(), first.fee_minor))
    };
    (one.decision.verdict, one.decision.held, one.as_sent) == (two.decision.verdict, two.decision.held, two.as_sent)
        && first(one) == first(two)
}
