//! Which of these amounts add up to that one? Bounded in time, and it says when there is more than one answer.
//!
//! Tried in the order in which people pay: a run of items in due order, a run with one or two left out, two or three
//! items anywhere, and every combination of the first two dozen (meet in the middle). Knows only whole numbers.

use rustc_hash::FxHashMap;

/// Ways to reach a total are no longer collected beyond this many; the answer is ambiguous long before.
const ENOUGH: usize = 12;
const COMPLETE_UP_TO: usize = 24;
const PAIRS_UP_TO: usize = 700;
const GAPS_OF_TWO_UP_TO: usize = 90;

/// Amounts in due order, prepared for many questions.
pub(crate) struct Sums<'a> {
    values: &'a [i64],
    before: Vec<i64>,
    by_prefix: FxHashMap<i64, Vec<u32>>,
    by_value: FxHashMap<i64, Vec<u32>>,
    low: Vec<(i64, u32)>,
    high: Vec<(i64, u32)>,
    split: usize,
}

/// Positions into the amounts, ascending.
pub(crate) type Choice = Vec<usize>;

impl<'a> Sums<'a> {
    pub(crate) fn of(values: &'a [i64]) -> Self {
        let mut before = vec![0];
        let mut by_prefix: FxHashMap<i64, Vec<u32>> = FxHashMap::default();
        let mut by_value: FxHashMap<i64, Vec<u32>> = FxHashMap::default();
        by_prefix.entry(0).or_default().push(0);
        for (index, value) in values.iter().enumerate() {
            let sum = before[index] + value;
            before.push(sum);
            by_prefix.entry(sum).or_default().push(narrow(index + 1));
            by_value.entry(*value).or_default().push(narrow(index));
        }
        let near = values.len().min(COMPLETE_UP_TO);
        let split = near / 2;
        let (low, high) = (half(&values[..split]), half(&values[split..near]));
        Self { values, before, by_prefix, by_value, low, high, split }
    }

    /// Choices of two or more that add up to `target`, the most natural first.
    pub(crate) fn reaching(&self, target: i64) -> Vec<Choice> {
        let mut found: Vec<Choice> = Vec::new();
        self.runs(target, &mut found);
        self.runs_but_one(target, &mut found);
        self.few(target, &mut found);
        self.runs_but_two(target, &mut found);
        self.any_of_the_first(target, &mut found);
        found
    }

    /// Runs whose sum is within `slack` of `target`, the closest first: for money that was exchanged.
    pub(crate) fn runs_near(&self, target: i64, slack: i64) -> Vec<Choice> {
        let mut close: Vec<(i64, usize, usize)> = Vec::new();
        let n = self.values.len().min(120);
        for from in 0..n {
            for to in from + 2..=n {
                let off = (self.before[to] - self.before[from] - target).abs();
                if off <= slack {
                    close.push((off, from, to));
                }
            }
        }
        close.sort_unstable();
        close.into_iter().take(4).map(|(_, from, to)| (from..to).collect()).collect()
    }

    fn runs(&self, target: i64, found: &mut Vec<Choice>) {
        for (from, start) in self.before.iter().enumerate() {
            for &to in self.by_prefix.get(&(start + target)).map_or(&[][..], Vec::as_slice) {
                let to = to as usize;
                if to >= from + 2 {
                    keep(found, (from..to).collect());
                }
            }
        }
    }

    fn runs_but_one(&self, target: i64, found: &mut Vec<Choice>) {
        let n = self.values.len();
        for from in 0..n {
            for to in from + 3..=n {
                let extra = self.before[to] - self.before[from] - target;
                for &gap in self.by_value.get(&extra).map_or(&[][..], Vec::as_slice) {
                    let gap = gap as usize;
                    if gap > from && gap + 1 < to {
                        keep(found, (from..to).filter(|&at| at != gap).collect());
                    }
                }
                if found.len() >= ENOUGH {
                    return;
                }
            }
        }
    }

    fn runs_but_two(&self, target: i64, found: &mut Vec<Choice>) {
        let n = self.values.len();
        if n > GAPS_OF_TWO_UP_TO || n <= COMPLETE_UP_TO {
            return;
        }
        let mut pairs: FxHashMap<i64, Vec<(u32, u32)>> = FxHashMap::default();
        for first in 0..n {
            for second in first + 1..n {
                let sum = self.values[first] + self.values[second];
                pairs.entry(sum).or_default().push((narrow(first), narrow(second)));
            }
        }
        for from in 0..n {
            for to in from + 4..=n {
                let extra = self.before[to] - self.before[from] - target;
                for &(a, b) in pairs.get(&extra).map_or(&[][..], Vec::as_slice) {
                    let (a, b) = (a as usize, b as usize);
                    if a > from && b + 1 < to {
                        keep(found, (from..to).filter(|&at| at != a && at != b).collect());
                    }
                }
                if found.len() >= ENOUGH {
                    return;
                }
            }
        }
    }

    /// Two or three items, wherever they stand.
    fn few(&self, target: i64, found: &mut Vec<Choice>) {
        let n = self.values.len();
        if n > PAIRS_UP_TO {
            return;
        }
        for first in 0..n {
            for &second in self.by_value.get(&(target - self.values[first])).map_or(&[][..], Vec::as_slice) {
                if second as usize > first {
                    keep(found, vec![first, second as usize]);
                }
            }
        }
        for first in 0..n {
            for second in first + 1..n {
                let rest = target - self.values[first] - self.values[second];
                for &third in self.by_value.get(&rest).map_or(&[][..], Vec::as_slice) {
                    if third as usize > second {
                        keep(found, vec![first, second, third as usize]);
                    }
                }
            }
            if found.len() >= ENOUGH {
                return;
            }
        }
    }

    fn any_of_the_first(&self, target: i64, found: &mut Vec<Choice>) {
        let mut high = self.high.len();
        for &(sum, mask) in &self.low {
            while high > 0 && self.high[high - 1].0 + sum > target {
                high -= 1;
            }
            let mut at = high;
            while at > 0 && self.high[at - 1].0 + sum == target {
                at -= 1;
                let choice = spread(mask, 0).chain(spread(self.high[at].1, self.split)).collect::<Choice>();
                if choice.len() >= 2 {
                    keep(found, choice);
                }
                if found.len() >= ENOUGH {
                    return;
                }
            }
        }
    }
}

/// Every sum of a part of `values`, ascending, with the part as a mask.
fn half(values: &[i64]) -> Vec<(i64, u32)> {
    let mut sums = vec![(0_i64, 0_u32)];
    for (index, value) in values.iter().enumerate() {
        for at in 0..sums.len() {
            let (sum, mask) = sums[at];
            sums.push((sum + value, mask | 1 << index));
        }
    }
    sums.sort_unstable();
    sums
}

/// Parts of `values` that add up to `target` within `slack` each way; for discounts, of which there are few.
pub(crate) fn parts_of(values: &[i64], target: i64, slack: i64) -> Vec<Choice> {
    let values = &values[..values.len().min(COMPLETE_UP_TO)];
    let split = values.len() / 2;
    let (low, high) = (half(&values[..split]), half(&values[split..]));
    let mut found = Vec::new();
    for &(sum, mask) in &low {
        let from = high.partition_point(|&(other, _)| other + sum < target - slack);
        for &(_, other_mask) in high[from..].iter().take_while(|&&(other, _)| other + sum <= target + slack) {
            let choice: Choice = spread(mask, 0).chain(spread(other_mask, split)).collect();
            if !choice.is_empty() {
                keep(&mut found, choice);
            }
            if found.len() >= ENOUGH {
                return found;
            }
        }
    }
    found
}

fn spread(mask: u32, offset: usize) -> impl Iterator<Item = usize> {
    (0..32).filter(move |bit| mask & (1 << bit) != 0).map(move |bit| bit + offset)
}

fn keep(found: &mut Vec<Choice>, choice: Choice) {
    if found.len() < ENOUGH && !found.contains(&choice) {
        found.push(choice);
    }
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_run_comes_before_a_scatter() {
        let values = [100, 250, 300, 75, 475];
        assert_eq!(Sums::of(&values).reaching(550)[0], [1, 2]);
        assert_eq!(Sums::of(&values).reaching(400), [vec![0, 2]]);
        assert!(Sums::of(&values).reaching(99).is_empty());
    }

    #[test]
    fn two_answers_are_both_told() {
        let found = Sums::of(&[100, 50, 50, 100]).reaching(150);
        assert_eq!(found.len(), 4);
    }

    proptest! {
        #[test]
        fn what_is_told_is_true_and_small_sets_are_complete(
            values in prop::collection::vec(-50_i64..400, 2..9), pick in 3_u32..512,
        ) {
            let mask = pick % (1 << values.len());
            let target: i64 = spread(mask, 0).map(|at| values[at]).sum();
            let found = Sums::of(&values).reaching(target);
            for choice in &found {
                prop_assert_eq!(choice.iter().map(|&at| values[at]).sum::<i64>(), target);
            }
            let hidden: Choice = spread(mask, 0).collect();
            prop_assert!(hidden.len() < 2 || found.len() == ENOUGH || found.contains(&hidden));
        }
    }
}
