//! Files that were looked at and may be imported next: a browser does not send a file a second time by itself.
//!
//! They stay in memory, for the session that sent them alone, a quarter of an hour at most and 64 MiB together; the oldest
//! one makes room. A file that is gone is chosen again, so nothing depends on it being here.

use kernel::{SessionId, Timestamp};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;
const KEPT_SECONDS: i64 = 15 * 60;

/// A file, and how it is to be read.
#[derive(Debug)]
pub(crate) struct Upload<H> {
    pub file_name: String,
    pub bytes: Vec<u8>,
    pub how: H,
}

#[derive(Debug)]
struct Kept<H> {
    id: Uuid,
    session: SessionId,
    until: Timestamp,
    upload: Arc<Upload<H>>,
}

#[derive(Debug)]
pub(crate) struct Uploads<H>(Mutex<VecDeque<Kept<H>>>);

impl<H> Default for Uploads<H> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<H> Uploads<H> {
    pub(crate) fn keep(&self, now: Timestamp, session: SessionId, upload: Arc<Upload<H>>) -> Uuid {
        let id = app::new_id();
        let mut kept = self.fresh(now);
        let held = |kept: &VecDeque<Kept<H>>| kept.iter().map(|kept| kept.upload.bytes.len()).sum::<usize>();
        while held(&kept) + upload.bytes.len() > MOST_BYTES && kept.pop_front().is_some() {}
        kept.push_back(Kept { id, session, until: now.plus_seconds(KEPT_SECONDS), upload });
        id
    }

    pub(crate) fn get(&self, now: Timestamp, session: SessionId, id: Uuid) -> Option<Arc<Upload<H>>> {
        let kept = self.fresh(now);
        kept.iter().find(|kept| kept.id == id && kept.session == session).map(|kept| Arc::clone(&kept.upload))
    }

    pub(crate) fn forget(&self, id: Uuid) {
        self.locked().retain(|kept| kept.id != id);
    }

    /// Those whose time is not over.
    fn fresh(&self, now: Timestamp) -> MutexGuard<'_, VecDeque<Kept<H>>> {
        let mut kept = self.locked();
        kept.retain(|kept| kept.until > now);
        kept
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<Kept<H>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: usize) -> Arc<Upload<()>> {
        Arc::new(Upload { file_name: "items.csv".to_owned(), bytes: vec![b'x'; size], how: () })
    }

    #[test]
    fn a_file_is_kept_for_its_session_and_its_time() {
        let (now, uploads) = ("2026-03-16T11:00:00Z".parse::<Timestamp>().unwrap(), Uploads::default());
        let (mine, other) = (SessionId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
        let id = uploads.keep(now, mine, file(10));
        assert!(uploads.get(now, mine, id).is_some() && uploads.get(now, other, id).is_none());
        assert!(uploads.get(now.plus_seconds(KEPT_SECONDS), mine, id).is_none());
    }

    #[test]
    fn the_oldest_makes_room() {
        let (now, uploads) = ("2026-03-16T11:00:00Z".parse::<Timestamp>().unwrap(), Uploads::default());
        let mine = SessionId(Uuid::from_u128(1));
        let first = uploads.keep(now, mine, file(MOST_BYTES / 2));
        let second = uploads.keep(now, mine, file(MOST_BYTES / 2));
        let third = uploads.keep(now, mine, file(1));
        let is_kept = |id| uploads.get(now, mine, id).is_some();
        assert_eq!([is_kept(first), is_kept(second), is_kept(third)], [false, true, true]);
        uploads.forget(third);
        assert!(uploads.get(now, mine, third).is_none());
    }
}
