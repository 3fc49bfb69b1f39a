//! `quittance backup` and `quittance restore`.

use super::move_to::{Meter, tell};
use crate::{
    cli::{Failure, Result, is_server, open_existing},
    print,
};
use app::backup::{self, Existing};
use std::path::PathBuf;
use store::Db;

/// The backup is one SQLite file, also of a PostgreSQL database, and consistent while the program serves. It holds
/// everything, passwords' digests included: keep it as safe as the database.
#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Write over the file if it exists
    #[arg(long)]
    force: bool,
}

/// Stop the program that serves the database before you replace it.
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// A file that `quittance backup` wrote
    file: PathBuf,
    /// A SQLite file to make, or postgres://user:password@host/database to fill
    #[arg(long)]
    to: String,
    /// Replace what is there: a SQLite file is kept aside, a PostgreSQL database is emptied first
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(database: &str, asked: Backup) -> Result {
    let app = open_existing(database).await?;
    let existing = existing(asked.force, "write over it with --force");
    let meter = Meter::start();
    let bytes = backup::backup(&app, &asked.file, existing, &mut |progress| meter.show(progress)).await?;
    meter.stop();
    app.db.close().await;
    print::line(format!("{} holds a whole backup ({bytes} bytes).", asked.file.display()));
    Ok(())
}

pub(crate) async fn restore(asked: Restore) -> Result {
    if is_server(&asked.to) {
        let target = Db::open(&asked.to).await.map_err(|error| Failure::database("--to", &asked.to, error))?;
        let existing = existing(asked.force, "empty this one with --force");
        let meter = Meter::start();
        let moved = backup::restore_server(&asked.file, &target, existing, &mut |p| meter.show(p)).await?;
        meter.stop();
        target.close().await;
        return tell(&moved, false);
    }
    let to = PathBuf::from(asked.to.strip_prefix("sqlite:").unwrap_or(&asked.to));
    let existing = existing(asked.force, "replace it with --force, which keeps what it is now aside");
    let kept = backup::restore_file(&asked.file, &to, existing).await?;
    print::line(format!("{} is restored.", to.display()));
    if let Some(kept) = kept {
        print::line(format!("What it was before is kept as {}.", kept.display()));
    }
    Ok(())
}

const fn existing(force: bool, way: &'static str) -> Existing {
    if force { Existing::Replace } else { Existing::Keep(Some(way)) }
}
