//! `quittance bank watch`: takes over what a bank puts into a folder.
//!
//! A file is taken when it has not changed between two looks, so one that is still being written is left alone; one that
//! changed all the same while it was taken stays, and is taken again when it rests. It ends in `done/`, or in `failed/`
//! beside a text that says why. Several watchers may look at one folder: the file is locked while one of them works on it,
//! the lock goes when that one dies, and taking a file twice would double nothing anyway. When the database does not
//! answer the file stays where it is.

use super::import::HowToRead;
use crate::{
    cli::{Failure, InCompany, Result, leave, open_existing},
    print,
};
use app::{
    App, Caller, Error,
    receiving::{self, Arrival},
};
use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Take over the files that appear in a folder, until it is stopped
///
/// Files that were taken over move to done/, the others to failed/ with a text that says why.
#[derive(clap::Args)]
pub(crate) struct Watch {
    folder: PathBuf,
    #[command(flatten)]
    how: HowToRead,
    /// Seconds between two looks
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every: u64,
    /// Take over what is there and stop
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    company: InCompany,
}

/// Names that programs give to files while they write them.
const UNFINISHED: [&str; 5] = ["part", "tmp", "filepart", "crdownload", "partial"];

/// What a file looked like: its size and when it was changed.
type Look = (u64, Option<SystemTime>);

impl Watch {
    pub(super) async fn run(self, database: &str) -> Result {
        let told = |error| Failure::Io(self.folder.display().to_string(), error);
        for name in ["done", "failed"] {
            fs::create_dir_all(self.folder.join(name)).map_err(told)?;
        }
        let app = open_existing(database).await?;
        let caller = self.company.caller(&app).await?;
        let reading = self.how.found(&app, &caller).await?;
        let folder = Folder { path: &self.folder, app: &app, caller: &caller, reading: &reading };
        let (mut before, mut looks, mut seen) = (HashMap::new(), 0_u32, receiving::Seen::default());
        receiving::catch_up(&app, &mut seen).await;
        loop {
            let now = folder.looks().map_err(told)?;
            let mut changed = false;
            for (path, look) in now.iter().filter(|(path, look)| before.get(*path) == Some(*look)) {
                changed |= !folder.take(path, *look).await;
            }
            (before, looks) = (now, looks.saturating_add(1));
            if self.once && looks > 1 && !changed {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(self.every)) => {}
                _ = tokio::signal::ctrl_c() => break,
            }
        }
        leave(app).await
    }
}

struct Folder<'a> {
    path: &'a Path,
    app: &'a App,
    caller: &'a Caller,
    reading: &'a super::import::Reading,
}

impl Folder<'_> {
    /// The files that may be a bank's.
    fn looks(&self) -> io::Result<HashMap<PathBuf, Look>> {
        let mut found = HashMap::new();
        for entry in fs::read_dir(self.path)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            if name.starts_with('.') || UNFINISHED.contains(&ending.as_str()) {
                continue;
            }
            // A file that is gone by now was taken by another watcher.
            if let Some(look) = look(&path) {
                found.insert(path, look);
            }
        }
        Ok(found)
    }

    /// Takes a file that looked like this; false when it changed meanwhile and has to be read again.
    async fn take(&self, path: &Path, rested: Look) -> bool {
        let Some((lock, bytes)) = self.locked(path) else { return true };
        if look(path) != Some(rested) {
            return false;
        }
        let received = receiving::receive(self.app, self.caller, self.reading.file(path, bytes)).await;
        // What was read of it is kept once, whether it is read again or not.
        if look(path) != Some(rested) {
            return false;
        }
        let moved = match received {
            Ok(arrival) => {
                say(&arrival);
                self.put_away(path, "done").map(drop)
            }
            Err(error @ (Error::Broken(_) | Error::Conflict(_) | Error::Stale)) => {
                print::note(format!("{}: {error} It is tried again.", path.display()));
                Ok(())
            }
            Err(error) => {
                print::note(format!("failed: {error}"));
                self.put_away(path, "failed").and_then(|place| fs::write(beside(&place), format!("{error}\n")))
            }
        };
        if let Err(error) = moved {
            print::note(format!("{} cannot be put away: {error}", path.display()));
        }
        drop(lock);
        true
    }

    /// The file's bytes, while nobody else works on it. A file system without locks goes without.
    fn locked(&self, path: &Path) -> Option<(File, Vec<u8>)> {
        let mut file = File::open(path).ok()?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return None;
        }
        // Whoever had the lock before has put the file away.
        fs::metadata(path).ok()?;
        let mut bytes = vec![];
        match file.read_to_end(&mut bytes) {
            Ok(_) => Some((file, bytes)),
            Err(error) => {
                print::note(format!("{} cannot be read: {error}", path.display()));
                None
            }
        }
    }

    /// Moves a file into a folder beside it, under a name that is free there.
    fn put_away(&self, path: &Path, folder: &str) -> io::Result<PathBuf> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = self.path.join(folder);
        let mut place = folder.join(&name);
        for number in 2_u32.. {
            if !place.exists() {
                break;
            }
            place = folder.join(format!("{number}-{name}"));
        }
        fs::rename(path, &place)?;
        Ok(place)
    }
}

fn look(path: &Path) -> Option<Look> {
    let facts = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((facts.len(), facts.modified().ok()))
}

fn beside(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    place.with_file_name(format!("{name}.error.txt"))
}

fn say(arrival: &Arrival) {
    print::line(arrival.sentence());
    arrival.received.warnings().iter().for_each(|warning| print::line(format!("  look: {warning}")));
}
