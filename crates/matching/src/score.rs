//! From the numbers of an answer to a probability: two small forests of decision trees and a table that calibrates them.
//!
//! The first forest weighs each answer by itself; the second looks at the best answer again, beside its rivals, and the
//! table turns its sum into the share of such answers that were right. All three are data, trained offline by
//! `quittance match train` on generated and shared sets; nothing is learnt here while the program runs.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A tree as nodes in one array: an inner node sends a value up to `at` to `low`, above it to `high`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Node {
    Inner(u16, f32, u16, u16),
    Leaf(f32),
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    pub base: f32,
    pub trees: Vec<Vec<Node>>,
}

impl Forest {
    /// The log-odds.
    pub fn weigh(&self, features: &[f32]) -> f32 {
        self.base + self.trees.iter().map(|tree| leaf(tree, features)).sum::<f32>()
    }
}

fn leaf(tree: &[Node], features: &[f32]) -> f32 {
    let mut at = 0_usize;
    loop {
        match tree.get(at) {
            Some(Node::Inner(feature, border, low, high)) => {
                let value = features.get(usize::from(*feature)).copied().unwrap_or(0.0);
                at = usize::from(if value <= *border { *low } else { *high });
            }
            Some(Node::Leaf(value)) => return *value,
            None => return 0.0,
        }
    }
}

/// A step of the calibration: answers that weigh at least this much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub weight: f32,
    /// Share of answers around this weight that are right.
    pub probability: f32,
    /// Share of wrong ones among all answers that weigh at least this much.
    pub error_above: f32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// How the data was made.
    pub made_by: String,
    pub answers: Forest,
    pub best: Forest,
    /// By rising weight.
    pub steps: Vec<Step>,
}

static SHIPPED: LazyLock<Model> =
    LazyLock::new(|| serde_json::from_str(include_str!("../model.json")).unwrap_or_default());

impl Model {
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The share of such answers that are right.
    pub fn probability(&self, weight: f32) -> f32 {
        self.step(weight).map_or(0.0, |step| step.probability)
    }

    /// The share of wrong answers when everything is posted that is at least this sure; all of them below the first step.
    pub fn error_above(&self, weight: f32) -> f32 {
        self.step(weight).map_or(1.0, |step| step.error_above)
    }

    fn step(&self, weight: f32) -> Option<&Step> {
        self.steps[..self.steps.partition_point(|step| step.weight <= weight)].last()
    }
}

/// The best answer beside its rivals: its own numbers and how far the others are behind.
pub(crate) fn beside(features: &[f32], weights: &[f32], same_items_rival: f32) -> Vec<f32> {
    let best = weights.first().copied().unwrap_or(-9.0);
    let second = weights.get(1).copied().unwrap_or(-9.0);
    let total: f32 = weights.iter().skip(1).map(|weight| 1.0 / (1.0 + (-weight).exp())).sum();
    let mut all = features.to_vec();
    all.extend([best, second, best - second, total, same_items_rival]);
    all.extend([f32::from(u16::try_from(weights.len()).unwrap_or(u16::MAX))]);
    all
}
