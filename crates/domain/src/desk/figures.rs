//! Figures of cash application: the definitions in one place, each with its numerator and denominator.
//!
//! A rate that has nothing to divide by is no rate. Percentiles are of whole seconds, by the nearest rank.

use serde::Serialize;

/// A share of a million with what it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Rate {
    pub part: i64,
    pub whole: i64,
    /// Parts per million, rounded half up; none of nothing.
    pub ppm: Option<i64>,
}

impl Rate {
    pub fn of(part: i64, whole: i64) -> Self {
        let share = |whole: i128| (i128::from(part) * 2_000_000 + whole) / (2 * whole);
        let ppm = (whole > 0).then(|| i64::try_from(share(i128::from(whole))).unwrap_or(i64::MAX));
        Self { part, whole, ppm }
    }
}

/// How long something took, over many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Durations {
    pub count: i64,
    /// The middle one, in seconds.
    pub median_seconds: Option<i64>,
    /// Nineteen of twenty took no longer.
    pub p95_seconds: Option<i64>,
}

impl Durations {
    pub fn of(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable();
        Self {
            count: i64::try_from(seconds.len()).unwrap_or(i64::MAX),
            median_seconds: percentile(&seconds, 50),
            p95_seconds: percentile(&seconds, 95),
        }
    }
}

/// The smallest value that `percent` of all are not above; of a sorted list.
fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// What was promised of answers in one band, and how many of them were right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReliabilityBand {
    /// Promised from this many of a million on.
    pub from_ppm: i64,
    pub count: i64,
    /// The mean of what was promised.
    pub promised_ppm: i64,
    /// Neither undone nor found wrong.
    pub right: Rate,
}

/// Lower ends of the bands: fine where it matters.
pub const BANDS: &[i64] = &[0, 500_000, 800_000, 900_000, 950_000, 980_000, 990_000, 995_000, 999_000];

/// Promised and right, in bands that are not empty.
pub fn reliability(promises: &[(i64, bool)]) -> Vec<ReliabilityBand> {
    let band = |at: usize| {
        let from = BANDS[at];
        let to = BANDS.get(at + 1).copied().unwrap_or(i64::MAX);
        let inside: Vec<&(i64, bool)> = promises.iter().filter(|(ppm, _)| (from..to).contains(ppm)).collect();
        let count = i64::try_from(inside.len()).unwrap_or(i64::MAX);
        let right = inside.iter().filter(|(_, right)| *right).count();
        let sum: i64 = inside.iter().map(|(ppm, _)| ppm).sum();
        let right = Rate::of(i64::try_from(right).unwrap_or(i64::MAX), count);
        (count > 0).then(|| ReliabilityBand { from_ppm: from, count, promised_ppm: sum / count, right })
    };
    (0..BANDS.len()).filter_map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_round_half_up_and_nothing_has_no_rate() {
        assert_eq!(Rate::of(2, 3).ppm, Some(666_667));
        assert_eq!(Rate::of(0, 0).ppm, None);
        assert_eq!(Rate::of(5, 5).ppm, Some(1_000_000));
    }

    #[test]
    fn percentiles_by_the_nearest_rank() {
        let took = Durations::of((1..=20).rev().collect());
        assert_eq!((took.count, took.median_seconds, took.p95_seconds), (20, Some(10), Some(19)));
        let one = Durations::of(vec![7]);
        assert_eq!((one.median_seconds, one.p95_seconds), (Some(7), Some(7)));
        assert_eq!(Durations::of(vec![]).median_seconds, None);
    }

    #[test]
    fn bands_say_what_was_promised_and_what_came_true() {
        let bands = reliability(&[(999_500, true), (999_700, true), (960_000, false), (970_000, true)]);
        let shown: Vec<_> = bands.iter().map(|b| (b.from_ppm, b.count, b.promised_ppm, b.right.ppm)).collect();
        assert_eq!(shown, [(950_000, 2, 965_000, Some(500_000)), (999_000, 2, 999_600, Some(1_000_000))]);
    }
}
