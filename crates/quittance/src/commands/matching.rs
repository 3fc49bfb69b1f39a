//! `quittance match`: measure cash application on a set of bank lines, make fresh sets, train the coefficients.
//!
//! Works on files alone and opens no database. What it measures is the engine that posts in production.

use crate::cli::{Failure, Result};
use crate::print;
use matching::{Model, Policy};
use matchlab::{LabError, Level, Recipe, Scores, Set, Settings, evaluate, generate, reliability, train};
use std::path::{Path, PathBuf};

#[derive(clap::Subcommand)]
pub(crate) enum Match {
    Evaluate(Evaluate),
    Generate(Generate),
    Train(Train),
}

/// Run the protocol on a set: lines in order, a perfect clerk for what is not posted automatically
#[derive(clap::Args)]
pub(crate) struct Evaluate {
    /// The folder with customers.csv, invoices.csv, bank.csv and truth.jsonl
    set: PathBuf,
    /// Where the results go, one line of JSON for each bank line
    #[arg(long)]
    out: PathBuf,
    /// Share of wrong ones that is accepted among what is posted automatically
    #[arg(long, default_value_t = 0.0015)]
    error_limit: f32,
    /// Coefficients of one's own, made by `quittance match train`
    #[arg(long)]
    model: Option<PathBuf>,
    /// Show the reliability curve: promised against achieved
    #[arg(long)]
    reliability: bool,
}

/// Make a fresh set with its truth from a seed; params.json beside it names every rate
#[derive(clap::Args)]
pub(crate) struct Generate {
    /// easy, real or hard
    level: Difficulty,
    /// The folder to write to
    dir: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers; a set has about eleven bank lines for each
    #[arg(long, default_value_t = 420)]
    customers: i64,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Difficulty {
    Easy,
    Real,
    Hard,
}

/// Make the coefficients from sets whose truth is known
#[derive(clap::Args)]
pub(crate) struct Train {
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// The folders of the sets
    #[arg(required = true)]
    sets: Vec<PathBuf>,
}

pub(crate) fn run(command: Match) -> Result {
    match command {
        Match::Evaluate(asked) => measure(&asked),
        Match::Generate(asked) => make(&asked),
        Match::Train(asked) => learn(&asked),
    }
}

fn measure(asked: &Evaluate) -> Result {
    let set = Set::read(&asked.set).map_err(told)?;
    let policy = Policy { error_limit: asked.error_limit, ..Policy::default() };
    let model: Option<Model> = match &asked.model {
        None => None,
        Some(path) => Some(Model::from_json(&read(path)?).map_err(|error| Failure::Told(error.to_string()))?),
    };
    let outcomes = evaluate(&set, policy, model.as_ref()).map_err(told)?;
    let lines: Vec<String> = outcomes.iter().map(|outcome| outcome.json().to_string()).collect();
    write(&asked.out, &(lines.join("\n") + "\n"))?;
    print::line(Scores::of(&outcomes).to_string());
    if asked.reliability {
        let rows = reliability(&outcomes).into_iter().map(|band| {
            [format!("{:.1}%", band.promised * 100.0), format!("{:.1}%", band.achieved * 100.0), band.lines.to_string()]
        });
        print::table(["promised", "achieved", "lines"], rows);
    }
    Ok(())
}

fn make(asked: &Generate) -> Result {
    let level = match asked.level {
        Difficulty::Easy => Level::Easy,
        Difficulty::Real => Level::Real,
        Difficulty::Hard => Level::Hard,
    };
    let recipe = Recipe { customers: asked.customers, ..Recipe::new(level, asked.seed) };
    let lines = generate(&recipe, &asked.dir).map_err(told)?;
    print::line(format!("{lines} bank lines in {}", asked.dir.display()));
    Ok(())
}

fn learn(asked: &Train) -> Result {
    let sets = asked.sets.iter().map(|dir| Set::read(dir)).collect::<std::result::Result<Vec<_>, _>>().map_err(told)?;
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let made_by = format!("quittance match train --out model.json {}", names.join(" "));
    let model = train(&sets.iter().collect::<Vec<_>>(), &Settings { made_by, ..Settings::default() }).map_err(told)?;
    write(&asked.out, &model.to_json().map_err(|error| Failure::Told(error.to_string()))?)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Failure::Io(path.display().to_string(), error))
}

fn write(path: &Path, text: &str) -> Result {
    std::fs::write(path, text).map_err(|error| Failure::Io(path.display().to_string(), error))
}

fn told(error: LabError) -> Failure {
    Failure::Told(error.to_string())
}
