//! Gradient-boosted decision trees for yes and no, small enough to read: histograms, log loss, second order.
//!
//! Deterministic: no sampling, no threads; equal gains go to the earlier feature. Used offline only.

use matching::{Forest, Node};

pub(crate) struct Growth {
    pub(crate) trees: usize,
    pub(crate) depth: usize,
    pub(crate) rate: f32,
    pub(crate) least_hessian: f32,
    pub(crate) shrink: f32,
}

const BINS: usize = 48;

/// Rows by column in bins, with the borders between the bins.
struct Binned {
    columns: Vec<Vec<u8>>,
    borders: Vec<Vec<f32>>,
}

impl Binned {
    fn of(rows: &[&[f32]]) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let borders: Vec<Vec<f32>> = (0..width).map(|column| borders(rows, column)).collect();
        let bin = |column: usize, row: &[f32]| {
            u8::try_from(borders[column].partition_point(|border| *border < row[column])).unwrap_or(0)
        };
        let columns = (0..width).map(|column| rows.iter().map(|row| bin(column, row)).collect()).collect();
        Self { columns, borders }
    }
}

/// Values between which to cut: every value of few, quantiles of many.
fn borders(rows: &[&[f32]], column: usize) -> Vec<f32> {
    let mut values: Vec<f32> = rows.iter().map(|row| rounded(row[column])).collect();
    values.sort_by(f32::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    if distinct.len() <= BINS {
        distinct.pop();
        return distinct;
    }
    let mut cuts: Vec<f32> = (1..BINS).map(|bin| values[bin * values.len() / BINS]).collect();
    cuts.dedup();
    cuts
}

#[derive(Clone, Copy, Default)]
struct Sums {
    gradient: f64,
    hessian: f64,
}

impl Sums {
    fn add(&mut self, gradient: f32, hessian: f32) {
        self.gradient += f64::from(gradient);
        self.hessian += f64::from(hessian);
    }

    fn less(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, hessian: self.hessian - other.hessian }
    }

    fn worth(self, shrink: f64) -> f64 {
        self.gradient * self.gradient / (self.hessian + shrink)
    }
}

struct Grower<'a> {
    binned: &'a Binned,
    gradients: Vec<f32>,
    hessians: Vec<f32>,
    growth: &'a Growth,
    nodes: Vec<Node>,
    /// What each row gets from the tree.
    steps: Vec<f32>,
}

/// Trees that tell rows with `right` from the others.
pub(crate) fn grow(rows: &[&[f32]], right: &[bool], growth: &Growth) -> Forest {
    let binned = Binned::of(rows);
    let yes = right.iter().filter(|right| **right).count();
    let rate = crate::evaluate::share(yes, right.len()).clamp(1e-4, 1.0 - 1e-4);
    let mut forest = Forest { base: narrow((rate / (1.0 - rate)).ln()), trees: Vec::new() };
    let mut weights = vec![forest.base; rows.len()];
    for _ in 0..growth.trees {
        let mut gradients = Vec::with_capacity(rows.len());
        let mut hessians = Vec::with_capacity(rows.len());
        for (weight, right) in weights.iter().zip(right) {
            let odds = 1.0 / (1.0 + (-weight).exp());
            gradients.push(odds - f32::from(u8::from(*right)));
            hessians.push((odds * (1.0 - odds)).max(1e-6));
        }
        let steps = vec![0.0; rows.len()];
        let mut grower = Grower { binned: &binned, gradients, hessians, growth, nodes: Vec::new(), steps };
        let all: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        grower.node(all, 0);
        for (weight, step) in weights.iter_mut().zip(&grower.steps) {
            *weight += step;
        }
        forest.trees.push(grower.nodes);
    }
    forest
}

impl Grower<'_> {
    /// Adds the node for `rows` and everything below it; returns its place.
    fn node(&mut self, rows: Vec<u32>, depth: usize) -> u16 {
        let place = self.nodes.len();
        self.nodes.push(Node::Leaf(0.0));
        let total = self.sum(&rows);
        let cut = if depth < self.growth.depth { self.best_cut(&rows, total) } else { None };
        if let Some((column, bin)) = cut {
            let bins = &self.binned.columns[column];
            let (low, high): (Vec<u32>, Vec<u32>) =
                rows.into_iter().partition(|&row| usize::from(bins[row as usize]) <= bin);
            let border = self.binned.borders[column][bin];
            let low = self.node(low, depth + 1);
            let high = self.node(high, depth + 1);
            self.nodes[place] = Node::Inner(u16::try_from(column).unwrap_or(0), border, low, high);
        } else {
            let step = -total.gradient / (total.hessian + f64::from(self.growth.shrink)) * f64::from(self.growth.rate);
            let step = (narrow(step) * 1e4).round() / 1e4;
            for row in rows {
                self.steps[row as usize] = step;
            }
            self.nodes[place] = Node::Leaf(step);
        }
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    fn sum(&self, rows: &[u32]) -> Sums {
        let mut total = Sums::default();
        for &row in rows {
            total.add(self.gradients[row as usize], self.hessians[row as usize]);
        }
        total
    }

    fn best_cut(&self, rows: &[u32], total: Sums) -> Option<(usize, usize)> {
        let shrink = f64::from(self.growth.shrink);
        let least = f64::from(self.growth.least_hessian);
        let mut best = (1e-3, None);
        for (column, bins) in self.binned.columns.iter().enumerate() {
            if self.binned.borders[column].is_empty() {
                continue;
            }
            let mut sums = [Sums::default(); BINS + 1];
            for &row in rows {
                sums[usize::from(bins[row as usize])].add(self.gradients[row as usize], self.hessians[row as usize]);
            }
            let mut low = Sums::default();
            for (bin, sum) in sums.iter().enumerate().take(self.binned.borders[column].len()) {
                low = Sums { gradient: low.gradient + sum.gradient, hessian: low.hessian + sum.hessian };
                let high = total.less(low);
                if low.hessian < least || high.hessian < least {
                    continue;
                }
                let gain = low.worth(shrink) + high.worth(shrink) - total.worth(shrink);
                if gain > best.0 {
                    best = (gain, Some((column, bin)));
                }
            }
        }
        best.1
    }
}

/// Five digits, as it will be written, so that training and use cut alike.
fn rounded(border: f32) -> f32 {
    format!("{border:.4e}").parse().unwrap_or(border)
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty for a weight")]
fn narrow(value: f64) -> f32 {
    value as f32
}
