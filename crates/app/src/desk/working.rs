//! A clerk at the desk: the queue, taking a line, and everything that can be done with it.
//!
//! Who claims a line has it for a quarter of an hour; posting, setting aside and assigning let it go. Nobody has to claim
//! a line before posting it, but nobody posts one that a colleague has.

use super::{
    announced::announced_by,
    book::{self, Said},
    deciding::{decision_row, learn, why_it_waits},
    giving_up,
    hand::{self, hand_plan},
    plan::Plan,
    policy,
    posting::{self, Posting},
    returns, safeguards,
    view::{self, LineView},
};
use crate::{
    bank::due_at,
    context::{App, Caller, Done, Event, Work},
    engines::Kept,
    error::{Error, Result},
    lists::{Cursor, Page, page_size},
    settling::reason,
    users::colleague,
};
use domain::{
    bank::{Exception, LineState},
    desk::{DeskRefusal, MatchedBy, PostingPolicy},
    users::Permission,
};
pub use hand::{Allocate, HandDifference, HandPart};
use kernel::{BankAccountId, BankDecisionId, BankFileId, BankLineId, Currency, CustomerId, Date, UserId};
use matching::Posted;
pub use returns::PaymentOf;
use serde::{Deserialize, Serialize};
use store::{
    bank::{self, BankLineRow},
    desk::{self, LineChange, MatchFilter, MatchRow, MatchSummary, QueueFilter, QueueLine},
    items::CustomersItem,
    payments, users,
};

const HELD_SECONDS: i64 = 15 * 60;
const MOST_FOUND: i64 = 50;
const MOST_NOTE: usize = 2_000;

/// Which waiting lines the queue shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    pub account: Option<BankAccountId>,
    pub file: Option<BankFileId>,
    pub exception: Option<Exception>,
    pub owner: Option<UserId>,
    /// Those that nobody has.
    pub unowned: bool,
    /// Those that somebody should have looked at before.
    pub overdue: bool,
    pub search: Option<String>,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// A page of lines that wait, the oldest value day first.
pub async fn queue(app: &App, caller: &Caller, asked: Queue) -> Result<Page<QueueLine>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size) = (work.company_id(), page_size(asked.limit));
    let filter = QueueFilter {
        account: asked.account,
        file: asked.file,
        exception: asked.exception,
        owner: asked.owner,
        unowned_only: asked.unowned,
        due_before: asked.overdue.then_some(work.now),
        search: asked.search.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        after: asked.after.as_ref().map(Cursor::pair::<Date, BankLineId>).transpose()?,
    };
    let rows = desk::queue(&mut work.tx, company, &filter, size + 1).await?;
    if !rows.is_empty() {
        book::make_ahead(app, caller);
    }
    Ok(Page::cut(rows, size, |row| Cursor::new([row.line.value_on.to_string(), row.line.id.to_string()])))
}

/// Everything about one line, for whoever may only look.
pub async fn show(app: &App, caller: &Caller, id: BankLineId) -> Result<LineView> {
    let mut work = app.read(caller, Permission::Read).await?;
    view::line(&mut work, id).await
}

/// Takes a line for a quarter of an hour and asks the engine again, because items may have moved since. Claiming one's
/// own line again makes the quarter begin anew; a colleague's is refused with the name and the time.
pub async fn claim(app: &App, caller: &Caller, id: BankLineId) -> Result<LineView> {
    caller.may(Permission::AllocateCash)?;
    let mut slot = book::place(app, caller.company).await?;
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let person = work.actor.person().ok_or(Error::Refused(DeskRefusal::NoPerson.to_string()))?;
    let line = workable(&mut work, id).await?;
    if line.amount_minor > 0 {
        let kept = book::engine(app, &mut work, &mut slot).await?;
        decide_again(&mut work, kept, &line).await?;
    }
    let until = work.now.plus_seconds(HELD_SECONDS);
    desk::hold_line(&mut work.tx, &line, Some((person, until))).await?;
    work.flush().await?;
    let view = view::line(&mut work, id).await?;
    work.commit().await?;
    Ok(view)
}

/// Lets a line go that one has; a line that one does not have is left alone.
pub async fn release(app: &App, caller: &Caller, id: BankLineId) -> Result<Done> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let company = work.company_id();
    let line = bank::line(&mut work.tx, company, id).await?.ok_or(Error::NotFound("bank line"))?;
    if line.held_by.is_none() || line.held_by != work.actor.person() {
        return Ok(Done::Already);
    }
    desk::hold_line(&mut work.tx, &line, None).await?;
    work.commit().await?;
    Ok(Done::Now)
}

/// A line that is open, booked, and nobody else's at the moment.
pub(super) async fn workable(work: &mut Work, id: BankLineId) -> Result<BankLineRow> {
    let line = free(work, id).await?;
    match line.state {
        LineState::Posted => Err(DeskRefusal::Posted.into()),
        LineState::SetAside => Err(DeskRefusal::SetAside.into()),
        LineState::Open if !line.is_booked => Err(DeskRefusal::NotBooked.into()),
        LineState::Open => Ok(line),
    }
}

/// A line that nobody else has at the moment, whatever its state.
pub(super) async fn free(work: &mut Work, id: BankLineId) -> Result<BankLineRow> {
    let company = work.company_id();
    let line = bank::line(&mut work.tx, company, id).await?.ok_or(Error::NotFound("bank line"))?;
    if let Some((by, until)) = line.held_by.zip(line.held_until)
        && until > work.now
        && Some(by) != work.actor.person()
    {
        let holder = users::member(&mut work.tx, company, by).await?;
        let name = holder.map_or_else(|| "A colleague".to_owned(), |member| member.name);
        let until = until.clock_in(&work.company.time_zone).map_err(Error::broken)?;
        return Err(DeskRefusal::Held { name, until }.into());
    }
    Ok(line)
}

/// Asks the engine about an open line; a new answer is kept beside the old ones.
async fn decide_again(work: &mut Work, kept: &mut Kept, line: &BankLineRow) -> Result<()> {
    let company = work.company_id();
    let advices = bank::advices_unused(&mut work.tx, company).await?;
    let advices: Vec<matching::Advice> = advices.iter().map(book::advice).collect();
    if line.decided_at.is_some() {
        book::unsee(&mut kept.engine, line);
    }
    let said = book::ask(&kept.engine, line, &advices);
    if line.decided_at.is_some() {
        book::see(&mut kept.engine, line);
    }
    let policy = policy::current(work).await?;
    let last = desk::decisions(&mut work.tx, company, line.id, 1).await?.into_iter().next();
    let mut waits = why_it_waits(&said.decision, None, &policy);
    if waits.is_none() {
        let sure = "The engine is sure by now; it waits because it waited before.".to_owned();
        waits = Some((line.exception.unwrap_or(Exception::NotSure), sure));
    }
    let row = decision_row(work, line, &said, policy.version, waits.as_ref());
    if last.is_none_or(|last| last.decision.0 != row.decision.0 || last.policy_version != row.policy_version) {
        work.save(&[row]);
    }
    Ok(())
}

/// Takes a proposal of the engine.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The decision that was shown; refused when the engine has changed its mind since.
    pub decision: BankDecisionId,
    /// From one.
    #[serde(default = "first")]
    #[schema(minimum = 1)]
    pub rank: usize,
}

const fn first() -> usize {
    1
}

/// Posts a proposal: one key press at the desk.
pub async fn accept(app: &App, caller: &Caller, id: BankLineId, asked: Accept) -> Result<MatchRow> {
    caller.may(Permission::AllocateCash)?;
    let mut slot = book::place(app, caller.company).await?;
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let line = workable(&mut work, id).await?;
    let company = work.company_id();
    let last = desk::decisions(&mut work.tx, company, id, 1).await?.into_iter().next();
    let row =
        last.filter(|row| row.id == asked.decision).ok_or(Error::Refused(DeskRefusal::OldProposals.to_string()))?;
    let said: Said = serde_json::from_value(row.decision.0).map_err(Error::broken)?;
    let proposal = asked.rank.checked_sub(1).and_then(|at| said.decision.proposals.get(at));
    let proposal = proposal.ok_or(Error::Refused(DeskRefusal::NoProposal(asked.rank).to_string()))?;
    let plan = Plan::of_proposal(proposal, book::sums(&line, said.as_sent))?;
    let posting = Posting {
        line,
        plan,
        how: MatchedBy::Proposal,
        decision: Some(row.id),
        rank: i64::try_from(asked.rank).ok(),
        promised_ppm: book::ppm(proposal.probability),
        posted: None,
    };
    post_one(app, work, &mut slot, posting).await
}

/// Posts what a clerk says: items of one customer with what each gets, fee, deductions, discounts, credit notes; the rest
/// stays on account when that is said. Without items all of it does.
pub async fn allocate(app: &App, caller: &Caller, id: BankLineId, asked: Allocate) -> Result<MatchRow> {
    caller.may(Permission::AllocateCash)?;
    let mut slot = book::place(app, caller.company).await?;
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let line = workable(&mut work, id).await?;
    let plan = hand_plan(&mut work, &line, &asked).await?;
    let company = work.company_id();
    let last = desk::decisions(&mut work.tx, company, id, 1).await?.into_iter().next();
    let decision = last.map(|row| row.id);
    let posting = Posting { line, plan, how: MatchedBy::Clerk, decision, rank: None, promised_ppm: 0, posted: None };
    post_one(app, work, &mut slot, posting).await
}

/// Posts one line; when that is refused the engine forgets what it learnt from it.
async fn post_one(app: &App, mut work: Work, slot: &mut Option<Kept>, mut posting: Posting) -> Result<MatchRow> {
    if posting.line.amount_minor < 0 {
        return Err(DeskRefusal::IsReturn.into());
    }
    safeguards::settle(&mut work, posting.line.id).await?;
    let policy = policy::current(&mut work).await?.policy;
    giving_up::check(&mut work, &policy, &posting.plan, posting.line.value_on).await?;
    // Broken off in the middle, the place stays empty and the book is built anew.
    let mut place = slot.take();
    let kept = book::engine(app, &mut work, &mut place).await?;
    let told = book::bank_line(&posting.line);
    let learnt = learn(kept, &told, &posting.plan)?;
    posting.posted = Some(learnt.clone());
    let posted = post_and_commit(work, &policy, &posting).await;
    match &posted {
        Ok((_, lessons)) => {
            kept.lessons = *lessons;
            if posting.line.decided_at.is_none() {
                book::see(&mut kept.engine, &posting.line);
            }
            *slot = place;
        }
        Err(_) if kept.engine.undo(&learnt).is_ok() => *slot = place,
        Err(_) => {}
    }
    posted.map(|(row, _)| row)
}

async fn post_and_commit(mut work: Work, policy: &PostingPolicy, posting: &Posting) -> Result<(MatchRow, i64)> {
    let company = work.company_id();
    let rows = posting::post(&mut work, policy, std::slice::from_ref(posting)).await?;
    let row = rows.into_iter().next().ok_or(Error::NotFound("match"))?;
    safeguards::watch_rest(&mut work, &policy.safeguards, &posting.line, &posting.plan).await?;
    let money = book::money(&posting.line).0;
    let rows = bank::advices_unused(&mut work.tx, company).await?;
    let advices: Vec<matching::Advice> = rows.iter().map(book::advice).collect();
    if let Some(at) = announced_by(&mut work, &advices, (money, &posting.plan)).await? {
        let now = work.now;
        bank::use_advices(&mut work.tx, company, &[(rows[at].id, posting.line.id)], now).await?;
    }
    let lessons = desk::count_lessons(&mut work.tx, company, 1).await?;
    work.commit().await?;
    Ok((row, lessons))
}

/// Says which payment the bank took back with this line: it is reversed with the bank's own day, and what the bank took
/// beyond it is a fee. Where the bank took less, it has to be said that a part of the payment was recalled.
pub async fn return_of(
    app: &App,
    caller: &Caller,
    id: BankLineId,
    (payment, is_part): (PaymentOf, bool),
) -> Result<()> {
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let line = workable(&mut work, id).await?;
    if line.amount_minor >= 0 {
        return Err(DeskRefusal::NoReturn.into());
    }
    let payment = returns::meant(&mut work, payment).await?;
    returns::reverse(&mut work, &line, payment, is_part).await?;
    work.commit().await
}

/// Takes the match of a line back, from today on: its payment is reversed, what it paid is open again, the engine forgets
/// what it learnt, and the line waits on the desk. Undoing an open line is done already.
pub async fn undo(app: &App, caller: &Caller, id: BankLineId, why: &str) -> Result<Done> {
    caller.may(Permission::AllocateCash)?;
    let why = reason(why)?;
    let slot = app.engines.of(caller.company);
    let mut slot = slot.lock().await;
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    let company = work.company_id();
    let line = free(&mut work, id).await?;
    let live = desk::matches_of(&mut work.tx, company, id).await?.into_iter().find(|row| row.undone_at.is_none());
    let Some(row) = live else { return Ok(Done::Already) };
    if row.how != MatchedBy::Return
        && let Some(by) = desk::returned_by(&mut work.tx, company, row.payment_id).await?
    {
        return Err(came_back(&mut work, &row, by).await?.into());
    }
    if row.how == MatchedBy::Return {
        returns::undo(&mut work, &line, &row, &why).await?;
        work.commit().await?;
        return Ok(Done::Now);
    }
    posting::unpost(&mut work, &line, &row, &why).await?;
    let lessons = desk::count_lessons(&mut work.tx, company, 1).await?;
    work.commit().await?;
    if let Some(kept) = slot.as_mut() {
        let posted: Option<Posted> = serde_json::from_value(row.posting.0).map_err(Error::broken)?;
        if let Some(lesson) = posted.and_then(|posted| posted.lesson) {
            kept.engine.learnt.unteach(&lesson);
        }
        // Only one lesson was taken back since; when there were others, the number tells and the book is built anew.
        kept.lessons = if kept.lessons + 1 == lessons { lessons } else { kept.lessons };
    }
    Ok(Done::Now)
}

/// The money went in and out again: with the first line open once more it could be posted a second time.
async fn came_back(work: &mut Work, row: &MatchRow, by: BankLineId) -> Result<DeskRefusal> {
    let company = work.company_id();
    let payment = payments::by_id(&mut work.tx, company, row.payment_id).await?.ok_or(Error::NotFound("payment"))?;
    let line = bank::line(&mut work.tx, company, by).await?.ok_or(Error::NotFound("bank line"))?;
    Ok(DeskRefusal::CameBack { number: payment.number, on: line.value_on })
}

/// The line is no customer's payment; it leaves the desk with the reason.
pub async fn set_aside(app: &App, caller: &Caller, id: BankLineId, note: &str) -> Result<Done> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let note = reason(note)?;
    let line = free(&mut work, id).await?;
    match line.state {
        LineState::SetAside => return Ok(Done::Already),
        LineState::Posted => return Err(DeskRefusal::Posted.into()),
        LineState::Open => {}
    }
    let now = work.now;
    let aside = LineChange {
        state: LineState::SetAside,
        exception: Some(Exception::NotACustomer),
        note: Some(note.clone()),
        due_at: None,
        decided_at: line.decided_at.or(Some(now)).filter(|_| line.is_booked),
        ..LineChange::of(&line)
    };
    desk::change_line(&mut work.tx, &line, aside).await?;
    tell(&mut work, &line, "bank_line.set_aside", format!("is no customer's payment: {note}"));
    work.commit().await?;
    Ok(Done::Now)
}

/// Brings a line that was set aside back to the desk.
pub async fn take_back(app: &App, caller: &Caller, id: BankLineId) -> Result<Done> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let line = free(&mut work, id).await?;
    if line.state != LineState::SetAside {
        return Ok(Done::Already);
    }
    if line.exception == Some(Exception::Replaced) {
        return Err(DeskRefusal::Replaced.into());
    }
    let exception = match line.is_booked {
        // The bank books it first, and then it is decided.
        false => Exception::Pending,
        true if line.amount_minor < 0 => Exception::BankReturn,
        true => Exception::NoAnswer,
    };
    let due_at = due_at(&mut work, exception).await?;
    let open = LineChange {
        state: LineState::Open,
        exception: Some(exception),
        due_at: Some(due_at),
        decided_at: line.decided_at.or(Some(work.now)).filter(|_| line.is_booked),
        ..LineChange::of(&line)
    };
    desk::change_line(&mut work.tx, &line, open).await?;
    tell(&mut work, &line, "bank_line.taken_back", "is on the matching desk again".to_owned());
    work.commit().await?;
    Ok(Done::Now)
}

/// Gives a line to a colleague with a note, or to nobody.
pub async fn assign(app: &App, caller: &Caller, id: BankLineId, to: Option<UserId>, note: Option<&str>) -> Result<()> {
    let mut work = app.work(caller, Permission::AllocateCash).await?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.len() > MOST_NOTE) {
        return Err(Error::field("note", format!("use up to {MOST_NOTE} characters")));
    }
    let line = free(&mut work, id).await?;
    if line.state != LineState::Open {
        return Err(if line.state == LineState::Posted { DeskRefusal::Posted } else { DeskRefusal::SetAside }.into());
    }
    let name = match to {
        None => "nobody in particular".to_owned(),
        Some(user) => colleague(&mut work, user).await?,
    };
    let given = LineChange {
        owner_id: to,
        note: note.map(str::to_owned).or_else(|| line.note.clone()),
        exception: line.exception.or(to.map(|_| Exception::Asked)),
        ..LineChange::of(&line)
    };
    desk::change_line(&mut work.tx, &line, given).await?;
    let said = note.map_or_else(String::new, |note| format!(": {note}"));
    tell(&mut work, &line, "bank_line.assigned", format!("was given to {name}{said}"));
    work.commit().await
}

fn tell(work: &mut Work, line: &BankLineRow, action: &'static str, what: String) {
    let (money, on) = book::money(line);
    work.record(Event {
        action,
        subject_kind: "bank_line",
        subject_id: line.id.0,
        summary: format!("{money} of {on} {what}"),
        ..Event::default()
    });
}

/// Open items of any customer, by a part of their number, order number, or customer's number or name.
pub async fn search_items(app: &App, caller: &Caller, text: &str, currency: Currency) -> Result<Vec<CustomersItem>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, text) = (work.company_id(), text.trim());
    if text.is_empty() {
        return Ok(Vec::new());
    }
    Ok(desk::search_items(&mut work.tx, company, text, currency, MOST_FOUND).await?)
}

/// Which matches a list shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchList {
    pub how: Option<MatchedBy>,
    pub customer: Option<CustomerId>,
    /// Days of posting, in the company's time zone.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// Neither undone nor looked at: what an audit sample is drawn from.
    pub unchecked: bool,
    pub after: Option<Cursor>,
    pub limit: Option<i64>,
}

/// A page of matches, the last posted first.
pub async fn matches(app: &App, caller: &Caller, asked: MatchList) -> Result<Page<MatchSummary>> {
    let mut work = app.read(caller, Permission::Read).await?;
    let (company, size, zone) = (work.company_id(), page_size(asked.limit), work.company.time_zone.clone());
    let start = |day: Option<Date>| day.map(|day| day.start_in(&zone)).transpose().map_err(Error::broken);
    let filter = MatchFilter {
        how: asked.how,
        customer: asked.customer,
        from: start(asked.from)?,
        to: start(asked.to.map(|day| day.plus_days(1)))?,
        unchecked_only: asked.unchecked,
        after: asked.after.as_ref().map(Cursor::pair).transpose()?,
    };
    let rows = desk::matches(&mut work.tx, company, &filter, size + 1).await?;
    Ok(Page::cut(rows, size, |found| Cursor::new([found.row.posted_at.to_string(), found.row.id.to_string()])))
}
