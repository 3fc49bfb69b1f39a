//! A bench for whoever works on the engine.
//!
//! usage: lab without LIMIT OUT_DIR SET_DIR...   trains without one set at a time, measures on it, writes its results
//!        lab shipped LIMIT OUT_DIR SET_DIR...   measures the shipped coefficients, writes the results
//!        lab speed                              a hundred thousand lines against a million items; then lumps of 500

use matching::{Engine, Learnt, Model, Policy};
use matchlab::{LabError, Scores, Set, Settings, evaluate, train, world};
use rustix::time::{ClockId, clock_gettime};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), LabError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [command, limit, out, dirs @ ..] if command == "without" => without(limit, &PathBuf::from(out), dirs),
        [command, limit, out, dirs @ ..] if command == "shipped" => shipped(limit, &PathBuf::from(out), dirs),
        [command] if command == "speed" => speed(),
        _ => say("usage: lab without LIMIT OUT_DIR SET_DIR... | lab shipped LIMIT OUT_DIR SET_DIR... | lab speed"),
    }
}

fn without(limit: &str, out: &Path, dirs: &[String]) -> Result<(), LabError> {
    let sets = dirs.iter().map(|dir| Set::read(&PathBuf::from(dir))).collect::<Result<Vec<_>, _>>()?;
    let measured = sets.iter().enumerate().filter(|(_, set)| !set.name.starts_with("own"));
    for (at, set) in measured {
        let others: Vec<&Set> = sets.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, set)| set).collect();
        let model = train(&others, &Settings { made_by: format!("all but {}", set.name), ..Settings::default() })?;
        measure(set, limit, &model, out)?;
    }
    Ok(())
}

fn shipped(limit: &str, out: &Path, dirs: &[String]) -> Result<(), LabError> {
    dirs.iter().try_for_each(|dir| measure(&Set::read(&PathBuf::from(dir))?, limit, Model::shipped(), out))
}

fn measure(set: &Set, limit: &str, model: &Model, out: &Path) -> Result<(), LabError> {
    let policy = Policy { error_limit: limit.parse().unwrap_or(0.0015), ..Policy::default() };
    let outcomes = evaluate(set, policy, Some(model))?;
    let path = out.join(format!("{}.jsonl", set.name));
    let lines: Vec<String> = outcomes.iter().map(|outcome| outcome.json().to_string()).collect();
    std::fs::write(&path, lines.join("\n")).map_err(|error| LabError::Io(path.clone(), error))?;
    say(&format!("{:14} {}", set.name, Scores::of(&outcomes)))
}

fn speed() -> Result<(), LabError> {
    let start = processor_ms();
    let (book, lines) = world(1_000_000, 20, 100_000)?;
    let engine = Engine::new(book, Learnt::default(), Policy::default());
    say(&format!("a book of 1,000,000 items and 100,000 lines made in {:.1} s", (processor_ms() - start) / 1e3))?;
    timed("100,000 lines", &lines, &engine)?;
    let (book, mut lumps) = world(500, 500, 1_000)?;
    let engine = Engine::new(book, Learnt::default(), Policy::default());
    for (at, line) in lumps.iter_mut().enumerate() {
        line.text = if at % 2 == 0 { "Zahlung" } else { "Zahlung abzgl. 12,50 und 7,80 und 23,15" }.to_owned();
        line.amount = kernel::Money::new(line.amount.minor() * 17 + 1, line.amount.currency());
    }
    timed("500 open items, 1,000 unreferenced lumps", &lumps, &engine)
}

/// Decides every line and says how much of the processor's time it took, as a whole and for the slowest.
fn timed(what: &str, lines: &[matching::BankLine], engine: &Engine) -> Result<(), LabError> {
    let mut each: Vec<f64> = Vec::with_capacity(lines.len());
    let mut answered = 0;
    for line in lines {
        let before = processor_ms();
        answered += usize::from(!engine.decide(line, &[]).proposals.is_empty());
        each.push(processor_ms() - before);
    }
    let total: f64 = each.iter().sum();
    each.sort_by(f64::total_cmp);
    let slowest_but = |of: usize| each[each.len() - 1 - each.len() / of];
    say(&format!(
        "{what}: {:.1} s, {answered} answered; median {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, slowest {:.2} ms",
        total / 1e3,
        slowest_but(2),
        slowest_but(100),
        slowest_but(1_000),
        each[each.len() - 1]
    ))
}

/// What this thread used of a processor so far: other jobs on the machine do not count.
#[expect(clippy::cast_precision_loss, reason = "a duration of hours keeps its microseconds")]
fn processor_ms() -> f64 {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    used.tv_sec as f64 * 1e3 + used.tv_nsec as f64 / 1e6
}

fn say(text: &str) -> Result<(), LabError> {
    writeln!(std::io::stderr(), "{text}").map_err(|error| LabError::Io(PathBuf::from("standard error"), error))
}
