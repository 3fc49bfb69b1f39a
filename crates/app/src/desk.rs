//! The matching desk: bank lines become payments on open items, by the engine or by a clerk's hand.
//!
//! `decide_new` lets the engine look at what a bank file brought, `decide_open` also at what waits since before it knew
//! more; what is sure is posted, the rest is the `queue`. A clerk
//! `claim`s a line, so that no two work on it, and `accept`s a proposal, `allocate`s by hand, `set_aside`s what is no
//! customer's, `assign`s it to a colleague; `undo` takes a match back from today on. Each of these is one use case and
//! one transaction, and the line's version and its one live match keep two people from posting it twice.

mod announced;
mod auditing;
mod blocked;
mod book;
mod deciding;
mod figures;
mod giving_up;
mod hand;
mod plan;
mod policy;
mod posting;
mod profiles;
mod returns;
mod safeguards;
mod splitting;
mod unapplied;
mod view;
mod waiting;
mod working;

pub use auditing::{Sample, SampleAsked, check, sample};
pub use blocked::{
    BlockedImport, BlockedList, BlockedPayer, BlockedPayerRow, BlockedReject, block, blocked, import_blocked,
    replace_blocked, unblock,
};
pub use deciding::{Decided, decide_announced, decide_new};
pub use figures::{
    AmountRate, ExceptionCount, Figures, FiguresAsked, LeftToAPerson, UnappliedAge, counters, figures, figures_csv,
    unapplied_ages,
};
pub use hand::{HandAsked, HandItems, hand_items};
pub use policy::{PolicyVersion, policies, save_policy};
pub use profiles::{PayerProfile, payer_profile, save_payer_profile};
pub use safeguards::{CaseDecided, RuleView, SuspicionRow, cases, decide_case, rules};
pub use splitting::{join, split};
pub use store::desk::{DecisionRow, MatchRow, MatchSummary, QueueLine, Returnable};
pub use unapplied::{Unapplied, UnappliedList, give_unapplied, unapplied};
pub use view::{DecisionView, DifferenceView, LineView, PartView, ProposalView, SplitPart, SplitView};
pub use waiting::{decide_open, decide_waiting, last_movement};
pub use working::{
    Accept, Allocate, HandDifference, HandPart, MatchList, PaymentOf, Queue, accept, allocate, assign, claim, matches,
    queue, release, return_of, search_items, set_aside, show, take_back, undo,
};
