//! The protocol: lines in order of their day; what is not posted automatically a perfect clerk posts from the truth.
//!
//! What was posted automatically stands, right or wrong. The engine learns from both, as it would at work.

use crate::sets::{Amount, LabError, Set, Truth, TruthKind, minor};
use matching::{Allocation, BankLine, Decision, Engine, Learnt, Model, Policy, Verdict};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What the engine said of a line and what it really was.
pub struct Outcome {
    pub decision: Decision,
    pub truth: Truth,
}

/// The figures of a run, in the terms of the protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    pub lines: usize,
    pub auto: usize,
    pub auto_right: usize,
    pub left: usize,
    /// Of those left: the right items are among the first three proposals.
    pub left_in_three: usize,
    pub duplicates_posted: usize,
    pub duplicates: usize,
    pub unrelated_posted: usize,
}

/// Runs a set; `model` is the shipped one unless one's own is to be measured.
pub fn evaluate(set: &Set, policy: Policy, model: Option<&Model>) -> Result<Vec<Outcome>, LabError> {
    let model = model.unwrap_or_else(|| Model::shipped()).clone();
    let mut engine = Engine::with_model(set.book()?, Learnt::default(), policy, model);
    let truths: BTreeMap<&str, &Truth> = set.truths.iter().map(|truth| (truth.line_id.as_str(), truth)).collect();
    let mut outcomes = Vec::with_capacity(set.lines.len());
    for line in in_order(set) {
        let decision = engine.decide(line, &[]);
        engine.remember(line);
        let Some(&truth) = truths.get(line.id.as_str()) else { continue };
        match decision.proposals.first().filter(|_| decision.verdict == Verdict::Auto) {
            Some(first) => drop(engine.post(line, &first.allocations, first.fee_minor)?),
            None => drop(post_truth(&mut engine, line, truth)?),
        }
        outcomes.push(Outcome { decision, truth: truth.clone() });
    }
    Ok(outcomes)
}

pub(crate) fn in_order(set: &Set) -> Vec<&BankLine> {
    let mut lines: Vec<&BankLine> = set.lines.iter().collect();
    lines.sort_by_key(|line| line.value_on);
    lines
}

/// Posts what the line really was, as far as earlier mistakes left the items open.
pub(crate) fn post_truth(engine: &mut Engine, line: &BankLine, truth: &Truth) -> Result<(), LabError> {
    if truth.kind != TruthKind::Receipt || truth.allocations.is_empty() {
        return Ok(());
    }
    let fee = truth.fee.map_or(0, |fee| minor(fee.0));
    let mut usable = allocations(truth);
    for allocation in &mut usable {
        let open = engine.book.open_minor(&allocation.item).unwrap_or(0);
        allocation.minor = if open < 0 { allocation.minor.clamp(open, 0) } else { allocation.minor.clamp(0, open) };
    }
    usable.retain(|allocation| allocation.minor != 0);
    if !usable.is_empty() {
        engine.post(line, &usable, fee)?;
    }
    Ok(())
}

pub(crate) fn allocations(truth: &Truth) -> Vec<Allocation> {
    let one = |(item, amount, covers): &(String, Amount, crate::sets::TruthCovers)| Allocation {
        item: item.clone(),
        minor: minor(amount.0),
        covers: (*covers).into(),
    };
    truth.allocations.iter().map(one).collect()
}

/// Items with amounts, as the protocol compares them.
pub(crate) fn pairs(allocations: &[Allocation]) -> BTreeMap<&str, i64> {
    let mut pairs = BTreeMap::new();
    for allocation in allocations {
        *pairs.entry(allocation.item.as_str()).or_default() += allocation.minor;
    }
    pairs
}

pub(crate) fn wanted(truth: &Truth) -> Vec<Allocation> {
    if truth.kind == TruthKind::Receipt { allocations(truth) } else { Vec::new() }
}

impl Outcome {
    pub fn is_right(&self) -> bool {
        let want = wanted(&self.truth);
        let first = self.decision.proposals.first();
        !want.is_empty() && first.is_some_and(|first| pairs(&first.allocations) == pairs(&want))
    }

    pub fn is_posted(&self) -> bool {
        self.decision.verdict == Verdict::Auto && !self.decision.proposals.is_empty()
    }

    /// The line of the results file.
    pub fn json(&self) -> serde_json::Value {
        let proposal = |proposal: &matching::Proposal| {
            let amount = |minor: i64| Decimal::new(minor, 2).to_string();
            let pairs: Vec<(&str, String)> =
                proposal.allocations.iter().map(|a| (a.item.as_str(), amount(a.minor))).collect();
            serde_json::json!({
                "allocations": pairs, "confidence": proposal.probability, "unapplied": amount(proposal.unapplied_minor),
                "differences": proposal.differences, "why": proposal.why,
            })
        };
        let proposals: Vec<_> = self.decision.proposals.iter().map(proposal).collect();
        serde_json::json!({
            "line_id": self.decision.line, "decision": self.decision.verdict, "held": self.decision.held, "proposals": proposals,
            "weight": self.decision.weight,
        })
    }
}

impl Scores {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut scores = Self { lines: outcomes.len(), ..Self::default() };
        for outcome in outcomes {
            let posted = outcome.is_posted();
            scores.duplicates += usize::from(outcome.truth.kind == TruthKind::Duplicate);
            scores.duplicates_posted += usize::from(posted && outcome.truth.kind == TruthKind::Duplicate);
            scores.unrelated_posted += usize::from(posted && outcome.truth.kind == TruthKind::Unrelated);
            if posted {
                scores.auto += 1;
                scores.auto_right += usize::from(outcome.is_right());
            } else if !wanted(&outcome.truth).is_empty() {
                scores.left += 1;
                let want: Vec<String> = names(&wanted(&outcome.truth));
                let found =
                    outcome.decision.proposals.iter().take(3).any(|proposal| names(&proposal.allocations) == want);
                scores.left_in_three += usize::from(found);
            }
        }
        scores
    }

    pub fn auto_rate(&self) -> f64 {
        share(self.auto, self.lines)
    }

    pub fn precision(&self) -> f64 {
        share(self.auto_right, self.auto)
    }

    pub fn false_lines(&self) -> f64 {
        share(self.auto - self.auto_right, self.lines)
    }

    pub fn in_three(&self) -> f64 {
        share(self.left_in_three, self.left)
    }
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: f64| share * 100.0;
        write!(
            f,
            "{} lines: {:.2}% posted, {:.2}% of them right, {:.2}% of lines wrong; of {} left {:.1}% in the first three; \
             {} of {} duplicates and {} unrelated posted",
            self.lines,
            percent(self.auto_rate()),
            percent(self.precision()),
            percent(self.false_lines()),
            self.left,
            percent(self.in_three()),
            self.duplicates_posted,
            self.duplicates,
            self.unrelated_posted
        )
    }
}

fn names(allocations: &[Allocation]) -> Vec<String> {
    let mut names: Vec<String> = allocations.iter().filter(|a| a.minor != 0).map(|a| a.item.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines are far below 2^52")]
pub(crate) fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}
