//! Promised against achieved: of the lines whose first proposal was given some probability, how many were right.

use crate::evaluate::{Outcome, share};

/// Lines of about the same promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub promised: f64,
    pub achieved: f64,
    pub lines: usize,
}

const BORDERS: [f32; 10] = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995, 1.01];

pub fn reliability(outcomes: &[Outcome]) -> Vec<Band> {
    let mut from = 0.0;
    let mut bands = Vec::new();
    for to in BORDERS {
        let promise = |outcome: &Outcome| outcome.decision.proposals.first().map(|first| first.probability);
        let within = |outcome: &&Outcome| promise(outcome).is_some_and(|promise| promise >= from && promise < to);
        let inside: Vec<&Outcome> = outcomes.iter().filter(within).collect();
        let sum: f64 = inside.iter().filter_map(|outcome| promise(outcome)).map(f64::from).sum();
        let right = inside.iter().filter(|outcome| outcome.is_right()).count();
        if !inside.is_empty() {
            let promised = sum * share(1, inside.len());
            bands.push(Band { promised, achieved: share(right, inside.len()), lines: inside.len() });
        }
        from = to;
    }
    bands
}
