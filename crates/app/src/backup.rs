//! Backups, restoring them, and moving from a SQLite file to PostgreSQL.
//!
//! A backup of either engine is one SQLite file. It is written beside its name and gets the name when it is complete,
//! checked and on disk, so that a file with the name is a whole backup. Nothing that exists is written over unless that
//! was asked for. Whoever calls this owns the database: these functions see every company and ask for no permission.

use crate::{
    context::App,
    error::{Error, Result},
};
use std::path::{Path, PathBuf};
use store::{
    Db, Tx,
    backup::{Figures, figures},
    move_to::{self, Watcher},
};

/// What becomes of what is there already, where the copy goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Replace,
    /// It is kept and the copy refused; what the caller can do to have it replaced is said then.
    Keep(Option<&'static str>),
}

impl Existing {
    /// A refusal with the way out.
    fn refuses(self, sentence: &str) -> Option<Error> {
        match self {
            Self::Replace => None,
            Self::Keep(None) => Some(Error::Refused(format!("{sentence}."))),
            Self::Keep(Some(way)) => Some(Error::Refused(format!("{sentence}, or {way}."))),
        }
    }
}

/// What a copy from one database to another came to.
#[derive(Debug)]
pub struct Moved {
    pub rows: u64,
    pub figures: Vec<Compared>,
}

/// One figure on both sides.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Compared {
    pub what: String,
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Compared {
    pub fn is_same(&self) -> bool {
        self.from == self.to
    }
}

impl Moved {
    pub fn differences(&self) -> impl Iterator<Item = &Compared> {
        self.figures.iter().filter(|figure| !figure.is_same())
    }
}

/// Writes a consistent backup to `file` while others work on the database, and says how many bytes it has.
pub async fn backup(app: &App, file: &Path, existing: Existing, watch: &mut Watcher<'_>) -> Result<u64> {
    let taken = || existing.refuses(&format!("{} exists already; choose another name", file.display()));
    if let Some(refusal) = file.exists().then(taken).flatten() {
        return Err(refusal);
    }
    let part = beside(file, ".part");
    remove(&part)?;
    if app.db.is_postgres() {
        let db = Db::open(&part.to_string_lossy()).await?;
        db.migrate().await?;
        let (mut from, mut to) = (app.db.snapshot().await?, db.begin().await?);
        move_to::copy(&mut from, &mut to, watch).await?;
        to.commit().await?;
        move_to::close_as_one_file(db).await?;
    } else {
        move_to::snapshot_file(&app.db, &part).await?;
    }
    sound(&part).await?;
    let file = file.to_owned();
    tokio::task::spawn_blocking(move || name_finally(&part, &file)).await.map_err(Error::broken)?
}

/// Makes a SQLite file from a backup. A file that is there is refused, or kept aside when it is to be replaced; the
/// name under which it is kept is returned.
pub async fn restore_file(backup: &Path, to: &Path, existing: Existing) -> Result<Option<PathBuf>> {
    sound(backup).await?;
    let kept = beside(to, ".before-restore");
    let exists = to.exists();
    let taken = || existing.refuses(&format!("{} exists already; choose another name", to.display()));
    if let Some(refusal) = exists.then(taken).flatten() {
        return Err(refusal);
    }
    if exists && kept.exists() {
        let (kept, to) = (kept.display(), to.display());
        return Err(Error::Refused(format!(
            "{kept} is in the way: what {to} is now would be kept under that name. Move it away."
        )));
    }
    let part = beside(to, ".part");
    remove(&part)?;
    let source = move_to::open_file(backup).await?;
    move_to::snapshot_file(&source, &part).await?;
    source.close().await;
    let db = Db::open(&part.to_string_lossy()).await?;
    db.migrate().await?;
    db.close().await;
    let (to, aside) = (to.to_owned(), kept.clone());
    let named = tokio::task::spawn_blocking(move || {
        if exists {
            for ending in ["", "-wal", "-shm"] {
                set_aside(&beside(&to, ending), &beside(&aside, ending))?;
            }
        }
        name_finally(&part, &to)
    });
    named.await.map_err(Error::broken)??;
    Ok(exists.then_some(kept))
}

/// Fills a PostgreSQL database from a backup. Rows that are there are refused, or replaced in the same transaction.
pub async fn restore_server(backup: &Path, to: &Db, existing: Existing, watch: &mut Watcher<'_>) -> Result<Moved> {
    sound(backup).await?;
    let source = move_to::open_file(backup).await?;
    let moved = fill(&source, to, existing, watch).await;
    source.close().await;
    moved
}

/// Copies a SQLite database into an empty PostgreSQL one and compares both sides; nothing is kept if they differ.
pub async fn move_to(app: &App, to: &Db, watch: &mut Watcher<'_>) -> Result<Moved> {
    fill(&app.db, to, Existing::Keep(None), watch).await
}

async fn fill(from: &Db, to: &Db, existing: Existing, watch: &mut Watcher<'_>) -> Result<Moved> {
    to.migrate().await?;
    let (mut source, mut target) = (from.snapshot().await?, to.begin().await?);
    if move_to::schema(&mut source).await? != move_to::schema(&mut target).await? {
        let advice = "restore it to a SQLite file with this version first, then move that file";
        return Err(Error::Refused(format!("The tables were made by another version of Quittance; {advice}.")));
    }
    make_room(&mut target, existing).await?;
    let rows = move_to::copy(&mut source, &mut target, watch).await?;
    let figures = compare(figures(&mut source).await?, figures(&mut target).await?);
    let moved = Moved { rows, figures };
    if moved.differences().next().is_none() {
        target.commit().await?;
        move_to::analyze(to).await?;
    }
    Ok(moved)
}

async fn make_room(target: &mut Tx, existing: Existing) -> Result<()> {
    let there = move_to::row_counts(target).await?.into_iter().find(|(_, rows)| *rows > 0);
    let Some((table, rows)) = there else { return Ok(()) };
    match existing.refuses(&format!("The database is not empty: {table} has {rows} rows; choose an empty one")) {
        Some(refusal) => Err(refusal),
        None => Ok(move_to::clear(target).await?),
    }
}

fn compare(from: Figures, mut to: Figures) -> Vec<Compared> {
    let mut both: Vec<Compared> =
        from.into_iter().map(|(what, value)| Compared { to: to.remove(&what), from: Some(value), what }).collect();
    both.extend(to.into_iter().map(|(what, value)| Compared { what, from: None, to: Some(value) }));
    both
}

/// Refuses a file that is damaged or no backup of ours.
async fn sound(file: &Path) -> Result<()> {
    let name = file.display();
    if !file.is_file() {
        return Err(Error::Refused(format!("There is no file {name}.")));
    }
    let found = match move_to::damage(file).await {
        Ok(damage) if damage.is_empty() => return Ok(()),
        Ok(damage) => damage.join("; "),
        Err(error) => error.to_string(),
    };
    Err(Error::Refused(format!("{name} is damaged or no backup of Quittance: {found}")))
}

/// The same path with something after the file's name.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Puts a complete file on disk under its own name, for its owner's eyes only, and says how many bytes it has.
fn name_finally(part: &Path, file: &Path) -> Result<u64> {
    let failed = |error: std::io::Error| Error::Refused(format!("{} cannot be written: {error}", file.display()));
    let write = || {
        let complete = std::fs::File::open(part)?;
        #[cfg(unix)]
        complete.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        complete.sync_all()?;
        std::fs::rename(part, file)?;
        // The new name is on disk only when its folder is.
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()?;
        Ok(complete.metadata()?.len())
    };
    write().map_err(failed)
}

fn set_aside(file: &Path, kept: &Path) -> Result<()> {
    match std::fs::rename(file, kept) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::Refused(format!("{} cannot be kept aside: {error}", file.display())))
        }
        _ => Ok(()),
    }
}

/// What a backup that was broken off has left.
fn remove(part: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let rest = beside(part, ending);
        if rest.exists() {
            let failed = |error| Error::Refused(format!("{} cannot be removed: {error}", rest.display()));
            std::fs::remove_file(&rest).map_err(failed)?;
        }
    }
    Ok(())
}
