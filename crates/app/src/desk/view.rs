//! A line as the desk shows it: what the bank said, what the engine proposes and why, what happened to it.

use super::{
    book::{self, Said},
    deciding::kind_of,
    returns, splitting,
};
use crate::{
    context::Work,
    error::{Error, Result},
};
use domain::{bank::LineState, cash::DifferenceKind, desk::MatchedBy};
use kernel::{BankDecisionId, BankLineId, Currency, CustomerId, Money, OpenItemId, Timestamp};
use matching::{Covers, Difference, Proposal};
use serde::Serialize;
use std::collections::HashMap;
use store::{
    bank::{self, BankLineRow},
    cash::{self, CustomerName},
    desk::{self, MatchRow, QueueLine, Returnable, cases, cases::SuspicionRow},
    items::{self, OpenItemRow},
};

/// Everything about one line.
#[derive(Debug)]
pub struct LineView {
    pub line: QueueLine,
    /// What the payer sent, where the bank exchanged it.
    pub sent: Option<Money>,
    /// The last word of the engine; none before it looked and for money that the bank took back.
    pub decision: Option<DecisionView>,
    /// Also those that were undone, the last first.
    pub matches: Vec<MatchRow>,
    pub suspicions: Vec<SuspicionRow>,
    /// For money that the bank took back: the payments that it may have been.
    pub returnable: Vec<Returnable>,
    /// The line by which the bank took this one's money back; while it stands, this one cannot be undone.
    pub came_back: Option<BankLineId>,
    /// The line and its parts, when it was split.
    pub split: Option<SplitView>,
}

/// A line of the bank that is worked on in parts.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SplitView {
    pub line: BankLineId,
    pub money: Money,
    pub parts: Vec<SplitPart>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SplitPart {
    pub line: BankLineId,
    pub money: Money,
    pub state: LineState,
}

/// What the engine said.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DecisionView {
    pub id: BankDecisionId,
    pub policy_version: i64,
    /// `auto`, `propose` or `none`.
    pub verdict: String,
    /// Why it was not posted by itself, in one word.
    pub held: Option<String>,
    /// The same as a sentence; empty when it was posted.
    pub reason: String,
    pub decided_at: Timestamp,
    /// The likeliest first.
    pub proposals: Vec<ProposalView>,
}

/// A way to post the line.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProposalView {
    /// From one.
    pub rank: usize,
    pub customer: CustomerId,
    pub customer_number: String,
    pub customer_name: String,
    /// How many of a million such proposals are right.
    pub promised_ppm: i64,
    /// One sentence for the clerk.
    pub why: String,
    pub parts: Vec<PartView>,
    pub differences: Vec<DifferenceView>,
    pub fee: Money,
    /// What stays on account.
    pub unapplied: Money,
}

/// One open item of a proposal.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PartView {
    pub item: OpenItemId,
    pub number: String,
    pub due_on: kernel::Date,
    /// What is open now.
    pub open: Money,
    /// What it gets; negative for a credit note that is used.
    pub amount: Money,
    /// The rest stays open.
    pub is_part: bool,
}

/// Why the money is not what is open.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DifferenceView {
    pub kind: DifferenceKind,
    pub item: Option<OpenItemId>,
    pub money: Money,
    pub reason: Option<String>,
}

pub(super) async fn line(work: &mut Work, id: BankLineId) -> Result<LineView> {
    let company = work.company_id();
    let line = desk::queued(&mut work.tx, company, id).await?.ok_or(Error::NotFound("bank line"))?;
    let last = desk::decisions(&mut work.tx, company, id, 1).await?.into_iter().next();
    let decision = match last {
        Some(row) => Some(decision(work, row, &line.line).await?),
        None => None,
    };
    let matches = desk::matches_of(&mut work.tx, company, id).await?;
    let live = matches.iter().find(|row| row.undone_at.is_none() && row.how != MatchedBy::Return);
    let came_back = match live {
        Some(row) => desk::returned_by(&mut work.tx, company, row.payment_id).await?,
        None => None,
    };
    let all = bank::parts_of(&mut work.tx, &line.line).await?;
    let is_return = line.line.amount_minor < 0 && line.line.state == LineState::Open;
    let (sent, got) = book::sums(&line.line, true);
    Ok(LineView {
        sent: got.map(|_| sent),
        decision,
        matches,
        came_back,
        split: splitting::whole(&all).map(|whole| split(whole, &all)),
        suspicions: cases::suspicions_of(&mut work.tx, company, id).await?,
        returnable: if is_return { returns::candidates(work, &line.line).await? } else { Vec::new() },
        line,
    })
}

fn split(whole: &BankLineRow, all: &[BankLineRow]) -> SplitView {
    let money = |row: &BankLineRow| Money::new(row.amount_minor, row.currency);
    let part = |row: &BankLineRow| SplitPart { line: row.id, money: money(row), state: row.state };
    SplitView { line: whole.id, money: money(whole), parts: splitting::parts(all).map(part).collect() }
}

async fn decision(work: &mut Work, row: desk::DecisionRow, line: &BankLineRow) -> Result<DecisionView> {
    let said: Said = serde_json::from_value(row.decision.0).map_err(Error::broken)?;
    let (currency, said) = (book::sums(line, said.as_sent).0.currency(), said.decision);
    let named = Named::load(work, &said.proposals).await?;
    let proposals = said.proposals.iter().zip(1..).map(|(proposal, rank)| named.proposal(proposal, rank, currency));
    Ok(DecisionView {
        id: row.id,
        policy_version: row.policy_version,
        verdict: row.verdict,
        held: row.held,
        reason: row.reason,
        decided_at: row.decided_at,
        proposals: proposals.collect::<Result<_>>()?,
    })
}

/// Names and sums behind the ids that the engine works with.
struct Named {
    items: HashMap<String, OpenItemRow>,
    customers: HashMap<String, CustomerName>,
}

impl Named {
    async fn load(work: &mut Work, proposals: &[Proposal]) -> Result<Self> {
        let company = work.company_id();
        let allocations = proposals.iter().flat_map(|proposal| &proposal.allocations);
        let mut items: Vec<OpenItemId> = allocations.filter_map(|allocation| allocation.item.parse().ok()).collect();
        items.sort();
        items.dedup();
        let mut customers: Vec<CustomerId> =
            proposals.iter().filter_map(|proposal| proposal.customer.parse().ok()).collect();
        customers.sort();
        customers.dedup();
        let rows = if items.is_empty() { Vec::new() } else { items::by_ids(&mut work.tx, company, &items).await? };
        let names = if customers.is_empty() {
            Vec::new()
        } else {
            cash::customer_names(&mut work.tx, company, &customers).await?
        };
        Ok(Self {
            items: rows.into_iter().map(|row| (row.id.to_string(), row)).collect(),
            customers: names.into_iter().map(|name| (name.id.to_string(), name)).collect(),
        })
    }

    fn proposal(&self, proposal: &Proposal, rank: usize, currency: Currency) -> Result<ProposalView> {
        let name = self.customers.get(&proposal.customer).ok_or(Error::NotFound("customer"))?;
        let part = |allocation: &matching::Allocation| {
            let item = self.items.get(&allocation.item).ok_or(Error::NotFound("open item"))?;
            Ok(PartView {
                item: item.id,
                number: item.number.clone(),
                due_on: item.due_on,
                open: Money::new(item.open_minor, item.currency),
                amount: Money::new(allocation.minor, item.currency),
                is_part: allocation.covers == Covers::Part,
            })
        };
        Ok(ProposalView {
            rank,
            customer: name.id,
            customer_number: name.number.clone(),
            customer_name: name.name.clone(),
            promised_ppm: book::ppm(proposal.probability),
            why: proposal.why.clone(),
            parts: proposal.allocations.iter().map(part).collect::<Result<_>>()?,
            differences: proposal.differences.iter().map(|difference| difference_view(difference, currency)).collect(),
            fee: Money::new(proposal.fee_minor, currency),
            unapplied: Money::new(proposal.unapplied_minor, currency),
        })
    }
}

fn difference_view(difference: &Difference, currency: Currency) -> DifferenceView {
    let (item, minor, reason) = match difference {
        Difference::BankFee { minor } | Difference::Exchange { minor } | Difference::Overpayment { minor } => {
            (None, *minor, None)
        }
        Difference::DiscountEarned { item, minor }
        | Difference::DiscountUnearned { item, minor }
        | Difference::WithholdingTax { item, minor }
        | Difference::Rounding { item, minor } => (Some(item), *minor, None),
        Difference::PartPayment { item, left_minor } => (Some(item), *left_minor, None),
        Difference::Deduction { item, minor, reason } => (Some(item), *minor, reason.clone()),
    };
    let item = item.and_then(|id| id.parse().ok());
    DifferenceView { kind: kind_of(difference), item, money: Money::new(minor, currency), reason }
}
