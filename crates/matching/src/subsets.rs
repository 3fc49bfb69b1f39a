//! Which of these amounts add up to that one? Bounded in time, and it says when there is more than one answer.
//!
//! Tried in the order in which people pay: a run of items in due order, a run with one or two left out, two or three
//! items anywhere, and every combination of the first two dozen (meet in the middle). Knows only whole numbers.

use rustc_hash::FxHashMap;
use std::cell::OnceCell;

/// Ways to reach a total are no longer collected beyond this many; the answer is ambiguous long before.
const ENOUGH: usize = 12;
const COMPLETE_UP_TO: usize = 24;
const PAIRS_UP_TO: usize = 700;
const GAPS_OF_TWO_UP_TO: usize = 90;
/// So many runs are tried with an item left out: all of them for a thousand items, only short ones of more.
const RUNS_UP_TO: usize = 1_000_000;

/// Amounts in due order, prepared for many questions.
pub(crate) struct Sums<'a> {
    values: &'a [i64],
    before: Vec<i64>,
    /// Each of these is made when it is first asked for: most questions have no answer, which the halves alone tell.
    by_prefix: OnceCell<Groups<u32>>,
    by_value: OnceCell<Groups<u32>>,
    pairs: OnceCell<Groups<(u32, u32)>>,
    halves: OnceCell<Halves>,
}

/// What belongs to each sum, in the order of the positions.
struct Groups<T> {
    places: FxHashMap<i64, (u32, u32)>,
    members: Vec<T>,
}

/// Every sum of the first dozen and of the second, ascending, with the positions as a mask.
struct Halves {
    low: Vec<(i64, u32)>,
    high: Vec<(i64, u32)>,
    split: usize,
}

impl<T: Ord + Copy> Groups<T> {
    fn of(mut all: Vec<(i64, T)>) -> Self {
        all.sort_unstable();
        let mut places: FxHashMap<i64, (u32, u32)> = FxHashMap::default();
        places.reserve(all.len());
        for (at, &(sum, _)) in all.iter().enumerate() {
            places.entry(sum).or_insert((narrow(at), 0)).1 = narrow(at + 1);
        }
        Self { places, members: all.into_iter().map(|(_, member)| member).collect() }
    }

    fn get(&self, sum: i64) -> &[T] {
        self.places.get(&sum).map_or(&[], |&(from, to)| &self.members[from as usize..to as usize])
    }
}

impl Groups<u32> {
    fn placed(sums: &[i64]) -> Self {
        Self::of(sums.iter().enumerate().map(|(index, sum)| (*sum, narrow(index))).collect())
    }
}

/// Positions into the amounts, ascending.
pub(crate) type Choice = Vec<usize>;

impl<'a> Sums<'a> {
    pub(crate) fn of(values: &'a [i64]) -> Self {
        let mut before = vec![0];
        for (index, value) in values.iter().enumerate() {
            before.push(before[index] + value);
        }
        let (by_prefix, by_value) = (OnceCell::new(), OnceCell::new());
        Self { values, before, by_prefix, by_value, pairs: OnceCell::new(), halves: OnceCell::new() }
    }

    fn by_prefix(&self) -> &Groups<u32> {
        self.by_prefix.get_or_init(|| Groups::placed(&self.before))
    }

    fn by_value(&self) -> &Groups<u32> {
        self.by_value.get_or_init(|| Groups::placed(self.values))
    }

    fn halves(&self) -> &Halves {
        self.halves.get_or_init(|| Halves::of(self.values))
    }

    /// Choices of two or more that add up to `target`, the most natural first.
    pub(crate) fn reaching(&self, target: i64) -> Vec<Choice> {
        let mut found: Vec<Choice> = Vec::new();
        if self.values.len() <= COMPLETE_UP_TO && !self.halves().reach(target) {
            return found;
        }
        for step in [Self::runs, Self::runs_but_one, Self::few, Self::runs_but_two, Self::any_of_the_first] {
            if found.len() < ENOUGH {
                step(self, target, &mut found);
            }
        }
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
        let by_prefix = self.by_prefix();
        for (from, start) in self.before.iter().enumerate() {
            for &to in by_prefix.get(start + target) {
                let to = to as usize;
                if to >= from + 2 {
                    keep(found, (from..to).collect());
                }
            }
        }
    }

    fn runs_but_one(&self, target: i64, found: &mut Vec<Choice>) {
        let (n, by_value) = (self.values.len(), self.by_value());
        let longest = RUNS_UP_TO / n.max(1);
        for from in 0..n {
            for to in from + 3..=n.min(from + longest) {
                let extra = self.before[to] - self.before[from] - target;
                for &gap in by_value.get(extra) {
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
        let pairs = self.pairs.get_or_init(|| Groups::of(pairs(self.values)));
        for from in 0..n {
            for to in from + 4..=n {
                let extra = self.before[to] - self.before[from] - target;
                for &(a, b) in pairs.get(extra) {
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
        let (n, by_value) = (self.values.len(), self.by_value());
        if n > PAIRS_UP_TO {
            return;
        }
        for first in 0..n {
            for &second in by_value.get(target - self.values[first]) {
                if second as usize > first {
                    keep(found, vec![first, second as usize]);
                }
            }
        }
        for first in 0..n {
            for second in first + 1..n {
                let rest = target - self.values[first] - self.values[second];
                for &third in by_value.get(rest) {
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
        let Halves { low, high, split } = self.halves();
        let mut top = high.len();
        for &(sum, mask) in low {
            while top > 0 && high[top - 1].0 + sum > target {
                top -= 1;
            }
            let mut at = top;
            while at > 0 && high[at - 1].0 + sum == target {
                at -= 1;
                let choice = spread(mask, 0).chain(spread(high[at].1, *split)).collect::<Choice>();
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

impl Halves {
    fn of(values: &[i64]) -> Self {
        let near = values.len().min(COMPLETE_UP_TO);
        let split = near / 2;
        Self { low: half(&values[..split]), high: half(&values[split..near]), split }
    }

    /// Whether some of the values add up to `target`.
    fn reach(&self, target: i64) -> bool {
        let mut top = self.high.len();
        self.low.iter().any(|&(sum, _)| {
            while top > 0 && self.high[top - 1].0 + sum > target {
                top -= 1;
            }
            top > 0 && self.high[top - 1].0 + sum == target
        })
    }
}

fn pairs(values: &[i64]) -> Vec<(i64, (u32, u32))> {
    let mut all = Vec::with_capacity(values.len() * values.len() / 2);
    for (first, value) in values.iter().enumerate() {
        for (second, other) in values.iter().enumerate().skip(first + 1) {
            all.push((value + other, (narrow(first), narrow(second))));
        }
    }
    all
}

/// Every sum of a part of `values`, ascending, with the part as a mask.
fn half(values: &[i64]) -> Vec<(i64, u32)> {
    let mut sums = Vec::with_capacity(1 << values.len());
    let mut both = Vec::with_capacity(1 << values.len());
    sums.push((0_i64, 0_u32));
    for (index, value) in values.iter().enumerate() {
        let with = |(sum, mask): (i64, u32)| (sum + value, mask | 1 << index);
        let (mut without, mut others, count) = (0, 0, sums.len());
        both.clear();
        while without < count && others < count {
            let (one, other) = (sums[without], with(sums[others]));
            let is_less = other.0 < one.0;
            both.push(if is_less { other } else { one });
            others += usize::from(is_less);
            without += usize::from(!is_less);
        }
        both.extend_from_slice(&sums[without..]);
        both.extend(sums[others..].iter().copied().map(with));
        std::mem::swap(&mut sums, &mut both);
    }
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
