//! A bench for whoever works on the engine.
//!
//! usage: lab without LIMIT OUT_DIR SET_DIR...   trains without one set at a time, measures on it, writes its results
//!        lab speed                              a hundred thousand lines against a million items; then a lump of 500

use matching::{Engine, Learnt, Policy};
use matchlab::{LabError, Scores, Set, Settings, evaluate, train, world};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), LabError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [command, limit, out, dirs @ ..] if command == "without" => without(limit, &PathBuf::from(out), dirs),
        [command] if command == "speed" => speed(),
        _ => say("usage: lab without LIMIT OUT_DIR SET_DIR... | lab speed"),
    }
}

fn without(limit: &str, out: &std::path::Path, dirs: &[String]) -> Result<(), LabError> {
    let sets = dirs.iter().map(|dir| Set::read(&PathBuf::from(dir))).collect::<Result<Vec<_>, _>>()?;
    let measured = sets.iter().enumerate().filter(|(_, set)| !set.name.starts_with("own"));
    for (at, set) in measured {
        let others: Vec<&Set> = sets.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, set)| set).collect();
        let model = train(&others, &Settings { made_by: format!("all but {}", set.name), ..Settings::default() })?;
        let policy = Policy { error_limit: limit.parse().unwrap_or(0.002), ..Policy::default() };
        let outcomes = evaluate(set, policy, Some(&model))?;
        let path = out.join(format!("{}.jsonl", set.name));
        let lines: Vec<String> = outcomes.iter().map(|outcome| outcome.json().to_string()).collect();
        std::fs::write(&path, lines.join("\n")).map_err(|error| LabError::Io(path.clone(), error))?;
        say(&format!("{:14} {}", set.name, Scores::of(&outcomes)))?;
    }
    Ok(())
}

fn speed() -> Result<(), LabError> {
    let (book, lines) = world(1_000_000, 20, 100_000)?;
    let engine = Engine::new(book, Learnt::default(), Policy::default());
    let start = Instant::now();
    let (mut slowest, mut answered) = (0.0_f64, 0);
    for line in &lines {
        let one = Instant::now();
        answered += usize::from(!engine.decide(line, &[]).proposals.is_empty());
        slowest = slowest.max(one.elapsed().as_secs_f64());
    }
    say(&format!(
        "100,000 lines, {answered} answered: {:.1} s, slowest {:.1} ms",
        start.elapsed().as_secs_f64(),
        slowest * 1e3
    ))?;
    let (book, lumps) = world(500, 500, 200)?;
    let engine = Engine::new(book, Learnt::default(), Policy::default());
    let mut slowest = 0.0_f64;
    for mut line in lumps {
        line.text = "Zahlung".to_owned();
        line.amount = kernel::Money::new(line.amount.minor() * 17 + 1, line.amount.currency());
        let one = Instant::now();
        drop(engine.decide(&line, &[]));
        slowest = slowest.max(one.elapsed().as_secs_f64());
    }
    say(&format!("500 open items and an unreferenced lump: slowest {:.1} ms", slowest * 1e3))
}

fn say(text: &str) -> Result<(), LabError> {
    writeln!(std::io::stderr(), "{text}").map_err(|error| LabError::Io(PathBuf::from("standard error"), error))
}
