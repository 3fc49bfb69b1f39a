//! New bank lines meet the engine: what is sure is posted, everything else waits on the desk with the reason why.
//!
//! Lines are decided in the order of their value days, a few hundred in one transaction. When a transaction is refused,
//! its lines go one by one, and the one that cannot be posted waits with the sentence that says why. Of two who decide
//! the same lines the slower finds them changed and leaves them alone.

use super::{
    announced::announced_by,
    book::{self, Said},
    plan::Plan,
    policy::{self, PolicyVersion},
    posting::{self, Posting},
    returns::{self, PaymentOf},
    safeguards,
};
use crate::{
    bank::DueTimes,
    context::{App, Caller, Event, Work, new_id},
    engines::Kept,
    error::{Error, Result},
};
use domain::{
    bank::{Exception, LineState},
    desk::{Dial, MatchedBy},
    users::Permission,
};
use kernel::{AdviceId, BankDecisionId, BankFileId, BankLineId, Timestamp};
use matching::{Advice, BankLine, Decision, Difference, Held, Verdict};
use serde::Serialize;
use serde_json::json;
use store::{
    Json, bank,
    bank::BankLineRow,
    desk::{self, DecisionRow, LineChange},
};

const AT_ONCE: i64 = 200;

/// What became of new lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Decided {
    pub lines: i64,
    /// Posted without a person.
    pub posted: i64,
    /// With a proposal that a person may take.
    pub proposed: i64,
    /// Money that the bank took back, reversed without a person.
    pub returned: i64,
    /// Waiting without a proposal.
    pub unanswered: i64,
}

/// Lets the engine look at every booked line that it has not seen, of one file or of all. Safe to call again, and while
/// somebody else does: each line is decided once.
pub async fn decide_new(app: &App, caller: &Caller, file: Option<BankFileId>) -> Result<Decided> {
    caller.may(Permission::RunImports)?;
    let system = Caller::system(caller.company);
    let mut all = Decided::default();
    loop {
        let lines = {
            let mut work = app.read(&system, Permission::Read).await?;
            desk::undecided(&mut work.tx, system.company, file, AT_ONCE).await?
        };
        let some = decide_some(app, &system, &lines, Round::default()).await?;
        all.add(some);
        // Nothing is left, or somebody else decides it.
        if some.lines == 0 {
            return Ok(all);
        }
    }
}

/// Lets the engine look again at lines that wait since before their sum was announced by the payer.
pub async fn decide_announced(app: &App, caller: &Caller) -> Result<Decided> {
    caller.may(Permission::RunImports)?;
    let system = Caller::system(caller.company);
    let lines = {
        let mut work = app.read(&system, Permission::Read).await?;
        let now = work.now;
        desk::announced(&mut work.tx, system.company, now, AT_ONCE).await?
    };
    decide_again(app, &system, &lines).await
}

/// Lets the engine say anew what it thinks of lines that wait.
pub(super) async fn decide_again(app: &App, caller: &Caller, lines: &[BankLineRow]) -> Result<Decided> {
    decide_some(app, caller, lines, Round { is_again: true, refused: None }).await
}

/// Lets the engine look at these new lines.
pub(super) async fn decide_lines(app: &App, caller: &Caller, lines: &[BankLineRow]) -> Result<Decided> {
    decide_some(app, caller, lines, Round::default()).await
}

async fn decide_some(app: &App, caller: &Caller, lines: &[BankLineRow], round: Round<'_>) -> Result<Decided> {
    if lines.is_empty() {
        return Ok(Decided::default());
    }
    let ids: Vec<BankLineId> = lines.iter().map(|line| line.id).collect();
    match decide(app, caller, &ids, round).await {
        Ok(decided) => Ok(decided),
        Err(error) => {
            is_about_lines(error)?;
            let mut all = Decided::default();
            for id in ids {
                all.add(decide_alone(app, caller, id, round).await?);
            }
            Ok(all)
        }
    }
}

/// How lines are looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Round<'r> {
    /// They were looked at before and wait.
    is_again: bool,
    /// Why posting was refused before: nothing is posted now.
    refused: Option<&'r str>,
}

impl Round<'_> {
    fn takes(self, line: &BankLineRow, now: Timestamp) -> bool {
        if self.is_again {
            let is_held = line.held_until.is_some_and(|until| until >= now);
            line.decided_at.is_some() && line.state == LineState::Open && line.owner_id.is_none() && !is_held
        } else {
            line.decided_at.is_none()
        }
    }
}

impl Decided {
    pub(super) fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.posted += other.posted;
        self.proposed += other.proposed;
        self.returned += other.returned;
        self.unanswered += other.unanswered;
    }
}

/// What speaks of one of the lines or of a colleague at the same records is theirs; anything else ends the run.
fn is_about_lines(error: Error) -> Result<String> {
    match error {
        error @ (Error::Refused(_) | Error::Invalid(_) | Error::Conflict(_) | Error::Stale | Error::NotFound(_)) => {
            Ok(error.to_string())
        }
        error => Err(error),
    }
}

async fn decide_alone(app: &App, caller: &Caller, id: BankLineId, round: Round<'_>) -> Result<Decided> {
    match decide(app, caller, &[id], round).await {
        Ok(decided) => Ok(decided),
        Err(error) => {
            let why = is_about_lines(error)?;
            match decide(app, caller, &[id], Round { refused: Some(&why), ..round }).await {
                Err(Error::Stale | Error::Conflict(_)) => Ok(Decided::default()),
                decided => decided,
            }
        }
    }
}

/// Decides these lines in one transaction.
async fn decide(app: &App, caller: &Caller, ids: &[BankLineId], round: Round<'_>) -> Result<Decided> {
    let mut slot = book::place(app, caller.company).await?;
    let mut work = app.work(caller, Permission::RecordPayments).await?;
    // Whoever fails or is broken off leaves the place empty: a book that is ahead of the database is never used.
    let mut kept = slot.take();
    let decided = decide_within(app, &mut work, &mut kept, (ids, round)).await?;
    work.commit().await?;
    *slot = kept;
    Ok(decided)
}

async fn decide_within(
    app: &App,
    work: &mut Work,
    slot: &mut Option<Kept>,
    (ids, round): (&[BankLineId], Round<'_>),
) -> Result<Decided> {
    let company = work.company_id();
    let lines = desk::lines_by_ids(&mut work.tx, company, ids).await?;
    let lines: Vec<BankLineRow> = lines.into_iter().filter(|line| round.takes(line, work.now)).collect();
    let kept = book::engine(app, work, slot).await?;
    let mut run = Run::begin(work, &lines, round).await?;
    for line in lines {
        if line.amount_minor < 0 {
            run.returned(work, line).await?;
        } else {
            run.incoming(work, kept, line).await?;
        }
    }
    run.finish(work, kept).await
}

/// One transaction's worth of lines.
struct Run<'r> {
    policy: PolicyVersion,
    /// Announced and not seen on an account yet.
    advices: Vec<Advice>,
    used: Vec<(AdviceId, BankLineId)>,
    guards: safeguards::Guards,
    round: Round<'r>,
    postings: Vec<Posting>,
    waiting: Vec<(BankLineRow, LineChange)>,
    due_times: DueTimes,
    done: Decided,
}

impl<'r> Run<'r> {
    async fn begin(work: &mut Work, lines: &[BankLineRow], round: Round<'r>) -> Result<Self> {
        let company = work.company_id();
        let policy = policy::current(work).await?;
        let advices = bank::advices_unused(&mut work.tx, company).await?;
        Ok(Self {
            guards: safeguards::Guards::load(work, &policy.policy.safeguards, lines).await?,
            advices: advices.iter().map(book::advice).collect(),
            policy,
            round,
            used: Vec::new(),
            postings: Vec::new(),
            waiting: Vec::new(),
            due_times: DueTimes::of(work).await?,
            done: Decided::default(),
        })
    }

    async fn incoming(&mut self, work: &mut Work, kept: &mut Kept, line: BankLineRow) -> Result<()> {
        let told = book::bank_line(&line);
        if self.round.is_again {
            book::unsee(&mut kept.engine, &line);
        }
        let said = book::ask(&kept.engine, &line, &self.advices);
        let decision = &said.decision;
        book::see(&mut kept.engine, &line);
        self.done.lines += 1;
        let mut waits = why_it_waits(decision, self.round.refused, &self.policy);
        let row = decision_row(work, &line, &said, self.policy.version, waits.as_ref());
        let (id, promised_ppm) = (row.id, row.promised_ppm);
        let suspicions = self.guards.suspicions(kept, &line, &said);
        waits = safeguards::raise(work, &line, decision, &suspicions).or(waits);
        let reason = waits.as_ref().map_or_else(String::new, |(_, reason)| reason.clone());
        work.save(&[DecisionRow { reason, ..row }]);
        match waits {
            None => {
                let proposal = decision.proposals.first().ok_or(Error::NotFound("proposal"))?;
                let plan = Plan::of_proposal(proposal, book::sums(&line, said.as_sent))?;
                let posted = learn(kept, &told, &plan)?;
                self.use_advice(work, &line, &plan).await?;
                let (decision, rank, how) = (Some(id), Some(1), MatchedBy::Engine);
                self.postings.push(Posting { line, plan, how, decision, rank, promised_ppm, posted: Some(posted) });
            }
            Some((exception, reason)) => {
                if decision.verdict == Verdict::None {
                    self.done.unanswered += 1
                } else {
                    self.done.proposed += 1
                }
                self.wait(work, line, exception, Some(reason));
            }
        }
        Ok(())
    }

    /// The advice that announced this has done its work.
    async fn use_advice(&mut self, work: &mut Work, line: &BankLineRow, plan: &Plan) -> Result<()> {
        let (money, _) = book::money(line);
        if let Some(at) = announced_by(work, &self.advices, (money, plan)).await? {
            self.used.push((self.advices.remove(at).id.parse().map_err(Error::broken)?, line.id));
        }
        Ok(())
    }

    /// The line waits for a person from now on.
    fn wait(&mut self, work: &mut Work, line: BankLineRow, exception: Exception, note: Option<String>) {
        let now = work.now;
        let cannot = note.filter(|_| exception == Exception::CannotPost);
        let waiting = LineChange {
            exception: Some(exception),
            note: cannot.or_else(|| line.note.clone()),
            due_at: line.due_at.or(Some(self.due_times.of_exception(exception))),
            decided_at: Some(now),
            ..LineChange::of(&line)
        };
        work.record(Event {
            action: "bank_line.waits",
            subject_kind: "bank_line",
            subject_id: line.id.0,
            summary: format!("{} waits on the matching desk: {}", book::money(&line).0, exception.label()),
            ..Event::default()
        });
        self.waiting.push((line, waiting));
    }

    async fn returned(&mut self, work: &mut Work, line: BankLineRow) -> Result<()> {
        self.done.lines += 1;
        let found = returns::only_candidate(work, &line, &self.policy.policy).await?;
        match found.filter(|_| self.policy.policy.returns == Dial::Auto && self.round.refused.is_none()) {
            Some(payment) => {
                self.done.returned += 1;
                let payment = returns::meant(work, PaymentOf::Payment(payment)).await?;
                returns::reverse(work, &line, payment, false).await
            }
            None => {
                self.done.unanswered += 1;
                self.wait(work, line, Exception::BankReturn, self.round.refused.map(str::to_owned));
                Ok(())
            }
        }
    }

    async fn finish(self, work: &mut Work, kept: &mut Kept) -> Result<Decided> {
        let Self { policy, postings, waiting, used, mut done, .. } = self;
        let (company, now) = (work.company_id(), work.now);
        let waiting: Vec<(&BankLineRow, LineChange)> =
            waiting.iter().map(|(line, change)| (line, change.clone())).collect();
        desk::change_lines(&mut work.tx, &waiting).await?;
        bank::use_advices(&mut work.tx, company, &used, now).await?;
        if !postings.is_empty() {
            posting::post(work, &policy.policy, &postings).await?;
            let count = i64::try_from(postings.len()).unwrap_or(i64::MAX);
            kept.lessons = desk::count_lessons(&mut work.tx, company, count).await?;
            done.posted += count;
        }
        Ok(done)
    }
}

/// The engine takes part in what is posted: items are settled in its book, and it learns.
pub(super) fn learn(kept: &mut Kept, line: &BankLine, plan: &Plan) -> Result<matching::Posted> {
    kept.engine.post(line, &plan.allocations(), plan.fee_minor).map_err(Error::broken)
}

/// What the engine said, as it is kept.
pub(super) fn decision_row(
    work: &Work,
    line: &BankLineRow,
    said: &Said,
    policy_version: i64,
    waits: Option<&(Exception, String)>,
) -> DecisionRow {
    let decision = &said.decision;
    let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
    DecisionRow {
        company_id: work.company_id(),
        id: new_id::<BankDecisionId>(),
        line_id: line.id,
        policy_version,
        verdict: word(json!(decision.verdict)).unwrap_or_default(),
        held: decision.held.and_then(|held| word(json!(held))),
        promised_ppm: decision.proposals.first().map_or(0, |proposal| book::ppm(proposal.probability)),
        reason: waits.map_or_else(String::new, |(_, reason)| reason.clone()),
        decision: Json(json!(said)),
        decided_at: work.now,
    }
}

/// What a line waits for, and the sentence for the clerk; nothing when it may be posted.
pub(super) fn why_it_waits(
    decision: &Decision,
    refused: Option<&str>,
    policy: &PolicyVersion,
) -> Option<(Exception, String)> {
    if let Some(why) = refused {
        return Some((Exception::CannotPost, format!("Posting was refused: {why}")));
    }
    let held = decision.held?;
    let exception = exception_of(held);
    let sure = decision.proposals.first().map_or(0, |proposal| book::ppm(proposal.probability));
    let percent = |ppm: i64| format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100);
    let reason = match held {
        Held::TurnedOff => match policy.policy.dial {
            Dial::Off => "The policy turned the engine off.".to_owned(),
            Dial::Suggest => "The policy leaves every line to a person.".to_owned(),
            Dial::Auto => "What fits best has a difference that the policy turned off.".to_owned(),
        },
        Held::NotSureEnough => not_sure(percent(sure), percent(policy.policy.error_limit_ppm)),
        Held::Difference => difference(decision),
        Held::Duplicate => {
            let days = policy.policy.duplicate_days;
            format!("The same sum with the same text came within the last {days} days.")
        }
        Held::Settled => "The text names what is settled already, and nothing of what is open.".to_owned(),
        Held::Ambiguous => "Other open items fit as well.".to_owned(),
        Held::OtherBusiness => {
            "The text speaks of money that comes back, a deposit or a loan, and names no open item.".to_owned()
        }
        Held::NotACustomer => "Nobody knows this payer, and the text speaks of other business.".to_owned(),
        Held::Stranger => {
            "Nobody knows this payer, and nothing but the sum speaks for a customer's payment.".to_owned()
        }
        Held::NoAnswer => "No open item fits.".to_owned(),
    };
    Some((exception, reason))
}

/// What a line waits for that the engine held back.
pub(super) const fn exception_of(held: Held) -> Exception {
    match held {
        Held::TurnedOff | Held::NotSureEnough | Held::OtherBusiness => Exception::NotSure,
        Held::Difference => Exception::Difference,
        Held::Duplicate | Held::Settled => Exception::Duplicate,
        Held::Ambiguous => Exception::Ambiguous,
        Held::NotACustomer | Held::Stranger => Exception::UnknownPayer,
        Held::NoAnswer => Exception::NoAnswer,
    }
}

fn not_sure(sure: String, limit: String) -> String {
    format!(
        "Answers like the first proposal are right in {sure} of all cases; the policy accepts up to {limit} wrong ones."
    )
}

fn difference(decision: &Decision) -> String {
    let differences = decision.proposals.first().map_or(&[][..], |proposal| proposal.differences.as_slice());
    let kinds: Vec<&str> = differences.iter().map(|difference| kind_of(difference).label()).collect();
    format!("The policy leaves this difference to a person: {}.", kinds.join(", "))
}

pub(super) const fn kind_of(difference: &Difference) -> domain::cash::DifferenceKind {
    use domain::cash::DifferenceKind as Kind;
    match difference {
        Difference::BankFee { .. } => Kind::BankFee,
        Difference::DiscountEarned { .. } => Kind::DiscountEarned,
        Difference::DiscountUnearned { .. } => Kind::DiscountUnearned,
        Difference::Deduction { .. } => Kind::Deduction,
        Difference::WithholdingTax { .. } => Kind::WithholdingTax,
        Difference::Rounding { .. } => Kind::Rounding,
        Difference::Exchange { .. } => Kind::Exchange,
        Difference::Overpayment { .. } => Kind::Overpayment,
        Difference::PartPayment { .. } => Kind::PartPayment,
    }
}
