//! The shared sets, when they are there: the shipped coefficients reach the figures that are asked for on each of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use matching::Policy;
use matchlab::{Level, Recipe, Scores, Set, evaluate, generate};

fn policy() -> Policy {
    Policy { error_limit: 0.0015, ..Policy::default() }
}

fn shared(name: &str) -> Option<Set> {
    let dir = testkit::shared_dir()?.join("data/ar/matching").join(name);
    Some(Set::read(&dir).unwrap())
}

/// The figures that are asked for, reached by the shipped coefficients on a whole set. How they do on sets that they never
/// saw is measured by leaving one out: docs/cash-application.md.
fn reaches(name: &str, least: f64) {
    let Some(set) = shared(name) else { return };
    let scores = Scores::of(&evaluate(&set, policy(), None).unwrap());
    assert!(scores.auto_rate() >= least, "{scores}");
    assert!(scores.precision() >= 0.995 && scores.false_lines() <= 0.003, "{scores}");
    assert!(scores.in_three() >= 0.55, "{scores}");
    assert_eq!((scores.duplicates_posted, scores.unrelated_posted), (0, 0), "{scores}");
}

#[test]
fn easy_lines_are_posted() {
    reaches("hr_easy_s1", 0.93);
}

#[test]
fn real_lines_are_posted() {
    reaches("hr_real_s1", 0.82);
}

#[test]
fn hard_lines_are_posted() {
    reaches("hr_hard_s1", 0.65);
}

#[test]
fn lines_of_another_ledger_are_posted() {
    reaches("ca_real_s2", 0.82);
}

#[test]
fn the_same_seed_makes_the_same_set_and_it_reads_back() {
    let base = std::env::temp_dir().join(format!("quittance-lab-{}", std::process::id()));
    let recipe = Recipe { customers: 25, ..Recipe::new(Level::Real, 77) };
    let (one, two) = (base.join("one"), base.join("two"));
    let lines = generate(&recipe, &one).unwrap();
    generate(&recipe, &two).unwrap();
    for file in ["customers.csv", "invoices.csv", "bank.csv", "truth.jsonl", "params.json"] {
        assert_eq!(std::fs::read(one.join(file)).unwrap(), std::fs::read(two.join(file)).unwrap(), "{file}");
    }
    let set = Set::read(&one).unwrap();
    assert_eq!((set.lines.len(), set.truths.len()), (lines, lines));
    std::fs::remove_dir_all(base).unwrap();
}
