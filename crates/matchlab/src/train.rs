//! Makes the coefficients: the two forests and the calibration table, from sets whose truth is known.
//!
//! Lines are told apart by folds: every weight that the second forest and the table see comes from trees that never saw the
//! line. So the table promises what new lines will achieve, not what the trees remember.

use crate::evaluate::{in_order, pairs, post_truth, wanted};
use crate::forest::{Growth, grow};
use crate::sets::{LabError, Set, Truth};
use matching::{Answer, Engine, Forest, Learnt, Model, Policy, Step, best_of};
use std::collections::BTreeMap;

pub struct Settings {
    pub trees: usize,
    pub depth: usize,
    pub folds: usize,
    /// How the coefficients were made, for the record in the file.
    pub made_by: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 60, depth: 5, folds: 3, made_by: String::new() }
    }
}

/// The best answer of a line beside its rivals.
struct Best {
    features: Vec<f32>,
    right: bool,
    fold: usize,
    set: usize,
}

struct Weighed {
    weight: f32,
    right: bool,
    set: usize,
}

/// A line with every answer that the search found and which of them is right.
struct Case {
    answers: Vec<Answer>,
    right: Vec<bool>,
    fold: usize,
    set: usize,
}

pub fn train(sets: &[&Set], settings: &Settings) -> Result<Model, LabError> {
    let mut cases = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        collect(set, (at, settings.folds), &mut cases)?;
    }
    let growth = Growth { trees: settings.trees, depth: settings.depth, rate: 0.15, least_hessian: 1.5, shrink: 2.0 };
    let by_fold: Vec<Forest> = (0..settings.folds).map(|fold| answers_forest(&cases, Some(fold), &growth)).collect();
    let unseen = |case: &Case| -> Vec<f32> {
        case.answers.iter().map(|answer| by_fold[case.fold].weigh(&answer.features.0)).collect()
    };
    let best: Vec<Best> = cases
        .iter()
        .filter_map(|case| {
            let (first, looked_at) = best_of(&case.answers, &unseen(case))?;
            Some(Best { features: looked_at, right: case.right[first], fold: case.fold, set: case.set })
        })
        .collect();
    let second = Growth { trees: settings.trees / 2, depth: 4, rate: 0.08, least_hessian: 1.5, shrink: 4.0 };
    let mut weighed: Vec<Weighed> = Vec::new();
    for fold in 0..settings.folds {
        let forest = best_forest(&best, Some(fold), &second);
        let held_out = best.iter().filter(|best| best.fold == fold);
        let weigh = |best: &Best| Weighed { weight: forest.weigh(&best.features), right: best.right, set: best.set };
        weighed.extend(held_out.map(weigh));
    }
    let steps = calibrate(weighed);
    Ok(Model {
        made_by: settings.made_by.clone(),
        answers: answers_forest(&cases, None, &growth),
        best: best_forest(&best, None, &second),
        steps,
    })
}

/// Runs the protocol with the truth posted for every line, and keeps what the search found on the way.
fn collect(set: &Set, (place, folds): (usize, usize), cases: &mut Vec<Case>) -> Result<(), LabError> {
    let mut engine = Engine::with_model(set.book()?, Learnt::default(), Policy::default(), Model::default());
    let truths: BTreeMap<&str, &Truth> = set.truths.iter().map(|truth| (truth.line_id.as_str(), truth)).collect();
    for (at, line) in in_order(set).into_iter().enumerate() {
        let Some(&truth) = truths.get(line.id.as_str()) else { continue };
        let answers = engine.answers(line);
        engine.remember(line);
        let want = wanted(truth);
        let right = |answer: &Answer| !want.is_empty() && pairs(&answer.allocations) == pairs(&want);
        let right = answers.iter().map(right).collect();
        cases.push(Case { answers, right, fold: at / 7 % folds, set: place });
        post_truth(&mut engine, line, truth)?;
    }
    Ok(())
}

fn answers_forest(cases: &[Case], without: Option<usize>, growth: &Growth) -> Forest {
    let used = cases.iter().filter(|case| Some(case.fold) != without);
    let pairs = used.flat_map(|case| case.answers.iter().zip(&case.right));
    let (rows, right): (Vec<&[f32]>, Vec<bool>) = pairs.map(|(answer, right)| (&answer.features.0[..], *right)).unzip();
    grow(&rows, &right, growth)
}

fn best_forest(best: &[Best], without: Option<usize>, growth: &Growth) -> Forest {
    let used = best.iter().filter(|best| Some(best.fold) != without);
    let (rows, right): (Vec<&[f32]>, Vec<bool>) = used.map(|best| (&best.features[..], best.right)).unzip();
    grow(&rows, &right, growth)
}

/// Isotonic by pooling neighbours: rising weight, rising probability, and the error above each step.
fn calibrate(mut weighed: Vec<Weighed>) -> Vec<Step> {
    weighed.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    let mut pools: Vec<(f32, usize, usize)> = Vec::new();
    for chunk in weighed.chunks(20) {
        let right = chunk.iter().filter(|one| one.right).count();
        pools.push((chunk[0].weight, right, chunk.len()));
        while let [.., (_, right_low, low), (_, right_high, high)] = pools[..]
            && right_low * high >= right_high * low
        {
            pools.pop();
            if let Some(last) = pools.last_mut() {
                last.1 += right_high;
                last.2 += high;
            }
        }
    }
    let probability = |weight: f32| {
        let (_, right, count) = pools[pools.partition_point(|pool| pool.0 <= weight).max(1) - 1];
        (narrow(right) + 0.5) / (narrow(count) + 1.0)
    };
    let mut steps: Vec<Step> = weighed
        .iter()
        .step_by(20)
        .map(|one| Step { weight: one.weight, probability: probability(one.weight), error_above: 1.0 })
        .collect();
    steps.dedup_by(|later, earlier| later.weight <= earlier.weight);
    errors_above(&weighed, &mut steps);
    steps.dedup_by(|later, earlier| {
        later.probability == earlier.probability && later.error_above == earlier.error_above
    });
    steps
}

/// The error that posting from each step on would make: the mean over the sets, so that no set counts for its size.
fn errors_above(weighed: &[Weighed], steps: &mut [Step]) {
    let sets = weighed.iter().map(|one| one.set + 1).max().unwrap_or(0);
    let mut least = 1.0_f32;
    for step in steps {
        let error = |set: usize| -> f32 {
            let above = weighed.iter().filter(|one| one.set == set && one.weight >= step.weight);
            let (wrong, count) = above.fold((0, 0), |(wrong, count), one| (wrong + usize::from(!one.right), count + 1));
            (narrow(wrong) + 0.5) / narrow(count + 1)
        };
        least = least.min((0..sets).map(error).sum::<f32>() / narrow(sets));
        step.error_above = least;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of lines are far below 2^24")]
fn narrow(count: usize) -> f32 {
    count as f32
}
