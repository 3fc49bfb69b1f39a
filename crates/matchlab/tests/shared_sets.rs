//! The shared sets, when they are there: the beginning of each in every run, all of them with the figures on demand.
//!
//! `cargo test --release -p matchlab -- --ignored` holds the shipped coefficients against the required figures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use matching::Policy;
use matchlab::{Level, Recipe, Scores, Set, evaluate, generate};

fn policy() -> Policy {
    Policy { error_limit: 0.002, ..Policy::default() }
}

fn shared(name: &str) -> Option<Set> {
    let dir = testkit::shared_dir()?.join("data/ar/matching").join(name);
    Some(Set::read(&dir).unwrap())
}

#[test]
fn the_first_lines_of_each_set_are_posted_right() {
    for name in ["hr_easy_s1", "hr_real_s1", "hr_hard_s1", "ca_real_s2"] {
        let Some(mut set) = shared(name) else { return };
        set.lines.truncate(150);
        let scores = Scores::of(&evaluate(&set, policy(), None).unwrap());
        assert!(scores.auto > 60, "{name}: {scores}");
        assert!(scores.auto - scores.auto_right <= 1, "{name}: {scores}");
        assert_eq!((scores.duplicates_posted, scores.unrelated_posted), (0, 0), "{name}: {scores}");
    }
}

#[test]
#[ignore = "a minute in release, many in debug"]
fn the_required_figures_are_reached() {
    for (name, least) in [("hr_easy_s1", 0.93), ("hr_real_s1", 0.82), ("hr_hard_s1", 0.65), ("ca_real_s2", 0.82)] {
        let Some(set) = shared(name) else { return };
        let scores = Scores::of(&evaluate(&set, policy(), None).unwrap());
        assert!(scores.auto_rate() >= least, "{name}: {scores}");
        assert!(scores.precision() >= 0.995 && scores.false_lines() <= 0.003, "{name}: {scores}");
        assert!(scores.in_three() >= 0.55, "{name}: {scores}");
        assert_eq!(scores.unrelated_posted, 0, "{name}: {scores}");
    }
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
