//! `quittance move`: from a SQLite file to PostgreSQL.

use crate::{
    cli::{Failure, Result, is_server, open_existing},
    print,
};
use app::backup::{self, Moved};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use store::{Db, move_to::Progress};

/// Copies everything into an empty PostgreSQL database in one transaction and compares rows, ledger and open items of
/// both sides. Stop the program that serves the file first: what it writes meanwhile is not moved.
#[derive(clap::Args)]
pub(crate) struct Move {
    /// postgres://user:password@host/database
    #[arg(long)]
    to: String,
    /// For a program to read
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(database: &str, asked: Move) -> Result {
    if !is_server(&asked.to) || is_server(database) {
        let way = "move goes from a SQLite file to postgres://…; to come back, make a backup and restore it to a file";
        return Err(Failure::Told(way.to_owned()));
    }
    let app = open_existing(database).await?;
    let target = Db::open(&asked.to).await.map_err(|error| Failure::database("--to", &asked.to, error))?;
    let meter = Meter::start();
    let moved = backup::move_to(&app, &target, &mut |progress| meter.show(progress)).await?;
    meter.stop();
    app.db.close().await;
    target.close().await;
    tell(&moved, asked.json)
}

/// Prints both sides; a difference is a failure.
pub(super) fn tell(moved: &Moved, json: bool) -> Result {
    let different = moved.differences().count();
    if json {
        print::json(&serde_json::json!({ "rows": moved.rows, "same": different == 0, "figures": moved.figures }));
    } else {
        let side = |value: Option<i64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        let rows = moved.figures.iter().map(|figure| {
            let same = if figure.is_same() { "same" } else { "DIFFERENT" };
            [figure.what.clone(), side(figure.from), side(figure.to), same.to_owned()]
        });
        print::table(["FIGURE", "FROM", "TO", ""], rows);
        print::line(format!("{} rows were copied; {} figures were compared.", moved.rows, moved.figures.len()));
    }
    match different {
        0 => Ok(()),
        count => Err(Failure::Told(format!("{count} figures differ, so nothing was kept"))),
    }
}

/// Shows how far a copy has come, where somebody looks at it.
pub(super) struct Meter(ProgressBar);

impl Meter {
    pub(super) fn start() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(super) fn show(&self, progress: &Progress) {
        self.0.set_message(format!("{}: {} rows", progress.table.replace('_', " "), progress.rows));
    }

    pub(super) fn stop(&self) {
        self.0.finish_and_clear();
    }
}
