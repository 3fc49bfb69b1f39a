//! `quittance import`: a file of customers, products, invoices, payments or open items.

use crate::{
    cli::{Failure, InCompany, Result, leave, open},
    print,
};
use app::imports::{self, Outcome, Progress, Request};
use domain::imports::{ImportKind, ImportMap, Reject, shipped_maps};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

/// Take a file over: CSV in any delimiter and encoding, or XLSX
///
/// Nothing is saved unless every row is good (or --accept-good-rows). The same file again changes nothing.
/// Without a map file the headers must be the field names; `quittance import KIND --fields` lists them.
#[derive(clap::Args)]
pub(crate) struct Import {
    /// customers, products, invoices, payments or open_items
    kind: ImportKind,
    /// The file
    #[arg(required_unless_present = "fields")]
    file: Option<PathBuf>,
    /// A map file (TOML), or the name of a shipped one: see --maps
    #[arg(long)]
    map: Option<String>,
    /// Name of the system the ids come from
    #[arg(long)]
    source: Option<String>,
    /// Do everything and take it back: shows what would happen
    #[arg(long)]
    dry_run: bool,
    /// Write the rejected rows to this CSV file
    #[arg(long)]
    rejects: Option<PathBuf>,
    /// Take the good rows although others are bad
    #[arg(long)]
    accept_good_rows: bool,
    /// List the fields of this kind and the shipped maps, and stop
    #[arg(long)]
    fields: bool,
    /// For a program to read
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    company: InCompany,
}

const SHOWN_REJECTS: usize = 20;

pub(crate) async fn run(database: &str, import: Import) -> Result {
    if import.fields {
        print::line(import.kind.fields().join("\n"));
        let maps: Vec<&str> = shipped_maps().iter().map(|map| map.name).collect();
        print::line(format!("\nshipped maps: {}", maps.join(", ")));
        return Ok(());
    }
    let file = import.file.clone().ok_or_else(|| Failure::Told("name the file".to_owned()))?;
    let bytes = std::fs::read(&file).map_err(|error| Failure::Io(file.display().to_string(), error))?;
    let app = open(database).await?;
    let caller = import.company.caller(&app).await?;
    let request = Request {
        file_name: file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        bytes,
        map: map(&import)?,
        source: import.source.clone(),
        rehearse: import.dry_run,
        accept_good_rows: import.accept_good_rows,
    };
    let bar = ProgressBar::new(0);
    bar.set_style(
        ProgressStyle::with_template("{msg} {wide_bar} {percent}%").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let outcome = imports::run(&app, &caller, request, &|progress| show(&bar, progress)).await?;
    bar.finish_and_clear();
    if let Some(path) = &import.rejects {
        write_rejects(path, &outcome.rejects)?;
    }
    report(&import, &outcome);
    leave(app).await?;
    if outcome.rejects.is_empty() || (import.accept_good_rows && outcome.saved) {
        Ok(())
    } else {
        Err(Failure::Told(format!("{} rejected; nothing was saved", rows(outcome.rejected))))
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn map(import: &Import) -> Result<ImportMap> {
    let Some(named) = &import.map else { return Ok(ImportMap::plain(import.kind)) };
    let shipped = shipped_maps().iter().find(|map| map.name == named);
    let text = match shipped {
        Some(map) if !Path::new(named).exists() => map.toml.to_owned(),
        _ => std::fs::read_to_string(named).map_err(|error| Failure::Io(named.clone(), error))?,
    };
    let map = ImportMap::from_toml(&text).map_err(|error| Failure::Told(error.to_string()))?;
    if map.kind == import.kind {
        Ok(map)
    } else {
        Err(Failure::Told(format!("{named} is a map of {}, not of {}", map.kind, import.kind)))
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Read { done, of } => {
            bar.set_length(of);
            bar.set_message("reading");
            bar.set_position(done);
        }
        Progress::Saved { done, of } => {
            bar.set_length(of as u64);
            bar.set_message("saving");
            bar.set_position(done.min(of) as u64);
        }
    }
}

fn write_rejects(path: &Path, rejects: &[Reject]) -> Result {
    let rows = rejects.iter().map(|reject| reject.cells().map(sheets::Cell::from).to_vec());
    let csv = sheets::csv(&Reject::HEADER, rows).map_err(|error| Failure::Told(error.to_string()))?;
    std::fs::write(path, csv).map_err(|error| Failure::Io(path.display().to_string(), error))
}

fn report(import: &Import, outcome: &Outcome) {
    if import.json {
        return print::json(outcome);
    }
    let done = if outcome.saved { "" } else { " (nothing was saved)" };
    print::line(format!(
        "{}: {} new, {} changed, {} known before, {} rejected{done}",
        rows(outcome.rows),
        outcome.created,
        outcome.updated,
        outcome.unchanged,
        outcome.rejected
    ));
    if outcome.customers + outcome.payments > 0 {
        print::line(format!("with them {} customers and {} payments", outcome.customers, outcome.payments));
    }
    if !outcome.ignored_columns.is_empty() {
        print::line(format!("columns that no field takes: {}", outcome.ignored_columns.join(", ")));
    }
    let shown = outcome.rejects.iter().take(SHOWN_REJECTS).map(Reject::cells);
    if !outcome.rejects.is_empty() {
        print::table(Reject::HEADER, shown);
    }
}
